r"""What a sampler that looks produces, exactly.

Given an outcome x, a rule's choice at the revealed set W depends on x_W only. So, as for random
orders, a forward recursion over sets gives the probability ``F(W)`` that W is revealed at some
step and shows x_W:

    F(W + B) += F(W) * P(rule picks B | x_W) * prod_{i in B} p(x_i | x_W),

where P is 1 for one block B, or 1/C(t, r) for the blocks that fill the last r places with some
of t tied positions. Sets are visited in the order of their bit masks, contexts that several
outcomes share are looked at once, and a second recursion carries the number of steps.
"""

from __future__ import annotations

from itertools import combinations
from math import comb

import numpy as np

from dlmbook.information import Array
from dlmbook.laws.base import MASK, Law, Tokens
from dlmbook.laws.profiles import row_keys
from dlmbook.sampling.rules import Choice, Mask, Rule, consider

#: Numbers that the recursion holds at once.
ADAPTIVE_LIMIT = 1 << 25


def adaptive_output(law: Law, rule: Rule, tokens: Tokens) -> Array:
    """Probability of each sequence under a rule, and its share of the mean number of steps.

    Parameters
    ----------
    law : Law
        The truth, whose exact conditionals are the denoiser; 2^L sets are visited.
    rule : Rule
    tokens : ndarray of int64, shape (n, L)
        Complete sequences.

    Returns
    -------
    ndarray of float64, shape (2, n)
        Probability q(x) that the sampler produces x, and ``E[K; X = x]``: the number of steps
        on the event that it does.
    """
    plan = rule.at_least().compositions()
    weights = np.array([weight for weight, _ in plan])
    sizes = [sizes for _, sizes in plan]
    held = max(2 * len(plan) << law.length, law.length * law.vocabulary)
    chunk = max(1, ADAPTIVE_LIMIT // held)
    parts = [
        np.tensordot(weights, _recursion(law, rule, tokens[i : i + chunk], sizes), axes=1)
        for i in range(0, len(tokens), chunk)
    ]
    return np.concatenate(parts, axis=1) if parts else np.zeros((2, 0))


def _recursion(law: Law, rule: Rule, tokens: Tokens, plan: list[tuple[int, ...]]) -> Array:
    """Probability and share of the steps of each outcome, for every composition, (c, 2, n)."""
    n, length = tokens.shape
    reached = np.zeros((len(plan), 2, 1 << length, n))
    reached[:, 0, 0] = 1.0
    for revealed in range((1 << length) - 1):
        alive = [c for c in range(len(plan)) if reached[c, 0, revealed].any()]
        if not alive:
            continue
        masked = (revealed >> np.arange(length)) & 1 == 0
        contexts, which = _contexts(tokens, masked, law.vocabulary)
        answer = law.conditionals(contexts)  # (m, L, q)
        token = answer[which[:, None], np.arange(length), tokens]  # (n, L)
        masks = np.broadcast_to(masked, contexts.shape)
        for c in alive:
            points = np.cumsum(plan[c])
            target = points[np.searchsorted(points, length - masked.sum(), side="right")]
            choice = consider(rule, answer[masks], masks, np.full(len(contexts), target))
            _reveal(reached[c], revealed, token, choice, which)
    return reached[:, :, -1]


def _contexts(tokens: Tokens, masked: Mask, vocabulary: int) -> tuple[Tokens, Tokens]:
    """Distinct contexts, (m, L), and which of them each sequence has, (n,)."""
    shown = np.where(masked, MASK, tokens)
    keys = row_keys(shown[:, ~masked], vocabulary)
    _, first, which = np.unique(keys, return_index=True, return_inverse=True)
    return shown[first], which


def _reveal(reached: Array, revealed: int, token: Array, choice: Choice, which: Tokens) -> None:
    """Pass on what has reached a set to the sets of the next step.

    Parameters
    ----------
    reached : ndarray, shape (2, 2^L, n)
        Probabilities, and shares of the number of steps so far; changed in place.
    revealed : int
        The set, as a bit mask.
    token : ndarray, shape (n, L)
        Probability of each outcome's tokens given the set's.
    choice : Choice
        The rule's, for each of m contexts.
    which : ndarray of int64, shape (n,)
        Context of each outcome.
    """
    length = token.shape[1]
    bits = 1 << np.arange(length)
    probability, steps = reached[:, revealed]
    factor = np.where(choice.surely[which], token, 1.0).prod(axis=1)
    share = np.stack([probability, steps + probability]) * factor  # (2, n)
    target = revealed | (choice.surely @ bits)[which]
    ties = ((choice.tied @ bits) * (length + 1) + choice.places)[which]
    for tie in np.unique(ties):
        rows = np.flatnonzero(ties == tie)
        tied, places = divmod(int(tie), length + 1)
        positions = [i for i in range(length) if tied >> i & 1]
        for block in combinations(positions, places):
            path = share[:, rows] * token[np.ix_(rows, block)].prod(axis=1)
            end = target[rows] | sum(1 << i for i in block)
            reached[:, end, rows] += path / comb(len(positions), places)
