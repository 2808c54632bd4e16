"""Films and animated pictures for tests, made in memory, and what is read of them."""

import io
from fractions import Fraction

import av
import numpy as np
import pytest
from PIL import Image

from tgan_demo.modalities.video import uploads as clips
from tgan_demo.modalities.video.refusals import ClipError

SIDE = 8
FILMS = [
    ("mp4", "libx264", "yuv420p"),
    ("mp4", "mpeg4", "yuv420p"),
    ("mov", "qtrle", "rgb24"),
    ("webm", "libvpx", "yuv420p"),
    ("webm", "libvpx-vp9", "yuv420p"),
    ("matroska", "ffv1", "yuv420p"),
    ("avi", "mpeg4", "yuv420p"),
    ("avi", "libx264", "yuv420p"),  # has no times of its own
    ("avi", "mjpeg", "yuvj420p"),
]
STREAMED = [kind for kind in FILMS if kind[1] in ("libvpx", "libvpx-vp9", "ffv1", "mjpeg")]
ANIMATED = ["GIF", "WEBP", "PNG"]


def ramp(time_s, span_s=2.0):
    return np.array([20 + 215 * time_s / span_s, 235 - 215 * time_s / span_s, 128])


def flat(colour, size=(32, 24)):
    return np.broadcast_to(np.uint8(colour), (size[1], size[0], len(colour))).copy()


def film(
    frames,
    kind="mp4",
    codec="mpeg4",
    pix_fmt="yuv420p",
    *,
    fps=10,
    ticks=None,
    ratio=None,
    **options,
):
    """A file of RGB or RGBA frames; `ticks` are their times in 1/1000 s, where not regular."""
    buffer = io.BytesIO()
    with av.open(buffer, "w", format=kind, options=options) as container:
        stream = container.add_stream(codec, rate=fps)
        stream.height, stream.width = frames[0].shape[:2]
        stream.pix_fmt = pix_fmt
        stream.bit_rate = 4_000_000
        if codec == "libx264":
            stream.options = {"preset": "ultrafast", "bf": "2"}
        if codec.startswith("libvpx"):
            stream.options = {"deadline": "realtime", "cpu-used": "8"}
        if ratio:
            stream.sample_aspect_ratio = ratio
        if ticks:
            stream.time_base = stream.codec_context.time_base = Fraction(1, 1000)
        for k, array in enumerate(frames):
            frame = av.VideoFrame.from_ndarray(
                array, format="rgba" if array.shape[2] == 4 else "rgb24"
            )
            if ticks:
                frame.pts, frame.time_base = ticks[k], Fraction(1, 1000)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return buffer.getvalue()


def animation(frames, kind="GIF", durations=100, **options):
    buffer = io.BytesIO()
    images = [Image.fromarray(frame) for frame in frames]
    lossless = {"lossless": True} if kind == "WEBP" else {}
    images[0].save(
        buffer,
        kind,
        save_all=True,
        append_images=images[1:],
        duration=durations,
        **lossless,
        **options,
    )
    return buffer.getvalue()


def ramped(count=20, fps=10, **options):
    return [flat(ramp(k / fps, count / fps), **options) for k in range(count)]


def colours(clip):
    """The mean colour of each frame, (T, 3)."""
    return clip.reshape(len(clip), -1, 3).mean(axis=1)


def close(clip, times_s, span_s=2.0, within=8):
    wanted = np.stack([ramp(t, span_s) for t in times_s])
    assert np.abs(colours(clip) - wanted).max() <= within, (colours(clip)[:, 0], wanted[:, 0])


def read(content, **options):
    return clips.read(content, **{"side": SIDE, **options})


def refusal(content, **options):
    with pytest.raises(ClipError, match="wanted a clip; got the clip: ") as caught:
        read(content, **options)
    return str(caught.value)


def listed(folder, files, **options):
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return clips.gather([folder / name for name in files], **{"side": SIDE, **options})


def thirds(size=(96, 32)):
    picture = flat([255, 0, 0], size)
    picture[:, 32:64], picture[:, 64:] = [0, 255, 0], [0, 0, 255]
    return picture
