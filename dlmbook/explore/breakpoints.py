"""Chapter 4's explorable: move the breakpoints of a schedule, and watch what it costs."""

from __future__ import annotations

from functools import cache
from itertools import combinations

import numpy as np
from matplotlib.figure import Figure

from dlmbook import plots
from dlmbook.curve import InformationCurve
from dlmbook.explore.explorable import Explorable, Slider
from dlmbook.laws import parity, repetition, words
from dlmbook.schedules import FixedSchedule

__all__ = ["breakpoints"]

LENGTH = 6
#: Symbols of the three constructed laws.
VOCABULARY = 8
LAWS = ("English words", "repetition", "parity", "repetition with parity")


def breakpoints() -> Explorable:
    """Path divergence of a schedule with two movable breakpoints, for four laws of length 6.

    Returns
    -------
    Explorable
        Sliders ``law``, ``first`` and ``second``: the law, and the numbers of revealed tokens
        at which the sampler stops to look. Equal stops count once.
    """
    return Explorable(
        _draw,
        question="Where should a sampler stop to look, if it may stop twice?",
        alt="Information curve as a green staircase; below it a dashed blue staircase, constant "
        "from one stop to the next; the area between them is hatched.",
        finding="For words the best two stops are 2 and 4, three equal blocks, and the starting "
        "pair 1 and 5 costs more than the single stop at 3: a step in the wrong place is wasted. "
        "For repetition every pair that contains 1 leaves no error, for parity every pair that "
        "contains 5, and for the law that is both at once only the pair 1 and 5.",
        law=Slider("Law", LAWS),
        first=Slider("One stop", range(1, LENGTH), start=1),
        second=Slider("Another stop", range(1, LENGTH), start=5),
    )


def _draw(law: str, first: int, second: int) -> tuple[Figure, str]:
    curve = _curve(law)
    ends = np.array([*sorted({first, second}), LENGTH])
    schedule = FixedSchedule(tuple(np.diff(ends, prepend=0).tolist()))
    best = _best(law, schedule.steps)
    fig, ax = plots.figure(height=3.3)
    plots.price(ax, curve, ends)
    for end in ends[:-1]:
        ax.axvline(end, color=plots.GREY, lw=0.9, ls=":")
    cost, least = _cost(schedule, curve), _cost(best, curve)
    reading = f"{law[0].upper() + law[1:]}, sizes {_plus(schedule)}: E KL = {cost:.3f} nats. "
    if cost > least:
        reading += f"The best {schedule.steps} steps, {_plus(best)}, cost {least:.3f} nats."
    else:
        reading += f"No {schedule.steps} steps cost less."
    return fig, reading


@cache
def _curve(law: str) -> InformationCurve:
    """Information curve of a law by its name."""
    match law:
        case "English words":
            return InformationCurve.of(words(LENGTH))
        case "repetition":
            return InformationCurve.of(repetition(LENGTH, VOCABULARY))
        case "parity":
            return InformationCurve.of(parity(LENGTH, VOCABULARY))
    both = repetition(LENGTH, VOCABULARY).profile() + parity(LENGTH, VOCABULARY).profile()
    return InformationCurve(both)  # every token a pair: one half repeats, the other sums to 0


@cache
def _best(law: str, steps: int) -> FixedSchedule:
    """Cheapest fixed sizes with so many steps, by trying them all."""
    stops = combinations(range(1, LENGTH), steps - 1)
    choices = [FixedSchedule(tuple(np.diff((0, *s, LENGTH)).tolist())) for s in stops]
    return min(choices, key=lambda choice: _cost(choice, _curve(law)))


def _cost(schedule: FixedSchedule, curve: InformationCurve) -> float:
    """E KL in nats, without the rounding errors that would break ties and show as -0."""
    return abs(round(schedule.expected_kl(curve), 9))


def _plus(schedule: FixedSchedule) -> str:
    return " + ".join(map(str, schedule.sizes))
