"""Walks through a model: between seeds, or between items of a user's own, whose places in it are found first.

Axes: F frames; B ends, W mapped latent.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from PIL import Image

from tgan_demo.config import SampleConfig
from tgan_demo.engine.draw import inversion, parts, paths, sampler, walking
from tgan_demo.engine.draw.model import Model
from tgan_demo.engine.draw.turns import Turns
from tgan_demo.errors import ConfigError
from tgan_demo.modalities import registry
from tgan_demo.models import inside

MAX_KEYS, MAX_FRAMES = 24, 480
WRITTEN_AT_ONCE = 64  # signals a pass that become items


@dataclass(frozen=True, slots=True)
class Ends:
    """Where in a model a user's items lie, the ends of a walk."""

    asked: np.ndarray  # as the model reads them: texts cut to its length, pictures to its size
    nearest: np.ndarray  # what the model makes at these places, without sampling noise
    reconstruction_loss: (
        tuple[float, ...] | None
    )  # of asked, see inversion; None: encoded, not sought
    keys: torch.Tensor  # what a walk goes through: w (B, W), or the signals of a model that encodes


@torch.inference_mode()
def between_seeds(
    model: Model,
    keys: Sequence[SampleConfig],
    *,
    frames: int,
    path: str,
    space: str,
    loop: bool,
    psi: float,
    part: str,
) -> np.ndarray:
    """Frames (F, ...), see `Studio.walk`."""
    if not 2 <= len(keys) <= MAX_KEYS:
        raise ConfigError(f"a walk wants 2 to {MAX_KEYS} key frames; got {len(keys)}")
    if space not in ("z", "w"):
        raise ConfigError(f"a walk is in z or w; got {space!r}")
    if part not in parts.PARTS or (part != "both" and not model.config.motion):
        raise ConfigError(f"{model.title} walks in {_parts(model)}; got {part!r}")
    _check(len(keys), frames, path, loop)
    for key in keys:
        inside.check_label(model, key.label)
    w_FW = walking.steps(model, keys, frames=frames, path=path, space=space, loop=loop, psi=psi)
    if model.tokenizer.has_time:
        return sampler.play(model, parts.held(model.config, w_FW, part))
    # one draw of sampling noise for the whole walk: a text changes only where w does
    seeds = [keys[0].seed] * len(w_FW)
    return sampler.synthesise(
        model, w_FW, seeds, temperature=keys[0].temperature, top_p=keys[0].top_p
    )


def ends(model: Model, items: Sequence[Image.Image | str], turns: Turns) -> Ends:
    """The places of a user's items: encoded where the model can, else sought."""
    if not 2 <= len(items) <= MAX_KEYS:
        raise ConfigError(f"a walk wants 2 to {MAX_KEYS} ends; got {len(items)}")
    fit = registry.get(model.config.modality).bring.fit
    asked = np.array([fit(model, item) for item in items])
    if model.tokenizer.encodes:
        with turns.take(), torch.inference_mode():
            keys = model.tokenizer.from_items(asked, model.config)
            return Ends(asked, _write(model, keys), None, keys)
    with turns.searching:
        w_BW = inversion.invert(model, asked)
    with turns.take():
        nearest = sampler.synthesise(model, w_BW, temperature=0)
        lost = inversion.reconstruction_losses(model, w_BW, asked)
        return Ends(asked, nearest, tuple(lost), w_BW)


@torch.inference_mode()
def between_ends(
    model: Model, ends: Ends, *, frames: int, path: str, loop: bool, temperature: float
) -> np.ndarray:
    """Frames (F, ...), see `Studio.walk_between`."""
    _check(len(ends.keys), frames, path, loop)
    keys = paths.through(list(ends.keys.flatten(1)), frames=frames, path=path, loop=loop).view(
        -1, *ends.keys.shape[1:]
    )
    if model.tokenizer.encodes:  # between two signals lie none as G makes them: the nearest
        tokens_BND = model.tokenizer.to_tokens(keys, model.config)
        return _write(model, model.tokenizer.to_signal(tokens_BND, model.config))
    if model.tokenizer.has_time:
        return sampler.play(model, keys)
    return sampler.synthesise(model, keys, [0] * len(keys), temperature=temperature)


def _check(keys: int, frames: int, path: str, loop: bool) -> None:
    legs = keys if loop else keys - 1
    if path not in paths.PATHS:
        raise ConfigError(f"a walk is {' or '.join(paths.PATHS)}; got {path!r}")
    if not 1 <= frames <= MAX_FRAMES // legs:
        raise ConfigError(
            f"{legs} legs can have 1 to {MAX_FRAMES // legs} frames each; got {frames}"
        )


def _parts(model: Model) -> str:
    return " or ".join(parts.PARTS if model.config.motion else parts.PARTS[:1])


def _write(model: Model, signal: torch.Tensor) -> np.ndarray:
    """Items of signals that G did not make, without sampling noise."""
    written = [model.tokenizer.to_items(part) for part in signal.split(WRITTEN_AT_ONCE)]
    return np.concatenate(written)
