"""Chapter 10's experiment, much reduced, and what its stored result must satisfy."""

import json
from collections import Counter

import numpy as np
import pytest

from dlmbook.experiments import load
from dlmbook.experiments._likeness import Reference, known_words, trigram_distance, trigrams
from dlmbook.experiments._watching import listed, thin
from dlmbook.experiments.trained import FULL, LOOKS, run
from dlmbook.laws import windows

STORED = load("trained")


@pytest.fixture(scope="module")
def reduced():
    return run(five=30, eight=(4,), weights=4, text=4, most=40, heldout=24, texts=8)


def test_the_reduced_run_has_all_that_the_stored_one_has(reduced):
    assert shape(reduced) == shape(STORED | {"eight": STORED["eight"][:1]})
    assert json.loads(json.dumps(reduced)) == reduced


def shape(value):
    """Names, whatever the numbers."""
    if isinstance(value, dict):
        return {key: shape(item) for key, item in value.items() if key != "samples"}
    return None


def test_the_reduced_run_repeats_itself_and_learns(reduced):
    again = run(five=30, eight=(4,), weights=4, text=4, most=40, heldout=24, texts=8)
    for result in (again, reduced):
        for part in (result["five"], result["prose"], *result["eight"]):
            part.pop("seconds")
        for part in result["weights"].values():
            part.pop("seconds")
    assert again == reduced
    losses = [loss for _, loss in reduced["five"]["training"]]
    assert np.mean(losses[-5:]) < np.mean(losses[:5])


def test_the_stored_losses_lie_above_the_floor_and_fall_with_training():
    for part in (STORED["five"], *STORED["eight"]):
        D = np.array(part["D"])
        for look in part["looks"]:
            assert np.all(np.array(look["loss"]) > D - 4 * np.array(look["error"]))
        means = [np.mean(look["loss"]) for look in part["looks"]]
        assert means[-1] < means[0] - 0.5
        assert len(part["looks"]) == len(LOOKS) + 1
    exact, estimated = STORED["five"]["excess"], STORED["five"]["looks"][-1]
    off = np.array(estimated["loss"]) - STORED["five"]["D"] - np.array(exact)
    assert np.all(np.abs(off) < 5 * np.array(estimated["error"]) + 1e-4)


def test_the_stored_estimate_is_that_of_the_model_and_not_of_the_law():
    part = STORED["five"]
    loss = np.array(part["D"]) + np.array(part["excess"])
    off = (np.array(part["estimate"]["Z"]) - (loss[0] - loss))[1:]
    assert np.all(np.abs(off) < 4.5 * np.array(part["estimate"]["error"])[1:])


def test_the_stored_network_that_was_trained_for_two_calls_is_the_best_at_them():
    excess = {name: np.array(part["excess"]) for name, part in STORED["weights"].items()}
    two = {name: 2 * e[0] + 3 * e[2] for name, e in excess.items()}
    assert min(two, key=two.get) == "two calls"
    last = {name: e[-1] for name, e in excess.items()}
    assert min(last, key=last.get) == "15% masked"


def test_more_calls_cost_the_stored_network_of_running_text_less():
    rows = {(row["way"], row["K"]): row for row in STORED["prose"]["quality"]}
    walks = [rows["uniform", K]["walk"][0] for K in (1, 4, 16)]
    assert walks[0] > walks[1] > walks[2]
    losses = [rows["uniform", K]["reference"][0] for K in (1, 4, 16)]
    assert losses[0] > losses[1] > losses[2] > STORED["prose"]["real"]["reference"][0]


def test_the_books_run_is_the_stored_one():
    assert STORED["five"]["steps"] == FULL["five"]
    assert [part["steps"] for part in STORED["eight"]] == list(FULL["eight"])
    assert STORED["prose"]["steps"] == FULL["text"]


# The statistics of running text --------------------------------------------------------------


def test_the_reference_model_is_a_pmf_and_knows_its_text():
    model = Reference(["the cat and the dog and the cow"], order=4)
    for context in ("", "t", "th", "the", " th", "xyz", "qqq"):
        total = sum(model.probability(context, a) for a in "abcdefghijklmnopqrstuvwxyz ")
        assert total == pytest.approx(1)
    seen, strange = model.charges(["the cat", "qqxxzzq"])
    assert seen < 1.5 < strange


def test_the_reference_model_mixes_as_witten_and_bell_do():
    model, counts = Reference(["abac"], order=2), Counter("abac")
    single = (counts["b"] + 3 / 27) / (4 + 3)
    assert model.probability("", "b") == pytest.approx(single)
    assert model.probability("a", "b") == pytest.approx((1 + 2 * single) / (2 + 2))


def test_words_at_the_edges_are_not_judged():
    share, error = known_words(["xx the cat yy", "a the dgo b", "nothing"], {"the", "cat"})
    assert share == pytest.approx(3 / 4)
    assert error > 0


def test_trigrams_are_counted_and_compared():
    tokens = windows(["abcabcabc", "abcabcabc"], 9)
    assert np.sort(trigrams(tokens))[-3:] == pytest.approx([2 / 7, 2 / 7, 3 / 7])
    distance, error = trigram_distance(tokens, trigrams(tokens))
    assert distance == 0 == error
    other, _ = trigram_distance(windows(["xyzxyzxyz", "xyzxyzxyz"], 9), trigrams(tokens))
    assert other == pytest.approx(1)


def test_results_become_plain_numbers():
    value = {"a": np.array([1 / 3]), 2: (np.int64(4), None, "x")}
    assert listed(value) == {"a": [0.333333], "2": [4, None, "x"]}
    assert thin(np.arange(6.0), points=3) == [(2, 0.5), (4, 2.5), (6, 4.5)]
