"""The toy modality "ring" is seen on the page, and saved by page and command line, with nothing else edited."""

import base64
import io
import json
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tgan_demo import export
from tgan_demo.cli.main import main
from tgan_demo.config import SampleConfig
from tgan_demo.modalities import registry
from tgan_demo.models import upload
from tgan_demo.studio import Studio
from tgan_demo.ui import walks
from tgan_demo.ui.page import Page, View
from tgan_demo.ui.panels.play import panel as play
from tgan_demo.ui.panels.play import saving
from tgan_demo.ui.panels.walk import panel as walk

MODEL = "ring/circle"


@pytest.fixture
def studio(ring_weights: Path, tmp_path: Path) -> Studio:
    return Studio(tmp_path / "data", weights_dir=ring_weights)


@pytest.fixture
def run(studio: Studio, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys):
    """`python -m tgan_demo WORDS --out tmp_path/NAME`: the path; with `fails`, what it complains of."""
    monkeypatch.setattr("tgan_demo.studio.Studio", lambda: studio)

    def run(*words: object, out: str, fails: bool = False) -> Path | str:
        code = main([*map(str, words), "--out", str(tmp_path / out)])
        said, complaint = capsys.readouterr()
        assert code == (2 if fails else 0), complaint
        return complaint if fails else Path(json.loads(said.splitlines()[-1])["out"])

    return run


def view(**settings: int) -> View:
    return View(None, "en", MODEL, SampleConfig(**{"seed": 3, "count": 4, **settings}))


def content(order: dict) -> bytes:
    return base64.b64decode(order["data"])


def test_a_grid_and_a_contact_sheet_show_it(studio: Studio) -> None:
    page = Page(studio)
    grid, said = play.on_draw(page, view())
    assert (grid["src"]["kind"], grid["n"], grid["cols"], grid["w"]) == (
        "raster",
        4,
        2,
        16,
    ) and said
    assert play.on_contact(page, view(), 0)["n"] == 100
    drawn = studio.sample(MODEL, SampleConfig(seed=3, count=4)).items
    (dots,) = registry.get("ring").look.stills(drawn[:1])
    image = Image.open(io.BytesIO(base64.b64decode(grid["src"]["png"].partition(",")[2])))
    np.testing.assert_array_equal(np.asarray(image)[:16, :16], dots[..., 0])


def test_play_saves_it(studio: Studio) -> None:
    page, kinds = Page(studio), saving.kinds("ring")
    assert kinds == ("png1", "png8", "zip")
    saved = {kind: content(saving.on_save(page, view(), kind)) for kind in kinds}
    assert export.read_settings(saved["png8"])["model"] == MODEL
    assert Image.open(io.BytesIO(saved["png8"])).size == (2 * 16 * 8, 2 * 16 * 8)
    with zipfile.ZipFile(io.BytesIO(saved["zip"])) as archive:
        assert len(archive.namelist()) == 5
        assert export.read_settings(archive.read("0001-seed-4.png"))["seed"] == 4


def test_a_walk_plays_and_is_saved_as_a_film(studio: Studio) -> None:
    page = Page(studio)
    found = walks.make(walks.read_keys("1_2"), "slerp", "z", 6, True, "both")
    _, keys, player = walk.on_show(page, found, view())
    assert player["n"] == 12 and {key["picture"]["kind"] for key in keys["keys"]} == {"raster"}
    for kind in walk.kinds("ring"):
        *_, (_, _, order) = walk.on_export(page, found, view(), kind)
        assert order["name"] == f"circle-walk.{kind}" and content(order)


def test_the_command_line_saves_it(run) -> None:
    with np.load(run("sample", MODEL, "--count", 3, out="a.npz"), allow_pickle=False) as file:
        assert set(file.files) == {"points"} and file["points"].shape == (3, 2)
    assert export.read_settings(run("sample", MODEL, "--seed", 5, out="a.png"))["seed"] == 5
    folder = run("sample", MODEL, "--count", 2, "--seed", 20, out="many")
    assert sorted(p.name for p in folder.iterdir()) == ["seed-000020.png", "seed-000021.png"]
    assert "makes no clips" in run("sample", MODEL, out="a.gif", fails=True)


def test_the_command_line_saves_its_walk_and_its_maps(run) -> None:
    words = ("walk", MODEL, "--seeds", 1, 2, "--frames", 3)
    with Image.open(run(*words, out="a.webp")) as film:
        assert film.n_frames > 1
    with np.load(run(*words, out="a.npz"), allow_pickle=False) as file:
        assert file["points"].shape == (6, 2)
    with np.load(run("attention", MODEL, out="b.npz"), allow_pickle=False) as file:
        assert file["image"].shape == (16, 16, 1) and {"g", "d", "logit"} <= set(file.files)
    with Image.open(run("attention", MODEL, out="b.png")) as strips:
        assert strips.size[1] > 4 * strips.size[0]  # the dot, and below it each layer's map


def test_its_draw_is_repeated_in_words(studio: Studio) -> None:
    said = export.as_python(MODEL, SampleConfig(seed=3), modality="ring")
    assert MODEL in said and "print(drawn.items)" in said
    assert export.as_command(MODEL, SampleConfig(), modality="ring").endswith("--out points.npz")


def test_its_folder_gets_a_sheet(studio: Studio) -> None:
    folder = studio.load(MODEL).folder
    upload._write_sheet(folder)
    with Image.open(folder / "sheet.png") as image:
        assert image.size == (160, 80)
    (info,) = studio.models()
    assert info.sheet == folder / "sheet.png"
