"""A masked language model of the Hugging Face library, made on the spot, as a denoiser."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch

from dlmbook.denoisers import masked_lm
from dlmbook.estimation import estimate_curve
from dlmbook.laws import MASK
from dlmbook.sampling import TopConfidence, unmask
from dlmbook.schedules import uniform

V, MASK_ID, CLS, SEP, PAD = 20, 19, 17, 18, 0
SPECIAL = [PAD, CLS, SEP]


@pytest.fixture(scope="module")
def bert():
    transformers = pytest.importorskip("transformers")
    config = transformers.BertConfig(
        vocab_size=V,
        hidden_size=16,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=32,
        max_position_embeddings=12,
        initializer_range=0.5,
    )
    torch.manual_seed(0)
    return transformers.BertForMaskedLM(config).eval()


@pytest.fixture(scope="module")
def denoiser(bert):
    return masked_lm(bert, MASK_ID, special=SPECIAL, before=[CLS], after=[SEP], batch=3)


def texts(n, length, seed=0):
    return np.random.default_rng(seed).integers(1, 17, size=(n, length))


def test_answers_are_the_models_own_without_its_special_tokens(bert, denoiser):
    tokens = texts(7, 6)
    tokens[:, [1, 4]] = MASK
    answers = denoiser(tokens)
    ids = np.hstack([np.full((7, 1), CLS), np.where(tokens < 0, MASK_ID, tokens)])
    ids = np.hstack([ids, np.full((7, 1), SEP)])
    with torch.inference_mode():
        p = torch.softmax(bert(torch.from_numpy(ids)).logits, dim=-1).numpy()[:, 1:-1]
    p[..., [MASK_ID, *SPECIAL]] = 0
    p /= p.sum(axis=-1, keepdims=True)
    np.testing.assert_allclose(answers[:, [1, 4]], p[:, [1, 4]], atol=1e-6)
    assert answers.shape == (7, 6, V)
    shown = [0, 2, 3, 5]
    np.testing.assert_array_equal(answers[:, shown], np.eye(V)[tokens[:, shown]])


def test_the_batch_makes_no_difference(bert, denoiser):
    tokens = np.where(np.arange(6) < 3, MASK, texts(7, 6))
    whole = masked_lm(bert, MASK_ID, special=SPECIAL, before=[CLS], after=[SEP])
    np.testing.assert_allclose(whole(tokens), denoiser(tokens), atol=1e-6)


def test_the_context_is_seen(bert):
    tokens = np.full((1, 4), MASK)
    plain = masked_lm(bert, MASK_ID)(tokens)
    told = masked_lm(bert, MASK_ID, before=[3, 5])(tokens)
    assert plain.shape == told.shape
    assert np.abs(plain - told).max() > 1e-3


def test_it_can_be_measured_and_sampled(denoiser):
    estimate = estimate_curve(denoiser, texts(10, 5), rng=0)
    assert estimate.loss.shape == (5,)
    assert np.all(estimate.loss > 0)
    for schedule in (uniform(5, 2), TopConfidence(uniform(5, 2))):
        written = unmask(denoiser, schedule, 20, rng=1)
        assert not np.isin(written, [MASK, MASK_ID, *SPECIAL]).any()


def test_a_model_in_training_mode_is_refused(bert):
    bert.train()
    try:
        with pytest.raises(ValueError, match="training mode"):
            masked_lm(bert, MASK_ID)
    finally:
        bert.eval()


@pytest.mark.parametrize(
    ("tokens", "complaint"),
    [
        (np.array([[1, MASK_ID]]), "must not be special"),
        (np.array([[1, CLS]]), "must not be special"),
        (np.array([[1, V]]), "below 20"),
        (np.array([[1, -2]]), "lie in -2..1"),
        (np.array([1, 2]), "shape"),
        (np.empty((0, 3), int), "n at least 1"),
        (np.array([[0.5, 1.0]]), "integers"),
        (texts(2, 11), "at most 12 tokens, but with the context gets 13"),
    ],
)
def test_what_is_no_text_of_the_model_is_refused(denoiser, tokens, complaint):
    with pytest.raises(ValueError, match=complaint):
        denoiser(tokens)


def test_a_model_without_a_configuration_serves_as_well():
    class Blank(torch.nn.Module):
        def forward(self, input_ids, attention_mask):
            return SimpleNamespace(logits=torch.zeros(*input_ids.shape, 4))

    answer = masked_lm(Blank().eval(), 3)(np.array([[MASK, 1]]))
    np.testing.assert_allclose(answer[0], [[1 / 3, 1 / 3, 1 / 3, 0], [0, 1, 0, 0]], atol=1e-7)
