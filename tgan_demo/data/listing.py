"""A zip's table of contents, judged before `zipfile` builds an object for every line of it."""

import struct
import zipfile
from pathlib import Path
from typing import BinaryIO

from tgan_demo.data.limits import MAX_ENTRIES, MAX_LISTING_BYTES, mib
from tgan_demo.errors import DataError

END, _END64, _LOCATOR64, _LINE = b"PK\x05\x06", b"PK\x06\x06", b"PK\x06\x07", b"PK\x01\x02"
_END_BYTES, _LOCATOR64_BYTES, _END64_BYTES, _LINE_BYTES, _HEADER_BYTES = 22, 20, 56, 46, 30
_MAX_COMMENT = 2**16


def check(path: Path, most_bytes: int) -> None:
    """Bound a zip and its listing, by what is there and not by what it says.

    Raises:
        DataError: more than `most_bytes`, no zip, cut short, or too long a listing.
    """
    num_bytes = path.stat().st_size
    if num_bytes > most_bytes:
        raise DataError(f"a zip may hold {mib(most_bytes)}; {path.name} holds {mib(num_bytes)}")
    with path.open("rb") as file:
        end, length = _end_of(file, num_bytes, path.name)
        if length > MAX_LISTING_BYTES:
            raise _too_long(path.name)
        if length > end:
            raise _damaged(path.name)
        file.seek(end - length)
        _count(file.read(length), path.name)


def overlaps(packed: zipfile.ZipFile) -> bool:
    """Whether two lines of a listing mean the same bytes: a way to unpack them many times over."""
    spans = sorted((entry.header_offset, entry.compress_size) for entry in packed.infolist())
    ends = [start + _HEADER_BYTES + size for start, size in spans]
    starts = [*(start for start, _ in spans[1:]), packed.start_dir]
    return any(end > start for end, start in zip(ends, starts, strict=False))


def _end_of(file: BinaryIO, num_bytes: int, name: str) -> tuple[int, int]:
    """Where the listing ends, and its length."""
    start = max(0, num_bytes - (_END_BYTES + _MAX_COMMENT + _LOCATOR64_BYTES + _END64_BYTES))
    file.seek(start)
    tail = file.read()
    end = tail.rfind(END)
    if end < 0 or len(tail) < end + _END_BYTES:
        raise _damaged(name)
    (length,) = struct.unpack_from("<I", tail, end + 12)
    locator = end - _LOCATOR64_BYTES
    if locator < 0 or not tail.startswith(_LOCATOR64, locator):
        return start + end, length
    (where,) = struct.unpack_from("<Q", tail, locator + 8)  # the 64-bit form overrules
    place = locator - _END64_BYTES
    if place < 0 or where != start + place or not tail.startswith(_END64, place):
        raise _damaged(name)
    (length,) = struct.unpack_from("<Q", tail, place + 40)
    return start + place, length


def _count(lines: bytes, name: str) -> None:
    """Walk the lines as the parser will, no further than we open."""
    place = count = 0
    while place < len(lines):
        if not lines.startswith(_LINE, place) or place + _LINE_BYTES > len(lines):
            raise _damaged(name)
        place += _LINE_BYTES + sum(struct.unpack_from("<HHH", lines, place + 28))
        count += 1
        if count > MAX_ENTRIES:
            raise _too_long(name)


def _damaged(name: str) -> DataError:
    return DataError(f"{name} is a damaged zip (cut short?); zip the files anew")


def _too_long(name: str) -> DataError:
    return DataError(f"a zip may list {MAX_ENTRIES:,} files; {name} lists more; split it")
