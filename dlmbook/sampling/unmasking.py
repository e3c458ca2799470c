"""Run a parallel unmasking sampler with any denoiser."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, overload

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dlmbook.laws.base import MASK, Rng, Tokens, check_size, draw
from dlmbook.sampling.rules import Rule, consider, pick
from dlmbook.schedules import Schedule, Sizes

#: From partly masked tokens (n, L) to the pmf of every position (n, L, q).
Denoiser = Callable[[Tokens], NDArray[np.floating]]

#: How far a denoiser's row may sum from one (its arithmetic may be float32 or bfloat16).
DENOISER_TOLERANCE = 1e-2


@overload
def unmask(
    denoiser: Denoiser,
    schedule: Schedule | Rule,
    n: int,
    rng: Rng = None,
    order: ArrayLike | None = None,
    trace: Literal[False] = False,
) -> Tokens: ...
@overload
def unmask(
    denoiser: Denoiser,
    schedule: Schedule | Rule,
    n: int,
    rng: Rng = None,
    order: ArrayLike | None = None,
    *,
    trace: Literal[True],
) -> tuple[Tokens, Tokens]: ...
def unmask(
    denoiser: Denoiser,
    schedule: Schedule | Rule,
    n: int,
    rng: Rng = None,
    order: ArrayLike | None = None,
    trace: bool = False,
) -> Tokens | tuple[Tokens, Tokens]:
    """Generate n sequences by parallel unmasking.

    Parameters
    ----------
    denoiser : callable
        Maps partly masked tokens (m, L), with ``MASK`` = -1, to probabilities (m, L, q): for
        example ``law.conditionals``. It is called at most K times.
    schedule : Schedule or Rule
        A schedule's sizes are drawn anew for each sequence. A rule chooses the positions of each
        step from the denoiser's answer, for each sequence by itself, in at most L steps.
    n : int
        Number of sequences.
    rng : Generator, int or None
        Source of randomness, or its seed.
    order : array_like of int, shape (L,) or (n, L), optional
        Positions in the order of their unmasking; uniformly random for each sequence if not given.
        A rule has its own.
    trace : bool
        Whether to return also the step at which each token appeared.

    Returns
    -------
    tokens : ndarray of int64, shape (n, L)
    step : ndarray of int64, shape (n, L)
        Step 0..K-1 of each token; only if ``trace``.

    Raises
    ------
    ValueError
        If the schedule is no schedule, the order is not a permutation or given beside a rule, or
        the denoiser's answer has a wrong shape or rows that are not pmfs.

    Examples
    --------
    >>> from dlmbook.laws import parity
    >>> from dlmbook.schedules import uniform
    >>> tokens = unmask(parity(4).conditionals, uniform(4, 4), n=100, rng=0)
    >>> set((tokens.sum(axis=1) % 2).tolist())
    {0}
    """
    rng = np.random.default_rng(rng)
    if isinstance(schedule, Rule):
        if order is not None:
            raise ValueError(f"order must not be given: {type(schedule).__name__} has its own")
        tokens, step = _unmask_by_rule(denoiser, schedule, check_size(n, "n", 0), rng)
        return (tokens, step) if trace else tokens
    if not isinstance(schedule, Schedule):
        raise ValueError(
            "schedule must be a Schedule, such as FixedSchedule(sizes), or a Rule; a Plan is given "
            f"as its plan.schedule with order=plan.order, not as {schedule!r}"
        )
    n, length = check_size(n, "n", 0), schedule.length
    sizes = schedule.sample(n, rng)  # (n, K)
    step = _steps_by_position(sizes, _orders(order, n, length, rng))  # (n, L)
    by_step = np.argsort(step, axis=None, kind="stable")
    ends = np.cumsum(np.bincount(step.ravel(), minlength=sizes.shape[1]))
    tokens = np.full((n, length), MASK, dtype=np.int64)
    for start, end in zip(np.concatenate([[0], ends[:-1]]), ends, strict=True):
        if end > start:
            rows, columns = np.divmod(by_step[start:end], length)
            active, place = _distinct(rows)
            tokens[rows, columns] = draw(ask(denoiser, tokens[active], place, columns), rng)
    return (tokens, step) if trace else tokens


def ask(denoiser: Denoiser, tokens: Tokens, rows: Tokens, columns: Tokens) -> NDArray[np.floating]:
    """Call a denoiser and return its pmfs of some positions.

    Parameters
    ----------
    denoiser : callable
    tokens : ndarray of int64, shape (n, L)
        Partly masked sequences.
    rows, columns : ndarray of int64, shape (m,)
        The positions wanted.

    Returns
    -------
    ndarray of floats, shape (m, q)

    Raises
    ------
    ValueError
        If the answer has a wrong shape, or a wanted row is not a pmf. (Rows may miss one by up
        to 0.01, as they do in bfloat16.)
    """
    answer = np.asarray(denoiser(tokens))
    if answer.ndim != 3 or answer.shape[:2] != tokens.shape:
        n, length = tokens.shape
        raise ValueError(f"denoiser must return shape ({n}, {length}, q), not {answer.shape}")
    chosen = answer[rows, columns]
    sums = chosen.sum(axis=1)
    if not (np.all(chosen >= 0) and np.all(np.abs(sums - 1) <= DENOISER_TOLERANCE)):
        raise ValueError(
            "denoiser must return pmfs: nonnegative rows that sum to 1, but a row sums to "
            f"{sums[np.argmax(np.abs(sums - 1))]:g} or holds a negative entry or NaN"
        )
    return chosen


def _unmask_by_rule(
    denoiser: Denoiser, rule: Rule, n: int, rng: np.random.Generator
) -> tuple[Tokens, Tokens]:
    """Tokens and their steps; the denoiser sees the sequences that are not finished."""
    points = np.cumsum(rule.at_least().sample(n, rng), axis=1)  # (n, K)
    tokens = np.full((n, rule.length), MASK, dtype=np.int64)
    step = np.zeros_like(tokens)
    active, k = np.arange(n), 0
    while active.size:
        shown = tokens[active]
        masked = shown == MASK
        answers = ask(denoiser, shown, *np.nonzero(masked))  # (m, q)
        passed = points[active] <= (rule.length - masked.sum(axis=1))[:, None]
        target = points[active, passed.sum(axis=1)]
        chosen = pick(consider(rule, answers, masked, target), rng)
        rows, columns = np.nonzero(chosen)
        tokens[active[rows], columns] = draw(answers[chosen[masked]], rng)
        step[active[rows], columns] = k
        active, k = active[(masked & ~chosen).any(axis=1)], k + 1
    return tokens, step


def _orders(order: ArrayLike | None, n: int, length: int, rng: np.random.Generator) -> Tokens:
    if order is None:
        return np.argsort(rng.random((n, length)), axis=1)
    return check_order(order, n, length)


def check_order(order: ArrayLike, n: int, length: int) -> Tokens:
    """Return an order of the positions for each of n sequences, (n, L), or raise ValueError."""
    orders = np.asarray(order)
    if orders.shape not in {(length,), (n, length)} or orders.dtype.kind not in "iu":
        raise ValueError(
            f"order must hold integers in shape ({length},) or ({n}, {length}), "
            f"but holds {orders.dtype} in shape {orders.shape}"
        )
    if np.any(np.sort(orders, axis=-1) != np.arange(length)):
        raise ValueError(f"order must list the positions 0..{length - 1}, each once")
    return np.broadcast_to(orders, (n, length))


def _steps_by_position(sizes: Sizes, orders: Tokens) -> Tokens:
    """Step at which each position is revealed, (n, L)."""
    n, steps = sizes.shape
    in_order = np.repeat(np.tile(np.arange(steps), n), sizes.ravel()).reshape(orders.shape)
    step = np.empty_like(in_order)
    np.put_along_axis(step, orders, in_order, axis=1)
    return step


def _distinct(rows: Tokens) -> tuple[Tokens, Tokens]:
    """Distinct values of a sorted vector, and the place of each entry among them."""
    new = np.concatenate([[True], rows[1:] != rows[:-1]])
    return rows[new], np.cumsum(new) - 1
