"""The price of a sampler along real texts, for schedules and for rules that look."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from dlmbook.charges import check_complete
from dlmbook.information import Array
from dlmbook.laws.base import MASK, Rng, Tokens
from dlmbook.sampling import Denoiser, Rule, ask
from dlmbook.sampling.rules import consider, pick
from dlmbook.schedules import Schedule


def walk_along(
    denoiser: Denoiser, schedule: Schedule | Rule, tokens: ArrayLike, rng: Rng = None
) -> tuple[Array, Tokens]:
    """Walk a sampler along held-out texts, and charge it for the tokens it would have to draw.

    At each step the schedule or rule names positions as it would when sampling; they are then
    revealed as the text has them. The mean charge is the path divergence plus the entropy of the
    text, and in place of the latter, which nobody knows, compare two samplers.

    Theorem: `learned-rule`. Theorem: `adaptive-path`.

    Parameters
    ----------
    denoiser : callable
        From partly masked tokens (n, L) to probabilities (n, L, q).
    schedule : Schedule or Rule
        Positions come in random order, or as the rule says.
    tokens : array_like of int, shape (n, L)
        Independent held-out sequences, n at least 2, without masks.
    rng : Generator, int or None
        Source of randomness, or its seed.

    Returns
    -------
    charges : ndarray of float64, shape (n,)
        Sum of ``-ln p`` over the text, in nats; infinite where p is zero.
    steps : ndarray of int64, shape (n,)
        Number of steps.

    Examples
    --------
    >>> from dlmbook.laws import repetition
    >>> from dlmbook.schedules import FixedSchedule
    >>> law = repetition(3)
    >>> charges, steps = walk_along(law.conditionals, FixedSchedule((1, 2)), [[0] * 3, [1] * 3])
    >>> charges.round(4).tolist(), steps.tolist()
    ([0.6931, 0.6931], [2, 2])
    """
    if not isinstance(schedule, Schedule | Rule):
        raise ValueError(
            f"schedule must be a Schedule or a Rule, not {type(schedule).__name__}: "
            "walk_along(denoiser, schedule, tokens)"
        )
    tokens, rng = check_complete(tokens), np.random.default_rng(rng)
    n, length = tokens.shape
    if schedule.length != length:
        raise ValueError(
            f"sequences have {length} tokens, but the schedule reveals {schedule.length}"
        )
    plan = schedule.at_least() if isinstance(schedule, Rule) else schedule
    points = np.cumsum(plan.sample(n, rng), axis=1)  # (n, K)
    place = np.argsort(np.argsort(rng.random((n, length)), axis=1), axis=1)
    masked = np.ones((n, length), dtype=bool)
    charges, steps = np.zeros(n), np.zeros(n, dtype=np.int64)
    while (active := np.flatnonzero(masked.any(axis=1))).size:
        hidden, text = masked[active], tokens[active]
        answers = ask(denoiser, np.where(hidden, MASK, text), *np.nonzero(hidden))
        done = length - hidden.sum(axis=1)
        passed = (points[active] <= done[:, None]).sum(axis=1)
        target = points[active, passed]
        if isinstance(schedule, Rule):
            chosen = pick(consider(schedule, answers, hidden, target), rng)
        else:
            chosen = hidden & (place[active] < target[:, None])
        with np.errstate(divide="ignore"):
            paid = np.zeros(hidden.shape)
            paid[hidden] = -np.log(answers[np.arange(len(answers)), text[hidden]])
        charges[active] += np.where(chosen, paid, 0.0).sum(axis=1)
        masked[active] &= ~chosen
        steps[active] += 1
    return charges, steps
