"""Schedules of given sizes, and finite mixtures of schedules."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from dlmbook.information import Array, check_numbers, check_pmf
from dlmbook.laws.base import Rng, check_size
from dlmbook.schedules.base import Schedule, Sizes, check_steps


@dataclass(frozen=True)
class FixedSchedule(Schedule):
    """Given sizes, always the same.

    Parameters
    ----------
    sizes : sequence of int
        Positive block sizes; their sum is L.

    Examples
    --------
    >>> FixedSchedule((2, 3)).overshoot().tolist()
    [1.0, 0.0, 2.0, 1.0]
    """

    sizes: tuple[int, ...]

    def __post_init__(self) -> None:
        if not isinstance(self.sizes, Iterable):
            raise ValueError(f"sizes must be listed, such as (2, 3), but are {self.sizes!r}")
        sizes = tuple(check_size(s, "every size") for s in self.sizes)
        if not sizes:
            raise ValueError("sizes must not be empty")
        object.__setattr__(self, "sizes", sizes)

    @property
    def length(self) -> int:  # type: ignore[override]
        """Number L of tokens."""
        return sum(self.sizes)

    @property
    def steps(self) -> int:  # type: ignore[override]
        """Number K of steps."""
        return len(self.sizes)

    @property
    def breakpoints(self) -> Sizes:
        """Tokens revealed after each step, ``N_1 < ... < N_K = L``, shape (K,)."""
        return np.cumsum(self.sizes)

    def sample(self, n: int, rng: Rng = None) -> Sizes:
        """Repeat the sizes, shape (n, K)."""
        return np.tile(np.array(self.sizes, dtype=np.int64), (check_size(n, "n", 0), 1))

    def overshoot(self) -> Array:
        """Overshoot at m = 1..L-1, shape (L - 1,), in tokens."""
        m = np.arange(1, self.length)
        return (self.breakpoints[np.searchsorted(self.breakpoints, m)] - m).astype(float)

    def compositions(self) -> list[tuple[float, tuple[int, ...]]]:
        """One composition, of probability one."""
        return [(1.0, self.sizes)]


@dataclass(frozen=True)
class MixtureSchedule(Schedule):
    """One of several schedules, picked at random before sampling starts.

    Parameters
    ----------
    schedules : sequence of Schedule
        All of one length.
    weights : sequence of float
        Their probabilities.

    Examples
    --------
    A coin decides whether the short block comes first:

    >>> coin = MixtureSchedule([FixedSchedule((1, 3)), FixedSchedule((3, 1))], [0.5, 0.5])
    >>> coin.overshoot().tolist()
    [1.0, 1.5, 0.5]
    """

    schedules: Sequence[Schedule]
    weights: Sequence[float]

    def __post_init__(self) -> None:
        object.__setattr__(self, "schedules", tuple(self.schedules))
        weights = check_pmf(self.weights, "weights")
        if weights.shape != (len(self.schedules),):
            raise ValueError(f"{len(self.schedules)} schedules need as many weights")
        if len({s.length for s in self.schedules}) != 1:
            raise ValueError("schedules must have one length")
        object.__setattr__(self, "weights", tuple(weights.tolist()))

    @property
    def length(self) -> int:  # type: ignore[override]
        """Number L of tokens."""
        return self.schedules[0].length

    @property
    def steps(self) -> int:  # type: ignore[override]
        """Largest number of steps of any of them."""
        return max(s.steps for s in self.schedules)

    def sample(self, n: int, rng: Rng = None) -> Sizes:
        """Draw n compositions, shape (n, K)."""
        rng = np.random.default_rng(rng)
        weights = np.array(self.weights) / sum(self.weights)
        pick = rng.choice(len(self.schedules), size=check_size(n, "n", 0), p=weights)
        sizes = np.zeros((n, self.steps), dtype=np.int64)
        for index, schedule in enumerate(self.schedules):
            rows = np.flatnonzero(pick == index)
            sizes[rows, : schedule.steps] = schedule.sample(rows.size, rng)
        return sizes

    def overshoot(self) -> Array:
        """Mean of the overshoots, shape (L - 1,), in tokens."""
        return np.array(self.weights) @ np.stack([s.overshoot() for s in self.schedules])

    def compositions(self) -> list[tuple[float, tuple[int, ...]]]:
        """All compositions of all of them, equal ones merged."""
        total: dict[tuple[int, ...], float] = {}
        for weight, schedule in zip(self.weights, self.schedules, strict=True):
            for probability, sizes in schedule.compositions():
                total[sizes] = total.get(sizes, 0.0) + weight * probability
        return [(probability, sizes) for sizes, probability in total.items() if probability > 0]


def uniform(length: int, steps: int) -> FixedSchedule:
    """K sizes as equal as whole numbers allow.

    Theorem: `uniform`.

    Examples
    --------
    >>> uniform(10, 4).sizes
    (2, 3, 2, 3)
    """
    check_steps(length, steps)
    return FixedSchedule(tuple(np.diff(np.arange(steps + 1) * length // steps).tolist()))


def cosine(length: int, steps: int) -> FixedSchedule:
    """Small blocks first: the masked fraction after step k is about ``cos(pi k / 2K)``.

    Examples
    --------
    >>> cosine(16, 4).sizes
    (1, 4, 5, 6)
    """
    check_steps(length, steps)
    k = np.arange(1, steps + 1)
    return from_breakpoints(length * (1 - np.cos(np.pi * k / (2 * steps))), length)


def geometric(length: int, steps: int, growing: bool = False) -> FixedSchedule:
    """Sizes that shrink (or grow) by about a constant factor.

    The number of tokens left after step k is about ``(L + 1)^(1 - k/K) - 1``; the growing
    schedule is its mirror image.

    Examples
    --------
    >>> geometric(15, 4).sizes, geometric(15, 4, growing=True).sizes
    ((8, 4, 2, 1), (1, 2, 4, 8))
    """
    check_steps(length, steps)
    k = np.arange(1, steps + 1)
    shrinking = from_breakpoints(length + 1 - (length + 1) ** (1 - k / steps), length)
    return FixedSchedule(shrinking.sizes[::-1]) if growing else shrinking


def from_breakpoints(targets: ArrayLike, length: int) -> FixedSchedule:
    """Round increasing targets to K distinct whole breakpoints, the last of which is L.

    Each is the nearest whole number that leaves at least one token for every other step.

    Parameters
    ----------
    targets : array_like of float, shape (K,)
        Nondecreasing, K at most L.
    length : int
        L.

    Examples
    --------
    >>> from_breakpoints([0.2, 0.3, 6.0], 6).sizes
    (1, 1, 4)
    """
    points = check_numbers(targets, "targets")
    if points.ndim != 1 or not np.all(np.isfinite(points)) or np.any(np.diff(points) < 0):
        raise ValueError("targets must be a nondecreasing vector of finite numbers")
    steps = points.size
    check_steps(length, steps)
    k = np.arange(1, steps + 1)
    whole = np.rint(np.clip(points, 0, length)).astype(np.int64)
    whole = np.maximum.accumulate(whole - k) + k
    whole = np.clip(whole, k, length - steps + k)
    whole[-1] = length
    return FixedSchedule(tuple(np.diff(whole, prepend=0).tolist()))
