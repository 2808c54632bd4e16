"""From settings to z and w: seeds, variation, classes, truncation.

Axes: B batch, Z latent, W mapped latent.
"""

import torch
from torch import Tensor

from tgan_demo.config import SampleConfig
from tgan_demo.engine.draw.model import Model
from tgan_demo.engine.draw.passes import in_passes
from tgan_demo.engine.draw.paths import slerp
from tgan_demo.engine.draw.seeds import labels_for, noise


def seeds_of(config: SampleConfig) -> list[int]:
    return [config.seed + i for i in range(config.count)]


def draw_z(model: Model, config: SampleConfig) -> tuple[Tensor, Tensor | None]:
    """z (B, Z), variation mixed in, and classes of what `config` asks for."""
    seeds = seeds_of(config)
    z_BZ = noise(seeds, model.config.z_dim)
    if config.variation > 0:
        other = noise([config.variation_seed], model.config.z_dim).expand_as(z_BZ)
        z_BZ = slerp(z_BZ, other, config.variation)
    return z_BZ, labels_for(seeds, len(model.config.classes), config.label)


def map_to_w(model: Model, z_BZ: Tensor, labels_B: Tensor | None, psi: float) -> Tensor:
    """w (B, W), pulled towards (psi < 1) or pushed away from (psi > 1) the mean w of its class."""
    w_BW = in_passes(model.G.mapping, z_BZ, labels_B)
    if psi == 1:
        return w_BW
    middle = model.w_mean[labels_B] if labels_B is not None else model.w_mean[:1]
    return torch.lerp(middle, w_BW, psi)
