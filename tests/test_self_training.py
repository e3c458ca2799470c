"""Self-training: plans, learned denoisers, the family, and the stored experiment."""

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlmbook import experiments
from dlmbook.information import kl_divergence
from dlmbook.laws import DenseLaw, patterns, words
from dlmbook.sampling import denoiser_law, output_law, unmask
from dlmbook.schedules import FixedSchedule, uniform
from dlmbook.selftraining import Plan, mixed_kl, plans, self_train, settle, survival
from tests import oracles
from tests.strategies import pmfs, random_pmf, schedules


@given(pmfs(max_length=3, min_length=2).flatmap(lambda p: st.tuples(st.just(p), schedules(p.ndim))))
def test_the_mean_over_plans_is_the_output_law(pair):
    pmf, schedule = pair
    law = DenseLaw(pmf)
    mean = sum(weight * plan.output_law(law).pmf for weight, plan in plans(schedule))
    np.testing.assert_allclose(mean, output_law(law, schedule).pmf, atol=1e-12)
    other = denoiser_law(law.conditionals, schedule, law.vocabulary)
    np.testing.assert_allclose(other.pmf, mean, atol=1e-12)


def inconsistent(tokens):
    """A denoiser that belongs to no law: pmfs that depend on the context in an arbitrary way."""
    tokens = np.asarray(tokens)
    rising = (tokens * [1, 3, 5]).sum(axis=1)[:, None, None] + np.arange(3)[None, :, None]
    weights = 1.5 + np.sin(rising * np.array([1.0, 2.0]))
    pmf = weights / weights.sum(axis=-1, keepdims=True)
    shown = np.nonzero(tokens >= 0)
    pmf[shown] = np.eye(2)[tokens[shown]]
    return pmf


@pytest.mark.parametrize("order", [None, (2, 0, 1)])
@pytest.mark.parametrize("sizes", [(3,), (1, 2), (2, 1), (1, 1, 1)])
def test_the_law_of_any_denoiser_is_that_of_its_samples(sizes, order):
    schedule = FixedSchedule(sizes)

    def answer(context, i):
        return inconsistent([[-1 if c is None else c for c in context]])[0, i]

    orders = [order] if order else list(permutations(range(3)))
    exact = denoiser_law(inconsistent, schedule, 2, order).pmf
    for x, p in np.ndenumerate(exact):
        expected = np.mean([oracles.path_probability(answer, o, sizes, x) for o in orders])
        assert p == pytest.approx(expected)
    drawn = unmask(inconsistent, schedule, 4000, rng=0, order=order)
    counts = np.bincount(drawn @ [4, 2, 1], minlength=8) / 4000
    noise = np.sqrt(exact.ravel() * (1 - exact.ravel()) / 4000)
    assert np.all(np.abs(counts - exact.ravel()) < 5 * noise + 1e-12)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: Plan([(0, 0)]), "each position"),
        (lambda: Plan([(0,), ()]), "each position"),
        (lambda: Plan([0, 1]), "must be listed"),
        (lambda: Plan([(0,)]).output_law(DenseLaw(np.full((2, 2), 0.25))), "reveals 1 tokens"),
        (lambda: next(plans(uniform(9, 9))), "more than 65536"),
        (lambda: unmask(inconsistent, Plan([(0, 2), (1,)]), 3), "plan.schedule with order"),
        (lambda: survival(uniform(3, 2), 0.0), "alpha must lie"),
        (lambda: mixed_kl(-1.0, 0.5), "nonnegative"),
        (lambda: mixed_kl(1.0, 2), "alpha must lie"),
        (lambda: [*self_train(DenseLaw(np.full((2, 2), 0.25)), uniform(2, 1), 1.5, 1)], "alpha"),
        (lambda: settle(DenseLaw([0.5, 0.5]), uniform(1, 1), 0.5, tolerance=0), "tolerance"),
        (lambda: denoiser_law(inconsistent, uniform(21, 1), 2), "too many"),
        (lambda: patterns(words(3, most=5), ["aa"]), "disjoint"),
    ],
)
def test_errors_say_what_was_wrong(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_a_plan_is_sampled_as_its_schedule_and_its_order():
    plan = Plan([(2, 0), (1,)])
    law = DenseLaw(random_pmf(3, 2, seed=5))
    drawn = unmask(law.conditionals, plan.schedule, 4000, rng=0, order=plan.order)
    exact = plan.output_law(law).pmf.ravel()
    counts = np.bincount(drawn @ [4, 2, 1], minlength=8) / 4000
    assert np.all(np.abs(counts - exact) < 5 * np.sqrt(exact * (1 - exact) / 4000) + 1e-12)
    again = denoiser_law(law.conditionals, plan.schedule, 2, plan.order).pmf.ravel()
    np.testing.assert_allclose(again, exact, atol=1e-12)


def test_alpha_may_change_from_round_to_round():
    law = DenseLaw(random_pmf(3, 2, seed=1))
    path = [*self_train(law, uniform(3, 1), [1, 0.0, 1.0], 2)]
    np.testing.assert_allclose(path[2].pmf, law.pmf)
    assert kl_divergence(law.pmf, path[1].pmf) > 0.01


def test_patterns_add_up_the_words():
    law = patterns(words(4), ["aeiouy"])
    real = words(4)
    vowels = {"aeiouy".index(c) for c in "aeiouy"} and {ord(c) - 97 for c in "aeiouy"}
    expected = {}
    for atom, weight in zip(real.atoms.tolist(), real.weights, strict=True):
        key = tuple(0 if token in vowels else 1 for token in atom)
        expected[key] = expected.get(key, 0) + weight
    for atom, weight in zip(law.atoms.tolist(), law.weights, strict=True):
        assert weight == pytest.approx(expected.pop(tuple(atom)))
    assert not expected


torch = pytest.importorskip("torch")


def test_a_trained_family_writes_the_law_that_it_says():
    from dlmbook.families.masked import MaskedDiffusion

    truth = DenseLaw(random_pmf(3, 2, seed=4))
    for order in (None, (2, 0, 1)):
        family = MaskedDiffusion(2, 3, FixedSchedule((2, 1)), 60, order=order, width=16, layers=1)
        model = family.fit(truth.sample(500, rng=0), rng=1)
        again = family.fit(truth.sample(500, rng=0), rng=1)
        exact = model.written().pmf.ravel()
        np.testing.assert_array_equal(again.written().pmf.ravel(), exact)
        drawn = model.sample(4000, rng=2)
        counts = np.bincount(drawn @ [4, 2, 1], minlength=8) / 4000
        assert np.all(np.abs(counts - exact) < 5 * np.sqrt(exact * (1 - exact) / 4000))
        assert kl_divergence(truth.pmf, model.learned().pmf) < 0.3
    with pytest.raises(ValueError, match=r"plan\.schedule with order"):
        MaskedDiffusion(2, 3, Plan([(0, 1), (2,)]), 60)
    with pytest.raises(ValueError, match="must reveal"):
        MaskedDiffusion(2, 4, FixedSchedule((2, 1)), 60)
    with pytest.raises(ValueError, match="order"):
        MaskedDiffusion(2, 3, FixedSchedule((2, 1)), 60, order=(0, 0, 1))


def test_a_reduced_experiment_says_what_the_stored_one_says(tmp_path):
    from dlmbook.experiments import self_training

    small = self_training.run(self_training.CASES[2:4], rounds=2, n=4000, steps=250, cache=tmp_path)
    again = self_training.run(self_training.CASES[2:4], rounds=2, n=4000, steps=250, cache=tmp_path)
    assert small == again
    redrawn, frozen = (case["learned"][0] for case in small["cases"])
    assert redrawn[2] - redrawn[0] > frozen[2] - frozen[0]  # the plan decides


def test_the_stored_experiment_follows_the_exact_loop():
    stored = experiments.load("self_training")
    truth = DenseLaw.of(patterns(words(6), ["aeiouy"]))
    for case in stored["cases"]:
        sampler = FixedSchedule(case["sizes"])
        if case["order"] is not None:
            sampler = Plan(np.split(np.array(case["order"]), sampler.breakpoints[:-1]))
        path = self_train(truth, sampler, case["alpha"], stored["rounds"])
        exact = np.array([kl_divergence(truth.pmf, p.pmf) for p in path])
        for learned, own in zip(case["learned"], case["own"], strict=True):
            excess = np.array(learned) - exact
            assert np.all(excess > 0) and np.all(excess < 0.14)
            assert learned[0] == own[0]  # generation 0 has true data
    assert stored["n"] == self_training_full()["n"]


def self_training_full():
    from dlmbook.experiments import self_training

    return self_training.FULL
