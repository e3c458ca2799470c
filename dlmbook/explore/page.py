"""An explorable as HTML: native sliders that switch between pictures drawn beforehand.

Every function returns a piece of HTML with its texts escaped; `figure` puts pieces
together under the style that they share. The pieces depend on nothing outside them, so
that they work in a built page, in a downloaded notebook and in a notebook viewer alike.

Every page that holds an explorable is made of these pieces.
"""

import base64
import io
import json
from collections.abc import Mapping, Sequence
from html import escape
from importlib.resources import files

from PIL import Image

__all__ = ["controls", "figure", "frames", "picture", "question", "size", "words"]

_ASSETS = files("dlmbook.explore")
STYLE = _ASSETS.joinpath("explorable.css").read_text(encoding="utf-8")
SCRIPT = _ASSETS.joinpath("explorable.js").read_text(encoding="utf-8")

DPI = 144  # of a frame: 7 in make 1008 pixels
CSS_DPI = 96


def figure(*pieces: str) -> str:
    """Join pieces into one figure with its style."""
    inside = "\n".join((f"<style>{STYLE}</style>", *pieces))
    return f'<figure class="dlmbook-explorable tex2jax_ignore">\n{inside}\n</figure>'


def question(text: str) -> str:
    """Head the figure with its question."""
    return f"<figcaption>{escape(text)}</figcaption>"


def controls(sliders: Mapping[str, tuple[str, Sequence[str], int]]) -> str:
    """Lay out the sliders.

    Parameters
    ----------
    sliders : mapping
        From an id, unique on the page, to the label, the text of each value and the
        position of the start value.
    """
    rows = "\n".join(_control(name, *slider) for name, slider in sliders.items())
    return (
        f'<div class="dlmbook-controls">\n{rows}\n</div>\n'
        "<noscript><p>The sliders need JavaScript; what they show is told in words below.</p>"
        "</noscript>"
    )


def _control(name: str, label: str, texts: Sequence[str], start: int) -> str:
    text = escape(texts[start])
    # `data-lm-suppress-shortcuts` keeps the arrow keys from JupyterLab's shortcuts.
    return (
        f'<label for="{name}">{escape(label)}</label>'
        f'<input type="range" id="{name}" min="0" max="{len(texts) - 1}" step="1" '
        f'value="{start}" autocomplete="off" aria-valuetext="{text}" '
        'data-lm-suppress-shortcuts="true" '
        f'data-texts="{escape(json.dumps(texts, ensure_ascii=False))}">'
        f'<output for="{name}" aria-live="off">{text}</output>'
    )


def picture(webp: bytes, alt: str, reading: str) -> str:
    """Show one frame and its reading."""
    width, height = (round(side * CSS_DPI / DPI) for side in size(webp))
    # The book's theme puts a white ground behind an image that is not `dark-light`.
    return (
        f'<img class="dark-light" src="{_uri(webp)}" width="{width}" height="{height}" '
        f'loading="lazy" data-alt="{escape(alt)}" alt="{escape(f"{alt} {reading}")}">\n'
        '<p class="dlmbook-reading" aria-live="polite" aria-atomic="true">'
        f"{escape(reading)}</p>"
    )


def words(finding: str) -> str:
    """Tell the finding, folded."""
    return (
        "<details><summary>What the sliders show, in words</summary>"
        f"<p>{escape(finding)}</p></details>"
    )


def frames(drawn: Sequence[tuple[bytes, str]]) -> str:
    """Carry all frames, pictures and readings, and the script that switches them."""
    data = [{"src": _uri(webp), "reading": reading} for webp, reading in drawn]
    # No HTML parser may take a reading for the end of the script.
    text = json.dumps(data, ensure_ascii=False).replace("<", "\\u003c")
    return f'<script type="application/json">{text}</script>\n<script>{SCRIPT}</script>'


def size(webp: bytes) -> tuple[int, int]:
    """Width and height of a picture, in its own pixels."""
    return Image.open(io.BytesIO(webp)).size


def _uri(webp: bytes) -> str:
    return "data:image/webp;base64," + base64.b64encode(webp).decode()
