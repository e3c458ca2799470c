"""The masked loss of a denoiser, against the curve of the law it is tested on."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dlmbook.curve import InformationCurve
from dlmbook.estimation import CurveEstimate, estimate_curve, masked_loss
from dlmbook.laws import (
    MASK,
    DenseLaw,
    DirichletMultinomialLaw,
    IndependentLaw,
    repetition,
    words,
)
from dlmbook.sampling import denoiser_error, excess_loss
from dlmbook.schedules import FixedSchedule, uniform
from tests.strategies import random_pmf


def test_loss_of_the_exact_denoiser_estimates_the_curve():
    law = DenseLaw(random_pmf(4, 3, seed=0))
    loss = masked_loss(law.conditionals, law.sample(20_000, rng=1), rng=2)
    curve = InformationCurve.of(law)
    assert np.all(np.abs(loss.mean - curve.D) < 5 * loss.error)
    assert abs(loss.negative_elbo - curve.h[-1]) < 5 * loss.negative_elbo_error
    assert loss.negative_elbo == pytest.approx(loss.mean.sum())


def test_standard_errors_are_the_spread_over_independent_repetitions():
    law = DirichletMultinomialLaw([0.5, 1.0], 5)
    repeats = [masked_loss(law.conditionals, law.sample(50, rng=k), rng=k) for k in range(400)]
    spread = np.std([r.mean for r in repeats], axis=0, ddof=1)
    stated = np.sqrt(np.mean([r.error**2 for r in repeats], axis=0))
    np.testing.assert_allclose(stated, spread, rtol=5 * np.sqrt(0.5 / 400) + 0.03)
    total = np.std([r.negative_elbo for r in repeats], ddof=1)
    stated = np.sqrt(np.mean([r.negative_elbo_error**2 for r in repeats]))
    assert stated == pytest.approx(total, rel=5 * np.sqrt(0.5 / 400) + 0.03)


def test_loss_of_a_constant_denoiser_needs_no_sampling():
    pmf = np.array([0.25, 0.75])
    tokens = np.array([[0, 1, 1], [1, 0, 1]])
    loss = masked_loss(lambda t: np.tile(pmf, (*t.shape, 1)), tokens, rng=0)
    first = -(np.log(0.25) + 2 * np.log(0.75)) / 3
    assert loss.mean[0] == pytest.approx(first)
    assert loss.error[0] == pytest.approx(0, abs=1e-15)
    assert loss.mean.shape == loss.error.shape == (3,)


def test_words_give_the_curve_of_words():
    law = words(5)
    loss = masked_loss(law.conditionals, law.sample(400, rng=0), rng=0)
    curve = InformationCurve.of(law)
    assert np.all(np.abs(loss.mean - curve.D) < 5 * loss.error)


def test_what_is_excluded_and_happens_costs_infinity_and_never_nan():
    loss = masked_loss(lambda t: np.eye(2)[np.zeros(t.shape, int)], [[0, 1], [0, 0]], rng=0)
    assert loss.mean[0] == loss.negative_elbo == np.inf
    assert loss.error[0] == loss.negative_elbo_error == np.inf
    assert not np.isnan(loss.mean).any()


def test_the_denoiser_sees_j_revealed_tokens_of_each_sequence_and_only_those():
    asked = []
    law = IndependentLaw(np.full((4, 3), 1 / 3))

    def denoiser(tokens):
        asked.append(tokens)
        return law.conditionals(tokens)

    tokens = law.sample(6, rng=0)
    masked_loss(denoiser, tokens, rng=0)
    assert len(asked) == 4
    for j, context in enumerate(asked):
        assert np.all((context != MASK).sum(axis=1) == j)
        assert np.all((context == MASK) | (context == tokens))


def test_the_same_seed_gives_the_same_loss_and_the_tokens_are_left_alone():
    law = repetition(3)
    for dtype in (np.int64, np.int8, np.uint8):
        tokens = law.sample(10, rng=0).astype(dtype)
        before = tokens.copy()
        first = masked_loss(law.conditionals, tokens, rng=5)
        np.testing.assert_array_equal(first.mean, masked_loss(law.conditionals, tokens, rng=5).mean)
        np.testing.assert_array_equal(tokens, before)


@pytest.mark.parametrize(
    ("tokens", "complaint"),
    [
        ([[0, 1]], "at least two sequences"),
        ([0, 1], "at least two sequences"),
        (np.empty((0, 3), int), "at least two sequences"),
        (np.empty((3, 0), int), "at least two sequences"),
        ([[0, MASK], [0, 1]], "complete: integers"),
        ([[0.0, 1.0], [0.0, 1.0]], "complete: integers"),
        ([["a", "b"], ["a", "b"]], "complete: integers"),
        ([[0, 1], [0, 2]], "token 2 is unknown to a denoiser of q = 2"),
    ],
)
def test_held_out_tokens_that_are_not_complete_sequences_are_refused(tokens, complaint):
    with pytest.raises(ValueError, match=complaint):
        masked_loss(lambda t: np.full((*t.shape, 2), 0.5), tokens, rng=0)


@settings(max_examples=300)
@given(
    st.sampled_from([np.nan, np.inf, -0.2, 0.9]),
    st.integers(0, 2),
    st.integers(0, 2),
    st.integers(0, 1),
)
def test_a_denoiser_with_a_damaged_row_is_refused(value, row, column, token):
    def broken(tokens):
        answer = np.full((*tokens.shape, 2), 0.5)
        answer[row, column, token] = value
        return answer

    with pytest.raises(ValueError, match="denoiser must return pmfs"):
        masked_loss(broken, np.zeros((3, 3), int), rng=0)


def test_a_denoiser_of_wrong_shape_is_refused():
    with pytest.raises(ValueError, match="denoiser must return shape"):
        masked_loss(lambda t: t, np.zeros((3, 3), int), rng=0)


# Curve estimates ---------------------------------------------------------------------------


def test_standard_errors_of_tc_dtc_and_prices_are_the_spread_of_the_estimates():
    law = DirichletMultinomialLaw([0.5, 1.0], 6)
    curve, schedule = InformationCurve.of(law), FixedSchedule((1, 2, 3))
    rows = []
    for seed in range(400):
        estimate = estimate_curve(law.conditionals, law.sample(40, rng=seed), rng=seed)
        rows.append([estimate.tc, estimate.dtc, estimate.expected_kl(schedule)])
    values, errors = np.array(rows).transpose(2, 0, 1)  # (400, 3) each
    truth = np.array([curve.tc, curve.dtc, schedule.expected_kl(curve)])
    spread = values.std(axis=0, ddof=1)
    assert np.all(np.abs(values.mean(axis=0) - truth) < 4 * spread / 20)  # no bias
    np.testing.assert_allclose(np.sqrt((errors**2).mean(axis=0)), spread, rtol=0.2)


def test_estimate_and_masked_loss_are_one_measurement():
    law = words(4)
    tokens = law.sample(100, rng=0)
    estimate = estimate_curve(law.conditionals, tokens, rng=3)
    loss = masked_loss(law.conditionals, tokens, rng=3)
    np.testing.assert_allclose(estimate.loss, loss.mean)
    np.testing.assert_allclose(estimate.Z, loss.mean[0] - loss.mean)
    value, _ = estimate.tc
    assert value == pytest.approx(4 * loss.mean[0] - loss.negative_elbo)


def test_a_learned_denoiser_is_priced_with_what_its_errors_add():
    law = DenseLaw(random_pmf(4, 2, seed=1))
    guess = DenseLaw(random_pmf(4, 2, seed=2))
    estimate = estimate_curve(guess.conditionals, law.sample(20_000, rng=0), rng=1)
    curve, single = InformationCurve.of(law), uniform(4, 4)
    gap = excess_loss(law, guess.conditionals)
    for sizes in [(4,), (2, 2), (1, 3), (3, 1), (1, 1, 1, 1)]:
        schedule = FixedSchedule(sizes)
        added = schedule.expected_kl(curve)
        added += denoiser_error(schedule, gap) - denoiser_error(single, gap)
        value, error = estimate.expected_kl(schedule)
        assert abs(value - added) <= 5 * error + 1e-12


def test_two_schedules_are_compared_sequence_by_sequence():
    law = DenseLaw(random_pmf(4, 2, seed=1))
    estimate = estimate_curve(law.conditionals, law.sample(300, rng=0), rng=1)
    a, b = FixedSchedule((1, 3)), FixedSchedule((2, 2))
    value, error = estimate.expected_kl(a, than=b)
    assert value == pytest.approx(estimate.expected_kl(a)[0] - estimate.expected_kl(b)[0])
    bills = [
        sum(s * estimate.charges[:, j] for s, j in [(1, 0), (3, 1)]),
        sum(s * estimate.charges[:, j] for s, j in [(2, 0), (2, 2)]),
    ]
    difference = bills[0] - bills[1]
    assert error == pytest.approx(np.std(difference, ddof=1) / np.sqrt(300))
    with pytest.raises(ValueError, match="4 tokens"):
        estimate.expected_kl(a, than=uniform(5, 2))


@given(st.lists(st.floats(0, 5), min_size=2, max_size=12), st.integers(0, 10**6))
def test_the_monotone_curve_is_never_farther_from_a_law_than_the_raw_losses(loss, seed):
    estimate = CurveEstimate([loss, loss])
    D = estimate.curve.D
    assert np.all(np.diff(D) <= 1e-9)
    rng = np.random.default_rng(seed)
    truth = np.sort(rng.uniform(0, 5, len(loss)))[::-1]
    assert (D - truth).max() <= (loss - truth).max() + 1e-9
    assert (D - truth).min() >= (loss - truth).min() - 1e-9


def test_levels_are_joined_by_straight_lines_and_are_all_that_is_asked():
    law, asked = repetition(7), []

    def denoiser(tokens):
        asked.append(int((tokens[0] != MASK).sum()))
        return law.conditionals(tokens)

    tokens = law.sample(5, rng=0)
    estimate = estimate_curve(denoiser, tokens, rng=0, levels=[0, 4, 6])
    assert asked == [0, 4, 6]
    np.testing.assert_allclose(estimate.loss / np.log(2), [1, 0.75, 0.5, 0.25, 0, 0, 0])
    every = estimate_curve(law.conditionals, tokens, rng=0)
    all_levels = estimate_curve(law.conditionals, tokens, rng=0, levels=range(7))
    np.testing.assert_array_equal(every.charges, all_levels.charges)


@pytest.mark.parametrize(
    ("make", "complaint"),
    [
        (lambda: CurveEstimate([[1.0, 0.5]]), "n at least 2"),
        (lambda: CurveEstimate([1.0, 0.5]), "n at least 2"),
        (lambda: CurveEstimate([[1.0, -0.5], [1.0, 0.5]]), "finite and nonnegative"),
        (lambda: CurveEstimate([[1.0, np.inf], [1.0, 0.5]]), "finite and nonnegative"),
        (lambda: CurveEstimate(np.ones((2, 3))).expected_kl(uniform(4, 2)), "have 3 tokens"),
        (lambda: _estimate([0, 1]), "from 0 to L - 1 = 2"),
        (lambda: _estimate([1, 2]), "from 0 to L - 1 = 2"),
        (lambda: _estimate([0, 1, 1, 2]), "from 0 to L - 1 = 2"),
        (lambda: _estimate([0.0, 2.0]), "from 0 to L - 1 = 2"),
        (lambda: _estimate([]), "from 0 to L - 1 = 2"),
        (
            lambda: estimate_curve(
                lambda t: np.eye(2)[np.zeros(t.shape, int)], [[0, 1], [0, 0]], rng=0
            ),
            "probability zero to a held-out token",
        ),
    ],
)
def test_malformed_estimates_are_refused(make, complaint):
    with pytest.raises(ValueError, match=complaint):
        make()


def _estimate(levels):
    law = repetition(3)
    return estimate_curve(law.conditionals, law.sample(4, rng=0), rng=0, levels=levels)
