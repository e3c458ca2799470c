r"""Entropy, divergence and the two total correlations of a joint pmf.

A *joint pmf* is an array ``p`` with one axis per variable: ``p[x1, ..., xL]`` is the
probability that ``X = (x1, ..., xL)``. Axes may have different lengths. Everything is
measured in nats (natural logarithms), and ``0 ln 0 = 0``.

Two numbers summarize how far the variables are from independent. The *total correlation*

    TC = sum_i H(X_i) - H(X)

is what one loses by describing every variable separately; it is the Kullback-Leibler
divergence of ``p`` from the product of its marginals. The *dual total correlation*

    DTC = H(X) - sum_i H(X_i | X_{-i})

is the information shared by at least two variables: all of the entropy, less what each
variable keeps for itself. They answer different questions, and neither bounds the other up
to a constant: repetition has a large TC and a small DTC, parity the reverse.

Chapter 1 tells the story. Theorem labels: ``gibbs``, ``chain-rule``,
``conditioning``, ``tc-as-divergence``, ``dtc-as-sum``.
"""

from __future__ import annotations

from collections.abc import Iterable
from operator import index

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]

#: How far the sum of a pmf may be from one before it is refused.
SUM_TOLERANCE = 1e-8
#: The smallest normal number: in the place of zero it makes a logarithm finite.
TINY = np.finfo(np.float64).tiny


def check_pmf(p: ArrayLike, name: str = "pmf", axis: int | None = None) -> Array:
    """Return ``p`` as a float64 array, or say why it is not a pmf.

    Parameters
    ----------
    p : array_like
        Probabilities.
    name : str
        What to call ``p`` in the error message.
    axis : int, optional
        Every slice along this axis must be a pmf; by default the whole array is one.

    Returns
    -------
    ndarray of float64
        The same numbers, never renormalized.

    Raises
    ------
    ValueError
        If an entry is not finite or negative, or a sum differs from one by more than 1e-8.

    Examples
    --------
    >>> check_pmf([0.5, 0.6])
    Traceback (most recent call last):
        ...
    ValueError: pmf must sum to 1, but its sum is 1.1
    """
    array = check_numbers(p, name)
    if array.ndim == 0 or array.size == 0:
        raise ValueError(f"{name} must have at least one entry, but its shape is {array.shape}")
    if not np.all(np.isfinite(array)):
        raise ValueError(f"{name} must be finite, but it holds NaN or infinity")
    if array.min() < 0:
        raise ValueError(f"{name} must be nonnegative, but its smallest entry is {array.min():g}")
    with np.errstate(over="ignore"):
        sums = np.atleast_1d(array.sum(axis=axis))
    worst = sums.flat[np.argmax(np.abs(sums - 1))]
    if abs(worst - 1) > SUM_TOLERANCE:
        raise ValueError(f"{name} must sum to 1, but its sum is {worst:.10g}")
    return array


def check_numbers(values: ArrayLike, name: str) -> Array:
    """Return real numbers as a float64 array, or raise ValueError."""
    try:
        return np.asarray(values).astype(np.float64, casting="same_kind", copy=False)
    except (TypeError, ValueError) as error:
        raise ValueError(
            f"{name} must be an array of real numbers, but got {type(values).__name__}: {error}"
        ) from None


def entropy(p: ArrayLike) -> float:
    """Shannon entropy ``-sum p ln p`` of a pmf of any shape, in nats.

    Examples
    --------
    >>> round(entropy([0.5, 0.5]), 6)
    0.693147
    """
    return _entropy(check_pmf(p))


def kl_divergence(p: ArrayLike, q: ArrayLike) -> float:
    """Kullback-Leibler divergence ``sum p ln(p / q)`` in nats; infinite where q misses p.

    Theorem: `gibbs`.

    Parameters
    ----------
    p, q : array_like
        Two pmfs of the same shape.

    Examples
    --------
    >>> round(kl_divergence([1.0, 0.0], [0.5, 0.5]), 6)
    0.693147
    >>> kl_divergence([0.5, 0.5], [1.0, 0.0])
    inf
    """
    p, q = check_pmf(p, "p"), check_pmf(q, "q")
    if p.shape != q.shape:
        raise ValueError(f"p and q must have one shape, but have {p.shape} and {q.shape}")
    seen = p > 0
    if np.any(q[seen] == 0):
        return float("inf")
    return float(np.sum(p[seen] * (np.log(p[seen]) - np.log(q[seen]))))


def marginal(p: ArrayLike, keep: Iterable[int]) -> Array:
    """Pmf of the variables ``keep`` (axes of ``p``, in the order of ``p``).

    Examples
    --------
    >>> marginal([[0.1, 0.2], [0.3, 0.4]], keep=[0]).round(3).tolist()
    [0.3, 0.7]
    """
    p = check_pmf(p)
    kept = _axes(keep, p.ndim)
    return p.sum(axis=tuple(i for i in range(p.ndim) if i not in kept))


def conditional_entropy(p: ArrayLike, of: Iterable[int], given: Iterable[int]) -> float:
    """``H(X_of | X_given)`` in nats, as a difference of two joint entropies.

    Theorem: `chain-rule`.

    Examples
    --------
    >>> round(conditional_entropy([[0.5, 0.0], [0.0, 0.5]], of=[1], given=[0]), 12)
    0.0
    """
    p = check_pmf(p)
    given = _axes(given, p.ndim)
    both = _axes(of, p.ndim) | given
    return _entropy(marginal(p, both)) - _entropy(marginal(p, given))


def mutual_information(
    p: ArrayLike, first: Iterable[int], second: Iterable[int], given: Iterable[int] = ()
) -> float:
    """``I(X_first; X_second | X_given)`` in nats; never negative.

    Theorem: `conditioning`.

    Parameters
    ----------
    p : array_like
        Joint pmf with one axis per variable.
    first, second, given : iterable of int
        Axes of ``p``.

    Examples
    --------
    >>> parity = np.array([[[1, 0], [0, 1]], [[0, 1], [1, 0]]]) / 4
    >>> round(mutual_information(parity, [0], [1]), 6)
    0.0
    >>> round(mutual_information(parity, [0], [1], given=[2]), 6)
    0.693147
    """
    p = check_pmf(p)
    given = _axes(given, p.ndim)
    return conditional_entropy(p, first, given) - conditional_entropy(
        p, first, _axes(second, p.ndim) | given
    )


def total_correlation(p: ArrayLike) -> float:
    """Total correlation ``sum_i H(X_i) - H(X)`` in nats (Watanabe 1960).

    Theorem: `tc-as-divergence`.

    Examples
    --------
    A fair bit repeated three times has 2 ln 2:

    >>> repetition = np.array([[[1, 0], [0, 0]], [[0, 0], [0, 1]]]) / 2
    >>> round(total_correlation(repetition), 6)
    1.386294
    """
    p = check_pmf(p)
    singles = sum(_entropy(p.sum(axis=_others(i, p.ndim))) for i in range(p.ndim))
    return max(float(singles - _entropy(p)), 0.0)  # rounding


def dual_total_correlation(p: ArrayLike) -> float:
    """Dual total correlation ``H(X) - sum_i H(X_i | X_{-i})`` in nats (Han 1978).

    Theorem: `dtc-as-sum`.

    Examples
    --------
    A fair bit repeated three times has ln 2:

    >>> repetition = np.array([[[1, 0], [0, 0]], [[0, 0], [0, 1]]]) / 2
    >>> round(dual_total_correlation(repetition), 6)
    0.693147
    """
    p = check_pmf(p)
    whole = _entropy(p)
    private = sum(whole - _entropy(p.sum(axis=i)) for i in range(p.ndim))
    return max(float(whole - private), 0.0)  # rounding


def o_information(p: ArrayLike) -> float:
    """O-information ``TC - DTC`` in nats: positive for redundancy, negative for synergy.

    Examples
    --------
    Three bits of even parity have ln 2 - 2 ln 2:

    >>> parity = np.array([[[1, 0], [0, 1]], [[0, 1], [1, 0]]]) / 4
    >>> round(o_information(parity), 6)
    -0.693147
    """
    return total_correlation(p) - dual_total_correlation(p)


def _entropy(p: Array) -> float:
    """Entropy of an array already known to be a pmf."""
    logs = np.log(np.maximum(p, TINY))  # finite, so that 0 ln 0 = 0
    return float(0.0 - np.vdot(p, logs))  # 0.0 for a point mass, not -0.0


def _axes(axes: Iterable[int], ndim: int) -> set[int]:
    try:
        chosen = {index(i) for i in axes}
    except TypeError:
        raise ValueError(f"axes must be listed, such as [0, 2], but are {axes!r}") from None
    if not chosen <= set(range(ndim)):
        raise ValueError(f"axes must lie in 0..{ndim - 1}, but are {sorted(chosen)}")
    return chosen


def _others(axis: int, ndim: int) -> tuple[int, ...]:
    return tuple(i for i in range(ndim) if i != axis)
