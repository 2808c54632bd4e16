"""Sound out of MP4, WebM, Matroska and AAC by PyAV: the only decoders named here, within our bounds."""

from collections.abc import Iterator
from typing import Any, BinaryIO

import numpy as np

from tgan_demo.data import containers

# the only decoders that a sound gets to try
_CODECS = (
    *("aac", "alac", "mp3", "opus", "vorbis", "flac", "amr_nb", "amr_wb"),
    *("pcm_s16le", "pcm_s16be", "pcm_s24le", "pcm_s24be", "pcm_s32le", "pcm_f32le", "pcm_u8"),
)
_MAX_PACKETS = 10**5  # of one file; 60 s in the shortest frames of Opus are 24,000


class PackedSound:
    """The first sound of a container, decoded frame by frame, channels averaged. A context manager.

    Raises:
        containers.ContainerError: it cannot be opened, or has no sound that we decode.
    """

    def __init__(self, file: BinaryIO, kind: str) -> None:
        self._container, self.is_damaged = containers.opened(file, kind)
        try:
            self._stream = self._find()
        except Exception:
            self._container.close()
            raise
        context = self._stream.codec_context
        self.rate: int = context.sample_rate or 0
        self.channels: int = max(1, context.channels or 0)

    def __enter__(self) -> "PackedSound":
        return self

    def __exit__(self, *_: object) -> None:
        self._container.close()

    def blocks(self) -> Iterator[np.ndarray]:
        """Every frame that can be decoded, float32 (S, C)."""
        decoder = self._stream.codec_context
        decoder.thread_count = 1
        packets = self._container.demux(self._stream)
        for _ in range(_MAX_PACKETS):
            try:
                packet = next(packets, None)
            except Exception:  # a decoder fed damaged bytes may raise anything
                self.is_damaged, packet = True, None
            if packet is not None and not packet.size:
                continue
            try:
                frames = decoder.decode(packet)
            except Exception:  # likewise
                self.is_damaged, frames = True, []
            yield from map(_values, frames)
            if packet is None:
                return

    def _find(self) -> Any:
        if not self._container.streams.audio:
            raise containers.ContainerError("there is no sound in it", "bring a sound")
        stream = self._container.streams.audio[0]
        codec = stream.codec_context.codec.canonical_name if stream.codec_context else "unknown"
        if codec not in _CODECS:
            raise containers.ContainerError(
                f"its sound is packed in a way that we do not open ({codec})", "save it as WAV"
            )
        return stream


def _values(frame: Any) -> np.ndarray:
    """Samples of a frame, float32 (S, C), full scale 1."""
    values = frame.to_ndarray()
    channels = max(1, len(frame.layout.channels))
    values = values.T if frame.format.is_planar else values.reshape(-1, channels)
    if values.dtype == np.uint8:
        return (values.astype(np.float32) - 128) / 128
    if values.dtype.kind == "i":
        return values / np.float32(2 ** (8 * values.itemsize - 1))
    return values.astype(np.float32)
