"""The explorable of dependence collapse says what enumeration of all plans gives."""

import re
from itertools import permutations

import numpy as np
import pytest

from dlmbook.explore import dependence_collapse
from dlmbook.explore.collapse import EQUAL, FROZEN, HARMONIC, ROUNDS
from dlmbook.information import kl_divergence, total_correlation
from dlmbook.laws import DenseLaw, patterns, words
from dlmbook.schedules import uniform
from dlmbook.selftraining import Plan

explorable = dependence_collapse()
ALPHAS, STEPS, _ = (slider.values for slider in explorable.sliders.values())
TRUTH = DenseLaw.of(patterns(words(6), ["aeiouy"]))


def numbers(**values):
    """TC in the end, of the truth, its percentage, the error, and both after one round."""
    _, reading = explorable.frame(**values)
    found = re.search(
        r"of (\d\.\d+) of (\d\.\d+) nats \((\d+)%\) and an error of (\S+) nats.* were (\S+) and "
        r"(\S+) nats",
        reading,
    )
    return [float(x) for x in found.groups()]


def written(law, K):
    """Mean law over all orders of the positions, each distinct plan once."""
    cuts = np.cumsum(uniform(6, K).sizes)[:-1]
    blocks = {
        tuple(tuple(sorted(b)) for b in np.split(np.array(order), cuts))
        for order in permutations(range(6))
    }
    return [Plan([[int(i) for i in b] for b in one]).output_law(law).pmf for one in blocks]


@pytest.mark.parametrize("alpha", [0.0, 0.3])
def test_reading_states_what_plans_give(alpha):
    law = TRUTH
    for t in range(1, ROUNDS + 1):
        law = DenseLaw(alpha * TRUTH.pmf + (1 - alpha) * np.mean(written(law, 2), axis=0))
        if t == 1:
            first = total_correlation(law.pmf), kl_divergence(TRUTH.pmf, law.pmf)
    seen = numbers(alpha=alpha, steps=2, plan=EQUAL)
    assert seen[0] == pytest.approx(total_correlation(law.pmf), abs=6e-4)
    assert seen[1] == pytest.approx(total_correlation(TRUTH.pmf), abs=6e-4)
    assert seen[3] == pytest.approx(kl_divergence(TRUTH.pmf, law.pmf), abs=6e-4)
    assert seen[4:] == pytest.approx(first, abs=6e-4)


def test_reading_states_the_mean_over_frozen_plans():
    ends = [0.1 * TRUTH.pmf + 0.9 * p for p in written(TRUTH, 3)]
    seen = numbers(alpha=0.1, steps=3, plan=FROZEN)
    assert seen[0] == pytest.approx(np.mean([total_correlation(p) for p in ends]), abs=6e-4)
    error = np.mean([kl_divergence(TRUTH.pmf, p) for p in ends])
    assert seen[3] == pytest.approx(error, abs=6e-4)
    assert seen[5] == seen[3]


def test_the_finding_is_true():
    def left(alpha, steps, plan=EQUAL):
        return numbers(alpha=alpha, steps=steps, plan=plan)[2]

    at_zero = [numbers(alpha=0.0, steps=K, plan=EQUAL)[0] for K in STEPS]
    assert at_zero == sorted(at_zero) and at_zero[3] < 0.02 and left(0.0, 6) == 100
    assert left(0.1, 3) == pytest.approx(10, abs=3)
    assert left(0.3, 3) == pytest.approx(40, abs=4)
    assert left(0.0, 2, FROZEN) == pytest.approx(70, abs=1)
    slow = numbers(alpha=0.0, steps=5, plan=HARMONIC)
    assert slow[2] > left(0.0, 5)
    for K in (4, 5):  # half fresh: redrawn plans stay ahead in error, frozen ones in dependence
        frozen, redrawn = (numbers(alpha=0.5, steps=K, plan=p) for p in (FROZEN, EQUAL))
        assert redrawn[3] < frozen[3] and redrawn[5] < frozen[5] and redrawn[2] < frozen[2]
    assert "-0.000" not in explorable.frame(alpha=0.0, steps=6, plan=FROZEN)[1]
    for alpha in (0.1, 0.3):
        for K in (2, 3):
            assert left(alpha, K, HARMONIC) < left(alpha, K)
            frozen, redrawn = (numbers(alpha=alpha, steps=K, plan=p) for p in (FROZEN, EQUAL))
            assert frozen[5] > redrawn[5] and frozen[3] < redrawn[3]
        for K in (4, 5):
            assert left(alpha, K, HARMONIC) > left(alpha, K)
