"""What a training loop is given: the true pmf, the share of fresh data, and the sample sizes."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dlmbook.information import Array, check_numbers, check_pmf
from dlmbook.laws.base import check_size

Sizes = NDArray[np.int64]

#: A number for each generation: one for all, an array for t = 0..T, or a function of t.
PerGeneration = ArrayLike | Callable[[int], float]


def spread(p: ArrayLike) -> float:
    """``S = 1 - sum p^2``: the chance that two true samples differ (Gini and Simpson's index).

    The squared error of n true samples is exactly ``S / n``.

    Examples
    --------
    >>> spread([0.5, 0.25, 0.25])
    0.625
    """
    p = check_categories(p)
    return float(p @ (1 - p))


def check_categories(p: ArrayLike) -> Array:
    """Return p as a pmf of shape (K,), or raise ValueError."""
    p = check_pmf(p, "p")
    if p.ndim != 1:
        raise ValueError(f"p must be a pmf over K categories, shape (K,), but has shape {p.shape}")
    return p


def check_alpha(alpha: PerGeneration, generations: int) -> Array:
    """Weights of the fresh data, shape (T + 1,); the first is 1, whatever was given for it.

    Raises
    ------
    ValueError
        If there are not T + 1 of them, or one from generation 1 on is outside [0, 1].
    """
    values = _per_generation(alpha, generations, "alpha", first=1.0)
    if not np.all((values >= 0) & (values <= 1)):
        t = int(np.argmax(~((values >= 0) & (values <= 1))))
        raise ValueError(f"alpha must lie in [0, 1], but that of generation {t} is {values[t]:g}")
    return values


def check_sizes(n: PerGeneration, generations: int) -> Sizes:
    """Sample sizes, shape (T + 1,).

    Raises
    ------
    ValueError
        If there are not T + 1 of them, or one is not a whole number >= 1.
    """
    values = _per_generation(n, generations, "n", first=None)
    wrong = ~((values >= 1) & (values < 2**53) & (values == np.floor(values)))
    if np.any(wrong):
        t = int(np.argmax(wrong))
        raise ValueError(
            f"n must be whole numbers from 1 to 2^53, but that of generation {t} is {values[t]:g}"
        )
    return values.astype(np.int64)


def check_each(given: PerGeneration, generations: int, name: str) -> Array:
    """Numbers from 0, one for each generation: shape (T + 1,).

    Raises
    ------
    ValueError
        If there are not T + 1 of them, or one is negative or not finite.
    """
    values = _per_generation(given, generations, name, first=None)
    if not np.all((values >= 0) & (values < np.inf)):
        raise ValueError(f"{name} must be finite numbers >= 0, but is {given!r}")
    return values


def _per_generation(
    given: PerGeneration, generations: int, name: str, first: float | None
) -> Array:
    count = check_size(generations, "generations", 0) + 1
    if callable(given):
        early = [] if first is None else [first]  # alpha(0) may not exist
        given = early + [float(given(t)) for t in range(len(early), count)]
    values = check_numbers(given, name)
    if values.ndim == 0:
        values = np.broadcast_to(values, (count,))
    if values.shape != (count,):
        raise ValueError(
            f"{name} must be one number, or one for each generation 0..{generations}, "
            f"but has shape {values.shape}"
        )
    values = values.copy()
    if first is not None:
        values[0] = first
    return values
