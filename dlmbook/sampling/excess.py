"""What a denoiser's own errors add to those of the schedule."""

from __future__ import annotations

from itertools import combinations
from math import comb

import numpy as np
from numpy.typing import ArrayLike

from dlmbook.information import Array, check_numbers
from dlmbook.laws.base import MASK, Law, Tokens
from dlmbook.laws.profiles import row_keys
from dlmbook.sampling.unmasking import Denoiser, ask
from dlmbook.schedules import Schedule


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
