"""The statements of Chapter 15, against enumeration, closed forms and plain loops."""

from itertools import pairwise, product
from math import exp, log, sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlmbook.contamination import (
    expected_error,
    fit_spectrum,
    read_alpha,
    read_end,
    shrunk_errors,
    shrunk_price,
)
from dlmbook.families import MixedTexts, NGramModel, next_token_excess

SHARES = st.floats(0.01, 1)


def random_chain(rng, q, length):
    """A bigram model with random rows, as it would be fitted."""
    return NGramModel(rng.dirichlet(np.ones(q), size=q + 1), 1, length)


def enumerated(model):
    """All texts and their probabilities, multiplied one by one."""
    q, length = model.vocabulary, model.length
    texts = list(product(range(q), repeat=length))
    chances = []
    for text in texts:
        chance = model.rows[q, text[0]]
        for before, after in pairwise(text):
            chance *= model.rows[before, after]
        chances.append(chance)
    return np.array(texts), np.array(chances)


def divergence(p, r):
    return sum(a * log(a / b) for a, b in zip(p, r, strict=True))


@pytest.mark.theorem("excess-per-token")
def test_the_mean_divergence_of_next_tokens_is_the_divergence_of_texts_per_token():
    rng = np.random.default_rng(1)
    truth, model = random_chain(rng, 3, 4), random_chain(rng, 3, 4)
    texts, p = enumerated(truth)
    _, r = enumerated(model)
    excess = next_token_excess(model, truth, texts)
    assert np.all(excess >= 0)
    assert p @ excess.mean(axis=1) == pytest.approx(divergence(p, r) / 4, rel=1e-12)


@pytest.mark.theorem("mixed-texts")
@given(alpha=st.floats(0.02, 0.98), seed=st.integers(0, 2**32 - 1))
def test_what_was_read_decides_who_is_writing_and_a_reader_of_texts_inherits_little(alpha, seed):
    rng = np.random.default_rng(seed)
    truth, model = random_chain(rng, 2, 5), random_chain(rng, 2, 5)
    texts, p = enumerated(truth)
    _, r = enumerated(model)
    mixed = alpha * p + (1 - alpha) * r
    writers = MixedTexts(truth, model, alpha)
    weights, pmfs = writers.weights(texts), writers.predict(texts)
    for at in range(5):  # conditionals of the mixture, by summing over all texts
        for text, chance, weight in zip(texts, pmfs[:, at], weights[:, at], strict=True):
            same = np.all(texts[:, :at] == text[:at], axis=1)
            total = mixed[same].sum()
            assert weight == pytest.approx(alpha * p[same].sum() / total)
            ones = same & (texts[:, at] == 1)
            assert chance[1] == pytest.approx(mixed[ones].sum() / total)
    for at in range(4):  # a fair game under the mixture, a winning one under the truth
        for text, weight in zip(texts, weights[:, at], strict=True):
            same = np.all(texts[:, :at] == text[:at], axis=1)
            after = weights[same, at + 1]
            assert mixed[same] @ after / mixed[same].sum() == pytest.approx(weight)
            assert p[same] @ after / p[same].sum() >= weight - 1e-12
            assert p[same] @ np.log(after) / p[same].sum() >= log(weight) - 1e-12
    inherited, whole = divergence(p, mixed), divergence(p, r)
    bound = -log(alpha + (1 - alpha) * exp(-whole))
    assert inherited <= bound + 1e-12
    assert bound <= min((1 - alpha) * whole, log(1 / alpha)) + 1e-12


@pytest.mark.theorem("mixed-texts")
def test_a_bigram_table_learns_rows_mixed_by_how_often_each_writer_comes_to_a_context():
    rng = np.random.default_rng(4)
    truth, model = random_chain(rng, 2, 4), random_chain(rng, 2, 4)
    texts, p = enumerated(truth)
    _, r = enumerated(model)
    mixed = 0.3 * p + 0.7 * r
    for context in (0, 1):
        here = texts[:, :-1] == context
        visits = [(chances[:, None] * here).sum() for chances in (p, r)]
        ones = (mixed[:, None] * here * (texts[:, 1:] == 1)).sum()
        total = (mixed[:, None] * here).sum()
        share = 0.3 * visits[0] / (0.3 * visits[0] + 0.7 * visits[1])
        rows = share * truth.rows[context, 1] + (1 - share) * model.rows[context, 1]
        assert ones / total == pytest.approx(rows)


@pytest.mark.theorem("read-alpha")
@given(alpha=SHARES, n=st.integers(2, 1000), floor=st.floats(-5, 5), scale=st.floats(0.1, 10))
def test_three_losses_tell_the_share_and_two_tell_the_end(alpha, n, floor, scale):
    path = [1 / n]
    for _ in range(300):
        path.append(1 / n + (1 - 1 / n) * (1 - alpha) ** 2 * path[-1])
    losses = floor + scale * n * np.array(path)
    end = floor + scale * n / (1 + (n - 1) * alpha * (2 - alpha))
    assert read_end(losses[:2], alpha, n) == pytest.approx(end, rel=1e-6, abs=1e-6)
    if 1 - alpha > 1e-2:
        assert read_alpha(losses[:3], n) == pytest.approx(alpha, abs=1e-4)


@pytest.mark.theorem("read-alpha")
def test_losses_that_no_loop_has_are_refused():
    for losses in ([1, 2, 3.5], [1, 2, 1.9], [1, 1, 2]):
        with pytest.raises(ValueError, match="second step"):
            read_alpha(losses)
    with pytest.raises(ValueError, match="three generations"):
        read_alpha([1, 2])


@pytest.mark.theorem("tuned-shrinkage")
def test_a_shrinking_learner_in_a_plain_loop_has_the_errors_of_the_formula():
    """Gaussian data with known noise, many coordinates, the kappa that is best at first."""
    rng, d, plan = np.random.default_rng(0), 4000, [(1.0, 5), (0.2, 5), (0.0, 3), (0.5, 20)]
    truth = rng.standard_normal(d)
    noise = d / 5
    model, errors = np.zeros(d), []
    for alpha, n in plan:
        # given the past, the data's mean has this mean, and variance 1 / n in each coordinate
        data = alpha * truth + (1 - alpha) * model + rng.standard_normal(d) / sqrt(n)
        best = n * (truth @ truth) / (n * (truth @ truth) + d)  # on n true samples
        model = best * data
        errors.append(((model - truth) ** 2).sum())
    shares, sizes = zip(*plan, strict=True)
    kappa = (truth @ truth) / (truth @ truth + noise)
    ours = shrunk_errors(kappa, shares, sizes, 3)
    np.testing.assert_allclose(np.array(errors) / errors[0], ours, rtol=0.07)


@pytest.mark.theorem("tuned-shrinkage")
@given(kappa=st.floats(0.01, 1), alpha=st.floats(0, 1))
def test_one_generation_at_most_doubles_the_error_of_a_tuned_learner(kappa, alpha):
    first = shrunk_errors(kappa, alpha, 1, 1)
    kept = kappa * (1 - alpha)
    assert first[1] == pytest.approx(1 + 2 * (1 - kappa) * kept + kept**2)
    assert first[1] <= 2 + 1e-12


def ridge_loop(strengths, truth, noise, knob):
    """Errors of two generations without fresh data, direction by direction."""
    kept = np.array(strengths) / (np.array(strengths) + knob)
    first = (1 - kept) ** 2 * truth + kept**2 * noise
    second = (1 - kept**2) ** 2 * truth + (kept**2 + kept**4) * noise
    return first.sum(), second.sum()


@pytest.mark.theorem("tuned-shrinkage")
def test_one_knob_for_many_directions_can_more_than_double_the_error():
    truth, noise = np.array([1, 0]), np.array([0, 0.072])
    first, second = ridge_loop([9, 1], truth, noise, 1.0)
    assert first == pytest.approx(0.028)
    assert second / first > 2.09
    for knob in np.geomspace(1e-3, 1e3, 400):
        assert ridge_loop([9, 1], truth, noise, knob)[0] >= first - 1e-12


@pytest.mark.theorem("tuned-shrinkage")
def test_kappas_that_are_not_tuned_again_keep_a_bias_when_samples_grow():
    sizes, alpha, kappa = np.arange(1, 12), 0.1, 0.95
    said, noise, errors = 0.0, 0.0, []
    for t, n in enumerate(sizes.tolist()):
        share = 1.0 if t == 0 else alpha
        said = kappa * (share + (1 - share) * said)
        noise = kappa**2 * ((1 - share) ** 2 * noise + (1 - kappa) / kappa / n)
        errors.append((1 - said) ** 2 + noise)
    ours = shrunk_errors(kappa, alpha, sizes, 10, frozen=True)
    np.testing.assert_allclose(ours, np.array(errors) / errors[0])
    assert ours[-1] > 1.5 * shrunk_errors(kappa, alpha, sizes, 10)[-1]
    same = [shrunk_errors(kappa, alpha, 1, 10, frozen=x) for x in (False, True)]
    np.testing.assert_allclose(*same)


@pytest.mark.theorem("tuned-shrinkage")
@given(kappa=st.floats(0.01, 0.9), alpha=st.floats(0, 1))
def test_the_price_of_a_tuned_learner_is_where_its_errors_end(kappa, alpha):
    assert shrunk_price(kappa, alpha) == pytest.approx(shrunk_errors(kappa, alpha, 1, 400)[-1])
    assert shrunk_price(kappa, 0) == pytest.approx((1 + 2 * kappa) / (1 - kappa**2))


@pytest.mark.theorem("tuned-shrinkage")
def test_with_little_fresh_data_the_price_tends_to_at_most_nine_eighths_of_that_of_frequencies():
    alpha = 1e-7
    for x in (0, 0.1, 1 / 3, 1, 5):
        ratio = shrunk_price(1 - x * alpha, alpha) * 2 * alpha
        assert ratio == pytest.approx((1 + 3 * x) / (1 + x) ** 2, rel=1e-5)
    for kappa in np.linspace(0, 0.999, 50):
        for share in (0.001, 0.1, 0.5):
            assert shrunk_price(kappa, share) * 2 * share <= 6 * share / (1 - kappa) + 1e-12
    assert max((1 + 3 * x) / (1 + x) ** 2 for x in np.linspace(0, 9, 9001)) <= 9 / 8


@pytest.mark.theorem("tuned-shrinkage")
def test_the_spectrum_of_one_loop_predicts_another():
    kappas, shares = np.array([0.1, 0.6, 0.95]), np.array([0.3, 0.5, 0.2])
    sizes = np.arange(1, 12)

    def mixture(alpha, n):
        return sum(w * shrunk_errors(k, alpha, n, 10) for k, w in zip(kappas, shares, strict=True))

    found = fit_spectrum(mixture(0.0, 1), 0.0, 1, kappas)
    np.testing.assert_allclose(found, shares, atol=1e-8)
    for alpha, n in ((0.1, 1), (0.3, sizes)):
        again = [shrunk_errors(k, alpha, n, 10) for k in kappas]
        np.testing.assert_allclose(found @ again, mixture(alpha, n), rtol=1e-7)


def test_without_shrinkage_the_recurrence_of_regular_estimators_is_left():
    ours = shrunk_errors(1.0, 0.1, 10**9, 10)
    exact = expected_error([0.5, 0.5], 0.1, 10**9, 10)
    np.testing.assert_allclose(ours, exact / exact[0], rtol=1e-6)
    assert exp(0) == shrunk_errors(0.3, 0.1, 7, 0)[0]
