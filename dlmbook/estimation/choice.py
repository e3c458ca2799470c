r"""Schedules chosen by measured losses, and what is known of them.

Sizes that are chosen by an estimate look better on the sequences of the estimate than they are
(Theorem `curve-error`). `choose_schedule` therefore chooses by one part of the sequences and prices
the choice on the rest, which had no part in it: given the choice, that price has no bias and its
standard error is the usual one (Lemma `lem-split`). The bootstrap tells how firmly the data choose:
the sizes are chosen anew from sequences drawn with replacement.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from dlmbook.charges import standard_error
from dlmbook.estimation.curve import CurveEstimate
from dlmbook.information import Array, check_numbers
from dlmbook.laws.base import Rng, check_size
from dlmbook.schedules.base import Sizes, check_steps
from dlmbook.schedules.fixed import FixedSchedule
from dlmbook.schedules.oracle import oracle_schedule

#: Standard errors by which a measured loss must rise for `choose_schedule` to refuse.
CLEAR_RISE = 6.0


@dataclass(frozen=True, eq=False)
class ScheduleChoice:
    """Sizes chosen by an estimated curve, with the uncertainty of the choice.

    Attributes
    ----------
    schedule : FixedSchedule
        Chosen by the first part of the sequences.
    kl, error : float
        What it costs in addition to one token at a time, in nats, and the standard error: both
        from the other sequences.
    apparent : float
        What the sequences that chose it say of it: usually too little.
    breakpoints : ndarray of int64, shape (repeats, K)
        Breakpoints chosen by bootstrap samples of the first part.
    """

    schedule: FixedSchedule
    kl: float
    error: float
    apparent: float
    breakpoints: Sizes


def choose_schedule(
    estimate: CurveEstimate, steps: int, share: float = 0.5, repeats: int = 200, rng: Rng = None
) -> ScheduleChoice:
    """Choose the best K sizes by one part of the sequences, and price them on the other.

    The sizes are best for the denoiser that was measured; what another one loses by them depends on
    how much the difference of their losses varies within a block.

    Theorem: `curve-error`. Theorem: `transfer`.

    Parameters
    ----------
    estimate : CurveEstimate
        From n sequences.
    steps : int
        K, at most L.
    share : float
        Of the sequences that choose, which are picked at random; the others set the price. There
        must be two at least on each side.
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
        If there are too few sequences, or K is not between 1 and L; if the losses rise far beyond
        their standard errors, so that the curve of the estimate, which cannot, is not theirs
        (`cheapest_schedule` takes such losses).

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
    rng, repeats = np.random.default_rng(rng), check_size(repeats, "repeats", 0)
    order = rng.permutation(len(estimate.charges))
    first = round(share * len(order)) if 0 < share < 1 else 0
    if first < 2 or len(order) - first < 2:
        raise ValueError(
            f"share = {share!r} of {len(order)} sequences must leave at least two on each side"
        )
    _check_fall(estimate)
    choosing = CurveEstimate(estimate.charges[order[:first]])
    pricing = CurveEstimate(estimate.charges[order[first:]])
    chosen = oracle_schedule(choosing.curve, steps)
    kl, error = pricing.expected_kl(chosen)
    again = [
        oracle_schedule(_resampled(choosing, rng).curve, steps).breakpoints for _ in range(repeats)
    ]
    breakpoints = np.array(again, dtype=np.int64).reshape(repeats, steps)
    return ScheduleChoice(chosen, kl, error, choosing.expected_kl(chosen)[0], breakpoints)


def paying_schedule(loss: ArrayLike) -> FixedSchedule:
    """Best sizes of all, with any number of steps, for a denoiser with these losses.

    There is a breakpoint at j > 0 exactly if ``loss[j]`` is lower than all losses before it. If
    the losses fall all the way, that is one token at a time; where they rise, a step more would
    raise the path divergence (the output may still gain, by averaging). Of estimated losses it
    follows the noise, too: look at their errors.

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
    loss = _check_loss(loss)
    lowest = np.minimum.accumulate(loss)
    stops = 1 + np.flatnonzero(loss[1:] < lowest[:-1])
    return FixedSchedule(tuple(np.diff(stops, prepend=0, append=loss.size).tolist()))


def cheapest_schedule(loss: ArrayLike, steps: int) -> FixedSchedule:
    """K sizes of least path divergence for a denoiser with these losses, which may rise.

    Bellman's recursion: the cheapest way to reveal n' tokens in k steps is the least, over the
    last stop n, of the cheapest way to n in k - 1 steps plus ``(n' - n) loss[n]``. It takes
    O(K L^2) operations; `oracle_schedule` is faster, but needs a curve, which does not fall.

    Theorem: `model-curve`. Theorem: `transfer`.

    Parameters
    ----------
    loss : array_like, shape (L,)
        Masked loss by the number of revealed tokens, in nats.
    steps : int
        K, at most L.

    Raises
    ------
    ValueError
        If the losses are not finite numbers, or K is not between 1 and L.

    Examples
    --------
    >>> cheapest_schedule([2.0, 1.5, 3.0, 1.0, 2.0], 3).sizes
    (1, 2, 2)
    """
    loss = _check_loss(loss)
    check_steps(loss.size, steps)
    ends = np.arange(loss.size + 1)
    size = ends[None] - ends[:-1, None]  # (L, L + 1), of a block from n to n'
    bills = np.where(size > 0, size * loss[:, None], np.inf)
    best, stops = bills[0], []
    for _ in range(steps - 1):
        ways = best[:-1, None] + bills
        stops.append(ways.argmin(axis=0))
        best = ways.min(axis=0)
    points = [loss.size]
    for stop in reversed(stops):
        points.append(int(stop[points[-1]]))
    return FixedSchedule(tuple(np.diff([0, *reversed(points)]).tolist()))


def _check_loss(loss: ArrayLike) -> Array:
    if isinstance(loss, CurveEstimate):
        raise ValueError("loss must be a vector of numbers (of an estimate it is estimate.loss)")
    loss = check_numbers(loss, "loss")
    if loss.ndim != 1 or loss.size == 0 or not np.all(np.isfinite(loss)):
        raise ValueError(f"loss must be a vector of finite numbers, but is {loss!r}")
    return loss


def _check_fall(estimate: CurveEstimate) -> None:
    """Refuse losses that rise by more than noise: compare each with the lowest before it."""
    loss = estimate.loss
    lows = np.array([int(loss[: j + 1].argmin()) for j in range(loss.size)])
    rises = estimate.charges - estimate.charges[:, lows]
    z = rises.mean(axis=0) / (standard_error(rises) + 1e-6)
    if z.max() > CLEAR_RISE:
        j = int(z.argmax())
        raise ValueError(
            f"the loss rises from {loss[lows[j]]:.3f} with {lows[j]} tokens revealed to "
            f"{loss[j]:.3f} with {j}: look at paying_schedule(estimate.loss), or choose sizes by "
            "cheapest_schedule(estimate.loss, steps)"
        )


def _resampled(estimate: CurveEstimate, rng: np.random.Generator) -> CurveEstimate:
    """Draw as many sequences with replacement."""
    n = len(estimate.charges)
    return CurveEstimate(estimate.charges[rng.integers(n, size=n)])
