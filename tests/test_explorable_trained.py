"""The explorable of a trained network says what its stored losses and plain sums give."""

import re

import numpy as np
import pytest

from dlmbook.experiments import load
from dlmbook.explore import trained_curve
from dlmbook.explore.trained import KINDS, LENGTH
from tests import oracles

RUN = load("trained")["eight"][-1]
TIMES = [look["step"] for look in RUN["looks"]]


def read(**values):
    _, reading = trained_curve().frame(**values)
    own, price, total, most = (float(x) for x in re.findall(r"-?\d+\.\d\d", reading))
    return own, price, total, most, reading


def bill(sizes, loss):
    starts = np.cumsum((0, *sizes[:-1]))
    return float(np.dot(sizes, np.array(loss)[starts]))


@pytest.mark.parametrize("look", RUN["looks"][::2])
@pytest.mark.parametrize("calls", [1, 3, 8])
def test_reading_states_floor_price_and_total(look, calls):
    own, price, total, most, reading = read(updates=look["step"], kind="equal", calls=calls)
    loss, D = look["loss"], RUN["D"]
    sizes = np.diff(np.arange(calls + 1) * LENGTH // calls).tolist()
    assert f"({' + '.join(map(str, sizes))})" in reading
    assert own == pytest.approx(sum(loss) - sum(D), abs=6e-3)
    assert price == pytest.approx(bill(sizes, loss) - sum(loss), abs=6e-3)
    assert total == pytest.approx(bill(sizes, loss) - sum(D), abs=6e-3)
    assert most == pytest.approx(LENGTH * loss[0] - sum(loss), abs=6e-3)


def test_the_best_sizes_are_the_best_of_all_if_the_losses_fall():
    loss = RUN["looks"][-1]["loss"]
    assert np.all(np.diff(loss) < 0)
    for calls in (2, 3, 5):
        *_, reading = read(updates=TIMES[-1], kind="best", calls=calls)
        sizes = [int(x) for x in re.search(r"\((.*?)\)", reading)[1].split(" + ")]
        least = min(bill(s, loss) for s in oracles.all_compositions(LENGTH) if len(s) == calls)
        assert bill(sizes, loss) == pytest.approx(least, abs=1e-9)


def test_the_finding_is_true():
    bought = [read(updates=t, kind="equal", calls=1)[3] for t in TIMES]
    assert bought[0] < 6
    assert bought[-1] > 11
    assert np.all(np.diff(bought) > 0)
    for calls in (2, 3):
        prices = {kind: read(updates=TIMES[-1], kind=kind, calls=calls)[1] for kind in KINDS}
        assert max(prices, key=prices.get) == "harmonic"
    totals = [read(updates=t, kind="equal", calls=2)[2] for t in TIMES]
    assert totals[-1] < totals[0] - 3
    prices = [read(updates=t, kind="equal", calls=2)[1] for t in TIMES]
    assert prices[-1] > prices[0] + 1
    for K in (2, 3):
        own, equal, *_ = read(updates=TIMES[-1], kind="equal", calls=K)
        best = read(updates=TIMES[-1], kind="best", calls=K)[1]
        assert 0 <= equal - best <= 0.5
        assert equal - best < own / 3
