"""The sampler and the exact law of its output, against enumeration of orders and outcomes."""

from itertools import permutations, product

import numpy as np
import pytest
from hypothesis import assume, given, settings
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
    TopConfidence,
    denoiser_error,
    excess_loss,
    output_kl,
    output_law,
    output_prob,
    path_kl,
    unmask,
)
from dlmbook.schedules import FixedSchedule, HarmonicSchedule, MixtureSchedule, uniform
from tests import oracles
from tests.strategies import positive_pmfs, random_pmf, schedules

HALVES = MixtureSchedule([FixedSchedule((1, 3)), FixedSchedule((2, 1, 1))], [0.4, 0.6])


class Recorder:
    """A denoiser that keeps what it was asked."""

    def __init__(self, denoiser):
        self.denoiser, self.asked = denoiser, []

    def __call__(self, tokens):
        self.asked.append(tokens)
        return self.denoiser(tokens)


# unmask ------------------------------------------------------------------------------------


@given(st.integers(1, 9).flatmap(schedules), st.integers(0, 6), st.integers(0, 1000))
def test_trace_orders_and_calls_are_consistent(schedule, n, seed):
    length = schedule.length
    denoiser = Recorder(repetition(length, 3).conditionals)
    tokens, step = unmask(denoiser, schedule, n, rng=seed, trace=True)
    assert tokens.shape == step.shape == (n, length)
    assert tokens.dtype == step.dtype == np.int64
    assert tokens.size == 0 or (tokens.min() >= 0 and tokens.max() <= 2)
    assert len(denoiser.asked) <= schedule.steps
    possible = {sizes for _, sizes in schedule.compositions()}
    for row in step:
        assert tuple(np.bincount(row)) in possible  # each sequence has sizes of its own
    for k, asked in enumerate(denoiser.asked):
        active = (step == k).any(axis=1)
        np.testing.assert_array_equal(asked, np.where(step < k, tokens, MASK)[active])
    assert len(denoiser.asked) == (step.max() + 1 if n else 0)


def test_sizes_differ_between_the_sequences_of_a_batch():
    _, step = unmask(repetition(4).conditionals, HALVES, 400, rng=0, trace=True)
    first = (step == 0).sum(axis=1)
    assert set(first.tolist()) == {1, 2}
    assert abs((first == 1).sum() - 160) < 5 * np.sqrt(400 * 0.24)


def test_a_denoiser_is_asked_only_about_sequences_that_are_not_finished():
    schedule = MixtureSchedule([FixedSchedule((4,)), FixedSchedule((1, 1, 1, 1))], [0.5, 0.5])
    denoiser = Recorder(repetition(4).conditionals)
    _, step = unmask(denoiser, schedule, 50, rng=1, trace=True)
    slow = int((step.max(axis=1) == 3).sum())
    assert 0 < slow < 50
    assert [len(asked) for asked in denoiser.asked] == [50, slow, slow, slow]


def test_what_a_denoiser_was_asked_is_not_changed_afterwards():
    denoiser = Recorder(repetition(3).conditionals)
    unmask(denoiser, uniform(3, 3), 5, rng=0)
    assert [(asked == MASK).sum() for asked in denoiser.asked] == [15, 10, 5]


def test_a_denoiser_that_writes_on_its_input_does_no_harm():
    def scribbler(tokens):
        answer = repetition(3).conditionals(tokens)
        tokens[:] = 0
        return answer

    tokens = unmask(scribbler, uniform(3, 3), 200, rng=0)
    assert np.all(tokens == tokens[:, :1])
    assert set(tokens[:, 0].tolist()) == {0, 1}


@given(st.permutations(range(5)), st.integers(0, 100))
def test_a_given_order_is_respected(order, seed):
    schedule = FixedSchedule((2, 1, 2))
    _, step = unmask(parity(5).conditionals, schedule, 3, rng=seed, order=order, trace=True)
    assert step[:, order].tolist() == [[0, 0, 1, 2, 2]] * 3


def test_each_sequence_may_have_its_own_order():
    orders = np.array([[2, 0, 1], [0, 1, 2]])
    _, step = unmask(parity(3).conditionals, uniform(3, 3), 2, rng=0, order=orders, trace=True)
    assert np.take_along_axis(step, orders, axis=1).tolist() == [[0, 1, 2], [0, 1, 2]]


def test_orders_are_uniformly_random():
    n = 6000
    _, step = unmask(repetition(3).conditionals, uniform(3, 3), n, rng=3, trace=True)
    _, counts = np.unique(step, axis=0, return_counts=True)
    assert len(counts) == 6
    assert np.all(np.abs(counts - n / 6) < 5 * np.sqrt(n * 5 / 36))


def test_the_same_seed_gives_the_same_sequences():
    law = DirichletMultinomialLaw([0.5, 1.0, 2.0], 4)
    first = unmask(law.conditionals, HALVES, 50, rng=7)
    np.testing.assert_array_equal(first, unmask(law.conditionals, HALVES, 50, rng=7))
    generator = np.random.default_rng(7)
    np.testing.assert_array_equal(first, unmask(law.conditionals, HALVES, 50, rng=generator))
    assert not np.array_equal(first, unmask(law.conditionals, HALVES, 50, rng=generator))


def test_no_sequences_need_no_denoiser():
    tokens, step = unmask(None, uniform(3, 2), 0, trace=True)
    assert tokens.shape == step.shape == (0, 3)


def test_sampling_does_not_touch_global_randomness():
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    unmask(repetition(3).conditionals, uniform(3, 2), 10)
    np.testing.assert_array_equal(np.random.get_state()[1], before)  # noqa: NPY002


@pytest.mark.parametrize(
    ("law", "schedule"),
    [
        (DenseLaw(random_pmf(3, 3, seed=8, zeros=0.4)), FixedSchedule((2, 1))),
        (DirichletMultinomialLaw([0.4, 0.7], 4), HALVES),
        (MarkovLaw([[0.9, 0.1], [0.3, 0.7]], 4), uniform(4, 2)),
        (repetition(3), uniform(3, 1)),
        (parity(3), FixedSchedule((1, 2))),
    ],
)
def test_frequencies_of_samples_agree_with_the_output_law(law, schedule):
    n = 20_000
    q = output_law(law, schedule).pmf
    for cast in (np.float64, np.float32):
        tokens = unmask(lambda t, cast=cast: law.conditionals(t).astype(cast), schedule, n, rng=2)
        counts = np.bincount(np.ravel_multi_index(tuple(tokens.T), q.shape), minlength=q.size)
        mean = n * q.ravel()
        assert np.all(counts[mean == 0] == 0)
        assert np.all(np.abs(counts - mean) <= 5 * np.sqrt(np.maximum(mean, 1)))


def test_one_token_at_a_time_reproduces_the_law_in_any_order():
    law = SparseLaw([[0, 1, 2], [1, 1, 1], [2, 0, 2]], [0.2, 0.5, 0.3], 3)
    n = 5000
    tokens = unmask(law.conditionals, uniform(3, 3), n, rng=0)
    for atom, weight in zip(law.atoms, law.weights, strict=True):
        count = (tokens == atom).all(axis=1).sum()
        assert abs(count - weight * n) < 5 * np.sqrt(n * weight * (1 - weight))
    assert np.all(np.isfinite(law.log_prob(tokens)))


def test_real_words_come_out_when_letters_are_revealed_one_at_a_time():
    law = words(5)
    tokens = unmask(law.conditionals, uniform(5, 5), 50, rng=0)
    assert np.all(np.isfinite(law.log_prob(tokens)))


def test_half_precision_and_lists_are_answers_too():
    law = IndependentLaw([[0.25, 0.75], [1.0, 0.0]])
    for convert in (lambda a: a.astype(np.float16), lambda a: a.tolist()):
        tokens = unmask(lambda t, c=convert: c(law.conditionals(t)), uniform(2, 1), 10, rng=0)
        assert np.all(tokens[:, 1] == 0)


def answers_of_wrong_shape(n, length, q):
    return [(n, length), (n, length + 1, q), (n + 1, length, q), (length, n, q), (n, length, q, 1)]


@pytest.mark.parametrize("shape", answers_of_wrong_shape(3, 4, 2))
def test_a_denoiser_of_wrong_shape_is_refused(shape):
    with pytest.raises(ValueError, match=r"denoiser must return shape \(3, 4, q\), not"):
        unmask(lambda t: np.full(shape, 0.5), uniform(4, 2), 3, rng=0)


@settings(max_examples=500)
@given(
    st.sampled_from([np.nan, np.inf, -np.inf, -0.2, 0.7, 1.5, 0.0]),
    st.integers(0, 3),
    st.integers(0, 1),
    st.integers(0, 1000),
)
def test_a_denoiser_with_a_damaged_row_is_refused(value, position, token, seed):
    def broken(tokens):
        answer = np.full((*tokens.shape, 2), 0.5)
        answer[0, position, token] = value
        return answer

    for law in (repetition(4), parity(4)):
        with pytest.raises(ValueError, match="denoiser must return pmfs"):
            unmask(broken, uniform(4, 1), 3, rng=seed)
        with pytest.raises(ValueError, match="denoiser must return pmfs"):
            excess_loss(law, broken)


def test_damage_at_positions_that_are_not_asked_for_does_no_harm():
    def sloppy(tokens):
        answer = repetition(3).conditionals(tokens)
        answer[tokens != MASK] = np.nan
        return answer

    tokens = unmask(sloppy, uniform(3, 3), 10, rng=0)
    assert np.all(tokens == tokens[:, :1])


@settings(max_examples=1000)
@given(st.lists(st.integers(-1, 4), min_size=1, max_size=5))
def test_an_order_that_is_not_a_permutation_is_refused(order):
    assume(sorted(order) != [0, 1, 2, 3])
    with pytest.raises(ValueError, match="order must"):
        unmask(repetition(4).conditionals, uniform(4, 2), 2, rng=0, order=order)


@pytest.mark.parametrize(
    "order",
    [[0.0, 1.0, 2.0], [True, False, True], "012", np.zeros((3, 3, 3), int), [[0, 1, 2]] * 4, 1],
    ids=repr,
)
def test_an_order_of_wrong_kind_is_refused(order):
    with pytest.raises(ValueError, match=r"order must hold integers in shape \(3,\) or \(2, 3\)"):
        unmask(repetition(3).conditionals, uniform(3, 2), 2, rng=0, order=order)


@pytest.mark.parametrize("n", [-1, 2.0, True, "2", None])
def test_a_number_of_sequences_that_is_none_is_refused(n):
    with pytest.raises(ValueError, match="n must be an integer >= 0"):
        unmask(repetition(3).conditionals, uniform(3, 2), n)


# output laws -------------------------------------------------------------------------------

SMALL_LAWS = {
    "dense bits with zeros": (3, 2, random_pmf(3, 2, seed=1, zeros=0.5)),
    "dense trits with zeros": (3, 3, random_pmf(3, 3, seed=2, zeros=0.6)),
    "dense trits": (3, 3, random_pmf(3, 3, seed=3)),
    "four dense bits": (4, 2, random_pmf(4, 2, seed=4, zeros=0.3)),
    "one token": (1, 3, np.array([0.2, 0.0, 0.8])),
    "one value": (3, 1, np.ones((1, 1, 1))),
}


def all_plans(length):
    """Every fixed composition, and one random schedule over all of them."""
    parts = [FixedSchedule(sizes) for sizes in oracles.all_compositions(length)]
    weights = np.arange(1, len(parts) + 1) / sum(range(1, len(parts) + 1))
    return [*parts, MixtureSchedule(parts, weights)]


@pytest.mark.parametrize("name", SMALL_LAWS)
def test_output_law_agrees_with_enumeration_of_orders_sizes_and_outcomes(name):
    length, q, pmf = SMALL_LAWS[name]
    law, table = DenseLaw(pmf), oracles.as_dict(pmf)
    denoiser = oracles.exact_denoiser(table, q)
    for schedule in all_plans(length):
        expected = oracles.output(denoiser, schedule.compositions(), length, q)
        got = output_law(law, schedule)
        np.testing.assert_allclose(got.pmf.ravel(), list(expected.values()), atol=1e-12)
        assert output_kl(law, schedule) == pytest.approx(
            oracles.divergence(table, expected), abs=1e-11
        )


@pytest.mark.parametrize(
    "law",
    [
        repetition(3, 3),
        parity(4),
        MDSCode(3, 2, 3),
        MarkovLaw([[0.9, 0.1], [0.3, 0.7]], 3),
        MarkovLaw([[0.0, 1.0], [0.5, 0.5]], 4),
        DirichletMultinomialLaw([0.5, 0.5], 3),
        SparseLaw([[0, 1, 2], [1, 1, 1], [2, 0, 2]], [0.2, 0.5, 0.3], 3),
        IndependentLaw([[0.3, 0.7], [1.0, 0.0]]),
    ],
    ids=lambda law: type(law).__name__,
)
def test_output_law_of_a_structured_law_is_that_of_its_dense_law(law):
    tokens, probabilities = law.support()
    pmf = np.zeros((law.vocabulary,) * law.length)
    pmf[tuple(tokens.T)] = probabilities
    for schedule in all_plans(law.length):
        np.testing.assert_allclose(
            output_law(law, schedule).pmf, output_law(DenseLaw(pmf), schedule).pmf, atol=1e-12
        )


def test_output_law_of_blocks_uses_the_marginals_of_impossible_blocks_only():
    law = ProductLaw(repetition(2), 2)
    table = {(a, a, b, b): 0.25 for a, b in product(range(2), repeat=2)}
    exact = oracles.exact_denoiser(table, 2)
    for schedule in all_plans(4):
        expected = oracles.output(exact, schedule.compositions(), 4, 2)
        got = output_law(law, schedule).pmf
        for x in table:
            assert got[x] == pytest.approx(expected[x], abs=1e-13)
        tokens = unmask(law.conditionals, schedule, 4000, rng=1)
        counts = np.bincount(np.ravel_multi_index(tuple(tokens.T), got.shape), minlength=16)
        assert np.all(np.abs(counts - 4000 * got.ravel()) <= 5 * np.sqrt(4000 * got.ravel() + 1))


@given(positive_pmfs(3, 2), schedules(3))
def test_output_law_of_any_schedule_sums_to_one_and_of_one_step_is_independent(pmf, schedule):
    law = DenseLaw(pmf)
    assert output_law(law, schedule).pmf.sum() == pytest.approx(1, abs=1e-12)
    a, b, c = (pmf.sum(axis=tuple(k for k in range(3) if k != i)) for i in range(3))
    one_step = output_law(law, uniform(3, 1)).pmf
    np.testing.assert_allclose(one_step, np.multiply.outer(np.outer(a, b), c), atol=1e-12)


def test_marginals_of_the_output_differ_from_those_of_the_law():
    """Two tokens drawn apart make contexts too frequent, and bias the third token."""
    pmf = np.ones((2, 2, 2)) / 9
    pmf[1, 1, 1] = 2 / 9
    output = output_law(DenseLaw(pmf), FixedSchedule((2, 1))).pmf
    first = [sum(output[a].ravel()) for a in (0, 1)]
    # Two times in three the first token is in the block of two and keeps its marginal 4/9;
    # else the others are 0, 0 / mixed / 1, 1 with 16, 40 and 25 of 81 chances.
    expected = 2 / 3 * 4 / 9 + 1 / 3 * (56 / 81 / 2 + 25 / 81 / 3)
    np.testing.assert_allclose(first, [expected, 1 - expected], atol=1e-12)


def test_output_probabilities_of_chosen_sequences_agree_with_the_whole_law(monkeypatch):
    law = DenseLaw(random_pmf(4, 3, seed=5, zeros=0.5))
    tokens = np.array([[0, 1, 2, 0], [2, 2, 2, 2], [1, 0, 0, 1]])
    whole = output_law(law, HALVES).pmf
    got = output_prob(law, HALVES, tokens)
    np.testing.assert_allclose(got, whole[tuple(tokens.T)], atol=1e-14)
    monkeypatch.setattr("dlmbook.sampling.output.RECURSION_LIMIT", 16)  # one sequence at a time
    np.testing.assert_allclose(output_prob(law, HALVES, tokens), got, atol=1e-15)
    assert output_prob(law, HALVES, np.empty((0, 4), int)).shape == (0,)


def test_output_divergence_of_a_sparse_law_needs_no_dense_law():
    law = words(4, most=50)
    sizes = (2, 1, 1)
    table = dict(zip(map(tuple, law.atoms.tolist()), law.weights.tolist(), strict=True))
    compact = {a: k for k, a in enumerate(sorted({a for x in table for a in x}))}
    table = {tuple(compact[a] for a in x): p for x, p in table.items()}
    exact = oracles.exact_denoiser(table, len(compact))
    orders = list(permutations(range(4)))
    expected = sum(
        p * np.log(p / np.mean([oracles.path_probability(exact, o, sizes, x) for o in orders]))
        for x, p in table.items()
    )
    assert output_kl(law, FixedSchedule(sizes)) == pytest.approx(expected, abs=1e-10)


def test_output_questions_that_do_not_fit_are_refused():
    law = repetition(3)
    with pytest.raises(ValueError, match="reveals 4 tokens, but L = 3"):
        output_law(law, uniform(4, 2))
    with pytest.raises(ValueError, match="complete sequences, without masks"):
        output_prob(law, uniform(3, 2), [[0, 0, MASK]])
    with pytest.raises(ValueError, match=r"tokens must have shape \(n, 3\)"):
        output_prob(law, uniform(3, 2), [[0, 0]])
    with pytest.raises(ValueError, match="too many to enumerate"):
        output_law(repetition(30), uniform(30, 2))


# denoisers against the truth ---------------------------------------------------------------


def blurred(law, amount):
    """The exact denoiser, mixed with the uniform pmf."""

    def denoiser(tokens):
        return (1 - amount) * law.conditionals(tokens) + amount / law.vocabulary

    return denoiser


@pytest.mark.parametrize("zeros", [0.0, 0.5])
def test_excess_loss_agrees_with_enumeration(zeros):
    length, q, amount = 3, 3, 0.3
    pmf = random_pmf(length, q, seed=6, zeros=zeros)
    law, table = DenseLaw(pmf), oracles.as_dict(pmf)
    exact = oracles.exact_denoiser(table, q)
    expected = []
    for j in range(length):
        terms = []
        for hidden in product((False, True), repeat=length):
            if sum(hidden) != length - j:
                continue
            for i in (i for i in range(length) if hidden[i]):
                total = 0.0
                for x, p in table.items():
                    context = tuple(None if h else a for h, a in zip(hidden, x, strict=True))
                    truth = exact(context, i)
                    total += p * np.log(truth[x[i]] / ((1 - amount) * truth[x[i]] + amount / q))
                terms.append(total)
        expected.append(np.mean(terms))
    gap = excess_loss(law, blurred(law, amount))
    np.testing.assert_allclose(gap, expected, atol=1e-12)
    np.testing.assert_allclose(excess_loss(law, law.conditionals), 0, atol=1e-12)


def test_excess_loss_is_infinite_where_the_denoiser_excludes_what_happens():
    law = repetition(3)
    gap = excess_loss(law, lambda t: np.eye(2)[np.zeros(t.shape, int)])
    assert np.all(np.isinf(gap))


def test_denoiser_error_weighs_the_gap_by_sizes():
    gap = [1.0, 10.0, 100.0, 1000.0]
    assert denoiser_error(FixedSchedule((1, 3)), gap) == 1 + 3 * 10
    assert denoiser_error(HALVES, gap) == pytest.approx(0.4 * 31 + 0.6 * (2 + 100 + 1000))


def test_denoiser_questions_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match=r"gap must have shape \(4,\), but has \(3,\)"):
        denoiser_error(HALVES, [1.0, 2.0, 3.0])
    with pytest.raises(ValueError, match="gap must be an array of real numbers"):
        denoiser_error(HALVES, ["a"] * 4)
    with pytest.raises(ValueError, match="pmfs of q = 2, not 3"):
        excess_loss(repetition(3), repetition(3, 3).conditionals)
    with pytest.raises(ValueError, match="denoiser must return shape"):
        excess_loss(repetition(3), lambda t: t)


@pytest.mark.parametrize("schedule", [FixedSchedule((1, 2)), HarmonicSchedule(3, 2, "both")])
def test_output_of_a_denoiser_of_ones_own_is_that_of_all_orders(schedule):
    truth, other = (DenseLaw(random_pmf(3, 3, seed=seed)) for seed in (1, 2))

    def inconsistent(tokens):
        return 0.8 * other.conditionals(tokens) + 0.2 * truth.conditionals(tokens)

    def one(context, i):
        return inconsistent(np.array([[MASK if a is None else a for a in context]]))[0, i]

    out = oracles.output(one, schedule.compositions(), 3, 3)
    ours = output_prob(truth, schedule, list(out), inconsistent)
    np.testing.assert_allclose(ours, list(out.values()), atol=1e-15)
    p = oracles.as_dict(truth.pmf)
    assert output_kl(truth, schedule, inconsistent) == pytest.approx(oracles.divergence(p, out))
    exact = output_kl(truth, schedule, truth.conditionals)
    assert exact == pytest.approx(output_kl(truth, schedule), abs=1e-14)


def test_output_of_a_rule_that_looks_at_a_denoiser_of_ones_own_is_its_one_path():
    truth, other = (DenseLaw(random_pmf(3, 3, seed=seed)) for seed in (1, 2))
    rule = TopConfidence(FixedSchedule((1, 2)))
    out, path = output_kl(truth, rule, other.conditionals), path_kl(truth, rule, other.conditionals)
    assert out == pytest.approx(path, abs=1e-13)
    assert out > output_kl(truth, rule) > 0


def test_a_denoiser_of_another_vocabulary_has_no_output_here():
    with pytest.raises(ValueError, match=r"pmfs of q = 3, not 2"):
        output_kl(
            DenseLaw(random_pmf(2, 3, seed=0)),
            FixedSchedule((2,)),
            lambda t: np.full((*t.shape, 2), 0.5),
        )
