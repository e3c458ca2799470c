r"""What a sampler that looks produces, exactly.

Given an outcome x, a rule's choice at the revealed set W depends on x_W only. So, as for random
orders, a forward recursion over sets gives the probability ``F(W)`` that W is revealed at some
step and shows x_W:

    F(W + B) += F(W) * P(rule picks B | x_W) * prod_{i in B} p(x_i | x_W),

where P is 1 for one block B, or 1/C(t, r) for the blocks that fill the last r places with some
of t tied positions. Sets are visited in the order of their bit masks, contexts that several
outcomes share are looked at once, and a second recursion carries the number of steps.

Along a text x of the truth nothing is drawn, so the product is left out: ``F(W)`` is then the
probability that the rule, shown the tokens of x, comes through W. A third recursion carries the
price ``-ln p(x_B | x_W)`` of what the sampler would have to draw.

Chapter 9 tells the story. Theorem labels: ``adaptive-path``, ``no-averaging``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import combinations
from math import comb

import numpy as np
from numpy.typing import NDArray

from dlmbook.information import Array
from dlmbook.laws.base import MASK, Law, Tokens
from dlmbook.laws.profiles import row_keys
from dlmbook.sampling.rules import Choice, Mask, Rule, consider
from dlmbook.sampling.unmasking import Denoiser, ask

#: Numbers that the recursion holds at once.
ADAPTIVE_LIMIT = 1 << 25

#: Passes on what has reached one set: (reached, revealed, token, choice, which) to nothing.
Walk = Callable[[Array, int, Array, Choice, Tokens], None]


def adaptive_output(
    law: Law, rule: Rule, tokens: Tokens, denoiser: Denoiser | None = None
) -> Array:
    """Probability of each sequence under a rule, and its share of the mean number of steps.

    Parameters
    ----------
    law : Law
        The truth; 2^L sets are visited.
    rule : Rule
    tokens : ndarray of int64, shape (n, L)
        Complete sequences.
    denoiser : callable, optional
        From tokens (m, L) to probabilities (m, L, q); the law's exact conditionals if not given.

    Returns
    -------
    ndarray of float64, shape (2, n)
        Probability q(x) that the sampler produces x, and ``E[K; X = x]``: the number of steps
        on the event that it does.
    """
    asked = denoiser or law.conditionals
    return _mean_over_sizes(asked, law.vocabulary, rule, tokens, _by_chance, 2)


def adaptive_path(
    denoiser: Denoiser,
    vocabulary: int,
    rule: Rule,
    tokens: Tokens,
    priced_by: Denoiser | None = None,
) -> Array:
    """Mean price and mean number of steps of each sequence, along the sequence itself.

    Parameters
    ----------
    denoiser : callable
        From tokens (m, L) to probabilities (m, L, q); 2^L sets are visited.
    vocabulary : int
        q.
    rule : Rule
    tokens : ndarray of int64, shape (n, L)
        Complete sequences.
    priced_by : callable, optional
        Another denoiser, whose probabilities are charged while the rule looks at the first one.

    Returns
    -------
    ndarray of float64, shape (2, n)
        Means over ties and sizes of ``-ln`` of the probability that the sampler draws x along
        its path, in nats, and of the number of steps.
    """
    _, steps, price = _mean_over_sizes(
        denoiser, vocabulary, rule, tokens, _along_the_text, 3, priced_by
    )
    return np.stack([price, steps])


def _mean_over_sizes(
    denoiser: Denoiser,
    vocabulary: int,
    rule: Rule,
    tokens: Tokens,
    walk: Walk,
    carried: int,
    priced_by: Denoiser | None = None,
) -> Array:
    """Average what the recursion carries to the end over the rule's sizes, (carried, n)."""
    plan = rule.at_least().compositions()
    weights = np.array([weight for weight, _ in plan])
    sizes = [sizes for _, sizes in plan]
    held = max(carried * len(plan) << rule.length, rule.length * vocabulary)
    chunk = max(1, ADAPTIVE_LIMIT // held)
    parts = [
        np.tensordot(
            weights,
            _recursion(
                (denoiser, priced_by or denoiser),
                vocabulary,
                rule,
                tokens[i : i + chunk],
                sizes,
                walk,
                carried,
            ),
            axes=1,
        )
        for i in range(0, len(tokens), chunk)
    ]
    return np.concatenate(parts, axis=1) if parts else np.zeros((carried, 0))


def _recursion(
    denoisers: tuple[Denoiser, Denoiser],
    vocabulary: int,
    rule: Rule,
    tokens: Tokens,
    plan: list[tuple[int, ...]],
    walk: Walk,
    carried: int,
) -> Array:
    """Carry numbers to the end for each outcome and every composition, (c, carried, n)."""
    n, length = tokens.shape
    reached = np.zeros((len(plan), carried, 1 << length, n))
    reached[:, 0, 0] = 1.0
    for revealed in range((1 << length) - 1):
        alive = [c for c in range(len(plan)) if reached[c, 0, revealed].any()]
        if not alive:
            continue
        masked = (revealed >> np.arange(length)) & 1 == 0
        contexts, which = distinct_contexts(tokens, masked, vocabulary)
        masks = np.broadcast_to(masked, contexts.shape)
        answer, price = _answers(denoisers, contexts, masks, vocabulary)
        token = np.ones((n, length))
        token[:, masked] = price.reshape(len(contexts), -1, vocabulary)[
            which[:, None], np.arange(masked.sum()), tokens[:, masked]
        ]
        for c in alive:
            points = np.cumsum(plan[c])
            target = points[np.searchsorted(points, length - masked.sum(), side="right")]
            choice = consider(rule, answer, masks, np.full(len(contexts), target))
            walk(reached[c], revealed, token, choice, which)
    return reached[:, :, -1]


def _answers(
    denoisers: tuple[Denoiser, Denoiser], contexts: Tokens, masks: Mask, vocabulary: int
) -> list[NDArray[np.floating]]:
    """Pmfs of the masked positions by both denoisers, each of shape (m (L - |W|), q)."""
    looked_at, priced_by = denoisers
    answers = [ask(looked_at, contexts, *np.nonzero(masks))]
    answers.append(
        answers[0] if priced_by is looked_at else ask(priced_by, contexts, *np.nonzero(masks))
    )
    for answer in answers:
        if answer.shape[1] != vocabulary:
            raise ValueError(
                f"denoiser must return pmfs of q = {vocabulary}, not {answer.shape[1]}"
            )
    return answers


def distinct_contexts(tokens: Tokens, masked: Mask, vocabulary: int) -> tuple[Tokens, Tokens]:
    """Distinct contexts, (m, L), and which of them each sequence has, (n,)."""
    shown = np.where(masked, MASK, tokens)
    keys = row_keys(shown[:, ~masked], vocabulary)
    _, first, which = np.unique(keys, return_index=True, return_inverse=True)
    return shown[first], which


def _by_chance(reached: Array, revealed: int, token: Array, choice: Choice, which: Tokens) -> None:
    """Pass on what has reached a set to the sets of the next step, which are drawn.

    Parameters
    ----------
    reached : ndarray, shape (2, 2^L, n)
        Probabilities, and shares of the number of steps so far; changed in place.
    revealed : int
        The set, as a bit mask.
    token : ndarray, shape (n, L)
        Probability of each outcome's tokens given the set's; one in the set.
    choice : Choice
        The rule's, for each of m contexts.
    which : ndarray of int64, shape (n,)
        Context of each outcome.
    """
    probability, steps = reached[:, revealed]
    share = np.stack([probability, steps + probability])  # (2, n)
    for rows, block, end, chance in _moves(revealed, choice, which):
        drawn = np.where(block, token[rows], 1.0).prod(axis=1)
        reached[:, end, rows] += chance * share[:, rows] * drawn


def _along_the_text(
    reached: Array, revealed: int, token: Array, choice: Choice, which: Tokens
) -> None:
    """Pass on what has reached a set, where the text itself tells the tokens.

    Parameters are those of `_by_chance`, but ``reached`` has a third row, of prices so far.
    """
    visits, steps, price = reached[:, revealed]
    with np.errstate(divide="ignore"):
        nats = np.where(visits[:, None] > 0, -np.log(token), 0.0)  # (n, L)
    for rows, block, end, chance in _moves(revealed, choice, which):
        here = visits[rows]
        cost = price[rows]
        paid = np.where(block, nats[rows], 0.0).sum(axis=1)
        with np.errstate(invalid="ignore"):
            cost = np.where(here > 0, cost + here * paid, 0.0)
        reached[:, end, rows] += chance * np.stack([here, steps[rows] + here, cost])


def _moves(
    revealed: int, choice: Choice, which: Tokens
) -> Iterator[tuple[Tokens, Mask, Tokens, float]]:
    """Outcomes, their blocks of the next step, the sets after it, and the chance of each tie."""
    length = choice.surely.shape[1]
    bits = 1 << np.arange(length)
    ties = ((choice.tied @ bits) * (length + 1) + choice.places)[which]
    for tie in np.unique(ties):
        rows = np.flatnonzero(ties == tie)
        tied, places = divmod(int(tie), length + 1)
        positions = [i for i in range(length) if tied >> i & 1]
        for picked in combinations(positions, places):
            block = choice.surely[which[rows]]
            block[:, picked] = True
            yield rows, block, revealed | block @ bits, 1 / comb(len(positions), places)
