"""Differentiable augmentation of signals: the same draw for real and fake, so D cannot tell by it.

One decorated function is an augmentation: (signal, chance p, generator) -> signal. Two batches given the
same generator state get the same draw. Source: Zhao et al. 2020, arXiv:2006.10738 (DiffAugment);
the adaptive strength: Karras et al. 2020, arXiv:2006.06676.

Axes: B batch, C channels, H height, W width.
"""

from collections.abc import Callable

import torch
from torch import Tensor

Augment = Callable[[Tensor, float, torch.Generator], Tensor]
AUGMENTS: dict[str, Augment] = {}

SHIFT = 1 / 8  # largest translation, as part of a side
HOLE = 1 / 2  # side of the cut-out square, as part of a side


def augment(name: str) -> Callable[[Augment], Augment]:
    def add(function: Augment) -> Augment:
        AUGMENTS[name] = function
        return function

    return add


@augment("flip")
def flip(signal: Tensor, p: float, rng: torch.Generator) -> Tensor:
    """Left for right."""
    chosen = _on(signal, torch.rand(len(signal), generator=rng) < p * 0.5).view(-1, 1, 1, 1)
    return torch.where(chosen, signal.flip(-1), signal)


@augment("colour")
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


def apply(names: tuple[str, ...], signal: Tensor, p: float, rng: torch.Generator) -> Tensor:
    """All of `names`, in AUGMENTS' order."""
    for name, function in AUGMENTS.items():
        if name in names and p > 0:
            signal = function(signal, p, rng)
    return signal


def adapt(p: float, overfit: float, *, target: float = 0.3, rate: float = 0.002) -> float:
    """The next strength: up while D tells training data from held-out data, down while it does not.

    Args:
        overfit: share of training samples that D puts over held-out ones, as 2 x share - 1: 0 none, 1 all.
    """
    return min(0.9, max(0.0, p + (rate if overfit > target else -rate)))


def _on(signal: Tensor, draw: Tensor) -> Tensor:
    """Drawn on the CPU, so that a run is the same wherever it is trained."""
    return draw.to(signal.device)
