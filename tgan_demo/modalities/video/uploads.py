"""Files as clips of one size and one number of frames: films, animated pictures, or a zip of them or
of still frames, a folder of them being one clip.

Everything that comes in is bounded before it is read: bytes, pixels of a frame (from the header
alone), and while it is: seconds, frames, pixels in all. A film costs no more than its beginning.
A file is known by its first bytes, opens no other file, and meets only the decoders named here.
One that cannot be used is left out and named with the reason; only too much of anything ends it.

Axes: T frames, H, W pixels, 3 colours.
"""

import io
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

import numpy as np

from tgan_demo.data import archive, limits
from tgan_demo.data import gather as gathering
from tgan_demo.data.containers import is_cut_short
from tgan_demo.data.gather import Gathered, Tally, size_of
from tgan_demo.data.limits import Refusal
from tgan_demo.errors import DataError
from tgan_demo.modalities.video import animations, films, sniff
from tgan_demo.modalities.video.frames import unpacked
from tgan_demo.modalities.video.reels import Reel, cuts
from tgan_demo.modalities.video.refusals import ClipError, still


def gather(
    paths: Sequence[Path],
    *,
    frames: int = limits.OWN_FRAMES,
    side: int = limits.OWN_CLIP_SIDE,
    seconds: float = limits.OWN_CLIP_SECONDS,
    limit: int | None = None,
) -> Gathered[np.ndarray]:
    """Every usable clip, uint8 (T, H, W, 3), and every refusal; stops after `limit` clips.

    Args:
        frames: T of every clip.
        side: H and W of every clip, pixels.
        seconds: about what one clip shows; a longer file is cut into up to limits.MAX_CUTS clips.

    Raises:
        DataError: the whole is beyond a bound, or the size asked for is.
    """
    _check_size(frames, side, seconds)
    counted = tally()

    def read(name: str, found: BinaryIO | Reel) -> Iterator[tuple[str, np.ndarray, str]]:
        reel = found if isinstance(found, Reel) else watch(found, name, side, counted)
        clips = cuts(reel, frames, seconds)
        for k, (clip, note) in enumerate(clips):
            yield name if len(clips) == 1 else f"{name} ({k + 1} of {len(clips)})", clip, note

    room = min(limits.MAX_CLIPS, limits.MAX_ITEM_BYTES // (frames * side * side * 3))
    return gathering.gather(
        _contents(paths, side, counted),
        read,
        room=room,
        full=f"{frames} frames of {side}x{side} take up to {room:,} clips",
        limit=limit,
    )


def read(
    source: Path | str | bytes,
    name: str = "",
    *,
    frames: int = limits.OWN_FRAMES,
    side: int = limits.OWN_CLIP_SIDE,
    seconds: float = limits.OWN_CLIP_SECONDS,
) -> np.ndarray:
    """One file's first clip, uint8 (T, H, W, 3): the middle square of its first `seconds`.

    Args:
        source: a file, a zip with clips or frames, or a file's bytes.
        name: what a complaint calls it; the file's own name where empty.

    Raises:
        ClipError: no clip that we read, too large, too short or damaged.
        DataError: the size asked for is out of range.
    """
    _check_size(frames, side, seconds)
    until_s = 4 * seconds  # enough to cut the first where `preview` cuts it
    if isinstance(source, bytes):
        reel = watch(io.BytesIO(source), name or "the clip", side, tally(), until_s=until_s)
        return cuts(reel, frames, seconds)[0][0]
    path = Path(source)
    name = name or path.name
    if archive.is_zip(path):
        gathered = gather([path], frames=frames, side=side, seconds=seconds, limit=1)
        if not gathered.items:
            said = f": {gathered.refused[0]}" if gathered.refused else ""
            raise ClipError(name, f"no clip in it that we read{said}", "zip the clips anew")
        return gathered.items[0]
    try:
        with path.open("rb") as file:
            reel = watch(file, name, side, tally(), until_s=until_s)
    except OSError as error:
        raise ClipError(name, "cannot be read", "pick the file again") from error
    return cuts(reel, frames, seconds)[0][0]


def tally() -> Tally:
    """Of all files of one upload."""
    return Tally(
        "clips",
        "pixels",
        "cut them shorter",
        limits.MAX_TOTAL_CLIP_BYTES,
        limits.MAX_TOTAL_CLIP_PIXELS,
    )


def watch(
    file: BinaryIO, name: str, side: int, tally: Tally, *, until_s: float = limits.MAX_CLIP_SECONDS
) -> Reel:
    """The beginning of one file. Raises ClipError."""
    remedy = "cut it shorter, or save it smaller"
    num_bytes = size_of(file, name, limits.MAX_CLIP_BYTES, ClipError, remedy)
    tally.add(num_bytes=num_bytes)
    head = file.read(sniff.HEAD)
    kind = sniff.kind(head, name)
    file.seek(0)
    reel = Reel(name, side, tally, min(until_s, limits.MAX_CLIP_SECONDS))
    if kind == "still":
        raise still(name)
    if kind == "animated":
        animations.decode(file.read(), reel)
        reel.is_damaged |= is_cut_short(head, num_bytes)
    else:
        films.decode(file, kind, reel)
    return reel.finish()


def _contents(
    paths: Sequence[Path], side: int, counted: Tally
) -> Iterator[tuple[str, BinaryIO | Refusal | Reel]]:
    """(name, open file, why not, or frames) of every file, and of all that a zip holds."""
    gathering.check_count(paths, limits.MAX_CLIPS)
    for path in map(Path, paths):
        yield from unpacked(path, side, counted) if archive.is_zip(path) else gathering.one(path)


def _check_size(frames: int, side: int, seconds: float) -> None:
    if not limits.MIN_OWN_FRAMES <= frames <= limits.MAX_OWN_FRAMES:
        raise DataError(
            f"clips may have {limits.MIN_OWN_FRAMES} to {limits.MAX_OWN_FRAMES} frames; got {frames}; "
            f"ask for {limits.OWN_FRAMES}"
        )
    if not limits.MIN_SIDE <= side <= limits.MAX_SIDE:
        raise DataError(
            f"clips are fitted to {limits.MIN_SIDE} to {limits.MAX_SIDE} pixels a side; got {side}; "
            f"ask for {limits.OWN_CLIP_SIDE}"
        )
    if not 0 < seconds <= limits.MAX_CLIP_SECONDS:
        raise DataError(
            f"clips show up to {limits.MAX_CLIP_SECONDS} s each; got {seconds:g}; "
            f"ask for {limits.OWN_CLIP_SECONDS:g}"
        )
