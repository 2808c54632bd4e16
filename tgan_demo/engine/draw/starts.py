"""Where a search for w begins: random w's of a class, or of all in turn, and what G makes of them.

Axes: S starts, N tokens, D channels, W mapped latent.
"""

import torch
from torch import Tensor

from tgan_demo.engine.draw.model import Model
from tgan_demo.engine.draw.seeds import noise

STARTS = 128  # random w's an item, of which the best is gone on from
FEW_STARTS = 32  # beside an encoder
CHUNK = 16  # of them a pass: bounds memory


@torch.no_grad()
def random_starts(model: Model, label: int | None, seed: int) -> tuple[Tensor, Tensor, Tensor]:
    """Random w's, the means they lie around (both (S, W)) and G's tokens of them (S, N, D)."""
    count, classes = STARTS if model.encoder is None else FEW_STARTS, classes_to_try(model, label)
    labels_S = None if classes is None else classes[torch.arange(count) % len(classes)]
    w_SW = model.G.mapping(noise([seed + i for i in range(count)], model.config.z_dim), labels_S)
    middle_SW = model.w_mean.expand(count, -1) if labels_S is None else model.w_mean[labels_S]
    return w_SW, middle_SW, synthesise(model, w_SW)


def classes_to_try(model: Model, label: int | None) -> Tensor | None:
    """The class asked for, or all; None of a model without."""
    if not model.config.classes:
        return None
    return torch.arange(len(model.config.classes)) if label is None else torch.tensor([label])


def synthesise(model: Model, w_SW: Tensor) -> Tensor:
    """G's tokens of each w, (S, N, D), CHUNK of them a pass."""
    return torch.cat([model.G.synthesise(part) for part in w_SW.split(CHUNK)])
