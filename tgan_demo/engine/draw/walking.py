"""The w's of a walk through key frames, in z or in w.

Axes: F frames, Z latent, L places where w enters G, W mapped latent.
"""

from collections.abc import Sequence
from dataclasses import replace

import torch
from torch import Tensor

from tgan_demo.config import SampleConfig
from tgan_demo.engine.draw import editing, latents, paths
from tgan_demo.engine.draw.model import Model


def steps(
    model: Model,
    keys: Sequence[SampleConfig],
    *,
    frames: int,
    path: str,
    space: str,
    loop: bool,
    psi: float,
) -> Tensor:
    """w of each frame, (F, W), or (F, L, W) where a key is edited in some blocks alone; frames and path as
    `paths.through` has them.

    Args:
        space: "z", or "w", in which classes go over smoothly too. An edited key has no z: then all is in w.
        psi: of all keys.
    """
    keys = [replace(key, count=1, psi=psi) for key in keys]
    if space == "w" or any(key.edit for key in keys):
        ends = editing.alike([editing.places(model, key)[0][0] for key in keys])
        w = paths.through(list(ends.flatten(1)), frames=frames, path=path, loop=loop)
        return w.view(-1, *ends.shape[1:])
    drawn = [latents.draw_z(model, key) for key in keys]
    z_FZ = paths.through([z[0] for z, _ in drawn], frames=frames, path=path, loop=loop)
    return _mapped(model, z_FZ, [labels for _, labels in drawn], frames, loop, psi)


def _mapped(
    model: Model,
    z_FZ: Tensor,
    labels: list[Tensor | None],
    frames: int,
    loop: bool,
    psi: float,
) -> Tensor:
    """w along a walk in z; where two keys differ in class, w goes over from one class to the other."""
    known = [label for label in labels if label is not None]
    if not known or len({int(label) for label in known}) == 1:
        first = known[0].expand(len(z_FZ)) if known else None
        return latents.map_to_w(model, z_FZ, first, psi)
    ends = [*known, known[0]] if loop else known
    total = len(z_FZ)
    leg = (torch.arange(total) // frames).clamp(max=len(ends) - 2)
    share_F1 = (torch.arange(total) / frames - leg).view(-1, 1)
    here = torch.cat([ends[int(i)] for i in leg])
    there = torch.cat([ends[int(i) + 1] for i in leg])
    return torch.lerp(
        latents.map_to_w(model, z_FZ, here, psi),
        latents.map_to_w(model, z_FZ, there, psi),
        share_F1,
    )
