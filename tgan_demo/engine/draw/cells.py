"""Samples that differ in any settings, drawn together: rows of a direction, tables of two settings.

Axes: N samples.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import torch

from tgan_demo.config import SampleConfig
from tgan_demo.engine.draw import editing, sampler
from tgan_demo.engine.draw.model import Model


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
