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

Among fixed sizes, `chen_cong_li` reveals a fixed fraction of what is left and adapts to TC or,
mirrored, to DTC; `oracle_schedule` knows the curve and is the best there is for it. Two random
schedules know nothing and adapt: `HarmonicSchedule` by one random offset, to TC, DTC or the
smaller of both; `SequentialSchedule` by drawing each size from the state, with an error that is
the same multiple of TC for every law. `minimax_schedule` is the best of all against the worst law,
again with one random offset (`OffsetSchedule`); `yao_bound` tells how good any schedule could be,
and `minimax_program` confirms both by linear programming, with a `MarkovSchedule`.

Chapter 4 tells the story; Chapters 5 to 8 compare the schedules. Theorem labels: ``riemann``,
``overshoot``, ``uniform``, ``no-adaptation``, ``proportional``, ``offset-optimal``,
``harmonic-tc``, ``harmonic-dtc``, ``harmonic-both``, ``sequential``.
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
from dlmbook.schedules.guarantee import best_fixed
from dlmbook.schedules.harmonic import HarmonicSchedule
from dlmbook.schedules.known import insured_schedule, square_root_schedule, tc_dtc_schedule
from dlmbook.schedules.minimax import (
    Minimax,
    harmonic_prior,
    minimax_schedule,
    sharp_bounds,
    yao_bound,
)
from dlmbook.schedules.offset import OffsetSchedule
from dlmbook.schedules.oracle import oracle_schedule
from dlmbook.schedules.program import MarkovSchedule, minimax_program
from dlmbook.schedules.proportional import chen_cong_li, chen_cong_li_within, largest_zeta
from dlmbook.schedules.sequential import SequentialSchedule, sequential_constants

__all__ = [
    "FixedSchedule",
    "HarmonicSchedule",
    "MarkovSchedule",
    "Minimax",
    "MixtureSchedule",
    "OffsetSchedule",
    "Schedule",
    "SequentialSchedule",
    "Sizes",
    "best_fixed",
    "chen_cong_li",
    "chen_cong_li_within",
    "cosine",
    "from_breakpoints",
    "geometric",
    "harmonic_prior",
    "insured_schedule",
    "largest_zeta",
    "minimax_program",
    "minimax_schedule",
    "oracle_schedule",
    "sequential_constants",
    "sharp_bounds",
    "square_root_schedule",
    "tc_dtc_schedule",
    "uniform",
    "yao_bound",
]
