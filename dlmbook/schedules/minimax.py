r"""The best schedule against the worst law: a game against nature.

We pick a random schedule of at most K steps, nature a threshold m (an MDS code). We pay her
``o[m] / v[m]``, where the *reference* v is ``L - m`` to compare with TC, ``m`` with DTC, the
smaller of the two with both. By the minimax theorem the value

    c* = min over schedules of max_m o[m] / v[m] = max over priors of min over compositions of
         sum_m prior[m] o[m] / v[m]

is the best constant that any schedule can have in ``E KL <= c <w, v>`` for all laws. Any schedule
bounds it from above, any prior from below (Yao): together they certify how good both are.

**How it is solved.** A schedule of at most K steps has breakpoint probabilities ``b`` of total at
most K - 1, and the random-offset schedule with the same ones is at least as good at every
threshold (`dlmbook.schedules.offset`). So

    c* = min over b of max_m (1 / v[m]) sum_{j >= m} (1 - b[m] - ... - b[j])_+,   sum b <= K - 1.

For a given c the least total is found greedily from the right: take each ``b[m]`` as small as its
own constraint allows. (To move probability from m + 1 to m helps all thresholds up to m, and
those beyond m + 1 do not see it.) This least total S(c) is convex, piecewise linear and
decreasing, so Newton's method finds the root of ``S(c) = K - 1`` from the left in a dozen
steps of O(L) each. The slope of S gives the dual: nature's prior. The linear program over flows
that this makes superfluous is in `dlmbook.schedules.program`.

Chapter 7 tells the story. Theorem labels: ``minimax``, ``minimax-offset``, ``yao``,
``sharp-constant``.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import exprel

from dlmbook.curve import InformationCurve
from dlmbook.information import Array, check_numbers, check_pmf
from dlmbook.laws.base import check_size
from dlmbook.schedules.base import Schedule, Sizes, check_steps
from dlmbook.schedules.offset import OffsetSchedule
from dlmbook.schedules.oracle import oracle_schedule

#: Relative excess of the total probability over K - 1 at which Newton's method stops.
ROUNDING = 1e-14


@dataclass(frozen=True, eq=False)
class Minimax:
    """Solution of the game: strategies of both players, and what they guarantee.

    Attributes
    ----------
    value : float
        c*, the least c with ``E KL <= c <w, reference>`` for all laws.
    schedule : Schedule
        Our strategy.
    prior : ndarray, shape (L - 1,)
        Nature's strategy: a pmf over thresholds, ``prior[m - 1]`` at m.
    reference : ndarray, shape (L - 1,)
        v.
    lower, upper : float
        What the prior and the schedule prove about c*, each computed from it alone.
    """

    value: float
    schedule: Schedule
    prior: Array
    reference: Array
    lower: float
    upper: float

    @property
    def gap(self) -> float:
        """Difference of the two certificates: zero but for rounding at the optimum."""
        return self.upper - self.lower


def minimax_schedule(length: int, steps: int, reference: str | ArrayLike = "tc") -> Minimax:
    """Solve the game exactly.

    Theorem: `minimax`. Theorem: `minimax-offset`.

    Parameters
    ----------
    length, steps : int
        L, at least 2, and K, at most L.
    reference : {"tc", "dtc", "both"} or array_like, shape (L - 1,)
        v: ``L - m``, ``m``, ``min(m, L - m)``, or any positive numbers.

    Returns
    -------
    Minimax
        Its schedule is an `OffsetSchedule`.

    Examples
    --------
    Two steps for eight tokens: the sequential schedule's ``1 - 1 / H_7`` is optimal.

    >>> game = minimax_schedule(8, 2)
    >>> round(game.value, 6), round(1 - 1 / sum(1 / r for r in range(1, 8)), 6)
    (0.614325, 0.614325)
    >>> game.schedule.levels.round(3).tolist()
    [0.055, 0.064, 0.077, 0.096, 0.129, 0.193, 0.386]
    """
    v = check_game(length, steps, reference)
    value, chances, prior = _newton(v, steps)
    return solution(value, OffsetSchedule(chances), prior, v, steps)


def yao_bound(
    length: int, steps: int, reference: str | ArrayLike = "tc", prior: ArrayLike | None = None
) -> float:
    """Lower bound of c* from a prior: what the best composition pays against it.

    Theorem: `yao`.

    Parameters
    ----------
    length, steps, reference
        As for `minimax_schedule`.
    prior : array_like, shape (L - 1,), optional
        A pmf over the thresholds. By default the best `harmonic_prior`, its support cut at
        the least v times powers of the square root of two.

    Examples
    --------
    >>> bounds = yao_bound(1024, 32), minimax_schedule(1024, 32).value
    >>> print("{:.4f} <= {:.4f}".format(*bounds))
    0.0635 <= 0.0789
    """
    v = check_game(length, steps, reference)
    if prior is None:
        cuts = v.min() * 2 ** (np.arange(1 + np.floor(2 * np.log2(v.max() / v.min()))) / 2)
        return max(_least_cost(harmonic_prior(v, c) / v, steps) for c in cuts)
    prior = check_pmf(prior, "prior")
    if prior.shape != v.shape:
        raise ValueError(f"prior must have shape {v.shape}, but has shape {prior.shape}")
    return _least_cost(prior / v, steps)


def harmonic_prior(reference: ArrayLike, least: float = 0.0) -> Array:
    """Prior proportional to ``1 / v`` where ``v >= least``, shape (L - 1,).

    Examples
    --------
    >>> harmonic_prior([4, 3, 2, 1], least=2).round(3).tolist()
    [0.231, 0.308, 0.462, 0.0]
    """
    v = check_numbers(reference, "reference")
    if v.ndim != 1 or not np.all((v > 0) & (v < np.inf)):
        raise ValueError("reference must be a vector of finite positive numbers")
    if not np.any(v >= least):
        raise ValueError(f"least must be at most max(reference) = {v.max():g}, but is {least:g}")
    weights = np.where(v >= least, v.min() / v, 0.0)
    return weights / weights.sum()


def sharp_bounds(length: int, steps: int) -> tuple[float, float]:
    """Bound c* against TC in closed form, from below and above; both tend to ``ln L / (2 K)``.

    Theorem: `sharp-constant`. With ``G(y) = 1 - (1 - e^-y) / y`` the harmonic schedule proves
    ``c* <= G(H_{L-1} / (K - 1))``, and the harmonic prior on ``r..L-1`` tokens left

        c* >= (x G(x / K) - 1/r + 1/L) / (x + 1/r),      x = ln(L / r).

    Parameters
    ----------
    length, steps : int
        L, at least 2, and K, at most L.

    Returns
    -------
    lower, upper : float
        The best over r, at least 0; and 1 if K = 1.

    Examples
    --------
    >>> print("{:.4f} {:.4f}".format(*sharp_bounds(1024, 32)))
    0.0470 0.1119
    """
    r = check_game(length, steps, "tc")[::-1]  # 1..L-1
    x = np.log(length / r)
    lower = (x * _mean_gap(x / steps) - 1 / r + 1 / length) / (x + 1 / r)
    upper = 1.0 if steps == 1 else float(_mean_gap(np.sum(1 / r) / (steps - 1)))
    return max(float(lower.max()), 0.0), upper


def check_game(length: int, steps: int, reference: str | ArrayLike) -> Array:
    """Return the reference v as a new array, shape (L - 1,), or say what is wrong."""
    check_size(length, "length", 2)
    check_steps(length, steps)
    m = np.arange(1.0, length)
    if isinstance(reference, str):
        named = {"tc": length - m, "dtc": m, "both": np.minimum(m, length - m)}
        if reference not in named:
            raise ValueError(f"reference must be 'tc', 'dtc', 'both' or numbers, not {reference!r}")
        return named[reference]
    v = check_numbers(reference, "reference").copy()
    if v.shape != m.shape or not np.all((v > 0) & (v < np.inf)):
        raise ValueError(f"reference must be {length - 1} finite positive numbers")
    return v


def solution(value: float, schedule: Schedule, prior: Array, v: Array, steps: int) -> Minimax:
    """Both strategies with their certificates."""
    return Minimax(value, schedule, prior, v, _least_cost(prior / v, steps), schedule.worst_case(v))


def _mean_gap(y: Array | float) -> Array:
    """Mean of ``(1 - E / y)_+`` for a standard exponential variable E."""
    return np.asarray(1 - exprel(-np.asarray(y)))


def _newton(v: Array, steps: int) -> tuple[float, Array, Array]:
    """Value, breakpoint probabilities and prior."""
    c, prior, scale = 0.0, None, float(v.max())
    v = v / scale
    while True:
        chances, reach = _cheapest(c, v)
        excess = float(chances.sum()) - (steps - 1)
        if prior is not None and excess <= ROUNDING * steps:
            break
        slopes = _prices(chances, reach) * v  # -dS/dc, threshold by threshold
        prior = slopes / slopes.sum()
        if c + excess / slopes.sum() <= c:
            break
        c += float(excess / slopes.sum())
    if excess > 0:  # rounding
        chances *= (steps - 1) / (steps - 1 + excess)
    return c / scale, chances, prior


def _cheapest(c: float, v: Array) -> tuple[Array, Sizes]:
    """Least breakpoint probabilities with ``o[m] <= c v[m]``, from the right to the left.

    The overshoot at m is ``sum (1 - b[m] - ... - b[j])`` over m <= j < J, as long as the terms
    are positive; J is the threshold's *reach*. It never grows from m to m - 1.

    Returns
    -------
    chances, reach : ndarray, shape (L - 1,)
        b and J.
    """
    length = v.size + 1
    chances, reach = np.zeros(length - 1), np.full(length - 1, length)
    tail = [0.0] * length  # tail[j] = b[j + 1] + ... + b[L - 1]
    end, taken = length, 0.0  # J, and the sum of b[m + 1] + ... + b[j] over m <= j < J
    for m in range(length - 1, 0, -1):
        target, keep = c * float(v[m - 1]), 1.0  # keep = 1 - b[m]
        while True:
            keep = min(keep, (target + taken) / (end - m))
            last = tail[m] - tail[end - 1]
            if keep > last or end == m + 1:
                break
            end -= 1
            taken -= last
        chance = min(max(1.0 - keep, 0.0), 1.0)
        chances[m - 1], reach[m - 1] = chance, end
        tail[m - 1] = tail[m] + chance
        taken += (end - m) * chance
    return chances, reach


def _prices(chances: Array, reach: Sizes) -> Array:
    """Dual of the least total: a price for each threshold, from the left to the right.

    Where ``b[i] > 0``, one more unit of it saves exactly its own cost:
    ``sum_{m <= i < J(m)} (J(m) - i) price[m] = 1``; elsewhere at most.
    """
    prices = np.zeros(chances.size)
    ending = np.zeros(chances.size + 2)  # prices by reach
    saved = rate = 0.0  # the sum over m < i, and how much it falls with i
    for i, (chance, end) in enumerate(zip(chances.tolist(), reach.tolist(), strict=True), 1):
        saved -= rate
        rate -= ending[i]
        if chance > 0:
            prices[i - 1] = max(1.0 - saved, 0.0) / (end - i)
            saved += prices[i - 1] * (end - i)
            rate += prices[i - 1]
            ending[end] += prices[i - 1]
    return prices


def _least_cost(w: Array, steps: int) -> float:
    """Least ``<w, o>`` of all compositions of at most K sizes: the oracle schedule's."""
    curve = InformationCurve.from_increments(w)
    return float(w @ oracle_schedule(curve, steps).overshoot())
