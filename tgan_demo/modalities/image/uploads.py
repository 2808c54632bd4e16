"""A user's own pictures, made one size: files, or a zip of them, never unpacked to disk.

Everything that comes in is bounded before it is read: bytes, pixels (from the header alone), how
many. A file that cannot be used is left out and named with the reason; only too few pictures, or
too much of anything, ends it.

Axes: N pictures, H, W pixels, C channels (1 grey, 3 RGB).
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import BinaryIO

import numpy as np

from tgan_demo.contract import Dataset
from tgan_demo.data import gather as gathering
from tgan_demo.data import limits, pictures
from tgan_demo.data.folders import ByFolder, by_folder
from tgan_demo.data.gather import Gathered, Tally
from tgan_demo.data.limits import left_out
from tgan_demo.errors import DataError


def from_files(
    paths: Sequence[Path],
    *,
    size: tuple[int, int] = (32, 32),
    channels: int = 3,
    name: str = "my pictures",
    names: Mapping[Path, str] | None = None,
    with_classes: bool = True,
) -> Dataset:
    """A data set of a user's pictures. A zip among the files is looked into.

    Args:
        size: height and width that every picture is fitted to.
        names: of files, with their folders, where these are to be looked at.
        with_classes: whether folders are classes, where they can be.

    Raises:
        DataError: fewer than MIN_PICTURES could be used, or more came than we take.
    """
    gathered = gather(paths, size=size, channels=channels, names=names)
    count = len(gathered.items)
    if count < limits.MIN_PICTURES:
        hint = (
            "a model learns what many pictures share, so one is not enough; " if count == 1 else ""
        )
        raise DataError(
            f"training takes from {limits.MIN_PICTURES} pictures; got {count} that can be used; "
            f"{hint}add {limits.MIN_PICTURES - count} or more, or a zip of them."
            f"{left_out(gathered.refused)}"
        )
    found = by_folder(gathered.names) if with_classes else ByFolder()
    return Dataset(
        name=name,
        items=np.stack(gathered.items),
        labels=found.labels,
        classes=found.classes,
        licence="the uploader's own",
        source=f"{count} uploaded pictures",
        modality="image",
    )


def gather(
    paths: Sequence[Path],
    *,
    size: tuple[int, int] = (32, 32),
    channels: int = 3,
    limit: int | None = None,
    names: Mapping[Path, str] | None = None,
) -> Gathered[np.ndarray]:
    """Every usable picture, fitted, and every refusal; stops after `limit` pictures.

    Raises:
        DataError: the whole is beyond a bound, or the size asked for is.
    """
    _check_size(size, channels)
    tally = Tally(
        "pictures", "pixels", "make them smaller", limits.MAX_TOTAL_BYTES, limits.MAX_TOTAL_PIXELS
    )

    def read(name: str, file: BinaryIO) -> Iterator[tuple[str, np.ndarray, str]]:
        most = limits.MAX_FILE_BYTES
        tally.add(num_bytes=gathering.size_of(file, name, most, pictures.PictureError, ""))
        image = pictures.open_picture(file.read(most))
        tally.add(num_values=image.width * image.height)
        yield name, pictures.fit(image, size, channels), ""

    room = min(limits.MAX_PICTURES, limits.MAX_ITEM_BYTES // (size[0] * size[1] * channels))
    return gathering.gather(
        gathering.opened(paths, limits.MAX_PICTURES, names),
        read,
        room=room,
        full=f"{size[0]}x{size[1]} takes up to {room:,} pictures",
        limit=limit,
    )


def _check_size(size: tuple[int, int], channels: int) -> None:
    if not all(limits.MIN_SIDE <= side <= limits.MAX_SIDE for side in size):
        raise DataError(
            f"pictures are fitted to {limits.MIN_SIDE} to {limits.MAX_SIDE} pixels a side; got {size}"
        )
    if channels not in (1, 3):
        raise DataError(f"pictures have 1 channel (grey) or 3 (colour); got {channels}")
