r"""Families of models for the contaminated loop: whatever can be fitted and sampled.

A *family* has one method, ``fit(data, rng)``, and what it returns is a *model* with one method,
``sample(n, rng)``. `generations` and `simulate_family` let any family train on what its previous
model wrote, mixed with samples of a truth. The theory is in `dlmbook.contamination`: what counts
is not how large a model is or how it is trained, but which functions of the data the fitted
model reproduces.

========================================  ==================================================
`Gaussian`, `Mixture`                     reproduce the mean and the second moments
`OneMean`                                 reproduces one mean: Poisson, exponential, ...
`LinearRegression`, `LogisticRegression`  answers to new questions, right to first order
`KernelDensity`, `NGram` with smoothing   put something of their own into every generation
========================================  ==================================================

The members that need torch are imported by their own names: ``dlmbook.families.gpt``, a small GPT,
and ``dlmbook.families.masked``, a masked diffusion model. `MixedTexts` and `next_token_excess`
compare any models of texts with a known truth.

The chapter *Other model classes* tells the story, and *Language models in the loop* that of
models of texts. Theorems: ``two-moments``, ``gaussian``, ``mean-value``, ``local-loop``,
``affine-learner``, ``drift-compounds``, ``smooth-last``, ``excess-per-token``, ``mixed-texts``.
"""

from dlmbook.families.gaussian import Gaussian, GaussianModel, ScipyModel
from dlmbook.families.kernel import KernelDensity, KernelModel
from dlmbook.families.loop import Family, Model, generations, simulate_family
from dlmbook.families.mixture import Mixture, MixtureModel
from dlmbook.families.ngram import NGram, NGramModel
from dlmbook.families.onemean import OneMean, OneMeanModel
from dlmbook.families.regression import (
    LinearModel,
    LinearRegression,
    LogisticModel,
    LogisticRegression,
    Rows,
)
from dlmbook.families.texts import MixedTexts, chain_model, next_token_excess

__all__ = [
    "Family",
    "Gaussian",
    "GaussianModel",
    "KernelDensity",
    "KernelModel",
    "LinearModel",
    "LinearRegression",
    "LogisticModel",
    "LogisticRegression",
    "MixedTexts",
    "Mixture",
    "MixtureModel",
    "Model",
    "NGram",
    "NGramModel",
    "OneMean",
    "OneMeanModel",
    "Rows",
    "ScipyModel",
    "chain_model",
    "generations",
    "next_token_excess",
    "simulate_family",
]
