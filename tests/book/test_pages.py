"""Every built page, opened in Chromium with the network blocked."""

import pytest
from playwright.sync_api import ViewportSize

from tests.book.visits import Visit, built_pages

WIDE: ViewportSize = {"width": 1280, "height": 900}
NARROW: ViewportSize = {"width": 390, "height": 844}

# The article's text without code and formulas: a dollar sign there is a formula unrecognized.
PROSE = """() => {
  const article = document.querySelector("article").cloneNode(true);
  const apart = "pre, code, script, style, mjx-container, .dlmbook-explorable";
  article.querySelectorAll(apart).forEach(element => element.remove());
  return article.textContent;
}"""


COLOURS = ("color-contrast", "link-in-text-block")
# Every size and theme is looked at; what a theme cannot change is looked for once per size.
LOOKS: list[tuple[ViewportSize, str, tuple[str, ...]]] = [
    (WIDE, "light", ()),
    (WIDE, "dark", COLOURS),
    (NARROW, "light", COLOURS),
    (NARROW, "dark", ()),
]


@pytest.mark.parametrize("path", built_pages())
def test_page_works_offline_in_light_and_dark_on_desk_and_phone(path: str, visit: Visit) -> None:
    page = visit.open(path)
    assert not visit.outside, "requests to other hosts"
    assert not visit.failed, "requests that failed"
    assert not visit.errors, "errors in the console"

    formulas = page.locator(".math").count()
    assert page.locator(".math mjx-container").count() >= formulas, "formulas not rendered"
    assert page.locator("mjx-merror, [data-mjx-error]").count() == 0, "formulas that are not TeX"
    prose = page.evaluate(PROSE) if page.locator("article").count() == 1 else ""
    assert "$" not in prose, "formulas not recognized"
    assert "{{" not in prose and ":::" not in prose, "markup not recognized"

    for size, theme, rules in LOOKS:
        page.set_viewport_size(size)
        visit.set_theme(theme)
        assert not visit.violations(rules), f"accessibility, {theme}, {size['width']} px"
    overflow = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    assert overflow <= 0, f"the page is {overflow} px wider than a phone"


def test_root_leads_to_the_introduction(visit: Visit) -> None:
    visit.page.goto(f"{visit.site}/index.html")
    visit.page.wait_for_url("**/intro.html")


def test_search_finds_a_name_without_a_network(visit: Visit) -> None:
    page = visit.open("search.html?q=Han")
    page.wait_for_selector("#search-results li a")
    found = page.locator("#search-results li").all_inner_texts()
    assert any("curve" in text.lower() for text in found), found
    assert not visit.outside and not visit.failed


def test_keyboard_reaches_the_text_first(visit: Visit) -> None:
    page = visit.open("intro.html")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.url.endswith("#main-content")


def test_dark_mode_leaves_figures_without_a_ground(visit: Visit) -> None:
    page = visit.open("chapters/02-the-information-curve.html")
    visit.set_theme("dark")
    grounds = page.locator(".cell_output img").evaluate_all(
        "images => images.map(image => getComputedStyle(image).backgroundColor)"
    )
    assert grounds and set(grounds) == {"rgba(0, 0, 0, 0)"}
