"""What version 0.1 kept is still understood: its folders, files, links, settings, samples and losses.

The files lie in fixtures/v01; `make.py` there says how each was made. What this test knows of the
package's inside stands in inside.py.
"""

import functools
import io
import json
import shutil
import time
import wave
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import numpy as np
import pytest
import torch
import toys
from inside import (
    ABOUT,
    V01,
    VISITOR,
    begun,
    brought_clip,
    check_settings,
    command,
    config_of,
    drawn,
    dropped,
    kept_by,
    learned,
    load_model,
    load_state,
    made,
    open_studio,
    opened,
    page_over,
    read,
    read_config,
    read_recipe,
    saved,
    set_texts,
    settings_inside,
    settled,
    sound_class,
    steps_of,
    walk_of,
)
from PIL import Image

ROOT = Path(__file__).parents[1]
NEAR = 2  # of 255, and of sounds the same part of full scale: processors differ
LOUD = NEAR * 32_768 / 255
# the beginning of a frame of version 0.1 -> its kind now
KINDS = {"data": "raster", "text": "written", "sound": "played", "clips": "film"}

# ---- helpers


@pytest.fixture(scope="module", autouse=True)
def _phases() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        toys.true_phases(patch)
        yield


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Bundled models that links and saves name: few, since a studio holds only few in memory."""
    folder = tmp_path_factory.mktemp("weights")
    names = {link["model"] for link in read("links.json")} | {"image/digits"}
    for name in names:
        if (ROOT / "weights" / name).is_dir():
            shutil.copytree(ROOT / "weights" / name, folder / name)
    return folder


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory, weights: Path) -> Iterator[Any]:
    """Over a copy of the old data directory; its runs are only looked at."""
    home = tmp_path_factory.mktemp("old") / "data"
    shutil.copytree(V01 / "data", home)
    studio = open_studio(home, weights)
    yield studio
    studio.jobs.close()


@pytest.fixture(scope="module")
def page(studio: Any) -> Any:
    return page_over(studio)


# ---- the data directory


def test_uploads_are_listed_and_whole(studio: Any) -> None:
    listed = {row.id: row for row in studio.store.datasets(VISITOR) if row.own}
    assert set(listed) == set(ABOUT["data"].values())
    counts, titles = zip(*((row.count, row.title) for row in listed.values()), strict=True)
    assert sorted(counts) == [24, 30, 30, 32]
    assert set(titles) == {"stripes", "lines", "tones", "squares"}
    found = {name: studio.store.dataset(VISITOR, ABOUT["data"][name]) for name in ABOUT["data"]}
    assert found["pictures"].items.shape == (30, 8, 8, 1) and found["pictures"].labels.sum() == 15
    assert found["pictures"].classes == ("odd", "even") and found["pictures"].licence == "CC0-1.0"
    assert "a red cat on a mat." in found["lines"].items
    assert found["tones"].items.shape == (24, 8_192) and found["tones"].items.dtype == np.int16
    assert found["clips"].items.shape == (30, 8, 8, 8, 1)


@pytest.mark.parametrize("name", ABOUT["runs"])
def test_runs_are_listed_with_curves_and_frames(studio: Any, name: str) -> None:
    run, wanted = ABOUT["runs"][name], dict(ABOUT["status"][name])
    assert run in {row["id"] for row in studio.jobs.runs(VISITOR)}
    status = studio.jobs.status(VISITOR, run)
    last, points, frame = (wanted.pop(key) for key in ("last", "points", "frame"))
    assert {key: status[key] for key in wanted} == wanted
    assert len(status["x"]) == points
    assert {key: status[key][-1] for key in last} == last
    for index in range(status["history_count"]):
        shown = studio.jobs.frame(VISITOR, run, index)
        assert shown["frame"]["kind"] == KINDS[frame] and shown["count"] == status["history_count"]


def test_own_models_are_listed_and_draw(studio: Any) -> None:
    own = {info.id: info for info in studio.models(VISITOR) if info.own}
    assert set(own) == set(ABOUT["models"].values())
    assert {info.title for info in own.values()} == {"small talk", "squares", "tones"}
    assert all(info.licence == "CC0-1.0" and info.nimg in (80, 120) for info in own.values())
    shapes = {"text": (2,), "clips": (2, 8, 8, 8, 1), "sound": (2, 8_192)}
    for name, model in ABOUT["models"].items():
        items = studio.sample(model, config_of("SampleConfig", count=2), VISITOR).items
        assert items.shape == shapes[name], name


def test_an_own_model_says_how_it_was_trained(studio: Any) -> None:
    folder = studio.store.model_folder(VISITOR, ABOUT["models"]["clips"])
    kept = json.loads((folder / "config.json").read_text("utf-8"))["train"]
    asked = {"rehearsal": 40, "anchor": 0.4, "continuity": 0.3, "warmup_steps": 5}
    check_settings(config_of("TrainConfig", **kept), asked)


def test_a_stopped_run_goes_on_and_becomes_a_model(tmp_path: Path) -> None:
    shutil.copytree(V01 / "data", tmp_path / "data")
    studio, run = open_studio(tmp_path / "data", tmp_path / "none"), ABOUT["runs"]["stopped"]
    before = ABOUT["status"]["stopped"]["nimg"]
    try:
        studio.jobs.resume(VISITOR, run, 80, "images")
        end = time.monotonic() + 60
        while (now := studio.jobs.status(VISITOR, run))["state"] != "done":
            assert now["state"] != "failed" and time.monotonic() < end, now
            time.sleep(0.05)
    finally:
        studio.jobs.close()
    assert now["nimg"] == before + 80 and now["x"][-1] == before + 80
    assert now["history_count"] > ABOUT["status"]["stopped"]["history_count"]
    model = studio.info(now["model_id"], VISITOR)
    assert model.title == "small pictures" and model.classes == ("odd", "even")
    drawn = studio.sample(now["model_id"], config_of("SampleConfig", count=3), VISITOR)
    assert drawn.items.shape == (3, 8, 8, 1)


def test_a_run_in_half_size_goes_on_with_its_encoder(studio: Any) -> None:
    state = load_state(V01 / "warm.resume.safetensors")
    check_settings(state.train, {"rehearsal": 40, "anchor": 0.4, "images": 200})
    assert (state.step, state.nimg) == (20, 80)
    dataset = studio.store.dataset(VISITOR, ABOUT["data"]["pictures"])
    steps = steps_of(state, dataset, 5)
    assert len(steps) == 5 and state.nimg == 100
    assert all(0 < step.loss_d < 5 and 0 < step.loss_g < 20 for step in steps)


def test_a_model_travels_as_a_zip(studio: Any) -> None:
    new = studio.store.import_model(VISITOR, V01 / "lines.zip")
    try:
        info = studio.info(new, VISITOR)
        assert (info.title, info.modality, info.route) == ("lines", "text", "latent")
        config = config_of("SampleConfig", seed=3, count=4, temperature=0.7)
        texts = studio.sample(new, config, VISITOR).items
        assert [str(text) for text in texts] == ABOUT["lines.zip"]
    finally:
        studio.store.delete(VISITOR, new)


# ---- what a person saved


def asked(name: str) -> tuple[str, Any]:
    """The model and the settings that a saved file was made with."""
    values = dict(ABOUT["saves"][name])
    return str(values.pop("model")), config_of("SampleConfig", **values)


@pytest.mark.parametrize(("name", "kind"), [("digits.png", "png1"), ("frames.png", "sheet1")])
def test_a_saved_png_brings_its_settings_back(page: Any, name: str, kind: str) -> None:
    content = (V01 / name).read_bytes()
    model, config = asked(name)
    assert settings_inside(content) == ABOUT["saves"][name]
    assert dropped(page, content, name) == (model, config)
    again = saved(page, kind, model, config)
    assert settings_inside(again) == ABOUT["saves"][name]
    was, now = (np.asarray(Image.open(io.BytesIO(png)), np.int16) for png in (content, again))
    assert was.shape == now.shape and np.abs(was - now).max() <= NEAR


def test_a_saved_film_is_made_again_and_can_be_brought(page: Any) -> None:
    content = (V01 / "clips.webp").read_bytes()
    assert settings_inside(content) is None  # films hold none
    was, now = (frames(film) for film in (content, saved(page, "webp", *asked("clips.webp"))))
    assert was.shape == now.shape and len(was) == 8 and np.abs(was - now).max() <= NEAR
    assert brought_clip(content).shape == (16, 32, 32, 3)


def frames(content: bytes) -> np.ndarray:
    """Of a film at 8 frames a second, int16 (T, H, W, 3)."""
    with Image.open(io.BytesIO(content)) as film:
        shown = []
        for index in range(getattr(film, "n_frames", 1)):
            film.seek(index)
            shown.append(np.asarray(film.convert("RGB"), np.int16))
            assert film.info["duration"] == 125  # ms
    return np.stack(shown)


def test_saved_sounds_bring_their_settings_and_are_made_again(page: Any) -> None:
    with zipfile.ZipFile(V01 / "sounds.zip") as zipped:
        assert zipped.namelist() == ["0000-seed-4.wav", "settings.json"]
        settings, was = json.loads(zipped.read("settings.json")), zipped.read("0000-seed-4.wav")
    model, config = asked("sounds.zip")
    assert settings == ABOUT["saves"]["sounds.zip"]
    assert settings.pop("model") == model and config_of("SampleConfig", **settings) == config
    with zipfile.ZipFile(io.BytesIO(saved(page, "wav", model, config))) as zipped:
        assert zipped.namelist() == ["0000-seed-4.wav", "settings.json"]
        again = zipped.read("0000-seed-4.wav")
    assert np.abs(heard(was) - heard(again)).max() <= LOUD


def test_a_saved_wav_is_made_again(studio: Any, tmp_path: Path) -> None:
    model, config = asked("sound.wav")
    folder = studio.store.model_folder(VISITOR, model)
    words = ("--seed", config.seed, "--count", 1, "--out", tmp_path / "out")
    assert command("sample", folder, *words) == 0
    (made_now,) = (tmp_path / "out").iterdir()
    assert made_now.name == "0000-seed-6.wav"
    was = heard((V01 / "sound.wav").read_bytes())
    assert np.abs(was - heard(made_now.read_bytes())).max() <= LOUD


def heard(content: bytes) -> np.ndarray:
    """A WAV at 8 kHz, int32 (S,)."""
    with wave.open(io.BytesIO(content)) as file:
        assert (file.getframerate(), file.getsampwidth(), file.getnchannels()) == (8_000, 2, 1)
        sound = np.frombuffer(file.readframes(file.getnframes()), "<i2").astype(np.int32)
    assert sound.shape == (8_192,)
    return sound


# ---- links


@pytest.mark.parametrize("link", read("links.json"), ids=lambda link: link["tab"])
def test_a_link_opens_as_it_did(studio: Any, link: dict) -> None:
    shown = opened(studio, dict(parse_qsl(link["query"])))
    assert shown.visitor == VISITOR or "me=" not in link["query"]
    for key in ("tab", "lang", "model", "walk", "notes"):
        assert getattr(shown, key) == link[key], key
    check_settings(shown.config, link["config"])


def test_the_links_are_of_every_tab() -> None:
    tabs = {link["tab"] for link in read("links.json")}
    assert tabs == {"play", "walk", "inside", "train", "sound", "motion"}


def test_a_walk_in_a_link_is_the_walk() -> None:
    walk = walk_of("42_57~7_99~~12~0.3!lerp!w!12!0")
    assert [key.seed for key in walk.keys] == [42, 57, 99] and walk.keys[1].label == 7
    assert (walk.keys[2].variation_seed, walk.keys[2].variation) == (12, 0.3)
    assert (walk.path, walk.space, walk.frames, walk.loop, walk.part) == (
        "lerp", "w", 12, False, "both",
    )  # fmt: skip
    assert walk_of("1_2~4!slerp!z!24!1!motion").part == "motion"


# ---- settings


@pytest.mark.parametrize("kind", ["model", "train", "sample"])
def test_settings_as_json_keep_every_value(kind: str) -> None:
    text = (V01 / "settings" / f"{kind}.json").read_text("utf-8")
    check_settings(read_config(f"{kind.capitalize()}Config", text), json.loads(text))


def test_a_request_asks_for_the_same() -> None:
    request = read("settings/request.json")
    model, train = settled(**request)
    check_settings(model, request["model_settings"])
    check_settings(train, request["train_settings"] | {"images": 640})
    assert model.width == 96  # of the preset


def test_a_recipe_with_old_names_is_read() -> None:
    recipe = read_recipe(V01 / "settings" / "recipe.toml")
    assert (recipe.id, recipe.title, recipe.temperature) == ("text/own", "Own", 0.8)
    check_settings(recipe.train, {"rehearsal": 640, "rehearsal_kl": 0.02, "anchor": 1.5})
    assert (recipe.train.batch_size, recipe.cooldown.lr_end) == (8, 0.1)
    assert recipe.model.route == "latent" and recipe.model.shape == (2, 2, 8)


def test_old_names_may_be_set_by_command_line() -> None:
    texts = {"rehearsal": "640", "rehearsal_kl": "0.02", "anchor": "1.5", "continuity": "0.75"}
    check_settings(set_texts("TrainConfig", **texts), {k: float(v) for k, v in texts.items()})


# ---- numbers


@functools.cache
def stored() -> dict[str, np.ndarray]:
    with np.load(V01 / "samples.npz") as file:
        return dict(file)


BUNDLED = sorted([*stored(), *read("samples.json")])


def test_every_bundled_model_has_stored_samples() -> None:
    folders = (path.parent for path in (ROOT / "weights").glob("*/*/config.json"))
    assert sorted(f"{folder.parent.name}/{folder.name}" for folder in folders) == BUNDLED


@pytest.mark.parametrize("name", BUNDLED)
def test_bundled_models_draw_what_they_drew(name: str, studio: Any) -> None:
    model = load_model(ROOT / "weights" / name)
    config = config_of("SampleConfig", seed=7, count=2, temperature=model.temperature)
    items = drawn(model, config)
    if name not in stored():
        assert [str(text) for text in items] == read("samples.json")[name]
        return
    was = stored()[name]
    if was.dtype == np.int16:
        assert np.abs(was.astype(int) - items[0, ::8]).max() <= LOUD
        return
    now = items[0, ::4] if items.ndim == 5 else items
    assert was.shape == now.shape and np.abs(was.astype(int) - now).max() <= NEAR


@pytest.mark.parametrize("route", read("losses.json"))
def test_twenty_steps_lose_what_they_lost(route: str, studio: Any, tmp_path: Path) -> None:
    kept = read("losses.json")[route]
    dataset = made(kept["data"])
    model, train = (
        config_of("ModelConfig", **kept["model"]),
        config_of("TrainConfig", **kept["train"]),
    )
    if route == "text latent":  # its autoencoder would take ten seconds to train
        with zipfile.ZipFile(V01 / "lines.zip") as zipped:
            zipped.extractall(tmp_path)
        learning = kept_by(load_model(tmp_path))
    elif route == "text":  # a vocabulary learned on another processor is another
        learning = kept_by(studio.load(ABOUT["models"]["text"], VISITOR))
    else:
        learning = learned(dataset, model)
    steps = steps_of(begun(model, train, learning), dataset)
    for name in ("loss_d", "loss_g"):
        now = [getattr(step, name) for step in steps]
        np.testing.assert_allclose(now, kept[name], rtol=1e-4, atol=1e-6, err_msg=name)


# ---- sound at 8 kHz on the command line


def test_sound_at_8_khz_is_trained_resumed_and_drawn(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tone = np.sin(2 * np.pi * 440 * np.arange(16_000) / 16_000)
    (tmp_path / "wavs").mkdir()
    for i in range(24):
        sound = (8_000 * tone[: 8_000 + 300 * i]).astype("<i2")
        with wave.open(str(tmp_path / "wavs" / f"{i}.wav"), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(16_000)
            file.writeframes(sound.tobytes())
    model, out = tmp_path / "model", tmp_path / "run"
    shutil.copytree(next((V01 / "data").glob(f"*/*/models/{ABOUT['models']['sound'][5:]}")), model)
    seen: list[tuple[int, ...]] = []
    read_items = sound_class().from_items

    def watched(self: Any, *args: Any) -> torch.Tensor:
        signal = read_items(self, *args)
        seen.append(tuple(signal.shape[1:]))
        return signal

    monkeypatch.setattr(sound_class(), "from_items", watched)
    about = ("--data", tmp_path / "wavs", "--seed", 0, "--out", out)
    tuned = ("--set", "batch_size=4", "precision=float32")
    assert command("train", "--model", model, *about, *tuned, "--images", 40) == 0
    assert load_state(out).nimg == 120
    assert command("train", *about, "--resume", "--images", 40) == 0
    state = load_state(out)
    assert state.nimg == 160 and state.model.shape == (1, 64, 128)
    assert set(seen) == {(1, 64, 128)}
    assert command("sample", out, "--count", 2, "--out", tmp_path / "a.npz") == 0
    with np.load(tmp_path / "a.npz") as file:
        assert file["audio"].shape == (2, 8_192) and int(file["sample_rate"]) == 8_000
