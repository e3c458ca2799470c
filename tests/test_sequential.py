"""The sequential schedule: against the recursion of its derivation, in rational arithmetic."""

from collections import Counter
from fractions import Fraction
from itertools import accumulate
from math import comb, fsum

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dlmbook.curve import InformationCurve
from dlmbook.schedules import SequentialSchedule, sequential_constants
from tests import oracles

LONGEST = 13


def derived(length):
    """Constants c[k, l] and weights p[k][r] of leaving r tokens, as first derived, not simplified.

    p equalizes the worst case over thresholds, given the constants of one iteration less.
    """
    c = {(1, n): Fraction(int(n > 1)) for n in range(1, length + 1)}
    weights = {1: {0: Fraction(1)}}
    for k in range(2, length + 1):
        c |= {(k, n): Fraction(0) for n in range(1, min(k, length) + 1)}
        p, total, area = {k - 1: Fraction(1)}, {k - 1: Fraction(1)}, {k - 1: Fraction(0)}
        area[k] = Fraction(1)
        for r in range(k, length):
            p[r] = (area[r] / r - area[r - 1] / (r - 1)) / c[k - 1, r]
            total[r] = total[r - 1] + p[r]
            area[r + 1] = area[r] + total[r]
        for n in range(k + 1, length + 1):
            c[k, n] = area[n - 1] / ((n - 1) * total[n - 1])
        weights[k] = p
    return c, weights


CONSTANTS, WEIGHTS = derived(40)


def derived_plan(left, k):
    """All compositions with their probabilities."""
    if left == 0:
        return {(): Fraction(1)}
    chances = {r: p for r, p in WEIGHTS[k].items() if r < left}
    whole = sum(chances.values())
    return {
        (left - r, *rest): p / whole * q
        for r, p in chances.items()
        for rest, q in derived_plan(r, k - 1).items()
    }


@st.composite
def states(draw, longest=LONGEST):
    length = draw(st.integers(1, longest))
    return length, draw(st.integers(1, length))


def test_constants_are_those_of_the_derivation():
    table = sequential_constants(40, 40)
    for (k, n), value in CONSTANTS.items():
        assert table[k - 1, n - 1] == pytest.approx(float(value), rel=1e-13)


def test_two_steps_have_a_closed_form():
    harmonic = np.cumsum(1 / np.arange(1.0, 4096))
    np.testing.assert_allclose(sequential_constants(4096, 2)[1, 1:], 1 - 1 / harmonic, atol=1e-13)


@given(states(20))
def test_two_steps_leave_r_tokens_with_probability_proportional_to_1_over_r(state):
    length = max(state[0], 2)
    chances = SequentialSchedule(length, 2).next_size(length, 2)
    expected = np.array([1 / (length - s) if s < length else 0.0 for s in range(1, length + 1)])
    np.testing.assert_allclose(chances, expected / expected.sum(), atol=1e-14)


def test_constants_fall_with_more_iterations_and_grow_with_the_length():
    table = sequential_constants(300, 40)
    assert table.shape == (40, 300)
    assert np.all(np.diff(table, axis=0) <= 0)
    assert np.all(np.diff(table, axis=1) >= 0)
    assert np.all((table >= 0) & (table <= 1))


@pytest.mark.parametrize(
    ("length", "steps", "least"),
    [
        *[(8, k, c) for k, c in ((2, 0.6143), (3, 0.3429), (4, 0.2025), (6, 0.0714))],
        *[(16, k, c) for k, c in ((2, 0.6986), (3, 0.4588), (4, 0.3123), (6, 0.1647), (8, 0.0948))],
        *[(32, k, c) for k, c in ((2, 0.7517), (3, 0.5388), (8, 0.1558), (16, 0.0458))],
    ],
)
def test_two_steps_are_minimax_and_more_are_within_a_factor_of_1_6(length, steps, least):
    bound = SequentialSchedule(length, steps).bound
    if steps == 2:
        assert bound == pytest.approx(least, abs=5e-5)
    else:
        assert least < bound < 1.6 * least


@settings(max_examples=50)
@given(states(11))
def test_compositions_are_those_of_the_derivation(state):
    ours = {sizes: p for p, sizes in SequentialSchedule(*state).compositions()}
    assert ours == pytest.approx({s: float(p) for s, p in derived_plan(*state).items()}, rel=1e-11)
    assert len(ours) == comb(state[0] - 1, state[1] - 1)
    assert fsum(ours.values()) == pytest.approx(1)


@settings(max_examples=50)
@given(states(11))
def test_the_overshoot_is_the_same_multiple_of_the_tokens_left_at_every_threshold(state):
    length, steps = state
    plan = [(p, sizes) for sizes, p in derived_plan(*state).items()]
    exact = [
        sum(p * (min(n for n in accumulate(sizes) if n >= m) - m) for p, sizes in plan)
        for m in range(1, length)
    ]
    assert exact == [CONSTANTS[steps, length] * (length - m) for m in range(1, length)]
    schedule = SequentialSchedule(*state)
    np.testing.assert_allclose(schedule.overshoot(), np.array(exact, dtype=float), rtol=1e-12)
    np.testing.assert_allclose(
        schedule.overshoot(), oracles.overshoot(schedule.compositions(), length), atol=1e-12
    )


@settings(max_examples=30)
@given(states(10), st.data())
def test_the_promise_holds_from_every_intermediate_state(state, data):
    schedule = SequentialSchedule(*state)
    plan = schedule.compositions()
    _, sizes = data.draw(st.sampled_from(plan))
    done = data.draw(st.integers(0, len(sizes) - 1))
    prefix, left = sizes[:done], schedule.length - sum(sizes[:done])
    rest = [(p, s[done:]) for p, s in plan if s[:done] == prefix]
    reached = fsum(p for p, _ in rest)
    overshoot = np.array(oracles.overshoot([(p / reached, s) for p, s in rest], left))
    c = float(CONSTANTS[schedule.steps - done, left])
    np.testing.assert_allclose(overshoot, c * np.arange(left - 1, 0, -1), atol=1e-11)
    later = SequentialSchedule(left, schedule.steps - done)
    np.testing.assert_allclose(
        schedule.next_size(left, schedule.steps - done), later.next_size(left, later.steps)
    )


@settings(max_examples=2000)
@given(st.integers(1, 400), st.data())
def test_the_error_is_the_bound_times_tc_for_every_law(length, data):
    schedule = SequentialSchedule(length, data.draw(st.integers(1, length)))
    rng = np.random.default_rng(data.draw(st.integers(0, 10**6)))
    w = rng.exponential(size=length - 1) * (rng.random(length - 1) < rng.random())
    curve = InformationCurve.from_increments(w)
    error = schedule.expected_kl(curve)
    assert error == pytest.approx(schedule.bound * curve.tc, rel=1e-9, abs=1e-7)


@pytest.mark.parametrize(("length", "steps"), [(9, 3), (200, 7), (1000, 40), (1000, 900)])
def test_sampled_overshoots_have_the_stated_mean(length, steps):
    schedule, n = SequentialSchedule(length, steps), 4000
    sizes = schedule.sample(n, rng=2)
    assert sizes.shape == (n, steps)
    assert sizes.dtype == np.int64
    assert sizes.min() >= 1
    points = np.cumsum(sizes, axis=1)
    assert np.all(points[:, -1] == length)
    for m in {1, 2, length // 2, length - 2, length - 1}:
        over = np.where(points >= m, points, length).min(axis=1) - m
        error = over.std() / n**0.5
        assert abs(over.mean() - schedule.overshoot()[m - 1]) < 5 * error + 1e-9


def test_samples_have_the_listed_frequencies():
    schedule, n = SequentialSchedule(9, 4), 50_000
    counts = Counter(map(tuple, schedule.sample(n, rng=1).tolist()))
    for p, sizes in schedule.compositions():
        assert abs(counts[sizes] - n * p) < 5 * (n * p * (1 - p)) ** 0.5 + 1
    np.testing.assert_array_equal(schedule.sample(9, rng=5), schedule.sample(9, rng=5))


@given(st.integers(1, 300), st.data())
def test_probabilities_of_the_next_size_sum_to_one(length, data):
    steps = data.draw(st.integers(1, length))
    left, iterations = data.draw(st.integers(1, length)), data.draw(st.integers(1, steps))
    chances = SequentialSchedule(length, steps).next_size(left, iterations)
    assert chances.shape == (left,)
    assert chances.sum() == pytest.approx(1)
    assert np.all(chances >= 0)
    if left <= iterations:
        assert chances[0] == 1


def test_extreme_numbers_of_steps():
    for length in (1, 2, 7, 2000):
        assert SequentialSchedule(length, 1).compositions() == [(1.0, (length,))]
        every = SequentialSchedule(length, length)
        assert every.bound == 0
        assert np.all(every.sample(3, rng=0) == 1)
    assert SequentialSchedule(6, 6).compositions() == [(1.0, (1,) * 6)]
    assert SequentialSchedule(6, 1).bound == 1
    assert SequentialSchedule(1, 1).overshoot().shape == (0,)
    assert SequentialSchedule(5, 2).sample(0).shape == (0, 2)


@pytest.mark.parametrize(
    ("make", "complaint"),
    [
        (lambda: SequentialSchedule(4, 5), "steps must be at most length = 4, but are 5"),
        (lambda: SequentialSchedule(4, 0), "steps must be an integer >= 1"),
        (lambda: SequentialSchedule(True, 1), "length must be an integer"),
        (lambda: SequentialSchedule(4, 2).sample(-1), "n must be an integer >= 0"),
        (lambda: SequentialSchedule(4, 2).next_size(5, 1), "left must be at most length = 4"),
        (lambda: SequentialSchedule(4, 2).next_size(4, 3), "iterations must be at most 2"),
        (lambda: SequentialSchedule(4, 2).next_size(0, 1), "left must be an integer >= 1"),
        (lambda: SequentialSchedule(64, 32).compositions(), "too many to list"),
        (lambda: sequential_constants(0, 1), "length must be an integer >= 1"),
        (lambda: sequential_constants(3, 0), "steps must be an integer >= 1"),
    ],
)
def test_malformed_requests_are_refused(make, complaint):
    with pytest.raises(ValueError, match=complaint):
        make()
