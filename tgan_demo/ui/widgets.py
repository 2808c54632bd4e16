"""Items (pictures, clips, sounds, texts) -> what the canvases take: small dictionaries with a data URL.

Pictures go in-band, as PNG of their own size; the browser enlarges them, nearest neighbour. Sounds are
spectrograms, with WAVs beside them where they are few.

Axes: N pictures or clips, T frames, H, W, C (1 grey or 3 colour).
"""

import base64
import json
import math
from collections.abc import Sequence
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from tgan_demo.config import SampleConfig
from tgan_demo.files.sheets import (
    is_clip,
    is_sound,
    is_text,
    pictures,
    sheet,
    text_sheet,
    url,
    wav_url,
)

CONTACT = 100  # seeds on the contact sheet
CONTACT_TEXTS = 4  # texts side by side on it: they want room to be read
FEW = 120  # texts that are written large
MAX_SOUNDS = 64  # clips that are sent with their pictures: 22 to 44 KB each
MANY = 64  # clips that are sent in all their colours
MAX_CLIP_SIDE = 48  # pixels of a clip on the contact sheet, about: its cells are small
MAX_THUMBNAIL_BYTES = 300_000


def png_url(image_HWC: np.ndarray, *, colours: int = 0) -> str:
    """A data URL of one picture, exact but for `colours`, of at most so many; a text as `sheets.url` gives it.

    Level 1 costs a third of the time and 10 % more bytes.
    """
    if image_HWC.dtype.kind == "U":
        return url(text_sheet(image_HWC[None], 1, size=160))
    if is_sound(image_HWC):
        image_HWC = pictures(image_HWC[None])[0]
    buffer = BytesIO()
    array = image_HWC[..., 0] if image_HWC.shape[-1] == 1 else image_HWC
    image = Image.fromarray(np.ascontiguousarray(array))
    if colours:
        quick = Image.Quantize.FASTOCTREE
        image.quantize(colours, quick, dither=Image.Dither.NONE).save(buffer, "PNG")
    else:
        image.save(buffer, "PNG", compress_level=1)
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode()


def sprite(items_NHWC: np.ndarray, columns: int | None = None) -> dict[str, Any]:
    """{src, cols, n, w, h} of sheet.js and player.js."""
    n = len(items_NHWC)
    columns = columns or max(1, math.ceil(math.sqrt(n)))
    if is_text(items_NHWC):
        size = 240 if n <= FEW else 160  # of the browser's paper, in pixels
        src = url(text_sheet(items_NHWC, columns, size=size))
        texts = [str(text) for text in items_NHWC]
        return {"src": src, "cols": columns, "n": n, "w": size, "h": size, "texts": texts}
    if is_clip(items_NHWC):
        return film(items_NHWC, columns)
    shown_NHWC = pictures(items_NHWC)
    _, h, w, _ = shown_NHWC.shape
    value = {"src": png_url(sheet(shown_NHWC, columns)), "cols": columns, "n": n, "w": w, "h": h}
    if is_sound(items_NHWC) and n <= MAX_SOUNDS:
        value["sounds"] = [wav_url(item) for item in items_NHWC]
    return value


def film(items_NTHWC: np.ndarray, columns: int) -> dict[str, Any]:
    """The sprite of clips: the sheet of each frame, from the top down, and how many frames there are.

    Of many, whose cells are small, in 256 colours: a fifth of the bytes.
    """
    n, frames, h, w, _ = items_NTHWC.shape
    tall = np.concatenate([sheet(items_NTHWC[:, t], columns) for t in range(frames)])
    png = png_url(tall, colours=256 if n > MANY and tall.shape[-1] == 3 else 0)
    src = f"clips:{json.dumps({'png': png, 'frames': frames})}"
    return {"src": src, "cols": columns, "n": n, "w": w, "h": h, "frames": frames}


def smaller(items_NTHWC: np.ndarray) -> np.ndarray:
    """Large clips as they fit the contact sheet: means of squares of pixels."""
    n, frames, h, w, c = items_NTHWC.shape
    times = max(1, round(max(h, w) / MAX_CLIP_SIDE))
    if times == 1:
        return items_NTHWC
    h, w = h // times, w // times
    cut = items_NTHWC[:, :, : h * times, : w * times].reshape(n, frames, h, times, w, times, c)
    return cut.mean((3, 5)).round().astype(np.uint8)


def sheet_value(
    items_NHWC: np.ndarray,
    seeds: Sequence[int],
    labels_N: np.ndarray | None,
    classes: Sequence[str],
    state: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """The value of a sheet canvas; `state` is what a favourite, an undo or a link brings back."""
    names = [classes[int(i)] for i in labels_N] if labels_N is not None and classes else None
    value = {**sprite(items_NHWC), "seeds": [int(s) for s in seeds], "names": names}
    if is_text(items_NHWC):
        value["across"] = CONTACT_TEXTS
    return {**value, "state": state} if state else value


def state_of(model: str, config: SampleConfig) -> dict[str, Any]:
    """A state as favourites, undo and links keep it."""
    return {
        "model": model,
        "seed": config.seed,
        "label": config.label,
        "psi": config.psi,
        "variation": config.variation,
        "variation_seed": config.variation_seed,
        "temperature": config.temperature,
        "top_p": config.top_p,
        "count": config.count,
    }


def model_cards(studio: Any, visitor: str | None, selected: str) -> dict[str, Any]:
    """The value of the model cards."""
    items = [
        {
            "id": info.id,
            "title": info.title,
            "data": info.data,
            "licence": info.licence,
            "medium": info.modality,
            "own": info.own,
            "sheet": thumbnail(info.sheet),
        }
        for info in studio.models(visitor)
    ]
    return {"items": items, "selected": selected}


def thumbnail(path: Path | None) -> str | None:
    """A model's sheet as the page takes it; None where there is none."""
    if path is None or not path.is_file():
        return None
    stat = path.stat()
    return _thumbnail(path, stat.st_mtime_ns) if stat.st_size <= MAX_THUMBNAIL_BYTES else None


@lru_cache(maxsize=64)
def _thumbnail(path: Path, _changed_ns: int) -> str:
    return url(path.read_bytes())
