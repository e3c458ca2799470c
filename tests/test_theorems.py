"""One test for each statement that the book proves, under the statement's own label.

A statement is tested on random laws and on English words; an equality against enumeration that
shares no code with the package, an inequality together with the laws that attain it.
"""

from fractions import Fraction
from functools import cache
from itertools import combinations, pairwise, permutations, product
from math import ceil, comb, exp, log
from statistics import fmean

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from dlmbook.curve import InformationCurve
from dlmbook.estimation import masked_loss
from dlmbook.information import (
    conditional_entropy,
    dual_total_correlation,
    entropy,
    kl_divergence,
    mutual_information,
    total_correlation,
)
from dlmbook.laws import (
    MASK,
    DenseLaw,
    DirichletMultinomialLaw,
    MarkovLaw,
    MDSCode,
    SparseLaw,
    fillers_and_copies,
    parity,
    repetition,
    words,
)
from dlmbook.sampling import (
    ConfidenceThreshold,
    EntropyBound,
    TopConfidence,
    denoiser_error,
    excess_loss,
    output_kl,
    output_law,
    path_kl,
    path_steps,
)
from dlmbook.schedules import (
    FixedSchedule,
    HarmonicSchedule,
    MixtureSchedule,
    OffsetSchedule,
    SequentialSchedule,
    chen_cong_li,
    minimax_program,
    minimax_schedule,
    oracle_schedule,
    sharp_bounds,
    square_root_schedule,
    tc_dtc_schedule,
    uniform,
    yao_bound,
)
from tests import oracles
from tests import test_adaptive as adaptive
from tests.strategies import pmfs, positive_pmfs, random_pmf, schedules

LN2 = np.log(2)
CODES = [(2, 1, 2), (4, 1, 3), (4, 3, 2), (4, 2, 5), (5, 3, 5), (6, 4, 7), (5, 5, 2)]

any_pmf = pmfs(min_length=2)


@cache
def english(length):
    """Curve of the English words of a length."""
    return InformationCurve.of(words(length))


def curve_of(pmf):
    return InformationCurve.of(DenseLaw(pmf))


def all_schedules(length):
    """Every composition by itself, and a random choice among all of them."""
    fixed = [FixedSchedule(sizes) for sizes in oracles.all_compositions(length)]
    weights = np.arange(1, len(fixed) + 1)
    return [*fixed, MixtureSchedule(fixed, weights / weights.sum())]


# Chapter 1 ---------------------------------------------------------------------------------


@pytest.mark.theorem("gibbs")
@given(any_pmf, st.data())
def test_divergence_is_never_negative_and_zero_only_between_equals(p, data):
    weights = data.draw(st.lists(st.integers(1, 9), min_size=p.size, max_size=p.size))
    q = np.array(weights, dtype=float).reshape(p.shape) / sum(weights)
    divergence = kl_divergence(p, q)
    distance = np.abs(p - q).sum()
    assert kl_divergence(p, p) == 0
    assert divergence >= distance**2 / 2 - 1e-14  # Pinsker: zero forces equality


@pytest.mark.theorem("chain-rule")
@given(any_pmf, st.data())
def test_entropy_is_the_sum_of_conditional_entropies_in_any_order(pmf, data):
    order = data.draw(st.permutations(range(pmf.ndim)))
    parts = [conditional_entropy(pmf, [i], order[:k]) for k, i in enumerate(order)]
    assert sum(parts) == pytest.approx(entropy(pmf), abs=1e-12)
    law = oracles.as_dict(pmf)
    for k, i in enumerate(order):  # each part is a mean of entropies of conditional pmfs
        mean = 0.0
        for seen, p in oracles.marginal(law, order[:k]).items():
            context = [None] * pmf.ndim
            for position, token in zip(order[:k], seen, strict=True):
                context[position] = token
            row = oracles.conditional(law, tuple(context), i, pmf.shape[0])
            mean -= p * sum(a * log(a) for a in row if a > 0)
        assert parts[k] == pytest.approx(mean, abs=1e-12)


@pytest.mark.theorem("conditioning")
@given(any_pmf, st.data())
def test_conditioning_lowers_entropy_and_information_is_never_negative(pmf, data):
    axes = st.sets(st.integers(0, pmf.ndim - 1))
    of, more, given_ = data.draw(axes), data.draw(axes), data.draw(axes)
    assert conditional_entropy(pmf, of, given_ | more) <= (
        conditional_entropy(pmf, of, given_) + 1e-12
    )
    assert mutual_information(pmf, of, more, given_) >= -1e-12
    independent = np.multiply.outer(pmf, pmf)
    first, second = range(pmf.ndim), range(pmf.ndim, 2 * pmf.ndim)
    assert mutual_information(independent, first, second) == pytest.approx(0, abs=1e-12)


@pytest.mark.theorem("tc-as-divergence")
@given(any_pmf)
def test_total_correlation_is_the_divergence_from_the_product_of_marginals(pmf):
    law = oracles.as_dict(pmf)
    singles = [oracles.marginal(law, (i,)) for i in range(pmf.ndim)]
    product_law = {x: np.prod([singles[i][(a,)] for i, a in enumerate(x)]) for x in law}
    expected = oracles.divergence(law, product_law)
    assert total_correlation(pmf) == pytest.approx(expected, abs=1e-12)
    assert total_correlation(pmf) >= -1e-12


@pytest.mark.theorem("dtc-as-sum")
@given(any_pmf, st.data())
def test_dual_total_correlation_is_a_sum_of_conditional_informations(pmf, data):
    order = data.draw(st.permutations(range(pmf.ndim)))
    terms = [
        mutual_information(pmf, [i], order[k + 1 :], given=order[:k]) for k, i in enumerate(order)
    ]
    assert min(terms) >= -1e-12
    assert sum(terms) == pytest.approx(dual_total_correlation(pmf), abs=1e-12)


# Chapter 2 ---------------------------------------------------------------------------------


@pytest.mark.theorem("han")
@given(any_pmf)
def test_mean_conditional_entropies_never_increase(pmf):
    h = np.array(oracles.averaged_entropies(oracles.as_dict(pmf)))
    assert np.diff(h, 2).max(initial=-1.0) <= 1e-12
    np.testing.assert_allclose(curve_of(pmf).D, np.diff(h), atol=1e-11)
    for length in (4, 5, 8):
        assert english(length).w.min() > 0  # strictly, for words


@pytest.mark.theorem("box")
@given(any_pmf)
def test_the_areas_in_the_box_are_the_two_correlations(pmf):
    law, length = oracles.as_dict(pmf), pmf.ndim
    curve, m = curve_of(pmf), np.arange(1, pmf.ndim)
    tc, dtc = oracles.total_correlation(law), oracles.dual_total_correlation(law)
    for under in (curve.tc, curve.Z.sum(), curve.w @ (length - m)):
        assert under == pytest.approx(tc, abs=1e-11)
    for above in (curve.dtc, (curve.Z[-1] - curve.Z).sum(), curve.w @ m):
        assert above == pytest.approx(dtc, abs=1e-11)


@pytest.mark.theorem("tc-plus-dtc")
@given(any_pmf)
def test_the_two_correlations_fill_the_box(pmf):
    length = pmf.ndim
    others = [[k for k in range(length) if k != i] for i in range(length)]
    shared = sum(mutual_information(pmf, [i], rest) for i, rest in enumerate(others))
    assert total_correlation(pmf) + dual_total_correlation(pmf) == pytest.approx(shared, abs=1e-11)
    assert length * curve_of(pmf).Z[-1] == pytest.approx(shared, abs=1e-11)


@pytest.mark.theorem("tc-dtc-ratio")
@given(any_pmf)
def test_neither_correlation_exceeds_the_other_more_than_l_minus_1_times(pmf):
    length, tc, dtc = pmf.ndim, total_correlation(pmf), dual_total_correlation(pmf)
    assert tc <= (length - 1) * dtc + 1e-11
    assert dtc <= (length - 1) * tc + 1e-11
    extreme = InformationCurve.of(repetition(length, 3))
    assert extreme.tc == pytest.approx((length - 1) * extreme.dtc)
    extreme = InformationCurve.of(parity(length, 3))
    assert extreme.dtc == pytest.approx((length - 1) * extreme.tc)


@pytest.mark.theorem("mds-curve")
@pytest.mark.parametrize(("length", "k", "q"), CODES)
def test_the_curve_of_an_mds_code_is_one_step(length, k, q):
    code = MDSCode(length, k, q)
    codewords = [tuple(x) for x in code.support()[0].tolist()]
    pmf = dict.fromkeys(codewords, 1 / len(codewords))
    distances = [
        sum(a != b for a, b in zip(x, y, strict=True))
        for x, y in combinations(codewords[: 5 * q], 2)
    ]
    assert min(distances) >= length - k + 1  # Singleton's bound, attained: any k symbols tell all
    h = oracles.averaged_entropies(pmf) if len(pmf) < 500 else code.profile()
    curve = InformationCurve(np.array(h) - h[0])
    np.testing.assert_allclose(curve.Z, log(q) * (np.arange(length) >= k), atol=1e-11)
    np.testing.assert_allclose(code.profile(), h, atol=1e-11)
    assert curve.tc == pytest.approx((length - k) * log(q), abs=1e-11)
    assert curve.dtc == pytest.approx((k if k < length else 0) * log(q), abs=1e-11)


@pytest.mark.theorem("step-mixture")
@given(any_pmf)
def test_every_curve_is_a_mixture_of_the_curves_of_codes(pmf):
    length, curve = pmf.ndim, curve_of(pmf)
    assert curve.w.min() >= -1e-12
    steps = [InformationCurve.of(MDSCode(length, m, 7)).Z / log(7) for m in range(1, length)]
    np.testing.assert_allclose(curve.w @ np.array(steps), curve.Z, atol=1e-11)
    again = InformationCurve.from_increments(np.maximum(curve.w, 0), first=curve.D[0] + 1e-12)
    np.testing.assert_allclose(again.Z, curve.Z, atol=1e-11)


@pytest.mark.theorem("all-marginals")
@given(any_pmf)
def test_one_tensor_of_all_marginals_gives_the_profile(pmf):
    q, length = pmf.shape[0], pmf.ndim
    tensor = pmf
    for axis in range(length):
        tensor = np.concatenate([tensor, tensor.sum(axis=axis, keepdims=True)], axis=axis)
    assert (
        tensor.size == (q + 1) ** length == sum(comb(length, j) * q**j for j in range(length + 1))
    )
    totals = [0.0] * (length + 1)
    for cell in np.ndindex(tensor.shape):
        if tensor[cell] > 0:
            totals[sum(a < q for a in cell)] -= tensor[cell] * log(tensor[cell])
    means = [total / comb(length, j) for j, total in enumerate(totals)]
    np.testing.assert_allclose(means, oracles.averaged_entropies(oracles.as_dict(pmf)), atol=1e-12)
    np.testing.assert_allclose(DenseLaw(pmf).profile(), means, atol=1e-12)


@pytest.mark.theorem("markov-profile")
@settings(max_examples=25)
@given(st.integers(2, 3), st.integers(1, 6), st.integers(0, 1000))
def test_the_profile_of_a_markov_chain_is_a_sum_over_gaps(q, length, seed):
    transition = np.random.default_rng(seed).dirichlet(np.ones(q), size=q)
    law = MarkovLaw(transition, length)
    pmf = {}
    for x in product(range(q), repeat=length):
        pmf[x] = law.stationary[x[0]]
        for a, b in pairwise(x):
            pmf[x] *= transition[a, b]
    np.testing.assert_allclose(law.profile(), oracles.averaged_entropies(pmf), atol=1e-11)
    for j in range(2, length + 1):  # the formula's weights are the mean numbers of gaps
        for d in range(1, length):
            weight = (length - d) * comb(length - d - 1, j - 2) / comb(length, j)
            assert weight == pytest.approx(oracles.gap_count(length, j, d), abs=1e-12)


# Chapter 3 ---------------------------------------------------------------------------------


@pytest.mark.theorem("any-order")
@given(any_pmf, st.data())
def test_a_law_is_the_product_of_its_conditionals_in_any_order(pmf, data):
    law, length = DenseLaw(pmf), pmf.ndim
    order = data.draw(st.permutations(range(length)))
    tokens, probabilities = law.support()
    context, logs = np.full_like(tokens, MASK), np.zeros(len(tokens))
    for i in order:
        rows = law.conditionals(context)[np.arange(len(tokens)), i, tokens[:, i]]
        logs += np.log(rows)
        context[:, i] = tokens[:, i]
    np.testing.assert_allclose(np.exp(logs), probabilities, atol=1e-12)
    np.testing.assert_allclose(np.exp(law.log_prob(tokens)), probabilities, atol=1e-12)


def mean_loss(pmf, denoiser, j):
    """Mean charge per hidden token with j revealed, over all sets, contexts and positions."""
    law, length = oracles.as_dict(pmf), pmf.ndim
    total, pairs = 0.0, 0
    for shown in combinations(range(length), j):
        for i in (i for i in range(length) if i not in shown):
            pairs += 1
            for x, p in law.items():
                context = [a if k in shown else MASK for k, a in enumerate(x)]
                total -= p * np.log(denoiser(np.array([context]))[0, i, x[i]])
    return total / pairs


@pytest.mark.theorem("exact-denoiser")
@settings(max_examples=30)
@given(pmfs(min_length=2, max_length=3, max_vocabulary=3), st.integers(0, 1000))
def test_no_denoiser_has_a_smaller_masked_loss_than_the_conditionals(pmf, seed):
    law, length, q = DenseLaw(pmf), pmf.ndim, pmf.shape[0]
    table = np.random.default_rng(seed).dirichlet(np.ones(q), size=((q + 1) ** length, length))
    radix = (q + 1) ** np.arange(length)

    def random_denoiser(tokens):
        return table[(tokens + 1) @ radix]

    def close_denoiser(tokens):
        return 0.9 * law.conditionals(tokens) + 0.1 * random_denoiser(tokens)

    for j in range(length):
        best = mean_loss(pmf, law.conditionals, j)
        assert best <= mean_loss(pmf, random_denoiser, j) + 1e-12
        assert best <= mean_loss(pmf, close_denoiser, j) + 1e-12


@pytest.mark.theorem("loss-curve")
@settings(max_examples=30)
@given(pmfs(min_length=2, max_length=3, max_vocabulary=3))
def test_the_best_masked_loss_is_the_mean_conditional_entropy(pmf):
    law = DenseLaw(pmf)
    losses = [mean_loss(pmf, law.conditionals, j) for j in range(pmf.ndim)]
    np.testing.assert_allclose(losses, curve_of(pmf).D, atol=1e-11)


@pytest.mark.theorem("loss-curve")
def test_the_loss_measured_on_words_is_their_curve():
    law = words(5)
    loss = masked_loss(law.conditionals, law.sample(300, rng=3), rng=4)
    assert np.all(np.abs(loss.mean - english(5).D) < 5 * loss.error)


@pytest.mark.theorem("elbo")
@pytest.mark.parametrize("seed", range(4))
def test_the_sum_of_masked_losses_bounds_the_negative_log_likelihood(seed):
    """For every x: -ln of the mean over orders is at most the mean over orders of -ln."""
    length, q = 3, 2
    law = DenseLaw(random_pmf(length, q, seed=seed))
    rng = np.random.default_rng(seed)
    table = rng.dirichlet(np.ones(q), size=((q + 1) ** length, length))
    radix = (q + 1) ** np.arange(length)

    def denoiser(tokens):
        return table[(tokens + 1) @ radix]

    def row(context, i):
        return denoiser(np.array([[MASK if a is None else a for a in context]]))[0, i]

    plan = [(1.0, (1,) * length)]
    likelihood = oracles.output(row, plan, length, q)
    assert sum(likelihood.values()) == pytest.approx(1)
    mean, expected = 0.0, 0.0
    for x in product(range(q), repeat=length):
        elbo = fmean(
            log(oracles.path_probability(row, order, (1,) * length, x))
            for order in permutations(range(length))
        )
        assert -log(likelihood[x]) <= -elbo + 1e-12
        mean += law.pmf[x] * -elbo
        expected += law.pmf[x] * -log(likelihood[x])
    losses = sum(mean_loss(law.pmf, denoiser, j) for j in range(length))
    assert losses == pytest.approx(mean, abs=1e-12)
    assert expected <= losses
    estimate = masked_loss(denoiser, law.sample(5000, rng=seed), rng=seed)
    assert abs(estimate.negative_elbo - losses) < 5 * estimate.negative_elbo_error


# Chapter 4 ---------------------------------------------------------------------------------

PATH_LAWS = [
    random_pmf(2, 3, seed=0),
    random_pmf(3, 3, seed=1, zeros=0.5),
    random_pmf(4, 2, seed=2, zeros=0.3),
    random_pmf(4, 2, seed=3),
]


@pytest.mark.theorem("riemann")
@pytest.mark.parametrize("pmf", PATH_LAWS, ids=["3^2", "3^3 with zeros", "2^4 with zeros", "2^4"])
def test_the_path_divergence_is_a_left_riemann_sum_error(pmf):
    law, curve = oracles.as_dict(pmf), curve_of(pmf)
    denoiser = oracles.exact_denoiser(law, pmf.shape[0])
    for schedule in all_schedules(pmf.ndim):
        expected = oracles.path_divergence(law, denoiser, schedule.compositions())
        riemann = 0.0
        for weight, sizes in schedule.compositions():
            ends = np.cumsum(sizes)
            for start, end in zip(ends - sizes, ends, strict=True):
                riemann += weight * sum(curve.Z[j] - curve.Z[start] for j in range(start, end))
        assert riemann == pytest.approx(expected, abs=1e-11)
        assert schedule.expected_kl(curve) == pytest.approx(expected, abs=1e-11)


@pytest.mark.theorem("riemann")
def test_one_step_costs_the_total_correlation_of_words_and_l_steps_nothing():
    curve = english(8)
    assert uniform(8, 1).expected_kl(curve) == pytest.approx(curve.tc)
    assert uniform(8, 8).expected_kl(curve) == 0


@pytest.mark.theorem("overshoot")
@given(st.integers(1, 8).flatmap(schedules), st.data())
def test_the_path_divergence_pairs_increments_with_overshoots(schedule, data):
    length = schedule.length
    w = np.array(data.draw(st.lists(st.floats(0, 3), min_size=length - 1, max_size=length - 1)))
    curve = InformationCurve.from_increments(w)
    expected = 0.0
    for weight, sizes in schedule.compositions():
        start = 0
        for size in sizes:
            block = curve.Z[start : start + size] - curve.Z[start]
            expected += weight * block.sum()
            start += size
    assert schedule.expected_kl(curve) == pytest.approx(expected, abs=1e-9)
    pairing = sum(
        a * b for a, b in zip(w, oracles.overshoot(schedule.compositions(), length), strict=True)
    )
    assert schedule.expected_kl(curve) == pytest.approx(pairing, abs=1e-9)


@pytest.mark.theorem("averaging")
@settings(max_examples=60)
@given(st.integers(2, 4).flatmap(lambda n: st.tuples(positive_pmfs(n, 2), schedules(n))))
def test_the_output_is_at_least_as_close_as_the_average_path(pair):
    pmf, schedule = pair
    law = DenseLaw(pmf)
    output = output_law(law, schedule).pmf
    assert output_kl(law, schedule) == pytest.approx(kl_divergence(pmf, output), abs=1e-11)
    assert -1e-12 <= output_kl(law, schedule) <= schedule.expected_kl(curve_of(pmf)) + 1e-11


@pytest.mark.theorem("averaging")
def test_the_output_on_words_is_at_least_as_close_as_the_average_path():
    law, curve = words(4), english(4)
    for steps in range(1, 5):
        schedule = uniform(4, steps)
        assert output_kl(law, schedule) <= schedule.expected_kl(curve) + 1e-11
    assert output_kl(law, uniform(4, 1)) == pytest.approx(curve.tc)


@pytest.mark.theorem("mds-averaging")
@pytest.mark.parametrize(("length", "k", "q"), [(3, 1, 2), (4, 1, 3), (4, 3, 2), (4, 2, 5)])
def test_a_random_schedule_on_a_code_gains_by_averaging(length, k, q):
    code = MDSCode(length, k, q)
    for schedule in all_schedules(length):
        overshoots = [
            (weight, oracles.overshoot([(1.0, sizes)], length)[k - 1])
            for weight, sizes in schedule.compositions()
        ]
        path = log(q) * sum(weight * o for weight, o in overshoots)
        output = -log(sum(weight * q**-o for weight, o in overshoots))
        assert schedule.expected_kl(InformationCurve.of(code)) == pytest.approx(path, abs=1e-11)
        assert output_kl(code, schedule) == pytest.approx(output, abs=1e-11)
    assert output < path - 0.01  # the last schedule is the random one


@pytest.mark.theorem("learned")
@pytest.mark.parametrize("pmf", PATH_LAWS, ids=["3^2", "3^3 with zeros", "2^4 with zeros", "2^4"])
def test_schedule_error_and_denoiser_error_add_up_exactly(pmf):
    law, length, q = DenseLaw(pmf), pmf.ndim, pmf.shape[0]
    table = np.random.default_rng(5).dirichlet(np.ones(q), size=((q + 1) ** length, length))
    radix = (q + 1) ** np.arange(length)

    def learned(tokens):
        return table[(tokens + 1) @ radix]

    def row(context, i):
        return learned(np.array([[MASK if a is None else a for a in context]]))[0, i]

    gap = excess_loss(law, learned)
    for schedule in all_schedules(length):
        path = oracles.path_divergence(oracles.as_dict(pmf), row, schedule.compositions())
        parts = schedule.expected_kl(curve_of(pmf)) + denoiser_error(schedule, gap)
        assert path == pytest.approx(parts, abs=1e-11)


@pytest.mark.theorem("learned")
def test_samples_show_the_total_of_both_errors():
    """Monte Carlo: the mean of ln p / p-hat along paths drawn from the truth."""
    law = DirichletMultinomialLaw([0.6, 1.2], 4)
    schedule = FixedSchedule((1, 2, 1))

    def learned(tokens):
        return 0.8 * law.conditionals(tokens) + 0.2 * 0.5

    n, rng = 20_000, np.random.default_rng(0)
    tokens = law.sample(n, rng=rng)
    order = np.argsort(rng.random((n, 4)), axis=1)
    context, logs = np.full_like(tokens, MASK), law.log_prob(tokens)
    start = 0
    for size in schedule.sizes:
        block = order[:, start : start + size]
        chosen = np.take_along_axis(tokens, block, axis=1)
        rows = np.take_along_axis(learned(context), block[..., None], axis=1)
        logs -= np.log(np.take_along_axis(rows, chosen[..., None], axis=2)).sum(axis=(1, 2))
        np.put_along_axis(context, block, chosen, axis=1)
        start += size
    exact = schedule.expected_kl(InformationCurve.of(law)) + denoiser_error(
        schedule, excess_loss(law, learned)
    )
    assert abs(logs.mean() - exact) < 5 * logs.std() / np.sqrt(n)


# Chapter 5 ---------------------------------------------------------------------------------


def sharp_constant(sizes, reference):
    """Largest overshoot relative to reference(m), from the definition alone."""
    length = sum(sizes)
    o = oracles.overshoot([(1.0, sizes)], length)
    return max(o[m - 1] / reference(m) for m in range(1, length))


@pytest.mark.theorem("uniform")
@pytest.mark.parametrize("length", [2, 3, 5, 6, 8])
def test_equal_sizes_have_the_best_factor_before_both_correlations(length):
    for steps in range(1, length + 1):
        factor = (-(-length // steps) - 1) / length
        sizes = uniform(length, steps).sizes
        assert sharp_constant(sizes, lambda m: length) == pytest.approx(factor)
        rivals = [s for s in oracles.all_compositions(length) if len(s) == steps]
        assert min(sharp_constant(s, lambda m: length) for s in rivals) == pytest.approx(factor)
        if length % steps == 0:
            assert factor == pytest.approx(1 / steps - 1 / length)


@pytest.mark.theorem("uniform")
@given(any_pmf, st.data())
def test_error_of_equal_sizes_is_bounded_by_the_sum_of_both(p, data):
    length = p.ndim
    steps = data.draw(st.integers(1, length))
    factor = (-(-length // steps) - 1) / length
    law = oracles.as_dict(p)
    both = oracles.total_correlation(law) + oracles.dual_total_correlation(law)
    assert uniform(length, steps).expected_kl(curve_of(p)) <= factor * both + 1e-9


@pytest.mark.theorem("uniform")
def test_equal_sizes_on_words_and_the_laws_with_equality():
    for steps in range(1, 6):
        c, factor = english(5), (-(-5 // steps) - 1) / 5
        assert uniform(5, steps).expected_kl(c) <= factor * (c.tc + c.dtc) + 1e-12
    for k, attained in [(1, True), (2, False), (3, True), (5, True)]:
        c = InformationCurve.of(MDSCode(6, k, 7))
        error, bound = uniform(6, 3).expected_kl(c), (1 / 3 - 1 / 6) * (c.tc + c.dtc)
        assert (error == pytest.approx(bound)) == attained


@pytest.mark.theorem("no-adaptation")
@pytest.mark.parametrize("length", [2, 3, 5, 8, 9])
def test_a_last_block_of_two_promises_nothing_below_tc_and_a_first_one_below_dtc(length):
    m = np.arange(1, length)
    for sizes in oracles.all_compositions(length):
        against_tc = FixedSchedule(sizes).worst_case(length - m)
        against_dtc = FixedSchedule(sizes).worst_case(m)
        assert against_tc == pytest.approx(sharp_constant(sizes, lambda m: length - m))
        assert against_dtc == pytest.approx(sharp_constant(sizes, lambda m: m))
        assert (against_tc == 1) == (sizes[-1] >= 2)
        assert against_dtc >= sizes[0] - 1
    for steps in range(1, length):
        assert uniform(length, steps).worst_case(length - m) == 1
        if length % steps == 0:
            assert uniform(length, steps).worst_case(m) == length // steps - 1


@pytest.mark.theorem("no-adaptation")
@pytest.mark.parametrize("sizes", [(2, 2), (1, 3), (4, 2), (1, 2, 3), (2, 1, 2)])
def test_a_code_pays_its_whole_total_correlation_in_the_last_block(sizes):
    length = sum(sizes)
    code = MDSCode(length, length - sizes[-1] + 1, 7)
    assert output_kl(code, FixedSchedule(sizes)) == pytest.approx(InformationCurve.of(code).tc)
    copies = repetition(length, 2)
    loss = output_kl(copies, FixedSchedule(sizes))
    assert loss == pytest.approx((sizes[0] - 1) * InformationCurve.of(copies).dtc)


@pytest.mark.theorem("proportional")
@settings(deadline=None)
@given(st.integers(2, 400), st.integers(1, 60))
def test_proportional_sizes_promise_tc_over_zeta_in_few_steps(length, zeta):
    sizes, left = [], length
    while left:
        sizes.append(left // zeta or 1)
        left -= sizes[-1]
    assert chen_cong_li(length, zeta).sizes == tuple(sizes)
    assert len(sizes) <= zeta * (1 + log(length)) + 1e-9
    ends = np.cumsum(sizes)
    for m in range(1, length):
        assert zeta * (min(n for n in ends if n >= m) - m) <= length - m
    ends = np.cumsum(sizes[::-1])
    for m in range(1, length):
        assert (zeta - 1) * (min(n for n in ends if n >= m) - m) <= m or zeta == 1


@pytest.mark.theorem("proportional")
@given(any_pmf, st.integers(2, 5))
def test_no_law_breaks_the_promise_of_proportional_sizes(p, zeta):
    law, curve = oracles.as_dict(p), curve_of(p)
    tc, dtc = oracles.total_correlation(law), oracles.dual_total_correlation(law)
    assert chen_cong_li(p.ndim, zeta).expected_kl(curve) <= tc / zeta + 1e-9
    assert chen_cong_li(p.ndim, zeta, "dtc").expected_kl(curve) <= dtc / (zeta - 1) + 1e-9


@pytest.mark.theorem("proportional")
@pytest.mark.parametrize("length", [4, 5, 8])
def test_proportional_sizes_keep_their_promise_on_words(length):
    curve = english(length)
    for zeta in range(2, length + 1):
        assert chen_cong_li(length, zeta).expected_kl(curve) <= curve.tc / zeta
        mirrored = chen_cong_li(length, zeta, "dtc")
        assert mirrored.expected_kl(curve) <= curve.dtc / (zeta - 1)


# Chapter 6 ---------------------------------------------------------------------------------


def breakpoint_chances(plan, length):
    """Probability that m is a breakpoint, m = 1..L-1, by listing."""
    b = [0.0] * (length - 1)
    for weight, sizes in plan:
        for k in range(1, len(sizes)):
            b[sum(sizes[:k]) - 1] += weight
    return b


def union_bound(b):
    """Least overshoot that breakpoint probabilities allow, straight from the theorem."""
    return [
        sum(max(1 - sum(b[m - 1 : j]), 0.0) for j in range(m, len(b) + 1))
        for m in range(1, len(b) + 1)
    ]


@pytest.mark.theorem("offset-optimal")
@given(st.integers(2, 8).flatmap(schedules))
def test_one_offset_has_the_least_overshoot_that_the_breakpoint_probabilities_allow(schedule):
    length, plan = schedule.length, schedule.compositions()
    b = breakpoint_chances(plan, length)
    one = OffsetSchedule(b)
    listed = one.compositions()
    assert sum(p for p, _ in listed) == pytest.approx(1)
    np.testing.assert_allclose(breakpoint_chances(listed, length), b, atol=1e-8)
    mean_steps = sum(p * len(sizes) for p, sizes in plan)
    assert max(len(sizes) for _, sizes in listed) <= one.steps <= ceil(mean_steps - 1e-9)
    least = union_bound(b)
    np.testing.assert_allclose(oracles.overshoot(listed, length), least, atol=1e-7)
    np.testing.assert_allclose(one.overshoot(), least, atol=1e-12)
    assert np.all(np.array(oracles.overshoot(plan, length)) >= np.array(least) - 1e-9)


@pytest.mark.theorem("offset-optimal")
@given(any_pmf, st.data())
def test_no_law_pays_more_for_one_offset(p, data):
    schedule = data.draw(schedules(p.ndim))
    one = OffsetSchedule(breakpoint_chances(schedule.compositions(), p.ndim))
    law, denoiser = oracles.as_dict(p), oracles.exact_denoiser(oracles.as_dict(p), p.shape[0])
    if p.ndim <= 3:
        cost = oracles.path_divergence(law, denoiser, one.compositions())
        assert cost <= oracles.path_divergence(law, denoiser, schedule.compositions()) + 1e-7
    assert one.expected_kl(curve_of(p)) <= schedule.expected_kl(curve_of(p)) + 1e-9
    for k in range(2, 8):
        memoryless = SequentialSchedule(8, k)
        one = OffsetSchedule(memoryless.intensity)
        assert one.expected_kl(english(8)) <= memoryless.expected_kl(english(8)) + 1e-12


def harmonic_plan(v, steps):
    """Compositions of a harmonic schedule by the definition, in rational arithmetic, and delta."""
    ends = [Fraction(0)]
    for value in v:
        ends.append(ends[-1] + Fraction(1, value))
    delta = ends[-1] / (steps - 1)
    cuts = sorted({Fraction(0), Fraction(1), *(end / delta % 1 for end in ends)})
    plan = []
    for low, high in pairwise(cuts):
        levels = [((low + high) / 2 + i) * delta for i in range(steps - 1)]
        points = {n for n in range(1, len(ends)) if any(ends[n - 1] <= x < ends[n] for x in levels)}
        points = [0, *sorted(points), len(ends)]
        plan.append((float(high - low), tuple(b - a for a, b in pairwise(points))))
    return plan, float(delta)


def harmonic_constant(adapt, delta):
    return delta / 2 if adapt == "tc" else (exp(delta) - 1 - delta) / delta


REFERENCE = {
    "tc": lambda m, length: length - m,
    "dtc": lambda m, length: m,
    "both": lambda m, length: min(m, length - m),
}


@pytest.mark.theorem("harmonic-tc")
@pytest.mark.theorem("harmonic-dtc")
@pytest.mark.theorem("harmonic-both")
@pytest.mark.parametrize("adapt", REFERENCE)
@settings(max_examples=50, deadline=None)
@given(st.integers(2, 20), st.data())
def test_harmonic_sizes_keep_their_promise_at_every_threshold(adapt, length, data):
    steps = data.draw(st.integers(2, length))
    v = [REFERENCE[adapt](m, length) for m in range(1, length)]
    plan, delta = harmonic_plan(v, steps)
    assert max(len(sizes) for _, sizes in plan) <= steps
    plain = HarmonicSchedule(length, steps, adapt, clipped=False)
    o = np.array(oracles.overshoot(plan, length))
    np.testing.assert_allclose(plain.overshoot(), o, atol=1e-11)
    clipped = HarmonicSchedule(length, steps, adapt)
    listed = np.array(oracles.overshoot(clipped.compositions(), length))
    assert {len(sizes) for _, sizes in clipped.compositions()} == {steps}
    assert clipped.delta <= delta + 1e-12
    if adapt == "both":
        assert delta <= 2 * (1 + log(length / 2)) / (steps - 1) + 1e-12
    for overshoot, spacing in [(o, delta), (listed, clipped.delta)]:
        if spacing:
            c, m = harmonic_constant(adapt, spacing), np.arange(1, length)
            assert np.all(overshoot <= c * np.array(v) * (1 + 1e-9) + 1e-9)
            if adapt == "both":
                assert np.all(overshoot <= spacing / 2 * (length - m) + 1e-9)


@pytest.mark.theorem("harmonic-tc")
@pytest.mark.theorem("harmonic-dtc")
@pytest.mark.theorem("harmonic-both")
@given(any_pmf, st.data())
def test_no_law_pays_more_than_the_harmonic_promises(p, data):
    length, law = p.ndim, oracles.as_dict(p)
    tc, dtc = oracles.total_correlation(law), oracles.dual_total_correlation(law)
    steps = data.draw(st.integers(2, length))
    for adapt, target in [("tc", tc), ("dtc", dtc), ("both", min(tc, dtc))]:
        v = [REFERENCE[adapt](m, length) for m in range(1, length)]
        _, delta = harmonic_plan(v, steps)
        schedule = HarmonicSchedule(length, steps, adapt, clipped=False)
        bound = harmonic_constant(adapt, delta) * target
        assert schedule.expected_kl(curve_of(p)) <= bound + 1e-9
        sharp = HarmonicSchedule(1024, 32, adapt, clipped=False)
        assert 0.9 < sharp.worst_case(sharp.reference) / sharp.bound <= 1
    words_bound = harmonic_constant("tc", sum(1 / i for i in range(1, 8)) / 3) * english(8).tc
    assert HarmonicSchedule(8, 4, clipped=False).expected_kl(english(8)) <= words_bound


def sequential_plan(length, steps):
    """Compositions by the token-by-token rule, and all constants, in rational arithmetic."""
    c = {(k, 1): Fraction(0) for k in range(1, steps + 1)}
    c |= {(1, n): Fraction(1) for n in range(2, length + 1)}
    q = {(1, n): Fraction(0) for n in range(1, length)}
    for k, n in product(range(2, steps + 1), range(1, length)):
        q[k, n] = (1 - c[k, n]) / (n * c[k - 1, n] + 1 - c[k, n])
        c[k, n + 1] = (1 - q[k, n]) * c[k, n] + q[k, n] * c[k - 1, n]

    def go(weight, done, size, k, left):  # one token of the present block has just been revealed
        if left == 0:
            return [(weight, (*done, size))]
        stop = go(weight * q[k, left], (*done, size), 1, k - 1, left - 1) if q[k, left] else []
        on = go(weight * (1 - q[k, left]), done, size + 1, k, left - 1) if q[k, left] < 1 else []
        return stop + on

    return go(Fraction(1), (), 1, steps, length - 1), c


@pytest.mark.theorem("sequential")
@pytest.mark.parametrize(("length", "steps"), [(2, 1), (2, 2), (5, 2), (6, 3), (8, 4), (9, 7)])
def test_the_sequential_schedule_charges_every_law_the_same_part_of_its_tc(length, steps):
    plan, c = sequential_plan(length, steps)
    assert {len(sizes) for _, sizes in plan} == {steps}
    o = oracles.overshoot([(float(p), sizes) for p, sizes in plan], length)
    assert o == pytest.approx([float(c[steps, length]) * (length - m) for m in range(1, length)])
    ours = {sizes: p for p, sizes in SequentialSchedule(length, steps).compositions()}
    assert ours == pytest.approx({sizes: float(p) for p, sizes in plan})
    b = SequentialSchedule(length, steps).intensity
    np.testing.assert_allclose(b, breakpoint_chances(plan, length), atol=1e-12)
    for n in range(2, length + 1):
        if steps > 1:
            assert c[2, n] == 1 - 1 / sum(Fraction(1, i) for i in range(1, n))
    if length in (5, 8):
        cost = SequentialSchedule(length, steps).expected_kl(english(length))
        assert cost == pytest.approx(float(c[steps, length]) * english(length).tc)


@pytest.mark.theorem("sequential")
@pytest.mark.parametrize("seed", range(3))
def test_the_promise_holds_in_every_context_for_what_is_left(seed):
    length, steps = 5, 3
    law = oracles.as_dict(random_pmf(length, 2, seed=seed, zeros=0.2))
    plan, c = sequential_plan(length, steps)
    for seen in [(0,), (3,), (1, 4)]:  # positions of the first block
        first = len(seen)
        rest = [(float(p), s[1:]) for p, s in plan if s[0] == first]
        whole = sum(p for p, _ in rest)
        rest = [(p / whole, s) for p, s in rest]
        others = [i for i in range(length) if i not in seen]
        for context, mass in oracles.marginal(law, seen).items():
            given_ = {}
            for x, p in law.items():
                if tuple(x[i] for i in seen) == context:
                    given_[tuple(x[i] for i in others)] = p / mass
            cost = oracles.path_divergence(given_, oracles.exact_denoiser(given_, 2), rest)
            expected = float(c[steps - 1, length - first]) * oracles.total_correlation(given_)
            assert cost == pytest.approx(expected, abs=1e-11)


# Chapter 7 ---------------------------------------------------------------------------------

REFERENCES = {"tc": lambda n, m: n - m, "dtc": lambda n, m: m, "both": lambda n, m: min(m, n - m)}


def payments(length, steps, v):
    """One row for each composition of at most K sizes: its overshoots divided by v."""
    rows = [s for s in oracles.all_compositions(length) if len(s) <= steps]
    return np.array([oracles.overshoot([(1.0, s)], length) for s in rows]) / v


def matrix_value(rows):
    """Value of a matrix game for the player of the rows, who pays, by linear programming."""
    n, k = rows.shape
    bound, total = np.column_stack([rows.T, -np.ones(k)]), [[1] * n + [0]]
    return linprog([0] * n + [1], A_ub=bound, b_ub=np.zeros(k), A_eq=total, b_eq=[1]).fun


def overshoot_of_chances(b):
    """Overshoot of a random offset, sum of (1 - b_m - ... - b_j)_+, term by term."""
    return [sum(max(1 - sum(b[m : j + 1]), 0) for j in range(m, len(b))) for m in range(len(b))]


@st.composite
def small_games(draw, longest=8):
    """Length, steps and a reference: one of the three by name, or random numbers."""
    length = draw(st.integers(2, longest))
    numbers = st.lists(st.floats(0.1, 9), min_size=length - 1, max_size=length - 1)
    v = draw(st.one_of(st.sampled_from(list(REFERENCES)), numbers))
    return length, draw(st.integers(1, length)), v


def vector(length, v):
    """Reference as an array."""
    if isinstance(v, str):
        return np.array([REFERENCES[v](length, m) for m in range(1, length)], dtype=float)
    return np.array(v)


@pytest.mark.theorem("minimax")
@settings(deadline=None, max_examples=40)
@given(small_games())
def test_both_strategies_prove_the_value_of_the_matrix_game_and_are_tight(game):
    length, steps, v = game[0], game[1], vector(game[0], game[2])
    rows, found = payments(length, steps, v), minimax_schedule(*game)
    value = matrix_value(rows)
    assert found.value == pytest.approx(value, abs=1e-8)
    against_prior = rows @ found.prior
    assert against_prior.min() == pytest.approx(value, abs=1e-8)
    plan = found.schedule.compositions()
    assert max(len(sizes) for _, sizes in plan) <= steps
    paid = np.array(oracles.overshoot(plan, length)) / v
    assert paid.max() == pytest.approx(value, abs=1e-7)
    assert np.all(paid[found.prior > 1e-6] > value - 1e-7)
    for probability, sizes in plan:
        cost = found.prior @ (np.array(oracles.overshoot([(1.0, sizes)], length)) / v)
        assert probability < 1e-6 or cost == pytest.approx(value, abs=1e-7)
    program = minimax_program(*game)
    assert program.value == pytest.approx(value, abs=1e-8)


@pytest.mark.theorem("minimax")
@settings(deadline=None)
@given(any_pmf, st.data())
def test_no_law_pays_more_than_the_value_and_some_code_pays_it(p, data):
    name, length = data.draw(st.sampled_from(list(REFERENCES))), p.ndim
    steps = data.draw(st.integers(1, length))
    found = minimax_schedule(length, steps, name)
    curve = curve_of(p)
    promise = found.value * (curve.w @ vector(length, name))
    assert found.schedule.expected_kl(curve) <= promise + 1e-9
    paid = []
    for m in range(1, length):
        code = InformationCurve.of(MDSCode(length, m, 7))
        paid.append(found.schedule.expected_kl(code) / (code.w @ vector(length, name)))
    assert max(paid) == pytest.approx(found.value, abs=1e-8)


@pytest.mark.theorem("minimax-offset")
@settings(deadline=None)
@given(small_games(), st.integers(0, 10**6))
def test_no_breakpoint_chances_beat_the_value_and_the_best_ones_attain_it(game, seed):
    length, steps, v = game[0], game[1], vector(game[0], game[2])
    found, rng = minimax_schedule(*game), np.random.default_rng(seed)
    b = rng.dirichlet(np.ones(length - 1)) * (steps - 1)
    assert max(overshoot_of_chances(np.minimum(b, 1)) / v) >= found.value - 1e-9
    best = found.schedule.levels
    assert best.sum() <= steps - 1 + 1e-9
    assert max(overshoot_of_chances(best) / v) == pytest.approx(found.value, abs=1e-8)


@pytest.mark.theorem("minimax-offset")
@given(st.integers(2, 8).flatmap(schedules), st.sampled_from(list(REFERENCES)))
def test_no_schedule_with_k_steps_on_average_beats_the_value(schedule, name):
    length, plan = schedule.length, schedule.compositions()
    steps = int(np.ceil(sum(p * len(sizes) for p, sizes in plan) - 1e-9))
    worst = max(oracles.overshoot(plan, length) / vector(length, name))
    assert worst >= minimax_schedule(length, steps, name).value - 1e-9


@pytest.mark.theorem("minimax-offset")
@pytest.mark.parametrize(("length", "steps"), [(4, 2), (5, 3), (8, 2), (8, 5)])
def test_against_tc_the_best_schedule_charges_every_law_the_same(length, steps):
    found = minimax_schedule(length, steps)
    curves = [english(length), *(InformationCurve.of(f(length)) for f in (parity, repetition))]
    for c in curves:
        assert found.schedule.expected_kl(c) == pytest.approx(found.value * c.tc)
    assert found.schedule.levels[-1] == pytest.approx(1 - found.value)
    other = minimax_schedule(length, steps, "dtc")
    free = np.arange(1, length) >= length / (1 + other.value)
    np.testing.assert_array_equal(other.schedule.levels < 1e-12, free)


@pytest.mark.theorem("yao")
@given(small_games(), st.integers(0, 10**6))
def test_every_prior_and_every_law_is_a_certificate(game, seed):
    length, steps, v = game[0], game[1], vector(game[0], game[2])
    rows = payments(length, steps, v)
    prior = np.random.default_rng(seed).dirichlet(np.full(length - 1, 0.4))
    assert yao_bound(*game, prior) == pytest.approx(min(rows @ prior), abs=1e-9)
    value = minimax_schedule(*game).value
    assert min(rows @ prior) <= value + 1e-9
    pmf = random_pmf(min(length, 5), 2, seed)
    if length == pmf.ndim:
        w = curve_of(pmf).w
        assert min(rows * v @ w) <= value * (w @ v) + 1e-9


@pytest.mark.theorem("yao")
@pytest.mark.parametrize("name", list(REFERENCES))
def test_some_law_charges_the_value_even_to_those_who_know_it(name):
    length, steps, v = 7, 3, vector(7, name)
    found = minimax_schedule(length, steps, name)
    counts = np.floor(10**6 * found.prior / v)  # codes side by side, so many of each
    rows = payments(length, steps, v)
    assert min(rows @ (counts * v)) / (counts @ v) >= matrix_value(rows) - 1e-4


@pytest.mark.theorem("sharp-constant")
@settings(deadline=None)
@given(st.integers(2, 400), st.data())
def test_closed_bounds_enclose_the_value_against_tc(length, data):
    steps = data.draw(st.integers(1, length))
    low, high = sharp_bounds(length, steps)
    assert low - 1e-12 <= minimax_schedule(length, steps).value <= high + 1e-12
    if steps > 1:
        delta = sum(1 / r for r in range(1, length)) / (steps - 1)
        assert high == pytest.approx(1 - (1 - np.exp(-delta)) / delta)
        plain = HarmonicSchedule(length, steps, clipped=False)
        assert plain.worst_case(vector(length, "tc")) <= high + 1e-12


@pytest.mark.theorem("sharp-constant")
@pytest.mark.parametrize("length", [3, 6, 9])
def test_no_composition_pays_less_than_the_closed_bound_for_any_cut(length):
    for steps, r0 in product(range(1, length + 1), range(1, length)):
        prior = np.array([1 / (length - m) * (length - m >= r0) for m in range(1, length)])
        rows = payments(length, steps, vector(length, "tc"))
        scale = log(length / r0)
        block = scale / steps - 1 + (r0 / length) ** (1 / steps)
        assert min(rows @ prior) >= steps * block - 1 / r0 + 1 / length - 1e-12
        assert prior.sum() <= scale + 1 / r0


@pytest.mark.theorem("sharp-constant")
def test_exponentials_dominate_harmonic_numbers_and_the_constant_tends_to_one_half():
    rng = np.random.default_rng(0)
    draws = np.sort(rng.exponential(size=(50_000, 6)), axis=1)[:, ::-1]
    means = [sum(1 / t for t in range(i, 7)) for i in range(1, 7)]
    np.testing.assert_allclose(draws.mean(axis=0), means, atol=0.03)
    lengths = [2**8, 2**10, 2**12]
    budgets = [round(log(n) ** 2) for n in lengths]
    half = [log(n) / (2 * k) for n, k in zip(lengths, budgets, strict=True)]
    games = list(zip(lengths, budgets, strict=True))
    value = np.array([minimax_schedule(*game).value for game in games]) / half
    low, high = np.array([sharp_bounds(*game) for game in games]).T / half
    assert np.all(np.diff(value) > 0.03) and np.all(np.diff(low) > 0.05)
    assert np.all(np.diff(high) < 0) and value[-1] > 0.7 and 1 < high[-1] < 1.05


# Chapter 9 ---------------------------------------------------------------------------------


def walk(law, rule, vocabulary):
    """Sum of TC(block | what is shown) and number of steps, mean over texts, from states alone.

    ``rule`` is a price per pmf, lowest first, and a number of positions, as in test_adaptive;
    ties are broken by averaging over all orders of the hidden positions.
    """
    length = len(next(iter(law)))
    denoiser = oracles.exact_denoiser(law, vocabulary)
    state, total, steps = {(None,) * length: 1.0}, 0.0, 0.0
    while state:
        after = {}
        for context, probability in state.items():
            hidden = [i for i in range(length) if context[i] is None]
            pmf = {i: denoiser(context, i) for i in hidden}
            count = int(rule[1](list(pmf.values()), length - len(hidden)))
            given = {x: p for x, p in law.items() if fits(x, context)}
            given = {x: p / sum(given.values()) for x, p in given.items()}
            steps += probability
            orders = list(permutations(hidden))
            for order in orders:
                block = sorted(order, key=lambda i: round(rule[0](pmf[i]), 9))[:count]
                weight = probability / len(orders)
                joint = oracles.marginal(given, block)
                total += weight * oracles.total_correlation(joint)
                for values, p in joint.items():
                    child = list(context)
                    for i, a in zip(block, values, strict=True):
                        child[i] = a
                    if None in child:
                        after[tuple(child)] = after.get(tuple(child), 0) + weight * p
        state = after
    return total, steps


def fits(x, context):
    return all(c in (None, a) for a, c in zip(x, context, strict=True))


def rules(length):
    """Rules of the package beside those of the oracle."""
    for sizes in oracles.all_compositions(length):
        yield TopConfidence(FixedSchedule(sizes)), adaptive.top(sizes)
    for tau in (0.0, 0.4, 0.7, 1.0):
        yield ConfidenceThreshold(length, tau), adaptive.threshold(tau)
    for gamma in (0.0, 0.3, 0.9):
        yield EntropyBound(length, gamma), adaptive.bound(gamma)


@pytest.mark.theorem("adaptive-path")
@pytest.mark.parametrize(
    "pmf",
    [random_pmf(3, 3, seed=9), random_pmf(3, 3, seed=3, zeros=0.5), np.eye(4).reshape(2, 2, 2, 2)],
    ids=["positive", "with zeros", "two pairs"],
)
def test_a_rule_costs_the_total_correlation_of_its_blocks_given_what_they_see(pmf):
    pmf = pmf / pmf.sum()
    for rule, oracle in rules(pmf.ndim):
        cost, steps = walk(oracles.as_dict(pmf), oracle, pmf.shape[0])
        assert path_kl(DenseLaw(pmf), rule) == pytest.approx(cost, abs=1e-9)
        assert path_steps(DenseLaw(pmf), rule) == pytest.approx(steps, abs=1e-9)


@pytest.mark.theorem("adaptive-path")
@given(any_pmf, st.data())
def test_a_rule_that_cannot_tell_the_positions_apart_is_a_random_order(p, data):
    class Blind(TopConfidence):
        def score(self, pmfs):
            return np.zeros(len(pmfs))

    schedule, law = data.draw(schedules(p.ndim)), DenseLaw(p)
    assert path_kl(law, Blind(schedule)) == pytest.approx(
        schedule.expected_kl(curve_of(p)), abs=1e-9
    )
    assert output_kl(law, Blind(schedule)) == pytest.approx(output_kl(law, schedule), abs=1e-9)


@pytest.mark.theorem("adaptive-path")
def test_a_learned_denoiser_adds_its_errors_along_the_path():
    p, wrong = random_pmf(3, 3, seed=1), DenseLaw(random_pmf(3, 3, seed=2)).conditionals
    cut = FixedSchedule((1, 2))
    first = wrong(np.full((1, 3), MASK))[0]
    i = int(first.max(axis=1).argmax())
    cost = 0.0
    for x in np.ndindex(p.shape):
        context = np.full((1, 3), MASK)
        context[0, i] = x[i]
        answer = wrong(context)[0]
        produced = first[i, x[i]] * np.prod([answer[k, x[k]] for k in range(3) if k != i])
        cost += p[x] * log(p[x] / produced)
    assert path_kl(DenseLaw(p), TopConfidence(cut), wrong) == pytest.approx(cost)


@pytest.mark.theorem("no-averaging")
@given(st.integers(0, 10_000), st.integers(0, 2))
def test_path_and_output_agree_without_ties(seed, which):
    law = DenseLaw(random_pmf(3, 3, seed=seed))
    rule = [TopConfidence(FixedSchedule((1, 2))), ConfidenceThreshold(3, 0.5), EntropyBound(3, 0.7)]
    assert path_kl(law, rule[which]) == pytest.approx(output_kl(law, rule[which]), abs=1e-10)


@pytest.mark.theorem("no-averaging")
def test_ties_open_the_gap_and_one_order_does_not():
    chain = MarkovLaw([[0.9, 0.1], [0.1, 0.9]], 5)
    cut = TopConfidence(FixedSchedule((2, 3)))
    assert output_kl(chain, cut) < path_kl(chain, cut) - 0.1
    english4 = words(4)
    for rule in (TopConfidence(FixedSchedule((2, 2))), EntropyBound(4, 1.0)):
        assert output_kl(english4, rule) == pytest.approx(path_kl(english4, rule), abs=1e-9)


@pytest.mark.theorem("confidence-fails")
@pytest.mark.parametrize(("n", "c"), [(1, 2), (1, 5), (2, 2), (2, 3), (3, 4)])
@pytest.mark.parametrize("sure", [0.6, 0.9])
def test_confidence_fails_and_wins_by_one_token_as_the_formulas_say(n, c, sure):
    law, length = fillers_and_copies(n, c, sure), n + c
    late = FixedSchedule((1,) * n + (c,))
    orders = comb(length, c)
    assert output_kl(law, TopConfidence(late)) == pytest.approx((c - 1) * LN2)
    assert path_kl(law, TopConfidence(late)) == pytest.approx((c - 1) * LN2)
    assert path_kl(law, late) == pytest.approx((c - 1) * LN2 / orders)
    assert output_kl(law, late) == pytest.approx(-log(1 - (1 - 2.0 ** (1 - c)) / orders))
    early = FixedSchedule((n + 1, c - 1))
    assert output_kl(law, TopConfidence(early)) == pytest.approx(0, abs=1e-12)
    assert path_kl(law, early) == pytest.approx(n * (c - 1) / length * LN2)
    blocks = list(combinations(range(length), n + 1))
    drawn = [sum(i >= n for i in b) for b in blocks]
    assert output_kl(law, early) == pytest.approx(-log(fmean(2.0 ** (1 - j) for j in drawn)))


@pytest.mark.theorem("threshold-price")
@given(any_pmf, st.floats(0, 1))
def test_a_threshold_pays_at_most_one_entropy_for_every_call_it_saves(p, tau):
    q, length = p.shape[0], p.ndim
    t = max(tau, 1 / q)
    rest = (1 - t) / (q - 1) if q > 1 else 0.0
    most = -sum(x * log(x) for x in [t] + [rest] * (q - 1) if x > 0)
    rule, law = ConfidenceThreshold(length, tau), DenseLaw(p)
    assert path_kl(law, rule) <= (length - path_steps(law, rule)) * most + 1e-7
    copies = np.zeros((q,) * length)
    copies[(np.arange(q),) * length] = [t] + [rest] * (q - 1)
    assert path_kl(DenseLaw(copies), rule) == pytest.approx((length - 1) * most, abs=1e-7)


@pytest.mark.theorem("entropy-bound")
@given(any_pmf, st.floats(0, 3))
def test_an_entropy_budget_bounds_the_price_from_both_sides(p, gamma):
    rule, law = EntropyBound(p.ndim, gamma), DenseLaw(p)
    cost, steps = path_kl(law, rule), path_steps(law, rule)
    whole = oracles.entropy(oracles.as_dict(p), range(p.ndim))
    assert cost <= gamma * steps + 1e-7
    assert gamma * (steps - 1) <= whole + cost + 1e-7
    assert gamma * (steps - 1) ** 2 <= p.ndim * whole + 1e-6


@pytest.mark.theorem("entropy-bound")
def test_groups_of_copies_use_up_almost_the_whole_budget():
    groups, size, biases = 3, 3, (0.8, 0.799, 0.798)
    bits = list(product((0, 1), repeat=groups))
    weights = [
        np.prod([b if a == 0 else 1 - b for a, b in zip(v, biases, strict=True)]) for v in bits
    ]
    law = SparseLaw(np.repeat(np.array(bits), size, axis=1), np.array(weights), 2)
    h = [-b * log(b) - (1 - b) * log(1 - b) for b in biases]
    gamma = (size - 1) * h[-1]
    rule = EntropyBound(groups * size, gamma)
    assert path_steps(law, rule) == pytest.approx(groups)
    assert path_kl(law, rule) == pytest.approx((size - 1) * sum(h))
    assert path_kl(law, rule) > 0.99 * gamma * groups
    assert path_kl(law, uniform(9, groups)) < 0.5 * gamma * groups


# Chapter 8 ---------------------------------------------------------------------------------


@st.composite
def climbs(draw, shortest=2, longest=9):
    """Increments with flat pieces, jumps and ties."""
    step = draw(st.sampled_from([st.integers(0, 3).map(float), st.floats(0, 4)]))
    size = draw(st.integers(shortest - 1, longest - 1))
    return np.array(draw(st.lists(step, min_size=size, max_size=size)))


def price(w, sizes):
    """<w, o> of fixed sizes, by the definition."""
    return float(w @ np.array(oracles.overshoot([(1.0, sizes)], w.size + 1)))


def least_prices(w):
    """Least price of K sizes for K = 1..L, by trying all compositions."""
    best = np.full(w.size + 2, np.inf)
    for sizes in oracles.all_compositions(w.size + 1):
        best[len(sizes)] = min(best[len(sizes)], price(w, sizes))
    return best[1:]


@pytest.mark.theorem("oracle")
@given(climbs(), st.data())
def test_no_schedule_with_as_many_steps_beats_the_oracle(w, data):
    curve = InformationCurve.from_increments(w)
    least = least_prices(w)
    steps = data.draw(st.integers(1, w.size + 1))
    oracle = oracle_schedule(curve, steps)
    assert len(oracle.sizes) == steps
    assert price(w, oracle.sizes) == pytest.approx(least[steps - 1], abs=1e-9)
    other = data.draw(schedules(w.size + 1))
    cost = w @ np.array(oracles.overshoot(other.compositions(), w.size + 1))
    assert least[other.steps - 1] <= cost + 1e-9
    assert np.all(np.diff(least, 2) >= -1e-9)  # each further step saves no more than the last
    mean = sum(chance * len(sizes) for chance, sizes in other.compositions())
    assert np.interp(mean, np.arange(1, least.size + 1), least) <= cost + 1e-9


@pytest.mark.theorem("oracle")
@pytest.mark.parametrize("length", [4, 5, 8])
def test_the_oracle_finds_the_best_sizes_for_words(length):
    w = english(length).w
    found = [price(w, oracle_schedule(english(length), k).sizes) for k in range(1, length + 1)]
    assert found == pytest.approx(least_prices(w), abs=1e-9)


@pytest.mark.theorem("smooth-curve")
@given(climbs(longest=60), st.data())
def test_cells_bound_the_best_price_of_any_curve_from_below(w, data):
    length = w.size + 1
    steps = data.draw(st.integers(1, length))
    cuts = [0, *sorted(data.draw(st.sets(st.integers(1, length - 1), max_size=8))), length]
    floors = [w[a : b - 1].min(initial=np.inf) for a, b in pairwise(cuts)]
    floors = np.where(np.isfinite(floors), floors, 0.0)
    width = np.diff(cuts)
    bound = (np.sqrt(floors) @ width) ** 2 / (steps + width.size - 1) - floors @ width
    best = oracle_schedule(InformationCurve.from_increments(w), steps).sizes
    assert price(w, best) >= bound / 2 - 1e-9


@pytest.mark.theorem("smooth-curve")
@pytest.mark.parametrize("seed", range(4))
def test_best_sizes_of_a_smooth_curve_follow_the_square_root_of_its_slope(seed):
    rng = np.random.default_rng(seed)
    length, steps = 1 << 15, 96
    t = np.arange(1, length) / length
    waves = np.cos(np.outer(np.arange(4), 2 * t))
    f, rho = (np.exp(rng.normal(scale=0.5, size=4) @ waves) for _ in "fr")
    rho /= rho.mean()
    curve = InformationCurve.from_increments(f / length)
    root = np.sqrt(f).mean() ** 2
    stops = np.searchsorted(np.cumsum(rho) / rho.sum(), np.arange(1, steps) / steps)
    by_density = np.diff([0, *(1 + stops).tolist(), length]).tolist()
    cost = {
        "best": oracle_schedule(curve, steps).expected_kl(curve),
        "root": square_root_schedule(curve, steps).expected_kl(curve),
        "equal": uniform(length, steps).expected_kl(curve),
        "density": FixedSchedule(by_density).expected_kl(curve),
    }
    scaled = {name: 2 * steps / length * c for name, c in cost.items()}
    assert scaled["best"] == pytest.approx(root, rel=0.015)
    assert scaled["root"] == pytest.approx(root, rel=0.015)
    assert scaled["equal"] == pytest.approx(f.mean(), rel=0.015)
    assert scaled["density"] == pytest.approx((f / rho).mean(), rel=0.02)
    star = np.sqrt(f) / np.sqrt(f).mean()
    gap = ((rho - star) ** 2 / rho).mean()
    assert scaled["density"] / scaled["best"] == pytest.approx(1 + gap, rel=0.02)


@pytest.mark.theorem("two-numbers")
@pytest.mark.parametrize(("length", "steps"), [(4, 2), (5, 3), (6, 2), (6, 4)])
@pytest.mark.parametrize("ratio", [0.3, 1.0, 5.0])
def test_no_mixture_of_compositions_promises_less_to_those_who_know_two_numbers(
    length, steps, ratio
):
    plans = [s for s in oracles.all_compositions(length) if len(s) <= steps]
    rows = np.array([oracles.overshoot([(1.0, s)], length) for s in plans]).T
    m = np.arange(1, length)
    program = linprog(  # weights of the plans, a and b with o <= a (L - m) + b m
        np.concatenate([np.zeros(len(plans)), [ratio, 1.0]]),
        A_ub=np.hstack([rows, -(length - m)[:, None], -m[:, None]]),
        b_ub=np.zeros(m.size),
        A_eq=np.concatenate([np.ones(len(plans)), [0, 0]])[None, :],
        b_eq=[1.0],
    )
    game = tc_dtc_schedule(length, steps, ratio, 1.0)
    assert program.fun - 1e-9 <= game.value <= 1.003 * program.fun


@pytest.mark.theorem("two-numbers")
@given(any_pmf, st.data())
def test_no_law_with_these_two_numbers_breaks_the_promise(p, data):
    length, law = p.ndim, oracles.as_dict(p)
    tc = oracles.total_correlation(law)
    dtc = oracles.dual_total_correlation(law)
    tc += data.draw(st.floats(1e-3, 1))
    dtc += data.draw(st.floats(1e-3, 1))
    steps = data.draw(st.integers(1, length))
    game = tc_dtc_schedule(length, steps, tc, dtc)
    o = oracles.overshoot(game.schedule.compositions(), length)
    assert curve_of(p).w @ np.array(o) <= game.value * (1 + 1e-6) + 1e-9


@pytest.mark.theorem("curve-error")
@given(climbs(shortest=3), st.data())
def test_a_schedule_chosen_from_an_estimate_regrets_at_most_the_errors_at_its_stops(w, data):
    loss = 20.0 - np.concatenate([[0.0], np.cumsum(w)])  # nonincreasing
    other = np.array(data.draw(st.lists(st.floats(0, 9), min_size=w.size, max_size=w.size)))
    guess = 30.0 - np.concatenate([[0.0], np.cumsum(other)])
    steps = data.draw(st.integers(1, loss.size))
    choices = [s for s in oracles.all_compositions(loss.size) if len(s) == steps]

    def bill(values, sizes):
        return float(np.dot(sizes, values[np.cumsum((0, *sizes[:-1]))]))

    best = min(choices, key=lambda s: bill(loss, s))
    chosen = oracle_schedule(InformationCurve.from_increments(other), steps).sizes
    error = guess - loss
    regret = bill(loss, chosen) - bill(loss, best)
    at_stops = bill(error, best) - bill(error, chosen)
    assert -1e-9 <= regret <= at_stops + 1e-9
    assert at_stops <= loss.size * np.ptp(error) + 1e-9
    assert regret == pytest.approx(price(w, chosen) - price(w, best), abs=1e-9)
