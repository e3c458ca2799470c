r"""Harmonic schedules: a random offset makes the schedule adapt to dependence it does not know.

Fix a reference vector ``v[m] > 0``: ``L - m`` to compare with TC, ``m`` with DTC, or
``min(m, L - m)`` with the smaller of both. Give each threshold the mass ``1 / v[m]``, lay the
masses end to end on a line, and put levels on it at a distance delta from each other, so that
K - 1 of them fit; their common offset is uniformly random. Each level makes a breakpoint of the
m that it falls on. A stretch of mass x contains no level with probability ``(1 - x/delta)_+``,
and therefore (Theorem `offset-optimal`)

    o[m] = sum_{j >= m} (1 - (1/delta) sum_{i=m..j} 1/v[i])_+ .

This is at most ``(delta / 2)(L - m)`` where no v[i] exceeds ``L - i``, and at most
``((e^delta - 1 - delta) / delta) m`` where none exceeds i. The first is Theorem `harmonic-tc`,
the second `harmonic-dtc`; ``min(m, L - m)`` has both properties, which gives `harmonic-both`.

Where a mass is longer than delta, two levels may hit one m and a step is lost. The *clipped*
schedule cuts the masses to delta, with the delta that still has room for exactly K - 1 levels; it
is never larger. The bounds hold for it word for word: a window without a cut mass is as before,
and a cut mass contains a level for certain.

Chapter 6 tells the story.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.special import exprel

from dlmbook.information import Array
from dlmbook.laws.base import Rng
from dlmbook.schedules.base import Schedule, Sizes, check_steps
from dlmbook.schedules.offset import OffsetSchedule


@dataclass(frozen=True)
class HarmonicSchedule(Schedule):
    """Random-offset schedule; ``E KL <= bound * <w, reference>`` for every law.

    Theorem: `harmonic-tc`. Theorem: `harmonic-dtc`. Theorem: `harmonic-both`.

    Parameters
    ----------
    length, steps : int
        L and K, with K at most L.
    adapt : {"tc", "dtc", "both"}
        What the error shall be proportional to: TC, DTC, or the effective correlation, which
        is at most the smaller of both.
    clipped : bool
        Whether masses are cut to delta. Then exactly K sizes are drawn (one token at a time if
        K = L); otherwise at most K.

    Examples
    --------
    >>> schedule = HarmonicSchedule(8, 3, adapt="tc")
    >>> round(schedule.worst_case(schedule.reference), 4), round(schedule.bound, 4)
    (0.4042, 0.6482)
    >>> schedule.offsets.at([0.5, 0.9]).tolist()
    [[4, 3, 1], [6, 1, 1]]
    """

    length: int
    steps: int
    adapt: Literal["tc", "dtc", "both"] = "tc"
    clipped: bool = True

    def __post_init__(self) -> None:
        check_steps(self.length, self.steps)
        if not isinstance(self.adapt, str) or self.adapt not in ("tc", "dtc", "both"):
            raise ValueError(f"adapt must be 'tc', 'dtc' or 'both', but is {self.adapt!r}")

    @property
    def reference(self) -> Array:
        """Reference vector v: ``v[m - 1]`` at threshold m, shape (L - 1,), in tokens."""
        m = np.arange(1.0, self.length)
        return {"tc": m[::-1], "dtc": m, "both": np.minimum(m, m[::-1])}[self.adapt]

    @property
    def delta(self) -> float:
        """Distance of the levels: 0 if there is no error, infinite if there is no level."""
        if self.length == 1 or (self.clipped and self.steps == self.length):
            return 0.0
        if self.steps == 1:
            return float("inf")
        mass = np.sort(1 / self.reference)[::-1]
        rest = np.cumsum(mass[::-1])[::-1]  # of the masses without the c largest
        if not self.clipped:
            return float(rest[0] / (self.steps - 1))
        delta = rest[: self.steps - 1] / np.arange(self.steps - 1, 0, -1)  # if c of them are cut
        return float(delta[np.argmax(mass[: self.steps - 1] <= delta)])

    @property
    def bound(self) -> float:
        """Constant c of the guarantee ``E KL <= c <w, reference>``; infinite for K = 1 < L."""
        if self.adapt == "tc":
            return self.delta / 2
        return float(exprel(self.delta)) - 1  # (e^delta - 1 - delta) / delta

    @property
    def intensity(self) -> Array:
        """Mean number of levels at m = 1..L-1, shape (L - 1,); they sum to K - 1.

        If clipped, the probability that m is a breakpoint.
        """
        if self.clipped and self.steps == self.length:
            return np.ones(self.length - 1)
        levels = 1 / (self.delta * self.reference)
        return np.minimum(levels, 1.0) if self.clipped else levels

    @property
    def offsets(self) -> OffsetSchedule:
        """The schedule by its levels, from which all else is computed."""
        return OffsetSchedule(self.intensity)

    def sample(self, n: int, rng: Rng = None) -> Sizes:
        """Draw n offsets; their sizes, shape (n, K)."""
        sizes = self.offsets.sample(n, rng)
        return np.pad(sizes, ((0, 0), (0, self.steps - sizes.shape[1])))

    def overshoot(self) -> Array:
        """Exact overshoot at m = 1..L-1, shape (L - 1,), in tokens, in O(L log L)."""
        return self.offsets.overshoot()

    def compositions(self) -> list[tuple[float, tuple[int, ...]]]:
        """All compositions, at most L: the sizes are piecewise constant in the offset."""
        return self.offsets.compositions()
