import re

import numpy as np
import pytest

pytest.importorskip("wordfreq")

from dlmbook.explore import unmasking_film
from dlmbook.explore.film import fraction_real
from dlmbook.laws import words
from dlmbook.sampling import unmask
from dlmbook.schedules import uniform


@pytest.fixture(scope="module")
def film():
    return unmasking_film()


def test_the_film_has_few_frames_of_which_each_tells_its_own_setting(film):
    settings = list(film.settings())
    assert len(settings) == 90
    _, reading = film.frame(K=3, step=2, film=2)
    assert reading.startswith("With K = 3 (1 + 2 + 2 letters), second film: after step 2, 3 of 5")


@pytest.mark.parametrize("K", range(1, 6))
def test_the_fraction_of_real_words_agrees_with_the_exact_output_law(K):
    law = words(5)
    drawn = unmask(law.conditionals, uniform(5, K), n=4000, rng=1)
    share = np.isfinite(law.log_prob(drawn)).mean()
    assert fraction_real(K) == pytest.approx(share, abs=5 * np.sqrt(0.25 / 4000))


def test_words_uncovered_letter_by_letter_are_all_real(film):
    _, reading = film.frame(K=5, step=5, film=1)
    assert "10 of the 10 words are real" in reading
    assert reading.endswith("100.0% of the words drawn with this K are real.")


def test_a_film_stopped_later_than_its_last_step_is_finished(film):
    assert film.frame(K=2, step=5, film=1) == film.frame(K=2, step=2, film=1)


def test_rows_that_fit_a_word_never_become_more(film):
    for K in (2, 3, 4):
        readings = [film.frame(K=K, step=step, film=1)[1] for step in range(K + 1)]
        fits = [int(re.search(r"(\d+) of the 10", reading)[1]) for reading in readings]
        assert fits == sorted(fits, reverse=True)
