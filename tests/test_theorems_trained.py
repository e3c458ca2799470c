"""The statements of Chapter 10, against enumeration in plain Python."""

from itertools import combinations, permutations, product
from math import log
from statistics import fmean

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from dlmbook.denoisers import Transformer, levels_of, weighted_loss
from dlmbook.estimation import (
    CurveEstimate,
    cheapest_schedule,
    choose_schedule,
    paying_schedule,
    walk_along,
)
from dlmbook.laws import MASK, DenseLaw
from dlmbook.sampling import (
    EntropyBound,
    TopConfidence,
    denoiser_error,
    output_prob,
    path_kl,
    path_parts,
    path_steps,
)
from dlmbook.schedules import FixedSchedule, HarmonicSchedule, MixtureSchedule
from tests import oracles
from tests.strategies import random_pmf

losses = st.lists(st.floats(0, 4), min_size=2, max_size=6).map(np.array)


def learned(length, vocabulary, seed):
    """A law, and a denoiser that knows another law and something of its own."""
    truth = DenseLaw(random_pmf(length, vocabulary, seed))
    other = DenseLaw(random_pmf(length, vocabulary, seed + 100))
    return truth, lambda x: 0.7 * other.conditionals(x) + 0.3 * truth.conditionals(x)


def one_by_one(denoiser):
    """A denoiser in the form that the oracles ask, each context once."""
    known = {}

    def ask(context, i):
        if context not in known:
            row = [MASK if a is None else a for a in context]
            known[context] = denoiser(np.array([row]))[0]
        return known[context][i]

    return ask


def contexts(length, j):
    for revealed in combinations(range(length), j):
        for i in set(range(length)) - set(revealed):
            yield revealed, i


def masked_losses(law, denoiser):
    """Mean charge by the number revealed, from the definition."""
    length = len(next(iter(law)))
    rows = []
    for j in range(length):
        charges = []
        for revealed, i in contexts(length, j):
            charge = 0.0
            for x, p in law.items():
                shown = tuple(a if k in revealed else None for k, a in enumerate(x))
                charge -= p * log(denoiser(shown, i)[x[i]])
            charges.append(charge)
        rows.append(fmean(charges))
    return np.array(rows)


def bill(sizes, loss):
    starts = np.cumsum((0, *sizes[:-1]))
    return float(np.dot(sizes, loss[starts]))


PLANS = [
    FixedSchedule((4,)),
    FixedSchedule((1, 3)),
    FixedSchedule((1, 1, 1, 1)),
    MixtureSchedule([FixedSchedule((2, 2)), FixedSchedule((1, 2, 1))], [0.3, 0.7]),
    HarmonicSchedule(4, 3, "both"),
]


@pytest.mark.theorem("model-curve")
@pytest.mark.parametrize("schedule", PLANS)
def test_the_path_costs_the_sum_of_excesses_and_the_models_increments_paired_with_overshoot(
    schedule,
):
    truth, denoiser = learned(4, 2, seed=3)
    law, asked = oracles.as_dict(truth.pmf), one_by_one(denoiser)
    loss = masked_losses(law, asked)
    exact = masked_losses(law, oracles.exact_denoiser(law, 2))
    plan = schedule.compositions()
    whole = oracles.path_divergence(law, asked, plan)
    o = oracles.overshoot(plan, 4)
    assert whole == pytest.approx((loss - exact).sum() - np.diff(loss) @ o, abs=1e-12)
    assert path_kl(truth, schedule, denoiser) == pytest.approx(whole, abs=1e-12)


@pytest.mark.theorem("model-curve")
def test_what_all_calls_can_buy_is_the_total_correlation_read_from_the_losses():
    truth, denoiser = learned(3, 3, seed=5)
    law, asked = oracles.as_dict(truth.pmf), one_by_one(denoiser)
    loss = masked_losses(law, asked)
    once = oracles.path_divergence(law, asked, [(1.0, (3,))])
    one = oracles.path_divergence(law, asked, [(1.0, (1, 1, 1))])
    read = CurveEstimate(np.tile(loss, (2, 1))).tc[0]
    assert once - one == pytest.approx(read, abs=1e-12)


@pytest.mark.theorem("model-curve")
@given(losses, st.data())
def test_if_the_excess_grows_the_denoisers_part_grows_with_every_breakpoint(steps, data):
    e = np.cumsum(steps)
    sizes = data.draw(st.sampled_from(oracles.all_compositions(len(e))))
    part = denoiser_error(FixedSchedule(sizes), e)
    assert len(e) * e[0] - 1e-9 <= part <= e.sum() + 1e-9
    for k, size in enumerate(sizes):
        for cut in range(1, size):
            finer = FixedSchedule((*sizes[:k], cut, size - cut, *sizes[k + 1 :]))
            assert denoiser_error(finer, e) >= part - 1e-9


@pytest.mark.theorem("paying-steps")
@given(losses)
def test_the_best_sizes_of_all_stop_at_the_record_lows_of_the_loss_and_nowhere_else(loss):
    every = oracles.all_compositions(len(loss))
    bills = {sizes: bill(sizes, loss) for sizes in every}
    least = sum(min(loss[: j + 1]) for j in range(len(loss)))
    assert min(bills.values()) == pytest.approx(least, abs=1e-9)
    ours = paying_schedule(loss).sizes
    assert bills[ours] == pytest.approx(least, abs=1e-9)
    records = sum(loss[j] < min(loss[:j]) for j in range(1, len(loss)))
    assert len(ours) == 1 + records
    exact = [s for s in every if all(loss[n] == min(loss[: j + 1]) for j, n in starts(s))]
    assert ours in exact
    assert min(len(s) for s in exact) == len(ours)


def starts(sizes):
    """Each token's number, and the number of tokens revealed before its block."""
    n = 0
    for size in sizes:
        for j in range(n, n + size):
            yield j, n
        n += size


@pytest.mark.theorem("paying-steps")
def test_a_breakpoint_changes_the_error_by_the_fall_of_the_loss_times_the_tokens_to_come():
    truth, denoiser = learned(4, 2, seed=8)
    law, asked = oracles.as_dict(truth.pmf), one_by_one(denoiser)
    loss = masked_losses(law, asked)
    before = oracles.path_divergence(law, asked, [(1.0, (1, 3))])
    after = oracles.path_divergence(law, asked, [(1.0, (1, 1, 2))])
    assert after - before == pytest.approx(2 * (loss[2] - loss[1]), abs=1e-12)


@pytest.mark.theorem("paying-steps")
def test_a_denoiser_that_is_shown_fewer_tokens_pays_the_loss_with_fewer_tokens():
    truth, denoiser = learned(3, 2, seed=1)
    law, asked = oracles.as_dict(truth.pmf), one_by_one(denoiser)
    loss = masked_losses(law, asked)
    total = []
    for order in permutations(range(3)):  # one token at a time, the third sees one of the two
        for shown in order[:2]:
            for x, p in law.items():
                see = [(), (order[0],), (shown,)]
                price = sum(
                    log(asked(tuple(a if k in s else None for k, a in enumerate(x)), i)[x[i]])
                    for s, i in zip(see, order, strict=True)
                )
                total.append(p * (log(p) - price))
    mean = sum(total) / 12
    entropy = oracles.entropy(law, range(3))
    assert mean == pytest.approx(loss[0] + 2 * loss[1] - entropy, abs=1e-12)


def best_sizes(loss, steps):
    every = [s for s in oracles.all_compositions(len(loss)) if len(s) == steps]
    return min(every, key=lambda s: bill(s, loss))


@pytest.mark.theorem("transfer")
@given(st.integers(2, 6), st.data())
def test_sizes_chosen_for_another_model_lose_no_more_than_the_blocks_times_the_variation(L, data):
    draw = st.lists(st.floats(0, 4), min_size=L, max_size=L).map(np.array)
    a, b = data.draw(draw), data.draw(draw)
    steps = data.draw(st.integers(1, L))
    chosen, best = best_sizes(a, steps), best_sizes(b, steps)
    regret = bill(chosen, b) - bill(best, b)
    change = -np.diff(a - b)
    o, o_best = (np.array(oracles.overshoot([(1.0, s)], L)) for s in (chosen, best))
    assert -1e-9 <= regret <= change @ (o_best - o) + 1e-9
    assert regret <= np.abs(change) @ np.maximum(o, o_best) + 1e-9
    assert regret <= (max(*chosen, *best) - 1) * np.abs(change).sum() + 1e-9


@pytest.mark.theorem("transfer")
@given(losses, st.lists(st.floats(0, 2), min_size=6, max_size=6), st.data())
def test_if_the_other_model_lags_more_and_more_its_own_blocks_alone_count(loss, steps, data):
    b = np.sort(loss)[::-1]
    lag = np.cumsum(steps[: len(b)])
    K = data.draw(st.integers(1, len(b)))
    chosen, best = best_sizes(b + lag, K), best_sizes(b, K)
    regret = bill(chosen, b) - bill(best, b)
    o = np.array(oracles.overshoot([(1.0, chosen)], len(b)))
    assert regret <= np.diff(lag) @ o + 1e-9
    assert regret <= (max(chosen) - 1) * (lag[-1] - lag[0]) + 1e-9


@pytest.mark.theorem("schedule-elbo")
@pytest.mark.parametrize("schedule", PLANS)
def test_the_losses_at_the_beginnings_of_blocks_bound_the_likelihood_of_the_sampler(schedule):
    truth, denoiser = learned(4, 2, seed=2)
    asked = one_by_one(denoiser)
    a = levels_of(schedule)
    assert a.sum() == pytest.approx(4)
    out = oracles.output(asked, schedule.compositions(), 4, 2)
    for x, q in out.items():
        bound = a @ masked_losses({x: 1.0}, asked)
        assert -log(q) <= bound + 1e-12
    law = oracles.as_dict(truth.pmf)
    slack = a @ masked_losses(law, asked) - oracles.entropy(law, range(4))
    assert oracles.divergence(law, out) <= slack + 1e-12


@pytest.mark.theorem("schedule-elbo")
def test_the_objective_of_a_schedule_is_its_bound_per_token():
    schedule = FixedSchedule((1, 2))
    network = Transformer(vocabulary=2, length=3, width=8, layers=1, heads=2, rng=0)
    torch.manual_seed(1)
    torch.nn.init.normal_(network.head.weight)

    def asked(context, i):
        row = torch.tensor([[MASK if a is None else a for a in context]])
        with torch.no_grad():
            return torch.softmax(network(row).double(), dim=-1)[0, i].tolist()

    x = (0, 1, 1)
    want = levels_of(schedule) @ masked_losses({x: 1.0}, asked) / 3
    objective, source = weighted_loss(levels_of(schedule)), torch.Generator().manual_seed(0)
    with torch.no_grad():
        tokens = torch.tensor([x]).repeat(3000, 1)
        seen = [float(objective(network, tokens, source)) for _ in range(40)]
    assert abs(np.mean(seen) - want) < 5 * np.std(seen, ddof=1) / 40**0.5 + 1e-9


def follow(law, asked, exact, rule, sizes):
    """Schedule error and denoiser error of a rule, from their definition, context by context."""
    length, context = len(next(iter(law))), (None,) * len(next(iter(law)))
    return descend(law, asked, exact, rule, sizes, context, length)


def descend(law, asked, exact, rule, sizes, context, length):
    hidden = [i for i in range(length) if context[i] is None]
    if not hidden:
        return 0.0, 0.0
    chance = oracles.mass(law, context)
    pmfs = {i: np.array([asked(context, i)]) for i in hidden}
    ranked = sorted(hidden, key=lambda i: -rule.score(pmfs[i])[0])
    block = sorted(ranked[: sizes[0]])
    given = {x: p / chance for x, p in law.items() if fits(x, context)}
    shared = sum(oracles.entropy(given, (i,)) for i in block) - oracles.entropy(given, block)
    wrong = sum(
        sum(p * log(p / q) for p, q in zip(exact(context, i), asked(context, i), strict=True) if p)
        for i in block
    )
    total = np.array([chance * shared, chance * wrong])
    for values in product(range(2), repeat=len(block)):
        after = list(context)
        for i, a in zip(block, values, strict=True):
            after[i] = a
        if oracles.mass(law, tuple(after)) > 0:
            total += descend(law, asked, exact, rule, sizes[1:], tuple(after), length)
    return total


def fits(x, context):
    return all(c is None or c == a for a, c in zip(x, context, strict=True))


@pytest.mark.theorem("learned-rule")
@pytest.mark.parametrize("sizes", [(4,), (1, 3), (2, 2), (1, 2, 1)])
def test_a_rule_pays_for_what_its_blocks_share_and_for_the_models_errors_where_it_looks(sizes):
    truth, denoiser = learned(4, 2, seed=6)
    law = oracles.as_dict(truth.pmf)
    exact, rule = oracles.exact_denoiser(law, 2), TopConfidence(FixedSchedule(sizes))
    want = follow(law, one_by_one(denoiser), exact, rule, sizes)
    parts = path_parts(truth, rule, denoiser)
    np.testing.assert_allclose(parts, want, atol=1e-12)
    assert sum(parts) == pytest.approx(path_kl(truth, rule, denoiser), abs=1e-12)


@pytest.mark.theorem("learned-rule")
def test_with_the_exact_denoiser_a_rule_has_no_denoiser_error():
    truth = DenseLaw(random_pmf(3, 3, seed=0))
    for rule in (TopConfidence(FixedSchedule((1, 2))), EntropyBound(3, 0.5)):
        schedule, network = path_parts(truth, rule, truth.conditionals)
        assert network == pytest.approx(0, abs=1e-13)
        assert schedule == pytest.approx(path_kl(truth, rule), abs=1e-13)


def test_parts_of_a_schedule_are_those_of_the_theorem_on_learned_denoisers():
    truth, denoiser = learned(3, 2, seed=4)
    schedule = HarmonicSchedule(3, 2, "both")
    parts = path_parts(truth, schedule, denoiser)
    assert parts[0] == pytest.approx(path_kl(truth, schedule))
    assert sum(parts) == pytest.approx(path_kl(truth, schedule, denoiser))


# The choice of a schedule --------------------------------------------------------------------


def test_the_price_of_a_choice_has_no_bias_and_an_honest_error_although_the_choice_looks_better():
    rng = np.random.default_rng(0)
    D = np.array([2.5, 1.5, 1.4, 0.7, 0.6, 0.4])
    z, gap = [], []
    for _ in range(600):
        charges = rng.exponential(D, size=(40, 6))
        choice = choose_schedule(CurveEstimate(charges), 3, repeats=0, rng=rng)
        true = -np.diff(D) @ np.array(oracles.overshoot([(1.0, choice.schedule.sizes)], 6))
        z.append((choice.kl - true) / choice.error)
        gap.append(choice.kl - choice.apparent)
    assert abs(np.mean(z)) < 0.3  # skewed charges: errors are larger where prices are
    assert 0.8 < np.std(z) < 1.25
    assert np.mean(gap) > 5 * np.std(gap) / 600**0.5


def test_the_bootstrap_shows_stops_that_the_data_do_not_tell_apart():
    rng = np.random.default_rng(1)
    clear = np.abs(np.array([2.0, 2.0, 1.0, 1.0]) + rng.normal(scale=0.01, size=(40, 4)))
    sure = choose_schedule(CurveEstimate(clear), 2, rng=0)
    assert sure.schedule.sizes == (2, 2)
    assert np.all(sure.breakpoints == [2, 4])
    vague = np.abs(np.array([2.0, 1.5, 1.0, 0.5]) + rng.normal(scale=1.0, size=(40, 4)))
    stops = choose_schedule(CurveEstimate(vague), 2, rng=0).breakpoints[:, 0]
    assert len(np.unique(stops)) > 1


def test_choices_repeat_with_their_seed():
    estimate = CurveEstimate(np.random.default_rng(0).random((30, 5)))
    first, again = (choose_schedule(estimate, 2, rng=3) for _ in range(2))
    assert (first.kl, first.error) == (again.kl, again.error)
    np.testing.assert_array_equal(first.breakpoints, again.breakpoints)


@pytest.mark.parametrize(
    ("keywords", "complaint"),
    [
        ({"steps": 9}, "steps must be at most length"),
        ({"steps": 2, "share": 0.1}, "of 10 sequences must leave at least two on each side"),
        ({"steps": 2, "share": 0.9}, "at least two on each side"),
        ({"steps": 2, "share": 1}, "at least two on each side"),
        ({"steps": 2, "repeats": -1}, "repeats must be an integer >= 0"),
    ],
)
def test_a_choice_that_cannot_be_made_is_refused(keywords, complaint):
    with pytest.raises(ValueError, match=complaint):
        choose_schedule(CurveEstimate(np.ones((10, 4))), **keywords)


@pytest.mark.parametrize("loss", [[], [[1.0]], [1.0, np.inf], [1.0, np.nan]])
def test_losses_that_are_no_numbers_have_no_schedule(loss):
    with pytest.raises(ValueError):
        paying_schedule(loss)
    with pytest.raises(ValueError):
        cheapest_schedule(loss, 1)


def test_an_estimate_is_no_vector_of_losses():
    with pytest.raises(ValueError, match=r"estimate\.loss"):
        paying_schedule(CurveEstimate(np.ones((3, 2))))


@given(losses, st.data())
def test_the_cheapest_sizes_are_the_cheapest_although_losses_rise(loss, data):
    steps = data.draw(st.integers(1, len(loss)))
    ours = cheapest_schedule(loss, steps).sizes
    assert len(ours) == steps
    assert bill(ours, loss) == pytest.approx(bill(best_sizes(loss, steps), loss), abs=1e-9)


def test_a_clear_rise_of_the_loss_is_refused_and_noise_is_not():
    rng = np.random.default_rng(0)
    rising = CurveEstimate(rng.exponential([1.0, 3.0, 0.5], size=(400, 3)))
    with pytest.raises(ValueError, match=r"with 0 tokens revealed to .* with 1: look at"):
        choose_schedule(rising, 2)
    flat = CurveEstimate(rng.exponential([1.0, 1.0, 1.0], size=(400, 3)))
    assert choose_schedule(flat, 2, repeats=0, rng=0).schedule.length == 3


def test_a_rule_has_no_levels():
    with pytest.raises(ValueError, match="no fixed levels"):
        levels_of(TopConfidence(FixedSchedule((1, 2))))


@pytest.mark.parametrize(
    "weights", [[], [0, 0], [1, -1], [np.inf, 1], [[1, 2]], [np.nan, 1]], ids=str
)
def test_weights_that_are_no_weights_are_refused(weights):
    with pytest.raises(ValueError):
        weighted_loss(weights)


def test_weights_of_another_length_are_refused():
    network = Transformer(vocabulary=2, length=3, width=8, layers=1, heads=1, rng=0)
    with pytest.raises(ValueError, match="weights are for L = 2, but tokens have L = 3"):
        weighted_loss([1, 1])(network, torch.zeros(2, 3, dtype=torch.int64), torch.Generator())


def test_a_level_is_drawn_as_often_as_its_weight_says():
    class Spy:
        levels: list[int]

        def __call__(self, tokens):
            self.levels = (tokens != MASK).sum(dim=1).tolist()
            return torch.zeros(*tokens.shape, 2)

    spy, source = Spy(), torch.Generator().manual_seed(0)
    weighted_loss([3, 0, 1, 4])(spy, torch.zeros(800, 4, dtype=torch.int64), source)
    assert np.bincount(spy.levels, minlength=4) == pytest.approx([300, 0, 100, 400], abs=1)


def test_output_of_a_sampler_that_was_told_less_is_still_a_law():
    truth, denoiser = learned(3, 2, seed=9)
    tokens = list(product(range(2), repeat=3))
    assert output_prob(truth, FixedSchedule((1, 2)), tokens, denoiser).sum() == pytest.approx(1)


@pytest.mark.theorem("model-curve")
@pytest.mark.parametrize("seed", range(4))
def test_all_calls_gain_in_the_output_at_least_what_they_gain_along_the_path(seed):
    truth, denoiser = learned(3, 2, seed)
    law, asked = oracles.as_dict(truth.pmf), one_by_one(denoiser)
    loss = masked_losses(law, asked)
    once, single = (
        oracles.divergence(law, oracles.output(asked, [(1.0, sizes)], 3, 2))
        for sizes in ((3,), (1, 1, 1))
    )
    assert once - single >= (loss[0] - loss).sum() - 1e-12


@pytest.mark.theorem("learned-rule")
def test_a_walk_along_texts_pays_the_path_divergence_and_the_entropy():
    truth, denoiser = learned(4, 2, seed=6)
    tokens = truth.sample(20_000, rng=0)
    entropy = oracles.entropy(oracles.as_dict(truth.pmf), range(4))
    for way in (FixedSchedule((1, 3)), TopConfidence(FixedSchedule((2, 2))), EntropyBound(4, 0.6)):
        charges, steps = walk_along(denoiser, way, tokens, rng=1)
        error = charges.std() / len(charges) ** 0.5
        assert abs(charges.mean() - entropy - path_kl(truth, way, denoiser)) < 5 * error
        mean = path_steps(truth, way, denoiser)
        assert abs(steps.mean() - mean) < 5 * steps.std() / len(steps) ** 0.5 + 1e-12


def test_a_walk_asks_only_about_what_is_hidden_and_reveals_the_text():
    asked = []

    def spy(tokens):
        asked.append(tokens)
        return np.full((*tokens.shape, 3), 1 / 3)

    tokens = np.array([[0, 1, 2, 1], [2, 2, 0, 1]])
    charges, steps = walk_along(spy, FixedSchedule((1, 2, 1)), tokens, rng=0)
    assert steps.tolist() == [3, 3]
    np.testing.assert_allclose(charges, 4 * np.log(3))
    assert [int((t != MASK).sum()) for t in asked] == [0, 2, 6]
    assert all(np.all((t == MASK) | (t == tokens)) for t in asked)
    with pytest.raises(ValueError, match="have 4 tokens, but the schedule reveals 3"):
        walk_along(spy, FixedSchedule((3,)), tokens)
    with pytest.raises(ValueError, match="must be a Schedule or a Rule, not ndarray"):
        walk_along(spy, tokens, FixedSchedule((4,)))
