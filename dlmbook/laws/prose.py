r"""Running text: the chapters of Python's own manual, cut into sequences of letters.

CPython carries its reference manual as a module, `pydoc_data.topics`: some 465,000 characters of
English technical prose, in texts of one topic each. Nothing has to be downloaded. We keep the
letters a to z and the space, 27 symbols; whatever stands between letters becomes one space.

The topics overlap: whole sections stand in two or three of them, so that a split by topic alone
would test a model on what it was trained on. A paragraph is therefore kept only once, in the
longest topic that has it, and `prose` splits what remains by topic.

The manual grows with Python, so the text, and all that is measured on it, depends on the version.
`digest` tells two texts apart: stored results carry the digest of the text that they come from.

Chapter 10 tells the story.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable

import numpy as np

from dlmbook.laws.base import Tokens, check_size
from dlmbook.laws.text import ALPHABET, spelled

#: Letters and the space, in the order of their token values.
SYMBOLS = ALPHABET + " "


def letters_only(text: str) -> str:
    """Lower-case text with one space for whatever stands between letters.

    Examples
    --------
    >>> letters_only("Assert statements (PEP 8)!")
    'assert statements pep'
    """
    return re.sub(r"[^a-z]+", " ", text.lower()).strip()


def manual() -> dict[str, str]:
    """Texts of Python's manual by topic, in letters and spaces, no paragraph twice.

    Returns
    -------
    dict of str to str
        The longest topic first. The texts depend on the version of Python.

    Examples
    --------
    >>> set("".join(manual().values())) <= set(SYMBOLS)
    True
    """
    from pydoc_data.topics import topics

    texts, seen = {}, set()
    for name in sorted(topics, key=lambda name: (-len(topics[name]), name)):
        kept = []
        for paragraph in map(letters_only, topics[name].split("\n\n")):
            if paragraph and paragraph not in seen:
                kept.append(paragraph)
                seen.add(paragraph)
        texts[name] = " ".join(kept)
    return {name: text for name, text in texts.items() if text}


def windows(texts: Iterable[str], length: int, stride: int | None = None) -> Tokens:
    """Cut texts of letters and spaces into sequences of one length.

    Parameters
    ----------
    texts : iterable of str
        What is shorter than a sequence, and what remains at a text's end, is left out.
    length : int
        L.
    stride : int, optional
        From the beginning of one sequence to that of the next; L if not given, so that the
        sequences do not overlap.

    Returns
    -------
    ndarray of int64, shape (n, L)
        Letters are 0..25, the space is 26.

    Examples
    --------
    >>> from dlmbook.laws import spell
    >>> spell(windows(["hide and seek", "no"], 4), SYMBOLS)
    ['hide', ' and', ' see']
    """
    if isinstance(texts, str):
        raise ValueError(f"texts must be a list of strings, such as [{texts[:20]!r}]")
    check_size(length, "length")
    stride = length if stride is None else check_size(stride, "stride")
    cut = [
        text[start : start + length]
        for text in texts
        for start in range(0, len(text) - length + 1, stride)
    ]
    return spelled(cut, SYMBOLS) if cut else np.empty((0, length), dtype=np.int64)


def prose(length: int, heldout: float = 0.2, stride: int | None = None) -> tuple[Tokens, Tokens]:
    """Sequences of running text to train on, and sequences of other topics to test on.

    Topics are dealt out from the longest to the shortest, each to the side that is farther
    below its share. No paragraph stands on both sides, and the split does not depend on L.

    Parameters
    ----------
    length : int
        L.
    heldout : float
        Share of the text to be kept for testing, between 0 and 1.
    stride : int, optional
        Of the sequences to train on; L if not given. Those to test on never overlap.

    Returns
    -------
    train : ndarray of int64, shape (n, L)
    test : ndarray of int64, shape (m, L)

    Examples
    --------
    >>> train, test = prose(64)
    >>> train.shape[1], bool(0.15 < len(test) / len(train) < 0.35)
    (64, True)
    """
    kept, tested = split(manual(), heldout)
    return windows(kept.values(), length, stride), windows(tested.values(), length)


def split(texts: dict[str, str], heldout: float) -> tuple[dict[str, str], dict[str, str]]:
    """Deal texts out to two sides, the second of which gets the given share of all letters."""
    if not 0 < heldout < 1:
        raise ValueError(f"heldout must be a share between 0 and 1, but is {heldout!r}")
    sides: tuple[dict[str, str], dict[str, str]] = ({}, {})
    filled, shares = [0.0, 0.0], (1 - heldout, heldout)
    for name in sorted(texts, key=lambda name: (-len(texts[name]), name)):
        side = 0 if filled[0] / shares[0] <= filled[1] / shares[1] else 1
        sides[side][name] = texts[name]
        filled[side] += len(texts[name])
    return sides


def digest(*tokens: Tokens) -> str:
    """Sixteen hexadecimal digits that tell texts apart.

    Examples
    --------
    >>> digest(np.array([[0, 1]])) == digest(np.array([[0, 1]])) != digest(np.array([[1, 0]]))
    True
    """
    total = hashlib.sha256()
    for array in tokens:
        total.update(repr(array.shape).encode())
        total.update(np.ascontiguousarray(array, dtype="<i8").tobytes())
    return total.hexdigest()[:16]
