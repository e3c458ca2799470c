"""The game between schedules and laws: exact at any length, and as a linear program."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from time import perf_counter

from timing import Row, faster, show, within

from dlmbook.schedules import minimax_program, minimax_schedule, yao_bound

ALONE = """
import resource
from dlmbook.schedules import minimax_program
minimax_program(256, 16)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)  # kilobytes, on Linux
"""


def alone() -> Iterator[Row]:
    """Run the largest program once, in its own process, for its memory outside numpy."""
    start = perf_counter()
    run = [sys.executable, "-c", ALONE]
    kilobytes = int(subprocess.run(run, capture_output=True, text=True, check=True).stdout)
    time, memory = perf_counter() - start, kilobytes / 1e6
    what = "minimax program, L = 256, K = 16"
    yield Row(what, show(time), "", "one run", "at most 180 s", time <= 180)
    yield Row(what, f"{memory:.2f} GB", "", "peak of its process", "at most 4 GB", memory <= 4)


def rows() -> Iterator[Row]:
    """Solvers, the certified gap of a long game, and Yao's bound."""
    for length, steps, most in ((64, 16, 3), (128, 16, 20)):
        what = f"minimax program, L = {length}, K = {steps}"
        yield within(what, lambda n=length, k=steps: minimax_program(n, k), most, 3)
    yield from alone()
    for length, steps, most in ((64, 16, 3), (256, 16, 180), (1024, 32, 300), (4096, 64, 300)):
        what = f"minimax schedule, L = {length}, K = {steps}"
        yield within(what, lambda n=length, k=steps: minimax_schedule(n, k), most, 5)
    yield faster(
        "minimax schedule, L = 64, K = 16",
        lambda: minimax_schedule(64, 16),
        lambda: minimax_program(64, 16),
        "linear program by HiGHS",
        None,
        3,
    )
    game = minimax_schedule(1024, 32)
    gap = game.gap / game.upper
    yield Row(
        "minimax schedule, L = 1024, K = 32",
        f"{game.lower:.6f} <= c* <= {game.upper:.6f}",
        "",
        f"gap {max(gap, 0):.0e}",
        "at most 10 %",
        gap <= 0.1,
    )
    yield within("Yao's bound, L = 1024, K = 32", lambda: yao_bound(1024, 32), 5, 5)
