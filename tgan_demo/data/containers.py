"""MP4, Matroska, AVI and AAC opened by PyAV: bounded before libav sees them, and opening no other file."""

import functools
import io
import re
import struct
from pathlib import Path
from typing import Any, BinaryIO

from tgan_demo.data import archive
from tgan_demo.parts import Upload

EITHER = (".webm", ".mkv", ".mp4", ".m4v", ".mov", ".3gp")  # suffixes of films, and of sound alone
BOXES = (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot")  # a QuickTime file's first
_HEAD = 512  # bytes that tell which it is
_PROBED_PIXELS = 40 * 10**6  # 8K is still read from a header, so that we can name it
_MAX_SAMPLES = 10**7  # in an MP4's tables, 45 bytes each in memory; 60 s of plain sound are 3 M


class ContainerError(Exception):
    """It is damaged, or asks for too much."""

    def __init__(self, reason: str = "", remedy: str = "") -> None:
        super().__init__(reason, remedy)
        self.reason, self.remedy = reason, remedy  # "": damaged


def kind_of(head: bytes) -> str:
    """The demuxer of libav for a file that begins so; "" for other files."""
    if head[4:8] in BOXES and head[0] < 9:  # the size before it, not text
        return "mov"
    if head.startswith(b"\x1a\x45\xdf\xa3"):
        return "matroska"
    if head.startswith(b"RIFF") and head[8:12] == b"AVI ":
        return "avi"
    # twelve ones and "layer 0" open every frame of AAC
    return "aac" if int.from_bytes(head[:2], "big") & 0xFFF6 == 0xFFF0 else ""


def opened(file: BinaryIO, kind: str) -> tuple[Any, bool]:
    """libav's container (av.container.InputContainer), and whether the file ends before it should.

    Raises:
        ContainerError: it cannot be opened.
    """
    import av  # 40 MiB of libraries, which only who opens a film or a sound needs

    is_short = _check_tables(file) if kind == "mov" else False
    num_bytes = file.seek(0, io.SEEK_END)
    file.seek(0)
    is_short |= is_cut_short(file.read(_HEAD), num_bytes)
    file.seek(0)
    try:
        container = av.open(
            _Nameless(file),
            format=kind,
            metadata_errors="ignore",
            io_open=open_nothing,
            options={
                "protocol_whitelist": "none",
                "format_whitelist": "mov,matroska,webm,avi,aac",
                "max_pixels": str(_PROBED_PIXELS),
            },
        )
    except Exception as error:  # a decoder fed foreign bytes may raise anything
        raise ContainerError from error
    return container, is_short


def films_of(container: Any) -> list[Any]:
    """Its streams of pictures, without the cover of an album."""
    from av.stream import Disposition

    streams = container.streams.video
    return [stream for stream in streams if not stream.disposition & Disposition.attached_pic]


def num_sounds(upload: Upload) -> int:
    """How many of the files that by their names may be films are sound alone.

    Of a zip one such file is looked at, which speaks for the others.
    """
    count = sum(_is_sound(path) for path in upload.loose if path.name.lower().endswith(EITHER))
    packed = sum(name.lower().endswith(EITHER) for name in upload.packed)
    return count + (packed if packed and all(map(_is_sound, upload.zips)) else 0)


def is_cut_short(head: bytes, num_bytes: int) -> bool:
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


class _Nameless:
    """A file whose name libav does not learn, and cannot take for an address."""

    def __init__(self, file: BinaryIO) -> None:
        self.read, self.seek, self.tell = file.read, file.seek, file.tell


def open_nothing(url: str, flags: int, options: dict[str, str]) -> BinaryIO:
    raise PermissionError("a file that somebody brought opens no other")


def _is_sound(path: Path) -> bool:
    try:
        return _sounds(path, path.stat().st_mtime)
    except OSError:
        return False


@functools.lru_cache(maxsize=4096)  # asked when files come and when they are kept
def _sounds(path: Path, changed: float) -> bool:
    """Whether a file, or a zip's first that may be a film, has sound and no pictures."""
    try:
        if not archive.is_zip(path):
            with path.open("rb") as file:
                return _has_only_sound(file)
        films = [name for name in archive.names(path) if name.lower().endswith(EITHER)]
        for _, content in archive.members(path, wanted=[archive.base_name(name) for name in films]):
            if isinstance(content, bytes):
                return _has_only_sound(io.BytesIO(content))
        return not films  # nothing against it
    except Exception:  # whoever reads it next says what is wrong
        return False


def _has_only_sound(file: BinaryIO) -> bool:
    kind = kind_of(file.read(_HEAD))
    if not kind:
        return False
    container, _ = opened(file, kind)
    with container:
        return bool(container.streams.audio) and not films_of(container)


def _check_tables(file: BinaryIO) -> bool:
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
                    raise ContainerError
                if word == b"elst":
                    edits = max(edits, first)
                else:  # frames of a fragment that tell nothing of themselves take no bytes
                    samples += second if word == b"stsz" else 0 if flags & 0xF00 else first
        at = end
    file.seek(0)
    if samples * edits > _MAX_SAMPLES:
        raise ContainerError(
            f"its tables list {samples * edits:,} samples; {_MAX_SAMPLES:,} are read",
            "save it anew as MP4",
        )
    return at > num_bytes
