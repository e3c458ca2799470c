"""Rules that look, and the exact law of what they produce, against plain enumeration.

The oracle knows rational laws only. It keeps a dictionary of partly masked sequences, breaks ties
by averaging over all orders of the positions, and compares probabilities as fractions.
"""

from fractions import Fraction
from itertools import combinations, permutations, product
from math import inf, log, nan

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dlmbook.laws import (
    MASK,
    DenseLaw,
    DirichletMultinomialLaw,
    IndependentLaw,
    MarkovLaw,
    MDSCode,
    ProductLaw,
    SparseLaw,
    parity,
    repetition,
    words,
)
from dlmbook.sampling import (
    ConfidenceThreshold,
    EntropyBound,
    Rule,
    TopConfidence,
    expected_steps,
    output_kl,
    output_law,
    output_prob,
    path_kl,
    path_steps,
    unmask,
)
from dlmbook.schedules import FixedSchedule, MixtureSchedule, uniform
from tests import oracles
from tests.strategies import random_pmf

# the oracle --------------------------------------------------------------------------------


def surprise(pmf):
    """Entropy in nats, as a sum of sorted terms, so that permuted pmfs have equal ones."""
    return round(sum(-float(p) * log(p) for p in sorted(pmf) if p > 0), 10)


def top(sizes):
    """The s_k most confident positions: fixed numbers, of a schedule with these sizes."""

    def number(pmfs, revealed):
        return next(n for n in np.cumsum(sizes) if n > revealed) - revealed

    return (lambda pmf: -max(pmf)), number


def threshold(tau):
    def number(pmfs, revealed):
        return max(1, sum(max(pmf) >= tau for pmf in pmfs))

    return (lambda pmf: -max(pmf)), number


def bound(gamma):
    def number(pmfs, revealed):
        entropies = sorted(map(surprise, pmfs))
        return max(
            m
            for m in range(1, len(pmfs) + 1)
            if m == 1 or sum(entropies[:m]) - max(entropies[:m]) <= gamma + 1e-9
        )

    return surprise, number


def simulate(law, vocabulary, price, number):
    """Output law and mean number of steps, by the probability of every partly masked sequence."""
    length = len(next(iter(law)))
    conditional = oracles.exact_denoiser(law, vocabulary)
    state, mean = {(None,) * length: Fraction(1)}, Fraction(0)
    while any(None in context for context in state):
        after = {}
        for context, probability in state.items():
            hidden = [i for i in range(length) if context[i] is None]
            if not hidden:
                after[context] = after.get(context, 0) + probability
                continue
            mean += probability
            pmf = {i: conditional(context, i) for i in hidden}
            count = int(number(list(pmf.values()), length - len(hidden)))
            orders = list(permutations(hidden))
            for order in orders:
                block = sorted(order, key=lambda i: price(pmf[i]))[:count]
                for values in product(range(vocabulary), repeat=count):
                    path = probability / len(orders)
                    child = list(context)
                    for i, a in zip(block, values, strict=True):
                        path *= pmf[i][a]
                        child[i] = a
                    if path:
                        after[tuple(child)] = after.get(tuple(child), 0) + path
        state = after
    return state, mean


def rational(weights, length, vocabulary):
    """A law of fractions as a dictionary, and as the package's."""
    weights = [int(w) for w in weights]
    law = {
        x: Fraction(w, sum(weights))
        for x, w in zip(product(range(vocabulary), repeat=length), weights, strict=True)
        if w
    }
    pmf = np.array(weights, dtype=float).reshape((vocabulary,) * length) / sum(weights)
    return law, DenseLaw(pmf)


def cases(length):
    """Each rule beside its oracle."""
    yield from (
        (TopConfidence(FixedSchedule(sizes)), top(sizes))
        for sizes in oracles.all_compositions(length)
    )
    for tau in (Fraction(0), Fraction(1, 2), Fraction(2, 3), Fraction(4, 5), Fraction(1)):
        yield ConfidenceThreshold(length, float(tau)), threshold(tau)
    for gamma in (0.0, 0.5, log(2), 1.0, 2 * log(2), log(3), inf):
        yield EntropyBound(length, gamma), bound(gamma)


def agree(law, table, vocabulary, rule, oracle):
    expected, steps = simulate(table, vocabulary, *oracle)
    got = output_law(law, rule).pmf
    for x in np.ndindex(got.shape):
        assert got[x] == pytest.approx(float(expected.get(x, 0)), abs=1e-12)
    assert expected_steps(law, rule) == pytest.approx(float(steps), abs=1e-12)
    assert output_kl(law, rule) == pytest.approx(
        float(sum(p * log(p / expected[x]) for x, p in table.items())), abs=1e-11
    )


# exact laws --------------------------------------------------------------------------------

#: Laws with many ties, or with contexts that a sampler reaches though they are impossible.
TABLES = {
    "two letters, small weights": (3, 2, [1, 2, 0, 1, 2, 0, 1, 1]),
    "one sequence in two": (3, 2, [1, 0, 0, 1, 0, 1, 1, 0]),
    "equal corners": (3, 2, [1, 0, 0, 0, 0, 0, 0, 1]),
    "skewed corners": (3, 2, [3, 0, 0, 1, 0, 1, 0, 3]),
    "uniform": (3, 2, [1] * 8),
    "no ties": (3, 2, [7, 1, 5, 2, 11, 3, 0, 13]),
    "a permutation": (3, 3, [int(len(set(x)) == 3) for x in product(range(3), repeat=3)]),
    "three letters, few": (3, 3, [1 if k in (0, 5, 16, 21) else 0 for k in range(27)]),
    "three letters, many": (3, 3, [(k * k + 3 * k) % 5 for k in range(27)]),
    "two tokens": (2, 3, [2, 0, 1, 1, 1, 0, 0, 1, 2]),
    "one token": (1, 3, [1, 0, 3]),
    "one value": (3, 1, [1]),
}


@pytest.mark.parametrize("name", TABLES)
def test_output_law_and_steps_agree_with_enumeration(name):
    length, vocabulary, weights = TABLES[name]
    table, law = rational(weights, length, vocabulary)
    for rule, oracle in cases(length):
        agree(law, table, vocabulary, rule, oracle)


@settings(max_examples=40)
@given(st.lists(st.integers(0, 3), min_size=8, max_size=8).filter(any), st.integers(0, 15))
def test_output_law_of_random_laws_with_ties_agrees_with_enumeration(weights, which):
    table, law = rational(weights, 3, 2)
    rule, oracle = list(cases(3))[which]
    agree(law, table, 2, rule, oracle)


def test_output_law_of_four_tokens_agrees_with_enumeration():
    rng = np.random.default_rng(0)
    table, law = rational(rng.integers(0, 4, 16), 4, 2)
    for rule, oracle in list(cases(4))[::2]:
        agree(law, table, 2, rule, oracle)


def test_a_tie_for_the_last_places_is_broken_uniformly():
    """The first of four tokens is surest; which of the equal others joins it is drawn."""
    pmf = np.zeros((2, 2, 2, 2))
    pmf[0, 0, 0, 0], pmf[0, 1, 1, 1], pmf[1, 0, 1, 0], pmf[1, 1, 0, 1] = 0.4, 0.4, 0.1, 0.1
    law, rule = DenseLaw(pmf), TopConfidence(FixedSchedule((2, 2)))
    # Token 0 is 0 with probability 0.8 and the others are fair; the second step is certain,
    # unless the first token says 1, when token 1 or 3 settles all and token 2 does too.
    np.testing.assert_allclose(output_law(law, rule).pmf, pmf, atol=1e-15)
    _, step = unmask(law.conditionals, rule, 3000, rng=0, trace=True)
    assert np.all(step[:, 0] == 0)
    joined = (step[:, 1:] == 0).sum(axis=0)
    assert joined.sum() == 3000
    assert np.all(np.abs(joined - 1000) < 5 * np.sqrt(3000 * 2 / 9))


@pytest.mark.parametrize("seed", range(4))
def test_rounding_errors_do_not_break_ties(seed):
    """Relabelled and permuted copies of an exchangeable law keep its symmetry."""
    law = DirichletMultinomialLaw([0.3, 0.3, 0.3], 4)
    noise = np.random.default_rng(seed).normal(size=(3,) * 4) * 1e-15
    pmf = DenseLaw.of(law).pmf * (1 + noise)
    for rule in (TopConfidence(uniform(4, 2)), EntropyBound(4, 1.5), ConfidenceThreshold(4, 0.6)):
        output = output_law(DenseLaw(pmf / pmf.sum()), rule).pmf
        for axes in permutations(range(4)):
            np.testing.assert_allclose(output.transpose(axes), output, atol=1e-12)
        np.testing.assert_allclose(output, output_law(law, rule).pmf, atol=1e-12)


@pytest.mark.parametrize(
    "law",
    [
        repetition(3, 3),
        parity(4),
        MDSCode(3, 2, 3),
        MarkovLaw([[0.9, 0.1], [0.3, 0.7]], 4),
        MarkovLaw([[0.0, 1.0], [0.5, 0.5]], 4),
        SparseLaw([[0, 1, 2], [1, 1, 1], [2, 0, 2]], [0.2, 0.5, 0.3], 3),
        IndependentLaw([[0.3, 0.7], [1.0, 0.0]]),
    ],
    ids=lambda law: type(law).__name__,
)
def test_output_law_of_a_structured_law_is_that_of_its_dense_law(law):
    dense = DenseLaw.of(law)
    for rule, _ in cases(law.length):
        np.testing.assert_allclose(
            output_law(law, rule).pmf, output_law(dense, rule).pmf, atol=1e-12
        )
        assert expected_steps(law, rule) == pytest.approx(expected_steps(dense, rule))


@pytest.mark.parametrize("length", [1, 2, 4])
def test_equal_scores_make_a_random_order(length):
    """All positions of a code look alike, so confidence is no guide."""
    for k in range(1, length + 1):
        law = MDSCode(length, k, 5)
        for sizes in oracles.all_compositions(length):
            schedule = FixedSchedule(sizes)
            assert output_kl(law, TopConfidence(schedule)) == pytest.approx(
                output_kl(law, schedule), abs=1e-12
            )


def test_a_random_schedule_is_averaged_over_its_compositions():
    law = DenseLaw(random_pmf(4, 2, seed=3, zeros=0.3))
    parts = [FixedSchedule((1, 3)), FixedSchedule((2, 1, 1)), FixedSchedule((1, 1, 2))]
    weights = [0.2, 0.5, 0.3]
    mixed = output_law(law, TopConfidence(MixtureSchedule(parts, weights))).pmf
    each = [output_law(law, TopConfidence(part)).pmf for part in parts]
    np.testing.assert_allclose(mixed, np.tensordot(weights, each, axes=1), atol=1e-14)
    assert expected_steps(law, TopConfidence(MixtureSchedule(parts, weights))) == pytest.approx(2.8)
    assert expected_steps(law, MixtureSchedule(parts, weights)) == pytest.approx(2.8)


# limits ------------------------------------------------------------------------------------

RANDOM = [random_pmf(3, 3, seed, zeros) for seed in range(5) for zeros in (0.0, 0.6)]


@pytest.mark.parametrize("pmf", RANDOM)
def test_one_token_at_a_time_is_exact_in_any_order(pmf):
    np.testing.assert_allclose(
        output_law(DenseLaw(pmf), TopConfidence(uniform(3, 3))).pmf, pmf, atol=1e-12
    )
    assert output_kl(DenseLaw(pmf), TopConfidence(uniform(3, 3))) == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize("pmf", RANDOM)
def test_what_is_determined_comes_free(pmf):
    for rule in (ConfidenceThreshold(3, 1.0), EntropyBound(3, 0.0)):
        np.testing.assert_allclose(output_law(DenseLaw(pmf), rule).pmf, pmf, atol=1e-12)
        assert expected_steps(DenseLaw(pmf), rule) <= 3 + 1e-12


def test_determined_tokens_save_steps():
    for n, k in ((5, 2), (4, 1), (3, 3)):
        for rule in (ConfidenceThreshold(n, 1.0), EntropyBound(n, 0.0)):
            assert expected_steps(MDSCode(n, k, 5), rule) == pytest.approx(min(k + 1, n))


@pytest.mark.parametrize("pmf", RANDOM)
def test_no_restraint_means_one_step(pmf):
    law = DenseLaw(pmf)
    at_once = output_law(law, uniform(3, 1)).pmf
    for rule in (ConfidenceThreshold(3, 0.0), EntropyBound(3, inf), TopConfidence(uniform(3, 1))):
        np.testing.assert_allclose(output_law(law, rule).pmf, at_once, atol=1e-12)
        assert expected_steps(law, rule) == pytest.approx(1, abs=1e-12)
        _, step = unmask(law.conditionals, rule, 5, rng=0, trace=True)
        assert np.all(step == 0)


@pytest.mark.parametrize("pmf", RANDOM)
def test_the_divergence_of_the_entropy_bound_is_at_most_gamma_for_every_step(pmf):
    law = DenseLaw(pmf)
    for gamma in (0.1, 0.3, 1.0):
        rule = EntropyBound(3, gamma)
        assert output_kl(law, rule) <= 3 * gamma + 1e-8


# sampling ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "rule",
    [
        TopConfidence(FixedSchedule((2, 1))),
        TopConfidence(MixtureSchedule([FixedSchedule((1, 2)), FixedSchedule((3,))], [0.7, 0.3])),
        ConfidenceThreshold(3, 0.6),
        EntropyBound(3, 0.7),
    ],
    ids=lambda rule: type(rule).__name__,
)
@pytest.mark.parametrize(
    "law",
    [
        DenseLaw(random_pmf(3, 3, seed=2, zeros=0.6)),
        DenseLaw(random_pmf(3, 2, seed=4)),
        repetition(3, 2),
        DenseLaw(np.array([3, 0, 0, 1, 0, 1, 0, 3]).reshape(2, 2, 2) / 8),
        ProductLaw(SparseLaw([[0], [1]], [0.25, 0.75], 2), 3),
    ],
    ids=["trits", "bits", "repetition", "corners", "blocks"],
)
def test_sampled_frequencies_agree_with_the_exact_law(law, rule):
    n = 20_000
    tokens, step = unmask(law.conditionals, rule, n, rng=11, trace=True)
    pmf = output_law(law, rule).pmf
    counts = np.bincount(np.ravel_multi_index(tuple(tokens.T), pmf.shape), minlength=pmf.size)
    expected = n * pmf.ravel()
    assert np.all(counts[expected < 1e-9] == 0)
    assert np.all(np.abs(counts - expected) <= 5 * np.sqrt(expected * (1 - pmf.ravel())) + 1e-6)
    steps = step.max(axis=1) + 1
    error = 5 * steps.std() / np.sqrt(n) + 1e-9
    assert abs(steps.mean() - expected_steps(law, rule)) <= error


class Recorder:
    """A denoiser that keeps what it was asked."""

    def __init__(self, denoiser):
        self.denoiser, self.asked = denoiser, []

    def __call__(self, tokens):
        self.asked.append(tokens.copy())
        return self.denoiser(tokens)


@given(st.integers(0, 6), st.integers(0, 100), st.integers(0, 15))
def test_trace_and_calls_are_consistent(n, seed, which):
    law = DenseLaw(random_pmf(3, 3, seed=seed, zeros=0.4))
    denoiser, rule = Recorder(law.conditionals), list(cases(3))[which][0]
    tokens, step = unmask(denoiser, rule, n, rng=seed, trace=True)
    assert tokens.shape == step.shape == (n, 3)
    assert tokens.dtype == step.dtype == np.int64
    assert len(denoiser.asked) == (step.max() + 1 if n else 0)
    for k, asked in enumerate(denoiser.asked):
        active = (step >= k).any(axis=1)
        np.testing.assert_array_equal(asked, np.where(step < k, tokens, MASK)[active])
    for row in step:
        assert np.all(np.bincount(row) > 0)  # no empty step
    again = unmask(law.conditionals, rule, n, rng=seed)
    np.testing.assert_array_equal(tokens, again)


def test_a_threshold_reveals_what_reaches_it_and_else_the_surest():
    law = IndependentLaw([[0.5, 0.5], [0.05, 0.95], [0.9, 0.1], [0.4, 0.6]])
    _, step = unmask(law.conditionals, ConfidenceThreshold(4, 0.9), 1, rng=0, trace=True)
    assert step.tolist() == [[2, 0, 0, 1]]


def test_an_entropy_bound_counts_all_but_the_largest():
    law = IndependentLaw([[0.5, 0.5], [0.5, 0.5], [0.5, 0.5], [1.0, 0.0]])
    for gamma, first in ((0.0, 2), (0.69, 2), (log(2), 3), (2 * log(2), 4)):
        _, step = unmask(law.conditionals, EntropyBound(4, gamma), 20, rng=0, trace=True)
        assert set((step == 0).sum(axis=1).tolist()) == {first}
        assert np.all(step[:, 3] == 0)


def test_denoisers_of_single_precision_do():
    law = DenseLaw(random_pmf(4, 3, seed=0))

    def single(tokens):
        return law.conditionals(tokens).astype(np.float32)

    for rule in (TopConfidence(uniform(4, 2)), ConfidenceThreshold(4, 1.0), EntropyBound(4, 0.5)):
        assert unmask(single, rule, 50, rng=0).min() >= 0


def test_long_sequences_are_sampled_in_a_batch():
    law = MarkovLaw([[0.95, 0.05], [0.2, 0.8]], 200)
    tokens, step = unmask(law.conditionals, EntropyBound(200, 1.0), 20, rng=0, trace=True)
    assert tokens.min() >= 0
    assert 10 < step.max() < 199


class Margin(Rule):
    """A rule of one's own: the two largest gaps between the best and the next best value."""

    length = 3

    def score(self, pmfs):
        best = np.sort(pmfs, axis=-1)
        return best[:, -1] - best[:, -2]

    def count(self, ranked):
        return np.full(len(ranked), 2)


def test_a_rule_of_ones_own_works_everywhere():
    table, law = rational(TABLES["three letters, many"][2], 3, 3)

    def gap(pmf):
        best = sorted(pmf)
        return best[-2] - best[-1]

    agree(law, table, 3, Margin(), (gap, lambda pmfs, revealed: min(2, len(pmfs))))


# sparse laws of large vocabulary -----------------------------------------------------------


def test_output_of_words_agrees_with_the_dense_law_over_their_letters(monkeypatch):
    law = words(3, most=25)
    letters = sorted(set(law.atoms.ravel().tolist()))
    atoms = np.searchsorted(letters, law.atoms)
    dense = DenseLaw.of(SparseLaw(atoms, law.weights, len(letters)))
    for rule in (TopConfidence(uniform(3, 2)), ConfidenceThreshold(3, 0.3), EntropyBound(3, 1.0)):
        pmf = output_law(dense, rule).pmf
        got = output_prob(law, rule, law.atoms)
        np.testing.assert_allclose(got, pmf[tuple(atoms.T)], atol=1e-13)
        assert output_kl(law, rule) == pytest.approx(output_kl(dense, rule), abs=1e-11)
        with monkeypatch.context() as patch:
            patch.setattr("dlmbook.sampling.adaptive.ADAPTIVE_LIMIT", 300)  # a few at a time
            np.testing.assert_allclose(output_prob(law, rule, law.atoms), got, atol=1e-15)
    assert output_prob(law, EntropyBound(3, 1.0), np.empty((0, 3), int)).shape == (0,)


# errors ------------------------------------------------------------------------------------


@pytest.mark.parametrize("tau", [-0.1, 1.1, nan, "0.5", None, True])
def test_a_threshold_that_is_no_probability_is_refused(tau):
    with pytest.raises(ValueError, match=r"tau must be a number in \[0, 1\]"):
        ConfidenceThreshold(3, tau)


@pytest.mark.parametrize("gamma", [-0.1, nan, "1", None, False])
def test_a_negative_budget_is_refused(gamma):
    with pytest.raises(ValueError, match="gamma must be a number >= 0"):
        EntropyBound(3, gamma)


@pytest.mark.parametrize("length", [0, -1, 2.0, True])
def test_a_length_that_is_none_is_refused(length):
    with pytest.raises(ValueError, match="length must be an integer >= 1"):
        ConfidenceThreshold(length, 0.5)
    with pytest.raises(ValueError, match="length must be an integer >= 1"):
        EntropyBound(length, 0.5)


def test_rules_that_do_not_fit_are_refused():
    law = repetition(3)
    with pytest.raises(ValueError, match="schedule must be a Schedule, not 3"):
        TopConfidence(3)
    with pytest.raises(ValueError, match="reveals 4 tokens, but L = 3"):
        output_law(law, EntropyBound(4, 0.1))
    with pytest.raises(ValueError, match="reveals 4 tokens, but L = 3"):
        expected_steps(law, uniform(4, 2))
    with pytest.raises(ValueError, match="or a Rule, not 'confidence'"):
        output_kl(law, "confidence")
    with pytest.raises(ValueError, match="EntropyBound has its own"):
        unmask(law.conditionals, EntropyBound(3, 0.1), 2, order=[0, 1, 2])
    with pytest.raises(ValueError, match="without masks"):
        output_prob(law, EntropyBound(3, 0.1), [[0, 0, MASK]])
    with pytest.raises(ValueError, match="too many to enumerate"):
        expected_steps(repetition(30), EntropyBound(30, 0.1))
    with pytest.raises(ValueError, match="denoiser must return shape"):
        unmask(lambda t: t, EntropyBound(3, 0.1), 2)
    with pytest.raises(ValueError, match="n must be an integer >= 0"):
        unmask(law.conditionals, EntropyBound(3, 0.1), -1)


def test_a_denoiser_that_excludes_what_happens_costs_infinitely_much():
    law = repetition(3)

    def stubborn(tokens):
        answer = np.zeros((*tokens.shape, 2))
        answer[..., 0] = 1.0
        return answer

    assert path_kl(law, EntropyBound(3, 0.1), stubborn) == inf
    with pytest.raises(ValueError, match="pmfs of q = 2, not 3"):
        path_kl(law, EntropyBound(3, 0.1), lambda t: np.full((*t.shape, 3), 1 / 3))
    with pytest.raises(ValueError, match="reveals 4 tokens, but L = 3"):
        path_steps(law, EntropyBound(4, 0.1))


def test_along_texts_and_along_samples_the_steps_differ():
    """Samples have another law, and the rule sees other things."""
    law, rule = DenseLaw(random_pmf(4, 2, seed=2, zeros=0.4)), ConfidenceThreshold(4, 0.7)
    _, step = unmask(law.conditionals, rule, 20_000, rng=3, trace=True)
    assert abs((step.max(axis=1) + 1).mean() - expected_steps(law, rule)) < 0.03
    assert path_steps(law, rule) != pytest.approx(expected_steps(law, rule), abs=1e-3)
    assert path_steps(law, uniform(4, 2)) == 2


def test_a_rule_takes_the_steps_that_its_own_denoiser_suggests():
    law, rule = repetition(4), ConfidenceThreshold(4, 0.9)

    def certain(tokens):
        return np.tile([1.0, 0.0], (*tokens.shape, 1))

    assert path_steps(law, rule) == 2
    assert path_steps(law, rule, certain) == 1


@pytest.mark.parametrize("score", [np.nan, np.inf])
def test_scores_that_are_not_finite_are_refused(score):
    class Broken(Margin):
        def score(self, pmfs):
            return np.full(len(pmfs), score)

    with pytest.raises(ValueError, match=r"finite numbers.*Broken\.score.*NaN or infinity"):
        unmask(repetition(3).conditionals, Broken(), 2)


def test_scores_of_wrong_shape_are_refused():
    class Broken(Margin):
        def score(self, pmfs):
            return pmfs

    with pytest.raises(ValueError, match=r"one for each pmf, but Broken.score returned shape"):
        unmask(repetition(3).conditionals, Broken(), 2)


def test_ties_are_all_subsets_of_their_size():
    """The recursion's blocks are those that the sampler can pick, with equal chances."""
    law = repetition(4)
    _, step = unmask(law.conditionals, TopConfidence(uniform(4, 2)), 6000, rng=1, trace=True)
    for block in combinations(range(4), 2):
        hits = np.all(step[:, block] == 0, axis=1).sum()
        assert abs(hits - 1000) < 5 * np.sqrt(6000 * 5 / 36)
