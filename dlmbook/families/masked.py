r"""Masked diffusion models as a family: a transformer learns the conditionals, a schedule samples.

The family holds everything that a generation of the loop shares: the shape of the network, how
long it trains, and how it will be sampled. `MaskedDiffusion.fit` trains a network from scratch,
and what it returns is a denoiser that can write. With a fixed ``order`` all sequences of all
generations are sampled by one plan.

The chapter *Diffusion models that train on themselves* tells the story.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from dlmbook.denoisers import NeuralDenoiser, Transformer, train
from dlmbook.information import Array
from dlmbook.laws.base import Rng, Tokens, check_size
from dlmbook.laws.enumerated import DenseLaw
from dlmbook.sampling import denoiser_law, unmask
from dlmbook.sampling.unmasking import check_order
from dlmbook.schedules import Schedule, uniform


@dataclass(frozen=True, eq=False)
class MaskedDiffusionModel:
    """A trained denoiser and the way it is sampled.

    Parameters
    ----------
    denoiser : NeuralDenoiser
    schedule : Schedule
    order : ndarray of int64, shape (L,), optional
        Positions in the order of their unmasking; random for each sequence if not given.
    """

    denoiser: NeuralDenoiser
    schedule: Schedule
    order: Tokens | None = None

    def __call__(self, tokens: ArrayLike) -> Array:
        """Pmf of every position of partly masked sequences, (n, L, q)."""
        return self.denoiser(tokens)

    def sample(self, n: int, rng: Rng = None) -> Tokens:
        """Write n sequences, shape (n, L)."""
        return unmask(self.denoiser, self.schedule, n, rng, self.order)

    def written(self) -> DenseLaw:
        """Exact law of `sample`; needs (q + 1)^L of at most 2^20."""
        vocabulary = self.denoiser.network.vocabulary
        return denoiser_law(self.denoiser, self.schedule, vocabulary, self.order)

    def learned(self) -> DenseLaw:
        """Exact law of what the denoiser writes one token at a time, in random order."""
        network = self.denoiser.network
        return denoiser_law(
            self.denoiser, uniform(network.length, network.length), network.vocabulary
        )


@dataclass(frozen=True, eq=False)
class MaskedDiffusion:
    """Masked diffusion models of one shape, trained and sampled in one way.

    Parameters
    ----------
    vocabulary, length : int
        q and L.
    schedule : Schedule
        How a model samples.
    steps : int
        Updates of training.
    order : array_like of int, shape (L,), optional
        Positions in the order of their unmasking, to keep one plan for ever: with
        ``selftraining.Plan(blocks)``, its ``schedule`` and ``order``.
    width, layers, heads : int
        Shape of the network.
    batch : int
        Sequences in an update.
    rate : float
        Largest learning rate.

    Examples
    --------
    >>> from dlmbook.laws import repetition
    >>> family = MaskedDiffusion(2, 2, uniform(2, 1), steps=100, width=16, layers=1, heads=1)
    >>> model = family.fit(repetition(2).sample(1000, rng=0), rng=0)
    >>> model.sample(3, rng=0).shape
    (3, 2)
    >>> bool(model.written().pmf.max() < 0.35), bool(model.learned().pmf[0, 1] < 0.1)
    (True, True)
    """

    vocabulary: int
    length: int
    schedule: Schedule
    steps: int
    order: ArrayLike | None = None
    width: int = 32
    layers: int = 2
    heads: int = 4
    batch: int = 128
    rate: float = 5e-3

    def __post_init__(self) -> None:
        check_size(self.vocabulary, "vocabulary"), check_size(self.steps, "steps")
        if not isinstance(self.schedule, Schedule):
            raise ValueError(
                "schedule must be a Schedule; a Plan is given as its plan.schedule with "
                f"order=plan.order, not as {self.schedule!r}"
            )
        if self.schedule.length != check_size(self.length, "length"):
            raise ValueError(
                f"schedule must reveal {self.length} tokens, but reveals {self.schedule.length}"
            )
        if self.order is not None:
            object.__setattr__(self, "order", check_order(self.order, 1, self.length)[0])

    def fit(self, data: ArrayLike, rng: Rng = None) -> MaskedDiffusionModel:
        """Train a new network on complete sequences, shape (n, L)."""
        rng = np.random.default_rng(rng)
        network = Transformer(
            self.vocabulary, self.length, self.width, self.layers, self.heads, rng=rng
        )
        train(network, data, self.steps, batch=self.batch, rate=self.rate, rng=rng)
        order = None if self.order is None else np.asarray(self.order)
        return MaskedDiffusionModel(NeuralDenoiser(network), self.schedule, order)
