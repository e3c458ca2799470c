r"""Gaussians, by their mean and covariance matrix, and any law of scipy's as a truth.

The fit divides the scatter by n, the maximum likelihood estimate, or by n - 1. The first matches
the mean and the second moments of the data, so that the means of the models, whatever the true
law is, err as a table of frequencies does (``two-moments``). The second is unbiased, and
its errors can explode (``gaussian``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from dlmbook.families.loop import Data
from dlmbook.information import Array, check_numbers
from dlmbook.laws.base import Rng, check_size


@dataclass(frozen=True, eq=False)
class GaussianModel:
    """A Gaussian law.

    Parameters
    ----------
    mean : array_like, shape (d,)
    covariance : array_like, shape (d, d)

    Examples
    --------
    >>> GaussianModel([1.0, 0.0], np.eye(2)).sample(3, rng=0).shape
    (3, 2)
    """

    mean: Array
    covariance: Array

    def __post_init__(self) -> None:
        mean, covariance = (check_numbers(getattr(self, f), f) for f in ("mean", "covariance"))
        if mean.ndim != 1 or covariance.shape != (mean.size, mean.size):
            raise ValueError(
                "mean and covariance must have shapes (d,) and (d, d), "
                f"but have shapes {mean.shape} and {covariance.shape}"
            )
        object.__setattr__(self, "mean", mean)
        object.__setattr__(self, "covariance", covariance)

    def sample(self, n: int, rng: Rng = None) -> Array:
        """Draw n points, shape (n, d)."""
        noise = np.random.default_rng(rng).standard_normal((n, self.mean.size))
        return self.mean + noise @ _root(self.covariance)


@dataclass(frozen=True)
class Gaussian:
    """Gaussians fitted by the mean and the covariance matrix of the data.

    Theorem: `two-moments`. Theorem: `gaussian`.

    Parameters
    ----------
    bias : bool
        Divide the scatter by n (maximum likelihood), not by n - 1; as for ``numpy.cov``.

    Examples
    --------
    >>> data = np.array([[0.0], [2.0]])
    >>> Gaussian().fit(data).covariance.item(), Gaussian(bias=False).fit(data).covariance.item()
    (1.0, 2.0)
    """

    bias: bool = True

    def fit(self, data: Data, rng: Rng = None) -> GaussianModel:
        """Fit points of shape (n, d); without the bias, n must be at least 2."""
        n = check_size(len(data), "the number of points", 1 if self.bias else 2)
        mean = data.mean(axis=0)
        centered = data - mean
        return GaussianModel(mean, centered.T @ centered / (n if self.bias else n - 1))


@dataclass(frozen=True)
class ScipyModel:
    """A frozen law of ``scipy.stats`` on the line, as a truth.

    Parameters
    ----------
    law
        A frozen law, such as ``scipy.stats.laplace()``.

    Examples
    --------
    >>> from scipy import stats
    >>> ScipyModel(stats.laplace()).sample(3, rng=0).shape
    (3, 1)
    """

    law: Any

    def sample(self, n: int, rng: Rng = None) -> Array:
        """Draw n numbers, shape (n, 1)."""
        return np.asarray(self.law.rvs(size=(n, 1), random_state=np.random.default_rng(rng)))


def _root(covariance: Array) -> Array:
    """Return a matrix R with ``R' R`` the covariance, which may be singular."""
    if covariance.size == 1:
        return np.sqrt(np.maximum(covariance, 0))
    values, vectors = np.linalg.eigh(covariance)
    return np.asarray(np.sqrt(np.maximum(values, 0))[:, None] * vectors.T)
