"""A race of strategies: the same samples, cut into few large or many small generations."""

from __future__ import annotations

from functools import cache

import numpy as np
from matplotlib.figure import Figure

from dlmbook import plots
from dlmbook.contamination import Aggregate, Average, Filter, Replace, Strategy, Weigh
from dlmbook.explore.explorable import Explorable, Slider
from dlmbook.information import Array

START, BUDGET = 1000, 100_000
SHARES = (0.02, 0.1, 0.3, 0.5, 0.8)
CUTS = (1, 5, 20, 100)
DETECTORS = {"perfect": (1.0, 0.0), "good": (0.99, 0.01), "fair": (0.9, 0.1), "poor": (0.7, 0.3)}
NAMES = {
    "replace": "new data only",
    "weigh": "labels without storage",
    "aggregate": "storage",
    "average": "best step",
    "filter": "detector with storage",
}


def race() -> Explorable:
    """Effective size of five strategies while a budget of 100,000 samples is drawn.

    Returns
    -------
    Explorable
        Sliders ``alpha``, ``generations`` and ``detector``.
    """
    return Explorable(
        _draw,
        question="Who profits from few large generations, who from many small ones?",
        alt="Five lines: the effective size, on a logarithmic axis, of each strategy against the "
        "number of samples drawn, from 0 to 100,000; all start at 1,000.",
        finding="Who remembers the old model only by its samples, with new data only or with "
        "labels but no storage, ends worth less with 100 generations than with five. The perfect "
        "detector with storage ends worth 1,000 plus the fresh samples, however you cut. With "
        "20 or more generations the best step ends at the same worth, 1,000 plus the budget "
        "times the square of the share of fresh data, within two percent. The best step is "
        "never worth less than storage alone. A detector that keeps 70% of the fresh and 30% "
        "of the synthetic samples, with storage, is worth less than the best step at every "
        "share and with any cut into 20 generations or more, and with 2% fresh data and 20 "
        "generations it is worth less even than storage alone.",
        alpha=Slider("Share of fresh data", SHARES, start=0.1),
        generations=Slider("Generations", CUTS, start=20),
        detector=Slider("Detector", tuple(DETECTORS), start="fair"),
    )


@cache
def _worth(key: str, alpha: float, generations: int, detector: str) -> Array:
    """Effective size of generation 0..T."""
    strategies: dict[str, Strategy] = {
        "replace": Replace(),
        "weigh": Weigh(),
        "aggregate": Aggregate(),
        "average": Average(),
        "filter": Filter(*DETECTORS[detector], union=True),
    }
    shares = np.array([1.0] + [alpha] * generations)
    sizes = np.array([START] + [BUDGET // generations] * generations)
    return 1 / strategies[key].errors(shares, sizes)


def _draw(alpha: float, generations: int, detector: str) -> tuple[Figure, str]:
    tpr, fpr = DETECTORS[detector]
    fig, ax = plots.figure(height=4.4)
    drawn = np.linspace(0, BUDGET, generations + 1) / 1000
    end = {}
    for key, name in NAMES.items():
        worth = _worth(key, alpha, generations, detector)
        end[key] = worth[-1]
        style = {**plots.line(key), "markevery": max(generations // 10, 1)}
        ax.plot(drawn, worth, label=name, **style)
    ax.set(yscale="log", ylim=(25, 1.4e5), xlabel="samples drawn, thousands")
    ax.set(ylabel="effective size, samples")
    of = "generation" if generations == 1 else "generations"
    ax.set_title(
        f"{alpha:.0%} fresh, {generations} {of}; detector keeps {tpr:.0%} fresh, "
        f"{fpr:.0%} synthetic",
        fontsize=11,
    )
    fig.legend(*ax.get_legend_handles_labels(), loc="outside lower center", ncols=2)
    results = "; ".join(f"{name} {end[key]:,.0f}" for key, name in NAMES.items())
    reading = (
        f"With {alpha:.0%} fresh data, {generations} {of} and a {detector} detector "
        f"(keeps {tpr:.0%} of the fresh and {fpr:.0%} of the synthetic samples) "
        f"the models end worth, in true samples: {results}."
    )
    return fig, reading
