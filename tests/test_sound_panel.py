"""The Sound tab's handlers as plain functions, over toy models of drums, of speakers and of no class."""

import base64
import io
import json
import wave
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import toys

from tgan_demo.config import ModelConfig, SampleConfig
from tgan_demo.engine.draw import inversion
from tgan_demo.errors import ConfigError, DataError
from tgan_demo.files.wav import wav_bytes
from tgan_demo.modalities.audio.look import SILENT
from tgan_demo.modalities.audio.spectrogram import long_picture, pictures
from tgan_demo.studio import Studio
from tgan_demo.ui.page import Page, View
from tgan_demo.ui.panels.sound import kit as sound_kit
from tgan_demo.ui.panels.sound import panel as sound
from tgan_demo.ui.panels.sound import voice as sound_voice
from tgan_demo.ui.words.table import WORDS

KINDS = ("kick", "snare", "closed hat", "open hat", "tom")
SMALL = {**toys.SMALL, "depth": 1}
SHAPE = {"modality": "audio", "shape": (1, 64, 128), "patch": 16, "overlap": 0, **SMALL}


def make_sounds(root: Path) -> None:
    """audio/drums (classes), audio/digits (digits and speakers), audio/noises (neither); not trained."""
    speakers = tuple(f"{digit} / {who}" for digit in "0123456789" for who in ("ann", "bob"))
    for name, classes in (("drums", KINDS), ("digits", speakers), ("noises", ())):
        toys.make_model(root / "audio" / name, ModelConfig(classes=classes, **SHAPE), "tones")


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    root = tmp_path_factory.mktemp("sounds")
    make_sounds(root)
    toys.make_model(root / "image" / "digits", toys.DIGITS, "MNIST")
    with pytest.MonkeyPatch.context() as patch:
        toys.quick_phases(patch)
        yield Page(Studio(tmp_path_factory.mktemp("home"), weights_dir=root))


def view(model: str, **settings: Any) -> View:
    return View(None, "en", model, SampleConfig(**{"seed": 7, "count": 4, **settings}))


def heard(base64_wav: str) -> tuple[np.ndarray, int]:
    content = base64.b64decode(base64_wav.removeprefix("data:audio/wav;base64,"))
    with wave.open(io.BytesIO(content)) as file:
        return np.frombuffer(file.readframes(file.getnframes()), "<i2"), file.getframerate()


# --- which page


def test_a_model_of_pictures_is_told_where_sound_is(page: Page) -> None:
    lead, drums, voices, *_ = sound.on_show(page, view("image/digits"))
    assert lead["kind"] == "none" and lead["title"] == "Digits"
    assert [m["id"] for m in lead["models"]] == ["audio/digits", "audio/drums", "audio/noises"]
    assert not drums["visible"] and not voices["visible"]


def test_the_model_decides_the_page(page: Page) -> None:
    lead, drums, voices, kit, _ = sound.on_show(page, view("audio/drums"))
    assert lead["kind"] == "pads" and drums["visible"] and not voices["visible"]
    assert len(kit["pads"]) == 16
    lead, drums, voices, _, shown = sound.on_show(page, view("audio/digits"))
    assert lead["kind"] == "voice" and voices["visible"] and not drums["visible"]
    assert shown["speakers"] == ["ann", "bob"]
    assert sound.on_show(page, view("audio/noises"))[0]["kind"] == "pads"


def test_a_sheet_of_many_sounds_needs_no_phases(page, monkeypatch) -> None:
    config = SampleConfig(seed=3, count=20)
    drawn = page.studio.sample("audio/digits", config)
    model = page.studio.load("audio/digits")
    monkeypatch.setattr(type(model.tokenizer), "to_items", None)  # would be called in vain
    sheet, labels = page.studio.contact("audio/digits", config)
    assert sheet.count == 20 and (sheet.height, sheet.width) == pictures(drawn.items).shape[1:3]
    assert labels.tolist() == drawn.labels.tolist()
    assert page.studio.contact("audio/digits", config)[0] is sheet  # known


@pytest.mark.parametrize("kind", ["pads", "voice"])
def test_every_page_has_its_sentence(kind: str) -> None:
    assert f"sound.lead.{kind}" in WORDS


# --- the kit


def test_a_pad_is_what_play_draws_of_its_class_and_seed(page: Page) -> None:
    kit = sound_kit.on_kit(page, view("audio/drums"))
    assert [pad["name"] for pad in kit["pads"]] == [KINDS[i % 5] for i in range(16)]
    assert [pad["seed"] for pad in kit["pads"]] == [7 + i // 5 for i in range(16)]
    assert [pad["row"] for pad in kit["pads"]] == [i % 5 for i in range(16)]
    assert kit["rows"] == list(KINDS) and kit["rate"] == 8000
    (drawn,) = page.studio.sample("audio/drums", SampleConfig(seed=8, count=1, label=1)).items
    sent = np.frombuffer(base64.b64decode(kit["pads"][6]["sound"]), "<i2")
    np.testing.assert_array_equal(sent, drawn[: len(sent)])
    assert np.abs(drawn[len(sent) :].astype(int)).max(initial=0) <= SILENT
    assert kit["pads"][6]["picture"]["png"].startswith("data:image/png;base64,")


def test_a_new_seed_is_a_new_kit(page: Page) -> None:
    kits = [sound_kit.on_kit(page, view("audio/drums", seed=seed)) for seed in (1, 2, 1)]
    assert kits[0] == kits[2]
    assert all(
        a["sound"] != b["sound"] for a, b in zip(kits[0]["pads"], kits[1]["pads"], strict=True)
    )


def test_one_class_gets_the_pads_that_the_beat_can_spare(page: Page) -> None:
    kit = sound_kit.on_kit(page, view("audio/drums", label=3))
    assert [pad["name"] for pad in kit["pads"]] == [*KINDS, *["open hat"] * 11]
    assert {pad["row"] for pad in kit["pads"]} == set(range(5)) and kit["alone"]
    assert len({pad["sound"] for pad in kit["pads"] if pad["name"] == "open hat"}) == 12


def test_a_model_without_classes_has_sixteen_seeds(page: Page) -> None:
    kit = sound_kit.on_kit(page, view("audio/noises"))
    assert [pad["seed"] for pad in kit["pads"]] == list(range(7, 23))
    assert [pad["row"] for pad in kit["pads"]] == [*range(8), *range(8)] and len(kit["rows"]) == 8


@pytest.mark.parametrize("classes", [1, 9, 16, 40])
@pytest.mark.parametrize("label", [None, 0, 39])
def test_any_number_of_classes_makes_a_kit(classes: int, label: int | None) -> None:
    wanted = sound_kit.kit(view("x", label=label), classes if label is None else 40)
    assert len(set(wanted)) == len(wanted) == 16
    assert all(0 <= one < 40 for one, _ in wanted)


def test_another_sound_keeps_the_pads_class(page: Page) -> None:
    one = sound_kit.on_again(page, view("audio/drums"), {"pad": 6, "seed": 99})
    assert one["at"] == 6 and one["pad"]["name"] == "snare" and one["pad"]["seed"] == 99
    assert one["pad"]["row"] == 1
    for wild in (None, [], {"pad": "x", "seed": -1}, {"pad": 10**9, "seed": "1e400"}):
        assert 0 <= sound_kit.on_again(page, view("audio/drums"), wild)["at"] < 16


def test_a_kit_is_saved_as_it_is_in_the_browser(page: Page) -> None:
    kit = sound_kit.on_kit(page, view("audio/drums"))
    seeds = [pad["seed"] for pad in kit["pads"]]
    seeds[2] = 500
    order = sound_kit.on_save(page, view("audio/drums"), {"seeds": seeds})
    assert order["do"] == "download" and order["name"] == "drums-kit-7.zip"
    with zipfile.ZipFile(io.BytesIO(base64.b64decode(order["data"]))) as archive:
        names = archive.namelist()
        assert len(names) == 17 and names[2] == "03-closed-hat-seed-500.wav"
        settings = json.loads(archive.read("kit.json"))
        first, rate = heard(base64.b64encode(archive.read(names[0])).decode())
    assert settings["pads"][2] == {"label": 2, "seed": 500} and settings["model"] == "audio/drums"
    (drawn,) = page.studio.sample("audio/drums", SampleConfig(seed=7, count=1, label=0)).items
    np.testing.assert_array_equal(first, drawn)
    assert rate == 8000


@pytest.mark.parametrize("wild", [None, {}, {"seeds": [1]}, {"seeds": "x" * 16}])
def test_a_kit_of_other_size_is_refused(page: Page, wild: Any) -> None:
    with pytest.raises(DataError, match="reload"):
        sound_kit.on_save(page, view("audio/drums"), wild)


# --- the voice


def test_a_number_is_said_by_the_chosen_speaker(page: Page) -> None:
    (said,) = sound_voice.on_say(page, view("audio/digits"), {"number": "12", "speaker": 1})
    assert said["part"] == "said" and (said["text"], said["speaker"]) == ("12", "bob")
    sent, rate = heard(said["clip"]["src"])
    wanted = page.studio.say("audio/digits", "12", speaker=1, seed=7)
    np.testing.assert_array_equal(sent, wanted)
    assert rate == 8000 and said["clip"]["seconds"] == len(sent) / 8000
    assert said["clip"]["name"] == "12.wav"


@pytest.mark.parametrize("wild", [None, {}, {"number": "<b>abc</b>"}, {"number": "9" * 50}])
def test_what_is_no_number_lets_the_page_rest_and_is_told(page: Page, wild: Any) -> None:
    run = sound_voice.on_say(page, view("audio/digits"), wild)
    assert next(run)["part"] == "stop"
    with pytest.raises(ConfigError, match="digits"):
        next(run)


def test_a_model_that_does_not_speak_says_so(page: Page) -> None:
    run = sound_voice.on_say(page, view("audio/drums"), {"number": "1"})
    next(run)
    with pytest.raises(DataError, match="no digits and speakers"):
        next(run)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inversion, "STEPS", 2)


def test_a_sample_is_said_again_by_another(page: Page, quick: None) -> None:
    first, made = sound_voice.on_convert(
        page, view("audio/digits", label=6), {"clip": None, "digit": 3, "speaker": 1}
    )
    assert len(first["clips"]) == 1 and "digit" not in first
    asked, own, other = made["clips"]
    assert asked == first["clips"][0] and own["src"] != other["src"]
    (sample,) = page.studio.sample("audio/digits", SampleConfig(seed=7, count=1, label=6)).items
    np.testing.assert_array_equal(heard(asked["src"])[0], sample)
    assert made["digit"] == 3 and made["target"] == "bob" and made["speaker"] in ("ann", "bob")


def test_a_recording_is_made_the_models_length(page: Page, quick: None) -> None:
    tone = (9000 * np.sin(np.arange(44_100) / 9)).astype(np.int16)
    text = base64.b64encode(wav_bytes(tone, 44_100)).decode()
    first, made = sound_voice.on_convert(
        page, view("audio/digits"), {"clip": text, "name": "me.wav", "speaker": 0}
    )
    sent, rate = heard(first["clips"][0]["src"])
    assert (len(sent), rate) == (8192, 8000) and np.abs(sent).max() > 8000
    assert 0 <= made["digit"] <= 9 and made["target"] == "ann"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("%%%", "whole"),
        (3, "8 MB"),
        ("A" * (12 * 2**20), "8 MB"),
        (base64.b64encode(b"<html>").decode(), "not a sound"),
        (base64.b64encode(wav_bytes(np.zeros(8000, np.int16), 8000)).decode(), "silence"),
    ],
)
def test_a_bad_clip_is_told_in_words(page: Page, text: Any, said: str) -> None:
    data = {"clip": text, "name": "<img src=x onerror=1>.wav"}
    run = sound_voice.on_convert(page, view("audio/digits"), data)
    assert next(run)["part"] == "stop"
    with pytest.raises(DataError, match=said) as caught:
        next(run)
    assert "<" not in str(caught.value)


@pytest.mark.parametrize("length", [1, 4096, 8192, 8193, 30_000])
def test_a_long_spectrogram_has_no_seam(length: int) -> None:
    long = (8000 * np.sin(np.arange(length) / 5)).astype(np.int16)
    shown = long_picture(long, 8192)
    assert shown.shape == (64, -(-length // 64), 3)
    if length == 8192:
        np.testing.assert_array_equal(shown, pictures(long[None])[0])
    if length == 30_000:
        inner = shown[:, 10:-10].astype(int)
        assert np.abs(np.diff(inner, axis=1)).max() < 40
