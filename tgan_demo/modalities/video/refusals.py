"""Why a file is no clip: its error, and the reasons that several readers give."""

from tgan_demo.data import limits
from tgan_demo.data.gather import Unusable


class ClipError(Unusable):
    """One clip cannot be used; the others may be."""

    wanted = "a clip"


def check_pixels(name: str, width: int, height: int) -> None:
    if width * height > limits.MAX_CLIP_PIXELS:
        raise too_large(name, f"{width}x{height} a frame is more than")


def too_large(name: str, found: str) -> ClipError:
    width, height = limits.MAX_CLIP_SIZE
    return ClipError(
        name, f"{found} {width}x{height}", "make it smaller first; 640x360 is more than enough"
    )


def still(name: str) -> ClipError:
    return ClipError(
        name,
        f"a still picture; a clip wants {limits.MIN_CLIP_FRAMES} frames or more",
        "bring a film, an animated picture, or a zip with a folder of its frames",
    )


def silent_film(name: str) -> ClipError:
    return ClipError(name, "sound only; there are no pictures in it", "bring a film")


def damaged(name: str) -> ClipError:
    return ClipError(
        name, f"not a clip that we read ({limits.CLIP_KINDS}), or damaged", "save it anew as MP4"
    )
