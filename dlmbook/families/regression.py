r"""Linear and logistic regression: who writes the answers, when the questions are new.

A sample is a row ``(x_1, ..., x_d, y)``. The x are drawn from a known *design*, in every
generation anew; the answers y come from the truth or from the previous fit. A constant is a column
of the design. To first order both obey the recurrence of frequencies (``local-loop``).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from dlmbook.families.loop import Data, Model
from dlmbook.information import Array, check_numbers
from dlmbook.laws.base import Rng


@dataclass(frozen=True, eq=False)
class Rows:
    """Independent draws of the rows of a table, with replacement: an empirical design.

    Parameters
    ----------
    table : array_like, shape (m, d)

    Examples
    --------
    >>> Rows([[1.0, 0.5]]).sample(2).tolist()
    [[1.0, 0.5], [1.0, 0.5]]
    """

    table: Array

    def __post_init__(self) -> None:
        object.__setattr__(self, "table", check_numbers(self.table, "table"))

    def sample(self, n: int, rng: Rng = None) -> Array:
        """Draw n rows, shape (n, d)."""
        return self.table[np.random.default_rng(rng).integers(len(self.table), size=n)]


@dataclass(frozen=True, eq=False)
class LinearModel:
    """``y = x beta + noise`` with Gaussian noise.

    Parameters
    ----------
    coefficients : array_like, shape (d,)
        beta.
    variance : float
        That of the noise.
    design : Model
        Law of x, samples of shape (n, d).
    """

    coefficients: Array
    variance: float
    design: Model

    def sample(self, n: int, rng: Rng = None) -> Array:
        """Draw n rows (x, y), shape (n, d + 1)."""
        rng = np.random.default_rng(rng)
        x = self.design.sample(n, rng)
        y = x @ self.coefficients + np.sqrt(self.variance) * rng.standard_normal(n)
        return np.column_stack([x, y])


@dataclass(frozen=True)
class LinearRegression:
    """Least squares, with the noise variance learned as the mean squared residual.

    Theorem: `local-loop`.

    Parameters
    ----------
    design : Model
        Law of x, from which models draw their questions.
    ridge : float
        Penalty: lambda times the squared length of beta is added to the sum of squares.

    Examples
    --------
    >>> rows = np.array([[1.0, 0.0, 1.0], [1.0, 1.0, 3.0], [1.0, 2.0, 5.0]])
    >>> model = LinearRegression(Rows(rows[:, :2])).fit(rows)
    >>> model.coefficients.round(6).tolist(), round(model.variance, 6)
    ([1.0, 2.0], 0.0)
    """

    design: Model
    ridge: float = 0.0

    def fit(self, data: Data, rng: Rng = None) -> LinearModel:
        """Fit rows (x, y) of shape (n, d + 1)."""
        x, y = data[:, :-1], data[:, -1]
        gram = x.T @ x + self.ridge * np.eye(x.shape[1])
        beta = np.linalg.lstsq(gram, x.T @ y, rcond=None)[0]
        return LinearModel(beta, float(np.mean((y - x @ beta) ** 2)), self.design)


@dataclass(frozen=True, eq=False)
class LogisticModel:
    """``P(y = 1) = 1 / (1 + exp(-x beta))``.

    Parameters
    ----------
    coefficients : array_like, shape (d,)
        beta.
    design : Model
        Law of x, samples of shape (n, d).
    """

    coefficients: Array
    design: Model

    def sample(self, n: int, rng: Rng = None) -> Array:
        """Draw n rows (x, y) with y 0 or 1, shape (n, d + 1)."""
        rng = np.random.default_rng(rng)
        x = self.design.sample(n, rng)
        return np.column_stack([x, rng.random(n) < expit(x @ self.coefficients)])


@dataclass(frozen=True)
class LogisticRegression:
    """Logistic regression by maximum likelihood, or penalized (scikit-learn's).

    Theorem: `local-loop`.

    Parameters
    ----------
    design : Model
        Law of x, from which models draw their questions.
    ridge : float
        Penalty: ``lambda / 2`` times the squared length of beta is added to the negative
        log-likelihood.

    Examples
    --------
    >>> rows = np.array([[1.0, 0.0]] * 3 + [[1.0, 1.0]])
    >>> model = LogisticRegression(Rows(rows[:, :1])).fit(rows)
    >>> round(float(expit(model.coefficients[0])), 3)
    0.25
    """

    design: Model
    ridge: float = 0.0

    def fit(self, data: Data, rng: Rng = None) -> LogisticModel:
        """Fit rows (x, y) of shape (n, d + 1).

        If a line separates the answers, maximum likelihood has no finite coefficients, and those
        where the solver stops are returned, large and arbitrary.

        Raises
        ------
        ValueError
            If there is no question in the rows, or only one answer, as in a collapsed loop.
        """
        if data.ndim != 2 or data.shape[1] < 2:
            raise ValueError(f"rows must have shape (n, d + 1), but have shape {data.shape}")
        if np.ptp(data[:, -1]) == 0:
            raise ValueError(
                f"both answers must occur, but all {len(data)} are {data[0, -1]:g}: there is no "
                "maximum likelihood estimate (more samples, more fresh ones, or a penalty help)"
            )
        from sklearn.linear_model import LogisticRegression as Sklearn  # slow to import

        fit = Sklearn(
            C=1 / self.ridge if self.ridge else np.inf,
            fit_intercept=False,
            solver="newton-cholesky",
        ).fit(data[:, :-1], data[:, -1])
        return LogisticModel(fit.coef_[0], self.design)
