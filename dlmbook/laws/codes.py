"""Uniform laws on maximum-distance-separable codes: the extreme information curves."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dlmbook.information import Array
from dlmbook.laws.base import MASK, Law, Rng, Tokens, check_size


@dataclass(frozen=True)
class MDSCode(Law):
    """Uniform law on a maximum-distance-separable [L, k] code over q symbols.

    Any k symbols are independent and uniform, and fix all the others: the information curve
    is one step of height ln q at j = k. These are the extreme laws of the theory.

    The code is repetition for ``k = 1``, parity (symbols that sum to 0 modulo q) for
    ``k = L - 1``, everything for ``k = L``, and otherwise a Reed-Solomon code: the values at
    0, ..., L - 1 of the polynomials of degree below k over the field of a prime ``q >= L``.

    Theorem: `mds-curve`.

    Parameters
    ----------
    length, dimension, vocabulary : int
        L, k and q.

    Examples
    --------
    >>> (MDSCode(4, 2, 5).profile() / np.log(5)).tolist()
    [0.0, 1.0, 2.0, 2.0, 2.0]
    """

    length: int
    dimension: int
    vocabulary: int = 2

    def __post_init__(self) -> None:
        check_size(self.length, "length")
        check_size(self.vocabulary, "vocabulary")
        if check_size(self.dimension, "dimension") > self.length:
            raise ValueError(f"dimension must be at most {self.length}, but is {self.dimension}")
        if self._is_polynomial and not (
            self.vocabulary >= self.length and _is_prime(self.vocabulary)
        ):
            raise ValueError(
                f"a Reed-Solomon code of length {self.length} and dimension {self.dimension} needs "
                f"a prime vocabulary >= {self.length}, but vocabulary is {self.vocabulary}"
            )

    @property
    def _is_polynomial(self) -> bool:
        return 1 < self.dimension < self.length - 1

    def profile(self) -> Array:
        """Averaged entropies ``min(j, k) ln q``, shape (L + 1,), in nats."""
        return np.minimum(np.arange(self.length + 1), self.dimension) * np.log(self.vocabulary)

    def sample(self, n: int, rng: Rng = None) -> Tokens:
        """Draw n independent codewords, shape (n, L)."""
        rng = np.random.default_rng(rng)
        message = rng.integers(self.vocabulary, size=(check_size(n, "n", 0), self.dimension))
        if self.dimension == self.length:
            return message
        known = np.tile(np.arange(self.dimension), (n, 1))
        return self._encode(known, message)

    def _conditionals(self, tokens: Tokens) -> Array:
        uniform = np.full((*tokens.shape, self.vocabulary), 1.0 / self.vocabulary)
        full = (tokens != MASK).sum(axis=1) >= self.dimension
        if self.dimension == self.length or not full.any():
            return uniform
        context = tokens[full]
        known = np.argsort(context == MASK, axis=1, kind="stable")[:, : self.dimension]
        word = self._encode(known, np.take_along_axis(context, known, axis=1))
        possible = ((context == MASK) | (context == word)).all(axis=1)
        rows = np.flatnonzero(full)[possible]
        uniform[rows] = np.eye(self.vocabulary)[word[possible]]
        return uniform

    def _encode(self, known: Tokens, values: Tokens) -> Tokens:
        """Codewords (n, L) that take ``values`` at the positions ``known``, both (n, k)."""
        if self.dimension == 1:
            return np.repeat(values, self.length, axis=1)
        if self._is_polynomial:
            return _interpolate(known, values, self.length, self.vocabulary)
        word = np.zeros((len(known), self.length), dtype=np.int64)
        np.put_along_axis(word, known, values, axis=1)
        missing = self.length * (self.length - 1) // 2 - known.sum(axis=1)
        word[np.arange(len(word)), missing] = -values.sum(axis=1) % self.vocabulary
        return word


def repetition(length: int, vocabulary: int = 2) -> MDSCode:
    """One uniform symbol, repeated: TC = (L - 1) ln q, DTC = ln q."""
    return MDSCode(length, 1, vocabulary)


def parity(length: int, vocabulary: int = 2) -> MDSCode:
    """Uniform symbols that sum to 0 modulo q: TC = ln q, DTC = (L - 1) ln q.

    Of two symbols it is the repetition, which has the same curve.
    """
    return MDSCode(length, check_size(length, "length", 2) - 1, vocabulary)


def _is_prime(number: int) -> bool:
    return number > 1 and all(number % d for d in range(2, int(number**0.5) + 1))


def _interpolate(known: Tokens, values: Tokens, length: int, prime: int) -> Tokens:
    """Values at 0..L-1 of the polynomials through (known, values), modulo a prime: (n, L).

    Barycentric Lagrange interpolation: ``f(x) = l(x) sum_a c_a y_a / (x - x_a)`` with
    ``l(x) = prod_a (x - x_a)`` and ``1 / c_a = prod_{b != a} (x_a - x_b)``.
    """
    inverse = np.array([0] + [pow(x, -1, prime) for x in range(1, prime)])
    points = np.arange(length)
    node_product = np.ones_like(known)
    point_product = np.ones((len(known), length), dtype=np.int64)
    for b in range(known.shape[1]):
        gap = (known - known[:, b, None]) % prime
        node_product = node_product * np.where(gap == 0, 1, gap) % prime
        point_product = point_product * ((points - known[:, b, None]) % prime) % prime
    coefficient = values * inverse[node_product] % prime
    sums = np.zeros((len(known), length), dtype=np.int64)
    for a in range(known.shape[1]):
        sums += coefficient[:, a, None] * inverse[(points - known[:, a, None]) % prime] % prime
    word = point_product * (sums % prime) % prime
    np.put_along_axis(word, known, values, axis=1)
    return word
