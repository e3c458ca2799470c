"""The explorable of rules that look says what a plain walk over partly masked texts gives."""

import re

import numpy as np
import pytest

from dlmbook.explore import decoding_rules
from dlmbook.explore.rules import BOLDNESS, GAMMAS, RULES, TAUS, _law, _steps
from dlmbook.laws import DenseLaw, fillers_and_copies
from dlmbook.schedules import uniform
from tests import oracles
from tests.test_adaptive import bound, simulate, threshold, top


@pytest.fixture(scope="module")
def explorable():
    return decoding_rules()


@pytest.fixture(scope="module")
def numbers(explorable):
    """Steps, error, and error of a random order with as many steps, by setting."""

    def read(law, rule, boldness):
        _, reading = explorable.frame(law=law, rule=rule, boldness=boldness)
        found = re.search(r": ([\d.]+) steps.*error ([\d.]+) nats.*steps: ([\d.]+)", reading)
        return tuple(float(x) for x in found.groups())

    return read


def oracle(rule, boldness, length):
    if rule == "threshold":
        return threshold(TAUS[boldness - 1])
    if rule == "entropy budget":
        return bound(GAMMAS[boldness - 1])
    return top(uniform(length, _steps(boldness, length)).sizes)


@pytest.mark.parametrize("rule", RULES)
def test_reading_agrees_with_a_walk_over_partly_masked_texts(numbers, rule):
    law = oracles.as_dict(DenseLaw.of(fillers_and_copies(3, 4)).pmf)
    output, _ = simulate(law, 2, *oracle(rule, 5, 7))
    _, error, _ = numbers("fillers and copies", rule, 5)
    assert error == pytest.approx(oracles.divergence(law, output), abs=6e-4)


def test_biased_copies_cost_what_the_formula_says(numbers):
    h = -0.95 * np.log(0.95) - 0.05 * np.log(0.05)
    assert numbers("biased copies", "threshold", 2) == pytest.approx((1, 7 * h, 7 * h), abs=6e-4)
    assert numbers("biased copies", "entropy budget", 2)[:2] == (2, 0)


def test_the_finding_is_true(numbers):
    for boldness in (2, 3, 4):
        for rule in ("threshold", "entropy budget"):
            _, error, random = numbers("words of four letters", rule, boldness)
            assert error < random
    for boldness in (5, 6):
        for rule in ("threshold", "entropy budget"):
            _, error, random = numbers("words of four letters", rule, boldness)
            assert error > random
    by_steps = {
        numbers("fillers and copies", "most confident", b)[0]: numbers(
            "fillers and copies", "most confident", b
        )[1]
        for b in BOLDNESS
    }
    assert by_steps[2] == pytest.approx(3 * np.log(2), abs=6e-4)
    assert by_steps[3] == 0
    assert numbers("fillers and copies", "entropy budget", 5)[:2] == (2, 0)
    for boldness in BOLDNESS:
        steps, error, random = numbers("chain", "most confident", boldness)
        assert steps == int(steps)
        assert random <= error


def test_laws_are_what_their_names_say():
    assert _law("words of four letters").vocabulary == 26
    assert _law("biased copies").atoms.tolist() == [[0] * 8, [1] * 8]
    assert _law("chain").length == 6
