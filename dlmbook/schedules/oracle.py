r"""The oracle schedule: the best fixed sizes for a law whose curve is known.

A block from n to n' costs the area between the curve and its value at n,

    cost(n, n') = sum_{j=n}^{n'-1} (Z[j] - Z[n]),

so the cheapest K sizes put the largest staircase under the curve: they maximize
``sum_k (N_k - N_{k-1}) Z[N_{k-1}]``, a sum of nonnegative terms. For ``a <= b <= c <= d``

    cost(a, d) + cost(b, c) - cost(a, c) - cost(b, d) = (d - c)(Z[b] - Z[a]) >= 0:

the cost is *Monge*, and the best last stop before n' never moves down when n' moves up. Divide and
conquer therefore finds a layer of the dynamic program in O(L log L), and all K of them in
O(K L log L) (Theorem `oracle`). Chapter 8 tells the story.
"""

from __future__ import annotations

import numpy as np

from dlmbook.curve import InformationCurve
from dlmbook.information import Array
from dlmbook.schedules.base import Sizes, check_steps
from dlmbook.schedules.fixed import FixedSchedule


def oracle_schedule(curve: InformationCurve, steps: int) -> FixedSchedule:
    """K sizes of least expected divergence for a law with this curve.

    No random schedule of K steps does better for this law, since its error is an average over
    fixed ones.

    Theorem: `oracle`.

    Parameters
    ----------
    curve : InformationCurve
        The law's curve, or an estimate of it.
    steps : int
        K, at most L.

    Examples
    --------
    Only the third threshold matters, so a breakpoint goes there:

    >>> curve = InformationCurve.from_increments([0.0, 0.0, 1.0, 0.0])
    >>> oracle_schedule(curve, 2).sizes
    (3, 2)
    """
    if not isinstance(curve, InformationCurve):
        raise ValueError(
            f"curve must be an InformationCurve, not {type(curve).__name__} "
            "(of an estimate it is estimate.curve)"
        )
    check_steps(curve.length, steps)
    slack = curve.length - steps  # after k steps, k..k+slack tokens are revealed
    Z = np.maximum.accumulate(curve.Z)  # rounding
    best = np.zeros(slack + 1)  # area of the largest staircase, by tokens beyond k
    stops: list[Sizes] = []
    for k in range(1, steps):
        best, stop = _layer(best, Z[k : k + slack + 1])
        stops.append(stop)
    return FixedSchedule(_walk_back(stops, slack))


def _layer(best: Array, Z: Array) -> tuple[Array, Sizes]:
    """Add one step: ``max_i best[i] + (j + 1 - i) Z[i]`` over i <= j, for every j, and where.

    Answers at every other j confine those between them, level by level, all at once.

    Parameters
    ----------
    best, Z : ndarray, shape (n,)
        Of a stop i tokens beyond the smallest possible.
    """
    n = best.size
    value, stop = np.zeros(n), np.zeros(n, dtype=np.int64)
    stride = 1 << (n.bit_length() - 1)
    while stride:
        j = np.arange(stride - 1, n, 2 * stride)
        low = np.where(j >= stride, stop[j - stride], 0)
        high = np.minimum(j, np.where(j + stride < n, stop[np.minimum(j + stride, n - 1)], n - 1))
        value[j], stop[j] = _best_in_ranges(best, Z, j, low, high)
        stride //= 2
    return value, stop


def _best_in_ranges(
    best: Array, Z: Array, j: Sizes, low: Sizes, high: Sizes
) -> tuple[Array, Sizes]:
    """First maximum of ``best[i] + (j + 1 - i) Z[i]`` over low <= i <= high, for each j."""
    count = high - low + 1
    ends = np.cumsum(count)
    starts = ends - count
    row = np.repeat(np.arange(j.size), count)
    i = np.arange(ends[-1]) - (starts - low)[row]
    values = best[i] + (j[row] + 1 - i) * Z[i]
    top = np.maximum.reduceat(values, starts)
    hits = np.flatnonzero(values == top[row])
    return top, i[hits[np.searchsorted(hits, starts)]]


def _walk_back(stops: list[Sizes], last: int) -> tuple[int, ...]:
    """Sizes of the best way to the end."""
    sizes = []
    for stop in reversed(stops):
        sizes.append(last + 1 - int(stop[last]))
        last = int(stop[last])
    return (last + 1, *reversed(sizes))
