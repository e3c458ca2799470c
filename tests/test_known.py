"""Schedules for partial knowledge: square roots, two numbers, insurance."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlmbook.curve import InformationCurve
from dlmbook.laws import repetition
from dlmbook.schedules import (
    FixedSchedule,
    HarmonicSchedule,
    insured_schedule,
    oracle_schedule,
    square_root_schedule,
    tc_dtc_schedule,
    uniform,
)
from tests.strategies import compositions


@given(st.lists(st.floats(0, 5), min_size=0, max_size=40), st.data())
def test_square_root_sizes_are_sizes_whatever_the_curve(w, data):
    curve = InformationCurve.from_increments(w)
    steps = data.draw(st.integers(1, curve.length))
    schedule = square_root_schedule(curve, steps)
    assert schedule.steps == steps
    assert schedule.length == curve.length


def test_a_straight_curve_gets_equal_sizes_and_a_step_its_stop():
    straight = InformationCurve.from_increments(np.ones(63))
    assert max(square_root_schedule(straight, 8).sizes) <= 9
    assert min(square_root_schedule(straight, 8).sizes) >= 7
    flat = InformationCurve.from_increments(np.zeros(63))
    assert square_root_schedule(flat, 8) == uniform(64, 8)
    step = InformationCurve.from_increments(np.eye(63)[20])
    assert 21 in square_root_schedule(step, 5).breakpoints


def test_the_promise_of_two_numbers_lies_between_the_oracle_and_each_single_number():
    for w in (np.arange(1.0, 40), np.arange(40.0, 1, -1), np.eye(39)[10]):
        curve = InformationCurve.from_increments(w)
        for steps in (1, 4, 9, 40):
            game = tc_dtc_schedule(40, steps, curve.tc, curve.dtc)
            assert game.schedule.steps <= steps
            paid = game.schedule.expected_kl(curve)
            assert oracle_schedule(curve, steps).expected_kl(curve) <= paid + 1e-9
            assert paid <= game.value + 1e-9
            for adapt, number in (("tc", curve.tc), ("dtc", curve.dtc)):
                assert game.value <= HarmonicSchedule(40, steps, adapt).bound * number + 1e-9


@given(st.integers(2, 30), st.data())
def test_insurance_costs_no_more_than_either_part_at_any_threshold(length, data):
    fixed = FixedSchedule(data.draw(compositions(length)))
    steps = data.draw(st.integers(fixed.steps, length))
    adapt = data.draw(st.sampled_from(["tc", "dtc", "both"]))
    insured = insured_schedule(fixed, steps, adapt)
    assert insured.steps <= steps
    assert all(set(fixed.breakpoints) <= set(np.cumsum(row)) for row in insured.sample(20, rng=0))
    o = insured.overshoot()
    assert np.all(o <= fixed.overshoot() + 1e-9)
    assert np.all(o <= HarmonicSchedule(length, steps - fixed.steps + 1, adapt).overshoot() + 1e-9)


@pytest.mark.parametrize(
    ("make", "complaint"),
    [
        (lambda: square_root_schedule(np.ones(3), 2), "curve must be an InformationCurve"),
        (
            lambda: square_root_schedule(InformationCurve.of(repetition(3)), 4),
            "at most length = 3",
        ),
        (lambda: tc_dtc_schedule(8, 2, 0.0, 1.0), "tc must be positive and finite"),
        (lambda: tc_dtc_schedule(8, 2, 1.0, np.inf), "dtc must be positive and finite"),
        (lambda: tc_dtc_schedule(8, 9, 1.0, 1.0), "steps must be at most length = 8"),
        (lambda: insured_schedule(uniform(8, 4), 3), "steps must be at least the 4"),
        (lambda: insured_schedule(uniform(8, 4), 9), "steps must be at most length = 8"),
    ],
)
def test_malformed_requests_are_refused(make, complaint):
    with pytest.raises(ValueError, match=complaint):
        make()


def test_only_fixed_sizes_are_insured():
    with pytest.raises(ValueError, match="FixedSchedule, not HarmonicSchedule"):
        insured_schedule(HarmonicSchedule(8, 3, "both"), 5)
