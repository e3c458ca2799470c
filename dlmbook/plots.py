"""The look of the book's figures, and the pictures that several chapters draw.

Colors are Okabe and Ito's, which readers with any color vision can tell apart; every series
has its own marker or dash as well. The ground is transparent and the axes a grey that reads on
white and on black, so that one file serves both modes of the page. The same thing has the same
color in every chapter: ask `color` and `line` for it by name.
"""

from __future__ import annotations

from typing import Any

import matplotlib as mpl
import numpy as np
from cycler import cycler
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from dlmbook.curve import InformationCurve

#: Axes and text: contrast above 4.5 on white, and about 4 on the page's dark ground.
GREY = "#767676"
#: Width of every figure, in inches.
WIDTH = 6.4

_COLORS = {
    "tc": "#0072B2",
    "dtc": "#D55E00",
    "curve": "#009E73",
    "truth": "#009E73",
    "model": "#CC79A7",
    "uniform": "#E69F00",
    "cosine": "#56B4E9",
    "geometric": "#D55E00",
    "harmonic": "#0072B2",
    "both": "#009E73",
    "fixed": "#D55E00",
    "sequential": "#56B4E9",
    "minimax": "#CC79A7",
    "oracle": "#009E73",
    "confidence": "#CC79A7",
    "threshold": "#D55E00",
    "entropy": "#0072B2",
    "fresh": "#0072B2",
    "synthetic": "#D55E00",
    "replace": "#D55E00",
    "aggregate": "#E69F00",
    "filter": "#56B4E9",
    "weigh": "#CC79A7",
    "average": "#0072B2",
    "redrawn": "#D55E00",
    "frozen": "#56B4E9",
    "neutral": GREY,
}
_LINES: dict[str, tuple[str, str]] = {
    "tc": ("-", "o"),
    "dtc": ("--", "s"),
    "curve": ("-", "^"),
    "truth": ("-", "o"),
    "model": ("--", "D"),
    "uniform": ("-", "o"),
    "cosine": ("-.", "^"),
    "geometric": (":", "v"),
    "harmonic": ("--", "s"),
    "both": (":", "D"),
    "fixed": ("-", "v"),
    "sequential": (":", "^"),
    "minimax": ("-.", "D"),
    "oracle": ("-", "x"),
    "confidence": ("-.", "D"),
    "threshold": (":", "v"),
    "entropy": ("--", "s"),
    "fresh": ("-", "o"),
    "synthetic": ("--", "s"),
    "replace": ("--", "s"),
    "aggregate": ("-", "v"),
    "filter": (":", "^"),
    "weigh": ("-.", "D"),
    "average": ("-", "o"),
    "redrawn": ("--", "s"),
    "frozen": ("-", "^"),
    "neutral": (":", ""),
}

STYLE: dict[Any, Any] = {
    "figure.facecolor": "none",
    "figure.dpi": 100,
    "savefig.facecolor": "none",
    "savefig.transparent": True,
    "axes.facecolor": "none",
    "axes.edgecolor": GREY,
    "axes.labelcolor": GREY,
    "axes.titlecolor": GREY,
    "axes.titlesize": 12.5,
    "axes.labelsize": 12,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": False,
    "axes.prop_cycle": cycler(
        color=["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9"],
        linestyle=["-", "--", "-.", ":", "-", "--"],
    ),
    "text.color": GREY,
    "xtick.color": GREY,
    "ytick.color": GREY,
    "xtick.labelsize": 11,
    "ytick.labelsize": 11,
    "legend.frameon": False,
    "legend.fontsize": 11,
    "font.size": 12,  # a phone shows half of it
    "lines.linewidth": 1.9,
    "lines.markersize": 5,
    "svg.hashsalt": "dlmbook",
}


def use_style() -> None:
    """Give all figures of this session the book's style; in a notebook, as sharp SVG."""
    mpl.rcParams.update(STYLE)
    try:
        from IPython.core.getipython import get_ipython
        from matplotlib_inline.backend_inline import set_matplotlib_formats
    except ImportError:
        return
    if get_ipython() is not None:
        set_matplotlib_formats("svg")


def color(name: str) -> str:
    """Color of a thing that the book draws more than once, by its name.

    Examples
    --------
    >>> color("tc")
    '#0072B2'
    """
    _known(name)
    return _COLORS[name]


def line(name: str) -> dict[str, Any]:
    """Color, dash and marker of a named series, as keywords for ``Axes.plot``.

    Examples
    --------
    >>> line("dtc")["linestyle"]
    '--'
    """
    _known(name)
    linestyle, marker = _LINES[name]
    return {"color": _COLORS[name], "linestyle": linestyle, "marker": marker}


def figure(
    height: float = 3.4, columns: int = 1, rows: int = 1, **keywords: Any
) -> tuple[Figure, Any]:
    """Make a figure of the book's width without touching pyplot's state.

    Parameters
    ----------
    height : float
        In inches.
    columns : int
        Number of panels side by side.
    rows : int
        Number of panels below each other.
    **keywords
        For ``Figure.subplots``.

    Returns
    -------
    figure : Figure
    axes : Axes, or an array of them if there are several panels
    """
    with mpl.rc_context(STYLE):
        drawing = Figure(figsize=(WIDTH, height), layout="constrained")
        FigureCanvasAgg(drawing)
        return drawing, drawing.subplots(rows, columns, **keywords)


def end_label(ax: Axes, x: ArrayLike, y: ArrayLike, text: str, name: str) -> None:
    """Write a series' name at its right end, in its color."""
    ax.annotate(
        text,
        (float(np.asarray(x)[-1]), float(np.asarray(y)[-1])),
        xytext=(6, 0),
        textcoords="offset points",
        va="center",
        color=color(name),
        annotation_clip=False,
    )


def box(ax: Axes, curve: InformationCurve) -> None:
    """Draw the information box: TC is the area under the curve, DTC the area above it."""
    edges, height = np.arange(curve.length + 1), curve.Z[-1]
    stairs = np.concatenate([curve.Z, [height]])
    ax.fill_between(edges, 0, stairs, step="post", color=color("tc"), alpha=0.35, lw=0)
    ax.fill_between(
        edges, stairs, height, step="post", facecolor="none", edgecolor=color("dtc"), hatch="//"
    )
    ax.stairs(curve.Z, edges, baseline=None, color=color("curve"), lw=2.2)
    ax.plot([0, curve.length, curve.length], [height, height, 0], color=GREY, lw=0.8)
    ax.set(xlim=(0, curve.length), ylim=(0, max(1.04 * height, 1e-9)))
    ax.set(xlabel="tokens revealed, j", ylabel="Z(j), nats")


def phases(ax: Axes, top: float = 2.0) -> None:
    """Draw what becomes of the error if fresh data fall as t^-a and samples grow as t^b.

    Parameters
    ----------
    ax : Axes
    top : float
        Largest exponent shown, above 1.
    """
    if not top > 1:
        raise ValueError(f"top must exceed 1, but is {top!r}")
    regions = {
        "recovery": ([0, 1, 1, 0], [0, 1, top, top], "truth", "", (0.42, 1.17)),
        "collapse": ([0, 1, top, top], [0, 1, 1, 0], "synthetic", "..", (1.02, 0.42)),
        "frozen": ([1, 1, top, top], [1, top, top, 1], "cosine", "//", ((1 + top) / 2, 1.3)),
    }
    for name, (x, y, key, hatch, place) in regions.items():
        ax.fill(x, y, facecolor=color(key), alpha=0.3, lw=0)
        ax.fill(x, y, facecolor="none", edgecolor=color(key), hatch=hatch, alpha=0.25, lw=0)
        ax.text(*place, name, ha="center", va="center", size=11, weight="bold", color=GREY)
    ax.plot([0, 1], [0, 1], color=GREY, lw=2.6)
    ax.text(0.47, 0.55, "stall", ha="center", va="center", rotation=45, size=11, color=GREY)
    ax.set(xlim=(0, top), ylim=(0, top), aspect="equal")
    ax.set(xlabel="a, fresh data get rarer", ylabel="b, samples grow")


def price(ax: Axes, curve: InformationCurve, breakpoints: ArrayLike) -> None:
    """Draw the path divergence of a fixed schedule: the area between the curve and the steps.

    Parameters
    ----------
    ax : Axes
    curve : InformationCurve
    breakpoints : array_like of int, shape (K,)
        Tokens revealed after each step, the last of them L.
    """
    edges, ends = np.arange(curve.length + 1), np.asarray(breakpoints)
    if ends.ndim != 1 or ends.size == 0 or ends[-1] != curve.length:
        raise ValueError(f"breakpoints must end with L = {curve.length}, but are {ends}")
    starts = np.concatenate([[0], ends[:-1]])
    known = np.repeat(curve.Z[starts], np.diff(ends, prepend=0))  # what each step works with
    ax.fill_between(
        edges,
        np.append(known, known[-1]),
        np.append(curve.Z, curve.Z[-1]),
        step="post",
        facecolor="none",
        edgecolor=color("dtc"),
        hatch="///",
        lw=0,
    )
    ax.stairs(curve.Z, edges, baseline=None, color=color("curve"), lw=2.4)
    ax.stairs(known, edges, baseline=None, color=color("tc"), ls="--", lw=2.0)
    ax.plot(starts, curve.Z[starts], "o", color=color("tc"), clip_on=False)
    ax.set(xlim=(0, curve.length), ylim=(0, max(1.08 * curve.Z[-1], 1e-9)))
    ax.set(xlabel="tokens revealed, j", ylabel="Z(j), nats")


def _known(name: str) -> None:
    if name not in _COLORS:
        raise ValueError(f"no color is named {name!r}; the names are {', '.join(_COLORS)}")
