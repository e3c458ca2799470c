"""Many settings at once: on one core, all cores or a cluster, with nothing finished ever lost."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from joblib import Memory, Parallel, delayed
from tqdm import tqdm


def sweep(
    task: Callable[..., Any],
    settings: Sequence[Mapping[str, Any]],
    *,
    rng: int | None = None,
    jobs: int | None = None,
    cache: str | Path | None = None,
    progress: bool = True,
) -> Iterator[Any]:
    """Call a task with each of many settings; give results as they come, in the settings' order.

    Parameters
    ----------
    task : callable
        A function with keyword arguments, such as `simulate`.
    settings : sequence of mappings
        Keyword arguments of each call.
    rng : int, optional
        A seed. Each call then gets its own seed from it, as the argument ``rng``.
    jobs : int, optional
        Number of processes, -1 for all cores. By default what joblib's context says:
        ``with joblib.parallel_config(backend="dask"):`` runs the same call on a Dask cluster.
    cache : path, optional
        A folder for finished results. After an interruption the same call takes them from there and
        goes on; it needs a seed for that, or settings that hold their own.
    progress : bool
        Show a progress bar.

    Examples
    --------
    >>> list(sweep(pow, [dict(base=2, exp=k) for k in range(4)], progress=False))
    [1, 2, 4, 8]
    """
    calls = [dict(setting) for setting in settings]
    if rng is not None:
        seeds = np.random.SeedSequence(rng).generate_state(len(calls), np.uint64).tolist()
        calls = [{**call, "rng": seed} for call, seed in zip(calls, seeds, strict=True)]
    if cache is not None:
        task = Memory(cache, verbose=0).cache(task)
    results = Parallel(n_jobs=jobs, return_as="generator")(delayed(task)(**call) for call in calls)
    return iter(tqdm(results, total=len(calls), disable=not progress))
