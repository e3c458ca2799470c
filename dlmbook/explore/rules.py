"""Chapter 9's explorable: rules that look, beside a random order with as many steps."""

from __future__ import annotations

from functools import cache

import numpy as np
from matplotlib.figure import Figure

from dlmbook import plots
from dlmbook.explore.explorable import Explorable, Slider
from dlmbook.information import Array
from dlmbook.laws import Law, MarkovLaw, SparseLaw, fillers_and_copies, words
from dlmbook.sampling import (
    ConfidenceThreshold,
    EntropyBound,
    Rule,
    TopConfidence,
    output_kl,
    path_steps,
)
from dlmbook.schedules import MixtureSchedule, Schedule, uniform

__all__ = ["decoding_rules"]

LAWS = ("words of four letters", "fillers and copies", "biased copies", "chain")
RULES = ("most confident", "threshold", "entropy budget")
BOLDNESS = tuple(range(1, 8))
TAUS = (1.0, 0.95, 0.9, 0.8, 0.6, 0.3, 0.0)
GAMMAS = (0.0, 0.1, 0.2, 0.5, 1.0, 2.0, 10.0)
NAMES = dict(zip(RULES, ("confidence", "threshold", "entropy"), strict=True))


def decoding_rules() -> Explorable:
    """Error against steps of three rules that look, on four small laws, all of it exact.

    Returns
    -------
    Explorable
        Sliders ``law``, ``rule`` and ``boldness``: how much is revealed at once.
    """
    return Explorable(
        _draw,
        question="On which laws does it pay to look before you choose, and by which rule?",
        alt="Error of the output, upward on a logarithmic scale that goes on to zero, against the "
        "mean number of steps. Points for the seven settings of each of three rules, and a solid "
        "curve for a random order in equal sizes. A ring marks the setting of the sliders.",
        finding="On words, of the settings shown, thresholds from 0.8 and budgets up to half a nat "
        "beat a random order with as many steps, and bolder ones lose to it. Among fillers "
        "and copies the same order of confidence is exact or loses everything, as the equal "
        "sizes happen to fall: with two steps it loses three bits, with three none. A "
        "budget of 1 nat is exact in two steps. Eight biased copies fool a threshold of "
        "0.95, which takes one step and loses 1.4 nats, while a budget of 0.1 nats is exact "
        "in two. On the chain the most confident token is a neighbor of a known one, so "
        "that confidence grows a run, and a random order in the same sizes is never worse.",
        law=Slider("Law", LAWS),
        rule=Slider("Rule", RULES, start="entropy budget"),
        boldness=Slider("Boldness", BOLDNESS, start=4),
    )


@cache
def _law(name: str) -> Law:
    match name:
        case "words of four letters":
            return words(4)
        case "fillers and copies":
            return fillers_and_copies(3, 4)
        case "biased copies":
            return SparseLaw(np.array([[0] * 8, [1] * 8]), np.array([0.95, 0.05]), 2)
    return MarkovLaw(np.array([[0.9, 0.1], [0.1, 0.9]]), 6)


def _rule(kind: str, boldness: int, length: int) -> Rule:
    if kind == "threshold":
        return ConfidenceThreshold(length, TAUS[boldness - 1])
    if kind == "entropy budget":
        return EntropyBound(length, GAMMAS[boldness - 1])
    return TopConfidence(uniform(length, _steps(boldness, length)))


def _steps(boldness: int, length: int) -> int:
    """Count the equal steps: L for the most careful setting, 1 for the boldest."""
    return length - round((boldness - 1) * (length - 1) / (len(BOLDNESS) - 1))


def _random_order(length: int, steps: float) -> Schedule:
    """Equal sizes in random order, by a coin between two numbers of steps with that mean."""
    fewer = min(int(steps + 1e-9), length)
    share = max(steps - fewer, 0.0)
    if share < 1e-9:
        return uniform(length, fewer)
    return MixtureSchedule([uniform(length, fewer), uniform(length, fewer + 1)], [1 - share, share])


@cache
def _point(law: str, kind: str, boldness: int) -> tuple[float, float]:
    """Mean steps along texts of the law, and error of the output in nats."""
    one = _law(law)
    rule = _rule(kind, boldness, one.length)
    return path_steps(one, rule), output_kl(one, rule)


@cache
def _random_line(law: str) -> tuple[Array, Array]:
    """Errors of random order, at fifths of a step: the steps, and the errors."""
    one = _law(law)
    steps = np.linspace(1, one.length, 5 * (one.length - 1) + 1)
    return steps, np.array([_random_error(law, k) for k in steps])


@cache
def _random_error(law: str, steps: float) -> float:
    one = _law(law)
    return output_kl(one, _random_order(one.length, steps))


def _draw(law: str, rule: str, boldness: int) -> tuple[Figure, str]:
    one = _law(law)
    fig, ax = plots.figure(height=3.6)
    steps_of, line = _random_line(law)
    ax.plot(steps_of, line, label="random order", markevery=5, **plots.line("uniform"))
    for (kind, name), size in zip(NAMES.items(), (11, 8, 5), strict=True):  # all are seen
        points = np.array([_point(law, kind, b) for b in BOLDNESS])
        look = plots.line(name)
        ax.plot(*points.T, ls=look["linestyle"], color=look["color"], lw=1, alpha=0.5)
        ax.plot(*points.T, look["marker"], color=look["color"], ms=size, label=kind)
    steps, error = _point(law, rule, boldness)
    ax.plot(steps, error, "o", ms=15, mfc="none", mew=2.2, color=plots.color(NAMES[rule]))
    ax.set_yscale("symlog", linthresh=0.01)  # zero is on it, and rates can be seen
    ax.set(xlabel="mean number of steps", ylabel="KL of the output, nats")
    ax.set(xlim=(0.8, one.length + 0.2), ylim=(-0.002, 6))
    ax.minorticks_off()
    ax.set_yticks([0, 0.01, 0.1, 1], ["0", "0.01", "0.1", "1"])
    fig.legend(loc="outside upper center", ncols=4, columnspacing=1.2, handletextpad=0.5)
    setting = {
        "most confident": f"K = {_steps(boldness, one.length)} equal steps",
        "threshold": f"tau = {TAUS[boldness - 1]:g}",
        "entropy budget": f"gamma = {GAMMAS[boldness - 1]:g} nats",
    }[rule]
    ax.set_title(f"{law}: {rule}, {setting}")
    other = _random_error(law, steps)
    reading = (
        f"{law.capitalize()}, {rule}, {setting}: {steps:.2f} steps on average, error "
        f"{error:.3f} nats. Random order with as many steps: {other:.3f} nats."
    )
    return fig, reading
