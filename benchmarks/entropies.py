"""Profiles and correlations, against numpy's logarithm and against `dit`."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain, combinations
from math import comb, fsum, log

import dit
import numpy as np
from timing import Row, faster, memory, not_slower, within

from dlmbook.curve import InformationCurve
from dlmbook.information import dual_total_correlation, total_correlation
from dlmbook.laws import DenseLaw, MarkovLaw, words


def random_law(length: int, vocabulary: int = 2) -> DenseLaw:
    """Return a law without zeros."""
    rng = np.random.default_rng(length)
    return DenseLaw(rng.dirichlet(np.ones(vocabulary**length)).reshape((vocabulary,) * length))


def in_dit(law: DenseLaw) -> dit.Distribution:
    """Return the same law as a `dit` distribution."""
    return dit.Distribution(list(np.ndindex(law.pmf.shape)), law.pmf.ravel().tolist())


def subsets(length: int) -> Iterator[tuple[int, ...]]:
    """List all sets of positions."""
    return chain.from_iterable(combinations(range(length), j) for j in range(1, length + 1))


def subset_loop(law: dit.Distribution, length: int) -> np.ndarray:
    """Profile by `dit.shannon.entropy` of every set of variables."""
    totals = np.zeros(length + 1)
    for chosen in subsets(length):
        totals[len(chosen)] += dit.shannon.entropy(law, list(chosen))
    return log(2) * totals / [comb(length, j) for j in range(length + 1)]


def recursive_marginals(law: dit.Distribution, length: int) -> np.ndarray:
    """Profile by `dit`'s marginals of marginals, each set reached once."""
    totals = np.zeros(length + 1)

    def visit(part: dit.Distribution, size: int, droppable: int) -> None:
        totals[size] += dit.shannon.entropy(part)
        for i in range(droppable if size > 1 else 0):
            visit(part.marginal([k for k in range(size) if k != i]), size - 1, i)

    visit(law, length, length)
    return log(2) * totals / [comb(length, j) for j in range(length + 1)]


def reference(law: DenseLaw) -> np.ndarray:
    """Profile with correctly rounded sums."""
    length = law.length
    terms: list[list[float]] = [[] for _ in range(length + 1)]
    for chosen in subsets(length):
        cells = np.moveaxis(law.pmf, chosen, range(len(chosen)))
        rows = cells.reshape(law.vocabulary ** len(chosen), -1).tolist()
        terms[len(chosen)] += [-x * log(x) for x in map(fsum, rows)]
    return np.array([fsum(t) / comb(length, j) for j, t in enumerate(terms)])


def profiles() -> Iterator[Row]:
    """Dense profiles."""
    for length, repeats in ((12, 101), (14, 41), (16, 11)):
        law, entries = random_law(length), np.random.default_rng(0).random(3**length)
        out = np.empty_like(entries)
        yield not_slower(
            f"dense profile, q = 2, L = {length}",
            law.profile,
            lambda x=entries, out=out: np.log(x, out=out),
            f"np.log of {3**length:,} numbers",
            5,
            repeats,
        )
    dit_sizes = ((8, 2, 9), (10, 2, 5), (12, 2, 3), (14, 2, 1), (16, 2, 1), (8, 4, 5))
    for length, vocabulary, repeats in dit_sizes:
        least = 25 if vocabulary == 4 else 100
        law = random_law(length, vocabulary)
        other, what = in_dit(law), f"dense profile, q = {vocabulary}, L = {length}"
        yield faster(
            what,
            law.profile,
            lambda o=other, n=length: subset_loop(o, n),
            "dit, entropy of each subset",
            least,
            repeats,
        )
        yield faster(
            what,
            law.profile,
            lambda o=other, n=length: recursive_marginals(o, n),
            "dit, recursive marginals",
            50 if vocabulary == 2 else None,
            repeats,
        )
    yield memory("dense profile, q = 2, L = 16", random_law(16).profile, 256)
    yield memory("dense profile, q = 2, L = 18", random_law(18).profile, 4000)
    for length, vocabulary in ((8, 2), (10, 2), (12, 2), (5, 4)):
        law = random_law(length, vocabulary)
        error = np.abs(law.profile() - reference(law)).max()
        yield Row(
            f"dense profile, q = {vocabulary}, L = {length}",
            f"{error:.1e} nats",
            "correctly rounded sums",
            "largest error",
            "at most 1e-12",
            error <= 1e-12,
        )


def correlations() -> Iterator[Row]:
    """TC and DTC of a dense pmf."""
    for length, least, repeats in ((4, 50, 51), (6, 50, 21), (8, 50, 11), (10, 50, 5), (16, 5, 1)):
        law = random_law(length)
        other = in_dit(law)
        yield faster(
            f"TC and DTC, q = 2, L = {length}",
            lambda p=law.pmf: (total_correlation(p), dual_total_correlation(p)),
            lambda o=other: (
                dit.multivariate.total_correlation(o),
                dit.multivariate.dual_total_correlation(o),
            ),
            "dit",
            least,
            repeats,
        )


def long_laws() -> Iterator[Row]:
    """Structured and real laws."""
    chain_law = MarkovLaw([[0.9, 0.1], [0.3, 0.7]], 4096)
    yield within(
        "Markov profile, q = 2, L = 4096",
        lambda: InformationCurve.of(MarkovLaw(chain_law.transition, 4096)),
        1.0,
        5,
    )
    law = words(8)
    yield within(f"profile of {len(law.atoms):,} words, L = 8", law.profile, 1.5, 5)
