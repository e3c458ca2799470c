"""Random laws, schedules and contexts for property tests."""

import numpy as np
from hypothesis import strategies as st

from dlmbook.laws import MASK
from dlmbook.schedules import FixedSchedule, MixtureSchedule

#: Most outcomes of a random law: small enough to enumerate in plain Python.
OUTCOMES = 81


@st.composite
def pmfs(draw, max_length=5, max_vocabulary=4, min_length=1):
    """Joint pmfs of shape (q,) * L, with many zeros; q = 1 and L = 1 too."""
    q = draw(st.integers(1, max_vocabulary))
    longest = max_length if q == 1 else min(max_length, int(np.log(OUTCOMES) / np.log(q) + 1e-9))
    length = draw(st.integers(min_length, max(longest, min_length)))
    weights = st.lists(st.integers(0, 9), min_size=q**length, max_size=q**length).filter(any)
    weights = np.array(draw(weights), dtype=float)
    return (weights / weights.sum()).reshape((q,) * length)


@st.composite
def positive_pmfs(draw, length, vocabulary):
    """Joint pmfs without zeros."""
    size = vocabulary**length
    weights = np.array(draw(st.lists(st.integers(1, 9), min_size=size, max_size=size)), dtype=float)
    return (weights / weights.sum()).reshape((vocabulary,) * length)


@st.composite
def compositions(draw, length):
    """Positive sizes that sum to the length."""
    cuts = draw(st.sets(st.integers(1, length - 1))) if length > 1 else set()
    return tuple(np.diff([0, *sorted(cuts), length]).tolist())


@st.composite
def schedules(draw, length):
    """Fixed schedules and mixtures of up to three."""
    parts = [FixedSchedule(draw(compositions(length))) for _ in range(draw(st.integers(1, 3)))]
    if len(parts) == 1:
        return parts[0]
    weights = np.array(draw(st.lists(st.integers(1, 9), min_size=len(parts), max_size=len(parts))))
    return MixtureSchedule(parts, weights / weights.sum())


def contexts(length, vocabulary):
    """All partly masked sequences, shape ((q + 1)^L, L)."""
    return np.indices((vocabulary + 1,) * length).reshape(length, -1).T + MASK


def random_pmf(length, vocabulary, seed, zeros=0.0):
    """A pmf with about a fraction of zeros."""
    rng = np.random.default_rng(seed)
    pmf = rng.dirichlet(np.full(vocabulary**length, 0.6))
    pmf[rng.random(pmf.size) < zeros] = 0.0
    return (pmf / pmf.sum()).reshape((vocabulary,) * length)
