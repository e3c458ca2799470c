"""Run an experiment at full size and store its result: ``python -m dlmbook.experiments NAME``."""

from __future__ import annotations

import argparse
import json
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from tempfile import gettempdir
from typing import Any

import dlmbook.experiments as package


def main(arguments: list[str] | None = None) -> None:
    """Run one experiment, with its pieces kept in a cache, and write its result."""
    modules = [m.name for m in iter_modules(package.__path__) if not m.name.startswith("_")]
    parser = argparse.ArgumentParser(prog="python -m dlmbook.experiments", description=__doc__)
    parser.add_argument("name", choices=modules)
    parser.add_argument("--cache", type=Path, default=Path(gettempdir()) / "dlmbook-experiments")
    parser.add_argument("--jobs", type=int, default=1, help="processes, -1 for all cores")
    chosen = parser.parse_args(arguments)
    experiment = import_module(f"dlmbook.experiments.{chosen.name}")
    cache = chosen.cache / chosen.name
    result = experiment.run(**experiment.FULL, cache=cache, jobs=chosen.jobs, progress=True)
    write(chosen.name, result)


def write(name: str, result: dict[str, Any]) -> Path:
    """Store a result where `dlmbook.experiments.load` finds it."""
    path = Path(str(package.RESULTS)) / f"{name}.json"
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    print(f"wrote {path}")
    return path


if __name__ == "__main__":
    main()
