"""A user's own images: what they are, what a run learns from them, one of them for a model.

Axes: N pictures, H, W pixels, C channels (1 grey, 3 RGB).
"""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from tgan_demo.contract import Dataset
from tgan_demo.data import held_out, limits, pictures
from tgan_demo.data.folders import by_folder, is_wanted
from tgan_demo.data.item import check_array, told
from tgan_demo.data.limits import mib
from tgan_demo.data.pictures import PictureError
from tgan_demo.engine.draw.model import Model
from tgan_demo.errors import ConfigError, DataError
from tgan_demo.modalities.image import arrays, uploads
from tgan_demo.parts import Preview, Upload

SIDES = (28, 32, 48, 64)  # pixels that the page offers
SHOWN, COLUMNS = 60, 10  # of a preview
LINES = 5  # of reasons
MOST = limits.MAX_PICTURES
KEPT_SIDE = 256  # pixels a side of one that is kept as it came


def recognises(upload: Upload, options: Mapping[str, Any]) -> bool:
    """By what most files are called."""
    return upload.share((*arrays.SUFFIXES, ".npz")) > 0.5


def preview(upload: Upload, options: Mapping[str, Any]) -> Preview:
    """See parts.Bring; `options`: side, one of SIDES, channels, 1 or 3, and by_folder."""
    side, channels = _shape(options)
    gathered = uploads.gather(
        upload.files(arrays.SUFFIXES), size=(side, side), channels=channels, names=upload.names
    )
    count = len(gathered.items)
    if not count:
        said = "; ".join(map(str, gathered.refused[:3])) or "nothing came"
        raise DataError(f"no picture among these files can be used: {said}")
    return Preview(
        items=np.stack(gathered.items[:SHOWN]),
        columns=COLUMNS,
        count=count,
        least=limits.MIN_PICTURES,
        left_out=gathered.left_out,
        refused=tuple(str(refusal)[:160] for refusal in gathered.refused[:LINES]),
        title=upload.title("my pictures"),
        # of a zip of pictures the page asks whether they are frames of clips
        choices={
            "sizes": True,
            "side": side,
            "channels": channels,
            "stills": bool(upload.zips) and not upload.loose,
            **by_folder(gathered.names).choices(options),
        },
    )


def load(upload: Upload, options: Mapping[str, Any], *, name: str = "") -> Dataset:
    """See parts.Bring. An .npz that is named alone keeps its own size."""
    first, *others = upload.paths
    if not others and first.suffix.lower() == ".npz" and not first.is_dir():
        return arrays.load(first, name=name)
    side, channels = _shape(options)
    return uploads.from_files(
        upload.files(arrays.SUFFIXES),
        size=(side, side),
        channels=channels,
        name=name or upload.title("my pictures"),
        names=upload.names,
        with_classes=is_wanted(options),
    )


def load_recipe(folder: Path, data: Mapping[str, Any], split: str) -> Dataset:
    """See parts.Bring; `data`: file, held_out (the last so many are the test part, where the file has
    none), drop, classes, and labels, one of traits, which are the columns of an array "traits".
    """
    path, last = folder / data["file"], data.get("held_out", 0)
    found = arrays.load(path, split="train" if last else split, drop=data.get("drop", ""))
    if trait := data.get("labels"):
        column = data["traits"].index(trait)
        with np.load(path, allow_pickle=False) as stored:
            found = replace(found, labels=stored["traits"][:, column].astype(np.int64))
    classes = tuple(data.get("classes", ()))
    found = found.rows(held_out.rows(len(found), last, split))
    return Dataset(
        name=data["name"],
        items=found.items,
        labels=found.labels if classes else None,
        classes=classes,
        licence=data["licence"],
        source=data["source"],
        modality="image",
    )


def read_file(path: Path) -> np.ndarray:
    """One picture, uint8 (KEPT_SIDE, KEPT_SIDE, 3): its middle, turned as its EXIF says.

    Raises:
        DataError: too big, not a picture, damaged.
    """
    try:
        size = path.stat().st_size
        if size > limits.MAX_FILE_BYTES:
            raise DataError(
                f"a picture may have up to {mib(limits.MAX_FILE_BYTES)}; {path.name[-60:]} has "
                f"{mib(size)}; make it smaller first"
            )
        content = path.read_bytes()
    except OSError as error:
        raise DataError("the picture did not arrive whole; upload it again") from error
    return _shown(content, path.name)


def decode(content: bytes, name: str, model: Model) -> tuple[np.ndarray, str]:
    """See parts.Bring."""
    return fit(model, _shown(content, name)), ""


def fit(model: Model, item: Image.Image | np.ndarray | str) -> np.ndarray:
    """A picture cut and resized to the model's shape, uint8 (H, W, C)."""
    if isinstance(item, np.ndarray) and item.dtype == np.uint8 and item.ndim == 3:
        item = Image.fromarray(item[..., 0] if item.shape[2] == 1 else item)
    if not isinstance(item, Image.Image):
        raise ConfigError(f"{model.title} is a model of images; got {told(item)}")
    colours, height, width = model.config.shape
    return pictures.fit(item, (height, width), colours)


def check(model: Model, item: np.ndarray | str) -> np.ndarray:
    """See parts.Bring."""
    colours, height, width = model.config.shape
    return check_array(item, np.uint8, (height, width, colours), "a picture")


def blank(item: np.ndarray) -> str:
    """See parts.Bring."""
    return "a picture of one colour" if (item == item[:1, :1]).all() else ""


def _shown(content: bytes, name: str) -> np.ndarray:
    try:
        return pictures.fit(pictures.open_picture(content), (KEPT_SIDE, KEPT_SIDE), 3)
    except PictureError as error:
        raise DataError(
            f"wanted a picture to show to D; {name[-60:]} is {error}; pick another"
        ) from error


def _shape(options: Mapping[str, Any]) -> tuple[int, int]:
    """Pixels a side and colours, held to what the page offers."""
    side, channels = options.get("side"), options.get("channels")
    return (side if side in SIDES else 32), (channels if channels in (1, 3) else 3)
