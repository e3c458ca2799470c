"""The information box of Chapter 2: pick a law and a length, read off its two areas."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from matplotlib.figure import Figure

from dlmbook import plots
from dlmbook.curve import InformationCurve
from dlmbook.explore.explorable import Explorable, Slider
from dlmbook.information import Array
from dlmbook.laws import (
    DirichletMultinomialLaw,
    MarkovLaw,
    MDSCode,
    ProductLaw,
    parity,
    repetition,
)

#: Lengths that the slider offers, each with the least prime at or above it.
PRIMES = {4: 5, 8: 11, 16: 17, 32: 37, 64: 67}


def _code(quarters: int) -> Callable[[int], Array]:
    return lambda length: MDSCode(length, quarters * length // 4, PRIMES[length]).profile()


#: From the name of a law to its averaged entropies at a length.
PROFILES: dict[str, Callable[[int], Array]] = {
    "repetition": lambda length: repetition(length).profile(),
    "topics": lambda length: DirichletMultinomialLaw(np.full(2, 0.5), length).profile(),
    "code, k = L/4": _code(1),
    "Markov chain": lambda length: MarkovLaw(0.1 + 0.8 * np.eye(2), length).profile(),
    "pairs": lambda length: ProductLaw(repetition(2), length // 2).profile(),
    "code, k = L/2": _code(2),
    "repetition beside parity": lambda length: (
        repetition(length).profile() + parity(length).profile()
    ),
    "parity blocks of 4": lambda length: ProductLaw(parity(4), length // 4).profile(),
    "code, k = 3L/4": _code(3),
    "parity": lambda length: parity(length).profile(),
}


def information_box() -> Explorable:
    """Let a reader choose a law and a length, and see TC and DTC as areas of one box.

    Theorem: `box`.

    Returns
    -------
    Explorable
        With sliders ``law`` and ``length``.

    Examples
    --------
    >>> information_box().start
    {'law': 'code, k = L/2', 'length': 16}
    """
    return Explorable(
        draw_box,
        question="Which laws put their area under the curve, and which above it?",
        alt=(
            "A box as wide as the sequence, cut in two by the information curve, a rising "
            "staircase. The area under the stairs is shaded, the area above them hatched."
        ),
        finding=(
            "Repetition climbs at once: nearly all of its box lies under the curve, so its TC "
            "is large and its DTC small. Parity climbs at the last step and is the mirror image. "
            "A code that needs k symbols climbs at k, and the share of the box under the curve "
            "is 1 - k/L. Pairs climb on a straight line and halve the box at every length; so "
            "does repetition beside parity, with a quite different curve. With growing length, "
            "topics behave more and more like repetition, while the Markov chain and the parity "
            "blocks keep a shape of their own."
        ),
        law=Slider("Law", list(PROFILES), start="code, k = L/2"),
        length=Slider("Length L", list(PRIMES), start=16),
    )


def draw_box(law: str, length: int) -> tuple[Figure, str]:
    """One frame: the box of a law at a length, and its areas in words."""
    curve = InformationCurve(PROFILES[law](length))
    height = float(curve.Z[-1])
    share = 100 * curve.tc / (curve.tc + curve.dtc)
    figure, ax = plots.figure(height=3.4)
    plots.box(ax, curve)
    ax.set_title(f"hatched: DTC = {curve.dtc:.3f} nats", loc="left")
    ax.set_title(f"shaded: TC = {curve.tc:.3f} nats", loc="right")
    ax.set_xticks(np.linspace(0, length, 5))
    return figure, (
        f"Law: {law}, L = {length}. The box is {length} tokens wide and {height:.3f} nats high; "
        f"under the curve TC = {curve.tc:.3f} nats ({share:.1f} % of the box), "
        f"above it DTC = {curve.dtc:.3f} nats."
    )
