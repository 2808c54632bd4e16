"""A person's own clips, made one size and one number of frames: films, animated pictures, or a zip
of them or of still frames, a folder of them being one clip.

Everything that comes in is bounded before it is read: bytes, pixels of a frame (from the header
alone), and while it is: seconds, frames, pixels in all. A film costs no more than its beginning.
A file is known by its first bytes, opens no other file, and meets only the decoders named here.
One that cannot be used is left out and named with the reason; only too few clips, or too much of
anything, ends it.

Axes: N clips, T frames, H, W pixels, 3 colours.
"""

import io
import re
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO

import numpy as np
from PIL import Image

from tgan_demo.contract import Dataset
from tgan_demo.data import archive, pictures
from tgan_demo.data.item import check_array, told
from tgan_demo.data.limits import (
    CLIP_KINDS,
    MAX_CLIP_BYTES,
    MAX_CLIP_FILE_PIXELS,
    MAX_CLIP_FRAMES,
    MAX_CLIP_PIXELS,
    MAX_CLIP_SECONDS,
    MAX_CLIP_SIZE,
    MAX_CLIPS,
    MAX_CUTS,
    MAX_ITEM_BYTES,
    MAX_OWN_FRAMES,
    MAX_SIDE,
    MAX_TOTAL_CLIP_BYTES,
    MAX_TOTAL_CLIP_PIXELS,
    MIN_CLIP_FRAMES,
    MIN_CLIPS,
    MIN_OWN_FRAMES,
    MIN_SIDE,
    OWN_CLIP_SECONDS,
    OWN_CLIP_SIDE,
    OWN_FRAMES,
    Refusal,
    left_out,
    mib,
)
from tgan_demo.engine.draw.model import Model
from tgan_demo.errors import ConfigError, DataError

KEPT_FRAMES, KEPT_SIDE = 32, 128  # of a clip that is kept as it came
SUFFIXES = (".mp4", ".m4v", ".mov", ".webm", ".mkv", ".avi", ".3gp", ".gif", ".apng")
_MOVABLE = (".gif", ".webp", ".png")  # stills and animations share these
FRAMES_FPS = 25  # that a folder of still frames is taken to be shown at
_STILL = 2  # of 255; what never differs more does not move
_QUICKEST_S, _USUAL_S = 0.011, 0.1  # browsers show a frame for 0.1 s that asks for 10 ms or less
_TINY_S = 1e-6
_STUCK = 0.1  # of all frames: so many may come no later than the one before
_WIDEST = 4.0  # no pixel is that many times as wide as high
# the only decoders that a film gets to try; libav knows some 250
_CODECS = (
    *("h264", "hevc", "av1", "vp8", "vp9", "mpeg4", "mpeg1video", "mpeg2video", "h263", "theora"),
    *("msmpeg4v2", "msmpeg4v3", "wmv1", "wmv2", "dvvideo", "cinepak", "svq1", "svq3", "mjpeg"),
    *("prores", "dnxhd", "cfhd", "ffv1", "huffyuv", "ffvhuff", "utvideo", "magicyuv", "qtrle"),
    *("png", "gif", "rawvideo"),
)
_WITH_ALPHA = {"vp8": "libvpx", "vp9": "libvpx-vp9"}  # libav's own decoders see no alpha in these
_PILLOW_COST = 4  # a pixel of an animated picture takes as long as so many of a film; measured
_PROBED_PIXELS = 40 * 10**6  # 8K is still read from a header, so that we can name it
_MAX_SAMPLES = 10**7  # in an MP4's tables, 45 bytes each in memory; 60 s of plain sound are 3 M
_THREADS = 2
_HEAD = 512  # bytes that tell what a file is
_ANIMATED = ("GIF", "WEBP", "PNG")  # the only decoders that Pillow gets to try
_STILL_BRANDS = (b"avif", b"heic", b"heix", b"heim", b"heis", b"mif1")
_BOXES = (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot")  # a QuickTime file's first
_PLAYLISTS = ("#extm3u", "ffconcat", "file ", "[playlist]", "<mpd", "v=0")


@dataclass(slots=True)
class Gathered:
    """What came out of a pile of files."""

    clips: list[np.ndarray] = field(default_factory=list)  # uint8 (T, H, W, 3) each
    names: list[str] = field(default_factory=list)  # where each came from
    notes: list[str] = field(default_factory=list)  # for each, what was done to it, "" for nothing
    refused: list[Refusal] = field(default_factory=list)


class ClipError(DataError):
    """One clip cannot be used; the others may be."""

    def __init__(self, name: str, reason: str, remedy: str) -> None:
        super().__init__(name, reason, remedy)  # as they came, so that it can be pickled
        self.reason = reason  # completes "x.mp4: ..."

    def __str__(self) -> str:
        name, reason, remedy = self.args
        return f"wanted a clip; got {name[-60:]}: {reason}; {remedy}"


def are_clips(paths: Sequence[Path | str]) -> bool:
    """Whether most of the files, looked for in zips too, are called as clips are.

    A loose GIF, WebP or PNG counts when it moves; in a zip, a GIF counts by its name. A zip of
    still frames looks as a zip of pictures does: only the person knows, and it is False here.
    """
    found: list[bool] = []
    for path in map(Path, paths):
        if archive.is_zip(path):
            found += [Path(name).suffix.lower() in SUFFIXES for name in archive.names(path)]
        elif path.suffix.lower() in _MOVABLE and path.is_file():
            found.append(_moves(path))
        else:
            found.append(path.suffix.lower() in SUFFIXES)
    return sum(found) > len(found) / 2


def load(
    paths: Sequence[Path],
    *,
    frames: int = OWN_FRAMES,
    side: int = OWN_CLIP_SIDE,
    seconds: float = OWN_CLIP_SECONDS,
    name: str = "my clips",
) -> tuple[Dataset, list[Refusal]]:
    """A data set of a person's clips, without labels, and what was left out.

    A zip among the files is looked into.

    Args:
        frames: T of every clip.
        side: H and W of every clip, pixels.
        seconds: about what one clip shows; a longer file is cut into up to MAX_CUTS clips.

    Raises:
        DataError: fewer than MIN_CLIPS could be used, or more came than we take.
    """
    gathered = preview(paths, frames=frames, side=side, seconds=seconds)
    count = len(gathered.clips)
    if count < MIN_CLIPS:
        raise DataError(
            f"training takes from {MIN_CLIPS} clips; got {count} that can be used; "
            f"add {MIN_CLIPS - count} or more, a zip of them, or longer ones: a file gives a clip "
            f"for every {seconds:g} s, up to {MAX_CUTS}.{left_out(gathered.refused)}"
        )
    dataset = Dataset(
        name=name,
        items=np.stack(gathered.clips),
        licence="the uploader's own",
        source=f"{count} uploaded clips",
        modality="video",
    )
    return dataset, gathered.refused


def preview(
    paths: Sequence[Path],
    *,
    frames: int = OWN_FRAMES,
    side: int = OWN_CLIP_SIDE,
    seconds: float = OWN_CLIP_SECONDS,
    limit: int | None = None,
) -> Gathered:
    """Every usable clip, fitted, and every refusal; stops after `limit` clips.

    Raises:
        DataError: the whole is beyond a bound, or the size asked for is.
    """
    _check_size(frames, side, seconds)
    gathered, tally = Gathered(), _Tally()
    room = min(MAX_CLIPS, MAX_ITEM_BYTES // (frames * side * side * 3))
    for name, found in _contents(paths, side, tally):
        if isinstance(found, Refusal):
            gathered.refused.append(found)
            continue
        try:
            reel = found if isinstance(found, _Reel) else _watch(found, name, side, tally)
        except ClipError as error:
            gathered.refused.append(Refusal(name, error.reason))
            continue
        cuts = _cuts(reel, frames, seconds)
        for k, (clip, note) in enumerate(cuts):
            if len(gathered.clips) >= room:
                raise DataError(
                    f"{frames} frames of {side}x{side} take up to {room:,} clips; bring fewer"
                )
            gathered.clips.append(clip)
            gathered.names.append(name if len(cuts) == 1 else f"{name} ({k + 1} of {len(cuts)})")
            gathered.notes.append(note)
            if limit is not None and len(gathered.clips) >= limit:
                return gathered
    return gathered


def read(
    source: Path | str | bytes,
    name: str = "",
    *,
    frames: int = OWN_FRAMES,
    side: int = OWN_CLIP_SIDE,
    seconds: float = OWN_CLIP_SECONDS,
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
        reel = _watch(io.BytesIO(source), name or "the clip", side, _Tally(), until_s=until_s)
        return _cuts(reel, frames, seconds)[0][0]
    path = Path(source)
    name = name or path.name
    if archive.is_zip(path):
        gathered = preview([path], frames=frames, side=side, seconds=seconds, limit=1)
        if not gathered.clips:
            said = f": {gathered.refused[0]}" if gathered.refused else ""
            raise ClipError(name, f"no clip in it that we read{said}", "zip the clips anew")
        return gathered.clips[0]
    try:
        with path.open("rb") as file:
            reel = _watch(file, name, side, _Tally(), until_s=until_s)
    except OSError as error:
        raise ClipError(name, "cannot be read", "pick the file again") from error
    return _cuts(reel, frames, seconds)[0][0]


def read_file(path: Path) -> np.ndarray:
    """One clip, uint8 (KEPT_FRAMES, KEPT_SIDE, KEPT_SIDE, 3). Raises DataError."""
    return read(path, frames=KEPT_FRAMES, side=KEPT_SIDE)


def decode(content: bytes, name: str, model: Model) -> tuple[np.ndarray, str]:
    """See contract.Bring."""
    _, frames, side, _ = model.config.shape
    return fit(model, read(content, name, frames=frames, side=max(side, MIN_SIDE))), ""


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
    """See contract.Bring."""
    colours, frames, height, width = model.config.shape
    return check_array(item, np.uint8, (frames, height, width, colours), "a clip")


def resampled(clip: np.ndarray, frames: int, side: int) -> np.ndarray:
    """A clip, uint8 (T', H', W', 3 or 1), as (frames, side, side, 3): its middle square."""
    assert clip.dtype == np.uint8 and clip.ndim == 4 and clip.shape[3] in (1, 3), clip.shape
    assert len(clip), "a clip without frames"
    chosen = clip[(np.arange(frames) * 2 + 1) * len(clip) // (2 * frames)]
    if chosen.shape[1:3] != (side, side):
        chosen = np.stack([_fit(frame, side) for frame in chosen])
    return np.repeat(chosen, 3, axis=3) if chosen.shape[3] == 1 else chosen


@dataclass(slots=True)
class _Tally:
    """What all files together took so far."""

    num_bytes: int = 0
    num_pixels: int = 0

    def add(self, *, num_bytes: int = 0, num_pixels: int = 0) -> None:
        self.num_bytes += num_bytes
        self.num_pixels += num_pixels
        if self.num_bytes > MAX_TOTAL_CLIP_BYTES:
            raise DataError(
                f"all clips together may hold {mib(MAX_TOTAL_CLIP_BYTES)}; these hold more; "
                "cut them shorter or bring fewer"
            )
        if self.num_pixels > MAX_TOTAL_CLIP_PIXELS:
            raise DataError(
                f"all frames together may have {MAX_TOTAL_CLIP_PIXELS // 10**6:,} million pixels; "
                "these have more; make them smaller first, or bring fewer"
            )


@dataclass(slots=True)
class _Reel:
    """The beginning of one file, frame by frame, each fitted."""

    name: str
    side: int
    tally: _Tally
    until_s: float = MAX_CLIP_SECONDS
    frames: list[np.ndarray] = field(default_factory=list)  # uint8 (side, side, 3)
    starts_s: list[float] = field(default_factory=list)  # when each is shown, ascending from 0
    end_s: float = 0.0  # of the last
    size: tuple[int, int] = (0, 0)  # width and height as shown
    num_pixels: int = 0  # decoded
    is_full: bool = False  # more is there that we did not read
    is_damaged: bool = False
    remarks: list[str] = field(default_factory=list)

    def has_room(self, start_s: float, size: tuple[int, int], *, cost: int = 1) -> bool:
        """Whether to take this frame; counts its pixels, which are paid for by then, `cost` times.

        Raises:
            ClipError: one frame is larger than we read.
        """
        _check_pixels(self.name, *size)
        pixels = size[0] * size[1] * cost
        self.tally.add(num_pixels=pixels)
        self.num_pixels += pixels
        self.is_full = (
            start_s >= MAX_CLIP_SECONDS
            or (start_s >= self.until_s and len(self.frames) >= MIN_CLIP_FRAMES)
            or len(self.frames) >= MAX_CLIP_FRAMES
            or self.num_pixels > MAX_CLIP_FILE_PIXELS
        )
        if self.is_full and self.frames:  # it ends where this frame would begin
            self.end_s = max(self.starts_s[-1], min(start_s, self.until_s))
        return not self.is_full

    def add(self, frame: np.ndarray, start_s: float, length_s: float) -> None:
        start_s = max(start_s, self.starts_s[-1] if self.starts_s else 0.0)  # time runs forwards
        self.frames.append(frame)
        self.starts_s.append(start_s)
        self.end_s = start_s + length_s

    def finish(self) -> "_Reel":
        """Itself, timed and remarked upon.

        Raises:
            ClipError: too few frames.
        """
        count = len(self.frames)
        if count < MIN_CLIP_FRAMES:
            reason = f"{count or 'no'} frame{'' if count == 1 else 's'}"
            if self.is_damaged or not count:
                reason = f"damaged or cut short: {reason} of it could be read"
            elif self.is_full:
                reason += f" in its first {MAX_CLIP_SECONDS} s"
            raise ClipError(
                self.name,
                f"{reason}; a clip wants {MIN_CLIP_FRAMES} frames or more",
                "bring a longer one",
            )
        # a last frame that is said to last for an hour does not
        self.end_s = min(self.end_s, max(MAX_CLIP_SECONDS, self.starts_s[-1]))
        if self.end_s <= self.starts_s[-1]:  # how long the last is shown is not always told
            self.end_s = self.starts_s[-1] * count / (count - 1) or count / FRAMES_FPS
        if (np.diff(self.starts_s) <= 0).sum() > _STUCK * count:  # H.264 in an AVI, for one
            self.remarks.append("its times make no sense: taken as evenly spread")
            self.starts_s = [k * self.end_s / count for k in range(count)]
        if self.is_full:
            self.remarks.insert(0, f"only its first {self.end_s:.3g} s were read")
        elif self.is_damaged:
            self.remarks.insert(0, f"damaged or cut short: {self.end_s:.3g} s of it could be read")
        if self.size[0] != self.size[1]:
            self.remarks.append("cut to the middle square")
        return self


def _watch(
    file: BinaryIO, name: str, side: int, tally: _Tally, *, until_s: float = MAX_CLIP_SECONDS
) -> _Reel:
    num_bytes = file.seek(0, io.SEEK_END)
    if not num_bytes:
        raise ClipError(name, "empty", "export it anew")
    if num_bytes > MAX_CLIP_BYTES:
        raise ClipError(
            name,
            f"{mib(num_bytes)} is more than {mib(MAX_CLIP_BYTES)}",
            "cut it shorter, or save it smaller",
        )
    tally.add(num_bytes=num_bytes)
    file.seek(0)
    head = file.read(_HEAD)
    kind = _kind(head, name)
    file.seek(0)
    reel = _Reel(name, side, tally, min(until_s, MAX_CLIP_SECONDS))
    if kind == "still":
        raise _still(name)
    if kind == "animated":
        _unroll(file.read(), reel)
    else:
        _decode(file, kind, reel)
    reel.is_damaged |= _is_cut_short(head, num_bytes)
    return reel.finish()


def _kind(head: bytes, name: str) -> str:
    """What a file is by its first bytes: a demuxer of libav, "animated" (perhaps), or "still"."""
    box = head[4:8]
    if box == b"ftyp" and head[8:12] in _STILL_BRANDS:
        return "still"
    if box in _BOXES and head[0] < 9:  # the size before it, not text
        return "mov"
    if head.startswith(b"\x1a\x45\xdf\xa3"):
        return "matroska"
    if head.startswith(b"RIFF") and head[8:12] == b"AVI ":
        return "avi"
    if head.startswith((b"GIF87a", b"GIF89a", b"\x89PNG\r\n\x1a\n")) or (
        head.startswith(b"RIFF") and head[8:12] == b"WEBP"
    ):
        return "animated"
    if head.startswith((b"\xff\xd8\xff", b"II*\0", b"MM\0*")) or (
        head.startswith(b"BM") and head[6:10] == b"\0\0\0\0"
    ):
        return "still"
    if head.startswith((b"ID3", b"fLaC")) or head[8:12] == b"WAVE":
        raise _silent_film(name)
    if _is_text(head):
        words = head.decode("utf-8", "ignore").lstrip("\ufeff \r\n\t").lower()
        if words.startswith(_PLAYLISTS):
            reason = "a playlist, which points to other files; these are not opened"
            raise ClipError(name, reason, "bring the clips themselves")
        raise ClipError(name, "text, not a clip", f"bring {CLIP_KINDS}")
    raise ClipError(name, f"not a clip that we read ({CLIP_KINDS})", "save it as MP4")


def _is_text(head: bytes) -> bool:
    is_plain = not re.search(rb"[^\t\n\r\f\x1b -\xff]", head)
    # up to three bytes of a letter may lie behind the cut
    return is_plain and len(head) - len(head.decode("utf-8", "ignore").encode()) < 4


def _is_cut_short(head: bytes, num_bytes: int) -> bool:
    """Whether a RIFF or Matroska file says that it is longer; decoders take its end as it comes."""
    if head.startswith(b"RIFF"):
        return num_bytes < int.from_bytes(head[4:8], "little") + 8
    at = head.find(b"\x18\x53\x80\x67") + 4  # the one element that holds all others
    if not head.startswith(b"\x1a\x45") or at < 4 or not head[at : at + 1] or not head[at]:
        return False
    length = 9 - head[at].bit_length()  # as many bytes as there are leading noughts, and one
    size = int.from_bytes(head[at : at + length], "big") & (1 << 7 * length) - 1
    is_known = size != (1 << 7 * length) - 1
    return is_known and num_bytes < at + length + size


def _unroll(content: bytes, reel: _Reel) -> None:
    """Frames of an animated GIF, WebP or PNG."""
    name = reel.name
    try:
        image = Image.open(io.BytesIO(_whole(content)), formats=_ANIMATED)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise _too_large(name, "more pixels than") from None
    except Exception as error:  # a decoder fed foreign bytes may raise anything
        raise _damaged(name) from error
    with image:
        _check_pixels(name, *image.size)
        reel.size = image.size
        if not _is_animated(image):
            raise _still(name)
        # a GIF does not say how many there are
        stated = getattr(image, "n_frames", 0) if image.format != "GIF" else 0
        k = 1 if getattr(image, "default_image", False) else 0  # shown where animation is unknown
        now_s = 0.0
        while k != stated or not stated:
            try:
                image.seek(k)
                image.load()
                asked_s = float(image.info.get("duration", 0)) / 1000
                frame = pictures.fit(image.copy(), (reel.side, reel.side), 3)
            except EOFError:
                reel.is_damaged = k < stated
                break
            except Exception:  # likewise, in the middle of a damaged file
                reel.is_damaged = True
                break
            if not reel.has_room(now_s, image.size, cost=_PILLOW_COST):
                break
            length_s = asked_s if asked_s >= _QUICKEST_S else _USUAL_S
            reel.add(frame, now_s, length_s)
            now_s += length_s
            k += 1


def _whole(content: bytes) -> bytes:
    """A WebP that was cut short, without its last, broken part; libwebp opens no other."""
    if content[:4] != b"RIFF" or not _is_cut_short(content[:_HEAD], len(content)):
        return content
    end = 12
    while end + 8 <= len(content):
        size = struct.unpack_from("<I", content, end + 4)[0]
        if end + 8 + size > len(content):
            break
        end += 8 + size + size % 2
    return content[:4] + struct.pack("<I", end - 8) + content[8:end]


def _is_animated(image: Image.Image) -> bool:
    try:
        return bool(getattr(image, "is_animated", False))
    except Exception:  # likewise
        return False


def _moves(path: Path) -> bool:
    """Whether a picture file has more than one frame."""
    try:
        with path.open("rb") as file, Image.open(file, formats=_ANIMATED) as image:
            return _is_animated(image)
    except Exception:  # likewise
        return False


def _decode(file: BinaryIO, kind: str, reel: _Reel) -> None:
    """Frames of a film."""
    name = reel.name
    try:
        import av
        from av.video.reformatter import VideoReformatter
    except ImportError as error:
        label = {"mov": "MP4", "matroska": "WebM", "avi": "AVI"}[kind]
        reason = f"reading {label} wants PyAV: pip install av"
        raise ClipError(name, reason, "or save it as an animated GIF or WebP") from error
    if kind == "mov":
        reel.is_damaged = _check_tables(file, name)
    try:
        container = av.open(
            _Nameless(file),
            format=kind,
            metadata_errors="ignore",
            io_open=_open_nothing,
            options={
                "protocol_whitelist": "none",
                "format_whitelist": "mov,matroska,webm,avi",
                "max_pixels": str(_PROBED_PIXELS),
            },
        )
    except Exception as error:  # likewise
        raise _damaged(name) from error
    with container:
        stream = _pictures(container, name)
        decoder = _decoder(stream)
        ratio = float(stream.sample_aspect_ratio or 1)  # a pixel's width by its height
        ratio = ratio if 1 / _WIDEST < ratio < _WIDEST else 1.0
        tick_s = float(stream.time_base or 0)  # the last frames do not know their own
        step_s = 1 / float(stream.average_rate or FRAMES_FPS)
        scaler, zero_s = VideoReformatter(), None
        for frame in _shown(container, stream, decoder, reel):
            since_s = frame.pts * tick_s if frame.pts is not None else None
            if zero_s is None:
                zero_s = since_s or 0.0
            start_s = len(reel.frames) * step_s if since_s is None else since_s - zero_s
            if not reel.has_room(start_s, (frame.width, frame.height)):
                break
            reel.size = (round(frame.width * ratio), frame.height)
            try:
                small = _small(scaler, frame, reel.size, reel.side)
            except Exception:  # likewise: pixels in a form that the scaler does not know
                reel.is_damaged = True
                continue
            reel.add(small, start_s, max(0, frame.duration or 0) * tick_s)


class _Nameless:
    """A file whose name libav does not learn, and cannot take for an address."""

    def __init__(self, file: BinaryIO) -> None:
        self.read, self.seek, self.tell = file.read, file.seek, file.tell


def _open_nothing(url: str, flags: int, options: dict[str, str]) -> BinaryIO:
    raise PermissionError("a clip opens no other file")


def _pictures(container: Any, name: str) -> Any:
    """The stream to watch, within bounds as far as its header says."""
    from av.stream import Disposition

    streams = [s for s in container.streams.video if not s.disposition & Disposition.attached_pic]
    if not streams:
        raise _silent_film(name) if container.streams.audio else _damaged(name)
    stream = streams[0]
    codec = stream.codec_context.codec.canonical_name if stream.codec_context else "unknown"
    if codec not in _CODECS:
        raise ClipError(
            name,
            f"its pictures are packed in a way that we do not open ({codec})",
            "save it as MP4 with H.264",
        )
    _check_pixels(name, stream.width or 0, stream.height or 0)
    return stream


def _decoder(stream: Any) -> Any:
    """What turns packets into frames: two threads, no frame beyond our bound."""
    import av

    decoder, codec = stream.codec_context, stream.codec_context.codec.canonical_name
    if stream.metadata.get("alpha_mode") == "1" and codec in _WITH_ALPHA:
        try:
            decoder = av.CodecContext.create(_WITH_ALPHA[codec], "r")
        except (ValueError, LookupError, av.FFmpegError):  # a libav without it: alpha is not seen
            decoder = stream.codec_context
    decoder.thread_type, decoder.thread_count = "AUTO", _THREADS
    decoder.options = {"max_pixels": str(MAX_CLIP_PIXELS)}
    return decoder


def _shown(container: Any, stream: Any, decoder: Any, reel: _Reel) -> Iterator[Any]:
    """Every frame that can be decoded, in the order they are shown."""
    packets = container.demux(stream)
    for _ in range(4 * MAX_CLIP_FRAMES):  # packets that give no frame cost time, too
        try:
            packet = next(packets, None)
        except Exception:  # likewise
            reel.is_damaged, packet = True, None
        if packet is not None and not packet.size:  # an AVI's dropped frame; would end the decoding
            continue
        try:
            frames = decoder.decode(packet)
        except Exception:  # likewise
            reel.is_damaged, frames = True, []
        for frame in frames:
            if frame.is_corrupt:
                reel.is_damaged = True
            else:
                yield frame
        if packet is None:
            return
    reel.is_full = True


def _small(scaler: Any, frame: Any, size: tuple[int, int], side: int) -> np.ndarray:
    """The middle square of a decoded frame, turned as the camera was held.

    Reduced to four times the side before it leaves libav: a tenth of the time of full pixels.
    """
    scale = min(1.0, 4 * side / min(size))
    has_alpha = any(component.is_alpha for component in frame.format.components)
    reduced = scaler.reformat(
        frame,
        width=max(1, round(size[0] * scale)),
        height=max(1, round(size[1] * scale)),
        format="rgba" if has_alpha else "rgb24",
        interpolation="AREA",
        threads=1,
    )
    return np.rot90(_fit(reduced.to_ndarray(), side), round(frame.rotation / 90)).copy()


def _fit(frame: np.ndarray, side: int) -> np.ndarray:
    """The middle square of (H, W, C) at one side, transparency on the ground of `pictures`."""
    channels = 1 if frame.shape[2] == 1 else 3
    image = Image.fromarray(np.ascontiguousarray(frame[..., 0] if channels == 1 else frame))
    return pictures.fit(image, (side, side), channels)


def _check_tables(file: BinaryIO, name: str) -> bool:
    """Bound an MP4's tables, of which libav unfolds every line: 100 bytes can ask for gigabytes.

    Returns:
        Whether the file ends before its last part does.
    """
    samples, edits, at = 0, 1, 0
    num_bytes = file.seek(0, io.SEEK_END)
    while at + 8 <= num_bytes:
        file.seek(at)
        size, kind = struct.unpack(">I4s", file.read(8))
        start = at + 8
        if size == 1 and start + 8 <= num_bytes:
            size, start = struct.unpack(">Q", file.read(8))[0], start + 8
        end = at + size if size else num_bytes
        if end < start:
            break
        if kind != b"mdat":
            table = file.read(min(end, num_bytes) - start)
            for found in re.finditer(b"stsz|trun|elst|cmov", table):
                word, rest = found[0], table[found.end() : found.end() + 12].ljust(12, b"\0")
                flags, first, second = struct.unpack(">III", rest)
                if word == b"cmov":  # tables packed with zlib, out of sight
                    raise _damaged(name)
                if word == b"elst":
                    edits = max(edits, first)
                else:  # frames of a fragment that tell nothing of themselves take no bytes
                    samples += second if word == b"stsz" else 0 if flags & 0xF00 else first
        at = end
    file.seek(0)
    if samples * edits > _MAX_SAMPLES:
        raise ClipError(
            name,
            f"its tables list {samples * edits:,} samples; {_MAX_SAMPLES:,} are read",
            "save it anew as MP4",
        )
    return at > num_bytes


def _cuts(reel: _Reel, frames: int, seconds: float) -> list[tuple[np.ndarray, str]]:
    """(uint8 (T, H, W, 3), the note) of each stretch of about `seconds`, spread over the reel.

    A frame of a clip is the one on screen in the middle of its share of the stretch.
    """
    pile, starts_s = np.stack(reel.frames), np.array(reel.starts_s)
    # of a slide show, as long as MIN_CLIP_FRAMES last
    length_s = max(seconds, MIN_CLIP_FRAMES * reel.end_s / len(pile))
    whole = max(1, round(reel.end_s / length_s))
    count = min(whole, MAX_CUTS)
    if whole == count:
        length_s = reel.end_s / count
    cuts: list[tuple[np.ndarray, str]] = []
    for begin_s in np.linspace(0, reel.end_s - length_s, count):
        middles_s = begin_s + (np.arange(frames) + 0.5) * length_s / frames
        # a rounding must not decide where a middle meets a frame's start
        chosen = np.maximum(0, np.searchsorted(starts_s, middles_s + _TINY_S) - 1)
        first, behind = np.searchsorted(starts_s, [begin_s + _TINY_S, begin_s + length_s - _TINY_S])
        there, used = int(behind - max(0, first - 1)), len(np.unique(chosen))
        notes = list(reel.remarks)
        if count > 1:
            end_s = begin_s + length_s
            notes.append(f"{begin_s:.3g} to {end_s:.3g} s of {reel.end_s:.3g} s")
        if used < frames:
            notes.append(f"{used} frames shown as {frames}")
        elif used < there:
            notes.append(f"{used} of {there} frames kept")
        clip = pile[chosen]
        if (clip.max(axis=0) - clip.min(axis=0)).max() <= _STILL:
            notes.append("nothing moves in it")
        cuts.append((clip, "; ".join(notes)))
    return cuts


def _contents(
    paths: Sequence[Path], side: int, tally: _Tally
) -> Iterator[tuple[str, BinaryIO | Refusal | _Reel]]:
    """(name, open file, why not, or frames) of every file, and of all that a zip holds."""
    if len(paths) > MAX_CLIPS:
        raise DataError(f"at most {MAX_CLIPS:,} files; got {len(paths):,}; bring fewer")
    for path in map(Path, paths):
        if archive.is_zip(path):
            yield from _unpacked(path, side, tally)
            continue
        try:
            file = path.open("rb")
        except OSError:
            yield path.name, Refusal(path.name, "cannot be read")
            continue
        with file:
            yield path.name, file


def _unpacked(
    path: Path, side: int, tally: _Tally
) -> Iterator[tuple[str, BinaryIO | Refusal | _Reel]]:
    """Clips of a zip in the order of its listing, then its folders of still frames by name."""
    folders: dict[str, list[tuple[str, str, np.ndarray]]] = {}  # of (whole name, label, frame)
    room = MAX_ITEM_BYTES // (side * side * 3)
    # labels are shortened; two folders, or two frames of one, may look the same
    for whole, (label, content) in zip(archive.names(path), archive.members(path), strict=False):
        if isinstance(content, Refusal):
            yield label, content
            continue
        if not _is_frame(content):
            yield label, io.BytesIO(content)
            continue
        try:
            image = pictures.open_picture(content)
            _check_pixels(label, *image.size)
            tally.add(num_bytes=len(content), num_pixels=image.width * image.height)
            frame = pictures.fit(image, (side, side), 3)
        except ClipError as error:
            yield label, Refusal(label, error.reason)
            continue
        except pictures.PictureError as error:
            yield label, Refusal(label, str(error))
            continue
        room -= 1
        if room < 0:
            raise DataError(
                f"the frames of {path.name} take more than {mib(MAX_ITEM_BYTES)} at {side}x{side}; "
                "bring fewer"
            )
        whole = whole.replace("\\", "/")
        folders.setdefault(whole.rpartition("/")[0], []).append((whole, label, frame))
    for folder in sorted(folders, key=_natural):
        found = sorted(folders[folder], key=lambda one: _natural(one[0]))
        label = found[0][1]
        if len(found) == 1:
            yield label, Refusal(label, _still(label).reason)
            continue
        parent = str(PurePosixPath(label.replace("\\", "/")).parent)
        name = path.name if not folder else parent if parent != "." else folder[-60:]
        reel = _Reel(name, side, tally, size=(side, side))
        for k, (_, _, frame) in enumerate(found[:MAX_CLIP_FRAMES]):
            reel.add(frame, k / FRAMES_FPS, 1 / FRAMES_FPS)
        if len(found) > MAX_CLIP_FRAMES:
            reel.remarks.append(f"only its first {MAX_CLIP_FRAMES:,} frames were used")
        try:
            yield name, reel.finish()
        except ClipError as error:
            yield name, Refusal(name, error.reason)


def _is_frame(content: bytes) -> bool:
    """Whether a member of a zip is a still picture."""
    try:
        kind = _kind(content[:_HEAD], "")
        if kind != "animated":
            return kind == "still"
        with Image.open(io.BytesIO(content), formats=_ANIMATED) as image:
            return not _is_animated(image)
    except Exception:  # whoever opens it next says what is wrong
        return False


def _natural(name: str) -> tuple[list[object], str]:
    """A key to sort by: frame2 before frame10. Digits are compared by their count, then as text."""
    parts: list[object] = re.split(r"([0-9]+)", name.lower())
    for k in range(1, len(parts), 2):
        digits = str(parts[k]).lstrip("0")
        parts[k] = (len(digits), digits)
    return parts, name


def _check_pixels(name: str, width: int, height: int) -> None:
    if width * height > MAX_CLIP_PIXELS:
        raise _too_large(name, f"{width}x{height} a frame is more than")


def _too_large(name: str, found: str) -> ClipError:
    width, height = MAX_CLIP_SIZE
    return ClipError(
        name, f"{found} {width}x{height}", "make it smaller first; 640x360 is more than enough"
    )


def _still(name: str) -> ClipError:
    return ClipError(
        name,
        f"a still picture; a clip wants {MIN_CLIP_FRAMES} frames or more",
        "bring a film, an animated picture, or a zip with a folder of its frames",
    )


def _silent_film(name: str) -> ClipError:
    return ClipError(name, "sound only; there are no pictures in it", "bring a film")


def _damaged(name: str) -> ClipError:
    return ClipError(
        name, f"not a clip that we read ({CLIP_KINDS}), or damaged", "save it anew as MP4"
    )


def _check_size(frames: int, side: int, seconds: float) -> None:
    if not MIN_OWN_FRAMES <= frames <= MAX_OWN_FRAMES:
        raise DataError(
            f"clips may have {MIN_OWN_FRAMES} to {MAX_OWN_FRAMES} frames; got {frames}; "
            f"ask for {OWN_FRAMES}"
        )
    if not MIN_SIDE <= side <= MAX_SIDE:
        raise DataError(
            f"clips are fitted to {MIN_SIDE} to {MAX_SIDE} pixels a side; got {side}; "
            f"ask for {OWN_CLIP_SIDE}"
        )
    if not 0 < seconds <= MAX_CLIP_SECONDS:
        raise DataError(
            f"clips show up to {MAX_CLIP_SECONDS} s each; got {seconds:g}; "
            f"ask for {OWN_CLIP_SECONDS:g}"
        )
