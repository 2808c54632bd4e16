"""Sound <-> loudness of bands over time: the log-mel spectrogram that audio models see, and back without a
network.

A clip has FRAMES frames and lasts 1.024 s whatever its rate, so that its number of samples tells the
rate; `hop` samples lie between two frames, and a window is four hops long (75 % overlap). Magnitudes are
divided by the window's sum: a full-scale sine has .5 in its bin.

Axes: B batch, S samples, K frequency bins, M mel bands, T frames.
"""

from functools import lru_cache

import torch
import torch.nn.functional as F
from torch import Tensor

from tgan_demo.errors import ConfigError

BANDS = 64  # M
FRAMES = 128  # T
FRAMES_PER_S = 125
FULL = 32_768  # int16 of a full-scale sample
SAMPLES = (8_192, 16_384, 32_768)  # of a clip: 8, 16, 32 kHz
OVERLAP = 4  # windows that a sample lies in
FLOOR = 1e-4  # magnitude of what counts as silence: -74 dB under a full-scale sine
LOW_HZ = 50.0  # lowest edge of the lowest band


def rate_of(samples: int) -> int:
    """Samples a second of a clip with so many.

    Raises:
        ConfigError: no clip has so many.
    """
    if samples not in SAMPLES:
        raise ConfigError(f"a clip has one of {SAMPLES} samples (1.024 s); got {samples}")
    return samples * FRAMES_PER_S // FRAMES


@lru_cache(maxsize=16)
@torch.inference_mode(False)  # kept, and training needs it too
def window(size: int) -> Tensor:
    return torch.hann_window(size)


def stft(wave_BS: Tensor, size: int, hop: int) -> Tensor:
    """Complex (B, K, T): frame t is centred on sample t x hop; beyond the ends is silence."""
    spectrum = torch.stft(
        wave_BS,
        size,
        hop,
        window=window(size).to(wave_BS.device),
        pad_mode="constant",
        return_complex=True,
    )
    return spectrum[..., : wave_BS.shape[-1] // hop] * (2 / size)


def istft(spectrum_BKT: Tensor, hop: int) -> Tensor:
    """The waveform (B, S), S = T x hop, of what `stft` with a window of four hops gives."""
    size = OVERLAP * hop
    padded = F.pad(torch.view_as_real(spectrum_BKT), (0, 0, 0, 1))  # a frame on the very end
    return torch.istft(
        torch.view_as_complex(padded) * (size / 2),
        size,
        hop,
        window=window(size).to(spectrum_BKT.device),
        length=spectrum_BKT.shape[-1] * hop,
    )


@lru_cache(maxsize=16)
@torch.inference_mode(False)  # kept, and training needs it too
def mel_filters(rate: int, size: int) -> Tensor:
    """Triangles (M, K), equally wide on the mel scale up to half the rate; each sums to 1.

    Scale: 2595 log10(1 + f / 700), O'Shaughnessy 1987. A triangle narrower than a bin takes the bins
    on both sides of its middle by distance, so that no band is empty.
    """
    bins_K = torch.linspace(0, rate / 2, size // 2 + 1)
    low, high = (2595 * torch.log10(1 + torch.tensor(f) / 700) for f in (LOW_HZ, rate / 2))
    edges = 700 * (10 ** (torch.linspace(low, high, BANDS + 2) / 2595) - 1)
    width = bins_K[1]
    left = (edges[1:-1] - edges[:-2]).clamp_min(width)
    right = (edges[2:] - edges[1:-1]).clamp_min(width)
    apart_MK = bins_K - edges[1:-1, None]
    triangles = torch.minimum(1 + apart_MK / left[:, None], 1 - apart_MK / right[:, None])
    triangles = triangles.clamp_min(0)
    return triangles / triangles.sum(1, keepdim=True)


def log_mel(wave_BS: Tensor, rate: int, hop: int) -> Tensor:
    """(B, M, T): log of the bands' mean magnitude, no smaller than log(FLOOR)."""
    return log_bands(stft(wave_BS, OVERLAP * hop, hop).abs(), rate)


def log_bands(magnitude_BKT: Tensor, rate: int) -> Tensor:
    size = 2 * (magnitude_BKT.shape[1] - 1)
    filters_MK = mel_filters(rate, size).to(magnitude_BKT.device)
    return (filters_MK @ magnitude_BKT).clamp_min(FLOOR).log()


def unmixed(loud_BMT: Tensor, rate: int, size: int, *, steps: int = 30) -> Tensor:
    """Magnitudes (B, K, T), none below 0, whose bands are near these: multiplicative updates.

    Source: Lee and Seung 2001, for one factor.
    """
    filters_MK = mel_filters(rate, size)
    wanted_BKT = filters_MK.T @ loud_BMT
    magnitude_BKT = wanted_BKT
    for _ in range(steps):
        now_BKT = filters_MK.T @ (filters_MK @ magnitude_BKT)
        magnitude_BKT = magnitude_BKT * wanted_BKT / now_BKT.clamp_min(1e-12)
    return magnitude_BKT


@torch.no_grad()
def griffin_lim(mel_BMT: Tensor, rate: int, hop: int, *, steps: int = 60) -> Tensor:
    """A waveform (B, S) whose bands are as loud as asked, phases found by projecting to and fro.

    Source: Griffin and Lim 1984, with the momentum of Perraudin et al. 2013 (0.99). The start's phases
    are drawn from a fixed seed, so that equal bands sound equal.
    """
    size = OVERLAP * hop
    loud_BMT = mel_BMT.float().exp()
    loud_BMT = torch.where(loud_BMT > FLOOR * 1.01, loud_BMT, 0.0)
    magnitude = unmixed(loud_BMT, rate, size)
    rng = torch.Generator().manual_seed(0)
    phase = torch.polar(
        torch.ones(magnitude.shape[1:]), torch.rand(magnitude.shape[1:], generator=rng) * 6.2831853
    ).expand(magnitude.shape)
    before = torch.zeros(())
    for _ in range(steps):
        now = stft(istft(magnitude * phase, hop), size, hop)
        ahead = now + 0.99 * (now - before)
        phase, before = ahead / ahead.abs().clamp_min(1e-9), now
    return istft(magnitude * phase, hop)
