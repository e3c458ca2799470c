"""Chapter 6's first explorable: one random offset moves all breakpoints of a schedule at once."""

from __future__ import annotations

from typing import Literal

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from dlmbook import plots
from dlmbook.explore.explorable import Explorable, Slider
from dlmbook.schedules import FixedSchedule, HarmonicSchedule

__all__ = ["random_offset"]

LENGTH = 64
REFERENCES: dict[str, Literal["tc", "dtc", "both"]] = {
    "L - m, for TC": "tc",
    "m, for DTC": "dtc",
    "the smaller of both": "both",
}
STEPS = (4, 8, 16)
OFFSETS = tuple(round(0.05 + 0.1 * i, 2) for i in range(10))


def random_offset() -> Explorable:
    """Breakpoints and overshoot of a clipped harmonic schedule of 64 tokens, by offset.

    Returns
    -------
    Explorable
        Sliders ``reference``, ``steps`` and ``offset``: what the schedule adapts to, how many
        steps it takes, and the random number V.
    """
    return Explorable(
        _draw,
        question="What does the random number move, and what does it leave where it is?",
        alt="Top: the numbers 1 to 63 as cells on a line, some of them wider than others, and "
        "equally spaced marks that fall into them. Bottom: a green sawtooth with its zeros at "
        "the marked numbers, a smooth blue curve through the middle of its teeth, and a dashed "
        "line above that curve.",
        finding="The marks move together, and each of them makes a breakpoint of the cell that it "
        "hits. A cell as wide as the distance of the marks is always hit: its breakpoint does not "
        "move. With 16 steps there are such cells at the end for TC, at the beginning for DTC, "
        "and at both ends for the smaller of both. With 8 or 16 steps the tallest tooth of every "
        "draw shown rises above the promise; the mean over all offsets never does.",
        reference=Slider("Reference", tuple(REFERENCES), start="the smaller of both"),
        steps=Slider("Steps K", STEPS, start=8),
        offset=Slider("Offset V", OFFSETS, start=0.35),
    )


def _draw(reference: str, steps: int, offset: float) -> tuple[Figure, str]:
    schedule = _schedule(reference, steps)
    drawn = FixedSchedule(tuple(s for s in schedule.offsets.at([offset])[0].tolist() if s))
    v, mean, teeth = schedule.reference, schedule.overshoot(), drawn.overshoot()
    m = np.arange(1, LENGTH)
    fig, (line, ax) = plots.figure(height=4.4, rows=2, height_ratios=[1, 3.2])
    _mass_line(line, schedule, offset, drawn)
    promise = np.minimum(schedule.bound * v, LENGTH - m)
    ax.plot(m, teeth, color=plots.color("curve"), ls="-", lw=1.2, label="this draw")
    ax.plot(m, mean, color=plots.color("harmonic"), ls="-", lw=2.6, label="mean over V")
    ax.plot(m, promise, color=plots.color("dtc"), ls="--", label="promise")
    ax.set(xlabel="threshold m, tokens", ylabel="overshoot, tokens", xlim=(0, LENGTH))
    ax.set_ylim(0, 290 / steps)  # the tallest tooth, and room for the legend
    ax.legend(loc="upper center", ncols=3, columnspacing=1.2)
    sizes = " + ".join(map(str, drawn.sizes))
    reading = (
        f"V = {offset:.2f}: sizes {sizes}. Relative to the reference, the tallest tooth of this "
        f"draw is {np.max(teeth / v):.3f}, the mean over V at most {np.max(mean / v):.3f}; the "
        f"theorem promises {schedule.bound:.3f}."
    )
    return fig, reading


def _mass_line(ax: Axes, schedule: HarmonicSchedule, offset: float, drawn: FixedSchedule) -> None:
    """Cells of the masses, the levels on them, and the cells hit."""
    ends = np.concatenate([[0.0], np.cumsum(schedule.intensity)])
    hit = set(drawn.breakpoints)
    for m in range(1, LENGTH):
        ax.axvspan(
            ends[m - 1],
            ends[m],
            color=plots.color("uniform" if m in hit else "neutral"),
            alpha=0.9 if m in hit else (0.15 if m % 2 else 0.35),
            lw=0,
        )
    ax.vlines(
        offset + np.arange(schedule.steps - 1), 0, 1.25, color=plots.color("harmonic"), lw=2.2
    )
    ax.set(xlim=(0, ends[-1]), ylim=(0, 1.3), yticks=[], xlabel="mass, in distances of the marks")
    ax.spines[["left"]].set_visible(False)


def _schedule(reference: str, steps: int) -> HarmonicSchedule:
    return HarmonicSchedule(LENGTH, steps, REFERENCES[reference])
