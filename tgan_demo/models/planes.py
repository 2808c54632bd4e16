"""Planes of a model's samples: what lies at a point, what a path through it shows, maps of many seeds.

Axes: B points, F frames, N seeds, K features, W mapped latent.
"""

from collections.abc import Callable, Hashable
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from tgan_demo.config import SampleConfig
from tgan_demo.engine.draw import editing, planes, sampler
from tgan_demo.engine.draw.kept import Kept
from tgan_demo.engine.draw.model import Model
from tgan_demo.engine.draw.planes import Map
from tgan_demo.errors import ConfigError
from tgan_demo.measure.encoder import FILE, load_encoder
from tgan_demo.modalities import registry
from tgan_demo.models import inside
from tgan_demo.parts import Sheet

BY = ("w", "encoder")  # what a map's axes are components of
MAX_KEPT_BYTES = 16 * 2**20  # of maps: about thirty
AT_ONCE = 50  # samples that an encoder is shown, between which others have their turn
FRAMES = (12, 240, 96)  # of a path: lowest, highest, default
MAX_DRAWN = 4000  # points of a drawn line


@dataclass(frozen=True, slots=True)
class Corners:
    """The plane between the first samples of four draws, in the order of `planes.between`."""

    configs: tuple[SampleConfig, SampleConfig, SampleConfig, SampleConfig]


@dataclass(frozen=True, slots=True)
class Seeds:
    """The map of `planes.SEEDS` seeds, with class and psi of `config`."""

    config: SampleConfig
    by: str = BY[0]


Plane = Corners | Seeds


class Planes:
    """Safe to use from many threads. `config` is always of the sample in view: its seed is the sampling
    noise of the whole plane, its temperature and top_p are too.

    Args:
        asked: (model id, config, visitor) -> the model, and what the draw is known by; raises TganError.
        take: a turn at drawing.
    """

    def __init__(
        self,
        asked: Callable[[str, SampleConfig, str | None], tuple[Model, Hashable]],
        take: Callable[..., AbstractContextManager[None]],
    ) -> None:
        self._asked, self._take = asked, take
        self._maps: Kept[Map] = Kept(MAX_KEPT_BYTES)

    def item(
        self,
        model_id: str,
        plane: Plane,
        at: tuple[float, float],
        config: SampleConfig,
        visitor: str | None = None,
    ) -> tuple[np.ndarray, np.ndarray]:
        """The sample at a point (1, ...) and its w: (W,), or (L, W) where a corner is edited in some blocks."""
        model, _ = self._asked(model_id, config, visitor)
        w = self._w(model, model_id, plane, np.array([at]), visitor)
        with self._take(), torch.inference_mode():
            return self._drawn(model, w, config), w[0].numpy()

    def sketch(
        self,
        model_id: str,
        plane: Plane,
        at: tuple[float, float],
        config: SampleConfig,
        visitor: str | None = None,
    ) -> tuple[Sheet, np.ndarray]:
        """Likewise, as a sheet: by `Look.sketch` where there is one, for items that are dear to make."""
        model, _ = self._asked(model_id, config, visitor)
        look = registry.get(model.config.modality).look
        if look.sketch is None:
            items, place = self.item(model_id, plane, at, config, visitor)
            return look.sheet(items), place
        w = self._w(model, model_id, plane, np.array([at]), visitor)
        with self._take(), torch.inference_mode():
            noise = torch.tensor([config.seed])
            signal = sampler.signal_of(model, w, noise, temperature=config.temperature)
            return look.sketch(signal, model.tokenizer), w[0].numpy()

    def path(
        self,
        model_id: str,
        plane: Plane,
        line_P2: np.ndarray,
        config: SampleConfig,
        visitor: str | None = None,
        *,
        frames: int = FRAMES[2],
    ) -> np.ndarray:
        """Frames (F, ...) along a drawn line, equally far from each other, as of `Studio.walk`.

        Raises:
            ConfigError: fewer than two points, or another number of frames than FRAMES allows.
        """
        low, high, _ = FRAMES
        if not low <= frames <= high:
            raise ConfigError(f"a path has {low} to {high} frames; got {frames}")
        if not 2 <= len(line_P2) <= MAX_DRAWN:
            raise ConfigError(f"a path has 2 to {MAX_DRAWN} points; got {len(line_P2)}")
        model, _ = self._asked(model_id, config, visitor)
        w = self._w(model, model_id, plane, planes.resampled(line_P2, frames), visitor)
        with self._take(), torch.inference_mode():
            if model.tokenizer.has_time:
                return sampler.play(model, w)
            return self._drawn(model, w, config)

    def map(self, model_id: str, seeds: Seeds, visitor: str | None = None) -> Map:
        """Made once for each class and psi. By "encoder" all its samples are drawn for it.

        Raises:
            ConfigError: this model has no map by an encoder, see `kinds`.
        """
        if seeds.by != BY[0] and seeds.by not in self.kinds(model_id, visitor):
            raise ConfigError(
                f"{model_id} has no encoder that a map could be made by; its map is by w"
            )
        config = planes.seeds_of(seeds.config)
        if seeds.by != BY[1]:  # neither is read by w
            config = replace(config, temperature=1.0, top_p=1.0)
        model, key = self._asked(model_id, config, visitor)

        def make() -> Map:
            features_NK = self._features(model, config) if seeds.by == BY[1] else None
            with self._take():
                return planes.map_of(model, config, features_NK)

        return self._maps.get((key, seeds.by), make, lambda made: made.nbytes)

    def kinds(self, model_id: str, visitor: str | None = None) -> tuple[str, ...]:
        """Which of BY there are maps by. An encoder's would cost minutes where items are dear to make."""
        model, _ = self._asked(model_id, SampleConfig(), visitor)
        is_dear = registry.get(model.config.modality).look.sketch is not None
        return BY if (model.folder / FILE).is_file() and not is_dear else BY[:1]

    @torch.no_grad()
    def _w(
        self, model: Model, model_id: str, plane: Plane, at_B2: np.ndarray, visitor: str | None
    ) -> Tensor:
        at = torch.from_numpy(np.clip(at_B2, 0, 1)).float()
        if isinstance(plane, Seeds):
            return self.map(model_id, plane, visitor)(at)
        for config in plane.configs:
            inside.check_label(model, config.label)
        ends = [editing.places(model, replace(config, count=1))[0][0] for config in plane.configs]
        return planes.between(editing.alike(ends), at)

    def _features(self, model: Model, config: SampleConfig) -> Tensor:
        encoder = load_encoder(model.folder)
        see = registry.get(model.config.modality).measure.see
        parts = []
        for begin in range(0, config.count, AT_ONCE):
            with self._take():
                some = replace(config, seed=config.seed + begin, count=AT_ONCE)
                parts.append(encoder.features(see(sampler.draw(model, some)[0])))
        return torch.from_numpy(np.concatenate(parts))

    @staticmethod
    def _drawn(model: Model, w: Tensor, config: SampleConfig) -> np.ndarray:
        return sampler.synthesise(
            model,
            w,
            [config.seed] * len(w),
            temperature=config.temperature,
            top_p=config.top_p,
            frames=config.frames,
        )
