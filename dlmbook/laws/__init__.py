r"""Laws: distributions over token sequences whose every entropy is known exactly.

Write ``X = (X_1, ..., X_L)`` for a sequence of tokens from a vocabulary of q values. A `Law`
gives its averaged entropies ``h[j]`` (the `profile`, from which the information curve is built),
its conditionals given any revealed tokens (`conditionals`, the exact denoiser of Chapter 3), log-
probabilities of full or partly masked sequences, and samples.

Given outcome by outcome: `DenseLaw` (an array), `SparseLaw` (a list of atoms), `words` (real
English), `fillers_and_copies` (a trap for samplers that trust what is certain). Running text whose
law nobody knows: `prose`. With structure,
exact at any length: `IndependentLaw`, `MDSCode` with `repetition` and `parity`, `ProductLaw`
(blocks), `MarkovLaw`, `DirichletMultinomialLaw`.

Tokens are integer arrays of shape (n, L) with values 0..q-1; ``MASK = -1`` hides a position.
Chapter 2 introduces the zoo. Theorem labels: ``all-marginals``, ``mds-curve``,
``markov-profile``, ``any-order``, ``exact-denoiser``.
"""

from dlmbook.laws.base import MASK, Law, check_tokens
from dlmbook.laws.codes import MDSCode, parity, repetition
from dlmbook.laws.enumerated import DenseLaw, SparseLaw, fillers_and_copies
from dlmbook.laws.prose import SYMBOLS, digest, letters_only, manual, prose, windows
from dlmbook.laws.structured import (
    DirichletMultinomialLaw,
    IndependentLaw,
    MarkovLaw,
    ProductLaw,
)
from dlmbook.laws.text import (
    ALPHABET,
    alice,
    letters,
    next_words,
    patterns,
    spell,
    spelled,
    words,
)

__all__ = [
    "ALPHABET",
    "MASK",
    "SYMBOLS",
    "DenseLaw",
    "DirichletMultinomialLaw",
    "IndependentLaw",
    "Law",
    "MDSCode",
    "MarkovLaw",
    "ProductLaw",
    "SparseLaw",
    "alice",
    "check_tokens",
    "digest",
    "fillers_and_copies",
    "letters",
    "letters_only",
    "manual",
    "next_words",
    "parity",
    "patterns",
    "prose",
    "repetition",
    "spell",
    "spelled",
    "windows",
    "words",
]
