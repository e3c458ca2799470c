"""Chapter 8's explorable: the best sizes for a curve that you shape."""

from __future__ import annotations

from functools import cache

import numpy as np
from matplotlib.figure import Figure

from dlmbook import plots
from dlmbook.curve import InformationCurve
from dlmbook.explore.explorable import Explorable, Slider
from dlmbook.schedules import FixedSchedule, HarmonicSchedule, cosine, oracle_schedule, uniform

__all__ = ["oracle"]

LENGTH = 64
PLACES = (0.1, 0.3, 0.5, 0.7, 0.9)
#: Width of the climb as a part of the sequence, by name.
WIDTHS = {"nearly straight": 1.0, "gentle": 0.1, "steep": 0.04, "a cliff": 0.004}
STEPS = (2, 3, 4, 6, 8, 16)


def oracle() -> Explorable:
    """Curve of 64 tokens with one climb, the best staircase below it, and what others cost.

    Returns
    -------
    Explorable
        Sliders ``place``, ``shape`` and ``steps``: where the curve climbs, how suddenly, and K.
    """
    return Explorable(
        _draw,
        question="Of 64 tokens: what is it worth to know where the curve climbs, and how suddenly?",
        alt="Information curve as a green line that climbs from 0 to 1 nat; below it the best "
        "staircase, dashed and blue; the area between them is hatched.",
        finding="If the curve is nearly straight, equal sizes cost hardly more than the best ones, "
        "and the harmonic schedule, which knows nothing, 1.6 to 2.4 times as much. The more "
        "sudden the climb, the more the best stops gather in it and the more the curve is worth: "
        "with 16 steps, equal sizes cost 1.3 to 2.5 times as much as the best for gentle climbs, "
        "4 to 20 times for steep ones. A cliff is a few tokens wide: one stop behind it leaves "
        "about 1 nat, three stops in and behind it leave less than 0.1.",
        place=Slider("Climb at", PLACES, start=0.5, format=lambda p: f"{round(LENGTH * p)} tokens"),
        shape=Slider("Climb", tuple(WIDTHS), start="steep"),
        steps=Slider("Steps K", STEPS, start=6),
    )


def _draw(place: float, shape: str, steps: int) -> tuple[Figure, str]:
    curve, best = _curve(place, shape), _best(place, shape, steps)
    fig, ax = plots.figure(height=3.3)
    plots.price(ax, curve, best.breakpoints)
    costs = {
        "equal sizes": uniform(LENGTH, steps),
        "cosine": cosine(LENGTH, steps),
        "harmonic (both)": HarmonicSchedule(LENGTH, steps, "both"),
    }
    others = ", ".join(f"{name} {s.expected_kl(curve):.3f}" for name, s in costs.items())
    reading = (
        f"Climb at {round(LENGTH * place)} tokens, {shape}. Best sizes {_plus(best)}: "
        f"E KL = {best.expected_kl(curve):.3f} nats; {others}."
    )
    return fig, reading


@cache
def _curve(place: float, shape: str) -> InformationCurve:
    """Logistic climb of one nat."""
    edges = np.arange(LENGTH) / (LENGTH - 1)
    w = np.diff(np.tanh((edges - place) / (2 * WIDTHS[shape])))
    return InformationCurve.from_increments(w / w.sum())


@cache
def _best(place: float, shape: str, steps: int) -> FixedSchedule:
    return oracle_schedule(_curve(place, shape), steps)


def _plus(schedule: FixedSchedule) -> str:
    """Sizes with runs of equal ones gathered: 3 x 4 + 5."""
    runs: list[list[int]] = []
    for size in schedule.sizes:
        if runs and runs[-1][0] == size:
            runs[-1][1] += 1
        else:
            runs.append([size, 1])
    return " + ".join(f"{n} × {s}" if n > 1 else str(s) for s, n in runs)
