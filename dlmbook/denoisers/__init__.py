r"""Trained denoisers: a transformer that learns the conditionals of a law from samples.

A denoiser maps partly masked tokens (n, L) to the pmf of every position (n, L, q). The exact one
belongs to a law (``law.conditionals``); this module has the other one, which has seen samples
only. `Transformer` is the network, or `Perceptron` for short sequences; `train` minimizes the
any-order objective, whose least value is the mean of the law's conditional entropies over all
levels (Theorem `loss-curve`), and `NeuralDenoiser` lets the trained network answer where an exact
denoiser would. `save` and `load` keep networks in files of weights. `masked_lm` does for a model
of the Hugging Face library what `NeuralDenoiser` does for ours. `weighted_loss` trains for given
levels instead of all alike. A causal `Transformer` is a small GPT, trained by `next_token_loss`.

This is the only module besides the torch members of `dlmbook.families` that needs torch.

The chapter *A trained model* tells the story. Theorem labels: ``loss-curve``, ``elbo``,
``learned``, ``schedule-elbo``.
"""

from dlmbook.denoisers.checkpoints import load, save
from dlmbook.denoisers.hub import masked_lm
from dlmbook.denoisers.network import Network
from dlmbook.denoisers.neural import NeuralDenoiser
from dlmbook.denoisers.objectives import levels_of, weighted_loss
from dlmbook.denoisers.perceptron import Perceptron
from dlmbook.denoisers.training import Objective, any_order_loss, next_token_loss, train
from dlmbook.denoisers.transformer import Transformer

__all__ = [
    "Network",
    "NeuralDenoiser",
    "Objective",
    "Perceptron",
    "Transformer",
    "any_order_loss",
    "levels_of",
    "load",
    "masked_lm",
    "next_token_loss",
    "save",
    "train",
    "weighted_loss",
]
