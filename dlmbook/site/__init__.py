"""The book's own Sphinx extension: what makes the static site fast, offline, accessible and honest.

A textbook of which each page is computed has four troubles that no theme solves. Each has one
module here.

- `cache`: executed outputs must be recomputed when the *package* changes, not only when a cell
  does.
- `frames`: an explorable carries its pictures inside the notebook; a page should load them
  lazily.
- `pages`: a page must ask nothing of any other host, and be usable by keyboard, on a phone, in
  the dark.
- `notebooks`: a downloaded notebook must say what the page says, without this extension.

Two directives belong to the text: `selfcheck` (a quick question with feedback, no script) and
`cards` (the table of theorems, generated from the sources). `docstrings` links the API page back
to the text. `statements` reads the sources for the cards and the notebooks, `plain` renders them
for the latter; `browser` finds Chromium for the tests and for the README's picture.
"""

import os
from typing import Any

from sphinx.application import Sphinx

from dlmbook.site import cache, cards, docstrings, frames, notebooks, pages, selfcheck

__all__ = ["setup"]


def setup(app: Sphinx) -> dict[str, Any]:
    """Register everything with Sphinx; `_config.yml` loads this module as `dlmbook.site`."""
    app.connect("builder-inited", ask_explorables_for_frames)
    for module in (cache, cards, docstrings, frames, notebooks, pages, selfcheck):
        module.setup(app)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def ask_explorables_for_frames(app: Sphinx) -> None:
    """Tell the cells that this build executes that nobody will be there to move a live slider."""
    os.environ["DLMBOOK_STATIC"] = "1"
