"""Arrays of pixels put together: sheets of pictures, films of many clips, film strips, maps laid over them.

Knows arrays alone. Everything is enlarged by nearest neighbour, so a pixel stays a pixel, and every
result is bounded in pixels before any work.

Axes: N pictures or clips, T frames, H height, W width, C channels (1 grey, 3 RGB), M maps.
"""

import math
from collections.abc import Sequence

import numpy as np
from PIL import Image

from tgan_demo.errors import ConfigError, DataError

MAX_PICTURE_PIXELS = 64_000_000  # 8000 x 8000
MAX_FILM_PIXELS = 200_000_000  # all frames together: 256 x 256 for 100 s at 30 a second
MAX_SCALE = 64
SHOWN_WIDTH = 512  # pixels, about; of a film that is enlarged to be looked at
LARGEST_SCALE = 8
PAPER = 255  # grey of gaps and empty places
LEAST_LIGHT = 0.15  # share of its light that a place keeps where a map is 0


def sheet(
    items: np.ndarray,
    *,
    columns: int | None = None,
    scale: int = 1,
    gap: int = 0,
    background: int = PAPER,
) -> Image.Image:
    """Pictures side by side, in reading order.

    Args:
        items: uint8 (N, H, W, C).
        columns: pictures in a row; none: about as many as rows.
        scale: screen pixels for each pixel, along each side.
        gap: screen pixels between two pictures, none at the border.
        background: 0..255, grey of the gaps and of empty places.
    """
    n, h, w, _ = check_pictures(items).shape
    check_scale(scale)
    columns = _columns(n, columns, gap, "sheet")
    height, width = _sides(n, columns, h * scale, w * scale, gap)
    check_pixels(height * width, MAX_PICTURE_PIXELS, f"{n} pictures at x{scale}")
    return picture(grid(items, columns, scale=scale, gap=gap, background=background))


def clip_film(items: np.ndarray, columns: int | None = None, gap: int = 0) -> np.ndarray:
    """Clips side by side, in reading order, as one film, uint8 (T, H', W', C).

    Args:
        items: uint8 (N, T, H, W, C).
        columns: clips in a row; none: about as many as rows.
        gap: pixels between two clips, none at the border.
    """
    n, t, h, w, _ = check_clips(items).shape
    columns = _columns(n, columns, gap, "film")
    height, width = _sides(n, columns, h, w, gap)
    check_pixels(t * height * width, MAX_FILM_PIXELS, f"a film of {n} clips")
    return grid(items, columns, gap=gap, background=PAPER)


def frame_sheet(items: np.ndarray, scale: int = 1) -> Image.Image:
    """Every frame of clips uint8 (N, T, H, W, C), edge to edge: rows are clips, columns are frames."""
    n, t, h, w, c = check_clips(items).shape
    check_scale(scale)
    check_pixels(n * h * t * w * scale**2, MAX_PICTURE_PIXELS, f"{n} clips at x{scale}")
    rows = items.transpose(0, 2, 1, 3, 4).reshape(n * h, t * w, c)
    return picture(enlarged(rows, scale))


def grid(
    items: np.ndarray, columns: int, *, scale: int = 1, gap: int = 0, background: int = 0
) -> np.ndarray:
    """Pictures (N, H, W, C) or clips (N, T, H, W, C) as one, row by row; what is missing is background."""
    n, *steps, h, w, c = items.shape
    h, w = h * scale, w * scale
    paper = np.full((*steps, *_sides(n, columns, h, w, gap), c), background, np.uint8)
    for i, item in enumerate(items):
        top, left = i // columns * (h + gap), i % columns * (w + gap)
        paper[..., top : top + h, left : left + w, :] = enlarged(item, scale)
    return paper


def strip(clip: np.ndarray) -> np.ndarray:
    """A clip (T, H, W, C) as a film strip, uint8 (H, T x W, C)."""
    return np.concatenate(list(clip), axis=1)


def smaller(items: np.ndarray, side: int) -> np.ndarray:
    """Clips (N, T, H, W, C) of about `side` pixels: means of squares of pixels; small ones as they are."""
    n, frames, h, w, c = items.shape
    times = max(1, round(max(h, w) / side))
    if times == 1:
        return items
    h, w = h // times, w // times
    cut = items[:, :, : h * times, : w * times].reshape(n, frames, h, times, w, times, c)
    return cut.mean((3, 5)).round().astype(np.uint8)


def map_strips(
    clip: np.ndarray, grid: Sequence[int], maps_MN: np.ndarray, gap: int = 2
) -> np.ndarray:
    """A clip as a film strip, and below it again for each map, darker where its tokens have less.

    Args:
        clip: uint8 (T, H, W, C); a picture is a clip of one frame.
        grid: tokens: steps in time, rows, columns; of a picture rows and columns.
        maps_MN: a weight for each token, row by row within each step; only their ratio matters.

    Returns:
        uint8 (H', T x W, C) with `gap` pixels between two strips.
    """
    t, h, w, c = check_clips(clip[None]).shape[1:]
    grid = (1,) * (3 - len(grid)) + tuple(grid)
    check_pixels((1 + len(maps_MN)) * (h + gap) * t * w, MAX_PICTURE_PIXELS, f"{len(maps_MN)} maps")
    own = (np.arange(size) * tokens // size for size, tokens in zip((t, h, w), grid, strict=True))
    places = np.ix_(*own)  # the token of each pixel of each frame
    strips = [clip]
    for map_N in maps_MN:
        light = map_N.reshape(grid)[places] / max(float(map_N.max()), 1e-12)
        strips.append(clip * (LEAST_LIGHT + (1 - LEAST_LIGHT) * light)[..., None])
    paper = np.full((len(strips) * (h + gap) - gap, t * w, c), PAPER, np.uint8)
    for i, one in enumerate(strips):
        top = i * (h + gap)
        paper[top : top + h] = one.transpose(1, 0, 2, 3).reshape(h, t * w, c).round()
    return paper


def enlarged(item: np.ndarray, scale: int) -> np.ndarray:
    """(..., H, W, C), each pixel `scale` times along both sides."""
    return item if scale == 1 else item.repeat(scale, axis=-3).repeat(scale, axis=-2)


def shown_scale(width: int) -> int:
    """How many times a film that is `width` pixels wide is enlarged to be looked at."""
    return max(1, min(LARGEST_SCALE, SHOWN_WIDTH // width))


def picture(item: np.ndarray) -> Image.Image:
    """uint8 (H, W, 1 or 3) as Pillow's picture."""
    return Image.fromarray(np.ascontiguousarray(item[..., 0] if item.shape[2] == 1 else item))


def check_pictures(items: np.ndarray) -> np.ndarray:
    """`items`. Raises DataError where they are no pictures."""
    if items.dtype != np.uint8 or items.ndim != 4 or items.shape[3] not in (1, 3):
        raise DataError(
            f"pictures are uint8 [N, H, W, 1 or 3]; got {items.dtype} {list(items.shape)}"
        )
    if not items.size:
        raise DataError("there is no picture to export; draw some first")
    return items


def check_clips(items: np.ndarray) -> np.ndarray:
    """`items`. Raises DataError where they are no clips."""
    if items.ndim != 5 or items.dtype != np.uint8:
        raise DataError(
            f"clips are uint8 [N, T, H, W, 1 or 3]; got {items.dtype} {list(items.shape)}"
        )
    n, t, *frame = items.shape
    check_pictures(items.reshape(n * t, *frame))
    return items


def check_scale(scale: int) -> None:
    """Raises ConfigError."""
    if not isinstance(scale, int) or not 1 <= scale <= MAX_SCALE:
        raise ConfigError(f"scale is a whole number, 1 to {MAX_SCALE}; got {scale}")


def check_pixels(pixels: int, most: int, what: str) -> None:
    """Raises ConfigError."""
    if pixels > most:
        raise ConfigError(
            f"{what} would be {pixels / 1e6:.0f} megapixels, and the limit is {most / 1e6:.0f}; "
            "choose a smaller scale or fewer pictures"
        )


def _columns(n: int, columns: int | None, gap: int, what: str) -> int:
    columns = min(n, columns or math.ceil(math.sqrt(n)))
    if columns < 1 or not 0 <= gap <= 256:
        raise ConfigError(f"a {what} wants columns >= 1 and gap 0..256; got {columns} and {gap}")
    return columns


def _sides(n: int, columns: int, h: int, w: int, gap: int) -> tuple[int, int]:
    """Height and width of a grid."""
    rows = -(-n // columns)
    return rows * (h + gap) - gap, columns * (w + gap) - gap
