"""Laws given outcome by outcome: a full array, or a list of atoms."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dlmbook.information import Array, check_pmf
from dlmbook.laws.base import MASK, Law, Rng, Tokens, check_size, check_tokens
from dlmbook.laws.profiles import dense_profile, merge, row_keys, sparse_profile

#: Largest table of all marginals, (q + 1)^L entries, that a dense law keeps.
TABLE_LIMIT = 1 << 24
#: Largest array that a law is written out as.
ARRAY_LIMIT = 1 << 25

Mask = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class DenseLaw(Law):
    """Any law on [q]^L, given by its pmf.

    Parameters
    ----------
    pmf : array_like of float, shape (q,) * L
        ``pmf[x1, ..., xL]`` is the probability of the sequence.

    Examples
    --------
    >>> law = DenseLaw(np.array([[0.5, 0.0], [0.0, 0.5]]))
    >>> law.profile().round(4).tolist()
    [0.0, 0.6931, 0.6931]
    >>> law.conditionals([[1, MASK]])[0, 1].tolist()
    [0.0, 1.0]
    """

    pmf: Array

    def __post_init__(self) -> None:
        pmf = check_pmf(self.pmf).copy()
        if len(set(pmf.shape)) != 1:
            raise ValueError(f"pmf must have equal axes, (q,) * L, but its shape is {pmf.shape}")
        pmf.flags.writeable = False
        object.__setattr__(self, "pmf", pmf)

    @classmethod
    def of(cls, law: Law) -> DenseLaw:
        """Write a law of few sequences out as an array.

        Raises
        ------
        ValueError
            If the array would have more than 2^25 entries.

        Examples
        --------
        >>> from dlmbook.laws import repetition
        >>> DenseLaw.of(repetition(2)).pmf.tolist()
        [[0.5, 0.0], [0.0, 0.5]]
        """
        if law.vocabulary**law.length > ARRAY_LIMIT:
            raise ValueError(
                f"an array of {law.vocabulary}^{law.length} probabilities is too big (at most 2^25)"
            )
        pmf = np.zeros((law.vocabulary,) * law.length)
        tokens, probabilities = law.support()
        pmf[tuple(tokens.T)] = probabilities
        return cls(pmf)

    @property
    def length(self) -> int:  # type: ignore[override]
        """Sequence length L."""
        return self.pmf.ndim

    @property
    def vocabulary(self) -> int:  # type: ignore[override]
        """Number q of token values."""
        return self.pmf.shape[0]

    def profile(self) -> Array:
        """Averaged entropies, shape (L + 1,), in nats."""
        return dense_profile(self.pmf)

    def _conditionals(self, tokens: Tokens) -> Array:
        if (self.vocabulary + 1) ** self.length > TABLE_LIMIT:
            return self._sparse._conditionals(tokens)
        table, radix = self._marginals
        codes = np.where(tokens == MASK, self.vocabulary, tokens)  # (n, L)
        base = codes @ radix  # (n,)
        shifts = (np.arange(self.vocabulary) - codes[..., None]) * radix[:, None]  # (n, L, q)
        joint = table[base[:, None, None] + shifts]
        context = table[base]
        impossible = np.flatnonzero(context <= 0)
        if impossible.size:
            joint[impossible] = self._singles
            context = np.where(context <= 0, 1.0, context)
        return joint / context[:, None, None]

    def log_prob(self, tokens: ArrayLike) -> Array:
        """Log-probability of the revealed tokens, shape (n,), in nats."""
        tokens = check_tokens(tokens, self.length, self.vocabulary)
        if (self.vocabulary + 1) ** self.length > TABLE_LIMIT:
            return self._sparse.log_prob(tokens)
        table, radix = self._marginals
        with np.errstate(divide="ignore"):
            return np.log(table[np.where(tokens == MASK, self.vocabulary, tokens) @ radix])

    def support(self) -> tuple[Tokens, Array]:
        """Sequences of positive probability, shape (N, L), and their probabilities, (N,)."""
        return self._sparse.support()

    def sample(self, n: int, rng: Rng = None) -> Tokens:
        """Draw n independent sequences, shape (n, L)."""
        return self._sparse.sample(n, rng)

    @cached_property
    def _marginals(self) -> tuple[Array, Tokens]:
        """Every marginal probability, flat, and the stride of each position in it."""
        table = self.pmf
        for axis in range(self.length):
            table = np.concatenate([table, table.sum(axis=axis, keepdims=True)], axis=axis)
        strides = (self.vocabulary + 1) ** np.arange(self.length - 1, -1, -1)
        return table.ravel(), strides

    @cached_property
    def _singles(self) -> Array:
        axes = range(self.length)
        return np.stack([self.pmf.sum(axis=tuple(k for k in axes if k != i)) for i in axes])

    @cached_property
    def _sparse(self) -> SparseLaw:
        seen = np.argwhere(self.pmf > 0)
        return SparseLaw(seen, self.pmf[tuple(seen.T)], self.vocabulary)


@dataclass(frozen=True, eq=False)
class SparseLaw(Law):
    """A law with few outcomes of positive probability, such as the words of a language.

    Parameters
    ----------
    atoms : array_like of int, shape (N, L)
        Distinct sequences with tokens 0..q-1.
    weights : array_like of float, shape (N,)
        Their probabilities; an atom of weight zero is dropped.
    vocabulary : int
        Number q of token values.

    Examples
    --------
    >>> law = SparseLaw([[0, 1], [2, 2]], [0.25, 0.75], vocabulary=3)
    >>> law.conditionals([[0, MASK]])[0, 1].tolist()
    [0.0, 1.0, 0.0]
    """

    atoms: Tokens
    weights: Array
    vocabulary: int

    def __post_init__(self) -> None:
        check_size(self.vocabulary, "vocabulary")
        atoms = np.asarray(self.atoms)
        if atoms.ndim != 2 or atoms.shape[1] == 0:
            raise ValueError(f"atoms must have shape (N, L), but have shape {atoms.shape}")
        atoms = check_tokens(atoms, atoms.shape[1], self.vocabulary)
        weights = check_pmf(self.weights, "weights")
        if weights.shape != (len(atoms),):
            raise ValueError(f"weights must have shape ({len(atoms)},), not {weights.shape}")
        if atoms.min() < 0:
            raise ValueError("atoms must not hold masks")
        atoms, weights = atoms[weights > 0], weights[weights > 0]
        if len(merge(atoms, weights, self.vocabulary)[1]) < len(atoms):
            raise ValueError("atoms must be distinct, but some sequence is listed twice")
        object.__setattr__(self, "atoms", atoms)
        object.__setattr__(self, "weights", weights)

    @property
    def length(self) -> int:  # type: ignore[override]
        """Sequence length L."""
        return self.atoms.shape[1]

    def profile(self) -> Array:
        """Averaged entropies, shape (L + 1,), in nats; all 2^L subsets are visited."""
        return sparse_profile(self.atoms, self.weights, self.vocabulary)

    def support(self) -> tuple[Tokens, Array]:
        """Atoms, shape (N, L), and their probabilities, shape (N,)."""
        return self.atoms, self.weights

    def _conditionals(self, tokens: Tokens) -> Array:
        result = np.empty((*tokens.shape, self.vocabulary))
        for rows, revealed in _by_pattern(tokens):
            group, slot, known = self._contexts(tokens[rows][:, revealed], revealed)
            wanted, compact = np.unique(slot, return_inverse=True)
            members = np.flatnonzero(np.isin(group, wanted))
            label = np.searchsorted(wanted, group[members]) * self.vocabulary
            for i in np.flatnonzero(~revealed):
                cells = label + self.atoms[members, i]
                mass = np.bincount(cells, self.weights[members], wanted.size * self.vocabulary)
                table = mass.reshape(-1, self.vocabulary)
                table = table / table.sum(axis=1, keepdims=True)
                result[rows, i] = np.where(known[:, None], table[compact], self._singles[i])
        return result

    def _contexts(self, values: Tokens, revealed: Mask) -> tuple[Tokens, Tokens, Mask]:
        """Which atoms look alike at the revealed positions, and which of them a row looks like.

        Returns
        -------
        group : shape (N,), the number of each atom's context
        slot : shape (n,), the number of each row's context (meaningless where not known)
        known : shape (n,), whether any atom has the row's context
        """
        keys = row_keys(np.concatenate([self.atoms[:, revealed], values]), self.vocabulary)
        contexts, group = np.unique(keys[: len(self.atoms)], return_inverse=True)
        rows = keys[len(self.atoms) :]
        slot = np.searchsorted(contexts, rows).clip(max=len(contexts) - 1)
        return group, slot, contexts[slot] == rows

    @cached_property
    def _singles(self) -> Array:
        columns = [np.bincount(c, self.weights, self.vocabulary) for c in self.atoms.T]
        return np.stack(columns) / self.weights.sum()

    def log_prob(self, tokens: ArrayLike) -> Array:
        """Log-probability of the revealed tokens, shape (n,), in nats."""
        tokens = check_tokens(tokens, self.length, self.vocabulary)
        probability = np.ones(len(tokens))
        for rows, revealed in _by_pattern(tokens):
            if revealed.any():
                group, slot, known = self._contexts(tokens[rows][:, revealed], revealed)
                probability[rows] = np.where(known, np.bincount(group, self.weights)[slot], 0.0)
        with np.errstate(divide="ignore"):
            return np.log(probability)

    def sample(self, n: int, rng: Rng = None) -> Tokens:
        """Draw n independent sequences, shape (n, L)."""
        rng = np.random.default_rng(rng)
        weights = self.weights / self.weights.sum()
        return self.atoms[rng.choice(len(self.atoms), check_size(n, "n", 0), p=weights)]


def fillers_and_copies(fillers: int, copies: int, sure: float = 0.9) -> SparseLaw:
    """Independent biased bits, and then one fair bit written several times.

    Parameters
    ----------
    fillers : int
        Number of biased bits: each is 0 with probability ``sure``, and tells nothing of others.
    copies : int
        Number of copies of the fair bit, at least 1.
    sure : float
        Strictly between 0 and 1.

    Examples
    --------
    >>> law = fillers_and_copies(1, 2)
    >>> law.atoms.tolist()
    [[0, 0, 0], [0, 1, 1], [1, 0, 0], [1, 1, 1]]
    >>> law.weights.round(3).tolist()
    [0.45, 0.45, 0.05, 0.05]
    """
    check_size(fillers, "fillers", 0), check_size(copies, "copies")
    if not 0 < sure < 1:
        raise ValueError(f"sure must lie strictly between 0 and 1, but is {sure!r}")
    bits = np.indices((2,) * (fillers + 1)).reshape(fillers + 1, -1).T  # the last one is fair
    atoms = np.concatenate([bits[:, :-1], np.repeat(bits[:, -1:], copies, axis=1)], axis=1)
    weights = np.where(bits[:, :-1] == 0, sure, 1 - sure).prod(axis=1) / 2
    return SparseLaw(atoms, weights, 2)


def _by_pattern(tokens: Tokens) -> Iterator[tuple[Tokens, Mask]]:
    """Rows that have the same positions revealed, and those positions."""
    shown = tokens != MASK
    _, first, which = np.unique(
        row_keys(shown.astype(np.int64), 2), return_index=True, return_inverse=True
    )
    for index, row in enumerate(first):
        yield np.flatnonzero(which == index), shown[row]
