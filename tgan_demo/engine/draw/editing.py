"""Edits of w: along a direction, another sample's in some blocks, or a place of its own.

`places` is the way from settings to w for everything that draws. The texts are those of edits.py.

Axes: B batch, L places where w enters G (position tokens, then the blocks), W mapped latent, K components.
"""

from collections.abc import Sequence
from dataclasses import replace

import torch
from torch import Tensor

from tgan_demo import edits
from tgan_demo.config import SampleConfig
from tgan_demo.edits import Step
from tgan_demo.engine.draw import latents
from tgan_demo.engine.draw.model import Model
from tgan_demo.errors import ConfigError


def places(model: Model, config: SampleConfig) -> tuple[Tensor, Tensor | None]:
    """w of what `config` asks for, and the classes.

    (B, W); (B, L, W) where an edit is of some blocks alone or begins at a w of each block.

    Raises:
        ConfigError: an edit does not fit this model.
    """
    z_BZ, labels_B = latents.draw_z(model, config)
    w_BW = latents.map_to_w(model, z_BZ, labels_B, config.psi)
    return edited(model, w_BW, labels_B, config), labels_B


def edited(model: Model, w_BW: Tensor, labels_B: Tensor | None, config: SampleConfig) -> Tensor:
    """w (B, W) with the edits of `config`, as `places` gives it. `labels_B`: the classes of w."""
    steps = edits.read(config.edit)
    if not steps:
        return w_BW
    entries = model.G.entries
    w_BLW = w_BW[:, None].repeat(1, entries, 1)
    is_one = True  # w everywhere the same
    for step in steps:
        last = entries - 1 if step.last is None else step.last
        if last >= entries:
            raise ConfigError(
                f"{model.title} takes w at 0 (the position tokens) to {entries - 1} (its last block); "
                f"the edit asks for {step.first} to {last}"
            )
        here = slice(step.first, last + 1)
        is_one &= last - step.first + 1 == entries
        if step.kind == "at":
            place = _vector(model, step.what, entries)
            is_one &= len(place) == 1
            w_BLW = place.expand(len(w_BW), entries, -1).clone()
        elif step.kind == "go":
            w_BLW[:, here] += step.number * _direction(model, step, labels_B)
        else:
            w_BLW[:, here] = w_BLW[:, here].lerp(_other(model, step, config)[:, here], step.number)
    return w_BLW[:, 0] if is_one else w_BLW


def alike(places: Sequence[Tensor]) -> Tensor:
    """Places (W,) or (L, W) in one tensor, (B, W), or (B, L, W) where one has a w for each block."""
    deepest = max(places, key=lambda w: w.ndim)
    return torch.stack([w.expand_as(deepest) for w in places])


def components(model: Model) -> Tensor:
    """Principal components of w round the mean of its class, the widest first, each as long as w's
    standard deviation along it, (K, W).

    Source: GANSpace (Härkönen et al. 2020, arXiv:2004.02546), here within the classes.
    """
    if model.components is None:
        classes = len(model.config.classes)
        z_BZ = torch.randn(4096, model.config.z_dim, generator=torch.Generator().manual_seed(0))
        labels_B = torch.arange(4096) % classes if classes else None
        with torch.no_grad():
            w_BW = model.G.mapping(z_BZ, labels_B)
        middle = model.w_mean[labels_B] if labels_B is not None else model.w_mean
        model.components = widest(w_BW - middle)
    return model.components


def widest(offsets_BW: Tensor) -> Tensor:
    """Principal components (K, W) of offsets from their mean, each as long as their standard deviation
    along it; its largest number is positive, so that its sign is always the same.
    """
    centred = offsets_BW - offsets_BW.mean(dim=0)
    _, spread_K, axes_KW = torch.linalg.svd(centred.double(), full_matrices=False)
    signs_K = axes_KW.gather(1, axes_KW.abs().argmax(dim=1, keepdim=True)).sign()
    lengths_K1 = spread_K[:, None] / max(1, len(offsets_BW) - 1) ** 0.5
    return (axes_KW * signs_K * lengths_K1).float()


def _direction(model: Model, step: Step, labels_B: Tensor | None) -> Tensor:
    """(1, 1 or L, W), or (B, 1, W) for the way to a class."""
    if (number := step.named("pc")) is not None:
        known = components(model)
        if not 1 <= number <= len(known):
            raise ConfigError(f"{model.title} has pc1 to pc{len(known)}; got pc{number}")
        return known[number - 1].view(1, 1, -1)
    if (number := step.named("class")) is not None:
        if labels_B is None or number >= len(model.config.classes):
            count = len(model.config.classes)
            has = f"has class0 to class{count - 1}" if count else "has no classes"
            raise ConfigError(f"{model.title} {has}; got class{number}")
        return (model.w_mean[number] - model.w_mean[labels_B])[:, None]
    entries = step.last + 1 - step.first if step.last is not None else model.G.entries - step.first
    return _vector(model, step.what, entries)[None]


def _other(model: Model, step: Step, config: SampleConfig) -> Tensor:
    """w of another sample, (1, L, W)."""
    entries = model.G.entries
    if step.seed is None:
        return _vector(model, step.what, entries).expand(entries, -1)[None]
    seed, label = step.seed
    if label is not None and label >= len(model.config.classes):
        raise ConfigError(f"{model.title} has {len(model.config.classes)} classes; got {label}")
    z_1Z, labels_1 = latents.draw_z(
        model, replace(config, seed=seed, label=label, count=1, variation=0, edit="")
    )
    return latents.map_to_w(model, z_1Z, labels_1, config.psi)[:, None].expand(-1, entries, -1)


def _vector(model: Model, text: str, entries: int) -> Tensor:
    """(1, W), or (entries, W) where the text has a w for each place."""
    found, width = torch.from_numpy(edits.numbers(text)), model.config.z_dim
    if len(found) not in (width, entries * width):
        raise ConfigError(
            f"an edit of {model.title} has {width} numbers, or {width} for each place; this one has "
            f"{len(found)} and is of another model"
        )
    return found.view(-1, width)
