"""Networks answer like denoisers, learn what they are shown, and survive interruptions."""

import numpy as np
import pytest
import torch

from dlmbook.denoisers import (
    NeuralDenoiser,
    Perceptron,
    Transformer,
    any_order_loss,
    load,
    next_token_loss,
    save,
    train,
)
from dlmbook.estimation import masked_loss
from dlmbook.laws import MASK, MarkovLaw, parity, repetition
from dlmbook.sampling import unmask
from dlmbook.schedules import uniform

CHAIN = MarkovLaw([[0.9, 0.1], [0.2, 0.8]], length=4)


def small(causal=False, rng=0, **sizes):
    """A network that is not uniform any more."""
    sizes = {"vocabulary": 3, "length": 4, "width": 8, "layers": 2, "heads": 2} | sizes
    network = Transformer(**sizes, causal=causal, rng=rng)
    with torch.no_grad():
        source = torch.Generator().manual_seed(1)
        network.head.weight.copy_(torch.randn(network.head.weight.shape, generator=source))
    return network.eval()


def all_weights(network):
    return torch.cat([p.detach().flatten().cpu() for p in network.parameters()])


def test_a_new_network_answers_uniformly_and_depends_on_the_seed_alone():
    tokens = torch.tensor([[0, -1, 2, 1]])
    networks = [Transformer(3, 4, 8, 1, 2, rng=seed) for seed in (0, 0, 1)]
    assert torch.all(networks[0](tokens) == 0)
    first, second, other = map(all_weights, networks)
    assert torch.equal(first, second) and not torch.equal(first, other)


def test_making_a_network_leaves_the_global_randomness_alone():
    torch.manual_seed(3)
    expected = torch.rand(1)
    torch.manual_seed(3)
    Transformer(3, 4, 8, 1, 2, rng=0)
    assert torch.equal(torch.rand(1), expected)


def test_a_causal_network_sees_earlier_tokens_only():
    network = small(causal=True)
    for i in range(4):
        tokens = torch.tensor([[0, 1, 2, 1]])
        changed = tokens.clone()
        changed[0, i] = (changed[0, i] + 1) % 3
        same = (network(tokens) - network(changed)).abs().amax(dim=2)[0] < 1e-6
        assert same.tolist() == [True] * (i + 1) + [False] * (3 - i)


def test_a_bidirectional_network_sees_all_tokens():
    network = small()
    before, after = torch.tensor([[0, 1, -1, -1]]), torch.tensor([[0, 1, -1, 2]])
    assert (network(before) - network(after))[0, 2].abs().max() > 1e-3


def test_attention_without_order_is_a_mean():
    """With queries of zero all positions get the same weight: compare with plain arithmetic."""
    network = small(layers=1, heads=1)
    block = network.blocks[0]
    with torch.no_grad():
        block.query_key_value.weight[:8] = 0
        block.query_key_value.bias[:8] = 0
        x = torch.randn(2, 4, 8, generator=torch.Generator().manual_seed(0))
        values = x @ block.query_key_value.weight[16:].T + block.query_key_value.bias[16:]
        expected = block.mix(values.mean(dim=1, keepdim=True).expand(-1, 4, -1))
        assert torch.allclose(block.attend(x), expected, atol=1e-5)


def test_denoiser_returns_pmfs_and_indicators_in_batches_of_any_size():
    network, tokens = small(), np.array([[0, MASK, 2, MASK], [MASK] * 4, [1, 1, 1, 1]])
    answer = NeuralDenoiser(network)(tokens)
    assert answer.shape == (3, 4, 3) and answer.dtype == np.float64
    np.testing.assert_allclose(answer.sum(axis=2), 1, atol=1e-12)
    np.testing.assert_array_equal(answer[2], np.eye(3)[[1, 1, 1, 1]])
    np.testing.assert_allclose(NeuralDenoiser(network, batch=1)(tokens), answer, atol=1e-6)
    logits = network(torch.from_numpy(tokens)).double()
    plain = (logits.exp() / logits.exp().sum(dim=2, keepdim=True)).detach().numpy()
    np.testing.assert_allclose(answer[1], plain[1], atol=1e-9)
    assert NeuralDenoiser(network)(np.empty((0, 4), dtype=int)).shape == (0, 4, 3)


def test_any_order_loss_weighs_every_level_alike():
    """For a law whose conditionals are known, the objective is the mean of the D[j]."""
    law = repetition(4)

    class Exact(torch.nn.Module):
        def forward(self, tokens):
            return torch.from_numpy(np.log(law.conditionals(tokens.numpy()) + 1e-300))

    tokens = torch.from_numpy(law.sample(4000, rng=0))
    loss = any_order_loss(Exact(), tokens, torch.Generator().manual_seed(0))
    assert float(loss) == pytest.approx(np.log(2) / 4, abs=1e-6)


def test_any_order_loss_agrees_with_the_validation_loss():
    network, tokens = small(), np.random.default_rng(0).integers(3, size=(6000, 4))
    source = torch.Generator().manual_seed(0)
    with torch.no_grad():
        ours = float(any_order_loss(network, torch.from_numpy(tokens), source))
    seen = masked_loss(NeuralDenoiser(network), tokens, rng=1)
    assert abs(ours - seen.negative_elbo / 4) < 5 * seen.negative_elbo_error / 4


def test_next_token_loss_is_the_negative_log_probability():
    network, tokens = small(causal=True), torch.tensor([[0, 2, 1, 1], [2, 2, 0, 1]])
    with torch.no_grad():
        logs = torch.log_softmax(network(tokens).double(), dim=-1)
        ours = float(next_token_loss(network, tokens, torch.Generator()))
    picked = [logs[n, i, tokens[n, i]] for n in range(2) for i in range(4)]
    assert ours == pytest.approx(-float(sum(picked)) / 8, abs=1e-6)


@pytest.fixture(scope="module")
def trained():
    """A network that has learned a Markov chain of four bits."""
    network = Transformer(2, 4, width=32, layers=2, heads=2, rng=0)
    losses = train(network, CHAIN.sample(20_000, rng=1), 400, batch=128, rng=2)
    return network, losses


def test_training_comes_near_the_conditional_entropies(trained):
    network, _ = trained
    tokens = CHAIN.sample(20_000, rng=3)
    ours = masked_loss(NeuralDenoiser(network), tokens, rng=4)
    exact = masked_loss(CHAIN.conditionals, tokens, rng=4)
    excess = ours.mean - exact.mean
    assert np.all(excess > -0.003) and np.all(excess < 0.02)


def test_a_trained_network_samples_what_it_learned(trained):
    tokens = unmask(NeuralDenoiser(trained[0]), uniform(4, 4), 20_000, rng=5)
    seen = np.bincount(tokens @ [8, 4, 2, 1], minlength=16) / len(tokens)
    states = np.array([[i >> k & 1 for k in (3, 2, 1, 0)] for i in range(16)])
    assert np.abs(seen - np.exp(CHAIN.log_prob(states))).sum() < 0.08


def test_a_causal_network_learns_a_chain():
    network = Transformer(2, 4, width=32, layers=1, heads=2, causal=True, rng=0)
    losses = train(network, CHAIN.sample(10_000, rng=1), 300, batch=128, rng=2)
    entropy = CHAIN.profile()[-1] / 4
    assert losses[:5].mean() > entropy + 0.15
    assert abs(losses[-50:].mean() - entropy) < 0.03


def test_the_same_seed_gives_the_same_network(trained):
    data = CHAIN.sample(200, rng=1)
    networks = [Transformer(2, 4, 8, 1, 2, rng=0) for _ in range(3)]
    for network, seed in zip(networks, (2, 2, 3), strict=True):
        train(network, data, 7, batch=64, rng=seed)
    first, second, other = map(all_weights, networks)
    assert torch.equal(first, second) and not torch.equal(first, other)


def test_each_sequence_is_used_once_before_any_is_used_again():
    seen = []

    def spy(network, tokens, source):
        seen.append(tokens)
        return next_token_loss(network, tokens, source)

    data = np.arange(10)[:, None] * np.ones((1, 4), dtype=int)
    network = Transformer(10, 4, 8, 1, 2, causal=True, rng=0)
    train(network, data, 5, batch=4, objective=spy, rng=0)
    rows = torch.cat(seen)[:, 0].tolist()
    assert sorted(rows[:10]) == sorted(rows[10:20]) == list(range(10)) and rows[:10] != rows[10:20]


def test_interrupted_training_goes_on_as_if_nothing_had_happened(tmp_path):
    data, calls = CHAIN.sample(300, rng=0), []

    def once_broken(network, tokens, source):
        calls.append(1)
        if len(calls) == 13:
            raise KeyboardInterrupt
        return any_order_loss(network, tokens, source)

    straight = Transformer(2, 4, 8, 1, 2, rng=0)
    expected = train(straight, data, 20, batch=64, rng=5)
    path, plan = tmp_path / "work.pt", {"batch": 64, "rng": 5, "every": 4}
    broken = Transformer(2, 4, 8, 1, 2, rng=0)
    with pytest.raises(KeyboardInterrupt):
        train(broken, data, 20, objective=once_broken, checkpoint=path, **plan)
    resumed = Transformer(2, 4, 8, 1, 2, rng=9)
    losses = train(resumed, data, 20, checkpoint=path, **plan)
    np.testing.assert_array_equal(losses, expected)
    assert torch.equal(all_weights(resumed), all_weights(straight))


def test_unfinished_work_of_another_call_is_refused(tmp_path):
    data, path = CHAIN.sample(300, rng=0), tmp_path / "work.pt"
    network = Transformer(2, 4, 8, 1, 2, rng=0)
    train(network, data, 4, batch=64, rng=5, every=2, checkpoint=path)
    for steps, rng in ((6, 5), (4, 6)):
        with pytest.raises(ValueError, match="unfinished training with steps"):
            train(network, data, steps, batch=64, rng=rng, checkpoint=path)
    with pytest.raises(ValueError, match="holds another network"):
        train(Transformer(2, 4, 8, 2, 2), data, 4, batch=64, rng=5, checkpoint=path)


def test_a_perceptron_is_one_hidden_layer_over_places_and_values():
    network = Perceptron(3, 2, width=5, rng=0)
    with torch.no_grad():
        network.head.weight.copy_(torch.randn(6, 5, generator=torch.Generator().manual_seed(1)))
        table = network.token.weight.view(2, 4, 5)  # place, value, unit
        hidden = torch.relu(table[0, 2] + table[1, 3] + network.bias)  # 2, then masked
        expected = (network.head.weight @ hidden).view(2, 3)
        assert torch.allclose(network(torch.tensor([[2, -1]]))[0], expected, atol=1e-6)


def test_a_perceptron_learns_saves_and_answers(tmp_path):
    network = Perceptron(2, 4, width=64, rng=0)
    train(network, CHAIN.sample(20_000, rng=1), 400, batch=128, rng=2)
    save(network, tmp_path / "network.pt")
    tokens, again = CHAIN.sample(20_000, rng=3), load(tmp_path / "network.pt")
    ours = masked_loss(NeuralDenoiser(again), tokens, rng=4)
    exact = masked_loss(CHAIN.conditionals, tokens, rng=4)
    assert np.all(np.abs(ours.mean - exact.mean) < 0.02)
    with pytest.raises(ValueError, match="holds another network"):
        train(
            Transformer(2, 4, 8, 1, 2), tokens, 1, rng=0, checkpoint=kept(tmp_path, again, tokens)
        )


def kept(folder, network, tokens):
    """A file with unfinished work on another kind of network."""
    path = folder / "work.pt"
    train(network, tokens, 1, rng=0, every=1, checkpoint=path)
    return path


@pytest.mark.parametrize("causal", [False, True])
def test_a_saved_network_comes_back(tmp_path, causal):
    network, path = small(causal=causal), tmp_path / "network.pt"
    save(network, path)
    again, tokens = load(path), torch.tensor([[0, 1, -1 if not causal else 2, 2]])
    assert again.causal == causal and torch.equal(network(tokens), again(tokens))


def test_bad_files_are_told_from_good_ones(tmp_path):
    path = tmp_path / "network.pt"
    with pytest.raises(FileNotFoundError):
        load(path)
    path.write_bytes(b"")
    with pytest.raises(ValueError, match="not a checkpoint"):
        load(path)
    save(small(), path)
    whole = path.read_bytes()
    for damaged in (whole[: len(whole) // 2], b"x" + whole[1:]):
        path.write_bytes(damaged)
        with pytest.raises(ValueError, match="not a checkpoint"):
            load(path)
    torch.save({"weights": {}}, path)
    with pytest.raises(ValueError, match="must hold"):
        load(path)
    torch.save([1, 2], path)
    with pytest.raises(ValueError, match="must hold"):
        load(path)


def test_code_in_a_file_is_not_run(tmp_path):
    class Bomb:
        def __reduce__(self):
            return (print, ("boom",))

    torch.save({"format": Bomb()}, tmp_path / "bomb.pt")
    with pytest.raises(ValueError, match="not a checkpoint"):
        load(tmp_path / "bomb.pt")


def test_a_file_with_weights_of_another_shape_is_refused(tmp_path):
    path = tmp_path / "network.pt"
    save(small(), path)
    content = torch.load(path, weights_only=True)
    content["sizes"]["width"] = 16
    torch.save(content, path)
    with pytest.raises(ValueError, match="does not fit its own sizes"):
        load(path)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: Transformer(3, 4, width=10, heads=4), "multiple of heads"),
        (lambda: Transformer(0, 4), "vocabulary"),
        (lambda: NeuralDenoiser(small(causal=True)), "bidirectional"),
        (lambda: NeuralDenoiser(small())([[0, 3, 0, 0]]), "tokens must lie"),
        (lambda: NeuralDenoiser(small())([[0, 1, 0]]), "shape"),
        (lambda: train(small(), parity(3).sample(9), 1), "shape"),
        (lambda: train(small(vocabulary=2), [[0, 1, 2, 0]] * 9, 1), "tokens below 2"),
        (lambda: train(small(), [[0, 1, -1, 0]] * 9, 1), "complete"),
        (lambda: train(small(), [[0, 1, 1, 0]] * 9, 0), "steps"),
        (lambda: train(small(), [[0, 1, 1, 0]] * 9, 1, batch=0), "batch"),
    ],
)
def test_bad_input_is_told(call, message):
    with pytest.raises(ValueError, match=message):
        call()
