"""Clips: tokens are tubelets, a patch through a few frames; values -1..1.

Axes: B batch, C colours, T frames, H height, W width, N tokens, D token channels.
"""

from dataclasses import replace

import numpy as np
import torch
import torch.nn.functional as F
from einops import rearrange
from torch import Tensor

from tgan_demo.config import ModelConfig
from tgan_demo.contract import Box, Dataset, Fixed, TokenSpec, box_of, check_views
from tgan_demo.engine.players.blending import blended
from tgan_demo.errors import ConfigError

TIME_OVERLAP = 1  # frames that D's tubelets reach over their ends
SHARPNESS = 2.0  # of the squared error, so that it weighs about as much as an absolute one
CHANGES = 2.0  # weight of the error in what changes from frame to frame: without, motion blurs
MOTION = 16  # numbers of z that say how it moves, unless asked otherwise

ROUTES = {"direct": "tokens"}  # ModelConfig.route -> module here that has TOKENIZER


class Video(Fixed):
    """Clips of 1 or 3 colours, 4 to 64 frames, 8 to 128 pixels a side."""

    name = "video"
    has_time = True

    def check(self, config: ModelConfig) -> None:
        if len(config.shape) != 4 or config.shape[0] not in (1, 3):
            raise ConfigError(
                f"a clip's shape is (1 or 3, frames, height, width); got {config.shape}"
            )
        _, frames, height, width = config.shape
        if not (8 <= height <= 128 and 8 <= width <= 128 and 4 <= frames <= 64):
            raise ConfigError(
                "clips are 4 to 64 frames of 8 to 128 pixels a side; "
                f"got {frames} of {height} x {width}"
            )
        if height % config.patch or width % config.patch:
            fits = [p for p in range(2, 17) if height % p == 0 and width % p == 0]
            raise ConfigError(
                f"patch {config.patch} does not divide {height} x {width}; one of {fits} does"
            )
        if frames % config.tubelet:
            fits = [t for t in range(1, frames) if frames % t == 0]
            raise ConfigError(
                f"tubelet {config.tubelet} does not divide {frames} frames; one of {fits} does"
            )
        if self.tokens(config).count > 1024:
            raise ConfigError(
                f"tubelets of {config.tubelet} frames and patch {config.patch} make over 1024 tokens"
            )
        check_views(config, height, width)

    def tokens(self, config: ModelConfig) -> TokenSpec:
        colours, frames, height, width = config.shape
        grid = (frames // config.tubelet, height // config.patch, width // config.patch)
        window = config.patch + 2 * config.overlap
        seen = (config.tubelet + 2 * TIME_OVERLAP) * window**2
        painted = config.tubelet * (config.patch + 2 * config.blend) ** 2
        return TokenSpec(grid, colours * painted, colours * seen)

    def to_signal(
        self,
        tokens_BND: Tensor,
        config: ModelConfig,
        *,
        noise_seed_B: Tensor | None = None,
        temperature: float = 1.0,
    ) -> Tensor:
        steps, rows, columns = self.tokens(config).grid
        if config.blend:  # within its frames: a step in time of all clips is a row of the batch
            places = rearrange(tokens_BND.float(), "b (k n) d -> (b k) n d", k=steps)
            patch = (config.patch, config.patch)
            frames = blended(places, (rows, columns), patch, config.blend)
            clips = rearrange(frames, "(b k) (c t) h w -> b c (k t) h w", k=steps, t=config.tubelet)
            return clips.tanh()
        signal_BCTHW = rearrange(
            tokens_BND,
            "b (k r s) (c t p q) -> b c (k t) (r p) (s q)",
            k=steps,
            r=rows,
            s=columns,
            t=config.tubelet,
            p=config.patch,
            q=config.patch,
        )
        return signal_BCTHW.float().tanh()

    def reconstruction_loss(
        self, tokens_BND: Tensor, signal: Tensor, config: ModelConfig
    ) -> Tensor:
        # squared: of clips that are mostly ground, the likeliest absolute answer is the ground
        said, true = self.to_signal(tokens_BND, config), signal.float()
        changes = F.mse_loss(said.diff(dim=2), true.diff(dim=2))
        return SHARPNESS * (F.mse_loss(said, true) + CHANGES * changes)

    def squared_error(self, signal: Tensor, wanted: Tensor) -> Tensor:
        return ((signal - wanted.float()) / 2).square().flatten(1).mean(dim=1)

    def to_tokens(self, signal: Tensor, config: ModelConfig) -> Tensor:
        # beyond the border and the ends is 0, grey: no clip's own value there
        space, patch = (config.overlap,) * 4, config.patch
        padded = F.pad(signal, (*space, TIME_OVERLAP, TIME_OVERLAP))
        window = patch + 2 * config.overlap
        cut = padded.unfold(2, config.tubelet + 2 * TIME_OVERLAP, config.tubelet)
        cut = cut.unfold(3, window, patch).unfold(4, window, patch)
        return rearrange(cut, "b c k r s t p q -> b (k r s) (c t p q)")

    def planes(self, signal: Tensor) -> Tensor:
        return signal.transpose(1, 2)

    def from_items(self, items: np.ndarray, config: ModelConfig) -> Tensor:
        return rearrange(torch.from_numpy(items), "b t h w c -> b c t h w").float() / 127.5 - 1

    def to_items(self, signal: Tensor, **luck: object) -> np.ndarray:
        scaled = ((signal.float() + 1) * 127.5).round().clamp(0, 255).to(torch.uint8)
        return np.ascontiguousarray(rearrange(scaled, "b c t h w -> b t h w c").numpy())

    def config_for(self, dataset: Dataset, config: ModelConfig) -> ModelConfig:
        _, frames, height, width, colours = dataset.items.shape
        most = min(height, width) // 2  # one token has nothing to attend to
        patches = [p for p in range(2, min(most, 16) + 1) if height % p == 0 and width % p == 0]
        tubelets = [t for t in range(1, frames // 2 + 1) if frames % t == 0]
        if not patches or not tubelets:
            raise ConfigError(
                f"clips of {frames} frames of {height} x {width} cannot be cut into tubelets; bring "
                "them to 16 frames of 32 x 32, say"
            )
        tubelet = min(tubelets, key=lambda t: abs(t - config.tubelet))
        fitted = replace(
            config,
            modality=self.name,
            shape=(colours, frames, height, width),
            patch=min(patches, key=lambda p: abs(p - config.patch)),
            tubelet=tubelet,
            motion=config.motion or min(MOTION, config.z_dim // 2),
            horizon=max(config.horizon, 2 * tubelet),
            classes=dataset.classes if dataset.labels is not None else (),
        )
        self.check(fitted)
        return fitted

    def place(self, token: int, config: ModelConfig) -> Box:
        """Within its frames; which frames: `token // (rows x columns)`, times the tubelet."""
        _, rows, columns = self.tokens(config).grid
        return box_of(token % (rows * columns), (rows, columns))


TOKENIZER = Video()
