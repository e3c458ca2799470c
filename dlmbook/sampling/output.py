"""What a sampler produces, exactly, and what a denoiser's own errors add."""

from __future__ import annotations

from itertools import combinations
from math import comb, prod

import numpy as np
from numpy.typing import ArrayLike

from dlmbook.information import Array, check_numbers
from dlmbook.laws.base import MASK, Law, Tokens, all_sequences, check_tokens
from dlmbook.laws.enumerated import DenseLaw
from dlmbook.laws.profiles import row_keys
from dlmbook.sampling.adaptive import adaptive_output
from dlmbook.sampling.rules import Rule
from dlmbook.sampling.unmasking import Denoiser, ask
from dlmbook.schedules import Schedule

#: Entries (sets, outcomes) that the recursion over sets holds at once.
RECURSION_LIMIT = 1 << 22


def output_law(law: Law, schedule: Schedule | Rule) -> DenseLaw:
    """Exact law of a sampler's output, averaged over its order and sizes.

    Parameters
    ----------
    law : Law
        The truth, whose exact conditionals are the denoiser; q^L of at most about 4,096.
    schedule : Schedule or Rule
        Any schedule whose compositions can be listed; or a rule that looks.

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


def output_kl(law: Law, schedule: Schedule | Rule) -> float:
    """Divergence KL(p || q) of the sampler's output law q from the truth p, in nats.

    Only sequences that p can produce matter, so this works for sparse laws of large vocabulary
    (all English words of length 5) whose output law would be far too big to write down.

    Theorem: `averaging`. Theorem: `mds-averaging`.
    """
    tokens, probability = law.support()
    produced = output_prob(law, schedule, tokens)
    return max(float(probability @ np.log(probability / produced)), 0.0)  # rounding


def output_prob(law: Law, schedule: Schedule | Rule, tokens: ArrayLike) -> Array:
    """Probability that the sampler produces each of the given sequences.

    Parameters
    ----------
    law : Law
        The truth, whose exact conditionals are the denoiser.
    schedule : Schedule or Rule
    tokens : array_like of int, shape (n, L)
        Complete sequences.

    Returns
    -------
    ndarray of float64, shape (n,)
    """
    tokens = check_tokens(tokens, law.length, law.vocabulary)
    check_fits(law, schedule)
    if tokens.size and tokens.min() < 0:
        raise ValueError("tokens must be complete sequences, without masks")
    if isinstance(schedule, Rule):
        return adaptive_output(law, schedule, tokens)[0]
    marginals = _subset_marginals(law, tokens)  # (2^L, n)
    scopes = [sum(1 << int(k) for k in np.flatnonzero(row)) for row in law.scopes()]
    plan = schedule.compositions()
    chunk = max(1, RECURSION_LIMIT >> law.length)
    parts = [
        _reach({0: np.ones(part.shape[1])}, part, scopes, plan)
        for part in (marginals[:, i : i + chunk] for i in range(0, len(tokens), chunk))
    ]
    return np.concatenate(parts) if parts else np.zeros(0)


def expected_steps(law: Law, schedule: Schedule | Rule) -> float:
    """Mean number of steps, and so of calls to the denoiser, that one sequence takes.

    The mean is over what the sampler produces, possible or not, so for a rule every one of the
    q^L sequences is visited, at most 2^20. For larger laws estimate it from samples:
    ``(unmask(law.conditionals, rule, n, trace=True)[1].max(axis=1) + 1).mean()``.

    Parameters
    ----------
    law : Law
        The truth, whose exact conditionals are the denoiser.
    schedule : Schedule or Rule

    Returns
    -------
    float

    Examples
    --------
    >>> from dlmbook.laws import parity
    >>> from dlmbook.sampling import ConfidenceThreshold
    >>> expected_steps(parity(4), ConfidenceThreshold(4, tau=0.9))
    4.0
    """
    check_fits(law, schedule)
    if isinstance(schedule, Schedule):
        return sum(weight * len(sizes) for weight, sizes in schedule.compositions())
    tokens = all_sequences(law.length, law.vocabulary)
    probability, steps = adaptive_output(law, schedule, tokens)
    return float(steps.sum() / probability.sum())  # rounding


def excess_loss(law: Law, denoiser: Denoiser) -> Array:
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
        Excess loss per token, from `excess_loss`.
    """
    gap = check_numbers(gap, "gap")
    if gap.shape != (schedule.length,):
        raise ValueError(f"gap must have shape ({schedule.length},), but has {gap.shape}")
    return sum(
        probability * float(np.dot(sizes, gap[np.cumsum((0, *sizes[:-1]))]))
        for probability, sizes in schedule.compositions()
    )


def check_fits(law: Law, schedule: Schedule | Rule) -> None:
    """Raise ValueError unless this is a schedule or a rule for the law's length."""
    if not isinstance(schedule, (Schedule, Rule)):
        raise ValueError(
            f"schedule must be a Schedule such as FixedSchedule(sizes), or a Rule, not {schedule!r}"
        )
    if schedule.length != law.length:
        raise ValueError(
            f"{type(schedule).__name__} reveals {schedule.length} tokens, but L = {law.length}"
        )


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
