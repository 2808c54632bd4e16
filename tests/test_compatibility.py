"""What version 0.1 kept is still understood: its folders, files, links, settings, samples and losses.

The files lie in fixtures/v01; `make.py` there says how each was made. What this test knows of the
package's inside stands in the first block, so that it can be pointed to where things are now.
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
from PIL import Image

V01 = Path(__file__).parent / "fixtures" / "v01"
ROOT = Path(__file__).parents[1]
ABOUT = json.loads((V01 / "about.json").read_text("utf-8"))
VISITOR = ABOUT["visitor"]
NEAR = 2  # of 255, and of sounds the same part of full scale: processors differ
LOUD = NEAR * 32_768 / 255
# the beginning of a frame of version 0.1 -> its kind now
KINDS = {"data": "raster", "text": "written", "sound": "played", "clips": "film"}

# ---- the inside of the package: imports stand in these functions and nowhere else here

RENAMED = {  # a setting of version 0.1 -> its name now, where it has another
    "rehearsal": "warm_start",
    "rehearsal_kl": "warm_start_kl",
    "anchor": "reconstruction_weight",
}


def open_studio(data_dir: Path, weights: Path) -> Any:
    """The one door, over a data directory and a folder of bundled models."""
    from tgan_demo.studio import Studio

    return Studio(data_dir, weights_dir=weights)


def config_of(kind: str, **values: object) -> Any:
    """ModelConfig, TrainConfig or SampleConfig of plain values that may have old names."""
    from tgan_demo import config

    return config.from_dict(getattr(config, kind), values)


def read_config(kind: str, text: str) -> Any:
    """Likewise, from JSON."""
    from tgan_demo import config

    return config.from_json(getattr(config, kind), text)


def set_texts(kind: str, **texts: str) -> Any:
    """The defaults with the `key=value` texts of a command line put in."""
    from tgan_demo import config

    return config.merge(getattr(config, kind)(), texts)


def settled(**request: object) -> tuple[Any, Any]:
    """ModelConfig and TrainConfig of a request."""
    from tgan_demo.runs import plan

    return plan.settle(plan.RunRequest(**request))


def read_recipe(path: Path) -> Any:
    from tgan_demo.data import recipes

    return recipes.load_recipe(str(path))


def settings_inside(content: bytes) -> dict | None:
    """Of a PNG that was saved on the page."""
    from tgan_demo import export

    return export.read_settings(content)


def page_over(studio: Any) -> Any:
    from tgan_demo.ui.page import Page

    return Page(studio)


def dropped(page: Any, content: bytes, name: str) -> tuple[str, Any]:
    """The model and the SampleConfig that the page has after a file was dropped on it."""
    import base64

    from tgan_demo.ui.panels.play import saving

    order = {"data": base64.b64encode(content).decode(), "name": name}
    *values, said = saving.on_png(page, VISITOR, "en", "image/digits", order)
    assert name in said["text"]
    view = page.view(VISITOR, "en", *values)
    return view.model, view.config


def saved(page: Any, kind: str, model: str, config: Any) -> bytes:
    """What the page's button `kind` makes a person's browser save."""
    import base64

    from tgan_demo.ui.page import View
    from tgan_demo.ui.panels.play import saving

    order = saving.on_save(page, View(VISITOR, "en", model, config), kind)
    return base64.b64decode(order["data"])


def opened(studio: Any, query: dict[str, str]) -> Any:
    """What the page shows for a link: tab, lang, model, walk, config, notes."""
    from tgan_demo.ui import blocks, visit

    return visit.open_page(studio, query, blocks.TABS)


def walk_of(text: str) -> Any:
    from tgan_demo.ui import walks

    return walks.read(text)


def brought_clip(content: bytes) -> np.ndarray:
    """A person's film at the size that runs have, uint8 (T, H, W, 3)."""
    from tgan_demo.modalities.video import uploads as clips

    return clips.read(content, "film.webp")


def load_model(place: Path) -> Any:
    from tgan_demo.models import folder

    return folder.load_model(place)


def load_state(path: Path) -> Any:
    from tgan_demo.runs import checkpoint

    return checkpoint.load_state(path)


def drawn(model: Any, config: Any) -> np.ndarray:
    """Items of a loaded model."""
    from tgan_demo.engine.draw import sampler

    return sampler.draw(model, config)[0]


def begun(model: Any, train: Any, tokenizer: Any) -> Any:
    """A run from scratch."""
    from tgan_demo.engine.game.state import new_state

    return new_state(model, train, tokenizer)


def steps_of(state: Any, dataset: Any, steps: int | None = None) -> list[Any]:
    """The events of so many steps, or of all that the budget allows."""
    from tgan_demo.engine.game import trainer
    from tgan_demo.events import StepDone

    events = trainer.train_slice(state, dataset, steps=steps)
    return [event for event in events if isinstance(event, StepDone)]


def learned(dataset: Any, model: Any) -> Any:
    """What the engine asks about a model's tokens, with what it learns of the data."""
    from tgan_demo.modalities import registry

    return registry.tokenizer(model.modality, model.route).fit(dataset)


def kept_by(model: Any) -> Any:
    """Likewise, with what a loaded model has learned."""
    return model.tokenizer


def made(data: list) -> Any:
    """A built-in data set of [name, count], else these lines of text."""
    from tgan_demo.contract import Dataset
    from tgan_demo.data import catalogue

    if len(data) != 2:
        return Dataset("lines", np.array(data), modality="text")
    name, count = data
    return catalogue.make(name, count)


def command(*words: object) -> int:
    """`python -m tgan_demo ...` in this process."""
    from tgan_demo import __main__ as command_line

    return command_line.main([str(word) for word in words])


def sound_class() -> type:
    """The class whose `from_items` makes spectrograms, (B, 1, bands, frames), of sounds."""
    from tgan_demo.modalities import registry

    return type(registry.tokenizer("audio"))


# ---- helpers


def value(config: Any, name: str) -> object:
    """A setting by its name in version 0.1."""
    return getattr(config, RENAMED.get(name, name))


def check_settings(config: Any, values: dict[str, object]) -> None:
    for name, wanted in values.items():
        assert value(config, name) == (tuple(wanted) if isinstance(wanted, list) else wanted), name


def read(name: str) -> Any:
    return json.loads((V01 / name).read_text("utf-8"))


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
