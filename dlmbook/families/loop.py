r"""The contaminated loop for any model that can be fitted and sampled.

A *model* can write data: ``model.sample(n, rng)``. A *family* can learn from data, and what it
learns is a model: ``family.fit(data, rng)``. Nothing more is needed to let generations of a family
train on each other. The truth is a model, too: every `dlmbook.laws.Law` is one.

Generation 0 fits true samples. Generation t is given n_t samples, each from the truth with
probability alpha_t and from the previous model otherwise, in random order and without labels.
`generations` runs one loop, model by model; `simulate_family` runs many, and keeps the mean and
the standard error of what it was asked to watch.

The chapter *Other model classes* tells the story.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any, Protocol, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dlmbook.contamination.settings import PerGeneration, check_alpha, check_sizes
from dlmbook.contamination.simulation import Band, record
from dlmbook.information import Array
from dlmbook.laws.base import Rng, check_size

#: What is sampled: the first axis counts samples, the others are the family's own.
Data = NDArray[Any]


class Model(Protocol):
    """Something that writes data."""

    def sample(self, n: int, rng: Rng = None) -> Data:
        """Draw n independent samples, shape (n, ...)."""


M = TypeVar("M", bound=Model, covariant=True)


class Family(Protocol[M]):
    """A class of models with a way to learn one from data."""

    def fit(self, data: Data, rng: Rng = None) -> M:
        """Fit a model to data of shape (n, ...)."""


def generations(
    family: Family[M],
    truth: Model,
    alpha: PerGeneration,
    n: PerGeneration,
    generations: int,
    rng: Rng = None,
    aggregate: bool = False,
) -> Iterator[M]:
    """Run one loop: the fitted models of generation 0..T, one after another.

    Parameters
    ----------
    family : Family
        How each generation learns.
    truth : Model
        Source of the fresh samples, shape (n, ...), the same as the family's.
    alpha, n, generations
        As for `dlmbook.contamination.expected_error`.
    rng : Generator, int or None
        Source of randomness, or its seed.
    aggregate : bool
        Fit the union of all data so far, not the generation's own data alone.

    Yields
    ------
    Model

    Raises
    ------
    ValueError
        If an alpha is outside [0, 1] or an n is not a whole number >= 1.

    Examples
    --------
    >>> from dlmbook.families import Gaussian, GaussianModel
    >>> truth = GaussianModel([0.0], [[1.0]])
    >>> models = list(generations(Gaussian(), truth, alpha=0.1, n=1000, generations=3, rng=0))
    >>> [round(float(model.covariance[0, 0]), 1) for model in models]
    [1.0, 1.0, 1.0, 1.0]
    """
    weights, sizes = check_alpha(alpha, generations), check_sizes(n, generations)
    return _run(family, truth, weights, sizes.tolist(), np.random.default_rng(rng), aggregate)


def simulate_family(
    family: Family[M],
    truth: Model,
    alpha: PerGeneration,
    n: PerGeneration,
    generations: int,
    *,
    watch: Sequence[Callable[[M], ArrayLike]],
    repeats: int,
    keep: bool = False,
    aggregate: bool = False,
    rng: Rng = None,
) -> tuple[Band, ...]:
    """Run independent loops, and record what their models look like.

    Parameters
    ----------
    family, truth, alpha, n, generations, aggregate
        As for `generations`.
    watch : sequence of callables
        Functions of one fitted model, which give a number or an array.
    repeats : int
        Number of loops, at least 2.
    keep : bool
        Keep every repeat's values, too.
    rng : Generator, int or None
        Source of randomness, or its seed; each loop gets a stream of its own.

    Returns
    -------
    tuple of Band
        One for each function, in their order.

    Examples
    --------
    >>> from dlmbook.families import Gaussian, GaussianModel
    >>> truth = GaussianModel([0.0], [[1.0]])
    >>> plan = dict(alpha=0.1, n=20, generations=5)
    >>> (errors,) = simulate_family(
    ...     Gaussian(), truth, **plan, watch=[lambda m: m.mean[0] ** 2], repeats=200, rng=0
    ... )
    >>> from dlmbook.contamination import gaussian_moments
    >>> exact, _ = gaussian_moments(**plan, bias=True)
    >>> bool(np.all(abs(errors.mean - exact) < 5 * errors.error))
    True
    """
    check_size(repeats, "repeats", 2)
    plan = check_alpha(alpha, generations), check_sizes(n, generations).tolist()
    streams = np.random.default_rng(rng).spawn(repeats)
    loops = [_run(family, truth, *plan, stream, aggregate) for stream in streams]
    return record(zip(*loops, strict=True), [partial(_each, f) for f in watch], keep)


def _run(
    family: Family[M],
    truth: Model,
    alpha: Array,
    n: list[int],
    rng: np.random.Generator,
    aggregate: bool,
) -> Iterator[M]:
    data = truth.sample(n[0], rng)
    model = family.fit(data, rng)
    yield model
    for a, size in zip(alpha[1:].tolist(), n[1:], strict=True):
        own = _mixed(truth, model, int(rng.binomial(size, a)), size, rng)
        data = np.concatenate([data, own]) if aggregate else own
        model = family.fit(data, rng)
        yield model


def _mixed(truth: Model, model: Model, fresh: int, n: int, rng: np.random.Generator) -> Data:
    """Fresh and synthetic samples, shuffled together."""
    if fresh in (0, n):
        return (truth if fresh else model).sample(n, rng)
    data = np.concatenate([truth.sample(fresh, rng), model.sample(n - fresh, rng)])
    rng.shuffle(data)
    return data


def _each(function: Callable[[Any], ArrayLike], models: Sequence[Model]) -> Array:
    return np.array([function(model) for model in models], dtype=float)
