"""The explorable of the recurrence says what plain loops and closed forms give."""

import random
import re
from itertools import pairwise
from math import ceil, sqrt

import pytest

from dlmbook.explore import contamination
from dlmbook.explore.contamination import GENERATIONS
from dlmbook.laws import alice
from tests import oracles_contamination as oracles

explorable = contamination()
ALPHAS, SIZES, GROWTHS = (slider.values for slider in explorable.sliders.values())


def numbers(**values):
    """Worth, what it heads for, simulated worth, both ends of the band, samples, fresh samples."""
    _, reading = explorable.frame(**values)
    found = [float(x.replace(",", "")) for x in re.findall(r"\d[\d,]*\.\d", reading)]
    return found[-6:]


def worths(alpha, n, growth):
    """One over the chance that two draws have a common ancestor, generation by generation."""
    worth, out = float(n), [float(n)]
    for t in range(1, GENERATIONS + 1):
        size = ceil(n * t**growth)
        worth = 1 / (1 / size + (1 - 1 / size) * (1 - alpha) ** 2 / worth)
        out.append(worth)
    return out


def test_reading_states_the_exact_worth_and_the_one_it_heads_for():
    for values in list(explorable.settings())[::5]:
        worth, target, _, _, _, fresh = numbers(**values)
        alpha, size = values["alpha"], ceil(values["n"] * GENERATIONS ** values["growth"])
        assert worth == pytest.approx(worths(**values)[-1], abs=0.06)
        assert target == pytest.approx(size - (size - 1) * (1 - alpha) ** 2, abs=0.06)
        assert fresh == pytest.approx(alpha * size, abs=0.06)


def test_reading_states_what_simulations_say():
    """A loop written plainly, sample by sample, agrees within the noise of both."""
    rng, text = random.Random(1), alice()
    words = [after for before, after in pairwise(text) if before == "said"]
    p = [words.count(w) / len(words) for w in sorted(set(words))]
    errors = []
    for _ in range(60):
        model = oracles.frequencies(oracles.generation(p, p, 1.0, 300, rng), len(p))
        for _ in range(12):  # settled after ten generations
            model = oracles.frequencies(oracles.generation(p, model, 0.3, 300, rng), len(p))
        errors.append(oracles.squared_distance(model, p))
    ([mean], [error]) = oracles.means([[e] for e in errors])
    S = 1 - sum(x * x for x in p)
    _, _, seen, low, high, _ = numbers(alpha=0.3, n=300, growth=0.0)
    theirs = (S / low - S / high) / 4
    assert abs(S / seen - mean) < 5 * sqrt(error**2 + theirs**2)


def test_the_finding_is_true():
    for n in SIZES:
        for alpha in ALPHAS:
            path = worths(alpha, n, 0.0)
            assert (path[1] < path[0]) == (alpha < 1)
            assert alpha < 0.1 or path[-1] == pytest.approx(path[-20], rel=0.01)
        away = [worths(a, n, 0.0)[10] / (n - (n - 1) * (1 - a) ** 2) for a in ALPHAS[1:]]
        assert away == sorted(away, reverse=True)  # after ten generations, farther with less
        for growth in GROWTHS:
            assert numbers(alpha=0.0, n=n, growth=growth)[1] == 1
            assert worths(0.0, n, growth)[-1] < worths(0.0, n, growth)[0]
        tenth, whole = (numbers(alpha=a, n=n, growth=0.0) for a in (0.1, 1.0))
        assert tenth[0] / tenth[-1] == pytest.approx(2, abs=0.25)
        assert whole[0] == whole[-1]
        for alpha in ALPHAS[1:]:
            path = worths(alpha, n, 1.0)
            assert path[-1] > path[-10]
