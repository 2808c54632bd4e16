"""Encoded pictures made one size: an untrusted file's bytes -> uint8 (H, W, C).

A header is judged before its pixels are decoded, and only the decoders named in `limits` are tried.

Axes: H, W pixels, C channels (1 grey, 3 RGB).
"""

import io

import numpy as np
from PIL import Image

from tgan_demo.data.gather import Unusable
from tgan_demo.data.limits import FORMATS, KINDS, MAX_PIXELS

_ORIENTATION = 0x0112  # EXIF's tag
_TURNS = {  # its value -> what sets the picture right
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


class PictureError(Unusable):
    """One picture cannot be used; the others may be. Its text is the reason alone."""

    def __init__(self, *why: str) -> None:
        """(reason), or as the others (name, reason, remedy)."""
        super().__init__(*(why if len(why) == 3 else ("", why[0], "")))

    def __str__(self) -> str:
        return self.reason


def open_picture(content: bytes) -> Image.Image:
    """A picture whose header was read and found within bounds; its pixels are not decoded yet."""
    try:
        image = Image.open(io.BytesIO(content), formats=FORMATS)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise PictureError(f"more than {MAX_PIXELS // 10**6} million pixels") from None
    except Exception as error:  # a decoder fed foreign bytes may raise anything
        raise PictureError(f"not a picture we read ({KINDS})") from error
    if image.width * image.height > MAX_PIXELS:
        raise PictureError(
            f"{image.width}x{image.height} is more than {MAX_PIXELS // 10**6} million pixels"
        )
    return image


def fit(image: Image.Image, size: tuple[int, int], channels: int) -> np.ndarray:
    """The middle of a picture at `size` (height, width), uint8 (H, W, C).

    Turned as its EXIF says, first frame, transparency on white, any mode.

    Raises:
        PictureError: the pixels cannot be decoded.
    """
    height, width = size
    try:
        image.seek(0)
        if image.format == "JPEG":  # decodes at a fraction of the size, which is many times faster
            longest = 2 * max(height, width) * max(image.size) // max(1, min(image.size))
            image.draft(None, (longest, longest))
        plain = _plain(_upright(image), "L" if channels == 1 else "RGB")
        scale = min(plain.width / width, plain.height / height)
        left, top = (plain.width - width * scale) / 2, (plain.height - height * scale) / 2
        # floats: the box must not pass the border by a rounding
        box = (
            max(0.0, left),
            max(0.0, top),
            min(plain.width, left + width * scale),
            min(plain.height, top + height * scale),
        )
        small = plain.resize((width, height), Image.Resampling.LANCZOS, box, reducing_gap=3.0)
    except Exception as error:  # a decoder fed foreign bytes may raise anything
        raise PictureError("damaged: its pixels cannot be read") from error
    # a copy: what Pillow lends is read-only, and torch warns about that
    return np.array(small, dtype=np.uint8).reshape(height, width, channels)


def _upright(image: Image.Image) -> Image.Image:
    """Turned as its EXIF says; as it lies where that block is damaged."""
    image.load()  # what is wrong with the pixels is said here
    try:
        turn = _TURNS.get(image.getexif().get(_ORIENTATION, 1))
    except Exception:  # cameras and editors write blocks that no parser survives
        turn = None
    return image if turn is None else image.transpose(turn)


def _plain(image: Image.Image, mode: str) -> Image.Image:
    """Any mode as 8-bit `mode`, transparency on white."""
    if image.mode.startswith("I;16") or image.mode in ("I", "F"):
        values = np.asarray(image, dtype=np.float32)
        low, high = float(values.min()), float(values.max())
        if image.mode == "F" and high <= 1:  # 0..1
            top = 1.0
        elif not image.mode.startswith("I;16") and 0 <= low <= high <= 255:  # 8 bits in a wide mode
            top = 255.0
        else:
            top = 65535.0
        image = Image.fromarray((np.clip(values / top, 0, 1) * 255 + 0.5).astype(np.uint8))
    if image.has_transparency_data:
        image = image.convert("RGBA")
        white = Image.new("RGBA", image.size, (255, 255, 255, 255))
        image = Image.alpha_composite(white, image)
    elif image.mode not in ("1", "L", "RGB"):
        image = image.convert("RGB")
    return image if image.mode == mode else image.convert("RGB").convert(mode)
