"""The bench counts operations as it says: against torch's own counter on the same networks."""

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from tgan_demo.config import ModelConfig
from tgan_demo.engine.players.discriminator import Discriminator
from tgan_demo.engine.players.generator import Generator
from tgan_demo.measure import speed
from tgan_demo.modalities import registry

SMALL = {"width": 32, "depth": 2, "heads": 2}
CONFIGS = {
    "image": ModelConfig(shape=(1, 16, 16), **SMALL),
    "video": ModelConfig(
        modality="video", shape=(3, 8, 16, 16), patch=8, motion=8, head_hidden=48, **SMALL
    ),
}


@pytest.mark.parametrize("medium", CONFIGS)
def test_forward_operations_agree_with_torch(medium):
    config = CONFIGS[medium]
    spec = registry.tokenizer(medium).tokens(config)
    G, D = Generator(config, spec), Discriminator(config, spec)
    g, d, _ = speed.forward_gflop(config, spec)
    with FlopCounterMode(display=False) as counter:
        G.synthesise(torch.randn(1, config.z_dim))
    assert abs(counter.get_total_flops() / 1e9 - g) < 0.01 * g
    with FlopCounterMode(display=False) as counter:
        D(torch.randn(1, spec.count, spec.d_width))
    assert abs(counter.get_total_flops() / 1e9 - d) < 0.01 * d
