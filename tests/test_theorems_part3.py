"""The statements of Part III: exact recurrences against plain loops, bounds against every plan."""

from itertools import accumulate, pairwise, product
from math import comb, exp, factorial, inf, lgamma, log, pi, prod, sin, sqrt

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy.special import entr

from dlmbook.contamination import (
    Aggregate,
    Average,
    Filter,
    Phase,
    PowerLaw,
    Replace,
    Weigh,
    collapse_error,
    count_laws,
    debiased,
    effective_size,
    expected_bigram_error,
    expected_error,
    expected_sum,
    gaussian_limit,
    gaussian_moments,
    least_size,
    log_drift,
    next_error,
    price,
    simulate,
    weighted_size,
)
from tests import oracles_contamination as oracles

P = [0.5, 0.3, 0.2]
ALPHA = [1, 0.3, 0, 0.6, 0.1, 0.3]
SIZES = [6, 4, 5, 9, 3, 7]
GOLDEN = (1 + sqrt(5)) / 2

weights = st.floats(0, 1)
plans = st.lists(st.tuples(weights, st.integers(1, 40)), min_size=2, max_size=12).map(
    lambda rows: (np.array([1.0] + [a for a, _ in rows[1:]]), np.array([n for _, n in rows]))
)


def standard_errors(exact, mean, error):
    return np.max(np.abs(np.asarray(exact) - mean) / error)


def two_categories(p, alpha, n):
    """E ||p_t - p*||^2 for p* = (p, 1 - p), from the law of the count: no unbiasedness used."""
    law, errors = [comb(n[0], j) * p**j * (1 - p) ** (n[0] - j) for j in range(n[0] + 1)], []
    for t in range(len(n)):
        if t:
            previous, law = law, [0.0] * (n[t] + 1)
            for i, mass in enumerate(previous):
                chance = alpha[t] * p + (1 - alpha[t]) * i / n[t - 1]
                for j in range(n[t] + 1):
                    law[j] += mass * comb(n[t], j) * chance**j * (1 - chance) ** (n[t] - j)
        errors.append(2 * sum(mass * (j / n[t] - p) ** 2 for j, mass in enumerate(law)))
    return errors


# Chapter 11: collapse ----------------------------------------------------------------------


@pytest.mark.theorem("absorption")
def test_without_fresh_data_one_category_is_left_and_each_with_its_own_chance():
    sizes = [5, 3, 4, 6, 2]
    lost = [1 - prod(1 - 1 / n for n in sizes[: t + 1]) for t in range(5)]
    np.testing.assert_allclose(collapse_error(sizes, 4), lost, rtol=1e-14)
    np.testing.assert_allclose(two_categories(0.3, [0] * 5, sizes), 0.42 * np.array(lost))
    *_, last = count_laws(0.3, 0, 8, 400)
    np.testing.assert_allclose(last[[0, -1]], [0.7, 0.3], atol=1e-12)  # a martingale, absorbed
    mean, error = oracles.loop(P, [0] * 6, SIZES, oracles.replace, 3000, 0, alive)
    assert standard_errors(expected_sum(np.sign, P, 0, SIZES, 5), mean, error) < 5


@pytest.mark.theorem("absorption")
@given(plans)
def test_the_chance_that_two_samples_differ_shrinks_by_one_minus_one_over_n(plan):
    differ = 1 - Replace().errors(np.zeros(len(plan[1])), plan[1])
    np.testing.assert_allclose(differ, np.cumprod(1 - 1 / plan[1]), atol=1e-12)


def category(p, n):
    """Laws of one category's count without fresh data, sum by sum."""
    law = [comb(n[0], j) * p**j * (1 - p) ** (n[0] - j) for j in range(n[0] + 1)]
    yield law
    for before, size in pairwise(n):
        law = [
            sum(
                mass * comb(size, j) * (i / before) ** j * (1 - i / before) ** (size - j)
                for i, mass in enumerate(law)
            )
            for j in range(size + 1)
        ]
        yield law


@pytest.mark.theorem("absorption")
@given(st.lists(st.integers(2, 9), min_size=1, max_size=7), st.integers(2, 400))
def test_no_vocabulary_leaves_more_categories_than_the_family_tree_allows(n, K):
    *_, law = category(1 / K, n)
    excess = K * (1 - law[0]) - 1
    assert excess <= 2 / (2 / (n[-1] - 1) + sum(1 / (size - 1) for size in n[:-1])) + 1e-9
    ours = expected_sum(np.sign, np.full(K, 1 / K), 0, n, len(n) - 1)[-1]
    assert ours - 1 == pytest.approx(excess, abs=1e-8)


@pytest.mark.theorem("absorption")
@given(st.integers(2, 9), st.floats(0.01, 0.99))
def test_the_chance_that_two_categories_live_falls_by_one_minus_one_over_n(n, p):
    S = 2 * p * (1 - p)
    for t, law in enumerate(category(p, [n] * 9)):
        both, rate = sum(law[1:-1]), (1 - 1 / n) ** t
        assert S / (1 - 1 / 2) * rate * (1 - 1 / n) <= both + 1e-12
        assert both <= n * S / 2 * rate + 1e-12


@pytest.mark.theorem("lifetime")
@given(st.integers(1, 7), st.integers(1, 10**6))
def test_a_generation_costs_half_a_nat_in_n_for_each_survivor_and_at_most_twice_that(n, seed):
    q = np.random.default_rng(seed).dirichlet([0.4] * 3)
    loss = alive = 0.0
    for counts in product(range(n + 1), repeat=3):
        if sum(counts) != n:
            continue
        ways = factorial(n) // prod(factorial(c) for c in counts)
        mass = ways * prod(float(x) ** c for x, c in zip(q, counts, strict=True))
        shares = [c / n for c in counts]
        loss += mass * sum(x * log(x / y) for x, y in zip(shares, q, strict=True) if x)
        alive += mass * sum(c > 0 for c in counts)
    assert (alive - 1) / (2 * n) <= loss + 1e-12
    assert loss <= log(1 + 2 / n) + 1e-12
    before = -sum(x * log(x) for x in q.tolist())
    after = expected_sum(entr, q, 0, n, 0)[0]
    assert before - after == pytest.approx(loss, abs=1e-9)


@pytest.mark.theorem("lifetime")
@pytest.mark.parametrize(("n", "p"), [(1, 0.5), (2, 0.5), (10, 0.01), (40, 0.3), (100, 0.5)])
def test_the_end_comes_on_average_within_two_n_times_the_entropy(n, p):
    j = range(1, n)
    move = np.array([[comb(n, i) * (k / n) ** i * (1 - k / n) ** (n - i) for i in j] for k in j])
    start = np.array([comb(n, i) * p**i * (1 - p) ** (n - i) for i in j])
    mean = float(start @ np.linalg.solve(np.eye(n - 1) - move, np.ones(n - 1))) if n > 1 else 0.0
    assert mean <= -2 * n * (p * log(p) + (1 - p) * log(1 - p))


@pytest.mark.theorem("lifetime")
def test_all_survivors_of_all_generations_are_paid_for_by_the_entropy():
    p, n = np.random.default_rng(3).dirichlet([0.5] * 6), 12
    excess = expected_sum(np.sign, p, 0, n, 400) - 1
    H = float(entr(p).sum())
    assert excess[-1] < 1e-9
    assert excess.sum() <= 2 * n * H
    assert n * H <= len(p) - 1 + excess.sum()


@pytest.mark.theorem("absorption")
def test_samples_that_grow_like_squares_freeze_the_model_and_others_do_not():
    squares = collapse_error(lambda t: (t + 5) ** 2, 100_000)
    assert squares[-1] == pytest.approx(1 / 5, rel=1e-4)  # the product telescopes
    multiples = 1 - collapse_error(lambda t: t + 2, 100_000)
    assert multiples[-1] == pytest.approx(1 / 100_002, rel=1e-6)


def alive(estimate, p):
    return sum(q > 0 for q in estimate)


@pytest.mark.parametrize(("dimension", "bias"), [(1, False), (1, True), (2, False)])
def test_gaussian_moments_agree_with_points_drawn_and_fitted(dimension, bias):
    V, Q = gaussian_moments(ALPHA, [n + 2 for n in SIZES], 5, bias=bias)
    plan = ALPHA, [n + 2 for n in SIZES]
    (mean, mean_error), (spread, spread_error) = oracles.gaussian_loop(
        *plan, 3000, 1, dimension, bias
    )
    assert standard_errors(V, mean, mean_error) < 5
    assert standard_errors(Q, spread, spread_error) < 5


@given(st.floats(0.001, 1), st.integers(1, 60))
def test_gaussian_errors_settle_if_and_only_if_fresh_data_suffice(alpha, n):
    matrix = [[(1 - alpha) ** 2 + alpha * (1 - alpha) / n, (1 - alpha) / n]]
    matrix = np.array([*matrix, [alpha * (1 - alpha), 1 - alpha]])  # of (V, Q)
    radius = np.abs(np.linalg.eigvals(matrix)).max()
    assume(abs(radius - 1) > 1e-9)
    V, Q = gaussian_limit(alpha, n)
    assert (inf > V) == (radius < 1)
    if radius < 1:
        fixed = np.linalg.solve(np.eye(2) - matrix, [alpha / n, alpha])
        np.testing.assert_allclose([V, Q], fixed, rtol=1e-6)


@pytest.mark.theorem("gaussian-collapse")
@pytest.mark.parametrize("dimension", [1, 2])
def test_without_fresh_data_the_variance_stays_on_average_and_the_mean_wanders(dimension):
    sizes = [6, 4, 9, 5, 12]
    wander = list(accumulate(1 / n for n in sizes))
    V, Q = gaussian_moments(0, sizes, 4)
    np.testing.assert_allclose([V, Q], [wander, [1] * 5], rtol=1e-12)
    (mean, mean_error), (spread, spread_error) = oracles.gaussian_loop(
        [1, 0, 0, 0, 0], sizes, 3000, 2, dimension
    )
    assert standard_errors(wander, mean, mean_error) < 5
    assert standard_errors(1, spread, spread_error) < 5


@pytest.mark.theorem("gaussian-collapse")
@given(st.integers(1, 10_000))
def test_the_root_of_a_generations_factor_is_short_of_one_by_the_order_of_one_over_n(freedom):
    root = sqrt(2 / freedom) * exp(lgamma((freedom + 1) / 2) - lgamma(freedom / 2))
    assert 1 / (12 * freedom) <= 1 - root <= 1 / freedom


@pytest.mark.theorem("gaussian-collapse")
def test_volumes_in_a_subspace_shrink_at_the_rate_of_its_dimension():
    rng, n, root = np.random.default_rng(3), 9, np.array([[1, 0, 0], [2, 1, 0], [-1, 3, 0.5]])
    points = rng.standard_normal((40_000, n, 3)) @ root.T
    centered = points - points.mean(axis=1, keepdims=True)
    fitted = np.einsum("rni,rnj->rij", centered, centered) / (n - 1)
    U = np.array([[1.0, 0.5], [0, 2], [1, -1]])
    for k in (1, 2):
        new = np.linalg.slogdet(U[:, :k].T @ fitted @ U[:, :k])[1]
        change = new - np.linalg.slogdet(U[:, :k].T @ root @ root.T @ U[:, :k])[1]
        assert standard_errors(k * log_drift(n, k), change.mean(), change.std() / 200) < 5


@pytest.mark.theorem("gaussian-collapse")
def test_the_logarithm_of_the_fitted_variance_drifts_down_although_its_mean_stays():
    rng, n = np.random.default_rng(0), 7
    for d in (1, 3):
        points = rng.standard_normal((40_000, n, d))
        centered = points - points.mean(axis=1, keepdims=True)
        scatter = np.einsum("rni,rnj->rij", centered, centered) / (n - 1)
        logs = np.linalg.slogdet(scatter)[1] / d
        assert standard_errors(log_drift(n, d), logs.mean(), logs.std() / 200) < 5
    assert all(gaussian_moments(0, n, 50)[1] == 1)
    for d in (1, 4, 30):
        assert log_drift(100_000, d) == pytest.approx(-(d + 1) / 200_000, rel=1e-3)


# Chapter 12: the recurrence ----------------------------------------------------------------


@pytest.mark.theorem("recurrence")
@given(st.floats(0, 1), plans.map(lambda plan: (plan[0][:4], np.minimum(plan[1][:4], 7))))
def test_the_recurrence_is_exact(p, plan):
    expected = two_categories(p, *map(np.ndarray.tolist, plan))
    ours = expected_error([p, 1 - p], *plan, generations=len(plan[0]) - 1)
    np.testing.assert_allclose(ours, expected, atol=1e-12)


@pytest.mark.theorem("recurrence")
@pytest.mark.parametrize(
    ("strategy", "learner"), [(Replace(), oracles.replace), (Average(0.4), oracles.average(0.4))]
)
def test_every_step_towards_the_data_obeys_the_recurrence(strategy, learner):
    mean, error = oracles.loop(P, ALPHA, SIZES, learner, 4000, 1)
    assert standard_errors(expected_error(P, ALPHA, SIZES, 5, strategy), mean, error) < 5


@pytest.mark.theorem("recurrence")
def test_every_covariance_matrix_is_that_of_one_sample_times_the_error():
    def outer(estimates, p):
        return np.einsum("ri,rj->rij", estimates - p, estimates - p)

    one = np.diag(P) - np.outer(P, P)
    plan = np.array(ALPHA), np.array(SIZES)
    for strategy in (Replace(), Aggregate(), Average(), Filter(0.7, 0.4, union=True), Weigh(0.3)):
        (band,) = simulate(P, ALPHA, SIZES, 5, strategy, watch=[outer], repeats=20_000, rng=2)
        expected = strategy.errors(*plan)[:, None, None] * one
        assert standard_errors(expected, band.mean, band.error) < 5


@pytest.mark.theorem("fixed-point")
@given(st.floats(0.01, 1), st.integers(1, 1000), st.floats(0, 1))
def test_errors_settle_at_the_fixed_point_and_its_price_is_bounded(alpha, n, start):
    error, limit = start, 1 / effective_size(alpha, n)
    for _ in range(3000):
        error = 1 / n + (1 - 1 / n) * (1 - alpha) ** 2 * error
    assert error == pytest.approx(limit, rel=1e-9)
    assert price(alpha, n) == pytest.approx(n * error, rel=1e-9)
    bound = 1 / (alpha * (2 - alpha))
    assert price(alpha, n) <= bound * (1 + 1e-12)
    assert price(alpha) == pytest.approx(bound)
    slack = 1 + (1 - alpha) ** 2 / (n * alpha * (2 - alpha))  # how loose the bound is, exactly
    assert bound / price(alpha, n) == pytest.approx(slack)


@pytest.mark.theorem("improvement")
@given(st.floats(0, 1), st.integers(1, 1000), st.floats(1e-3, 1))
def test_an_error_moves_towards_the_fixed_point_and_never_past_it(alpha, n, error):
    after, limit = next_error(error, alpha, n), 1 / effective_size(alpha, n)
    assert min(error, limit) - 1e-12 <= after <= max(error, limit) + 1e-12
    gain = error * (1 - (1 - 1 / n) * (1 - alpha) ** 2) - 1 / n
    assume(abs(gain) > 1e-12)
    assert (after < error) == (gain > 0)


@pytest.mark.theorem("improvement")
@given(st.floats(1, 1e4), st.floats(0.01, 1))
def test_the_least_size_that_improves_is_least(effective, alpha):
    n = least_size(effective, alpha)
    assert next_error(1 / effective, alpha, n) < 1 / effective * (1 + 1e-12)
    if n > 1:
        assert next_error(1 / effective, alpha, n - 1) >= 1 / effective * (1 - 1e-12)
    fresh = alpha * (n - 1)  # what holding still costs: between half and all of what one has
    assert (effective - 1) / 2 - 1 <= fresh <= effective


@pytest.mark.theorem("consistency")
@given(plans)
def test_the_first_error_is_forgotten_only_through_fresh_data(plan):
    alpha, n = plan
    errors = Replace().errors(alpha, n)
    for t in range(1, len(n)):
        assert errors[t] >= (1 - alpha[t]) ** 2 * errors[t - 1] - 1e-15
        assert errors[t] >= 1 / n[t] - 1e-15
    memory = [prod((1 - alpha[s + 1 :]) ** 2) / n[s] for s in range(len(n))]
    assert errors[-1] <= sum(memory) + 1e-12


@pytest.mark.theorem("consistency")
def test_fresh_data_may_fail_now_and_then_and_the_truth_is_still_recovered():
    """The condition n_t alpha_t -> infinity is sufficient, not necessary."""
    T = 3000
    alpha = [0.0 if t % 2 else 0.5 for t in range(T + 1)]
    errors = expected_error(P, alpha, lambda t: max(t, 1), T)
    assert errors[-1] < 5e-3 * errors[1]
    rare = expected_error(P, lambda t: t**-2.0, lambda t: 10 + t**2, T)
    kept = np.cumprod([(1 - t**-2.0) ** 2 for t in range(2, T + 1)])
    assert np.all(rare[2:] >= rare[1] * kept) and kept[-1] > 0.25


@pytest.mark.theorem("phase-diagram")
@pytest.mark.parametrize(
    ("c", "a", "size", "b", "phase"),
    [
        (0.5, 0.5, 5, 0.9, Phase.RECOVERY),
        (0.5, 0.5, 5, 0.5, Phase.STALL),
        (0.5, 0.9, 5, 0.1, Phase.COLLAPSE),
        (0.3, 0, 50, 0.5, Phase.RECOVERY),
        (0.3, 0, 50, 0, Phase.STALL),
        (0.4, 1, 5, 1.4, Phase.RECOVERY),
        (0.4, 1, 5, 2.5, Phase.RECOVERY),
        (0.4, 1, 5, 1, Phase.STALL),
        (0.4, 1.5, 3, 0.3, Phase.COLLAPSE),
        (0.4, 1.5, 5, 1.5, Phase.FROZEN),
    ],
)
def test_the_phase_diagram_on_both_sides_of_each_boundary(c, a, size, b, phase):
    plan, T = PowerLaw(c, a, size, b), 200_000
    error, path = 1 / size, {}
    for t in range(1, T + 1):
        alpha, n = min(1, c * t**-a), np.ceil(size * t**b)
        error = 1 / n + (1 - 1 / n) * (1 - alpha) ** 2 * error
        path[t] = error
    assert plan.phase is phase
    exponent = log(path[T // 10] / path[T]) / log(10)
    if phase is Phase.RECOVERY:
        assert exponent == pytest.approx(plan.exponent, abs=0.02)
    elif phase is Phase.STALL:
        assert path[T] == pytest.approx(plan.limit, rel=0.02)
    elif phase is Phase.COLLAPSE:
        assert path[T] > 0.98 * plan.limit
    else:
        assert exponent == pytest.approx(0, abs=0.01) and 0.01 < path[T] < 0.99


@pytest.mark.theorem("phase-diagram")
def test_in_the_recovery_phase_the_error_is_the_quasi_steady_one():
    plan, T = PowerLaw(0.5, 0.4, 50, 1), 20_000
    error = Replace().errors(
        np.array([plan.alpha(t) for t in range(T)]), np.array([plan.n(t) for t in range(T)])
    )[-1]
    assert error * 2 * plan.alpha(T) * plan.n(T) == pytest.approx(1, rel=0.02)
    critical = PowerLaw(0.5, 1, 50, 1.5)  # the constant is 1 / n (2 c - b + 1) here
    error = expected_error([0.5, 0.5], critical.alpha, critical.n, T)[-1] / 0.5
    assert error * 50 * sqrt(T) == pytest.approx(2, rel=0.02)


@pytest.mark.theorem("bigram")
def test_each_context_of_a_bigram_model_obeys_the_recurrence_with_random_counts():
    rows, guess = [[0.7, 0.2, 0.1], [0.1, 0.6, 0.3], [0.5, 0.5, 0]], [[0.2, 0.3, 0.5]] * 3
    stationary = np.linalg.matrix_power(rows, 200)[0]
    sizes = [4, 6, 5, 9, 3, 7]
    mean, error = oracles.bigram_loop(rows, stationary.tolist(), ALPHA, sizes, 2, guess, 4000, 4)
    ours = expected_bigram_error(rows, ALPHA, sizes, 5, guess)
    assert standard_errors(ours, mean, error) < 5


@pytest.mark.theorem("recurrence")
def test_the_error_is_the_probability_that_two_draws_have_one_ancestor():
    rng, repeats = np.random.default_rng(8), 20_000
    names = np.arange(SIZES[0]) + np.zeros((repeats, 1), dtype=int)  # every true sample has its own
    for t in range(1, len(SIZES)):
        parents = rng.integers(names.shape[1], size=(repeats, SIZES[t]))
        fresh = rng.random((repeats, SIZES[t])) < ALPHA[t]
        names = np.where(
            fresh, 100 * t + np.arange(SIZES[t]), np.take_along_axis(names, parents, axis=1)
        )
    pairs = rng.integers(SIZES[-1], size=(repeats, 2))
    drawn = np.take_along_axis(names, pairs, axis=1)
    shared = np.mean(drawn[:, 0] == drawn[:, 1])
    expected = Replace().errors(np.array(ALPHA), np.array(SIZES))[-1]
    assert standard_errors(expected, shared, sqrt(shared * (1 - shared) / repeats)) < 5


@pytest.mark.theorem("consistency")
@given(plans)
def test_the_faded_noise_is_small_if_the_error_is(plan):
    alpha, n = plan
    errors, noise = Replace().errors(alpha, n), [1 / n[0]]
    for a, size in zip(alpha[1:], n[1:], strict=True):
        noise.append((1 - a) ** 2 * noise[-1] + 1 / size)
    for s in range(len(n)):
        if np.all(errors[s:-1] <= 0.5):
            faded = noise[s] * np.prod((1 - alpha[s + 1 :]) ** 2)
            assert noise[-1] <= 2 * errors[-1] + faded + 1e-12


@pytest.mark.theorem("consistency")
@pytest.mark.parametrize("fresh", [0.5, 3, 10])
def test_a_constant_number_of_fresh_samples_stalls_the_error(fresh):
    T = 20_000
    shares = np.array([1] + [fresh / (fresh + t**0.6) for t in range(1, T + 1)])
    sizes = np.array([50] + [round(fresh / a) for a in shares[1:]])
    assert shares[1:] @ sizes[1:] == pytest.approx(fresh * T, rel=0.02)
    assert Replace().errors(shares, sizes)[-1] == pytest.approx(1 / (1 + 2 * fresh), rel=0.05)


@pytest.mark.theorem("phase-diagram")
def test_the_error_approaches_collapse_at_the_rate_claimed():
    c, a, n, b, T = 0.5, 0.9, 2, 0.2, 200_000
    error = 1 / n
    for t in range(1, T + 1):
        size, share = np.ceil(n * t**b), c * t**-a
        error = 1 / size + (1 - 1 / size) * (1 - share) ** 2 * error
    assert (1 - error) * t ** (a - b) == pytest.approx(2 * c * n, rel=0.1)


@pytest.mark.theorem("bigram")
@given(st.floats(0.1, 1), st.integers(2, 30), st.floats(0.2, 0.8))
def test_in_the_end_a_context_is_worth_as_if_it_had_its_harmonic_mean_of_samples(alpha, n, first):
    rows = [[0.3, 0.7], [0.3 * first / (1 - first), 1 - 0.3 * first / (1 - first)]]
    assume(rows[1][1] > 0.01)
    pi = np.linalg.matrix_power(rows, 400)[0]
    errors = expected_bigram_error(rows, alpha, n, 2000, guess=[[0.9, 0.1]] * 2)[-1]
    for chance, row, error in zip(pi, rows, errors, strict=True):
        law = [comb(n, m) * chance**m * (1 - chance) ** (n - m) for m in range(n + 1)]
        inverse = sum(law[m] / m for m in range(1, n + 1)) / sum(law[1:])
        worth = 1 + (1 / inverse - 1) * alpha * (2 - alpha)
        assert error == pytest.approx((1 - np.dot(row, row)) / worth, rel=1e-5)


# Chapter 13: aggregate, filter, weigh ------------------------------------------------------


@pytest.mark.theorem("aggregation")
def test_the_recurrence_of_the_union_agrees_with_a_plain_loop():
    mean, error = oracles.loop(P, ALPHA, SIZES, oracles.aggregate, 4000, 1)
    assert standard_errors(expected_error(P, ALPHA, SIZES, 5, Aggregate()), mean, error) < 5


@pytest.mark.theorem("aggregation")
@given(plans)
def test_the_union_at_most_doubles_the_first_error_whatever_the_sizes(plan):
    alpha, n = plan
    errors, totals = Aggregate().errors(alpha, n), list(accumulate(n.tolist()))
    for t in range(len(n)):
        assert errors[t] <= 2 / n[0] - 1 / totals[t] + 1e-12
    kept = np.cumprod(1 - n[1:] / np.array(totals[1:]) ** 2)
    nothing = Aggregate().errors(np.zeros(len(n)), n)
    np.testing.assert_allclose(1 - nothing[1:], (1 - 1 / n[0]) * kept, atol=1e-12)
    assert np.all(errors <= nothing + 1e-12)  # fresh data never hurt


@pytest.mark.theorem("aggregation")
def test_the_union_of_equal_sizes_costs_a_sine_and_single_samples_nearly_double_the_error():
    T, n = 100_000, 25
    errors = Aggregate().errors(np.zeros(T), np.full(T, n))
    limit = 1 - sin(pi / sqrt(n)) / (pi / sqrt(n))
    assert errors[-1] == pytest.approx(limit, rel=1e-4)
    assert n * limit < pi**2 / 6
    polya = Aggregate().errors(np.zeros(T), np.array([n] + [1] * (T - 1)))
    assert polya[-1] == pytest.approx(2 / (n + 1), rel=1e-3)


@pytest.mark.theorem("aggregation")
@pytest.mark.parametrize("alpha", [0.1, 0.3, 0.7, 0.9])
def test_the_union_recovers_the_truth_slowly_when_less_than_half_of_the_data_are_fresh(alpha):
    errors = Aggregate().errors(np.full(100_001, alpha), np.full(100_001, 10))
    exponent = log(errors[10_000] / errors[-1]) / log(10)
    assert exponent == pytest.approx(min(2 * alpha, 1), abs=0.04)
    if alpha > 0.5:
        assert errors[-1] * 10 * 100_000 * (2 * alpha - 1) == pytest.approx(1, rel=0.05)


@pytest.mark.theorem("aggregation")
def test_the_union_never_recovers_if_fresh_data_decay_while_replacing_does():
    plan, T = PowerLaw(0.5, 1, 20, 1.5), 30_000
    union, replaced = (
        expected_error(P, plan.alpha, plan.n, T, strategy) for strategy in (Aggregate(), Replace())
    )
    shares = np.array([plan.alpha(t) for t in range(1, T + 1)])
    sizes = np.array([plan.n(t) for t in range(T + 1)])
    kept = np.cumprod((1 - shares * sizes[1:] / np.cumsum(sizes)[1:]) ** 2)
    assert np.all(union[1:] >= kept * union[0])
    assert union[-1] > 0.99 * union[T // 10]
    assert replaced[-1] < 0.35 * replaced[T // 10]


@pytest.mark.theorem("filtration")
@pytest.mark.parametrize("union", [False, True])
@pytest.mark.parametrize("rates", [(1, 0), (0.7, 0.4), (0.2, 0.1), (0, 0), (0, 1)])
def test_filtering_agrees_with_a_plain_loop(rates, union):
    learner = oracles.detector(*rates, union)
    mean, error = oracles.loop(P, ALPHA, SIZES, learner, 3000, 3)
    ours = expected_error(P, ALPHA, SIZES, 5, Filter(*rates, union))
    assert standard_errors(ours, mean, np.maximum(error, 1e-12)) < 5


@pytest.mark.theorem("filtration")
@given(st.floats(0, 1), st.integers(1, 12), st.integers(1, 20))
def test_a_perfect_detector_with_a_memory_is_worth_what_it_keeps(alpha, n, first):
    error = Filter(union=True).errors(np.array([1] + [alpha] * 3), np.array([first] + [n] * 3))[-1]
    law = [comb(3 * n, m) * alpha**m * (1 - alpha) ** (3 * n - m) for m in range(3 * n + 1)]
    expected = sum(mass / (first + m) for m, mass in enumerate(law))
    assert error == pytest.approx(expected, rel=1e-10)
    assert error >= 1 / (first + 3 * n * alpha) - 1e-12  # Jensen: random counts cost a little


@pytest.mark.theorem("filtration")
@given(st.floats(0.05, 1), st.integers(1, 40), weights, weights)
def test_without_a_memory_no_detector_beats_keeping_everything_in_the_end(alpha, n, tpr, fpr):
    detector = Filter(tpr, fpr)
    assume(detector.kept(alpha)[0] > 0.05)
    plan = np.full(600, alpha), np.full(600, n)
    assert detector.errors(*plan)[-1] >= 1 / effective_size(alpha, n) * (1 - 1e-9)


@pytest.mark.theorem("weighting")
def test_weighing_agrees_with_a_plain_loop():
    alpha, n = [1] + [3 / 8] * 4, [6] + [8] * 4
    mean, error = oracles.weighted_loop(P, 3, 5, 0.55, 6, 4, 8000, 3)
    assert standard_errors(expected_error(P, alpha, n, 4, Weigh(0.55)), mean, error) < 5


@pytest.mark.theorem("best-step")
@pytest.mark.theorem("weighting")
@given(plans, st.lists(weights, min_size=1, max_size=4))
def test_no_other_weights_or_steps_are_better(plan, others):
    best_weight, best_step = Weigh().errors(*plan), Average().errors(*plan)
    for other in others:
        assert np.all(best_weight <= Weigh(other).errors(*plan) + 1e-12)
        assert np.all(best_step <= Average(other).errors(*plan) + 1e-12)
    assert np.all(best_step <= Aggregate().errors(*plan) + 1e-12)
    assert np.all(np.diff(best_step) <= 1e-15)  # it never gets worse


@pytest.mark.theorem("weighting")
def test_the_best_weight_of_equally_many_fresh_samples_is_one_over_the_golden_ratio():
    m = 10**6
    plan = np.full(200, 0.5), np.full(200, 2 * m)
    assert 1 / Weigh().errors(*plan)[-1] == pytest.approx(GOLDEN * m, rel=1e-5)
    assert Weigh().weights(*plan)[-1] == pytest.approx(1 / GOLDEN, rel=1e-5)
    grid = np.linspace(0.3, 0.9, 601)  # the best constant weight, by search
    errors = [Weigh(w).errors(*plan)[-1] for w in grid.tolist()]
    assert grid[np.argmin(errors)] == pytest.approx(1 / GOLDEN, abs=1e-3)
    assert min(errors) * m == pytest.approx(1 / GOLDEN, rel=1e-5)


@pytest.mark.theorem("weighting")
@given(st.integers(1, 200), st.integers(1, 200))
def test_the_effective_size_of_weighing_settles_at_its_fixed_point(m, k):
    plan = np.full(3000, m / (m + k)), np.full(3000, m + k)
    assert 1 / Weigh().errors(*plan)[-1] == pytest.approx(weighted_size(m, k), rel=1e-6)


@pytest.mark.theorem("best-step")
@given(plans)
def test_the_best_step_adds_precisions(plan):
    alpha, n = plan
    steps, sizes = Average().steps(alpha, n), 1 / Average().errors(alpha, n)
    for t in range(1, len(n)):
        if steps[t] < 1:
            gain = n[t] * alpha[t] ** 2 / max(1 - (1 - alpha[t]) ** 2 / sizes[t - 1], 1e-300)
            assert sizes[t] == pytest.approx(sizes[t - 1] + gain, rel=1e-9)


@pytest.mark.theorem("best-step")
@pytest.mark.parametrize(("a", "b"), [(0.5, 0.5), (0.5, 0.2), (0.9, 0.85), (1, 1)])
def test_the_best_step_recovers_where_replacing_does_not(a, b):
    """If and only if b >= 2 a - 1, for a <= 1; the effective size then grows like the sum."""
    plan, T = PowerLaw(0.5, a, 20, b), 30_000
    assert plan.phase in (Phase.STALL, Phase.COLLAPSE)
    sizes = 1 / expected_error([0.5, 0.5], plan.alpha, plan.n, T, Average()) / 2
    gain = sum(plan.n(t) * plan.alpha(t) ** 2 for t in range(T // 10 + 1, T + 1))
    assert sizes[T] - sizes[T // 10] == pytest.approx(gain, rel=0.05)


@pytest.mark.theorem("best-step")
def test_no_step_recovers_once_fresh_data_are_summable():
    plan, T = PowerLaw(0.5, 1.5, 20, 3), 10_000
    errors = Average().errors(
        np.array([plan.alpha(t) for t in range(T)]), np.array([plan.n(t) for t in range(T)])
    )
    kept = np.cumprod([(1 - plan.alpha(t)) ** 2 for t in range(1, T)])
    assert np.all(errors[1:] >= errors[0] * kept * (1 - 1e-9)) and kept[-1] > 0.01


@pytest.mark.theorem("best-step")
def test_the_debiased_estimate_is_unbiased_with_the_variance_claimed():
    p, alpha, n0, n = 0.3, 0.4, 5, 6
    squares = []
    for i in range(n0 + 1):  # given the previous model (i / n0): mean p, whatever it is
        chance = alpha * p + (1 - alpha) * i / n0
        law = [comb(n, j) * chance**j * (1 - chance) ** (n - j) for j in range(n + 1)]
        values = [
            debiased([j / n, 1 - j / n], [i / n0, 1 - i / n0], alpha)[0] for j in range(n + 1)
        ]
        assert np.dot(law, values) == pytest.approx(p)
        mass = comb(n0, i) * p**i * (1 - p) ** (n0 - i)
        squares.append(mass * np.dot(law, (np.array(values) - p) ** 2))
    S = 2 * p * (1 - p)
    claimed = (S - (1 - alpha) ** 2 * S / n0) / (n * alpha**2)
    assert 2 * sum(squares) == pytest.approx(claimed)


@pytest.mark.theorem("best-step")
@pytest.mark.parametrize("recovers", [True, False])
def test_the_best_step_recovers_if_and_only_if_the_sum_of_the_smaller_terms_diverges(recovers):
    """Two kinds of generations alternate; sum a and sum n a^2 diverge in both cases."""
    t = np.arange(1, 20_001)
    odd = t % 2 == 1
    alpha = np.where(odd, 1 / t, 1 / t if recovers else 1.0 / t**2)
    n = np.where(odd, t if recovers else 1, t if recovers else np.minimum(t, 9000) ** 4)
    terms = alpha * np.minimum(1, alpha * n)
    assert alpha[t > 200].sum() > 2 and (n * alpha**2)[t > 200].sum() > 2
    size, sizes = 2.0, []
    for a, m in zip(alpha.tolist(), n.tolist(), strict=True):  # a search for the best step
        steps = np.linspace(0, 1, 101)
        size = 1 / min((1 - steps * a) ** 2 / size + steps**2 / m * (1 - (1 - a) ** 2 / size))
        sizes.append(size)
    ours = 1 / Average().errors(np.append(1, alpha), np.append(2, n))
    assert np.all(ours[1:] >= np.array(sizes) * (1 - 1e-12))
    assert (terms[t > 200].sum() > 2) == recovers
    assert (ours[-1] > 1.5 * ours[200]) == recovers
    assert recovers or ours[-1] < 2 * np.exp(4 * terms.sum())


@pytest.mark.theorem("best-step")
@pytest.mark.parametrize(("belief", "efficiency"), [(0.25, 0.75), (0.6, 0.96), (0.75, 0.75)])
def test_a_wrong_belief_costs_the_square_of_its_relative_error(belief, efficiency):
    """lem-belief, for the true share 0.5."""
    T, n = 200_000, 20
    steps = Average().steps(np.full(T + 1, belief), np.full(T + 1, n))
    error = 1 / n
    for e in steps[1:].tolist():
        error = (1 - e / 2) ** 2 * error + e**2 / n * (1 - error / 4)
    assert 1 / error == pytest.approx(efficiency * n * T / 4, rel=0.02)


@pytest.mark.theorem("filtration")
def test_with_a_memory_a_detector_is_worth_the_fresh_less_the_synthetic_samples_it_keeps():
    rng, alpha, n, T, tpr, fpr = np.random.default_rng(1), 0.3, 20, 100_000, 0.9, 0.1
    fresh, copies = rng.binomial(n, alpha * tpr, T), rng.binomial(n, (1 - alpha) * fpr, T)
    share = alpha * tpr / (alpha * tpr + (1 - alpha) * fpr)
    total, error = n, 1 / n
    for m in (fresh + copies).tolist():  # independent counts have the right mean: that is enough
        total += m
        w = m / total
        error = (1 - w * share) ** 2 * error + m / total**2 * (1 - (1 - share) ** 2 * error)
    assert 1 / (error * T) == pytest.approx(n * (alpha * tpr - (1 - alpha) * fpr), rel=0.02)
    exact = Filter(tpr, fpr, union=True).errors(np.full(2001, alpha), np.full(2001, n))
    assert 1 / (exact[-1] * 2000) == pytest.approx(1 / (error * T), rel=0.05)


@pytest.mark.theorem("aggregation")
@pytest.mark.parametrize("alpha", [0.2, 0.5, 0.8])
def test_the_rates_of_the_union_hold_for_all_bounded_sizes(alpha):
    n = np.random.default_rng(2).integers(1, 30, 200_001)
    errors, totals = Aggregate().errors(np.full(n.size, alpha), n), np.cumsum(n)
    late, last = 20_000, 200_000
    if alpha > 0.5:
        assert errors[last] * totals[last] == pytest.approx(1 / (2 * alpha - 1), rel=0.05)
    elif alpha == 0.5:  # N = M / (ln M + constant)
        slope = errors[last] * totals[last] - errors[late] * totals[late]
        assert slope == pytest.approx(log(totals[last] / totals[late]), rel=0.02)
    else:
        exponent = log(errors[late] / errors[last]) / log(totals[last] / totals[late])
        assert exponent == pytest.approx(2 * alpha, abs=0.02)
