"""The statements of *Other model classes*: exact trees of outcomes, and plain loops."""

from itertools import product
from math import comb, sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import brentq
from scipy.stats import laplace, norm

from dlmbook.contamination import (
    bias_bound,
    drift_limit,
    gaussian_limit,
    gaussian_moments,
    kernel_errors,
    least_share,
    local_errors,
    mean_errors,
    mean_size,
    memory,
    smoothed_errors,
)
from dlmbook.families import Mixture

ALPHA = [1.0, 0.3, 0.6]
SIZES = [2, 3, 2]

shares = st.floats(0, 1)


def expectation(learn, truth, watch, alpha=ALPHA, sizes=SIZES):
    """Expected ``watch(law)`` of each generation, over all outcomes of all samples.

    Laws are lists of (value, probability), and ``learn`` turns samples into one.
    """
    totals = np.zeros((len(sizes), len(watch)))

    def follow(t, law, weight):
        if t == len(sizes):
            return
        mixed = [(x, alpha[t] * p) for x, p in truth] + [(x, (1 - alpha[t]) * p) for x, p in law]
        mixed = [(x, p) for x, p in mixed if p > 0]
        for outcome in product(mixed, repeat=sizes[t]):
            chance = weight * np.prod([p for _, p in outcome])
            learned = learn([x for x, _ in outcome])
            totals[t] += chance * np.array([f(learned) for f in watch])
            follow(t + 1, learned, chance)

    follow(0, [], 1.0)
    return totals.T


def two_points(divisor):
    """Two equally likely points with the samples' mean and their scatter over the divisor."""

    def learn(samples):
        mean = sum(samples) / len(samples)
        scatter = sum((x - mean) ** 2 for x in samples) / divisor(len(samples))
        return [(mean - sqrt(scatter), 0.5), (mean + sqrt(scatter), 0.5)]

    return learn


def moments(law):
    mean = sum(x * p for x, p in law)
    return mean, sum((x - mean) ** 2 * p for x, p in law)


SKEW = [(-1.0, 0.2), (0.0, 0.5), (3.0, 0.3)]
MEAN, VAR = moments(SKEW)


@pytest.mark.theorem("two-moments")
def test_whoever_matches_two_moments_errs_like_a_table_of_frequencies():
    watch = [lambda law: (moments(law)[0] - MEAN) ** 2, lambda law: moments(law)[1]]
    watch.append(lambda law: moments(law)[0])
    error, variance, mean = expectation(two_points(lambda n: n), SKEW, watch)
    r = [1 / SIZES[0]]
    for a, n in zip(ALPHA[1:], SIZES[1:], strict=True):
        r.append(1 / n + (1 - 1 / n) * (1 - a) ** 2 * r[-1])
    np.testing.assert_allclose(error, np.array(r) * VAR, rtol=1e-12)
    np.testing.assert_allclose(variance, (1 - np.array(r)) * VAR, rtol=1e-12)
    np.testing.assert_allclose(mean, MEAN, rtol=1e-12)


@pytest.mark.theorem("two-moments")
@pytest.mark.parametrize("shared", [False, True])
@pytest.mark.parametrize("steps", [1, 4])
def test_a_step_of_em_keeps_mean_and_second_moments(shared, steps):
    data = np.random.default_rng(steps).laplace(size=(60, 2))
    model = Mixture(3, steps, shared).fit(data, rng=1)
    centered = data - data.mean(axis=0)
    np.testing.assert_allclose(model.mean, data.mean(axis=0), atol=1e-10)
    np.testing.assert_allclose(model.covariance, centered.T @ centered / 60, rtol=1e-9)
    plain = np.random.default_rng(2).dirichlet(np.ones(3), 60)  # any responsibilities will do
    weight = plain.sum(axis=0) / 60
    means = plain.T @ data / 60 / weight[:, None]
    np.testing.assert_allclose(weight @ means, data.mean(axis=0))


@pytest.mark.theorem("gaussian")
def test_unbiased_bell_curves_obey_their_two_recurrences():
    truth = [((x - MEAN) / sqrt(VAR), p) for x, p in SKEW]
    watch = [lambda law: moments(law)[0] ** 2, lambda law: moments(law)[1]]
    V, Q = expectation(two_points(lambda n: n - 1), truth, watch)
    ours = gaussian_moments(ALPHA, SIZES, 2)
    np.testing.assert_allclose(ours[0], V, rtol=1e-12)
    np.testing.assert_allclose(ours[1], Q, rtol=1e-12)


@pytest.mark.theorem("gaussian")
@given(st.floats(0, 1), st.integers(2, 200))
def test_unbiased_bell_curves_settle_if_and_only_if_fresh_data_outweigh_interest(a, n):
    M = np.array([[(1 - a) ** 2 + a * (1 - a) / n, (1 - a) / n], [a * (1 - a), 1 - a]])
    radius, limit = max(abs(np.linalg.eigvals(M))), gaussian_limit(a, n)
    if abs(radius - 1) < 1e-9:
        return
    assert np.isfinite(limit[0]) == (radius < 1)
    if radius < 0.99:
        fixed = np.linalg.solve(np.eye(2) - M, [a / n, a])
        np.testing.assert_allclose(limit, fixed, rtol=1e-6)
        V, Q = gaussian_moments(a, n, 4000)
        np.testing.assert_allclose([V[-1], Q[-1]], fixed, rtol=1e-6)


@pytest.mark.theorem("mean-value")
@pytest.mark.parametrize("k", [1, 2, 3])
def test_one_matched_moment_gives_an_exact_recurrence_even_if_the_model_is_wrong(k):
    def learn(samples):
        chance = sum(samples) / len(samples) / k
        return [(j, comb(k, j) * chance**j * (1 - chance) ** (k - j)) for j in range(k + 1)]

    truth = [(0, 0.5), (k, 0.2), (min(1, k), 0.3)]
    mean, var = moments(truth)
    (errors,) = expectation(learn, truth, [lambda law: (moments(law)[0] - mean) ** 2])
    own = mean - mean**2 / k
    ours = mean_errors(-1 / k, ALPHA, SIZES, 2, variance=var, model_variance=own)
    np.testing.assert_allclose(ours, errors, rtol=1e-12)


@pytest.mark.theorem("mean-value")
@pytest.mark.parametrize(
    ("v2", "draw"),
    [
        (0, lambda m, rng: rng.poisson(m, (5, m.size))),
        (1, lambda m, rng: rng.exponential(m, (5, m.size))),
        (0.5, lambda m, rng: rng.negative_binomial(2, 2 / (2 + m), (5, m.size))),
        (2, lambda m, rng: m * rng.standard_normal((5, m.size)) ** 2),
    ],
)
def test_curvature_decides_in_plain_loops(v2, draw):
    variance = {0: 1, 1: 1, 0.5: 1.5, 2: 2}[v2]
    rng, truth = np.random.default_rng(7), np.ones(60_000)
    mean, exact = truth, mean_errors(v2, 0.4, 5, 3, variance=variance)
    for t in range(4):
        fresh = rng.random((5, truth.size)) < (0.4 if t else 1)
        mean = np.where(fresh, draw(truth, rng), draw(mean, rng)).mean(axis=0)
        squares = (mean - 1) ** 2
        assert abs(squares.mean() - exact[t]) < 5 * squares.std() / sqrt(truth.size)


@pytest.mark.theorem("mean-value")
@given(st.floats(-1, 5), st.floats(0, 1), st.integers(2, 300))
def test_the_error_settles_if_and_only_if_the_effective_size_is_positive(v2, a, n):
    factor = (1 - a) * (1 - a + (a + v2) / n)
    size = mean_size(v2, a, n)
    if abs(factor - 1) > 1e-9:
        assert (size > 0) == (factor < 1)
    if factor < 0.99:
        assert mean_errors(v2, a, n, 3000)[-1] == pytest.approx(1 / size, rel=1e-6)
    edge = least_share(v2, n)
    assert (edge > 0) == (v2 > 0)
    if 1e-6 < v2 < n:
        assert mean_size(v2, min(edge * 1.001, 1), n) > 0
        assert mean_size(v2, edge * 0.999, n) == 0


@pytest.mark.theorem("local-loop")
def test_the_median_obeys_the_recurrence_of_regular_estimators():
    alpha, sizes = [1, 0.3, 0, 0.6], [301, 301, 601, 151]
    rng, theta = np.random.default_rng(8), np.zeros(4000)
    for t, (a, n) in enumerate(zip(alpha, sizes, strict=True)):
        synthetic = rng.random((theta.size, n)) >= a
        data = rng.standard_normal((theta.size, n)) + synthetic * theta[:, None]
        theta = np.median(data, axis=1)
        expected = np.pi / 2 * local_errors(alpha, sizes, 3)[t]  # W = pi / 2, not 1 / I
        assert theta.var() == pytest.approx(expected, rel=0.1)


@pytest.mark.theorem("self-consistent")
@pytest.mark.parametrize("alpha", [0.05, 0.1, 0.5])
def test_a_wrong_model_does_not_drift_and_forgets_at_the_rate_of_two_curvatures(alpha):
    def median(old):
        def excess(x):
            return alpha * norm.cdf(x) + (1 - alpha) * laplace.cdf(x, old) - 0.5

        return brentq(excess, -5, 5, xtol=1e-14)

    assert median(0.0) == pytest.approx(0, abs=1e-12)
    ratio = 2 * norm.pdf(0)  # J = 2 phi(0), I = 1
    assert median(1e-4) / 1e-4 == pytest.approx(memory(alpha, ratio), rel=1e-3)


@pytest.mark.theorem("bias-over-alpha")
@given(st.lists(shares, min_size=1, max_size=8), st.integers(0, 10**6))
def test_no_sequence_of_models_is_farther_from_the_truth_than_its_own_misses_add_up_to(alpha, seed):
    rng = np.random.default_rng(seed)
    p, model = rng.dirichlet(np.ones(4)), np.zeros(4)
    own, far, alpha = [], [], [1.0, *alpha]
    for a in alpha:
        mixed = a * p + (1 - a) * model
        model = rng.dirichlet(np.ones(4))
        own.append(np.abs(mixed - model).sum())
        far.append(np.abs(p - model).sum())
    assert np.all(far <= bias_bound(own, alpha, len(alpha) - 1) + 1e-12)


@pytest.mark.theorem("bias-over-alpha")
def test_a_bias_that_always_pushes_the_same_way_attains_the_bound():
    p, guess, model, own = np.array([0.7, 0.3]), np.array([0.3, 0.7]), np.array([0.7, 0.3]), []
    for t in range(300):
        mixed = p if t == 0 else 0.1 * p + 0.9 * model
        model = mixed + 0.01 * (guess - p)  # the same push, whatever the data
        own.append(np.abs(model - mixed).sum())
    assert np.abs(model - p).sum() == pytest.approx(bias_bound(own, 0.1, 299)[-1])
    assert np.abs(model - p).sum() == pytest.approx(own[0] / 0.1, rel=1e-6)


@pytest.mark.theorem("bias-over-alpha")
def test_without_noise_the_end_is_exactly_one_over_alpha_times_the_last_miss_away():
    p, model = np.array([0.6, 0.3, 0.1]), np.array([0.6, 0.3, 0.1])
    for _ in range(400):
        mixed = 0.2 * p + 0.8 * model
        model = mixed**1.05 / np.sum(mixed**1.05)  # a temperature, neither affine nor constant
    miss, far = np.abs(mixed - model), np.abs(p - model)
    np.testing.assert_allclose(far, miss / 0.2, rtol=1e-9)


@pytest.mark.theorem("drift-compounds")
@pytest.mark.parametrize("delta", [-1.0, -0.1, 0.0, 0.02, 0.24])
def test_a_relative_drift_compounds_in_expectation_for_every_sample_size(delta):
    def learn(samples):
        mean = (1 + delta) * sum(samples) / len(samples)
        return [(mean - 1, 0.5), (mean + 1, 0.5)]

    (means,) = expectation(learn, SKEW, [lambda law: moments(law)[0]])
    deviation, seen = 0.0, []
    for a in ALPHA:
        deviation = delta + (1 + delta) * (1 - a) * deviation
        seen.append(MEAN * (1 + deviation))
    np.testing.assert_allclose(means, seen, rtol=1e-12)
    for _ in range(5000):
        deviation = delta + (1 + delta) * 0.8 * deviation
    assert drift_limit(delta, 0.2) == pytest.approx(deviation, rel=1e-9)


@pytest.mark.theorem("drift-compounds")
def test_a_drift_has_no_limit_from_the_threshold_on():
    assert np.isinf(drift_limit([0.25, 0.3], 0.2)).all()
    assert np.isinf(drift_limit(0.02, 0.01)) and drift_limit(-0.1, 0) == -1
    with pytest.raises(ValueError, match="drift be at least -1"):
        drift_limit(-1.5, 0.1)


@pytest.mark.theorem("smooth-last")
@given(st.floats(0, 20), st.floats(0, 1), st.floats(0.05, 0.95))
def test_who_smooths_last_fits_as_if_to_the_samples_of_a_table(smoothing, alpha, p):
    n, law, models = 4, np.array([1.0]), np.array([p])
    for t in range(3):
        chance = p if t == 0 else alpha * p + (1 - alpha) * models
        ways = [comb(n, j) * chance**j * (1 - chance) ** (n - j) for j in range(n + 1)]
        law = np.array(ways).reshape(n + 1, -1) @ law
        models = np.arange(n + 1) / n
    models = (np.arange(n + 1) + smoothing / 2) / (n + smoothing)
    seen, r = 2 * (law @ (models - p) ** 2), 1 / n
    for _ in range(2):
        r = 1 / n + (1 - 1 / n) * (1 - alpha) ** 2 * r
    kappa = n / (n + smoothing)
    claim = kappa**2 * 2 * p * (1 - p) * r + (1 - kappa) ** 2 * 2 * (p - 0.5) ** 2
    assert seen == pytest.approx(claim, rel=1e-9)
    ours = smoothed_errors([p, 1 - p], alpha, n, 2, [0, 0, smoothing])
    assert ours[0][-1] + ours[1][-1] == pytest.approx(claim, rel=1e-9)


@pytest.mark.theorem("smooth-last")
def test_a_kernel_of_the_last_generation_has_the_error_of_a_clean_one():
    alpha = 1 - sqrt(1 - 1 / 7)  # r = 1 / 8 + (7 / 8) (6 / 7) r: a table is worth 2 samples
    widths = [0.0] * 200 + [0.4]
    parts = kernel_errors(lambda w: np.exp(-(w**2) / 2), widths, alpha, 8, 200)
    clean = kernel_errors(lambda w: np.exp(-(w**2) / 2), 0.4, 1, 2, 0)
    np.testing.assert_allclose([x[-1] for x in parts], [x[0] for x in clean], rtol=1e-9)
    assert np.isinf(parts[1][:-1]).all()


@pytest.mark.theorem("affine-learner")
@given(st.floats(0, 20), st.floats(0, 1), st.floats(0.05, 0.95), st.floats(0, 1))
def test_pseudo_counts_have_the_exact_bias_and_noise(smoothing, alpha, p, guess):
    sizes, law, exact = [4, 6, 5], np.array([1.0]), []
    models = np.array([p])
    for t, n in enumerate(sizes):
        chance = p if t == 0 else alpha * p + (1 - alpha) * models
        ways = [comb(n, j) * chance**j * (1 - chance) ** (n - j) for j in range(n + 1)]
        law = np.array(ways).reshape(n + 1, -1) @ law
        models = (np.arange(n + 1) + smoothing * guess) / (n + smoothing)
        mean = law @ models
        exact.append((2 * (mean - p) ** 2, 2 * (law @ (models - mean) ** 2)))
    ours = smoothed_errors([p, 1 - p], alpha, sizes, 2, smoothing, [guess, 1 - guess])
    np.testing.assert_allclose(np.array(ours).T, exact, atol=1e-12)


@pytest.mark.theorem("affine-learner")
def test_kernel_densities_have_the_exact_integrated_error():
    h, n, loops, rng = 0.5, 8, 20_000, np.random.default_rng(9)
    bias, noise = kernel_errors(lambda w: np.exp(-(w**2) / 2), h, 0.3, n, 3)
    points = rng.standard_normal((loops, n))
    for t in range(4):
        if t:
            old = np.take_along_axis(points, rng.integers(n, size=(loops, n)), axis=1)
            old = old + h * rng.standard_normal((loops, n))
            fresh = rng.random((loops, n)) < 0.3
            points = np.where(fresh, rng.standard_normal((loops, n)), old)
        gaps = points[:, :, None] - points[:, None, :]
        squares = norm.pdf(gaps, scale=sqrt(2) * h).mean(axis=(1, 2))
        squares = squares - 2 * norm.pdf(points, scale=sqrt(1 + h**2)).mean(axis=1)
        squares = squares + norm.pdf(0, scale=sqrt(2))
        error = squares.std() / sqrt(loops)
        assert abs(squares.mean() - bias[t] - noise[t]) < 5 * error
