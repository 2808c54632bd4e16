"""The smallest medium: points in the plane, two tokens. Holds that the engine knows no pictures."""

import math

import numpy as np
import torch

from tgan_demo.contract import Box, Dataset, TokenSpec


class Points:
    name = "points"
    encodes = False
    has_time = False

    def check(self, config):
        assert config.shape == (2,)

    def tokens(self, config):
        return TokenSpec((2,), 1, 1)

    def fit(self, dataset, **settings):
        return self

    def tensors(self):
        return {}

    def restore(self, tensors):
        return self

    def to_signal(self, tokens_BND, config, *, noise_seed_B=None, temperature=1.0):
        return tokens_BND[:, :, 0].float()

    def reconstruction_loss(self, tokens_BND, signal, config):
        return (tokens_BND[:, :, 0] - signal).square().mean()

    def to_tokens(self, signal, config):
        return signal[:, :, None]

    def from_items(self, items, config):
        return torch.from_numpy(items)

    def to_items(self, signal, **luck):
        return signal.numpy()

    def config_for(self, dataset, config):
        return config

    def place(self, token, config):
        return Box(token / 2, 0, (token + 1) / 2, 1)


POINTS = Points()


def ring(count: int) -> Dataset:
    """Eight Gaussians of standard deviation .05 on a circle of radius .7."""
    rng = np.random.default_rng(0)
    angle = rng.integers(0, 8, count) * math.pi / 4
    points = 0.7 * np.stack((np.cos(angle), np.sin(angle)), 1) + 0.05 * rng.standard_normal(
        (count, 2)
    )
    return Dataset("ring", points.astype(np.float32), modality="points")
