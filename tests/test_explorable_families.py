"""The explorable of the families says what plain recursions and the stored runs give."""

import re

import pytest

from dlmbook import experiments
from dlmbook.explore import families

explorable = families()
FAMILIES, SHARES, SIZES = (slider.values for slider in explorable.sliders.values())
BELL, UNBIASED, WORDS, WAITING, LINE, COUNTS, KERNEL = FAMILIES


def numbers(**values):
    """Theory, loops, their mean and its width, frequencies: the numbers of the reading."""
    _, reading = explorable.frame(**values)
    found = re.findall(r"[\d,]+\.\d\d|\d+ simulated", reading.split("theory")[1])
    return [float(x.replace(",", "").replace(" simulated", "")) for x in found]


def table(alpha, n):
    r = 1.0
    for _ in range(40):
        r = 1 + (1 - 1 / n) * (1 - alpha) ** 2 * r
    return r


def exponential(alpha, n):
    R = 1.0
    for _ in range(40):
        R = (1 - alpha) * (1 - alpha + (alpha + 1) / n) * R + 1
    return R


@pytest.mark.parametrize("alpha", SHARES)
@pytest.mark.parametrize("n", SIZES)
def test_reading_states_the_recursions_and_the_stored_runs(alpha, n):
    runs = {x["name"]: x for x in experiments.load("families")["runs"] if x["group"] == "cases"}
    assert set(runs) == set(FAMILIES)
    for name in FAMILIES:
        theory, loops, mean, _, frequencies = numbers(family=name, alpha=alpha, n=n)
        assert loops == runs[name]["repeats"] and mean > 0
        assert frequencies == pytest.approx(table(alpha, n), abs=0.006)
        if name in (BELL, WORDS):
            assert theory == frequencies
        if name == WAITING:
            assert theory == pytest.approx(exponential(alpha, n), abs=0.006)


def test_the_finding_is_true():
    for alpha in SHARES:
        for n in SIZES:
            for name in (BELL, WORDS):
                theory, _, _, _, dotted = numbers(family=name, alpha=alpha, n=n)
                assert theory == dotted
            for name in (UNBIASED, WAITING):
                theory, _, _, _, dotted = numbers(family=name, alpha=alpha, n=n)
                assert dotted < theory
                if n == 500 or alpha >= 0.1:
                    assert theory < 1.25 * dotted
                if n == 50 and alpha == 0:
                    assert theory > 1.4 * dotted
    theory, _, mean, width, _ = numbers(family=LINE, alpha=0.1, n=500)
    assert mean == pytest.approx(theory, rel=0.12)
    for alpha in SHARES[:-1]:
        theory, _, mean, width, _ = numbers(family=LINE, alpha=alpha, n=50)
        assert mean - width > theory
    assert numbers(family=LINE, alpha=0.0, n=50)[2] > 1000
    for name in (COUNTS, KERNEL):
        theory, _, _, _, dotted = numbers(family=name, alpha=0.1, n=500)
        assert theory > 1.3 * dotted
    for name in FAMILIES:
        assert numbers(family=name, alpha=0.5, n=500)[0] < 2
