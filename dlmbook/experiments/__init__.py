"""Experiments that take longer than a chapter's cells may: their code and their results.

Each experiment is a module with a function ``run``. Its result is a small file of numbers in
``results``, which comes with the package, so that chapters and explorables can `load` it wherever
they run. To make the files again, in minutes to hours on two cores:

    python -m dlmbook.experiments NAME

An interrupted run goes on from where it was when the same command is given again.
"""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any

RESULTS = files("dlmbook.experiments") / "results"

__all__ = ["load", "names"]


def load(name: str) -> dict[str, Any]:
    """Read the stored result of an experiment.

    Parameters
    ----------
    name : str
        One of `names`.

    Returns
    -------
    dict
        What ``run`` of the experiment returned, with lists in the place of arrays.

    Raises
    ------
    ValueError
        If no result has that name.
    """
    if name not in names():
        raise ValueError(f"no result is named {name!r}; the names are {', '.join(names())}")
    return json.loads((RESULTS / f"{name}.json").read_text(encoding="utf-8"))


def names() -> list[str]:
    """Return the names of the stored results, in alphabetical order."""
    found = (entry.name for entry in RESULTS.iterdir())
    return sorted(name.removesuffix(".json") for name in found if name.endswith(".json"))
