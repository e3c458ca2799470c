r"""Unmasking schedules: how many tokens to reveal at each step.

A schedule is a distribution over *compositions* of L: sizes ``s_1, ..., s_K`` of the blocks that
are revealed one after another, drawn before anything is seen of the data. The positions come in
uniformly random order, and ``N_k = s_1 + ... + s_k`` are the *breakpoints*. All that matters of
a schedule for its error is its *overshoot*

    o[m] = E[ min{N_k : N_k >= m} - m ],      m = 1, ..., L - 1,

how far past m the first breakpoint at or after m lies. The expected divergence of the sampled
path from the truth is the pairing

    E KL = sum_m w[m] o[m] = <w, o>

of the law's increments with it (Theorems `riemann` and `overshoot`). One token at a time has
``o = 0``; everything at once has ``o[m] = L - m``, and then ``<w, o>`` is the total correlation.

Overshoots are stored without an entry for 0: ``o[m - 1]`` belongs to m, as for ``curve.w``.
Chapter 4 tells the story; Chapter 5 compares fixed schedules. Theorem labels: ``riemann``,
``overshoot``.
"""

from dlmbook.schedules.base import Schedule, Sizes
from dlmbook.schedules.fixed import (
    FixedSchedule,
    MixtureSchedule,
    cosine,
    from_breakpoints,
    geometric,
    uniform,
)

__all__ = [
    "FixedSchedule",
    "MixtureSchedule",
    "Schedule",
    "Sizes",
    "cosine",
    "from_breakpoints",
    "geometric",
    "uniform",
]
