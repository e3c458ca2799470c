"""Chapter 6's second explorable: error against steps for a curve that the reader composes."""

from __future__ import annotations

from functools import cache

import numpy as np
from matplotlib.figure import Figure

from dlmbook import plots
from dlmbook.curve import InformationCurve
from dlmbook.explore.explorable import Explorable, Slider
from dlmbook.information import Array
from dlmbook.schedules import HarmonicSchedule, Schedule, cosine, uniform

__all__ = ["two_step_curves"]

LENGTH = 1024
FIRST = (1, 10, 100, 500)
SECOND = (600, 900, 1000, 1020)
SHARES = (0.0, 0.25, 0.5, 0.75, 1.0)
STEPS = (4, 8, 16, 32, 64, 128, 256)
READ = 32  # the number of steps of the reading
FLOOR = 1e-4
SERIES = {
    "equal": "uniform",
    "cosine": "cosine",
    "harmonic TC": "tc",
    "harmonic DTC": "dtc",
    "harmonic both": "both",
}


def two_step_curves() -> Explorable:
    """Error of five schedules on a curve with two steps, against the number of steps.

    The curve climbs by one nat in all: a share of it at the second threshold, the rest at the
    first. Codes side by side have such curves.

    Returns
    -------
    Explorable
        Sliders ``first``, ``second`` and ``share``.
    """
    return Explorable(
        _draw,
        question="For which curves does it pay to adapt, and to what?",
        alt="Log-log chart of E KL, in nats, against the number of steps from 4 to 256: lines of "
        "five schedules that fall from left to right, each with its own marker, and a dotted grey "
        "line, the promise of the schedule for both.",
        finding="Steps near the ends favor the harmonic schedules. If all of the curve climbs at "
        "10, the schedule for DTC has the least error with 32 steps; if all of it climbs at 1020, "
        "the one for TC has none, and the one for both less than a tenth of that of equal sizes. "
        "If it climbs half at 10 and half at 1020, the schedule for both has less than half the "
        "error of any other. Steps in the middle favor equal and cosine sizes: at 500 the "
        "schedule for both costs more than seven times as much as equal sizes. It never breaks "
        "its promise.",
        first=Slider("First step at", FIRST, start=10),
        second=Slider("Second step at", SECOND, start=1020),
        share=Slider("Share of the second", SHARES, start=0.5, format=lambda x: f"{x:.0%}"),
    )


def _draw(first: int, second: int, share: float) -> tuple[Figure, str]:
    curve = _curve(first, second, share)
    fig, ax = plots.figure(height=4.0)
    for name, key in SERIES.items():
        costs = [_cost(name, k, curve) for k in STEPS]
        ax.plot(STEPS, np.maximum(costs, FLOOR), label=name, clip_on=False, **plots.line(key))
    promise = [HarmonicSchedule(LENGTH, k, "both").bound * curve.effective for k in STEPS]
    ax.plot(STEPS, promise, label="promise, both", **plots.line("neutral"))
    ax.set(xscale="log", yscale="log", ylim=(FLOOR, 1500))
    ax.set(xlabel="steps K", ylabel="E KL, nats (bottom: zero)")
    ax.minorticks_off()
    ax.set_xticks(STEPS, [str(k) for k in STEPS])
    fig.legend(loc="outside upper center", ncols=3, columnspacing=1.2)
    found = ", ".join(f"{name} {_cost(name, READ, curve):.3f}" for name in SERIES)
    reading = (
        f"TC {curve.tc:.1f}, DTC {curve.dtc:.1f}, effective correlation {curve.effective:.1f} "
        f"nats. E KL with {READ} steps, in nats: {found}."
    )
    return fig, reading


def _curve(first: int, second: int, share: float) -> InformationCurve:
    w = np.zeros(LENGTH - 1)
    w[first - 1], w[second - 1] = 1 - share, share
    return InformationCurve.from_increments(w)


def _cost(name: str, steps: int, curve: InformationCurve) -> float:
    return float(curve.w @ _overshoot(name, steps))


@cache
def _overshoot(name: str, steps: int) -> Array:
    schedule: Schedule
    match name:
        case "equal":
            schedule = uniform(LENGTH, steps)
        case "cosine":
            schedule = cosine(LENGTH, steps)
        case "harmonic TC":
            schedule = HarmonicSchedule(LENGTH, steps, "tc")
        case "harmonic DTC":
            schedule = HarmonicSchedule(LENGTH, steps, "dtc")
        case _:
            schedule = HarmonicSchedule(LENGTH, steps, "both")
    return schedule.overshoot()
