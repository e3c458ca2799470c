r"""What a generation does with its data: replace, aggregate, average, weigh.

A *strategy* can do two things: tell its expected squared error exactly (`errors`), and run
(`estimates`). It is given the whole plan: weights alpha_t of the fresh data and sample sizes n_t.
Errors are in units of ``S = 1 - ||p*||^2``, and then they depend on the plan alone, not on p*: the
covariance matrix of every estimate here is ``r_t (diag(p*) - p* p*')``, that of one true sample
times r_t.

`Replace`, `Aggregate` and `Average` do not know which samples are fresh. They move the estimate a
step towards the new empirical pmf: all the way, by the share ``n_t / M_t`` of the new data, or as
far as is best. `Weigh` knows which samples are fresh.

The chapter *Aggregating, filtering, weighting* tells the story.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike

from dlmbook.contamination.settings import Sizes
from dlmbook.contamination.steady import next_error
from dlmbook.information import Array, check_numbers


class Strategy(Protocol):
    """How a generation learns from its data and its predecessor."""

    def errors(self, alpha: Array, n: Sizes) -> Array:
        """Return the exact expected squared errors in units of S, shape (T + 1,).

        Parameters
        ----------
        alpha, n : ndarray, shape (T + 1,)
            Weights of the fresh data (``alpha[0] = 1``) and sample sizes.
        """

    def estimates(
        self, p: Array, alpha: Array, n: Sizes, repeats: int, rng: np.random.Generator
    ) -> Iterator[Array]:
        """Run independent loops side by side: estimates of generation 0..T, each (repeats, K)."""


@dataclass(frozen=True)
class Replace:
    """Train each generation on its own data alone.

    ``R_t = S / n_t + (1 - 1 / n_t) (1 - alpha_t)^2 R_{t-1}``.

    Theorem: `recurrence`.

    Examples
    --------
    >>> Replace().errors(np.array([1, 0.5]), np.array([10, 10])).round(4).tolist()
    [0.1, 0.1225]
    """

    def errors(self, alpha: Array, n: Sizes) -> Array:
        """Return the exact expected squared errors in units of S, shape (T + 1,)."""
        return _stepped_errors(alpha, n, np.ones(len(n)))

    def estimates(
        self, p: Array, alpha: Array, n: Sizes, repeats: int, rng: np.random.Generator
    ) -> Iterator[Array]:
        """Run: estimates of generation 0..T, each (repeats, K)."""
        return _stepped(p, alpha, n, np.ones(len(n)), repeats, rng)


@dataclass(frozen=True)
class Aggregate:
    """Train each generation on the union of all data so far, fresh and synthetic.

    With ``M_t = n_0 + ... + n_t`` and ``w_t = n_t / M_t``,
    ``R_t = (1 - w_t alpha_t)^2 R_{t-1} + (w_t / M_t) (S - (1 - alpha_t)^2 R_{t-1})``.
    It never exceeds ``2 S / n_0``.

    Theorem: `aggregation`.

    Examples
    --------
    >>> Aggregate().errors(np.array([1, 0.5]), np.array([10, 10])).round(4).tolist()
    [0.1, 0.0806]
    """

    def errors(self, alpha: Array, n: Sizes) -> Array:
        """Return the exact expected squared errors in units of S, shape (T + 1,)."""
        return _stepped_errors(alpha, n, n / np.cumsum(n))

    def estimates(
        self, p: Array, alpha: Array, n: Sizes, repeats: int, rng: np.random.Generator
    ) -> Iterator[Array]:
        """Run: estimates of generation 0..T, each (repeats, K)."""
        return _stepped(p, alpha, n, n / np.cumsum(n), repeats, rng)


@dataclass(frozen=True)
class Average:
    """Move a fixed part of the way to the new data, or as far as is best.

    Parameters
    ----------
    step : float, optional
        In [0, 1]: 1 replaces, 0 never learns. By default the best step of each generation, which
        needs alpha_t but no labels. Where it is less than 1 the effective sizes obey
        ``N_t = N_{t-1} + n_t alpha_t^2 / (1 - (1 - alpha_t)^2 / N_{t-1})``:
        this is the mean of the previous estimate and the `debiased` one, weighted by their
        precisions.

    Theorem: `best-step`.

    Examples
    --------
    >>> plan = np.array([1, 0.5, 0.5]), np.array([100, 100, 100])
    >>> (1 / Average().errors(*plan)).round(2).tolist()
    [100.0, 125.06, 150.11]
    """

    step: float | None = None

    def __post_init__(self) -> None:
        if self.step is not None and not 0 <= self.step <= 1:
            raise ValueError(f"step must lie in [0, 1], but is {self.step!r}")

    def steps(self, alpha: Array, n: Sizes) -> Array:
        """How far each generation moves, shape (T + 1,)."""
        if self.step is not None:
            return np.full(len(n), float(self.step))
        steps, error = [1.0], 1 / n[0]
        for a, size in zip(alpha[1:].tolist(), n[1:].tolist(), strict=True):
            noise = (1 - error + a * (2 - a) * error) / size  # no 1 - 1 for the smallest shares
            gain = a * error
            whole = a * gain + noise
            steps.append(min(gain / whole, 1.0) if whole else float(gain > 0))
            error = next_error(error, a, size, steps[-1])
        return np.array(steps)

    def errors(self, alpha: Array, n: Sizes) -> Array:
        """Return the exact expected squared errors in units of S, shape (T + 1,)."""
        return _stepped_errors(alpha, n, self.steps(alpha, n))

    def estimates(
        self, p: Array, alpha: Array, n: Sizes, repeats: int, rng: np.random.Generator
    ) -> Iterator[Array]:
        """Run: estimates of generation 0..T, each (repeats, K)."""
        return _stepped(p, alpha, n, self.steps(alpha, n), repeats, rng)


@dataclass(frozen=True)
class Weigh:
    """Label-aware: average the fresh and the synthetic part of a generation's own data.

    Generation t has ``m = round(alpha_t n_t)`` fresh and ``k = n_t - m`` synthetic samples, and
    ``R_t = w^2 S / m + (1 - w)^2 (S / k + (1 - 1 / k) R_{t-1})``.

    Parameters
    ----------
    weight : float, optional
        w, the weight of the fresh part. By default the best of each generation, in proportion to
        the parts' precisions; then ``N_t = m + k N_{t-1} / (N_{t-1} + k - 1)``. An empty
        part has no weight.

    Theorem: `weighting`.

    Examples
    --------
    Half of 2,000 samples fresh, in every generation: worth 1.618 times the fresh ones.

    >>> plan = np.full(20, 0.5), np.full(20, 2000)
    >>> (1 / Weigh().errors(*plan))[[0, 1, -1]].round().tolist()
    [2000.0, 1667.0, 1618.0]
    """

    weight: float | None = None

    def __post_init__(self) -> None:
        if self.weight is not None and not 0 <= self.weight <= 1:
            raise ValueError(f"weight must lie in [0, 1], but is {self.weight!r}")

    def weights(self, alpha: Array, n: Sizes) -> Array:
        """Weight of the fresh part in each generation, shape (T + 1,)."""
        return self._follow(alpha, n)[0]

    def errors(self, alpha: Array, n: Sizes) -> Array:
        """Return the exact expected squared errors in units of S, shape (T + 1,)."""
        return self._follow(alpha, n)[1]

    def estimates(
        self, p: Array, alpha: Array, n: Sizes, repeats: int, rng: np.random.Generator
    ) -> Iterator[Array]:
        """Run: estimates of generation 0..T, each (repeats, K)."""
        estimate = rng.multinomial(n[0], p, size=repeats) / n[0]
        yield estimate
        fresh, weights = _fresh(alpha, n), self.weights(alpha, n)
        for m, k, w in zip(fresh[1:], (n - fresh)[1:], weights[1:], strict=True):
            old = rng.multinomial(k, estimate) / max(k, 1)
            new = rng.multinomial(m, p, size=repeats) / max(m, 1)
            estimate = w * new + (1 - w) * old
            yield estimate

    def _follow(self, alpha: Array, n: Sizes) -> tuple[Array, Array]:
        weights, errors = [1.0], [1 / n[0]]
        fresh = _fresh(alpha, n)
        for m, k in zip(fresh[1:].tolist(), (n - fresh)[1:].tolist(), strict=True):
            new, old = 1 / max(m, 1), 1 / max(k, 1)  # squared errors of the two parts
            old += (1 - old) * errors[-1]
            w = old / (new + old) if self.weight is None else self.weight
            w = 0.0 if m == 0 else 1.0 if k == 0 else w
            weights.append(w)
            errors.append(w**2 * new + (1 - w) ** 2 * old)
        return np.array(weights), np.array(errors)


def debiased(data: ArrayLike, previous: ArrayLike, alpha: float) -> Array:
    """Unbiased estimate of p* given the previous model: ``(data - (1 - alpha) previous) / alpha``.

    Its squared error is ``(S - (1 - alpha)^2 R) / (n alpha^2)``, where R is the previous model's.
    It may have negative entries: no sampler can use it as it is.

    Theorem: `best-step`.

    Parameters
    ----------
    data, previous : array_like, shape (..., K)
        Empirical pmf of the contaminated data, and the model that contaminated them.
    alpha : float
        Weight of the fresh data, positive.

    Examples
    --------
    >>> debiased([0.5, 0.5], [0.25, 0.75], alpha=0.5).tolist()
    [0.75, 0.25]
    """
    if not 0 < alpha <= 1:
        raise ValueError(f"alpha must lie in (0, 1], but is {alpha!r}")
    data, previous = check_numbers(data, "data"), check_numbers(previous, "previous")
    return (data - (1 - alpha) * previous) / alpha


def weighted_size(fresh: float, synthetic: float) -> float:
    """Effective size in the end of `Weigh`: the root of ``N = m + k N / (N + k - 1)``.

    With equally many of both it is the golden ratio times m, as m grows, and the weight ``m / N``
    of the fresh part its inverse (He, Xu and Cheng).

    Theorem: `weighting`.

    Examples
    --------
    >>> round(weighted_size(1e6, 1e6) / 1e6, 6)
    1.618034
    """
    if not (fresh >= 0 and synthetic >= 1):
        raise ValueError(f"fresh >= 0 and synthetic >= 1 are needed, not {fresh!r}, {synthetic!r}")
    half = (fresh + 1) / 2
    return float(half + np.sqrt(half**2 + fresh * (synthetic - 1)))


def _stepped_errors(alpha: Array, n: Sizes, steps: Array) -> Array:
    errors = [1 / n[0]]
    for a, size, step in zip(alpha[1:], n[1:], steps[1:], strict=True):
        errors.append(next_error(errors[-1], a, size, step))
    return np.array(errors)


def _stepped(
    p: Array, alpha: Array, n: Sizes, steps: Array, repeats: int, rng: np.random.Generator
) -> Iterator[Array]:
    estimate = rng.multinomial(n[0], p, size=repeats) / n[0]
    yield estimate
    for a, size, step in zip(alpha[1:], n[1:], steps[1:], strict=True):
        data = rng.multinomial(size, a * p + (1 - a) * estimate) / size
        estimate = data if step == 1 else (1 - step) * estimate + step * data
        yield estimate


def _fresh(alpha: Array, n: Sizes) -> Sizes:
    return np.rint(alpha * n).astype(np.int64)
