"""Running text: what is kept of it, and that no held-out text was trained on."""

from itertools import pairwise

import numpy as np
import pytest

from dlmbook.laws import SYMBOLS, digest, letters_only, manual, prose, spell, windows
from dlmbook.laws.prose import split


def test_only_letters_and_single_spaces_are_kept():
    assert letters_only("  x = 3 + Y_2\n\n(see “PEP 8”)") == "x y see pep"
    whole = " ".join(manual().values())
    assert set(whole) == set(SYMBOLS)
    assert "  " not in whole
    assert len(whole) > 200_000


def test_topics_come_from_the_longest_on_and_no_paragraph_is_in_two_of_them():
    from pydoc_data.topics import topics

    names = list(manual())
    assert all(len(topics[a]) >= len(topics[b]) for a, b in pairwise(names))
    seen = set()
    for name in names:
        paragraphs = {p for p in map(letters_only, topics[name].split("\n\n")) if len(p) > 200}
        new = {p for p in paragraphs if p not in seen}
        assert all(p in manual()[name] for p in sorted(new)[:3])
        assert not any(p in manual()[name] for p in sorted(paragraphs - new)[:3])
        seen |= paragraphs


@pytest.mark.parametrize("length", [32, 64])
def test_no_held_out_sequence_occurs_in_the_text_that_is_trained_on(length):
    kept, tested = split(manual(), 0.2)
    assert not set(kept) & set(tested)
    trained = {t[i : i + length] for t in kept.values() for i in range(len(t) - length + 1)}
    train, test = prose(length)
    found = [text in trained for text in spell(test, SYMBOLS)]
    assert np.mean(found) < 0.01  # a stock phrase may stand in two paragraphs
    assert 0.1 < len(test) / (len(train) + len(test)) < 0.3


def test_the_split_does_not_depend_on_the_length_and_keeps_its_share():
    for share in (0.1, 0.3, 0.5):
        kept, tested = (sum(map(len, side.values())) for side in split(manual(), share))
        assert tested / (kept + tested) == pytest.approx(share, abs=0.05)


def test_windows_cut_without_overlap_or_with_a_stride():
    assert spell(windows(["abcdefg"], 3), SYMBOLS) == ["abc", "def"]
    assert spell(windows(["abcde"], 3, stride=1), SYMBOLS) == ["abc", "bcd", "cde"]
    assert windows(["ab"], 3).shape == (0, 3)
    assert len(prose(32, stride=8)[0]) > 3 * len(prose(32)[0])
    np.testing.assert_array_equal(prose(32, stride=8)[1], prose(32)[1])


def test_a_digest_tells_texts_apart_and_repeats():
    train, test = prose(32)
    assert digest(train, test) == digest(*prose(32))
    assert digest(train, test) != digest(test, train) != digest(*prose(64))
    assert digest(train.astype(np.int8)) == digest(train)
    assert digest(np.zeros((2, 3), int)) != digest(np.zeros((3, 2), int))


@pytest.mark.parametrize(
    ("call", "complaint"),
    [
        (lambda: windows("abc", 2), "list of strings"),
        (lambda: windows(["abc"], 0), "length must be an integer >= 1"),
        (lambda: windows(["abc"], 2, 0), "stride must be an integer >= 1"),
        (lambda: windows(["A b"], 2), "use the alphabet"),
        (lambda: prose(32, heldout=0), "share between 0 and 1"),
        (lambda: prose(32, heldout=1.0), "share between 0 and 1"),
    ],
)
def test_what_cannot_be_cut_is_refused(call, complaint):
    with pytest.raises(ValueError, match=complaint):
        call()
