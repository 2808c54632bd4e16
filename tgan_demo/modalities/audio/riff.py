"""The header of a WAV file made true: streams write sizes before they know them, long files in 64 bits."""

import io
import struct
from typing import BinaryIO

WAVES = (b"RIFF", b"RIFX", b"RF64", b"BW64")
_UNKNOWN = (
    10**9
)  # bytes; no file that we read holds so many, so that a larger size is a placeholder
_MAX_HEADER = 2**20  # bytes in front of the samples: notes, cues, a cover
_LATER = (b"LIST", b"JUNK", b"fact", b"cue ", b"smpl", b"bext", b"id3 ", b"ID3 ", b"PAD ", b"afsp")


def mended(file: BinaryIO) -> BinaryIO:
    """The file itself where its header is true, or else a copy in memory whose header is.

    A size of 0, of 0x7FFFFFFF, of 2,000,000,000 and the like means "to the end". RF64 and BW64 become
    RIFF. The size of a file that was cut short stays: who reads it says so.
    """
    num_bytes = file.seek(0, io.SEEK_END)
    file.seek(0)
    head = file.read(min(num_bytes, _MAX_HEADER))
    file.seek(0)
    if not head.startswith(WAVES) or head[8:12] != b"WAVE":
        return file
    order = ">" if head.startswith(b"RIFX") else "<"
    at, wide = 12, None
    while head[at : at + 4] != b"data" or at + 8 > len(head):
        if at + 8 > len(head):
            return file
        kind, size = struct.unpack_from(order + "4sI", head, at)
        if kind == b"ds64" and at + 24 <= len(head):
            wide = at
        at += 8 + size + size % 2
    size = struct.unpack_from(order + "I", head, at + 4)[0]
    if wide is not None and size == 0xFFFFFFFF:
        size = struct.unpack_from("<Q", head, wide + 16)[0]
    there = num_bytes - at - 8
    is_unknown = size >= _UNKNOWN or (size == 0 and head[at + 8 : at + 12] not in _LATER)
    if not is_unknown and wide is None:
        return file
    content = bytearray(file.read())
    content[:4] = b"RIFX" if order == ">" else b"RIFF"
    struct.pack_into(order + "I", content, 4, num_bytes - 8)
    struct.pack_into(order + "I", content, at + 4, there if is_unknown else size)
    if wide is not None:
        content[wide : wide + 4] = b"JUNK"
    return io.BytesIO(bytes(content))
