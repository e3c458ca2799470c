r"""Spending a budget: what compute and fresh data buy in a loop, as formulas.

In each generation there are m fresh sequences and C calls of the denoiser. A sampler that takes K
calls for each sequence writes C / K synthetic ones; the next model learns from both kinds. With
``c = C / m`` calls for each fresh sequence the shares of fresh and synthetic data are

    alpha = K / (K + c),    b = 1 - alpha = c / (K + c).

Few calls give many bad sequences, many calls few good ones. A faithful sampler (K = L) only
copies: the model is then worth ``m (1 + b) + b`` true sequences, exactly (`faithful_size`). Another
one forgets interactions between tokens: of an interaction whose *retention* is rho (see
`selftraining.retention`) the loop keeps the part ``g = alpha / (1 - b rho)``, and its squared error
in units of ``1 / m``, the noise of the fresh sequences, is near independence

    B (1 - g)^2 + g / (1 + b rho),

signal lost and noise kept (`interaction_error`). B is the squared interaction in the same units.
Both parts are minimized together where the forgetting rate matches the fresh share
(`matched_forgetting`); with small budgets other calls are better (`best_steps`).
`order_energies` reads from an information curve how strong the interactions of 2, 3, ... tokens
are, and `forecast` adds up the error of a whole text, if it is short and of few symbols. For one
plan that is kept for ever, `plan_loss` and `kept_coordinates` tell its error from a sample.
`frozen_bound` and `redrawn_bound` hold for every law, and do not know noise.

Chapter 17 tells the story. Theorem labels: ``doubling``, ``interaction-price``,
``first-samples``, ``matching``, ``strong-signal``, ``freeze-or-redraw``, ``curve-orders``,
``budget-bound``, ``one-run``.
"""

from dlmbook.budget.interaction import (
    best_steps,
    faithful_size,
    fresh_share,
    frozen_error,
    interaction_error,
    least_error,
    matched_forgetting,
    matched_steps,
)
from dlmbook.budget.plan import kept_coordinates, marginal_product, plan_loss, plan_losses
from dlmbook.budget.text import (
    coordinates,
    forecast,
    frozen_bound,
    one_run_error,
    order_energies,
    redrawn_bound,
)

__all__ = [
    "best_steps",
    "coordinates",
    "faithful_size",
    "forecast",
    "fresh_share",
    "frozen_bound",
    "frozen_error",
    "interaction_error",
    "kept_coordinates",
    "least_error",
    "marginal_product",
    "matched_forgetting",
    "matched_steps",
    "one_run_error",
    "order_energies",
    "plan_loss",
    "plan_losses",
    "redrawn_bound",
]
