"""What a sampling loop costs beside its denoiser: ours, and the loops in public use.

The peers are written here as LLaDA's ``generate`` and MDLM's ancestral sampler are in public: each
step samples a token at *every* position and keeps those that are revealed; LLaDA's picks them in
a loop over the batch. Both stay in torch. Ours goes to numpy and back at each step, and that is
counted as its own loop's time, not as the denoiser's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from statistics import median
from time import perf_counter

import numpy as np
import torch
from timing import Row, show
from torch import Tensor, nn

from dlmbook.sampling import unmask
from dlmbook.schedules import uniform

BATCH, LENGTH, VOCABULARY, STEPS, REPEATS = 256, 64, 64, 8, 9
MASK_ID = VOCABULARY


class TinyTransformer(nn.Module):
    """A bidirectional transformer from tokens (n, L) to logits (n, L, V)."""

    def __init__(self, width: int = 64, layers: int = 1, heads: int = 4) -> None:
        super().__init__()
        self.token = nn.Embedding(VOCABULARY + 1, width)
        self.place = nn.Parameter(torch.randn(LENGTH, width) * 0.02)
        layer = nn.TransformerEncoderLayer(width, heads, 4 * width, dropout=0.0, batch_first=True)
        self.body = nn.TransformerEncoder(layer, layers, enable_nested_tensor=False)
        self.head = nn.Linear(width, VOCABULARY)

    def forward(self, x: Tensor) -> Tensor:
        """Logits of every position."""
        return self.head(self.body(self.token(x) + self.place))


class Clocked:
    """A function that adds up the time spent in it."""

    def __init__(self, function: Callable) -> None:
        self.function, self.spent = function, 0.0

    def __call__(self, x):
        """Call the function."""
        start = perf_counter()
        answer = self.function(x)
        self.spent += perf_counter() - start
        return answer


def ours(model: Clocked) -> None:
    """`dlmbook.sampling.unmask` with the model's softmax as its denoiser."""

    def denoiser(tokens: np.ndarray) -> np.ndarray:
        x = torch.from_numpy(np.where(tokens < 0, MASK_ID, tokens))
        return model(x).numpy()

    unmask(denoiser, uniform(LENGTH, STEPS), BATCH, rng=0)


def llada(model: Clocked, confidence: bool) -> None:
    """LLaDA's loop: Gumbel noise at every position, then the best k of each row in turn."""
    x = torch.full((BATCH, LENGTH), MASK_ID)
    for _ in range(STEPS):
        masked = x == MASK_ID
        logits = model(x).to(torch.float64)
        noise = torch.rand_like(logits)
        chosen = torch.argmax(logits.exp() / (-torch.log(noise)), dim=-1)
        if confidence:
            p = torch.softmax(logits, dim=-1)
            score = torch.gather(p, -1, chosen[..., None])[..., 0]
        else:
            score = torch.rand(chosen.shape, dtype=torch.float64)
        chosen = torch.where(masked, chosen, x)
        score = torch.where(masked, score, -torch.inf)
        keep = torch.zeros_like(masked)
        for row in range(BATCH):
            _, best = torch.topk(score[row], k=LENGTH // STEPS)
            keep[row, best] = True
        x[keep] = chosen[keep]


def mdlm(model: Clocked) -> None:
    """MDLM's ancestral loop: each masked position draws a token or stays masked."""
    x = torch.full((BATCH, LENGTH), MASK_ID)
    for k in range(STEPS):
        t, s = 1 - k / STEPS, 1 - (k + 1) / STEPS
        p = model(x)
        q = torch.cat([p * (t - s), torch.full((BATCH, LENGTH, 1), s)], dim=-1)
        gumbel = 1e-10 - (torch.rand_like(q) + 1e-10).log()
        drawn = (q / gumbel).argmax(dim=-1)
        x = torch.where(x == MASK_ID, drawn, x)


def loops() -> Iterator[Row]:
    """Whole loop over its own denoiser calls, all loops in turn in one process."""
    torch.manual_seed(0)
    torch.set_num_threads(1)
    model = TinyTransformer().eval()

    def logits(x: Tensor) -> Tensor:
        return model(x)

    def probabilities(x: Tensor) -> Tensor:
        return torch.softmax(model(x), dim=-1)

    samplers: dict[str, tuple[Callable, Callable]] = {
        "unmask, random order": (ours, probabilities),
        "LLaDA's loop, random order": (lambda m: llada(m, confidence=False), logits),
        "LLaDA's loop, by confidence": (lambda m: llada(m, confidence=True), logits),
        "MDLM's loop": (mdlm, probabilities),
    }
    total: dict[str, list[float]] = {name: [] for name in samplers}
    ratio: dict[str, list[float]] = {name: [] for name in samplers}
    with torch.inference_mode():
        for _ in range(REPEATS + 1):
            for name, (sampler, denoiser) in samplers.items():
                clocked, start = Clocked(denoiser), perf_counter()
                sampler(clocked)
                spent = perf_counter() - start
                total[name].append(spent)
                ratio[name].append(spent / clocked.spent)
    size = f"batch {BATCH}, L = V = {LENGTH}, K = {STEPS}"
    for name in samplers:
        loop, own = median(ratio[name][1:]), name.startswith("unmask")
        yield Row(
            f"{name}, {size}",
            show(median(total[name][1:])),
            "its own denoiser calls",
            f"{loop:.3f} times (minimum: {min(ratio[name][1:]):.3f})",
            "at most 1.08" if own else "(peer)",
            loop <= 1.08 if own else None,
        )
