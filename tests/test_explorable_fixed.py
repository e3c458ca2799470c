"""The explorable of fixed schedules says what the definition of the overshoot gives."""

import re

import pytest

from dlmbook.explore import fixed_schedules
from dlmbook.explore.fixed import KINDS, LENGTH, STEPS, _schedule
from tests import oracles


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("steps", [2, 16, 63])
def test_reading_states_both_guarantees(kind, steps):
    sizes = _schedule(kind, steps).sizes
    assert len(sizes) <= steps
    o = oracles.overshoot([(1.0, sizes)], LENGTH)
    tc = max(o[m - 1] / (LENGTH - m) for m in range(1, LENGTH))
    dtc = max(o[m - 1] / m for m in range(1, LENGTH))
    _, reading = fixed_schedules().frame(kind=kind, steps=steps)
    assert f"{len(sizes)} steps" in reading
    assert f"{tc:.3f} TC" in reading
    assert f"{dtc:.3f} DTC" in reading


def test_the_finding_is_true():
    explorable = fixed_schedules()

    def promises(kind, steps):
        _, reading = explorable.frame(kind=kind, steps=steps)
        return [float(x) for x in re.findall(r"(\d+\.\d+) D?TC", reading)]

    for steps in STEPS:
        assert promises("equal", steps)[0] == promises("cosine", steps)[0] == 1.0
        if steps >= 12:
            assert max(promises("growing, then shrinking", steps)) < 1
    assert max(promises("growing, then shrinking", 8)) >= 1
    assert promises("shrinking", 16)[1] > 10 > 1 > promises("shrinking", 16)[0]
    assert promises("growing", 16)[0] == 1.0 > promises("growing", 16)[1]
