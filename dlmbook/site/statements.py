"""Read the chapters' text: directives, labels, and the numbers that Sphinx will give them.

Two things need the sources rather than the built pages: the theorem cards (they are built *into*
a page) and the downloadable notebooks (they can be made without a build). This module reads as
much of MyST as both need: fenced directives with their options, labels, and counters. Chapters
are numbered by their place in the numbered parts of `_toc.yml`; statements, figures, tables,
equations and exercises by chapter and order.
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

__all__ = ["Book", "Directive", "Statement", "Target", "blocks", "read_book"]

FENCE = re.compile(r"^ {0,3}(?P<fence>`{3,}|:{3,}|~{3,})(?:\{(?P<name>[\w:+.-]+)\})?(?P<rest>.*)$")
OPTION = re.compile(r"^:(?P<key>[\w-]+):(?: +(?P<value>.*))?$")
LABEL = re.compile(r"^\((?P<label>[\w:.-]+)\)=\s*$")
HEADING = re.compile(r"^(?P<level>#{1,6}) +(?P<title>.+?)\s*$")
DISPLAY_MATH = re.compile(r"\$\$(?P<tex>.*?)\$\$(?: *\((?P<label>[\w:.-]+)\))?", re.DOTALL)
CITE = re.compile(r"\{cite(?::\w+)?\}`")

THEOREMS = {"theorem", "proposition", "lemma", "corollary", "conjecture"}
NUMBERED_STATEMENTS = THEOREMS | {
    "axiom", "algorithm", "definition", "remark", "criterion", "example", "property",
    "observation", "assumption", "notation",
}  # fmt: skip


@dataclass(frozen=True)
class Directive:
    """A fenced block: `name` is empty for plain code, whose `argument` is then the language."""

    name: str
    argument: str
    options: dict[str, Any]
    body: str


@dataclass(frozen=True)
class Statement:
    """A theorem-like statement of a chapter, with what follows from its surroundings."""

    kind: str
    label: str
    title: str
    docname: str
    number: str
    is_proved: bool
    is_cited: bool


@dataclass(frozen=True)
class Target:
    """Something a role can refer to: how it is called (`Theorem 1.2`), and its caption or title."""

    docname: str
    name: str
    title: str


@dataclass
class Book:
    """The chapters in order, their statements and everything that can be referred to."""

    docnames: list[str] = field(default_factory=list)
    titles: dict[str, str] = field(default_factory=dict)
    statements: list[Statement] = field(default_factory=list)
    targets: dict[str, Target] = field(default_factory=dict)
    figures: dict[str, str] = field(default_factory=dict)  # figure label -> caption
    numbers: dict[str, str] = field(default_factory=dict)  # docname -> chapter number, if any


def blocks(text: str) -> Iterator[str | Directive]:
    r"""Split MyST text into runs of ordinary lines and fenced blocks, in order.

    Examples
    --------
    >>> [b if isinstance(b, str) else b.name for b in blocks("a\n:::{note}\nb\n:::\nc")]
    ['a', 'note', 'c']
    """
    lines, plain, i = text.split("\n"), [], 0
    while i < len(lines):
        match = FENCE.match(lines[i])
        if not match or "`" in match["rest"]:
            plain.append(lines[i])
            i += 1
            continue
        if plain:
            yield "\n".join(plain)
            plain = []
        end = closing_line(lines, i, match["fence"])
        yield directive(match, lines[i + 1 : end])
        i = end + 1
    if plain:
        yield "\n".join(plain)


def closing_line(lines: list[str], start: int, fence: str) -> int:
    """Index of the line that closes the fence opened at `start` (or the end of the text)."""
    closing = re.compile(rf"^ {{0,3}}{re.escape(fence[0])}{{{len(fence)},}}\s*$")
    for i in range(start + 1, len(lines)):
        if closing.match(lines[i]):
            return i
    return len(lines)


def directive(match: re.Match[str], body: list[str]) -> Directive:
    """Build a `Directive` from its opening line and the lines up to its closing one."""
    name, rest = match["name"] or "", match["rest"].strip()
    options: dict[str, Any] = {}
    if name and body and body[0].strip() == "---":
        end = next((i for i, line in enumerate(body) if i and line.strip() == "---"), len(body))
        options = yaml.safe_load("\n".join(body[1:end])) or {}
        body = body[end + 1 :]
    while name and body and (option := OPTION.match(body[0].strip())):
        options[option["key"]] = option["value"] or ""
        body = body[1:]
    return Directive(name, rest, options, "\n".join(body).strip("\n"))


def read_book(root: Path) -> Book:
    """Read every page of `_toc.yml` that exists, in order."""
    toc = yaml.safe_load((root / "_toc.yml").read_text("utf8"))
    book = Book(docnames=[toc["root"]])
    for part in toc["parts"]:
        for chapter in part["chapters"]:
            book.docnames.append(chapter["file"])
            if part.get("numbered"):
                book.numbers[chapter["file"]] = str(len(book.numbers) + 1)
    for docname in book.docnames:
        source = (root / docname).with_suffix(".md")
        if source.exists():
            ChapterReader(book, docname).read(source.read_text("utf8"))
    return book


class ChapterReader:
    """Walks one chapter and records its targets and statements in the book."""

    def __init__(self, book: Book, docname: str) -> None:
        self.book = book
        self.docname = docname
        self.counters: Counter[str] = Counter()
        self.open: dict[str, Any] | None = None  # a statement that may still get its proof

    def read(self, text: str) -> None:
        """Record all of a chapter's text."""
        self.walk(re.sub(r"\A---\n.*?\n---\n", "", text, flags=re.DOTALL))
        self.close()

    def walk(self, text: str) -> None:
        """Record one level of blocks, and the levels inside it."""
        for block in blocks(text):
            if isinstance(block, str):
                self.read_plain(block)
            elif block.name:
                self.read_directive(block)

    def number(self, kind: str) -> str:
        """Next number of this kind in the chapter."""
        self.counters[kind] += 1
        chapter = self.book.numbers.get(self.docname)
        return f"{chapter}.{self.counters[kind]}" if chapter else str(self.counters[kind])

    def add(self, label: str, name: str, title: str = "") -> None:
        """Record a target if it has a label."""
        if label:
            self.book.targets[label] = Target(self.docname, name, title)

    def read_plain(self, text: str) -> None:
        """Record headings with their labels, and labelled equations."""
        pending = []
        for line in text.split("\n"):
            if match := LABEL.match(line):
                pending.append(match["label"])
            elif match := HEADING.match(line):
                if len(match["level"]) == 1:
                    self.book.titles.setdefault(self.docname, match["title"])
                for label in pending:
                    self.add(label, match["title"], match["title"])
                pending = []
        for match in DISPLAY_MATH.finditer(text):
            if match["label"]:
                self.add(match["label"], f"({self.number('equation')})")

    def read_directive(self, block: Directive) -> None:
        """Record a directive, then what is inside it."""
        label = str(block.options.get("label") or block.options.get("name") or "")
        kind = block.name.removeprefix("prf:")
        if block.name == "code-cell":
            self.read_cell(block)
            return
        if block.name == "prf:proof":
            if self.open is not None:
                self.open["is_proved"] = True
        elif block.name.startswith("prf:"):
            self.read_statement(kind, label, block)
        elif block.name in ("exercise", "exercise-start"):
            self.add(label, f"Exercise {self.number('exercise')}", block.argument)
        elif block.name in ("solution", "solution-start"):
            of = self.book.targets.get(block.argument)
            self.add(label, f"Solution to {of.name if of else block.argument}")
        elif block.name == "math":
            if label:
                self.add(label, f"({self.number('equation')})")
            return
        elif block.name == "figure":
            self.add_figure(label, block.body)
        elif block.name in ("table", "list-table", "csv-table") and block.argument:
            self.add(label, f"Table {self.number('table')}", block.argument)
        self.walk(block.body)

    def read_cell(self, block: Directive) -> None:
        """Record the figure that a code cell shows, if it has a caption."""
        figure = (block.options.get("mystnb") or {}).get("figure", {})
        self.add_figure(figure.get("name", ""), figure.get("caption", ""))

    def add_figure(self, label: str, caption: str) -> None:
        """Record a captioned figure."""
        if caption:
            self.add(label, f"Figure {self.number('figure')}", " ".join(caption.split()))
            if label:
                self.book.figures[label] = " ".join(caption.split())

    def read_statement(self, kind: str, label: str, block: Directive) -> None:
        """Record a statement; a theorem-like one stays open until its proof or the next one."""
        number = "" if "nonumber" in block.options else self.number("statement")
        self.add(label, f"{kind.title()} {number}".strip(), block.argument)
        if kind in THEOREMS:
            self.close()
        if kind in THEOREMS and label:
            self.open = {
                "kind": kind,
                "label": label,
                "title": block.argument,
                "docname": self.docname,
                "number": number,
                "is_proved": False,
                "is_cited": bool(CITE.search(block.argument + "\n" + block.body)),
            }

    def close(self) -> None:
        """Move the open statement, now complete, to the book."""
        if self.open is not None:
            self.book.statements.append(Statement(**self.open))
            self.open = None
