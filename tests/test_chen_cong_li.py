"""Chen, Cong and Li's schedules: their recursion, their guarantee, their number of steps."""

from math import ceil, floor, log

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dlmbook.curve import InformationCurve
from dlmbook.laws import parity
from dlmbook.schedules import chen_cong_li, chen_cong_li_within, largest_zeta


def published_breakpoints(length, zeta):
    """N_i = N_{i-1} + floor((L - N_{i-1}) / zeta), as many steps as published, then single tokens.

    Where a published step reveals nothing it is left out.
    """
    steps = floor(log(length - zeta + 1) / log(1 / (1 - 1 / zeta))) + 2 if length >= zeta else 0
    points = [0]
    for _ in range(steps):
        points.append(points[-1] + floor((length - points[-1]) / zeta))
    points = sorted(set(points))
    return [*points[1:], *range(points[-1] + 1, length + 1)]


@given(st.integers(1, 500), st.integers(2, 60))
def test_sizes_follow_the_published_recursion(length, zeta):
    schedule = chen_cong_li(length, zeta)
    assert schedule.breakpoints.tolist() == published_breakpoints(length, zeta)
    assert chen_cong_li(length, zeta, "dtc").sizes == schedule.sizes[::-1]
    assert list(schedule.sizes) == sorted(schedule.sizes, reverse=True)


@settings(max_examples=2000)
@given(st.integers(1, 3000), st.integers(1, 200))
def test_error_and_number_of_steps_keep_the_guarantee(length, zeta):
    m = np.arange(1, length)
    shrinking = chen_cong_li(length, zeta)
    assert shrinking.steps <= 2 + zeta * (1 + log(length))
    assert shrinking.worst_case(length - m) <= 1 / zeta + 1e-12
    growing = chen_cong_li(length, zeta, "dtc")
    if zeta > 1:
        assert shrinking.worst_case(length - m) <= 1 / (zeta - 1)
        assert growing.worst_case(m) <= 1 / (zeta - 1)


@settings(max_examples=1000)
@given(st.integers(2, 400), st.integers(2, 60), st.integers(0, 10**6))
def test_no_law_exceeds_the_guarantee(length, zeta, seed):
    rng = np.random.default_rng(seed)
    w = rng.exponential(size=length - 1) * (rng.random(length - 1) < rng.random())
    curve = InformationCurve.from_increments(w)
    slack = 1e-8 * (1 + curve.tc + curve.dtc)
    assert chen_cong_li(length, zeta).expected_kl(curve) <= curve.tc / zeta + slack
    assert chen_cong_li(length, zeta, "dtc").expected_kl(curve) <= curve.dtc / (zeta - 1) + slack


def test_the_constants_cannot_be_improved_in_general():
    length = 4096
    m = np.arange(1, length)
    for zeta in (2, 3, 5):
        assert chen_cong_li(length, zeta).worst_case(length - m) > 0.99 / zeta
        assert chen_cong_li(length, zeta, "dtc").worst_case(m) > 0.98 / (zeta - 1)


def test_parity_of_1024_tokens_needs_18_steps_for_an_error_of_one_half():
    curve = InformationCurve.of(parity(1024))
    zeta = 1 + ceil(curve.tc / 0.5)
    schedule = chen_cong_li(1024, zeta)
    assert schedule.steps == 18
    assert schedule.expected_kl(curve) <= 0.5


@given(st.integers(1, 200), st.integers(1, 220))
def test_a_larger_zeta_never_needs_fewer_steps(length, zeta):
    assert chen_cong_li(length, zeta).steps <= chen_cong_li(length, zeta + 1).steps


@given(st.integers(1, 120), st.data())
def test_the_largest_zeta_for_a_number_of_steps_is_found(length, data):
    steps = data.draw(st.integers(1, length))
    zeta = largest_zeta(length, steps)
    fitting = [z for z in range(1, length + 1) if chen_cong_li(length, z).steps <= steps]
    assert zeta == max(fitting)
    for adapt in ("tc", "dtc"):
        schedule = chen_cong_li_within(length, steps, adapt)
        assert schedule == chen_cong_li(length, zeta, adapt)
        assert schedule.steps <= steps


def test_extreme_numbers_of_steps():
    for length in (1, 2, 7, 100):
        assert chen_cong_li_within(length, 1).sizes == (length,)
        assert chen_cong_li_within(length, length).sizes == (1,) * length


@pytest.mark.parametrize(
    ("make", "complaint"),
    [
        (lambda: chen_cong_li(4, 0), "zeta must be an integer >= 1"),
        (lambda: chen_cong_li(4, 2.5), "zeta must be an integer"),
        (lambda: chen_cong_li(0, 2), "length must be an integer >= 1"),
        (lambda: chen_cong_li(4, 2, "all"), "adapt must be 'tc', 'dtc' or 'both', but is 'all'"),
        (lambda: chen_cong_li_within(4, 2, "x"), "adapt must be 'tc', 'dtc' or 'both'"),
        (lambda: largest_zeta(4, 5), "steps must be at most length = 4, but are 5"),
        (lambda: chen_cong_li_within(4, 0), "steps must be an integer >= 1"),
    ],
)
def test_malformed_requests_are_refused(make, complaint):
    with pytest.raises(ValueError, match=complaint):
        make()
