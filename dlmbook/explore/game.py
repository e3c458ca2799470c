"""Chapter 7's explorable: the game between a schedule and nature, from both chairs."""

from __future__ import annotations

from functools import cache

import numpy as np
from matplotlib.figure import Figure

from dlmbook import plots
from dlmbook.explore.explorable import Explorable, Slider
from dlmbook.information import Array
from dlmbook.schedules import (
    HarmonicSchedule,
    Minimax,
    SequentialSchedule,
    best_fixed,
    harmonic_prior,
    minimax_schedule,
    uniform,
    yao_bound,
)
from dlmbook.schedules.base import Schedule

LENGTH, STEPS = 32, 8
OURS = ("equal", "best fixed", "harmonic", "sequential", "minimax")
CODES = (1, 2, 5, 9, 17, 25, 29, 31)
THEIRS = (*(f"code {m}" for m in CODES), "harmonic prior", "minimax prior")
REFERENCES = ("TC", "DTC")


def game() -> Explorable:
    """Payment, promise and certificate for 32 tokens in 8 calls.

    Returns
    -------
    Explorable
        Sliders ``ours``, ``theirs`` and ``reference``: the schedule, nature's prior, and the
        correlation in which payments are counted.
    """
    return Explorable(
        _draw,
        question="Which schedule can nature not exploit, and which prior can no schedule exploit?",
        alt="Left, the payment o(m)/v(m) of the schedule as a line over m from 1 to 31, with the "
        "value of the game dotted and what is paid against nature's prior dashed. Right, nature's "
        "prior as bars over m.",
        finding="In the schedule's chair: against minimax no choice of nature's makes you pay "
        "more than the value, while every other schedule has a code on which it pays more. "
        "In nature's chair: a single code proves nothing, since a schedule with a breakpoint "
        "there pays 0. The harmonic prior makes every schedule pay more than six tenths of the "
        "value, and against the minimax prior no schedule pays less than the value. The best "
        "fixed sizes pay exactly the value there: to stop nature from exploiting you, you must "
        "mix, but against her best mixture some composition does as well as any mixture. "
        "Against TC the sequential schedule pays the same whatever nature does, and more than "
        "the value. "
        "Against DTC it fails, because it was made for TC.",
        ours=Slider("Your schedule", OURS, start="harmonic"),
        theirs=Slider("Nature plays", THEIRS, start="minimax prior"),
        reference=Slider("Paid in parts of", REFERENCES),
    )


@cache
def _solve(reference: str) -> Minimax:
    return minimax_schedule(LENGTH, STEPS, reference.lower())


@cache
def _schedule(kind: str, reference: str) -> Schedule:
    v = _solve(reference).reference
    match kind:
        case "equal":
            return uniform(LENGTH, STEPS)
        case "best fixed":
            return best_fixed(LENGTH, STEPS, v)
        case "harmonic":
            return HarmonicSchedule(LENGTH, STEPS, "tc" if reference == "TC" else "dtc")
        case "sequential":
            return SequentialSchedule(LENGTH, STEPS)
    return _solve(reference).schedule


def _prior(kind: str, reference: str) -> Array:
    if kind == "minimax prior":
        return _solve(reference).prior
    if kind == "harmonic prior":
        v = _solve(reference).reference
        cuts = range(1, LENGTH)
        return max(
            (harmonic_prior(v, c) for c in cuts),
            key=lambda prior: yao_bound(LENGTH, STEPS, v, prior),
        )
    return np.eye(LENGTH - 1)[int(kind.split()[1]) - 1]


@cache
def _cached_prior(kind: str, reference: str) -> tuple[Array, float]:
    prior = _prior(kind, reference)
    return prior, yao_bound(LENGTH, STEPS, _solve(reference).reference, prior)


def _draw(ours: str, theirs: str, reference: str) -> tuple[Figure, str]:
    solved = _solve(reference)
    payments = _schedule(ours, reference).overshoot() / solved.reference
    prior, certificate = _cached_prior(theirs, reference)
    paid = float(prior @ payments)
    m = np.arange(1, LENGTH)
    fig, (left, right) = plots.figure(height=3.5, columns=2)
    left.plot(m, payments, color=plots.color("curve"), marker="o", ms=3, label="o(m)/v(m)")
    left.axhline(paid, color=plots.color("dtc"), ls="--", label="paid")
    left.axhline(solved.value, color=plots.GREY, ls=":", label="value")
    top = 1.03 * max(float(payments.max()), 1.5 * solved.value)
    left.set(xlabel="threshold m, tokens", ylabel=f"payment, parts of {reference}")
    left.set(ylim=(-0.02 * top, top), title=f"you: {ours}")
    right.bar(m, prior, color=plots.color("dtc"), width=0.8)
    right.set(xlabel="threshold m, tokens", ylabel="nature's prior", title=f"nature: {theirs}")
    right.set(xlim=(0, LENGTH))
    fig.legend(*left.get_legend_handles_labels(), loc="outside lower center", ncols=3)
    reading = (
        f"You play {ours}, nature {theirs}: you pay {_number(paid)} {reference}. Your schedule "
        f"promises {_number(float(payments.max()))} {reference} at most, nature's prior makes "
        f"every schedule pay {_number(certificate)} or more, and the value of the game is "
        f"{_number(solved.value)}."
    )
    return fig, reading


def _number(x: float) -> str:
    return f"{abs(x):.4f}"
