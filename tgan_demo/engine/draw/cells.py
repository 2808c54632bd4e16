"""Samples that differ in any settings, drawn together: rows of a direction, tables of two settings; and one
sample as each block of G leaves it.

Axes: N samples, B blocks.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import torch

from tgan_demo.config import SampleConfig
from tgan_demo.engine.draw import editing, sampler
from tgan_demo.engine.draw.model import Model
from tgan_demo.errors import ConfigError

SPREAD = 16  # seeds whose signals say how far signals differ


@torch.inference_mode()
def draw_each(model: Model, configs: Sequence[SampleConfig]) -> np.ndarray:
    """The first sample of each of `configs` (N, ...), as the sampler draws it alone.

    Raises:
        ConfigError: an edit does not fit this model.
    """
    places = [editing.places(model, replace(config, count=1))[0][0] for config in configs]
    w = editing.alike(places)
    items: list[np.ndarray | None] = [None] * len(configs)
    ways = [(config.temperature, config.top_p, config.frames) for config in configs]
    for way in dict.fromkeys(ways):
        picks = [i for i, own in enumerate(ways) if own == way]
        drawn = sampler.synthesise(
            model,
            w[picks],
            [configs[i].seed for i in picks],
            temperature=way[0],
            top_p=way[1],
            frames=way[2],
        )
        for i, item in zip(picks, drawn, strict=True):
            items[i] = item
    return np.array(items)


@torch.inference_mode()
def by_block(model: Model, config: SampleConfig) -> tuple[np.ndarray, list[float]]:
    """The first sample of `config` as the head reads it after each block of G, items (B, ...), the last one as
    it is drawn, up to rounding. And how much each block but the first changes it: mean absolute change
    of the signal in % of the standard deviation of the model's signals.

    Raises:
        ConfigError: a decoder writes the items, which makes something whole of unfinished work too.
    """
    if model.tokenizer.encodes:
        raise ConfigError(
            f"{model.title} writes by a decoder, which makes a fluent text of any numbers: what its "
            "unfinished blocks leave cannot be seen"
        )
    w = editing.places(model, replace(config, count=1))[0]
    tokens_BND = model.G.by_block(w)[:, 0]
    seed_B = torch.full((len(tokens_BND),), config.seed)
    chosen = {"noise_seed_B": seed_B, "temperature": config.temperature}
    signal = model.tokenizer.to_signal(tokens_BND, model.config, **chosen)
    some, _ = sampler.signals(model, replace(config, count=SPREAD, edit=""))
    changes_B = (signal[1:] - signal[:-1]).flatten(1).abs().mean(1) / some.std().clamp_min(1e-9)
    items = model.tokenizer.to_items(signal, **chosen, top_p=config.top_p)
    return items, (100 * changes_B).tolist()
