"""A user's own clips: what they are, what a run learns from them, one of them for a model.

What decodes them (uploads.py and below) is imported when there is something to decode.

Axes: N clips, T frames, H, W pixels, C colours.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from tgan_demo.contract import Dataset
from tgan_demo.data import containers, limits, npz
from tgan_demo.data.gather import Gathered
from tgan_demo.data.item import check_array, told
from tgan_demo.data.limits import left_out
from tgan_demo.engine.draw.model import Model
from tgan_demo.errors import ConfigError, DataError
from tgan_demo.modalities.video import sniff
from tgan_demo.modalities.video.reels import resampled
from tgan_demo.parts import Preview, Upload

SUFFIXES = (".mp4", ".m4v", ".mov", ".webm", ".mkv", ".avi", ".3gp", ".gif", ".apng")
_MOVABLE = (".gif", ".webp", ".png")  # stills and animations share these
SHOWN, COLUMNS = 30, 6  # of a preview
LINES, NOTES = 5, 2  # of reasons; of what was done
MOST = limits.MAX_CLIPS // limits.MAX_CUTS
KEPT_FRAMES, KEPT_SIDE = 32, 128  # of a clip that is kept as it came


def recognises(upload: Upload, options: Mapping[str, Any]) -> bool:
    """By what most files are called, and which pictures move; in a zip, a GIF counts by its name.

    A zip of still frames looks as a zip of pictures does: only the user knows, who says so by the
    option "frames".
    """
    if options.get("frames") is True and _is_zipped(upload):
        return True
    return _are_clips(upload)


def preview(upload: Upload, options: Mapping[str, Any]) -> Preview:
    """See parts.Bring: each clip's middle square and as many frames as all others."""
    gathered = _gather(upload)
    count = len(gathered.items)
    if not count:
        said = "; ".join(map(str, gathered.refused[:3])) or "nothing came"
        raise DataError(f"no clip among these files can be used: {said}")
    shown = np.linspace(0, count - 1, min(SHOWN, count)).astype(int)
    notes = [line[:200] for line in gathered.told()]
    return Preview(
        items=np.stack([gathered.items[i] for i in shown]),
        columns=COLUMNS,
        count=count,
        least=limits.MIN_CLIPS,
        left_out=gathered.left_out,
        refused=tuple(str(refusal)[:160] for refusal in gathered.refused[:LINES]),
        told=(*notes[:NOTES], *["…"] * (len(notes) > NOTES)),
        title=upload.title("my clips"),
        choices={"stills": _is_zipped(upload) and not _are_clips(upload)},
    )


def load(upload: Upload, options: Mapping[str, Any], *, name: str = "") -> Dataset:
    """See parts.Bring: clips of the usual size, without labels."""
    gathered = _gather(upload)
    count = len(gathered.items)
    if count < limits.MIN_CLIPS:
        raise DataError(
            f"training takes from {limits.MIN_CLIPS} clips; got {count} that can be used; "
            f"add {limits.MIN_CLIPS - count} or more, a zip of them, or longer ones: a file gives "
            f"a clip for every {limits.OWN_CLIP_SECONDS:g} s, up to {limits.MAX_CUTS}."
            f"{left_out(gathered.refused)}"
        )
    return Dataset(
        name=name or upload.title("my clips"),
        items=np.stack(gathered.items),
        licence="the uploader's own",
        source=f"{count} uploaded clips",
        modality="video",
    )


def load_recipe(folder: Path, data: Mapping[str, Any], split: str) -> Dataset:
    """See parts.Bring; `data`: file, an .npz with "videos" uint8 (N, T, H, W, C), and factors."""
    about = {key: data[key] for key in ("name", "licence", "source", "factors") if key in data}
    path = folder / data["file"]
    return npz.read_factored(path, "videos", np.uint8, 5, modality="video", split=split, **about)


def read_file(path: Path) -> np.ndarray:
    """One clip, uint8 (KEPT_FRAMES, KEPT_SIDE, KEPT_SIDE, 3). Raises DataError."""
    from tgan_demo.modalities.video import uploads

    return uploads.read(path, frames=KEPT_FRAMES, side=KEPT_SIDE)


def decode(content: bytes, name: str, model: Model) -> tuple[np.ndarray, str]:
    """See parts.Bring."""
    from tgan_demo.modalities.video import uploads

    _, frames, side, _ = model.config.shape
    return fit(
        model, uploads.read(content, name, frames=frames, side=max(side, limits.MIN_SIDE))
    ), ""


def fit(model: Model, item: np.ndarray | str) -> np.ndarray:
    """A clip (T', H', W', 3 or 1) at the model's size and length, uint8 (T, H, W, C)."""
    if not isinstance(item, np.ndarray) or item.dtype != np.uint8 or item.ndim != 4:
        raise ConfigError(
            f"{model.title} is a model of clips, uint8 (frames, height, width, colours); "
            f"got {told(item)}"
        )
    colours, frames, side, _ = model.config.shape
    clip = resampled(item, frames, side)
    return clip if colours == 3 else clip.mean(-1, keepdims=True).round().astype(np.uint8)


def check(model: Model, item: np.ndarray | str) -> np.ndarray:
    """See parts.Bring."""
    colours, frames, height, width = model.config.shape
    return check_array(item, np.uint8, (frames, height, width, colours), "a clip")


def blank(item: np.ndarray) -> str:
    """See parts.Bring."""
    return "a clip of one colour" if (item == item[:1, :1, :1]).all() else ""


def _gather(upload: Upload) -> Gathered[np.ndarray]:
    from tgan_demo.modalities.video import uploads

    return uploads.gather(upload.files((*SUFFIXES, *_MOVABLE)))


def _are_clips(upload: Upload) -> bool:
    found = [
        sniff.moves(path)
        if path.suffix.lower() in _MOVABLE and path.is_file()
        else path.suffix.lower() in SUFFIXES
        for path in upload.loose
    ]
    found += [name.lower().endswith(SUFFIXES) for name in upload.packed]
    most = len(found) / 2
    return sum(found) > most and sum(found) - containers.num_sounds(upload) > most


def _is_zipped(upload: Upload) -> bool:
    return bool(upload.zips) and not upload.loose
