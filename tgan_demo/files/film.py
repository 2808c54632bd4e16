"""Frames enlarged one at a time, for the writers of animated pictures and for H.264 encoders.

Also the few bounds and steps that `export` shares with it: what a picture array is, how large a
result may get, how a long piece of work reports and stops.

Axes: F frames, H height, W width, C channels (1 grey, 3 RGB).
"""

import importlib.util
import itertools
import math
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path

import numpy as np
from PIL import Image

from tgan_demo.errors import ConfigError, DataError, TganError
from tgan_demo.files import sheets

MAX_PICTURE_PIXELS = 64_000_000  # 8000 x 8000
MAX_FILM_PIXELS = 200_000_000  # all frames together: 256 x 256 for 100 s at 30 a second
MAX_SCALE = 64

Progress = Callable[[float], None]  # 0..1
Asked = Callable[[], bool]  # true once the person asked to stop


class Cancelled(TganError):
    """The person stopped an export; nothing was written."""


class Film(Image.Image):
    """Frames as the many-page image that Pillow's writers ask for, one enlarged frame at a time.

    Their `append_images` would want all enlarged frames in memory, and could not be stopped.
    """

    def __init__(
        self,
        frames: np.ndarray,
        fps: float,
        scale: int,
        progress: Progress | None,
        cancelled: Asked | None,
        palette: bool = False,
    ) -> None:
        super().__init__()
        self.frames = checked(frames)
        check_scale(scale)
        if not (math.isfinite(fps) and 1 <= fps <= 120):
            raise ConfigError(f"a film wants 1 to 120 frames a second; got {fps}")
        self.n_frames, h, w, _ = self.frames.shape
        self.pixels = self.frames.shape[0] * h * w * scale**2
        check_pixels(self.pixels, MAX_FILM_PIXELS, f"{self.n_frames} frames at x{scale}")
        self.fps, self.scale, self.palette_only = fps, scale, palette
        self.progress, self.cancelled, self.at = progress, cancelled, 0
        self.report(0.0)
        self._show(0)

    def report(self, share: float) -> None:
        report(share, self.progress, self.cancelled)

    def durations(self, step_ms: int) -> list[int]:
        """Milliseconds for each frame, in whole steps, that add up to the true length."""
        ends = [round(i * 1000 / self.fps / step_ms) for i in range(self.n_frames + 1)]
        return [(b - a) * step_ms for a, b in itertools.pairwise(ends)]

    def seek(self, frame: int) -> None:
        if not 0 <= frame < self.n_frames:
            raise EOFError(f"frame {frame} of {self.n_frames}")
        if frame > self.at:  # a writer rewinds when it is done
            self.report(frame / self.n_frames)
        if frame != self.at:
            self._show(frame)

    def tell(self) -> int:
        return self.at

    def copy(self) -> Image.Image:
        """The frame that is shown now, as a picture of its own."""
        return self.shown.copy()

    def even(self) -> Iterator[np.ndarray]:
        """Every frame, uint8 (H, W, 3), its sides made even as H.264 wants them."""
        for frame in self.frames:
            big = enlarged(frame, self.scale)
            odd = [(0, big.shape[0] % 2), (0, big.shape[1] % 2), (0, 0)]
            yield np.repeat(np.pad(big, odd, mode="edge"), 3 // big.shape[2], axis=2)

    def _frame(self, index: int) -> Image.Image:
        small = picture(self.frames[index])
        if self.palette_only and small.mode == "RGB":  # before enlarging: fewer pixels to count
            small = small.quantize(256, dither=Image.Dither.NONE)
        size = (small.width * self.scale, small.height * self.scale)
        return small.resize(size, Image.Resampling.NEAREST)

    def _show(self, index: int) -> None:
        self.shown, self.at = self._frame(index), index
        self.im, self.palette = self.shown.im, self.shown.palette
        self._mode, self._size = self.shown.mode, self.shown.size


def _av_works() -> bool:
    if importlib.util.find_spec("av") is None:
        return False
    try:
        import av
    except ImportError:
        return False
    return "libx264" in av.codecs_available


def has_encoder() -> bool:
    """Whether this machine has an H.264 encoder: PyAV, or ffmpeg on PATH."""
    return _av_works() or shutil.which("ffmpeg") is not None


def write_mp4(path: Path, film: Film, rounds: int) -> None:
    """Write the frames, `rounds` times over, as H.264.

    Raises:
        ConfigError: there is no encoder.
    """
    if _av_works():
        _write_with_av(path, film, rounds)
    elif (ffmpeg := shutil.which("ffmpeg")) is not None:
        _write_with_ffmpeg(ffmpeg, path, film, rounds)
    else:
        raise ConfigError(
            "MP4 wants an encoder, and this machine has none; export WebP or GIF, or install one: "
            "pip install av"
        )


def _write_with_av(path: Path, film: Film, rounds: int) -> None:
    import av

    with av.open(str(path), "w", options={"movflags": "faststart"}) as container:
        rate = Fraction(film.fps).limit_denominator(1000)
        stream = container.add_stream(
            "libx264", rate=rate, options={"crf": "16", "preset": "veryfast"}
        )
        stream.pix_fmt = "yuv420p"  # the only one that every player knows
        for i, array in enumerate(_rounds(film, rounds)):
            if i == 0:
                stream.height, stream.width = array.shape[:2]
            container.mux(stream.encode(av.VideoFrame.from_ndarray(array, format="rgb24")))
        container.mux(stream.encode())


def _write_with_ffmpeg(ffmpeg: str, path: Path, film: Film, rounds: int) -> None:
    height, width = next(film.even()).shape[:2]
    raw = f"-f rawvideo -pix_fmt rgb24 -s {width}x{height} -r {film.fps:g} -i pipe:0"
    h264 = "-c:v libx264 -preset veryfast -crf 16 -pix_fmt yuv420p -movflags +faststart"
    command = [ffmpeg, "-loglevel", "error", *raw.split(), *h264.split(), "-y", str(path)]
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=said
        )
        try:
            assert process.stdin is not None
            for array in _rounds(film, rounds):
                process.stdin.write(array.tobytes())
            process.stdin.close()
            code = process.wait(timeout=120)
        except BrokenPipeError:
            code = process.wait()
        finally:
            if process.poll() is None:  # cancelled, or hanging
                process.kill()
                process.wait()
        if code:
            said.seek(0)
            last = said.read()[-300:].decode(errors="replace").strip()
            raise DataError(f"ffmpeg wanted to make an MP4 and failed; export WebP instead. {last}")


def _rounds(film: Film, rounds: int) -> Iterator[np.ndarray]:
    for i in range(rounds):
        for j, array in enumerate(film.even()):
            film.report((i + j / film.n_frames) / rounds)
            yield array


def report(share: float, progress: Progress | None, cancelled: Asked | None) -> None:
    if cancelled is not None and cancelled():
        raise Cancelled("the export was stopped; nothing was written. Start it again when you like")
    if progress is not None:
        progress(share)


def checked(items: np.ndarray) -> np.ndarray:
    """Pictures that can be shown; sounds become their spectrograms."""
    items = sheets.pictures(items)
    if items.dtype != np.uint8 or items.ndim != 4 or items.shape[3] not in (1, 3):
        raise DataError(
            f"pictures are uint8 [N, H, W, 1 or 3]; got {items.dtype} {list(items.shape)}"
        )
    if not items.size:
        raise DataError("there is no picture to export; draw some first")
    return items


def check_scale(scale: int) -> None:
    if not isinstance(scale, int) or not 1 <= scale <= MAX_SCALE:
        raise ConfigError(f"scale is a whole number, 1 to {MAX_SCALE}; got {scale}")


def check_pixels(pixels: int, most: int, what: str) -> None:
    if pixels > most:
        raise ConfigError(
            f"{what} would be {pixels / 1e6:.0f} megapixels, and the limit is {most / 1e6:.0f}; "
            "choose a smaller scale or fewer pictures"
        )


def enlarged(item: np.ndarray, scale: int) -> np.ndarray:
    return item.repeat(scale, axis=0).repeat(scale, axis=1)


def picture(item: np.ndarray) -> Image.Image:
    return Image.fromarray(item[..., 0] if item.shape[2] == 1 else np.ascontiguousarray(item))
