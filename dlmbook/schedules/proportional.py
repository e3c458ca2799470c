r"""Deterministic schedules of Chen, Cong and Li: reveal a fixed fraction of what is left.

With a whole number zeta, step i reveals ``floor((L - N_{i-1}) / zeta)`` tokens, until that is less
than one; the fewer than zeta tokens left come one at a time. A block of b of r tokens left has
overshoot ``b - 1`` at its first threshold, where TC counts ``r - 1``, and no threshold of the block
is worse:

    max_m o[m] / (L - m) = max over blocks (b - 1) / (r - 1) <= 1 / zeta,

so that ``E KL <= TC / zeta`` for every law, in at most ``zeta (1 + ln L)`` steps. The mirror
image, whose sizes grow, has ``E KL <= DTC / (zeta - 1)``: there DTC counts only ``r - b + 1``.

Chen, Cong and Li (arXiv:2511.04647) prove ``TC / (zeta - 1)`` and ``DTC / (zeta - 1)``, and
choose zeta from an estimate of TC (resp. DTC) and the error wanted.
Here `largest_zeta` chooses it from the number of steps alone: such a schedule adapts to every law,
though not to TC and DTC at once. Chapter 5 tells the story.
"""

from __future__ import annotations

from typing import Literal

from dlmbook.laws.base import check_size
from dlmbook.schedules.base import check_steps
from dlmbook.schedules.fixed import FixedSchedule

Adapt = Literal["tc", "dtc", "both"]


def chen_cong_li(length: int, zeta: int, adapt: Adapt = "tc") -> FixedSchedule:
    """Reveal ``1 / zeta`` of what is left, rounded down, or else one token.

    For every law ``E KL <= TC / zeta`` in at most ``zeta (1 + ln L)`` steps. The mirror image has
    ``DTC / (zeta - 1)``; growing sizes for one half and shrinking ones for the other have
    ``1 / (zeta - 1)`` times the effective correlation, in about twice the steps.

    Theorem: `proportional`.

    Parameters
    ----------
    length : int
        L.
    zeta : int
        At least 1; with 1, all tokens come at once.
    adapt : {"tc", "dtc", "both"}
        Shrinking sizes, their mirror image, or growing and then shrinking ones.

    Examples
    --------
    >>> chen_cong_li(16, 3).sizes, chen_cong_li(16, 3, adapt="dtc").sizes
    ((5, 3, 2, 2, 1, 1, 1, 1), (1, 1, 1, 1, 2, 2, 3, 5))
    >>> chen_cong_li(16, 2, adapt="both").sizes
    (1, 1, 2, 4, 4, 2, 1, 1)
    """
    if adapt not in ("tc", "dtc", "both"):
        raise ValueError(f"adapt must be 'tc', 'dtc' or 'both', but is {adapt!r}")
    check_size(length, "length")
    check_size(zeta, "zeta")
    if adapt == "both":
        return FixedSchedule(
            (*_shrinking(length // 2, zeta)[::-1], *_shrinking(length - length // 2, zeta))
        )
    sizes = _shrinking(length, zeta)
    return FixedSchedule(tuple(sizes if adapt == "tc" else sizes[::-1]))


def largest_zeta(length: int, steps: int, adapt: Adapt = "tc") -> int:
    """Largest zeta, at most L, whose schedule needs at most K steps.

    The number of steps never falls when zeta grows, so bisection finds it.

    Examples
    --------
    >>> largest_zeta(1024, 32), chen_cong_li(1024, largest_zeta(1024, 32)).steps
    (5, 31)
    """
    check_steps(length, steps)
    if adapt == "both" and length > 1 and steps < 2:
        raise ValueError("growing and then shrinking sizes need at least 2 steps")
    fits, fails = 1, length + 1
    while fails - fits > 1:
        zeta = (fits + fails) // 2
        enough = chen_cong_li(length, zeta, adapt).steps <= steps
        fits, fails = (zeta, fails) if enough else (fits, zeta)
    return fits


def chen_cong_li_within(length: int, steps: int, adapt: Adapt = "tc") -> FixedSchedule:
    """Schedule of Chen, Cong and Li with the largest zeta that needs at most K steps.

    Examples
    --------
    >>> chen_cong_li_within(16, 9).sizes
    (5, 3, 2, 2, 1, 1, 1, 1)
    """
    return chen_cong_li(length, largest_zeta(length, steps, adapt), adapt)


def _shrinking(left: int, zeta: int) -> list[int]:
    sizes = []
    while left:
        sizes.append(max(left // zeta, 1))
        left -= sizes[-1]
    return sizes
