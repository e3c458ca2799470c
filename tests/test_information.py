"""Entropies and correlations of joint pmfs, against enumeration and against `dit`."""

import dit
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dlmbook.information import (
    check_pmf,
    conditional_entropy,
    dual_total_correlation,
    entropy,
    kl_divergence,
    marginal,
    mutual_information,
    o_information,
    total_correlation,
)
from tests import oracles
from tests.strategies import pmfs, random_pmf

LN2 = np.log(2)
REPETITION = np.array([[[1, 0], [0, 0]], [[0, 0], [0, 1]]]) / 2
PARITY = np.array([[[1, 0], [0, 1]], [[0, 1], [1, 0]]]) / 4


def in_dit(pmf):
    law = oracles.as_dict(pmf)
    return dit.Distribution(list(law), list(law.values()))


@given(pmfs())
def test_entropy_and_both_correlations_agree_with_enumeration(pmf):
    law = oracles.as_dict(pmf)
    assert entropy(pmf) == pytest.approx(oracles.entropy(law, range(pmf.ndim)), abs=1e-12)
    assert total_correlation(pmf) == pytest.approx(oracles.total_correlation(law), abs=1e-12)
    assert dual_total_correlation(pmf) == pytest.approx(
        oracles.dual_total_correlation(law), abs=1e-12
    )


@pytest.mark.parametrize(("length", "vocabulary"), [(2, 2), (2, 5), (3, 3), (5, 2)])
@pytest.mark.parametrize("zeros", [0.0, 0.6])
def test_entropy_and_both_correlations_agree_with_dit(length, vocabulary, zeros):
    pmf = random_pmf(length, vocabulary, seed=length, zeros=zeros)
    other = in_dit(pmf)
    assert entropy(pmf) == pytest.approx(LN2 * dit.shannon.entropy(other), abs=1e-10)
    assert total_correlation(pmf) == pytest.approx(
        LN2 * dit.multivariate.total_correlation(other), abs=1e-10
    )
    assert dual_total_correlation(pmf) == pytest.approx(
        LN2 * dit.multivariate.dual_total_correlation(other), abs=1e-10
    )
    assert o_information(pmf) == pytest.approx(
        LN2 * dit.multivariate.o_information(other), abs=1e-10
    )


def test_repetition_and_parity_swap_their_correlations():
    assert total_correlation(REPETITION) == pytest.approx(2 * LN2)
    assert dual_total_correlation(REPETITION) == pytest.approx(LN2)
    assert total_correlation(PARITY) == pytest.approx(LN2)
    assert dual_total_correlation(PARITY) == pytest.approx(2 * LN2)
    assert o_information(REPETITION) == pytest.approx(LN2)
    assert o_information(PARITY) == pytest.approx(-LN2)


def test_axes_of_different_lengths_are_allowed():
    pmf = np.random.default_rng(0).dirichlet(np.ones(24)).reshape(2, 3, 4)
    law = oracles.as_dict(pmf)
    assert total_correlation(pmf) == pytest.approx(oracles.total_correlation(law))
    assert dual_total_correlation(pmf) == pytest.approx(oracles.dual_total_correlation(law))


def test_one_variable_has_neither_correlation():
    assert total_correlation([0.2, 0.8]) == pytest.approx(0, abs=1e-15)
    assert dual_total_correlation([0.2, 0.8]) == pytest.approx(0, abs=1e-15)


def test_a_point_mass_has_entropy_zero_without_a_sign():
    assert str(entropy([0.0, 1.0])) == "0.0"


@given(pmfs(max_length=4), st.data())
def test_conditional_entropy_and_mutual_information_agree_with_enumeration(pmf, data):
    law = oracles.as_dict(pmf)
    axes = st.sets(st.integers(0, pmf.ndim - 1))
    a, b, c = (data.draw(axes) for _ in range(3))

    def h(*sets):
        return oracles.entropy(law, sorted(set().union(*sets)))

    assert conditional_entropy(pmf, a, b) == pytest.approx(h(a, b) - h(b), abs=1e-12)
    assert mutual_information(pmf, a, b, c) == pytest.approx(
        h(a, c) + h(b, c) - h(a, b, c) - h(c), abs=1e-12
    )


@given(pmfs(max_length=4), st.data())
def test_marginal_agrees_with_enumeration(pmf, data):
    keep = data.draw(st.sets(st.integers(0, pmf.ndim - 1), min_size=1))
    expected = oracles.marginal(oracles.as_dict(pmf), sorted(keep))
    got = marginal(pmf, keep)
    assert got.shape == tuple(pmf.shape[i] for i in sorted(keep))
    for x in np.ndindex(got.shape):
        assert got[x] == pytest.approx(expected.get(x, 0.0), abs=1e-15)


@given(pmfs(), st.data())
def test_divergence_agrees_with_enumeration(p, data):
    weights = st.lists(st.integers(1, 9), min_size=p.size, max_size=p.size)
    q = np.array(data.draw(weights), dtype=float).reshape(p.shape)
    q /= q.sum()
    expected = oracles.divergence(oracles.as_dict(p), oracles.as_dict(q))
    assert kl_divergence(p, q) == pytest.approx(expected, abs=1e-12)


def test_divergence_is_infinite_exactly_where_q_misses_p():
    assert kl_divergence([0.5, 0.5], [1.0, 0.0]) == np.inf
    assert kl_divergence([1.0, 0.0], [1.0, 0.0]) == 0


def test_divergence_from_a_subnormal_probability_is_finite():
    tiny = 5e-324
    assert kl_divergence([0.5, 0.5], [tiny, 1.0]) == pytest.approx(
        -LN2 - 0.5 * np.log(tiny), rel=1e-12
    )


def test_results_are_plain_floats_in_double_precision():
    p = np.array([[0.5, 0.0], [0.25, 0.25]], dtype=np.float32)
    for value in (entropy(p), total_correlation(p), dual_total_correlation(p), kl_divergence(p, p)):
        assert type(value) is float
    assert check_pmf(p).dtype == np.float64


@settings(max_examples=500)
@given(pmfs(), st.data())
def test_every_function_refuses_a_damaged_pmf_and_names_the_damage(pmf, data):
    bad = pmf.copy()
    place = np.unravel_index(data.draw(st.integers(0, bad.size - 1)), bad.shape)
    value, complaint = data.draw(
        st.sampled_from(
            [
                (-0.5, "nonnegative"),
                (-1e-300, "nonnegative"),
                (np.nan, "finite"),
                (np.inf, "finite"),
                (-np.inf, "finite"),
                (bad[place] + 1e-6, "sum to 1"),
                (bad[place] + 1.7e308, "sum to 1"),
            ]
        )
    )
    bad[place] = value
    for function in (entropy, total_correlation, dual_total_correlation, check_pmf, o_information):
        with pytest.raises(ValueError, match=complaint):
            function(bad)
    with pytest.raises(ValueError, match=f"q must .*{complaint}"):
        kl_divergence(pmf, bad)
    with pytest.raises(ValueError, match=f"p must .*{complaint}"):
        kl_divergence(bad, pmf)


@pytest.mark.parametrize(
    "bad",
    [[], 1.0, [[]], "ab", ["0.5", "0.5"], [0.5, [0.5]], [0.5 + 0j, 0.5], [None, 1.0], {"a": 1}],
    ids=repr,
)
def test_what_is_not_an_array_of_numbers_is_refused(bad):
    with pytest.raises(ValueError, match="pmf must"):
        entropy(bad)


def test_a_sum_beyond_the_range_of_floats_is_refused():
    with pytest.raises(ValueError, match="sum to 1"):
        entropy([1.7e308, 1.7e308])


def test_pmfs_of_different_shapes_are_not_compared():
    with pytest.raises(ValueError, match=r"one shape.*\(2,\).*\(1, 2\)"):
        kl_divergence([0.5, 0.5], [[0.5, 0.5]])


@pytest.mark.parametrize("axis", [-1, 2, 10])
def test_axes_that_do_not_exist_are_refused(axis):
    pmf = np.full((2, 2), 0.25)
    with pytest.raises(ValueError, match=r"axes must lie in 0\.\.1"):
        marginal(pmf, [axis])
    with pytest.raises(ValueError, match=r"axes must lie in 0\.\.1"):
        mutual_information(pmf, [0], [1], given=[axis])


def test_small_rounding_of_the_sum_is_accepted_and_not_renormalized():
    p = np.array([0.5, 0.5 + 1e-9])
    assert check_pmf(p).tolist() == p.tolist()
