"""An explorable of *Language models in the loop*: which part of its data a network keeps."""

from __future__ import annotations

from functools import cache

import numpy as np
from matplotlib.figure import Figure

from dlmbook import plots
from dlmbook.contamination import local_errors, shrunk_errors
from dlmbook.experiments import load
from dlmbook.explore.explorable import Explorable, Slider
from dlmbook.information import Array


def language_models() -> Explorable:
    """Excess losses of retrained GPTs against a learner that keeps a part of its data.

    Returns
    -------
    Explorable
        Sliders ``alpha`` and ``kappa``: the share of true texts, and the part that is kept;
        35 frames.
    """
    return Explorable(
        _draw,
        question="Which kept part κ fits the networks best, and is it the same for all shares?",
        alt="Excess loss in units of the clean one against the generation, 0 to 10: a grey line "
        "for the recurrence, a colored line for a learner that keeps the part κ of its data, and "
        "markers for the mean of retrained networks, with bars from the lowest to the highest.",
        finding="With κ = 1 the colored line is the recurrence, and with few true texts both lie "
        "far above the networks. With small κ it is too flat: it levels off after two or three "
        "generations, while the networks' loss goes on growing. Without true texts no single κ "
        "has the right bend; something like 0.8 comes near. The same κ is then not "
        "far off at the other shares. With half of the texts true or more, all κ give nearly the "
        "same line, and the networks lie near it. With true texts only nothing "
        "moves.",
        alpha=Slider("True texts α", (0.0, 0.1, 0.25, 0.5, 1.0), start=0.0, format=_percent),
        kappa=Slider("Kept part κ", (0.2, 0.4, 0.6, 0.7, 0.8, 0.9, 1.0), start=1.0),
    )


def _percent(share: float) -> str:
    return f"{100 * share:g}%"


@cache
def _networks(alpha: float) -> Array:
    """Excess losses in units of the clean one, (loops, T + 1)."""
    stored = load("language_models")["loops"]
    first = np.mean([loop["excess"][0] for loop in stored])
    chosen = [x["excess"] for x in stored if x["alpha"] == alpha and x["growth"] == 0]
    return np.array(chosen) / first


def _draw(alpha: float, kappa: float) -> tuple[Figure, str]:
    loops = _networks(alpha)
    mean, t = loops.mean(axis=0), np.arange(loops.shape[1])
    plain = local_errors(alpha, 1, len(t) - 1)
    kept = shrunk_errors(kappa, alpha, 1, len(t) - 1)
    fig, ax = plots.figure(height=3.9)
    ax.plot(t, plain, color=plots.GREY, label="recurrence")
    ax.plot(t, kept, color=plots.color("fresh"), ls="--", label=f"keeps {kappa:g}")
    bars = np.array([mean - loops.min(axis=0), loops.max(axis=0) - mean])
    style = {"ls": "", "marker": "D", "ms": 5, "lw": 1.2, "color": plots.color("model")}
    ax.errorbar(t, mean, bars, label=f"networks, {len(loops)} loops", **style)
    top = 1.08 * max(plain.max(), loops.max(), kept.max())
    ax.set(xlabel="generation t", ylabel="excess / clean excess", ylim=(0, top))
    ax.set_title(f"{_percent(alpha)} true texts")
    fig.legend(*ax.get_legend_handles_labels(), loc="outside lower center", ncols=3)
    off = 100 * np.abs(kept[1:] / mean[1:] - 1).mean()
    reading = (
        f"With {_percent(alpha)} true texts the networks' excess loss is {mean[-1]:.2f} times the "
        f"clean one after {t[-1]} generations. The recurrence says {plain[-1]:.2f}, and a learner "
        f"that keeps the part {kappa:g} of its data {kept[-1]:.2f}. On average over the "
        f"generations, this learner is {off:.0f}% away from the networks."
    )
    return fig, reading
