"""An explorable of *Diffusion models that train on themselves*: dependence over the rounds."""

from __future__ import annotations

from functools import cache

import numpy as np
from matplotlib.figure import Figure

from dlmbook import plots
from dlmbook.explore.explorable import Explorable, Slider
from dlmbook.information import Array, kl_divergence, total_correlation
from dlmbook.laws import DenseLaw, patterns, words
from dlmbook.schedules import HarmonicSchedule, Schedule, uniform
from dlmbook.selftraining import plans, self_train

ROUNDS = 20
LETTERS = 6
EQUAL, HARMONIC, FROZEN = "equal, redrawn", "harmonic, redrawn", "equal, frozen"


def dependence_collapse() -> Explorable:
    """Total correlation and error of a model that trains on itself, round by round, exactly.

    Returns
    -------
    Explorable
        Sliders ``alpha``, ``steps`` and ``plan``: the fresh share, the steps K, and how the blocks
        are chosen; 108 frames.
    """
    return Explorable(
        _draw,
        question="What is left of the dependence, and what stops the loss?",
        alt="Two panels against the round, 0 to 20: the total correlation of what the model has "
        "learned, with a dotted line at that of the truth, and the divergence of the model from "
        "the truth.",
        finding="Without fresh data and with equal blocks, drawn anew for every sequence, the "
        "total correlation falls by a constant factor per round in the end, the faster "
        "the fewer the steps, and nothing is left unless every token has its own step. "
        "(The harmonic schedule with five steps always ends with a single token, and "
        "forgets ever more slowly.) Fresh data hold a part of it: with three steps in "
        "equal blocks, one tenth of fresh data holds about a tenth, three tenths about "
        "two fifths. A frozen plan loses once, in the first round, and never again: "
        "without any fresh data two equal blocks keep, in the mean over plans, seven "
        "tenths of the dependence. With little fresh data redrawn plans have the smaller "
        "error in the first rounds only; with half of the data fresh and four or five "
        "steps it stays smaller. By the total correlation that is left, frozen plans are "
        "ahead in all of these. With two or three steps the harmonic schedule holds less "
        "than equal blocks, with four or five it holds more.",
        alpha=Slider("Fresh share α", (0.0, 0.05, 0.1, 0.2, 0.3, 0.5), start=0.1, format=_percent),
        steps=Slider("Steps K", range(1, LETTERS + 1), start=2),
        plan=Slider("Blocks", (EQUAL, HARMONIC, FROZEN), start=EQUAL),
    )


def _percent(share: float) -> str:
    return f"{100 * share:g}%"


@cache
def _truth() -> DenseLaw:
    return DenseLaw.of(patterns(words(LETTERS), ["aeiouy"]))


@cache
def _path(alpha: float, steps: int, plan: str) -> tuple[Array, Array]:
    """Total correlation and divergence in each round, (ROUNDS + 1,); means if plans are frozen."""
    truth, equal = _truth(), uniform(LETTERS, steps)
    if plan != FROZEN:
        schedule: Schedule = equal
        if plan == HARMONIC and steps > 1:
            schedule = HarmonicSchedule(LETTERS, steps)
        laws = [p.pmf for p in self_train(truth, schedule, alpha, ROUNDS)]
        tc = np.array([total_correlation(p) for p in laws])
        return tc, np.array([max(kl_divergence(truth.pmf, p), 0.0) for p in laws])  # rounding
    rest, error = 0.0, 0.0
    for weight, frozen in plans(equal):
        settled = alpha * truth.pmf + (1 - alpha) * frozen.output_law(truth).pmf
        rest += weight * total_correlation(settled)
        error += weight * max(kl_divergence(truth.pmf, settled), 0.0)  # rounding
    first = total_correlation(truth.pmf)
    return np.array([first] + [rest] * ROUNDS), np.array([0.0] + [error] * ROUNDS)


def _draw(alpha: float, steps: int, plan: str) -> tuple[Figure, str]:
    tc, kl = _path(alpha, steps, plan)
    t, style = np.arange(ROUNDS + 1), plots.line("frozen" if plan == FROZEN else "redrawn")
    fig, axes = plots.figure(height=3.5, columns=2)
    axes[0].axhline(tc[0], color=plots.GREY, ls=":")
    axes[0].plot(t, tc, **style)
    axes[0].set(ylim=(0, 1.06 * tc[0]), xlabel="round t", ylabel="TC learned, nats")
    axes[1].plot(t, kl, **style)
    axes[1].set(ylim=(-0.02, 0.85), xlabel="round t", ylabel="error, nats")
    fig.suptitle(f"{_percent(alpha)} fresh, K = {steps}, {plan}", size=12.5, color=plots.GREY)
    mean = ", in the mean over plans" if plan == FROZEN else ""
    reading = (
        f"With {_percent(alpha)} fresh data and {steps} {'step' if steps == 1 else 'steps'}, "
        f"blocks {plan}, the model of round {ROUNDS} has a total correlation of {tc[-1]:.3f} of "
        f"{tc[0]:.3f} nats ({100 * tc[-1] / tc[0]:.0f}%) and an error of {kl[-1]:.3f} nats{mean}. "
        f"After one round these were {tc[1]:.3f} and {kl[1]:.3f} nats."
    )
    return fig, reading
