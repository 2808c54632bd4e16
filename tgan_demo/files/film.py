"""Films of frames: animated WebP without loss, animated GIF, H.264 MP4; enlarged one frame at a time.

Knows arrays alone. A writer tells how far it is and can be stopped between two frames; what is stopped
raises Cancelled.

Axes: F frames, H height, W width, C channels (1 grey, 3 RGB).
"""

import io
import itertools
import math
import tempfile
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path

import numpy as np
from PIL import Image

from tgan_demo.errors import ConfigError, TganError
from tgan_demo.files.pixels import (
    MAX_FILM_PIXELS,
    check_pictures,
    check_pixels,
    check_scale,
    enlarged,
    picture,
)

LOOP_S = 6  # an MP4 cannot say that it loops: it goes round for so long
Progress = Callable[[float], None]  # 0..1
Asked = Callable[[], bool]  # true once the user asked to stop
Writer = Callable[..., bytes]  # webp_bytes, gif_bytes or mp4_bytes


class Cancelled(TganError):
    """The user stopped an export; nothing was written."""


class Reel:
    """Frames checked and bounded, that come out one at a time while progress is told."""

    def __init__(
        self,
        frames: np.ndarray,
        fps: float,
        scale: int,
        progress: Progress | None = None,
        cancelled: Asked | None = None,
    ) -> None:
        self.frames = check_pictures(frames)
        check_scale(scale)
        if not (math.isfinite(fps) and 1 <= fps <= 120):
            raise ConfigError(f"a film wants 1 to 120 frames a second; got {fps}")
        self.count, self.height, self.width, _ = frames.shape
        self.pixels = self.count * self.height * self.width * scale**2
        check_pixels(self.pixels, MAX_FILM_PIXELS, f"{self.count} frames at x{scale}")
        self.fps, self.scale = fps, scale
        self.progress, self.cancelled = progress, cancelled

    def each(self, rounds: int = 1) -> Iterator[np.ndarray]:
        """Every frame at its own size, the film `rounds` times over."""
        total = self.count * rounds
        for i in range(total):
            report(i / total, self.progress, self.cancelled)
            yield self.frames[i % self.count]

    def done(self) -> None:
        report(1.0, self.progress, self.cancelled)

    def durations(self, step_ms: int) -> list[int]:
        """Milliseconds for each frame, in whole steps, that add up to the true length."""
        ends = [round(i * 1000 / self.fps / step_ms) for i in range(self.count + 1)]
        return [(b - a) * step_ms for a, b in itertools.pairwise(ends)]


def webp_bytes(
    frames: np.ndarray,
    fps: float = 30,
    scale: int = 1,
    loop: bool = True,
    *,
    progress: Progress | None = None,
    cancelled: Asked | None = None,
) -> bytes:
    """Frames uint8 (F, H, W, C) as an animated WebP without loss."""
    import av  # costs 40 ms: training never asks for it

    reel = Reel(frames, fps, scale, progress, cancelled)
    tick, at = Fraction(1, 1000), 0
    with io.BytesIO() as file:
        with av.open(file, "w", format="webp", options={"loop": "0" if loop else "1"}) as container:
            effort = {"lossless": "1", "quality": "50", "compression_level": "0"}
            stream = container.add_stream("libwebp_anim", rate=1000, options=effort)
            stream.height, stream.width = reel.height * scale, reel.width * scale
            stream.pix_fmt = "bgra"
            for frame, lasts in zip(reel.each(), reel.durations(step_ms=1), strict=True):
                shown = av.VideoFrame.from_ndarray(_bgra(enlarged(frame, scale)), format="bgra")
                shown.pts, shown.time_base, shown.duration = at, tick, lasts
                at += lasts
                container.mux(stream.encode(shown))
            container.mux(stream.encode())
        reel.done()
        return file.getvalue()


def gif_bytes(
    frames: np.ndarray,
    fps: float = 25,
    scale: int = 1,
    loop: bool = True,
    *,
    progress: Progress | None = None,
    cancelled: Asked | None = None,
) -> bytes:
    """Frames as an animated GIF: 256 colours a frame, time in hundredths, at most 50 a second."""
    reel = Reel(frames, min(fps, 50), scale, progress, cancelled)
    pages = (_page(frame, scale) for frame in reel.each())
    with io.BytesIO() as file:
        next(pages).save(
            file,
            "GIF",
            save_all=True,
            append_images=pages,
            optimize=False,
            duration=reel.durations(step_ms=10),
            **({"loop": 0} if loop else {}),
        )
        reel.done()
        return file.getvalue()


def mp4_bytes(
    frames: np.ndarray,
    fps: float = 30,
    scale: int = 1,
    loop: bool = True,
    *,
    progress: Progress | None = None,
    cancelled: Asked | None = None,
) -> bytes:
    """Frames as H.264 MP4, which cannot say that it loops: with `loop`, rounds for 6 s or more."""
    import av

    reel = Reel(frames, fps, scale, progress, cancelled)
    rounds = math.ceil(LOOP_S * fps / reel.count) if loop else 1
    rounds = max(1, min(rounds, MAX_FILM_PIXELS // reel.pixels))
    with tempfile.TemporaryDirectory(prefix="tgan-") as folder:
        path = Path(folder) / "film.mp4"  # its table goes to the front at the end: no stream can
        with av.open(str(path), "w", options={"movflags": "faststart"}) as container:
            rate = Fraction(fps).limit_denominator(1000)
            quality = {"crf": "16", "preset": "veryfast"}
            stream = container.add_stream("libx264", rate=rate, options=quality)
            stream.pix_fmt = "yuv420p"  # the only one that every player knows
            for i, frame in enumerate(reel.each(rounds)):
                array = _even(enlarged(frame, scale))
                if i == 0:
                    stream.height, stream.width = array.shape[:2]
                container.mux(stream.encode(av.VideoFrame.from_ndarray(array, format="rgb24")))
            container.mux(stream.encode())
        reel.done()
        return path.read_bytes()


WRITERS: dict[str, tuple[str, Writer]] = {  # by suffix without its point: MIME type, who writes it
    "webp": ("image/webp", webp_bytes),
    "gif": ("image/gif", gif_bytes),
    "mp4": ("video/mp4", mp4_bytes),
}


def report(share: float, progress: Progress | None, cancelled: Asked | None) -> None:
    """Tell how far a piece of work is. Raises Cancelled."""
    if cancelled is not None and cancelled():
        raise Cancelled("the export was stopped; nothing was written. Start it again when you like")
    if progress is not None:
        progress(share)


def _bgra(item: np.ndarray) -> np.ndarray:
    """uint8 (H, W, 1 or 3) -> (H, W, 4), nowhere transparent."""
    full = np.full((*item.shape[:2], 4), 255, np.uint8)
    full[..., :3] = item[..., ::-1]
    return full


def _page(frame: np.ndarray, scale: int) -> Image.Image:
    small = picture(frame)
    if small.mode == "RGB":  # before enlarging: fewer pixels to count
        small = small.quantize(256, dither=Image.Dither.NONE)
    size = (small.width * scale, small.height * scale)
    return small.resize(size, Image.Resampling.NEAREST)


def _even(item: np.ndarray) -> np.ndarray:
    """uint8 (H, W, 3), its sides made even as H.264 wants them."""
    odd = [(0, item.shape[0] % 2), (0, item.shape[1] % 2), (0, 0)]
    return np.repeat(np.pad(item, odd, mode="edge"), 3 // item.shape[2], axis=2)
