r"""Run the loop many times side by side, and compare with what theory expects.

`expected_error` and `simulate` take the same arguments: the true pmf, what each generation is
given, and a strategy. The first is exact and has no noise. The second draws multinomial counts for
all repeats at once, and records the statistics that it was asked to watch as each generation
passes: estimates are forgotten, and only means are kept, unless every repeat's value is wanted.

The chapter *Collapse* of the book tells the story.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import entr
from scipy.stats import t as student

from dlmbook.contamination.settings import (
    PerGeneration,
    check_alpha,
    check_categories,
    check_sizes,
    spread,
)
from dlmbook.contamination.strategies import Replace, Strategy
from dlmbook.information import Array
from dlmbook.laws.base import Rng, check_size

#: From estimates (repeats, ..., K) and the truth (..., K) to one value or array for each repeat.
Statistic = Callable[[Array, Array], Array]


@dataclass(frozen=True, eq=False)
class Band:
    """A statistic's mean over the repeats, generation by generation.

    Attributes
    ----------
    mean : ndarray, shape (T + 1, ...)
        Means over the repeats.
    error : ndarray, shape (T + 1, ...)
        Their standard errors.
    repeats : int
        Number of repeats.
    values : ndarray, shape (T + 1, repeats, ...), or None
        Every repeat's value, if asked for.
    """

    mean: Array
    error: Array
    repeats: int
    values: Array | None = None

    def interval(self, level: float = 0.95) -> tuple[Array, Array]:
        """Lower and upper ends of the confidence band of the mean, by Student's t.

        Examples
        --------
        >>> low, high = Band(np.zeros(1), np.ones(1), 100).interval()
        >>> high.round(3).tolist()
        [1.984]
        """
        if not 0 < level < 1:
            raise ValueError(f"level must lie between 0 and 1, but is {level!r}")
        width = student.ppf((1 + level) / 2, self.repeats - 1) * self.error
        return self.mean - width, self.mean + width


def squared_error(estimates: Array, p: Array) -> Array:
    """Squared distance ``||p_t - p*||^2`` of each estimate from the truth.

    Examples
    --------
    >>> squared_error(np.array([[1.0, 0.0]]), np.array([0.5, 0.5])).tolist()
    [0.5]
    """
    difference = estimates - p
    return np.asarray(np.einsum("...k,...k->...", difference, difference))


def survivors(estimates: Array, p: Array) -> Array:
    """Return the number of categories that each estimate can still produce.

    Examples
    --------
    >>> survivors(np.array([[1.0, 0.0]]), np.array([0.5, 0.5])).tolist()
    [1]
    """
    return np.asarray(np.count_nonzero(estimates, axis=-1))


def entropies(estimates: Array, p: Array) -> Array:
    """Entropy of each estimate, in nats.

    Without fresh data its mean pays for the generations until one category is left: they are at
    most ``2 n H(p*)`` on average.

    Theorem: `lifetime`.

    Examples
    --------
    >>> entropies(np.array([[0.5, 0.5]]), np.array([1.0, 0.0])).round(4).tolist()
    [0.6931]
    """
    return np.asarray(entr(estimates).sum(axis=-1))


def expected_error(
    p: ArrayLike,
    alpha: PerGeneration,
    n: PerGeneration,
    generations: int,
    strategy: Strategy | None = None,
) -> Array:
    """Compute the expected squared error ``R_t = E ||p_t - p*||^2`` of generations 0..T, exactly.

    Parameters
    ----------
    p : array_like, shape (K,)
        True pmf p*.
    alpha : float, array_like of shape (T + 1,), or callable
        Weight of the fresh data in each generation, or a function of t. That of generation 0, which
        trains on true data, is ignored.
    n : int, array_like of shape (T + 1,), or callable
        Sample sizes, n_0 included.
    generations : int
        T.
    strategy : Strategy, optional
        `Replace()` by default.

    Returns
    -------
    ndarray of float64, shape (T + 1,)

    Raises
    ------
    ValueError
        If p is not a pmf, an alpha is outside [0, 1] or an n is not a whole number >= 1.

    Examples
    --------
    >>> expected_error([0.5, 0.5], alpha=0.1, n=100, generations=3).round(4).tolist()
    [0.005, 0.009, 0.0122, 0.0148]
    """
    strategy = Replace() if strategy is None else strategy
    errors = strategy.errors(check_alpha(alpha, generations), check_sizes(n, generations))
    return spread(p) * errors


def simulate(
    p: ArrayLike,
    alpha: PerGeneration,
    n: PerGeneration,
    generations: int,
    strategy: Strategy | None = None,
    *,
    watch: Sequence[Statistic] = (squared_error,),
    repeats: int = 100,
    keep: bool = False,
    rng: Rng = None,
) -> tuple[Band, ...]:
    """Run independent loops, and record statistics of their estimates.

    Parameters
    ----------
    p, alpha, n, generations, strategy
        As for `expected_error`.
    watch : sequence of callables
        Functions of the estimates, shape (repeats, K), and of p*, which give a value or an array
        for each repeat: `squared_error`, `survivors`, `entropies`, or one's own.
    repeats : int
        Number of loops, at least 2.
    keep : bool
        Keep every repeat's values, too.
    rng : Generator, int or None
        Source of randomness, or its seed.

    Returns
    -------
    tuple of Band
        One for each statistic, in their order.

    Examples
    --------
    >>> p, watch = np.full(50, 0.02), (squared_error, survivors)
    >>> errors, alive = simulate(p, alpha=0, n=10, generations=200, watch=watch, rng=0)
    >>> errors.mean[[0, -1]].round(2).tolist(), alive.mean[[0, -1]].tolist()
    ([0.1, 0.98], [9.11, 1.0])
    """
    strategy = Replace() if strategy is None else strategy
    p = check_categories(p)
    plan = check_alpha(alpha, generations), check_sizes(n, generations)
    check_size(repeats, "repeats", 2)
    estimates = strategy.estimates(p, *plan, repeats, np.random.default_rng(rng))
    return record(estimates, against(p, watch), keep)


def against(truth: Array, watch: Sequence[Statistic]) -> list[Callable[[Array], Array]]:
    """Statistics as functions of the estimates alone."""
    return [partial(_swapped, statistic, truth) for statistic in watch]


def record(
    states: Iterable[Any], measures: Sequence[Callable[[Any], Array]], keep: bool = False
) -> tuple[Band, ...]:
    """Measure each state of a run as it passes; a measure's first axis is that of the repeats.

    Examples
    --------
    >>> (band,) = record([np.array([1.0, 3.0])], [np.sqrt], keep=True)
    >>> band.mean.round(3).tolist(), band.values.shape
    ([1.366], (1, 2))
    """
    rows: list[list[tuple[Array, Array]]] = [[] for _ in measures]
    values: list[list[Array]] = [[] for _ in measures]
    repeats = 0
    for state in states:
        for i, measure in enumerate(measures):
            value = np.asarray(measure(state))
            repeats = len(value)
            mean = value.mean(axis=0)
            rows[i].append((mean, np.sqrt(((value - mean) ** 2).sum(axis=0))))
            if keep:
                values[i].append(value)
    scale = np.sqrt(max(repeats * (repeats - 1), 1))
    return tuple(
        Band(
            np.array([mean for mean, _ in row]),
            np.array([norm for _, norm in row]) / scale,
            repeats,
            np.array(kept) if keep else None,
        )
        for row, kept in zip(rows, values, strict=True)
    )


def _swapped(statistic: Statistic, truth: Array, estimates: Array) -> Array:
    return statistic(estimates, truth)
