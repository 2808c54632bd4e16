"""Clips out of a zip: the files in it, and its folders of still frames, each of which is one clip."""

import io
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import BinaryIO

import numpy as np

from tgan_demo.data import archive, limits, pictures
from tgan_demo.data.folders import natural
from tgan_demo.data.gather import Tally, Unusable
from tgan_demo.data.limits import Refusal, mib
from tgan_demo.errors import DataError
from tgan_demo.modalities.video.reels import FRAMES_FPS, Reel
from tgan_demo.modalities.video.refusals import ClipError, check_pixels, still
from tgan_demo.modalities.video.sniff import is_frame


def unpacked(
    path: Path, side: int, tally: Tally
) -> Iterator[tuple[str, BinaryIO | Refusal | Reel]]:
    """Clips of a zip in the order of its listing, then its folders of still frames by name."""
    folders: dict[str, list[tuple[str, str, np.ndarray]]] = {}  # of (whole name, label, frame)
    room = limits.MAX_ITEM_BYTES // (side * side * 3)
    # labels are shortened; two folders, or two frames of one, may look the same
    members = archive.members(path, budget=tally.unpacked)
    for whole, (label, content) in zip(archive.names(path), members, strict=False):
        if isinstance(content, Refusal):
            yield label, content
            continue
        if not is_frame(content):
            yield label, io.BytesIO(content)
            continue
        try:
            image = pictures.open_picture(content)
            check_pixels(label, *image.size)
            tally.add(num_bytes=len(content), num_values=image.width * image.height)
            frame = pictures.fit(image, (side, side), 3)
        except Unusable as error:
            yield label, Refusal(label, error.reason)
            continue
        room -= 1
        if room < 0:
            raise DataError(
                f"the frames of {path.name} take more than {mib(limits.MAX_ITEM_BYTES)} at {side}x{side}; "
                "bring fewer"
            )
        whole = whole.replace("\\", "/")
        folders.setdefault(whole.rpartition("/")[0], []).append((whole, label, frame))
    for folder in sorted(folders, key=natural):
        found = sorted(folders[folder], key=lambda one: natural(one[0]))
        label = found[0][1]
        if len(found) == 1:
            yield label, Refusal(label, still(label).reason)
            continue
        parent = str(PurePosixPath(label.replace("\\", "/")).parent)
        name = path.name if not folder else parent if parent != "." else folder[-60:]
        reel = Reel(name, side, tally, size=(side, side))
        for k, (_, _, frame) in enumerate(found[: limits.MAX_CLIP_FRAMES]):
            reel.add(frame, k / FRAMES_FPS, 1 / FRAMES_FPS)
        if len(found) > limits.MAX_CLIP_FRAMES:
            reel.remarks.append(f"only its first {limits.MAX_CLIP_FRAMES:,} frames were used")
        try:
            yield name, reel.finish()
        except ClipError as error:
            yield name, Refusal(name, error.reason)
