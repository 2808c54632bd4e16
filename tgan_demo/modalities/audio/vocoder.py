"""Band loudness -> waveform by a Transformer at frame rate with an inverse-STFT head.

A frame's bands say how loud, not in which phase. A few rounds of Griffin-Lim give a draft; the network
reads bands and draft, changes magnitude and phase of every bin, and overlapping windows are added up.
Trained on magnitudes at several window sizes, then also against a discriminator, a Transformer that
reads the complex frames.

Sources: Masuyama et al. 2019, "Deep Griffin-Lim iteration", arXiv:1903.03971 (a draft, made better);
Siuzdak 2023, "Vocos", arXiv:2306.00814 (frame rate, head); Yamamoto et al. 2020, arXiv:1910.11480
(spectral losses). Relativistic pairing and penalties as in the engine.

Axes: B batch, S samples, K frequency bins, M mel bands, T frames, D channels.
"""

import logging
import time
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from einops import rearrange
from torch import Tensor, nn

from tgan_demo.contract import TokenSpec
from tgan_demo.engine.game.schedules import cosine
from tgan_demo.engine.players.discriminator import Encoder, EncoderBlock
from tgan_demo.engine.players.layers import Linear, Norm, rotary
from tgan_demo.modalities.audio import spectra

logger = logging.getLogger(__name__)

REACH = 2  # frames on both sides that a frame is read with
CROP = 48  # frames of a training clip: silence at its end teaches nothing
SIZES = ((512, 128), (256, 64), (128, 32), (64, 16))  # windows and hops of the spectral losses
FAINTEST = 0.1 * spectra.FLOOR
AUDIBLE = 300  # of 32,768: a crop's peak, or it is drawn again
LOUDEST = 3.0  # log magnitude that the head may reach
STEP = 0.5  # LayerScale at the start, as for a classifier: nobody plays against it yet
REPORT_EVERY = 100  # steps


@dataclass(frozen=True, slots=True, kw_only=True)
class VocoderConfig:
    rate: int  # samples a second
    hop: int  # samples between two frames
    width: int = 128
    depth: int = 4
    heads: int = 4
    draft: int = 24  # rounds of Griffin-Lim
    clips: int = 60_000  # budget: crops that it learns from
    game: float = 0.4  # last part of the budget, with a discriminator
    batch_size: int = 16
    lr: float = 1.5e-3
    seed: int = 0


class Vocoder(nn.Module):
    def __init__(self, config: VocoderConfig) -> None:
        super().__init__()
        self.config = config
        width, size = config.width, spectra.OVERLAP * config.hop
        self.bins = size // 2 + 1
        self.embed = Linear((2 * REACH + 1) * spectra.BANDS, width)
        self.draft = Linear(3 * 3 * self.bins, width)
        blocks = [EncoderBlock(width, config.heads) for _ in range(config.depth)]
        self.blocks = nn.ModuleList(blocks)
        for block in blocks:
            nn.init.constant_(block.steps, STEP)
        self.norm = Norm(width)
        self.head = Linear(3 * width, 3 * self.bins, gain=0.1)

    def forward(self, mel_BMT: Tensor) -> Tensor:
        """Waveform (B, S), S = T x hop, of log bands as `spectra.log_mel` gives them."""
        return spectra.istft(self.spectrum(mel_BMT), self.config.hop)

    def spectrum(self, mel_BMT: Tensor) -> Tensor:
        """Complex (B, K, T)."""
        frames = mel_BMT.shape[2]
        size = 2 * (self.bins - 1)
        with torch.no_grad():
            heard_BS = spectra.griffin_lim(
                mel_BMT, self.config.rate, self.config.hop, steps=self.config.draft
            )
            draft_BKT = spectra.stft(heard_BS, size, self.config.hop)
            loud_BKT = draft_BKT.abs().clamp_min(FAINTEST)
            # a bin's own frequency turns by a quarter for each bin number and frame; taken away
            turns_KT = torch.outer(torch.arange(self.bins), torch.arange(frames)) % spectra.OVERLAP
            still_BKT = (
                draft_BKT
                / loud_BKT
                * torch.polar(torch.ones(()), turns_KT * (-2 * torch.pi / spectra.OVERLAP))
            )
            told = torch.cat(((loud_BKT.log() + 6) / 3, still_BKT.real, still_BKT.imag), dim=1)
        x = self.embed(rearrange(_windows((mel_BMT + 6) / 3, REACH), "b m t r -> b t (m r)"))
        x = x + self.draft(rearrange(_windows(told, 1), "b k t r -> b t (k r)"))
        angles = rotary((frames,), self.config.width // self.config.heads)
        for block in self.blocks:
            x = block(x, angles)
        x = rearrange(_windows(self.norm(x).transpose(1, 2), 1), "b d t r -> b t (d r)")
        louder, real, imaginary = self.head(x).transpose(1, 2).chunk(3, dim=1)
        magnitude = (loud_BKT.log() + louder).clamp_max(LOUDEST).exp()
        turn = torch.complex(1 + real, imaginary)
        return magnitude * (draft_BKT / loud_BKT) * turn / turn.abs().clamp_min(1e-6)


class Judge(nn.Module):
    """Complex frames -> how real they sound, (B,)."""

    def __init__(self, config: VocoderConfig) -> None:
        super().__init__()
        bins = spectra.OVERLAP * config.hop // 2 + 1
        self.hop = config.hop
        spec = TokenSpec((CROP,), 0, 3 * bins)
        self.encoder = Encoder(spec, width=96, depth=3, heads=config.heads, positions="rotary")
        self.head = Linear(96, 1, bias=False)

    def forward(self, wave_BS: Tensor) -> Tensor:
        spectrum = spectra.stft(wave_BS, spectra.OVERLAP * self.hop, self.hop)
        loud = (spectrum.abs() + spectra.FLOOR).log()
        # the phase against the frame before, where what a phase is can be heard
        turned = spectrum * F.pad(spectrum, (1, 0))[..., :-1].conj()
        turned = turned / (turned.abs() + spectra.FLOOR**2)
        parts = torch.cat(((loud + 6) / 3, turned.real, turned.imag), dim=1)
        return self.head(self.encoder(parts.transpose(1, 2)))[:, 0]


def spectral_distance(
    made_BS: Tensor, real_BS: Tensor, sizes: tuple[tuple[int, int], ...] = SIZES
) -> Tensor:
    """Mean over window sizes of spectral convergence and log magnitude error (nats).

    Source: Yamamoto et al. 2020, equations 4-6.
    """
    total = made_BS.new_zeros(())
    for size, hop in sizes:
        made, real = (spectra.stft(wave, size, hop).abs() for wave in (made_BS, real_BS))
        missed = (real - made).flatten(1).norm(dim=1) / real.flatten(1).norm(dim=1).clamp_min(1e-3)
        log_error = (
            made.clamp_min(spectra.FLOOR).log() - real.clamp_min(spectra.FLOOR).log()
        ).abs()
        total = total + missed.mean() + log_error.mean()
    return total / len(sizes)


def train(waves: np.ndarray, config: VocoderConfig) -> Vocoder:
    """Learn to give these clips, int16 (N, S), back from their bands."""
    torch.manual_seed(config.seed)
    model = Vocoder(config).train()
    judge = Judge(config).train()
    rng = np.random.default_rng(config.seed)
    optimizer, against = (
        torch.optim.AdamW(net.parameters(), lr=0.0, betas=(0.8, 0.99), weight_decay=0.01)
        for net in (model, judge)
    )
    steps = max(1, config.clips // config.batch_size)
    begun = time.monotonic()
    for step in range(steps):
        is_game = step >= (1 - config.game) * steps
        rate = config.lr * min(1.0, (step + 1) / 100) * cosine(step / steps, 0.02)
        for group in optimizer.param_groups + against.param_groups:
            group["lr"] = rate if group in optimizer.param_groups else 0.5 * config.lr
        real_BS = crops(waves, config, rng)
        mel_BMT = spectra.log_mel(real_BS, config.rate, config.hop)
        made_BS = model(mel_BMT)
        loss = reconstruction(made_BS, real_BS, mel_BMT, config)
        if is_game:
            real_B = judge(real_BS)
            fake_B = judge(made_BS.detach())
            loss_d = F.softplus(fake_B - real_B).mean() + 0.5 * _penalty(judge, real_BS, real_B)
            against.zero_grad()
            loss_d.backward()
            against.step()
            judge.requires_grad_(False)
            loss = loss + 0.1 * F.softplus(judge(real_BS) - judge(made_BS)).mean()
            judge.requires_grad_(True)
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        if (step + 1) % REPORT_EVERY == 0:
            pace = (step + 1) * config.batch_size / (time.monotonic() - begun)
            logger.info(
                "vocoder: step %s of %s, loss %.3f, %.0f crops/s",
                step + 1,
                steps,
                loss.item(),
                pace,
            )
    return model.eval().requires_grad_(False)


def reconstruction(
    made_BS: Tensor, real_BS: Tensor, mel_BMT: Tensor, config: VocoderConfig
) -> Tensor:
    bands = spectra.log_mel(made_BS, config.rate, config.hop)
    return spectral_distance(made_BS, real_BS) + 2 * (bands - mel_BMT).abs().mean()


def crops(waves: np.ndarray, config: VocoderConfig, rng: np.random.Generator) -> Tensor:
    """Stretches of CROP frames out of random clips, none of them silent, at a random level."""
    size = CROP * config.hop
    rows, found = [], 0
    while found < config.batch_size:
        clip = waves[rng.integers(len(waves))]
        start = int(rng.integers(0, max(1, len(clip) - size + 1)))
        part = clip[start : start + size]
        if np.abs(part).max() > AUDIBLE:
            rows.append(part * (rng.uniform(0.5, 1.0) / spectra.FULL))
            found += 1
    return torch.from_numpy(np.stack(rows)).float()


def _windows(x_BCT: Tensor, reach: int) -> Tensor:
    """(B, C, T, 2 x reach + 1): every frame with its neighbours; the outermost stand for what is beyond."""
    return F.pad(x_BCT, (reach, reach), mode="replicate").unfold(2, 2 * reach + 1, 1)


def _penalty(judge: Judge, real_BS: Tensor, real_B: Tensor) -> Tensor:
    """R1 by a finite difference, see engine.game.penalties."""
    nudge = 0.01 * torch.randn_like(real_BS)
    return ((judge(real_BS + nudge) - real_B) / 0.01).square().mean() * 0.01
