"""What a file is by its first bytes, whatever it is called: a film, animated, still, or none of these."""

import functools
import io
import re
import struct
from pathlib import Path

from PIL import Image

from tgan_demo.data import limits
from tgan_demo.data.containers import is_cut_short, kind_of
from tgan_demo.modalities.video.refusals import ClipError, silent_film

HEAD = 512  # bytes that tell what a file is
ANIMATED = ("GIF", "WEBP", "PNG")  # the only decoders that Pillow gets to try
_STILL_BRANDS = (b"avif", b"heic", b"heix", b"heim", b"heis", b"mif1")
_PLAYLISTS = ("#extm3u", "ffconcat", "file ", "[playlist]", "<mpd", "v=0")


def kind(head: bytes, name: str) -> str:
    """What a file is by its first bytes: a demuxer of libav, "animated" (perhaps), or "still"."""
    box = head[4:8]
    if box == b"ftyp" and head[8:12] in _STILL_BRANDS:
        return "still"
    if (film := kind_of(head)) not in ("", "aac"):
        return film
    if head.startswith((b"GIF87a", b"GIF89a", b"\x89PNG\r\n\x1a\n")) or (
        head.startswith(b"RIFF") and head[8:12] == b"WEBP"
    ):
        return "animated"
    if head.startswith((b"\xff\xd8\xff", b"II*\0", b"MM\0*")) or (
        head.startswith(b"BM") and head[6:10] == b"\0\0\0\0"
    ):
        return "still"
    if head.startswith((b"ID3", b"fLaC")) or head[8:12] == b"WAVE" or film:
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
