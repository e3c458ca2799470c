"""The explorable of *Spending a budget*: how many calls a sequence should get."""

from __future__ import annotations

from functools import cache

import numpy as np
from matplotlib.figure import Figure

from dlmbook import plots
from dlmbook.budget import fresh_share, frozen_error, interaction_error, least_error
from dlmbook.explore.explorable import Explorable, Slider
from dlmbook.information import Array
from dlmbook.schedules import uniform
from dlmbook.selftraining import retention

LENGTH = 64
CALLS = (1, 4, 16, 64, 256, 1024)
SIGNALS = (0.2, 1.0, 5.0, 25.0, 100.0)
PLANS = (0, 1)


def budget_planner() -> Explorable:
    """Error of a pair of tokens in the loop for every number of calls, and the best number.

    Returns
    -------
    Explorable
        Sliders ``calls``, the budget c = C / m; ``signal``, B; ``kept``, whether one plan is kept
        for ever; 60 frames.
    """
    return Explorable(
        _draw,
        question="Of a fixed budget of calls, how many should each synthetic sequence get?",
        alt="Error of one pair of tokens, in units of the noise of the fresh data, against the "
        "number of calls K for a sequence of 64 tokens, both axes logarithmic: signal lost, "
        "which falls with K to nothing at K = 64, noise kept, which rises with K, and their sum "
        "with a mark at its least value. A dotted line at 1 is the error without synthetic data.",
        finding="With one call for each fresh sequence the best K is small, and synthetic data "
        "help whatever K is, unless the signal is strong. With a larger budget a small K does "
        "harm: a strong pair is forgotten and the error rises far above 1. The best K grows with "
        "the budget and with the signal, and the best error of a strong pair stays near one half, "
        "or above. A weak pair, of signal 0.2, is best forgotten altogether, with K = 1. A kept "
        "plan loses less at small K if the budget is large, and more if it is small.",
        calls=Slider("Calls per fresh sequence", CALLS, start=16, format="{:,}".format),
        signal=Slider("Signal B", SIGNALS, start=25.0),
        kept=Slider("Plans", PLANS, start=0, format=_name),
    )


def _name(kept: int) -> str:
    return "kept" if kept else "redrawn"


@cache
def _pairs() -> Array:
    """Retention of pairs by equal sizes, for K = 1, ..., L."""
    return np.array([retention(uniform(LENGTH, K))[0] for K in range(1, LENGTH + 1)])


def _draw(calls: int, signal: float, kept: int) -> tuple[Figure, str]:
    K = np.arange(1, LENGTH + 1)
    alpha = fresh_share(calls, K)
    lost, noise = (frozen_error if kept else interaction_error)(signal, alpha, _pairs())
    total = lost + noise
    best = int(np.argmin(total))
    fig, ax = plots.figure(height=3.7)
    floor = 0.01
    ax.plot(K, np.maximum(lost, floor / 9), color=plots.color("synthetic"), ls="--", label="lost")
    ax.plot(K, noise, color=plots.color("fresh"), ls="-.", label="noise")
    ax.plot(K, total, color=plots.color("truth"), ls="-", label="error")
    ax.plot(K[best], total[best], marker="D", ms=8, ls="", color=plots.color("truth"))
    ax.axhline(1, color=plots.GREY, ls=":", label="fresh alone")
    ax.set(xscale="log", yscale="log", ylim=(floor, 150), xlabel="calls K for a sequence")
    ax.set(ylabel="error, units of fresh noise")
    ax.set_xticks([1, 2, 4, 8, 16, 32, 64], ["1", "2", "4", "8", "16", "32", "64"])
    ax.set_yticks([0.01, 0.1, 1, 10, 100], ["0.01", "0.1", "1", "10", "100"])
    ax.minorticks_off()
    ax.set_title(f"c = {calls:,}, B = {signal:g}, plans {_name(kept)}")
    fig.legend(*ax.get_legend_handles_labels(), loc="outside lower center", ncols=4)
    reading = (
        f"With {calls:,} calls for each fresh sequence, a pair of signal {signal:g} and plans "
        f"{_name(kept)}, the best number of calls is K = {K[best]}. Then {alpha[best]:.1%} of the "
        f"data are fresh, and the error is {total[best]:.3f}: {lost[best]:.3f} of lost signal and "
        f"{noise[best]:.3f} of noise. K = 1 has the error {total[0]:.3f}, K = 64 "
        f"{total[-1]:.3f}, fresh data alone 1. No budget gets below {least_error(signal):.3f} "
        "with redrawn plans."
    )
    return fig, reading
