r"""Running a parallel unmasking sampler, and computing the law of what it produces.

`unmask` runs any denoiser, exact or neural, under any schedule: step k asks the denoiser once
and draws ``s_k`` masked positions independently from its answer. `output_law` computes the exact
law of the result for small laws, by a forward recursion over the set W of revealed positions:
if ``F(W)`` is the probability that W is revealed and shows the tokens x_W, then

    F'(W + B) += F(W) / C(L - |W|, s) * prod_{i in B} p(x_i | x_W),      |B| = s,

summed over all 3^L pairs (W, B), for all outcomes x at once. The convexity of the divergence says
that this law is at least as close to the truth as the average path (Theorem `averaging`).

`denoiser_gap` measures a denoiser against the truth, number revealed by number revealed: with
the schedule's own error it adds up to the exact path divergence (Theorem `learned`).

Chapters 3 and 4 tell the story. Theorem labels: ``averaging``, ``mds-averaging``,
``learned``.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations
from math import comb, prod
from typing import Literal, overload

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dlmbook.information import Array, check_numbers
from dlmbook.laws.base import (
    MASK,
    Law,
    Rng,
    Tokens,
    all_sequences,
    check_size,
    check_tokens,
    draw,
)
from dlmbook.laws.enumerated import DenseLaw
from dlmbook.laws.profiles import row_keys
from dlmbook.schedules import Schedule, Sizes

#: From partly masked tokens (n, L) to the pmf of every position (n, L, q).
Denoiser = Callable[[Tokens], NDArray[np.floating]]

#: How far a denoiser's row may sum from one (its arithmetic may be float32 or bfloat16).
DENOISER_TOLERANCE = 1e-2
#: Entries (sets, outcomes) that the recursion over sets holds at once.
RECURSION_LIMIT = 1 << 22


@overload
def unmask(
    denoiser: Denoiser,
    schedule: Schedule,
    n: int,
    rng: Rng = None,
    order: ArrayLike | None = None,
    trace: Literal[False] = False,
) -> Tokens: ...
@overload
def unmask(
    denoiser: Denoiser,
    schedule: Schedule,
    n: int,
    rng: Rng = None,
    order: ArrayLike | None = None,
    *,
    trace: Literal[True],
) -> tuple[Tokens, Tokens]: ...
def unmask(
    denoiser: Denoiser,
    schedule: Schedule,
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
    schedule : Schedule
        Its sizes are drawn anew for each sequence.
    n : int
        Number of sequences.
    rng : Generator, int or None
        Source of randomness, or its seed.
    order : array_like of int, shape (L,) or (n, L), optional
        Positions in the order of their unmasking; uniformly random for each sequence if not given.
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
        If the order is not a permutation, or the denoiser's answer has a wrong shape or rows
        that are not pmfs.

    Examples
    --------
    >>> from dlmbook.laws import parity
    >>> from dlmbook.schedules import uniform
    >>> tokens = unmask(parity(4).conditionals, uniform(4, 4), n=100, rng=0)
    >>> set((tokens.sum(axis=1) % 2).tolist())
    {0}
    """
    rng = np.random.default_rng(rng)
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


def output_law(law: Law, schedule: Schedule) -> DenseLaw:
    """Exact law of a sampler's output, averaged over its order and sizes.

    Parameters
    ----------
    law : Law
        The truth, whose exact conditionals are the denoiser; q^L of at most about 4,096.
    schedule : Schedule
        Any schedule whose compositions can be listed.

    Returns
    -------
    DenseLaw

    Examples
    --------
    >>> from dlmbook.laws import repetition
    >>> from dlmbook.schedules import uniform
    >>> output_law(repetition(2), uniform(2, 1)).pmf.tolist()
    [[0.25, 0.25], [0.25, 0.25]]
    """
    tokens = all_sequences(law.length, law.vocabulary)
    pmf = output_prob(law, schedule, tokens)
    return DenseLaw((pmf / pmf.sum()).reshape((law.vocabulary,) * law.length))


def output_kl(law: Law, schedule: Schedule) -> float:
    """Divergence KL(p || q) of the sampler's output law q from the truth p, in nats.

    Only sequences that p can produce matter, so this works for sparse laws of large vocabulary
    (all English words of length 5) whose output law would be far too big to write down.

    Theorem: `averaging`. Theorem: `mds-averaging`.
    """
    tokens, probability = law.support()
    produced = output_prob(law, schedule, tokens)
    return max(float(probability @ np.log(probability / produced)), 0.0)  # rounding


def output_prob(law: Law, schedule: Schedule, tokens: ArrayLike) -> Array:
    """Probability that the sampler produces each of the given sequences.

    Parameters
    ----------
    law : Law
        The truth, whose exact conditionals are the denoiser.
    schedule : Schedule
    tokens : array_like of int, shape (n, L)
        Complete sequences.

    Returns
    -------
    ndarray of float64, shape (n,)
    """
    tokens = check_tokens(tokens, law.length, law.vocabulary)
    if not isinstance(schedule, Schedule):
        raise ValueError(
            f"schedule must be a Schedule such as FixedSchedule(sizes), not {schedule!r}"
        )
    if schedule.length != law.length:
        raise ValueError(f"schedule reveals {schedule.length} tokens, but L = {law.length}")
    if tokens.size and tokens.min() < 0:
        raise ValueError("tokens must be complete sequences, without masks")
    marginals = _subset_marginals(law, tokens)  # (2^L, n)
    scopes = [sum(1 << int(k) for k in np.flatnonzero(row)) for row in law.scopes()]
    plan = schedule.compositions()
    chunk = max(1, RECURSION_LIMIT >> law.length)
    parts = [
        _reach({0: np.ones(part.shape[1])}, part, scopes, plan)
        for part in (marginals[:, i : i + chunk] for i in range(0, len(tokens), chunk))
    ]
    return np.concatenate(parts) if parts else np.zeros(0)


def denoiser_gap(law: Law, denoiser: Denoiser) -> Array:
    """Mean divergence of a denoiser from the truth, by the number j of tokens revealed.

    ``e[j]`` is the mean of KL(p(x_i | x_W) || denoiser) over sets W of j positions, contexts
    x_W from the law and positions i outside W: its excess loss per masked token. A schedule
    with breakpoints N then has denoiser error ``E sum_k s_k e[N_{k-1}]``.

    Theorem: `learned`.

    Parameters
    ----------
    law : Law
        The truth, with a support small enough to enumerate, over all 2^L sets.
    denoiser : callable
        From tokens (m, L) to probabilities (m, L, q).

    Returns
    -------
    ndarray of float64, shape (L,)
        In nats per token; infinite where the denoiser excludes what can happen.
    """
    tokens, probability = law.support()
    gap = np.zeros(law.length)
    for j in range(law.length):
        for revealed in combinations(range(law.length), j):
            hidden = [i for i in range(law.length) if i not in revealed]
            gap[j] += _excess(tokens, probability, revealed, hidden, denoiser, law.vocabulary)
        gap[j] /= comb(law.length, j) * (law.length - j)
    return gap


def denoiser_error(schedule: Schedule, gap: ArrayLike) -> float:
    """Denoiser's share ``E sum_k s_k e[N_{k-1}]`` of the path divergence, in nats.

    Theorem: `learned`.

    Parameters
    ----------
    schedule : Schedule
    gap : array_like, shape (L,)
        Excess loss per token, from `denoiser_gap`.
    """
    gap = check_numbers(gap, "gap")
    if gap.shape != (schedule.length,):
        raise ValueError(f"gap must have shape ({schedule.length},), but has {gap.shape}")
    return sum(
        probability * float(np.dot(sizes, gap[np.cumsum((0, *sizes[:-1]))]))
        for probability, sizes in schedule.compositions()
    )


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


def _orders(order: ArrayLike | None, n: int, length: int, rng: np.random.Generator) -> Tokens:
    if order is None:
        return np.argsort(rng.random((n, length)), axis=1)
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


def _subset_marginals(law: Law, tokens: Tokens) -> Array:
    """Probability of each row's tokens on every subset of positions, (2^L, n)."""
    length = law.length
    marginals = np.empty((1 << length, len(tokens)))
    for subset in range(1 << length):
        shown = (subset >> np.arange(length)) & 1 == 1
        marginals[subset] = np.exp(law.log_prob(np.where(shown, tokens, MASK)))
    return marginals


def _reach(
    state: dict[int, Array],
    marginals: Array,
    scopes: list[int],
    plan: list[tuple[float, tuple[int, ...]]],
) -> Array:
    """Probability that sampling ends in each outcome, over all compositions of the plan.

    Parameters
    ----------
    state : dict
        Probability, shape (n,), that exactly the set W is revealed and shows the outcome's
        tokens; sets are bit masks.
    marginals : ndarray, shape (2^L, n)
    scopes : list of int
        For each position the set of those that can matter to it.
    plan : list
        Probabilities and the sizes still to come; compositions with equal beginnings share work.
    """
    total = np.zeros(marginals.shape[1])
    for size in {sizes[0] for _, sizes in plan}:
        rest = [(weight, sizes[1:]) for weight, sizes in plan if sizes[0] == size]
        after = _reveal(state, size, marginals, scopes)
        done = sum(weight for weight, sizes in rest if not sizes)
        if done:
            total += done * after[len(marginals) - 1]
        if unfinished := [(weight, sizes) for weight, sizes in rest if sizes]:
            total += _reach(after, marginals, scopes, unfinished)
    return total


def _reveal(
    state: dict[int, Array], size: int, marginals: Array, scopes: list[int]
) -> dict[int, Array]:
    """One step: reveal a random block of ``size`` hidden positions, drawn independently."""
    after: dict[int, Array] = {}
    for revealed, probability in state.items():
        token = {
            1 << i: _token_probability(1 << i, revealed & scope, marginals)
            for i, scope in enumerate(scopes)
            if not revealed >> i & 1
        }
        share = probability / comb(len(token), size)
        for block in combinations(token, size):
            reached = revealed | sum(block)
            path = prod((token[i] for i in block), start=share)
            after[reached] = after[reached] + path if reached in after else path
    return after


def _token_probability(position: int, revealed: int, marginals: Array) -> Array:
    """Probability of each outcome's token at a position, given its tokens in a set, (n,)."""
    context = marginals[revealed]
    joint = marginals[revealed | position]
    return np.divide(joint, context, out=marginals[position].copy(), where=context > 0)


def _excess(
    tokens: Tokens,
    probability: Array,
    revealed: tuple[int, ...],
    hidden: list[int],
    denoiser: Denoiser,
    vocabulary: int,
) -> float:
    """Sum over hidden positions of the mean divergence of the denoiser, for one revealed set."""
    keys = row_keys(tokens[:, revealed], vocabulary)
    _, first, group = np.unique(keys, return_index=True, return_inverse=True)
    contexts = np.full((len(first), tokens.shape[1]), MASK)
    contexts[:, revealed] = tokens[first][:, revealed]
    rows, columns = np.indices((len(first), len(hidden)))
    answers = ask(denoiser, contexts, rows.ravel(), np.array(hidden)[columns.ravel()])
    if answers.shape[1] != vocabulary:
        raise ValueError(f"denoiser must return pmfs of q = {vocabulary}, not {answers.shape[1]}")
    answers = answers.reshape(len(first), len(hidden), vocabulary)
    excess = 0.0
    for i, answer in zip(hidden, answers.swapaxes(0, 1), strict=True):
        cells = group * vocabulary + tokens[:, i]
        joint = np.bincount(cells, probability, len(first) * vocabulary).reshape(-1, vocabulary)
        seen = joint > 0
        truth = (joint / joint.sum(axis=1, keepdims=True))[seen]
        with np.errstate(divide="ignore"):
            excess += float(joint[seen] @ np.log(truth / answer[seen]))
    return excess
