"""Attention against torch's own; the tap changes nothing; positions say where."""

import pytest
import torch
import torch.nn.functional as F

from tgan_demo.config import INJECTIONS, POSITIONS, ModelConfig
from tgan_demo.engine.players import layers
from tgan_demo.engine.players.attention import Attention, Tap, attend, rotate
from tgan_demo.engine.players.discriminator import Discriminator
from tgan_demo.engine.players.generator import Generator
from tgan_demo.modalities import registry


def tiny(**changes) -> ModelConfig:
    return ModelConfig(**{"shape": (1, 16, 16), "width": 32, "depth": 2, "heads": 2} | changes)


def pair(config):
    spec = registry.tokenizer("image").tokens(config)
    return Generator(config, spec), Discriminator(config, spec)


def test_attend_equals_torch():
    torch.manual_seed(0)
    query, key, value = torch.randn(3, 2, 4, 9, 8)
    mixed, weights = attend(query, key, value)
    torch.testing.assert_close(mixed, F.scaled_dot_product_attention(query, key, value))
    torch.testing.assert_close(weights.sum(-1), torch.ones(2, 4, 9))


def test_attention_layer_equals_torch_on_its_own_projections():
    torch.manual_seed(0)
    layer, x = Attention(32, 4), torch.randn(2, 7, 32)
    tap = Tap()
    out = layer(x, tap=tap)
    heads = tap.self_[0]
    mixed = F.scaled_dot_product_attention(heads.query_BHNK, heads.key_BHMK, heads.value_BHMK)
    torch.testing.assert_close(out, layer.out(mixed.transpose(1, 2).flatten(2)))


@pytest.mark.parametrize("positions", POSITIONS)
def test_tap_hears_every_layer_and_changes_nothing(positions):
    torch.manual_seed(0)
    config = tiny(positions=positions, classes=("a", "b"))
    G, D = pair(config)
    z, labels = torch.randn(3, config.z_dim), torch.tensor([0, 1, 1])
    tap = Tap()
    assert torch.equal(G(z, labels), G(z, labels, tap=tap))
    assert [h.weights_BHNM.shape for h in tap.self_] == [(3, 2, 16, 16)] * 2
    assert [h.weights_BHNM.shape for h in tap.cross] == [(3, 2, 16, config.latent_tokens)] * 2
    tokens = torch.randn(3, 16, 64)
    tap = Tap()
    assert torch.equal(D(tokens, labels), D(tokens, labels, tap=tap))
    assert [h.weights_BHNM.shape for h in tap.self_] == [(3, 2, 17, 17)] * 2
    for heads in tap.self_:
        torch.testing.assert_close(heads.weights_BHNM.sum(-1), torch.ones(3, 2, 17))


def test_rotation_depends_on_distance_only():
    torch.manual_seed(0)
    cos, sin = layers.rotary((8,), 16)
    query, key = torch.randn(16), torch.randn(16)
    turned_q = rotate(query.expand(1, 1, 8, 16), cos, sin)[0, 0]
    turned_k = rotate(key.expand(1, 1, 8, 16), cos, sin)[0, 0]
    scores = turned_q @ turned_k.T
    for distance in range(-7, 8):
        diagonal = scores.diagonal(distance)
        torch.testing.assert_close(diagonal, diagonal[:1].expand_as(diagonal), atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(turned_q.norm(dim=1), query.norm().expand(8))


def test_sinusoidal_positions_are_all_different():
    table = layers.sinusoidal((8, 8), 32)
    assert torch.cdist(table, table).add(10 * torch.eye(64)).min() > 0.1


@pytest.mark.parametrize("injection", [(name,) for name in INJECTIONS] + [INJECTIONS])
def test_every_injection_carries_z_to_the_picture(injection):
    torch.manual_seed(0)
    G, _ = pair(tiny(injection=injection))
    tokens = G(torch.randn(8, 64))
    assert tokens.std(dim=0).mean() > 1e-3


def test_no_convolution_in_either_network():
    G, D = pair(tiny())
    for net in (G, D):
        assert not [m for m in net.modules() if "conv" in type(m).__name__.lower()]


def test_spectral_norm_bounds_the_largest_singular_value():
    torch.manual_seed(0)
    layer = layers.Linear(20, 30, spectral=True, bias=False)
    x = torch.randn(64, 20)
    for _ in range(50):
        layer(x)
    torch.testing.assert_close(torch.linalg.matrix_norm(layer.weight / layer._largest_singular_value(), 2),
                               torch.tensor(1.0), rtol=1e-3, atol=0)  # fmt: skip


def test_bfloat16_activations_leave_float32_gradients():
    torch.manual_seed(0)
    G, _ = pair(tiny())
    tokens = G(torch.randn(2, 64, dtype=torch.bfloat16))
    assert tokens.dtype == torch.float32
    tokens.square().mean().backward()
    assert all(p.grad is None or p.grad.dtype == torch.float32 for p in G.parameters())
