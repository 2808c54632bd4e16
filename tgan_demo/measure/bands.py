"""Spatial frequency: power of samples in bands of it, over that of real data; and fine detail, the top bands.

Of signals, as G makes them and D judges them: pictures, spectrograms, clips frame by frame. A frequency is
radial, in cycles a pixel: .5 is every other column, .707 a chess board. Spectra are discrete Fourier
transforms of grey, each picture's mean taken off, without a window: where opposite borders differ that adds
power to all bands, of samples and of real data alike, so a difference is rather understated.

Axes: B signals, C colours, H, W pixels; "..." frames, where there are any.
"""

from collections.abc import Iterable

import numpy as np
import torch
from torch import Tensor

from tgan_demo.measure.score import Score, measured
from tgan_demo.measure.task import Samples, Task

BANDS = (
    (0.02, 0.05),
    (0.05, 0.15),
    (0.15, 0.3),
    (0.3, 0.45),
    (0.45, 0.8),
)  # low <= frequency < high
FINE = 0.3  # cycles a pixel: where the top two bands begin
LUMA = (0.299, 0.587, 0.114)  # of red, green and blue: ITU-R BT.601
SPACE = "bands"
TITLE = (
    "power of the signal's grey picture in bands of spatial frequency, over that of as many training "
    "samples (without window; a band that the size does not have is left out)"
)


def _key(low: float) -> str:
    return f"power_{round(100 * low):02}"


def _score(low: float, high: float) -> Score:
    return Score(_key(low), f"power from {low:g} to {high:g} cycles/pixel", "near 1")


@measured(SPACE, *(_score(*band) for band in BANDS), needs=("data",))
def power(task: Task, samples: Samples) -> dict[str, float]:
    made = powers(task.signals(samples))
    real = task.once("powers", lambda: powers(task.signals(task.some_train)))
    return {
        _key(low): float(one / other)
        for (low, _), one, other in zip(BANDS, made, real, strict=True)
        if other > 0
    }


def powers(signals: Iterable[Tensor]) -> np.ndarray:
    """Mean squared magnitude in each of BANDS, (5,); of a band without a frequency NaN.

    In units of the signal's own square: white noise has its variance in every band.

    Args:
        signals: pieces (B, C, ..., H, W) of one size.
    """
    total_HW, count = torch.zeros(()), 0
    for piece in signals:
        pictures = grey(piece).flatten(end_dim=-3)
        flat = pictures - pictures.mean(dim=(-2, -1), keepdim=True)
        found = torch.fft.fft2(flat, norm="ortho").abs().square().double()
        total_HW, count = total_HW + found.sum(dim=0), count + len(pictures)
    at_HW = frequencies(*total_HW.shape)
    inside = [(low <= at_HW) & (at_HW < high) for low, high in BANDS]
    return np.array([float(total_HW[part].mean()) / count for part in inside])


def grey(signal: Tensor) -> Tensor:
    """(B, C, ...) to (B, ...): the luma of three colours, else the mean."""
    if signal.shape[1] != len(LUMA):
        return signal.mean(dim=1)
    return signal.movedim(1, -1) @ torch.tensor(LUMA, dtype=signal.dtype)


def fine_detail(signal: Tensor) -> Tensor:
    """A signal (..., H, W) without all frequencies below FINE: colour by colour, frame by frame.

    The blurred signal that is taken off is an ideal low pass: the Fourier transform cut off at FINE.
    """
    keeps_HW = frequencies(*signal.shape[-2:]) >= FINE
    return torch.fft.ifft2(torch.fft.fft2(signal) * keeps_HW).real


def frequencies(height: int, width: int) -> Tensor:
    """Radial frequency of each place of a Fourier transform, cycles a pixel, (H, W)."""
    return torch.hypot(
        torch.fft.fftfreq(height, dtype=torch.float64)[:, None],
        torch.fft.fftfreq(width, dtype=torch.float64),
    )
