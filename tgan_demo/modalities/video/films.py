"""Frames of a film by PyAV: the only decoders named here, no other file, nothing beyond our bounds."""

import struct
from collections.abc import Iterator
from typing import Any, BinaryIO

import av
import numpy as np
from av.error import FFmpegError
from av.video.reformatter import VideoReformatter

from tgan_demo.data import containers, limits
from tgan_demo.modalities.video.reels import FRAMES_FPS, Reel, fit_frame
from tgan_demo.modalities.video.refusals import ClipError, check_pixels, damaged, silent_film

# the only decoders that a film gets to try; libav knows some 250
_CODECS = (
    *("h264", "hevc", "av1", "vp8", "vp9", "mpeg4", "mpeg1video", "mpeg2video", "h263", "theora"),
    *("msmpeg4v2", "msmpeg4v3", "wmv1", "wmv2", "dvvideo", "cinepak", "svq1", "svq3", "mjpeg"),
    *("prores", "dnxhd", "cfhd", "ffv1", "huffyuv", "ffvhuff", "utvideo", "magicyuv", "qtrle"),
    *("png", "gif", "rawvideo"),
)
_WITH_ALPHA = {"vp8": "libvpx", "vp9": "libvpx-vp9"}  # libav's own decoders see no alpha in these
_WIDEST = 4.0  # no pixel is that many times as wide as high
_THREADS = 2


def decode(file: BinaryIO, kind: str, reel: Reel) -> None:
    """Frames of a film."""
    name = reel.name
    try:
        container, reel.is_damaged = containers.opened(file, kind)
    except containers.ContainerError as error:
        raise (
            ClipError(name, error.reason, error.remedy) if error.reason else damaged(name)
        ) from error
    with container:
        stream = _stream(container, name)
        decoder = _decoder(stream)
        ratio = float(stream.sample_aspect_ratio or 1)  # a pixel's width by its height
        ratio = ratio if 1 / _WIDEST < ratio < _WIDEST else 1.0
        tick_s = float(stream.time_base or 0)  # the last frames do not know their own
        step_s = 1 / float(stream.average_rate or FRAMES_FPS)
        scaler, zero_s = VideoReformatter(), None
        for frame in _shown(container, stream, decoder, reel):
            since_s = frame.pts * tick_s if frame.pts is not None else None
            if zero_s is None:
                zero_s = since_s or 0.0
            start_s = len(reel.frames) * step_s if since_s is None else since_s - zero_s
            if not reel.has_room(start_s, (frame.width, frame.height)):
                break
            reel.size = (round(frame.width * ratio), frame.height)
            try:
                small = _small(scaler, frame, reel.size, reel.side)
            except Exception:  # likewise: pixels in a form that the scaler does not know
                reel.is_damaged = True
                continue
            reel.add(small, start_s, max(0, frame.duration or 0) * tick_s)


def _stream(container: Any, name: str) -> Any:
    """The stream to watch, within bounds as far as its header says."""
    streams = containers.films_of(container)
    if not streams:
        raise silent_film(name) if container.streams.audio else damaged(name)
    stream = streams[0]
    codec = stream.codec_context.codec.canonical_name if stream.codec_context else "unknown"
    if codec not in _CODECS:
        raise ClipError(
            name,
            f"its pictures are packed in a way that we do not open ({codec})",
            "save it as MP4 with H.264",
        )
    check_pixels(name, stream.width or 0, stream.height or 0)
    return stream


def _decoder(stream: Any) -> Any:
    """What turns packets into frames: two threads, no frame beyond our bound."""
    decoder, codec = stream.codec_context, stream.codec_context.codec.canonical_name
    if stream.metadata.get("alpha_mode") == "1" and codec in _WITH_ALPHA:
        try:
            decoder = av.CodecContext.create(_WITH_ALPHA[codec], "r")
        except (ValueError, LookupError, FFmpegError):  # a libav without it: alpha is not seen
            decoder = stream.codec_context
    decoder.thread_type, decoder.thread_count = "AUTO", _THREADS
    decoder.options = {"max_pixels": str(limits.MAX_CLIP_PIXELS)}
    return decoder


def _shown(container: Any, stream: Any, decoder: Any, reel: Reel) -> Iterator[Any]:
    """Every frame that can be decoded, in the order they are shown."""
    packets = container.demux(stream)
    for _ in range(4 * limits.MAX_CLIP_FRAMES):  # packets that give no frame cost time, too
        try:
            packet = next(packets, None)
        except Exception:  # likewise
            reel.is_damaged, packet = True, None
        if packet is not None and not packet.size:  # an AVI's dropped frame; would end the decoding
            continue
        try:
            frames = decoder.decode(packet)
        except Exception:  # likewise
            reel.is_damaged, frames = True, []
        for frame in frames:
            if frame.is_corrupt:
                reel.is_damaged = True
            else:
                yield frame
        if packet is None:
            return
    reel.is_full = True


def _small(scaler: Any, frame: Any, size: tuple[int, int], side: int) -> np.ndarray:
    """The middle square of a decoded frame, turned as the camera was held.

    Reduced to four times the side before it leaves libav: a tenth of the time of full pixels.
    """
    scale = min(1.0, 4 * side / min(size))
    has_alpha = any(component.is_alpha for component in frame.format.components)
    reduced = scaler.reformat(
        frame,
        width=max(1, round(size[0] * scale)),
        height=max(1, round(size[1] * scale)),
        format="rgba" if has_alpha else "rgb24",
        interpolation="AREA",
        threads=1,
    )
    return _upright(fit_frame(reduced.to_ndarray(), side), frame)


def _upright(picture: np.ndarray, frame: Any) -> np.ndarray:
    """A square picture (side, side, C) as the camera was held: turned, mirrored, or both.

    A display matrix takes (x, y) to (ax + cy, bx + dy), y downwards (libavutil/display.h). The nearest
    of the eight ways that a picture can lie is taken; a matrix of noughts says nothing.
    """
    matrix = frame.side_data.get("DISPLAYMATRIX")
    if matrix is None or len(bytes(matrix)) < 36:
        return picture
    a, b, _, c, d, *_ = struct.unpack("=9i", bytes(matrix)[:36])
    across, down = a, d
    if abs(b) + abs(c) > abs(a) + abs(d):
        picture, across, down = picture.swapaxes(0, 1), c, b
    return picture[:: -1 if down < 0 else 1, :: -1 if across < 0 else 1].copy()
