"""The explorable of composed curves says what definition and enumeration of offsets give."""

import re

import pytest

from dlmbook.explore import two_step_curves
from dlmbook.explore.mixture import FIRST, LENGTH, READ, SECOND, SERIES
from dlmbook.schedules import HarmonicSchedule, cosine, uniform


def readings(first, second, share):
    _, text = two_step_curves().frame(first=first, second=second, share=share)
    three = [float(x) for x in re.findall(r"(?:TC|DTC|correlation) (\d+\.\d)\b", text)[:3]]
    return three, {name: float(re.search(rf"{name} (\d+\.\d+)", text)[1]) for name in SERIES}


def mean_overshoot(plan, m):
    total = 0.0
    for weight, sizes in plan:
        end = 0
        for size in sizes:
            end += size
            if end >= m:
                break
        total += weight * (end - m)
    return total


PLANS = {
    "equal": uniform(LENGTH, READ).compositions(),
    "cosine": cosine(LENGTH, READ).compositions(),
    "harmonic TC": HarmonicSchedule(LENGTH, READ, "tc").compositions(),
    "harmonic DTC": HarmonicSchedule(LENGTH, READ, "dtc").compositions(),
    "harmonic both": HarmonicSchedule(LENGTH, READ, "both").compositions(),
}


@pytest.mark.parametrize(("first", "second", "share"), [(1, 600, 0.25), (10, 1020, 0.5)])
def test_reading_states_the_errors_and_the_correlations(first, second, share):
    steps = [(1 - share, first), (share, second)]
    three, costs = readings(first, second, share)
    for value, height in zip(
        three, (lambda m: LENGTH - m, lambda m: m, lambda m: min(m, LENGTH - m)), strict=True
    ):
        assert value == pytest.approx(sum(w * height(m) for w, m in steps), abs=0.051)
    for name, plan in PLANS.items():
        expected = sum(w * mean_overshoot(plan, m) for w, m in steps)
        assert costs[name] == pytest.approx(expected, abs=6e-4)


def test_the_finding_is_true():
    _, costs = readings(10, 600, 0.0)
    assert min(costs, key=costs.get) == "harmonic DTC"
    _, costs = readings(10, 1020, 1.0)
    assert costs["harmonic TC"] == 0
    assert costs["harmonic both"] < costs["equal"] / 10
    _, costs = readings(10, 1020, 0.5)
    both = costs.pop("harmonic both")
    assert both < min(costs.values()) / 2
    _, costs = readings(500, 600, 0.0)
    assert 7 < costs["harmonic both"] / costs["equal"] < 8
    assert min(costs, key=costs.get) == "equal"
    bound = HarmonicSchedule(LENGTH, READ, "both").bound
    for m in (*FIRST, *SECOND):  # hence for every share
        assert mean_overshoot(PLANS["harmonic both"], m) <= bound * min(m, LENGTH - m)
