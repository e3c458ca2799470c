"""Laws with structure: exact profiles and conditionals at any length, without enumeration."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.sparse.csgraph import connected_components
from scipy.special import gammaln, xlogy

from dlmbook.information import Array, check_numbers
from dlmbook.laws.base import MASK, Law, Rng, Tokens, check_rows, check_size, draw


@dataclass(frozen=True, eq=False)
class IndependentLaw(Law):
    """Independent tokens.

    Parameters
    ----------
    marginals : array_like of float, shape (L, q)
        One pmf per position.

    Examples
    --------
    >>> IndependentLaw([[0.5, 0.5], [1.0, 0.0]]).profile().round(4).tolist()
    [0.0, 0.3466, 0.6931]
    """

    marginals: Array

    def __post_init__(self) -> None:
        object.__setattr__(self, "marginals", check_rows(self.marginals, "marginals"))

    @property
    def length(self) -> int:  # type: ignore[override]
        """Sequence length L."""
        return self.marginals.shape[0]

    @property
    def vocabulary(self) -> int:  # type: ignore[override]
        """Number q of token values."""
        return self.marginals.shape[1]

    def profile(self) -> Array:
        """Averaged entropies ``j * mean H(X_i)``, shape (L + 1,), in nats."""
        mean = -xlogy(self.marginals, self.marginals).sum() / self.length
        return np.arange(self.length + 1) * max(mean, 0.0)

    def _conditionals(self, tokens: Tokens) -> Array:
        return np.tile(self.marginals, (len(tokens), 1, 1))


@dataclass(frozen=True, eq=False)
class ProductLaw(Law):
    """Independent copies of a law side by side, as blocks of one long sequence.

    Parameters
    ----------
    block : Law
        The law of each block, of length l.
    copies : int
        Number of blocks; the length is ``copies * l``.

    Examples
    --------
    Two pairs of equal bits:

    >>> from dlmbook.laws import repetition
    >>> ProductLaw(repetition(2), 2).profile()[[1, 4]].round(4).tolist()
    [0.6931, 1.3863]
    """

    block: Law
    copies: int

    def __post_init__(self) -> None:
        check_size(self.copies, "copies")

    @property
    def length(self) -> int:  # type: ignore[override]
        """Sequence length ``copies * l``."""
        return self.copies * self.block.length

    @property
    def vocabulary(self) -> int:  # type: ignore[override]
        """Number q of token values."""
        return self.block.vocabulary

    def profile(self) -> Array:
        """Averaged entropies, shape (L + 1,), in nats.

        Of j random positions a hypergeometric number falls into each block.
        """
        size = self.block.length
        h = self.copies * _hypergeometric(self.length, size) @ self.block.profile()
        h[0] = 0.0
        return h

    def sample(self, n: int, rng: Rng = None) -> Tokens:
        """Draw n independent sequences, shape (n, L)."""
        return self.block.sample(check_size(n, "n", 0) * self.copies, rng).reshape(n, self.length)

    def scopes(self) -> NDArray[np.bool_]:
        """Which positions can matter to which, shape (L, L): those of one block."""
        return np.kron(np.eye(self.copies), self.block.scopes()) > 0

    def _conditionals(self, tokens: Tokens) -> Array:
        blocks = tokens.reshape(-1, self.block.length)
        return self.block._conditionals(blocks).reshape(*tokens.shape, self.vocabulary)


@dataclass(frozen=True, eq=False)
class MarkovLaw(Law):
    """Stationary Markov chain.

    Parameters
    ----------
    transition : array_like of float, shape (q, q)
        ``transition[a, b]`` is the probability of b after a. Its stationary pmf must be unique.
    length : int
        L.

    Examples
    --------
    >>> law = MarkovLaw([[0.9, 0.1], [0.1, 0.9]], length=3)
    >>> law.profile().round(4).tolist()
    [0.0, 0.6931, 1.067, 1.3433]
    """

    transition: Array
    length: int

    def __post_init__(self) -> None:
        check_size(self.length, "length")
        transition = check_rows(self.transition, "transition")
        if transition.shape[0] != transition.shape[1]:
            raise ValueError(f"transition must be square, but its shape is {transition.shape}")
        object.__setattr__(self, "transition", transition)
        object.__setattr__(self, "_start", _stationary(transition))

    @property
    def vocabulary(self) -> int:  # type: ignore[override]
        """Number q of token values."""
        return self.transition.shape[0]

    @property
    def stationary(self) -> Array:
        """Stationary pmf, shape (q,)."""
        return self._start  # type: ignore[attr-defined]

    def profile(self) -> Array:
        """Averaged entropies by the gap formula, shape (L + 1,), in nats; O(L^2) work.

        Theorem: `markov-profile`.
        """
        length = self.length
        conditional = -xlogy(self._powers, self._powers).sum(axis=2) @ self.stationary  # (L,)
        h = np.zeros(length + 1)
        h[1:] = -xlogy(self.stationary, self.stationary).sum()
        d = np.arange(2, length)
        for j in range(2, length + 1):
            ratio = np.maximum(length - d - j + 2, 0) / (length - d + 1)
            gaps = j * (j - 1) / length * np.cumprod(np.concatenate([[1.0], ratio]))
            h[j] += gaps @ conditional[1:]  # gaps[d - 1]: mean number of gaps of size d
        return h

    @cached_property
    def _powers(self) -> Array:
        """Transition probabilities over d = 0..L-1 steps, (L, q, q)."""
        powers = np.empty((self.length, self.vocabulary, self.vocabulary))
        powers[0] = np.eye(self.vocabulary)
        for d in range(1, self.length):
            powers[d] = powers[d - 1] @ self.transition
        return powers

    def sample(self, n: int, rng: Rng = None) -> Tokens:
        """Draw n independent sequences, shape (n, L), from left to right; O(n L q) work."""
        n, rng = check_size(n, "n", 0), np.random.default_rng(rng)
        tokens = np.empty((n, self.length), dtype=np.int64)
        rows = np.broadcast_to(self.stationary, (n, self.vocabulary))
        for i in range(self.length):
            tokens[:, i] = draw(rows, rng)
            rows = self.transition[tokens[:, i]]
        return tokens

    def _conditionals(self, tokens: Tokens) -> Array:
        n, length = tokens.shape
        forward = np.empty((n, length, self.vocabulary))  # given the nearest token on the left
        backward = np.ones((n, length, self.vocabulary))  # likelihood of the nearest on the right
        eye = np.eye(self.vocabulary)
        row = np.broadcast_to(self.stationary, (n, self.vocabulary))
        for i in range(length):
            forward[:, i] = row
            row = np.where(tokens[:, i, None] == MASK, row, eye[tokens[:, i]]) @ self.transition
        row = np.ones((n, self.vocabulary))
        for i in reversed(range(length)):
            backward[:, i] = row
            row = np.where(tokens[:, i, None] == MASK, row, eye[tokens[:, i]])
            row = row @ self.transition.T
            row = row / np.maximum(row.max(axis=1, keepdims=True), np.finfo(float).tiny)
        joint = forward * backward
        mass = joint.sum(axis=2, keepdims=True)
        hidden = tokens == MASK
        seen = np.take_along_axis(joint, np.where(hidden, 0, tokens)[..., None], axis=2)[..., 0]
        possible = np.where(hidden, mass[..., 0], seen).min(axis=1) > 0
        result = np.tile(self.stationary, (n, length, 1))
        result[possible] = joint[possible] / mass[possible]
        return result


@dataclass(frozen=True, eq=False)
class DirichletMultinomialLaw(Law):
    """Exchangeable tokens: a pmf drawn from a Dirichlet law, then independent tokens from it.

    A topic is drawn once and colors the whole text. With q = 2 this is the Beta-Bernoulli law.

    Parameters
    ----------
    concentration : array_like of float, shape (q,)
        Positive Dirichlet parameters.
    length : int
        L.

    Examples
    --------
    >>> law = DirichletMultinomialLaw([1.0, 1.0], length=2)
    >>> np.exp(law.log_prob([[0, 0], [0, 1]])).round(4).tolist()
    [0.3333, 0.1667]
    """

    concentration: Array
    length: int

    def __post_init__(self) -> None:
        check_size(self.length, "length")
        a = check_numbers(self.concentration, "concentration").copy()
        if a.ndim != 1 or a.size == 0 or not np.all(np.isfinite(a)) or np.any(a <= 0):
            raise ValueError("concentration must be a vector of finite positive numbers")
        object.__setattr__(self, "concentration", a)

    @property
    def vocabulary(self) -> int:  # type: ignore[override]
        """Number q of token values."""
        return self.concentration.size

    def profile(self) -> Array:
        """Averaged entropies, shape (L + 1,), in nats; O(q L^2) work.

        The next token's predictive pmf depends on j earlier ones only through each category's
        count, which is beta-binomial.
        """
        total = self.concentration.sum()
        D = np.zeros(self.length)
        for a, times in zip(*np.unique(self.concentration, return_counts=True), strict=True):
            for j in range(self.length):
                predictive = (np.arange(j + 1) + a) / (j + total)
                D[j] -= times * _beta_binomial(j, a, total - a) @ xlogy(predictive, predictive)
        return np.concatenate([[0.0], np.cumsum(D)])

    def sample(self, n: int, rng: Rng = None) -> Tokens:
        """Draw n independent sequences, shape (n, L)."""
        rng = np.random.default_rng(rng)
        topics = rng.dirichlet(self.concentration, size=check_size(n, "n", 0))
        heights = rng.random((n, self.length, 1))
        return (np.cumsum(topics, axis=1)[:, None, :-1] <= heights).sum(axis=2)

    def _conditionals(self, tokens: Tokens) -> Array:
        counts = (tokens[:, :, None] == np.arange(self.vocabulary)).sum(axis=1)  # (n, q)
        rows = counts + self.concentration
        rows = rows / rows.sum(axis=1, keepdims=True)
        return np.repeat(rows[:, None], self.length, axis=1)


def _stationary(transition: Array) -> Array:
    """Return the unique stationary pmf of a transition matrix, or raise ValueError."""
    possible = transition > 0
    count, group = connected_components(possible, connection="strong")
    left = group[np.nonzero(possible & (group[:, None] != group))[0]]  # groups with a way out
    closed = np.setdiff1d(np.arange(count), left)
    if closed.size > 1:
        raise ValueError("transition must have one stationary pmf, but has several (reducible)")
    states = np.flatnonzero(group == closed[0])
    stationary = np.zeros(len(transition))
    stationary[states] = _reduce_states(transition[np.ix_(states, states)])
    return stationary


def _reduce_states(transition: Array) -> Array:
    """Return the stationary pmf of an irreducible chain, entry by entry to full precision.

    Grassmann, Taksar and Heyman (1985): remove the states one by one, watching the chain only
    when it is elsewhere; then put them back. Nothing is ever subtracted.
    """
    watched = transition.copy()
    for k in range(len(watched) - 1, 0, -1):
        watched[:k, k] /= watched[k, :k].sum()
        watched[:k, :k] += np.outer(watched[:k, k], watched[k, :k])
    visits = np.ones(len(watched))
    for k in range(1, len(watched)):
        visits[k] = visits[:k] @ watched[:k, k]
    return visits / visits.sum()


def _hypergeometric(length: int, size: int) -> Array:
    """Pmf of how many of j random positions fall into a block: (length + 1, size + 1)."""
    log_factorial = gammaln(np.arange(length + 1) + 1.0)
    inside = np.arange(size + 1)
    outside = np.arange(length + 1)[:, None] - inside  # of the length - size other positions
    possible = (outside >= 0) & (outside <= length - size)
    outside = np.where(possible, outside, 0)
    logs = -log_factorial[inside] - log_factorial[size - inside]
    logs = logs - log_factorial[outside] - log_factorial[length - size - outside]
    logs = np.where(possible, logs, -np.inf)
    weights = np.exp(logs - logs.max(axis=1, keepdims=True))
    return weights / weights.sum(axis=1, keepdims=True)


def _beta_binomial(n: int, a: float, b: float) -> Array:
    """Beta-binomial pmf on 0..n, shape (n + 1,); all mass on n if b = 0."""
    k = np.arange(n + 1)
    if b <= 0:
        return (k == n).astype(float)
    logs = gammaln(k + a) - gammaln(k + 1) + gammaln(n - k + b) - gammaln(n - k + 1)
    weights = np.exp(logs - logs.max())
    return weights / weights.sum()
