"""Pictures that a cell embedded in its output become files that the page loads when it needs them.

An explorable's output is HTML with its frames as `data:` addresses, because an output must be
self-contained to survive in the execution cache. Fifty frames in a page weigh megabytes, so each
is written once, under a name that is the digest of its content, and the page refers to the file.
"""

import base64
import hashlib
import re
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx

__all__ = ["extract", "setup"]

FOLDER = "_images/frames"
DATA = re.compile(r"data:image/(webp|png|svg\+xml);base64,([A-Za-z0-9+/]+={0,2})")


def setup(app: Sphinx) -> None:
    """Extract frames from each page as it is written, and drop those that no page uses."""
    app.connect("html-page-context", extract_from_page)
    app.connect("build-finished", remove_unused)


def extract(html: str, folder: Path, url: str) -> str:
    """Write the images embedded in `html` to `folder`; return `html` that refers to `url`.

    Examples
    --------
    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> html = extract('<img src="data:image/png;base64,AAAA">', folder, "frames")
    >>> html == f'<img src="frames/{next(folder.iterdir()).name}">'
    True
    """

    def write(match: re.Match[str]) -> str:
        content = base64.b64decode(match[2])
        suffix = match[1].removesuffix("+xml")
        name = f"{hashlib.sha256(content).hexdigest()[:20]}.{suffix}"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
        return f"{url}/{name}"

    return DATA.sub(write, html)


def extract_from_page(
    app: Sphinx,
    pagename: str,
    templatename: str,
    context: dict[str, Any],
    doctree: nodes.document | None,
) -> None:
    """Replace the embedded images of one page's body."""
    if "body" in context:
        url = context["pathto"](FOLDER, 1)
        context["body"] = extract(context["body"], Path(app.outdir) / FOLDER, url)


def remove_unused(app: Sphinx, exception: Exception | None) -> None:
    """Remove the frames of earlier builds."""
    folder = Path(app.outdir) / FOLDER
    if exception is None and app.builder.format == "html" and folder.is_dir():
        pages = "".join(page.read_text("utf8") for page in Path(app.outdir).rglob("*.html"))
        for frame in folder.iterdir():
            if frame.name not in pages:
                frame.unlink()
