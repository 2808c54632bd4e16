"""A run on points, seen whole: both distributions, D's surface, G's warp of the noise, what each fake feels.

All of it is of the players as they are now, not of G's average, so that one step can be seen. Numbers go to
the page in units of the signal; `frame` says what these are in units of the data.

Sources: GAN Lab, Kahng et al. 2019 (IEEE TVCG 25(1)), whose layers these are.

Axes: B points, Z latent, H heads, N tokens, M latent tokens.
"""

import base64
import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from tgan_demo.contract import Dataset
from tgan_demo.engine.draw.seeds import noise
from tgan_demo.engine.game.batch import judge
from tgan_demo.engine.game.losses import LOSSES
from tgan_demo.engine.game.state import TrainState
from tgan_demo.engine.players.attention import Tap
from tgan_demo.modalities.points import makers

# of a run that is watched, in place of its plan's: the game alone, more steps a second, rates that can stay,
# and a D that is no steeper than these allow
QUICK: dict[str, object] = {
    "batch_size": 128,
    "lr_g": 4e-3,
    "lr_d": 4e-3,
    "sigma_min": 0.03,
    "warm_start": 0,
    "reconstruction_weight": 0.0,
}
SHOWN = 256  # points of each kind
SIDE = 24  # places a side at which D is asked
EDGE = 1.7  # the plane that is shown reaches so far from the middle, in units of the signal
NET = 13  # lines of the net of noise, each way
SPREAD = 1.6  # of the net, in standard deviations of z
COUNTED = 2000  # samples by which modes are counted
FARTHEST = 8 * EDGE  # what lies beyond is drawn there


@dataclass(frozen=True, slots=True)
class Scene:
    """What a run is looked at with, the same at every look."""

    real: Tensor  # (B, 2), of the data
    z_BZ: Tensor  # of the fakes
    net_BZ: Tensor  # a flat piece of the latent space, row by row
    grid: Tensor  # places of the plane, from the upper left, row by row
    counted_BZ: Tensor
    data_id: str


def scene(state: TrainState, dataset: Dataset, data_id: str) -> Scene:
    """For runs of this model and data; `data_id`: by which modes are known."""
    chosen = np.random.default_rng(0).permutation(len(dataset))[:SHOWN]
    real = state.tokenizer.from_items(dataset.items[chosen], state.model)
    line = torch.linspace(-EDGE, EDGE, SIDE)
    grid = torch.stack(torch.meshgrid(-line, line, indexing="ij")[::-1], dim=2).reshape(-1, 2)
    # z counts by its direction alone, so the net lies beside the origin: two axes about a third one
    first, second, middle = torch.linalg.qr(noise([0, 1, 2], state.model.z_dim).T)[0].T
    steps = torch.linspace(-SPREAD, SPREAD, NET)
    across, down = torch.meshgrid(steps, steps, indexing="xy")
    net = middle + across[..., None] * first + down[..., None] * second
    size = math.sqrt(state.model.z_dim)
    return Scene(
        real=real,
        z_BZ=noise(list(range(len(real))), state.model.z_dim),
        net_BZ=size * net.reshape(-1, state.model.z_dim),
        grid=grid,
        counted_BZ=noise(list(range(COUNTED)), state.model.z_dim),
        data_id=data_id,
    )


def look(state: TrainState, scene: Scene) -> dict[str, Any]:
    """JSON-able: points (`packed`), D's surface, G's net, what fakes feel, attention of G's first fake."""
    tokenizer, model = state.tokenizer, state.model

    def made(z_BZ: Tensor, tap: Tap | None = None) -> Tensor:
        return tokenizer.to_signal(state.G(z_BZ, tap=tap), model)

    tap = Tap()
    with torch.no_grad():
        fake, net = made(scene.z_BZ), made(scene.net_BZ)
        made(scene.z_BZ[:1], tap)
        judged_B = judge(state, torch.cat((scene.grid, scene.real)), None)
        surface_B, real_B = judged_B.split((len(scene.grid), len(scene.real)))
    fake.requires_grad_(True)
    with torch.enable_grad():
        fake_B = judge(state, fake, None)
        loss_d_B, loss_g_B = LOSSES[state.train.loss](real_B, fake_B)
        pull = -torch.autograd.grad(loss_g_B.sum(), fake)[0]
    low, high = surface_B.min(), surface_B.max()
    shades = (surface_B - low) / (high - low).clamp_min(1e-9)
    return {
        "fake": packed(fake.detach()),
        "net": packed(net),
        "surface": _bytes((255 * shades).round().to(torch.uint8).numpy()),
        "low": _number(low),
        "high": _number(high),
        "pull": packed(pull / pull.norm(dim=1).max().clamp_min(1e-9)),
        "pull_size": _number(pull.norm(dim=1).mean()),
        "d_real": _number(real_B.mean()),
        "d_fake": _number(fake_B.mean()),
        "right": _number((real_B > fake_B).float().mean()),
        "loss_d": _number(loss_d_B.mean()),
        "loss_g": _number(loss_g_B.mean()),
        "self": _maps(tap.self_),
        "cross": _maps(tap.cross),
    }  # fmt: skip


@torch.no_grad()
def covered(state: TrainState, scene: Scene) -> list[int] | None:
    """Modes that COUNTED samples of G cover, and how many there are; None: the data have none we know."""
    if scene.data_id not in makers.MODES:
        return None
    signal = state.tokenizer.to_signal(state.G(scene.counted_BZ), state.model)
    found = makers.covered(state.tokenizer.to_items(signal), scene.data_id)
    return None if found is None else list(found)


def frame(state: TrainState, scene: Scene) -> dict[str, Any]:
    """What does not change: the real points, the size of all, and what a unit is of the data's."""
    x, y = state.tokenizer.centre  # pyright: ignore[reportAttributeAccessIssue]
    scale = state.tokenizer.scale  # pyright: ignore[reportAttributeAccessIssue]
    return {
        "real": packed(scene.real),
        "edge": EDGE,
        "side": SIDE,
        "net_side": NET,
        "farthest": FARTHEST,
        "centre": [x, y],
        "scale": scale,
    }


def packed(points: Tensor) -> str:
    """Pairs of numbers as base64 of int16: 32,767 is FARTHEST."""
    whole = (points.nan_to_num() / FARTHEST).clamp(-1, 1) * 32767
    return _bytes(whole.round().to(torch.int16).numpy())


def _bytes(array: np.ndarray) -> str:
    return base64.b64encode(np.ascontiguousarray(array).tobytes()).decode("ascii")


def _number(value: Tensor) -> float | None:
    found = value.item()
    return found if math.isfinite(found) else None


def _maps(layers: list[Any]) -> list[list[list[float]]]:
    """Weights of each layer, the mean of its heads: rows are the tokens that look."""
    return [heads.weights_BHNM[0].mean(0).float().tolist() for heads in layers]
