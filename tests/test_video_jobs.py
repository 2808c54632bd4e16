"""Training runs on clips: what is asked for, live clips, history, the model that comes out."""

import io
import time
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from test_jobs import QUICK, TINY, Place, quick_on_a_busy_machine
from test_video_inside import drifting, moving_file

from tgan_demo.config import ModelConfig, SampleConfig
from tgan_demo.contract import Dataset
from tgan_demo.data import catalogue
from tgan_demo.data.limits import MIN_CLIPS
from tgan_demo.errors import ConfigError, DataError
from tgan_demo.modalities import registry
from tgan_demo.models.folder import load_model
from tgan_demo.runs import plan
from tgan_demo.runs.request import RunRequest
from tgan_demo.studio import Studio
from tgan_demo.ui.panels.train import knobs as train_knobs
from tgan_demo.ui.panels.train import sources as train_data

__all__ = ["quick_on_a_busy_machine"]  # a fixture of test_jobs that every test here uses too
CLASSES = ("dot / left", "dot / right")


def clips(frames: int = 8, side: int = 16, classes: tuple[str, ...] = CLASSES) -> Dataset:
    """Thirty clips of a square that goes left or right."""
    items = np.full((30, frames, side, side, 3), 40, np.uint8)
    for i in range(30):
        for t in range(frames):
            at = (2 * t if i % 2 else 2 * (frames - t)) % (side - 4)
            items[i, t, 4:8, at : at + 4] = (200, 8 * i, 90)
    labels = np.arange(30) % 2 if classes else None
    return Dataset("squares", items, labels, classes, "CC0", "me", modality="video")


@pytest.fixture
def place(tmp_path: Path):
    place = Place(tmp_path)
    place.data = place.store.add_dataset(place.visitor, clips())
    yield place
    place.jobs.close()


def film(frame: dict) -> dict:
    assert frame["kind"] == "film"
    return frame


def ask(**changes: object) -> RunRequest:
    return RunRequest(**{"data": "x", "preset": "fast"} | changes)


def planned(request: RunRequest, dataset: Dataset, start=None) -> plan.Plan:
    return plan.make(request, dataset, registry.tokenizer("video"), start)


# --- what is asked for


def test_a_run_on_clips_begins_with_a_warm_start_and_a_size_that_two_cores_can_train() -> None:
    made = planned(ask(), catalogue.make("moving_shapes", 4))
    assert made.model.shape == (3, 16, 32, 32) and made.model.modality == "video"
    assert (made.model.patch, made.model.overlap, made.model.tubelet) == (8, 1, 4)
    assert (made.model.width, made.model.depth) == (96, 3)
    # "star / right / fast": the shape is who is seen, the other two how it moves
    assert (made.model.motion, made.model.moving, made.model.horizon) == (16, 2, 16)
    assert registry.tokenizer("video").tokens(made.model).count == 64
    assert (made.train.warm_start, made.train.warm_start_kl, made.train.reconstruction_weight) == (
        6000,
        2e-2,
        2.0,
    )
    own = planned(
        ask(train_settings={"warm_start": 0}, model_settings={"patch": 4, "motion": 0}),
        catalogue.make("moving_shapes", 4),
    )
    assert (own.train.warm_start, own.train.reconstruction_weight) == (0, 2.0)
    assert (own.model.patch, own.model.motion) == (4, 0)


def test_what_the_page_shows_is_what_a_run_begins_with() -> None:
    shown = train_knobs.spec()["beginnings"]["video"]
    made = planned(ask(), catalogue.make("moving_shapes", 4))
    for key, value in shown.items():
        assert getattr(made.model, key, None) == value or getattr(made.train, key, None) == value


def test_a_small_z_is_shared_between_content_and_motion() -> None:
    made = planned(ask(model_settings=TINY), clips())
    assert (made.model.z_dim, made.model.motion, made.model.horizon) == (8, 4, 8)
    assert planned(ask(), clips(classes=())).model.classes == ()


def test_augmentations_of_other_media_are_left_out() -> None:
    asked = {"augment": "flip, delay, views, gap", "augment_p": 0.5}
    made = planned(ask(train_settings=asked), clips())
    assert set(made.train.augment) == {"flip", "views"} and "left out" in made.notes[-1]
    tuned = planned(ask(preset="fine-tune"), clips())
    assert tuned.train.augment == ("translation", "cutout") and not tuned.notes


def test_media_do_not_mix() -> None:
    pictures = Dataset("p", np.zeros((4, 16, 16, 3), np.uint8), modality="image")
    with pytest.raises(ConfigError, match=r"is image and the model.*makes video"):
        planned(ask(), pictures)
    with pytest.raises(ConfigError, match="tubelet 8 does not divide 12"):
        planned(ask(model_settings={"tubelet": 8}), clips(frames=12))


def test_clips_are_made_to_fit_the_model_and_it_is_said() -> None:
    notes: list[str] = []
    video, tokenizer = registry.get("video").plan, registry.tokenizer("video")
    asked, wider = (
        ModelConfig(modality="video", shape=shape) for shape in ((1, 8, 16, 16), (3, 8, 16, 24))
    )
    fitted = video.fit_dataset(clips(frames=12, side=20), asked, tokenizer, notes)
    assert fitted.items.shape == (30, 8, 16, 16, 1) and fitted.items.dtype == np.uint8
    assert "12 frames of 20 x 20, colour" in notes[0] and "8 frames of 16 x 16, grey" in notes[0]
    wide = video.fit_dataset(clips(), wider, tokenizer, notes)
    assert wide.items.shape == (30, 8, 16, 24, 3)


# --- one run


def test_a_run_on_clips_ends_in_a_model_of_clips(place: Place, tmp_path: Path) -> None:
    run_id = place.start(60, train_settings={**QUICK, "warm_start": 24})
    status = place.until(run_id, "done")
    assert status["medium"] == "video" and status["nimg"] == status["images_total"] == 60
    live = film(status["frame"])
    assert live["frames"] == 8 and live["png"].startswith("data:image/webp;base64,")
    past = place.jobs.frame(place.visitor, run_id, 0)
    assert film(past["frame"])["frames"] == 8 and past["count"] == status["history_count"]
    assert status["attention"]["grid"] == [2, 2, 2]
    model = place.load(status["model_id"], place.visitor)
    assert model.config.classes == CLASSES and model.config.motion == 4
    with Image.open(model.folder / "sheet.png") as sheet:
        assert sheet.size == (160, 80)  # one frame of fifty clips
    assert "squares" in (model.folder / "card.md").read_text()
    # in Play, in Inside, as a zip to another visitor, and on from there
    studio = Studio(place.store.data_dir, weights_dir=tmp_path / "none")
    drawn = studio.sample(status["model_id"], SampleConfig(count=2), place.visitor)
    assert drawn.items.shape == (2, 8, 16, 16, 3)
    maps = studio.attention(status["model_id"], SampleConfig(), place.visitor)
    assert maps.grid == (2, 2, 2) and maps.g_self.shape[-1] == 8
    zipped = place.store.export_model(place.visitor, status["model_id"])
    other = place.store.new_visitor()
    taken = place.store.import_model(other, zipped, title="taken")
    again = load_model(place.store.model_folder(other, taken))
    assert again.config == model.config
    place.jobs.resume(place.visitor, run_id, 20, "images")
    place.until(run_id, lambda s: s["state"] == "done" and s["nimg"] > 60)


def test_a_model_of_clips_learns_from_clips_of_another_size(place: Place) -> None:
    first = place.until(place.start(12), "done")
    place.data = place.store.add_dataset(place.visitor, clips(frames=12, side=24, classes=()))
    run_id = place.start(16, start=first["model_id"], preset="fine-tune", model_settings={})
    status = place.until(run_id, "done")
    assert any("12 frames of 24 x 24" in note for note in status["notes"])
    model = place.load(status["model_id"], place.visitor)
    assert model.config.shape == (3, 8, 16, 16) and model.meta["nimg"] == 12 + 16


def test_a_run_in_its_warm_start_is_told_so_and_its_seconds_hold(place: Place) -> None:
    warm_start = {**QUICK, "warm_start": 120}
    run_id = place.start(8.0, "seconds", train_settings=warm_start)
    health, totals = set(), set()

    def seen(status: dict) -> bool:
        health.add(status["health"]["key"])
        totals.add(status["images_total"])
        return status["state"] == "done"

    begun = time.time()
    status = place.until(run_id, seen)
    assert "warm_start" in health and status["health"]["key"] != "warm_start"
    assert len(totals - {0}) == 2  # settled twice: before the warm_start, and before the game
    assert status["seconds"] < 12 and time.time() - begun < 60
    assert "d_dead" not in health


def test_a_run_on_clips_goes_on_after_the_server_was_stopped(place: Place) -> None:
    run_id = place.start(100_000)
    place.until(run_id, lambda s: s["state"] == "running" and s["step"] > 2)
    place.jobs.close()
    place.jobs = place.open()
    held = place.status(run_id)
    assert held["state"] == "interrupted" and film(held["frame"])["frames"] == 8
    place.jobs.resume(place.visitor, run_id)
    place.until(run_id, lambda s: s["state"] == "running" and s["step"] > held["step"])
    place.jobs.stop(place.visitor, run_id)
    assert place.until(run_id, "stopped")["model_id"]


def test_live_clips_are_small_enough_to_be_sent() -> None:
    noise = np.random.default_rng(0).integers(0, 256, (16, 16, 32, 32, 3), dtype=np.uint8)
    look, model = registry.get("video").look, ModelConfig()
    live = look.live(noise, None, model).to_json()
    assert len(live) < 500_000 < len(look.sheet(noise, 4).to_json())
    long = np.zeros((16, 256, 32, 32, 1), np.uint8)  # higher than a WebP may be
    assert b"image/png" in look.live(long, None, model).to_json()


# --- data


def test_the_menu_has_clips_of_our_own_and_a_strip_that_plays(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = {row.id: row for row in place.store.datasets(place.visitor)}
    shapes = rows["moving_shapes"]
    assert shapes.modality == "video" and len(shapes.classes) == 128 and rows[place.data].own
    assert rows["shapes"].modality == "image" and rows[place.data].modality == "video"
    shown = train_data.preview_of(Page(place), place.visitor, "moving_shapes")
    assert film(shown["src"])["frames"] == 16 and shown["painted"]
    assert [len(values) for values in shown["factors"]] == [8, 8, 2] and shown["num_classes"] == 128
    monkeypatch.setattr(catalogue, "MAX_MADE", 20)
    assert place.store.dataset(None, "moving_shapes").items.shape == (20, 16, 32, 32, 3)


class Page:
    """What the handlers read of a page."""

    def __init__(self, place: Place) -> None:
        self.studio = Studio(place.store.data_dir, weights_dir=place.store.data_dir / "none")


@pytest.fixture
def page(place: Place) -> Page:
    return Page(place)


def test_own_clips_are_shown_cut_and_kept_as_data(page: Page, place: Place, tmp_path: Path) -> None:
    paths = [str(moving_file(tmp_path, ".gif").rename(tmp_path / f"{i}.gif")) for i in range(20)]
    paths.append(str(moving_file(tmp_path, ".mp4")))
    broken = tmp_path / "broken.webm"
    broken.write_bytes(b"\x1aE\xdf\xa3 nothing more")
    paths.append(str(broken))
    value, held = train_data.on_upload(page, place.visitor, paths)
    crop = value["upload"]
    assert (
        crop["modality"] == "video"
        and crop["enough"]
        and crop["count"] >= 21
        and not crop["stills"]
    )
    assert film(crop["src"])["frames"] == 16 and (crop["w"], crop["h"]) == (32, 32)
    assert crop["left_out"] == 1 and "broken.webm" in crop["refused"][0]
    value = train_data.on_keep(page, place.visitor, held, {"title": "<b>drift</b>"})
    data_id = value["preview"]["id"]
    kept = place.store.dataset(place.visitor, data_id)
    assert kept.items.shape[1:] == (16, 32, 32, 3) and kept.labels is None
    assert film(value["preview"]["src"])["frames"] == 16
    assert not any(Path(path).exists() for path in held.paths)


def test_too_few_clips_are_counted_and_refused(page: Page, place: Place, tmp_path: Path) -> None:
    paths = [str(moving_file(tmp_path, ".webp"))]
    value, held = train_data.on_upload(page, place.visitor, paths)
    crop = value["upload"]
    assert crop["modality"] == "video" and not crop["enough"] and crop["least"] == MIN_CLIPS
    with pytest.raises(DataError, match=f"from {MIN_CLIPS} clips"):
        train_data.on_keep(page, place.visitor, held, {})
    dark = tmp_path / "dark.mp4"
    dark.write_text("no film")
    with pytest.raises(DataError, match=r"no clip among these.*dark\.mp4"):
        train_data.on_upload(page, place.visitor, [str(dark)])


def test_a_zip_of_pictures_may_be_frames_if_the_person_says_so(
    page: Page, place: Place, tmp_path: Path
) -> None:
    path = tmp_path / "frames.zip"
    with zipfile.ZipFile(path, "w") as zipped:
        for clip in range(MIN_CLIPS):
            for t, picture in enumerate(drifting(8)):
                buffer = io.BytesIO()
                Image.fromarray(np.roll(picture, clip, axis=1)).save(buffer, "PNG")
                zipped.writestr(f"{clip:02d}/{t:03d}.png", buffer.getvalue())
    value, held = train_data.on_upload(page, place.visitor, [str(path)])
    crop = value["upload"]
    assert crop["stills"] and crop["modality"] == "image" and crop["count"] == 8 * MIN_CLIPS
    value = train_data.on_crop(page, place.visitor, held, {"frames": True})
    crop = value["upload"]
    assert crop["stills"] and crop["modality"] == "video" and crop["count"] == MIN_CLIPS
    value = train_data.on_keep(page, place.visitor, held, {"frames": True, "title": "frames"})
    kept = place.store.dataset(place.visitor, value["preview"]["id"])
    assert kept.items.shape == (MIN_CLIPS, 16, 32, 32, 3)
