"""Chapter 10's explorable: a schedule on the loss curve of a network, as it is trained."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from dlmbook import plots
from dlmbook.estimation import cheapest_schedule
from dlmbook.experiments import load
from dlmbook.explore.explorable import Explorable, Slider
from dlmbook.information import Array
from dlmbook.schedules import (
    FixedSchedule,
    HarmonicSchedule,
    Schedule,
    cosine,
    uniform,
)

__all__ = ["trained_curve"]

LENGTH = 8
KINDS = ("equal", "cosine", "harmonic", "best")


def trained_curve() -> Explorable:
    """Losses of a network of eight-letter words at several times, with a schedule on top.

    Returns
    -------
    Explorable
        Sliders ``updates``, ``kind`` and ``calls``.
    """
    times = tuple(int(look["step"]) for look in _run()["looks"])
    return Explorable(
        _draw,
        question="While a network learns eight-letter words: what do calls buy, and what do sizes?",
        alt="Loss per hidden letter against letters revealed. A green line is the floor of the "
        "law, a dashed pink one the loss of the network, and a blue line above it the "
        "loss that each letter pays in its block. Hatched is the price of the schedule, "
        "dotted the network's own floor.",
        finding="As the network learns, its loss bends down from the right. All that calls can buy "
        "grows from less than six nats to more than eleven, and the price of few calls grows with "
        "it, although the total falls. Harmonic sizes cost most, equal ones are near the best: "
        "with two or three calls the best sizes for the losses gain at most half a nat over equal "
        "ones, which is less than a third of the network's own floor. Here a better network is "
        "worth more than a better schedule.",
        updates=Slider("Updates", times, start=times[-1]),
        kind=Slider("Sizes", KINDS, start="equal"),
        calls=Slider("Calls K", tuple(range(1, LENGTH + 1)), start=3),
    )


@cache
def _run() -> dict[str, Any]:
    """Longer of the two runs of eight-letter words."""
    return load("trained")["eight"][-1]


def _losses(updates: int) -> Array:
    return np.array(next(x["loss"] for x in _run()["looks"] if x["step"] == updates))


def _schedule(kind: str, calls: int, loss: Array) -> Schedule:
    match kind:
        case "equal":
            return uniform(LENGTH, calls)
        case "cosine":
            return cosine(LENGTH, calls)
        case "harmonic":
            return HarmonicSchedule(LENGTH, calls, "both")
    return cheapest_schedule(loss, calls)


def _draw(updates: int, kind: str, calls: int) -> tuple[Figure, str]:
    loss, floor = _losses(updates), np.array(_run()["D"])
    schedule = _schedule(kind, calls, loss)
    price = float(-np.diff(loss) @ schedule.overshoot())
    own = float((loss - floor).sum())
    fig, ax = plots.figure(height=3.5)
    _stairs(ax, loss, floor, _paid(schedule, loss))
    ax.set_title(f"{updates} updates: {own:.2f} + {price:.2f} = {own + price:.2f} nats")
    sizes = ""
    if isinstance(schedule, FixedSchedule):
        sizes = f" ({' + '.join(map(str, schedule.sizes))})"
    most = float((loss[0] - loss).sum())
    reading = (
        f"After {updates} updates, {kind} sizes{sizes} in {calls} calls: the network's own floor "
        f"{own:.2f} nats, the schedule {price:.2f}, together {own + price:.2f}. "
        f"All that calls can buy: {most:.2f}."
    )
    return fig, reading


def _paid(schedule: Schedule, loss: Array) -> Array:
    """Mean loss that the (j+1)-th letter pays: that at the beginning of its block, (L,)."""
    paid = np.zeros(LENGTH)
    for weight, sizes in schedule.compositions():
        starts = np.cumsum((0, *sizes[:-1]))
        paid += weight * np.repeat(loss[starts], sizes)
    return paid


def _stairs(ax: Axes, loss: Array, floor: Array, paid: Array) -> None:
    edges = np.arange(LENGTH + 1)
    top, low, base = (np.append(y, y[-1]) for y in (paid, loss, floor))
    style: dict[str, Any] = {"step": "post", "facecolor": "none", "lw": 0}
    ax.fill_between(edges, low, top, edgecolor=plots.color("dtc"), hatch="///", **style)
    ax.fill_between(edges, base, low, edgecolor=plots.color("neutral"), hatch="..", **style)
    ax.stairs(floor, edges, baseline=None, color=plots.color("truth"), lw=2.4, label="law")
    ax.stairs(
        loss, edges, baseline=None, color=plots.color("model"), ls="--", lw=2.2, label="network"
    )
    ax.stairs(paid, edges, baseline=None, color=plots.color("tc"), lw=1.8, label="paid")
    ax.set(xlim=(0, LENGTH), ylim=(0, 3.6), xlabel="letters revealed, j")
    ax.set_ylabel("nats per letter")
    ax.legend(loc="upper right", ncols=3)
