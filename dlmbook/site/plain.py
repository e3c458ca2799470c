"""MyST text as plain Markdown that every Jupyter front end shows.

JupyterLab knows Markdown, formulas and a little HTML, but no directives and no roles. Here each
of them becomes what a reader without Sphinx needs: a theorem is a quotation with a bold number
and title, a reference is the name of what it refers to, a citation is author and year with a
link, an answer is a `<details>`. What is not known here is left as it is, and a test looks for
it.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from dlmbook.site.statements import (
    DISPLAY_MATH,
    LABEL,
    NUMBERED_STATEMENTS,
    Book,
    Directive,
    Target,
    blocks,
)

__all__ = ["NOT_COMPUTED", "PlainText"]

NOT_COMPUTED = "(computed in the cell above)"

ADMONITIONS = (
    "attention", "caution", "danger", "error", "hint", "important", "note", "seealso", "tip",
    "warning",
)  # fmt: skip
ROLE = re.compile(r"\{(?P<name>[a-z]+(?::[a-z]+)*)\}(?P<tick>`+)(?P<text>.+?)(?P=tick)", re.DOTALL)
WITH_TEXT = re.compile(r"(?P<text>.*?)\s*<(?P<target>[^<>]+)>\s*", re.DOTALL)
IMAGE = re.compile(r"!\[(?P<alt>[^\]]*)\]\((?P<path>[^)\s]+)\)(?:\{[^}\n]*\})?")
PAGE_LINK = re.compile(r"\]\((?P<page>[\w./-]+)\.md(?P<anchor>#[\w.:-]+)?\)")
LABEL_LINK = re.compile(r"\[(?P<text>[^\]]*)\]\((?P<hash>#?)(?P<label>[\w:-]+)\)")
DEFINITION = re.compile(r"^(?P<term>[^\n:|>#-][^\n]*)\n: +(?P<text>.*(?:\n  .*)*)", re.MULTILINE)
FOOTNOTE = re.compile(r"\[\^(?P<name>[\w-]+)\](?P<colon>:?)")
AMSMATH = re.compile(r"(?:^|\n)\\begin\{(\w+\*?)\}.*?\\end\{\1\}", re.DOTALL)
COMMENT = re.compile(r"^%.*\n?", re.MULTILINE)
ANSWER = re.compile(
    r"^[-*] \[(?P<mark>[xX ])\] +(?P<text>[^\n]*)\n?(?P<more>(?:(?: +[^\n]*)?\n?)*)", re.M
)


@dataclass
class PlainText:
    """Renders the text of one page; `images` collects the pictures that it shows.

    Attributes
    ----------
    docname
        The page, without suffix, relative to the book's root.
    book
        Labels, numbers and titles of the whole book.
    citations
        Key of `references.bib` to (authors, year, address).
    glued
        Name of a computed value to a function from a format (`.2f` or empty) to its text.
    url
        Address of the published book.
    """

    docname: str
    book: Book
    citations: Mapping[str, tuple[str, str, str]]
    glued: Mapping[str, Callable[[str], str]]
    url: str
    images: dict[str, Path] = field(default_factory=dict)

    def render(self, text: str) -> str:
        """Render Markdown with directives and roles."""
        parts = (
            self.plain(block) if isinstance(block, str) else self.directive(block)
            for block in blocks(text)
        )
        return re.sub(r"\n{3,}", "\n\n", "\n".join(parts)).strip("\n")

    # Ordinary lines

    def plain(self, text: str) -> str:
        """Render lines outside directives."""
        text = "\n".join(line for line in text.split("\n") if not LABEL.match(line))
        text = COMMENT.sub("", text)
        text = DISPLAY_MATH.sub(self.equation, text)
        text = DEFINITION.sub(lambda m: f"**{m['term'].strip()}**: {m['text']}\n", text)
        text = FOOTNOTE.sub(
            lambda m: f"<sup>[{m['name']}]</sup>" + (" " if m["colon"] else ""), text
        )
        return self.inline(text)

    def inline(self, text: str) -> str:
        """Render roles, images and links to other pages."""
        text = ROLE.sub(self.role, text)
        text = IMAGE.sub(lambda m: self.image(m["path"], m["alt"]), text)
        text = PAGE_LINK.sub(lambda m: f"]({self.address(m['page'])}{m['anchor'] or ''})", text)
        return LABEL_LINK.sub(
            lambda m: (
                self.link(m["label"], m["text"])
                if m["hash"] or m["label"] in self.book.targets
                else m[0]
            ),
            text,
        )

    def equation(self, match: re.Match[str]) -> str:
        """Give a labelled equation its number."""
        target = self.book.targets.get(match["label"] or "")
        tag = f" \\tag{{{target.name.strip('()')}}}" if target else ""
        return f"$${match['tex'].rstrip()}{tag}$$"

    def image(self, path: str, alt: str) -> str:
        """Attach a picture to the notebook, so that a downloaded one still has it."""
        if "://" in path:
            return f"![{alt}]({path})"
        name = Path(path).name
        self.images[name] = Path(self.docname).parent / path
        return f"![{alt}](attachment:{name})"

    def address(self, page: str) -> str:
        """Address of a page of the published book, given relative to this one."""
        name = page[1:] if page.startswith("/") else (Path(self.docname).parent / page).as_posix()
        return f"{self.url}{name}.html"

    def link(self, label: str, text: str = "") -> str:
        """Name of a labelled thing: linked if it is on another page."""
        target = self.book.targets.get(label)
        if target is None:
            return text or label
        name = text or target.name
        if target.docname == self.docname or name.startswith("("):
            return name
        return f"[{name}]({self.url}{target.docname}.html#{label})"

    # Roles

    def role(self, match: re.Match[str]) -> str:
        """Render one role, or leave it if it is unknown."""
        name, content = match["name"], match["text"].strip()
        named = WITH_TEXT.fullmatch(content)
        text, target = (named["text"], named["target"]) if named else ("", content)
        if name in ("prf:ref", "eq", "ref", "any", "numref", "math:numref"):
            return self.reference(name, target, text)
        if name.split(":")[0] == "cite":
            return self.citation(name, content)
        if name == "doc":
            page = target.removesuffix(".md")
            key = (
                page[1:] if page.startswith("/") else (Path(self.docname).parent / page).as_posix()
            )
            return f"[{text or self.book.titles.get(key, key)}]({self.address(page)})"
        if name in ("glue", "glue:text", "glue:md", "glue:any"):
            return self.value(*content.split(":", 1))
        if name == "math":
            return f"${content}$"
        if name in ("term", "dfn"):
            return f"*{text or target}*" if name == "dfn" else (text or target)
        if name in ("abbr", "kbd", "sub", "sup"):
            return (
                f"<{name}>{content}</{name}>"
                if name != "abbr"
                else content.replace("<", "(")[:-1] + ")"
            )
        if name.startswith("py:") or name in (
            "func",
            "class",
            "meth",
            "mod",
            "attr",
            "obj",
            "file",
            "command",
            "code",
        ):
            short = target.lstrip("~").split(".")[-1] if target.startswith("~") else target
            return f"`{text or short}`"
        if name in ("index", "nb-download"):
            return text or ""
        return match[0]

    def value(self, key: str, form: str = "") -> str:
        """Text of a computed value."""
        return self.glued[key](form) if key in self.glued else NOT_COMPUTED

    def reference(self, role: str, label: str, text: str) -> str:
        """Render a reference to a label of the book."""
        target = self.book.targets.get(label)
        if role == "numref" and target and text:
            number = target.name.split()[-1]
            text = (
                text.replace("%s", number)
                .replace("{number}", number)
                .replace("{name}", target.title)
            )
        elif role == "ref" and target and not text:
            text = target.title or target.name
            if target.name.startswith("Exercise"):
                text = target.name
        return self.link(label, text)

    def citation(self, role: str, keys: str) -> str:
        """Name author and year, linked to the work."""
        works = [self.citations[key.strip()] for key in keys.split(",")]
        if role in ("cite:t", "cite:ts", "cite:ct"):
            return ", ".join(f"{who} ({_linked(year, url)})" for who, year, url in works)
        return "(" + "; ".join(_linked(f"{who}, {year}", url) for who, year, url in works) + ")"

    # Directives

    def directive(self, block: Directive) -> str:
        """Render one directive, or leave it if it is unknown."""
        name = block.name
        kind = name.removeprefix("prf:")
        title = self.inline(block.argument)
        if not name:
            return f"\n```{block.argument}\n{block.body}\n```\n"
        if name.startswith("prf:"):
            return self.statement(kind, block)
        if name in ("exercise", "exercise-start", "solution", "solution-start"):
            return self.exercise(block)
        if name in ("exercise-end", "solution-end", "index", "tableofcontents", "contents"):
            return ""
        if name in ADMONITIONS or name == "admonition":
            heading = title if name == "admonition" else name.title().replace("Seealso", "See also")
            body = (
                block.body
                if name == "admonition"
                else f"{block.argument}\n{block.body}".strip("\n")
            )
            if "dropdown" in str(block.options.get("class", "")):
                return fold(heading, self.render(body))
            return quote(f"**{heading}**\n\n{self.render(body)}")
        if name == "dropdown":
            return fold(title, self.render(block.body))
        if name == "self-check":
            return self.self_check(block)
        if name in ("figure", "image"):
            return self.figure(block)
        if name in ("math",):
            return self.equation_directive(block)
        if name in ("table", "list-table"):
            return self.table(block)
        if name in ("margin", "sidebar", "epigraph", "pull-quote", "topic", "aside"):
            heading = f"**{title}**\n\n" if title else ""
            return quote(heading + self.render(block.body))
        if name in ("code-block", "code", "sourcecode"):
            return f"\n```{block.argument}\n{block.body}\n```\n"
        if name in ("div", "container", "grid", "tab-set", "only", "hlist"):
            return "\n" + self.render(block.body) + "\n"
        if name in ("tab-item", "card", "grid-item", "grid-item-card", "rubric"):
            return f"\n**{title}**\n\n{self.render(block.body)}\n"
        if name == "glossary":
            return (
                "\n"
                + self.render(re.sub(r"^(\S.*)\n +", r"**\1**: ", block.body, flags=re.M))
                + "\n"
            )
        if name in ("glue:figure", "glue:math", "glue:md", "glue"):
            return f"\n{self.value(block.argument)}\n"
        return f"\n:::{{{name}}} {block.argument}\n{block.body}\n:::\n"

    def statement(self, kind: str, block: Directive) -> str:
        """Render a theorem-like statement as a quotation, a proof as a paragraph with a box."""
        if kind == "proof":
            return f"\n*Proof.* {self.render(block.body)} $\\square$\n"
        assert kind in NUMBERED_STATEMENTS, f"unknown statement {kind}"
        name = self.name(block, kind.title())
        title = f" ({self.inline(block.argument)})" if block.argument else ""
        return quote(f"**{name}**{title}\n\n{self.render(block.body)}")

    def name(self, block: Directive, otherwise: str) -> str:
        """How the page calls this block, with its number."""
        label = str(block.options.get("label") or block.options.get("name") or "")
        return self.book.targets.get(label, Target("", otherwise, "")).name

    def exercise(self, block: Directive) -> str:
        """Render an exercise or its solution; with a separate end, only the heading."""
        if block.name.startswith("exercise"):
            heading = self.name(block, "Exercise")
            title = f" {self.inline(block.argument)}" if block.argument else ""
            return f"\n#### {heading}{title}\n\n{self.render(block.body)}\n"
        of = self.book.targets.get(block.argument)
        heading = f"Solution to {of.name if of else block.argument}"
        if block.name == "solution":
            return fold(heading, self.render(block.body))
        return f"\n#### {heading}\n\n{self.render(block.body)}\n"

    def self_check(self, block: Directive) -> str:
        """Render a quick question: each answer opens to its feedback."""
        start = ANSWER.search(block.body)
        question = block.body[: start.start()] if start else block.body
        answers = []
        for letter, match in zip("abcdefghij", ANSWER.finditer(block.body), strict=False):
            verdict = "Right." if match["mark"] in "xX" else "Not quite."
            more = re.sub(r"^ +", "", match["more"], flags=re.M).strip()
            heading = f"<b>{letter}.</b> {self.inline(match['text'])}"
            answers.append(fold(heading, f"**{verdict}** {self.render(more)}"))
        return f"\n**Check yourself**\n\n{self.render(question)}\n" + "\n".join(answers)

    def figure(self, block: Directive) -> str:
        """Render a picture with its numbered caption."""
        picture = self.image(block.argument, str(block.options.get("alt", "")))
        return f"\n{picture}\n\n{self.caption(block, block.body)}\n"

    def caption(self, block: Directive, text: str) -> str:
        """Render a caption with its number in bold."""
        if not text.strip():
            return ""
        return f"**{self.name(block, 'Figure')}.** {self.render(text)}"

    def equation_directive(self, block: Directive) -> str:
        """Render a `{math}` directive."""
        label = str(block.options.get("label", ""))
        target = self.book.targets.get(label)
        tag = f" \\tag{{{target.name.strip('()')}}}" if target else ""
        return f"\n$$\n{block.argument}{block.body}{tag}\n$$\n"

    def table(self, block: Directive) -> str:
        """Render a captioned table; a list table becomes one of pipes."""
        caption = (
            f"**{self.name(block, 'Table')}.** {self.inline(block.argument)}\n\n"
            if block.argument
            else ""
        )
        if block.name == "table":
            return f"\n{caption}{self.render(block.body)}\n"
        rows = [
            [
                self.inline(" ".join(cell.split()))
                for cell in re.split(r"^ *- ", row, flags=re.M)[1:]
            ]
            for row in re.split(r"^\* ", block.body, flags=re.M)[1:]
        ]
        rows.insert(1, ["---"] * len(rows[0]))
        return f"\n{caption}" + "\n".join("| " + " | ".join(row) + " |" for row in rows) + "\n"


def quote(text: str) -> str:
    """Quote Markdown, with each display formula on one line: no `>` may get into it."""

    def one_line(match: re.Match[str]) -> str:
        return "\n" + " ".join(line.split(" %")[0].strip() for line in match[0].split("\n")).strip()

    text = DISPLAY_MATH.sub(lambda m: one_line(m).strip(), AMSMATH.sub(one_line, text))
    return "\n" + "\n".join(f"> {line}".rstrip() for line in text.strip().split("\n")) + "\n"


def fold(heading: str, body: str) -> str:
    """Text that opens when its heading is clicked."""
    return f"\n<details><summary>{heading}</summary>\n\n{body.strip()}\n\n</details>\n"


def _linked(text: str, url: str) -> str:
    return f"[{text}]({url})" if url else text
