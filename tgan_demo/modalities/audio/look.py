"""How sounds are shown: as their spectrograms, and to be heard where they are few.

Axes: N sounds, S samples.
"""

from dataclasses import replace
from typing import Any

import numpy as np
from torch import Tensor

from tgan_demo.config import ModelConfig
from tgan_demo.files import png, wav
from tgan_demo.files.pixels import grid, picture
from tgan_demo.files.sheets import LIVE_COLUMNS, PictureLook, raster
from tgan_demo.modalities.audio import spectrogram
from tgan_demo.modalities.audio.spectra import rate_of
from tgan_demo.parts import Sheet

SILENT = 33  # of 32,768: -60 dB
MAX_SOUNDS = 64  # that are sent with their pictures: 22 to 44 KB each
STEPS, STEP_S = 24, 0.7  # of a walk that are heard, at most, and how long each lasts
CARD_COLOURS = 64


def sketch(signal: Tensor, tokenizer: Any) -> Sheet:
    """A sheet of the spectrograms that G made: without phases, a sixth of the time."""
    return raster(spectrogram.coloured(spectrogram.shades(tokenizer.bands(signal.cpu()))))


class AudioLook(PictureLook):
    strip = (5, 20)
    sketch = staticmethod(sketch)

    def stills(self, items: np.ndarray) -> np.ndarray:
        return spectrogram.pictures(items)

    def sheet(self, items: np.ndarray, columns: int | None = None) -> Sheet:
        shown = super().sheet(items, columns)
        return played(shown, items) if len(items) <= MAX_SOUNDS else shown

    def walk(self, frames: np.ndarray, columns: int | None = None) -> Sheet:
        """Not every step is heard: a sound lasts longer than a picture."""
        every = heard_every(frames)
        shown = played(super().sheet(frames, columns), frames[::every])
        return replace(shown, every=every, fps=every / STEP_S)

    def live(self, items: np.ndarray, tokenizer: Any, config: ModelConfig) -> Sheet:
        return played(raster(self.stills(items), LIVE_COLUMNS, keep=True), items)

    def card_sheet(self, items: np.ndarray, columns: int) -> tuple[str, bytes]:
        image = picture(grid(self.stills(items), columns))
        return "sheet.png", png.small_bytes(image, CARD_COLOURS)

    def inside(self, maps: Any) -> dict[str, Any]:
        return super().inside(maps) | {"sound": wav_url(maps.item)}


def played(shown: Sheet, items: np.ndarray) -> Sheet:
    """The sheet with sounds int16 (N, S) to be heard."""
    sounds = [wav_url(item) for item in items]
    return replace(shown, kind="played", data=shown.data | {"sounds": sounds})


def heard_every(frames: np.ndarray) -> int:
    """Of how many steps of a walk one is heard."""
    return max(1, -(-len(frames) // STEPS))


def wav_url(sound_S: np.ndarray) -> str:
    """A data URL of one sound, without the silence at its end."""
    return wav.data_url(ended(sound_S), rate_of(len(sound_S)))


def ended(sound_S: np.ndarray, least: int = 1) -> np.ndarray:
    """A sound without the silence at its end, but no shorter than `least` samples."""
    heard = np.flatnonzero(np.abs(sound_S.astype(np.int32)) > SILENT)
    return sound_S[: max(least, heard[-1] + 1 if len(heard) else 0)]


LOOK = AudioLook()
