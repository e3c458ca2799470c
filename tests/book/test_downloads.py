"""What the launch and download buttons of the built pages give."""

import re
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest

from dlmbook.site.statements import Statement, read_book
from tests.book.visits import ROOT

CHAPTERS = sorted(path.stem for path in (ROOT / "chapters").glob("[0-9]*.md"))
BOOK = read_book(ROOT)


@pytest.fixture(params=CHAPTERS)
def chapter(request: pytest.FixtureRequest, html: Path) -> Iterator[str]:
    """Name of each chapter of the built book."""
    yield request.param


def test_launch_button_opens_the_notebook(chapter: str, html: Path) -> None:
    page = (html / "chapters" / f"{chapter}.html").read_text("utf8")
    assert (
        f"https://mybinder.org/v2/gh/dlmbook/dlmbook/main?urlpath=lab/tree/chapters/{chapter}.ipynb"
        in page
    )


def test_download_button_serves_the_notebook_that_everybody_can_read(
    chapter: str, html: Path
) -> None:
    page = (html / "chapters" / f"{chapter}.html").read_text("utf8")
    assert f"../_sources/chapters/{chapter}.ipynb" in page
    notebook = nbformat.read(html / "_sources/chapters" / f"{chapter}.ipynb", as_version=4)
    nbformat.validate(notebook)
    text = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    assert "{prf:" not in text
    assert "(computed in the cell above)" not in text, "a number of the page is missing"


@pytest.mark.parametrize("statement", BOOK.statements, ids=lambda statement: statement.label)
def test_notebook_numbers_statements_as_the_page_does(statement: Statement, html: Path) -> None:
    page = (html / f"{statement.docname}.html").read_text("utf8")
    assert page.count(f' id="{statement.label}"') == 1, "a link to it may land elsewhere"
    box = page[page.index(f'id="{statement.label}"') :]
    caption = re.search(r'caption-number">([^<]*)</span>', box)
    assert caption and caption[1].split()[-1] == statement.number


def test_notebook_numbers_figures_and_equations_as_the_page_does(chapter: str, html: Path) -> None:
    page = (html / "chapters" / f"{chapter}.html").read_text("utf8")
    for label, target in BOOK.targets.items():
        number = target.name.split()[-1]
        if target.docname != f"chapters/{chapter}":
            continue
        if target.name.startswith("Figure"):
            figure = page[page.index(f'id="{label}"') :]
            caption = re.search(r'caption-number">([^<]*)</span>', figure)
            assert caption and caption[1].split()[-1] == number, label
        elif target.name.startswith("("):
            equation = page[page.index(f'id="equation-{label}"') :]
            assert re.search(r'class="eqno">(\([\d.]+\))', equation)[1] == number, label
