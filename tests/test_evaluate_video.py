"""Scores of clips: the measure sees motion, and each number means what it says."""

import numpy as np
import pytest
import toys

from tgan_demo.contract import Dataset
from tgan_demo.files import tensors as tensor_file
from tgan_demo.measure import encoder, report
from tgan_demo.modalities.video import measure as evaluate_video
from tgan_demo.modalities.video import readers
from tgan_demo.modalities.video.painters import moving
from tgan_demo.models import evaluation as evaluate
from tgan_demo.models.folder import load_model

NAMES = ["what", "way"]


def dots(count: int, seed: int = 0) -> Dataset:
    """A bright or a dark block that goes left, right or stays: 8 frames of 16 x 16."""
    rng = np.random.default_rng(seed)
    labels = np.arange(count) % 6
    items = np.full((count, 8, 16, 16, 3), 128, np.uint8)
    for clip, label in zip(items, labels, strict=True):
        x, y, step = rng.integers(0, 16), rng.integers(0, 11), (-2, 2, 0)[label % 3]
        for t in range(8):
            columns = np.arange(x + step * t, x + step * t + 5) % 16
            clip[t, y : y + 5, columns] = (255, 0)[label // 3]
    return Dataset("dots", items, labels, toys.MOVES.classes, modality="video")


def moves(root, reader):
    """A toy model whose classes have factors, with a classifier of them."""
    folder = root / "video" / "moves"
    toys.make_model(folder, toys.MOVES)
    meta = tensor_file.read_json(folder / "config.json")
    meta["data"]["factors"] = NAMES
    tensor_file.write_json(folder / "config.json", meta)
    encoder.save_encoder(reader, folder)
    return load_model(folder)


@pytest.fixture(scope="module")
def reader():
    return readers.train_reader(dots(600), NAMES, images=8_000)


def test_the_reader_learns_classes_and_playback(reader):
    test = dots(120, seed=1)
    truth = np.stack(np.unravel_index(test.labels, (2, 3)), axis=1)
    right = reader.accuracy(test.items, np.column_stack((truth, np.zeros(120, int))))
    assert right["what"] > 0.8 and right["way"] > 0.8
    assert list(reader.targets) == [*NAMES, "playback"]


def test_the_distance_sees_motion(reader, tmp_path):
    model = moves(tmp_path, reader)
    train, test = dots(300), dots(120, seed=1)
    task = evaluate_video.MEASURE.task(model, train, test, n=120)
    real = report.real_values(
        task, evaluate_video.MEASURE.measures, evaluate_video.MEASURE.has(task)
    )["clips"]
    assert real["fvd_shuffled"] > 2 * real["fvd"] and real["fvd_still"] > 5 * real["fvd"]


def test_samples_floor_and_controls_have_one_n(reader, tmp_path, monkeypatch):
    model = moves(tmp_path, reader)
    train, test = dots(300), dots(120, seed=1)
    task = evaluate_video.MEASURE.task(model, train, test, n=60)
    # the reference is of the same 60 held-out clips that stand in for samples
    assert evaluate_video.distance(task, task.held_out)["fvd"] == pytest.approx(0, abs=1e-6)
    spoilt, plain = [], readers.shuffled
    monkeypatch.setattr(
        evaluate_video,
        "shuffled",
        lambda clips, rng: spoilt.append(len(clips)) or plain(clips, rng),
    )
    found = evaluate.evaluate(model.folder, train=train, test=test, n=60)
    assert spoilt == [60] and found["n"] == 60
    rows = [row for space in found["scores"].values() for row in space.values()]
    assert all(row["n"] == 60 and "real_n" not in row for row in rows)
    clips = found["scores"]["clips"]
    assert clips["fvd_shuffled"]["real"] == clips["fvd"]["real"]
    assert clips["fvd"]["low"] < clips["fvd"]["ratio"] < clips["fvd"]["high"]


def test_real_clips_do_as_asked_and_others_do_not(reader):
    test = dots(120, seed=1)
    asked = evaluate_video.requested(reader, test.items, test.classes, test.labels, NAMES)
    turned = evaluate_video.requested(
        reader, test.items[:, ::-1].copy(), test.classes, test.labels, NAMES
    )
    assert asked["requested_way"] > 0.8 > turned["requested_way"]
    assert asked["requested_all"] <= min(asked["requested_what"], asked["requested_way"])


def test_who_changes_is_not_kept():
    rng = np.random.default_rng(0)
    colours = np.array([[250, 20, 20], [20, 250, 20], [20, 20, 250]], np.uint8)
    traits = rng.integers(0, 3, (300, 1))
    items = np.broadcast_to(colours[traits[:, 0]][:, None, None, None], (300, 4, 16, 16, 3)).copy()
    frames = readers.train_frames(
        Dataset("x", items, modality="image"), traits, ["colour"], images=5_000
    )
    assert evaluate_video.kept(frames, items[:20]) == 1
    items[:20, 3] = items[20:40, 0]
    mixed = traits[:20, 0] != traits[20:40, 0]
    assert evaluate_video.kept(frames, items[:20]) == pytest.approx(1 - mixed.mean() / 4)


def test_shuffled_and_still_clips_keep_their_frames():
    clips = dots(6).items
    rng = np.random.default_rng(0)
    mixed, held = readers.shuffled(clips, rng), readers.still(clips, rng)
    for clip, other, one in zip(clips, mixed, held, strict=True):
        assert sorted(f.tobytes() for f in clip) == sorted(f.tobytes() for f in other)
        assert (one == one[0]).all() and any((one[0] == frame).all() for frame in clip)
    assert not np.array_equal(clips, mixed)


def test_velocities_are_those_of_the_classes():
    classes = ("disc / left / fast", "star / down / slow")
    found = evaluate_video.velocities(classes, np.array([0, 1, 0]), moving.SIDE)
    assert np.allclose(found, [[-1.5, 0], [0, 0.75], [-1.5, 0]])


def test_a_model_is_scored_with_and_without_its_data(tmp_path, reader):
    train, test = dots(300), dots(60, seed=1)
    model = moves(tmp_path, reader)
    folder = model.folder
    evaluate_video.MEASURE.bundle(model, train, test, targets=None, traits=None, seconds=1)
    whole = evaluate.evaluate(folder, train=train, test=test)
    assert whole["n"] == 60 and not whole["missing"]
    clips = whole["scores"]["clips"]
    assert clips["fvd"]["ratio"] > 3 and clips["nearest_training"]["value"] > 0
    assert {"requested_what", "requested_way"} < set(whole["scores"]["classes"])
    assert whole["scores"]["motion"]["energy"]["real"] > 0
    alone = evaluate.evaluate(folder)
    assert alone["scores"]["clips"]["fvd"]["value"] == pytest.approx(clips["fvd"]["value"], rel=0.5)
    assert {row["score"] for row in alone["missing"]} >= {"clips.coverage"}
