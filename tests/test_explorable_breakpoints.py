"""The breakpoints explorable says what the package computes."""

from itertools import combinations

import numpy as np
import pytest
from matplotlib.collections import PolyCollection

from dlmbook import plots
from dlmbook.curve import InformationCurve
from dlmbook.explore import breakpoints
from dlmbook.laws import parity, repetition
from dlmbook.schedules import FixedSchedule

LAWS = {"repetition": repetition(6, 8), "parity": parity(6, 8)}


@pytest.mark.parametrize("name", LAWS)
@pytest.mark.parametrize(("first", "second"), [(2, 4), (4, 2), (3, 3), (1, 5)])
def test_reading_states_the_divergence_of_the_chosen_stops_and_the_best(name, first, second):
    curve = InformationCurve.of(LAWS[name])
    stops = sorted({first, second})
    chosen = FixedSchedule(tuple(np.diff([0, *stops, 6]).tolist())).expected_kl(curve)
    best = min(
        FixedSchedule(tuple(np.diff([0, *s, 6]).tolist())).expected_kl(curve)
        for s in combinations(range(1, 6), len(stops))
    )
    _, reading = breakpoints().frame(law=name, first=first, second=second)
    assert f"E KL = {chosen:.3f} nats" in reading
    if chosen > best + 1e-9:
        assert f"cost {best:.3f} nats" in reading
    else:
        assert f"No {len(stops) + 1} steps cost less." in reading


def test_repetition_with_parity_is_exact_only_at_stops_one_and_five():
    explorable = breakpoints()
    exact = {
        (first, second)
        for first, second in combinations(range(1, 6), 2)
        if "E KL = 0.000"
        in explorable.frame(law="repetition with parity", first=first, second=second)[1]
    }
    assert exact == {(1, 5)}


def test_words_lose_more_at_stops_one_and_five_than_at_three_alone():
    pytest.importorskip("wordfreq")
    explorable = breakpoints()

    def cost(first, second):
        _, reading = explorable.frame(law="English words", first=first, second=second)
        return float(reading.split("E KL = ")[1].split()[0])

    assert cost(1, 5) > cost(3, 3) > cost(2, 4)


@pytest.mark.parametrize("sizes", [(6,), (2, 4), (1, 4, 1), (3, 2, 1)])
def test_hatched_area_of_the_price_picture_is_the_expected_divergence(sizes):
    curve = InformationCurve.from_increments([0.3, 0.9, 0.5, 0.0, 0.2])
    schedule = FixedSchedule(sizes)
    _, ax = plots.figure()
    plots.price(ax, curve, schedule.breakpoints)
    (hatched,) = (c for c in ax.collections if isinstance(c, PolyCollection))
    area = 0.0
    for path in hatched.get_paths():
        x, y = path.vertices.T  # closed: the last vertex is the first
        area += abs(x[:-1] @ y[1:] - x[1:] @ y[:-1]) / 2
    assert area == pytest.approx(schedule.expected_kl(curve))
