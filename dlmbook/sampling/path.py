"""The path divergence of a sampler that looks, exactly, and the steps that it takes.

Shown what is revealed of a text x, a rule names the next block. Along x the sampler pays
``-ln p(x_i | x_W)`` for every token of the block, and the truth pays ``-ln p(x)`` altogether. The
mean difference over texts from p is the path divergence, and it is also the mean sum, over
steps, of the block's total correlation given the actual tokens x_W (Theorem `adaptive-path`).

Chapter 9 tells the story.
"""

from __future__ import annotations

from dlmbook.curve import InformationCurve
from dlmbook.laws.base import Law
from dlmbook.sampling.adaptive import adaptive_path
from dlmbook.sampling.excess import denoiser_error, excess_loss
from dlmbook.sampling.output import check_fits
from dlmbook.sampling.rules import Rule
from dlmbook.sampling.unmasking import Denoiser
from dlmbook.schedules import Schedule


def path_kl(law: Law, schedule: Schedule | Rule, denoiser: Denoiser | None = None) -> float:
    """Path divergence of a sampler from the truth, in nats.

    For a schedule it is ``<w, o>``, from the information curve. For a rule it is the mean, over
    texts from the law and over the ties that the rule breaks at random, of the sum over steps of
    TC(X_B | X_W = x_W). With a denoiser of one's own, at which the rule looks, too, its errors
    along the path are added.

    Theorem: `adaptive-path`. Theorem: `no-averaging`.

    Parameters
    ----------
    law : Law
        The truth, with a support small enough to enumerate, over all 2^L sets.
    schedule : Schedule or Rule
    denoiser : callable, optional
        From tokens (m, L) to probabilities (m, L, q); the law's exact conditionals if not given.

    Returns
    -------
    float
        At least ``output_kl``, with which it agrees if the rule breaks no ties.

    Examples
    --------
    A bit that tells nothing, and a pair of equal bits: confidence begins with the former.

    >>> from dlmbook.laws import fillers_and_copies
    >>> from dlmbook.sampling import TopConfidence
    >>> from dlmbook.schedules import FixedSchedule
    >>> law, cut = fillers_and_copies(1, 2), FixedSchedule((1, 2))
    >>> round(path_kl(law, TopConfidence(cut)), 4), round(path_kl(law, cut), 4)
    (0.6931, 0.231)
    """
    check_fits(law, schedule)
    if isinstance(schedule, Schedule):
        known = schedule.expected_kl(InformationCurve.of(law))
        return known + (denoiser_error(schedule, excess_loss(law, denoiser)) if denoiser else 0.0)
    tokens, probability = law.support()
    price, _ = adaptive_path(denoiser or law.conditionals, law.vocabulary, schedule, tokens)
    return max(float(probability @ (price + law.log_prob(tokens))), 0.0)  # rounding


def path_parts(law: Law, schedule: Schedule | Rule, denoiser: Denoiser) -> tuple[float, float]:
    """Split the path divergence of a learned sampler into schedule error and denoiser error.

    The schedule error of a rule is what its blocks share given what is revealed, along texts of
    the law; its denoiser error is the mean divergence of the denoiser from the exact
    conditionals, at the positions and in the contexts that the rule chooses (Theorem
    `learned-rule`). For a schedule they are ``<w, o>`` and ``E sum_k s_k e[N_{k-1}]``.

    Theorem: `learned`. Theorem: `learned-rule`.

    Parameters
    ----------
    law : Law
        The truth, with a support small enough to enumerate, over all 2^L sets.
    schedule : Schedule or Rule
    denoiser : callable
        From tokens (m, L) to probabilities (m, L, q); a rule looks at it.

    Returns
    -------
    tuple of two floats
        Schedule error and denoiser error, in nats; their sum is `path_kl`.

    Examples
    --------
    A blind denoiser of two equal bits makes an error that no schedule makes for it:

    >>> from dlmbook.laws import repetition
    >>> from dlmbook.schedules import uniform
    >>> import numpy as np
    >>> blind = lambda tokens: np.full((*tokens.shape, 2), 0.5)
    >>> [round(part, 4) + 0.0 for part in path_parts(repetition(2), uniform(2, 2), blind)]
    [0.0, 0.6931]
    """
    check_fits(law, schedule)
    if isinstance(schedule, Schedule):
        known = schedule.expected_kl(InformationCurve.of(law))
        return known, denoiser_error(schedule, excess_loss(law, denoiser))
    tokens, probability = law.support()
    asked = denoiser, law.vocabulary, schedule, tokens
    exact, _ = adaptive_path(*asked, priced_by=law.conditionals)
    price, _ = adaptive_path(*asked)
    known = float(probability @ (exact + law.log_prob(tokens)))
    return max(known, 0.0), float(probability @ (price - exact))  # rounding


def path_steps(law: Law, schedule: Schedule | Rule, denoiser: Denoiser | None = None) -> float:
    """Mean number of steps along texts of the law.

    `expected_steps` is the mean over what the sampler produces, impossible texts included. Here
    the texts come from the law itself, as in the path divergence, and only they are visited.

    Theorem: `entropy-bound`.

    Parameters
    ----------
    law : Law
        The truth, with a support small enough to enumerate, over all 2^L sets.
    schedule : Schedule or Rule
    denoiser : callable, optional
        At which the rule looks; the law's exact conditionals if not given.

    Examples
    --------
    >>> from dlmbook.laws import MDSCode
    >>> from dlmbook.sampling import EntropyBound
    >>> round(path_steps(MDSCode(5, 3, 5), EntropyBound(5, gamma=0.1)), 6)
    4.0
    """
    check_fits(law, schedule)
    if isinstance(schedule, Schedule):
        return sum(weight * len(sizes) for weight, sizes in schedule.compositions())
    tokens, probability = law.support()
    _, steps = adaptive_path(denoiser or law.conditionals, law.vocabulary, schedule, tokens)
    return float(probability @ steps)
