"""Models of texts: the GPT family, mixtures of texts, the letters' chain, and the experiment."""

from collections import Counter
from itertools import pairwise, product

import numpy as np
import pytest
import torch

from dlmbook.denoisers import Transformer
from dlmbook.experiments import load
from dlmbook.experiments.language_models import run
from dlmbook.families import MixedTexts, NGram, chain_model, generations, next_token_excess
from dlmbook.families.gpt import GPT, GPTModel
from dlmbook.laws import ALPHABET, alice, letters


def random_model(seed=0, length=4, vocabulary=3, layers=2):
    """A network whose answers are far from uniform."""
    network = Transformer(vocabulary, length, 8, layers, 2, causal=True, rng=seed)
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for weight in network.parameters():
            weight.copy_(torch.randn(weight.shape, generator=generator) * 0.5)
    return GPTModel(network)


def test_probabilities_of_all_texts_sum_to_one():
    texts = np.array(list(product(range(3), repeat=4)))
    assert np.exp(random_model().log_prob(texts)).sum() == pytest.approx(1, abs=1e-6)


def test_no_token_changes_the_pmf_of_itself_or_of_an_earlier_one():
    model, texts = random_model(), np.array([[0, 1, 2, 0], [0, 1, 1, 2]])
    first, second = model.predict(texts)
    np.testing.assert_allclose(first[:3], second[:3], atol=1e-7)
    assert np.abs(first[3] - second[3]).max() > 1e-3


def test_texts_written_with_kept_keys_and_values_have_the_law_of_the_whole_network():
    model, n = random_model(seed=3), 40_000
    texts = np.array(list(product(range(3), repeat=4)))
    p = np.exp(model.log_prob(texts))
    seen = Counter(map(tuple, model.sample(n, rng=1).tolist()))
    counts = np.array([seen[tuple(text)] for text in texts.tolist()])
    chi_square = np.sum((counts - n * p) ** 2 / (n * p))
    assert chi_square < 81 + 5 * np.sqrt(2 * 81)
    assert model.sample(0, rng=0).shape == (0, 4)


def test_the_same_seed_gives_the_same_network_and_the_same_texts():
    data = letters(6, 0.2).sample(64, rng=0)
    family = GPT(27, 6, width=8, layers=1, heads=1, steps=lambda n: n // 8)
    first, second, other = (family.fit(data, rng=seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first.predict(data), second.predict(data))
    assert np.abs(first.predict(data) - other.predict(data)).max() > 0
    np.testing.assert_array_equal(first.sample(5, rng=3), second.sample(5, rng=3))


def test_a_gpt_learns_a_chain_that_it_can_learn():
    truth = chain_model(letters(8, 0.5))
    data, held_out = truth.sample(2000, rng=0), truth.sample(500, rng=1)
    model = GPT(27, 8, steps=150, batch=64, rate=1e-2).fit(data, rng=2)
    untrained = GPTModel(Transformer(27, 8, 8, 1, 1, causal=True, rng=0))
    excess = next_token_excess(model, truth, held_out).mean()
    assert excess < 0.35 * next_token_excess(untrained, truth, held_out).mean()


def test_wrong_networks_and_tokens_are_refused():
    with pytest.raises(ValueError, match="causal"):
        GPTModel(Transformer(3, 4, 8, 1, 1, rng=0))
    with pytest.raises(ValueError, match=r"shape \(n, 4\)"):
        random_model().predict(np.zeros((2, 5), dtype=int))
    with pytest.raises(ValueError, match="alpha"):
        MixedTexts(random_model(), random_model(), 1.5)
    with pytest.raises(ValueError, match="noise"):
        letters(4, -0.1)


def test_letters_follow_each_other_as_in_the_book():
    text = "".join(c for c in " ".join(alice()) if c != "'")
    pairs, symbols = Counter(pairwise(text)), ALPHABET + " "
    after_t = sum(count for (first, _), count in pairs.items() if first == "t")
    chain, noisy = letters(3), letters(3, 0.3)
    t, h = symbols.index("t"), symbols.index("h")
    assert chain.transition[t, h] == pytest.approx(pairs["t", "h"] / after_t)
    np.testing.assert_allclose(noisy.transition, 0.7 * chain.transition + 0.3 / 27)
    model = chain_model(noisy)
    texts = noisy.sample(20, rng=0)
    at = np.take_along_axis(model.predict(texts), texts[..., None], axis=2)[..., 0]
    np.testing.assert_allclose(np.log(at).sum(axis=1), noisy.log_prob(texts))


def test_with_one_writer_only_there_is_nothing_to_weigh():
    truth, model = chain_model(letters(5, 0.2)), chain_model(letters(5, 0.6))
    texts = truth.sample(10, rng=0)
    for alpha, writer in ((0.0, model), (1.0, truth)):
        writers = MixedTexts(truth, model, alpha)
        np.testing.assert_array_equal(writers.weights(texts), alpha)
        np.testing.assert_allclose(writers.predict(texts), writer.predict(texts))


def test_a_mixture_can_be_made_of_a_table_and_a_network():
    truth = NGram(3, 1).fit(np.array([[0, 1, 2, 0], [1, 1, 0, 2], [2, 0, 0, 1]]))
    writers = MixedTexts(truth, random_model(), 0.3)
    texts = truth.sample(50, rng=0)
    np.testing.assert_allclose(writers.predict(texts).sum(axis=2), 1, atol=1e-6)


def test_a_gpt_runs_in_the_loop_of_all_families():
    truth = chain_model(letters(4, 0.2))
    family = GPT(27, 4, width=8, layers=1, heads=1, steps=3)
    models = list(generations(family, truth, alpha=[1, 0.5, 0], n=20, generations=2, rng=0))
    assert [model.sample(2, rng=0).shape for model in models] == [(2, 4)] * 3


def test_a_reduced_experiment_repeats_the_stored_one():
    less = {"growing": [], "sizes": [], "factors": [], "deeper": None, "repeats": 1}
    small = run(alphas=[1.0], n=250, last=1, rng=1, progress=False, **less)
    (loop,) = small["loops"]
    stored = [x["excess"] for x in load("language_models")["clean"] if x["n"] == 250]
    for excess in loop["excess"]:
        assert excess == pytest.approx(np.mean(stored), rel=0.4)
    assert loop["own"][1] == pytest.approx(loop["excess"][1], rel=0.1)  # all texts are true
    assert loop["fresh_true"] == [1, 1]
