"""The `{theorem-cards}` directive: statement, function, test, figure and status of every theorem.

Nothing in the table is written by hand. The statements come from the chapters; a function serves
a theorem when its docstring says ``Theorem: `label` ``; a test checks one when it is marked
`@pytest.mark.theorem("label")`; a figure shows one when its caption refers to it with
`{prf:ref}`.
"""

import ast
import re
from collections import defaultdict
from pathlib import Path

from docutils import nodes
from docutils.statemachine import StringList
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

from dlmbook.site.statements import Book, Statement, read_book

__all__ = ["figures_by_theorem", "objects_by_theorem", "setup", "status", "tests_by_theorem"]

TESTS = "tests/test_theorems*.py"
SERVES = re.compile(r"Theorems?:((?:[\s,]|and|`[\w:.-]+`)+)")
REFERS = re.compile(r"\{prf:ref\}`(?:[^`<]*<)?([\w:.-]+)>?`")
logger = logging.getLogger(__name__)


def status(statement: Statement) -> str:
    """Say on what the statement rests, or nothing if the text does not tell."""
    if statement.is_proved:
        return "proved here"
    if statement.kind == "conjecture":
        return "conjecture"
    return "proved in the cited paper" if statement.is_cited else ""


def objects_by_theorem(root: Path) -> dict[str, list[str]]:
    """Full names of the package's objects whose docstring names a theorem, by its label."""
    found: dict[str, list[str]] = defaultdict(list)
    for path in sorted((root / "dlmbook").rglob("*.py")):
        parts = path.relative_to(root).with_suffix("").parts
        if "site" not in parts:
            # The API page documents `dlmbook.laws.Law`, wherever in `dlmbook.laws` it is defined.
            module = ".".join(parts[:2])
            collect(ast.parse(path.read_text("utf8")), module, found)
    return dict(found)


def collect(tree: ast.AST, name: str, found: dict[str, list[str]]) -> None:
    """Add the public functions and classes below `tree`; `name` is the full name of `tree`."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_"):
            for match in SERVES.finditer(ast.get_docstring(node) or ""):
                for label in re.findall(r"`([\w:.-]+)`", match[1]):
                    found[label].append(f"{name}.{node.name}")
            collect(node, f"{name}.{node.name}", found)


def tests_by_theorem(root: Path) -> dict[str, list[str]]:
    """Tests marked with a theorem, as ``file::name``, by its label."""
    found: dict[str, list[str]] = defaultdict(list)
    for path in sorted(root.glob(TESTS)):
        file = path.relative_to(root).as_posix()
        for node in ast.walk(ast.parse(path.read_text("utf8"))):
            for mark in getattr(node, "decorator_list", []):
                if isinstance(mark, ast.Call) and ast.unparse(mark.func).endswith("mark.theorem"):
                    label = ast.literal_eval(mark.args[0])
                    found[label].append(f"{file}::{getattr(node, 'name', '')}")
    return dict(found)


def figures_by_theorem(book: Book) -> dict[str, list[str]]:
    """Labels of the figures whose caption refers to a theorem, by its label."""
    found: dict[str, list[str]] = defaultdict(list)
    for figure, caption in book.figures.items():
        for label in REFERS.findall(caption):
            found[label].append(figure)
    return dict(found)


class TheoremCards(SphinxDirective):
    """The table of all theorems, in book order."""

    def run(self) -> list[nodes.Node]:
        """Write the table as MyST text and parse it: every link is an ordinary reference."""
        root = Path(self.env.srcdir)
        book = read_book(root)
        objects, tests = objects_by_theorem(root), tests_by_theorem(root)
        figures = figures_by_theorem(book)
        repository = self.config.html_theme_options["repository_url"]
        rows = [
            "| Statement | Function | Test | Figure | Status |",
            "| --- | --- | --- | --- | --- |",
        ]
        for statement in book.statements:
            label = statement.label
            if not status(statement):
                logger.warning(
                    "%s has neither a proof nor a citation", label, location=self.get_location()
                )
            cells = [
                f"{{prf:ref}}`{label}`" + (f": {statement.title}" if statement.title else ""),
                "<br>".join(f"{{py:obj}}`~{name}`" for name in objects.get(label, [])),
                "<br>".join(
                    f"[{words(name)}]({repository}/blob/main/{file})"
                    for file, name in (test.split("::") for test in tests.get(label, []))
                ),
                "<br>".join(f"{{numref}}`{name}`" for name in figures.get(label, [])),
                status(statement),
            ]
            rows.append("| " + " | ".join(cell.replace("|", r"\|") or "–" for cell in cells) + " |")
        container = nodes.container(classes=["dlmbook-cards"])
        if book.statements:
            self.state.nested_parse(StringList(rows, source="theorem cards"), 0, container)
        return [container]


def words(name: str) -> str:
    """Read a test's name as the sentence that it is."""
    return name.removeprefix("test_").replace("_", " ")


def outdated(app: Sphinx, env: BuildEnvironment, *_: set[str]) -> list[str]:
    """Pages with generated tables are read again in every build: they depend on everything."""
    return [name for name in env.found_docs if env.metadata[name].get("generated")]


def setup(app: Sphinx) -> None:
    """Register the directive."""
    app.add_directive("theorem-cards", TheoremCards)
    app.connect("env-get-outdated", outdated)
