"""Attention rollout against closed forms."""

import numpy as np
import pytest

from tgan_demo.engine.draw.rollout import rollout


def softmax_rows(seed: int, *shape: int) -> np.ndarray:
    raw = np.exp(np.random.default_rng(seed).normal(size=shape))
    return (raw / raw.sum(-1, keepdims=True)).astype(np.float32)


def test_a_layer_that_looks_at_itself_changes_nothing():
    weights = np.broadcast_to(np.eye(5, dtype=np.float32), (3, 2, 5, 5))
    np.testing.assert_allclose(rollout(weights), np.eye(5), atol=1e-6)


def test_even_layers_have_the_closed_form():
    # (I/2 + J/2)^L = I/2^L + (1 - 1/2^L) J, where J = ones / N is its own square
    n, layers = 6, 4
    weights = np.full((layers, 3, n, n), 1 / n, np.float32)
    expected = np.eye(n) / 2**layers + (1 - 1 / 2**layers) / n
    np.testing.assert_allclose(rollout(weights), expected, atol=1e-6)


def test_layers_multiply_last_to_first():
    first, second = np.roll(np.eye(4), 1, 1), np.roll(np.eye(4), 1, 0)[::-1]
    weights = np.stack([first, second])[:, None].astype(np.float32)
    np.testing.assert_allclose(rollout(weights, residual=0), second @ first, atol=1e-6)
    assert not np.allclose(second @ first, first @ second)  # so the order is really tested


def test_heads_are_averaged_and_rows_sum_to_one():
    weights = softmax_rows(0, 2, 4, 9, 9)
    mean = weights.mean(1)
    half = lambda a: 0.5 * (np.eye(9) + a)  # noqa: E731
    np.testing.assert_allclose(rollout(weights), half(mean[1]) @ half(mean[0]), atol=1e-6)
    np.testing.assert_allclose(rollout(weights.astype(np.float16)).sum(1), 1, atol=1e-6)


@pytest.mark.parametrize("shape", [(2, 3, 4), (1, 1, 3, 4), (0, 1, 3, 3)])
def test_a_wrong_shape_is_named(shape):
    with pytest.raises(ValueError, match="rollout wants"):
        rollout(np.ones(shape, np.float32))
