"""The command line: every command ends in one line of JSON; what is wrong ends in 2 and a sentence."""

import json
import subprocess
import sys
import zipfile
from collections.abc import Callable
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from tgan_demo import config as settings
from tgan_demo import export
from tgan_demo.cli import main as command_line
from tgan_demo.data import catalogue
from tgan_demo.engine.game import trainer
from tgan_demo.files.tensors import read_tensors
from tgan_demo.models.folder import load_model
from tgan_demo.runs import checkpoint
from tgan_demo.studio import Studio

TINY = ("width=32", "depth=1", "heads=2", "z_dim=16", "patch=14", "overlap=0")
QUICK = ("batch_size=4", "precision=float32")


class Shell:
    """Runs `python -m tgan_demo ...` in this process, over the toy models."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self.capsys = capsys

    def __call__(self, *words: object) -> dict:
        code = command_line.main([str(word) for word in words])
        out, err = self.capsys.readouterr()
        assert code == 0, err
        last = json.loads(out.strip().splitlines()[-1])
        assert isinstance(last, dict)
        return last

    def fails(self, *words: object) -> str:
        code = command_line.main([str(word) for word in words])
        out, err = self.capsys.readouterr()
        assert code == 2 and err.startswith("error: "), (code, out, err)
        assert "Traceback" not in err
        return err


@pytest.fixture
def shell(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    toy_weights: Path,
    tmp_path: Path,
) -> Shell:
    monkeypatch.setattr(
        "tgan_demo.studio.Studio", lambda: Studio(tmp_path / "data", weights_dir=toy_weights)
    )
    monkeypatch.setattr(catalogue, "MAX_MADE", 64)  # 8,000 pictures take ten seconds
    monkeypatch.delenv("TGAN_DATA", raising=False)
    return Shell(capsys)


def weights_of(folder: Path) -> dict:
    return read_tensors(folder / "model.safetensors")


# --- looking and drawing


def test_models_lists_what_there_is(shell: Shell) -> None:
    models = shell("models")["models"]
    assert [m["id"] for m in models] == [
        "image/digits",
        "image/avatars",
        "text/lines",
        "text/verses",
        "audio/digits",
        "video/moves",
    ]
    assert models[0]["shape"] == [1, 28, 28] and len(models[0]["classes"]) == 10


def test_texts_go_into_json_lines(shell: Shell, tmp_path: Path) -> None:
    out = tmp_path / "a.jsonl"
    said = shell("sample", "text/verses", "--count", 5, "--temperature", 0.5, "--out", out)
    rows = [json.loads(line) for line in out.read_text("utf-8").splitlines()]
    assert said["count"] == len(rows) == 5 and all(len(row["text"]) == 20 for row in rows)


def test_samples_go_into_an_npz(shell: Shell, tmp_path: Path) -> None:
    out = tmp_path / "a.npz"
    said = shell("sample", "image/digits", "--count", 5, "--seed", 9, "--label", 7, "--out", out)
    assert (said["count"], said["shape"], said["out"]) == (5, [28, 28, 1], str(out))
    with np.load(out, allow_pickle=False) as file:
        assert file["images"].shape == (5, 28, 28, 1) and file["images"].dtype == np.uint8
        assert file["labels"].tolist() == [7] * 5
        first = file["images"]
    shell("sample", "image/digits", "--count", 5, "--seed", 9, "--label", 7, "--out", out)
    with np.load(out, allow_pickle=False) as file:
        np.testing.assert_array_equal(file["images"], first)


def test_a_model_without_classes_has_no_labels(shell: Shell, tmp_path: Path) -> None:
    shell("sample", "image/avatars", "--count", 2, "--psi", 0.5, "--out", tmp_path / "a.npz")
    with np.load(tmp_path / "a.npz", allow_pickle=False) as file:
        assert file.files == ["images"] and file["images"].shape == (2, 32, 32, 3)


def test_samples_go_into_a_sheet_with_its_settings(shell: Shell, tmp_path: Path) -> None:
    out = tmp_path / "a.png"
    shell("sample", "image/digits", "--count", 4, "--seed", 3, "--out", out)
    assert export.read_settings(out.read_bytes())["seed"] == 3
    with Image.open(out) as picture:
        assert picture.size[0] >= 56


def test_samples_go_into_a_folder_one_png_a_seed(shell: Shell, tmp_path: Path) -> None:
    out = tmp_path / "many"
    shell("sample", "image/avatars", "--count", 3, "--seed", 20, "--out", out)
    files = sorted(out.iterdir())
    assert [f.name for f in files] == [f"seed-{s:06d}.png" for s in (20, 21, 22)]
    assert [export.read_settings(f.read_bytes())["seed"] for f in files] == [20, 21, 22]


def test_attention_rows_sum_to_one(shell: Shell, tmp_path: Path) -> None:
    out = tmp_path / "maps.npz"
    said = shell("attention", "image/digits", "--seed", 4, "--label", 2, "--out", out)
    with np.load(out, allow_pickle=False) as file:
        assert list(file["g"].shape) == said["g"] == [2, 2, 16, 16]
        assert list(file["d"].shape) == said["d"] == [2, 2, 17, 17]
        assert file["image"].shape == (28, 28, 1) and file["image"].dtype == np.uint8
        for name in ("g", "d", "g_cross"):
            np.testing.assert_allclose(file[name].sum(-1), 1, atol=1e-5)
        assert float(file["logit"]) == pytest.approx(said["logit"], abs=1e-5)


def test_a_text_is_looked_into_as_it_is_drawn(shell: Shell, tmp_path: Path) -> None:
    shell("export", "text/verses", "--out", tmp_path / "mine")
    config = tmp_path / "mine" / "config.json"
    config.write_text(json.dumps(json.loads(config.read_text("utf-8")) | {"temperature": 0.2}))
    shell("sample", tmp_path / "mine", "--count", 1, "--seed", 3, "--out", tmp_path / "a.jsonl")
    shell("attention", tmp_path / "mine", "--seed", 3, "--out", tmp_path / "maps.npz")
    with np.load(tmp_path / "maps.npz", allow_pickle=False) as maps:
        assert maps["image"].item() == json.loads((tmp_path / "a.jsonl").read_text("utf-8"))["text"]


def test_an_exported_folder_is_the_model(shell: Shell, tmp_path: Path) -> None:
    said = shell("export", "image/avatars", "--out", tmp_path / "mine")
    assert {"model.safetensors", "config.json", "card.md"} <= set(said["files"])
    for name, out in (("image/avatars", "a.npz"), (tmp_path / "mine", "b.npz")):
        shell("sample", name, "--count", 2, "--out", tmp_path / out)
    with np.load(tmp_path / "a.npz") as a, np.load(tmp_path / "b.npz") as b:
        np.testing.assert_array_equal(a["images"], b["images"])


def test_an_exported_folder_has_what_its_modality_adds(shell: Shell, tmp_path: Path) -> None:
    folder = tmp_path / "moves"
    shell("export", "video/moves", "--out", folder)
    (folder / "frames.safetensors").write_bytes(b"a classifier of single frames")
    (folder / "notes.txt").write_text("not a part of it")
    said = shell("export", folder, "--out", tmp_path / "mine")
    assert "frames.safetensors" in said["files"] and "notes.txt" not in said["files"]
    assert {path.name for path in (tmp_path / "mine").iterdir()} == set(said["files"])


def test_evaluate_without_data_says_what_it_lacks(shell: Shell) -> None:
    said = shell("evaluate", "image/digits", "--count", 100)
    assert said["n"] == 100 and said["missing"]
    assert all(set(row) >= {"score", "needs"} for row in said["missing"])
    needs = " ".join(row["needs"] for row in said["missing"])
    assert "--data" in needs and "TGAN_DATA" in needs


# --- training


def test_a_model_is_trained_from_scratch_and_used(shell: Shell, tmp_path: Path) -> None:
    out = tmp_path / "run"
    said = shell(
        "train", "--model", "scratch", "--data", "glyphs", "--images", 24, "--seed", 3,
        "--set", *TINY, *QUICK, "--out", out,
    )  # fmt: skip
    assert said["nimg"] == 24 and said["out"] == str(out)
    model = load_model(out)
    assert (model.config.width, model.config.depth, model.config.patch) == (32, 1, 14)
    assert model.meta["train"]["seed"] == 3 and model.meta["nimg"] == 24
    drawn = shell("sample", out, "--count", 2, "--label", "7", "--out", tmp_path / "a.npz")
    assert drawn["count"] == 2


def test_a_run_goes_on_as_if_never_stopped(
    shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = ("train", "--data", "digits", "--images", 24, "--set", *TINY, *QUICK, "--out")
    shell(*words, tmp_path / "whole")
    whole_slice = trainer.train_slice

    def cut_slice(*args, **kwargs):  # as if stopped after three of the six steps
        for _, event in zip(range(3), whole_slice(*args, **kwargs), strict=False):
            yield event

    with monkeypatch.context() as patch:
        patch.setattr(trainer, "train_slice", cut_slice)
        assert shell(*words, tmp_path / "parts")["nimg"] == 12
    said = shell("train", "--data", "digits", "--resume", "--out", tmp_path / "parts")
    assert said["nimg"] == 24
    whole, parts = weights_of(tmp_path / "whole"), weights_of(tmp_path / "parts")
    assert whole.keys() == parts.keys()
    assert all((whole[key] == parts[key]).all() for key in whole)


def test_a_model_learns_ones_own_pictures_from_a_zip(shell: Shell, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    with zipfile.ZipFile(tmp_path / "cats.zip", "w") as file:
        for index in range(20):
            size = (40, 36, 3) if index % 2 else (33, 52, 3)
            buffer = BytesIO()
            Image.fromarray(rng.integers(0, 256, size, dtype=np.uint8)).save(buffer, "PNG")
            file.writestr(f"cat {index}.png", buffer.getvalue())
    out = tmp_path / "tuned"
    said = shell(
        "train", "--model", "image/avatars", "--data", tmp_path / "cats.zip", "--preset", "safe",
        "--images", 8, "--set", *QUICK, "--out", out,
    )  # fmt: skip
    model = load_model(out)
    assert model.config.shape == (3, 32, 32) and said["nimg"] == 1008  # the model had seen 1000
    assert "image/avatars" in (out / "card.md").read_text()


@pytest.mark.parametrize(
    ("model", "data", "preset"), [("scratch", "glyphs", "fast"), ("image/digits", "digits", "fine-tune")]
)  # fmt: skip
def test_a_run_begins_as_on_the_page(
    shell: Shell, tmp_path: Path, model: str, data: str, preset: str
) -> None:
    folder, asked = tmp_path / "run", ("--model", model, "--data", data, "--images", 4)
    shell("train", *asked, "--set", "batch_size=4", "precision=float32", "--out", folder)
    train = checkpoint.load_state(folder).train
    assert train == replace(
        settings.merge(settings.TrainConfig(), settings.PRESETS[preset][1]),
        batch_size=4, precision="float32", images=4,
    )  # fmt: skip


def test_a_budget_in_seconds_ends(shell: Shell, tmp_path: Path) -> None:
    out = tmp_path / "run"
    said = shell(
        "train", "--data", "shapes", "--seconds", 1, "--set", *QUICK,
        "width=32", "depth=1", "heads=2", "patch=16", "overlap=0", "--out", out,
    )  # fmt: skip
    assert said["nimg"] >= 4 and (out / "model.safetensors").is_file()


@pytest.fixture
def steps_take(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """steps_take(g, d): seconds of each player's step by the trainer's clock, whatever they really take."""

    def set_(g: float, d: float) -> None:
        now = [0.0]

        def taking(step: Callable, seconds: float) -> Callable:
            def timed(*args: object) -> object:
                now[0] += seconds
                return step(*args)

            return timed

        monkeypatch.setattr(trainer, "time", SimpleNamespace(perf_counter=lambda: now[0]))
        monkeypatch.setattr(trainer, "_step_g", taking(trainer._step_g, g))
        monkeypatch.setattr(trainer, "_step_d", taking(trainer._step_d, d))

    return set_


def test_a_budget_in_seconds_is_of_the_game_too(
    shell: Shell, tmp_path: Path, steps_take: Callable[..., None]
) -> None:
    """The warm start's steps are cheaper: its speed is not what the schedules end by."""
    steps_take(g=0.01, d=0.04)  # in the warm start only G makes steps
    out = tmp_path / "run"
    shell(
        "train", "--data", "glyphs", "--seconds", 3, "--set", *TINY, *QUICK, "warm_start=160",
        "warm_start_kl=0.01", "reconstruction_weight=1", "--out", out,
    )  # fmt: skip
    state = checkpoint.load_state(out)
    assert not state.is_warm_start and state.fraction == 1.0
    assert state.seconds == pytest.approx(3.0, abs=0.1)  # by the warm start's speed it would be 13
    before = state.nimg
    shell("train", "--data", "glyphs", "--resume", "--seconds", 1, "--out", out)
    state = checkpoint.load_state(out)
    assert state.nimg > before and state.fraction == 1.0


def test_images_are_learned_without_libraries_for_sound_film_and_pages(tmp_path: Path) -> None:
    script = """
import sys
for name in ("soundfile", "soxr", "av", "gradio"):
    sys.modules[name] = None  # as if it were not installed
from tgan_demo.cli.main import main
from tgan_demo.data import catalogue
catalogue.MAX_MADE = 64
sys.exit(main(sys.argv[1:]))
"""
    words = ["train", "--data", "shapes", "--images", "8", "--out", str(tmp_path / "run"), "--set"]
    small = ["width=32", "depth=1", "heads=2", "patch=16", "overlap=0"]
    done = subprocess.run(
        [sys.executable, "-c", script, *words, *small, *QUICK],
        cwd=Path(__file__).parents[1],
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr[-1000:]
    assert json.loads(done.stdout.splitlines()[-1])["nimg"] == 8


# --- what is wrong


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("sample", "image/digit"), "did you mean 'image/digits'"),
        (("sample", "image/digits", "--label", "x"), "its classes: 0, 1"),
        (("sample", "image/digits", "--label", "12"), "has no class"),
        (("sample", "image/avatars", "--label", "0"), "none"),
        (("sample", "image/digits", "--count", "0"), "count must be 1"),
        (("sample", "image/digits", "--psi", "9"), "psi must be 0 to 2"),
        (("sample", "image/digits", "--seed", "-1"), "seed must be 0"),
        (("sample", "image/digits", "--variation", "2"), "variation must be"),
        (("attention", "nothing"), "there is no model"),
        (("export", "nothing"), "there is no model"),
        (("train", "--data", "digit"), "digits"),
        (("train", "--data", "no/such/folder"), "no/such/folder"),
        (("train", "--set", "widht=32"), "did you mean 'width'"),  # codespell:ignore widht
        (("train", "--set", "lr_g=fast"), "lr_g"),
        (("train", "--set", "width=33"), "width"),
        (("train", "--set", "loss=chess"), "loss"),
        (("train", "--set", "width"), "key=value"),
        (("train", "--images", "-5"), "budget"),
        (("train", "--seconds", "1e12"), "budget"),
        (("train", "--recipe", "no-such-recipe"), "recipe"),
    ],
)
def test_what_is_wrong_is_said(shell: Shell, tmp_path: Path, words: tuple, said: str) -> None:
    assert said in shell.fails(*words, "--out", tmp_path / "out.npz")
    assert not (tmp_path / "out.npz").exists()


def test_a_folder_that_holds_no_model_is_named(shell: Shell, tmp_path: Path) -> None:
    assert "there is no model" in shell.fails("evaluate", tmp_path)
    (tmp_path / "model.safetensors").write_bytes(b"no")
    assert "config.json" in shell.fails("evaluate", tmp_path)


def test_a_single_picture_is_too_few(shell: Shell, tmp_path: Path) -> None:
    folder = tmp_path / "one"
    folder.mkdir()
    Image.new("RGB", (40, 40)).save(folder / "a.png")
    assert "picture" in shell.fails("train", "--data", folder, "--out", tmp_path / "run")
    np.savez(tmp_path / "bad.npz", pictures=np.zeros(3))
    assert "images" in shell.fails("train", "--data", tmp_path / "bad.npz", "--out", tmp_path / "r")


def test_words_that_are_no_command_show_the_help(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        command_line.main(["paint"])
    assert "usage" in capsys.readouterr().err
