"""The oracle schedule: against all compositions, and against a plain dynamic program."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dlmbook.curve import InformationCurve
from dlmbook.laws import MDSCode, words
from dlmbook.schedules import (
    HarmonicSchedule,
    SequentialSchedule,
    chen_cong_li_within,
    cosine,
    geometric,
    oracle_schedule,
    uniform,
)
from tests import oracles


@st.composite
def curves(draw, max_length=11, min_length=1):
    """Curves with flat pieces, jumps and ties."""
    length = draw(st.integers(min_length, max_length))
    whole = st.integers(0, 3).map(float)
    step = draw(st.sampled_from([whole, st.floats(0, 5)]))
    return InformationCurve.from_increments(
        draw(st.lists(step, min_size=length - 1, max_size=length - 1))
    )


def area_missed(Z, sizes):
    """Left Riemann-sum error, term by term."""
    total, start = 0.0, 0
    for size in sizes:
        total += sum(Z[j] - Z[start] for j in range(start, start + size))
        start += size
    return total


def plain_program(Z, steps):
    """Least error of exactly K steps by the textbook recursion, O(K L^2)."""
    length = Z.size
    S = np.concatenate([[0.0], np.cumsum(Z)])
    n = np.arange(length + 1)
    cost = S[None, :] - S[:-1, None] - (n[None, :] - n[:-1, None]) * Z[:, None]  # (n, n')
    cost[n[None, :] <= n[:-1, None]] = np.inf
    best = np.concatenate([[0.0], np.full(length, np.inf)])
    for _ in range(steps):
        best = np.min(best[:-1, None] + cost, axis=0)
    return best[-1]


@settings(max_examples=400)
@given(curves(), st.data())
def test_no_composition_does_better(curve, data):
    steps = data.draw(st.integers(1, curve.length))
    schedule = oracle_schedule(curve, steps)
    assert schedule.steps == steps
    assert schedule.length == curve.length
    Z = curve.Z.tolist()
    best = min(
        area_missed(Z, sizes)
        for sizes in oracles.all_compositions(curve.length)
        if len(sizes) <= steps
    )
    assert area_missed(Z, schedule.sizes) == pytest.approx(best, abs=1e-9)
    assert schedule.expected_kl(curve) == pytest.approx(best, abs=1e-9)


@settings(max_examples=200)
@given(st.integers(1, 120), st.integers(0, 10**6), st.data())
def test_the_plain_dynamic_program_agrees(length, seed, data):
    rng = np.random.default_rng(seed)
    w = rng.exponential(size=length - 1) ** 3 * (rng.random(length - 1) < rng.random())
    curve = InformationCurve.from_increments(w)
    steps = data.draw(st.integers(1, length))
    error = oracle_schedule(curve, steps).expected_kl(curve)
    assert error == pytest.approx(plain_program(curve.Z, steps), rel=1e-9, abs=1e-9 * curve.tc)


@given(curves(max_length=60, min_length=2), st.data())
def test_no_schedule_that_does_not_know_the_curve_does_better(curve, data):
    length = curve.length
    steps = data.draw(st.integers(1, length))
    best = oracle_schedule(curve, steps).expected_kl(curve)
    others = [family(length, steps) for family in (uniform, cosine, geometric, chen_cong_li_within)]
    others += [HarmonicSchedule(length, steps, adapt) for adapt in ("tc", "dtc", "both")]
    others.append(SequentialSchedule(length, steps))
    assert all(best <= other.expected_kl(curve) + 1e-8 for other in others)


@given(curves(max_length=40, min_length=2))
def test_more_steps_never_hurt_and_as_many_steps_as_tokens_cost_nothing(curve):
    errors = [
        oracle_schedule(curve, steps).expected_kl(curve) for steps in range(1, curve.length + 1)
    ]
    assert np.all(np.diff(errors) <= 1e-9)
    assert errors[0] == pytest.approx(curve.tc, abs=1e-9)
    assert errors[-1] == 0


@given(st.integers(2, 200), st.data())
def test_thresholds_of_a_few_steps_are_found_exactly(length, data):
    steps = data.draw(st.sets(st.integers(1, length - 1), min_size=1, max_size=6))
    w = np.zeros(length - 1)
    w[np.array(sorted(steps)) - 1] = 1.0
    schedule = oracle_schedule(InformationCurve.from_increments(w), len(steps) + 1)
    assert schedule.breakpoints.tolist() == [*sorted(steps), length]


def test_codes_and_words():
    code = InformationCurve.of(MDSCode(8, 3, 11))
    assert oracle_schedule(code, 2).sizes == (3, 5)
    curve = InformationCurve.of(words(5))
    best = min(
        area_missed(curve.Z.tolist(), sizes)
        for sizes in oracles.all_compositions(5)
        if len(sizes) == 3
    )
    assert oracle_schedule(curve, 3).expected_kl(curve) == pytest.approx(best)


def test_a_straight_curve_wants_equal_sizes():
    curve = InformationCurve.from_increments(np.ones(4095))
    assert set(oracle_schedule(curve, 64).sizes) == {64}


@pytest.mark.parametrize("length", [1, 2, 3])
def test_the_shortest_sequences(length):
    curve = InformationCurve.from_increments(np.ones(length - 1))
    assert oracle_schedule(curve, 1).sizes == (length,)
    assert oracle_schedule(curve, length).sizes == (1,) * length


@pytest.mark.parametrize(
    ("make", "complaint"),
    [
        (lambda c: oracle_schedule(c, 5), "steps must be at most length = 4, but are 5"),
        (lambda c: oracle_schedule(c, 0), "steps must be an integer >= 1"),
        (lambda c: oracle_schedule(c, 2.0), "steps must be an integer"),
        (lambda c: oracle_schedule(c.w, 2), "curve must be an InformationCurve, not ndarray"),
    ],
)
def test_malformed_requests_are_refused(make, complaint):
    curve = InformationCurve.from_increments([1.0, 2.0, 3.0])
    with pytest.raises(ValueError, match=complaint):
        make(curve)
