r"""Chapter 10's long experiment: masked diffusion models of words and of running text.

    python -m dlmbook.experiments trained

Seven networks are trained, one after another, on one core: of words of five letters with all levels
alike and with three other weights of the levels, of words of eight letters for two budgets, and of
running text (`dlmbook.laws.prose`). Kept are losses at several times of the training, with
standard errors; for words the exact curve and, for five letters, the exact excess; for running text
three statistics that tell generated from real text. The result of each network is kept as
soon as it is there, so that an interrupted run goes on where it was.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from scipy.stats import binom

from dlmbook.charges import charges_at, standard_error
from dlmbook.contamination import sweep
from dlmbook.curve import InformationCurve
from dlmbook.denoisers import (
    Network,
    NeuralDenoiser,
    Objective,
    Perceptron,
    Transformer,
    any_order_loss,
    levels_of,
    train,
    weighted_loss,
)
from dlmbook.estimation import CurveEstimate, choose_schedule, estimate_curve, walk_along
from dlmbook.experiments._likeness import Reference, likeness, trigrams
from dlmbook.experiments._watching import Watched, listed, thin
from dlmbook.laws import SYMBOLS, digest, manual, prose, spell, words
from dlmbook.laws.base import Tokens
from dlmbook.laws.prose import split
from dlmbook.sampling import TopConfidence, excess_loss, unmask
from dlmbook.schedules import (
    FixedSchedule,
    HarmonicSchedule,
    Schedule,
    cosine,
    oracle_schedule,
    uniform,
)

#: What `run` is given for the book: some ten minutes on one core.
FULL: dict[str, Any] = {
    "five": 9000,
    "eight": (3000, 6000),
    "weights": 600,
    "text": 5000,
    "most": None,
    "heldout": 2000,
    "texts": 300,
}

#: Shares of the training after which the losses are measured.
LOOKS = (0.01, 0.03, 0.1, 0.3, 0.6)

#: Words in an update.
BATCH = 256

Table = list[dict[str, Any]]


def run(
    five: int = 60,
    eight: Sequence[int] = (20, 40),
    weights: int = 20,
    text: int = 20,
    most: int | None = 300,
    heldout: int = 100,
    texts: int = 20,
    cache: str | Path | None = None,
    jobs: int = 1,
    progress: bool = False,
) -> dict[str, Any]:
    """Train all networks and measure them.

    Parameters
    ----------
    five, eight, weights, text : int
        Updates of the network of five-letter words, of the two of eight letters, of each with
        other weights, and of the one of running text.
    most : int, optional
        Only so many words.
    heldout, texts : int
        Sequences to measure losses on; texts to generate in each way.
    cache : path, optional
        A folder for finished networks.
    jobs : int
        Processes.
    progress : bool
        Show progress bars.

    Returns
    -------
    dict
        Results of the networks by name: ``five``, a list ``eight``, ``weights`` by the name of the
        weights, and ``prose``.
    """
    small = {"most": most, "heldout": heldout, "progress": progress}
    levels = {"all alike": None, "no weight": "L - j", "15% masked": "15%", "two calls": "2, 3"}
    calls: Table = [{"kind": "words", "length": 5, "steps": five, **small}]
    calls += [{"kind": "words", "length": 8, "steps": n, **small} for n in eight]
    calls += [
        {
            "kind": "words",
            "length": 5,
            "steps": weights,
            "levels": w,
            "looks": False,
            "width": 512,
            **small,
        }
        for w in levels.values()
    ]
    calls += [
        {
            "kind": "prose",
            "length": 32,
            "steps": text,
            "heldout": heldout // 2,
            "texts": texts,
            "progress": progress,
        }
    ]
    found = list(sweep(measure, calls, jobs=jobs, cache=cache, progress=progress))
    named = dict(zip(levels, found[1 + len(eight) : -1], strict=True))
    return {
        "five": found[0],
        "eight": found[1 : 1 + len(eight)],
        "weights": named,
        "prose": found[-1],
    }


def measure(kind: str, **settings: Any) -> dict[str, Any]:
    """Train and measure one network, of words or of running text, on one core."""
    torch.set_num_threads(1)
    return (of_words if kind == "words" else of_prose)(**settings)


def of_words(
    length: int,
    steps: int,
    most: int | None,
    heldout: int,
    width: int = 2048,
    levels: str | None = None,
    looks: bool = True,
    progress: bool = False,
) -> dict[str, Any]:
    """Train a network on words: its losses on the way, and its excess at the end."""
    law = words(length, most)
    curve, test = InformationCurve.of(law), law.sample(heldout, rng=5)
    exact = charges_at(law.conditionals, test, np.arange(length), 6)

    def look(network: Network) -> dict[str, Any]:
        """Losses: the exact curve and the mean excess on the same sequences and masks."""
        excess = charges_at(NeuralDenoiser(network), test, np.arange(length), 6) - exact
        return {"loss": curve.D + excess.mean(axis=0), "error": standard_error(excess)}

    network = Perceptron(26, length, width=width, rng=0)
    data = law.sample(min(BATCH * steps, 1_000_000), rng=1)
    watched = Watched(_objective(levels, length), steps, LOOKS if looks else (), look)
    start = time.process_time()
    losses = train(network, data, steps, batch=BATCH, objective=watched, rng=2, progress=progress)
    seconds = time.process_time() - start - watched.seconds
    denoiser = NeuralDenoiser(network)
    plain = estimate_curve(denoiser, test, rng=7)
    result: dict[str, Any] = {
        "length": length,
        "steps": steps,
        "seconds": seconds,
        "D": curve.D,
        "training": thin(losses),
        "looks": [*watched.found, {"step": steps, **look(network)}],
        "estimate": {"loss": plain.loss, "Z": plain.Z, "error": plain.error, "sequences": heldout},
    }
    if length == 5:
        result["excess"] = excess_loss(law, denoiser)
    return listed(result)


def of_prose(
    length: int, steps: int, heldout: int, texts: int, progress: bool = False
) -> dict[str, Any]:
    """Train a network on running text: its losses, a schedule chosen by them, what it writes."""
    data, test = prose(length, stride=5)
    test = np.random.default_rng(0).permutation(test)
    first, second = test[:heldout], test[heldout : 2 * heldout]

    def look(network: Network) -> dict[str, Any]:
        found = estimate_curve(NeuralDenoiser(network), first[:200], rng=6)
        return {"loss": found.loss, "error": found.error}

    network = Transformer(len(SYMBOLS), length, width=64, layers=2, heads=4, rng=0)
    start_with_waves(network)
    watched = Watched(any_order_loss, steps, LOOKS, look)
    start = time.process_time()
    losses = train(
        network, data, steps, batch=64, rate=5e-3, objective=watched, rng=2, progress=progress
    )
    seconds = time.process_time() - start - watched.seconds
    denoiser = NeuralDenoiser(network)
    chosen, priced = (estimate_curve(denoiser, part, rng=7) for part in (first, second))
    generated = quality(denoiser, chosen, priced, test, texts)
    return listed(
        {
            "length": length,
            "steps": steps,
            "seconds": seconds,
            "digest": digest(data, test),
            "training": thin(losses),
            "looks": [*watched.found, {"step": steps, **look(network)}],
            "estimate": {"loss": chosen.loss, "error": chosen.error, "sequences": len(first)},
            "tc": chosen.tc,
            "dtc": chosen.dtc,
            **generated,
        }
    )


def start_with_waves(network: Transformer) -> None:
    """Mark places by sines and cosines: to look at a neighbor is then one rotation everywhere.

    With unrelated marks, attention has to learn each pair of neighbors for itself, and on running
    text the loss stays at that of single letters for a long time.
    """
    length, width = network.place.weight.shape
    speed = 2000.0 ** (-np.arange(0, width, 2) / width)
    angle = torch.from_numpy(np.arange(length)[:, None] * speed).float()
    with torch.no_grad():
        network.place.weight[:, 0::2] = torch.sin(angle)
        network.place.weight[:, 1::2] = torch.cos(angle)


def quality(
    denoiser: NeuralDenoiser,
    chosen: CurveEstimate,
    priced: CurveEstimate,
    test: Tokens,
    texts: int,
) -> dict[str, Any]:
    """Price schedules on fresh sequences, and compare what the network writes with real text."""
    length = test.shape[1]
    kept, _ = split(manual(), 0.2)
    reference = Reference(kept.values())
    vocabulary = {word for text in kept.values() for word in text.split(" ")}
    half = len(test) // 2
    frequencies = trigrams(test[:half])
    real = likeness(test[half : half + texts], vocabulary, frequencies, reference)
    rows: Table = []
    samples = {}
    for K in (1, 2, 4, 8, 16, 32):
        for name, way in ways_of(chosen, length, K).items():
            written = unmask(denoiser, way, texts, rng=K)
            row: dict[str, Any] = {"K": K, "way": name}
            if isinstance(way, Schedule):
                row["kl"] = priced.expected_kl(way)
            charges, _ = walk_along(denoiser, way, test[half : half + texts], rng=K)
            row["walk"] = float(charges.mean()), float(standard_error(charges))
            row.update(likeness(written, vocabulary, frequencies, reference))
            rows.append(row)
            samples[f"{name} {K}"] = spell(written[:3], SYMBOLS)
    choice = choose_schedule(chosen, 8, rng=0)
    return {
        "real": real,
        "quality": rows,
        "samples": samples,
        "choice": {
            "sizes": choice.schedule.sizes,
            "kl": (choice.kl, choice.error),
            "apparent": choice.apparent,
            "fresh": priced.expected_kl(choice.schedule),
            "breakpoints": np.percentile(choice.breakpoints, [5, 50, 95], axis=0),
        },
    }


def ways_of(estimate: CurveEstimate, length: int, K: int) -> dict[str, Any]:
    """Ways to spend K calls; with one call, or one for each token, there is one in random order."""
    if K in (1, length):
        ways: dict[str, Any] = {"uniform": uniform(length, K)}
        return ways if K == 1 else ways | {"confidence": TopConfidence(ways["uniform"])}
    return {
        "uniform": uniform(length, K),
        "cosine": cosine(length, K),
        "harmonic": HarmonicSchedule(length, K, "both"),
        "oracle": oracle_schedule(estimate.curve, K),
        "confidence": TopConfidence(uniform(length, K)),
    }


def _objective(levels: str | None, length: int) -> Objective:
    """Objective by the name of its weights."""
    j = np.arange(length)
    if levels is None:
        return any_order_loss
    if levels == "L - j":
        return weighted_loss(length - j)
    if levels == "15%":
        hidden = length - j
        return weighted_loss(hidden * binom.pmf(hidden, length, 0.15))
    sizes = tuple(int(size) for size in levels.split(","))
    return weighted_loss(levels_of(FixedSchedule(sizes)))
