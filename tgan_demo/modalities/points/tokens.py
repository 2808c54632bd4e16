"""Points in the plane as two tokens, x and y.

A point is stored in the data's own units, float32 (2,). The signal is the same point about -1..1: moved and
scaled by what `fit` saw, which is kept as whole numbers, since a model's file rounds others to float16.

D reads a coordinate beside its sines and cosines at a few wavelengths (Fourier features, Tancik et al. 2020,
arXiv:2006.10739): a small network alone draws no border as narrow as the gap between two modes.

Axes: B batch, N tokens, D token channels.
"""

import math
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor

from tgan_demo.config import ModelConfig
from tgan_demo.contract import Box, Dataset, Fixed, TokenSpec, check_views
from tgan_demo.errors import ConfigError, DataError, WeightsError

ROUTES = {"direct": "tokens"}
OCTAVES = 5  # of D's sines and cosines; the longest wave is 2 units of the signal
FINE = 16  # the centre is a multiple of the scale's sixteenth
FAR = 99  # percent of the data lie nearer to the centre than the scale, about


class Points(Fixed):
    """float32 (N, 2), any units; signal = (point - centre) / scale."""

    name = "points"

    def __init__(self, exponent: int = 0, steps: tuple[int, int] = (0, 0)) -> None:
        self.exponent, self.steps = exponent, steps

    @property
    def scale(self) -> float:
        """Units of the data that are 1 in the signal."""
        return 2.0**self.exponent

    @property
    def centre(self) -> tuple[float, float]:
        """What is 0 in the signal, in units of the data."""
        x, y = self.steps
        return x * self.scale / FINE, y * self.scale / FINE

    def fit(self, dataset: Dataset, **settings: object) -> "Points":
        """The middle of the data and how far they reach. Raises DataError: they are no finite points."""
        items = dataset.items.reshape(-1, 2)
        if not len(items) or not np.isfinite(items).all():
            raise DataError("wanted points of two finite numbers each; got none, or others")
        middle = np.median(items, axis=0)
        reach = float(np.percentile(np.abs(items - middle).max(axis=1), FAR))
        exponent = round(math.log2(reach)) if reach > 0 else 0
        x, y = (round(float(value) / 2.0**exponent * FINE) for value in middle)
        return Points(exponent, (x, y))

    def tensors(self) -> dict[str, Tensor]:
        return {"frame": torch.tensor([self.exponent, *self.steps])}

    def restore(self, tensors: dict[str, Tensor]) -> "Points":
        frame = tensors.get("frame")
        if frame is None or frame.shape != (3,) or frame.is_floating_point():
            raise WeightsError(
                "a model of points wants `tokenizer.frame`, three whole numbers; it is not there"
            )
        exponent, x, y = frame.tolist()
        if not (abs(exponent) <= 120 and max(abs(x), abs(y)) < 2**40):
            raise WeightsError(f"`tokenizer.frame` is out of range: {exponent}, {x}, {y}")
        return Points(exponent, (x, y))

    def check(self, config: ModelConfig) -> None:
        if config.shape != (2,):
            raise ConfigError(f"a point has two numbers, shape (2,); got {config.shape}")
        check_views(config)

    def tokens(self, config: ModelConfig) -> TokenSpec:
        return TokenSpec((1, 2), 1, 1 + 2 * OCTAVES)

    def to_signal(
        self,
        tokens_BND: Tensor,
        config: ModelConfig,
        *,
        noise_seed_B: Tensor | None = None,
        temperature: float = 1.0,
    ) -> Tensor:
        return tokens_BND[:, :, 0].float()

    def reconstruction_loss(
        self, tokens_BND: Tensor, signal: Tensor, config: ModelConfig
    ) -> Tensor:
        return (self.to_signal(tokens_BND, config) - signal.float()).abs().mean()

    def to_tokens(self, signal: Tensor, config: ModelConfig) -> Tensor:
        octaves = torch.pi * 2.0 ** torch.arange(OCTAVES, device=signal.device, dtype=signal.dtype)
        waves = signal[:, :, None] * octaves
        return torch.cat((signal[:, :, None], waves.sin(), waves.cos()), dim=2)

    def planes(self, signal: Tensor) -> None:
        return None

    def from_items(self, items: np.ndarray, config: ModelConfig) -> Tensor:
        centre = np.array(self.centre, items.dtype)
        return torch.from_numpy(((items - centre) / self.scale).astype(np.float32))

    def to_items(
        self,
        signal: Tensor,
        *,
        noise_seed_B: Tensor | None = None,
        temperature: float = 1.0,
        top_p: float = 1.0,
    ) -> np.ndarray:
        centre = np.array(self.centre, np.float32)
        return signal.float().numpy() * np.float32(self.scale) + centre

    def config_for(self, dataset: Dataset, config: ModelConfig) -> ModelConfig:
        classes = dataset.classes if dataset.labels is not None else ()
        return replace(
            config,
            modality=self.name,
            shape=(2,),
            patch=1,
            overlap=0,
            blend=0,
            local_crop=0,
            classes=classes,
        )

    def place(self, token: int, config: ModelConfig) -> Box:
        return Box(token / 2, 0, (token + 1) / 2, 1)


TOKENIZER = Points()
