"""The explorable of *Collapse*: which words are left when models read what models wrote."""

from __future__ import annotations

from functools import cache

import numpy as np
from matplotlib.figure import Figure

from dlmbook import plots
from dlmbook.contamination import expected_sum, simulate
from dlmbook.explore.explorable import Explorable, Slider
from dlmbook.information import Array
from dlmbook.laws import alice, next_words

SIZES = (20, 50, 100, 200, 462)
TIMES = (0, 1, 3, 10, 30, 100, 300, 1000)
RUNS = ("first", "second")
SHOWN = 7


def drift() -> Explorable:
    """Words after *said* in a closed loop: one run's shares, and the exact mean number left.

    Returns
    -------
    Explorable
        Sliders ``n``, ``t`` and ``run``: samples in each generation, the generation, and which of
        two runs is shown.
    """
    return Explorable(
        _draw,
        question="Is any of these n so large that most of the 56 words are there at t = 10?",
        alt="Left, shares of the seven commonest words of the model as bars, the book's shares as "
        "open circles. Right, words left against generation t + 1 on log axes: the exact mean "
        "as a line, the run as a dashed line, the present generation as a dot.",
        finding="No sample size in the list keeps most of the 56 words for ten generations: with "
        "462 samples, as many as the book has, fifteen are left on average, with 20 samples two "
        "or three. A larger sample delays the loss, in the long run in proportion: with 200 "
        "samples about as many words are left after 100 generations as with 20 samples after 10. "
        "It does not change the end: with up to 200 samples each of the two runs has one word "
        "left at generation 1000, and it need not be the same word in both runs.",
        n=Slider("Samples n in each generation", SIZES, start=100),
        t=Slider("Generation t", TIMES, start=10),
        run=Slider("Run", RUNS),
    )


@cache
def _book() -> tuple[list[str], Array]:
    return next_words(alice(), "said")


@cache
def _expected(n: int) -> Array:
    """Exact mean number of words left, generation by generation."""
    return expected_sum(np.sign, _book()[1], 0, n, TIMES[-1])


@cache
def _runs(n: int) -> Array:
    """Shares in two runs, (T + 1, 2, K)."""
    (band,) = simulate(
        _book()[1], 0, n, TIMES[-1], watch=[_shares], repeats=2, keep=True, rng=8 * n
    )
    assert band.values is not None
    return band.values


def _shares(estimates: Array, p: Array) -> Array:
    return estimates


def _draw(n: int, t: int, run: str) -> tuple[Figure, str]:
    words, truth = _book()
    shares = _runs(n)[:, RUNS.index(run)]
    left = np.count_nonzero(shares, axis=1)
    expected = _expected(n)
    common = np.argsort(-shares[t], kind="stable")[:SHOWN]
    fig, (bars, curve) = plots.figure(height=3.5, columns=2)
    place = np.arange(SHOWN)[::-1]
    bars.barh(place, shares[t, common], color=plots.color("synthetic"), label="model")
    bars.plot(truth[common], place, "o", mfc="none", color=plots.color("truth"), label="book")
    bars.set_yticks(place, [words[k] for k in common])
    bars.set(xlim=(0, 1.02), xlabel="share", title=f"{run} run, t = {t}")
    x = np.arange(len(left)) + 1
    curve.plot(x, expected, color=plots.color("truth"), label="exact mean")
    curve.plot(x, left, color=plots.color("synthetic"), ls="--", lw=1.4, label="run")
    curve.plot([t + 1], [left[t]], "s", ms=8, color=plots.color("synthetic"))
    curve.set(xscale="log", yscale="log", ylim=(0.9, 70), title=f"n = {n}")
    curve.set(xlabel="generation t + 1", ylabel="words left")
    curve.set_yticks([1, 2, 5, 10, 20, 50], ["1", "2", "5", "10", "20", "50"])
    curve.minorticks_off()
    (bar, book), (names, more) = bars.get_legend_handles_labels(), curve.get_legend_handles_labels()
    fig.legend([*bar, *names], [*book, *more], loc="outside lower center", ncols=4)
    count = "1 word is" if left[t] == 1 else f"{left[t]} words are"
    reading = (
        f"With n = {n} samples, in generation {t} of the {run} run {count} left; the exact mean is "
        f"{expected[t]:.2f}. The commonest is {words[common[0]]}, with a share of "
        f"{shares[t, common[0]]:.3f}, in the book {truth[common[0]]:.3f}."
    )
    return fig, reading
