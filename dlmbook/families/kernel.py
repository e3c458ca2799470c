r"""Kernel density estimates: the data, each point smeared out.

A kernel estimate's samples are data points with Gaussian noise of standard deviation h. So its
variance exceeds that of its data by h^2, in every generation, and its characteristic function is
that of the data times ``exp(-h^2 omega^2 / 2)``: an affine learner (``affine-learner``).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.stats import norm

from dlmbook.families.loop import Data
from dlmbook.information import Array
from dlmbook.laws.base import Rng


@dataclass(frozen=True, eq=False)
class KernelModel:
    """Data points with Gaussian noise.

    Parameters
    ----------
    points : ndarray, shape (n, d)
    bandwidth : float
        Standard deviation h of the noise in each coordinate.
    """

    points: Array
    bandwidth: float

    def sample(self, n: int, rng: Rng = None) -> Array:
        """Draw n points, shape (n, d)."""
        rng = np.random.default_rng(rng)
        chosen = self.points[rng.integers(len(self.points), size=n)]
        return np.asarray(chosen + self.bandwidth * rng.standard_normal(chosen.shape))

    def density(self, x: Data) -> Array:
        """Density on the line at x of shape (m,), if d = 1; shape (m,)."""
        if self.points.shape[1] != 1:
            raise ValueError(f"points must have shape (n, 1), but have shape {self.points.shape}")
        z = (np.asarray(x)[:, None] - self.points[:, 0]) / self.bandwidth  # (m, n)
        return np.asarray(norm.pdf(z).mean(axis=1) / self.bandwidth)


@dataclass(frozen=True)
class KernelDensity:
    """Kernel density estimates with a Gaussian kernel.

    Theorem: `affine-learner`.

    Parameters
    ----------
    bandwidth : float
        h, positive.

    Examples
    --------
    >>> model = KernelDensity(0.5).fit(np.array([[0.0], [1.0]]))
    >>> model.density(np.array([0.5])).round(4).tolist()
    [0.4839]
    """

    bandwidth: float

    def __post_init__(self) -> None:
        if not 0 < self.bandwidth < np.inf:
            raise ValueError(f"bandwidth must be a positive number, but is {self.bandwidth!r}")

    def fit(self, data: Data, rng: Rng = None) -> KernelModel:
        """Keep points of shape (n, d)."""
        return KernelModel(np.asarray(data, dtype=float), self.bandwidth)
