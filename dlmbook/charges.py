"""What a denoiser is charged for held-out sequences, the raw material of every estimate."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from dlmbook.information import Array
from dlmbook.laws.base import MASK, Rng, Tokens
from dlmbook.sampling import Denoiser, ask
from dlmbook.schedules.base import Sizes


def charges_at(denoiser: Denoiser, tokens: Tokens, levels: Sizes, rng: Rng) -> Array:
    """Charge each sequence for its hidden tokens, with its own random order, at each level.

    Parameters
    ----------
    denoiser : callable
        From partly masked tokens (n, L) to probabilities (n, L, q).
    tokens : ndarray of int64, shape (n, L)
    levels : ndarray of int64, shape (G,)
        Numbers of revealed tokens.
    rng : Generator, int or None
        Source of randomness, or its seed.

    Returns
    -------
    ndarray, shape (n, G)
        Mean of ``-ln p`` over the hidden tokens, in nats; infinite where p is zero.
    """
    n, length = tokens.shape
    place = np.random.default_rng(rng).random((n, length)).argsort(axis=1).argsort(axis=1)
    charges = np.empty((n, levels.size))
    for column, j in enumerate(levels.tolist()):
        hidden = place >= j
        rows, columns = np.nonzero(hidden)
        pmfs = ask(denoiser, np.where(hidden, MASK, tokens), rows, columns)  # (n (L - j), q)
        truth = tokens[rows, columns]
        if truth.max() >= pmfs.shape[1]:
            raise ValueError(f"token {truth.max()} is unknown to a denoiser of q = {pmfs.shape[1]}")
        with np.errstate(divide="ignore"):
            logs = np.log(pmfs[np.arange(len(truth)), truth])
        charges[:, column] = np.abs(logs.reshape(n, length - j).mean(axis=1))
    return charges


def check_complete(tokens: ArrayLike) -> Tokens:
    """Raise ValueError unless these are at least two sequences without masks."""
    array = np.asarray(tokens)
    if array.ndim != 2 or len(array) < 2 or array.shape[1] == 0:
        raise ValueError(
            f"tokens must hold at least two sequences, shape (n, L), but have shape {array.shape}"
        )
    if array.dtype.kind not in "iu" or array.min() < 0:
        raise ValueError("tokens must be complete: integers 0..q-1, without masks")
    return array.astype(np.int64)


def check_levels(levels: ArrayLike, length: int) -> Sizes:
    """Raise ValueError unless levels are whole numbers that increase from 0 to L - 1."""
    array = np.asarray(levels)
    whole = array.ndim == 1 and array.size > 0 and array.dtype.kind in "iu"
    if not whole or array[0] != 0 or array[-1] != length - 1 or np.any(np.diff(array) <= 0):
        raise ValueError(
            f"levels must be integers that increase from 0 to L - 1 = {length - 1}, "
            f"but are {levels!r}"
        )
    return array.astype(np.int64)


def standard_error(values: Array) -> Array:
    """Return the standard error of the mean over axis 0; infinite where a value is."""
    finite = np.isfinite(values).all(axis=0)
    spread = np.where(finite, values, 0.0).std(axis=0, ddof=1)
    return np.where(finite, spread / np.sqrt(len(values)), np.inf)
