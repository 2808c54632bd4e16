"""Which of G's weights a run that starts from a trained model changes: all, or a few of them, so that few data
cannot undo what many taught.

Knows G's parts by their names, not how they are trained.
"""

import copy

import torch

from tgan_demo.engine.players.generator import Generator
from tgan_demo.engine.players.layers import Linear

RANK = 8  # of the low-rank adapters
LAST = 3  # of G's blocks, one in so many, the last ones, at least one


def choose(G: Generator, adapt: str, *, seed: int = 0) -> None:
    """Leave `requires_grad` to what moves under `adapt`, one of config.ADAPTS.

    mapping      the mapping network and every map from w into G: styles, latent tokens, offsets
                 (as Zhao et al. 2020, arXiv:2002.11796, keep the filters and learn their modulation)
    last blocks  the last third of the blocks, and what follows them
    low rank     W + up @ down for every linear map, of rank RANK (Hu et al. 2021, arXiv:2106.09685);
                 up begins as 0, so that G begins as it was
    """
    if adapt == "all":
        return
    G.requires_grad_(False)
    if adapt == "low rank":
        rng = torch.Generator().manual_seed(seed)
        for module in G.modules():
            if isinstance(module, Linear):
                module.add_low_rank(RANK, rng)
        return
    for name, parameter in G.named_parameters():
        parameter.requires_grad_(_moves(name, adapt, G.config.depth))


def _moves(name: str, adapt: str, depth: int) -> bool:
    part, _, rest = name.partition(".")
    if adapt == "mapping":
        styles = ("from_w", "base")
        return part in ("mapping", "codes", "offset", "latents") or rest.partition(".")[
            2
        ].startswith(styles)
    if part == "blocks":
        return int(rest.partition(".")[0]) >= depth - max(1, depth // LAST)
    return part in ("norm", "head")


def merged(G: Generator) -> Generator:
    """G with its low-rank adapters inside its weights; G itself where it has none."""
    if not any(isinstance(module, Linear) and module.up is not None for module in G.modules()):
        return G
    G = copy.deepcopy(G)
    for module in G.modules():
        if isinstance(module, Linear):
            module.merge_low_rank()
    return G
