"""The statements of Chapter 16, against plain enumeration of every plan."""

from itertools import combinations, pairwise, permutations, product
from math import comb, exp, log, prod
from statistics import fmean

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dlmbook.curve import InformationCurve
from dlmbook.information import kl_divergence, total_correlation
from dlmbook.laws import DenseLaw, parity, patterns, words
from dlmbook.sampling import excess_loss
from dlmbook.schedules import FixedSchedule, HarmonicSchedule, MixtureSchedule, minimax_schedule
from dlmbook.selftraining import (
    Plan,
    bias_and_noise,
    block_lengths,
    loss_price,
    mixed_kl,
    plans,
    redraw_above,
    retention,
    self_train,
    settle,
    survival,
)
from tests.strategies import compositions, positive_pmfs, random_pmf, schedules

TRIPLES = [(3,), (1, 2), (2, 1), (1, 1, 1)]


def one_plan(p, blocks):
    """S_pi(p) outcome by outcome; marginals where the context is impossible."""
    out, L = np.zeros(p.shape), p.ndim
    for x in product(*map(range, p.shape)):
        value, known = 1.0, []
        for block in blocks:
            for i in block:
                value *= token(p, x, i, known, L)
            known = known + list(block)
        out[x] = value
    return out


def token(p, x, i, known, L):
    def mass(kept):
        return p[tuple(x[k] if k in kept else slice(None) for k in range(L))].sum()

    return mass([*known, i]) / mass(known) if mass(known) > 0 else mass([i])


def sampled(p, sizes):
    """S(p) as the mean over all L! orders."""
    cuts = np.cumsum(sizes)[:-1]
    outs = [
        one_plan(p, [b.tolist() for b in np.split(np.array(order), cuts)])
        for order in permutations(range(p.ndim))
    ]
    return np.mean(outs, axis=0)


def loop(p, sizes, alpha, rounds, start=None):
    law = p if start is None else start
    for _ in range(rounds):
        law = alpha * p + (1 - alpha) * sampled(law, sizes)
    return law


def price(p, sizes):
    """Mean divergence of the truth from what one plan writes."""
    cuts = np.cumsum(sizes)[:-1]
    return fmean(
        kl_divergence(p, one_plan(p, [b.tolist() for b in np.split(np.array(order), cuts)]))
        for order in permutations(range(p.ndim))
    )


def counted_retention(sizes, a):
    """Chance that the last block to meet the first a tokens meets one of them."""
    blocks = np.repeat(np.arange(len(sizes)), sizes)
    chances = [
        sum(blocks[i] == max(blocks[k] for k in chosen) for i in chosen) == 1
        for chosen in combinations(range(len(blocks)), a)
    ]
    return fmean(chances)


def single(p, i):
    return p.sum(axis=tuple(k for k in range(p.ndim) if k != i))


def signs(L):
    return 1 - 2 * np.indices((2,) * L)


# What survives ---------------------------------------------------------------------------------


@pytest.mark.theorem("marginals")
@given(positive_pmfs(3, 2), st.sampled_from([(3,), (1, 2), (1, 1, 1)]))
def test_bursts_keep_the_law_of_every_token(p, sizes):
    *_, after = self_train(DenseLaw(p), FixedSchedule(sizes), 0, 2)
    for i in range(3):
        np.testing.assert_allclose(single(after.pmf, i), single(p, i), atol=1e-12)


@pytest.mark.theorem("marginals")
@pytest.mark.parametrize("sizes", [(2, 1), (2, 2), (3, 1), (1, 2, 1), (2, 1, 1)])
def test_other_schedules_move_the_third_token_as_the_proof_says(sizes):
    L, e = sum(sizes), 0.3
    x = signs(L)
    p = (1 + e * x[0] * x[1] + e * x[0] * x[1] * x[2]) / 2**L
    _, after = self_train(DenseLaw(p), FixedSchedule(sizes), 0, 1)
    blocks = np.repeat(np.arange(len(sizes)), sizes)
    together = fmean(blocks[i] == blocks[j] < blocks[k] for i, j, k in permutations(range(L), 3))
    assert (after.pmf * x[2]).sum() == pytest.approx(-together * e**2 / (1 - e**2))
    assert together > 0


# Forgetting ------------------------------------------------------------------------------------


@pytest.mark.theorem("interaction-rate")
@given(st.integers(2, 7).flatmap(compositions))
def test_retention_is_the_chance_that_the_last_token_comes_alone(sizes):
    L = sum(sizes)
    counted = [counted_retention(sizes, a) for a in range(2, L + 1)]
    np.testing.assert_allclose(retention(FixedSchedule(sizes)), counted, atol=1e-12)


@pytest.mark.theorem("interaction-rate")
@pytest.mark.parametrize("sizes", [(2, 2), (1, 3), (3, 1), (1, 2, 1)])
def test_a_small_interaction_shrinks_by_its_retention(sizes):
    rng, L = np.random.default_rng(4), 4
    M = [np.array([m, 1 - m]) for m in rng.uniform(0.2, 0.8, L)]
    M_all = np.einsum("a,b,c,d->abcd", *M)
    for chosen in [(0, 1), (1, 3), (0, 2, 3), (0, 1, 2, 3)]:
        f = prod(signs(L)[i] * M[i][::-1][(np.indices((2,) * L)[i])] for i in chosen)
        eps = 1e-6
        after = sampled(M_all * (1 + eps * f), sizes) / M_all - 1
        rho = counted_retention(sizes, len(chosen))
        np.testing.assert_allclose(after / eps, rho * f, atol=1e-4)
        assert retention(FixedSchedule(sizes))[len(chosen) - 2] == pytest.approx(rho)


@pytest.mark.theorem("interaction-rate")
@given(st.integers(2, 8).flatmap(schedules))
def test_a_guarantee_is_a_bound_on_forgetting(schedule):
    L, rho = schedule.length, retention(schedule)
    m, a = np.arange(1, L), np.arange(2, L + 1)
    assert np.all(1 - rho <= schedule.worst_case(L - m) + 1e-9)
    assert np.all(1 - rho <= schedule.worst_case(m) * (a - 1) + 1e-9)
    for size in (2, L):  # the price of a parity check on so many of the tokens, over ln 2
        law = DenseLaw.of(parity(size)).pmf if size == L else None
        if law is not None:
            seen = schedule.expected_kl(InformationCurve.of(DenseLaw(law))) / log(2)
            assert 1 - rho[-1] == pytest.approx(seen, abs=1e-9)


@pytest.mark.theorem("interaction-rate")
def test_long_schedules_keep_their_retention_between_zero_and_one():
    for schedule in (HarmonicSchedule(512, 16), minimax_schedule(64, 8).schedule):
        rho = retention(schedule)
        worst = schedule.worst_case(schedule.length - np.arange(1, schedule.length))
        assert rho.min() >= 1 - worst - 1e-9 and rho.max() <= 1


@pytest.mark.theorem("parity")
@settings(max_examples=20)
@given(st.floats(-1, 1), st.sampled_from([(2, 2), (1, 3), (3, 1), (1, 2, 1)]), st.floats(0.01, 1))
def test_a_parity_check_shrinks_exactly(c, sizes, alpha):
    x = signs(4)
    for chosen in [(0, 1), (0, 1, 3), (0, 1, 2, 3)]:
        check, rho = prod(x[i] for i in chosen), counted_retention(sizes, len(chosen))
        start = DenseLaw((1 + c * check) / 16)
        *_, after = self_train(start, FixedSchedule(sizes), alpha, 2)
        second = alpha * c + (1 - alpha) * rho * (alpha * c + (1 - alpha) * rho * c)
        np.testing.assert_allclose(after.pmf, (1 + second * check) / 16, atol=1e-12)


@pytest.mark.theorem("parity")
def test_a_parity_check_rests_where_the_formula_says():
    for sizes, alpha in [((1, 2), 0.2), ((2, 1), 0.1)]:
        truth = DenseLaw.of(parity(3, 3))
        g = alpha / (1 - (1 - alpha) * counted_retention(sizes, 3))
        rest = settle(truth, FixedSchedule(sizes), alpha)
        expected = -log(g + (1 - g) / 3)
        assert kl_divergence(truth.pmf, rest.pmf) == pytest.approx(expected, abs=1e-9)


@pytest.mark.theorem("local-limit")
@pytest.mark.parametrize("sizes", [(2, 2), (1, 3), (1, 1, 2)])
def test_total_correlation_finally_falls_by_the_square_of_the_retention(sizes):
    p = random_pmf(4, 2, seed=5)
    p = 0.5 * p + 0.5 / 16
    rate = max(counted_retention(sizes, a) for a in (2, 3, 4)) ** 2
    tc = [total_correlation(q.pmf) for q in self_train(DenseLaw(p), FixedSchedule(sizes), 0, 12)]
    assert tc[-1] < 1e-2 * tc[0]
    assert tc[-1] / tc[-2] == pytest.approx(rate, rel=0.02)


@pytest.mark.theorem("burst-lyapunov")
@settings(max_examples=40)
@given(positive_pmfs(3, 2), st.sampled_from([(3,), (1, 2), (1, 1, 1)]))
def test_a_burst_loses_at_least_its_price(p, sizes):
    _, after = self_train(DenseLaw(p), FixedSchedule(sizes), 0, 1)
    np.testing.assert_allclose(after.pmf, sampled(p, sizes), atol=1e-12)
    assert total_correlation(after.pmf) <= total_correlation(p) - price(p, sizes) + 1e-9


@pytest.mark.theorem("burst-lyapunov")
def test_a_burst_that_may_draw_all_at_once_forgets_geometrically():
    mixed = MixtureSchedule([FixedSchedule((3,)), FixedSchedule((1, 2))], [0.25, 0.75])
    law = DenseLaw(random_pmf(3, 3, seed=1, zeros=0.3))
    tc = [total_correlation(q.pmf) for q in self_train(law, mixed, 0, 8)]
    assert all(tc[t] <= 0.75**t * tc[0] + 1e-12 for t in range(9))


@pytest.mark.theorem("burst-lyapunov")
@pytest.mark.parametrize("seed", range(4))
def test_one_token_and_then_the_rest_forgets_every_positive_law(seed):
    law = DenseLaw(random_pmf(4, 2, seed=seed) * 0.999 + 0.001 / 16)

    def kappa(p):
        found = []
        for c in combinations(range(4), 2):
            m = p.sum(axis=tuple(k for k in range(4) if k not in c))
            scaled = m / np.sqrt(np.outer(m.sum(1), m.sum(0)))
            found.append(np.linalg.svd(scaled)[1][1])  # the maximal correlation
        return max(found)

    path = [q.pmf for q in self_train(law, FixedSchedule((1, 3)), 0, 60)]
    for before, after in pairwise(path[:9]):
        assert kappa(after) <= kappa(before) * (0.5 + 0.5 * kappa(before)) + 1e-9
    assert total_correlation(path[-1]) < 1e-9


# Fresh data ------------------------------------------------------------------------------------


@pytest.mark.theorem("contraction")
@given(positive_pmfs(2, 3), positive_pmfs(2, 3), st.floats(0, 1))
def test_mixing_with_the_truth_contracts_the_divergence(p, r, alpha):
    left = kl_divergence(p, alpha * p + (1 - alpha) * r)
    u = kl_divergence(p, r)
    bound = u if alpha == 0 else -log(alpha + (1 - alpha) * exp(-u))
    assert mixed_kl(u, alpha) == pytest.approx(bound, abs=1e-12)
    assert left <= bound + 1e-9
    assert bound <= (1 - alpha) * u + 1e-9
    assert alpha == 0 or bound <= -log(alpha) + 1e-9


@pytest.mark.theorem("contraction")
def test_theory_numbers_of_dependence_collapse():
    law = DenseLaw(np.random.default_rng(0).dirichlet(np.full(64, 0.2)).reshape((2,) * 6))
    assert total_correlation(law.pmf) == pytest.approx(0.925, abs=5e-4)
    known = {(3, 3): (0.317, 0.109, 0.004), (2, 2, 2): (0.553, 0.337, 0.077)}
    for sizes, expected in known.items():
        path = [*self_train(law, FixedSchedule(sizes), 0, 5)]
        seen = [total_correlation(path[t].pmf) for t in (1, 2, 5)]
        assert seen == pytest.approx(expected, abs=6e-4)
    for alpha, expected in [(0.1, 0.449), (0.3, 0.175)]:
        rest = settle(law, FixedSchedule((2, 2, 2)), alpha, tolerance=1e-8)
        assert kl_divergence(law.pmf, rest.pmf) == pytest.approx(expected, abs=6e-4)


@pytest.mark.theorem("one-round")
@settings(max_examples=30)
@given(positive_pmfs(3, 2), positive_pmfs(3, 2), st.sampled_from(TRIPLES))
def test_the_price_of_a_model_is_read_off_its_loss_curve(p, r, sizes):
    cuts = np.cumsum(sizes)[:-1]
    path = fmean(
        kl_divergence(p, one_plan(r, [b.tolist() for b in np.split(np.array(order), cuts)]))
        for order in permutations(range(3))
    )
    ours = loss_price(DenseLaw(p), DenseLaw(r), FixedSchedule(sizes))
    assert ours == pytest.approx(path, abs=1e-9)
    assert kl_divergence(p, sampled(r, sizes)) <= path + 1e-9
    assert path <= price(p, sizes) + max(sizes) * kl_divergence(p, r) + 1e-9


@pytest.mark.theorem("one-round")
@given(st.integers(1, 8).flatmap(schedules))
def test_block_lengths_come_from_the_overshoot(schedule):
    expected = np.zeros(schedule.length)
    for weight, sizes in schedule.compositions():
        expected[np.cumsum([0, *sizes[:-1]])] += weight * np.array(sizes)
    np.testing.assert_allclose(block_lengths(schedule), expected, atol=1e-12)


@pytest.mark.theorem("closed-bound")
@pytest.mark.parametrize("sizes", [(1, 2), (2, 1)])
@pytest.mark.parametrize("alpha", [0.1, 0.4])
def test_the_error_stays_below_the_bound_in_good_cases(sizes, alpha):
    for seed in range(3):
        p = random_pmf(3, 2, seed) * 0.9 + 0.1 / 8
        x, y, good = [], price(p, sizes), True
        o = FixedSchedule(sizes).overshoot()
        for q in self_train(DenseLaw(p), FixedSchedule(sizes), alpha, 25):
            d = excess_loss(DenseLaw(p), q.conditionals)
            good &= (d[:-1] - d[1:]) @ o <= 1e-12
            x.append(kl_divergence(p, q.pmf))
        bound = log(1 + (1 - alpha) / alpha * (1 - exp(-y)))
        assert not good or x[-1] <= bound + 1e-9
        assert bound <= min(-log(alpha), (1 - alpha) / alpha * y) + 1e-12


def three(r):
    x = signs(3)
    return (1 + r * (x[0] * x[1] + x[0] * x[2] + x[1] * x[2])) / 8


@pytest.mark.theorem("tipping")
@given(st.floats(-1 / 3, 1))
def test_three_equal_bits_follow_one_number(r):
    p = np.maximum(three(r), 0)
    p /= p.sum()
    np.testing.assert_allclose(sampled(p, (1, 2)), three((2 * r + r * r) / 3), atol=1e-9)


@pytest.mark.theorem("tipping")
@pytest.mark.parametrize("alpha", [0.05, 0.1, 0.2])
def test_a_nearly_free_law_tips_over(alpha):
    path = [q.pmf for q in self_train(DenseLaw(three(0.9999)), FixedSchedule((1, 2)), alpha, 400)]
    x = [kl_divergence(path[0], p) for p in path]
    assert price(path[0], (1, 2)) < 3e-4
    assert x[10] < 0.01
    assert x[-1] == pytest.approx(log(4 * (1 - alpha) / (1 + 8 * alpha)), abs=0.02)


@pytest.mark.theorem("tipping")
def test_above_a_quarter_nothing_tips():
    rest = settle(DenseLaw(three(0.9999)), FixedSchedule((1, 2)), 0.3)
    assert kl_divergence(three(0.9999), rest.pmf) < price(three(0.9999), (1, 2))


# One plan for ever -----------------------------------------------------------------------------


@pytest.mark.theorem("frozen-plan")
@pytest.mark.parametrize("alpha", [0, 0.2, 1])
@pytest.mark.parametrize("zeros", [0, 0.5])
def test_a_frozen_plan_loses_once(alpha, zeros):
    for blocks in [[(0, 2), (1, 3)], [(1,), (0, 3), (2,)], [(0, 1, 2, 3)]]:
        p = random_pmf(4, 2, seed=8, zeros=zeros)
        expected = alpha * p + (1 - alpha) * one_plan(p, blocks)
        _, *rounds = self_train(DenseLaw(p), Plan(blocks), alpha, 5)
        for q in rounds:
            np.testing.assert_allclose(q.pmf, expected, atol=1e-12)


@pytest.mark.theorem("frozen-plan")
@pytest.mark.parametrize("sizes", TRIPLES)
def test_plans_drawn_once_lose_less_than_the_price(sizes):
    p, alpha = random_pmf(3, 3, seed=2), 0.25
    listed = [*plans(FixedSchedule(sizes))]
    assert sum(weight for weight, _ in listed) == pytest.approx(1)
    once = sum(
        weight * kl_divergence(p, alpha * p + (1 - alpha) * plan.output_law(DenseLaw(p)).pmf)
        for weight, plan in listed
    )
    assert once <= mixed_kl(price(p, sizes), alpha) + 1e-12


# Where the loop rests --------------------------------------------------------------------------


@pytest.mark.theorem("fixed-points")
@settings(max_examples=8)
@given(positive_pmfs(3, 2), positive_pmfs(3, 2), st.sampled_from(TRIPLES))
def test_two_starts_meet_where_the_theorem_promises_it(p, start, sizes):
    alpha = 0.5 if sizes == (1, 2) else 0.9
    ends = [settle(DenseLaw(p), FixedSchedule(sizes), alpha, s) for s in (None, DenseLaw(start))]
    np.testing.assert_allclose(ends[0].pmf, ends[1].pmf, atol=1e-9)
    again = alpha * p + (1 - alpha) * sampled(ends[0].pmf, sizes)
    np.testing.assert_allclose(again, ends[0].pmf, atol=1e-9)


@pytest.mark.theorem("fixed-points")
def test_below_the_promise_two_starts_can_end_in_two_places():
    p = np.full((2, 2, 2), 0.01 / 8)
    for x, weight in {(0, 0, 1): 0.6, (0, 1, 0): 0.05, (1, 0, 0): 0.05, (1, 1, 0): 0.3}.items():
        p[x] += 0.99 * weight
    noise = DenseLaw(np.full((2, 2, 2), 1 / 8))
    S = FixedSchedule((2, 1))
    ends = [settle(DenseLaw(p), S, 0.02, s, tolerance=1e-7) for s in (None, noise)]
    assert np.abs(ends[0].pmf - ends[1].pmf).sum() > 1
    for end in ends:
        np.testing.assert_allclose(loop(p, (2, 1), 0.02, 1, end.pmf), end.pmf, atol=1e-6)


@pytest.mark.theorem("attenuation")
@pytest.mark.parametrize("sizes", [(1, 2), (2, 1)])
def test_a_weak_interaction_survives_in_part(sizes):
    x, eps, alpha = signs(3), 1e-3, 0.3
    parts = {(0, 1): 1.0, (1, 2): -0.5, (0, 1, 2): 0.7}
    f = sum(c * prod(x[i] for i in A) for A, c in parts.items())
    p = (1 + eps * f) / 8
    rest = settle(DenseLaw(p), FixedSchedule(sizes), alpha, tolerance=1e-15).pmf
    for A, c in parts.items():
        left = (rest * prod(x[i] for i in A)).sum() / (eps * c)
        g = alpha / (alpha + (1 - alpha) * (1 - counted_retention(sizes, len(A))))
        assert left == pytest.approx(g, abs=3e-3)
        assert survival(FixedSchedule(sizes), alpha)[len(A) - 2] == pytest.approx(g)
    lost = sum(
        c**2 * (1 - survival(FixedSchedule(sizes), alpha)[len(A) - 2]) ** 2
        for A, c in parts.items()
    )
    assert kl_divergence(p, rest) == pytest.approx(eps**2 / 2 * lost, rel=0.02)


@pytest.mark.theorem("redraw-at-rest")
@pytest.mark.parametrize("sizes", [(2, 2), (1, 2, 1), (2, 1, 1)])
def test_redrawn_plans_win_at_rest_above_the_threshold(sizes):
    x = signs(4)
    for chosen in [(0, 2), (0, 1, 3)]:
        p = (1 + 1e-3 * prod(x[i] for i in chosen)) / 16
        lost = 1 - counted_retention(sizes, len(chosen))
        threshold = redraw_above(FixedSchedule(sizes))[len(chosen) - 2]
        assert threshold == pytest.approx(lost**0.5 / (1 + lost**0.5))
        if lost == 0:  # nothing to choose
            continue
        for alpha in (threshold - 0.03, threshold + 0.03):
            law = DenseLaw(p)
            rest = settle(law, FixedSchedule(sizes), alpha, tolerance=1e-15).pmf
            cuts = np.cumsum(sizes)[:-1]
            kept = fmean(
                kl_divergence(
                    p,
                    alpha * p
                    + (1 - alpha) * one_plan(p, [b.tolist() for b in np.split(np.array(o), cuts)]),
                )
                for o in permutations(range(4))
            )
            assert kept == pytest.approx((1 - alpha) ** 2 * lost * 1e-6 / 2, rel=0.02)
            assert (kl_divergence(p, rest) < kept) == (alpha > threshold)


# Finite data -----------------------------------------------------------------------------------


def finite_loops(p, sizes, alpha, n, rounds, repeats, rng):
    """Empirical laws of the last generation, (repeats, 2, 2, 2)."""
    flat, ends = p.ravel(), []
    for _ in range(repeats):
        F = rng.multinomial(n, flat) / n
        for _ in range(rounds):
            *_, mixed = self_train(
                DenseLaw(p), FixedSchedule(sizes), alpha, 1, DenseLaw(F.reshape(p.shape))
            )
            F = rng.multinomial(n, mixed.pmf.ravel()) / n
        ends.append(F.reshape(p.shape))
    return np.array(ends)


@pytest.mark.theorem("marginal-recurrence")
@pytest.mark.parametrize("sizes", [(3,), (1, 2)])
def test_tokens_of_bursts_obey_the_recurrence_of_part_three(sizes):
    p, alpha, n = random_pmf(3, 2, seed=3), 0.4, 10
    ends = finite_loops(p, sizes, alpha, n, 3, 300, np.random.default_rng(0))
    R, S = [], []
    for i in range(3):
        truth = single(p, i)
        seen = ends.sum(axis=tuple(k + 1 for k in range(3) if k != i))  # (repeats, 2)
        R.append(((seen - truth) ** 2).sum(axis=1))
        S.append(1 - truth @ truth)
    r = 1 / n
    for _ in range(3):
        r = 1 / n + (1 - 1 / n) * (1 - alpha) ** 2 * r
    for errors, spread in zip(R, S, strict=True):
        assert abs(errors.mean() - r * spread) < 4.5 * errors.std() / 300**0.5


@pytest.mark.theorem("local-noise")
def test_weak_interactions_have_the_stated_bias_and_noise():
    sizes, alpha, n, repeats = (1, 2), 0.3, 20_000, 120
    x = signs(3)
    parts = {(0, 1): 2.0, (0, 1, 2): -2.0}
    p = (1 + sum(c * prod(x[i] for i in A) for A, c in parts.items()) / n**0.5) / 8
    ends = finite_loops(p, sizes, alpha, n, 8, repeats, np.random.default_rng(1))
    bias, noise = bias_and_noise(FixedSchedule(sizes), alpha)
    for a in (2, 3):
        rho = counted_retention(sizes, a)
        assert noise[a - 2] == pytest.approx(1 / (1 - (1 - alpha) ** 2 * rho**2))
        for A in combinations(range(3), a):
            f = parts.get(A, 0.0)
            Z = n**0.5 * (ends * prod(x[i] for i in A)).sum(axis=(1, 2, 3))
            squares = (Z - f) ** 2
            expected = bias[a - 2] * f**2 + noise[a - 2]
            assert abs(squares.mean() - expected) < 4.5 * squares.std() / repeats**0.5


def test_retention_of_pairs_is_best_for_equal_blocks():
    rates = {s: retention(FixedSchedule(s))[0] for s in [(2, 2, 2), (1, 2, 3), (1, 1, 4)]}
    assert max(rates, key=rates.get) == (2, 2, 2)
    assert 1 - rates[2, 2, 2] == pytest.approx((6 / 3 - 1) / 5)
    assert comb(6, 2) * (1 - rates[1, 1, 4]) == pytest.approx(comb(4, 2))


@pytest.mark.theorem("interaction-rate")
@given(st.integers(2, 8).flatmap(compositions))
def test_large_blocks_first_keep_interactions_of_every_size_best(sizes):
    first = retention(FixedSchedule(tuple(sorted(sizes, reverse=True))))
    assert np.all(first >= retention(FixedSchedule(sizes)) - 1e-12)


def test_vowel_patterns_forget_at_the_rate_of_pairs():
    law = DenseLaw.of(patterns(words(6), ["aeiouy"]))
    tc = [total_correlation(q.pmf) for q in self_train(law, FixedSchedule((3, 3)), 0, 7)]
    assert tc[-1] / tc[-2] == pytest.approx(0.36, rel=0.02)
