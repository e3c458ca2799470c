import re

import numpy as np
import pytest

from dlmbook.curve import InformationCurve
from dlmbook.explore.box import PRIMES, PROFILES, draw_box, information_box
from dlmbook.information import dual_total_correlation, total_correlation
from dlmbook.laws import DirichletMultinomialLaw, MarkovLaw, ProductLaw, parity, repetition

SMALL = {
    "repetition": repetition(4),
    "topics": DirichletMultinomialLaw([0.5, 0.5], 4),
    "Markov chain": MarkovLaw([[0.9, 0.1], [0.1, 0.9]], 4),
    "pairs": ProductLaw(repetition(2), 2),
    "parity blocks of 4": parity(4),
    "parity": parity(4),
}


def areas(reading):
    """TC, the share of the box under the curve, and DTC, as the reading states them."""
    return [float(x) for x in re.findall(r"TC = ([\d.]+)|\(([\d.]+) %", reading) for x in x if x]


@pytest.mark.parametrize("law", SMALL)
def test_box_reading_agrees_with_the_definitions_of_tc_and_dtc(law):
    atoms, weights = SMALL[law].support()
    pmf = np.zeros((2,) * 4)
    pmf[tuple(atoms.T)] = weights
    tc, share, dtc = areas(draw_box(law, 4)[1])
    assert tc == pytest.approx(total_correlation(pmf), abs=1e-3)
    assert dtc == pytest.approx(dual_total_correlation(pmf), abs=1e-3)
    assert share == pytest.approx(100 * tc / (tc + dtc), abs=0.1)


@pytest.mark.parametrize("length", PRIMES)
def test_box_of_a_code_is_cut_at_its_dimension(length):
    for quarters, law in enumerate(["code, k = L/4", "code, k = L/2", "code, k = 3L/4"], 1):
        _, share, _ = areas(draw_box(law, length)[1])
        assert share == pytest.approx(100 - 25 * quarters, abs=0.1)


def test_box_finding_tells_the_truth_about_the_long_laws():
    shares = {
        law: [c.tc / (c.tc + c.dtc) for c in map(InformationCurve, map(profile, PRIMES))]
        for law, profile in PROFILES.items()
    }
    assert np.allclose(shares["pairs"], 0.5)
    assert np.allclose(shares["repetition beside parity"], 0.5)
    assert np.all(np.diff(shares["topics"]) > 0)
    assert shares["topics"][-1] > 0.85
    assert np.allclose(np.add(shares["repetition"], shares["parity"]), 1)


def test_box_has_few_frames_and_two_sliders():
    box = information_box()
    assert list(box.sliders) == ["law", "length"]
    assert len(list(box.settings())) == len(PRIMES) * len(PROFILES) <= 120
