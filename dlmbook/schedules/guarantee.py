"""The best that fixed sizes can promise against the worst law.

A guarantee ``E KL <= c <w, v>`` for all laws means ``o[m] <= c v[m]`` at every threshold. For a
given c a block from n to e revealed tokens is allowed if ``e - m <= c v[m]`` for all m in it, and
a block that starts later and ends at the same place is allowed too. So it is never wrong to go as
far as allowed: the greedy sizes need the fewest steps, and bisection finds the smallest c for
which they need at most K.

Chapter 5 tells the story.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from dlmbook.information import Array, check_numbers
from dlmbook.schedules.base import check_steps
from dlmbook.schedules.fixed import FixedSchedule

#: Relative slack by which rounding may miss a size that is allowed exactly.
ROUNDING = 1e-12
#: Bisections: the range of c shrinks to a part of 2^-60.
BISECTIONS = 60


def best_fixed(length: int, steps: int, reference: ArrayLike) -> FixedSchedule:
    """Find fixed sizes of the smallest worst case against a reference, in at most K steps.

    Parameters
    ----------
    length, steps : int
        L and K.
    reference : array_like, shape (L - 1,)
        Positive numbers: ``L - m`` to compare with TC, ``m`` with DTC.

    Examples
    --------
    >>> m = np.arange(1, 10)
    >>> best_fixed(10, 4, reference=10 - m).sizes
    (5, 2, 2, 1)
    """
    check_steps(length, steps)
    v = check_numbers(reference, "reference")
    if v.shape != (length - 1,) or not np.all((v > 0) & np.isfinite(v)):
        raise ValueError(f"reference must be {length - 1} positive numbers")
    everything = FixedSchedule((length,))
    low, high, best = 0.0, everything.worst_case(v), everything
    for _ in range(BISECTIONS if steps > 1 else 0):
        c = (low + high) / 2
        sizes = _greedy(c, v, steps)
        if sizes is None:
            low = c
        else:
            best = FixedSchedule(sizes)
            high = min(c, best.worst_case(v))
    return best


def _greedy(c: float, v: Array, steps: int) -> tuple[int, ...] | None:
    """Largest sizes with overshoot at most c v, or None if they take more than K steps."""
    length = v.size + 1
    reach = np.arange(1, length) + c * v * (1 + ROUNDING)  # the farthest end that m allows
    sizes: list[int] = []
    known = 0
    while known < length:
        if len(sizes) == steps:
            return None
        end, limit = known + 1, float(length)
        while end < length and (limit := min(limit, float(reach[end - 1]))) >= end + 1:
            end += 1
        sizes.append(end - known)
        known = end
    return tuple(sizes)
