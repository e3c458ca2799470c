"""Families fit and sample what they say, and the loop mixes what it should."""

import subprocess
import sys

import numpy as np
import pytest
from scipy import stats
from scipy.special import expit

from dlmbook.contamination import Replace, smoothed_errors
from dlmbook.families import (
    Gaussian,
    GaussianModel,
    KernelDensity,
    LinearModel,
    LinearRegression,
    LogisticModel,
    LogisticRegression,
    Mixture,
    MixtureModel,
    NGram,
    NGramModel,
    OneMean,
    Rows,
    ScipyModel,
    generations,
    simulate_family,
)
from dlmbook.laws import MarkovLaw

BELL = GaussianModel([0.0], [[1.0]])


class Recorder:
    """A family that keeps its data, and whose models write its own generation's number."""

    def __init__(self):
        self.seen = []

    def fit(self, data, rng=None):
        self.seen.append(np.array(data))
        return Constant(len(self.seen))


class Constant:
    def __init__(self, value):
        self.value = value

    def sample(self, n, rng=None):
        return np.full(n, self.value)


def test_each_generation_sees_the_truth_and_its_predecessor_alone():
    family = Recorder()
    plan = {"alpha": [1, 0.5, 0, 1], "n": [4, 1000, 7, 9], "generations": 3, "rng": 0}
    models = list(generations(family, Constant(0), **plan))
    assert [model.value for model in models] == [1, 2, 3, 4]
    first, mixed, old, fresh = family.seen
    assert first.tolist() == [0] * 4 and fresh.tolist() == [0] * 9
    assert old.tolist() == [2] * 7
    assert set(mixed) == {0, 1} and abs(np.mean(mixed == 0) - 0.5) < 0.1
    assert np.abs(np.diff(mixed)).sum() > 100  # shuffled


def test_aggregation_fits_the_union_of_all_data():
    family = Recorder()
    list(generations(family, Constant(0), 0.5, [3, 4, 5], 2, rng=0, aggregate=True))
    assert [len(data) for data in family.seen] == [3, 7, 12]
    np.testing.assert_array_equal(family.seen[2][:7], family.seen[1])


def test_the_same_seed_gives_the_same_loop_and_repeats_differ():
    plan = {
        "alpha": 0.3,
        "n": 10,
        "generations": 3,
        "watch": [lambda m: m.mean],
        "repeats": 3,
        "keep": True,
    }
    (one,) = simulate_family(Gaussian(), BELL, **plan, rng=5)
    (two,) = simulate_family(Gaussian(), BELL, **plan, rng=5)
    np.testing.assert_array_equal(one.values, two.values)
    assert one.values.shape == (4, 3, 1) and len(np.unique(one.values)) == 12
    solo = next(generations(Gaussian(), BELL, 0.3, 10, 0, np.random.default_rng(5).spawn(3)[0]))
    assert solo.mean[0] == one.values[0, 0, 0]


@pytest.mark.parametrize(("alpha", "n"), [(1.5, 10), (0.5, 0), ([1, 0.5], 10)])
def test_an_impossible_plan_is_refused_before_the_first_generation(alpha, n):
    with pytest.raises(ValueError, match=r"must (lie|be)"):
        generations(Gaussian(), BELL, alpha, n, 3)


def test_the_aggregated_bell_curve_errs_like_an_aggregated_table():
    watch = [lambda m: m.mean[0] ** 2]
    plan = {"watch": watch, "repeats": 3000, "rng": 1, "aggregate": True}
    (band,) = simulate_family(Gaussian(), BELL, 0.0, 5, 3, **plan)
    r, n, total = [1 / 5], 5, 5
    for _ in range(3):
        total += n
        e = n / total
        r.append(r[-1] + e**2 / n * (1 - r[-1]))
    assert np.all(np.abs(band.mean - r) < 5 * band.error)


def test_gaussians_have_their_moments_in_several_dimensions():
    covariance = np.array([[2.0, 0.6], [0.6, 0.5]])
    points = GaussianModel([1.0, -1.0], covariance).sample(40_000, rng=2)
    model = Gaussian(bias=False).fit(points)
    np.testing.assert_allclose(model.mean, [1, -1], atol=0.03)
    np.testing.assert_allclose(model.covariance, np.cov(points.T), rtol=1e-12)
    np.testing.assert_allclose(model.covariance, covariance, atol=0.05)
    flat = GaussianModel([0.0, 0.0], [[1.0, 1.0], [1.0, 1.0]]).sample(5, rng=0)  # singular
    np.testing.assert_allclose(flat[:, 0], flat[:, 1])


def test_a_law_of_scipy_is_a_truth():
    data = ScipyModel(stats.laplace(3)).sample(20_000, rng=3)
    assert data.shape == (20_000, 1)
    assert data.mean() == pytest.approx(3, abs=0.05) and data.var() == pytest.approx(2, abs=0.1)


def test_em_finds_a_mixture_again():
    truth = MixtureModel([0.3, 0.7], [[-3.0], [2.0]], [[[1.0]], [[0.25]]])
    model = Mixture(2).fit(truth.sample(20_000, rng=4), rng=5)
    order = np.argsort(model.means[:, 0])
    np.testing.assert_allclose(model.weights[order], truth.weights, atol=0.02)
    np.testing.assert_allclose(model.means[order], truth.means, atol=0.05)
    np.testing.assert_allclose(model.covariances[order], truth.covariances, atol=0.05)
    grid = np.linspace(-10, 8, 4001)
    assert truth.density(grid[:, None]).sum() * (grid[1] - grid[0]) == pytest.approx(1, abs=1e-6)


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        (lambda: MixtureModel([0.5, 0.6], [[0.0], [1.0]], np.ones((2, 1, 1))), "pmf"),
        (lambda: MixtureModel([0.5, 0.5], [[0.0], [1.0]], np.ones((2, 1))), "shapes"),
        (lambda: GaussianModel([0.0], [1.0]), "shapes"),
        (lambda: Gaussian(bias=False).fit(np.ones((1, 1))), "number of points"),
        (lambda: KernelDensity(0.0), "bandwidth"),
        (lambda: NGram(0), "vocabulary"),
        (lambda: NGram(2, smoothing=-1), "smoothing"),
        (lambda: NGram(2).fit(np.array([[0, 2]])), "0..1"),
        (lambda: Mixture(0), "components"),
    ],
)
def test_bad_input_is_refused_in_words(bad, message):
    with pytest.raises(ValueError, match=message):
        bad()


def test_a_kernel_density_adds_its_own_variance():
    points = np.array([[0.0], [4.0]])
    model = KernelDensity(0.5).fit(points)
    assert model.sample(40_000, rng=6).var() == pytest.approx(4.25, rel=0.02)
    grid = np.linspace(-5, 9, 2001)
    weights = model.density(grid) * (grid[1] - grid[0])
    assert weights.sum() == pytest.approx(1)
    assert weights @ (grid - 2) ** 2 == pytest.approx(4.25)


def test_regressions_find_their_coefficients_again():
    design = Rows(np.column_stack([np.ones(50), np.linspace(-2, 2, 50)]))
    line = LinearModel(np.array([1.0, -2.0]), 0.25, design)
    model = LinearRegression(design).fit(line.sample(20_000, rng=7))
    np.testing.assert_allclose(model.coefficients, [1, -2], atol=0.02)
    assert model.variance == pytest.approx(0.25, rel=0.05)
    curve = LogisticModel(np.array([0.5, 1.5]), design)
    rows = curve.sample(20_000, rng=8)
    fit = LogisticRegression(design).fit(rows)
    gradient = rows[:, :2].T @ (rows[:, 2] - expit(rows[:, :2] @ fit.coefficients))
    np.testing.assert_allclose(gradient / len(rows), 0, atol=1e-4)
    np.testing.assert_allclose(fit.coefficients, [0.5, 1.5], atol=0.1)


def test_penalties_are_those_of_the_docstrings():
    design = Rows(np.column_stack([np.ones(50), np.linspace(-2, 2, 50)]))
    rows = LinearModel(np.array([1.0, -2.0]), 0.25, design).sample(30, rng=9)
    x, y = rows[:, :2], rows[:, 2]
    beta = LinearRegression(design, ridge=3).fit(rows).coefficients
    np.testing.assert_allclose(x.T @ (y - x @ beta), 3 * beta)
    rows = LogisticModel(np.array([0.5, 1.5]), design).sample(200, rng=9)
    beta = LogisticRegression(design, ridge=3).fit(rows).coefficients
    gradient = rows[:, :2].T @ (rows[:, 2] - expit(rows[:, :2] @ beta))
    np.testing.assert_allclose(gradient, 3 * beta, atol=0.02)


def test_n_grams_learn_a_markov_chain_and_its_beginning():
    law = MarkovLaw([[0.8, 0.2, 0.0], [0.1, 0.6, 0.3], [0.5, 0.0, 0.5]], length=4)
    texts = law.sample(40_000, rng=10)
    model = NGram(3, order=1).fit(texts)
    np.testing.assert_allclose(model.rows[:3], law.transition, atol=0.02)
    np.testing.assert_allclose(model.rows[3], law.stationary, atol=0.02)
    again = model.sample(40_000, rng=11)
    pairs = np.bincount(again[:, 2] * 3 + again[:, 3], minlength=9) / 40_000
    exact = (law.stationary[:, None] * law.transition).ravel()
    np.testing.assert_allclose(pairs, exact, atol=0.02)
    np.testing.assert_array_equal(model.predict(texts[:5])[:, 1], model.rows[texts[:5, 0]])


def test_the_second_order_looks_two_tokens_back():
    model = NGram(2, order=2).fit(np.array([[0, 1, 1, 0], [1, 1, 0, 0]]))
    text = np.array([[0, 1, 1, 0]])
    expected = [[0.5, 0.5], [0, 1], [0, 1], [1, 0]]
    np.testing.assert_allclose(model.predict(text)[0], expected)


def test_the_zeroth_order_with_pseudo_counts_is_a_table():
    data = np.array([[0], [0], [2]])
    rows = NGram(3, order=0, smoothing=1.5).fit(data).rows
    np.testing.assert_allclose(rows, [[2.5 / 4.5, 0.5 / 4.5, 1.5 / 4.5]])
    p = np.array([0.6, 0.3, 0.1])
    watch = [lambda m: np.sum((m.rows[0] - p) ** 2)]
    plan = {"watch": watch, "repeats": 1500, "rng": 12}
    (band,) = simulate_family(NGram(3, 0, 4.0), NGramModel(p[None], 0, 1), 0.3, 12, 4, **plan)
    exact = sum(smoothed_errors(p, 0.3, 12, 4, 4.0))
    assert np.all(np.abs(band.mean - exact) < 5 * band.error)


def test_a_law_of_the_book_is_a_truth():
    law = MarkovLaw([[0.9, 0.1], [0.4, 0.6]], length=2)
    watch = [lambda m: np.sum((m.rows[2] - law.stationary) ** 2)]  # first tokens: a table
    (band,) = simulate_family(NGram(2), law, 0.2, 10, 3, watch=watch, repeats=1500, rng=13)
    S = 1 - law.stationary @ law.stationary
    exact = S * Replace().errors(np.full(4, 0.2), np.full(4, 10))
    assert np.all(np.abs(band.mean - exact) < 5 * band.error)


def test_one_mean_reads_its_statistic():
    family = OneMean(lambda m, n, rng: rng.normal(0, np.sqrt(m), n), statistic=np.square)
    assert family.fit(np.array([1.0, -3.0])).mean == 5
    assert family.fit(np.array([1.0, -3.0])).sample(20_000, rng=14).var() == pytest.approx(5, 0.05)


def test_data_of_the_wrong_kind_are_refused_with_a_reason():
    family = OneMean(lambda m, n, rng: rng.poisson(m, n))
    with pytest.raises(ValueError, match=r"shape \(n,\), but have shape \(2, 1\)"):
        family.fit(np.ones((2, 1)))
    design = Rows([[1.0]])
    with pytest.raises(ValueError, match="both answers must occur, but all 3 are 1"):
        LogisticRegression(design).fit(np.ones((3, 2)))
    with pytest.raises(ValueError, match=r"rows must have shape \(n, d \+ 1\)"):
        LogisticRegression(design).fit(np.ones((3, 1)))


def test_families_need_neither_torch_nor_scikit_learn_to_be_imported():
    code = "import sys, dlmbook.families; print('torch' in sys.modules, 'sklearn' in sys.modules)"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.split() == ["False", "False"]
