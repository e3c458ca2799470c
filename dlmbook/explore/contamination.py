"""An explorable of *The contamination recurrence*: what a model in the loop is worth."""

from __future__ import annotations

from functools import cache

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullLocator, StrMethodFormatter

from dlmbook import plots
from dlmbook.contamination import Band, effective_size, expected_error, simulate, spread
from dlmbook.explore.explorable import Explorable, Slider
from dlmbook.information import Array
from dlmbook.laws import alice, next_words

GENERATIONS = 60
REPEATS = 60
WORD = "said"


def contamination() -> Explorable:
    """Effective size of a model over 60 generations: exact, simulated, and where it heads.

    Returns
    -------
    Explorable
        Sliders ``alpha``, ``n`` and ``growth``: the fresh share, the size of generation 1, and
        the exponent b with which sizes n t^b grow; 54 frames.
    """
    return Explorable(
        _draw,
        question="How many true samples is the model worth, and what makes it better?",
        alt="Effective size of the model against the generation, 0 to 60, with a logarithmic "
        "axis: an exact line, a band from simulations around it, a dashed line for the worth to "
        "which the error is heading, and a dotted line for the generation's own sample size.",
        finding="With equal sizes the first step makes the model worse, unless all data are fresh. "
        "It then settles on the dashed line, soon with much fresh data and slowly with little. "
        "Without fresh data the dashed line lies at one sample, however large the generations "
        "are: growth up to b = 1 only delays the fall. (Faster growth can stop it on its way.) "
        "With one tenth of fresh data the model is worth about twice the fresh samples of a "
        "generation, with all data fresh exactly once. If sizes grow and the fresh share stays, "
        "the worth grows without end.",
        alpha=Slider("Fresh share α", (0.0, 0.01, 0.1, 0.3, 0.5, 1.0), start=0.1, format=_percent),
        n=Slider("Samples n", (30, 300, 3000), start=300),
        growth=Slider("Growth b of n t^b", (0.0, 0.5, 1.0), start=0.0),
    )


def _percent(share: float) -> str:
    return f"{100 * share:g}%"


@cache
def _truth() -> Array:
    return next_words(alice(), WORD)[1]


def _sizes(n: int, growth: float) -> Array:
    t = np.maximum(np.arange(GENERATIONS + 1), 1)
    return np.ceil(n * t**growth)


@cache
def _run(alpha: float, n: int, growth: float) -> tuple[Array, Band]:
    plan = (_truth(), alpha, _sizes(n, growth), GENERATIONS)
    (band,) = simulate(*plan, repeats=REPEATS, rng=1)
    return expected_error(*plan), band


def _draw(alpha: float, n: int, growth: float) -> tuple[Figure, str]:
    exact, band = _run(alpha, n, growth)
    S, t, sizes = spread(_truth()), np.arange(GENERATIONS + 1), _sizes(n, growth)
    target = effective_size(alpha, sizes)
    low, high = band.interval()
    fig, ax = plots.figure(height=3.7)
    ax.fill_between(t, S / high, S / low, color=plots.color("model"), alpha=0.45, lw=0)
    ax.plot(t, S / exact, color=plots.color("truth"), label="worth, exact")
    ax.fill_between([], [], color=plots.color("model"), alpha=0.45, lw=0, label="simulated, 95%")
    ax.plot(t[1:], target[1:], color=plots.color("fresh"), ls="--", label="heading for")
    ax.plot(t, sizes, color=plots.GREY, ls=":", label="own samples")
    ax.set(yscale="log", xlabel="generation t", ylabel="true samples", xlim=(0, GENERATIONS))
    ax.set(ylim=(0.55 * min(target.min(), S / exact.max()), 1.4 * sizes[-1]))
    ax.yaxis.set_major_locator(LogLocator(subs=(1, 3)))
    ax.yaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
    ax.yaxis.set_minor_locator(NullLocator())
    grown = f"n = {n}" if growth == 0 else f"n = {n} t^{growth:g}"
    ax.set_title(f"{_percent(alpha)} fresh, {grown}")
    fig.legend(*ax.get_legend_handles_labels(), loc="outside lower center", ncols=2)
    worth, seen = S / exact[-1], S / np.array([high[-1], band.mean[-1], low[-1]])
    reading = (
        f"With {_percent(alpha)} fresh data and {grown} samples, the model of generation "
        f"{GENERATIONS} is worth {worth:,.1f} true samples, and is heading for {target[-1]:,.1f}. "
        f"{REPEATS} simulated loops say {seen[1]:,.1f}, in a 95% band from {seen[0]:,.1f} to "
        f"{seen[2]:,.1f}. This generation has {sizes[-1]:,.0f} samples, "
        f"{alpha * sizes[-1]:,.1f} of them fresh on average."
    )
    return fig, reading
