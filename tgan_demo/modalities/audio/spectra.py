"""Sound <-> loudness of bands over time: the log-mel spectrogram that audio models see, and back.

A clip has FRAMES frames and lasts 1.024 s whatever its rate, so that its number of samples tells the
rate; `hop` samples lie between two frames, and a window is four hops long (75 % overlap). Magnitudes are
divided by the window's sum: a full-scale sine has .5 in its bin.

Axes: B batch, S samples, K frequency bins, M mel bands, T frames.
"""

from functools import lru_cache

import torch
import torch.nn.functional as F
from torch import Tensor

from tgan_demo.engine.draw.turns import one_core
from tgan_demo.errors import ConfigError

BANDS = 64  # M
FRAMES = 128  # T
FRAMES_PER_S = 125
FULL = 32_768  # int16 of a full-scale sample
SAMPLES = (8_192, 16_384, 32_768)  # of a clip: 8, 16, 32 kHz
OVERLAP = 4  # windows that a sample lies in
FLOOR = 1e-4  # magnitude of what counts as silence: -74 dB under a full-scale sine
LOW_HZ = 50.0  # lowest edge of the lowest band
ROUNDS = 60  # of projecting to and fro; with 24 the log-mel error is a quarter larger
MOMENTUM = 0.99


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


def spectra_of(wave_TH: Tensor) -> Tensor:
    """Complex (T, K) of one waveform, a row for each hop; windows as those of `stft`, not scaled."""
    frames, hop = wave_TH.shape
    padded_S = F.pad(wave_TH.flatten(), (OVERLAP // 2 * hop,) * 2)
    cut_TS = padded_S.unfold(0, OVERLAP * hop, hop)[:frames]
    return torch.fft.rfft(cut_TS * window(OVERLAP * hop))


def wave_of(spectrum_TK: Tensor) -> Tensor:
    """The waveform (T, hop) whose `spectra_of` are nearest: windows added up, over their squares' sum."""
    frames, bins = spectrum_TK.shape
    size = 2 * (bins - 1)
    parts_TS = torch.fft.irfft(spectrum_TK, n=size) * window(size)
    return _added_up(parts_TS)[:frames] / _weights(frames, size)


@lru_cache(maxsize=16)
@torch.inference_mode(False)
def _weights(frames: int, size: int) -> Tensor:
    """Sum of the windows' squares, (T, hop), with a silent frame on the very end, where it would near 0."""
    return _added_up(window(size).square().repeat(frames + 1, 1))[:frames].clone()


def _added_up(parts_TS: Tensor) -> Tensor:
    """Stretches of OVERLAP hops, one beginning at each hop, as one, (T + 1, hop), from the first's middle."""
    frames, size = parts_TS.shape
    parts = parts_TS.view(frames, OVERLAP, size // OVERLAP)
    whole_TH = parts.new_zeros(frames + OVERLAP - 1, size // OVERLAP)
    for place in range(OVERLAP):
        whole_TH[place : place + frames] += parts[:, place]
    return whole_TH[OVERLAP // 2 :]


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


def unmixed(loud_MT: Tensor, rate: int, size: int, *, steps: int = 30) -> Tensor:
    """Magnitudes (K, T), none below 0, whose bands are near these: multiplicative updates.

    Source: Lee and Seung 2001, for one factor.
    """
    filters_MK = mel_filters(rate, size)
    wanted_KT = filters_MK.T @ loud_MT
    magnitude_KT = wanted_KT
    for _ in range(steps):
        now_KT = filters_MK.T @ (filters_MK @ magnitude_KT)
        magnitude_KT = magnitude_KT * wanted_KT / now_KT.clamp_min(1e-12)
    return magnitude_KT


@torch.no_grad()
def griffin_lim(mel_BMT: Tensor, rate: int, hop: int, *, rounds: int = ROUNDS) -> Tensor:
    """A waveform (B, S) whose bands are as loud as asked, phases found by projecting to and fro.

    Each clip by itself and on one core, for a last bit that differs is heard after 60 rounds. The
    start's phases are drawn from a fixed seed, so that equal bands sound equal.

    Source: Griffin and Lim 1984, with the momentum of Perraudin et al. 2013 (0.99).
    """
    with one_core():
        return torch.stack([_sounded(mel_MT, rate, hop, rounds) for mel_MT in mel_BMT])


def _sounded(mel_MT: Tensor, rate: int, hop: int, rounds: int) -> Tensor:
    size = OVERLAP * hop
    loud_MT = mel_MT.float().exp()
    loud_MT = torch.where(loud_MT > FLOOR * 1.01, loud_MT, 0.0)
    magnitude_KT = unmixed(loud_MT, rate, size)
    rng = torch.Generator().manual_seed(0)
    turns_KT = torch.rand(magnitude_KT.shape, generator=rng) * 6.2831853
    magnitude_TK = magnitude_KT.T.contiguous()
    spectrum_TK = torch.polar(magnitude_TK, turns_KT.T.contiguous())
    before_TK = torch.zeros(())
    for _ in range(rounds):
        now_TK = spectra_of(wave_of(spectrum_TK))
        ahead_TK = now_TK + MOMENTUM * (now_TK - before_TK)
        # torch's abs() of complex numbers takes a third of a round
        squares_TK = torch.addcmul(ahead_TK.real.square(), ahead_TK.imag, ahead_TK.imag)
        spectrum_TK = ahead_TK * (magnitude_TK * squares_TK.clamp_min(1e-18).rsqrt())
        before_TK = now_TK
    return wave_of(spectrum_TK).flatten() * (size / 2)
