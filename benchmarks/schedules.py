"""How long schedules take at the largest size that the book uses."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from timing import Row, within

from dlmbook.curve import InformationCurve
from dlmbook.schedules import (
    HarmonicSchedule,
    SequentialSchedule,
    chen_cong_li_within,
    oracle_schedule,
    sequential_constants,
)

LENGTH, STEPS, REPEATS = 4096, 64, 5


def schedules() -> Iterator[Row]:
    """Overshoots, tables and optimal sizes against their targets."""
    size = f"L = {LENGTH}, K = {STEPS}"
    for adapt in ("tc", "dtc", "both"):
        schedule = HarmonicSchedule(LENGTH, STEPS, adapt)
        yield within(f"harmonic overshoot ({adapt}), {size}", schedule.overshoot, 0.2, REPEATS)
    yield within(
        f"table of the sequential schedule, all up to {size}",
        lambda: sequential_constants(LENGTH, STEPS),
        2.0,
        REPEATS,
    )
    yield within(
        f"sequential schedule, 1,000 samples, {size}",
        lambda: SequentialSchedule(LENGTH, STEPS).sample(1000, rng=0),
        2.0,
        REPEATS,
    )
    yield within(
        f"Chen, Cong and Li's schedule within K, {size}",
        lambda: chen_cong_li_within(LENGTH, STEPS),
        0.2,
        REPEATS,
    )
    for name, w in _increments().items():
        curve = InformationCurve.from_increments(w)
        yield within(
            f"oracle schedule, {name}, {size}",
            lambda c=curve: oracle_schedule(c, STEPS),
            1.0,
            REPEATS,
        )


def _increments() -> dict[str, np.ndarray]:
    """Curves of different shapes."""
    rng = np.random.default_rng(0)
    m = np.arange(1, LENGTH)
    return {
        "random curve": rng.exponential(size=LENGTH - 1),
        "few jumps": rng.exponential(size=LENGTH - 1) * (rng.random(LENGTH - 1) < 0.01),
        "geometric curve": 0.99**m,
    }
