"""Schedules: sizes that add up, overshoots against enumeration."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dlmbook.curve import InformationCurve
from dlmbook.schedules import (
    FixedSchedule,
    MixtureSchedule,
    cosine,
    from_breakpoints,
    geometric,
    uniform,
)
from tests import oracles
from tests.strategies import compositions, schedules

lengths = st.integers(1, 12)
FAMILIES = [
    uniform,
    cosine,
    geometric,
    lambda length, steps: geometric(length, steps, growing=True),
]


@given(lengths.flatmap(schedules))
def test_overshoot_agrees_with_its_definition(schedule):
    expected = oracles.overshoot(schedule.compositions(), schedule.length)
    np.testing.assert_allclose(schedule.overshoot(), expected, atol=1e-12)
    assert schedule.overshoot().dtype == np.float64


@given(lengths.flatmap(schedules), st.integers(0, 1000))
def test_sampled_sizes_are_compositions_of_positive_probability(schedule, seed):
    sizes = schedule.sample(20, rng=seed)
    assert sizes.shape == (20, schedule.steps)
    assert sizes.dtype == np.int64
    possible = {c for _, c in schedule.compositions()}
    for row in sizes.tolist():
        trimmed = tuple(s for s in row if s)
        assert trimmed in possible
        assert row == [*trimmed, *[0] * (schedule.steps - len(trimmed))]
    np.testing.assert_array_equal(sizes, schedule.sample(20, rng=seed))
    assert schedule.sample(0).shape == (0, schedule.steps)


@given(lengths.flatmap(schedules))
def test_compositions_are_distinct_and_have_total_probability_one(schedule):
    plan = schedule.compositions()
    assert sum(p for p, _ in plan) == pytest.approx(1)
    assert all(p > 0 for p, _ in plan)
    assert len({sizes for _, sizes in plan}) == len(plan)
    assert all(sum(sizes) == schedule.length for _, sizes in plan)
    assert max(len(sizes) for _, sizes in plan) <= schedule.steps


def test_a_mixture_draws_its_parts_with_their_weights():
    coin = MixtureSchedule([FixedSchedule((1, 3)), FixedSchedule((4,))], [0.3, 0.7])
    n = 20000
    counts = Counter(map(tuple, coin.sample(n, rng=0).tolist()))
    assert set(counts) == {(1, 3), (4, 0)}
    assert abs(counts[1, 3] - 0.3 * n) < 5 * np.sqrt(0.21 * n)


def test_mixtures_may_be_nested():
    inner = MixtureSchedule([FixedSchedule((1, 2)), FixedSchedule((2, 1))], [0.5, 0.5])
    outer = MixtureSchedule([inner, FixedSchedule((1, 2))], [0.5, 0.5])
    assert {c: p for p, c in outer.compositions()} == {(1, 2): 0.75, (2, 1): 0.25}
    np.testing.assert_allclose(outer.overshoot(), oracles.overshoot(outer.compositions(), 3))


def test_one_token_at_a_time_never_overshoots_and_all_at_once_always_does():
    assert uniform(6, 6).overshoot().tolist() == [0.0] * 5
    assert uniform(6, 1).overshoot().tolist() == [5.0, 4.0, 3.0, 2.0, 1.0]
    assert uniform(1, 1).overshoot().tolist() == []


@pytest.mark.parametrize("family", FAMILIES)
@given(st.integers(1, 300), st.data())
def test_every_family_has_exactly_k_positive_sizes(family, length, data):
    steps = data.draw(st.integers(1, length))
    schedule = family(length, steps)
    assert schedule.length == length
    assert schedule.steps == steps
    assert min(schedule.sizes) >= 1
    assert schedule.breakpoints.tolist() == np.cumsum(schedule.sizes).tolist()


@given(st.integers(1, 300), st.data())
def test_uniform_sizes_differ_by_at_most_one(length, data):
    sizes = uniform(length, data.draw(st.integers(1, length))).sizes
    assert max(sizes) - min(sizes) <= 1


def test_families_follow_their_formulas_where_there_is_room():
    length, steps = 100_000, 16
    k = np.arange(1, steps + 1)
    masked = 1 - cosine(length, steps).breakpoints / length
    np.testing.assert_allclose(masked, np.cos(np.pi * k / (2 * steps)), atol=1e-5)
    left = length - geometric(length, steps).breakpoints
    np.testing.assert_allclose(left + 1, (length + 1.0) ** (1 - k / steps), atol=0.51)
    mirror = geometric(length, steps, growing=True).sizes
    assert mirror == geometric(length, steps).sizes[::-1]


@given(st.lists(st.floats(-5, 60), min_size=1, max_size=12).map(sorted), st.integers(12, 50))
def test_rounded_breakpoints_are_distinct_and_near_where_there_is_room(targets, length):
    schedule = from_breakpoints(targets, length)
    points = schedule.breakpoints
    assert points[-1] == length
    assert np.all(np.diff(points) >= 1)
    assert points[0] >= 1
    spread = np.diff([0, *targets, length])
    if spread.min() >= 1.01:
        np.testing.assert_allclose(points[:-1], targets[:-1], atol=0.501)


def test_huge_targets_are_cut_to_the_length():
    assert from_breakpoints([-1e300, 2.0, 1e300, 1e300], 6).sizes == (1, 1, 3, 1)


@given(st.integers(2, 10).flatmap(schedules), st.data())
def test_worst_case_is_attained_by_a_step_curve_and_never_exceeded(schedule, data):
    length = schedule.length
    m = np.arange(1, length)
    for reference in (length - m, m, np.minimum(m, length - m)):
        worst = schedule.worst_case(reference)
        ratios = []
        for k in range(1, length):
            curve = InformationCurve.from_increments(np.eye(length - 1)[k - 1])
            ratios.append(schedule.expected_kl(curve) / reference[k - 1])
        assert worst == pytest.approx(max(ratios), abs=1e-12)
        w = np.array(data.draw(st.lists(st.floats(0, 5), min_size=length - 1, max_size=length - 1)))
        cost = schedule.expected_kl(InformationCurve.from_increments(w))
        assert cost <= worst * (w @ reference) + 1e-9
    assert uniform(1, 1).worst_case([]) == 0


@settings(max_examples=1000)
@given(st.lists(st.integers(-3, 6), max_size=6))
def test_sizes_that_are_not_positive_are_refused(sizes):
    if sizes and min(sizes) > 0:
        assert FixedSchedule(sizes).length == sum(sizes)
        assert FixedSchedule(np.array(sizes)).sizes == tuple(sizes)
    else:
        with pytest.raises(ValueError, match=r"every size must be an integer >= 1|not be empty"):
            FixedSchedule(sizes)


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize(
    ("length", "steps", "complaint"),
    [
        (4, 5, "steps must be at most length = 4, but are 5"),
        (4, 0, "steps must be an integer >= 1"),
        (4, -1, "steps must be an integer >= 1"),
        (0, 1, "length must be an integer >= 1"),
        (4, 2.0, "steps must be an integer"),
        (4.0, 2, "length must be an integer"),
        (True, 1, "length must be an integer"),
        ("4", 2, "length must be an integer"),
    ],
)
def test_families_refuse_impossible_lengths_and_steps(family, length, steps, complaint):
    with pytest.raises(ValueError, match=complaint):
        family(length, steps)


@pytest.mark.parametrize(
    ("make", "complaint"),
    [
        (lambda: FixedSchedule((2.0, 1)), "every size must be an integer"),
        (lambda: FixedSchedule((True, 1)), "every size must be an integer"),
        (lambda: FixedSchedule(["2"]), "every size must be an integer"),
        (lambda: MixtureSchedule([uniform(4, 2)], [0.5, 0.5]), "1 schedules need as many weights"),
        (lambda: MixtureSchedule([uniform(4, 2)] * 2, [0.5, 0.6]), "weights must sum to 1"),
        (lambda: MixtureSchedule([uniform(4, 2)] * 2, [1.5, -0.5]), "weights must be nonnegative"),
        (lambda: MixtureSchedule([uniform(4, 2), uniform(5, 2)], [0.5, 0.5]), "one length"),
        (lambda: MixtureSchedule([], []), "weights must have at least one entry"),
        (lambda: from_breakpoints([2.0, 1.0], 4), "nondecreasing"),
        (lambda: from_breakpoints([np.nan], 4), "finite"),
        (lambda: from_breakpoints([[1.0]], 4), "vector"),
        (lambda: from_breakpoints([1.0, 2.0, 3.0], 2), "steps must be at most length = 2"),
        (lambda: from_breakpoints([], 2), "steps must be an integer >= 1"),
        (lambda: from_breakpoints(["a"], 2), "targets must be"),
        (lambda: uniform(4, 2).sample(-1), "n must be an integer >= 0"),
        (lambda: MixtureSchedule([uniform(4, 2)], [1.0]).sample(1.5), "n must be an integer"),
        (lambda: uniform(4, 2).worst_case([1.0, 1.0]), "reference must be 3 positive numbers"),
        (lambda: uniform(4, 2).worst_case([1.0, 0.0, 1.0]), "reference must be 3 positive"),
        (lambda: uniform(4, 2).worst_case([1.0, np.nan, 1.0]), "reference must be 3 positive"),
        (
            lambda: uniform(4, 2).expected_kl(InformationCurve([0.0, 1.0, 2.0])),
            "curve has length 2, but the schedule reveals 4",
        ),
    ],
)
def test_malformed_schedules_and_questions_are_refused(make, complaint):
    with pytest.raises(ValueError, match=complaint):
        make()


@given(st.integers(2, 8).flatmap(lambda n: st.tuples(compositions(n), compositions(n))))
def test_a_finer_schedule_never_overshoots_further(pair):
    coarse, other = (FixedSchedule(sizes) for sizes in pair)
    points = sorted({*coarse.breakpoints.tolist(), *other.breakpoints.tolist()})
    finer = FixedSchedule(np.diff([0, *points]))
    assert np.all(finer.overshoot() <= coarse.overshoot())
