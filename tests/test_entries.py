"""G with a w of its own for the position tokens and for each block, and what each block has painted."""

from dataclasses import replace

import pytest
import torch

from tests import toys
from tgan_demo.config import ModelConfig
from tgan_demo.engine.players.generator import Generator
from tgan_demo.modalities import registry

CONFIGS = {
    "digits": toys.DIGITS,
    "verses": toys.VERSES,
    "speaks": toys.SPEAKS,
    "offset alone": replace(toys.AVATARS, injection=("offset",)),
    "moves": toys.MOVES,
}


@pytest.fixture(params=CONFIGS)
def G(request: pytest.FixtureRequest) -> Generator:
    config: ModelConfig = CONFIGS[request.param]
    torch.manual_seed(0)
    tokenizer = registry.tokenizer(config.modality, config.route)
    return Generator(config, tokenizer.tokens(config)).eval()


@torch.no_grad()
def test_the_same_w_everywhere_changes_nothing(G: Generator) -> None:
    w_BW = torch.randn(2, G.config.z_dim)
    w_BLW = w_BW[:, None].expand(-1, G.entries, -1).clone()
    assert torch.equal(G.synthesise(w_BLW), G.synthesise(w_BW))


@torch.no_grad()
def test_another_w_in_one_block_leaves_what_came_before(G: Generator) -> None:
    w_BLW = torch.randn(2, 1, G.config.z_dim).repeat(1, G.entries, 1)
    before = G.by_block(w_BLW)
    w_BLW[:, -1] += 1
    after = G.by_block(w_BLW)
    assert torch.equal(before[:-1], after[:-1])
    reaches_blocks = set(G.config.injection) & {"cross", "modulation"}
    assert torch.equal(before[-1], after[-1]) != bool(reaches_blocks)


@torch.no_grad()
def test_the_last_block_paints_the_sample(G: Generator) -> None:
    w_BW = torch.randn(2, G.config.z_dim)
    painted = G.by_block(w_BW)
    assert painted.shape == (G.config.depth, *G.synthesise(w_BW).shape)
    assert torch.equal(painted[-1], G.synthesise(w_BW))


def test_a_wrong_number_of_ws_is_refused(G: Generator) -> None:
    with pytest.raises(ValueError, match="enters at"):
        G.synthesise(torch.zeros(1, G.entries + 1, G.config.z_dim))
