r"""A bigram language model in the loop: one pmf for each context, with random counts.

A corpus is n sequences; each comes whole from the true Markov chain with probability alpha and
from the previous model otherwise. A sequence starts with a token of the true stationary pmf pi (a
prompt), and its further tokens follow the chain that writes it. The model takes, for each
context, the empirical pmf of the tokens after it; a context that does not occur keeps its
previous row, in generation 0 a guess.

With sequences of two tokens, a prompt and an answer, everything is exact. The number m of answers
to context c is binomial with chance ``pi(c)``, whatever was answered before, and given m the
recurrence holds for the row of c. With longer sequences the model chooses its own contexts: the
weight of fresh data in context c is no longer alpha but ``alpha pi(c) / (alpha pi(c) + (1 - alpha)
pi_model(c))``, roughly, and there is no exact recurrence. Both are simulated by counts, exactly
in law: sequences that end in the same token are interchangeable.

The chapter *The contamination recurrence* tells the story.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import ArrayLike

from dlmbook.contamination.counts import inverse_count
from dlmbook.contamination.settings import PerGeneration, Sizes, check_alpha, check_sizes
from dlmbook.contamination.simulation import Band, Statistic, against, record, squared_error
from dlmbook.information import Array
from dlmbook.laws import MarkovLaw
from dlmbook.laws.base import Rng, check_rows, check_size


def expected_bigram_error(
    transition: ArrayLike,
    alpha: PerGeneration,
    n: PerGeneration,
    generations: int,
    guess: ArrayLike | None = None,
) -> Array:
    """Compute the expected squared error of each row; exact for sequences of two tokens.

    Theorem: `bigram`.

    Parameters
    ----------
    transition : array_like, shape (K, K)
        Rows of the true chain; its stationary pmf must be unique.
    alpha, n, generations
        As for `expected_error`; n counts sequences.
    guess : array_like, shape (K, K), optional
        Rows for contexts that never occurred; uniform by default.

    Returns
    -------
    ndarray of float64, shape (T + 1, K)

    Examples
    --------
    >>> errors = expected_bigram_error([[0.9, 0.1], [0.5, 0.5]], alpha=0.5, n=60, generations=2)
    >>> errors.round(4).tolist()
    [[0.0036, 0.0553], [0.0045, 0.0676], [0.0047, 0.0703]]
    """
    truth, pi, guess = _check_chain(transition, guess)
    weights, sizes = check_alpha(alpha, generations), check_sizes(n, generations)
    rows = [_row_errors(*row, weights, sizes) for row in zip(truth, guess, pi, strict=True)]
    return np.array(rows).T


def simulate_bigram(
    transition: ArrayLike,
    alpha: PerGeneration,
    n: PerGeneration,
    generations: int,
    length: int = 2,
    guess: ArrayLike | None = None,
    *,
    watch: Sequence[Statistic] = (squared_error,),
    repeats: int = 100,
    keep: bool = False,
    rng: Rng = None,
) -> tuple[Band, ...]:
    """Run independent loops of bigram models, and record statistics of their rows.

    Parameters
    ----------
    transition, alpha, n, generations, guess
        As for `expected_bigram_error`.
    length : int
        Tokens in a sequence, at least 2.
    watch : sequence of callables
        Functions of the models, shape (repeats, K, K), and of the true rows, (K, K); those of
        `simulate` give one value for each context.
    repeats, keep, rng
        As for `simulate`.

    Returns
    -------
    tuple of Band
        One for each statistic, in their order.

    Examples
    --------
    >>> (errors,) = simulate_bigram([[0.9, 0.1], [0.5, 0.5]], 0.5, 60, 2, length=20, rng=0)
    >>> errors.mean.shape
    (3, 2)
    """
    truth, pi, guess = _check_chain(transition, guess)
    plan = check_alpha(alpha, generations), check_sizes(n, generations)
    check_size(length, "length", 2)
    check_size(repeats, "repeats", 2)
    start = np.tile(guess, (repeats, 1, 1))
    models = _models(truth, pi, start, *plan, length, np.random.default_rng(rng))
    return record(models, against(truth, watch), keep)


def _check_chain(transition: ArrayLike, guess: ArrayLike | None) -> tuple[Array, Array, Array]:
    """Return true rows, their stationary pmf, and the rows to start from."""
    chain = MarkovLaw(np.asarray(transition), length=2)
    rows = chain.transition
    guess = np.full_like(rows, 1 / len(rows)) if guess is None else check_rows(guess, "guess")
    if guess.shape != rows.shape:
        raise ValueError(f"guess must have shape {rows.shape}, but has shape {guess.shape}")
    return rows, chain.stationary, guess


def _row_errors(p: Array, guess: Array, chance: float, alpha: Array, n: Sizes) -> list[float]:
    """Recurrence of one row. The guess is biased, so its mean error along p is carried, too."""
    spread, error, bias = p @ (1 - p), np.sum((guess - p) ** 2), p @ (guess - p)
    errors = []
    for a, size in zip(alpha, n.tolist(), strict=True):
        inverse, seen = inverse_count(size, min(float(chance), 1.0))
        drift = (1 - a) ** 2 * error
        noise = spread - 2 * (1 - a) * bias - drift  # E (1 - ||mixture||^2)
        error = inverse * noise + seen * drift + (1 - seen) * error
        bias *= 1 - seen * a
        errors.append(float(error))
    return errors


def _models(
    truth: Array,
    pi: Array,
    model: Array,
    alpha: Array,
    n: Sizes,
    length: int,
    rng: np.random.Generator,
) -> Iterator[Array]:
    for a, size in zip(alpha, n, strict=True):
        fresh = rng.binomial(size, a, size=len(model))
        counts = _bigrams(truth, fresh, pi, length, rng)
        counts += _bigrams(model, size - fresh, pi, length, rng)
        seen = counts.sum(axis=2, keepdims=True)
        model = np.where(seen > 0, counts / np.maximum(seen, 1), model)
        yield model


def _bigrams(
    rows: Array, sequences: Sizes, pi: Array, length: int, rng: np.random.Generator
) -> Sizes:
    """Count pairs of neighbors in sequences of chains, (repeats, K, K)."""
    at = rng.multinomial(sequences, pi)  # sequences by their last token, (repeats, K)
    total = np.zeros((*at.shape, len(pi)), dtype=np.int64)
    for _ in range(length - 1):
        moves = rng.multinomial(at, rows)
        total += moves
        at = moves.sum(axis=1)
    return total
