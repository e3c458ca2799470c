"""Measure the package beside its peers and print a Markdown table.

python benchmarks/run.py                 # everything
python benchmarks/run.py profiles loops  # some of it
"""

from __future__ import annotations

import argparse
import os

os.environ.setdefault("OMP_NUM_THREADS", "1")  # before numpy: one core for all

import contamination
import entropies
import minimax
import schedules
import trained
import unmasking

GROUPS = {
    "profiles": entropies.profiles,
    "correlations": entropies.correlations,
    "long": entropies.long_laws,
    "loops": unmasking.loops,
    "schedules": schedules.schedules,
    "minimax": minimax.rows,
    "contamination": contamination.rows,
    "trained": trained.rows,
}


def main() -> None:
    """Print one row as soon as it is measured."""
    parser = argparse.ArgumentParser(description="Benchmarks of dlmbook, as a Markdown table.")
    parser.add_argument("names", nargs="*", choices=[*GROUPS, []], help="what to measure")
    names = parser.parse_args().names or GROUPS
    print("| what | ours | beside | measured | target | met |")
    print("| --- | --- | --- | --- | --- | --- |")
    for name in names:
        for row in GROUPS[name]():
            met = {True: "yes", False: "**no**", None: ""}[row.met]
            cells = (row.what, row.ours, row.peer, row.measured, row.target, met)
            print(f"| {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
