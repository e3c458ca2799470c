"""One plan: which tokens are drawn together, and in which order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from itertools import combinations
from math import factorial, prod

import numpy as np

from dlmbook.information import Array
from dlmbook.laws.base import Law, Tokens, check_size
from dlmbook.laws.enumerated import DenseLaw
from dlmbook.schedules import FixedSchedule, Schedule

#: Most plans that are listed one by one.
PLANS_LIMIT = 1 << 16

Blocks = tuple[tuple[int, ...], ...]


@dataclass(frozen=True)
class Plan:
    """Blocks of positions, revealed one after another, the same for every sequence.

    Theorem: `frozen-plan`.

    Parameters
    ----------
    blocks : sequence of sequences of int
        They hold each of the positions 0, ..., L - 1 once.

    Examples
    --------
    Two equal bits, drawn together and one after the other:

    >>> from dlmbook.laws import repetition
    >>> Plan([(0, 1)]).output_law(repetition(2)).pmf.tolist()
    [[0.25, 0.25], [0.25, 0.25]]
    >>> Plan([(1,), (0,)]).output_law(repetition(2)).pmf.tolist()
    [[0.5, 0.0], [0.0, 0.5]]

    The sampler for any denoiser takes a plan as its schedule and its order:

    >>> from dlmbook.sampling import unmask
    >>> plan = Plan([(1,), (0,)])
    >>> unmask(repetition(2).conditionals, plan.schedule, 3, rng=0, order=plan.order).tolist()
    [[1, 1], [0, 0], [0, 0]]
    """

    blocks: Blocks

    def __post_init__(self) -> None:
        if not all(isinstance(block, Iterable) for block in self.blocks):
            raise ValueError(f"blocks must be listed, such as [(0, 2), (1,)], not {self.blocks!r}")
        blocks = tuple(tuple(check_size(i, "position", 0) for i in b) for b in self.blocks)
        positions = sorted(i for block in blocks for i in block)
        if not all(blocks) or not positions or positions != list(range(len(positions))):
            raise ValueError(
                f"blocks must hold each position 0..L-1 once, none be empty, but are {blocks}"
            )
        object.__setattr__(self, "blocks", blocks)

    @property
    def length(self) -> int:
        """Number L of tokens."""
        return sum(map(len, self.blocks))

    @property
    def schedule(self) -> FixedSchedule:
        """Sizes of the blocks, for `unmask` and `MaskedDiffusion`, together with `order`."""
        return FixedSchedule(tuple(map(len, self.blocks)))

    @property
    def order(self) -> Tokens:
        """Positions in the order of their unmasking, shape (L,)."""
        return np.array([i for block in self.blocks for i in block], dtype=np.int64)

    def output_law(self, law: Law) -> DenseLaw:
        """Law of what the sampler writes with this plan and the law's exact denoiser.

        Raises
        ------
        ValueError
            If the lengths differ, or the law is too big to be written out.
        """
        return next(output_laws([self], law))


def output_laws(several: Iterable[Plan], law: Law) -> Iterator[DenseLaw]:
    """Compute what each of several plans writes, with the law's exact denoiser.

    Conditionals that plans share are computed once, and kept while the plans are gone through:
    for thousands of plans of one short law this is much faster than `Plan.output_law` for each.

    Parameters
    ----------
    several : iterable of Plan
    law : Law

    Yields
    ------
    DenseLaw

    Raises
    ------
    ValueError
        If the lengths differ, or the law is too big to be written out.

    Examples
    --------
    >>> from dlmbook.laws import repetition
    >>> both = [Plan([(0, 1)]), Plan([(1,), (0,)])]
    >>> [written.pmf[0].tolist() for written in output_laws(both, repetition(2))]
    [[0.25, 0.25], [0.5, 0.0]]
    """
    p = DenseLaw.of(law).pmf

    @cache
    def conditional(position: int, known: frozenset[int]) -> Array:
        return _conditional(p, position, set(known))

    for plan in several:
        if law.length != plan.length:
            raise ValueError(f"the plan reveals {plan.length} tokens, but L = {law.length}")
        produced, known = np.ones_like(p), frozenset[int]()
        for block in plan.blocks:
            for i in block:
                produced = produced * conditional(i, known)
            known |= set(block)
        yield DenseLaw(produced / produced.sum())


def plans(schedule: Schedule) -> Iterator[tuple[float, Plan]]:
    """All plans of a schedule, with their probabilities.

    Parameters
    ----------
    schedule : Schedule
        Its compositions must be few enough to be listed, and so must the orders.

    Yields
    ------
    tuple of float and Plan

    Raises
    ------
    ValueError
        If there are more than 65,536.

    Examples
    --------
    >>> from dlmbook.schedules import FixedSchedule
    >>> [plan.blocks for _, plan in plans(FixedSchedule((1, 2)))]
    [((0,), (1, 2)), ((1,), (0, 2)), ((2,), (0, 1))]
    """
    listed = schedule.compositions()
    if sum(_orders(sizes) for _, sizes in listed) > PLANS_LIMIT:
        raise ValueError(f"the schedule has more than {PLANS_LIMIT} plans")
    for probability, sizes in listed:
        for blocks in _arrange(tuple(range(schedule.length)), sizes):
            yield probability / _orders(sizes), Plan(blocks)


def _arrange(left: tuple[int, ...], sizes: tuple[int, ...]) -> Iterator[Blocks]:
    """All ways to cut the positions that are left into blocks of these sizes."""
    if not sizes:
        yield ()
        return
    for block in combinations(left, sizes[0]):
        for rest in _arrange(tuple(i for i in left if i not in block), sizes[1:]):
            yield (block, *rest)


def _orders(sizes: tuple[int, ...]) -> int:
    return factorial(sum(sizes)) // prod(map(factorial, sizes))


def _conditional(p: Array, position: int, known: set[int]) -> Array:
    """p(x_i | x_W) for all x, with axes of size one where it does not matter."""
    context = _keep(p, known)
    joint = _keep(p, known | {position})
    single = np.broadcast_to(_keep(p, {position}), joint.shape)
    return np.divide(joint, context, out=single.copy(), where=context > 0)


def _keep(p: Array, kept: set[int]) -> Array:
    axes = tuple(i for i in range(p.ndim) if i not in kept)
    return p.sum(axis=axes, keepdims=True) if axes else p
