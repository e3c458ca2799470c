"""Exact expectations over how many samples are kept, seen or fresh: binomial counts."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import binom

from dlmbook.information import Array

#: Probability that is left out at each end of a binomial law.
NEGLIGIBLE = 1e-18
#: A chance below this one is taken for 0: SciPy's pmf overflows near the smallest numbers.
IMPOSSIBLE = 1e-200


def binomial_pmf(successes: ArrayLike, n: int, chance: ArrayLike) -> Array:
    """Probabilities of so many successes among n; arguments broadcast.

    Examples
    --------
    >>> binomial_pmf([0, 1, 2], 2, 0.5).round(4).tolist()
    [0.25, 0.5, 0.25]
    """
    chance = np.asarray(chance)
    return np.asarray(binom.pmf(successes, n, np.where(chance < IMPOSSIBLE, 0.0, chance)))


@lru_cache(maxsize=64)
def binomial(n: int, chance: float) -> tuple[int, Array]:
    """Law of the number of successes among n: the least one that matters, and the pmf from it on.

    Examples
    --------
    >>> start, pmf = binomial(2, 0.5)
    >>> start, pmf.round(4).tolist()
    (0, [0.25, 0.5, 0.25])
    """
    chance = 0.0 if chance < IMPOSSIBLE else chance
    low = int(max(binom.ppf(NEGLIGIBLE, n, chance), 0))
    high = n - int(max(binom.ppf(NEGLIGIBLE, n, 1 - chance), 0))  # isf would be n
    pmf = binomial_pmf(np.arange(low, high + 1), n, chance)
    pmf.setflags(write=False)
    return low, pmf


def inverse_count(n: int, chance: float) -> tuple[float, float]:
    """``E[1 / m; m > 0]`` and ``P(m > 0)`` for the number m of successes among n.

    Examples
    --------
    >>> inverse, seen = inverse_count(2, 0.5)
    >>> round(inverse, 6), round(seen, 6)
    (0.625, 0.75)
    """
    start, pmf = binomial(n, chance)
    m = np.arange(start, start + pmf.size)
    inverse = float(np.sum(pmf[m > 0] / m[m > 0]))
    return inverse, 1.0 - (1.0 - chance) ** n
