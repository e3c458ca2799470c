"""The unmasking film: words of five letters, uncovered a few letters at a time.

A perfect denoiser, that of all English words, fills in the blanks; only the number of steps K is
ours. Every letter is drawn from its exact conditional law, so each mistake on the screen is made
by drawing several letters in one step. The film marks a mistake when it happens: at the first step
after which no word fits the letters that are shown.

Chapter 3 shows it.
"""

from functools import cache

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch

from dlmbook import plots
from dlmbook.explore.explorable import Explorable, Slider
from dlmbook.laws import MASK, SparseLaw, spell, words
from dlmbook.laws.base import Tokens
from dlmbook.sampling import output_prob, unmask
from dlmbook.schedules import FixedSchedule, uniform

__all__ = ["fraction_real", "unmasking_film"]

LENGTH = 5
SHOWN = 10  # words in a film, in two columns
ORDINAL = {1: "first", 2: "second", 3: "third"}
#: Seeds of films in which as many words are real as is typical, for every K: with ten words, most
#: seeds are better or worse than typical for some K.
SEEDS = {1: 19, 2: 11, 3: 59}


def unmasking_film() -> Explorable:
    """Watch ten words of five letters being uncovered in K = 1 to 5 steps.

    Returns
    -------
    Explorable
        Sliders: number of steps K, the step after which the film is stopped, and which of three
        films; 90 frames.
    """
    return Explorable(
        _draw,
        question="How many letters can be drawn at once before the words stop being words?",
        alt=(
            "Ten words of five letters in two columns, some letters still hidden. Letters that "
            "have just appeared are bold, blue and in a thick frame. A check mark follows a "
            "finished real word; a cross follows letters that fit no word."
        ),
        finding=(
            "One letter at a time (K = 5) every word is real. All five at once (K = 1) about one "
            "in twenty is. Crosses appear only in steps that reveal two or more letters together, "
            "never in a step that reveals one, and once a word has its cross it keeps it: the "
            "sampler has no way to take a letter back."
        ),
        K=Slider("Steps K", range(1, LENGTH + 1), start=3),
        step=Slider("Stop after step", range(LENGTH + 1), start=2),
        film=Slider("Film", range(1, 4)),
    )


@cache
def fraction_real(K: int) -> float:
    """Probability that a word drawn in K steps of nearly equal size is real, exactly.

    Examples
    --------
    >>> round(fraction_real(5), 9)
    1.0
    """
    return float(output_prob(_law(), uniform(LENGTH, K), _law().atoms).sum())


@cache
def _law() -> SparseLaw:
    return words(LENGTH)


@cache
def _run(K: int, film: int) -> tuple[Tokens, Tokens]:
    """Ten words and the step at which each letter appears, (10, 5) each."""
    tokens, appears = unmask(
        _law().conditionals, uniform(LENGTH, K), SHOWN, rng=SEEDS[film], trace=True
    )
    return tokens, appears + 1


def _possible(tokens: Tokens) -> np.ndarray:
    """Whether some word has the letters that are shown."""
    return np.isfinite(_law().log_prob(tokens))


def _draw(K: int, step: int, film: int) -> tuple[Figure, str]:
    step = min(step, K)
    words_drawn, appears = _run(K, film)
    tokens = np.where(appears <= step, words_drawn, MASK)
    possible = _possible(tokens)
    figure, ax = plots.figure(height=3.3)
    for row, text in enumerate(spell(tokens)):
        x, y = (0.0, 7.6)[row // 5], -(row % 5) * 1.18
        for place, letter in enumerate(text):
            _letter(ax, x + place * 1.08, y, letter, is_new=appears[row, place] == step)
        if not possible[row]:
            _mark(ax, x + 5.35, y, "✗", "dtc")
        elif step == K:
            _mark(ax, x + 5.35, y, "✓", "truth")
    ax.set(xlim=(-0.6, 13.4), ylim=(-5.25, 0.55), aspect="equal")
    ax.axis("off")
    return figure, _reading(K, step, film, int(possible.sum()))


def _letter(ax: Axes, x: float, y: float, letter: str, is_new: bool) -> None:
    ink = plots.color("tc" if is_new else "neutral")
    ax.add_patch(
        FancyBboxPatch(
            (x - 0.42, y - 0.42),
            0.84,
            0.84,
            boxstyle="round,pad=0,rounding_size=0.12",
            facecolor="none",
            edgecolor=ink,
            linewidth=2.6 if is_new else 0.8,
        )
    )
    weight = "bold" if is_new else "normal"
    ax.text(x, y - 0.04, letter, ha="center", va="center", color=ink, size=17, weight=weight)


def _mark(ax: Axes, x: float, y: float, mark: str, name: str) -> None:
    ax.text(x, y - 0.04, mark, ha="center", va="center", color=plots.color(name), size=19)


def _reading(K: int, step: int, film: int, possible: int) -> str:
    schedule: FixedSchedule = uniform(LENGTH, K)
    sizes = " + ".join(map(str, schedule.sizes))
    letters = sum(schedule.sizes[:step])
    if step == K:
        now = f"finished, {possible} of the {SHOWN} words {'is' if possible == 1 else 'are'} real"
    else:
        now = f"after step {step}, {letters} of 5 letters are shown"
        now += f", and {possible} of the {SHOWN} rows still fit a real word"
    plan = f"K = {K} ({sizes} letters)" if K > 1 else "K = 1 (5 letters at once)"
    return (
        f"With {plan}, {ORDINAL[film]} film: {now}. "
        f"In the long run {fraction_real(K):.1%} of the words drawn with this K are real."
    )
