"""Harmonic schedules: exact against rational arithmetic, and bounds that never break."""

from collections import Counter
from fractions import Fraction
from itertools import pairwise
from math import exp, floor, fsum, inf, log, log1p

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dlmbook.curve import InformationCurve
from dlmbook.schedules import HarmonicSchedule
from tests import oracles

ADAPT = ["tc", "dtc", "both"]
VARIANTS = [(adapt, clipped) for adapt in ADAPT for clipped in (True, False)]


@st.composite
def harmonic_schedules(draw, max_length=12, min_length=1):
    length = draw(st.integers(min_length, max_length))
    steps = draw(st.integers(1, length))
    return HarmonicSchedule(length, steps, *draw(st.sampled_from(VARIANTS)))


def references(length, adapt):
    value = {"tc": lambda m: length - m, "dtc": lambda m: m, "both": lambda m: min(m, length - m)}
    return [value[adapt](m) for m in range(1, length)]


def exact_levels(schedule):
    """Levels at each threshold as fractions: 1 / (delta v), cut to 1 or not."""
    if schedule.steps == 1:
        return [Fraction(0)] * (schedule.length - 1)
    mass = [Fraction(1, v) for v in references(schedule.length, schedule.adapt)]
    delta = sum(mass) / (schedule.steps - 1)
    if not schedule.clipped:
        return [x / delta for x in mass]
    if schedule.steps == schedule.length:
        return [Fraction(1)] * (schedule.length - 1)
    for cut in range(schedule.steps - 1):
        delta = sum(sorted(mass)[: len(mass) - cut]) / (schedule.steps - 1 - cut)
        if sum(min(x, delta) for x in mass) == (schedule.steps - 1) * delta:
            return [min(x / delta, Fraction(1)) for x in mass]
    raise AssertionError("no delta solves the equation")


def exact_plan(schedule):
    """Composition for every interval of offsets, by rational arithmetic."""
    totals = [Fraction(0)]
    for x in exact_levels(schedule):
        totals.append(totals[-1] + x)
    cuts = sorted({Fraction(0), Fraction(1), *(-t - floor(-t) for t in totals)})
    plan = Counter()
    for low, high in pairwise(cuts):
        offset = (low + high) / 2
        points = {schedule.length}
        for k in range(1, schedule.steps):
            points.add(min(n for n, t in enumerate(totals) if t >= k - offset))
        points = [0, *sorted(points)]
        plan[tuple(b - a for a, b in pairwise(points))] += high - low
    return plan


@settings(max_examples=300)
@given(harmonic_schedules())
def test_compositions_are_those_of_rational_arithmetic(schedule):
    ours = {sizes: p for p, sizes in schedule.compositions()}
    assert ours == pytest.approx({sizes: float(p) for sizes, p in exact_plan(schedule).items()})


@settings(max_examples=300)
@given(harmonic_schedules(max_length=20))
def test_overshoot_is_exact(schedule):
    plan = [(p, sizes) for sizes, p in exact_plan(schedule).items()]
    expected = [float(o) for o in oracles.overshoot(plan, schedule.length)]
    np.testing.assert_allclose(schedule.overshoot(), expected, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize(("adapt", "clipped"), VARIANTS)
def test_overshoot_of_long_schedules_has_no_cancellation(adapt, clipped):
    length, steps = 4096, 64
    schedule = HarmonicSchedule(length, steps, adapt, clipped)
    levels, overshoot = schedule.intensity.tolist(), schedule.overshoot()
    for m in (1, 2, 7, 100, 1000, 2048, 3000, 4000, 4090, 4095):
        terms, total = [], 0.0
        for j in range(m, length):
            total = fsum(levels[m - 1 : j]) if j < m + 50 else total + levels[j - 1]
            if total >= 1:
                break
            terms.append(1 - total)
        assert overshoot[m - 1] == pytest.approx(fsum(terms), rel=1e-12, abs=1e-15)


@given(harmonic_schedules(max_length=9), st.integers(0, 100))
def test_overshoot_agrees_with_the_listed_compositions(schedule, seed):
    plan = schedule.compositions()
    np.testing.assert_allclose(
        schedule.overshoot(), oracles.overshoot(plan, schedule.length), atol=1e-8
    )
    assert fsum(p for p, _ in plan) == pytest.approx(1)
    sizes = schedule.sample(50, rng=seed)
    assert sizes.shape == (50, schedule.steps)
    assert sizes.dtype == np.int64
    possible = {sizes for _, sizes in plan}
    for row in sizes.tolist():
        trimmed = tuple(s for s in row if s)
        assert trimmed in possible
        assert row == [*trimmed, *[0] * (schedule.steps - len(trimmed))]
    np.testing.assert_array_equal(sizes, schedule.sample(50, rng=seed))


@pytest.mark.parametrize(("adapt", "clipped"), VARIANTS)
def test_samples_have_the_listed_frequencies(adapt, clipped):
    schedule, n = HarmonicSchedule(12, 4, adapt, clipped), 50_000
    counts = Counter(tuple(s for s in row if s) for row in schedule.sample(n, rng=1).tolist())
    for p, sizes in schedule.compositions():
        assert abs(counts[sizes] - n * p) < 5 * (n * p * (1 - p)) ** 0.5 + 1


@given(harmonic_schedules(max_length=60))
def test_clipped_schedules_always_take_exactly_k_steps_and_others_at_most_k(schedule):
    counts = {len(sizes) for _, sizes in schedule.compositions()}
    if schedule.clipped:
        assert counts == {schedule.steps}
    assert max(counts) <= schedule.steps


@given(harmonic_schedules(max_length=60))
def test_intensity_is_the_probability_of_a_breakpoint_if_clipped(schedule):
    intensity = schedule.intensity
    total = 0.0 if schedule.length == 1 else schedule.steps - 1
    assert intensity.sum() == pytest.approx(total)
    chance = np.zeros(schedule.length + 1)
    for p, sizes in schedule.compositions():
        chance[np.cumsum(sizes)] += p
    expected = intensity if schedule.clipped else np.minimum(intensity, 1)
    if schedule.clipped:
        np.testing.assert_allclose(chance[1:-1], expected, atol=1e-8)
    else:  # levels nearer to each other than a mass fall on the same breakpoint
        assert np.all(chance[1:-1] <= expected + 1e-8)


@settings(max_examples=4000)
@given(st.data())
def test_no_law_ever_exceeds_the_bound(data):
    schedule = data.draw(harmonic_schedules(data.draw(st.sampled_from([5, 12, 60, 600, 5000]))))
    length, reference = schedule.length, schedule.reference
    worst = schedule.worst_case(reference)
    assert worst <= schedule.bound * (1 + 1e-11)
    rng = np.random.default_rng(data.draw(st.integers(0, 10**6)))
    w = rng.exponential(size=length - 1) * (rng.random(length - 1) < rng.random())
    curve = InformationCurve.from_increments(w)
    error = schedule.expected_kl(curve)
    slack = 1e-8 * (1 + curve.tc + curve.dtc)
    if length > 1 and schedule.bound < inf:
        target = {"tc": curve.tc, "dtc": curve.dtc, "both": curve.effective}[schedule.adapt]
        assert error <= schedule.bound * target + slack
        if schedule.adapt == "both":
            assert error <= schedule.bound * min(curve.tc, curve.dtc) + slack


@settings(max_examples=500)
@given(harmonic_schedules(max_length=500, min_length=2))
def test_clipping_never_makes_delta_larger(schedule):
    plain = HarmonicSchedule(schedule.length, schedule.steps, schedule.adapt, clipped=False)
    clipped = HarmonicSchedule(schedule.length, schedule.steps, schedule.adapt)
    assert clipped.delta <= plain.delta * (1 + 1e-12)
    assert clipped.bound <= plain.bound * (1 + 1e-12)


@given(st.integers(2, 300), st.data())
def test_constants_are_those_of_the_formulas(length, data):
    steps = data.draw(st.integers(2, length))
    harmonic = fsum(1 / i for i in range(1, length))
    for adapt in ADAPT:
        plain = HarmonicSchedule(length, steps, adapt, clipped=False)
        np.testing.assert_array_equal(plain.reference, references(length, adapt))
        delta = fsum(1 / v for v in references(length, adapt)) / (steps - 1)
        assert plain.delta == pytest.approx(delta)
        if adapt == "tc":
            assert plain.bound == pytest.approx(harmonic / (steps - 1) / 2)
        else:
            assert plain.bound == pytest.approx((exp(delta) - 1 - delta) / delta, rel=1e-8)
        clipped = HarmonicSchedule(length, steps, adapt)
        if steps < length:
            cut = fsum(min(1 / v, clipped.delta) for v in references(length, adapt))
            assert cut == pytest.approx((steps - 1) * clipped.delta)
    both = HarmonicSchedule(length, steps, "both", clipped=False).delta * (steps - 1)
    assert abs(both - 2 * log(length / 2)) < 2


@pytest.mark.parametrize("adapt", ADAPT)
def test_small_delta_keeps_its_digits(adapt):
    schedule = HarmonicSchedule(4000, 3900, adapt)
    delta = schedule.delta
    series = delta / 2 + delta**2 / 6 + delta**3 / 24
    assert schedule.bound == pytest.approx(delta / 2 if adapt == "tc" else series, rel=1e-9)


@pytest.mark.parametrize("adapt", ADAPT)
def test_extreme_numbers_of_steps(adapt):
    for clipped in (True, False):
        once = HarmonicSchedule(6, 1, adapt, clipped)
        assert once.compositions() == [(1.0, (6,))]
        assert once.overshoot().tolist() == [5.0, 4.0, 3.0, 2.0, 1.0]
        assert once.sample(2, rng=0).tolist() == [[6], [6]]
        assert once.delta == once.bound == inf
        single = HarmonicSchedule(1, 1, adapt, clipped)
        assert single.compositions() == [(1.0, (1,))]
        assert single.overshoot().shape == single.reference.shape == (0,)
        assert single.sample(2, rng=0).tolist() == [[1], [1]]
        assert single.bound == single.worst_case(single.reference) == 0
    for length in (2, 3, 7, 100):
        all_steps = HarmonicSchedule(length, length, adapt)
        assert all_steps.compositions() == [(1.0, (1,) * length)]
        assert all_steps.overshoot().tolist() == [0.0] * (length - 1)
        assert np.all(all_steps.sample(20, rng=0) == 1)
        assert all_steps.bound == 0


@pytest.mark.parametrize("length", [64, 1024, 4096])
def test_the_harmonic_sums_of_the_proofs_are_bounded_as_claimed(length):
    H = np.concatenate([[0.0], np.cumsum(1 / np.arange(1.0, length))])
    r = length - 1
    j = np.arange(r + 1)
    assert np.all(H[r] - H[j] >= (r - j) / r - 1e-12)
    for m in (1, 2, length // 2):
        j = np.arange(m, length)
        assert np.all(H[j] - H[m - 1] >= np.log((j + 1) / m) - 1e-12)
    assert H[r] <= 1 + log1p(r)


def test_an_offset_fixes_the_sizes():
    schedule = HarmonicSchedule(30, 5)
    offsets = np.linspace(0, 1, 200, endpoint=False)
    rng = np.random.default_rng(3)
    np.testing.assert_array_equal(schedule.offsets.at(rng.random(9)), schedule.sample(9, rng=3))
    sizes = schedule.offsets.at(offsets)
    assert np.all(sizes.sum(axis=1) == 30)
    first = sizes[:, 0]
    assert np.all(np.diff(first) >= 0), "a larger offset moves all levels up"


@pytest.mark.parametrize(
    ("make", "complaint"),
    [
        (lambda: HarmonicSchedule(4, 5), "steps must be at most length = 4, but are 5"),
        (lambda: HarmonicSchedule(4, 0), "steps must be an integer >= 1"),
        (lambda: HarmonicSchedule(0, 1), "length must be an integer >= 1"),
        (lambda: HarmonicSchedule(4, 2.0), "steps must be an integer"),
        (lambda: HarmonicSchedule(4, 2, "TC"), "adapt must be 'tc', 'dtc' or 'both', but is 'TC'"),
        (lambda: HarmonicSchedule(4, 2, None), "adapt must be"),
        (lambda: HarmonicSchedule(4, 2, np.ones(3)), "adapt must be"),
        (lambda: HarmonicSchedule(4, 2).sample(-1), "n must be an integer >= 0"),
        (
            lambda: HarmonicSchedule(4, 2).offsets.at([1.0]),
            r"offset must be a vector of numbers in \[0, 1",
        ),
        (lambda: HarmonicSchedule(4, 2).offsets.at([np.nan]), "offset must be"),
        (lambda: HarmonicSchedule(4, 2).offsets.at(0.5), "offset must be a vector"),
    ],
)
def test_malformed_requests_are_refused(make, complaint):
    with pytest.raises(ValueError, match=complaint):
        make()
