"""Public endpoints: nine typed functions over the studio, for programs; every value is clamped.

They are what `/gradio_api/info` and `gradio_client` show; all events of the page are private.
Pictures travel as PNG data URLs or nested lists, clips as WebP data URLs too, never as paths.

Axes: N clips, T frames, H, W, C.
"""

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from gradio import events

from tgan_demo.config import SampleConfig
from tgan_demo.engine.draw import paths
from tgan_demo.engine.draw.parts import PARTS
from tgan_demo.errors import ConfigError
from tgan_demo.files import png
from tgan_demo.files.pixels import picture
from tgan_demo.modalities import registry
from tgan_demo.parts import Look
from tgan_demo.studio import Studio
from tgan_demo.ui import api_edit, entrance
from tgan_demo.ui.api_train import Training
from tgan_demo.ui.controls import clamp, config_of, other
from tgan_demo.ui.handlers import guard

MAX_IMAGES = 256  # in one call
MAX_FRAMES = 128  # of a clip
MAX_CLIP_PIXELS = 2**22  # of all clips of a call: 256 of 16 frames of 32 x 32
MAX_WALK_KEYS, MAX_WALK_FRAMES = 12, 240
MAX_EVALUATE = 2000
CONTROLS = other(seed={"default": 0}, count={"high": MAX_IMAGES})


class Api:
    """The endpoints as methods; `studio` is all they know."""

    def __init__(self, studio: Studio) -> None:
        self.studio = studio

    def models(self, visitor: str = "") -> list[dict]:
        """List the models: id, title, classes, shape (channels, height, width; of clips channels,
        frames, height, width), motion (numbers of its latent that say how it moves), data, scores.

        Args:
            visitor: your id (the `me` of your own link) to see your own models too.
        """
        return [
            {
                "id": info.id,
                "title": info.title,
                "classes": list(info.classes),
                "shape": list(info.shape),
                "tokens": list(info.grid),
                "motion": info.motion,
                "depth": info.depth,
                "heads": info.heads,
                "images_seen": info.nimg,
                "data": info.data,
                "licence": info.licence,
                "scores": info.scores,
                "own": info.own,
            }
            for info in self.studio.models(visitor or None)
        ]

    def generate(
        self,
        model: str = "image/digits",
        seed: int = 0,
        count: int = 16,
        label: int = -1,
        psi: float = 1.0,
        variation: float = 0.0,
        variation_seed: int = 0,
        temperature: float = 1.0,
        top_p: float = 1.0,
        frames: int = 0,
        edit: str = "",
        visitor: str = "",
    ) -> dict:
        """Draw pictures: the same values give the same pictures.

        Args:
            model: an id of `models`.
            seed: of the first picture; picture i has seed + i.
            count: 1 to 256.
            label: index of the class, -1 for any.
            psi: truncation, 0 to 2; 1 changes nothing.
            variation: 0 to 1, way from each seed to the variation seed.
            variation_seed: where variation leads.
            temperature: 0 to 2, for models that choose their tokens; 0 takes the likeliest.
            top_p: 0.05 to 1, for models that write token by token: only the likeliest tokens of so much.
            frames: of each clip, 0 to 128; 0: as trained. The longer, the fewer a call: 4096 of 32 x 32 in all.
            edit: of each sample's w, as in a link of the page: "go:pc1*2@1-3" goes along a principal
                component in blocks 1 to 3, "mix:42@2-4" puts in seed 42; see tgan_demo/edits.py.
            visitor: your id, for your own models.

        Returns:
            {"images": a PNG data URL of all pictures edge to edge (None for texts), "texts": the
            texts (None for pictures), "columns", "count", "width", "height", "seeds", "labels"}. Of
            clips "images" has a row for each clip with its frames as columns, "film" is an animated
            WebP (a data URL) of all of them side by side, and "frames" and "fps" say how they play.
        """
        config = self._config(
            model,
            visitor,
            seed=seed,
            count=count,
            label=label,
            psi=psi,
            variation=variation,
            variation_seed=variation_seed,
            temperature=temperature,
            top_p=top_p,
            edit=edit,
        )
        config = self._timed(config, frames, model, visitor)
        drawn = self.studio.sample(model, config, visitor or None)
        return {
            **self._look(model, visitor).answer(drawn.items),
            "seeds": [int(s) for s in drawn.seeds],
            "labels": None if drawn.labels is None else [int(i) for i in drawn.labels],
        }

    def interpolate(
        self,
        model: str = "image/digits",
        seeds: list[int] | None = None,
        frames: int = 12,
        label: int = -1,
        path: str = "slerp",
        space: str = "z",
        loop: bool = True,
        psi: float = 1.0,
        part: str = "both",
        visitor: str = "",
    ) -> dict:
        """The pictures on the way through several seeds; of a model of clips, the frames of one clip
        that plays on meanwhile.

        Args:
            model: an id of `models`.
            seeds: 2 to 12 of them.
            frames: pictures per leg; at most 240 in all.
            label: index of the class, -1 for any.
            path: "slerp" (on the sphere), "lerp" (straight; in z the same curve) or "smooth".
            space: "z" or "w".
            loop: go back to the first seed at the end.
            psi: truncation, 0 to 2; 1 changes nothing.
            part: of a model of clips, what changes: "both", "content" or "motion".
            visitor: your id, for your own models.

        Returns:
            {"images": a PNG data URL of all frames edge to edge, "columns", "count", "width",
            "height"}
        """
        if path not in paths.PATHS or space not in ("z", "w"):
            raise ConfigError(
                f"path is {' or '.join(paths.PATHS)} and space z or w; got {path!r}, {space!r}"[
                    :200
                ]
            )
        if part not in PARTS:
            raise ConfigError(f"part is one of {', '.join(PARTS)}; got {part!r}"[:200])
        seeds = list(seeds or (0, 1))
        if not 2 <= len(seeds) <= MAX_WALK_KEYS:
            raise ConfigError(f"seeds wants 2 to {MAX_WALK_KEYS} numbers; got {len(seeds)}")
        keys = [self._config(model, visitor, seed=seed, label=label, count=1) for seed in seeds]
        most = max(1, MAX_WALK_FRAMES // len(seeds))
        items = self.studio.walk(
            model,
            keys,
            frames=clamp(frames, 1, most, min(12, most), whole=True),
            path=path,
            space=space,
            loop=bool(loop),
            psi=clamp(psi, 0, 2, 1.0),
            part=part,
            visitor=visitor or None,
        )
        columns = max(1, int(len(items) ** 0.5))
        sheet = self._look(model, visitor).walk(items, columns)
        if sheet.texts:
            written = {"texts": list(sheet.texts)}
            return {"images": None, **written, "count": sheet.count}
        return {
            "images": sheet.data["png"],
            "columns": columns,
            "count": sheet.count,
            "width": sheet.width,
            "height": sheet.height,
        }

    def attention(
        self,
        model: str = "image/digits",
        seed: int = 0,
        token: int = 0,
        label: int = -1,
        psi: float = 1.0,
        visitor: str = "",
    ) -> dict:
        """Where every layer and head of G looked while it painted one token, and of D from there.

        Args:
            model: an id of `models`.
            seed: of the sample.
            token: number of the patch, row by row; of a clip one step in time after the other.
            label: index of the class, -1 for any.
            psi: truncation, 0 to 2; 1 changes nothing.
            visitor: your id, for your own models.

        Returns:
            {"image": PNG data URL (of a clip its frames, edge to edge), or "text" and "pieces" of a
            text model, "grid": [rows, columns] (of a clip steps in time before them), "token",
            "logit": D's verdict (higher is more real), "g": [layers][heads][tokens], "d": the same
            with the CLS token first}
        """
        config = self._config(model, visitor, seed=seed, label=label, psi=psi, count=1)
        maps = self.studio.attention(model, config, visitor or None)
        assert maps.g_self is not None  # G made the item
        token = clamp(token, 0, math.prod(maps.grid) - 1, 0, whole=True)
        item = self._look(model, visitor).picture(maps.item)
        drawn = {"image": None if item is None else png.data_url(picture(item))}
        return {
            **drawn,
            "text": maps.item if maps.pieces else None,
            "pieces": list(maps.pieces) if maps.pieces else None,
            "grid": list(maps.grid),
            "token": token,
            "logit": float(maps.logit),
            "g": np.round(maps.g_self[:, :, token], 5).tolist(),
            "d": np.round(maps.d[:, :, token + 1], 5).tolist(),
        }

    def edit(
        self,
        way: str,
        model: str = "image/digits",
        seed: int = 0,
        label: int = -1,
        psi: float = 1.0,
        edit: str = "",
        options: dict | None = None,
        visitor: str = "",
    ) -> dict:
        """Edit a sample's w, or find the w of an item of yours.

        Args:
            way: "invert" (options: file in base64 or text, seconds, per_block), "directions" (kind: local,
                global or class; or a and b, lists of seeds; blocks: [first, last]), "grid" (a table; x and
                y, such as "seed=1-10" and "psi=0..1/5"), "mix" (seeds a and b, such as "1-3,7", and
                blocks "2-4"), "plane" (seeds: four corners; at: [x, y]), "blend" (other, a model of this
                one's shape; share, count).
            model: an id of `models`.
            seed: of the sample.
            label: index of the class, -1 for any.
            psi: truncation, 0 to 2; 1 changes nothing.
            edit: what is done to it already, as `generate` takes it.
            options: of the way.
            visitor: your id, for your own models.

        Returns:
            "edit" to hand to `generate` (in a table "edits", one for each), and pictures or texts as
            `generate` answers them.
        """
        config = self._config(model, visitor, seed=seed, label=label, psi=psi, edit=edit, count=1)
        asked = api_edit.Asked(model, config, visitor or None)
        return api_edit.edit(self.studio, asked, way, dict(options or {}))

    def evaluate(self, model: str = "image/digits", n: int = 1000, visitor: str = "") -> dict:
        """Score a model: each number with its N and the real data's value. Takes a minute.

        Args:
            model: an id of `models`.
            n: samples to draw, 100 to 2000.
            visitor: your id, for your own models.
        """
        count = clamp(n, 100, MAX_EVALUATE, 1000, whole=True)
        return self.studio.evaluate(model, n=count, visitor=visitor or None)

    def _look(self, model: str, visitor: str) -> Look:
        return registry.get(self.studio.info(model, visitor or None).modality).look

    def _timed(self, config: SampleConfig, frames: Any, model: str, visitor: str) -> SampleConfig:
        """With the length of the clips, and no more of them than one answer may hold."""
        info = self.studio.info(model, visitor or None)
        if "plays" not in info.skills:
            return config
        frames = clamp(frames, 0, MAX_FRAMES, 0, whole=True)
        _, own, height, width = info.shape
        most = max(1, MAX_CLIP_PIXELS // (max(frames, own) * height * width))
        return replace(config, frames=frames, count=min(config.count, most))

    def _config(self, model: str, visitor: str, **values: Any) -> SampleConfig:
        return config_of(values, self.studio.info(model, visitor or None).classes, CONTROLS)


def register(studio: Studio) -> None:
    """Add the endpoints to the open Blocks."""
    api, training = Api(studio), Training(studio)
    limits: tuple[tuple[Callable, str, int], ...] = (
        (api.models, "sample", 2),
        (api.generate, "sample", 2),
        (api.interpolate, "sample", 2),
        (api.attention, "sample", 2),
        (api.edit, "sample", 2),
        (training.train_start, "train", 2),
        (training.train_status, "train", 2),
        (training.train_stop, "train", 2),
        (api.evaluate, "evaluate", 1),
    )
    for function, name, limit in limits:
        events.api(
            guard(entrance.checked(function)),
            api_name=function.__name__,
            concurrency_id=name,
            concurrency_limit=limit,
        )
