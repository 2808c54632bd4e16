"""A person's own pictures, made one size: files, or a zip of them, never unpacked to disk.

Everything that comes in is bounded before it is read: bytes, pixels (from the header alone), how
many. A file that cannot be used is left out and named with the reason; only too few pictures, or
too much of anything, ends it.

Axes: N pictures, H, W pixels, C channels (1 grey, 3 RGB).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from tgan_demo.contract import Dataset
from tgan_demo.data import archive, pictures
from tgan_demo.data.item import check_array, told
from tgan_demo.data.limits import (
    MAX_FILE_BYTES,
    MAX_ITEM_BYTES,
    MAX_PICTURES,
    MAX_SIDE,
    MAX_TOTAL_BYTES,
    MAX_TOTAL_PIXELS,
    MIN_PICTURES,
    MIN_SIDE,
    Refusal,
    left_out,
    mib,
)
from tgan_demo.data.pictures import PictureError, open_picture
from tgan_demo.engine.draw.model import Model
from tgan_demo.errors import ConfigError, DataError

KEPT_SIDE = 256  # pixels a side of one that is kept as it came


@dataclass(frozen=True, slots=True)
class Gathered:
    """What came out of a pile of files."""

    thumbs: list[np.ndarray]  # uint8 (H, W, C) each
    names: list[str]  # where each came from
    refused: list[Refusal]


def from_files(
    paths: Sequence[Path],
    *,
    size: tuple[int, int] = (32, 32),
    channels: int = 3,
    name: str = "my pictures",
) -> Dataset:
    """A data set of a person's pictures, without labels. A zip among the files is looked into.

    Args:
        size: height and width that every picture is fitted to.

    Raises:
        DataError: fewer than MIN_PICTURES could be used, or more came than we take.
    """
    gathered = preview(paths, size=size, channels=channels)
    count = len(gathered.thumbs)
    if count < MIN_PICTURES:
        hint = (
            "a model learns what many pictures share, so one is not enough; " if count == 1 else ""
        )
        raise DataError(
            f"training takes from {MIN_PICTURES} pictures; got {count} that can be used; "
            f"{hint}add {MIN_PICTURES - count} or more, or a zip of them.{left_out(gathered.refused)}"
        )
    return Dataset(
        name=name,
        items=np.stack(gathered.thumbs),
        licence="the uploader's own",
        source=f"{count} uploaded pictures",
        modality="image",
    )


def from_zip(
    path: Path,
    *,
    size: tuple[int, int] = (32, 32),
    channels: int = 3,
    name: str = "my pictures",
) -> Dataset:
    """`from_files` of what a zip holds."""
    if not archive.is_zip(path):
        raise DataError(
            f"wanted a zip of pictures; {Path(path).name} is not a zip; zip the folder anew"
        )
    return from_files([path], size=size, channels=channels, name=name)


def preview(
    paths: Sequence[Path],
    *,
    size: tuple[int, int] = (32, 32),
    channels: int = 3,
    limit: int | None = None,
) -> Gathered:
    """Every usable picture, fitted, and every refusal; stops after `limit` pictures.

    Raises:
        DataError: the whole is beyond a bound, or the size asked for is.
    """
    _check_size(size, channels)
    gathered = Gathered([], [], [])
    total_bytes = total_pixels = 0
    room = min(MAX_PICTURES, MAX_ITEM_BYTES // (size[0] * size[1] * channels))
    for name, content in _contents(paths):
        if isinstance(content, Refusal):
            gathered.refused.append(content)
            continue
        total_bytes += len(content)
        if total_bytes > MAX_TOTAL_BYTES:
            raise DataError(
                f"all pictures together may hold {mib(MAX_TOTAL_BYTES)}; these hold more; "
                "make them smaller or bring fewer"
            )
        try:
            image = open_picture(content)
            total_pixels += image.width * image.height
            if total_pixels > MAX_TOTAL_PIXELS:
                raise DataError(
                    f"all pictures together may have {MAX_TOTAL_PIXELS // 10**6:,} million pixels; "
                    "these have more; make them smaller first"
                )
            thumb = pictures.fit(image, size, channels)
        except PictureError as error:
            gathered.refused.append(Refusal(name, str(error)))
            continue
        if len(gathered.thumbs) >= room:
            raise DataError(f"{size[0]}x{size[1]} takes up to {room:,} pictures; bring fewer")
        gathered.thumbs.append(thumb)
        gathered.names.append(name)
        if limit is not None and len(gathered.thumbs) >= limit:
            break
    return gathered


def read_file(path: Path) -> np.ndarray:
    """One picture, uint8 (KEPT_SIDE, KEPT_SIDE, 3): its middle, turned as its EXIF says.

    Raises:
        DataError: too big, not a picture, damaged.
    """
    try:
        size = path.stat().st_size
        if size > MAX_FILE_BYTES:
            raise DataError(
                f"a picture may have up to {mib(MAX_FILE_BYTES)}; {path.name[-60:]} has "
                f"{mib(size)}; make it smaller first"
            )
        content = path.read_bytes()
    except OSError as error:
        raise DataError("the picture did not arrive whole; upload it again") from error
    return _shown(content, path.name, KEPT_SIDE)


def decode(content: bytes, name: str, model: Model) -> tuple[np.ndarray, str]:
    """See contract.Bring."""
    return fit(model, _shown(content, name, KEPT_SIDE)), ""


def fit(model: Model, item: Image.Image | np.ndarray | str) -> np.ndarray:
    """A picture cut and resized to the model's shape, uint8 (H, W, C)."""
    if isinstance(item, np.ndarray) and item.dtype == np.uint8 and item.ndim == 3:
        item = Image.fromarray(item[..., 0] if item.shape[2] == 1 else item)
    if not isinstance(item, Image.Image):
        raise ConfigError(f"{model.title} is a model of images; got {told(item)}")
    colours, height, width = model.config.shape
    return pictures.fit(item, (height, width), colours)


def check(model: Model, item: np.ndarray | str) -> np.ndarray:
    """See contract.Bring."""
    colours, height, width = model.config.shape
    return check_array(item, np.uint8, (height, width, colours), "a picture")


def _shown(content: bytes, name: str, side: int) -> np.ndarray:
    try:
        return pictures.fit(pictures.open_picture(content), (side, side), 3)
    except PictureError as error:
        raise DataError(
            f"wanted a picture to show to D; {name[-60:]} is {error}; pick another"
        ) from error


def _contents(paths: Sequence[Path]) -> Iterator[tuple[str, bytes | Refusal]]:
    """(name, bytes or why not) of every file, and of every file in a zip."""
    if len(paths) > MAX_PICTURES:
        raise DataError(f"at most {MAX_PICTURES:,} files; got {len(paths):,}; bring fewer")
    for path in map(Path, paths):
        name = path.name
        if archive.is_zip(path):
            yield from archive.members(path)
            continue
        try:
            bytes_found = path.stat().st_size
            if bytes_found > MAX_FILE_BYTES:
                reason = f"{mib(bytes_found)} is more than {mib(MAX_FILE_BYTES)}"
                yield name, Refusal(name, reason)
                continue
            with path.open("rb") as file:
                content = file.read(MAX_FILE_BYTES + 1)
        except OSError:
            yield name, Refusal(name, "cannot be read")
            continue
        yield name, content if content else Refusal(name, "empty")


def _check_size(size: tuple[int, int], channels: int) -> None:
    if not all(MIN_SIDE <= side <= MAX_SIDE for side in size):
        raise DataError(
            f"pictures are fitted to {MIN_SIDE} to {MAX_SIDE} pixels a side; got {size}"
        )
    if channels not in (1, 3):
        raise DataError(f"pictures have 1 channel (grey) or 3 (colour); got {channels}")
