"""Points in the plane as two tokens of one number: the smallest tokenizer."""

from dataclasses import replace

import torch

from tgan_demo.contract import Box, TokenSpec, check_views
from tgan_demo.errors import ConfigError

ROUTES = {"direct": "tokens"}


class Ring:
    """float32 (N, 2) in -1..1."""

    name = "ring"
    encodes = False
    has_time = False

    def check(self, config):
        if config.shape != (2,):
            raise ConfigError(f"a point has two numbers; got shape {config.shape}")
        check_views(config)

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

    def planes(self, signal):
        return None

    def from_items(self, items, config):
        return torch.from_numpy(items)

    def to_items(self, signal, **sampling):
        return signal.float().numpy()

    def config_for(self, dataset, config):
        classes = dataset.classes if dataset.labels is not None else ()
        return replace(config, modality=self.name, shape=(2,), patch=1, overlap=0, classes=classes)

    def place(self, token, config):
        return Box(token / 2, 0, (token + 1) / 2, 1)


TOKENIZER = Ring()
