"""Continuity: two windows of one long signal shall agree about the frames they share.

Axes: B batch, Z latent, W mapped latent.
"""

import torch
from torch import Tensor

from tgan_demo.engine.game.precision import DTYPES
from tgan_demo.engine.game.state import TrainState
from tgan_demo.engine.players.space_time import window_starts


def loss(state: TrainState, labels_B: Tensor | None) -> Tensor | float:
    """How much two windows of the same signal differ in the frames they share, weighted by
    `continuity`; on a quarter of a batch. A model of short clips becomes one of long clips, of which D
    sees only windows.
    """
    weight, model = state.train.continuity, state.model
    size = max(2, state.train.batch_size // 4)
    start_B = window_starts(model, size, state.rng) if weight > 0 else None
    if start_B is None:
        return 0.0
    where, dtype, ranks = state.rng.device, DTYPES[state.precision], state.ranks
    start_B = ranks.own(start_B)
    z_BZ = torch.randn(size, model.z_dim, generator=state.rng, device=where).to(dtype)
    z_BZ = ranks.own(z_BZ)
    most = model.shape[1] // model.tubelet
    shift = int(torch.randint(1, most, (1,), generator=state.rng, device=where))
    shift *= model.tubelet
    w_BW = state.G.mapping(z_BZ, None if labels_B is None else labels_B[: len(z_BZ)])
    one, other = (
        state.tokenizer.to_signal(state.G.synthesise(w_BW, start_B=begin_B), model)
        for begin_B in (start_B, start_B + shift)
    )
    return weight * ranks.average((one[:, :, shift:] - other[:, :, :-shift]).square(), size)
