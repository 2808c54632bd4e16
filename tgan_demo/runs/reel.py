"""The whole training of a run as a looped film of its fixed seeds.

Knows the kept frames of a record, not threads and not networks. Axes: F frames, H height, W width.
"""

from typing import Any

import numpy as np

from tgan_demo.errors import NotFoundError
from tgan_demo.files import film
from tgan_demo.files.stills import still
from tgan_demo.runs.record import Run

LASTS_S = 8  # about, the film without its end
FPS = (4, 25)  # at least, at most
END_S = 1.2  # the last frame stands still before it begins anew
SIDE = 448  # pixels, about: the nearest whole multiple of the sheet
KINDS = ("webp", "mp4")


def frames(run: Run) -> np.ndarray:
    """Every kept frame, uint8 (F, H, W, 3), each of the size of the largest, for a run may have grown.

    Raises:
        NotFoundError: fewer than two are kept.
        ConfigError: texts most of whose letters no font here has.
    """
    stills = []
    for index in range(len(run.frames)):
        try:
            stills.append(still(run.frame(index)["frame"], index))
        except NotFoundError:  # one less: it was thinned meanwhile
            continue
    if len(stills) < 2:
        raise NotFoundError("a film wants two moments of a run; wait until it has some")
    height, width = (max(one.shape[axis] for one in stills) for axis in (0, 1))
    return np.stack([_enlarged(one, height, width) for one in stills])


def write(kind: str, frames: np.ndarray, **options: Any) -> bytes:
    """A film of `frames` as one of KINDS. `options`: progress, cancelled (files.film)."""
    count, height, width, _ = frames.shape
    fps = min(max(count / LASTS_S, FPS[0]), FPS[1])
    end = np.repeat(frames[-1:], round(END_S * fps), axis=0)
    scale = max(1, round(SIDE / max(height, width)))
    _, writer = film.WRITERS[kind if kind in KINDS else KINDS[0]]
    return writer(np.concatenate([frames, end]), fps, scale, **options)


def _enlarged(item: np.ndarray, height: int, width: int) -> np.ndarray:
    """By nearest neighbours."""
    rows = np.arange(height) * item.shape[0] // height
    columns = np.arange(width) * item.shape[1] // width
    return item[rows][:, columns]
