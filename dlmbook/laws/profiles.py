r"""Averaged entropies of laws that are given outcome by outcome.

**Dense.** Append to each axis of the pmf its sum. The result, of shape (q + 1,)^L, holds every
marginal pmf of every subset: a coordinate 0..q-1 is a token, the last one stands for "summed
out". Take ``-x ln x`` and add up all entries with j kept coordinates: that is the sum of H(X_S)
over |S| = j, and the total work is (q + 1)^L logarithms instead of 2^L separate sums. "Append the
sum" and "count the kept coordinates" are Kronecker products of small matrices, so the two
innermost groups of axes are done by small matrix products on blocks that fit the cache, and the
big tensor never exists.

**Sparse.** N atoms of positive probability: drop one position after another, merging atoms that
became equal. Every subset is reached once.
"""

from __future__ import annotations

from functools import cache
from math import comb

import numpy as np
from numpy.typing import NDArray

from dlmbook.information import TINY, Array
from dlmbook.laws.base import Tokens

#: Entries of the marginal tensor that are handled at once: half a megabyte, in cache.
BLOCK = 1 << 16


def dense_profile(pmf: Array) -> Array:
    """Averaged entropies of a dense pmf of shape (q,) * L, by (q + 1)^L logarithms.

    Theorem: `all-marginals`.

    Returns
    -------
    ndarray, shape (L + 1,)
        In nats, to within about 1e-13.
    """
    q, length = pmf.shape[0], pmf.ndim
    a, b, outer = _groups(q, length)
    positive = np.maximum(pmf, TINY)  # ln is finite, and no sum changes
    rows = _append_sums(positive.reshape((q,) * outer + (-1,)), outer)  # ((q + 1)^outer, q^(a + b))
    sums = np.empty((len(rows), a + b + 1))
    chunk = max(1, BLOCK // (q + 1) ** (a + b))
    space = np.empty((2, chunk, (q + 1) ** a, (q + 1) ** b))  # used again for every block
    for start in range(0, len(rows), chunk):
        block = rows[start : start + chunk].reshape(-1, q**a, q**b)
        sums[start : start + chunk] = _entropies_by_count(block, q, a, b, space[:, : len(block)])
    kept = _kept_counts(q, outer)
    totals = np.zeros(length + 1)
    for count in range(outer + 1):
        totals[count : count + a + b + 1] += sums[kept == count].sum(axis=0)
    totals[0] = 0.0
    return totals / _binomials(length)


def sparse_profile(atoms: Tokens, weights: Array, vocabulary: int) -> Array:
    """Averaged entropies of a law given by its atoms, by 2^L sorts of at most N atoms.

    Parameters
    ----------
    atoms : ndarray of int64, shape (N, L)
    weights : ndarray, shape (N,)
        Their probabilities, all positive.
    vocabulary : int
        q.

    Returns
    -------
    ndarray, shape (L + 1,), in nats
    """
    length = atoms.shape[1]
    totals = np.zeros(length + 1)

    def visit(rows: Tokens, mass: Array, droppable: int) -> None:
        totals[rows.shape[1]] -= mass @ np.log(mass)
        for i in range(droppable if rows.shape[1] > 1 else 0):
            visit(*merge(np.delete(rows, i, axis=1), mass, vocabulary), i)

    visit(atoms, weights, length)
    return totals / _binomials(length)


def merge(rows: Tokens, mass: Array, vocabulary: int) -> tuple[Tokens, Array]:
    """Distinct rows with their masses added up."""
    keys = row_keys(rows, vocabulary)
    order = np.argsort(keys)
    keys = keys[order]
    starts = np.flatnonzero(np.concatenate([[True], keys[1:] != keys[:-1]]))
    return rows[order[starts]], np.add.reduceat(mass[order], starts)


def row_keys(rows: Tokens, vocabulary: int) -> Tokens:
    """Give each row of tokens a number; two numbers agree exactly if the rows do."""
    keys, bound = np.zeros(len(rows), dtype=np.int64), 1
    for column in rows.T:
        if bound > 2**62 // vocabulary:
            keys = np.unique(keys, return_inverse=True)[1]
            bound = len(keys)
        keys = keys * vocabulary + column
        bound *= vocabulary
    return keys


def _groups(q: int, length: int) -> tuple[int, int, int]:
    """Axes in the two inner groups, about 81 states each, and in the outer rest."""
    size = max(1, int(np.log(100) / np.log(q + 1)))
    a = min(size, length)
    b = min(size, length - a)
    return a, b, length - a - b


def _append_sums(tensor: Array, axes: int) -> Array:
    for axis in range(axes):
        tensor = np.concatenate([tensor, tensor.sum(axis=axis, keepdims=True)], axis=axis)
    return tensor.reshape(-1, tensor.shape[-1])


def _entropies_by_count(block: Array, q: int, a: int, b: int, space: Array) -> Array:
    """Sum -x ln x over the marginals of (n, q^a, q^b), by kept coordinates: (n, a + b + 1)."""
    x, logs = space  # (n, (q + 1)^a, (q + 1)^b)
    n, states_a, states_b = x.shape
    half = block.reshape(-1, q**b) @ _all_sums(q, b).T  # (n q^a, (q + 1)^b)
    np.matmul(_all_sums(q, a), half.reshape(n, q**a, states_b), out=x)
    np.log(x, out=logs)
    np.multiply(x, logs, out=logs)
    by_b = logs.reshape(-1, states_b) @ _count_indicator(q, b)
    by_both = _count_indicator(q, a).T @ by_b.reshape(n, states_a, b + 1)
    sums = np.zeros((n, a + b + 1))
    for count in range(a + 1):
        sums[:, count : count + b + 1] -= by_both[:, count]
    return sums


@cache
def _all_sums(q: int, axes: int) -> NDArray[np.floating]:
    """Matrix ((q + 1)^axes, q^axes) that appends to each axis its sum."""
    one = np.vstack([np.eye(q), np.ones(q)])
    matrix: NDArray[np.floating] = np.ones((1, 1))
    for _ in range(axes):
        matrix = np.kron(matrix, one)
    return matrix


@cache
def _kept_counts(q: int, axes: int) -> Tokens:
    """How many of ``axes`` coordinates in 0..q are tokens rather than sums."""
    one = np.array([1] * q + [0])
    counts = np.zeros(1, dtype=np.int64)
    for _ in range(axes):
        counts = np.add.outer(counts, one).ravel()
    return counts


@cache
def _count_indicator(q: int, axes: int) -> Array:
    """Matrix ((q + 1)^axes, axes + 1): one where so many coordinates are kept."""
    return (_kept_counts(q, axes)[:, None] == np.arange(axes + 1)).astype(float)


def _binomials(length: int) -> Array:
    return np.array([comb(length, j) for j in range(length + 1)], dtype=float)
