"""The contaminated loop: ours, its own random draws alone, and the loops in public use.

The public loops are written here as they are in public: one repeat after another, each generation
draws its data points, fits and goes on (``choice`` and ``bincount`` for categories,
``multivariate_normal``, ``mean`` and ``cov`` for Gaussians). They run fewer repeats, and their
times are scaled to as many as ours.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from statistics import median

import numpy as np
from timing import Row, interleaved, memory, not_slower, show, within

from dlmbook.contamination import (
    Filter,
    Replace,
    entropies,
    expected_error,
    expected_sum,
    simulate,
    simulate_gaussian,
    squared_error,
    survivors,
)

CATEGORIES, GENERATIONS, REPEATS, SAMPLES, ALPHA = 50, 200, 100, 1000, 0.1
SIZE = f"K = {CATEGORIES}, T = {GENERATIONS}, {REPEATS} repeats, n = {SAMPLES}"
PMF = np.arange(1, CATEGORIES + 1) / (CATEGORIES * (CATEGORIES + 1) / 2)


def rows() -> Iterator[Row]:
    """Measure simulations, exact answers, and Gaussians."""
    yield from categories()
    yield from gaussians()


def categories() -> Iterator[Row]:
    """Compare the loop with its draws and the public loop; its memory; the exact answers."""
    for alpha, watch in ((ALPHA, (squared_error,)), (0.0, (squared_error, survivors, entropies))):
        yield not_slower(
            f"simulate, {len(watch)} statistics, alpha = {alpha:g}, {SIZE}",
            lambda a=alpha, w=watch: run(a, w),
            draws(alpha),
            "Generator.multinomial alone",
            1.5,
            9,
        )
    yield scaled(f"simulate, {SIZE}", lambda: run(ALPHA), categorical_peer, 4, None)
    for generations in (GENERATIONS, 10 * GENERATIONS):
        yield memory(
            f"simulate, K = {CATEGORIES}, T = {generations}, {REPEATS} repeats",
            lambda t=generations: run(ALPHA, generations=t),
            1.0,
        )
    for strategy in (Replace(), Filter(0.9, 0.1, union=True)):
        yield within(
            f"expected_error, {strategy}, T = {GENERATIONS}",
            lambda s=strategy: expected_error(PMF, ALPHA, SAMPLES, GENERATIONS, s),
            2.0,
            3,
        )
    yield within(
        f"expected_sum, {CATEGORIES} different categories, n = {SAMPLES}, T = {GENERATIONS}",
        lambda: expected_sum(np.sign, PMF, ALPHA, SAMPLES, GENERATIONS),
        60.0,
        1,
    )


def gaussians() -> Iterator[Row]:
    """Fits drawn from their exact law, against points drawn and fitted: d^2 numbers, not n d."""
    for dimension, n in ((1, 1000), (2, 1000), (5, 1000), (10, 1000), (20, 1000), (20, 10_000)):
        for alpha in (0.0, ALPHA):
            yield scaled(
                f"Gaussians, d = {dimension}, n = {n}, alpha = {alpha:g}, T = 50, {REPEATS} runs",
                lambda d=dimension, a=alpha, n=n: simulate_gaussian(a, n, 50, d, rng=0),
                lambda count, d=dimension, a=alpha, n=n: gaussian_peer(count, d, a, n),
                2,
                80 if n >= 100 * dimension else None,
            )


def run(alpha: float, watch=(squared_error,), generations: int = GENERATIONS) -> None:
    """Our loop."""
    simulate(PMF, alpha, SAMPLES, generations, watch=watch, repeats=REPEATS, rng=0)


def draws(alpha: float) -> Callable[[], None]:
    """Draw as often as a run does, from the same pmfs, computed beforehand."""
    pmfs, rng = [], np.random.default_rng(0)
    ones = np.concatenate([[1.0], np.full(GENERATIONS, alpha)])
    plan = PMF, ones, np.full(GENERATIONS + 1, SAMPLES), REPEATS, rng
    for estimate in Replace().estimates(*plan):
        pmfs.append(alpha * PMF + (1 - alpha) * estimate)
    pmfs = [np.tile(PMF, (REPEATS, 1)), *pmfs[:-1]]

    def task() -> None:
        rng = np.random.default_rng(0)
        for pmf in pmfs:
            rng.multinomial(SAMPLES, pmf)

    return task


def scaled(what: str, ours: Callable, peer: Callable[[int], object], count: int, least) -> Row:
    """Row that demands ``peer >= least * ours``, the peer running only so many repeats."""
    a, b = interleaved(ours, lambda: peer(count), 5)
    a, b = a, [y * REPEATS / count for y in b]
    ratio = median(y / x for x, y in zip(a, b, strict=True))
    return Row(
        what,
        show(median(a)),
        f"public loop: {show(median(b))}",
        f"{ratio:.0f} times faster (minima: {min(b) / min(a):.0f})",
        f"at least {least:g}" if least else "(none)",
        ratio >= least if least else None,
    )


def categorical_peer(count: int) -> None:
    """Draw n categories, count them, and go on."""
    rng = np.random.default_rng(0)
    for _ in range(count):
        estimate = PMF
        for t in range(GENERATIONS + 1):
            fresh = SAMPLES if t == 0 else rng.binomial(SAMPLES, ALPHA)
            true = rng.choice(CATEGORIES, size=fresh, p=PMF)
            model = rng.choice(CATEGORIES, size=SAMPLES - fresh, p=estimate)
            data = np.concatenate([true, model])
            estimate = np.bincount(data, minlength=CATEGORIES) / SAMPLES
            np.sum((estimate - PMF) ** 2)


def gaussian_peer(count: int, dimension: int, alpha: float, n: int) -> None:
    """Draw n points, fit mean and covariance, and go on."""
    rng = np.random.default_rng(0)
    origin, identity = np.zeros(dimension), np.eye(dimension)
    for _ in range(count):
        mean, covariance = origin, identity
        for t in range(51):
            fresh = 0 if t == 0 else rng.binomial(n, alpha)
            data = rng.multivariate_normal(mean, covariance, size=n - fresh)
            if fresh:
                data = np.concatenate([data, rng.multivariate_normal(origin, identity, size=fresh)])
            mean = data.mean(axis=0)
            covariance = np.cov(data, rowvar=False).reshape(dimension, dimension)
            np.sum(mean**2), np.trace(covariance)
