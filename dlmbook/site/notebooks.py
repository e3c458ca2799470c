"""Notebooks that say what the pages say: for Binder, for download, for any Jupyter.

The chapters are MyST text; a launch button opens, and a download button gives, a notebook.
Jupytext could make one, but its directives would be noise in JupyterLab, so `dlmbook.site.plain`
renders them first. A notebook has no outputs (running it is its purpose), needs no file beside
it, and opens with a line that says where it comes from and what it needs. Numbers glued into the
text are taken from the last build where there was one.
"""

import base64
import json
import mimetypes
import re
import shutil
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import jupytext
import nbformat
import yaml
from myst_nb.core.variables import format_plain_text
from pybtex.database import Entry, parse_file
from sphinx.application import Sphinx

from dlmbook.site.plain import PlainText
from dlmbook.site.statements import read_book

__all__ = ["convert", "setup", "write_notebooks"]

EXECUTED = Path("_build/jupyter_execute")


def setup(app: Sphinx) -> None:
    """Make the notebooks before the build, for its buttons, and with all numbers after it."""
    app.connect("builder-inited", make_before_build)
    app.connect("build-finished", serve_after_build)


def make_before_build(app: Sphinx) -> None:
    """Write each chapter's notebook beside its text."""
    write_notebooks(Path(app.srcdir))


def serve_after_build(app: Sphinx, exception: Exception | None) -> None:
    """Give the download button the notebooks that everybody can read."""
    if exception is None and app.builder.format == "html":
        root, sources = Path(app.srcdir), Path(app.outdir) / "_sources"
        for notebook in write_notebooks(root):
            served = sources / notebook.relative_to(root)
            served.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(notebook, served)


def write_notebooks(root: Path, outdir: Path | None = None) -> list[Path]:
    """Write the notebook of every chapter with cells, beside its text or to `outdir`."""
    book, citations, url = read_book(root), read_citations(root), read_url(root)
    written = []
    for docname in book.docnames:
        source = (root / docname).with_suffix(".md")
        if not source.exists() or "{code-cell}" not in source.read_text("utf8"):
            continue
        renderer = PlainText(docname, book, citations, read_glued(root, docname), url)
        path = (outdir or root) / f"{docname}.ipynb"
        path.parent.mkdir(parents=True, exist_ok=True)
        nbformat.write(convert(source.read_text("utf8"), renderer, root), path)
        written.append(path)
    return written


def convert(text: str, renderer: PlainText, root: Path) -> nbformat.NotebookNode:
    """Convert a chapter's text to a notebook of plain Markdown and code cells without outputs."""
    source = jupytext.reads(text, fmt="md:myst")
    cells = [nbformat.v4.new_markdown_cell(opening(renderer))]
    for cell in source.cells:
        if cell.cell_type == "code":
            cells += code_cells(cell, renderer)
        else:
            cells += [
                markdown_cell(part, renderer, root) for part in split_at_exercises(cell.source)
            ]
    cells = [cell for cell in cells if cell.source.strip()]
    fold_solutions(cells)
    for i, cell in enumerate(cells):
        cell["id"] = f"cell-{i}"
    metadata = {"kernelspec": source.metadata["kernelspec"], "language_info": {"name": "python"}}
    return nbformat.v4.new_notebook(cells=cells, metadata=metadata)


def opening(renderer: PlainText) -> str:
    """Say where this notebook comes from and what it needs."""
    page = f"{renderer.url}{renderer.docname}.html"
    repository = "https://github.com/dlmbook/dlmbook"
    return (
        f"*This is a chapter of [Diffusion Language Models]({page}), as a notebook. "
        "On Binder and in a clone of the repository it runs as it is; elsewhere, first run* "
        f"`%pip install \"dlmbook[words] @ git+{repository}\" myst-nb`."
    )  # fmt: skip


def split_at_exercises(text: str) -> list[str]:
    """Give an exercise or a solution with a separate start and end cells of its own."""
    parts = re.split(r"^(?=[`:]{3,}\{(?:exercise|solution)-(?:start|end)\})", text, flags=re.M)
    return [part for part in parts if part.strip()]


def markdown_cell(text: str, renderer: PlainText, root: Path) -> nbformat.NotebookNode:
    """Render one cell of text, with its pictures attached."""
    renderer.images.clear()
    cell = nbformat.v4.new_markdown_cell(renderer.render(text))
    if re.match(r"[`:]{3,}\{solution-start\}", text):
        cell.metadata["dlmbook"] = "solution"
    elif re.match(r"[`:]{3,}\{solution-end\}", text):
        cell.metadata["dlmbook"] = "after-solution"
    for name, path in renderer.images.items():
        kind = mimetypes.guess_type(name)[0] or "image/png"
        content = base64.b64encode((root / path).read_bytes()).decode()
        cell.setdefault("attachments", {})[name] = {kind: content}
    return cell


def fold_solutions(cells: list[nbformat.NotebookNode]) -> None:
    """Fold a solution's heading if what it hides, all up to the next heading, is the solution."""
    opened = None
    for cell in [*cells, nbformat.v4.new_markdown_cell("# end")]:
        mark = cell.metadata.pop("dlmbook", "")
        follows_heading = cell.source.lstrip().startswith("#")
        if opened is not None and (follows_heading or mark == "after-solution"):
            if follows_heading:
                opened.metadata["jp-MarkdownHeadingCollapsed"] = True
            opened = None
        if mark == "solution":
            opened = cell


def code_cells(cell: nbformat.NotebookNode, renderer: PlainText) -> list[nbformat.NotebookNode]:
    """Copy a code cell, hidden where the page hides it, and add its figure's caption as text."""
    tags = cell.metadata.get("tags", [])
    hidden = {"hide-input", "hide-cell", "remove-input", "remove-cell"}.intersection(tags)
    metadata = {"jupyter": {"source_hidden": True}} if hidden else {}
    copy = nbformat.v4.new_code_cell(cell.source, metadata=metadata)
    figure = cell.metadata.get("mystnb", {}).get("figure", {})
    if not figure.get("caption"):
        return [copy]
    target = renderer.book.targets.get(figure.get("name", ""))
    name = target.name if target else "Figure"
    caption = f"**{name}.** {renderer.render(figure['caption'])}"
    return [copy, nbformat.v4.new_markdown_cell(caption)]


def read_url(root: Path) -> str:
    """Address of the published book."""
    return str(yaml.safe_load((root / "_config.yml").read_text("utf8"))["html"]["baseurl"])


def read_citations(root: Path) -> dict[str, tuple[str, str, str]]:
    """Read authors, year and address of every work of `references.bib`."""
    entries = parse_file(str(root / "references.bib")).entries
    return {
        key: (authors(entry), entry.fields.get("year", ""), link(entry))
        for key, entry in entries.items()
    }


def authors(entry: Entry) -> str:
    """Last names as a citation gives them."""
    names = [
        " ".join([*person.prelast_names, *person.last_names]) for person in entry.persons["author"]
    ]
    names = [re.sub(r"[{}\\\"']", "", name) for name in names]
    return f"{names[0]} et al." if len(names) > 2 else " and ".join(names)


def link(entry: Entry) -> str:
    """Where the work is found."""
    if "doi" in entry.fields:
        return f"https://doi.org/{entry.fields['doi']}"
    return str(entry.fields.get("url", ""))


def read_glued(root: Path, docname: str) -> Mapping[str, Callable[[str], str]]:
    """Values that the last execution of a page glued, as functions from a format to text."""
    path = root / EXECUTED / f"{docname}.glue.json"
    if not path.exists():
        return {}
    stored: dict[str, Any] = json.loads(path.read_text("utf8"))
    return {key: partial(as_text, output.get("data", {})) for key, output in stored.items()}


def as_text(data: Mapping[str, str], form: str) -> str:
    """Text of a glued value in the given format.

    Examples
    --------
    >>> as_text({"text/plain": "3.14159"}, ".2f")
    '3.14'
    """
    for rich in ("text/markdown", "text/latex"):
        if not form and rich in data:
            return data[rich]
    return str(format_plain_text(data.get("text/plain", ""), form))
