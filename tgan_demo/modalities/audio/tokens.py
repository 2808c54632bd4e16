"""Sound: a spectrogram whose frames are tokens, and phases found for it so that it is heard.

The signal is the log-mel spectrogram as it is drawn, high bands first, silence at -1 and the loudest of
the training data at 1. A token has TOKEN numbers: `patch` frames of TOKEN / patch bands. Bound to a
clip's number of samples and a range by `fit` or `restore`. A frame's bands say how loud, not in which
phase: phases come from ROUNDS rounds of Griffin-Lim, never fewer, so that a seed's bytes do not depend
on how much time there was.

Axes: B batch, N tokens, D token channels, S samples, M mel bands, T frames.
"""

import json
import math
from dataclasses import replace

import numpy as np
import torch
import torch.nn.functional as F
from einops import rearrange
from torch import Tensor

from tgan_demo.config import ModelConfig
from tgan_demo.contract import Box, Dataset, TokenSpec, box_of, check_views
from tgan_demo.engine.draw.model import Model
from tgan_demo.engine.players.blending import blended
from tgan_demo.errors import ConfigError, WeightsError
from tgan_demo.modalities.audio import spectra
from tgan_demo.modalities.audio.spectra import FULL, ROUNDS

TOKEN = 128  # numbers of G's output token
PATCHES = (2, 4, 8, 16)  # frames of a token
SHARPNESS = 2.0  # of the squared error, so that it weighs about as much as an absolute one
LOUDEST = 0.999  # quantile of the training data's bands that becomes 1
LOW = math.log(spectra.FLOOR)
SOME = 500  # clips that tell the range
DAMAGED = "the model's sound settings are missing or damaged; download the model again"

ROUTES = {"direct": "tokens"}  # ModelConfig.route -> module here that has TOKENIZER


class Audio:
    """Clips of FRAMES x hop samples, int16."""

    name = "audio"
    encodes = False
    has_time = False

    def __init__(self, samples: int = 0, top: float = 0.0) -> None:
        self._samples, self._top = samples, top

    @property
    def samples(self) -> int:
        """Of a clip."""
        if not self._samples:
            raise ConfigError("a sound model needs a range; load a model or fit one to data")
        return self._samples

    @property
    def rate(self) -> int:
        """Samples a second."""
        return spectra.rate_of(self.samples)

    @property
    def hop(self) -> int:
        """Samples between two frames."""
        return self.samples // spectra.FRAMES

    @property
    def range(self) -> tuple[float, float]:
        """Log magnitudes of a band that the signal has as -1 and 1."""
        return LOW, self._top

    def fit(self, dataset: Dataset, **settings: object) -> "Audio":
        count, samples = dataset.items.shape
        rate, hop = spectra.rate_of(samples), samples // spectra.FRAMES
        some = dataset.items[np.random.default_rng(0).permutation(count)[:SOME]]
        mel_BMT = spectra.log_mel(torch.from_numpy(some).float() / FULL, rate, hop)
        top = max(float(np.quantile(mel_BMT.numpy(), LOUDEST)), LOW + 1)
        return Audio(samples, top)

    def tensors(self) -> dict[str, Tensor]:
        letters = json.dumps({"samples": self.samples, "top": self._top}).encode()
        return {"record": torch.from_numpy(np.frombuffer(letters, np.uint8).copy())}

    def restore(self, tensors: dict[str, Tensor]) -> "Audio":
        # earlier models have a network for the phases besides; it was no better, and is not read
        try:
            letters = tensors["record"]
            if letters.dtype != torch.uint8 or letters.numel() > 4096:
                raise ValueError
            record = json.loads(letters.numpy().tobytes())
            samples, top = int(record["samples"]), float(record["top"])
            if samples not in spectra.SAMPLES or not LOW < top < 9:
                raise ValueError
        except (KeyError, TypeError, ValueError, RecursionError) as error:
            raise WeightsError(DAMAGED) from error
        return Audio(samples, top)

    def check(self, config: ModelConfig) -> None:
        if config.shape != (1, spectra.BANDS, spectra.FRAMES):
            raise ConfigError(
                f"a sound's shape is (1, {spectra.BANDS}, {spectra.FRAMES}); got {config.shape}"
            )
        if config.patch not in PATCHES:
            raise ConfigError(
                f"patch is the frames of a token, one of {PATCHES}; got {config.patch}"
            )
        check_views(config, *config.shape[1:])

    def tokens(self, config: ModelConfig) -> TokenSpec:
        bands, frames = TOKEN // config.patch, config.patch
        grid = (config.shape[1] // bands, config.shape[2] // frames)
        painted = (bands + 2 * config.blend) * (frames + 2 * config.blend)
        seen = (bands + 2 * config.overlap) * (frames + 2 * config.overlap)
        return TokenSpec(grid, painted, seen)

    def to_signal(
        self,
        tokens_BND: Tensor,
        config: ModelConfig,
        *,
        noise_seed_B: Tensor | None = None,
        temperature: float = 1.0,
    ) -> Tensor:
        rows, columns = self.tokens(config).grid
        if config.blend:
            patch = (TOKEN // config.patch, config.patch)
            return blended(tokens_BND.float(), (rows, columns), patch, config.blend).tanh()
        signal = rearrange(
            tokens_BND,
            "b (r s) (m t) -> b 1 (r m) (s t)",
            r=rows,
            t=config.patch,
        )
        return signal.float().tanh()

    def to_noise(self, signal: Tensor, z_dim: int) -> None:
        return None

    def reconstruction_loss(
        self, tokens_BND: Tensor, signal: Tensor, config: ModelConfig
    ) -> Tensor:
        # squared: of sounds that are mostly silent, the likeliest absolute answer is silence
        return SHARPNESS * F.mse_loss(self.to_signal(tokens_BND, config), signal.float())

    def to_tokens(self, signal: Tensor, config: ModelConfig) -> Tensor:
        # before and after the clip is silence
        padded, bands = F.pad(signal, (config.overlap,) * 4, value=-1.0), TOKEN // config.patch
        cut = padded.unfold(2, bands + 2 * config.overlap, bands)
        cut = cut.unfold(3, config.patch + 2 * config.overlap, config.patch)
        return rearrange(cut, "b 1 r s m t -> b (r s) (m t)")

    def planes(self, signal: Tensor) -> Tensor:
        return signal[:, None]

    def from_items(self, items: np.ndarray, config: ModelConfig) -> Tensor:
        waves_BS = torch.from_numpy(np.ascontiguousarray(items)).float() / FULL
        mel_BMT = spectra.log_mel(waves_BS, self.rate, self.hop)
        scaled = 2 * (mel_BMT - LOW) / (self._top - LOW) - 1
        return scaled.clamp_max(1.0).flip(1)[:, None]

    def bands(self, signal: Tensor) -> Tensor:
        """Log-mel (B, M, T), nats, low bands first, of a signal."""
        return (signal[:, 0].float().flip(1) + 1) / 2 * (self._top - LOW) + LOW

    @torch.no_grad()
    def to_items(self, signal: Tensor, **luck: object) -> np.ndarray:
        mel_BMT = self.bands(signal.cpu())
        waves_BS = spectra.griffin_lim(mel_BMT, self.rate, self.hop, rounds=ROUNDS)
        return (waves_BS * FULL).round().clamp(-FULL, FULL - 1).to(torch.int16).numpy()

    def config_for(self, dataset: Dataset, config: ModelConfig) -> ModelConfig:
        fitted = replace(
            config,
            modality=self.name,
            shape=(1, spectra.BANDS, spectra.FRAMES),
            patch=config.patch if config.patch in PATCHES else 8,
            classes=dataset.classes if dataset.labels is not None else (),
        )
        self.check(fitted)
        return fitted

    def place(self, token: int, config: ModelConfig) -> Box:
        return box_of(token, self.tokens(config).grid)


def tokenizer_of(model: Model) -> Audio:
    """A sound model's tokenizer, with what only sounds have."""
    assert isinstance(model.tokenizer, Audio)
    return model.tokenizer


TOKENIZER = Audio()
