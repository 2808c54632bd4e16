"""Many small pictures on one sheet, as PNG. Knows arrays, not models.

Axes: N pictures, H, W pixels, C channels.
"""

import base64
import io

import numpy as np
from PIL import Image


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


def data_url(content: bytes) -> str:
    return "data:image/png;base64," + base64.b64encode(content).decode()
