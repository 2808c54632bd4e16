"""What a file is by its first bytes, whatever it is called: a film, animated, still, or none of these."""

import functools
import io
import re
import struct
from pathlib import Path

from PIL import Image

from tgan_demo.data import limits
from tgan_demo.modalities.video.refusals import ClipError, silent_film

HEAD = 512  # bytes that tell what a file is
ANIMATED = ("GIF", "WEBP", "PNG")  # the only decoders that Pillow gets to try
_STILL_BRANDS = (b"avif", b"heic", b"heix", b"heim", b"heis", b"mif1")
_BOXES = (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot")  # a QuickTime file's first
_PLAYLISTS = ("#extm3u", "ffconcat", "file ", "[playlist]", "<mpd", "v=0")


def kind(head: bytes, name: str) -> str:
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
        raise silent_film(name)
    if _is_text(head):
        words = head.decode("utf-8", "ignore").lstrip("\ufeff \r\n\t").lower()
        if words.startswith(_PLAYLISTS):
            reason = "a playlist, which points to other files; these are not opened"
            raise ClipError(name, reason, "bring the clips themselves")
        raise ClipError(name, "text, not a clip", f"bring {limits.CLIP_KINDS}")
    raise ClipError(name, f"not a clip that we read ({limits.CLIP_KINDS})", "save it as MP4")


def _is_text(head: bytes) -> bool:
    is_plain = not re.search(rb"[^\t\n\r\f\x1b -\xff]", head)
    # up to three bytes of a letter may lie behind the cut
    return is_plain and len(head) - len(head.decode("utf-8", "ignore").encode()) < 4


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


def whole(content: bytes) -> bytes:
    """A WebP that was cut short, without its last, broken part; libwebp opens no other."""
    if content[:4] != b"RIFF" or not is_cut_short(content[:HEAD], len(content)):
        return content
    end = 12
    while end + 8 <= len(content):
        size = struct.unpack_from("<I", content, end + 4)[0]
        if end + 8 + size > len(content):
            break
        end += 8 + size + size % 2
    return content[:4] + struct.pack("<I", end - 8) + content[8:end]


def is_animated(image: Image.Image) -> bool:
    try:
        return bool(getattr(image, "is_animated", False))
    except Exception:  # a decoder fed foreign bytes may raise anything
        return False


def moves(path: Path) -> bool:
    """Whether a picture file has more than one frame."""
    try:
        return _moves(path, path.stat().st_mtime)
    except OSError:
        return False


@functools.lru_cache(maxsize=4096)  # asked when files come and when they are kept
def _moves(path: Path, changed: float) -> bool:
    try:
        with path.open("rb") as file, Image.open(file, formats=ANIMATED) as image:
            return is_animated(image)
    except Exception:  # likewise
        return False


def is_frame(content: bytes) -> bool:
    """Whether a member of a zip is a still picture."""
    try:
        found = kind(content[:HEAD], "")
        if found != "animated":
            return found == "still"
        with Image.open(io.BytesIO(content), formats=ANIMATED) as image:
            return not is_animated(image)
    except Exception:  # whoever opens it next says what is wrong
        return False
