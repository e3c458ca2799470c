"""Chapter 1: the plane of total and dual total correlation."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from dlmbook import plots
from dlmbook.explore.explorable import Explorable, Slider
from dlmbook.information import Array, dual_total_correlation, total_correlation
from dlmbook.laws import DenseLaw, Law, MarkovLaw, parity, repetition

FAMILIES = ("repetition", "chain", "parity")
NOISES = (0.0, 0.01, 0.02, 0.05, 0.1, 0.2, 0.35, 0.5)
LENGTHS = (3, 4, 5, 6)
MARKERS = dict(zip(FAMILIES, "os^", strict=True))
COLORS = dict(zip(FAMILIES, ("tc", "curve", "dtc"), strict=True))


def two_numbers() -> Explorable:
    """Noisy repetition, chain and parity in the plane of TC and DTC."""
    return Explorable(
        _draw,
        question="Which machine does noise spoil faster, repetition or parity?",
        alt="The plane of total correlation, to the right, and dual total correlation, upward, "
        "with a wedge in which all laws lie. Three paths lead to the origin as noise grows: "
        "repetition from the lower edge into the wedge, parity down the upper edge.",
        finding="Without noise repetition sits on the lower edge of the wedge and parity on the "
        "upper one, as far out as bits can be. A little noise costs parity far more: flipping "
        "each of six bits with probability 0.05 leaves repetition most of its total correlation, "
        "while most of parity's dual total correlation is gone, since one flipped bit among many "
        "spoils the constraint. Repetition is robust because it says everything many times. In "
        "the ratio of DTC to TC the chain lies between them. All paths end at independent coins.",
        family=Slider("Family", FAMILIES, start="parity"),
        length=Slider("Bits L", LENGTHS, start=4),
        noise=Slider("Probability that a bit is flipped", NOISES, start=0.02),
    )


def noisy(law: Law, noise: float) -> Array:
    """Pmf of bits from ``law``, each flipped independently, shape (2,) * L."""
    pmf = DenseLaw.of(law).pmf
    channel = np.array([[1 - noise, noise], [noise, 1 - noise]])
    for axis in range(law.length):
        pmf = np.moveaxis(np.tensordot(pmf, channel, axes=(axis, 0)), -1, axis)
    return pmf


def _family(name: str, length: int) -> Law:
    if name == "chain":
        return MarkovLaw(np.array([[0.9, 0.1], [0.1, 0.9]]), length)
    return repetition(length) if name == "repetition" else parity(length)


def _point(name: str, length: int, noise: float) -> tuple[float, float]:
    pmf = noisy(_family(name, length), noise)
    return total_correlation(pmf), dual_total_correlation(pmf)


def _draw(family: str, length: int, noise: float) -> tuple[Figure, str]:
    fig, ax = plots.figure(height=4.0)
    far = length * np.log(2)
    ax.fill(
        [0, far, far], [0, far / (length - 1), far * (length - 1)], color=plots.GREY, alpha=0.12
    )
    for name in FAMILIES:
        path = np.array([_point(name, length, e) for e in NOISES])
        style = {"color": plots.color(COLORS[name]), "marker": MARKERS[name]}
        ax.plot(*path.T, ms=4, lw=1.3, alpha=1.0 if name == family else 0.55, **style)
        offset = (0, 10) if name == "parity" else (8, 8)
        ax.annotate(name, path[0], xytext=offset, textcoords="offset points", color=style["color"])
    tc, dtc = _point(family, length, noise)
    ax.plot(tc, dtc, "o", ms=15, mfc="none", mec=plots.GREY, mew=2.5)
    ax.set(xlim=(0, far), ylim=(0, far), aspect="equal")
    ax.set(xlabel="total correlation, nats", ylabel="dual total corr., nats")
    reading = (
        f"{family.capitalize()} of {length} bits, each flipped with probability {noise:g}: "
        f"TC = {tc:.3f} nats, DTC = {dtc:.3f} nats."
    )
    return fig, reading
