r"""The exact law of one category, and with it of every sum over categories.

With `Replace`, the number of samples that show one category is a Markov chain of its own: given j
of n_{t-1} in one generation, it is binomial in the next, with n_t samples and chance
``alpha_t p + (1 - alpha_t) j / n_{t-1}``. It is the model of Wright (1931) and Fisher for the
number of copies of a gene, with alpha as the rate of mutation. The chain needs a matrix of
``n_{t-1} x n_t`` numbers and no simulation; it tells how likely the category is to be alive, and
the expectation of the entropy or of anything else that is a sum over categories.

The chapter *Collapse* of the book tells the story. Theorem: `absorption`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import ArrayLike

from dlmbook.contamination.counts import binomial_pmf
from dlmbook.contamination.settings import (
    PerGeneration,
    Sizes,
    check_alpha,
    check_categories,
    check_sizes,
)
from dlmbook.information import Array

#: Most entries of the chain's matrix.
MATRIX_LIMIT = 1 << 26


def count_laws(
    chance: float, alpha: PerGeneration, n: PerGeneration, generations: int
) -> Iterator[Array]:
    """Law of the number of samples in one category, generation by generation.

    Theorem: `absorption`.

    Parameters
    ----------
    chance : float
        The category's true probability.
    alpha, n, generations
        As for `expected_error`; each generation trains on its own data alone.

    Yields
    ------
    ndarray of float64, shape (n_t + 1,)
        Probabilities of 0..n_t samples.

    Raises
    ------
    ValueError
        If two neighboring sizes have a product beyond 2^26.

    Examples
    --------
    >>> [law.round(4).tolist() for law in count_laws(0.5, 0, 2, 1)]
    [[0.25, 0.5, 0.25], [0.375, 0.25, 0.375]]
    """
    if not 0 <= chance <= 1:
        raise ValueError(f"chance must lie in [0, 1], but is {chance!r}")
    weights, sizes = check_alpha(alpha, generations), check_sizes(n, generations)
    if generations and ((sizes[1:] + 1) * (sizes[:-1] + 1)).max() > MATRIX_LIMIT:
        raise ValueError(
            f"n is too large for exact laws: n_(t-1) n_t must not exceed {MATRIX_LIMIT}"
        )
    return _laws(chance, weights, sizes)


def expected_sum(
    function: Callable[[Array], Array],
    p: ArrayLike,
    alpha: PerGeneration,
    n: PerGeneration,
    generations: int,
) -> Array:
    """Exact expectation of ``sum_k f(p_t[k])`` over all categories k, shape (T + 1,).

    Theorem: `absorption`.

    Parameters
    ----------
    function : callable
        f, from an array of probabilities to one of values. ``np.sign`` counts the categories that
        are alive, ``scipy.special.entr`` gives the entropy in nats.
    p, alpha, n, generations
        As for `expected_error`; each generation trains on its own data alone.

    Examples
    --------
    Of fifty equal categories nearly half are gone after generation 3, of 100 samples each:

    >>> expected_sum(np.sign, np.full(50, 0.02), 0, 100, 3).round(1).tolist()
    [43.4, 36.1, 30.7, 26.6]
    """
    chances, copies = np.unique(check_categories(p), return_counts=True)
    sizes = check_sizes(n, generations)
    total = np.zeros(len(sizes))
    for chance, copy in zip(chances.tolist(), copies.tolist(), strict=True):
        for t, law in enumerate(count_laws(chance, alpha, n, generations)):
            total[t] += copy * (law @ function(np.arange(law.size) / sizes[t]))
    return total


def _laws(chance: float, alpha: Array, n: Sizes) -> Iterator[Array]:
    law = binomial_pmf(np.arange(n[0] + 1), n[0], chance)
    yield law
    step, known = np.empty((0, 0)), None
    for t in range(1, len(n)):
        if known != (alpha[t], n[t - 1], n[t]):
            known = alpha[t], n[t - 1], n[t]
            chances = alpha[t] * chance + (1 - alpha[t]) * np.arange(n[t - 1] + 1) / n[t - 1]
            step = binomial_pmf(np.arange(n[t] + 1), n[t], np.minimum(chances, 1.0)[:, None])
        law = law @ step
        yield law
