"""The masked loss of a denoiser, against the curve of the law it is tested on."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dlmbook.curve import InformationCurve
from dlmbook.estimation import masked_loss
from dlmbook.laws import (
    MASK,
    DenseLaw,
    DirichletMultinomialLaw,
    IndependentLaw,
    repetition,
    words,
)
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
