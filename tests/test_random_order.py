"""The law of random-order sampling, against a sum over all L! orders that shares no code."""

from itertools import permutations

import numpy as np
import pytest

from dlmbook.estimation import random_order_log_prob
from dlmbook.laws import MASK, DenseLaw


@pytest.fixture
def law():
    return DenseLaw(np.random.default_rng(0).dirichlet(np.ones(27)).reshape(3, 3, 3))


def in_order(denoiser, x, order):
    context, probability = np.full_like(x, MASK), 1.0
    for i in order:
        probability *= denoiser(context[None])[0, i, x[i]]
        context[i] = x[i]
    return probability


def test_random_order_law_is_the_mean_of_the_products_over_all_orders(law):
    def hedged(tokens):
        return 0.8 * law.conditionals(tokens) + 0.2 / 3

    tokens, _ = law.support()
    orders = list(permutations(range(3)))
    means = [np.mean([in_order(hedged, x, order) for order in orders]) for x in tokens]
    assert np.exp(random_order_log_prob(hedged, tokens)) == pytest.approx(means)
    assert sum(means) == pytest.approx(1)


def test_random_order_law_of_exact_conditionals_is_the_law(law):
    tokens, probability = law.support()
    assert np.exp(random_order_log_prob(law.conditionals, tokens)) == pytest.approx(probability)


@pytest.mark.parametrize("tokens", [[0, 1, 2], [[0, MASK, 1]], np.zeros((1, 13), int)])
def test_sequences_that_are_masked_or_too_long_are_refused(law, tokens):
    with pytest.raises(ValueError, match="complete sequences"):
        random_order_log_prob(law.conditionals, tokens)
