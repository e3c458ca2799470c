r"""Rules that look: which positions to reveal, from what the denoiser says of them.

A schedule decides before anything is seen. A rule looks at the denoiser's pmfs ``p_i`` of the
masked positions i, gives each position a score, and reveals those of the highest scores:

- `TopConfidence`: score ``max_a p_i(a)``, as many as a schedule says;
- `ConfidenceThreshold`: the same score, all that reach tau;
- `EntropyBound`: score ``-H(p_i)``, as many as an entropy budget gamma allows.

Every step reveals at least one position, and positions of equal score that compete for the last
places are picked uniformly at random. Chapter 9 tells what such rules cost, where they win and
where they fail. Theorem labels: ``confidence-fails``, ``threshold-price``, ``entropy-bound``.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import entr

from dlmbook.information import Array
from dlmbook.laws.base import Tokens, check_size
from dlmbook.schedules import FixedSchedule, Schedule

Mask = NDArray[np.bool_]

#: Scores are rounded to multiples of this, so that rounding errors cannot break a tie. (A power
#: of two: no fraction lies between two multiples unless 2^33 divides its denominator.)
GRID = 2.0**-32


class Rule(ABC):
    """A way to choose the positions to reveal from the denoiser's answer.

    A rule of one's own needs a length, a score, and a count.

    Attributes
    ----------
    length : int
        Number L of tokens to reveal.
    """

    length: int

    @abstractmethod
    def score(self, pmfs: Array) -> Array:
        """Score of a position whose pmf is given: the highest are revealed first.

        It must depend on the pmf alone. The exact recursions ask once for each context, so a
        score with noise in it makes their results wrong; `unmask` takes one.

        Parameters
        ----------
        pmfs : ndarray of float64, shape (m, q)

        Returns
        -------
        ndarray of float64, shape (m,)
        """

    @abstractmethod
    def count(self, ranked: Array) -> Tokens:
        """How many positions to reveal, given the scores.

        Parameters
        ----------
        ranked : ndarray of float64, shape (n, L)
            Scores of the masked positions in decreasing order, then ``-inf`` for the others.

        Returns
        -------
        ndarray of int64, shape (n,)
            From 0 to L; `at_least` sees to the rest.
        """

    def at_least(self) -> Schedule:
        """Breakpoints that are reached whatever the scores: one more token at every step.

        After a step at which N positions were revealed, the next step reaches at least the
        first breakpoint above N.
        """
        return FixedSchedule((1,) * self.length)


@dataclass(frozen=True)
class TopConfidence(Rule):
    """Reveal the positions of largest maximal probability, as many as a schedule says.

    At step k the ``s_k`` masked positions i of largest ``max_a p_i(a)``. Which of this and a random
    order has the smaller error depends on the law and on the sizes, and the factor between them
    has no bound in either direction.

    Theorem: `confidence-fails`.

    Parameters
    ----------
    schedule : Schedule
        Its sizes are drawn before sampling starts.

    Examples
    --------
    The second token is nearly certain, so it comes first:

    >>> from dlmbook.laws import IndependentLaw
    >>> from dlmbook.sampling import unmask
    >>> from dlmbook.schedules import uniform
    >>> law = IndependentLaw([[0.5, 0.5], [0.9, 0.1], [0.7, 0.3]])
    >>> unmask(law.conditionals, TopConfidence(uniform(3, 3)), 1, rng=0, trace=True)[1].tolist()
    [[2, 0, 1]]
    """

    schedule: Schedule

    def __post_init__(self) -> None:
        if not isinstance(self.schedule, Schedule):
            raise ValueError(f"schedule must be a Schedule, not {self.schedule!r}")

    @property
    def length(self) -> int:  # type: ignore[override]
        """Number L of tokens."""
        return self.schedule.length

    def score(self, pmfs: Array) -> Array:
        """Largest probability."""
        return pmfs.max(axis=-1)

    def count(self, ranked: Array) -> Tokens:
        """No more than the schedule says."""
        return np.zeros(len(ranked), dtype=np.int64)

    def at_least(self) -> Schedule:
        """Return the schedule."""
        return self.schedule


@dataclass(frozen=True)
class ConfidenceThreshold(Rule):
    """Reveal all positions whose maximal probability is at least tau.

    If no masked position reaches tau, the one of largest maximal probability is revealed. At
    tau = 1 only what is already determined is revealed together, and the output is exact; at
    tau = 0 everything comes in one step. In between, every call saved may cost as much as the
    largest entropy of a pmf that reaches tau.

    Theorem: `threshold-price`.

    Parameters
    ----------
    length : int
        L.
    tau : float
        Threshold in [0, 1].

    References
    ----------
    The "confidence-aware parallel decoding" of Fast-dLLM (Wu et al., "Fast-dLLM: Training-free
    Acceleration of Diffusion LLM by Enabling KV Cache and Parallel Decoding", arXiv:2505.22618).

    Examples
    --------
    The first of three equal tokens settles the others:

    >>> from dlmbook.laws import repetition
    >>> from dlmbook.sampling import expected_steps
    >>> expected_steps(repetition(3), ConfidenceThreshold(3, tau=0.9))
    2.0
    """

    length: int
    tau: float

    def __post_init__(self) -> None:
        check_size(self.length, "length")
        if not _is_number(self.tau) or not 0 <= self.tau <= 1:
            raise ValueError(f"tau must be a number in [0, 1], but is {self.tau!r}")

    def score(self, pmfs: Array) -> Array:
        """Largest probability."""
        return pmfs.max(axis=-1)

    def count(self, ranked: Array) -> Tokens:
        """Count the positions that reach tau."""
        return (ranked >= on_grid(self.tau)).sum(axis=1)


@dataclass(frozen=True)
class EntropyBound(Rule):
    r"""Reveal the positions of smallest entropy, as many as an entropy budget allows.

    With the masked positions sorted so that ``H_1 <= H_2 <= ...``, reveal the largest number m
    of them for which

        H_1 + ... + H_m - max(H_1, ..., H_m)  =  H_1 + ... + H_{m-1}  <=  gamma,

    an upper bound of the total correlation of the m tokens given what is revealed, if the
    denoiser is exact: H(X_1, ..., X_m) is at least the largest H_i. Since one token has no sum,
    m is at least 1. At gamma = 0 what is determined is revealed together with one more token,
    and the output is exact; at gamma = inf everything comes in one step. The path divergence is
    at most gamma times the mean number of steps.

    Theorem: `entropy-bound`.

    Parameters
    ----------
    length : int
        L.
    gamma : float
        Budget in nats per step, at least 0; met up to rounding, L * 2^-32.

    References
    ----------
    The EB-Sampler of Ben-Hamu et al. ("Accelerated Sampling from Masked Diffusion Models via
    Entropy Bounded Unmasking", arXiv:2505.24857), with the entropy as its error proxy.

    Examples
    --------
    >>> from dlmbook.laws import repetition
    >>> from dlmbook.sampling import expected_steps
    >>> [expected_steps(repetition(3), EntropyBound(3, gamma)) for gamma in (0, 0.7, 1.4)]
    [2.0, 2.0, 1.0]
    """

    length: int
    gamma: float

    def __post_init__(self) -> None:
        check_size(self.length, "length")
        if not _is_number(self.gamma) or not self.gamma >= 0:
            raise ValueError(f"gamma must be a number >= 0, but is {self.gamma!r}")

    def score(self, pmfs: Array) -> Array:
        """Minus the entropy, in nats."""
        return -entr(pmfs).sum(axis=-1)

    def count(self, ranked: Array) -> Tokens:
        """Longest beginning whose entropies, but for the last, sum to at most gamma."""
        before = np.zeros_like(ranked)
        np.cumsum(-ranked[:, :-1], axis=1, out=before[:, 1:])
        return (before <= self.gamma + self.length * GRID).sum(axis=1)


class Choice(NamedTuple):
    """What a rule reveals: some positions surely, and some of those that are tied.

    Attributes
    ----------
    surely : ndarray of bool, shape (n, L)
    tied : ndarray of bool, shape (n, L)
        Positions of equal score, too many for the places that are left.
    places : ndarray of int64, shape (n,)
        How many of the tied ones are revealed: a uniformly random subset of that size.
    """

    surely: Mask
    tied: Mask
    places: Tokens


def consider(rule: Rule, pmfs: NDArray[np.floating], masked: Mask, breakpoints: Tokens) -> Choice:
    """Apply a rule to the denoiser's answer.

    Parameters
    ----------
    rule : Rule
    pmfs : ndarray of floats, shape (m, q)
        Pmfs of the masked positions, row by row.
    masked : ndarray of bool, shape (n, L)
        At least one in each row; m in all.
    breakpoints : ndarray of int64, shape (n,)
        Number of revealed positions to reach at least.

    Returns
    -------
    Choice

    Raises
    ------
    ValueError
        If the rule's scores are not one finite number for each pmf.
    """
    score = np.full(masked.shape, -np.inf)
    score[masked] = _scores(rule, pmfs)
    hidden = masked.sum(axis=1)
    ranked = -np.sort(-score, axis=1)
    count = np.clip(rule.count(ranked), breakpoints - (masked.shape[1] - hidden), hidden)
    last = np.take_along_axis(ranked, count[:, None] - 1, axis=1)
    surely, tied = score > last, score == last
    places = count - surely.sum(axis=1)
    enough = places == tied.sum(axis=1)
    surely |= tied & enough[:, None]
    tied &= ~enough[:, None]
    return Choice(surely, tied, np.where(enough, 0, places))


def pick(choice: Choice, rng: np.random.Generator) -> Mask:
    """Break the ties: the positions to reveal, shape (n, L)."""
    lots = np.where(choice.tied, rng.random(choice.tied.shape), np.inf)
    rank = np.argsort(np.argsort(lots, axis=1), axis=1)
    return choice.surely | (rank < choice.places[:, None])


def on_grid(score: ArrayLike) -> Array:
    """Round scores to multiples of `GRID`."""
    return np.rint(np.asarray(score, dtype=np.float64) / GRID) * GRID


def _scores(rule: Rule, pmfs: NDArray[np.floating]) -> Array:
    scores = on_grid(rule.score(pmfs.astype(np.float64, copy=False)))
    if scores.shape != (len(pmfs),) or not np.all(np.isfinite(scores)):
        raise ValueError(
            f"score must return {len(pmfs)} finite numbers, one for each pmf, but "
            f"{type(rule).__name__}.score returned shape {scores.shape}"
            + ("" if np.all(np.isfinite(scores)) else " with NaN or infinity")
        )
    return scores


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float, np.integer, np.floating)) and not isinstance(value, bool)
