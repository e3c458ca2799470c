"""One test for each statement that the book proves, under the statement's own label.

A statement is tested on random laws and on English words; an equality against enumeration that
shares no code with the package, an inequality together with the laws that attain it.
"""

from functools import cache
from itertools import combinations, pairwise, permutations, product
from math import comb, log
from statistics import fmean

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

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
    parity,
    repetition,
    words,
)
from dlmbook.sampling import denoiser_error, excess_loss, output_kl, output_law
from dlmbook.schedules import FixedSchedule, MixtureSchedule, chen_cong_li, uniform
from tests import oracles
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
