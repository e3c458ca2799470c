"""The best fixed guarantee, and the schedule that is careful at both ends."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlmbook.schedules import best_fixed, chen_cong_li, chen_cong_li_within
from tests import oracles

references = st.integers(2, 8).flatmap(
    lambda n: st.lists(st.floats(0.1, 10), min_size=n - 1, max_size=n - 1)
)


def worst(sizes, reference):
    o = oracles.overshoot([(1.0, tuple(sizes))], sum(sizes))
    return max(a / b for a, b in zip(o, reference, strict=True))


@given(references, st.data())
def test_no_composition_promises_more_than_the_best_fixed_sizes(reference, data):
    length = len(reference) + 1
    steps = data.draw(st.integers(1, length))
    found = best_fixed(length, steps, reference)
    assert found.steps <= steps
    rivals = (s for s in oracles.all_compositions(length) if len(s) <= steps)
    least = min(worst(s, reference) for s in rivals)
    assert worst(found.sizes, reference) == pytest.approx(least, abs=1e-9)


@given(st.integers(2, 400), st.integers(2, 40))
def test_growing_then_shrinking_sizes_keep_their_promise_to_both(length, zeta):
    m = np.arange(1, length)
    schedule = chen_cong_li(length, zeta, "both")
    assert schedule.length == length
    assert schedule.worst_case(np.minimum(m, length - m)) <= 1 / (zeta - 1) + 1e-12
    assert schedule.steps <= 2 * zeta * (1 + np.log(-(-length // 2)))


def test_growing_then_shrinking_sizes_stay_within_their_budget():
    for steps in range(2, 40):
        assert chen_cong_li_within(64, steps, "both").steps <= steps
    with pytest.raises(ValueError, match="at least 2 steps"):
        chen_cong_li_within(64, 1, "both")


@pytest.mark.parametrize("bad", [[1.0, 2.0], [1.0, 0.0, 1.0], [1.0, np.nan, 1.0]])
def test_impossible_references_are_refused(bad):
    with pytest.raises(ValueError, match="3 positive numbers"):
        best_fixed(4, 2, bad)
