r"""A masked language model of the Hugging Face library as a denoiser.

Whatever maps ``input_ids`` and ``attention_mask`` to ``logits`` can be measured and sampled like
the networks of this book: BERT and its relatives, and diffusion language models that keep BERT's
interface. Three things have to be translated.

- Our mask is -1, theirs an id of the vocabulary.
- They expect special tokens around the text, or a context before it, which are never hidden.
- They give some probability to the mask itself and to other special tokens, which cannot be what
  is hidden. That probability is removed and the rest scaled up to one: the denoiser is the
  model's pmf *given* that an ordinary token is there.

Nothing is downloaded here and `transformers` is not imported: the model is the caller's
(``pip install 'dlmbook[hub]'`` for the library). Chapter 10 shows how to use it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from dlmbook.laws.base import MASK, Tokens, check_size
from dlmbook.sampling import Denoiser


def masked_lm(
    model: Any,
    mask_token_id: int,
    *,
    special: Iterable[int] = (),
    before: Iterable[int] = (),
    after: Iterable[int] = (),
    batch: int = 32,
) -> Denoiser:
    """Make a denoiser of a masked language model.

    Parameters
    ----------
    model : torch.nn.Module
        Called with ``input_ids`` and ``attention_mask`` of shape (n, l), it returns an object with
        ``logits`` of shape (n, l, V), such as a ``BertForMaskedLM``. In evaluation mode.
    mask_token_id : int
        Id that stands for a masked token (``tokenizer.mask_token_id``).
    special : iterable of int
        Other ids that are never the answer (``tokenizer.all_special_ids``).
    before, after : iterable of int
        Ids to put before and after every text (``[tokenizer.cls_token_id]``,
        ``[tokenizer.sep_token_id]``), or a context.
    batch : int
        Most sequences that the model gets at once.

    Returns
    -------
    callable
        From tokens (n, L), the model's own ids or -1, to float32 probabilities (n, L, V): for a
        vocabulary of 30,000 these are large, so ask for few sequences at a time.

    Raises
    ------
    ValueError
        If the model is in training mode, where its answers are random; when asked, if tokens are
        not ids of ordinary tokens, or with the context are more than the model can read.

    Examples
    --------
    A model that has learned nothing, over ids 0..3 of which 3 is the mask:

    >>> from types import SimpleNamespace
    >>> class Blank(torch.nn.Module):
    ...     def forward(self, input_ids, attention_mask):
    ...         return SimpleNamespace(logits=torch.zeros(*input_ids.shape, 4))
    >>> denoiser = masked_lm(Blank().eval(), mask_token_id=3, special=[0], before=[0])
    >>> denoiser(np.array([[2, -1]])).tolist()
    [[[0.0, 0.0, 1.0, 0.0], [0.0, 0.5, 0.5, 0.0]]]
    """
    if getattr(model, "training", False):
        raise ValueError("model is in training mode, and its answers are random: call model.eval()")
    check_size(batch, "batch")
    never = sorted({mask_token_id, *special})
    front, back = list(before), list(after)

    def denoiser(tokens: Tokens) -> NDArray[np.floating]:
        tokens = _check_ids(model, tokens, never, len(front) + len(back))
        ids = np.where(tokens == MASK, mask_token_id, tokens)
        ids = np.hstack([np.tile(front, (len(ids), 1)), ids, np.tile(back, (len(ids), 1))])
        parts = [
            _answer(model, ids[start : start + batch].astype(np.int64), never)
            for start in range(0, len(ids), batch)
        ]
        answers = np.concatenate(parts)[:, len(front) : len(front) + tokens.shape[1]]
        rows, columns = np.nonzero(tokens != MASK)
        answers[rows, columns] = 0.0
        answers[rows, columns, tokens[rows, columns]] = 1.0
        return answers

    return denoiser


def _answer(model: Any, ids: Tokens, never: list[int]) -> NDArray[np.float32]:
    """Pmfs of all positions, (n, l, V), given that an ordinary token is there."""
    device = next((weight.device for weight in model.parameters()), torch.device("cpu"))
    shown = torch.from_numpy(ids).to(device)
    with torch.inference_mode():
        logits = model(input_ids=shown, attention_mask=torch.ones_like(shown)).logits.float()
        logits[..., never] = -torch.inf
        return torch.softmax(logits, dim=-1).cpu().numpy()


def _check_ids(model: Any, tokens: Tokens, never: list[int], context: int) -> Tokens:
    tokens = np.asarray(tokens)
    if tokens.ndim != 2 or tokens.dtype.kind not in "iu" or len(tokens) == 0:
        raise ValueError(
            f"tokens must be integers in shape (n, L), n at least 1, but are {tokens.dtype} "
            f"in shape {tokens.shape}"
        )
    config = getattr(model, "config", None)
    size = getattr(config, "vocab_size", None)
    if tokens.min() < MASK or (size is not None and tokens.max() >= size):
        raise ValueError(
            f"tokens must be ids of the model, below {size}, or MASK = {MASK}, "
            f"but lie in {tokens.min()}..{tokens.max()}"
        )
    if np.isin(tokens, never).any():
        raise ValueError(f"tokens must not be special ({never}); a masked one is MASK = {MASK}")
    most, length = getattr(config, "max_position_embeddings", None), tokens.shape[1] + context
    if most is not None and length > most:
        raise ValueError(f"model reads at most {most} tokens, but with the context gets {length}")
    return tokens
