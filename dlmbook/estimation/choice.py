r"""Schedules chosen by measured losses, and what is known of them.

Sizes that are chosen by an estimate look better on the sequences of the estimate than they are
(Theorem `curve-error`). `choose_schedule` therefore prices them by cross-fitting: the sequences
are cut into folds, and each fold prices the sizes that the others choose. That estimates, without
bias, the mean cost of sizes chosen from so many sequences (Lemma `lem-cross-fit`). The bootstrap
tells how firmly the data choose: the sizes are chosen anew from sequences drawn with replacement.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from dlmbook.estimation.curve import CurveEstimate
from dlmbook.information import Array, check_numbers
from dlmbook.laws.base import Rng, check_size
from dlmbook.schedules.base import Sizes
from dlmbook.schedules.fixed import FixedSchedule
from dlmbook.schedules.oracle import oracle_schedule


@dataclass(frozen=True, eq=False)
class ScheduleChoice:
    """Sizes chosen by an estimated curve, with the uncertainty of the choice.

    Attributes
    ----------
    schedule : FixedSchedule
        Chosen by all sequences.
    kl, error : float
        What sizes so chosen cost in addition to one token at a time, in nats, and its standard
        error; each sequence was priced under sizes that the other folds chose.
    apparent : float
        What the sequences say of the sizes that they chose themselves: usually too little.
    breakpoints : ndarray of int64, shape (repeats, K)
        Breakpoints chosen by the bootstrap.
    """

    schedule: FixedSchedule
    kl: float
    error: float
    apparent: float
    breakpoints: Sizes


def choose_schedule(
    estimate: CurveEstimate, steps: int, folds: int = 5, repeats: int = 200, rng: Rng = None
) -> ScheduleChoice:
    """Choose the best K sizes by an estimated curve, and price the choice honestly.

    Theorem: `curve-error`.

    Parameters
    ----------
    estimate : CurveEstimate
        From n sequences.
    steps : int
        K, at most L.
    folds : int
        Parts of the sequences for cross-fitting; at least two, of at least two sequences each.
    repeats : int
        Repetitions of the bootstrap.
    rng : Generator, int or None
        Source of randomness, or its seed.

    Returns
    -------
    ScheduleChoice

    Raises
    ------
    ValueError
        If there are too few sequences for the folds, or K is not between 1 and L.

    Examples
    --------
    >>> from dlmbook.estimation import estimate_curve
    >>> from dlmbook.laws import MDSCode
    >>> law = MDSCode(5, 3, 5)
    >>> estimate = estimate_curve(law.conditionals, law.sample(50, rng=0), rng=1)
    >>> choice = choose_schedule(estimate, 2, rng=2)
    >>> choice.schedule.sizes, round(choice.kl, 3), np.unique(choice.breakpoints).tolist()
    ((3, 2), 0.0, [3, 5])
    """
    charges, rng = estimate.charges, np.random.default_rng(rng)
    n, repeats = len(charges), check_size(repeats, "repeats", 0)
    if check_size(folds, "folds", 2) > n // 2:
        raise ValueError(f"{folds} folds need at least {2 * folds} sequences, but there are {n}")
    chosen = oracle_schedule(estimate.curve, steps)
    fold = rng.permutation(n) % folds
    prices = np.empty(n)
    for v in range(folds):
        others = oracle_schedule(CurveEstimate(charges[fold != v]).curve, steps)
        prices[fold == v] = _prices(charges[fold == v], others)
    again = [
        oracle_schedule(CurveEstimate(charges[rng.integers(n, size=n)]).curve, steps).breakpoints
        for _ in range(repeats)
    ]
    return ScheduleChoice(
        schedule=chosen,
        kl=float(prices.mean()),
        error=_error_within(prices, fold),
        apparent=float(_prices(charges, chosen).mean()),
        breakpoints=np.array(again, dtype=np.int64).reshape(repeats, steps),
    )


def paying_schedule(loss: ArrayLike) -> FixedSchedule:
    """Best sizes of all, with any number of steps, for a denoiser with these losses.

    There is a breakpoint at j > 0 exactly if ``loss[j]`` is lower than all losses before it. If
    the losses fall all the way, that is one token at a time; where they rise, more steps would be
    worse.

    Theorem: `paying-steps`.

    Parameters
    ----------
    loss : array_like, shape (L,)
        Masked loss by the number of revealed tokens, in nats.

    Examples
    --------
    >>> paying_schedule([3.0, 2.0, 2.2, 1.2]).sizes
    (1, 2, 1)
    """
    loss = check_numbers(loss, "loss")
    if loss.ndim != 1 or loss.size == 0 or not np.all(np.isfinite(loss)):
        raise ValueError(f"loss must be a vector of finite numbers, but is {loss!r}")
    lowest = np.minimum.accumulate(loss)
    stops = 1 + np.flatnonzero(loss[1:] < lowest[:-1])
    return FixedSchedule(tuple(np.diff(stops, prepend=0, append=loss.size).tolist()))


def _prices(charges: Array, schedule: FixedSchedule) -> Array:
    """Return what each sequence says of a schedule's cost, shape (n,)."""
    return -np.diff(charges, axis=1) @ schedule.overshoot()


def _error_within(prices: Array, fold: Sizes) -> float:
    """Return the standard error of the mean of prices, with the schedule of each fold as given."""
    folds = np.unique(fold)
    squares = sum(((p - p.mean()) ** 2).sum() for p in (prices[fold == v] for v in folds))
    return float(np.sqrt(squares / (len(prices) - len(folds)) / len(prices)))
