r"""Running a parallel unmasking sampler, and computing the law of what it produces.

`unmask` runs any denoiser, exact or neural, under any schedule: step k asks the denoiser once
and draws ``s_k`` masked positions independently from its answer. `output_law` computes the exact
law of the result for small laws, by a forward recursion over the set W of revealed positions:
if ``F(W)`` is the probability that W is revealed and shows the tokens x_W, then

    F'(W + B) += F(W) / C(L - |W|, s) * prod_{i in B} p(x_i | x_W),      |B| = s,

summed over all 3^L pairs (W, B), for all outcomes x at once. The convexity of the divergence says
that this law is at least as close to the truth as the average path (Theorem `averaging`).

In the place of a schedule all of these take a *rule*, which decides from the denoiser's answer
what to reveal next: `TopConfidence`, `ConfidenceThreshold`, `EntropyBound`, or a `Rule` of one's
own. `expected_steps` tells how many steps that takes. `path_kl` and `path_steps` follow the rule
along texts of the truth, where its divergence is a mean of conditional total correlations;
`path_parts` splits that of a learned sampler.

`denoiser_law` does what `output_law` does for a denoiser that belongs to no law, such as a trained
network. `excess_loss` measures a denoiser against the truth, number revealed by number revealed:
with the schedule's own error it adds up to the exact path divergence (Theorem `learned`).

Chapters 3, 4, 9 and 10 tell the story. Theorem labels: ``averaging``, ``mds-averaging``,
``learned``, ``adaptive-path``, ``no-averaging``, ``confidence-fails``, ``threshold-price``,
``entropy-bound``, ``learned-rule``.
"""

from dlmbook.sampling.excess import denoiser_error, excess_loss
from dlmbook.sampling.learned import denoiser_law
from dlmbook.sampling.output import expected_steps, output_kl, output_law, output_prob
from dlmbook.sampling.path import path_kl, path_parts, path_steps
from dlmbook.sampling.rules import ConfidenceThreshold, EntropyBound, Rule, TopConfidence
from dlmbook.sampling.unmasking import DENOISER_TOLERANCE, Denoiser, ask, unmask

__all__ = [
    "DENOISER_TOLERANCE",
    "ConfidenceThreshold",
    "Denoiser",
    "EntropyBound",
    "Rule",
    "TopConfidence",
    "ask",
    "denoiser_error",
    "denoiser_law",
    "excess_loss",
    "expected_steps",
    "output_kl",
    "output_law",
    "output_prob",
    "path_kl",
    "path_parts",
    "path_steps",
    "unmask",
]
