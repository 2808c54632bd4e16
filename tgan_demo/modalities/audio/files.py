"""What sounds are saved as: WAVs, one by one, in a zip or one after the other; arrays; films of spectrograms.

Axes: N sounds, S samples of a sound, F steps of a walk.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from tgan_demo.files import png, saving, wav, zips
from tgan_demo.files.saving import PictureFiles, label_arrays
from tgan_demo.modalities.audio import speech
from tgan_demo.modalities.audio.look import LOOK, heard_every
from tgan_demo.modalities.audio.spectra import rate_of
from tgan_demo.parts import Format, Samples, Snippet


class AudioFiles(PictureFiles):
    name = "audio"
    snippet = Snippet(
        names="wavs",
        use="for name, content in wavs(drawn.items, drawn.seeds):  # drawn.items: int16 [N, S]\n"
        "    Path(name).write_bytes(content)\n",
        out="sounds",
    )

    @property
    def formats(self) -> tuple[Format, ...]:
        return (Format(key="wav", ending=".zip", mime="application/zip", write=self.zip),)

    @property
    def walks(self) -> tuple[Format, ...]:
        return (Format(key="wav", ending=".wav", mime="audio/wav", write=heard_walk),)

    def zip(self, samples: Samples) -> bytes:
        return wav_zip(samples.items, samples.seeds, samples.settings)

    def each(self, samples: Samples) -> list[tuple[str, bytes]]:
        return with_settings(samples.items, samples.seeds, samples.settings)

    def arrays(self, samples: Samples) -> dict[str, np.ndarray]:
        return sound_arrays(samples.items, samples.labels, samples.classes, samples.factors)


def wavs(items: np.ndarray, seeds: Sequence[int]) -> list[tuple[str, bytes]]:
    """A name and a WAV file for each sound, int16 (N, S)."""
    rate = rate_of(items.shape[1])
    return [
        (f"{i:04d}-seed-{int(seed)}.wav", wav.wav_bytes(item, rate))
        for i, (item, seed) in enumerate(zip(items, seeds, strict=True))
    ]


def wav_zip(items: np.ndarray, seeds: Sequence[int], settings: dict[str, object]) -> bytes:
    """One WAV for each sound, and `settings.json` that draws them again."""
    sounds = with_settings(items, seeds, settings)
    return zips.zip_bytes([*sounds, ("settings.json", png.settings_text(settings))])


def with_settings(
    items: np.ndarray, seeds: Sequence[int], settings: dict[str, object]
) -> list[tuple[str, bytes]]:
    """`wavs`, each with the settings inside that draw it alone."""
    return [
        (name, saving.alone(sound, seed, settings))
        for seed, (name, sound) in zip(seeds, wavs(items, seeds), strict=True)
    ]


def sound_arrays(
    items: np.ndarray,
    labels: np.ndarray | None,
    classes: Sequence[str],
    names: Sequence[str] = (),
) -> dict[str, np.ndarray]:
    """Arrays of an npz: "audio" int16 (N, S), "sample_rate", and classes as of `label_arrays`."""
    arrays = {"audio": items, "sample_rate": np.int64(rate_of(items.shape[1]))}
    return arrays | label_arrays(labels, classes, names)


def heard_walk(frames: np.ndarray, **options: Any) -> bytes:
    """The steps of a walk (F, S) that the player lets be heard, one after the other, as a WAV; the silence
    at their ends is left out.
    """
    rate = rate_of(frames.shape[1])
    pause = np.zeros(rate // 8, np.int16)
    steps = frames[:: heard_every(frames)]
    parts = [part for step in steps for part in (speech.trimmed(step, rate), pause)]
    return wav.wav_bytes(np.concatenate(parts), rate)


FILES = AudioFiles(LOOK)
