"""The explorable of the oracle says what a plain dynamic program and the definition give."""

import re

import numpy as np
import pytest

from dlmbook.explore import oracle
from dlmbook.explore.oracle import LENGTH, PLACES, STEPS, WIDTHS
from tests import oracles


def climb(place, shape):
    """Increments of the curve, from the derivative of its formula."""
    m = np.arange(1, LENGTH)
    edges = [1 / (1 + np.exp(-(x / (LENGTH - 1) - place) / WIDTHS[shape])) for x in (m - 1, m)]
    w = edges[1] - edges[0]
    return w / w.sum()


def least_cost(w, steps):
    """Least error of exactly K steps by the textbook recursion."""
    Z = np.concatenate([[0.0], np.cumsum(w)])
    best = [0.0] + [np.inf] * LENGTH
    for _ in range(steps):
        best = [
            min((best[i] + (Z[i:n] - Z[i]).sum() for i in range(n)), default=np.inf)
            for n in range(LENGTH + 1)
        ]
    return best[-1]


def read(place, shape, steps):
    _, reading = oracle().frame(place=place, shape=shape, steps=steps)
    sizes = re.search(r"Best sizes (.*?):", reading)[1]
    runs = [part.split(" × ") for part in sizes.split(" + ")]
    sizes = [int(run[-1]) for run in runs for _ in range(int(run[0]) if len(run) == 2 else 1)]
    numbers = [float(x) for x in re.findall(r"\d+\.\d{3}", reading)]
    return sizes, numbers


@pytest.mark.parametrize("shape", ["nearly straight", "gentle", "steep"])
@pytest.mark.parametrize("steps", [2, 6, 16])
def test_reading_states_the_best_sizes_and_what_they_cost(shape, steps):
    w = climb(0.3, shape)
    sizes, numbers = read(0.3, shape, steps)
    assert len(sizes) == steps
    assert sum(sizes) == LENGTH
    cost = w @ np.array(oracles.overshoot([(1.0, sizes)], LENGTH))
    assert numbers[0] == pytest.approx(cost, abs=6e-4)
    assert numbers[0] == pytest.approx(least_cost(w, steps), abs=6e-4)
    equal = np.diff(np.arange(steps + 1) * LENGTH // steps)
    assert numbers[1] == pytest.approx(
        w @ np.array(oracles.overshoot([(1.0, equal)], LENGTH)), abs=6e-4
    )


def test_the_finding_is_true():
    for place in PLACES:
        for steps in STEPS:
            _, (best, equal, _, harmonic) = read(place, "nearly straight", steps)
            assert equal <= 1.01 * best
            assert 1.6 * best <= harmonic <= 2.4 * best
        _, (best, equal, *_) = read(place, "gentle", 16)
        assert 1.3 * best <= equal <= 2.5 * best
        _, (best, equal, *_) = read(place, "steep", 16)
        assert 4 * best <= equal <= 20 * best
        sizes, (best, *_) = read(place, "a cliff", 4)
        assert best < 0.1
        assert sum(-3 < stop - place * (LENGTH - 1) < 3 for stop in np.cumsum(sizes)) == 3
        assert 0.8 < read(place, "a cliff", 2)[1][0] < 1.3
