"""One browser tab on the built site, which may not ask anything of any other host."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import ConsoleMessage, Page, Request, Response, Route

ROOT = Path(__file__).parents[2]
HTML = ROOT / "_build" / "html"


def built_pages() -> list[str]:
    """Addresses of all built pages, relative to the site; `index.html` only redirects."""
    return sorted(
        path.relative_to(HTML).as_posix()
        for path in HTML.rglob("*.html")
        if "_static" not in path.parts and path != HTML / "index.html"
    )


@dataclass
class Visit:
    """A tab, with all that went wrong on the page it shows."""

    page: Page
    site: str
    outside: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.route("**/*", self.guard)
        self.page.on("requestfailed", self.note_failure)
        self.page.on("response", self.note_response)
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("console", self.note_message)

    def open(self, path: str) -> Page:
        """Open a page of the site and wait until its formulas are typeset."""
        for record in (self.outside, self.failed, self.errors):
            record.clear()
        self.page.set_viewport_size({"width": 1280, "height": 900})
        self.page.goto(f"{self.site}/{path}", wait_until="load")
        self.page.evaluate("() => window.MathJax?.startup?.promise.then(() => true)")
        return self.page

    def guard(self, route: Route) -> None:
        """Let through what this site serves and nothing else."""
        if route.request.url.startswith((self.site, "data:", "blob:")):
            route.continue_()
        else:
            self.outside.append(route.request.url)
            route.abort()

    def note_failure(self, request: Request) -> None:
        """Record a request that got no answer, unless leaving a page cut it short."""
        if request.failure != "net::ERR_ABORTED":
            self.failed.append(f"{request.url} ({request.failure})")

    def note_response(self, response: Response) -> None:
        """Record an answer that says that something is missing."""
        if response.status >= 400:
            self.failed.append(f"{response.url} ({response.status})")

    def note_message(self, message: ConsoleMessage) -> None:
        """Record what the page complains about."""
        if message.type == "error":
            self.errors.append(message.text)

    def set_theme(self, theme: str) -> None:
        """Switch between light and dark."""
        self.page.evaluate("theme => { document.documentElement.dataset.theme = theme; }", theme)

    def violations(self, rules: Sequence[str] = ()) -> list[str]:
        """Serious and critical findings of axe-core on the page now, by all or some rules."""
        # Thousands of nodes that MathJax wrote, with MathML for screen readers: not ours to mend.
        context = {"exclude": [["mjx-container"]]}
        options: dict[str, Any] = {
            "resultTypes": ["violations"],
            # Off by default in axe, but a voice user needs it.
            "rules": {"label-content-name-mismatch": {"enabled": True}},
        }
        if rules:
            options = {"runOnly": {"type": "rule", "values": list(rules)}}
        return [
            f"{rule['id']}: {node['html'][:160]} {node['failureSummary']}"
            for rule in Axe().run(self.page, context, options).response["violations"]
            if rule["impact"] in ("serious", "critical")
            for node in rule["nodes"][:3]
        ]
