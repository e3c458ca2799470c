"""Plans, strategies, simulations and sweeps: what the theorems' tests do not say."""

import joblib
import numpy as np
import pytest
from distributed import Client, LocalCluster
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import entr

from dlmbook.contamination import (
    Aggregate,
    Average,
    Filter,
    PowerLaw,
    Replace,
    Weigh,
    collapse_error,
    count_laws,
    debiased,
    effective_size,
    entropies,
    expected_bigram_error,
    expected_error,
    expected_sum,
    gaussian_limit,
    gaussian_moments,
    least_size,
    log_drift,
    log_variance,
    mean_error,
    price,
    record,
    simulate,
    simulate_bigram,
    simulate_gaussian,
    spread,
    squared_error,
    survivors,
    sweep,
    variance,
    weighted_size,
)
from dlmbook.contamination.counts import inverse_count
from tests import oracles_contamination as oracles

P = [0.5, 0.3, 0.2]
ALPHA = [1, 0.3, 0, 0.6, 0.1, 0.3]
SIZES = [6, 4, 5, 9, 3, 7]
STRATEGIES = [
    Replace(),
    Aggregate(),
    Average(),
    Average(0.3),
    Weigh(),
    Weigh(0.7),
    Filter(),
    Filter(0.8, 0.3),
    Filter(0.8, 0.3, union=True),
    Filter(0, 0),
]


def within_errors(band, exact, errors=5):
    return np.all(np.abs(band.mean - exact) <= errors * band.error + 1e-12)


# Simulation --------------------------------------------------------------------------------


@pytest.mark.parametrize("strategy", STRATEGIES, ids=str)
def test_a_simulation_agrees_with_the_exact_error_of_its_strategy(strategy):
    (band,) = simulate(P, ALPHA, SIZES, 5, strategy, repeats=20_000, rng=0)
    assert within_errors(band, expected_error(P, ALPHA, SIZES, 5, strategy))


@pytest.mark.parametrize("strategy", STRATEGIES, ids=str)
def test_every_estimate_is_a_pmf_and_unbiased(strategy):
    p = np.array([0.55, 0.25, 0.2, 0.0])
    watch = [lambda q, p: q, lambda q, p: q.min(axis=1), lambda q, p: q.sum(axis=1)]
    mean, least, total = simulate(p, ALPHA, SIZES, 5, strategy, watch=watch, repeats=20_000, rng=1)
    assert within_errors(mean, p)
    assert least.mean.min() >= 0 and np.all(mean.mean[:, 3] == 0)
    np.testing.assert_allclose(total.mean, 1, rtol=1e-14)


def test_the_exact_law_of_categories_agrees_with_simulation_and_plain_loop():
    watch = (survivors, entropies)
    alive, entropy = simulate(P, ALPHA, SIZES, 5, watch=watch, repeats=20_000, rng=2)
    assert within_errors(alive, expected_sum(np.sign, P, ALPHA, SIZES, 5))
    assert within_errors(entropy, expected_sum(entr, P, ALPHA, SIZES, 5))
    mean, error = oracles.loop(
        P, ALPHA, SIZES, oracles.replace, 3000, 2, lambda q, p: sum(a * a for a in q)
    )
    exact = expected_sum(np.square, P, ALPHA, SIZES, 5)
    assert np.max(np.abs(exact - mean) / error) < 5
    expected = 1 - spread(P) + expected_error(P, ALPHA, SIZES, 5)  # E ||p_t||^2
    np.testing.assert_allclose(exact, expected, rtol=1e-12)


def test_a_seed_fixes_the_result_and_values_are_kept_on_demand():
    first, second = (simulate(P, 0.1, 20, 7, repeats=9, keep=True, rng=3)[0] for _ in range(2))
    assert first.values.shape == (8, 9)
    np.testing.assert_array_equal(first.values, second.values)
    np.testing.assert_allclose(first.mean, first.values.mean(axis=1))
    np.testing.assert_allclose(first.error, first.values.std(axis=1, ddof=1) / 3)
    low, high = first.interval(0.9)
    np.testing.assert_allclose((high - low) / first.error, 2 * 1.8595, rtol=1e-4)  # t with 8
    assert simulate(P, 0.1, 20, 7, repeats=9, rng=3)[0].values is None
    assert simulate(P, 0.1, 20, 7, watch=(), rng=3) == ()


def test_a_confidence_band_covers_the_expected_error_as_often_as_it_says():
    exact = expected_error(P, 0.2, 30, 3)[-1]
    bands = [simulate(P, 0.2, 30, 3, repeats=60, rng=seed)[0] for seed in range(300)]
    hits = sum(b.interval(0.9)[0][-1] <= exact <= b.interval(0.9)[1][-1] for b in bands)
    assert 240 <= hits <= 290


def test_plans_may_be_numbers_arrays_or_functions_of_the_generation():
    plan = PowerLaw(c=0.5, a=0.5, size=10, b=1)
    as_arrays = [0.0] + [0.5 / t**0.5 for t in range(1, 6)], [10, 10, 20, 30, 40, 50]
    expected = expected_error(P, *as_arrays, 5)
    np.testing.assert_allclose(expected_error(P, plan.alpha, plan.n, 5), expected)
    one, many = expected_error(P, 0.3, 10, 2), expected_error(P, [9, 0.3, 0.3], [10.0] * 3, 2)
    np.testing.assert_array_equal(one, many)
    assert expected_error(P, 0.3, 10, 0) == pytest.approx([spread(P) / 10])
    assert expected_error([1.0], 0.3, 10, 2).tolist() == [0, 0, 0]


def test_categories_that_died_stay_dead_without_fresh_data():
    p = np.array([0.9, 0.05, 0.05])
    watch = [lambda q, p: q > 0]
    (alive,) = simulate(p, 0, 12, 60, watch=watch, repeats=200, keep=True, rng=4)
    assert np.all(np.diff(alive.values.astype(int), axis=0) <= 0)


def test_statistics_of_states_may_have_any_shape():
    (band,) = record([np.ones((5, 2, 3)), np.zeros((5, 2, 3))], [lambda x: x.sum(axis=2)])
    assert band.mean.tolist() == [[3, 3], [0, 0]] and band.error.shape == (2, 2)


# Counts and sizes --------------------------------------------------------------------------


@given(st.integers(1, 60), st.floats(0, 1))
def test_inverse_counts_are_means_over_the_binomial_law(n, chance):
    inverse, seen = inverse_count(n, chance)
    law = next(count_laws(chance, 0, n, 0))
    assert seen == pytest.approx(1 - law[0], abs=1e-12)
    assert inverse == pytest.approx(np.sum(law[1:] / np.arange(1, n + 1)), abs=1e-12)


def test_exact_errors_with_large_samples_are_fast_and_right():
    plan = np.full(30, 0.1), np.full(30, 10**6)
    union = Filter(union=True).errors(*plan)
    assert 1 / union[-1] == pytest.approx(10**6 + 29 * 10**5, rel=1e-6)
    assert 1 / Filter().errors(*plan)[-1] == pytest.approx(10**5, rel=1e-4)


def test_a_detector_that_keeps_everything_is_no_detector():
    plan = np.array(ALPHA), np.array(SIZES)
    everything = Filter(1, 1), Filter(1, 1, union=True)
    for detector, plain in zip(everything, (Replace(), Aggregate()), strict=True):
        np.testing.assert_allclose(detector.errors(*plan), plain.errors(*plan), rtol=1e-12)


# Gaussians and bigrams ---------------------------------------------------------------------


@pytest.mark.parametrize(("dimension", "bias"), [(1, False), (2, True), (4, False)])
def test_simulated_gaussians_agree_with_the_exact_moments(dimension, bias):
    sizes = [n + 3 for n in SIZES]
    options = {"bias": bias, "repeats": 40_000, "rng": 0}
    bands = simulate_gaussian(ALPHA, sizes, 5, dimension, **options)
    for band, exact in zip(bands, gaussian_moments(ALPHA, sizes, 5, bias=bias), strict=True):
        assert within_errors(band, exact)


def test_simulated_gaussians_have_the_law_of_fitted_points():
    """Higher moments, too: the square and the logarithm of the variance, in three dimensions."""
    rng, repeats, n, d = np.random.default_rng(1), 20_000, 6, 3
    alpha, mean, root = 0.4, np.zeros((repeats, d)), np.tile(np.eye(d), (repeats, 1, 1))
    for t in range(3):
        z = rng.standard_normal((repeats, n, d))
        fresh = (rng.random((repeats, n, 1)) < alpha) | (t == 0)
        x = np.where(fresh, z, mean[:, None] + z @ root.swapaxes(1, 2))
        mean = x.mean(axis=1)
        centered = x - mean[:, None]
        root = np.linalg.cholesky(centered.swapaxes(1, 2) @ centered / (n - 1))
    watch = (lambda f: variance(f) ** 2, log_variance, lambda f: mean_error(f) ** 2)
    bands = simulate_gaussian(alpha, n, 2, d, watch=watch, repeats=repeats, rng=2)
    logs = 2 * np.log(np.diagonal(root, axis1=1, axis2=2)).mean(axis=1)
    points = ((root**2).sum(axis=(1, 2)) / d) ** 2, logs, (mean**2).mean(axis=1) ** 2
    for band, values in zip(bands, points, strict=True):
        error = np.hypot(band.error[-1], values.std() / repeats**0.5)
        assert abs(band.mean[-1] - values.mean()) < 5 * error


def test_few_fresh_points_and_degenerate_fits_are_no_obstacle():
    watch = (mean_error, variance, log_variance)
    bands = simulate_gaussian([1, *[0.0] * 400, 0.01], 4, 401, 3, watch=watch, rng=0)
    assert all(np.all(np.isfinite(b.mean[:-1])) for b in bands)
    assert np.isfinite(bands[1].mean[-1]) and bands[1].mean[-2] < 1e-3


def test_long_sequences_of_bigram_models_agree_with_a_plain_loop():
    rows, guess = [[0.7, 0.2, 0.1], [0.1, 0.6, 0.3], [0.5, 0.5, 0]], [[0.2, 0.3, 0.5]] * 3
    stationary = np.linalg.matrix_power(rows, 200)[0]
    plan = ALPHA, [4, 3, 5, 6, 3, 4]
    mean, error = oracles.bigram_loop(rows, stationary.tolist(), *plan, 5, guess, 1500, 5)
    (band,) = simulate_bigram(rows, *plan, 5, 5, guess, repeats=20_000, rng=1)
    assert np.max(np.abs(band.mean - mean) / np.hypot(band.error, error)) < 5
    (short,) = simulate_bigram(rows, *plan, 5, 2, guess, repeats=20_000, rng=1)
    assert within_errors(short, expected_bigram_error(rows, *plan, 5, guess))


# Sweeps ------------------------------------------------------------------------------------


def settings():
    return [{"p": P, "alpha": a, "n": 20, "generations": 5} for a in (0, 0.2, 0.7)]


def errors_of(results):
    return [band.mean.tolist() for (band,) in results]


def test_a_sweep_gives_the_same_on_one_core_and_on_many(capsys):
    one = errors_of(sweep(simulate, settings(), rng=0, progress=False))
    assert capsys.readouterr().err == ""
    assert errors_of(sweep(simulate, settings(), rng=0, jobs=2)) == one
    assert "3/3" in capsys.readouterr().err
    assert len({tuple(errors) for errors in one}) == 3


def test_a_sweep_runs_on_a_dask_cluster():
    one = errors_of(sweep(simulate, settings(), rng=0, progress=False))
    with (
        LocalCluster(n_workers=2, processes=False, dashboard_address=None) as cluster,
        Client(cluster),
        joblib.parallel_config(backend="dask"),
    ):
        assert errors_of(sweep(simulate, settings(), rng=0, progress=False)) == one


def test_an_interrupted_sweep_goes_on_where_it_stopped(tmp_path):
    calls = tmp_path / "calls"
    jobs = [{"folder": str(calls), "k": k} for k in range(5)]
    calls.mkdir()
    (calls / "stop").touch()
    with pytest.raises(KeyboardInterrupt):
        list(sweep(work, jobs, cache=tmp_path / "cache", progress=False))
    (calls / "stop").unlink()
    assert list(sweep(work, jobs, cache=tmp_path / "cache", progress=False)) == [0, 1, 4, 9, 16]
    assert sorted(p.read_text() for p in calls.iterdir()) == ["x", "x", "x", "x", "xx"]


def work(folder, k):
    """Note each call; stop at k = 3 as long as told to."""
    from pathlib import Path

    note = Path(folder) / str(k)
    note.write_text(note.read_text() + "x" if note.exists() else "x")
    if k == 3 and (Path(folder) / "stop").exists():
        raise KeyboardInterrupt
    return k * k


# Errors ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: expected_error([0.5, 0.6], 0.1, 10, 2), "p must sum to 1"),
        (lambda: expected_error(np.eye(2) / 2, 0.1, 10, 2), "shape"),
        (lambda: expected_error(P, 1.1, 10, 2), "but that of generation 1 is 1.1"),
        (lambda: expected_error(P, np.nan, 10, 2), "alpha must lie"),
        (lambda: expected_error(P, [0.1] * 2, 10, 2), r"generation 0\.\.2, but has shape \(2,\)"),
        (lambda: expected_error(P, 0.1, 10.5, 2), "but that of generation 0 is 10.5"),
        (lambda: expected_error(P, 0.1, [9, 0, 9], 2), "that of generation 1 is 0"),
        (lambda: collapse_error(lambda t: 100 * 2**t, 80), "that of generation 47 is 1.4"),
        (lambda: expected_error(P, 0.1, 10, -1), "generations must be an integer >= 0"),
        (lambda: expected_error(P, "much", 10, 1), "alpha must be an array of real numbers"),
        (lambda: simulate(P, 0.1, 10, 2, repeats=1), "repeats must be an integer >= 2"),
        (lambda: simulate(P, 0.1, 10, 2, rng=0)[0].interval(1), "level must lie"),
        (lambda: Average(1.5), r"step must lie in \[0, 1\]"),
        (lambda: Weigh(-1), "weight must lie"),
        (lambda: Filter(tpr=2), "tpr must lie"),
        (lambda: Filter(fpr=np.nan), "fpr must lie"),
        (lambda: PowerLaw(2, 0, 10, 1), "at most 1 if a = 0"),
        (lambda: PowerLaw(1, -1, 10, 1), "nonnegative"),
        (lambda: PowerLaw(1, 1, 0, 1), "size must be at least 1"),
        (lambda: PowerLaw(1, 2, 10, 2).limit, "follow the recurrence"),
        (lambda: effective_size(2, 10), "alpha must lie"),
        (lambda: price(0.1, 0.5), "n must be at least 1"),
        (lambda: least_size(10, 0), "alpha must be positive"),
        (lambda: least_size(0.5, 0.1), "effective must be"),
        (lambda: debiased([1.0], [1.0], 0), "alpha must lie"),
        (lambda: weighted_size(3, 0), "synthetic >= 1"),
        (lambda: collapse_error(0, 3), "n must be whole numbers"),
        (lambda: count_laws(0.5, 0, 10**5, 2), "too large for exact laws"),
        (lambda: count_laws(1.5, 0, 10, 2), "chance must lie"),
        (lambda: gaussian_limit(2, 10), "alpha must lie"),
        (lambda: log_drift(3, 3), "n must be an integer >= 4"),
        (lambda: simulate_gaussian(0, 3, 2, 3), "n must be at least 4 in 3 dimensions"),
        (lambda: expected_bigram_error([[0.5, 0.6], [0.5, 0.5]], 0, 5, 2), "sum to 1"),
        (lambda: expected_bigram_error(np.eye(2), 0, 5, 2), "one stationary pmf"),
        (lambda: simulate_bigram([[0.5] * 2] * 2, 0, 5, 2, length=1), "length must be"),
        (lambda: simulate_bigram([[0.5] * 2] * 2, 0, 5, 2, guess=[[1.0]]), "guess must have shape"),
    ],
)
def test_bad_input_is_refused_with_the_reason(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_limits_without_fresh_data():
    assert price(0) == np.inf and price(0, 7) == 7 and effective_size(0, 7) == 1
    assert collapse_error(1, 2).tolist() == [1, 1, 1]
    assert weighted_size(0, 10) == 1
    assert squared_error(np.array([[1.0, 0.0]]), np.array([1.0, 0.0])).tolist() == [0]
