"""Docstrings on the API page: the theorem that a function serves links to its statement."""

import re
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

from dlmbook.site.statements import read_book

__all__ = ["escape_bars", "link_theorems", "setup"]

CODE_OR_BAR = re.compile(r"(?P<code>``.*?``|`[^`]*`)|\|")
THEOREM = re.compile(r"(?<=Theorem: )`([\w:.-]+)`")


def setup(app: Sphinx) -> None:
    """Rewrite docstrings as autodoc reads them."""
    app.connect("autodoc-process-docstring", rewrite)


def rewrite(app: Sphinx, what: str, name: str, obj: Any, options: Any, lines: list[str]) -> None:
    """Make a docstring's lines into reStructuredText that says the same."""
    labels = {statement.label for statement in read_book(Path(app.srcdir)).statements}
    lines[:] = [link_theorems(escape_bars(line), labels) for line in lines]


def escape_bars(line: str) -> str:
    r"""Keep the size |S| of a set as it is: in reStructuredText it would be a substitution.

    Examples
    --------
    >>> print(escape_bars("sets with |S| = j, ``len(S) | 1``"))
    sets with \|S\| = j, ``len(S) | 1``
    """
    return CODE_OR_BAR.sub(lambda m: m["code"] or r"\|", line)


def link_theorems(line: str, labels: set[str]) -> str:
    """Refer to the statement where a docstring names its label.

    Examples
    --------
    >>> link_theorems("Theorem: `han`.", {"han"})
    'Theorem: :prf:ref:`han`.'
    """
    return THEOREM.sub(lambda m: f":prf:ref:{m[0]}" if m[1] in labels else m[0], line)
