import io
import json
from html.parser import HTMLParser

import numpy as np
import pytest
from matplotlib import pyplot as plt
from matplotlib.figure import Figure
from PIL import Image

from dlmbook.explore import Explorable, Slider

HOSTILE = '</script><b>1 < 2 & "x"</b>'
WIDGET = "application/vnd.jupyter.widget-view+json"


def draw(K, law):
    figure = Figure(figsize=(3, 2))
    figure.add_subplot().plot([0, 1], [0, K], "-" if law == "words" else ":")
    return figure, f"With K = {K} the {law} law costs {K / 2} nats."


def explorable(draw=draw, **changes):
    texts = {"question": "How dear is K?", "alt": "A line.", "finding": "Dearer with K."}
    sliders = {
        "K": Slider("Steps K", range(1, 4), start=2),
        "law": Slider("Law", ["words", "parity"]),
    }
    return Explorable(draw, **{**texts, **sliders, **changes})


class Page(HTMLParser):
    """The elements of a piece of HTML: their attributes, and the text inside each kind."""

    def __init__(self, html):
        super().__init__()
        self.elements, self.text, self.open = [], {}, []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in ("img", "input"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if data.strip():
            self.text.setdefault(self.open[-1], []).append(data)

    def all(self, tag):
        return [attributes for name, attributes in self.elements if name == tag]

    def frames(self):
        return json.loads(self.text["script"][0])


# Declaring


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"label": "", "values": [1]}, "label"),
        ({"label": "K", "values": []}, "at least one value"),
        ({"label": "K", "values": [1, 2, 1]}, "repeated"),
        ({"label": "K", "values": [1, 2], "start": 3}, "got 3"),
    ],
)
def test_a_malformed_slider_is_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        Slider(**arguments)


def test_a_slider_starts_at_its_first_value_and_formats_its_values():
    slider = Slider("Rate", [0.1, 0.25, 1.0])
    assert slider.start == 0.1
    assert slider.texts == ("0.1", "0.25", "1")
    assert Slider("Rate", [0.1, 0.5], format="{:.0%}".format).texts == ("10%", "50%")


@pytest.mark.parametrize("name", ["question", "alt", "finding"])
def test_an_explorable_without_one_of_its_texts_is_refused(name):
    with pytest.raises(ValueError, match=name):
        explorable(**{name: " "})


@pytest.mark.parametrize("count", [0, 4])
def test_an_explorable_has_one_to_three_sliders(count):
    sliders = {f"x{i}": Slider(f"x{i}", [1]) for i in range(count)}
    with pytest.raises(ValueError, match=f"one to three sliders, got {count}"):
        Explorable(lambda **_: None, question="q", alt="a", finding="f", **sliders)


def test_sliders_that_draw_does_not_take_are_refused():
    with pytest.raises(ValueError, match="draw must take"):
        explorable(L=Slider("Length L", [1]))


def test_too_many_frames_are_refused():
    with pytest.raises(ValueError, match="at most 400 frames, got 402"):
        explorable(K=Slider("Steps K", range(201)))


# Drawing


def test_every_setting_has_its_frame():
    lines = explorable()
    readings = [lines.frame(**values)[1] for values in lines.settings()]
    assert len(set(readings)) == 6
    assert readings[:2] == [
        "With K = 1 the words law costs 0.5 nats.",
        "With K = 1 the parity law costs 0.5 nats.",
    ]


@pytest.mark.parametrize("values", [{}, {"K": 1}, {"K": 9, "law": "words"}])
def test_a_frame_outside_the_sliders_is_refused(values):
    with pytest.raises(ValueError, match="got"):
        explorable().frame(**values)


@pytest.mark.parametrize("drawn", [None, Figure(), (Figure(), ""), (Figure(), 3), ("f", "r")])
def test_a_draw_that_does_not_return_a_figure_and_a_sentence_is_refused(drawn):
    with pytest.raises(ValueError, match="a Figure and a sentence"):
        explorable(lambda K, law: drawn).frame(K=1, law="words")


def test_frames_of_different_sizes_are_refused():
    def growing(K, law):
        return Figure(figsize=(K, 1)), f"{K} in of {law}."

    with pytest.raises(ValueError, match="frames of one size"):
        explorable(growing).html()


def test_a_smooth_colour_scale_is_not_drawn_in_bands():
    def scale(K, law):
        figure = Figure(figsize=(4, 1))
        figure.add_axes((0, 0, 1, 1)).imshow([list(range(500))], aspect="auto")
        return figure, "A scale."

    webp, _ = explorable(scale).frame(K=1, law="words")
    row = np.asarray(Image.open(io.BytesIO(webp)))[72, 20:-20].astype(int)
    assert np.abs(np.diff(row, axis=0)).max() <= 4


def test_a_figure_made_with_pyplot_is_closed():
    def with_pyplot(K, law):
        return plt.figure(figsize=(2, 1)), f"{K} {law}."

    explorable(with_pyplot).frame(K=1, law="words")
    assert plt.get_fignums() == []


def test_the_same_explorable_gives_the_same_bytes():
    assert explorable().html() == explorable().html()


# Without a kernel


@pytest.fixture
def static(monkeypatch):
    monkeypatch.setenv("DLMBOOK_STATIC", "1")


@pytest.mark.usefixtures("static")
def test_in_a_book_build_the_output_is_html_without_widgets():
    bundle = explorable()._repr_mimebundle_()
    assert set(bundle) == {"text/plain", "text/html"}
    assert "vnd.jupyter" not in bundle["text/html"]


def test_labels_and_outputs_are_tied_to_their_sliders():
    page = Page(explorable().html())
    assert page.open == []
    ids = [slider["id"] for slider in page.all("input")]
    assert len(set(ids)) == 2
    assert [label["for"] for label in page.all("label")] == ids
    assert [output["for"] for output in page.all("output")] == ids
    assert page.text["label"] == ["Steps K", "Law"]
    assert page.text["output"] == ["2", "words"]
    assert [slider["aria-valuetext"] for slider in page.all("input")] == ["2", "words"]
    assert [slider["value"] for slider in page.all("input")] == ["1", "0"]
    assert [slider["max"] for slider in page.all("input")] == ["2", "1"]


def test_the_start_frame_is_in_the_page_before_any_script():
    lines = explorable()
    page = Page(lines.html())
    (img,) = page.all("img")
    at = list(lines.settings()).index(lines.start)
    assert img["src"] == page.frames()[at]["src"]
    assert img["alt"] == "A line. With K = 2 the words law costs 1.0 nats."
    assert (img["width"], img["height"], img["loading"]) == ("288", "192", "lazy")
    assert "With K = 2 the words law costs 1.0 nats." in page.text["p"]
    assert page.text["figcaption"] == ["How dear is K?"]


def test_the_page_carries_every_frame_in_order():
    lines = explorable()
    readings = [lines.frame(**values)[1] for values in lines.settings()]
    frames = Page(lines.html()).frames()
    assert [frame["reading"] for frame in frames] == readings
    assert all(frame["src"].startswith("data:image/webp;base64,") for frame in frames)


def test_texts_with_markup_are_escaped():
    hostile = explorable(
        lambda K, law: (Figure(figsize=(1, 1)), HOSTILE),
        question=HOSTILE,
        alt=HOSTILE,
        finding=HOSTILE,
        K=Slider(HOSTILE, [1, 2]),
        law=Slider("Law", [HOSTILE]),
    )
    page = Page(hostile.html())
    assert page.open == []
    assert not page.all("b")
    assert page.frames()[0]["reading"] == HOSTILE
    assert page.all("img")[0]["alt"] == f"{HOSTILE} {HOSTILE}"
    assert page.all("input")[1]["aria-valuetext"] == HOSTILE
    for tag in ("figcaption", "label", "output", "p"):
        assert "".join(page.text[tag]).count(HOSTILE) >= 1, tag


# With a kernel


def test_a_live_output_has_widgets_and_a_still_picture_for_other_front_ends(monkeypatch):
    monkeypatch.delenv("DLMBOOK_STATIC", raising=False)
    bundle = explorable()._repr_mimebundle_()
    assert WIDGET in bundle
    page = Page(bundle["text/html"])
    assert page.all("img")[0]["src"].startswith("data:image/webp")
    assert page.text["p"][0] == "With K = 2 the words law costs 1.0 nats."
    assert not page.all("input")
    assert not page.all("script")


def test_live_sliders_start_where_declared_and_redraw():
    box = explorable().widget()
    _, steps, law, picture, _ = box.children
    assert (steps.description, steps.value, law.value) == ("Steps K", 2, "words")
    assert "With K = 2 the words law costs 1.0 nats." in picture.value
    steps.value, law.value = 3, "parity"
    assert "With K = 3 the parity law costs 1.5 nats." in picture.value
