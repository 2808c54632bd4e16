"""How clips are shown: playing, all in step; where they must stand still, a frame in which something happens.

Axes: N clips, T frames, H, W pixels, C channels (1 grey, 3 RGB).
"""

import base64
import io
from dataclasses import replace
from typing import Any

import numpy as np

from tgan_demo.config import ModelConfig
from tgan_demo.files import film, png
from tgan_demo.files.pixels import clip_film, frame_sheet, grid, picture, smaller, strip
from tgan_demo.files.sheets import LIVE_COLUMNS, PictureLook, columns_of, pixels, raster
from tgan_demo.parts import Sheet

FPS = 8  # that clips are shown at
MANY = 64  # clips that are sent in all their colours
COLOURS = 256  # of more: a fifth of the bytes, and their cells are small
CONTACT_SIDE = 48  # pixels of a clip on the contact sheet, about
LIVE_QUALITY = 92  # of a WebP: of noise, as a run begins, it has a fifth of a PNG's bytes
MAX_WEBP = 16_383  # pixels a side


class VideoLook(PictureLook):
    strip = (5, 10)

    def stills(self, items: np.ndarray) -> np.ndarray:
        return items[:, items.shape[1] // 3]

    def sheet(self, items: np.ndarray, columns: int | None = None) -> Sheet:
        tall = _frames_down(items, columns_of(len(items), columns))
        is_coloured = tall.shape[-1] == 3
        colours = COLOURS if len(items) > MANY and is_coloured else 0
        return _played(items, columns, png.data_url(picture(tall), colours=colours))

    def contact(self, items: np.ndarray) -> Sheet:
        return self.sheet(smaller(items, CONTACT_SIDE))

    def walk(self, frames: np.ndarray, columns: int | None = None) -> Sheet:
        """The frames (F, H, W, C) of one clip, at a clip's pace."""
        return replace(raster(frames, columns), fps=FPS)

    def thumbnail(self, frame: np.ndarray) -> Sheet:
        return raster(frame[None], 1)

    def live(self, items: np.ndarray, tokenizer: Any, config: ModelConfig) -> Sheet:
        return _played(items, LIVE_COLUMNS, _webp_url(_frames_down(items, LIVE_COLUMNS)))

    def picture(self, item: np.ndarray) -> np.ndarray:
        return strip(item)

    def inside(self, maps: Any) -> dict[str, Any]:
        return pixels(maps.item) | {"frames": len(maps.item)}

    def answer(self, items: np.ndarray) -> dict[str, Any]:
        """A row for each clip with its frames as columns, and all of them as a film."""
        n, frames, height, width, _ = items.shape
        content = base64.b64encode(film.webp_bytes(clip_film(items), FPS)).decode()
        return {
            "images": png.url(png.png_bytes(frame_sheet(items))),
            "texts": None,
            "film": "data:image/webp;base64," + content,
            "frames": frames,
            "fps": FPS,
            "columns": frames,
            "count": n,
            "width": width,
            "height": height,
        }


def _frames_down(items: np.ndarray, columns: int) -> np.ndarray:
    """The sheet of each frame, from the top down, uint8 (H', W', C)."""
    sheets = grid(items, columns)
    return sheets.reshape(-1, *sheets.shape[2:])


def _played(items: np.ndarray, columns: int | None, source: str) -> Sheet:
    n, frames, h, w, _ = items.shape
    return Sheet(
        kind="film",
        data={"png": source, "frames": frames},
        count=n,
        columns=columns_of(n, columns),
        width=w,
        height=h,
    )


def _webp_url(tall: np.ndarray) -> str:
    """A data URL of a picture in few bytes; a PNG where it is too long for a WebP."""
    image = picture(tall)
    if max(tall.shape) > MAX_WEBP:
        return png.url(png.png_bytes(image))
    with io.BytesIO() as file:
        image.save(file, "WEBP", quality=LIVE_QUALITY)
        return "data:image/webp;base64," + base64.b64encode(file.getvalue()).decode()


LOOK = VideoLook()
