"""Every law against the dense law of the same pmf, and the dense law against enumeration."""

from itertools import pairwise, permutations, product
from math import gamma, prod

import dit
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from dlmbook.curve import InformationCurve
from dlmbook.laws import (
    MASK,
    DenseLaw,
    DirichletMultinomialLaw,
    IndependentLaw,
    MarkovLaw,
    MDSCode,
    ProductLaw,
    SparseLaw,
    alice,
    next_words,
    parity,
    repetition,
    spell,
    spelled,
    words,
)
from dlmbook.laws.base import Law, draw
from tests import oracles
from tests.strategies import contexts, pmfs, random_pmf

CHAIN = np.array([[0.8, 0.2, 0.0], [0.1, 0.6, 0.3], [0.0, 0.5, 0.5]])
CHAIN_START = np.array([5, 10, 6]) / 21
CYCLE = np.array([[0.0, 1.0, 0.0], [0.0, 0.0, 1.0], [1.0, 0.0, 0.0]])


def chain_pmf(start, transition, length):
    return {
        x: start[x[0]] * prod(transition[a, b] for a, b in pairwise(x))
        for x in product(range(len(start)), repeat=length)
    }


def urn_pmf(concentration, length):
    """Dirichlet-multinomial probabilities by the Gamma function."""
    total = sum(concentration)
    return {
        x: gamma(total)
        / gamma(total + length)
        * prod(gamma(a + x.count(c)) / gamma(a) for c, a in enumerate(concentration))
        for x in product(range(len(concentration)), repeat=length)
    }


def code_pmf(length, dimension, prime):
    """Values of all polynomials of low degree, by Horner's rule."""
    words = []
    for message in product(range(prime), repeat=dimension):
        word = []
        for point in range(length):
            value = 0
            for coefficient in message:
                value = (value * point + coefficient) % prime
            word.append(value)
        words.append(tuple(word))
    return dict.fromkeys(words, 1 / len(words))


def copies_pmf(block, copies):
    return {
        sum(parts, ()): prod(block[part] for part in parts)
        for parts in product(block, repeat=copies)
    }


def sums_to_zero_pmf(length, q):
    codewords = [x for x in product(range(q), repeat=length) if sum(x) % q == 0]
    return dict.fromkeys(codewords, 1 / len(codewords))


def constant_pmf(length, q):
    return {(a,) * length: 1 / q for a in range(q)}


SPARSE = {(0, 0, 1, 2): 0.2, (0, 3, 1, 2): 0.1, (3, 3, 3, 3): 0.4, (1, 2, 2, 2): 0.3}
EDGES = np.array([[0.3, 0.7, 0.0], [1.0, 0.0, 0.0], [0.2, 0.5, 0.3]])

#: Each law with its pmf, written down independently.
LAWS = {
    "independent": (
        IndependentLaw(EDGES),
        {x: prod(EDGES[i, a] for i, a in enumerate(x)) for x in product(range(3), repeat=3)},
    ),
    "one token": (IndependentLaw([[0.3, 0.7]]), {(0,): 0.3, (1,): 0.7}),
    "one value": (IndependentLaw(np.ones((3, 1))), {(0, 0, 0): 1.0}),
    "repetition": (repetition(4, 3), constant_pmf(4, 3)),
    "repetition of one": (repetition(1, 3), constant_pmf(1, 3)),
    "parity": (parity(5, 2), sums_to_zero_pmf(5, 2)),
    "parity modulo 4": (parity(3, 4), sums_to_zero_pmf(3, 4)),
    "two bits of even parity": (parity(2), sums_to_zero_pmf(2, 2)),
    "everything": (MDSCode(3, 3, 3), dict.fromkeys(product(range(3), repeat=3), 1 / 27)),
    "Reed-Solomon [4, 2]": (MDSCode(4, 2, 5), code_pmf(4, 2, 5)),
    "Reed-Solomon [5, 3]": (MDSCode(5, 3, 5), code_pmf(5, 3, 5)),
    "blocks": (ProductLaw(repetition(2, 3), 2), copies_pmf(constant_pmf(2, 3), 2)),
    "blocks of three bits": (ProductLaw(parity(3), 2), copies_pmf(sums_to_zero_pmf(3, 2), 2)),
    "blocks of a sparse law": (
        ProductLaw(SparseLaw([[0, 1], [2, 2], [0, 0]], [0.5, 0.3, 0.2], 3), 2),
        copies_pmf({(0, 1): 0.5, (2, 2): 0.3, (0, 0): 0.2}, 2),
    ),
    "Markov": (MarkovLaw(CHAIN, 5), chain_pmf(CHAIN_START, CHAIN, 5)),
    "Markov of one": (MarkovLaw(CHAIN, 1), chain_pmf(CHAIN_START, CHAIN, 1)),
    "cycle": (MarkovLaw(CYCLE, 4), chain_pmf(np.full(3, 1 / 3), CYCLE, 4)),
    "Beta-Bernoulli": (DirichletMultinomialLaw([0.5, 2.0], 6), urn_pmf([0.5, 2.0], 6)),
    "Dirichlet": (DirichletMultinomialLaw([0.3, 1.0, 1.0], 4), urn_pmf([0.3, 1.0, 1.0], 4)),
    "one category": (DirichletMultinomialLaw([2.0], 3), {(0, 0, 0): 1.0}),
    "sparse": (SparseLaw(list(SPARSE), list(SPARSE.values()), 4), SPARSE),
    "dense": (DenseLaw(random_pmf(4, 3, seed=1, zeros=0.5)), None),
}


@pytest.fixture(params=LAWS, name="case")
def _case(request):
    law, pmf = LAWS[request.param]
    pmf = oracles.as_dict(law.pmf) if pmf is None else {x: p for x, p in pmf.items() if p > 0}
    array = np.zeros((law.vocabulary,) * law.length)
    for x, p in pmf.items():
        array[x] = p
    return law, pmf, DenseLaw(array)


def blocks_of(law, tokens):
    """Pieces of the sequence whose conditionals stand alone: the blocks of a product."""
    return tokens.reshape(-1, law.block.length) if isinstance(law, ProductLaw) else tokens


def test_profile_agrees_with_enumeration(case):
    law, pmf, dense = case
    expected = oracles.averaged_entropies(pmf)
    np.testing.assert_allclose(law.profile(), expected, atol=1e-12)
    np.testing.assert_allclose(dense.profile(), expected, atol=1e-12)
    assert law.profile().dtype == np.float64
    assert law.profile()[0] == 0


def test_curve_gives_the_correlations_of_dit(case):
    law, pmf, _ = case
    curve = InformationCurve.of(law)
    if law.length == 1 or law.vocabulary == 1:  # dit knows no alphabet of one value
        assert curve.tc == pytest.approx(0, abs=1e-12)
        return
    other = dit.Distribution(list(pmf), list(pmf.values()))
    ln2 = np.log(2)
    assert curve.tc == pytest.approx(ln2 * dit.multivariate.total_correlation(other), abs=1e-9)
    assert curve.dtc == pytest.approx(
        ln2 * dit.multivariate.dual_total_correlation(other), abs=1e-9
    )


def test_conditionals_agree_with_the_dense_law_wherever_they_exist(case):
    law, _, dense = case
    tokens = contexts(law.length, law.vocabulary)
    tokens = tokens[np.isfinite(dense.log_prob(tokens))]
    got = law.conditionals(tokens)
    np.testing.assert_allclose(got, dense.conditionals(tokens), atol=1e-12)
    np.testing.assert_allclose(got.sum(axis=2), 1, atol=1e-12)
    assert got.dtype == np.float64


def test_dense_conditionals_agree_with_enumeration(case):
    law, pmf, dense = case
    tokens = contexts(law.length, law.vocabulary)[::7]
    for row, got in zip(tokens, dense.conditionals(tokens), strict=True):
        context = tuple(None if a == MASK else int(a) for a in row)
        for i, token in enumerate(context):
            if token is None:
                expected = oracles.conditional(pmf, context, i, law.vocabulary)
                np.testing.assert_allclose(got[i], expected, atol=1e-13)
            else:
                assert got[i].tolist() == np.eye(law.vocabulary)[token].tolist()


def test_impossible_contexts_give_the_marginals_of_the_block(case):
    law, _, dense = case
    tokens = contexts(law.length, law.vocabulary)
    tokens = tokens[np.isneginf(dense.log_prob(tokens))]
    unit = law.block if isinstance(law, ProductLaw) else law
    got = law.conditionals(tokens).reshape(-1, unit.length, law.vocabulary)
    pieces = blocks_of(law, tokens)
    impossible = np.isneginf(unit.log_prob(pieces))
    singles = unit.conditionals(np.full((1, unit.length), MASK))[0]
    for row, piece in zip(got[impossible], pieces[impossible], strict=True):
        hidden = piece == MASK
        np.testing.assert_allclose(row[hidden], singles[hidden], atol=1e-12)
        np.testing.assert_allclose(row[~hidden], np.eye(law.vocabulary)[piece[~hidden]])
    possible = ~impossible
    np.testing.assert_allclose(got[possible], unit.conditionals(pieces[possible]), atol=1e-12)


def test_log_probability_of_partly_masked_sequences_agrees_with_the_dense_law(case):
    law, pmf, dense = case
    tokens = contexts(law.length, law.vocabulary)
    with np.errstate(all="raise"):
        got = law.log_prob(tokens)
    np.testing.assert_allclose(np.exp(got), np.exp(dense.log_prob(tokens)), atol=1e-12)
    for row, logs in zip(tokens[::11], got[::11], strict=True):
        context = [None if a == MASK else int(a) for a in row]
        assert np.exp(logs) == pytest.approx(oracles.mass(pmf, context), abs=1e-12)


def test_support_lists_every_possible_sequence_once(case):
    law, pmf, _ = case
    tokens, probabilities = law.support()
    got = dict(zip(map(tuple, tokens.tolist()), probabilities.tolist(), strict=True))
    assert len(got) == len(tokens)
    assert got == pytest.approx(pmf, abs=1e-12)


def test_samples_have_the_law_frequencies(case):
    law, pmf, _ = case
    n = 4000
    sample = law.sample(n, rng=5)
    assert sample.shape == (n, law.length)
    assert sample.dtype == np.int64
    seen, counts = np.unique(sample, axis=0, return_counts=True)
    assert set(map(tuple, seen.tolist())) <= set(pmf)
    for x, count in zip(map(tuple, seen.tolist()), counts, strict=True):
        sigma = np.sqrt(n * pmf[x] * (1 - pmf[x]))
        assert abs(count - n * pmf[x]) <= 5 * sigma + 1e-9 + (n * pmf[x] < 1) * 4
    np.testing.assert_array_equal(sample, law.sample(n, rng=5))
    np.testing.assert_array_equal(sample, law.sample(n, rng=np.random.default_rng(5)))
    if max(pmf.values()) < 0.999:
        assert not np.array_equal(sample, law.sample(n, rng=6))


def test_chain_rule_sampling_and_log_probability_of_the_base_class_agree_too(case):
    law, pmf, dense = case
    n = 2000
    sample = Law.sample(law, n, rng=1)
    expected = np.array([pmf.get(tuple(x), 0.0) for x in sample.tolist()])
    assert expected.min() > 0
    mean = n * dense.pmf.ravel()
    counts = np.bincount(
        np.ravel_multi_index(tuple(sample.T), dense.pmf.shape), minlength=dense.pmf.size
    )
    assert np.all(np.abs(counts - mean) <= 5 * np.sqrt(np.maximum(mean, 1)))
    np.testing.assert_allclose(np.exp(Law.log_prob(law, sample)), expected, atol=1e-12)


def test_no_sequences_are_a_legal_question(case):
    law, _, _ = case
    none = np.empty((0, law.length), dtype=np.int64)
    assert law.sample(0, rng=0).shape == (0, law.length)
    assert law.conditionals(none).shape == (0, law.length, law.vocabulary)
    assert law.log_prob(none).shape == (0,)


def test_bad_tokens_are_refused_and_named(case):
    law, _, _ = case
    length, q = law.length, law.vocabulary
    good = np.zeros((2, length), dtype=int)
    for function in (law.conditionals, law.log_prob):
        for bad, complaint in [
            (good + q, rf"lie in 0..{q - 1}"),
            (good - 2, "MASK = -1"),
            (good.astype(float), "integers, but have dtype float64"),
            (good.astype(bool), "integers, but have dtype bool"),
            (np.zeros((2, length + 1), dtype=int), rf"shape \(n, {length}\)"),
            (good[0], rf"shape \(n, {length}\)"),
            (good[None], rf"shape \(n, {length}\)"),
        ]:
            with pytest.raises(ValueError, match=complaint):
                function(bad)
    for bad in (-1, 1.5, True, "3"):
        with pytest.raises(ValueError, match="n must be an integer >= 0"):
            law.sample(bad)


def test_unsigned_and_short_integers_are_tokens(case):
    law, _, _ = case
    tokens = law.sample(5, rng=0)
    for dtype in (np.uint8, np.int8, np.uint64):
        np.testing.assert_array_equal(law.log_prob(tokens.astype(dtype)), law.log_prob(tokens))


@settings(max_examples=200)
@given(pmfs(max_vocabulary=5))
def test_dense_and_sparse_profiles_of_any_pmf_agree_with_enumeration(pmf):
    expected = oracles.averaged_entropies(oracles.as_dict(pmf))
    np.testing.assert_allclose(DenseLaw(pmf).profile(), expected, atol=1e-12)
    seen = np.argwhere(pmf > 0)
    sparse = SparseLaw(seen, pmf[pmf > 0], pmf.shape[0])
    np.testing.assert_allclose(sparse.profile(), expected, atol=1e-12)


@given(pmfs(max_length=4, max_vocabulary=3))
def test_dense_and_sparse_laws_of_any_pmf_have_the_same_conditionals(pmf):
    dense = DenseLaw(pmf)
    sparse = SparseLaw(np.argwhere(pmf > 0), pmf[pmf > 0], pmf.shape[0])
    tokens = contexts(dense.length, dense.vocabulary)
    np.testing.assert_allclose(dense.conditionals(tokens), sparse.conditionals(tokens), atol=1e-12)
    np.testing.assert_allclose(
        np.exp(dense.log_prob(tokens)), np.exp(sparse.log_prob(tokens)), atol=1e-12
    )


@pytest.mark.parametrize(("length", "vocabulary"), [(9, 2), (13, 2), (5, 4), (3, 10), (2, 60)])
def test_blocked_dense_profile_agrees_with_the_sparse_one(length, vocabulary):
    pmf = random_pmf(length, vocabulary, seed=3, zeros=0.3)
    sparse = SparseLaw(np.argwhere(pmf > 0), pmf[pmf > 0], vocabulary)
    np.testing.assert_allclose(DenseLaw(pmf).profile(), sparse.profile(), atol=1e-11)


def test_a_dense_law_too_large_for_a_table_of_marginals_still_has_conditionals():
    law = DenseLaw(random_pmf(16, 2, seed=2))
    tokens = law.sample(3, rng=0)
    tokens[:, ::2] = MASK
    rows = law.conditionals(tokens)[0]
    shown = {i: tokens[0, i] for i in range(1, 16, 2)}
    slab = law.pmf[tuple(shown.get(i, slice(None)) for i in range(16))]
    assert np.exp(law.log_prob(tokens[:1]))[0] == pytest.approx(slab.sum())
    np.testing.assert_allclose(rows[0], slab.reshape(2, -1).sum(axis=1) / slab.sum(), atol=1e-12)


@pytest.mark.parametrize("seed", range(5))
def test_markov_profile_agrees_with_enumeration_of_random_chains(seed):
    rng = np.random.default_rng(seed)
    q, length = (2, 7) if seed % 2 else (3, 5)
    transition = rng.dirichlet(np.full(q, 0.4), size=q)
    law = MarkovLaw(transition, length)
    np.testing.assert_allclose(law.stationary @ transition, law.stationary, atol=1e-13)
    expected = oracles.averaged_entropies(chain_pmf(law.stationary, transition, length))
    np.testing.assert_allclose(law.profile(), expected, atol=1e-12)


def test_long_markov_profile_has_the_entropy_rate_of_the_chain():
    flip, length = 0.1, 1500
    h = MarkovLaw([[1 - flip, flip], [flip, 1 - flip]], length).profile()
    rate = -flip * np.log(flip) - (1 - flip) * np.log(1 - flip)
    assert h[-1] == pytest.approx(np.log(2) + (length - 1) * rate, rel=1e-12)
    InformationCurve(h)  # a legal profile: increasing and concave


@settings(max_examples=200)
@given(st.integers(1, 6), st.integers(0, 10**6), st.sampled_from([0.01, 0.1, 1.0]))
def test_stationary_pmf_of_any_chain_is_found_or_refused(q, seed, concentration):
    rng = np.random.default_rng(seed)
    rows = rng.dirichlet(np.full(q, concentration), size=q)
    try:
        law = MarkovLaw(rows, 3)
    except ValueError as refusal:
        assert "one stationary pmf" in str(refusal)
        return
    assert law.stationary.min() >= 0
    np.testing.assert_allclose(law.stationary @ rows, law.stationary, atol=1e-9)


def test_a_chain_with_transient_states_has_one_stationary_pmf():
    law = MarkovLaw([[0.5, 0.5, 0.0], [0.0, 0.2, 0.8], [0.0, 0.6, 0.4]], 3)
    np.testing.assert_allclose(law.stationary, [0, 3 / 7, 4 / 7], atol=1e-14)


def test_urn_is_exchangeable():
    law = DirichletMultinomialLaw([0.5, 1.5, 1.0], 3)
    for x in product(range(3), repeat=3):
        logs = law.log_prob(list(permutations(x)))
        np.testing.assert_allclose(logs, logs[0], atol=1e-12)


@pytest.mark.parametrize("length", [1000, 4096])
def test_long_codes_and_blocks_have_the_profile_of_their_formula(length):
    ln2 = np.log(2)
    assert InformationCurve.of(parity(length)).tc == pytest.approx(ln2)
    assert InformationCurve.of(repetition(length)).dtc == pytest.approx(ln2)
    pairs = InformationCurve.of(ProductLaw(repetition(2), length // 2))
    expected = np.arange(length) / (length - 1) * ln2  # Z[j]: the partner is among the j
    np.testing.assert_allclose(pairs.Z, expected, atol=1e-9)
    assert pairs.tc == pytest.approx(length / 2 * ln2)


def test_long_urn_approaches_independence_given_its_topic():
    law = DirichletMultinomialLaw([1.0, 1.0], 600)
    D = InformationCurve.of(law).D
    assert D[-1] == pytest.approx(0.5, abs=2e-3)  # mean entropy of a uniform coin: 1/2 nat


@pytest.mark.parametrize(
    ("length", "atoms", "tc", "dtc", "Z"),
    [
        (4, 26126, 4.658, 4.246, None),
        (5, 38208, 6.698, 5.698, [0, 0.600, 1.467, 2.152, 2.479]),
        (8, 38355, 13.883, 7.404, None),
    ],
)
def test_english_words_have_their_known_numbers(length, atoms, tc, dtc, Z):
    law = words(length)
    curve = InformationCurve.of(law)
    assert len(law.atoms) == atoms
    assert curve.tc == pytest.approx(tc, abs=5e-4)
    assert curve.dtc == pytest.approx(dtc, abs=5e-4)
    if Z is not None:
        np.testing.assert_allclose(curve.Z, Z, atol=5.1e-4)


def test_profile_of_frequent_words_agrees_with_enumeration():
    law = words(4, most=300)
    pmf = dict(zip(map(tuple, law.atoms.tolist()), law.weights.tolist(), strict=True))
    np.testing.assert_allclose(law.profile(), oracles.averaged_entropies(pmf), atol=1e-12)


def test_words_come_in_order_of_frequency_and_can_be_cut():
    law = words(5, most=100)
    assert law.length == 5
    assert len(law.atoms) == 100
    assert np.all(np.diff(law.weights) <= 0)
    assert spell(law.atoms[:1]) == ["about"]
    with pytest.raises(ValueError, match="no English word has 60 letters"):
        words(60)
    with pytest.raises(ValueError, match="most must be an integer >= 1"):
        words(5, most=0)
    with pytest.raises(ValueError, match="length must be an integer >= 1"):
        words(0)


def test_words_without_wordfreq_say_what_to_install(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "wordfreq", None)
    with pytest.raises(ImportError, match=r"pip install 'dlmbook\[words\]'"):
        words(5)


def test_conditionals_of_words_are_letter_frequencies():
    law = words(5)
    row = law.conditionals(spelled(["th_re"]))[0, 2]
    matches = [
        (text[2], p)
        for text, p in zip(spell(law.atoms), law.weights, strict=True)
        if text.startswith("th") and text.endswith("re")
    ]
    total = sum(p for _, p in matches)
    e = sum(p for letter, p in matches if letter == "e") / total
    assert row[4] == pytest.approx(e)


@given(st.lists(st.text("abcz_", min_size=3, max_size=3), min_size=1, max_size=5))
def test_spelling_goes_back_and_forth(texts):
    assert spell(spelled(texts)) == texts


def test_spelling_refuses_what_is_not_in_the_alphabet():
    with pytest.raises(ValueError, match="one length"):
        spelled(["ab", "abc"])
    with pytest.raises(ValueError, match="alphabet"):
        spelled(["aB"])
    for bad in ([[26]], [[-2]], [0, 1], [[0.5]]):
        with pytest.raises(ValueError, match="tokens must"):
            spell(bad)


@pytest.mark.parametrize(("length", "dimension", "prime"), [(4, 2, 5), (5, 3, 7), (6, 4, 7)])
def test_any_k_symbols_of_a_reed_solomon_code_are_uniform(length, dimension, prime):
    codewords, probabilities = MDSCode(length, dimension, prime).support()
    assert len(codewords) == prime**dimension
    np.testing.assert_allclose(probabilities, prime**-dimension)
    for columns in permutations(range(length), dimension):
        assert len({tuple(row) for row in codewords[:, columns].tolist()}) == prime**dimension


@pytest.mark.parametrize(
    ("make", "complaint"),
    [
        (lambda: DenseLaw(np.full((2, 3), 1 / 6)), r"equal axes.*\(2, 3\)"),
        (lambda: DenseLaw([0.5, 0.6]), "sum to 1"),
        (lambda: DenseLaw(1.0), "at least one entry"),
        (lambda: IndependentLaw([0.5, 0.5]), "matrix whose rows are pmfs"),
        (lambda: IndependentLaw([[0.5, 0.5], [0.5, 0.4]]), "marginals must sum to 1.*0.9"),
        (lambda: IndependentLaw(np.ones((0, 2))), "marginals must have at least one entry"),
        (lambda: SparseLaw([[0, 1], [0, 1]], [0.5, 0.5], 2), "listed twice"),
        (lambda: SparseLaw([[0, 2]], [1.0], 2), "tokens must lie in 0..1"),
        (lambda: SparseLaw([[0, MASK]], [1.0], 2), "must not hold masks"),
        (lambda: SparseLaw([[0.0, 1.0]], [1.0], 2), "integers"),
        (lambda: SparseLaw([[0, 1]], [0.5, 0.5], 2), r"weights must have shape \(1,\)"),
        (lambda: SparseLaw([[0, 1]], [0.9], 2), "weights must sum to 1"),
        (lambda: SparseLaw([0, 1], [1.0], 2), r"shape \(N, L\)"),
        (lambda: SparseLaw(np.empty((1, 0), int), [1.0], 2), r"shape \(N, L\)"),
        (lambda: SparseLaw(np.empty((0, 2), int), [], 2), "at least one entry"),
        (lambda: SparseLaw([[0, 1]], [1.0], 0), "vocabulary must be an integer >= 1"),
        (lambda: MDSCode(4, 2, 2), "prime vocabulary >= 4"),
        (lambda: MDSCode(4, 2, 6), "prime vocabulary >= 4"),
        (lambda: MDSCode(4, 2, 9), "prime vocabulary >= 4"),
        (lambda: MDSCode(6, 3, 5), "prime vocabulary >= 6"),
        (lambda: MDSCode(3, 4, 5), "dimension must be at most 3"),
        (lambda: MDSCode(3, 0, 5), "dimension must be an integer >= 1"),
        (lambda: repetition(0), "length must be an integer >= 1"),
        (lambda: repetition(3.0), "length must be an integer"),
        (lambda: parity(1), "length must be an integer >= 2"),
        (lambda: ProductLaw(repetition(2), 0), "copies must be an integer >= 1"),
        (lambda: MarkovLaw([[1.0, 0.0], [0.0, 1.0]], 3), "one stationary pmf.*reducible"),
        (lambda: MarkovLaw([[0.5, 0.5]], 3), r"square.*\(1, 2\)"),
        (lambda: MarkovLaw([[0.5, 0.4], [0.5, 0.5]], 3), "transition must sum to 1"),
        (lambda: MarkovLaw([[0.5, 0.5], [0.5, 0.5]], 0), "length must be an integer >= 1"),
        (lambda: DirichletMultinomialLaw([1.0, 0.0], 3), "positive"),
        (lambda: DirichletMultinomialLaw([1.0, np.nan], 3), "finite"),
        (lambda: DirichletMultinomialLaw([[1.0]], 3), "vector"),
        (lambda: DirichletMultinomialLaw([], 3), "vector"),
        (lambda: DirichletMultinomialLaw(["a"], 3), "real numbers"),
        (lambda: DirichletMultinomialLaw([1.0], True), "length must be an integer"),
        (lambda: MarkovLaw(CHAIN, 20).support(), "too many to enumerate"),
    ],
)
def test_malformed_laws_are_refused_and_the_fault_named(make, complaint):
    with pytest.raises(ValueError, match=complaint):
        make()


@settings(max_examples=1000)
@given(pmfs(min_length=1, max_length=3), st.data())
def test_any_malformed_tokens_are_refused(pmf, data):
    law = DenseLaw(pmf)
    n = data.draw(st.integers(1, 3))
    tokens = np.array(
        data.draw(
            st.lists(
                st.integers(MASK, law.vocabulary - 1),
                min_size=n * law.length,
                max_size=n * law.length,
            )
        )
    ).reshape(n, law.length)
    assert np.all(law.log_prob(tokens) <= 1e-12)
    bad = tokens.copy()
    value = data.draw(st.integers(-(2**40), 2**40))
    assume(not MASK <= value < law.vocabulary)
    bad.flat[data.draw(st.integers(0, bad.size - 1))] = value
    with pytest.raises(ValueError, match=f"tokens must lie in .*{value}"):
        law.conditionals(bad)
    with pytest.raises(ValueError, match="tokens must have shape"):
        law.log_prob(tokens[:, 1:])


@given(st.lists(st.floats(0, 1), min_size=1, max_size=6).filter(any), st.integers(0, 100))
def test_a_value_of_probability_zero_is_never_drawn(weights, seed):
    for dtype in (np.float64, np.float32):
        rows = np.tile(np.array(weights, dtype=dtype), (50, 1))
        if rows.any():
            drawn = draw(rows, np.random.default_rng(seed))
            assert np.all(rows[0, drawn] > 0)


class Fixed:
    """A generator that always returns the same number."""

    def __init__(self, height):
        self.height = height

    def random(self, shape, dtype):
        return np.full(shape, self.height, dtype)


def test_the_ends_of_the_unit_interval_draw_the_first_and_the_last_possible_value():
    for weights in ([0.0, 0.3, 0.7, 0.0], [0.0, 0.1, 0.2, 0.0], [0.0, 1e-20, 1.0, 0.0]):
        for dtype in (np.float64, np.float32):
            rows = np.array([weights], dtype=dtype)
            assert draw(rows, Fixed(0.0)).tolist() == [1]
            assert draw(rows, Fixed(np.nextafter(1.0, 0.0))).tolist() == [2]


@pytest.mark.parametrize("place", [0, 35, 69])
def test_long_sequences_of_a_large_vocabulary_are_told_apart(place):
    atoms = np.tile(np.random.default_rng(0).integers(1000, size=70), (40, 1))
    atoms[1:, place] = np.arange(0, 1000, 25)[1:]
    atoms[0, place] = 25
    with pytest.raises(ValueError, match="listed twice"):
        SparseLaw(atoms, np.full(40, 1 / 40), 1000)
    atoms[0, place] = 0
    law = SparseLaw(atoms, np.full(40, 1 / 40), 1000)
    np.testing.assert_allclose(law.log_prob(atoms), -np.log(40))
    context = atoms[:1].copy()
    context[0, place] = MASK
    row = law.conditionals(context)[0, place]
    np.testing.assert_allclose(row[::25], 1 / 40)
    assert np.isneginf(law.log_prob((atoms + 1) % 1000)).all()


def test_a_law_does_not_change_with_the_array_it_was_made_from():
    for make, array in [
        (DenseLaw, np.full((2, 2), 0.25)),
        (IndependentLaw, np.full((2, 2), 0.5)),
        (lambda a: MarkovLaw(a, 3), np.full((2, 2), 0.5)),
        (lambda a: DirichletMultinomialLaw(a, 3), np.ones(2)),
        (lambda a: SparseLaw([[0, 1], [1, 1]], a, 2), np.full(2, 0.5)),
    ]:
        law = make(array)
        before = law.profile()
        array[...] = 7.0
        np.testing.assert_array_equal(law.profile(), before)


def test_next_words_of_a_text_are_counted():
    followers, p = next_words(["a", "b", "a", "c", "a", "b", "d"], "a")
    assert (followers, p.tolist()) == (["b", "c"], [2 / 3, 1 / 3])


def test_a_word_that_nothing_follows_is_refused():
    with pytest.raises(ValueError, match="no word after 'd'"):
        next_words(["a", "b", "d"], "d")


def test_alice_is_whole():
    text = alice()
    assert text[:4] == ["chapter", "i", "down", "the"] and text[-3:] == ["happy", "summer", "days"]
    assert [text.count("chapter"), text.count("jabberwocky")] == [12, 0]
    assert sum(next_words(text, "said")[1]) == pytest.approx(1)
