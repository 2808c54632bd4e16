"""Pictures: a grid of square patches, values -1..1.

Axes: B batch, C colours, H height, W width, N tokens, D token channels.
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

ROUTES = {"direct": "tokens"}  # ModelConfig.route -> module here that has TOKENIZER


class Image(Fixed):
    """Pictures of 1 or 3 colours, 8 to 256 pixels a side."""

    name = "image"

    def check(self, config: ModelConfig) -> None:
        if len(config.shape) != 3 or config.shape[0] not in (1, 3):
            raise ConfigError(f"a picture's shape is (1 or 3, height, width); got {config.shape}")
        _, height, width = config.shape
        if not (8 <= height <= 256 and 8 <= width <= 256):
            raise ConfigError(f"pictures are 8 to 256 pixels a side; got {height} x {width}")
        if height % config.patch or width % config.patch:
            fits = [p for p in range(2, 17) if height % p == 0 and width % p == 0]
            raise ConfigError(
                f"patch {config.patch} does not divide {height} x {width}; one of {fits} does"
            )
        if self.tokens(config).count > 1024:
            raise ConfigError(f"patch {config.patch} cuts {height} x {width} into over 1024 tokens")
        check_views(config, height, width)

    def tokens(self, config: ModelConfig) -> TokenSpec:
        colours, height, width = config.shape
        grid = (height // config.patch, width // config.patch)
        window = config.patch + 2 * config.overlap
        painted = config.patch + 2 * config.blend
        return TokenSpec(grid, colours * painted**2, colours * window**2)

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
            patch = (config.patch, config.patch)
            return blended(tokens_BND.float(), (rows, columns), patch, config.blend).tanh()
        signal_BCHW = rearrange(
            tokens_BND,
            "b (r s) (c p q) -> b c (r p) (s q)",
            r=rows,
            s=columns,
            p=config.patch,
            q=config.patch,
        )
        return signal_BCHW.float().tanh()

    def reconstruction_loss(
        self, tokens_BND: Tensor, signal: Tensor, config: ModelConfig
    ) -> Tensor:
        return F.l1_loss(self.to_signal(tokens_BND, config), signal.float())

    def squared_error(self, signal: Tensor, wanted: Tensor) -> Tensor:
        return ((signal - wanted.float()) / 2).square().flatten(1).mean(dim=1)

    def to_tokens(self, signal: Tensor, config: ModelConfig) -> Tensor:
        # beyond the border is 0, grey: no picture's own value there, so D can tell border from inside
        padded = F.pad(signal, (config.overlap,) * 4)
        window = config.patch + 2 * config.overlap
        cut = padded.unfold(2, window, config.patch).unfold(3, window, config.patch)
        return rearrange(cut, "b c r s p q -> b (r s) (c p q)")

    def resized(self, config: ModelConfig, power: int) -> ModelConfig:
        colours, *sides = config.shape
        if power < 0:
            unit = config.patch * 2**-power
            most = max(n for n in range(9) if all(fits(side, config.patch, n) for side in sides))
            if -power > most:
                raise ConfigError(
                    f"grow must be at most {most} for {sides[0]} x {sides[1]} in patches of {config.patch}: "
                    f"sides are multiples of {unit} and hold {2 * unit} or more; got {-power}"
                )
        scaled = (round(side * 2.0**power) for side in sides)
        resized = replace(config, shape=(colours, *scaled))
        self.check(resized)
        return resized

    def zooms(self, config: ModelConfig) -> tuple[Tensor, Tensor]:
        def of_pixels(rows: Tensor, columns: Tensor) -> Tensor:
            return torch.kron(torch.eye(config.shape[0]), torch.kron(rows, columns))

        top, bottom = halves(config.patch, config.blend)
        of_g = [of_pixels(rows, columns) for rows in (top, bottom) for columns in (top, bottom)]
        line = widened(config.patch + 2 * config.overlap)
        return torch.stack(of_g), of_pixels(line, line)

    def faded(self, signal: Tensor, share: float) -> Tensor:
        coarse = F.interpolate(F.avg_pool2d(signal, 2), scale_factor=2, mode="nearest")
        return torch.lerp(coarse, signal, share)

    def planes(self, signal: Tensor) -> Tensor:
        return signal[:, None]

    def from_items(self, items: np.ndarray, config: ModelConfig) -> Tensor:
        signal_BCHW = rearrange(torch.from_numpy(items), "b h w c -> b c h w").float() / 127.5 - 1
        times = items.shape[1] // config.shape[1]
        # of a run that grows: the data have the size that it will have
        return F.avg_pool2d(signal_BCHW, times) if times > 1 else signal_BCHW

    def to_items(self, signal: Tensor, **luck: object) -> np.ndarray:
        scaled = ((signal.float() + 1) * 127.5).round().clamp(0, 255).to(torch.uint8)
        return np.ascontiguousarray(rearrange(scaled, "b c h w -> b h w c").numpy())

    def config_for(self, dataset: Dataset, config: ModelConfig) -> ModelConfig:
        _, height, width, colours = dataset.items.shape
        patch = config.patch
        if height % patch or width % patch or patch > min(height, width) // 2:
            most = min(height, width) // 2  # one token has nothing to attend to
            fits = [p for p in range(2, min(most, 16) + 1) if height % p == 0 and width % p == 0]
            if not fits:
                raise ConfigError(
                    f"pictures of {height} x {width} cannot be cut into patches; sides want a common "
                    "divisor of 2 to 16: resize them, to 32 x 32 say"
                )
            patch = min(fits, key=lambda p: abs(p - config.patch))
        fitted = replace(
            config,
            modality=self.name,
            shape=(colours, height, width),
            patch=patch,
            classes=dataset.classes if dataset.labels is not None else (),
        )
        self.check(fitted)
        return fitted

    def place(self, token: int, config: ModelConfig) -> Box:
        return box_of(token, self.tokens(config).grid)


def fits(side: int, patch: int, doublings: int) -> bool:
    """Whether a side is reached by so many doublings from two patches or more, and 8 pixels."""
    return side % (patch * 2**doublings) == 0 and side >= max(2 * patch, 8) * 2**doublings


def halves(patch: int, blend: int) -> Tensor:
    """(2, side, side): what each of two patches in the place of one shows of its line of pixels, twice as
    large: every pixel is one of the old ones.
    """
    side = patch + 2 * blend
    place = (
        torch.arange(2)[:, None] * patch + torch.arange(side) - blend
    )  # from the old patch's border
    return (place.div(2, rounding_mode="floor")[..., None] + blend == torch.arange(side)).float()


def widened(side: int) -> Tensor:
    """(side, side): a line of pixels half as large, means of two, in the middle of one whose ends go on."""
    begin = 2 * (torch.arange(side)[:, None] - side / 2) + side / 2
    pixel = torch.arange(side)
    inside = (torch.minimum(begin + 2, pixel + 1) - torch.maximum(begin, pixel)).clamp_min(0)
    ends = torch.where(begin < 0, pixel == 0, pixel == side - 1).float()
    total = inside.sum(1, keepdim=True)
    return torch.where(total > 0, inside / total.clamp_min(1e-9), ends)


TOKENIZER = Image()
