"""Clips that a person takes away can be read back: films, sheets of frames, arrays; the command line too."""

import io
import json
import shlex
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageSequence

from tgan_demo import export
from tgan_demo.cli import main as command_line
from tgan_demo.cli import opening
from tgan_demo.config import SampleConfig
from tgan_demo.data import recognise
from tgan_demo.errors import ConfigError, DataError
from tgan_demo.files import pixels
from tgan_demo.modalities.video import bring
from tgan_demo.modalities.video import uploads as clips
from tgan_demo.modalities.video.files import clip_arrays
from tgan_demo.studio import Studio

CLASSES = tuple(
    f"{shape} / {way} / {speed}"
    for shape in ("disc", "star")
    for way in ("left", "right", "up")
    for speed in ("slow", "fast")
)


def some(n: int, t: int = 5, h: int = 6, w: int = 4, c: int = 3) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (n, t, h, w, c), dtype=np.uint8)


# Films and sheets


@pytest.mark.parametrize("channels", [1, 3])
def test_every_clip_plays_at_its_place(channels: int) -> None:
    items = some(5, c=channels)
    frames = export.clip_film(items, columns=3, gap=1)
    assert frames.shape == (5, 2 * 7 - 1, 3 * 5 - 1, channels) and frames.dtype == np.uint8
    for i, clip in enumerate(items):
        top, left = i // 3 * 7, i % 3 * 5
        np.testing.assert_array_equal(frames[:, top : top + 6, left : left + 4], clip)
    assert (frames[:, 7:, 10:] == 255).all() and (frames[:, 6] == 255).all()  # empty, a gap
    assert export.clip_film(some(9)).shape == (5, 18, 12, 3)
    assert export.clip_film(some(1), columns=7).shape == (5, 6, 4, 3)


def test_a_sheet_of_frames_has_a_row_for_each_clip() -> None:
    items = some(3)
    png = export.png_bytes(export.sprite_sheet(items), {"seed": 4})
    assert export.read_settings(png) == {"seed": 4}
    sheet = np.asarray(Image.open(io.BytesIO(png)))
    assert sheet.shape == (3 * 6, 5 * 4, 3)
    np.testing.assert_array_equal(sheet[12:18, 16:20], items[2, 4])
    assert export.sprite_sheet(some(2, c=1)).mode == "L"


@pytest.mark.parametrize("make", [export.clip_film, export.sprite_sheet])
@pytest.mark.parametrize(
    "items",
    [some(1)[0], some(1, c=4), some(1).astype(np.float32), some(0), some(2, t=0)],
    ids=["picture", "four", "float", "none", "empty"],
)
def test_what_is_no_clip_is_refused(make, items: np.ndarray) -> None:
    with pytest.raises(DataError):
        make(items)


@pytest.mark.parametrize("settings", [{"columns": -1}, {"gap": -1}, {"gap": 10**6}])
def test_a_film_that_cannot_be_is_refused(settings: dict) -> None:
    with pytest.raises(ConfigError):
        export.clip_film(some(2), **settings)


@pytest.mark.parametrize("make", [export.clip_film, export.sprite_sheet])
def test_too_many_clips_are_refused_before_any_work(make) -> None:
    items = np.broadcast_to(np.uint8(0), (10_000, 64, 64, 64, 1))
    with pytest.raises(ConfigError, match="megapixels"):
        make(items)


def test_a_small_film_is_enlarged_to_be_looked_at() -> None:
    assert [pixels.shown_scale(w) for w in (8, 32, 128, 300, 4000)] == [8, 8, 4, 1, 1]


def test_a_clip_comes_back_as_the_model_drew_it() -> None:
    still = np.full((16, 32, 32, 3), 90, np.uint8)
    still[np.arange(16), :, np.arange(16)] = 250  # a line that moves
    back = clips.read(export.webp_bytes(still, export.FPS), "a.webp", frames=16, side=32)
    np.testing.assert_array_equal(back, still)
    big = clips.read(export.mp4_bytes(still, export.FPS, 4), "a.mp4", frames=16, side=32)
    assert np.abs(big.astype(int) - still).mean() < 6


# Maps


def test_maps_darken_what_was_read_less() -> None:
    clip = np.full((4, 8, 8, 1), 200, np.uint8)
    map_N = np.zeros(8)
    map_N[6] = 0.3  # of two steps, rows and columns: the second step, below, on the left
    strips = pixels.map_strips(clip, (2, 2, 2), map_N[None], gap=2)
    assert strips.shape == (8 + 2 + 8, 4 * 8, 1)
    assert (strips[:8] == 200).all() and (strips[8:10] == 255).all()
    lit = (strips[10:, :, 0] == 200).reshape(8, 4, 8).transpose(1, 0, 2)
    wanted = np.zeros((4, 8, 8), bool)
    wanted[2:, 4:, :4] = True
    np.testing.assert_array_equal(lit, wanted)
    assert (strips[10:, :, 0].reshape(8, 4, 8).transpose(1, 0, 2)[~wanted] == 30).all()


def test_a_picture_is_a_clip_of_one_frame_to_its_maps() -> None:
    strips = pixels.map_strips(some(1, t=1)[0], (3, 2), np.ones((4, 6)), gap=0)
    assert strips.shape == (5 * 6, 4, 3)
    for i in range(5):
        np.testing.assert_array_equal(strips[i * 6 : i * 6 + 6], some(1, t=1)[0, 0])


# Arrays


def test_arrays_name_the_factors_of_the_classes() -> None:
    items, labels = some(3), np.array([0, 3, 11])
    arrays = clip_arrays(items, labels, CLASSES, ("shape", "direction", "speed"))
    assert arrays["videos"] is items and "label" not in arrays
    assert arrays["shape"].tolist() == [0, 0, 1]
    assert arrays["direction"].tolist() == [0, 1, 2] and arrays["speed"].tolist() == [0, 1, 1]
    assert arrays["speed"].dtype.kind == "i"
    for names in ((), ("shape", "direction")):
        plain = clip_arrays(items, labels, CLASSES, names)
        assert set(plain) == {"videos", "label"} and plain["label"].tolist() == [0, 3, 11]
    assert set(clip_arrays(items, None, ())) == {"videos"}


# Words that repeat a draw


def test_words_repeat_a_draw_of_clips(toy_weights: Path, tmp_path: Path, monkeypatch) -> None:
    config = SampleConfig(seed=3, count=4, label=2, frames=12)
    text = export.as_python("video/moves", config, modality="video")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("tgan_demo.studio.Studio.__init__.__defaults__", (None, toy_weights))
    exec(compile(text, "snippet", "exec"), {})
    with Image.open(tmp_path / "samples.webp") as movie:
        assert movie.n_frames == 12 and movie.size == (128, 128)
    command = shlex.split(export.as_command("video/moves", config, modality="video"))
    assert command[3:5] == ["sample", "video/moves"]
    named = dict(zip(command[5::2], command[6::2], strict=True))
    assert named["--frames"] == "12" and named["--out"] == "samples.webp"
    assert "frames" not in export.as_command("image/digits", config)  # it has none


# The command line


@pytest.fixture
def run(capsys, monkeypatch: pytest.MonkeyPatch, toy_weights: Path, tmp_path: Path):
    """`python -m tgan_demo ...` in this process: its last line, or with `fails` what it complains of."""
    monkeypatch.setattr("tgan_demo.studio.Studio", lambda: Studio(tmp_path / "data", toy_weights))

    def run(*words: object, fails: bool = False) -> dict | str:
        code = command_line.main([str(word) for word in words])
        out, err = capsys.readouterr()
        assert code == (2 if fails else 0), err
        return err if fails else json.loads(out.strip().splitlines()[-1])

    return run


def drawn(toy_weights: Path, **config) -> np.ndarray:
    return Studio(weights_dir=toy_weights).sample("video/moves", SampleConfig(**config)).items


def test_clips_go_into_an_npz(run, tmp_path: Path, toy_weights: Path) -> None:
    out = tmp_path / "a.npz"
    said = run("sample", "video/moves", "--count", 3, "--label", "bar / right", "--out", out)
    assert (said["count"], said["shape"]) == (3, [8, 16, 16, 3])
    with np.load(out, allow_pickle=False) as file:
        assert set(file.files) == {"videos", "label"} and file["label"].tolist() == [4] * 3
        np.testing.assert_array_equal(file["videos"], drawn(toy_weights, count=3, label=4))


@pytest.mark.parametrize("suffix", [".webp", ".gif"])
def test_clips_go_into_one_film(run, tmp_path: Path, toy_weights: Path, suffix: str) -> None:
    out = tmp_path / f"a{suffix}"
    run("sample", "video/moves", "--count", 4, "--frames", 20, "--out", out)
    wanted = export.clip_film(drawn(toy_weights, count=4, frames=20))
    with Image.open(out) as movie:
        assert movie.size == (256, 256) and movie.info["loop"] == 0
        pages = [np.asarray(p.convert("RGB"))[4::8, 4::8] for p in ImageSequence.Iterator(movie)]
        assert movie.n_frames == 20
    loss = np.abs(np.stack(pages).astype(int) - wanted)
    assert loss.max() == 0 if suffix == ".webp" else loss.mean() < 10  # 256 colours


def test_clips_go_into_an_mp4(run, tmp_path: Path) -> None:
    out = tmp_path / "a.mp4"
    run("sample", "video/moves", "--count", 4, "--out", out)
    assert clips.read(out, frames=8, side=32).shape == (8, 32, 32, 3)


def test_clips_go_into_a_sheet_of_their_frames(run, tmp_path: Path) -> None:
    out = tmp_path / "a.png"
    run("sample", "video/moves", "--count", 3, "--seed", 7, "--out", out)
    settings = export.read_settings(out)
    assert settings["seed"] == 7 and settings["model"] == "video/moves"
    with Image.open(out) as picture:
        assert picture.size == (8 * 16, 3 * 16)


def test_clips_go_into_a_folder_one_film_a_seed(run, tmp_path: Path, toy_weights: Path) -> None:
    out = tmp_path / "many"
    run("sample", "video/moves", "--count", 2, "--seed", 20, "--out", out)
    assert sorted(p.name for p in out.iterdir()) == ["seed-000020.webp", "seed-000021.webp"]
    back = clips.read(out / "seed-000021.webp", frames=8, side=16, seconds=1)
    np.testing.assert_array_equal(back, drawn(toy_weights, seed=21, count=1)[0])
    assert bring.recognises(recognise.look_into(list(out.iterdir())), {})


def test_pictures_are_no_films(run, tmp_path: Path) -> None:
    for words in (("--out", tmp_path / "a.webp"), ("--frames", 9, "--out", tmp_path / "a.npz")):
        assert "makes no clips" in run("sample", "image/digits", *words, fails=True)
    said = run("sample", "video/moves", "--frames", 999, "--out", tmp_path / "a.gif", fails=True)
    assert "frames must be 0 to 256" in said
    assert not [p for p in tmp_path.iterdir() if p.name != "data"]


def test_a_walk_is_a_film(run, tmp_path: Path) -> None:
    words = ("--seeds", 1, 2, 3, "--frames", 4, "--out")
    said = run("walk", "video/moves", "--part", "motion", *words, tmp_path / "a.webp")
    assert (said["count"], said["shape"]) == (12, [16, 16, 3])
    with Image.open(tmp_path / "a.webp") as movie:
        assert movie.size == (128, 128)
        pages = [page.copy().info for page in ImageSequence.Iterator(movie)]
    assert sum(info["duration"] for info in pages) == 12 * 125
    said = run("walk", "image/digits", "--once", "--label", 3, *words, tmp_path / "a.npz")
    with np.load(tmp_path / "a.npz") as file:
        assert said["count"] == len(file["images"]) == 9
    run("walk", "audio/digits", *words, tmp_path / "a.gif")
    run("walk", "image/avatars", *words, tmp_path / "a.png")
    run("walk", "text/verses", *words, tmp_path / "a.jsonl")
    assert len((tmp_path / "a.jsonl").read_text("utf-8").splitlines()) == 12


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("image/digits", "--part", "motion"), "walks in both"),
        (("video/moves", "--frames", "999"), "frames"),
        (("video/moves", "--fps", "1e9"), "frames a second"),
        (("video/movies",), "did you mean 'video/moves'"),
        (("video/moves", "--out", "folder"), "a walk is saved as one of"),
    ],
)
def test_a_walk_that_cannot_be_is_refused(run, tmp_path: Path, words: tuple, said: str) -> None:
    out = tmp_path / "a.webp"
    assert said in run("walk", "--seeds", 1, 2, "--out", out, *words, fails=True)
    assert not out.exists()


def test_maps_of_a_clip_go_onto_film_strips(run, tmp_path: Path) -> None:
    said = run("attention", "video/moves", "--seed", 4, "--out", tmp_path / "a.npz")
    assert said["g"] == [2, 2, 8, 8] and said["d"] == [2, 2, 9, 9]
    with np.load(tmp_path / "a.npz", allow_pickle=False) as file:
        assert file["video"].shape == (8, 16, 16, 3) and file["image"].shape == (16, 128, 3)
        np.testing.assert_array_equal(file["image"][:, 16:32], file["video"][1])
    for model, width in (
        ("video/moves", 8 * 16 * 4),
        ("image/digits", 28 * 8),
        ("audio/digits", 512),
    ):
        out = tmp_path / "a.png"
        run("attention", model, "--seed", 4, "--out", out)
        assert export.read_settings(out)["seed"] == 4
        with Image.open(out) as picture:
            assert picture.width == width  # 1 + 2 layers of G + 2 of D, one below the other
            assert picture.height > 4 * picture.width * 16 // 128
    said = run("attention", "text/verses", "--out", tmp_path / "b.png", fails=True)
    assert "saved as .npz" in said


def test_ones_own_clips_are_data(run, tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    run("sample", "video/moves", "--count", 24, "--out", folder)
    data = opening.open_data(str(folder))
    assert data.items.shape == (24, 16, 32, 32, 3) and data.name == "mine"
    said = run("train", "--data", "moving_shape", "--out", tmp_path / "b", fails=True)
    assert "moving_shapes" in said
