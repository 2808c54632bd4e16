"""Frames of an animated GIF, WebP or PNG, by Pillow."""

import io

from PIL import Image

from tgan_demo.data import pictures
from tgan_demo.modalities.video.reels import Reel
from tgan_demo.modalities.video.refusals import check_pixels, damaged, still, too_large
from tgan_demo.modalities.video.sniff import ANIMATED, is_animated, whole

_QUICKEST_S, _USUAL_S = 0.011, 0.1  # browsers show a frame for 0.1 s that asks for 10 ms or less
_PILLOW_COST = 4  # a pixel of an animated picture takes as long as so many of a film; measured


def decode(content: bytes, reel: Reel) -> None:
    """Frames of an animated GIF, WebP or PNG."""
    name = reel.name
    try:
        image = Image.open(io.BytesIO(whole(content)), formats=ANIMATED)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise too_large(name, "more pixels than") from None
    except Exception as error:  # a decoder fed foreign bytes may raise anything
        raise damaged(name) from error
    with image:
        check_pixels(name, *image.size)
        reel.size = image.size
        if not is_animated(image):
            raise still(name)
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
