r"""How like real text generated text is, if nobody knows the law of either.

Three numbers, each computed for generated sequences and for held-out ones of the same length:

- the share of *known words* among whole words, those with a space on either side;
- the distance of its *trigrams* from those of held-out text, in total variation;
- its mean loss under a *reference model*, an n-gram model of letters that was fitted to the text
  that the network was trained on. Text that is too random has a higher loss than real text, and
  text that repeats what is common a lower one.

Chapter 10 tells the story.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from functools import partial

import numpy as np

from dlmbook.charges import standard_error
from dlmbook.information import Array
from dlmbook.laws import SYMBOLS, spell
from dlmbook.laws.base import Tokens


class Reference:
    """An n-gram model of letters, smoothed as Witten and Bell do.

    The pmf after a context c of n - 1 letters mixes the frequencies after c with the pmf after the
    shorter context: a context seen N times with T different followers has the weight N/(N + T).

    Parameters
    ----------
    texts : iterable of str
    order : int
        n, the longest stretch of letters that the model has counted.

    Examples
    --------
    >>> model = Reference(["abababab"], order=2)
    >>> float(model.charges(["abab"]).round(3)[0]) < float(model.charges(["bbaa"]).round(3)[0])
    True
    """

    def __init__(self, texts: Iterable[str], order: int = 6) -> None:
        self.order = order
        self.counts: dict[str, Counter[str]] = defaultdict(Counter)
        for text in texts:
            for i, letter in enumerate(text):
                for size in range(min(i, order - 1) + 1):
                    self.counts[text[i - size : i]][letter] += 1
        self.sums = {context: followers.total() for context, followers in self.counts.items()}

    def probability(self, context: str, letter: str) -> float:
        """Pmf of the next letter."""
        p = 1 / len(SYMBOLS)
        for size in range(len(context) + 1):
            shorter = context[len(context) - size :]
            followers = self.counts.get(shorter)
            if followers is None:
                break
            seen, kinds = self.sums[shorter], len(followers)
            p = (followers[letter] + kinds * p) / (seen + kinds)
        return p

    def charges(self, texts: Iterable[str]) -> Array:
        """Mean of ``-ln p`` per letter of each text, the first letter included, shape (n,)."""
        means = []
        for text in texts:
            reach = self.order - 1
            terms = [
                -np.log(self.probability(text[max(i - reach, 0) : i], a))
                for i, a in enumerate(text)
            ]
            means.append(np.mean(terms))
        return np.array(means)


def known_words(texts: Iterable[str], vocabulary: set[str]) -> tuple[float, float]:
    """Share of whole words that are in a vocabulary, and its standard error over texts."""
    words = [[word for word in text.split(" ")[1:-1] if word] for text in texts]
    whole = np.array([float(len(row)) for row in words])
    known = np.array([float(sum(word in vocabulary for word in row)) for row in words])
    share = float(known.sum() / max(whole.sum(), 1.0))
    error = float(standard_error(known - share * whole))
    return share, error / max(float(whole.mean()), 1e-9)


def trigrams(tokens: Tokens) -> Array:
    """Frequencies of three neighboring symbols, shape (27^3,)."""
    q = len(SYMBOLS)
    code = (tokens[:, :-2] * q + tokens[:, 1:-1]) * q + tokens[:, 2:]
    counts = np.bincount(code.ravel(), minlength=q**3)
    return counts / counts.sum()


def trigram_distance(
    tokens: Tokens, frequencies: Array, repeats: int = 20, seed: int = 0
) -> tuple[float, float]:
    """Total variation from given trigram frequencies, and its bootstrap standard error."""
    distance = partial(_variation, frequencies)
    rng = np.random.default_rng(seed)
    again = [distance(tokens[rng.integers(len(tokens), size=len(tokens))]) for _ in range(repeats)]
    return distance(tokens), float(np.std(again, ddof=1))


def likeness(
    tokens: Tokens, vocabulary: set[str], frequencies: Array, reference: Reference
) -> dict[str, tuple[float, float]]:
    """All numbers of this module, each with its standard error."""
    texts = spell(tokens, SYMBOLS)
    charges = reference.charges(texts)
    return {
        "known": known_words(texts, vocabulary),
        "trigrams": trigram_distance(tokens, frequencies),
        "reference": (float(charges.mean()), float(standard_error(charges))),
    }


def _variation(frequencies: Array, tokens: Tokens) -> float:
    return float(np.abs(trigrams(tokens) - frequencies).sum() / 2)
