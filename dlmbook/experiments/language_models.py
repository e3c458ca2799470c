r"""A small GPT, retrained from scratch by ten generations on what its predecessors wrote.

Texts of L symbols come from a stationary Markov chain whose law is known: the letters and spaces of
*Alice's Adventures in Wonderland*, with a random symbol now and then (`letters`). So the excess
loss of every model is a mean of divergences between known pmfs. Four questions are asked.

``loops``   How does the excess loss grow with the generations, at several fresh shares alpha, when
            every generation has n texts, and when generation t has (t + 1) n?
``deeper``  Does a network of twice the depth do the same?
``clean``   What is the excess loss of a model that has seen m true texts? (A learning curve, by
            which the models in the loop are measured.)
``steps``   Is the number of updates right, that is, is neither half nor twice as many better on
            new true texts? It is fixed in advance: ``updates`` at 1,000 texts (`updates`).

``python -m dlmbook.experiments language_models`` runs it, in about 20 minutes on one free core;
`PAPER` has the sizes of a published study, for a machine that has days.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from dlmbook.contamination import sweep
from dlmbook.families import MixedTexts, chain_model, generations, next_token_excess
from dlmbook.families.gpt import GPT
from dlmbook.laws import letters
from dlmbook.laws.base import Tokens

#: The network, and how it is trained: ``updates`` at 1,000 texts.
SMALL = {
    "width": 32,
    "layers": 1,
    "heads": 2,
    "batch": 32,
    "rate": 1e-2,
    "decay": 0.5,
    "updates": 300,
}
DEEPER = {**SMALL, "layers": 2}
#: Sizes like those of Bakshi and Chakraborty's study, for `run(**PAPER)`.
PAPER: dict[str, Any] = {
    "network": {
        "width": 256,
        "layers": 4,
        "heads": 4,
        "batch": 32,
        "rate": 3e-4,
        "decay": 0.01,
        "updates": 2000,
    },
    "length": 128,
    "n": 4000,
    "repeats": 10,
}
#: What ``python -m dlmbook.experiments language_models`` passes to `run`.
FULL: dict[str, Any] = {}
NOISE = 0.2
HELD_OUT = 1000


def run(
    *,
    network: Mapping[str, Any] = SMALL,
    deeper: Mapping[str, Any] | None = DEEPER,
    length: int = 32,
    n: int = 1000,
    last: int = 10,
    alphas: Sequence[float] = (0.0, 0.1, 0.25, 0.5, 1.0),
    growing: Sequence[float] = (0.1, 0.5),
    sizes: Sequence[float] = (0.125, 0.25, 0.5, 1, 2, 4, 8),
    factors: Sequence[float] = (0.5, 1, 2),
    repeats: int = 3,
    rng: int = 15,
    jobs: int | None = None,
    cache: str | Path | None = None,
    progress: bool = True,
) -> dict[str, Any]:
    """Train all models, and return their excess losses as lists of numbers.

    Parameters
    ----------
    network, deeper : mapping
        Sizes and training of the two networks; no second one if None.
    length, n, last : int
        Symbols of a text, texts of generation 0, and the last generation.
    alphas, growing : sequence of float
        Fresh shares with constant and with growing sizes.
    sizes, factors : sequence of float
        Sizes of the learning curve, in units of n, and multiples of the number of updates.
    repeats : int
        Loops for each alpha with constant sizes, and models for each clean question; with growing
        sizes and with the second network there is one loop less.
    rng, jobs, cache, progress
        As for `sweep`.

    Examples
    --------
    >>> tiny = {"width": 8, "layers": 1, "heads": 1, "batch": 8, "rate": 1e-2}
    >>> tiny |= {"decay": 0.0, "updates": 20}
    >>> less = dict(alphas=[0.5], growing=[], sizes=[1], factors=[], repeats=1, deeper=None)
    >>> result = run(network=tiny, n=20, last=1, length=4, progress=False, **less)
    >>> len(result["loops"]), len(result["loops"][0]["excess"])
    (1, 2)
    """
    loop = {"kind": "loops", "network": dict(network), "last": last, "growth": 0}
    clean = {**loop, "kind": "clean", "last": 0, "alpha": 1.0}
    settings = [{**loop, "alpha": a} for _ in range(repeats) for a in alphas]
    settings += [{**clean, "n": round(n * size)} for _ in range(repeats) for size in sizes]
    for size in (0.25, 1, 4) if len(factors) else ():
        updates = [network["updates"] * factor for factor in factors]
        options = [{**network, "updates": u} for u in updates for _ in range(repeats)]
        check = {**clean, "kind": "steps", "n": round(n * size)}
        settings += [{**check, "network": option} for option in options]
    fewer = max(repeats - 1, 1)
    settings += [{**loop, "alpha": a, "growth": 1} for _ in range(fewer) for a in growing]
    if deeper is not None:
        deep = {**loop, "kind": "deeper", "network": dict(deeper)}
        settings += [{**deep, "alpha": 0.1} for _ in range(fewer)]
    calls = [{"n": n, "length": length, **setting} for setting in settings]
    done = sweep(one_loop, calls, rng=rng, jobs=jobs, cache=cache, progress=progress)
    return {"n": n, "length": length, "noise": NOISE, **_by_kind(calls, list(done))}


def one_loop(
    *,
    kind: str,
    network: Mapping[str, Any],
    length: int,
    n: int,
    growth: int,
    alpha: float,
    last: int,
    rng: int,
) -> dict[str, Any]:
    """One loop: what there is to say of each of its models (`measures`)."""
    truth = chain_model(letters(length, NOISE))
    held_out = truth.sample(HELD_OUT, rng=np.random.default_rng(0))
    sizes = {name: network[name] for name in ("width", "layers", "heads", "batch", "rate", "decay")}
    steps = partial(updates, network["updates"])
    family = GPT(len(truth.rows) - 1, length, steps=steps, **sizes)
    plan = np.array([n * (t + 1) ** growth for t in range(last + 1)])
    rows: dict[str, list[Any]] = {}
    previous = None
    for model in generations(family, truth, alpha, plan, last, rng):
        writers = MixedTexts(truth, previous, alpha) if previous else MixedTexts(truth, truth, 1.0)
        for name, value in measures(model, truth, writers, held_out, rng).items():
            rows.setdefault(name, []).append(value)
        previous = model
    return rows


def updates(at_thousand: float, n: int) -> int:
    """Fix the number of updates for n texts: in proportion to n below 1,000, to its root above.

    Examples
    --------
    >>> [updates(300, n) for n in (250, 1000, 4000)]
    [75, 300, 600]
    """
    share = n / 1000
    return max(round(at_thousand * min(share, share**0.5)), 1)


def measures(
    model: Any, truth: Any, writers: MixedTexts, held_out: Tokens, rng: int
) -> dict[str, Any]:
    """Measure one model.

    Returns
    -------
    dict
        ``excess``: mean excess loss per token, in nats, and ``error``, its standard error over
        held-out texts; ``early`` and ``late``, the same in the first and the last quarter of the
        texts; ``own``: divergence of the model from the mixture that it learned from, on texts of
        the mixture; ``fresh_true`` and ``fresh_synthetic``: mean weight of the truth before the
        last token of a true and of a synthetic text.
    """
    excess = next_token_excess(model, truth, held_out)
    quarter = max(excess.shape[1] // 4, 1)
    texts = excess.mean(axis=1)
    synthetic = writers.synthetic.sample(len(held_out), rng=np.random.default_rng(rng))  # type: ignore[attr-defined]
    fresh = np.random.default_rng(rng + 1).random(len(held_out)) < writers.alpha
    mixed = np.where(fresh[:, None], held_out, synthetic)
    values = {
        "excess": texts.mean(),
        "error": texts.std() / np.sqrt(len(texts)),
        "early": excess[:, :quarter].mean(),
        "late": excess[:, -quarter:].mean(),
        "own": next_token_excess(model, writers, mixed).mean(),
        "fresh_true": writers.weights(held_out)[:, -1].mean(),
        "fresh_synthetic": writers.weights(synthetic)[:, -1].mean(),
    }
    return {name: float(f"{value:.5g}") for name, value in values.items()}


def _by_kind(
    calls: Sequence[Mapping[str, Any]], done: Sequence[dict[str, Any]]
) -> dict[str, list[dict[str, Any]]]:
    """One entry for each loop, under the question that it answers."""
    kinds: dict[str, list[dict[str, Any]]] = {}
    for call, rows in zip(calls, done, strict=True):
        entry: dict[str, Any] = {name: call[name] for name in ("alpha", "growth", "n")}
        entry["updates"] = updates(call["network"]["updates"], call["n"])
        if call["last"] == 0:
            entry.update({name: rows[name][0] for name in ("excess", "error")})
        else:
            entry.update(rows)
        kinds.setdefault(call["kind"], []).append(entry)
    return kinds
