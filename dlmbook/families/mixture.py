r"""Mixtures of Gaussians, fitted by expectation–maximization (scikit-learn's).

A step of EM chooses weights, means and covariance matrices such that the mixture has the mean
and the second moments of the data, exactly, however bad the clustering is. So mixtures obey the
recurrence of frequencies for these moments after any number of steps, one or more, in any local
optimum (``two-moments``). A floor under the variances would break this; there is none.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np
from scipy.stats import multivariate_normal

from dlmbook.families.loop import Data
from dlmbook.information import Array, check_numbers
from dlmbook.laws.base import Rng, check_size


@dataclass(frozen=True, eq=False)
class MixtureModel:
    """A mixture of k Gaussians in d dimensions.

    Parameters
    ----------
    weights : array_like, shape (k,)
        Positive, of sum 1.
    means : array_like, shape (k, d)
    covariances : array_like, shape (k, d, d)

    Examples
    --------
    >>> model = MixtureModel([0.5, 0.5], [[-1.0], [1.0]], [[[1.0]], [[1.0]]])
    >>> model.mean.tolist(), model.covariance.tolist()
    ([0.0], [[2.0]])
    """

    weights: Array
    means: Array
    covariances: Array

    def __post_init__(self) -> None:
        for name in ("weights", "means", "covariances"):
            object.__setattr__(self, name, check_numbers(getattr(self, name), name))
        k, d = self.means.shape if self.means.ndim == 2 else (0, 0)
        if k == 0 or self.weights.shape != (k,) or self.covariances.shape != (k, d, d):
            raise ValueError(
                "weights, means and covariances must have shapes (k,), (k, d) and (k, d, d), but "
                f"have shapes {self.weights.shape}, {self.means.shape}, {self.covariances.shape}"
            )
        if np.any(self.weights < 0) or abs(self.weights.sum() - 1) > 1e-9:
            raise ValueError(f"weights must be a pmf, but are {self.weights}")

    @property
    def mean(self) -> Array:
        """Mean of the mixture, shape (d,)."""
        return self.weights @ self.means

    @property
    def covariance(self) -> Array:
        """Covariance matrix of the mixture, shape (d, d)."""
        centered = self.means - self.mean
        between = np.einsum("k,ki,kj->ij", self.weights, centered, centered)
        return np.asarray(between + np.einsum("k,kij->ij", self.weights, self.covariances))

    def density(self, points: Data) -> Array:
        """Density at points of shape (n, d), shape (n,)."""
        parts = zip(self.weights, self.means, self.covariances, strict=True)
        return np.asarray(sum(w * multivariate_normal.pdf(points, m, c) for w, m, c in parts))

    def sample(self, n: int, rng: Rng = None) -> Array:
        """Draw n points, shape (n, d)."""
        rng = np.random.default_rng(rng)
        which = rng.choice(self.weights.size, size=n, p=self.weights)
        roots = np.linalg.cholesky(self.covariances)
        noise = rng.standard_normal((n, self.means.shape[1]))
        return self.means[which] + np.einsum("nij,nj->ni", roots[which], noise)


@dataclass(frozen=True)
class Mixture:
    """Mixtures of k Gaussians fitted by EM, from the clusters of k-means.

    Theorem: `two-moments`.

    Parameters
    ----------
    components : int
        k.
    steps : int
        Steps of EM, at least 1.
    shared : bool
        One covariance matrix for all components; otherwise each has its own.

    Examples
    --------
    >>> data = np.random.default_rng(0).laplace(size=(200, 1))
    >>> model = Mixture(2, steps=3).fit(data, rng=1)
    >>> bool(np.isclose(model.mean[0], data.mean())), bool(np.isclose(model.covariance, data.var()))
    (True, True)
    """

    components: int
    steps: int = 50
    shared: bool = False

    def __post_init__(self) -> None:
        check_size(self.components, "components")
        check_size(self.steps, "steps")

    def fit(self, data: Data, rng: Rng = None) -> MixtureModel:
        """Fit points of shape (n, d), at least as many as components.

        Nothing keeps a component from shrinking to a point: variances can become tiny before
        the solver gives up, in small samples or in long loops without fresh data.

        Raises
        ------
        ValueError
            If there are too few points, or a component shrinks to a point.
        """
        from sklearn.exceptions import ConvergenceWarning  # slow to import
        from sklearn.mixture import GaussianMixture

        gmm = GaussianMixture(
            self.components,
            covariance_type="tied" if self.shared else "full",
            reg_covar=0.0,
            tol=0.0,
            max_iter=self.steps,
            random_state=int(np.random.default_rng(rng).integers(2**31)),
        )
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)  # few steps are as good, here
            gmm.fit(data)
        covariances = gmm.covariances_
        if self.shared:
            covariances = np.broadcast_to(covariances, (self.components, *covariances.shape))
        return MixtureModel(gmm.weights_, gmm.means_, covariances)
