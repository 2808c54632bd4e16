"""From a seed to samples: float32 and in passes of one shape, so that the same seed and model give the
same bytes, whatever is drawn beside it and on however many cores.

Axes: B batch, Z latent, W mapped latent.
"""

import numpy as np
import torch
from torch import Tensor

from tgan_demo.config import SampleConfig
from tgan_demo.engine.draw.editing import places
from tgan_demo.engine.draw.latents import seeds_of
from tgan_demo.engine.draw.model import Model
from tgan_demo.engine.draw.passes import ROWS, in_passes

CHUNK = 64  # samples that a tokenizer makes items of at a time
MAX_SCORES = 16_000_000  # attention scores of one layer at a time: bounds memory


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
    w, labels_B = places(model, config)
    return signal_of(model, w), labels_B


@torch.inference_mode()
def draw(model: Model, config: SampleConfig) -> tuple[np.ndarray, np.ndarray | None]:
    """Items and their classes (None without classes)."""
    w, labels_B = places(model, config)
    items = synthesise(
        model,
        w,
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
