r"""Schedules for those who know something about the curve, but not all of it, or not for certain.

*Two numbers.* Let a law have a total correlation of at most T and a dual total correlation of at
most D. If ``o[m] <= a (L - m) + b m`` for all m, then ``E KL <= a T + b D``; and the best such
promise is the best that any schedule can make for all curves with these two numbers (Theorem
`two-numbers`). `tc_dtc_schedule` finds it: one game of `dlmbook.schedules.minimax` for each
direction ``(a T, b D)``, and a search for the best direction.

*A smooth curve.* Where the curve climbs at the rate f, the best sizes are in proportion to
``1 / sqrt(f)``, and cost about ``(L / 2K) (integral of sqrt(f))^2`` (Theorem `smooth-curve`).
`square_root_schedule` takes these sizes without a dynamic program.

*An estimate that may be wrong.* `insured_schedule` adds the levels of a harmonic schedule to given
breakpoints, and costs no more than either of the two.

Chapter 8 tells the story.
"""

from __future__ import annotations

from math import isfinite
from typing import Literal

import numpy as np
from scipy.optimize import minimize_scalar

from dlmbook.curve import InformationCurve
from dlmbook.schedules.base import check_steps
from dlmbook.schedules.fixed import FixedSchedule, from_breakpoints, uniform
from dlmbook.schedules.harmonic import HarmonicSchedule
from dlmbook.schedules.minimax import Minimax, minimax_schedule
from dlmbook.schedules.offset import OffsetSchedule


def square_root_schedule(curve: InformationCurve, steps: int) -> FixedSchedule:
    """K sizes in inverse proportion to the square root of the curve's rate of climb.

    The k-th breakpoint is the first threshold at which ``sqrt(w[1]) + sqrt(w[2]) + ...`` reaches
    the part k/K of the whole sum.

    Theorem: `smooth-curve`.

    Parameters
    ----------
    curve : InformationCurve
    steps : int
        K, at most L.

    Examples
    --------
    The first half climbs at four times the rate of the second:

    >>> curve = InformationCurve.from_increments([4.0] * 12 + [1.0] * 12)
    >>> square_root_schedule(curve, 6).sizes
    (3, 3, 3, 3, 6, 7)
    """
    if not isinstance(curve, InformationCurve):
        raise ValueError(
            f"curve must be an InformationCurve, not {type(curve).__name__} "
            "(of an estimate it is estimate.curve)"
        )
    check_steps(curve.length, steps)
    reached = np.cumsum(np.sqrt(np.maximum(curve.w, 0.0)))  # rounding
    if reached.size == 0 or reached[-1] == 0:
        return uniform(curve.length, steps)
    targets = reached[-1] * np.arange(1, steps) / steps
    stops = 1.0 + np.searchsorted(reached, targets * (1 - 1e-12))
    return from_breakpoints(np.append(stops, curve.length), curve.length)


def tc_dtc_schedule(length: int, steps: int, tc: float, dtc: float) -> Minimax:
    """Find the best schedule for all curves with at most the given TC and DTC.

    Theorem: `two-numbers`.

    Parameters
    ----------
    length, steps : int
        L, at least 2, and K, at most L.
    tc, dtc : float
        Positive upper bounds T and D in nats.

    Returns
    -------
    Minimax
        Its ``value`` is the promise in nats; ``reference[m - 1]`` is ``(s / T)(L - m) +
        ((1 - s) / D) m`` with the best share s, to within 0.001.

    Raises
    ------
    ValueError
        If a bound is not positive and finite.

    Examples
    --------
    Told the two numbers we promise less than a quarter of what adapts to them untold:

    >>> promise = tc_dtc_schedule(64, 8, tc=40.0, dtc=12.0).value
    >>> round(promise, 2), round(12.0 * HarmonicSchedule(64, 8, adapt="both").bound, 2)
    (2.45, 10.59)
    """
    for name, number in (("tc", tc), ("dtc", dtc)):
        if not (isfinite(number) and number > 0):
            raise ValueError(f"{name} must be positive and finite, but is {number}")
    m = np.arange(1, length)

    def play(share: float) -> Minimax:
        reference = (share / tc) * (length - m) + ((1 - share) / dtc) * m
        return minimax_schedule(length, steps, reference)

    # Shares that keep a promise form an interval, for feasible (a, b) are convex: one minimum.
    inside = minimize_scalar(
        lambda s: play(float(s)).value, bounds=(0, 1), method="bounded", options={"xatol": 1e-3}
    )
    return min((play(s) for s in (0.0, float(inside.x), 1.0)), key=lambda game: game.value)


def insured_schedule(
    fixed: FixedSchedule, steps: int, adapt: Literal["tc", "dtc", "both"] = "both"
) -> OffsetSchedule:
    """Keep all breakpoints of fixed sizes and spend the other steps on harmonic levels.

    For every law it costs no more than the fixed sizes, and no more than the clipped harmonic
    schedule of ``steps - fixed.steps + 1`` steps.

    Parameters
    ----------
    fixed : FixedSchedule
    steps : int
        K, at least ``fixed.steps`` and at most L.
    adapt : {"tc", "dtc", "both"}
        Reference of the harmonic schedule.

    Examples
    --------
    >>> fixed = FixedSchedule((3, 5))
    >>> schedule = insured_schedule(fixed, 4)
    >>> schedule.steps, float(schedule.levels[2])
    (4, 1.0)
    """
    if not isinstance(fixed, FixedSchedule):
        raise ValueError(f"fixed must be a FixedSchedule, not {type(fixed).__name__}")
    check_steps(fixed.length, steps)
    if steps < fixed.steps:
        raise ValueError(
            f"steps must be at least the {fixed.steps} of the fixed sizes, not {steps}"
        )
    levels = np.zeros(fixed.length - 1)
    if steps > fixed.steps:
        levels = HarmonicSchedule(fixed.length, steps - fixed.steps + 1, adapt).intensity.copy()
    levels[fixed.breakpoints[:-1] - 1] = 1.0
    return OffsetSchedule(levels)
