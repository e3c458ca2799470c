r"""Chapter 16's long experiment: transformers that train on their own parallel samples.

    python -m dlmbook.experiments self_training

The truth is the pattern of vowels and consonants in English words of six letters: real, and small
enough that the law which a trained network writes can be computed exactly, as can the law of what
it has learned (what it writes one token at a time). In every generation a network is trained from
scratch on samples of which a share alpha is fresh, and the rest was written by the network before.
Each loop is kept as soon as it is finished, so that an interrupted run goes on where it was.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from dlmbook.contamination import sweep
from dlmbook.families.loop import generations
from dlmbook.families.masked import MaskedDiffusion
from dlmbook.information import kl_divergence, total_correlation
from dlmbook.laws import patterns, words
from dlmbook.laws.enumerated import DenseLaw
from dlmbook.schedules import FixedSchedule

#: Fresh share, sizes of the blocks, and the order of the positions if one plan is kept for ever.
Case = tuple[float, tuple[int, ...], tuple[int, ...] | None]
CASES: tuple[Case, ...] = (
    (0.0, (1, 1, 1, 1, 1, 1), None),
    (0.0, (3, 3), None),
    (0.3, (3, 3), None),
    (0.3, (3, 3), (0, 2, 4, 1, 3, 5)),
)
GROUPS = ("aeiouy",)
#: Settings of the stored result.
FULL: dict[str, Any] = {"cases": CASES, "seeds": 3, "rounds": 4, "n": 20_000, "steps": 600}


def run(
    cases: Sequence[Case] = CASES[1:2],
    seeds: int = 1,
    rounds: int = 1,
    n: int = 1000,
    steps: int = 50,
    cache: str | Path | None = None,
    jobs: int | None = 1,
    progress: bool = False,
) -> dict[str, Any]:
    """Run all loops.

    Parameters
    ----------
    cases : sequence of tuples
        Fresh share, sizes, and the order of a frozen plan, or None.
    seeds : int
        Loops of each case; each has its own data and networks.
    rounds : int
        Generations after the first.
    n : int
        Samples of each generation.
    steps : int
        Updates of each network.
    cache : path, optional
        A folder for finished loops.
    jobs : int, optional
        Number of processes.
    progress : bool
        Show a progress bar.

    Returns
    -------
    dict
        The settings, and for each case lists of shape (seeds, rounds + 1): ``learned`` and
        ``written``, divergences from the truth of what a network has learned and of what it
        writes; ``tc`` of what it has learned; ``own``, the divergence of what it has learned from
        the law of its own data. All in nats.
    """
    torch.set_num_threads(1)
    plan = {"rounds": rounds, "n": n, "steps": steps}
    calls = [
        {"alpha": alpha, "sizes": sizes, "order": order, "seed": seed, **plan}
        for seed in range(seeds)
        for alpha, sizes, order in cases
    ]
    found = list(sweep(loop, calls, jobs=jobs, cache=cache, progress=progress))
    table = []
    for index, (alpha, sizes, order) in enumerate(cases):
        loops = found[index :: len(cases)]
        lists = {name: [one[name] for one in loops] for name in loops[0]}
        table.append({"alpha": alpha, "sizes": sizes, "order": order, **lists})
    return {**plan, "seeds": seeds, "cases": table}


def loop(
    alpha: float,
    sizes: tuple[int, ...],
    order: tuple[int, ...] | None,
    seed: int,
    rounds: int,
    n: int,
    steps: int,
) -> dict[str, Any]:
    """One loop: what each of its networks has learned and writes, against the truth."""
    law = DenseLaw.of(patterns(words(sum(sizes)), GROUPS))
    family = MaskedDiffusion(2, law.length, FixedSchedule(sizes), steps, order=order)
    found: dict[str, Any] = {"learned": [], "written": [], "tc": [], "own": []}
    rng, data = np.random.default_rng([seed, 16]), law.pmf
    for model in generations(family, law, alpha, n, rounds, rng):
        learned, written = model.learned().pmf, model.written().pmf
        found["learned"].append(round(kl_divergence(law.pmf, learned), 5))
        found["written"].append(round(kl_divergence(law.pmf, written), 5))
        found["tc"].append(round(total_correlation(learned), 5))
        found["own"].append(round(kl_divergence(data, learned), 5))
        data = alpha * law.pmf + (1 - alpha) * written
    return found
