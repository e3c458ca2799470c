"""An explorable of *Other model classes*: the loop for a chosen family, against its theory."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullLocator, StrMethodFormatter

from dlmbook import experiments, plots
from dlmbook.contamination import Replace
from dlmbook.experiments.families import CASES, GENERATIONS, SHARES, SIZES
from dlmbook.explore.explorable import Explorable, Slider
from dlmbook.information import Array

FIRST_ORDER = ("linear regression",)
TOP = 200  # errors above are off the picture


def families() -> Explorable:
    """Errors of seven families over 40 generations: stored simulations, and what theory expects.

    Returns
    -------
    Explorable
        Sliders ``family``, ``alpha`` and ``n``; 56 frames.
    """
    return Explorable(
        _draw,
        question="Which families settle among their copies, and which do not?",
        alt="Error of the model, in multiples of its first one, against the generation, 0 to 40, "
        "with a logarithmic axis: a line for the theory of the family, a band from simulations, "
        "and a dotted line for a table of frequencies.",
        finding="The bell curve divided by n and the two bells on word lengths lie on the dotted "
        "line at every setting. The bell curve by n − 1 and the exponential law lie above it, by "
        "little with a tenth of fresh data or with 500 samples, by much with 50 samples and no "
        "fresh data: there the dotted line bends and they do not. The linear regression follows "
        "its first-order line closely with 500 samples and a tenth of fresh data; with 50 "
        "samples it lies above it, and without fresh data it explodes. Words with pseudo-counts "
        "and kernel densities lose more than frequencies with a tenth of fresh data and 500 "
        "samples, where their clean bias is small: the loop makes it large. With half of the "
        "data fresh all seven settle within a few generations.",
        family=Slider("Family", tuple(CASES), start="bell curve, by n − 1"),
        alpha=Slider("Fresh share α", SHARES, start=0.0, format=_percent),
        n=Slider("Samples n", SIZES, start=50),
    )


def _percent(share: float) -> str:
    return f"{100 * share:g}%"


@cache
def _stored() -> dict[tuple[str, float, int], dict[str, Any]]:
    runs = experiments.load("families")["runs"]
    return {(x["name"], x["alpha"], x["n"]): x for x in runs if x["group"] == "cases"}


@cache
def _lines(family: str, alpha: float, n: int) -> tuple[Array, Array]:
    """Errors of the family and of a table of frequencies, in multiples of their first ones."""
    theory = CASES[family][0](n).theory(alpha, n, GENERATIONS)
    counts = np.full(GENERATIONS + 1, n)
    return theory / theory[0], n * Replace().errors(np.full(GENERATIONS + 1, alpha), counts)


def _draw(family: str, alpha: float, n: int) -> tuple[Figure, str]:
    theory, table = _lines(family, alpha, n)
    seen = _stored()[family, alpha, n]
    mean, width = np.array(seen["mean"]), 2 * np.array(seen["error"])
    t, kind = np.arange(GENERATIONS + 1), "first order" if family in FIRST_ORDER else "exact"
    fig, ax = plots.figure(height=3.7)
    low, high = np.maximum(mean - width, 0.05), mean + width
    ax.fill_between(t, low, high, color=plots.color("model"), alpha=0.45, lw=0)
    ax.fill_between([], [], color=plots.color("model"), alpha=0.45, lw=0, label="simulated")
    ax.plot(t, theory, color=plots.color("truth"), label=f"theory, {kind}")
    ax.plot(t, table, color=plots.GREY, ls=":", label="table of frequencies")
    top = min(max(theory.max(), table.max(), high.max()), TOP)
    ax.set(yscale="log", xlim=(0, GENERATIONS), ylim=(0.5, max(1.3 * top, 8)))
    ax.set(xlabel="generation t", ylabel="error, multiples of the first")
    ax.yaxis.set_major_locator(LogLocator(subs=(1, 3)))
    ax.yaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
    ax.yaxis.set_minor_locator(NullLocator())
    ax.set_title(f"{family}: {_percent(alpha)} fresh, n = {n}")
    fig.legend(*ax.get_legend_handles_labels(), loc="outside lower center", ncols=3)
    reading = (
        f"{family[0].upper()}{family[1:]}, {_percent(alpha)} fresh data, {n} samples: after "
        f"{GENERATIONS} generations theory ({kind}) expects {theory[-1]:,.2f} times the first "
        f"error. {seen['repeats']} simulated loops have {mean[-1]:,.2f} ± {width[-1]:,.2f}. A "
        f"table of frequencies would have {table[-1]:,.2f}."
    )
    return fig, reading
