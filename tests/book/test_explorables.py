"""Every slider of every explorable on the built pages."""

from pathlib import Path

import pytest
from playwright.sync_api import Locator, expect

from tests.book.visits import HTML, Visit, built_pages

PAGES = [path for path in built_pages() if "dlmbook-controls" in (HTML / path).read_text("utf8")]
LOADED = "image => image.complete && image.naturalWidth > 0"


def show(slider: Locator) -> None:
    """Open the folds around a slider and scroll to it."""
    slider.evaluate(
        "s => { for (let e = s; e; e = e.parentElement) if ('open' in e) e.open = true; }"
    )
    slider.scroll_into_view_if_needed()


@pytest.mark.parametrize("path", PAGES)
def test_each_slider_changes_picture_and_reading(path: str, visit: Visit) -> None:
    page = visit.open(path)
    for figure in page.locator("figure.dlmbook-explorable").all():
        image, reading = figure.locator("img").first, figure.locator(".dlmbook-reading")
        expect(reading).to_have_attribute("aria-live", "polite")
        sliders = figure.locator("input[type=range]").all()
        assert 1 <= len(sliders) <= 3
        for slider in sliders:
            show(slider)
            assert figure.locator(f"label[for='{slider.get_attribute('id')}']").inner_text().strip()
            output = figure.locator(f"output[for='{slider.get_attribute('id')}']")
            before = image.get_attribute("src"), reading.inner_text(), output.inner_text()
            last = slider.evaluate("s => s.value === s.max")
            slider.press("ArrowLeft" if last else "ArrowRight")
            expect(output).not_to_have_text(before[2])
            expect(image).not_to_have_attribute("src", before[0] or "")
            expect(reading).not_to_have_text(before[1])
            page.wait_for_function(LOADED, arg=image.element_handle())
            assert image.get_attribute("alt")
    assert not visit.errors and not visit.failed and not visit.outside


def test_every_chapter_has_an_explorable(html: Path) -> None:
    chapters = {path.relative_to(html).as_posix() for path in html.glob("chapters/0*.html")}
    assert chapters and chapters <= set(PAGES)


def test_frames_are_files_beside_the_pages(html: Path) -> None:
    assert not [path for path in PAGES if "data:image/webp" in (html / path).read_text("utf8")]
    assert all(frame.stat().st_size < 200_000 for frame in (html / "_images/frames").iterdir())
