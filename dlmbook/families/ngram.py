r"""n-gram language models of any order, with pseudo-counts.

Order m means that the next token depends on the m tokens before it. The model has a row for each
context of m tokens; at the beginning of a text, where fewer are known, contexts are padded with a
mark of their own, so that the first tokens are modeled, too. Each row is the empirical pmf of
what followed the context, with ``smoothing`` pseudo-counts spread evenly: an affine learner, whose
loop forgets the truth in favor of the even spread (``affine-learner``). Order 0 is a table
of frequencies, the learner of *The contamination recurrence*.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dlmbook.families.loop import Data
from dlmbook.information import Array
from dlmbook.laws.base import Rng, Tokens, check_size, check_tokens, draw


@dataclass(frozen=True, eq=False)
class NGramModel:
    """A Markov chain of order m on q tokens, with its own beginning.

    Parameters
    ----------
    rows : ndarray, shape ((q + 1)^m, q)
        Pmf of the next token in each context; contexts are numbers in base q + 1 whose last digit
        is the last token, and q is the mark before the beginning.
    order, length : int
        m, and the number L of tokens of a text.
    """

    rows: Array
    order: int
    length: int

    @property
    def vocabulary(self) -> int:
        """Number q of token values."""
        return self.rows.shape[1]

    def predict(self, tokens: Tokens) -> Array:
        """Pmf of each token given those before it: from (n, L) to (n, L, q)."""
        return self.rows[_contexts(tokens, self.order, self.vocabulary)]

    def sample(self, n: int, rng: Rng = None) -> Tokens:
        """Draw n texts, shape (n, L)."""
        rng, base = np.random.default_rng(rng), self.vocabulary + 1
        tokens = np.empty((n, self.length), dtype=np.int64)
        context = np.full(n, base**self.order - 1)  # marks only
        for i in range(self.length):
            tokens[:, i] = draw(self.rows[context], rng)
            context = (context * base + tokens[:, i]) % base**self.order
        return tokens


@dataclass(frozen=True)
class NGram:
    """n-gram models of texts of L tokens.

    Theorem: `affine-learner`.

    Parameters
    ----------
    vocabulary : int
        q.
    order : int
        m, the number of tokens of a context.
    smoothing : float
        Pseudo-counts of a row in all, not for each token. A context that never occurs has the
        uniform row.

    Examples
    --------
    >>> data = np.array([[0, 1, 0], [0, 1, 1]])
    >>> NGram(vocabulary=2, order=1).fit(data).rows.tolist()
    [[0.0, 1.0], [0.5, 0.5], [1.0, 0.0]]
    """

    vocabulary: int
    order: int = 1
    smoothing: float = 0.0

    def __post_init__(self) -> None:
        check_size(self.vocabulary, "vocabulary")
        check_size(self.order, "order", 0)
        if not 0 <= self.smoothing < np.inf:
            raise ValueError(f"smoothing must be a number >= 0, but is {self.smoothing!r}")

    def fit(self, data: Data, rng: Rng = None) -> NGramModel:
        """Fit texts of shape (n, L)."""
        q, length = self.vocabulary, np.shape(data)[-1]
        tokens = check_tokens(data, length, q)
        contexts = _contexts(tokens, self.order, q)
        size = (q + 1) ** self.order * q
        counts = np.bincount((contexts * q + tokens).ravel(), minlength=size).reshape(-1, q)
        total = counts.sum(axis=1, keepdims=True) + self.smoothing
        rows = np.where(total > 0, (counts + self.smoothing / q) / np.maximum(total, 1e-300), 1 / q)
        return NGramModel(rows, self.order, length)


def _contexts(tokens: Tokens, order: int, vocabulary: int) -> Tokens:
    """Return the number of the context before each token, (n, L)."""
    n, length = tokens.shape
    padded = np.concatenate([np.full((n, order), vocabulary), tokens], axis=1)
    contexts = np.zeros((n, length), dtype=np.int64)
    for back in range(order):
        contexts = contexts * (vocabulary + 1) + padded[:, back : back + length]
    return contexts
