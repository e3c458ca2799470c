"""The explorable of the phase diagram says what the plain recurrence gives."""

import re
from math import ceil, log

import pytest

from dlmbook import plots
from dlmbook.explore import phase_diagram
from dlmbook.explore.phases import GROWTH, RARER, SPANS

explorable = phase_diagram()


def errors(a, b, span, start=1 / 50):
    """Chance of a common ancestor in every generation, from the plain recurrence."""
    error, path = start, []
    for t in range(1, span + 1):
        share, n = min(1, 0.5 * t**-a), ceil(50 * t**b)
        error = 1 / n + (1 - 1 / n) * (1 - share) ** 2 * error
        path.append(error)
    return path


def test_reading_states_the_error_and_the_number_of_fresh_samples():
    for values in list(explorable.settings())[::3]:
        if values["span"] == SPANS[0]:
            _, reading = explorable.frame(**values)
            fresh, error = re.search(r"samples, (\S+) of .* error is (\S+) S", reading).groups()
            path = errors(**values)
            assert float(error) == pytest.approx(path[-1], rel=6e-3)
            expected = 0.5 * 200 ** -values["a"] * ceil(50 * 200 ** values["b"])
            assert float(fresh) == pytest.approx(expected, rel=1e-3)


@pytest.mark.parametrize(("a", "b"), [(0.5, 0.75), (0.5, 0.5), (0.75, 0.5), (1.5, 0.0), (1.5, 2.0)])
def test_reading_states_the_fate_of_the_error(a, b):
    path = errors(a, b, SPANS[1])
    slope = log(path[1_999] / path[-1]) / log(10)
    _, reading = explorable.frame(a=a, b=b, span=SPANS[1])
    if "recovery" in reading:
        claimed = float(re.search(r"t\^-([\d.]+)(?: ln t)?: recovery", reading)[1])
        assert slope == pytest.approx(claimed, abs=0.02)
    elif "stall" in reading:
        claimed = float(re.search(r"tends to (\S+) S: stall", reading)[1])
        assert path[-1] == pytest.approx(claimed, rel=0.01)
    elif "collapse" in reading:
        assert slope < -0.2 or path[-1] > 0.99
    else:
        assert "freezes" in reading and abs(slope) < 0.02


def test_a_rate_with_a_logarithm_is_said_to_have_one():
    _, reading = explorable.frame(a=1.0, b=2.0, span=SPANS[0])
    assert reading.endswith("t^-1 ln t: recovery.")
    path = errors(1.0, 2.0, SPANS[1])
    rate = [path[t - 1] * t / (log(t) / 50) for t in (2_000, 20_000)]
    assert 1 < rate[1] < rate[0] < 1.4


def test_the_finding_is_true():
    late = {(a, b): errors(a, b, 5000) for a in RARER for b in GROWTH}
    for (a, b), path in late.items():
        if a <= 1 and b > a:
            assert path[-1] < path[499] < path[199]
        elif a <= 1 and b == a:
            assert path[-1] == pytest.approx(path[499], rel=0.05)
        elif a <= 1 or b <= 1:
            assert path[-1] > path[499] * (1 - 1e-12)
        elif a == b:  # it starts where it is heading
            assert path[-1] == pytest.approx(1 / 51, rel=0.1)
        else:  # it slows down, and stays away from where it is heading
            assert abs(log(path[-1] / path[499])) < abs(log(path[499] / path[49]))
            n, share = ceil(50 * 5000**b), 0.5 * 5000.0**-a
            assert abs(log(path[-1] * (1 + (n - 1) * share * (2 - share)))) > log(2)
    assert late[0.75, 0.5][199] < 4 / 50
    assert "collapse" in explorable.frame(a=0.75, b=0.5, span=200)[1]


def test_the_phase_diagram_needs_room_above_one():
    _, ax = plots.figure()
    with pytest.raises(ValueError, match="top must exceed 1"):
        plots.phases(ax, top=1)
