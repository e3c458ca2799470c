"""Find Chromium, or get it from the distribution; take the README's picture of a page with it."""

import functools
import http.server
import io
import os
import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PIL import Image

__all__ = ["find_chromium", "install_chromium", "serve", "take_picture"]

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
PICTURED = "chapters/02-the-information-curve.html"


def find_chromium() -> str | None:
    """Path of an installed Chromium or Chrome, if there is one."""
    return next((path for name in NAMES if (path := shutil.which(name))), None)


def install_chromium() -> str:
    """Install Chromium with apt where it is missing and that is possible; say how it went."""
    if path := find_chromium():
        return f"Browser tests use {path}."
    skipped = "The browser tests will be skipped."
    if not shutil.which("apt-get"):
        return f"No Chromium, and no apt-get to install it with. {skipped}"
    as_root = [] if os.geteuid() == 0 else ["sudo", "-n"]
    if as_root and not shutil.which("sudo"):
        return f"No Chromium, and only root can install it. {skipped}"
    for arguments in (["update", "-qq"], ["install", "-qq", "-y", "chromium"]):
        done = subprocess.run([*as_root, "apt-get", *arguments], capture_output=True, text=True)
        if done.returncode:
            why = (done.stderr.strip() or done.stdout.strip()).rsplit("\n", 1)[-1]
            return f"No Chromium, and installing it failed ({why}). {skipped}"
    return f"Installed Chromium: {find_chromium()}."


class QuietHandler(http.server.SimpleHTTPRequestHandler):
    """Serves files without a line of log for each."""

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@contextmanager
def serve(folder: Path) -> Iterator[str]:
    """Serve a folder on localhost for a while; the value is its address."""
    handler = functools.partial(QuietHandler, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


def take_picture(html: Path, target: Path) -> None:
    """Save a screenshot of a chapter, at its first explorable, as a small WebP."""
    from playwright.sync_api import sync_playwright

    with serve(html) as url, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        page.goto(f"{url}/{PICTURED}")
        page.wait_for_function("() => !window.MathJax || MathJax.startup.promise")
        page.locator(".dlmbook-explorable").first.evaluate(
            "f => f.scrollIntoView({block: 'center'})"
        )
        page.wait_for_load_state("networkidle")
        picture = Image.open(io.BytesIO(page.screenshot()))
        browser.close()
    target.parent.mkdir(parents=True, exist_ok=True)
    picture.save(target, quality=80, method=6)
