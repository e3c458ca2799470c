"""The explorable of the game says what enumeration and linear programming give."""

import re

import numpy as np
import pytest

from dlmbook.explore import game
from dlmbook.explore.game import CODES, LENGTH, OURS, REFERENCES, STEPS, THEIRS, _schedule, _solve
from dlmbook.schedules import minimax_program
from tests import oracles

explorable = game()


def numbers(ours, theirs, reference):
    """Paid, promised, certified, value: the four numbers of the reading."""
    _, reading = explorable.frame(ours=ours, theirs=theirs, reference=reference)
    return [float(x) for x in re.findall(r"\d+\.\d+", reading)]


def payments(ours, reference):
    """Payments from the definition of the overshoot."""
    plan = _schedule(ours, reference).compositions()
    assert max(len(sizes) for _, sizes in plan) <= STEPS
    o = oracles.overshoot(plan, LENGTH)
    return [o[m - 1] / (LENGTH - m if reference == "TC" else m) for m in range(1, LENGTH)]


def cheapest(prior, v):
    """Least payment of all compositions against a prior, by the simplest recursion."""
    least = {(STEPS, LENGTH): 0.0}
    for k in range(STEPS - 1, -1, -1):
        least[k, LENGTH] = 0.0
        for n in range(LENGTH):
            costs = [
                sum(prior[m - 1] * (e - m) / v[m - 1] for m in range(n + 1, min(e + 1, LENGTH)))
                + least[k + 1, e]
                for e in range(n + 1, LENGTH + 1)
                if (k + 1, e) in least
            ]
            if costs:
                least[k, n] = min(costs)
    return least[0, 0]


@pytest.mark.parametrize("reference", REFERENCES)
@pytest.mark.parametrize("ours", ["equal", "best fixed", "harmonic", "minimax"])
def test_reading_states_payment_and_promise(ours, reference):
    expected = payments(ours, reference)
    for m in (CODES[0], CODES[4], CODES[-1]):
        paid, promised, certified, _ = numbers(ours, f"code {m}", reference)
        assert paid == pytest.approx(expected[m - 1], abs=6e-5)
        assert promised == pytest.approx(max(expected), abs=6e-5)
        assert certified == 0


@pytest.mark.parametrize("reference", REFERENCES)
def test_reading_states_certificate_and_value(reference):
    solved = _solve(reference)
    program = minimax_program(LENGTH, STEPS, reference.lower())
    _, _, certified, value = numbers("equal", "minimax prior", reference)
    assert value == pytest.approx(program.value, abs=6e-5)
    least = cheapest(solved.prior, solved.reference)
    assert certified == pytest.approx(least, abs=6e-5)
    assert least == pytest.approx(program.value, abs=1e-9)


def test_the_finding_is_true():
    for reference in REFERENCES:
        value = _solve(reference).value
        assert max(payments("minimax", reference)) <= value + 1e-9
        for ours in OURS[:-1]:
            promised = numbers(ours, "code 1", reference)[1]
            assert promised > value + 1e-3
            assert any(numbers(ours, f"code {m}", reference)[0] > value for m in CODES)
        for theirs in THEIRS[: len(CODES)]:
            assert numbers("equal", theirs, reference)[2] == 0
        assert numbers("equal", "harmonic prior", reference)[2] > 0.6 * value
        assert numbers("equal", "minimax prior", reference)[2] == pytest.approx(value, abs=6e-5)
        for ours in OURS:
            assert numbers(ours, "minimax prior", reference)[0] >= value - 6e-5
        fixed = np.dot(_solve(reference).prior, payments("best fixed", reference))
        assert fixed == pytest.approx(value, abs=1e-9)
    same = {numbers("sequential", theirs, "TC")[0] for theirs in THEIRS}
    assert len(same) == 1
    assert same.pop() > _solve("TC").value
    assert numbers("sequential", "code 1", "DTC")[1] > 1
