"""The explorable of collapse says what independent copying, sample by sample, gives."""

import random
import re
from collections import Counter
from itertools import pairwise
from math import sqrt
from statistics import fmean, stdev

import pytest

from dlmbook.explore import drift
from dlmbook.explore.drift import RUNS, SIZES, TIMES
from dlmbook.laws import alice

explorable = drift()
answers = [after for before, after in pairwise(alice()) if before == "said"]


def reading(n, t, run="first"):
    """Words left in the run, exact mean, commonest word, its share, and that in the book."""
    _, text = explorable.frame(n=n, t=t, run=run)
    found = re.search(
        r"(\d+) words? (?:is|are) left; the exact mean is (\S+)\. "
        r"The commonest is (\S+), with a share of (\S+), in the book (\S+)\.$",
        text,
    )
    left, mean, word, share, book = found.groups()
    return int(left), float(mean), word, float(share), float(book)


def copied(n, t, rng):
    """Number of words after t generations of copying single answers."""
    samples = rng.choices(answers, k=n)
    for _ in range(t):
        samples = rng.choices(samples, k=n)
    return len(set(samples))


@pytest.mark.parametrize(("n", "t"), [(20, 0), (20, 10), (100, 30), (462, 3)])
def test_the_mean_of_words_left_agrees_with_copying_sample_by_sample(n, t):
    rng = random.Random(0)
    counts = [copied(n, t, rng) for _ in range(600)]
    error = stdev(counts) / sqrt(len(counts))
    assert reading(n, t)[1] == pytest.approx(fmean(counts), abs=5 * error + 0.005)


def test_runs_are_possible_histories_of_the_book():
    counts = Counter(answers)
    for n in SIZES[::2]:
        for run in RUNS:
            rows = [reading(n, t, run) for t in TIMES]
            left = [row[0] for row in rows]
            assert left == sorted(left, reverse=True) and left[0] <= min(n, len(counts))
            for words, _, word, share, book in rows:
                assert book == pytest.approx(counts[word] / len(answers), abs=6e-4)
                assert share * n == pytest.approx(round(share * n), abs=6e-4 * n)
                assert share >= 1 / words - 6e-4
                assert (words == 1) == (share == 1)


def test_the_finding_is_true():
    assert all(reading(n, 10)[1] < 28 for n in SIZES)
    assert 14.5 < reading(462, 10)[1] < 15.5
    assert 2 < reading(20, 10)[1] < 3
    assert reading(200, 100)[1] == pytest.approx(reading(20, 10)[1], rel=0.15)
    ends = {(n, run): reading(n, 1000, run) for n in SIZES if n <= 200 for run in RUNS}
    assert all(row[0] == 1 for row in ends.values())
    assert any(ends[n, "first"][2] != ends[n, "second"][2] for n in SIZES if n <= 200)
