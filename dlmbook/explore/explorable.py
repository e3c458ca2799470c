"""Figures with sliders that work with a kernel and without one.

An explorable is a function from a few slider values to a figure and one sentence,
the *reading*, which says the values and the number that matters. Whoever cannot see
the figure reads the sentence. In a live notebook the sliders are `ipywidgets` and
call the function. In a built page there is no kernel: when the environment variable
``DLMBOOK_STATIC`` is set, every combination of values is drawn beforehand and the
cell's output is plain HTML, in which native range inputs switch between the frames.

A frame is a lossless WebP, in 256 colours where that cannot be seen. Lines and bars
have few colours: the palette makes their file three times smaller than full colour
does, and than a lossy file, whose ringing shows around thin lines. A smooth colour
scale would show bands that are not in the data, so it keeps all its colours.

Every chapter declares its explorables with this module.
"""

import hashlib
import inspect
import io
import itertools
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np
from matplotlib import pyplot as plt
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image, ImageChops, ImageStat

from dlmbook.explore import page

__all__ = ["MAX_FRAMES", "Explorable", "Slider"]

MAX_FRAMES = 400
VISIBLE = 0.5  # mean error of a palette, in levels of 255, from which bands are seen


@dataclass(frozen=True)
class Slider:
    """One slider: a finite list of values with a human label.

    Parameters
    ----------
    label : str
        Text beside the slider.
    values : sequence
        Distinct values (ints, floats, strings), from left to right.
    start : optional
        Value at which the slider starts; the first one if not given.
    format : callable, optional
        From a value to the text shown for it; ``"g"`` for floats, else ``str``.

    Raises
    ------
    ValueError
        If the label or the values are empty, a value occurs twice, or `start` is not
        among them.

    Examples
    --------
    >>> Slider("Steps K", range(1, 9), start=4).texts
    ('1', '2', '3', '4', '5', '6', '7', '8')
    """

    label: str
    values: Sequence[Any]
    start: Any = None
    format: Callable[[Any], str] | None = None

    def __post_init__(self) -> None:
        """Freeze the values and check them."""
        values = tuple(self.values)
        if not self.label.strip():
            raise ValueError("a slider needs a label, got an empty one")
        if not values:
            raise ValueError(f"slider {self.label!r} needs at least one value, got none")
        if any(value in values[:i] for i, value in enumerate(values)):
            raise ValueError(f"slider {self.label!r} has a repeated value in {values}")
        object.__setattr__(self, "values", values)
        object.__setattr__(self, "start", values[0] if self.start is None else self.start)
        self.index(self.start)

    @property
    def texts(self) -> tuple[str, ...]:
        """The text shown for each value."""
        show = self.format or (lambda v: f"{v:g}" if isinstance(v, float) else str(v))
        return tuple(show(value) for value in self.values)

    def index(self, value: Any) -> int:
        """Position of a value, from 0.

        Raises
        ------
        ValueError
            If the slider has no such value.
        """
        if value not in self.values:
            raise ValueError(f"slider {self.label!r} has values {self.values}, got {value!r}")
        return self.values.index(value)


class Explorable:
    """A figure with one to three sliders.

    Parameters
    ----------
    draw : callable
        ``draw(**values)`` returns a matplotlib ``Figure`` and the reading: one sentence
        in plain Unicode with the current values and the key number. Every figure has
        the same size.
    question : str
        The question that the reader answers with the sliders, one line.
    alt : str
        What the picture shows, whatever the values; each frame's text alternative is
        this followed by the frame's reading.
    finding : str
        What one finds by moving the sliders, told in words.
    **sliders : Slider
        One to three sliders, named like the parameters of `draw`.

    Raises
    ------
    ValueError
        If a text is empty, there is no slider or more than three, `draw` does not take
        their names, or there are more than `MAX_FRAMES` combinations.

    Examples
    --------
    >>> def draw(K):
    ...     figure = Figure(figsize=(7, 3))
    ...     figure.add_subplot().plot([0, 1], [0, K])
    ...     return figure, f"With K = {K} the line ends at {K}."
    >>> lines = Explorable(
    ...     draw,
    ...     question="Where does the line end?",
    ...     alt="A line from the origin.",
    ...     finding="The line ends at K.",
    ...     K=Slider("Height K", [1, 2, 3], start=2),
    ... )
    >>> webp, reading = lines.frame(K=3)
    >>> reading
    'With K = 3 the line ends at 3.'
    """

    def __init__(
        self,
        draw: Callable[..., tuple[Figure, str]],
        *,
        question: str,
        alt: str,
        finding: str,
        **sliders: Slider,
    ) -> None:
        self.draw = draw
        self.question = question
        self.alt = alt
        self.finding = finding
        self.sliders = sliders
        self._frames: dict[tuple[int, ...], tuple[bytes, str]] = {}
        self._check()

    def _check(self) -> None:
        for name in ("question", "alt", "finding"):
            if not getattr(self, name).strip():
                raise ValueError(f"an explorable needs a {name}, got an empty one")
        if not 1 <= len(self.sliders) <= 3:
            raise ValueError(f"expected one to three sliders, got {len(self.sliders)}")
        try:
            inspect.signature(self.draw).bind(**self.start)
        except TypeError as error:
            raise ValueError(f"draw must take {list(self.sliders)}: {error}") from error
        count = prod(len(slider.values) for slider in self.sliders.values())
        if count > MAX_FRAMES:
            raise ValueError(f"expected at most {MAX_FRAMES} frames, got {count}")

    @property
    def start(self) -> dict[str, Any]:
        """The values at which the sliders start."""
        return {name: slider.start for name, slider in self.sliders.items()}

    def settings(self) -> Iterator[dict[str, Any]]:
        """Every combination of values, the last slider moving fastest."""
        values = (slider.values for slider in self.sliders.values())
        for combination in itertools.product(*values):
            yield dict(zip(self.sliders, combination, strict=True))

    def frame(self, **values: Any) -> tuple[bytes, str]:
        """Draw one frame, or take it from those drawn already.

        Parameters
        ----------
        **values
            One value for each slider.

        Returns
        -------
        webp : bytes
            The picture, an image file.
        reading : str
            The sentence that `draw` gave for it.

        Raises
        ------
        ValueError
            If `values` do not fit the sliders, or `draw` does not return a figure and a
            sentence.
        """
        if values.keys() != self.sliders.keys():
            raise ValueError(f"expected {list(self.sliders)}, got {list(values)}")
        key = tuple(slider.index(values[name]) for name, slider in self.sliders.items())
        if key not in self._frames:
            self._frames[key] = _render(self.draw(**values))
        return self._frames[key]

    def html(self) -> str:
        """All frames as one self-contained piece of HTML, which needs no kernel.

        Raises
        ------
        ValueError
            If the frames differ in size, or as for `frame`.
        """
        drawn = [self.frame(**values) for values in self.settings()]
        sizes = {page.size(webp) for webp, _ in drawn}
        if len(sizes) > 1:
            raise ValueError(f"expected frames of one size, got {sorted(sizes)}")
        name = "explorable-" + _digest(self.question, *(reading for _, reading in drawn))
        return page.figure(
            page.question(self.question),
            page.controls(
                {
                    f"{name}-{key}": (slider.label, slider.texts, slider.index(slider.start))
                    for key, slider in self.sliders.items()
                }
            ),
            self._picture(self.start),
            page.words(self.finding),
            page.frames(drawn),
        )

    def widget(self) -> Any:
        """Build live sliders over the figure, an ``ipywidgets.VBox``; needs a kernel."""
        import ipywidgets

        # Dragging cannot queue up: the front end holds back all but the newest value
        # until the kernel has answered.
        sliders = {
            name: ipywidgets.SelectionSlider(
                options=list(zip(slider.texts, slider.values, strict=True)),
                value=slider.start,
                description=slider.label,
                style={"description_width": "initial"},
                layout={"width": "auto", "max_width": "42rem"},
            )
            for name, slider in self.sliders.items()
        }
        picture = ipywidgets.HTML()

        def show(_change: object = None) -> None:
            values = {name: slider.value for name, slider in sliders.items()}
            picture.value = page.figure(self._picture(values))

        for slider in sliders.values():
            slider.observe(show, names="value")
        show()
        question = ipywidgets.HTML(page.figure(page.question(self.question)))
        words = ipywidgets.HTML(page.figure(page.words(self.finding)))
        return ipywidgets.VBox([question, *sliders.values(), picture, words])

    def _repr_mimebundle_(self, **_kwargs: object) -> dict[str, Any]:
        """Frames in a book build; live sliders and a still picture elsewhere."""
        plain = f"{self.question} {self.frame(**self.start)[1]}"
        if os.environ.get("DLMBOOK_STATIC"):
            return {"text/plain": plain, "text/html": self.html()}
        still = page.figure(
            page.question(self.question), self._picture(self.start), page.words(self.finding)
        )
        live = self.widget()._repr_mimebundle_()
        return {**live, "text/plain": plain, "text/html": still}

    def _picture(self, values: dict[str, Any]) -> str:
        return page.picture(self.frame(**values)[0], self.alt, self.frame(**values)[1])


def _render(drawn: Any) -> tuple[bytes, str]:
    match drawn:
        case (Figure() as figure, str(reading)) if reading.strip():
            plt.close(figure)
            return _webp(figure), reading
    raise ValueError(f"draw must return a Figure and a sentence, got {drawn!r}")


def _webp(figure: Figure) -> bytes:
    for patch in (figure.patch, *(axes.patch for axes in figure.axes)):
        patch.set_alpha(0)
    figure.set_dpi(page.DPI)
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    image = Image.fromarray(np.asarray(canvas.buffer_rgba()))  # (height, width, 4)
    palette = image.quantize(256, method=Image.Quantize.FASTOCTREE).convert("RGBA")
    error = np.mean(ImageStat.Stat(ImageChops.difference(image, palette)).mean)
    chosen = palette if error < VISIBLE else image
    file = io.BytesIO()
    chosen.save(file, "WEBP", lossless=True, quality=50, method=2)
    return file.getvalue()


def _digest(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:10]
