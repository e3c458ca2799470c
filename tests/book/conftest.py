"""The built site served on localhost, one Chromium for all tests, and what the chapters cost."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from dlmbook.site.browser import find_chromium, serve
from tests.book.visits import HTML, ROOT, Visit

Costs = dict[str, dict[str, float]]
COSTS = pytest.StashKey[Costs]()


def pytest_configure(config: pytest.Config) -> None:
    """Make room for the time and memory that each chapter takes."""
    config.stash[COSTS] = {}


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Print what the chapters cost, and keep it in `_build`."""
    if costs := config.stash[COSTS]:
        terminalreporter.section("chapters as notebooks")
        terminalreporter.write_line(f"{'chapter':<36}{'seconds':>9}{'peak MB':>9}")
        for chapter, cost in costs.items():
            terminalreporter.write_line(
                f"{chapter:<36}{cost['seconds']:>9.1f}{cost['peak_mb']:>9.0f}"
            )
        report = ROOT / "_build" / "notebooks.json"
        report.parent.mkdir(exist_ok=True)
        report.write_text(json.dumps(costs, indent=2) + "\n")


@pytest.fixture(scope="session")
def html() -> Path:
    """Folder of the built site."""
    if not (HTML / "index.html").exists():
        pytest.skip("the book is not built: run `make book` first")
    return HTML


@pytest.fixture(scope="session")
def site(html: Path) -> Iterator[str]:
    """Address of the built site."""
    with serve(html) as url:
        yield url


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium, as installed on this machine."""
    path = find_chromium()
    if path is None:
        pytest.skip("no Chromium on this machine")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def visit(browser: Browser, site: str) -> Iterator[Visit]:
    """One tab for all tests."""
    context = browser.new_context(reduced_motion="reduce")
    yield Visit(context.new_page(), site)
    context.close()
