"""What a sampler produces, exactly."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from itertools import combinations
from math import comb, prod

import numpy as np
from numpy.typing import ArrayLike

from dlmbook.information import Array
from dlmbook.laws.base import MASK, Law, Tokens, all_sequences, check_tokens
from dlmbook.laws.enumerated import DenseLaw
from dlmbook.sampling.adaptive import adaptive_output, distinct_contexts
from dlmbook.sampling.rules import Rule
from dlmbook.sampling.unmasking import Denoiser, ask
from dlmbook.schedules import Schedule

#: From a set of positions (a bit mask) to the probability of each hidden token of n outcomes given
#: their tokens in the set: arrays of shape (n,), by the bit of the position.
Answer = Callable[[int], dict[int, Array]]

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


def output_kl(law: Law, schedule: Schedule | Rule, denoiser: Denoiser | None = None) -> float:
    """Divergence KL(p || q) of the sampler's output law q from the truth p, in nats.

    Only sequences that p can produce matter, so this works for sparse laws of large vocabulary
    (all English words of length 5) whose output law would be far too big to write down.

    Theorem: `averaging`. Theorem: `mds-averaging`.
    """
    tokens, probability = law.support()
    produced = output_prob(law, schedule, tokens, denoiser)
    with np.errstate(divide="ignore"):
        return max(float(probability @ np.log(probability / produced)), 0.0)  # rounding


def output_prob(
    law: Law, schedule: Schedule | Rule, tokens: ArrayLike, denoiser: Denoiser | None = None
) -> Array:
    """Probability that the sampler produces each of the given sequences.

    Parameters
    ----------
    law : Law
        The truth.
    schedule : Schedule or Rule
    tokens : array_like of int, shape (n, L)
        Complete sequences.
    denoiser : callable, optional
        From tokens (m, L) to probabilities (m, L, q), asked about all 2^L sets of revealed
        positions; the law's exact conditionals if not given.

    Returns
    -------
    ndarray of float64, shape (n,)

    Examples
    --------
    A denoiser that has not learned that the two bits are equal:

    >>> from dlmbook.laws import repetition
    >>> from dlmbook.schedules import uniform
    >>> blind = lambda tokens: np.full((*tokens.shape, 2), 0.5)
    >>> output_prob(repetition(2), uniform(2, 2), [[0, 0], [0, 1]], blind).tolist()
    [0.25, 0.25]
    """
    tokens = check_tokens(tokens, law.length, law.vocabulary)
    check_fits(law, schedule)
    if tokens.size and tokens.min() < 0:
        raise ValueError("tokens must be complete sequences, without masks")
    if isinstance(schedule, Rule):
        return adaptive_output(law, schedule, tokens, denoiser)[0]
    plan = schedule.compositions()
    chunk = max(1, RECURSION_LIMIT >> law.length)
    answers = _from_law(law) if denoiser is None else _from_denoiser(denoiser, law.vocabulary)
    parts = [
        _reach({0: np.ones(len(part))}, answers(part), law.length, plan)
        for part in (tokens[i : i + chunk] for i in range(0, len(tokens), chunk))
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


def _from_law(law: Law) -> Callable[[Tokens], Answer]:
    """Exact probabilities of the tokens, from the law's marginals on all sets."""
    scopes = [sum(1 << int(k) for k in np.flatnonzero(row)) for row in law.scopes()]

    def outcomes(tokens: Tokens) -> Answer:
        marginals = _subset_marginals(law, tokens)  # (2^L, n)

        def answer(revealed: int) -> dict[int, Array]:
            return {
                1 << i: _token_probability(1 << i, revealed & scope, marginals)
                for i, scope in enumerate(scopes)
                if not revealed >> i & 1
            }

        return answer

    return outcomes


def _from_denoiser(denoiser: Denoiser, vocabulary: int) -> Callable[[Tokens], Answer]:
    """Probabilities that a denoiser gives to the tokens; each context is asked about once."""

    def outcomes(tokens: Tokens) -> Answer:
        length = tokens.shape[1]

        @cache
        def answer(revealed: int) -> dict[int, Array]:
            masked = (revealed >> np.arange(length)) & 1 == 0
            contexts, which = distinct_contexts(tokens, masked, vocabulary)
            hidden = np.flatnonzero(masked)
            rows, columns = np.indices((len(contexts), len(hidden)))
            pmfs = ask(denoiser, contexts, rows.ravel(), hidden[columns.ravel()])
            if pmfs.shape[1] != vocabulary:
                raise ValueError(
                    f"denoiser must return pmfs of q = {vocabulary}, not {pmfs.shape[1]}"
                )
            pmfs = pmfs.reshape(len(contexts), len(hidden), vocabulary)
            return {
                1 << int(i): pmfs[which, k, tokens[:, i]].astype(np.float64)
                for k, i in enumerate(hidden)
            }

        return answer

    return outcomes


def _reach(
    state: dict[int, Array],
    answer: Answer,
    length: int,
    plan: list[tuple[float, tuple[int, ...]]],
) -> Array:
    """Probability that sampling ends in each outcome, over all compositions of the plan.

    Parameters
    ----------
    state : dict
        Probability, shape (n,), that exactly the set W is revealed and shows the outcome's
        tokens; sets are bit masks.
    answer : callable
        From a set to the probabilities of the outcomes' hidden tokens given those in the set.
    length : int
        L.
    plan : list
        Probabilities and the sizes still to come; compositions with equal beginnings share work.
    """
    total = np.zeros_like(next(iter(state.values())))
    for size in {sizes[0] for _, sizes in plan}:
        rest = [(weight, sizes[1:]) for weight, sizes in plan if sizes[0] == size]
        after = _reveal(state, size, answer)
        done = sum(weight for weight, sizes in rest if not sizes)
        if done:
            total += done * after[(1 << length) - 1]
        if unfinished := [(weight, sizes) for weight, sizes in rest if sizes]:
            total += _reach(after, answer, length, unfinished)
    return total


def _reveal(state: dict[int, Array], size: int, answer: Answer) -> dict[int, Array]:
    """One step: reveal a random block of ``size`` hidden positions, drawn independently."""
    after: dict[int, Array] = {}
    for revealed, probability in state.items():
        token = answer(revealed)
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
