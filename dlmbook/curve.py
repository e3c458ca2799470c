r"""The information curve: all that random-order parallel unmasking knows about a law.

Let ``h[j]`` be the mean of the entropies ``H(X_S)`` over all sets S of j positions. Its
increments ``D[j] = h[j + 1] - h[j]`` are the mean uncertainty of one more token when j are
known; conditioning lowers entropy, so D is nonincreasing (Theorem `han`). What j tokens tell
about another one is

    Z[j] = D[0] - D[j],        j = 0, ..., L - 1,

the *information curve*: it starts at 0 and never falls. Its increments

    w[m] = Z[m] - Z[m - 1],    m = 1, ..., L - 1,

are nonnegative. In the box of width L and height ``Z[L - 1]`` the area under the curve is the
total correlation and the area above it the dual total correlation:

    TC = sum_m w[m] (L - m),   DTC = sum_m w[m] m,   TC + DTC = L Z[L - 1].

Arrays here are indexed as in the formulas, save that ``w`` is stored without a ``w[0]``:
``curve.w[m - 1]`` is the increment at threshold m, just as ``schedule.overshoot()[m - 1]``.

Chapter 2 tells the story. Theorem labels: ``han``, ``box``, ``tc-plus-dtc``,
``tc-dtc-ratio``, ``step-mixture``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike

from dlmbook.information import Array, check_numbers

#: Relative size of a fall of the curve that is put down to rounding.
ROUNDING = 1e-9


class HasProfile(Protocol):
    """Anything that can compute its averaged entropies, as every law can."""

    def profile(self) -> Array:
        """Averaged entropies ``h``, shape (L + 1,), in nats."""


@dataclass(frozen=True, eq=False)
class InformationCurve:
    """The information curve of a law over sequences of length L.

    Theorem: `han`. Theorem: `box`. Theorem: `tc-plus-dtc`.
    Theorem: `tc-dtc-ratio`.

    Parameters
    ----------
    h : array_like, shape (L + 1,)
        Averaged entropies in nats: ``h[j]`` is the mean of H(X_S) over all S with j positions.

    Raises
    ------
    ValueError
        If ``h[0]`` is not zero, or the conditional entropies ``h[j + 1] - h[j]`` are negative
        or increase by more than rounding: no law has such a profile. (An *estimated* profile
        can; project it to a monotone one first.)

    Examples
    --------
    A fair bit repeated three times:

    >>> curve = InformationCurve(np.log(2) * np.array([0, 1, 1, 1]))
    >>> (curve.Z / np.log(2)).tolist(), (curve.w / np.log(2)).tolist()
    ([0.0, 1.0, 1.0], [1.0, 0.0])
    >>> float(curve.tc / np.log(2)), float(curve.dtc / np.log(2))
    (2.0, 1.0)
    """

    h: Array

    def __post_init__(self) -> None:
        h = check_numbers(self.h, "profile h").copy()
        if h.ndim != 1 or h.size < 2:
            raise ValueError(f"profile h must be a vector of length L + 1 >= 2, not {h.shape}")
        if not np.all(np.isfinite(h)) or h[0] != 0:
            raise ValueError(f"profile h must be finite with h[0] = 0, but starts with {h[0]:g}")
        slack = ROUNDING * max(1.0, abs(h[1]), abs(h[-1]))
        gaps = np.diff(h)
        if gaps.min() < -slack:
            raise ValueError(
                f"profile h must not decrease, but h[{gaps.argmin() + 1}] - h[{gaps.argmin()}] "
                f"is {gaps.min():g}"
            )
        if h.size > 2 and np.diff(gaps).max() > slack:
            j = int(np.diff(gaps).argmax())
            raise ValueError(
                "conditional entropies must not increase (Han's inequality), but D rises from "
                f"{gaps[j]:g} to {gaps[j + 1]:g} at j = {j + 1}"
            )
        h.flags.writeable = False
        object.__setattr__(self, "h", h)

    @classmethod
    def of(cls, law: HasProfile) -> InformationCurve:
        """Curve of a law, from its profile."""
        if not hasattr(law, "profile"):
            raise ValueError(f"law must be a law, such as DenseLaw(pmf), not {type(law).__name__}")
        return cls(law.profile())

    @classmethod
    def from_increments(cls, w: ArrayLike, first: float | None = None) -> InformationCurve:
        """Curve with given increments.

        Theorem: `step-mixture`.

        Parameters
        ----------
        w : array_like, shape (L - 1,)
            Nonnegative increments in nats, ``w[m - 1]`` at threshold m.
        first : float, optional
            Mean entropy ``D[0]`` of one token; at least ``sum(w)``, its default.

        Examples
        --------
        >>> InformationCurve.from_increments([0.0, 1.0, 0.0]).dtc
        2.0
        """
        w = check_numbers(w, "increments w")
        if w.ndim != 1 or not np.all(np.isfinite(w)) or np.any(w < 0):
            raise ValueError("increments w must be a vector of finite nonnegative numbers")
        first = float(w.sum()) if first is None else float(first)
        D = first - np.concatenate([[0.0], np.cumsum(w)])
        return cls(np.concatenate([[0.0], np.cumsum(D)]))

    @property
    def length(self) -> int:
        """Sequence length L."""
        return self.h.size - 1

    @property
    def D(self) -> Array:
        """Mean conditional entropy of one more token, shape (L,), in nats."""
        return np.diff(self.h)

    @property
    def Z(self) -> Array:
        """Information curve, shape (L,), in nats."""
        return self.D[0] - self.D

    @property
    def w(self) -> Array:
        """Increments of Z, shape (L - 1,), in nats; ``w[m - 1]`` belongs to threshold m."""
        return np.diff(self.Z)

    @property
    def tc(self) -> float:
        """Total correlation in nats: the area under the curve."""
        return max(float(self.Z.sum()), 0.0)

    @property
    def dtc(self) -> float:
        """Dual total correlation in nats: the area above the curve."""
        return max(float((self.Z[-1] - self.Z).sum()), 0.0)

    @property
    def effective(self) -> float:
        """Effective correlation ``sum_m w[m] min(m, L - m)`` in nats, at most min(TC, DTC)."""
        m = np.arange(1, self.length)
        return max(float(self.w @ np.minimum(m, self.length - m)), 0.0)
