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

The chapter *Other model classes* tells the story. Theorems: ``two-moments``, ``gaussian``,
``mean-value``, ``local-loop``, ``affine-learner``, ``drift-compounds``, ``smooth-last``.
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
    "Mixture",
    "MixtureModel",
    "Model",
    "NGram",
    "NGramModel",
    "OneMean",
    "OneMeanModel",
    "Rows",
    "ScipyModel",
    "generations",
    "simulate_family",
]
