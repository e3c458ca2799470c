"""The explorable of Chapter 15 says what the stored loops and a plain recursion say."""

import json
import re
from pathlib import Path

import numpy as np
import pytest

from dlmbook.explore import language_models

explorable = language_models()
ALPHAS, KAPPAS = (slider.values for slider in explorable.sliders.values())
STORED = json.loads(
    (Path(__file__).parents[1] / "dlmbook/experiments/results/language_models.json").read_text()
)["loops"]


def numbers(**values):
    """Networks, recurrence and learner in the last generation, and the mean distance in percent."""
    _, reading = explorable.frame(**values)
    found = re.search(
        r"is ([\d.]+) times .*says ([\d.]+), and .*data ([\d.]+)\. .*is (\d+)% away", reading
    )
    return [float(x) for x in found.groups()]


def networks(alpha):
    clean = np.mean([loop["excess"][0] for loop in STORED])
    loops = [x["excess"] for x in STORED if x["alpha"] == alpha and x["growth"] == 0]
    return np.mean(loops, axis=0) / clean


def keeps(kappa, alpha):
    """A learner that keeps a part, by its weights on truth and noise of every generation."""
    model, noise, out = 0.0, 0.0, []
    for t in range(11):
        share = 1.0 if t == 0 else alpha
        model = kappa * (share + (1 - share) * model)
        noise = kappa**2 * ((1 - share) ** 2 * noise + 1)
        # the noise of one sample for which kappa is best, if the truth has length 1
        out.append((1 - model) ** 2 + noise * (1 - kappa) / kappa)
    return np.array(out) / out[0]


def test_reading_states_what_was_stored_and_what_two_learners_do():
    for values in explorable.settings():
        seen, plain, kept, off = numbers(**values)
        alpha, kappa = values["alpha"], values["kappa"]
        assert seen == pytest.approx(networks(alpha)[-1], abs=0.006)
        assert plain == pytest.approx(sum((1 - alpha) ** (2 * s) for s in range(11)), abs=0.006)
        if kappa < 1:
            theirs = keeps(kappa, alpha)
            assert kept == pytest.approx(theirs[-1], abs=0.006)
            distance = np.abs(theirs / networks(alpha) - 1)[1:].mean()
            assert off == pytest.approx(100 * distance, abs=0.6)
        else:
            assert kept == plain


def test_the_finding_is_true():
    for alpha in (0.0, 0.1):
        seen, plain, *_ = numbers(alpha=alpha, kappa=1.0)
        assert plain > 1.2 * seen
    flat = keeps(0.2, 0.0)
    assert flat[3] == pytest.approx(flat[-1], rel=0.02)
    assert networks(0.0)[-1] > 1.3 * networks(0.0)[4]
    distances = {kappa: numbers(alpha=0.0, kappa=kappa)[3] for kappa in KAPPAS}
    assert min(distances.values()) > 4
    assert min(distances, key=distances.get) in (0.7, 0.8, 0.9)
    assert numbers(alpha=0.1, kappa=0.8)[3] < 25
    ends = [numbers(alpha=0.5, kappa=kappa)[2] for kappa in KAPPAS]
    assert max(ends) / min(ends) < 1.5
    assert numbers(alpha=0.5, kappa=0.8)[3] < 20
    assert np.abs(networks(1.0) - 1).max() < 0.2
