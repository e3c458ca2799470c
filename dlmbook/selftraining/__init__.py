r"""A diffusion model that trains on its own parallel samples, exactly.

Nothing is estimated here: every denoiser is perfect and the data are infinite. A sampler of K < L
steps turns the law p that a model has learned into another one, S(p), the law of what it writes;
the next model learns from fresh sequences and from those, in the shares alpha and 1 - alpha:

    p_0 = p*,    p_{t+1} = alpha p* + (1 - alpha) S(p_t).

`self_train` yields these laws, by the exact recursion of `sampling.output_law`; `settle` follows
them to where they come to rest. A `Plan` is one choice of all the blocks; a model that keeps one
plan for ever pays its price once (`plans` lists those of a schedule).

How fast dependence is forgotten is known where it is weak. An interaction of a tokens survives
one round with the factor

    rho_a = 1 - <w^(a), o>,      w^(a)[m] = C(m - 1, a - 2) / C(L, a),

its `retention`: the pairing of the schedule's overshoot with the information curve of a parity
check on a of the L tokens. Fresh data hold the part `survival` of it up
for ever, and with a fresh share beyond `redraw_above` redrawn plans lose less of it than a plan
that is drawn once and kept.

Chapter 16 tells the story. Theorem labels: ``marginals``, ``interaction-rate``, ``parity``,
``local-limit``, ``burst-lyapunov``, ``contraction``, ``one-round``, ``closed-bound``, ``tipping``,
``frozen-plan``, ``fixed-points``, ``attenuation``, ``redraw-at-rest``, ``marginal-recurrence``,
``local-noise``.
"""

from dlmbook.selftraining.loop import self_train, settle
from dlmbook.selftraining.plans import Plan, output_laws, plans
from dlmbook.selftraining.rates import (
    bias_and_noise,
    block_lengths,
    loss_price,
    mixed_kl,
    redraw_above,
    retention,
    survival,
)

__all__ = [
    "Plan",
    "bias_and_noise",
    "block_lengths",
    "loss_price",
    "mixed_kl",
    "output_laws",
    "plans",
    "redraw_above",
    "retention",
    "self_train",
    "settle",
    "survival",
]
