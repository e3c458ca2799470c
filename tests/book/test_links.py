"""Every link and every reference within the site, followed without a browser."""

import re
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urldefrag

from dlmbook.site.notebooks import read_url
from tests.book.visits import ROOT, built_pages


class Links(HTMLParser):
    """Collects what a page refers to, and what it can be referred to by."""

    def __init__(self) -> None:
        super().__init__()
        self.targets: list[str] = []
        self.ids: set[str] = {"", "top"}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = dict(attrs)
        self.ids.update(filter(None, (attributes.get("id"), attributes.get("name"))))
        for name in ("href", "src", "data-content-url"):
            if attributes.get(name):
                self.targets.append(attributes[name] or "")


@cache
def links(page: Path) -> Links:
    parser = Links()
    parser.feed(page.read_text("utf8"))
    return parser


def is_broken(page: Path, target: str) -> bool:
    address, anchor = urldefrag(target)
    file = (page.parent / unquote(address.split("?")[0])).resolve() if address else page
    if file.is_dir():
        file /= "index.html"
    if not file.exists():
        return True
    return file.suffix == ".html" and unquote(anchor) not in links(file).ids


def test_every_internal_link_and_anchor_resolves(html: Path) -> None:
    broken = [
        f"{path}: {target}"
        for path in built_pages()
        for target in links(html / path).targets
        if not re.match(r"[a-z]+:|//", target) and is_broken(html / path, target)
    ]
    assert not broken


def test_links_of_the_notebooks_lead_to_pages_of_the_site(html: Path) -> None:
    url = read_url(ROOT)
    broken = [
        f"{notebook.name}: {target}"
        for notebook in html.glob("_sources/chapters/*.ipynb")
        for target in re.findall(re.escape(url) + r"([^\s)\"\\]*)", notebook.read_text("utf8"))
        if is_broken(html / "index.html", target)
    ]
    assert not broken
