"""Sheets of small items for the page, and the look of every modality whose items are seen as pictures.

Pictures go in-band, as PNG of their own size; the browser enlarges them, nearest neighbour.

Axes: N pictures or clips, T frames, H, W pixels, C channels (1 grey, 3 RGB).
"""

import base64
import io
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from torch import Tensor

from tgan_demo import legacy
from tgan_demo.config import ModelConfig
from tgan_demo.files import png
from tgan_demo.files.pixels import grid, picture
from tgan_demo.parts import Sheet

LIVE_COLUMNS = 4  # of a run's samples
CORNER = 1 / 2.3  # of a sheet's width, which a thumbnail shows
CORNER_SIZE, CORNER_COLOURS = (240, 150), 128  # at most


def columns_of(count: int, columns: int | None) -> int:
    """Columns of a sheet: about as many as rows unless told."""
    return columns or max(1, math.ceil(math.sqrt(count)))


def raster(items: np.ndarray, columns: int | None = None, *, keep: bool = False) -> Sheet:
    """Pictures uint8 (N, H, W, C) edge to edge; `keep`: it goes to the disk, so in fewer bytes."""
    n, h, w, _ = items.shape
    columns = columns_of(n, columns)
    image = picture(grid(items, columns))
    source = png.url(png.png_bytes(image)) if keep else png.data_url(image)
    return Sheet(kind="raster", data={"png": source}, count=n, columns=columns, width=w, height=h)


def pixels(item: np.ndarray) -> dict[str, Any]:
    """A picture (H, W, C), or a clip (T, H, W, C) from its first frame down, as the Inside tab takes it."""
    height, width, channels = item.shape[-3:]
    data = base64.b64encode(np.ascontiguousarray(item).tobytes()).decode("ascii")
    return {"w": width, "h": height, "c": channels, "data": data}


def read(path: Path) -> dict[str, Any]:
    """A stored sheet, of any version, as tgan.picture takes it. Raises OSError, ValueError."""
    return legacy.sheet(path.read_bytes())


def corner(source: dict[str, Any]) -> dict[str, Any]:
    """What a thumbnail shows of a stored sheet, its upper left corner, in a tenth of the bytes."""
    if "png" in source:
        with Image.open(io.BytesIO(base64.b64decode(source["png"].partition(",")[2]))) as image:
            width = max(1, round(CORNER * image.width))
            height = min(image.height, round(width * CORNER_SIZE[1] / CORNER_SIZE[0]) + 1)
            cut = image.convert("RGB").crop((0, 0, width, height))
        cut.thumbnail(CORNER_SIZE, Image.Resampling.LANCZOS)
        return {"kind": "raster", "png": png.url(png.small_bytes(cut, CORNER_COLOURS))}
    first = {key: source[key][:1] for key in ("texts", "cells") if key in source}
    return {**source, **first, "cols": 1} if first else source


class PictureLook:
    """Look of items that `stills` makes pictures of; a modality overrides what it shows otherwise."""

    card = (10, 5)
    strip = (10, 20)
    sketch: Callable[[Tensor, Any], Sheet] | None = None

    def stills(self, items: np.ndarray) -> np.ndarray:
        """What an item looks like, standing still: uint8 (N, H, W, 1 or 3)."""
        return items

    def sheet(self, items: np.ndarray, columns: int | None = None) -> Sheet:
        return raster(self.stills(items), columns)

    def contact(self, items: np.ndarray) -> Sheet:
        return self.sheet(items)

    def walk(self, frames: np.ndarray, columns: int | None = None) -> Sheet:
        return self.sheet(frames, columns)

    def thumbnail(self, frame: np.ndarray) -> Sheet:
        return raster(self.stills(np.asarray(frame)[None]), 1)

    def live(self, items: np.ndarray, tokenizer: Any, config: ModelConfig) -> Sheet:
        return raster(self.stills(items), LIVE_COLUMNS, keep=True)

    def card_sheet(self, items: np.ndarray, columns: int) -> tuple[str, bytes]:
        return "sheet.png", png.png_bytes(picture(grid(self.stills(items), columns)))

    def picture(self, item: np.ndarray) -> np.ndarray:
        return self.stills(np.asarray(item)[None])[0]

    def inside(self, maps: Any) -> dict[str, Any]:
        return pixels(self.picture(maps.item))

    def answer(self, items: np.ndarray) -> dict[str, Any]:
        sheet = self.sheet(items)
        return {
            "images": sheet.data["png"],
            "texts": None,
            "columns": sheet.columns,
            "count": sheet.count,
            "width": sheet.width,
            "height": sheet.height,
        }
