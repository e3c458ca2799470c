"""What every law can do, and the checks that laws share."""

from __future__ import annotations

from abc import ABC, abstractmethod

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dlmbook.information import Array, check_pmf

Tokens = NDArray[np.int64]
Rng = np.random.Generator | int | None

#: Most sequences that are enumerated one by one.
ENUMERATION_LIMIT = 1 << 20

#: The token of a position that is not revealed yet.
MASK = -1


def check_tokens(tokens: ArrayLike, length: int, vocabulary: int) -> Tokens:
    """Return ``tokens`` as an (n, L) integer array, or say what is wrong with them.

    Parameters
    ----------
    tokens : array_like of int, shape (n, L)
        Values 0..q-1, or ``MASK`` for a masked position.
    length, vocabulary : int
        L and q.

    Raises
    ------
    ValueError
        If the shape is not (n, L), or a value is not an integer in {MASK, 0, ..., q - 1}.
    """
    array = np.asarray(tokens)
    if array.ndim != 2 or array.shape[1] != length:
        raise ValueError(f"tokens must have shape (n, {length}), but have shape {array.shape}")
    if array.size and not np.issubdtype(array.dtype, np.integer):
        raise ValueError(f"tokens must be integers, but have dtype {array.dtype}")
    if array.size and (array.min() < MASK or array.max() >= vocabulary):
        raise ValueError(
            f"tokens must lie in 0..{vocabulary - 1} or be MASK = {MASK}, "
            f"but lie in {array.min()}..{array.max()}"
        )
    return array.astype(np.int64, copy=False)


def check_size(value: int, name: str, smallest: int = 1) -> int:
    """Return ``value`` as an int of at least ``smallest``, or raise ValueError."""
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < smallest:
        raise ValueError(f"{name} must be an integer >= {smallest}, but is {value!r}")
    return int(value)


class Law(ABC):
    """A distribution over sequences of ``length`` tokens from ``vocabulary`` values.

    A law knows two things exactly: its averaged entropies (`profile`) and its conditionals
    given any revealed tokens (`conditionals`). Probabilities and samples follow from the
    latter by the chain rule; laws with a faster way override them.

    Attributes
    ----------
    length : int
        Sequence length L.
    vocabulary : int
        Number q of token values.
    """

    length: int
    vocabulary: int

    @abstractmethod
    def profile(self) -> Array:
        """Averaged entropies: ``h[j]`` is the mean of H(X_S) over |S| = j.

        Returns
        -------
        ndarray of float64, shape (L + 1,)
            In nats; ``h[0] = 0`` and ``h[L] = H(X)``.
        """

    def conditionals(self, tokens: ArrayLike) -> Array:
        """Pmf of every position given the revealed ones: the exact denoiser.

        Theorem: `exact-denoiser`.

        Parameters
        ----------
        tokens : array_like of int, shape (n, L)
            Partly masked sequences.

        Returns
        -------
        ndarray of float64, shape (n, L, q)
            Rows sum to one; at a revealed position the row is the token's indicator. If the
            revealed tokens have probability zero together, the conditionals do not exist, and
            the unconditional marginals are returned at the masked positions (by a `ProductLaw`
            in the impossible blocks only).
        """
        tokens = check_tokens(tokens, self.length, self.vocabulary)
        probabilities = self._conditionals(tokens)
        rows, columns = np.nonzero(tokens != MASK)
        probabilities[rows, columns] = 0.0
        probabilities[rows, columns, tokens[rows, columns]] = 1.0
        return probabilities

    @abstractmethod
    def _conditionals(self, tokens: Tokens) -> Array:
        """Conditionals at masked positions, (n, L, q); revealed positions may hold anything."""

    def scopes(self) -> NDArray[np.bool_]:
        """Which positions can matter to which: ``scopes[i, k]`` if the k-th can to the i-th.

        Returns
        -------
        ndarray of bool, shape (L, L)
            All true, unless the law is made of independent blocks.
        """
        return np.ones((self.length, self.length), dtype=bool)

    def support(self) -> tuple[Tokens, Array]:
        """Sequences of positive probability and their probabilities, by enumeration.

        Returns
        -------
        tokens : ndarray of int64, shape (N, L)
        probabilities : ndarray of float64, shape (N,)

        Raises
        ------
        ValueError
            If there are more than 2^20 sequences to look at.
        """
        tokens = all_sequences(self.length, self.vocabulary)
        probabilities = np.exp(self.log_prob(tokens))
        return tokens[probabilities > 0], probabilities[probabilities > 0]

    def log_prob(self, tokens: ArrayLike) -> Array:
        """Log-probability of the revealed tokens, whatever the masked ones are.

        Theorem: `any-order`.

        Parameters
        ----------
        tokens : array_like of int, shape (n, L)
            Sequences; positions that are ``MASK`` are summed over.

        Returns
        -------
        ndarray of float64, shape (n,)
            In nats; ``-inf`` where the probability is zero.
        """
        tokens = check_tokens(tokens, self.length, self.vocabulary)
        context = np.full_like(tokens, MASK)
        total = np.zeros(len(tokens))
        for i in range(self.length):
            seen = np.flatnonzero(tokens[:, i] != MASK)
            if seen.size:
                rows = self._conditionals(context[seen])[:, i]
                with np.errstate(divide="ignore"):
                    total[seen] += np.log(rows[np.arange(seen.size), tokens[seen, i]])
            context[:, i] = tokens[:, i]
        return total

    def sample(self, n: int, rng: Rng = None) -> Tokens:
        """Draw n independent sequences.

        Parameters
        ----------
        n : int
            How many.
        rng : Generator, int or None
            Source of randomness, or its seed.

        Returns
        -------
        ndarray of int64, shape (n, L)
        """
        n, rng = check_size(n, "n", 0), np.random.default_rng(rng)
        tokens = np.full((n, self.length), MASK, dtype=np.int64)
        for i in range(self.length):
            tokens[:, i] = draw(self._conditionals(tokens)[:, i], rng)
        return tokens


def all_sequences(length: int, vocabulary: int) -> Tokens:
    """All q^L sequences in lexicographic order, shape (q^L, L); ValueError above 2^20."""
    if vocabulary**length > ENUMERATION_LIMIT:
        raise ValueError(
            f"{vocabulary}^{length} sequences are too many to enumerate (at most 2^20)"
        )
    return np.indices((vocabulary,) * length).reshape(length, -1).T


def draw(probabilities: NDArray[np.floating], rng: np.random.Generator) -> Tokens:
    """Draw one value from each row of ``probabilities``, shape (n, q), by inversion.

    The uniform number is scaled by the row's last cumulative sum, so that rounding (a float32
    denoiser) can never select a value past the end, nor one of probability zero.
    """
    ladder = np.cumsum(probabilities, axis=1)
    heights = rng.random((len(ladder), 1), dtype=np.float64) * ladder[:, -1:]
    return (ladder <= heights).sum(axis=1).clip(max=ladder.shape[1] - 1)


def check_rows(p: ArrayLike, name: str) -> Array:
    """Return a copy of a matrix whose rows are pmfs, or raise ValueError."""
    rows = check_pmf(p, name, axis=-1).copy()
    if rows.ndim != 2:
        raise ValueError(f"{name} must be a matrix whose rows are pmfs, not {rows.shape}")
    return rows
