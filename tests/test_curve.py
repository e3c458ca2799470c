"""The information curve and the two correlations in its box."""

from itertools import combinations
from statistics import fmean

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dlmbook.curve import InformationCurve
from dlmbook.laws import DenseLaw, IndependentLaw, MDSCode
from tests import oracles
from tests.strategies import pmfs

increments = st.lists(st.floats(0, 10), max_size=12)


def conditional_entropies(law, length):
    """Mean of H(X_i | X_S) over all sets S of j positions and i outside, for each j."""
    return [
        fmean(
            oracles.entropy(law, (*s, i)) - oracles.entropy(law, s)
            for s in combinations(range(length), j)
            for i in range(length)
            if i not in s
        )
        for j in range(length)
    ]


@given(pmfs())
def test_every_quantity_of_the_curve_agrees_with_enumeration(pmf):
    law, length = oracles.as_dict(pmf), pmf.ndim
    curve = InformationCurve.of(DenseLaw(pmf))
    D = np.array(conditional_entropies(law, length))
    assert curve.length == length
    np.testing.assert_allclose(curve.D, D, atol=1e-11)
    np.testing.assert_allclose(curve.Z, D[0] - D, atol=1e-11)
    np.testing.assert_allclose(curve.w, np.diff(D[0] - D), atol=1e-11)
    assert curve.tc == pytest.approx(oracles.total_correlation(law), abs=1e-11)
    assert curve.dtc == pytest.approx(oracles.dual_total_correlation(law), abs=1e-11)
    effective = sum(w * min(m, length - m) for m, w in enumerate(curve.w, start=1))
    assert curve.effective == pytest.approx(effective, abs=1e-11)


@given(pmfs())
def test_effective_correlation_is_at_most_both_correlations(pmf):
    curve = InformationCurve.of(DenseLaw(pmf))
    assert -1e-11 <= curve.effective <= min(curve.tc, curve.dtc) + 1e-11


@given(increments, st.floats(0, 5))
def test_a_curve_has_the_increments_it_was_made_from(w, extra):
    curve = InformationCurve.from_increments(w, first=sum(w) + extra)
    np.testing.assert_allclose(curve.w, w, atol=1e-9)
    assert curve.D[0] == pytest.approx(sum(w) + extra)
    assert curve.Z[0] == 0
    assert InformationCurve.from_increments(w).D[-1] == pytest.approx(0, abs=1e-9)


def test_one_token_has_a_flat_curve():
    curve = InformationCurve.of(IndependentLaw([[0.5, 0.5]]))
    assert curve.length == 1
    assert (curve.tc, curve.dtc, curve.effective) == (0, 0, 0)
    assert curve.Z.tolist() == [0]
    assert curve.w.size == 0


def test_a_curve_keeps_its_own_copy_that_nobody_can_change():
    h = np.array([0.0, 1.0, 1.5])
    curve = InformationCurve(h)
    h[1] = 7
    assert curve.h.tolist() == [0, 1, 1.5]
    with pytest.raises(ValueError, match="read-only"):
        curve.h[1] = 7
    with pytest.raises(AttributeError):
        curve.h = h


def test_every_law_has_a_curve_that_passes_the_checks_in_spite_of_rounding():
    for length in (2, 3, 50, 997):
        for k in {1, 2, length - 1, length}:
            if k in (1, length - 1, length) or length == 997:
                law = MDSCode(length, k, 997)
                assert InformationCurve.of(law).w.min(initial=0) >= -1e-9


@settings(max_examples=500)
@given(pmfs(min_length=2), st.data())
def test_a_damaged_profile_is_refused_and_the_damage_named(pmf, data):
    h = DenseLaw(pmf).profile()
    j = data.draw(st.integers(1, len(h) - 1))
    for place, value, complaint in [
        (0, 1e-6, r"h\[0\] = 0"),
        (j, np.nan, "finite"),
        (j, np.inf, "finite"),
        (j, h[j - 1] - 1e-6, "must not decrease"),
        (-1, h[-1] + 2, "Han's inequality"),  # more than one token of q <= 4 values can hold
    ]:
        bad = h.copy()
        bad[place] = value
        with pytest.raises(ValueError, match=complaint):
            InformationCurve(bad)


@pytest.mark.parametrize(
    ("h", "complaint"),
    [
        ([0.0], "vector of length"),
        (0.0, "vector of length"),
        ([[0.0, 1.0]], "vector of length"),
        ([], "vector of length"),
        (["a", "b"], "profile h must be an array of real numbers"),
        ([0.1, 1.0], r"h\[0\] = 0"),
        ([0.0, 1.0, 0.9], r"must not decrease, but h\[2\] - h\[1\] is -0.1"),
        ([0.0, 1.0, 1.5, 2.5], "D rises from 0.5 to 1 at j = 2"),
    ],
)
def test_what_is_not_a_profile_is_refused(h, complaint):
    with pytest.raises(ValueError, match=complaint):
        InformationCurve(h)


@pytest.mark.parametrize("bad", [[-1e-9], [np.nan], [np.inf], [[1.0]], 1.0, ["x"]], ids=repr)
def test_bad_increments_are_refused(bad):
    with pytest.raises(ValueError, match="increments w must"):
        InformationCurve.from_increments(bad)


def test_a_first_entropy_below_the_height_of_the_curve_is_refused():
    with pytest.raises(ValueError, match="must not decrease"):
        InformationCurve.from_increments([1.0, 1.0], first=1.5)
    with pytest.raises(ValueError, match="finite"):
        InformationCurve.from_increments([1.0], first=np.nan)
