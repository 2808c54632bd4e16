"""From a seed to samples: float32 and in passes of one shape, so that the same seed and model give the
same bytes, whatever is drawn beside it and on however many cores.

Axes: B batch, Z latent, W mapped latent.
"""

import numpy as np
import torch
from torch import Tensor

from tgan_demo.config import SampleConfig
from tgan_demo.engine.draw.model import Model
from tgan_demo.engine.draw.passes import ROWS, in_passes
from tgan_demo.engine.draw.paths import slerp
from tgan_demo.engine.draw.seeds import labels_for, noise

CHUNK = 64  # samples that a tokenizer makes items of at a time
MAX_SCORES = 16_000_000  # attention scores of one layer at a time: bounds memory


def seeds_of(config: SampleConfig) -> list[int]:
    return [config.seed + i for i in range(config.count)]


def latents(model: Model, config: SampleConfig) -> tuple[Tensor, Tensor | None]:
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


@torch.inference_mode()
def synthesise(
    model: Model,
    w_BW: Tensor,
    seeds: list[int] | None = None,
    *,
    temperature: float = 1.0,
    top_p: float = 1.0,
    frames: int = 0,
) -> np.ndarray:
    """Items from w, in chunks. With `seeds`, each sample has its own sampling noise where tokens are chosen.

    `frames`: of clips; 0: as many as the model was trained on.
    """
    if frames and model.tokenizer.has_time:
        return _clips(model, w_BW, frames)
    parts = []
    for begin in range(0, len(w_BW), CHUNK):
        part = slice(begin, begin + CHUNK)
        noise_seed_B = None if seeds is None else torch.tensor(seeds[part])
        parts.append(
            model.tokenizer.to_items(
                signal_of(model, w_BW[part], noise_seed_B, temperature=temperature),
                noise_seed_B=noise_seed_B,
                temperature=temperature,
                top_p=top_p,
            )
        )
    return np.concatenate(parts)


@torch.inference_mode()
def signal_of(
    model: Model,
    w_BW: Tensor,
    noise_seed_B: Tensor | None = None,
    *,
    start_B: Tensor | None = None,
    temperature: float = 1.0,
) -> Tensor:
    """What items are made of. `start_B`: of clips, the frame of the motion that comes first."""

    def step(w_BW: Tensor, noise_seed_B: Tensor | None, start_B: Tensor | None) -> Tensor:
        return model.tokenizer.to_signal(
            model.G.synthesise(w_BW, start_B=start_B),
            model.config,
            noise_seed_B=noise_seed_B,
            temperature=temperature,
        )

    tokens = model.tokenizer.tokens(model.config).count
    rows = max(1, min(ROWS, MAX_SCORES // (tokens**2 * model.config.heads)))
    return in_passes(step, w_BW, noise_seed_B, start_B, rows=rows)


@torch.inference_mode()
def signals(model: Model, config: SampleConfig) -> tuple[Tensor, Tensor | None]:
    """What `draw` makes items of, as the model has it; and the classes."""
    z_BZ, labels_B = latents(model, config)
    return signal_of(model, map_to_w(model, z_BZ, labels_B, config.psi)), labels_B


@torch.inference_mode()
def draw(model: Model, config: SampleConfig) -> tuple[np.ndarray, np.ndarray | None]:
    """Items and their classes (None without classes)."""
    z_BZ, labels_B = latents(model, config)
    w_BW = map_to_w(model, z_BZ, labels_B, config.psi)
    items = synthesise(
        model,
        w_BW,
        seeds_of(config),
        temperature=config.temperature,
        top_p=config.top_p,
        frames=config.frames,
    )
    return items, None if labels_B is None else labels_B.numpy()


@torch.inference_mode()
def play(model: Model, w_FW: Tensor) -> np.ndarray:
    """One frame of each w, uint8 (F, H, W, C): the film that plays on while w changes."""
    own = model.config.shape[1]
    at_F = torch.arange(len(w_FW)) % max(own, model.config.horizon)
    hop = own // 2  # windows as `_clips` has them
    start_F = ((at_F - (own - hop)) // hop * hop).clamp(min=0)
    parts = [
        _window(model, w_BW, start_B)
        for w_BW, start_B in zip(w_FW.split(CHUNK), start_F.split(CHUNK), strict=True)
    ]
    return np.concatenate(parts)[np.arange(len(w_FW)), (at_F - start_F).numpy()]


def _clips(model: Model, w_BW: Tensor, frames: int) -> np.ndarray:
    """Clips (B, frames, H, W, C): windows that overlap by half, each going on where the last one led."""
    own = model.config.shape[1]
    hop = own // 2
    starts = range(0, max(1, frames - own + hop), hop)
    clips = []
    for chunk_BW in w_BW.split(CHUNK):
        windows = [_window(model, chunk_BW, torch.full((len(chunk_BW),), s)) for s in starts]
        whole = np.concatenate([windows[0], *(part[:, own - hop :] for part in windows[1:])], 1)
        clips.append(whole[:, :frames])
    return np.concatenate(clips)


def _window(model: Model, w_BW: Tensor, start_B: Tensor) -> np.ndarray:
    return model.tokenizer.to_items(signal_of(model, w_BW, start_B=start_B))
