"""Every recipe in one command: order, processes side by side, a failing one, going on, packs."""

import json
import math
import os
import signal
import threading
import time
import zipfile
from pathlib import Path

import numpy as np
import pytest
from toys import NETWORKS

from tgan_demo.cli import main as command_line
from tgan_demo.data import recipes
from tgan_demo.files.tensors import read_json, write_json
from tgan_demo.models.folder import files_of
from tgan_demo.runs import checkpoint, every_recipe, phases

RECIPE = (
    """
id = "image/{name}"
title = "Toy"
headline = ["pca64.frechet", "Fréchet distance", "× the floor"]
[data]
file = "{file}.npz"
held_out = 8
name = "toy"
licence = "ours"
source = "this test"
"""
    + NETWORKS
)


@pytest.fixture
def toys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Recipes good and bad (its file is no array), and one whose data are not there."""
    images = np.random.default_rng(0).integers(0, 256, (40, 16, 16), dtype=np.uint8)
    np.savez(tmp_path / "toy.npz", images=images)
    (tmp_path / "bad.npz").write_text("no array")
    for name, file in (("good", "toy"), ("bad", "bad"), ("absent", "absent")):
        text = RECIPE.format(name=name, file=file)
        (tmp_path / f"image-{name}.toml").write_text(text, "utf-8")
    monkeypatch.setattr(recipes, "RECIPES", tmp_path)
    monkeypatch.setattr(phases, "WEIGHTS", tmp_path / "weights")
    return tmp_path


def run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, dict, str]:
    code = command_line.main(["train", "--all", *words])
    out = capsys.readouterr().out
    return code, json.loads(out.splitlines()[-1]), out


@pytest.mark.slow
def test_one_that_fails_or_lacks_its_data_is_told_and_the_others_go_on(toys, capsys):
    out = toys / "all"
    words = ("--data", str(toys), "--seconds", "2", "--out", str(out))
    code, last, said = run(capsys, *words)
    assert code == 2, "scripts must see that one failed"
    assert last["trained"] == ["image/good"]
    assert list(last["failed"]) == ["image/bad"] and "bad" in last["failed"]["image/bad"]
    assert last["left_out"] == {"image/absent": f"there is no absent.npz in {toys.name}"}
    assert last["packed"] == ["image-good.zip"]
    assert said.index("image/bad: begun") < said.index("image/good: begun")
    assert checkpoint.load_state(out / "image-good").nimg > 0
    with zipfile.ZipFile(out / "packs" / "image-good.zip") as packed:
        assert sorted(packed.namelist()) == sorted(
            path.name for path in files_of(out / "image-good" / "model")
        )


@pytest.mark.slow
def test_a_run_goes_on_and_a_signal_is_handed_to_it(toys, capsys):
    out = toys / "all"
    recipe = recipes.load_recipe("image/good")
    data = recipes.load_data(recipe, toys)
    list(phases.run(recipe, data, out / "image-good", images=400))
    state = out / "image-good" / checkpoint.STATE
    log = out / "image-good.log"

    ended = threading.Event()

    def ask() -> None:
        end = time.monotonic() + 120
        while time.monotonic() < end and not (log.is_file() and "samples" in log.read_text()):
            ended.wait(0.1)
        if not ended.is_set():  # else the signal would end the tests
            os.kill(os.getpid(), signal.SIGTERM)

    asking = threading.Thread(target=ask)
    asking.start()
    words = ("--data", str(toys), "--seconds", "600", "--only", "image/good", "--out", str(out))
    try:
        code, last, _ = run(capsys, *words)
    finally:
        ended.set()
    asking.join()
    assert code == 128 + signal.SIGTERM and last["stopped"] == "SIGTERM"
    assert last["trained"] == ["image/good"]
    assert checkpoint.load_state(state).nimg > 400, "the run that was there went on, and was saved"
    assert last["packed"] == ["image-good.zip"]


def test_the_weakest_model_comes_first_and_one_that_never_was_before_all(toys):
    def measured(name: str, value: float, better: str) -> None:
        row = {"value": value, "real": 2.0, "better": better}
        folder = phases.WEIGHTS / "image" / name
        folder.mkdir(parents=True)
        write_json(folder / "config.json", {"scores": {"scores": {"pca64": {"frechet": row}}}})

    measured("good", 10.0, "lower")
    measured("bad", 0.25, "higher")
    order = [recipe.id for _, recipe in every_recipe.all_recipes()]
    assert order == ["image/absent", "image/bad", "image/good"]
    known = {recipe.id: every_recipe.weakness(recipe) for _, recipe in every_recipe.all_recipes()}
    assert known == {"image/absent": math.inf, "image/bad": 8.0, "image/good": 5.0}


def test_our_own_models_are_measured():
    for path in recipes.RECIPES.glob("*.toml"):
        recipe = recipes.load_recipe(str(path))
        has_model = (phases.WEIGHTS / recipe.id / "config.json").is_file()
        assert math.isfinite(every_recipe.weakness(recipe)) == has_model, recipe.id


def test_no_pack_is_larger_than_the_bound_and_pieces_join_again(tmp_path):
    for name, count in (("image-small", 10), ("image-large", 5_000)):
        folder = tmp_path / name / "model"
        folder.mkdir(parents=True)
        (folder / "model.safetensors").write_bytes(os.urandom(count))
        write_json(folder / "config.json", {"title": "Toy", "model": {"modality": "image"}})
        (folder / "other").write_bytes(b"not of a model folder")
    for _ in range(2):  # the second time over the first one's
        packed = every_recipe.pack(tmp_path, most_bytes=2_000)
        assert [path.name for path in packed] == [
            "image-large.zip.001", "image-large.zip.002", "image-large.zip.003", "image-small.zip",
        ]  # fmt: skip
        assert all(0 < path.stat().st_size <= 2_000 for path in packed)
        assert sorted(packed) == sorted((tmp_path / "packs").iterdir())
    whole = tmp_path / "whole.zip"
    whole.write_bytes(b"".join(path.read_bytes() for path in packed[:3]))
    with zipfile.ZipFile(whole) as opened:
        assert opened.testzip() is None
        assert opened.namelist() == ["model.safetensors", "config.json"]
    assert every_recipe.PACK_BYTES <= 15_000_000
    assert read_json(tmp_path / "image-small" / "model" / "config.json")["title"] == "Toy"


def test_processes_share_the_cores():
    assert [every_recipe.most_at_once(n, on_gpu=False) for n in (1, 2, 4, 16)] == [1, 1, 2, 8]
    assert every_recipe.most_at_once(16, on_gpu=True) == 16


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "--seconds"),
        (("--seconds", "1", "--images", "8"), "--all"),
        (("--seconds", "1", "--track", "trackio"), "each in a process of its own"),
        (("--seconds", "1", "--only", "image/none"), "image/none"),
    ],
)
def test_what_is_wrong_is_told_before_anything_begins(toys, capsys, words, said):
    assert command_line.main(["train", "--all", "--out", str(toys / "all"), *words]) == 2
    assert said in capsys.readouterr().err
