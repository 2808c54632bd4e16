"""Sounds as pictures: their log-mel spectrograms in grey, to be measured, and in colours, to be seen.

Axes: N sounds, S samples, M mel bands, T frames.
"""

import numpy as np
import torch

from tgan_demo.modalities.audio import spectra

CHUNK = 500  # sounds a pass
# from silence to the loudest, as even steps between these
HEAT = (
    (0, 0, 4),
    (31, 12, 72),
    (85, 15, 109),
    (136, 34, 106),
    (186, 54, 85),
    (227, 89, 51),
    (249, 140, 10),
    (249, 201, 50),
    (252, 255, 164),
)
LOUDEST = -1.5  # log magnitude of the last one


def greys(items: np.ndarray) -> np.ndarray:
    """Sounds int16 (N, S) as uint8 (N, M, T, 1), high bands first."""
    rate = spectra.rate_of(items.shape[1])
    parts = []
    for start in range(0, len(items), CHUNK):
        waves_NS = (
            torch.from_numpy(np.ascontiguousarray(items[start : start + CHUNK])).float()
            / spectra.FULL
        )
        parts.append(shades(spectra.log_mel(waves_NS, rate, items.shape[1] // spectra.FRAMES)))
    return np.concatenate(parts)


def shades(loud_NMT: torch.Tensor) -> np.ndarray:
    """Log-mel spectrograms, nats, low bands first, as uint8 (N, M, T, 1), high bands first."""
    low = np.log(spectra.FLOOR)
    share_NMT = ((loud_NMT.flip(1) - low) / (LOUDEST - low)).clamp(0, 1)
    return (share_NMT * 255).round().to(torch.uint8).numpy()[..., None]


def pictures(items: np.ndarray) -> np.ndarray:
    """Sounds in colours, uint8 (N, M, T, 3)."""
    return coloured(greys(items))


def coloured(greys: np.ndarray) -> np.ndarray:
    """uint8 (N, M, T, 1) in colours, (N, M, T, 3)."""
    steps = np.linspace(0, 1, len(HEAT))
    columns = zip(*HEAT, strict=True)
    table = np.stack([np.interp(np.linspace(0, 1, 256), steps, c) for c in columns], axis=1)
    return table.round().astype(np.uint8)[greys[..., 0]]


def long_picture(sound: np.ndarray, samples: int) -> np.ndarray:
    """A sound of any length as a picture, uint8 (bands, frames, 3), out of clips of `samples`.

    Clips overlap by half and give their middles, so that no seam shows.
    """
    half = samples // 2
    count = max(1, -(-len(sound) // half))
    padded = np.zeros((count + 1) * half, np.int16)
    padded[half // 2 :][: len(sound)] = sound
    drawn = pictures(np.stack([padded[i * half :][:samples] for i in range(count)]))
    frames = drawn.shape[2]
    strip = np.concatenate(list(drawn[:, :, frames // 4 : frames * 3 // 4]), axis=1)
    return strip[:, : max(1, -(-len(sound) * frames // samples))]
