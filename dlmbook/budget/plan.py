"""One plan that is kept for ever: what it forgets, and how many coordinates it keeps."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from dlmbook.information import Array
from dlmbook.laws.base import Law, check_size
from dlmbook.laws.enumerated import DenseLaw
from dlmbook.selftraining import Plan, output_laws


def kept_coordinates(plan: Plan, vocabulary: int) -> int:
    """How many of the ``q^L - 1`` coordinates of a law the plan's sampler keeps.

    It keeps an interaction if the last block that meets it meets it in one token. Those are
    ``sum_k s_k (q - 1) q^(N_{k-1})`` coordinates: the free parameters of the tokens of block k,
    given all that was revealed before.

    Theorem: `freeze-or-redraw`.

    Examples
    --------
    >>> kept_coordinates(Plan([(0, 1)]), 2), kept_coordinates(Plan([(1,), (0,)]), 2)
    (2, 3)
    """
    if not isinstance(plan, Plan):
        raise ValueError(f"plan must be a Plan, but is {plan!r}; retention knows schedules")
    q, revealed, kept = check_size(vocabulary, "vocabulary", 2), 0, 0
    for block in plan.blocks:
        kept += len(block) * (q - 1) * q**revealed
        revealed += len(block)
    return kept


def plan_loss(plan: Plan, first: Law, second: Law | None = None) -> float:
    """Squared distance between a law and what the plan's sampler makes of it.

    ``sum_x (S(p) - p)(x)^2 / M(x)``, M the product of the first law's marginals. With two laws,
    the empirical ones of two halves of a sample, one factor is taken from each: the noise of the
    halves is independent and cancels on average to first order, and the result, which may be
    negative, estimates the loss of the true law.

    Theorem: `freeze-or-redraw`.

    Parameters
    ----------
    plan : Plan
    first, second : Law
        Of at most 2^25 sequences; every token value occurs at every position in the first.

    Examples
    --------
    >>> from dlmbook.laws import parity, repetition
    >>> plan_loss(Plan([(0, 1)]), repetition(2)), plan_loss(Plan([(0,), (1,)]), repetition(2))
    (1.0, 0.0)
    """
    return float(plan_losses([plan], first, second)[0])


def plan_losses(several: Sequence[Plan], first: Law, second: Law | None = None) -> Array:
    """`plan_loss` of each of several plans, with common work done once.

    Theorem: `freeze-or-redraw`.

    Returns
    -------
    ndarray of float64, shape (len(several),)

    Examples
    --------
    >>> from dlmbook.laws import repetition
    >>> plan_losses([Plan([(0, 1)]), Plan([(0,), (1,)])], repetition(2)).tolist()
    [1.0, 0.0]
    """
    laws = [DenseLaw.of(first), DenseLaw.of(second or first)]
    weight = 1 / marginal_product(laws[0])
    written = zip(*(output_laws(several, law) for law in laws), strict=True)
    return np.array(
        [np.sum((one.pmf - laws[0].pmf) * (two.pmf - laws[1].pmf) * weight) for one, two in written]
    )


def marginal_product(law: Law) -> Array:
    """Product M of the law's marginals, an array of shape (q,) * L.

    Examples
    --------
    >>> from dlmbook.laws import repetition
    >>> marginal_product(repetition(2)).tolist()
    [[0.25, 0.25], [0.25, 0.25]]
    """
    pmf = DenseLaw.of(law).pmf
    product, positions = np.ones_like(pmf), range(pmf.ndim)
    for i in positions:
        product = product * pmf.sum(axis=tuple(k for k in positions if k != i), keepdims=True)
    return product
