r"""The sequential schedule: each size is drawn from the state, when it is needed.

The state is the number l of tokens left and the number k of iterations left. Write ``c[k, l]`` for
the error from there on, as a multiple of the total correlation of what is left, and ask that it
be the same for every law. With one iteration left ``c[1, l] = 1`` (0 if l = 1), and

    c[k, l+1] = c[k-1, l] (1 + (l-1) c[k, l]) / (l c[k-1, l] + 1 - c[k, l]).

Token by token: after a token of the present block, when l others are left, the block ends with
probability

    q[k, l] = (1 - c[k, l]) / (l c[k-1, l] + 1 - c[k, l]),

which makes the promise a martingale: ``c[k, l+1] = (1 - q) c[k, l] + q c[k-1, l]``. So the schedule
does not only keep ``E KL <= c[K, L] TC``, it is an *equalizer*: ``o[m] = c[K, L] (L - m)`` at every
threshold, and its error is ``c[K, L] TC`` for every law, no less and no more (Theorem
`sequential`). For two iterations ``c[2, L] = 1 - 1 / (1 + 1/2 + ... + 1/(L-1))``. Chapter 6 tells
the story.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from math import comb

import numpy as np

from dlmbook.information import Array
from dlmbook.laws.base import ENUMERATION_LIMIT, Rng, check_size
from dlmbook.schedules.base import Schedule, Sizes, check_steps


def sequential_constants(length: int, steps: int) -> Array:
    """Table of the promises: entry ``[k - 1, l - 1]`` is ``c[k, l]``.

    Theorem: `sequential`.

    Parameters
    ----------
    length, steps : int
        L and K; here K may exceed L.

    Returns
    -------
    ndarray of float64, shape (K, L)
        Zero where there are as many iterations as tokens.

    Examples
    --------
    >>> sequential_constants(4, 3).round(4).tolist()
    [[0.0, 1.0, 1.0, 1.0], [0.0, 0.0, 0.3333, 0.4545], [0.0, 0.0, 0.0, 0.1667]]
    """
    c = np.zeros((check_size(length, "length"), check_size(steps, "steps")))  # (L, K)
    c[1:, 0] = 1.0
    for left in range(1, length):
        same, fewer = c[left - 1, 1:], c[left - 1, :-1]
        c[left, 1:] = fewer * (1 + (left - 1) * same) / (left * fewer + 1 - same)
    return c.T.copy()


@dataclass(frozen=True)
class SequentialSchedule(Schedule):
    """Sizes drawn one after another; ``E KL = bound * TC`` for every law.

    From every state (tokens left, iterations left) the same holds with the constant of that
    state, given what is revealed and for what is left.

    Theorem: `sequential`.

    Parameters
    ----------
    length, steps : int
        L and K, with K at most L.

    Examples
    --------
    >>> schedule = SequentialSchedule(4, 2)
    >>> round(schedule.bound, 4), schedule.next_size(4, 2).round(4).tolist()
    (0.4545, [0.1818, 0.2727, 0.5455, 0.0])
    >>> bool(np.allclose(schedule.overshoot(), schedule.bound * np.array([3, 2, 1])))
    True
    """

    length: int
    steps: int

    def __post_init__(self) -> None:
        check_steps(self.length, self.steps)

    @property
    def bound(self) -> float:
        """Constant ``c[K, L]`` of the guarantee ``E KL <= c TC``."""
        return float(self._constants[-1, -1])

    def overshoot(self) -> Array:
        """Overshoot ``c[K, L] (L - m)`` at m = 1..L-1, shape (L - 1,), in tokens."""
        return self.bound * np.arange(self.length - 1.0, 0.0, -1.0)

    @property
    def intensity(self) -> Array:
        """Probability that m is a breakpoint, m = 1..L-1, shape (L - 1,); they sum to K - 1."""
        inside = np.zeros(self.steps)  # chances to be in a block of iteration k, k = 1..K
        inside[-1] = 1.0
        result = np.zeros(self.length - 1)
        for left in range(self.length - 1, 0, -1):
            ends = inside * self._stops[:, left]
            result[-left] = ends.sum()
            inside = inside - ends + np.append(ends[1:], 0.0)
        return result

    def next_size(self, left: int, iterations: int) -> Array:
        """Probabilities of the next size in a state.

        Parameters
        ----------
        left : int
            Tokens left, 1..L.
        iterations : int
            Iterations left, 1..K.

        Returns
        -------
        ndarray of float64, shape (left,)
            Entry ``s - 1`` is the probability of size s.
        """
        if check_size(left, "left") > self.length:
            raise ValueError(f"left must be at most length = {self.length}, but is {left}")
        if check_size(iterations, "iterations") > self.steps:
            raise ValueError(f"iterations must be at most {self.steps}, but are {iterations}")
        k = min(iterations, left)
        log_total = self._log_totals[k - 1, :left]
        ends = np.exp(log_total - log_total[-1])
        return (ends * self._stops[k - 1, :left])[::-1]

    def sample(self, n: int, rng: Rng = None) -> Sizes:
        """Draw n compositions, shape (n, K), all of them into exactly K sizes."""
        rng = np.random.default_rng(rng)
        left = np.full(check_size(n, "n", 0), self.length, dtype=np.int64)
        sizes = np.zeros((n, self.steps), dtype=np.int64)
        for step, k in enumerate(range(self.steps, 0, -1)):
            log_total = self._log_totals[k - 1]
            target = np.log1p(-rng.random(n)) + log_total[left - 1]
            after = np.searchsorted(log_total, target)
            sizes[:, step] = left - after
            left = after
        return sizes

    def compositions(self) -> list[tuple[float, tuple[int, ...]]]:
        """All C(L - 1, K - 1) compositions into K sizes."""
        count = comb(self.length - 1, self.steps - 1)
        if count > ENUMERATION_LIMIT:
            raise ValueError(f"{count} compositions are too many to list; sample them instead")
        return list(self._continue(1.0, (), self.length))

    def _continue(
        self, weight: float, sizes: tuple[int, ...], left: int
    ) -> Iterator[tuple[float, tuple[int, ...]]]:
        """All ways to go on after some sizes."""
        if not left:
            yield weight, sizes
            return
        chances = self.next_size(left, self.steps - len(sizes))
        for i in np.flatnonzero(chances):
            size = int(i) + 1
            yield from self._continue(weight * float(chances[i]), (*sizes, size), left - size)

    @cached_property
    def _constants(self) -> Array:
        """Table ``c[k, l]``, shape (K, L)."""
        return sequential_constants(self.length, self.steps)

    @cached_property
    def _odds(self) -> Array:
        """Odds ``q / (1 - q)`` that a block of iteration k ends with l left, (K, L), l = 0..L-1.

        Infinite where it must end: each later iteration needs a token.
        """
        k, left = np.arange(1, self.steps + 1)[:, None], np.arange(self.length)
        same = self._constants[1:, :-1]
        fewer = self._constants[:-1, :-1]
        odds = np.full((self.steps, self.length), np.inf)
        odds[0, 1:] = 0.0
        np.divide(1 - same, left[1:] * fewer, out=odds[1:, 1:], where=(left >= k)[1:, 1:])
        return odds

    @cached_property
    def _stops(self) -> Array:
        """Probabilities ``q[k, l]``, shape (K, L), l = 0..L-1."""
        with np.errstate(divide="ignore"):
            return 1 / (1 + 1 / self._odds)

    @cached_property
    def _log_totals(self) -> Array:
        """Logarithms of weights whose ratios are the chances to leave at most l, (K, L)."""
        must_end = np.isinf(self._odds)
        total = np.cumsum(np.where(must_end, 0.0, np.log1p(self._odds)), axis=1)
        k, left = np.arange(1, self.steps + 1)[:, None], np.arange(self.length)
        return np.where(left >= k - 1, total, -np.inf)
