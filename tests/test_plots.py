"""The figures' look: legible on both grounds, told apart without color, drawn without state."""

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib import pyplot as plt
from matplotlib.colors import to_rgb

from dlmbook import plots
from dlmbook.curve import InformationCurve
from dlmbook.laws import parity, repetition


def luminance(color):
    """Relative luminance of the web accessibility guidelines."""
    rgb = np.array(to_rgb(color))
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    return linear @ [0.2126, 0.7152, 0.0722]


def contrast(a, b):
    high, low = sorted([luminance(a), luminance(b)], reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_text_is_legible_on_the_light_and_on_the_dark_page():
    assert contrast(plots.GREY, "white") >= 4.5
    assert contrast(plots.GREY, "#121212") >= 4


def test_tc_and_dtc_differ_in_color_dash_and_marker():
    tc, dtc = plots.line("tc"), plots.line("dtc")
    assert all(tc[key] != dtc[key] for key in ("color", "linestyle", "marker"))


def test_series_that_are_compared_never_share_a_style():
    for together in (
        ("uniform", "cosine", "geometric", "harmonic", "minimax", "oracle"),
        ("tc", "dtc", "curve"),
        ("truth", "model"),
        ("fresh", "synthetic"),
    ):
        colors = {plots.color(name) for name in together}
        dashes = {(plots.line(n)["linestyle"], plots.line(n)["marker"]) for n in together}
        assert len(colors) == len(dashes) == len(together)


def test_a_line_has_the_color_of_its_name():
    for name in ("tc", "dtc", "truth", "model", "neutral"):
        assert plots.line(name)["color"] == plots.color(name)


def test_an_unknown_name_is_refused_and_the_known_ones_listed():
    for function in (plots.color, plots.line):
        with pytest.raises(ValueError, match=r"no color is named 'TC'.*tc, dtc"):
            function("TC")


def test_figures_have_the_style_of_the_book_and_leave_pyplot_alone():
    before = dict(mpl.rcParams)
    fig, ax = plots.figure(height=2.5)
    assert fig.get_size_inches().tolist() == [plots.WIDTH, 2.5]
    assert fig.get_facecolor()[3] == ax.get_facecolor()[3] == 0  # transparent
    assert not ax.spines["top"].get_visible()
    assert ax.xaxis.label.get_color() == plots.GREY
    assert plt.get_fignums() == []
    assert dict(mpl.rcParams) == before
    _, axes = plots.figure(columns=3, sharey=True)
    assert len(axes) == 3


def test_use_style_sets_the_session_up():
    with mpl.rc_context():
        plots.use_style()
        assert mpl.rcParams["figure.facecolor"] == "none"


def test_an_end_label_stands_at_the_last_point_in_the_color_of_its_series():
    fig, ax = plots.figure()
    x, y = [1, 2, 3], [4.0, 5.0, 7.0]
    ax.plot(x, y, **plots.line("tc"))
    plots.end_label(ax, x, y, "TC", "tc")
    (label,) = ax.texts
    assert label.get_text() == "TC"
    assert label.xy == (3, 7)
    assert label.get_color() == plots.color("tc")
    fig.canvas.draw()


def area(collection):
    """Area of a filled region, from its outline."""
    x, y = collection.get_paths()[0].vertices.T
    return abs(np.dot(x[:-1], y[1:]) - np.dot(x[1:], y[:-1])) / 2


@pytest.mark.parametrize("law", [repetition(5, 3), parity(4)])
def test_the_box_has_area_tc_under_the_curve_and_dtc_above(law):
    curve = InformationCurve.of(law)
    fig, ax = plots.figure()
    plots.box(ax, curve)
    under, above = ax.collections
    assert area(under) == pytest.approx(curve.tc)
    assert area(above) == pytest.approx(curve.dtc)
    assert ax.get_xlim() == (0, curve.length)
    assert "nats" in ax.get_ylabel()
    assert "tokens" in ax.get_xlabel()
    fig.canvas.draw()


def test_the_box_of_a_law_without_dependence_can_be_drawn():
    fig, ax = plots.figure()
    plots.box(ax, InformationCurve([0.0, 1.0, 2.0]))
    fig.canvas.draw()
