"""WAV files of mono sounds, 16 bits a sample, and data URLs of them.

Axes: S samples.
"""

import base64
import io
import wave

import numpy as np


def wav_bytes(sound: np.ndarray, rate: int) -> bytes:
    """A mono WAV file of one sound, int16 (S,), at `rate` samples a second."""
    assert sound.dtype == np.int16 and sound.ndim == 1, (sound.dtype, sound.shape)
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(sound.astype("<i2").tobytes())
    return buffer.getvalue()


def data_url(sound: np.ndarray, rate: int) -> str:
    """The sound as an address that a page can play without a request."""
    return "data:audio/wav;base64," + base64.b64encode(wav_bytes(sound, rate)).decode("ascii")
