r"""Random-offset schedules: the least overshoot that given breakpoint probabilities allow.

Let ``b[m]`` be the probability that m is a breakpoint, ``B[m] = b[1] + ... + b[m]``. Whatever the
schedule, the union bound gives

    P(no breakpoint in m..j) >= (1 - (B[j] - B[m-1]))_+,

and the overshoot is the sum of these probabilities over ``j = m, ..., L - 1``. *Systematic
sampling* has equality everywhere: draw one offset V uniformly from [0, 1), and let n be a
breakpoint when one of ``V, V + 1, V + 2, ...`` falls into ``[B[n-1], B[n])``. So among all
schedules with the same probabilities it has the least overshoot at every threshold at once, and
hence the least error for every law. It never needs more than ``1 + ceil(B[L-1])`` steps: no more
than any other schedule with these probabilities needs on average, rounded up.

The systematic sampling of surveys is due to Madow. The harmonic schedules are of this kind too.
Chapter 6 tells the story.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

import numpy as np
from numpy.typing import ArrayLike

from dlmbook.information import Array, check_numbers
from dlmbook.laws.base import Rng, check_size
from dlmbook.schedules.base import Schedule, Sizes

#: Excess over a whole number of steps, or range of offsets, that is put down to rounding.
ROUNDING = 1e-9


@dataclass(frozen=True, eq=False)
class OffsetSchedule(Schedule):
    """Breakpoints by systematic sampling: one random offset decides all of them.

    Theorem: `offset-optimal`.

    Parameters
    ----------
    levels : array_like, shape (L - 1,)
        ``levels[m - 1]``, nonnegative: the mean number of levels at m. Up to 1 it is the
        probability that m is a breakpoint; beyond, levels that fall on one m are lost.

    Examples
    --------
    Two steps; the first reveals one or two of three tokens:

    >>> schedule = OffsetSchedule([0.25, 0.75])
    >>> schedule.steps, schedule.compositions()
    (2, [(0.25, (1, 2)), (0.75, (2, 1))])
    >>> schedule.overshoot().tolist()
    [0.75, 0.25]
    """

    levels: Array

    def __post_init__(self) -> None:
        levels = check_numbers(self.levels, "levels").copy()
        if levels.ndim != 1 or not np.all((levels >= 0) & np.isfinite(levels)):
            raise ValueError("levels must be a vector of finite nonnegative numbers")
        levels.flags.writeable = False
        object.__setattr__(self, "levels", levels)

    @property
    def length(self) -> int:  # type: ignore[override]
        """Number L of tokens."""
        return self.levels.size + 1

    @property
    def steps(self) -> int:  # type: ignore[override]
        """Number K of steps: all levels together, rounded up, and the last step."""
        return 1 + ceil(float(self.levels.sum()) - ROUNDING)

    def sample(self, n: int, rng: Rng = None) -> Sizes:
        """Draw n compositions, shape (n, K)."""
        return self.at(np.random.default_rng(rng).random(check_size(n, "n", 0)))

    def overshoot(self) -> Array:
        """Overshoot at m = 1..L-1, shape (L - 1,), in tokens."""
        return offset_overshoot(self.levels)

    def compositions(self) -> list[tuple[float, tuple[int, ...]]]:
        """All compositions, at most L of them: one for each interval of offsets."""
        cuts = np.unique([0.0, *np.cumsum(self.levels) % 1.0])
        cuts = cuts[(np.diff(cuts, prepend=-1.0) > ROUNDING) & (cuts < 1 - ROUNDING)]
        cuts = np.append(cuts, 1.0)
        total: dict[tuple[int, ...], float] = {}
        rows = self.at((cuts[1:] + cuts[:-1]) / 2).tolist()
        for probability, row in zip(np.diff(cuts).tolist(), rows, strict=True):
            sizes = tuple(s for s in row if s)
            total[sizes] = total.get(sizes, 0.0) + probability
        return [(probability, sizes) for sizes, probability in total.items()]

    def at(self, offset: ArrayLike) -> Sizes:
        """Sizes that belong to given offsets.

        Parameters
        ----------
        offset : array_like of float, shape (n,)
            Values in [0, 1): the levels are ``offset, offset + 1, ...``.

        Returns
        -------
        ndarray of int64, shape (n, K)
        """
        offset = check_numbers(offset, "offset")
        if offset.ndim != 1 or not np.all((offset >= 0) & (offset < 1)):
            raise ValueError("offset must be a vector of numbers in [0, 1)")
        marks = offset[:, None] + np.arange(self.steps - 1)  # (n, K - 1)
        points = 1 + np.searchsorted(np.cumsum(self.levels), marks, side="right")
        sizes = np.diff(points, prepend=0, append=self.length, axis=1)
        last = np.argsort(sizes == 0, axis=1, kind="stable")  # two levels on one m: zeros last
        return np.take_along_axis(sizes, last, axis=1).astype(np.int64, copy=False)


def offset_overshoot(mass: Array) -> Array:
    """Compute ``o[m] = sum_{j >= m} (1 - sum_{i=m..j} mass[i])_+`` for all m.

    Windows of 2^k cells are added up by doubling, and the longest window of total below 1 is
    put together from them; long cumulative sums, whose differences would cancel, never occur.
    """
    sums, areas = [mass], [mass]  # of 2^k cells from each m, and of their partial sums
    while (half := 1 << (len(sums) - 1)) < mass.size - half + 1:
        total, area = sums[-1], areas[-1]
        sums.append(total[:-half] + total[half:])
        areas.append(area[:-half] + half * total[:-half] + area[half:])
    start, room = np.arange(mass.size), np.ones(mass.size)
    result = np.zeros(mass.size)
    for k in reversed(range(len(sums))):
        inside = np.flatnonzero(start < sums[k].size)
        taken = inside[sums[k][start[inside]] < room[inside]]
        window = start[taken]
        result[taken] += (1 << k) * room[taken] - areas[k][window]
        room[taken] -= sums[k][window]
        start[taken] += 1 << k
    return result
