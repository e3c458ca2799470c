"""Every chapter, as Binder opens it: run from the first cell to the last, in an empty folder."""

import json
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from dlmbook.site.notebooks import write_notebooks
from tests.book.visits import ROOT

REPORT = ROOT / "_build" / "notebooks.json"
CHAPTERS = sorted(path.stem for path in (ROOT / "chapters").glob("[0-9]*.md"))
PEAK = "import resource; print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"


@pytest.fixture(scope="module")
def notebooks(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder with the notebooks of all chapters."""
    folder = tmp_path_factory.mktemp("notebooks")
    write_notebooks(ROOT, folder)
    return folder / "chapters"


@pytest.fixture(scope="module")
def costs(request: pytest.FixtureRequest) -> Iterator[dict[str, dict[str, float]]]:
    """Time and memory of each chapter: kept in `_build`, and printed."""
    costs: dict[str, dict[str, float]] = {}
    yield costs
    REPORT.parent.mkdir(exist_ok=True)
    REPORT.write_text(json.dumps(costs, indent=2) + "\n")
    terminal = request.config.pluginmanager.get_plugin("terminalreporter")
    terminal.write_line(f"\n{'chapter':<36}{'seconds':>9}{'peak MB':>9}")
    for chapter, cost in costs.items():
        terminal.write_line(f"{chapter:<36}{cost['seconds']:>9.1f}{cost['peak_mb']:>9.0f}")


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_chapter_runs_alone_from_top_to_bottom(
    chapter: str,
    notebooks: Path,
    costs: dict[str, dict[str, float]],
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
    costs[chapter] = {"seconds": seconds, "peak_mb": peak_kb / 1024}
