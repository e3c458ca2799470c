"""The planner says what sums over generations and over pairs of positions give."""

import re

import numpy as np
import pytest

from dlmbook.explore import budget_planner
from dlmbook.explore.planner import CALLS, LENGTH, SIGNALS

explorable = budget_planner()


def numbers(**values):
    """K, fresh share in percent, error, lost, noise, at K = 1, at K = L, floor."""
    _, reading = explorable.frame(**values)
    tail = reading[reading.index("K = ") :]
    found = re.search(
        r"K = (\d+)\. Then ([\d.]+)%.* is ([\d.]+): ([\d.]+) .* and ([\d.]+) of noise.* "
        r"K = 1 .* ([\d.]+), K = 64 ([\d.]+), .* below ([\d.]+) ",
        tail,
    )
    return [float(x) for x in found.groups()]


def errors(calls, signal, kept):
    """Lost and noise for K = 1..64, generation by generation."""
    out = []
    for K in range(1, LENGTH + 1):
        sizes = [len(x) for x in np.array_split(np.arange(LENGTH), K)]
        same = sum(s * (s - 1) for s in sizes) / (LENGTH * (LENGTH - 1))
        b = calls / (calls + K)
        plans = [(1 - same, 1.0), (same, 0.0)] if kept else [(1.0, 1 - same)]
        lost = noise = 0.0
        for weight, rho in plans:
            ages = np.arange(3_000)
            lost += weight * signal * (1 - np.sum((1 - b) * (b * rho) ** ages)) ** 2
            noise += weight * (1 - b) * np.sum((b * rho) ** (2.0 * ages))
        out.append((lost, noise))
    return np.array(out)


def test_reading_states_the_best_number_of_calls_and_its_error():
    for values in list(explorable.settings())[::7]:
        parts = errors(**values)
        total = parts.sum(axis=1)
        K, fresh, error, lost, noise, first, last, floor = numbers(**values)
        assert error == pytest.approx(total.min(), abs=6e-4)
        assert total[int(K) - 1] == pytest.approx(total.min(), abs=1e-6)
        assert fresh == pytest.approx(100 * K / (K + values["calls"]), abs=0.06)
        assert [lost, noise] == pytest.approx(parts[int(K) - 1], abs=6e-4)
        assert [first, last] == pytest.approx(total[[0, -1]], abs=6e-4)
        B = values["signal"]
        grid = np.linspace(0, 1, 10_001)
        assert floor == pytest.approx(min(B * grid**2 + (1 - grid) / 2), abs=6e-4)
        assert values["kept"] or error >= floor - 6e-4


def test_the_finding_is_true():
    redrawn = {(c, B): errors(c, B, 0).sum(axis=1) for c in CALLS for B in SIGNALS}
    best = {key: 1 + int(np.argmin(total)) for key, total in redrawn.items()}
    assert all(redrawn[1, B].max() < 1 for B in (0.2, 1.0))
    assert redrawn[1, 100.0].max() > 1
    assert all(redrawn[1024, B][0] > 0.9 * B for B in (5.0, 25.0, 100.0))
    for B in SIGNALS[2:]:
        path = [best[c, B] for c in CALLS]
        assert path == sorted(path)
    for c in CALLS:
        path = [best[c, B] for B in SIGNALS]
        assert path == sorted(path) and best[c, 0.2] == 1
    gaps = [min(total) - 0.5 for (_, B), total in redrawn.items() if B >= 1]
    assert min(gaps) > -1 / 16
    lost = {(c, k): errors(c, 25.0, k)[1, 0] for c in (1, 1024) for k in (0, 1)}
    assert lost[1024, 1] < lost[1024, 0] and lost[1, 1] > lost[1, 0]
