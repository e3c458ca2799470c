r"""Models with one number, the mean of a statistic: what is matched is one moment.

Poisson laws, exponential laws, Gaussians with known mean: each law of the family is told by the
mean m of a statistic T, and the maximum likelihood fit puts m to the average of T over the data.
How the model's variance of T depends on m decides what becomes of the loop (``mean-value``).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from dlmbook.families.loop import Data
from dlmbook.information import Array
from dlmbook.laws.base import Rng

#: Draws from the law with a given mean: ``draw(mean, n, rng)``, shape (n,).
Draw = Callable[[float, int, np.random.Generator], Array]


@dataclass(frozen=True)
class OneMeanModel:
    """A law that is told by the mean of its statistic.

    Parameters
    ----------
    mean : float
    draw : callable
        ``draw(mean, n, rng)`` gives n samples.
    """

    mean: float
    draw: Draw

    def sample(self, n: int, rng: Rng = None) -> Array:
        """Draw n samples, shape (n,)."""
        return self.draw(self.mean, n, np.random.default_rng(rng))


@dataclass(frozen=True)
class OneMean:
    """Laws fitted by the average of one statistic.

    Theorem: `mean-value`.

    Parameters
    ----------
    draw : callable
        ``draw(mean, n, rng)`` gives n samples of the law with that mean of the statistic.
    statistic : callable, optional
        T, from samples of shape (n,) to numbers of shape (n,); the identity by default.

    Examples
    --------
    >>> poisson = OneMean(lambda mean, n, rng: rng.poisson(mean, n))
    >>> poisson.fit(np.array([1, 2, 6])).mean
    3.0
    """

    draw: Draw
    statistic: Callable[[Data], Array] | None = None

    def fit(self, data: Data, rng: Rng = None) -> OneMeanModel:
        """Fit samples of shape (n,)."""
        values = np.asarray(data if self.statistic is None else self.statistic(data))
        if values.ndim != 1:
            raise ValueError(
                f"samples of one statistic must have shape (n,), but have shape {values.shape}"
            )
        return OneMeanModel(float(np.mean(values)), self.draw)
