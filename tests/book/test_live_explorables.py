"""Sliders under a reader's hands: on a bare page, and in JupyterLab with a kernel."""

import json
import os
import re
import secrets
import shutil
import socket
import subprocess
import sys
import threading
from pathlib import Path

import jupytext
import pytest
from matplotlib.figure import Figure
from playwright.sync_api import expect

from dlmbook.explore import Explorable, Slider

ROOT = Path(__file__).parents[2]
PATIENCE = 120_000  # milliseconds that a server, a page or a chapter's cells may take


def draw(K, law):
    figure = Figure(figsize=(7, 2))
    figure.add_subplot().plot([0, 1], [0, K], "-" if law == "words" else ":")
    return figure, f"With K = {K} the {law} law costs {K / 2} nats."


def explorable(question="How dear is K?"):
    return Explorable(
        draw,
        question=question,
        alt="A line.",
        finding="Dearer with K.",
        K=Slider("Steps K", range(1, 4), start=2),
        law=Slider("Law", ["words", "parity"]),
    )


@pytest.fixture
def bare(browser):
    """A bare page that holds the same explorable twice and another one."""
    twice, other = explorable().html(), explorable("And this?").html()
    bare = browser.new_page(viewport={"width": 390, "height": 800})
    errors = []
    bare.on("pageerror", lambda error: errors.append(str(error)))
    bare.set_content(f"<!doctype html><html lang=en><title>t</title>{twice}{twice}{other}")
    yield bare
    bare.close()
    assert errors == []


def test_arrow_keys_change_picture_and_text(bare):
    first, second = bare.locator("figure").nth(0), bare.locator("figure").nth(1)
    before = first.locator("img").get_attribute("src")
    first.get_by_label("Steps K").press("ArrowRight")
    first.get_by_label("Law").press("ArrowRight")
    reading = "With K = 3 the parity law costs 1.5 nats."
    assert first.locator(".dlmbook-reading").inner_text() == reading
    assert first.locator("img").get_attribute("alt") == f"A line. {reading}"
    assert first.locator("img").get_attribute("src") != before
    assert first.locator("output").all_inner_texts() == ["3", "parity"]
    assert first.get_by_label("Law").get_attribute("aria-valuetext") == "parity"
    assert second.locator("img").get_attribute("src") == before


def test_the_sliders_reach_every_frame(bare):
    figure = bare.locator("figure").nth(2)
    seen = set()
    for law in ("Home", "End"):
        figure.get_by_label("Law").press(law)
        for key in ("Home", "ArrowRight", "ArrowRight"):
            figure.get_by_label("Steps K").press(key)
            seen.add(figure.locator(".dlmbook-reading").inner_text())
    lines = explorable()
    assert seen == {lines.frame(**values)[1] for values in lines.settings()}


def test_ids_stay_unique_and_nothing_leaks_or_overflows(bare):
    ids = bare.locator("[id]").evaluate_all("all => all.map(element => element.id)")
    assert len(ids) == len(set(ids)) == 6
    assert bare.locator("figure").nth(1).get_by_label("Law").count() == 1
    assert bare.evaluate("typeof indexAt") == "undefined"
    assert bare.evaluate("document.documentElement.scrollWidth") == 390


def test_sliders_are_large_enough_for_a_finger(bare):
    for control in bare.locator("input, summary").all():
        assert control.bounding_box()["height"] >= 44


def test_without_scripts_the_start_frame_and_the_finding_can_be_read(browser):
    tab = browser.new_page(java_script_enabled=False)
    tab.set_content(explorable().html())
    assert tab.locator(".dlmbook-reading").inner_text().startswith("With K = 2 the words law")
    tab.locator("summary").click()
    assert tab.get_by_text("Dearer with K.").is_visible()
    tab.close()


# In JupyterLab

SMALL = """
```{code-cell} ipython3
from matplotlib.figure import Figure
from dlmbook.explore import Explorable, Slider


def draw(K):
    figure = Figure(figsize=(7, 3))
    figure.add_subplot().plot([0, 1], [0, K])
    return figure, f"With K = {K} the line ends at {K}."


Explorable(
    draw,
    question="Where does the line end?",
    alt="A line.",
    finding="It ends at K.",
    K=Slider("Height K", [1, 2, 3]),
)
```
"""
FRAMES = "```{code-cell} ipython3\n%env DLMBOOK_STATIC=1\n```\n"  # the output of a book build

SETTINGS = {
    "apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},
    "notebook-extension/tracker": {"windowingMode": "none", "autoStartDefaultKernel": True},
}


def first_chapter_with_an_explorable():
    chapters = sorted((ROOT / "chapters").glob("[0-9]*.md"))
    for chapter in chapters:
        if re.search(r"\bexplore\.\w|dlmbook\.explore import", chapter.read_text("utf8")):
            return chapter
    return None


@pytest.fixture(params=["live", "frames", "chapter"])
def notebook(request, tmp_path):
    """A notebook in a folder of its own, made from the text of a chapter."""
    folder = tmp_path / "chapters"
    chapter = first_chapter_with_an_explorable()
    if request.param != "chapter":
        folder.mkdir()
        text = FRAMES + SMALL if request.param == "frames" else SMALL
    elif chapter is None:
        pytest.skip("no chapter has an explorable yet")
    else:
        shutil.copytree(chapter.parent, folder, ignore=shutil.ignore_patterns("*.ipynb"))
        text = chapter.read_text("utf8")
    cells = jupytext.reads(text, fmt="md:myst")
    cells.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3"}
    jupytext.write(cells, folder / "opened.ipynb")
    return folder / "opened.ipynb"


@pytest.fixture
def lab(notebook, tmp_path):
    """Address of the notebook in a JupyterLab server with a configuration of its own."""
    for name, settings in SETTINGS.items():
        file = tmp_path / "settings" / "@jupyterlab" / f"{name}.jupyterlab-settings"
        file.parent.mkdir(parents=True)
        file.write_text(json.dumps(settings))
    env = {name: value for name, value in os.environ.items() if name != "DLMBOOK_STATIC"}
    env |= {
        "IPYTHONDIR": f"{tmp_path}/ipython",
        "JUPYTER_CONFIG_DIR": f"{tmp_path}/config",
        "JUPYTER_DATA_DIR": f"{tmp_path}/data",
        "JUPYTER_RUNTIME_DIR": f"{tmp_path}/runtime",
        "JUPYTERLAB_SETTINGS_DIR": f"{tmp_path}/settings",
        "JUPYTERLAB_WORKSPACES_DIR": f"{tmp_path}/workspaces",
        "PYTHONPATH": str(ROOT),
    }
    port, token = free_port(), secrets.token_hex(16)
    arguments = {
        "--ServerApp.ip": "127.0.0.1",
        "--ServerApp.port": port,
        "--ServerApp.port_retries": 0,
        "--ServerApp.root_dir": notebook.parent,
        "--IdentityProvider.token": token,
        "--LabApp.expose_app_in_browser": True,
    }
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root"]
    command += [f"{name}={value}" for name, value in arguments.items()]
    server = subprocess.Popen(command, env=env, stderr=subprocess.PIPE, text=True)
    log, running = [], threading.Event()
    reader = threading.Thread(target=read, args=(server.stderr, log, running))
    reader.start()
    try:
        assert running.wait(PATIENCE / 1000), "".join(log)
        yield f"http://127.0.0.1:{port}/lab/tree/{notebook.name}?token={token}"
    finally:
        server.terminate()
        server.wait(30)
        reader.join()
        server.stderr.close()


def read(lines, log, running):
    """Copy the server's log and tell when it says that it is running."""
    for line in lines:
        log.append(line)
        if "is running at" in line:
            running.set()


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def tab(browser):
    tab = browser.new_page(viewport={"width": 1280, "height": 900})
    tab.set_default_timeout(PATIENCE)
    yield tab
    tab.close()


RUN_ALL = """async () => {
    const app = window.jupyterapp;
    await app.restored;
    const panel = app.shell.currentWidget;
    await panel.context.ready;
    await panel.sessionContext.ready;
    void app.commands.execute("notebook:run-all-cells");  // the explorable may be an early cell
}"""


def test_a_slider_in_a_notebook_changes_picture_and_text(lab, tab):
    tab.goto(lab)
    tab.locator(".jp-NotebookPanel .jp-Notebook").wait_for()
    tab.evaluate(RUN_ALL)
    output = tab.locator(".jp-OutputArea-output", has=tab.locator(".dlmbook-reading")).first
    picture, reading = output.locator("img"), output.locator(".dlmbook-reading")
    picture.wait_for()
    before, told = picture.get_attribute("src"), reading.inner_text()
    slider = output.locator("[role=slider], input[type=range]").first
    now, most = slider.get_attribute("aria-valuenow"), slider.get_attribute("aria-valuemax")
    slider.press("ArrowLeft" if now and now == most else "ArrowRight")
    # A live slider's turn comes after the cells that are still running.
    expect(picture).not_to_have_attribute("src", before, timeout=PATIENCE)
    expect(reading).not_to_have_text(told)
    assert reading.inner_text() in picture.get_attribute("alt")
