"""A whole text in the loop: what its information curve says, and bounds that always hold."""

from __future__ import annotations

from math import comb

import numpy as np
from numpy.typing import ArrayLike

from dlmbook.budget.interaction import at_least, fresh_share, frozen_error, interaction_error
from dlmbook.curve import InformationCurve
from dlmbook.information import Array, check_numbers
from dlmbook.laws.base import check_size
from dlmbook.schedules import Schedule
from dlmbook.selftraining import block_lengths, retention


def order_energies(curve: InformationCurve) -> Array:
    """How much of the total correlation is in interactions of 2, 3, ..., L tokens.

    ``W_a = C(L, a) (difference of order a - 2 of w at 1)``: they add up to TC, and to DTC with
    the weights a - 1; single ones can be negative. Near independence W_a is half the squared
    norm of the interactions of a tokens. Differences of high order magnify noise: an error of
    the increments may grow by ``C(L, a) 2^(a-2)`` in W_a. For a curve that was estimated, only
    the first few are of use, and beyond about L = 30 even rounding can ruin them.

    Theorem: `curve-orders`.

    Returns
    -------
    ndarray of float64, shape (L - 1,)
        In nats.

    Raises
    ------
    ValueError
        If rounding of the increments could change an energy by a hundredth of TC or more.

    Examples
    --------
    >>> from dlmbook.laws import parity
    >>> order_energies(InformationCurve.of(parity(4))).round(4).tolist()
    [0.0, 0.0, 0.6931]
    """
    differences, energies = curve.w, []
    largest = max((comb(curve.length, a) << (a - 2) for a in range(2, curve.length + 1)), default=0)
    rounding = float(np.finfo(float).eps * np.abs(curve.w).max(initial=0.0))
    if rounding and largest > 0.01 * curve.tc / rounding:
        raise ValueError(
            f"a curve of length {curve.length} has no trustworthy energies: differences of high "
            "order magnify rounding errors beyond a hundredth of TC; take a shorter text"
        )
    for a in range(2, curve.length + 1):
        energies.append(comb(curve.length, a) * differences[0])
        differences = np.diff(differences)
    return np.array(energies) + 0.0  # no negative zeros


def forecast(
    energies: ArrayLike,
    vocabulary: int,
    schedule: Schedule,
    fresh: float,
    calls: float,
    frozen: bool = False,
) -> tuple[float, float]:
    """Error of a whole text in the loop, from its energies: signal lost and noise kept.

    The sum of `interaction_error` over all ``C(L, a) (q - 1)^a`` coordinates of interactions of
    a tokens, a = 1, ..., L, whose squared norm is taken to be ``2 W_a``: the theory near
    independence. In units of the same sum without synthetic data, so that ``m`` over the sum of
    both parts is what the model is worth.

    Theorem: `curve-orders`. Theorem: `interaction-price`. Theorem: `freeze-or-redraw`.

    Parameters
    ----------
    energies : array_like, shape (L - 1,)
        W_a of `order_energies`, in nats; negative ones count as zero.
    vocabulary : int
        q.
    schedule : Schedule
        Its ``steps`` are the calls K for each sequence.
    fresh : float
        Fresh sequences m in each generation.
    calls : float
        Calls c = C / m for each of them.
    frozen : bool
        Whether one plan is drawn and kept.

    Raises
    ------
    ValueError
        If there are more coordinates, ``q^L - 1``, than fresh sequences. The theory is about
        laws that these could estimate; with more coordinates nearly all are noise, and the
        forecast would advise to forget everything.

    Examples
    --------
    >>> from dlmbook.laws import parity
    >>> from dlmbook.schedules import uniform
    >>> W = order_energies(InformationCurve.of(parity(4)))
    >>> [round(sum(forecast(W, 2, uniform(4, K), 30, 8)), 3) for K in (1, 2, 4)]
    [2.413, 2.111, 0.6]
    """
    energies = check_numbers(energies, "energies")
    if not isinstance(schedule, Schedule):
        raise ValueError(f"schedule must be a Schedule, but is {schedule!r}; plan_loss knows plans")
    length = schedule.length
    if energies.shape != (length - 1,):
        raise ValueError(f"energies must be {length - 1} numbers, but have shape {energies.shape}")
    fresh = float(at_least(fresh, "fresh", 1))
    alpha = fresh_share(calls, schedule.steps)
    count = coordinates(length, vocabulary)
    if count.sum() > fresh:
        raise ValueError(
            f"a law with {count.sum():.3g} coordinates cannot be forecast from {fresh:g} fresh "
            "sequences: spread over so many, every dependence looks like noise"
        )
    signal = 2 * fresh * np.maximum(np.append(0.0, energies), 0.0) / count
    error = frozen_error if frozen else interaction_error
    lost, noise = error(signal, alpha, np.append(1.0, retention(schedule)))
    return float(count @ lost / count.sum()), float(count @ noise / count.sum())


def coordinates(length: int, vocabulary: int) -> Array:
    """Count the coordinates ``C(L, a) (q - 1)^a`` of interactions of a = 1, ..., L tokens.

    Examples
    --------
    >>> coordinates(4, 2).tolist()
    [4.0, 6.0, 4.0, 1.0]
    """
    length = check_size(length, "length", 1)
    q = check_size(vocabulary, "vocabulary", 2)
    try:
        return np.array([float(comb(length, a) * (q - 1) ** a) for a in range(1, length + 1)])
    except OverflowError:
        raise ValueError(f"{q} ** {length} coordinates are too many to count") from None


def frozen_bound(schedule: Schedule, kl: float, calls: float) -> float:
    """Bound of the mean divergence from the truth, for ever, if one plan is drawn and kept.

    ``b <w, o>``, for every law; perfect denoisers, infinite data.

    Theorem: `budget-bound`.

    Parameters
    ----------
    schedule : Schedule
    kl : float
        Its expected path divergence ``<w, o>`` for the law, or a bound of it, in nats.
    calls : float
        Calls c for each fresh sequence.

    Examples
    --------
    >>> from dlmbook.schedules import uniform
    >>> round(frozen_bound(uniform(8, 4), 0.2, calls=16), 3)
    0.16
    """
    return float(1 - fresh_share(calls, schedule.steps)) * float(at_least(kl, "kl", 0))


def redrawn_bound(schedule: Schedule, kl: float, calls: float) -> float:
    """Bound of the divergence in the end if every sequence has a new plan, infinite if unsafe.

    ``c <w, o> / (K - c (c_max - 1))`` with the longest mean block c_max, ``ceil(L / K)`` for
    equal sizes; the budget is *safe* if the denominator is positive. For every law; perfect
    denoisers, infinite data.

    Theorem: `budget-bound`.

    Parameters
    ----------
    schedule, kl, calls
        As for `frozen_bound`.

    Examples
    --------
    >>> from dlmbook.schedules import uniform
    >>> [round(redrawn_bound(uniform(8, 4), 0.2, calls), 3) for calls in (1, 2, 4)]
    [0.067, 0.2, inf]
    """
    calls, kl = float(at_least(calls, "calls", 0)), float(at_least(kl, "kl", 0))
    room = schedule.steps - calls * (float(block_lengths(schedule).max()) - 1)
    return calls * kl / room if room > 0 else np.inf


def one_run_error(
    strength: ArrayLike, kept: ArrayLike, steps: ArrayLike, calls: float
) -> tuple[Array, Array]:
    """Squared bias and variance of a parity's mean from one batch of C / K sequences; exact.

    The truth is uniform on bits up to one parity of mean theta. No loop: the denoiser is exact,
    and C calls are all there are.

    Theorem: `one-run`.

    Parameters
    ----------
    strength : array_like of float
        theta, in [-1, 1].
    kept : array_like of float
        Retention of the parity.
    steps : array_like of float
        K.
    calls : float
        C.

    Examples
    --------
    >>> bias, variance = one_run_error(0.2, [0.0, 6 / 7, 1.0], [1, 4, 8], calls=1000)
    >>> (bias + variance).round(4).tolist()
    [0.041, 0.0047, 0.0077]
    """
    strength, kept = check_numbers(strength, "strength"), check_numbers(kept, "kept")
    steps, calls = at_least(steps, "steps", 1), float(at_least(calls, "calls", 1))
    if not (np.all(abs(strength) <= 1) and np.all((kept >= 0) & (kept <= 1))):
        raise ValueError("strength must lie in [-1, 1], and kept in [0, 1]")
    return ((1 - kept) * strength) ** 2, (1 - (kept * strength) ** 2) * steps / calls
