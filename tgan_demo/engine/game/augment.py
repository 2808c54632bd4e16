"""Differentiable augmentation of signals: the same draw for real and fake, so D cannot tell by it.

One decorated function is an augmentation: (signal, chance p, generator) -> signal. Two batches given the
same generator state get the same draw. Source: Zhao et al. 2020, arXiv:2006.10738 (DiffAugment).

A signal that has time gets one draw for all its frames, as StyleGAN-V does (Skorokhodov et al. 2021):
"quality dropped a lot" without.

Axes: B batch, C channels, T frames, H height, W width; of a spectrogram, H bands and W frames.
"""

from collections.abc import Callable

import torch
from einops import rearrange
from torch import Tensor

Augment = Callable[[Tensor, float, torch.Generator], Tensor]
AUGMENTS: dict[str, Augment] = {}

SHIFT = 1 / 8  # largest translation, as part of a side
SILENCE = -1.0  # of a spectrogram
LOUDER = 0.12  # at most, as part of the way from silence to the loudest
HOLE = 1 / 2  # side of the cut-out square, as part of a side
SPARSE = 3  # frames that D sees of a clip in its view of motion


Frames = Callable[[Augment, Tensor, float, torch.Generator], Tensor]
FRAMES: dict[str, Frames] = {}  # how each treats a signal (B, C, T, H, W)


def as_channels(function: Augment, signal: Tensor, p: float, rng: torch.Generator) -> Tensor:
    """Frames are channels: each is moved or cut alike."""
    return function(signal.flatten(1, 2), p, rng).unflatten(1, signal.shape[1:3])


def as_rows(function: Augment, signal: Tensor, p: float, rng: torch.Generator) -> Tensor:
    """Frames lie below one another, for what looks at the channels of each pixel."""
    tall = function(rearrange(signal, "b c t h w -> b c (t h) w"), p, rng)
    return rearrange(tall, "b c (t h) w -> b c t h w", t=signal.shape[2])


def signal_alone(function: Augment, signal: Tensor, p: float, rng: torch.Generator) -> Tensor:
    """As it is: a signal without time, or a function that knows frames itself."""
    return function(signal, p, rng)


def augment(name: str, *, frames: Frames = as_channels) -> Callable[[Augment], Augment]:
    """Add a function to AUGMENTS; `frames` says what it does with a signal that has time."""

    def add(function: Augment) -> Augment:
        AUGMENTS[name], FRAMES[name] = function, frames
        return function

    return add


@augment("flip")
def flip(signal: Tensor, p: float, rng: torch.Generator) -> Tensor:
    """Left for right."""
    chosen = _on(signal, torch.rand(len(signal), generator=rng) < p * 0.5).view(-1, 1, 1, 1)
    return torch.where(chosen, signal.flip(-1), signal)


@augment("colour", frames=as_rows)
def colour(signal: Tensor, p: float, rng: torch.Generator) -> Tensor:
    """Brightness, saturation and contrast."""
    bright, saturate, contrast = _on(signal, torch.rand(3, len(signal), 1, 1, 1, generator=rng))
    chosen = _on(signal, torch.rand(len(signal), generator=rng) < p).view(-1, 1, 1, 1)
    x = signal + (bright - 0.5)
    grey = x.mean(dim=1, keepdim=True)
    x = grey + (x - grey) * (2 * saturate)
    mean = x.mean(dim=(1, 2, 3), keepdim=True)
    return torch.where(chosen, mean + (x - mean) * (0.5 + contrast), signal)


@augment("translation")
def translation(signal: Tensor, p: float, rng: torch.Generator) -> Tensor:
    """Shifted by up to an eighth of a side; what comes in repeats the border."""
    batch, _, height, width = signal.shape
    reach_y, reach_x = round(height * SHIFT), round(width * SHIFT)
    chosen = torch.rand(batch, generator=rng) < p
    dy = torch.randint(-reach_y, reach_y + 1, (batch,), generator=rng) * chosen
    dx = torch.randint(-reach_x, reach_x + 1, (batch,), generator=rng) * chosen
    rows_BH = _on(signal, (torch.arange(height) + dy[:, None]).clamp(0, height - 1))
    columns_BW = _on(signal, (torch.arange(width) + dx[:, None]).clamp(0, width - 1))
    index_B11 = _on(signal, torch.arange(batch))[:, None, None]
    return signal.permute(0, 2, 3, 1)[
        index_B11, rows_BH[:, :, None], columns_BW[:, None, :]
    ].permute(0, 3, 1, 2)


@augment("cutout")
def cutout(signal: Tensor, p: float, rng: torch.Generator) -> Tensor:
    """A square of half a side set to 0."""
    batch, _, height, width = signal.shape
    chosen = torch.rand(batch, generator=rng) < p
    middle_y = torch.rand(batch, generator=rng) * height
    middle_x = torch.rand(batch, generator=rng) * width
    near_y = (torch.arange(height) - middle_y[:, None]).abs() < height * HOLE / 2
    near_x = (torch.arange(width) - middle_x[:, None]).abs() < width * HOLE / 2
    hole = near_y[:, :, None] & near_x[:, None, :] & chosen[:, None, None]
    return torch.where(_on(signal, hole)[:, None], torch.zeros_like(signal), signal)


@augment("delay")
def delay(signal: Tensor, p: float, rng: torch.Generator) -> Tensor:
    """Of a spectrogram: earlier or later by up to an eighth of the clip; silence comes in."""
    batch, _, _, width = signal.shape
    reach = round(width * SHIFT)
    chosen = torch.rand(batch, generator=rng) < p
    moved_B = torch.randint(-reach, reach + 1, (batch,), generator=rng) * chosen
    from_BW = torch.arange(width) - moved_B[:, None]
    is_in_BW = (from_BW >= 0) & (from_BW < width)
    index = _on(signal, from_BW.clamp(0, width - 1))[:, None, None].expand_as(signal)
    return torch.where(_on(signal, is_in_BW)[:, None, None], signal.gather(3, index), SILENCE)


@augment("loudness")
def loudness(signal: Tensor, p: float, rng: torch.Generator) -> Tensor:
    """Of a spectrogram: louder or softer, and brighter or duller; silence stays."""
    level, tilt = 2 * torch.rand(2, len(signal), 1, 1, 1, generator=rng) - 1
    chosen = (torch.rand(len(signal), generator=rng) < p).view(-1, 1, 1, 1)
    slope = torch.linspace(-1, 1, signal.shape[2])[None, None, :, None]
    factor = _on(signal, 1 + chosen * LOUDER * (level + tilt * slope))
    return SILENCE + (signal - SILENCE) * factor


@augment("gap")
def gap(signal: Tensor, p: float, rng: torch.Generator) -> Tensor:
    """Of a spectrogram: an eighth of it silent, or a quarter of its bands."""
    batch, _, height, width = signal.shape
    kind = torch.rand(batch, generator=rng)
    at = torch.rand(2, batch, generator=rng)
    frames_BW = (torch.arange(width) / width - at[0, :, None]).abs() < 1 / 16
    bands_BH = (torch.arange(height) / height - at[1, :, None]).abs() < 1 / 8
    frames_BW &= (kind < p / 2)[:, None]
    bands_BH &= ((kind >= p / 2) & (kind < p))[:, None]
    hole = frames_BW[:, None, None, :] | bands_BH[:, None, :, None]
    return torch.where(_on(signal, hole), SILENCE, signal)


@augment("views", frames=signal_alone)
def views(signal: Tensor, p: float, rng: torch.Generator) -> Tensor:
    """D sees one frame alone, or a few with their gaps in time; the others are blank. Without time: nothing.

    In place of a second D for frames: DIGAN (Yu et al. 2022, arXiv:2202.10571) and StyleGAN-V judge
    motion by two or three frames. Here places in time say how far apart they are.
    """
    if signal.ndim != 5:
        return signal
    batch, frames = len(signal), signal.shape[2]
    chance = torch.rand(batch, 1, generator=rng)
    order_BT = torch.rand(batch, frames, generator=rng).argsort(dim=1).argsort(dim=1)
    kept = torch.where(chance < p / 2, 1, torch.where(chance < p, SPARSE, frames))
    shown = _on(signal, order_BT < kept)[:, None, :, None, None]
    return torch.where(shown, signal, torch.zeros_like(signal))


def apply(names: tuple[str, ...], signal: Tensor, p: float, rng: torch.Generator) -> Tensor:
    """All of `names`, in AUGMENTS' order; one draw for all frames of a signal that has time."""
    for name, function in AUGMENTS.items():
        if name in names and p > 0:
            frames = FRAMES[name] if signal.ndim == 5 else signal_alone
            signal = frames(function, signal, p, rng)
    return signal


def adapt(p: float, overfit: float, *, target: float = 0.3, rate: float = 0.002) -> float:
    """The next strength: up while D tells training data from held-out data, down while it does not.

    Of Karras et al. 2020, arXiv:2006.06676, is the idea of steering by held-out data (r_v, eq. 1); there
    means of logits are compared, with those of generated images as the scale, here ranks alone.

    Args:
        overfit: share of training samples that D puts over held-out ones, as 2 x share - 1: 0 none, 1 all.
    """
    return min(0.9, max(0.0, p + (rate if overfit > target else -rate)))


def _on(signal: Tensor, draw: Tensor) -> Tensor:
    """Drawn on the CPU, so that a run is the same wherever it is trained."""
    return draw.to(signal.device)
