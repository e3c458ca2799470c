r"""What a masked model's own loss says about the data it was trained on.

Show a denoiser j tokens of a sequence, in random places, and charge it ``-ln`` of the probability
that it gives to each hidden token: the mean charge per hidden token is the *masked loss* ``l[j]``.
No denoiser can do better on average than

    l[j] >= D[j] = h[j + 1] - h[j],

with equality for the exact conditionals (Theorem `loss-curve`). So the validation loss, kept apart
by the number of revealed tokens, is an estimate from above of the law's conditional entropies, and
``l[0] - l[j]`` one of the information curve. Summed over j it is the negative evidence lower
bound, an upper bound on the model's mean ``-ln p(x)`` (Theorem `elbo`).

`estimate_curve` keeps the charges of each sequence: every number that a schedule is chosen or
judged by is linear in them, so its standard error is known, whatever their correlations.
`choose_schedule` chooses sizes by such an estimate, and prices them on sequences that had no part
in the choice. `cheapest_schedule` finds the K sizes of least path divergence for given losses, and
`paying_schedule` the best of all sizes: it makes a call only where one pays (Theorem
`paying-steps`). `walk_along` prices rules, which ask in an order of their
own, along held-out texts (Theorem `learned-rule`).

Chapter 3 tells the story of the loss, Chapter 8 that of the estimate, Chapter 10 that of a trained
model. Theorem labels: ``loss-curve``, ``elbo``, ``curve-error``, ``model-curve``,
``paying-steps``, ``transfer``.
"""

from dlmbook.estimation.choice import (
    ScheduleChoice,
    cheapest_schedule,
    choose_schedule,
    paying_schedule,
)
from dlmbook.estimation.curve import CurveEstimate, estimate_curve
from dlmbook.estimation.loss import MaskedLoss, masked_loss, random_order_log_prob
from dlmbook.estimation.walk import walk_along

__all__ = [
    "CurveEstimate",
    "MaskedLoss",
    "ScheduleChoice",
    "cheapest_schedule",
    "choose_schedule",
    "estimate_curve",
    "masked_loss",
    "paying_schedule",
    "random_order_log_prob",
    "walk_along",
]
