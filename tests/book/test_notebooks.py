"""Every chapter, as Binder opens it: run from the first cell to the last, in an empty folder."""

import shutil
import time
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from dlmbook.site.notebooks import write_notebooks
from tests.book.conftest import COSTS
from tests.book.visits import ROOT

CHAPTERS = sorted(path.stem for path in (ROOT / "chapters").glob("[0-9]*.md"))
PEAK = "import resource; print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"


@pytest.fixture(scope="module")
def notebooks(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder with the notebooks of all chapters."""
    folder = tmp_path_factory.mktemp("notebooks")
    write_notebooks(ROOT, folder)
    return folder / "chapters"


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_chapter_runs_alone_from_top_to_bottom(
    chapter: str,
    notebooks: Path,
    request: pytest.FixtureRequest,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("DLMBOOK_STATIC", raising=False)
    shutil.copy(notebooks / f"{chapter}.ipynb", tmp_path)
    notebook = nbformat.read(tmp_path / f"{chapter}.ipynb", as_version=4)
    notebook.cells.append(nbformat.v4.new_code_cell(PEAK))
    start = time.perf_counter()
    NotebookClient(notebook, timeout=600, resources={"metadata": {"path": tmp_path}}).execute()
    seconds = time.perf_counter() - start
    peak_kb = int(notebook.cells[-1].outputs[0].text)
    request.config.stash[COSTS][chapter] = {"seconds": seconds, "peak_mb": peak_kb / 1024}
