"""Our settings inside WebP and WAV files, both RIFF: a chunk of our own at the end, which players pass over.

Source: Microsoft and IBM, Multimedia Programming Interface and Data Specifications 1.0 (1991): chunks of an id,
a length and an even number of bytes; readers skip the ids that they do not know. The same holds for WebP.
"""

import struct

ID = b"tgan"
MAGIC = b"RIFF"


def is_riff(content: bytes) -> bool:
    return content[:4] == MAGIC and content[8:12] in (b"WEBP", b"WAVE")


def with_chunk(content: bytes, data: bytes) -> bytes:
    """The file with `data` in a chunk ID at its end."""
    chunk = ID + struct.pack("<I", len(data)) + data + b"\0" * (len(data) % 2)
    (size,) = struct.unpack("<I", content[4:8])
    return MAGIC + struct.pack("<I", size + len(chunk)) + content[8 : size + 8] + chunk


def chunk(content: bytes) -> bytes | None:
    """What stands in the chunk ID; None without one."""
    at = 12
    while at + 8 <= len(content):
        name, (size,) = content[at : at + 4], struct.unpack("<I", content[at + 4 : at + 8])
        if name == ID:
            return content[at + 8 : at + 8 + size]
        at += 8 + size + size % 2
    return None
