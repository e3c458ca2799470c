"""Training a network of words against its time, and sampling with it against its own calls."""

from __future__ import annotations

from collections.abc import Iterator
from statistics import median
from time import perf_counter

import torch
from timing import Row, show
from unmasking import Clocked

from dlmbook.denoisers import NeuralDenoiser, Perceptron, Transformer, train
from dlmbook.laws import words
from dlmbook.sampling import TopConfidence, excess_loss, unmask
from dlmbook.schedules import uniform

UPDATES, SECONDS, TARGET, REPEATS = 8000, 180, 0.05, 9


def rows() -> Iterator[Row]:
    """Yield the fit to five-letter words after so many updates, and the sampler's overhead."""
    torch.set_num_threads(1)
    law = words(5)
    network = Perceptron(vocabulary=26, length=5, rng=0)
    data = law.sample(1_000_000, rng=1)
    start = perf_counter()
    train(network, data, UPDATES, rng=2)
    spent = perf_counter() - start
    excess = excess_loss(law, NeuralDenoiser(network))
    yield Row(
        f"a network of five-letter words, {UPDATES:,} updates on one core",
        show(spent),
        "the exact curve",
        f"mean excess {excess.mean():.3f} nats per token, largest {excess.max():.3f}",
        f"{TARGET} nats per token in {SECONDS} s",
        bool(excess.mean() <= TARGET and spent <= SECONDS),
    )
    transformer = Transformer(vocabulary=26, length=5, width=64, layers=2, rng=0)
    train(transformer, data, 50, rng=2)
    for name, way in (
        ("random order", uniform(5, 3)),
        ("by confidence", TopConfidence(uniform(5, 3))),
    ):
        total, ratio = [], []
        for _ in range(REPEATS + 1):
            clocked = Clocked(NeuralDenoiser(transformer))
            start = perf_counter()
            unmask(clocked, way, 2048, rng=0)
            total.append(perf_counter() - start)
            ratio.append(total[-1] / clocked.spent)
        loop = median(ratio[1:])
        yield Row(
            f"unmask with a trained transformer, {name}, 2,048 words, K = 3",
            show(median(total[1:])),
            "its own denoiser calls",
            f"{loop:.3f} times (minimum: {min(ratio[1:]):.3f})",
            "at most 1.08",
            loop <= 1.08,
        )
