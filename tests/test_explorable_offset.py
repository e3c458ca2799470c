"""The explorable of the random offset says what the definition of the overshoot gives."""

import re
from itertools import pairwise, product

import numpy as np
import pytest

from dlmbook.explore import random_offset
from dlmbook.explore.offset import LENGTH, OFFSETS, REFERENCES, STEPS
from dlmbook.schedules import HarmonicSchedule
from tests import oracles

VALUES = {"tc": lambda m: LENGTH - m, "dtc": lambda m: m, "both": lambda m: min(m, LENGTH - m)}


def readings(reference, steps, offset):
    """Sizes, tallest tooth, mean and promise of a frame."""
    _, reading = random_offset().frame(reference=reference, steps=steps, offset=offset)
    sizes = tuple(int(s) for s in re.search(r"sizes ([\d +]+)\.", reading)[1].split(" + "))
    return sizes, *(float(x) for x in re.findall(r"\d+\.\d{3}", reading))


@pytest.mark.parametrize("reference", REFERENCES)
@pytest.mark.parametrize(("steps", "offset"), [(4, 0.15), (16, 0.95)])
def test_reading_agrees_with_the_breakpoints_that_the_levels_hit(reference, steps, offset):
    adapt = REFERENCES[reference]
    v = [VALUES[adapt](m) for m in range(1, LENGTH)]
    levels = HarmonicSchedule(LENGTH, steps, adapt).intensity.tolist()
    points = {LENGTH}
    for k in range(steps - 1):
        total = 0.0
        for m, level in enumerate(levels, 1):
            if total <= offset + k < total + level:
                points.add(m)
            total += level
    points = [0, *sorted(points)]
    expected = tuple(b - a for a, b in pairwise(points))
    sizes, tallest, mean, promise = readings(reference, steps, offset)
    assert sizes == expected
    o = oracles.overshoot([(1.0, sizes)], LENGTH)
    assert tallest == pytest.approx(max(a / b for a, b in zip(o, v, strict=True)), abs=6e-4)
    listed = oracles.overshoot(HarmonicSchedule(LENGTH, steps, adapt).compositions(), LENGTH)
    assert mean == pytest.approx(max(a / b for a, b in zip(listed, v, strict=True)), abs=6e-4)
    assert mean <= promise


def test_the_finding_is_true():
    for reference, steps in product(REFERENCES, STEPS):
        schedule = HarmonicSchedule(LENGTH, steps, REFERENCES[reference])
        drawn = [tuple(s for s in row if s) for row in schedule.offsets.at(OFFSETS).tolist()]
        if steps == 16:
            always = set.intersection(*(set(np.cumsum(sizes)[:-1]) for sizes in drawn))
            assert (1 in always) == (reference != "L - m, for TC")
            assert (LENGTH - 1 in always) == (reference != "m, for DTC")
        v = [VALUES[REFERENCES[reference]](m) for m in range(1, LENGTH)]
        for sizes in drawn:
            o = oracles.overshoot([(1.0, sizes)], LENGTH)
            broken = max(a / b for a, b in zip(o, v, strict=True)) > schedule.bound
            assert steps < 8 or broken
        o = oracles.overshoot(schedule.compositions(), LENGTH)
        assert all(a <= schedule.bound * b for a, b in zip(o, v, strict=True))
