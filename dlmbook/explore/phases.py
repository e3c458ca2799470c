"""An explorable of *The contamination recurrence*: a point of the phase diagram, and its path."""

from __future__ import annotations

from functools import cache

import numpy as np
from matplotlib.figure import Figure

from dlmbook import plots
from dlmbook.contamination import Phase, PowerLaw, Replace, effective_size
from dlmbook.explore.explorable import Explorable, Slider
from dlmbook.information import Array

C, SIZE = 0.5, 50
RARER = (0.0, 0.5, 0.75, 1.0, 1.5)
GROWTH = (0.0, 0.5, 0.75, 1.0, 1.5, 2.0)
SPANS = (200, 20_000)


def phase_diagram() -> Explorable:
    """Choose how fast fresh data get rarer and samples more, and see where the error goes.

    Returns
    -------
    Explorable
        Sliders ``a`` and ``b``, exponents of alpha_t = t^-a / 2 and of n_t = 50 t^b, and ``span``,
        the number of generations shown; 60 frames.
    """
    return Explorable(
        _draw,
        question="Fresh data get rarer like t^-a. How fast must samples grow to find the truth?",
        alt="Left, the phase diagram in the plane of a and b: recovery above the diagonal up to "
        "a = 1, collapse below it and right of it up to b = 1, frozen beyond, stall on the "
        "diagonal, and a cross at the chosen point. Right, the error in units of S against the "
        "generation, both logarithmic, and dashed the error to which it is heading.",
        finding="Above the diagonal the error falls for ever, on it the error stalls, below it "
        "the error rises towards S. After 200 generations you can hardly tell: at "
        "a = 0.75 and b = 0.5 the error is not even four times that of the start, while its limit "
        "S is fifty times as large. For a above 1 fresh data stop too early: with b up to 1 the "
        "error still tends to S, slowly, and with b above 1 it freezes on its way.",
        a=Slider("a, fresh data", RARER, start=0.5),
        b=Slider("b, samples", GROWTH, start=0.75),
        span=Slider("Generations", SPANS, start=SPANS[0], format="{:,}".format),
    )


@cache
def _path(a: float, b: float, span: int) -> tuple[Array, Array]:
    """Errors in units of S, generation by generation, and where each was heading."""
    t = np.arange(1, span + 1, dtype=float)
    alpha, n = np.minimum(1, C * t**-a), np.ceil(SIZE * t**b)
    errors = Replace().errors(np.append(1, alpha), np.append(SIZE, n))
    return errors[1:], 1 / effective_size(alpha, n)


def _draw(a: float, b: float, span: int) -> tuple[Figure, str]:
    plan = PowerLaw(C, a, SIZE, b)
    errors, target = _path(a, b, span)
    shown = np.unique(np.geomspace(1, span, 200).astype(int))
    fig, (left, right) = plots.figure(height=3.7, columns=2)
    plots.phases(left, top=2.1)
    left.plot(a, b, marker="X", ms=13, color="black", mec="white", mew=1.5, clip_on=False)
    left.set_title(f"a = {a:g}, b = {b:g}")
    right.plot(shown, errors[shown - 1], color=plots.color("truth"), label="error")
    right.plot(shown, target[shown - 1], color=plots.color("fresh"), ls="--", label="heading for")
    right.axhline(1 / SIZE, color=plots.GREY, ls=":", label="start")
    right.set(xscale="log", yscale="log", xlabel="generation t", ylabel="error, units of S")
    right.set(ylim=(min(1e-3, errors.min() / 2), 1.5), title=plan.phase.name.lower())
    right.minorticks_off()
    fig.legend(*right.get_legend_handles_labels(), loc="outside lower center", ncols=3)
    return fig, _reading(plan, float(errors[-1]), float(target[-1]), span)


def _reading(plan: PowerLaw, error: float, target: float, span: int) -> str:
    now = (
        f"With a = {plan.a:g} and b = {plan.b:g} generation {span:,} has {plan.n(span):,} samples, "
        f"{plan.alpha(span) * plan.n(span):.4g} of them fresh on average. Its error is "
        f"{error:.3g} S, and is heading for {target:.3g} S."
    )
    match plan.phase:
        case Phase.RECOVERY:
            log = " ln t" if plan.a == 1 and plan.b - 1 == 2 * plan.c else ""
            end = f"It tends to 0 as t^-{plan.exponent:g}{log}: recovery."
        case Phase.STALL:
            end = f"It tends to {plan.limit:.3g} S: stall."
        case Phase.COLLAPSE:
            end = "It tends to S: collapse."
        case _:
            end = "It freezes at a value that depends on every generation."
    return f"{now} {end}"
