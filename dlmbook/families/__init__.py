r"""Families of models for the contaminated loop: whatever can be fitted and sampled.

A *family* has one method, ``fit(data, rng)``, and what it returns is a *model* with one method,
``sample(n, rng)``. `generations` and `simulate_family` let any family train on what its previous
model wrote, mixed with samples of a truth; the exact theory is in `dlmbook.contamination`. What
counts there is not how large a model is or how it is trained, but which functions of the data the
fitted model reproduces.
"""

from dlmbook.families.gaussian import Gaussian, GaussianModel, ScipyModel
from dlmbook.families.loop import Family, Model, generations, simulate_family

__all__ = [
    "Family",
    "Gaussian",
    "GaussianModel",
    "Model",
    "ScipyModel",
    "generations",
    "simulate_family",
]
