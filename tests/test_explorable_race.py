"""The race of strategies says what plain recursions give, and its finding is true."""

import re

import pytest

from dlmbook.explore import race
from dlmbook.explore.race import BUDGET, CUTS, DETECTORS, SHARES, START

explorable = race()


def ends(alpha, generations, detector="fair"):
    """New data only, labels, storage, best step, detector: the numbers of the reading."""
    _, reading = explorable.frame(alpha=alpha, generations=generations, detector=detector)
    found = re.findall(r"[\d,]+", reading.split("true samples: ")[1])
    return [int(x.replace(",", "")) for x in found if x != ","]


def step(r, alpha, n, e):
    return (1 - e * alpha) ** 2 * r + e**2 / n * (1 - (1 - alpha) ** 2 * r)


@pytest.mark.parametrize("alpha", SHARES)
@pytest.mark.parametrize("generations", CUTS)
def test_reading_states_the_recursions(alpha, generations):
    n = BUDGET // generations
    m, k = round(alpha * n), n - round(alpha * n)
    new, labels, union, total, best = 1 / START, START, 1 / START, START, 1 / START
    for _ in range(generations):
        new = step(new, alpha, n, 1)
        labels = m + k * labels / (labels + k - 1)
        total += n
        union = step(union, alpha, n, n / total)
        best = min(step(best, alpha, n, e / 10_000) for e in range(10_001))
    got = ends(alpha, generations)
    for ours, expected in zip(got, (1 / new, labels, 1 / union, 1 / best), strict=False):
        assert ours == pytest.approx(expected, rel=1e-4, abs=0.51)


@pytest.mark.parametrize("alpha", SHARES)
def test_the_finding_is_true(alpha):
    for detector in DETECTORS:
        few, many = ends(alpha, 5, detector), ends(alpha, 100, detector)
        assert many[0] < few[0] and many[1] < few[1]
    for generations in CUTS:
        fresh = START + alpha * BUDGET
        assert ends(alpha, generations, "perfect")[4] == pytest.approx(fresh, rel=2e-3)
        *_, storage, best, poor = ends(alpha, generations, "poor")
        assert best >= storage
        if generations >= 20:
            assert best == pytest.approx(START + alpha**2 * BUDGET, rel=0.02)
            assert poor < best
        if generations == 20 and alpha == 0.02:
            assert poor < storage
