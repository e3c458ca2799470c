r"""The `{self-check}` directive: a quick question whose answers tell why they are right or wrong.

The body is a question, then a bullet list. An item starts with `[x]` (right) or `[ ]` (wrong) and
the answer; what follows the first paragraph's first line break, or the first paragraph, is the
feedback::

    :::{self-check}
    Two fair bits are equal. What is their total correlation?

    - [x] $\ln 2$
      Each has entropy $\ln 2$, and so has the pair.
    - [ ] $0$
      That would make them independent.
    :::

Each answer becomes a `<details>`: it needs no script, and keyboards and screen readers know it.
"""

from typing import cast

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective
from sphinx.writers.html5 import HTML5Translator

__all__ = ["setup"]

LETTERS = "abcdefghij"
VERDICTS = {True: "Right.", False: "Not quite."}
logger = logging.getLogger(__name__)


class details(nodes.General, nodes.Element):  # noqa: N801 (docutils names nodes after their tags)
    """One answer with its feedback."""


class summary(nodes.General, nodes.TextElement):  # noqa: N801
    """The answer, always visible."""


class SelfCheck(SphinxDirective):
    """A question and its answers, each a `details` node."""

    has_content = True

    def run(self) -> list[nodes.Node]:
        """Parse the body; the last bullet list holds the answers."""
        box = nodes.container(classes=["dlmbook-self-check"])
        box += nodes.paragraph("", "Check yourself", classes=["dlmbook-self-check-title"])
        body = nodes.Element()
        self.state.nested_parse(self.content, self.content_offset, body)
        lists = [child for child in body.children if isinstance(child, nodes.bullet_list)]
        items = [cast(nodes.list_item, item) for item in lists[-1]] if lists else []
        answers = [self.answer(item, letter) for item, letter in zip(items, LETTERS, strict=False)]
        if not any(answer["right"] for answer in answers):
            logger.warning("self-check without a right answer", location=self.get_location())
        box += [child for child in body.children if not lists or child is not lists[-1]]
        box += answers
        return [box]

    def answer(self, item: nodes.list_item, letter: str) -> details:
        """Turn one list item into a `details` node."""
        paragraph = cast(nodes.paragraph, item[0])
        right, inline = self.read_mark(paragraph)
        text, feedback = split_at_line_break(inline)
        answer = details(right=right)
        answer += summary("", "", nodes.strong("", f"{letter}."), nodes.Text(" "), *text)
        verdict = nodes.paragraph("", "", nodes.strong("", VERDICTS[right]), nodes.Text(" "))
        verdict += feedback
        answer += verdict
        answer += item.children[1:]
        return answer

    def read_mark(self, paragraph: nodes.paragraph) -> tuple[bool, list[nodes.Node]]:
        """Split `[x]` or `[ ]` off the beginning of an answer."""
        first = paragraph.children[0].astext()
        if first[:3] not in ("[x]", "[X]", "[ ]"):
            logger.warning(
                "an answer of a self-check starts with [x] or [ ], not with %r",
                first[:12],
                location=self.get_location(),
            )
        return first[:3].lower() == "[x]", [
            nodes.Text(first[3:].lstrip()),
            *paragraph.children[1:],
        ]


def split_at_line_break(inline: list[nodes.Node]) -> tuple[list[nodes.Node], list[nodes.Node]]:
    """Divide the inline nodes of an answer at the first line break of its source."""
    for i, node in enumerate(inline):
        if isinstance(node, nodes.Text) and "\n" in node:
            before, after = node.split("\n", 1)
            return [*inline[:i], nodes.Text(before)], [nodes.Text(after), *inline[i + 1 :]]
    return inline, []


def visit_details(translator: HTML5Translator, node: details) -> None:
    """Open an answer, marked for the style sheet."""
    kind = "right" if node["right"] else "wrong"
    translator.body.append(f'<details class="dlmbook-answer {kind}">')


def depart_details(translator: HTML5Translator, node: details) -> None:
    """Close an answer."""
    translator.body.append("</details>\n")


def visit_summary(translator: HTML5Translator, node: summary) -> None:
    """Open the visible part of an answer."""
    translator.body.append("<summary>")


def depart_summary(translator: HTML5Translator, node: summary) -> None:
    """Close the visible part of an answer."""
    translator.body.append("</summary>\n")


def setup(app: Sphinx) -> None:
    """Register the directive and its nodes."""
    app.add_node(details, html=(visit_details, depart_details))
    app.add_node(summary, html=(visit_summary, depart_summary))
    app.add_directive("self-check", SelfCheck)
