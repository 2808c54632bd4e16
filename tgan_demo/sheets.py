"""Many small samples on one sheet: pictures as PNG, texts as JSON that the page writes out.

Knows arrays, not models.

Axes: N pictures, H, W pixels, C channels.
"""

import base64
import io
import json
from collections.abc import Sequence

import numpy as np
from PIL import Image

from tgan_demo.modalities.base import VERSE, is_verse

PNG = b"\x89PNG"
CODES_TALL = 0.6  # height of a code sheet, of its width


def sheet(items: np.ndarray, columns: int) -> np.ndarray:
    """uint8 (N, H, W, C) -> one picture, row by row, without gaps; what is missing is black."""
    count, height, width, colours = items.shape
    rows = -(-count // columns)
    full = np.zeros((rows * columns, height, width, colours), np.uint8)
    full[:count] = items
    grid = full.reshape(rows, columns, height, width, colours).transpose(0, 2, 1, 3, 4)
    return grid.reshape(rows * height, columns * width, colours)


def png(picture: np.ndarray) -> bytes:
    """uint8 (H, W, 1 or 3) -> a PNG file."""
    file = io.BytesIO()
    Image.fromarray(picture[..., 0] if picture.shape[-1] == 1 else picture).save(file, "PNG")
    return file.getvalue()


def text_sheet(items: np.ndarray, columns: int, *, size: int = 200) -> bytes:
    """Texts (N,) as what the page's lib.js writes on a sheet of square papers of `size` pixels."""
    texts = [str(text) for text in items]
    spec: dict[str, object] = {"cols": columns, "size": size, "pad": 0.07}
    if all(map(is_verse, texts)):
        spec |= {"cells": [list(verse) for verse in texts], "grid": VERSE}
    else:
        spec["texts"] = texts
    return json.dumps(spec, ensure_ascii=False).encode()


def cell_sheet(pieces: Sequence[Sequence[str]], grid: Sequence[int], columns: int) -> bytes:
    """Texts as their tokens, each in its cell of the token grid, for maps laid over them.

    Of several texts that are no verses only the first is laid out so; the others read better whole.
    """
    texts = ["".join(row) for row in pieces]
    is_grid = len(texts) == 1 or all(map(is_verse, texts))
    cells = [list(row) if is_grid or i == 0 else None for i, row in enumerate(pieces)]
    spec = {"cols": columns, "size": 320, "cells": cells, "texts": texts, "grid": list(grid)}
    return json.dumps(spec, ensure_ascii=False).encode()


def code_sheet(words: Sequence[str], grid: Sequence[int]) -> bytes:
    """A text's latent tokens, each in its cell: its number, and the words that it mostly writes."""
    spec = {"cols": 1, "size": 640, "tall": CODES_TALL, "numbered": True}
    spec |= {"cells": [list(words)], "grid": list(grid)}
    return json.dumps(spec, ensure_ascii=False).encode()


def any_sheet(items: np.ndarray, columns: int) -> bytes:
    """Pictures as PNG, texts as a text sheet; `url` tells them apart."""
    return text_sheet(items, columns) if is_text(items) else png(sheet(items, columns))


def is_text(items: np.ndarray) -> bool:
    return items.dtype.kind == "U"


def url(content: bytes) -> str:
    """What the page's tgan.picture takes."""
    if content.startswith(PNG):
        return "data:image/png;base64," + base64.b64encode(content).decode()
    return "text:" + content.decode()
