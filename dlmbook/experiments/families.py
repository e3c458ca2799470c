r"""Families of models in the loop, measured: the bands of *Other model classes*.

Each case is a family, a truth, an error that can be computed from a fitted model exactly, and what
theory expects of it. `run` simulates many loops for each case, fresh share and sample size.

    python -m dlmbook.experiments families

takes about eight minutes on one core.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from scipy.special import expit, xlogy

from dlmbook.contamination import (
    Replace,
    gaussian_moments,
    kernel_errors,
    local_errors,
    mean_errors,
    smoothed_errors,
    sweep,
)
from dlmbook.families import (
    Family,
    Gaussian,
    GaussianModel,
    KernelDensity,
    KernelModel,
    LinearModel,
    LinearRegression,
    LogisticModel,
    LogisticRegression,
    Mixture,
    MixtureModel,
    Model,
    NGram,
    NGramModel,
    OneMean,
    OneMeanModel,
    Rows,
    simulate_family,
)
from dlmbook.information import Array
from dlmbook.laws import alice

SHARES = (0.0, 0.02, 0.1, 0.5)
SIZES = (50, 500)
GENERATIONS = 40

#: Arguments of `run` at full size.
FULL = {"shares": SHARES, "sizes": SIZES, "generations": GENERATIONS, "effort": 1.0}


@dataclass(frozen=True)
class Case:
    """A family in the loop.

    Attributes
    ----------
    family, truth
        As for `simulate_family`.
    error : callable
        Error of a fitted model.
    theory : callable
        Expected errors, shape (T + 1,), of ``alpha``, ``n`` and ``generations``.
    """

    family: Family[Any]
    truth: Model
    error: Callable[[Any], float]
    theory: Callable[[float, int, int], Array]


def bell(n: int, bias: bool = True) -> Case:
    """Gaussians fitted to a Gaussian; squared error of the mean."""
    truth = GaussianModel(np.zeros(1), np.eye(1))

    def theory(alpha: float, n: int, generations: int) -> Array:
        return gaussian_moments(alpha, n, generations, bias=bias)[0]

    return Case(Gaussian(bias), truth, lambda model: model.mean[0] ** 2, theory)


def unbiased_bell(n: int) -> Case:
    """Gaussians whose variance is divided by n - 1; squared error of the mean."""
    return bell(n, bias=False)


def words_by_bells(n: int) -> Case:
    """Two Gaussians, by EM, fitted to the lengths of English words; squared error of the mean."""
    lengths = np.array([[float(len(word))] for word in alice()])
    mean, variance = lengths.mean(), lengths.var()

    def theory(alpha: float, n: int, generations: int) -> Array:
        return _frequencies(alpha, n, generations) * variance

    family = Mixture(2, steps=5, shared=True)
    return Case(family, Rows(lengths), lambda model: (model.mean[0] - mean) ** 2, theory)


def exponential(n: int) -> Case:
    """Exponential laws, by their mean; its squared error."""
    family = OneMean(lambda mean, n, rng: rng.exponential(mean, n))
    truth = OneMeanModel(1.0, family.draw)
    theory = _partial_curvature(1.0)
    return Case(family, truth, lambda model: (model.mean - 1) ** 2, theory)


def linear(n: int) -> Case:
    """Least squares with four coefficients and a variance; excess loss, in nats."""
    design = GaussianModel(np.zeros(4), np.eye(4))

    def error(model: LinearModel) -> float:
        ratio, slope = 1 / model.variance, model.coefficients
        return float((ratio * (1 + slope @ slope) - 1 - np.log(ratio)) / 2)

    def theory(alpha: float, n: int, generations: int) -> Array:
        return 5 / 2 * local_errors(alpha, n, generations)

    return Case(LinearRegression(design), LinearModel(np.zeros(4), 1.0, design), error, theory)


def logistic(n: int) -> Case:
    """Logistic regression: does a word of Alice contain an e, given its length? Excess loss."""
    words = alice()
    x = np.array([[1.0, len(word) / 4 - 1] for word in words])
    labels = np.array([float("e" in word) for word in words])
    family = LogisticRegression(Rows(x))
    truth = family.fit(np.column_stack([x, labels]))
    points, counts = np.unique(x, axis=0, return_counts=True)
    weights, p = counts / counts.sum(), expit(points @ truth.coefficients)

    def error(model: LogisticModel) -> float:
        r = expit(points @ model.coefficients)
        return float(weights @ (xlogy(p, p / r) + xlogy(1 - p, (1 - p) / (1 - r))))

    def theory(alpha: float, n: int, generations: int) -> Array:
        return 2 / 2 * local_errors(alpha, n, generations)

    return Case(family, truth, error, theory)


def two_bells(n: int) -> Case:
    """Mixtures of two Gaussians, learned by EM; excess loss, in nats."""
    means, variances = np.array([[-2.0], [1.0]]), np.array([1.0, 0.5])
    truth = MixtureModel(np.array([0.4, 0.6]), means, variances[:, None, None])
    points, step = np.linspace(-9, 7, 801, retstep=True)
    p = truth.density(points[:, None])

    def error(model: MixtureModel) -> float:
        return float(np.sum(xlogy(p, p / model.density(points[:, None]))) * step)

    def theory(alpha: float, n: int, generations: int) -> Array:
        return 5 / 2 * local_errors(alpha, n, generations)

    return Case(Mixture(2, steps=20), truth, error, theory)


def kernel(n: int) -> Case:
    """Kernel densities of Gaussian points, with the bandwidth that is best for clean data.

    Integrated squared error, at frequencies.
    """
    truth, bandwidth = GaussianModel(np.zeros(1), np.eye(1)), best_bandwidth(1.0, n, 0)
    omega, step = np.linspace(0, 5 / bandwidth, 160, retstep=True)
    target, damping = np.exp(-(omega**2) / 2), np.exp(-((bandwidth * omega) ** 2) / 2)

    def error(model: KernelModel) -> float:
        waves = np.exp(1j * omega[:, None] * model.points[:, 0]).mean(axis=1)
        squares = np.abs(damping * waves - target) ** 2
        return float((squares.sum() - squares[0] / 2) * step / np.pi)

    def theory(alpha: float, n: int, generations: int) -> Array:
        return sum(kernel_errors(_bell, bandwidth, alpha, n, generations), np.zeros(1))

    return Case(KernelDensity(bandwidth), truth, error, theory)


def pseudo_counts(n: int) -> Case:
    """Tables of 50 words after Zipf's law, with half a pseudo-count for each; squared error."""
    p = 1 / np.arange(1, 51)
    p /= p.sum()

    def error(model: NGramModel) -> float:
        return float(np.sum((model.rows[0] - p) ** 2))

    def theory(alpha: float, n: int, generations: int) -> Array:
        return sum(smoothed_errors(p, alpha, n, generations, 25.0), np.zeros(1))

    return Case(NGram(50, order=0, smoothing=25.0), NGramModel(p[None], 0, 1), error, theory)


#: Families of the explorable, by their names there, with the number of loops of each.
CASES: dict[str, tuple[Callable[[int], Case], int]] = {
    "bell curve, divided by n": (bell, 400),
    "bell curve, by n − 1": (unbiased_bell, 400),
    "two bells on word lengths": (words_by_bells, 200),
    "exponential law": (exponential, 400),
    "linear regression": (linear, 400),
    "words with pseudo-counts": (pseudo_counts, 200),
    "kernel density": (kernel, 100),
}

#: Families of the figure on regular estimators, with the number of loops of each.
REGULAR: dict[str, tuple[Callable[[int], Case], int]] = {
    "linear regression": (linear, 800),
    "logistic regression": (logistic, 400),
    "mixture by EM": (two_bells, 200),
}

_GROUPS = {"cases": CASES, "regular": REGULAR}


@cache
def best_bandwidth(alpha: float, n: int, generations: int) -> float:
    """Bandwidth of the least integrated squared error for Gaussian points, in a generation."""
    from scipy.optimize import minimize_scalar

    def error(log_h: float) -> float:
        bias, noise = kernel_errors(_bell, float(np.exp(log_h)), alpha, n, generations)
        return float(bias[-1] + noise[-1])

    best = minimize_scalar(error, bounds=(-5, 1), method="bounded", options={"xatol": 1e-4})
    return float(np.exp(best.x))


def measure(
    group: str, name: str, alpha: float, n: int, generations: int, repeats: int, rng: int
) -> dict[str, list[float]]:
    """Mean and standard error of the errors of many loops, in units of theory's first one."""
    case = _GROUPS[group][name][0](n)
    plan = case.family, case.truth, alpha, n, generations
    (band,) = simulate_family(*plan, watch=[case.error], repeats=repeats, rng=rng)
    unit = case.theory(alpha, n, 0)[0]
    values = {"mean": band.mean / unit, "error": band.error / unit}
    return {key: [float(f"{x:.5g}") for x in value] for key, value in values.items()}


def run(
    shares: Sequence[float] = (0.1,),
    sizes: Sequence[int] = (50,),
    generations: int = 3,
    effort: float = 0.1,
    cache: str | Path | None = None,
    jobs: int | None = 1,
    progress: bool = False,
) -> dict[str, Any]:
    """Simulate all cases.

    Parameters
    ----------
    shares, sizes
        Values of alpha and n for `CASES`; those of `REGULAR` have n = 500 and alpha 0.1 and 0.3.
    generations : int
        T; at most 10 for `REGULAR`.
    effort : float
        Multiplies the number of loops.
    cache, jobs, progress
        As for `sweep`.

    Returns
    -------
    dict
        ``runs``, a list with one dict for each setting: ``group``, ``name``, ``alpha``, ``n``,
        ``generations``, ``repeats``, and ``mean`` and ``error``, lists of T + 1 numbers in units
        of theory's first error.
    """
    plans = [("cases", name, a, n, generations) for name in CASES for a in shares for n in sizes]
    plans += [
        ("regular", name, a, 500, min(generations, 10)) for name in REGULAR for a in (0.1, 0.3)
    ]
    settings: list[dict[str, Any]] = [
        {
            "group": group,
            "name": name,
            "alpha": alpha,
            "n": n,
            "generations": T,
            "repeats": max(2, round(_GROUPS[group][name][1] * effort)),
        }
        for group, name, alpha, n, T in plans
    ]
    results = sweep(measure, settings, rng=14, jobs=jobs, cache=cache, progress=progress)
    return {"runs": [old | new for old, new in zip(settings, results, strict=True)]}


def _frequencies(alpha: float, n: int, generations: int) -> Array:
    shares = np.full(generations + 1, alpha)
    return Replace().errors(shares, np.full(generations + 1, n))


def _partial_curvature(curvature: float) -> Callable[[float, int, int], Array]:
    return lambda alpha, n, generations: mean_errors(curvature, alpha, n, generations)


def _bell(omega: Array) -> Array:
    return np.exp(-(omega**2) / 2)
