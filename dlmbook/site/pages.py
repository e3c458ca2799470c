"""Pages that ask nothing of another host, and that a keyboard, a phone and a screen reader can use.

Most of it is one style sheet and one short script in `static/`, and two of the theme's buttons in
`templates/` with better names. The rest is what only a build can do: keep of MathJax the files
that a page can ask for, and drop a script that would load code from a public CDN.
"""

import re
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.config import Config

__all__ = ["setup"]

STATIC = Path(__file__).parent / "static"
TEMPLATES = Path(__file__).parent / "templates"
# The font and extensions that formulas load, and what the formula menu's speech support loads.
MATHJAX_KEPT = ("tex-chtml.js", "output/chtml/fonts", "input/tex/extensions", "a11y", "sre")

# Every proof has the same id, and so has every statement; a proof is not set off from its text;
# a bibliography calls itself a list without list items.
MENDED = (
    (r'<div class="proof admonition" id="proof">\n<p>Proof\. ',
     '<div class="proof admonition dlmbook-proof">\n<p><em>Proof.</em> '),
    (r'(<section class="[\w-]+-content") id="proof-content">', r"\1>"),
    (r'<div role="list" class="citation-list">', '<div class="citation-list">'),
)  # fmt: skip


def setup(app: Sphinx) -> None:
    """Add the static files and tidy each page and the output folder."""
    app.connect("config-inited", add_templates)
    app.connect("builder-inited", add_static_files)
    app.connect("html-page-context", drop_thebe)
    app.connect("html-page-context", mend_body)
    app.connect("build-finished", prune_mathjax, priority=900)


def add_templates(app: Sphinx, config: Config) -> None:
    """Put our templates before the theme's."""
    config.templates_path.insert(0, str(TEMPLATES))


def add_static_files(app: Sphinx) -> None:
    """Serve `static/` and load its style sheet and script on every page."""
    app.config.html_static_path.append(str(STATIC))
    app.add_css_file("dlmbook.css", priority=900)
    app.add_js_file("dlmbook.js", defer="defer")


def drop_thebe(
    app: Sphinx,
    pagename: str,
    templatename: str,
    context: dict[str, Any],
    doctree: nodes.document | None,
) -> None:
    """Leave out Thebe, which Jupyter Book always adds and which lives on a CDN."""
    context["script_files"] = [
        script
        for script in context.get("script_files", [])
        if "thebe" not in str(getattr(script, "filename", script) or "").lower()
        and "THEBE_JS_URL" not in str(getattr(script, "attributes", {}).get("body", ""))
    ]


def mend_body(
    app: Sphinx,
    pagename: str,
    templatename: str,
    context: dict[str, Any],
    doctree: nodes.document | None,
) -> None:
    """Correct the markup that extensions wrote."""
    for pattern, replacement in MENDED:
        context["body"] = re.sub(pattern, replacement, context.get("body", ""))


def prune_mathjax(app: Sphinx, exception: Exception | None) -> None:
    """Remove the parts of MathJax (24 MB) that no page loads."""
    mathjax = Path(app.outdir) / "_static" / "mathjax"
    if exception is not None or not mathjax.is_dir():
        return
    kept = [mathjax / name for name in MATHJAX_KEPT]
    for path in sorted(mathjax.rglob("*"), reverse=True):
        if path.is_file() and not any(path == k or k in path.parents for k in kept):
            path.unlink()
        elif path.is_dir() and not any(path.iterdir()):
            path.rmdir()
