"""Real text: English words of a given length as a law, and the words of a whole book."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from importlib.resources import files
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike

from dlmbook.information import Array
from dlmbook.laws.base import MASK, Tokens, check_size, check_tokens
from dlmbook.laws.enumerated import SparseLaw
from dlmbook.laws.profiles import merge
from dlmbook.laws.structured import MarkovLaw

#: The letters, in the order of their token values.
ALPHABET = "abcdefghijklmnopqrstuvwxyz"


def words(length: int, most: int | None = None) -> SparseLaw:
    """English words of a given length, weighted by how often they are used.

    Every lower-case ASCII word of that length in ``wordfreq``'s best English list, with its
    frequency, normalized: a real law with q = 26 whose every entropy can be computed.

    Parameters
    ----------
    length : int
        Number of letters L.
    most : int, optional
        Keep only so many of the most frequent words.

    Returns
    -------
    SparseLaw
        Atoms in order of decreasing frequency.

    Raises
    ------
    ImportError
        If ``wordfreq`` is not installed (``pip install 'dlmbook[words]'``).
    ValueError
        If no word has that length.

    Examples
    --------
    >>> spell(words(5, most=3).atoms)
    ['about', 'their', 'there']
    """
    try:
        from wordfreq import get_frequency_dict
    except ImportError as error:
        raise ImportError(
            "words() needs the package wordfreq: pip install 'dlmbook[words]'"
        ) from error
    check_size(length, "length")
    table = get_frequency_dict("en", wordlist="best")
    chosen = {w: f for w, f in table.items() if len(w) == length and set(w) <= set(ALPHABET)}
    if not chosen:
        raise ValueError(f"no English word has {length} letters")
    ranked = sorted(chosen, key=lambda w: (-chosen[w], w))
    ranked = ranked if most is None else ranked[: check_size(most, "most")]
    weights = np.array([chosen[w] for w in ranked])
    return SparseLaw(spelled(ranked), weights / weights.sum(), len(ALPHABET))


def patterns(law: SparseLaw, groups: Sequence[str]) -> SparseLaw:
    """Law of the groups to which the letters of a law of words belong.

    Parameters
    ----------
    law : SparseLaw
        A law of words, such as `words` gives.
    groups : sequence of str
        Disjoint groups of letters; whatever is in none of them makes one more.

    Returns
    -------
    SparseLaw
        Its tokens are the numbers of the groups.

    Examples
    --------
    Vowels and consonants:

    >>> law = patterns(words(5, most=3), ["aeiouy"])
    >>> law.atoms.tolist(), law.vocabulary
    ([[0, 1, 0, 0, 1], [1, 1, 0, 0, 1], [1, 1, 0, 1, 0]], 2)
    """
    letters = "".join(groups)
    if len(set(letters)) != len(letters) or not set(letters) <= set(ALPHABET):
        raise ValueError(f"groups must be disjoint groups of letters a to z, but are {groups!r}")
    number = np.full(len(ALPHABET), len(groups))
    for token, group in enumerate(groups):
        number[spelled([*group]).ravel()] = token
    kinds = len(groups) + 1
    return SparseLaw(*merge(number[law.atoms], law.weights, kinds), kinds)


def alice() -> list[str]:
    """Words of *Alice's Adventures in Wonderland* by Lewis Carroll (1865), in their order.

    A real text that comes with the package and belongs to everybody. Words are lower-case, without
    punctuation; an apostrophe inside a word is kept.

    Examples
    --------
    >>> alice()[5:10]
    ['hole', 'alice', 'was', 'beginning', 'to']
    """
    text = (files("dlmbook.laws") / "alice.txt").read_text(encoding="utf-8")
    return re.findall(r"[a-z]+(?:'[a-z]+)*", text.lower())


def letters(length: int, noise: float = 0.0) -> MarkovLaw:
    """Letters and spaces of `alice` as a stationary Markov chain of order 1.

    How often one of the 27 symbols follows another in the book is taken for the truth, so that
    every probability is known. With probability ``noise`` the next symbol is a random one instead,
    as by a writer who hits a wrong key, and goes on from it.

    Parameters
    ----------
    length : int
        Number of symbols L.
    noise : float
        Weight of the uniform pmf in each row of the transition matrix.

    Returns
    -------
    MarkovLaw
        Symbols ``a`` to ``z`` are 0..25, the space is 26.

    Raises
    ------
    ValueError
        If the noise is outside [0, 1].

    Examples
    --------
    >>> chain = letters(5)
    >>> ALPHABET[chain.transition[ALPHABET.index("q")].argmax()]
    'u'
    """
    if not 0 <= noise <= 1:
        raise ValueError(f"noise must lie in [0, 1], but is {noise!r}")
    text = re.sub(r"[^a-z ]", "", " ".join(alice()))
    symbols = spelled([text], ALPHABET + " ")[0]
    q = len(ALPHABET) + 1
    counts = np.bincount(symbols[:-1] * q + symbols[1:], minlength=q * q).reshape(q, q)
    rows = counts / counts.sum(axis=1, keepdims=True)
    return MarkovLaw((1 - noise) * rows + noise / q, length)


def next_words(text: Sequence[str], word: str) -> tuple[list[str], Array]:
    """Words that follow a given word in a text, and their empirical pmf.

    Parameters
    ----------
    text : sequence of str
        Words in their order, such as those of `alice`.
    word : str
        The context.

    Returns
    -------
    tuple of list of str and ndarray of float64, shape (K,)
        The followers in order of decreasing frequency, and their probabilities.

    Raises
    ------
    ValueError
        If nothing follows the word.

    Examples
    --------
    >>> followers, p = next_words(alice(), "said")
    >>> followers[:3], p[:3].round(3).tolist()
    (['the', 'alice', 'to'], [0.455, 0.251, 0.084])
    """
    counts = Counter(after for before, after in pairwise(text) if before == word)
    if not counts:
        raise ValueError(f"the text holds no word after {word!r}")
    ranked = sorted(counts, key=lambda w: (-counts[w], w))
    p = np.array([counts[w] for w in ranked], dtype=float)
    return ranked, p / p.sum()


def spelled(texts: Iterable[str], alphabet: Sequence[str] = ALPHABET) -> Tokens:
    """Tokens of strings of one length; ``_`` is the mask.

    Examples
    --------
    >>> spelled(["ab_"]).tolist()
    [[0, 1, -1]]
    """
    value = {letter: token for token, letter in enumerate(alphabet)} | {"_": MASK}
    if isinstance(texts, str):
        raise ValueError(f"texts must be a list of strings, such as [{texts!r}]")
    texts = list(texts)
    if len({len(t) for t in texts}) > 1:
        raise ValueError(f"texts must have one length, but have {sorted({len(t) for t in texts})}")
    if strange := {c for t in texts for c in t} - set(value):
        raise ValueError(f"texts must use the alphabet and '_', but use {sorted(strange)}")
    return np.array([[value[c] for c in text] for text in texts], dtype=np.int64)


def spell(tokens: ArrayLike, alphabet: Sequence[str] = ALPHABET) -> list[str]:
    """Strings of token sequences, shape (n, L); a masked position is shown as ``_``.

    Examples
    --------
    >>> spell([[7, 8, -1]])
    ['hi_']
    """
    letters = np.array([*alphabet, "_"])
    length = np.shape(tokens)[-1] if np.ndim(tokens) else 0
    return ["".join(row) for row in letters[check_tokens(tokens, length, len(alphabet))]]
