"""The statements of *Spending a budget*: plain loops, sums over plans, searches over budgets."""

from itertools import combinations
from math import sqrt

import numpy as np
import pytest
from scipy.optimize import brentq, minimize
from scipy.stats import binom

from dlmbook.budget import (
    best_steps,
    faithful_size,
    forecast,
    fresh_share,
    frozen_bound,
    frozen_error,
    interaction_error,
    kept_coordinates,
    least_error,
    marginal_product,
    matched_forgetting,
    matched_steps,
    one_run_error,
    order_energies,
    plan_loss,
    plan_losses,
    redrawn_bound,
)
from dlmbook.curve import InformationCurve
from dlmbook.laws import DenseLaw, ProductLaw, parity, words
from dlmbook.schedules import FixedSchedule, HarmonicSchedule, uniform
from dlmbook.selftraining import Plan, retention, settle


def arrangements(positions, sizes):
    """Every way to cut the positions into blocks of these sizes, one after another."""
    if not sizes:
        yield ()
    else:
        for block in combinations(positions, sizes[0]):
            left = tuple(i for i in positions if i not in block)
            for rest in arrangements(left, sizes[1:]):
                yield (block, *rest)


def written(p, blocks):
    """What a sampler with these blocks writes; every conditional from plain sums."""
    out, known = np.ones_like(p), []
    for block in blocks:
        for i in block:
            others = tuple(k for k in range(p.ndim) if k not in (*known, i))
            joint = p.sum(axis=others, keepdims=True)
            out = out * joint / joint.sum(axis=i, keepdims=True)
        known += block
    return out


def keeps(blocks, A):
    met = [len(set(block) & set(A)) for block in blocks]
    return [x for x in met if x][-1] == 1


def kl(p, r):
    return float(np.sum(p[p > 0] * np.log(p[p > 0] / r[p > 0])))


def random_pmf(rng, L, q=2, sharp=1.0):
    return rng.dirichlet(np.full(q**L, sharp)).reshape((q,) * L)


def by_series(B, b, rho):
    """Error of a loop that is a sum over generations: old shares of the signal, old noise."""
    s = np.arange(20_000)
    held = np.sum((1 - b) * (b * rho) ** s)
    return B * (1 - held) ** 2 + (1 - b) * np.sum((b * rho) ** (2 * s))


@pytest.mark.theorem("doubling")
@pytest.mark.parametrize(("m", "k"), [(1, 7), (3, 0), (4, 4), (5, 40)])
def test_a_faithful_loop_is_worth_at_most_the_fresh_data_once_more(m, k):
    p, n = 0.3, m + k
    fresh = binom.pmf(np.arange(m + 1), m, p)
    law = binom.pmf(np.arange(n + 1), n, p)
    copied = [binom.pmf(np.arange(k + 1), k, j / n) for j in range(n + 1)]
    step = np.array([np.convolve(fresh, chances) for chances in copied])
    for _ in range(400):
        law = law @ step
    error = law @ (np.arange(n + 1) / n - p) ** 2
    assert p * (1 - p) / error == pytest.approx(faithful_size(m, k), rel=1e-9)
    assert m <= faithful_size(m, k) < 2 * m + 1
    assert faithful_size(m, 10**9) == pytest.approx(2 * m + 1, rel=1e-6)


@pytest.mark.theorem("interaction-price")
def test_a_loop_of_near_independent_bits_has_the_error_of_the_formula():
    m, c, loops, generations, burn = 40_000, 6, 200, 40, 15
    K, n = 2, m + m * c // 2
    x = 1 - 2 * np.indices((2, 2, 2)).reshape(3, -1)  # (3, 8)
    features = np.stack([x[0], x[0] * x[1], x[1] * x[2], x[0] * x[1] * x[2]])
    theta = np.array([0, 5, 0, 2]) / sqrt(m)
    truth = (1 + theta @ features) / 8
    rng, model = np.random.default_rng(1), np.tile(truth, (loops, 1))
    errors = []
    for t in range(generations):
        p = model.reshape(loops, 2, 2, 2)
        star = np.zeros_like(p)
        for i in range(3):  # sizes (1, 2): one token, then two at once
            one = p.sum(axis=tuple(1 + k for k in range(3) if k != i), keepdims=True)
            two = [p.sum(axis=1 + k, keepdims=True) for k in range(3) if k != i]
            star += two[0] * two[1] / one / 3
        mixture = star.reshape(loops, 8)
        counts = rng.multinomial(m, truth, loops) + rng.multinomial(n - m, mixture)
        model = counts / n
        if t >= burn:
            errors.append(m * (model @ features.T - theta) ** 2)
    seen = np.mean(errors, axis=0)  # (loops, features)
    rho = np.array([1, 1 / 2, 1 / 2, 0])  # the pair is split in 2 of 3 plans, but then once last
    rho[1] = rho[2] = np.mean([keeps(b, (0, 1)) for b in arrangements((0, 1, 2), (1, 2))])
    expected = sum(interaction_error(m * theta**2, fresh_share(c, K), rho))
    assert np.all(abs(seen.mean(axis=0) - expected) < 5 * seen.std(axis=0) / sqrt(loops) + 0.01)
    series = [by_series(B, c / (K + c), r) for B, r in zip(m * theta**2, rho, strict=True)]
    np.testing.assert_allclose(expected, series, rtol=1e-9)


@pytest.mark.theorem("first-samples")
def test_the_first_sample_helps_alike_and_too_many_harm_strong_interactions():
    for B in (0.1, 2.0, 30.0):
        for rho in (0.0, 0.4, 0.9, 1.0):
            slope = (by_series(B, 1e-5, rho) - 1) / 1e-5
            bend = (by_series(B, 1e-3, rho) - 1 + 1e-3) / 1e-6
            assert slope == pytest.approx(-1, abs=1e-3 * (B + 1))
            assert bend == pytest.approx((1 - rho) ** 2 * B + rho**2, abs=0.01 * (B + 1))
            if rho < 1:
                assert by_series(B, 1 - 1e-6, rho) == pytest.approx(B, rel=1e-3)
            for b in (0.1, 0.5, 0.9):
                u = b * (1 - rho) / (1 - b * rho)
                helps = B * u**2 * (1 + b * rho) < u + b * rho
                assert (by_series(B, b, rho) < 1) == helps
                assert sum(interaction_error(B, 1 - b, rho)) == pytest.approx(by_series(B, b, rho))


@pytest.mark.theorem("matching")
def test_no_budget_beats_the_least_error_and_matched_ones_come_within_half_the_fresh_share():
    for B in (0.05, 0.25, 0.6, 3.0, 50.0):
        found = minimize(
            lambda x, B=B: sum(interaction_error(B, x[0], x[1])),
            [0.5, 0.5],
            bounds=[(1e-7, 1), (0, 1)],
            method="Powell",
        )
        assert found.fun > least_error(B)
        assert found.fun == pytest.approx(least_error(B), abs=2e-3)
    for B, c, K in ((0.6, 10, 3), (3.0, 50, 8), (50.0, 1000, 8)):
        alpha, rho = K / (K + c), 1 - matched_forgetting(B, c, K)
        error = sum(interaction_error(B, alpha, rho))
        assert least_error(B) < error < least_error(B) + alpha / 2
        assert alpha / (1 - (1 - alpha) * rho) == pytest.approx(1 - 1 / (4 * B))
        L = 60
        root = brentq(
            lambda k, L, x: (L / k - 1) / (L - 1) - k / x, 1e-3, L, args=(L, c * (4 * B - 1))
        )
        assert matched_steps(B, c, L) == pytest.approx(max(root, 1))


@pytest.mark.theorem("strong-signal")
def test_a_strong_signal_wants_calls_with_the_power_three_fifths_of_the_budget():
    ratio = []
    for B, c in ((1e3, 1e4), (1e5, 1e8), (1e7, 1e12)):
        guess = (16 * B * c**3) ** 0.2
        K = guess * np.geomspace(0.01, 100, 4001)
        alpha = K / (K + c)
        total = sum(interaction_error(B, alpha, 1 - 1 / K))
        ratio.append((K[total.argmin()] / guess, (total.min() - 0.5) / (guess / c)))
        assert best_steps(B, c, 10**9) == pytest.approx(guess, rel=1e-6)
    away = [abs(x - 1) + abs(y - 5 / 16) for x, y in ratio]
    assert away[0] > away[1] > away[2] and away[2] < 0.02
    B, c, L = 25.0, 256, 1024
    every = [sum(interaction_error(B, K / (K + c), 1 - (L / K - 1) / (L - 1))) for K in range(1, L)]
    assert every[int(best_steps(B, c, L)) - 1] < 1.01 * min(every)


@pytest.mark.theorem("strong-signal")
def test_a_strong_signal_and_a_small_budget_want_the_cube_root():
    ratio = []
    for B, c in ((1e5, 1.0), (1e8, 1.0), (1e11, 0.1), (1e14, 20.0)):
        guess = (4 * B * c) ** (1 / 3)
        K = guess * np.geomspace(0.01, 100, 4001)
        K = K[K >= 1]
        total = sum(interaction_error(B, K / (K + c), 1 - 1 / K))
        ratio.append((K[total.argmin()] / guess, (1 - total.min()) / (c / guess)))
        assert best_steps(B, c, 10**9) == pytest.approx(guess, rel=1e-6)
    away = [abs(x - 1) + abs(y - 3 / 4) for x, y in ratio]
    assert away[0] > away[1] > away[2] and max(away[1:]) < 0.02
    L = 1024
    K = np.arange(1, L + 1)
    rho = 1 - (L / K - 1) / (L - 1)
    for B in (0.1, 0.25, 1, 25, 400, 1e4):  # the rule in all regimes, by search
        for c in (0.25, 1, 4, 16, 64, 256, 4096):
            total = sum(interaction_error(B, fresh_share(c, K), rho))
            rule = int(np.rint(best_steps(B, c, L)))
            assert total[rule - 1] < 1.06 * total.min()
            if B > 0.25:
                assert total[rule - 1] < 1


@pytest.mark.theorem("freeze-or-redraw")
def test_a_kept_plan_errs_as_the_mean_over_plans_and_wins_when_copies_are_many():
    for sizes in ((1, 4), (2, 2, 1), (3, 2)):
        blocks = list(arrangements(range(5), sizes))
        for A in ((0, 3), (1, 2, 4), (0, 1, 2, 3, 4)):
            rho = np.mean([keeps(x, A) for x in blocks])
            assert rho == pytest.approx(retention(FixedSchedule(sizes))[len(A) - 2])
            for B, b in ((7.0, 0.3), (7.0, 0.9), (0.2, 0.6)):
                mean = np.mean([by_series(B, b, float(keeps(x, A))) for x in blocks])
                lost, noise = frozen_error(B, 1 - b, rho)
                assert lost + noise == pytest.approx(mean)
                redrawn = interaction_error(B, 1 - b, rho)
                assert noise >= redrawn[1] - 1e-12
                if 0 < rho < 1:
                    assert (lost < redrawn[0]) == (b / (1 - b) > 1 / sqrt(1 - rho))
        kept = sum(keeps(blocks[0], A) for a in range(1, 6) for A in combinations(range(5), a))
        assert kept == kept_coordinates(Plan(blocks[0]), 2)
    for B in (0.4, 0.6):
        limit = sum(frozen_error(B, 1e-9, 0.7)) < sum(interaction_error(B, 1e-9, 0.7))
        assert limit == (B > 0.5)
    p = random_pmf(np.random.default_rng(3), 4)
    M = written(p, [range(4)])
    shift = written(p, [(0, 2), (1, 3)]) - p
    assert plan_loss(Plan([(0, 2), (1, 3)]), DenseLaw(p)) == pytest.approx((shift**2 / M).sum())
    np.testing.assert_allclose(marginal_product(DenseLaw(p)), M)
    several = [[(0, 2), (1, 3)], [(3,), (1,), (0, 2)], [(0, 1, 2, 3)]]
    halves = p, random_pmf(np.random.default_rng(6), 4)
    shifts = [[written(half, blocks) - half for half in halves] for blocks in several]
    np.testing.assert_allclose(
        plan_losses([Plan(blocks) for blocks in several], *map(DenseLaw, halves)),
        [(one * two / M).sum() for one, two in shifts],
    )


@pytest.mark.theorem("curve-orders")
def test_the_curve_splits_into_interactions_by_their_number_of_tokens():
    rng = np.random.default_rng(2)
    for L, q in ((4, 2), (3, 3)):
        p = random_pmf(rng, L, q)

        def tc(B, p=p, L=L):
            marginal = p.sum(axis=tuple(k for k in range(L) if k not in B))
            return kl(marginal, written(marginal, [range(len(B))])) if len(B) > 1 else 0.0

        exact = [
            sum(
                (-1) ** (a - b) * tc(B)
                for A in combinations(range(L), a)
                for b in range(1, a + 1)
                for B in combinations(A, b)
            )
            for a in range(2, L + 1)
        ]
        curve = InformationCurve.of(DenseLaw(p))
        np.testing.assert_allclose(order_energies(curve), exact, atol=1e-12)
        assert curve.tc == pytest.approx(sum(exact))
        assert curve.dtc == pytest.approx(np.arange(1, L) @ exact)
        for sizes in ((L,), (1, L - 1), (L - 1, 1)):
            blocks = list(arrangements(range(L), sizes))
            price = np.mean([kl(p, written(p, x)) for x in blocks])
            kept = [
                np.mean([keeps(x, A) for x in blocks for A in combinations(range(L), a)])
                for a in range(2, L + 1)
            ]
            assert price == pytest.approx((1 - np.array(kept)) @ exact)
    x = 1 - 2 * np.indices((2, 2, 2))
    law = DenseLaw((1 + 0.02 * x[0] * x[1] + 0.01 * x.prod(axis=0)) / 8)
    np.testing.assert_allclose(
        order_energies(InformationCurve.of(law)), [0.02**2 / 2, 0.01**2 / 2], rtol=0.05
    )
    W = order_energies(InformationCurve.of(law))
    lost, noise = forecast(W, 2, FixedSchedule((1, 2)), 10_000, 6)
    B, alpha = 10_000 * np.array([0.02**2, 0.01**2]), 2 / 8
    pair, three = interaction_error([B[0], 0, 0], alpha, 2 / 3), interaction_error(B[1], alpha, 0)
    one = 3 / (2 - alpha)
    assert lost == pytest.approx((pair[0].sum() + three[0]) / 7, rel=0.05)
    assert noise == pytest.approx((3 * pair[1] + three[1] + one) / 7, rel=0.05)


@pytest.mark.theorem("budget-bound")
def test_bounds_hold_for_every_law_and_a_safe_budget_stays_near_the_truth():
    rng = np.random.default_rng(4)
    for trial in range(12):
        L, sizes = ((4, (2, 2)), (4, (1, 2, 1)), (3, (1, 2)), (3, (2, 1)))[trial % 4]
        p = random_pmf(rng, L, sharp=(0.2, 1.0, 3.0)[trial % 3])
        schedule, curve = FixedSchedule(sizes), InformationCurve.of(DenseLaw(p))
        y, K = schedule.expected_kl(curve), len(sizes)
        for c in (0.5, 1.5, 10.0):
            b, errors = c / (c + K), []
            for blocks in arrangements(range(L), sizes):
                model = p
                for _ in range(4):
                    model = (1 - b) * p + b * written(model, blocks)
                errors.append(kl(p, model))
            assert np.mean(errors) <= frozen_bound(schedule, y, c) + 1e-12
            longest = max(sizes)
            bound = redrawn_bound(schedule, y, c)
            assert np.isinf(bound) == (c * (longest - 1) >= K)
            if np.isfinite(bound):
                end = settle(DenseLaw(p), schedule, 1 - b, tolerance=1e-6)
                assert kl(p, end.pmf) <= bound + 1e-4
    assert frozen_bound(uniform(8, 4), (1 / 4 - 1 / 8) * 3.0, 5) <= 5 * 3.0 / 4**2
    equal = uniform(12, 4)
    assert np.isfinite(redrawn_bound(equal, 1, 1.99)) and np.isinf(redrawn_bound(equal, 1, 2))
    for L, K in ((12, 5), (1024, 121), (1024, 226)):  # not divisors: the longest block counts
        longest = max(len(x) for x in np.array_split(np.arange(L), K))
        edge = K / (longest - 1)
        assert np.isfinite(redrawn_bound(uniform(L, K), 1, edge - 1e-6))
        assert np.isinf(redrawn_bound(uniform(L, K), 1, edge))
        assert edge < K**2 / (L - K)
    assert redrawn_bound(HarmonicSchedule(12, 12, "tc"), 0.0, 100) == 0


@pytest.mark.theorem("one-run")
def test_one_batch_has_the_bias_of_the_schedule_and_the_noise_of_its_size():
    rng = np.random.default_rng(5)
    x = 1 - 2 * np.indices((2,) * 4)
    for theta in (0.3, -0.9):
        p = (1 + theta * x[0] * x[1] * x[2]) / 16
        for sizes in ((4,), (2, 2), (1, 2, 1), (1, 1, 1, 1)):
            out = np.mean([written(p, b) for b in arrangements(range(4), sizes)], axis=0)
            C, K = 240, len(sizes)
            mean = (out * x[0] * x[1] * x[2]).sum()
            exact = (mean - theta) ** 2 + (1 - mean**2) * K / C
            rho = retention(FixedSchedule(sizes))[1]
            assert sum(one_run_error(theta, rho, K, C)) == pytest.approx(exact, abs=1e-12)
    for _ in range(20):
        p, f = random_pmf(rng, 4, sharp=0.5), rng.uniform(-1, 1, (2,) * 4)
        curve, schedule = InformationCurve.of(DenseLaw(p)), uniform(4, 2)
        out = np.mean([written(p, b) for b in arrangements(range(4), (2, 2))], axis=0)
        bias, variance = ((out - p) * f).sum(), (out * f**2).sum() - (out * f).sum() ** 2
        C = 50
        bound = 2 / C + 2 * (1 / 2 - 1 / 4) * (curve.tc + curve.dtc)
        assert bias**2 + variance * 2 / C <= 2 / C + 2 * schedule.expected_kl(curve) <= bound + 1e-9


def test_what_is_not_a_budget_is_refused():
    with pytest.raises(ValueError, match="calls must be finite and at least 0"):
        fresh_share(-1, 2)
    with pytest.raises(ValueError, match="steps must be finite and at least 1"):
        fresh_share(1, 0)
    with pytest.raises(ValueError, match=r"alpha must lie in \(0, 1\]"):
        interaction_error(1, 0, 0.5)
    with pytest.raises(ValueError, match=r"kept must lie in \[0, 1\]"):
        frozen_error(1, 0.5, 1.5)
    with pytest.raises(ValueError, match="signal must exceed 1/4"):
        matched_forgetting(0.2, 1, 1)
    with pytest.raises(ValueError, match=r"strength must lie in \[-1, 1\]"):
        one_run_error(2, 0.5, 1, 10)
    with pytest.raises(ValueError, match="energies must be 2 numbers"):
        forecast([0.1], 2, uniform(3, 1), 10, 1)
    with pytest.raises(ValueError, match="schedule must be a Schedule"):
        forecast([0.1], 2, Plan([(0, 1)]), 10, 1)
    with pytest.raises(ValueError, match="plan must be a Plan"):
        kept_coordinates(uniform(4, 2), 2)
    with pytest.raises(ValueError, match="coordinates are too many to count"):
        forecast(np.zeros(499), 28, uniform(500, 4), 10, 1)


def test_a_forecast_is_refused_where_it_cannot_be_trusted():
    W = order_energies(InformationCurve.of(ProductLaw(words(4), 5)))
    assert W.sum() == pytest.approx(InformationCurve.of(ProductLaw(words(4), 5)).tc)
    for repeats in (16, 64):
        with pytest.raises(ValueError, match="no trustworthy energies"):
            order_energies(InformationCurve.of(ProductLaw(words(4), repeats)))
    W = order_energies(InformationCurve.of(ProductLaw(words(4), 2)))
    with pytest.raises(ValueError, match="cannot be forecast from 1000 fresh sequences"):
        forecast(W, 26, uniform(8, 4), 1000, 16)
    weak = order_energies(InformationCurve.of(parity(4))) * 1e-4  # weak, and not to be seen at all
    lost, noise = forecast(weak, 2, uniform(4, 1), 1000, 1e6)
    assert lost + noise < 1
