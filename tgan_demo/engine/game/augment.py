"""Differentiable augmentation of signals: the same draw for real and fake, so D cannot tell by it.

One decorated function is an augmentation: (signal, chance p, draws) -> signal. Two batches given the same
draws, the second time from their beginning, are augmented alike. Source: Zhao et al. 2020,
arXiv:2006.10738 (DiffAugment).

A signal that has time gets one draw for all its frames, as StyleGAN-V does (Skorokhodov et al. 2021):
"quality dropped a lot" without.

Axes: B batch, C channels, T frames, H height, W width; of a spectrogram, H bands and W frames.
"""

from collections.abc import Callable

import torch
from einops import rearrange
from torch import Tensor

from tgan_demo.engine.game.ranks import ALONE, Ranks

Chance = float | Tensor  # a tensor where a step is a graph, so that it can be another in each


class Draws:
    """Random numbers, made where the stream is, that can be read again from their beginning.

    Sizes are of the samples at hand. Where these are a rank's, numbers are drawn for the whole batch, of
    which it is given its own.
    """

    def __init__(self, rng: torch.Generator, ranks: Ranks = ALONE) -> None:
        self.rng, self.ranks = rng, ranks
        self._made: list[Tensor] = []
        self._next = 0

    def again(self) -> "Draws":
        self._next = 0
        return self

    def rand(self, *shape: int, axis: int = 0) -> Tensor:
        """Uniform in [0, 1). `axis`: that of the samples in `shape`."""
        whole = [self.ranks.whole(n) if i == axis else n for i, n in enumerate(shape)]
        return self._read(lambda where: torch.rand(whole, generator=self.rng, device=where), axis)

    def randint(self, low: int, high: int, count: int) -> Tensor:
        whole = (self.ranks.whole(count),)
        return self._read(
            lambda where: torch.randint(low, high, whole, generator=self.rng, device=where)
        )

    def _read(self, make: Callable[[torch.device], Tensor], axis: int = 0) -> Tensor:
        if self._next == len(self._made):
            self._made.append(self.ranks.own(make(self.rng.device), axis))
        self._next += 1
        return self._made[self._next - 1]


Augment = Callable[[Tensor, Chance, Draws], Tensor]
AUGMENTS: dict[str, Augment] = {}

SHIFT = 1 / 8  # largest translation, as part of a side
SILENCE = -1.0  # of a spectrogram
LOUDER = 0.12  # at most, as part of the way from silence to the loudest
HOLE = 1 / 2  # side of the cut-out square, as part of a side
SPARSE = 3  # frames that D sees of a clip in its view of motion


Frames = Callable[[Augment, Tensor, Chance, Draws], Tensor]
FRAMES: dict[str, Frames] = {}  # how each treats a signal (B, C, T, H, W)


def as_channels(function: Augment, signal: Tensor, p: Chance, draws: Draws) -> Tensor:
    """Frames are channels: each is moved or cut alike."""
    return function(signal.flatten(1, 2), p, draws).unflatten(1, signal.shape[1:3])


def as_rows(function: Augment, signal: Tensor, p: Chance, draws: Draws) -> Tensor:
    """Frames lie below one another, for what looks at the channels of each pixel."""
    tall = function(rearrange(signal, "b c t h w -> b c (t h) w"), p, draws)
    return rearrange(tall, "b c (t h) w -> b c t h w", t=signal.shape[2])


def signal_alone(function: Augment, signal: Tensor, p: Chance, draws: Draws) -> Tensor:
    """As it is: a signal without time, or a function that knows frames itself."""
    return function(signal, p, draws)


def augment(name: str, *, frames: Frames = as_channels) -> Callable[[Augment], Augment]:
    """Add a function to AUGMENTS; `frames` says what it does with a signal that has time."""

    def add(function: Augment) -> Augment:
        AUGMENTS[name], FRAMES[name] = function, frames
        return function

    return add


@augment("flip")
def flip(signal: Tensor, p: Chance, draws: Draws) -> Tensor:
    """Left for right."""
    chosen = (draws.rand(len(signal)) < p * 0.5).view(-1, 1, 1, 1)
    return torch.where(chosen, signal.flip(-1), signal)


@augment("colour", frames=as_rows)
def colour(signal: Tensor, p: Chance, draws: Draws) -> Tensor:
    """Brightness, saturation and contrast."""
    bright, saturate, contrast = draws.rand(3, len(signal), 1, 1, 1, axis=1)
    chosen = (draws.rand(len(signal)) < p).view(-1, 1, 1, 1)
    x = signal + (bright - 0.5)
    grey = x.mean(dim=1, keepdim=True)
    x = grey + (x - grey) * (2 * saturate)
    mean = x.mean(dim=(1, 2, 3), keepdim=True)
    return torch.where(chosen, mean + (x - mean) * (0.5 + contrast), signal)


@augment("translation")
def translation(signal: Tensor, p: Chance, draws: Draws) -> Tensor:
    """Shifted by up to an eighth of a side; what comes in repeats the border."""
    batch, _, height, width = signal.shape
    reach_y, reach_x = round(height * SHIFT), round(width * SHIFT)
    chosen = draws.rand(batch) < p
    dy = draws.randint(-reach_y, reach_y + 1, batch) * chosen
    dx = draws.randint(-reach_x, reach_x + 1, batch) * chosen
    rows_BH = (_places(signal, height) + dy[:, None]).clamp(0, height - 1)
    columns_BW = (_places(signal, width) + dx[:, None]).clamp(0, width - 1)
    index_B11 = _places(signal, batch)[:, None, None]
    return signal.permute(0, 2, 3, 1)[
        index_B11, rows_BH[:, :, None], columns_BW[:, None, :]
    ].permute(0, 3, 1, 2)


@augment("cutout")
def cutout(signal: Tensor, p: Chance, draws: Draws) -> Tensor:
    """A square of half a side set to 0."""
    batch, _, height, width = signal.shape
    chosen = draws.rand(batch) < p
    middle_y = draws.rand(batch) * height
    middle_x = draws.rand(batch) * width
    near_y = (_places(signal, height) - middle_y[:, None]).abs() < height * HOLE / 2
    near_x = (_places(signal, width) - middle_x[:, None]).abs() < width * HOLE / 2
    hole = near_y[:, :, None] & near_x[:, None, :] & chosen[:, None, None]
    return torch.where(hole[:, None], torch.zeros_like(signal), signal)


@augment("delay")
def delay(signal: Tensor, p: Chance, draws: Draws) -> Tensor:
    """Of a spectrogram: earlier or later by up to an eighth of the clip; silence comes in."""
    batch, _, _, width = signal.shape
    reach = round(width * SHIFT)
    chosen = draws.rand(batch) < p
    moved_B = draws.randint(-reach, reach + 1, batch) * chosen
    from_BW = _places(signal, width) - moved_B[:, None]
    is_in_BW = (from_BW >= 0) & (from_BW < width)
    index = from_BW.clamp(0, width - 1)[:, None, None].expand_as(signal)
    return torch.where(is_in_BW[:, None, None], signal.gather(3, index), SILENCE)


@augment("loudness")
def loudness(signal: Tensor, p: Chance, draws: Draws) -> Tensor:
    """Of a spectrogram: louder or softer, and brighter or duller; silence stays."""
    level, tilt = 2 * draws.rand(2, len(signal), 1, 1, 1, axis=1) - 1
    chosen = (draws.rand(len(signal)) < p).view(-1, 1, 1, 1)
    slope = torch.linspace(-1, 1, signal.shape[2], device=signal.device)[None, None, :, None]
    factor = 1 + chosen * LOUDER * (level + tilt * slope)
    return SILENCE + (signal - SILENCE) * factor


@augment("gap")
def gap(signal: Tensor, p: Chance, draws: Draws) -> Tensor:
    """Of a spectrogram: an eighth of it silent, or a quarter of its bands."""
    batch, _, height, width = signal.shape
    kind = draws.rand(batch)
    at = draws.rand(2, batch, axis=1)
    frames_BW = (_places(signal, width) / width - at[0, :, None]).abs() < 1 / 16
    bands_BH = (_places(signal, height) / height - at[1, :, None]).abs() < 1 / 8
    frames_BW &= (kind < p / 2)[:, None]
    bands_BH &= ((kind >= p / 2) & (kind < p))[:, None]
    hole = frames_BW[:, None, None, :] | bands_BH[:, None, :, None]
    return torch.where(hole, SILENCE, signal)


@augment("views", frames=signal_alone)
def views(signal: Tensor, p: Chance, draws: Draws) -> Tensor:
    """D sees one frame alone, or a few with their gaps in time; the others are blank. Without time: nothing.

    In place of a second D for frames: DIGAN (Yu et al. 2022, arXiv:2202.10571) and StyleGAN-V judge
    motion by two or three frames. Here places in time say how far apart they are.
    """
    if signal.ndim != 5:
        return signal
    batch, frames = len(signal), signal.shape[2]
    chance = draws.rand(batch, 1)
    order_BT = draws.rand(batch, frames).argsort(dim=1).argsort(dim=1)
    kept = torch.where(chance < p / 2, 1, torch.where(chance < p, SPARSE, frames))
    shown = (order_BT < kept)[:, None, :, None, None]
    return torch.where(shown, signal, torch.zeros_like(signal))


def apply(
    names: tuple[str, ...], signal: Tensor, p: Chance, source: torch.Generator | Draws
) -> Tensor:
    """All of `names`, in AUGMENTS' order; one draw for all frames of a signal that has time."""
    if isinstance(p, float | int) and p <= 0:
        return signal
    draws = source if isinstance(source, Draws) else Draws(source)
    for name, function in AUGMENTS.items():
        if name in names:
            frames = FRAMES[name] if signal.ndim == 5 else signal_alone
            signal = frames(function, signal, p, draws)
    return signal


def adapt(p: float, overfit: float, *, target: float = 0.3, rate: float = 0.002) -> float:
    """The next strength: up while D tells training data from held-out data, down while it does not.

    Of Karras et al. 2020, arXiv:2006.06676, is the idea of steering by held-out data (r_v, eq. 1); there
    means of logits are compared, with those of generated images as the scale, here ranks alone.

    Args:
        overfit: share of training samples that D puts over held-out ones, as 2 x share - 1: 0 none, 1 all.
    """
    return min(0.9, max(0.0, p + (rate if overfit > target else -rate)))


def _places(signal: Tensor, count: int) -> Tensor:
    return torch.arange(count, device=signal.device)
