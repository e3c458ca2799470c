"""The repository keeps the promises that its pages, its README and its Binder recipe make."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from dlmbook.site import cache, cards
from dlmbook.site.notebooks import as_text, read_citations, read_url, write_notebooks
from dlmbook.site.plain import NOT_COMPUTED, PlainText
from dlmbook.site.statements import Book, blocks, read_book

ROOT = Path(__file__).parents[1]
BOOK = read_book(ROOT)
STATEMENTS = {statement.label: statement for statement in BOOK.statements}
SOURCES = [ROOT / "intro.md", *sorted((ROOT / "chapters").glob("*.md"))]


# The table of contents and the bibliography


def test_every_page_is_in_the_table_of_contents_and_exists() -> None:
    listed = {ROOT / f"{docname}.md" for docname in BOOK.docnames}
    assert listed == set(SOURCES)


def test_every_work_in_the_bibliography_is_cited_and_every_citation_is_there() -> None:
    text = "\n".join(path.read_text("utf8") for path in SOURCES)
    keys = re.findall(r"\{cite(?::\w+)?\}`([^`]+)`", text)
    cited = {key.strip() for group in keys for key in group.split(",")}
    assert cited == set(read_citations(ROOT))


# Theorem cards


@pytest.mark.parametrize("label", STATEMENTS)
def test_statement_rests_on_a_proof_or_a_citation(label: str) -> None:
    assert cards.status(STATEMENTS[label])


@pytest.mark.parametrize(
    "label",
    [s.label for s in BOOK.statements if s.is_proved and not s.label.startswith("lem-")],
)
def test_statement_that_is_proved_here_has_a_function_and_a_test(label: str) -> None:
    assert cards.objects_by_theorem(ROOT).get(label), "no docstring says Theorem: `label`"
    assert cards.tests_by_theorem(ROOT).get(label), "no test is marked with the label"


def test_labels_in_docstrings_are_statements_of_the_book() -> None:
    assert not set(cards.objects_by_theorem(ROOT)) - set(STATEMENTS)


def test_labels_of_tests_are_statements_of_the_book() -> None:
    assert not set(cards.tests_by_theorem(ROOT)) - set(STATEMENTS)


def test_cards_read_what_the_sources_say(tmp_path: Path) -> None:
    (tmp_path / "dlmbook").mkdir()
    (tmp_path / "tests").mkdir()
    (tmp_path / "dlmbook/laws.py").write_text(
        'class Law:\n    def h(self):\n        """Theorem: `han`. Theorem: `box`."""\n'
    )
    (tmp_path / "tests/test_theorems.py").write_text(
        'import pytest\n@pytest.mark.theorem("han")\ndef test_it_holds(): ...\n'
    )
    book = Book(figures={"fig-a": "See {prf:ref}`han` and {prf:ref}`the box <box>`."})
    objects = cards.objects_by_theorem(tmp_path)
    assert objects == {"han": ["dlmbook.laws.Law.h"], "box": ["dlmbook.laws.Law.h"]}
    assert cards.tests_by_theorem(tmp_path) == {"han": ["tests/test_theorems.py::test_it_holds"]}
    assert cards.figures_by_theorem(book) == {"han": ["fig-a"], "box": ["fig-a"]}


# The execution cache


def digest_of(root: Path) -> str:
    return cache.digest(cache.executed_sources(root))


def test_cache_notices_a_changed_package_or_pin_but_not_the_extension(tmp_path: Path) -> None:
    (tmp_path / "dlmbook/site").mkdir(parents=True)
    (tmp_path / "requirements.txt").write_text("numpy==2\n")
    law = tmp_path / "dlmbook/law.py"
    law.write_text("a = 1\n")
    digests = [digest_of(tmp_path)]
    law.write_text("a = 2\n")
    digests.append(digest_of(tmp_path))
    (tmp_path / "requirements.txt").write_text("numpy==2.1\n")
    digests.append(digest_of(tmp_path))
    assert len(set(digests)) == 3
    (tmp_path / "dlmbook/site/cache.py").write_text("")
    assert digest_of(tmp_path) == digests[-1]


# Notebooks


def render(text: str, **glued: str) -> str:
    values = {
        key: (lambda form, value=value: as_text({"text/plain": value}, form))
        for key, value in glued.items()
    }
    page = PlainText(
        "chapters/01", BOOK, {"han1978": ("Han", "1978", "https://x")}, values, "https://s/"
    )
    return page.render(text)


@pytest.mark.parametrize(
    ("myst", "plain"),
    [
        ("{cite:t}`han1978`", "Han ([1978](https://x))"),
        ("{cite:p}`han1978`", "([Han, 1978](https://x))"),
        ("{glue:text}`tc:.2f` nats", "1.23 nats"),
        ("{glue:text}`unknown`", NOT_COMPUTED),
        (
            "[glossary](appendix-glossary.md#api)",
            "[glossary](https://s/chapters/appendix-glossary.html#api)",
        ),
        ("{math}`x^2`", "$x^2$"),
        ("{func}`~dlmbook.information.entropy`", "`entropy`"),
        ("(a-label)=\n% a comment\ntext", "text"),
        (":::{note}\nCareful.\n:::", "> **Note**\n>\n> Careful."),
        (":::{prf:theorem} Han\nA\n$$ a\n= b $$\n:::", "> **Theorem** (Han)\n>\n> A\n> $$ a = b$$"),
        (":::{prf:proof}\nClear.\n:::", "*Proof.* Clear. $\\square$"),
        ("```python\n{role}`kept`\n```", "```python\n{role}`kept`\n```"),
    ],
)
def test_plain_text_says_what_the_page_says(myst: str, plain: str) -> None:
    assert render(myst, tc="1.2345") == plain


def test_self_check_in_a_notebook_unfolds_to_its_feedback() -> None:
    text = render(
        ":::{self-check}\nWhy?\n\n- [x] $a$\n  Because.\n- [ ] b\n  No, see {math}`c`.\n:::"
    )
    assert "Why?" in text
    assert "<summary><b>a.</b> $a$</summary>\n\n**Right.** Because.\n" in text
    assert "<summary><b>b.</b> b</summary>\n\n**Not quite.** No, see $c$.\n" in text


def test_nested_directives_are_all_rendered() -> None:
    text = render("::::{prf:theorem}\n:::{admonition} Idea\nSum.\n:::\n::::")
    assert text == "> **Theorem**\n>\n> > **Idea**\n> >\n> > Sum."


@pytest.fixture(scope="module")
def notebooks(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Every chapter, as Binder and the download button give it."""
    return write_notebooks(ROOT, tmp_path_factory.mktemp("notebooks"))


def test_no_notebook_has_a_directive_or_a_role_left(notebooks: list[Path]) -> None:
    left = []
    for path in notebooks:
        for cell in yaml.safe_load(path.read_text("utf8"))["cells"]:
            source = "".join(cell["source"])
            if cell["cell_type"] == "markdown":
                source = re.sub(r"^```.*?^```|`[^`\n]*`(?<!\}`)", "", source, flags=re.M | re.S)
                left += re.findall(r"\{[a-z:-]+\}`[^`]*`|[:`]{3,}\{[\w:-]+\}.*|\{\{.*", source)
    assert not left


def test_every_self_check_of_the_chapters_has_a_right_and_a_wrong_answer() -> None:
    questions = [
        block.body
        for path in SOURCES
        for block in blocks(path.read_text("utf8"))
        if not isinstance(block, str) and block.name == "self-check"
    ]
    assert all("- [x]" in body and "- [ ]" in body for body in questions)


# Binder and README


def test_binder_installs_the_requirements_with_the_cpu_build_of_torch() -> None:
    ours = (ROOT / "requirements.txt").read_text().splitlines()
    binder = (ROOT / "binder/requirements.txt").read_text().splitlines()
    pins = [line for line in ours if not line.startswith("#")]
    assert all(re.fullmatch(r"[\w-]+==[\w.]+", line) for line in pins)
    assert [line.replace("+cpu", "") for line in binder if line[0] not in "#-"] == pins
    assert "torch==2.13.0+cpu" in binder
    assert "--extra-index-url https://download.pytorch.org/whl/cpu" in binder


def test_binder_recipe_is_valid() -> None:
    command = shutil.which("jupyter-repo2docker", path=Path(sys.executable).parent)
    assert command, "the `test` extra is not installed"
    done = subprocess.run(
        [command, "--no-build", "--debug", str(ROOT)], capture_output=True, text=True, check=True
    )
    recipe = done.stdout + done.stderr
    assert "binder/requirements.txt" in recipe
    assert "RUN ./binder/postBuild" in recipe


def readme_commands() -> list[str]:
    """All lines of the README's shell blocks."""
    fenced = re.findall(r"^```sh\n(.*?)^```", (ROOT / "README.md").read_text("utf8"), re.M | re.S)
    return [line for block in fenced for line in block.splitlines()]


@pytest.mark.parametrize("command", readme_commands())
def test_readme_command_works(command: str, tmp_path: Path) -> None:
    """Run what is quick; of the rest, see that each part exists."""
    words = re.sub(r"^(\w+=\S+ )+", "", command).split()
    if words[0] == "make":
        subprocess.run(["make", "-n", *words[1:]], cwd=ROOT, check=True, capture_output=True)
    elif words[0].startswith(".venv/bin/"):
        program = Path(sys.executable).parent / Path(words[0]).name
        if words[1] == "-m":
            done = subprocess.run([program, *words[1:3], "--help"], capture_output=True, text=True)
            assert all(argument in done.stdout for argument in words[3:]), done.stderr
            return
        subprocess.run([program, *words[1:2], "--version"], check=True, capture_output=True)
        assert all((ROOT / argument).exists() for argument in words[2:])
    elif words[:2] == ["pip", "install"]:
        assert f"git+{repository()}" in command, "the address of this repository"
        local = re.sub(r'"dlmbook(\[\w+\]) @ git\+\S+"', rf"{ROOT}\1", command).split()[2:]
        pip = [sys.executable, "-m", "pip", "install", "--dry-run", "--quiet", "--no-deps"]
        subprocess.run([*pip, "--no-build-isolation", *local], check=True, capture_output=True)
    else:
        pytest.fail(f"no check for this command: {command}")


def repository() -> str:
    """Address of the repository, from the one place that sets it."""
    return str(yaml.safe_load((ROOT / "_config.yml").read_text())["repository"]["url"])


@pytest.mark.parametrize(
    "name", ["README.md", "CITATION.cff", "pyproject.toml", "dlmbook/site/notebooks.py"]
)
def test_addresses_agree_with_the_configuration(name: str) -> None:
    text = (ROOT / name).read_text("utf8")
    known = [repository(), read_url(ROOT), "https://mybinder.org/v2/gh/dlmbook/dlmbook/main"]
    addresses = re.findall(r"https://[\w.]*(?:github|binder)[\w.]*/[\w/.-]*dlmbook[\w/.-]*", text)
    assert all(
        any(address.startswith(start.rstrip("/")) for start in known) for address in addresses
    )


def test_readme_links_lead_to_files() -> None:
    text = (ROOT / "README.md").read_text("utf8")
    assert all(
        (ROOT / target).exists() for target in re.findall(r"\]\((?!https?://)([^)]+)\)", text)
    )


def test_continuous_integration_runs_the_two_commands() -> None:
    script = (ROOT / ".ci/run").read_text()
    assert re.findall(r"^make .*", script, re.M) == ["make book", "make test"]
    for workflow in (ROOT / ".github/workflows").glob("*.yml"):
        steps = yaml.safe_load(workflow.read_text())
        assert steps["permissions"] == {"contents": "read"}
        assert ".ci/run" in workflow.read_text()
