"""Settings inside WebP and WAV files: found again, and players see the same."""

import io
import wave

import numpy as np
import pytest
from PIL import Image

from tgan_demo.config import SampleConfig
from tgan_demo.export import read_settings, settings_for
from tgan_demo.files import film, png, riff, wav
from tgan_demo.modalities import registry
from tgan_demo.parts import Samples

SETTINGS = settings_for("video/moves", SampleConfig(seed=7, edit="go:pc1*2@1-3"))
SOUND = (1000 * np.sin(np.arange(801))).astype(np.int16)
CLIP = np.random.default_rng(0).integers(0, 255, (4, 8, 8, 3), np.uint8)
FILES = {"webp": film.webp_bytes(CLIP, 8), "wav": wav.wav_bytes(SOUND, 8000)}


@pytest.mark.parametrize("kind", FILES)
def test_settings_come_back(kind: str) -> None:
    saved = png.put_settings(FILES[kind], SETTINGS)
    assert read_settings(saved) == SETTINGS
    assert read_settings(FILES[kind]) is None
    assert len(saved) % 2 == 0 and int.from_bytes(saved[4:8], "little") == len(saved) - 8


def test_a_sound_is_heard_as_before() -> None:
    saved = png.put_settings(FILES["wav"], SETTINGS)
    with wave.open(io.BytesIO(saved)) as file:
        np.testing.assert_array_equal(np.frombuffer(file.readframes(10**6), "<i2"), SOUND)


def test_a_film_plays_as_before() -> None:
    saved = png.put_settings(FILES["webp"], SETTINGS)
    with Image.open(io.BytesIO(saved)) as file:
        assert file.n_frames == 4
        for i, frame in enumerate(CLIP):
            file.seek(i)
            np.testing.assert_array_equal(np.asarray(file.convert("RGB")), frame)


def test_another_file_stays_as_it_is() -> None:
    assert png.put_settings(b"GIF89a", SETTINGS) == b"GIF89a"


@pytest.mark.parametrize("cut", [2, 30, 200])
def test_half_a_file_has_no_settings(cut: int) -> None:
    saved = png.put_settings(FILES["webp"], SETTINGS)
    assert read_settings(saved[:-cut]) is None
    assert riff.chunk(saved[:11]) is None


@pytest.mark.parametrize(("modality", "kind", "items"), [
    ("video", "webp", CLIP[None]), ("audio", "each", np.resize(SOUND, (2, 8192))),
])  # fmt: skip
def test_what_a_modality_saves_holds_them(modality: str, kind: str, items: np.ndarray) -> None:
    files = registry.get(modality).files
    samples = Samples(items=items, seeds=(7, 8)[: len(items)], settings=SETTINGS, title="toy")
    if kind == "each":
        found = [read_settings(content) for _, content in files.each(samples)]
        assert [one["seed"] for one in found] == [7, 8] and found[0]["count"] == 1
    else:
        (chosen,) = [one for one in files.formats if one.key == kind]
        assert read_settings(chosen.write(samples)) == SETTINGS
