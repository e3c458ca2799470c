"""Chapter 5's explorable: the teeth of a fixed schedule, and what it can promise."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from dlmbook import plots
from dlmbook.explore.explorable import Explorable, Slider
from dlmbook.schedules import (
    FixedSchedule,
    chen_cong_li_within,
    cosine,
    geometric,
    uniform,
)

__all__ = ["fixed_schedules"]

LENGTH = 64
KINDS = ("equal", "cosine", "geometric", "shrinking", "growing", "growing, then shrinking")
STEPS = (2, 4, 6, 8, 12, 16, 24, 32, 48, 63)


def fixed_schedules() -> Explorable:
    """Overshoot of a fixed schedule of 64 tokens against L - m and m, with its guarantees.

    Returns
    -------
    Explorable
        Sliders ``kind`` and ``steps``: the schedule, and the number of steps it may take.
    """
    return Explorable(
        _draw,
        question="Which sizes promise an error below TC, which below DTC, and which both?",
        alt="Overshoot as a green sawtooth over m from 1 to 63, with the dashed falling line "
        "L - m and the dotted rising line m.",
        finding="Equal sizes promise nothing better than 1 TC even with 63 steps, and cosine "
        "sizes the same. Shrinking sizes promise, from 8 steps on, a fraction of TC that falls "
        "with the steps, but up to many times DTC. Growing sizes promise a fraction of DTC, but "
        "no less than 1 TC. Growing, then shrinking sizes promise a fraction of both from 12 "
        "steps on. Whole numbers are coarse: with few steps some sizes do not change.",
        kind=Slider("Sizes", KINDS),
        steps=Slider("Steps K", STEPS, start=16),
    )


def _draw(kind: str, steps: int) -> tuple[Figure, str]:
    schedule = _schedule(kind, steps)
    m = np.arange(1, LENGTH)
    fig, ax = plots.figure(height=3.2)
    ax.plot(m, LENGTH - m, color=plots.color("tc"), ls="--", label="L - m, pays for TC")
    ax.plot(m, m, color=plots.color("dtc"), ls=":", label="m, pays for DTC")
    ax.plot(m, schedule.overshoot(), color=plots.color("curve"), label="overshoot o(m)")
    ax.set(xlabel="threshold m, tokens", ylabel="tokens", xlim=(0, LENGTH), ylim=(0, LENGTH))
    ax.legend(loc="upper center")
    reading = (
        f"{kind[0].upper() + kind[1:]}, {schedule.steps} steps: for every law, E KL is at most "
        f"{schedule.worst_case(LENGTH - m):.3f} TC and at most {schedule.worst_case(m):.3f} DTC."
    )
    return fig, reading


def _schedule(kind: str, steps: int) -> FixedSchedule:
    match kind:
        case "equal":
            return uniform(LENGTH, steps)
        case "cosine":
            return cosine(LENGTH, steps)
        case "geometric":
            return geometric(LENGTH, steps)
        case "shrinking":
            return chen_cong_li_within(LENGTH, steps)
        case "growing":
            return chen_cong_li_within(LENGTH, steps, "dtc")
    return chen_cong_li_within(LENGTH, steps, "both")
