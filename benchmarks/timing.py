"""Compare functions fairly: interleaved in one process, median of the ratios."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median
from time import perf_counter


@dataclass(frozen=True)
class Row:
    """One line of the table."""

    what: str
    ours: str
    peer: str
    measured: str
    target: str
    met: bool | None


def seconds(task: Callable[[], object]) -> float:
    """Time of one call."""
    start = perf_counter()
    task()
    return perf_counter() - start


def interleaved(
    ours: Callable[[], object], peer: Callable[[], object], repeats: int
) -> tuple[list[float], list[float]]:
    """Return the times of two functions called in turn, after a call of each if there are many."""
    ours()
    if repeats > 1:
        peer()
    pairs = [(seconds(ours), seconds(peer)) for _ in range(repeats)]
    return [a for a, _ in pairs], [b for _, b in pairs]


def not_slower(what: str, ours, peer, name: str, most: float, repeats: int) -> Row:
    """Row that demands ``ours <= most * peer``."""
    a, b = interleaved(ours, peer, repeats)
    ratio = median(x / y for x, y in zip(a, b, strict=True))
    measured = f"{ratio:.2f} times (minima: {min(a) / min(b):.2f})"
    return Row(
        what,
        show(median(a)),
        f"{name}: {show(median(b))}",
        measured,
        f"at most {most:g}",
        ratio <= most,
    )


def faster(what: str, ours, peer, name: str, least: float | None, repeats: int) -> Row:
    """Row that demands ``peer >= least * ours``, if there is a demand."""
    a, b = interleaved(ours, peer, repeats)
    ratio = median(y / x for x, y in zip(a, b, strict=True))
    return Row(
        what,
        show(median(a)),
        f"{name}: {show(median(b))}",
        f"{ratio:.0f} times faster (minima: {min(b) / min(a):.0f})",
        f"at least {least:g}" if least else "(none)",
        ratio >= least if least else None,
    )


def within(what: str, ours: Callable[[], object], most: float, repeats: int) -> Row:
    """Row that demands a median time of at most so many seconds."""
    ours()
    times = [seconds(ours) for _ in range(repeats)]
    return Row(
        what,
        show(median(times)),
        "",
        f"minimum {show(min(times))}",
        f"at most {most:g} s",
        median(times) <= most,
    )


def memory(what: str, ours: Callable[[], object], most: float) -> Row:
    """Row that demands a peak of newly allocated memory of at most so many megabytes."""
    tracemalloc.start()
    ours()
    peak = tracemalloc.get_traced_memory()[1] / 1e6
    tracemalloc.stop()
    return Row(
        what, f"{peak:.0f} MB", "", "peak of new memory", f"at most {most:g} MB", peak <= most
    )


def show(duration: float) -> str:
    """Write a time with three digits and a unit."""
    for unit, size in (("s", 1.0), ("ms", 1e-3)):
        if duration >= size:
            return f"{duration / size:.3g} {unit}"
    return f"{duration / 1e-6:.3g} µs"
