"""The loop itself: laws that learn from what they write."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from dlmbook.contamination.settings import PerGeneration, check_alpha
from dlmbook.information import Array, check_numbers
from dlmbook.laws.base import Law, check_size
from dlmbook.laws.enumerated import DenseLaw
from dlmbook.sampling import Rule, output_law
from dlmbook.schedules import Schedule
from dlmbook.selftraining.plans import Plan

#: Most rounds that `settle` tries.
ROUNDS_LIMIT = 100_000


def self_train(
    law: Law,
    sampler: Schedule | Rule | Plan,
    alpha: PerGeneration,
    generations: int,
    start: Law | None = None,
) -> Iterator[DenseLaw]:
    """Yield what each generation learns: ``p_{t+1} = alpha p* + (1 - alpha) S(p_t)``.

    Denoisers are perfect and data infinite, so that only parallel sampling does harm.

    Theorem: `contraction`. Theorem: `burst-lyapunov`. Theorem: `tipping`.
    Theorem: `marginals`. Theorem: `marginal-recurrence`.

    Parameters
    ----------
    law : Law
        The truth p*; q^L of at most about 4,096 for many rounds.
    sampler : Schedule, Rule or Plan
        How every generation samples. A schedule draws a new plan for each sequence; a `Plan` is
        kept for ever.
    alpha : float, array_like of shape (T + 1,), or function of t
        Share of fresh data in generation t; that of generation 0 is 1.
    generations : int
        Number T of generations after the first.
    start : Law, optional
        Where the loop starts; the truth if not given.

    Yields
    ------
    DenseLaw
        Generation 0 to T.

    Examples
    --------
    A fair bit and its copy, drawn at once, with one half fresh data:

    >>> from dlmbook.laws import repetition
    >>> from dlmbook.schedules import uniform
    >>> [p.pmf[0, 0].item() for p in self_train(repetition(2), uniform(2, 1), 0.5, 2)]
    [0.5, 0.375, 0.375]
    """
    shares = check_alpha(alpha, check_size(generations, "generations", 0))
    truth = DenseLaw.of(law)
    current = truth if start is None else DenseLaw.of(start)
    yield current
    for share in shares[1:]:
        current = _mix(truth, _written(current, sampler), float(share))
        yield current


def settle(
    law: Law,
    sampler: Schedule | Rule | Plan,
    alpha: float,
    start: Law | None = None,
    tolerance: float = 1e-12,
) -> DenseLaw:
    """Follow the loop until it rests: a fixed point ``p = alpha p* + (1 - alpha) S(p)``.

    There can be several; which one is found depends on ``start``.

    Theorem: `fixed-points`. Theorem: `attenuation`.

    Parameters
    ----------
    law : Law
        The truth p*.
    sampler : Schedule, Rule or Plan
    alpha : float
        Share of fresh data.
    start : Law, optional
        The truth if not given.
    tolerance : float
        Largest change ``sum |p_{t+1} - p_t|`` that counts as rest.

    Returns
    -------
    DenseLaw

    Raises
    ------
    ValueError
        If it has not come to rest after 100,000 rounds.

    Examples
    --------
    >>> from dlmbook.laws import repetition
    >>> from dlmbook.schedules import FixedSchedule
    >>> settle(repetition(3), FixedSchedule((1, 2)), 0.5).pmf[0, 0, 0].item()
    0.5
    """
    if not check_numbers(tolerance, "tolerance") > 0:
        raise ValueError(f"tolerance must be positive, but is {tolerance!r}")
    rounds = self_train(law, sampler, alpha, ROUNDS_LIMIT, start)
    before = next(rounds)
    for after in rounds:
        if np.abs(after.pmf - before.pmf).sum() <= tolerance:
            return after
        before = after
    raise ValueError(f"the loop has not come to rest within {tolerance:g} after {ROUNDS_LIMIT}")


def _written(law: DenseLaw, sampler: Schedule | Rule | Plan) -> Array:
    """Pmf of what a model of this law writes."""
    written = sampler.output_law(law) if isinstance(sampler, Plan) else output_law(law, sampler)
    return written.pmf


def _mix(truth: DenseLaw, written: Array, share: float) -> DenseLaw:
    return DenseLaw(share * truth.pmf + (1 - share) * written)
