"""The commands `invert` and `encoder`: a user's own items through a model, and what they are refused for."""

import json
from pathlib import Path

import numpy as np
import pytest
import toys

from tgan_demo.cli import main as command_line
from tgan_demo.engine.draw import encoding
from tgan_demo.files.tensors import read_tensors
from tgan_demo.modalities import registry
from tgan_demo.models import card, vae_rows
from tgan_demo.models.folder import load_model

Capture = pytest.CaptureFixture[str]
DRAW = np.random.default_rng(0)
ITEMS = {
    "image/avatars": DRAW.integers(0, 256, (3, 32, 32, 3), np.uint8),
    "image/digits": DRAW.integers(0, 256, (2, 28, 28, 1), np.uint8),
    "audio/digits": toys.TONES[:2],
    "video/moves": DRAW.integers(0, 256, (2, 8, 16, 16, 3), np.uint8),
    "text/lines": toys.SAID[:2],
}


def run(capsys: Capture, *words: object) -> dict:
    code = command_line.main([str(word) for word in words])
    out, err = capsys.readouterr()
    assert code == 0, err
    return json.loads(out.strip().splitlines()[-1])


def refused(capsys: Capture, *words: object) -> str:
    code = command_line.main([str(word) for word in words])
    _, err = capsys.readouterr()
    assert code == 2 and err.startswith("error: ") and "Traceback" not in err
    return err


def saved(folder: Path, **arrays: np.ndarray) -> Path:
    np.savez(folder / "mine.npz", allow_pickle=False, **arrays)
    return folder / "mine.npz"


@pytest.mark.parametrize("name", ITEMS)
@pytest.mark.parametrize("per_block", [False, True])
def test_the_answer_has_the_same_key(
    name: str, per_block: bool, toy_weights: Path, tmp_path: Path, capsys: Capture
) -> None:
    items, key = ITEMS[name], registry.get(name.split("/")[0]).files.name
    data, out = saved(tmp_path, **{key: items}), tmp_path / "out.npz"
    words = ["--data", data, "--out", out, "--seconds", "0.05"]
    folder = toy_weights / name
    said = run(capsys, "invert", folder, *words, *(["--per-block"] if per_block else []))
    config = load_model(folder).config
    with np.load(out, allow_pickle=False) as answer:
        assert set(answer.files) == {key, "w", "error"}
        assert answer[key].dtype.kind == items.dtype.kind
        assert answer[key].shape == items.shape
        places = (1 + config.depth,) if per_block else ()
        assert answer["w"].shape == (len(items), *places, config.z_dim)
        assert answer["w"].dtype == answer["error"].dtype == np.float32
        assert answer["error"].shape == (len(items),) and (answer["error"] > 0).all()
        assert said["count"] == len(items) and said["error"] <= said["first_error"]


def test_sizes_are_adapted_and_labels_go_along(
    toy_weights: Path, tmp_path: Path, capsys: Capture
) -> None:
    large = DRAW.integers(0, 256, (2, 50, 40, 3), np.uint8)
    data, out = saved(tmp_path, images=large, labels=np.array([3, 8])), tmp_path / "out.npz"
    run(
        capsys,
        "invert",
        toy_weights / "image/digits",
        "--data",
        data,
        "--out",
        out,
        "--seconds",
        "0",
    )
    with np.load(out, allow_pickle=False) as answer:
        assert answer["images"].shape == (2, 28, 28, 1) and answer["labels"].tolist() == [3, 8]


PICTURES = ITEMS["image/digits"]
REFUSED = [
    ("image/digits", {"audio": toys.TONES[:1]}, "mine.npz needs an array 'images'; it has 'audio'"),
    ("image/digits", {"images": PICTURES[0]}, "item 0"),
    ("image/digits", {"images": PICTURES[:0]}, "none came"),
    ("image/digits", {"images": np.float64(3)}, "one row an item"),
    ("image/digits", {"images": PICTURES.astype(float)}, "item 0: Digits is a model of images; got float64"),
    ("image/digits", {"images": np.stack([PICTURES[0], 0 * PICTURES[0] + 7])}, "item 1: wanted some"),
    ("image/digits", {"images": PICTURES, "labels": np.array([1, 10])}, "classes 0 to 9; labels have 10"),
    ("image/digits", {"images": PICTURES, "labels": np.array([1])}, "labels must be"),
    ("audio/digits", {"audio": 0 * toys.TONES[:1]}, "got silence"),
    ("video/moves", {"videos": 0 * ITEMS["video/moves"]}, "got a clip of one colour"),
    ("text/lines", {"texts": np.array([" "])}, "item 0: wanted a text; nothing came"),
    ("text/lines", {"texts": PICTURES}, "is a model of texts"),
]  # fmt: skip


@pytest.mark.parametrize("name, arrays, sentence", REFUSED)
def test_bad_items_are_refused_in_a_sentence(
    name: str, arrays: dict, sentence: str, toy_weights: Path, tmp_path: Path, capsys: Capture
) -> None:
    data, out = saved(tmp_path, **arrays), tmp_path / "out.npz"
    said = refused(capsys, "invert", toy_weights / name, "--data", data, "--out", out)
    assert sentence in said and not out.exists()


def test_other_nonsense_is_refused(toy_weights: Path, tmp_path: Path, capsys: Capture) -> None:
    model, out = toy_weights / "image/digits", tmp_path / "out.npz"
    data = saved(tmp_path, images=PICTURES)
    for seconds in ("-1", "nan", "1e9"):
        words = ("--data", data, "--out", out, "--seconds", seconds)
        assert "seconds must be 0 to" in refused(capsys, "invert", model, *words)
    assert "FILE.npz" in refused(
        capsys, "invert", model, "--data", data, "--out", tmp_path / "a.png"
    )
    (tmp_path / "no.npz").write_bytes(b"no")
    assert "no.npz" in refused(capsys, "invert", model, "--data", tmp_path / "no.npz", "--out", out)
    assert refused(capsys, "invert", model, "--data", tmp_path / "none.npz", "--out", out)


def test_an_encoder_is_added_and_nothing_else(tmp_path: Path, capsys: Capture) -> None:
    folder = tmp_path / "digits"
    toys.make_model(folder, toys.DIGITS)
    before = read_tensors(folder / "model.safetensors")
    said = run(capsys, "encoder", folder, "--steps", "2")
    after, model = read_tensors(folder / "model.safetensors"), load_model(folder)
    assert model.encoder is not None and said["samples"] == 2 * encoding.BATCH
    assert all(after[name].equal(tensor) for name, tensor in before.items())
    assert all(name.startswith("encoder.") for name in after.keys() - before.keys())
    again = run(capsys, "encoder", folder, "--steps", "2")  # in place of the first
    assert again["error"] == said["error"]
    assert read_tensors(folder / "model.safetensors").keys() == after.keys()


def test_one_that_learned_afterwards_is_no_warm_start(tmp_path: Path, capsys: Capture) -> None:
    folder = tmp_path / "digits"
    toys.make_model(folder, toys.DIGITS)
    run(capsys, "encoder", folder, "--steps", "1")
    assert not vae_rows.rows(load_model(folder))
    card.write_card(folder, {"n": 10, "seed": 0, "scores": {}, "missing": []})
    said = (folder / "card.md").read_text("utf-8")
    assert "an encoder that learned afterwards from 64 samples of G" in said
    assert "warm start" not in said.lower()


def test_who_has_one_is_told(toy_weights: Path, tmp_path: Path, capsys: Capture) -> None:
    assert "its codes say z themselves" in refused(capsys, "encoder", toy_weights / "text/lines")
    assert "more than 0" in refused(capsys, "encoder", toy_weights / "text/lines", "--steps", "0")


def test_learning_comes_nearer_to_its_own_samples(toy_weights: Path) -> None:
    model = load_model(toy_weights / "image/digits")
    errors = [learned.error for learned in encoding.learn(model, steps=30)]
    assert np.mean(errors[-5:]) < 0.8 * np.mean(errors[:5])
