"""What a person takes away of clips: one film of many, a sheet of all frames, arrays, maps on film strips.

Knows arrays, not models. Bounded in pixels, as `export` is, whose writers take what is made here.

Axes: N clips, T frames, H height, W width, C channels (1 grey, 3 RGB), M maps.
"""

import math
from collections.abc import Sequence

import numpy as np
from PIL import Image

from tgan_demo.config import factors
from tgan_demo.errors import ConfigError, DataError
from tgan_demo.files.film import MAX_FILM_PIXELS, MAX_PICTURE_PIXELS, check_pixels, checked, picture

FPS = 8  # that clips are shown at
SHOWN_WIDTH = 512  # pixels, about; of a film that is enlarged to be looked at
LARGEST_SCALE = 8
PAPER = 255  # grey of gaps and empty places
LEAST_LIGHT = 0.15  # share of its light that a place keeps where a map is 0


def clip_film(items: np.ndarray, columns: int | None = None, gap: int = 0) -> np.ndarray:
    """Clips side by side, in reading order, as one film, uint8 (T, H', W', C), to be encoded at `FPS`.

    Args:
        items: uint8 (N, T, H, W, C).
        columns: clips in a row; none: about as many as rows.
        gap: pixels between two clips, none at the border.
    """
    n, t, h, w, c = _checked(items).shape
    columns = min(n, columns or math.ceil(math.sqrt(n)))
    if columns < 1 or not 0 <= gap <= 256:
        raise ConfigError(f"a film wants columns >= 1 and gap 0..256; got {columns} and {gap}")
    rows = math.ceil(n / columns)
    height, width = rows * (h + gap) - gap, columns * (w + gap) - gap
    check_pixels(t * height * width, MAX_FILM_PIXELS, f"a film of {n} clips")
    film = np.full((t, height, width, c), PAPER, np.uint8)
    for i, clip in enumerate(items):
        top, left = i // columns * (h + gap), i % columns * (w + gap)
        film[:, top : top + h, left : left + w] = clip
    return film


def sprite_sheet(items: np.ndarray) -> Image.Image:
    """Every frame of clips uint8 (N, T, H, W, C), edge to edge: rows are clips, columns are frames."""
    n, t, h, w, c = _checked(items).shape
    check_pixels(n * h * t * w, MAX_PICTURE_PIXELS, f"a sheet of {n} clips")
    return picture(items.transpose(0, 2, 1, 3, 4).reshape(n * h, t * w, c))


def shown_scale(width: int) -> int:
    """How many times a film that is `width` pixels wide is enlarged to be looked at."""
    return max(1, min(LARGEST_SCALE, SHOWN_WIDTH // width))


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
    t, h, w, c = _checked(clip[None]).shape[1:]
    grid = (1,) * (3 - len(grid)) + tuple(grid)
    check_pixels((1 + len(maps_MN)) * (h + gap) * t * w, MAX_PICTURE_PIXELS, f"{len(maps_MN)} maps")
    own = (np.arange(size) * tokens // size for size, tokens in zip((t, h, w), grid, strict=True))
    places = np.ix_(*own)  # the token of each pixel of each frame
    strips = [clip]
    for map_N in maps_MN:
        light = map_N.reshape(grid)[places] / max(float(map_N.max()), 1e-12)
        strips.append(clip * (LEAST_LIGHT + (1 - LEAST_LIGHT) * light)[..., None])
    paper = np.full((len(strips) * (h + gap) - gap, t * w, c), PAPER, np.uint8)
    for i, strip in enumerate(strips):
        top = i * (h + gap)
        paper[top : top + h] = strip.transpose(1, 0, 2, 3).reshape(h, t * w, c).round()
    return paper


def clip_arrays(
    items: np.ndarray,
    labels: np.ndarray | None,
    classes: Sequence[str],
    names: Sequence[str] = (),
) -> dict[str, np.ndarray]:
    """Arrays of an npz: "videos" uint8 (N, T, H, W, C), and classes as of `label_arrays`."""
    return {"videos": items} | label_arrays(labels, classes, names)


def label_arrays(
    labels: np.ndarray | None, classes: Sequence[str], names: Sequence[str] = ()
) -> dict[str, np.ndarray]:
    """Classes as arrays of an npz: "label", or, where `names` has one for each factor of the classes
    ("star / right"), the number of its value; none without classes.
    """
    if labels is None:
        return {}
    found = factors(classes)
    if not names or len(found) != len(names):
        return {"label": labels}
    arrays = {}
    for place, (name, values) in enumerate(zip(names, found, strict=True)):
        numbers = [values.index(one.split(" / ")[place]) for one in classes]
        arrays[name] = np.array(numbers)[labels]
    return arrays


def _checked(items: np.ndarray) -> np.ndarray:
    if items.ndim != 5 or items.dtype != np.uint8:
        raise DataError(
            f"clips are uint8 [N, T, H, W, 1 or 3]; got {items.dtype} {list(items.shape)}"
        )
    n, t, *frame = items.shape
    checked(items.reshape(n * t, *frame))
    return items
