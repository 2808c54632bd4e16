"""What people really bring: broken blocks, litter of systems, folders that mean classes."""

import io
import random
import time
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from PIL import Image
from screen import Open

from tgan_demo.cli import opening
from tgan_demo.data import folders, pictures, recognise
from tgan_demo.data.litter import is_litter
from tgan_demo.ui.panels.train import sources

LITTER = (
    *(".ipynb_checkpoints/1-checkpoint.png", "@eaDir/1.png/SYNOPHOTO_THUMB_M.jpg"),
    *(".thumbnails/1.png", "__MACOSX/._1.png", ".DS_Store", "cats/._1.png", "Thumbs.db"),
    *("cats/desktop.ini", ".@__thumb/1.png", ".git/objects/ab", "$RECYCLE.BIN/1.png"),
)


def encode(colour: int = 90, kind: str = "PNG", **options: object) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (24, 20), (colour, 90, 120)).save(file, kind, **options)
    return file.getvalue()


def tone(k: int) -> bytes:
    file = io.BytesIO()
    wave = 0.5 * np.sin(2 * np.pi * (200 + 20 * k) * np.arange(1600) / 8000)
    soundfile.write(file, wave, 8000, format="WAV")
    return file.getvalue()


def lay(folder: Path, files: dict[str, bytes]) -> Path:
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return folder


def zipped(path: Path, files: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w") as packed:
        for name, content in files.items():
            packed.writestr(name, content)
    return path


def told(upload, options=None):
    return sources.gathered_of(upload, options or {})


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("kind", ["JPEG", "WEBP"])
def test_a_broken_exif_block_leaves_the_picture_as_it_lies(kind):
    image = Image.new("RGB", (40, 40), "blue")
    image.paste("red", (0, 0, 20, 40))
    exif = Image.Exif()
    exif[0x0112], exif[0x010E] = 6, "a quarter clockwise"
    file = io.BytesIO()
    image.save(file, kind, exif=exif, quality=100)
    block, rng = exif.tobytes()[6:], random.Random(0)
    at = file.getvalue().find(block)
    for k in range(100):
        content = bytearray(file.getvalue())
        for _ in range(1 + k % 6):
            content[at + rng.randrange(len(block))] = rng.randrange(256)
        item = pictures.fit(pictures.open_picture(bytes(content)), (8, 8), 3).astype(int)
        assert {item[4, 0, 0] > 200, item[0, 4, 0] > 200} == {True, False}  # as it lies, or turned
    content[at : at + 8] = b"no TIFF!"
    item = pictures.fit(pictures.open_picture(bytes(content)), (8, 8), 3).astype(int)
    assert item[:, :3, 0].min() > 200 and item[:, 5:, 0].max() < 50
    whole = pictures.fit(pictures.open_picture(file.getvalue()), (8, 8), 3).astype(int)
    assert whole[:3, :, 0].min() > 200 and whole[5:, :, 0].max() < 50


def test_what_systems_leave_beside_data_is_no_data(tmp_path):
    assert all(map(is_litter, LITTER))
    mine = (
        "a.png",
        "./a.png",
        "../a.png",
        "cats/.../a.png"[:5] + "a.png",
        "a.b/c.d.png",
        "@me.png",
    )
    assert not any(map(is_litter, mine))
    good = {f"cats/{k}.png": encode(k) for k in range(21)}
    everything = good | dict.fromkeys(LITTER, encode(7))
    for brought in (
        lay(tmp_path / ".hidden home" / "mine", everything),
        zipped(tmp_path / "mine.zip", everything),
    ):
        found = told(recognise.look_into([brought]))
        assert (found["count"], found["left_out"]) == (21, 0)
        assert len(opening.open_data(str(brought))) == 21
    # a browser that takes a folder apart sends names without their folders
    flat = lay(tmp_path / "flat", {f"{k}.png": encode(k) for k in range(20)} | {".DS_Store": b"-"})
    upload = recognise.look_into(sorted(flat.iterdir()))
    assert told(upload)["count"] == 20 and told(upload)["left_out"] == 0
    assert recognise.look_into([flat / ".DS_Store"]).loose  # alone it is named
    called = {
        p: f"pets/@eaDir/{p.name}" if p.stem == "3" else f"pets/{p.name}" for p in flat.iterdir()
    }
    upload = recognise.look_into(sorted(flat.iterdir()), called)  # a folder that was dropped
    assert told(upload)["count"] == 19 and told(upload)["left_out"] == 0


@pytest.mark.parametrize(("make", "suffix"), [(encode, "png"), (tone, "wav")])
def test_class_folders_become_classes(tmp_path, make, suffix):
    files = {
        f"{part}/{name}/{k}.{suffix}": make(k)
        for part, count in (("train", 8), ("test", 3))
        for name in ("cats", "dogs", "class 10", "class 9")
        for k in range(count)
    }
    folder, packed = lay(tmp_path / "pets", files), zipped(tmp_path / "pets.zip", files)
    for data in (opening.open_data(str(folder)), opening.open_data(str(packed))):
        assert data.classes == ("cats", "class 9", "class 10", "dogs")
        assert data.labels.dtype == np.int64 and np.bincount(data.labels).tolist() == [11] * 4
    for brought in (folder, packed):
        upload = recognise.look_into([brought])
        shown = told(upload)
        assert shown["folders"] == ["cats", "class 9", "class 10", "dogs"] and shown["by_folder"]
        assert shown["told"] == []
        assert told(upload, {"by_folder": False})["by_folder"] is False
        assert recognise.load(upload, {"by_folder": False}).labels is None
    (folder / "train" / "cats" / f"0.{suffix}").write_bytes(b"damaged")  # labels follow the others
    assert np.bincount(opening.open_data(str(folder)).labels).tolist() == [10, 11, 11, 11]


def test_labels_are_those_of_the_folders():
    names = [f"in/{'b' if k % 3 else 'a'}/x/{k}.png" for k in range(15)]
    found = folders.by_folder(names)
    assert found.classes == ("a", "b") and found.labels.tolist() == [
        int(k % 3 > 0) for k in range(15)
    ]
    names = ["e\u0301te\u0301\u202e/x\\y.png"] * 5 + ["\x1b" + "z" * 99 + "\\y.png"] * 5
    assert folders.by_folder(names).classes == ("z" * 60, "été")


def test_folders_that_are_no_classes_are_told(tmp_path, capsys):
    def said(names):
        found = folders.by_folder(names)
        assert not found.classes and found.labels is None and found.choices({}) == {}
        return found.said

    assert said(["a.png"] * 9) == said(["in/deep/a.png"] * 9) == said([]) == ""
    assert "lie in none" in said(["cats/1.png"] * 20 + ["2.png"])
    assert "9 hold 9 files" in said([f"{k}/1.png" for k in range(9)])
    assert "1,001 are more" in said([f"{k}/{j}.png" for k in range(1001) for j in range(5)])
    loose = lay(tmp_path, {f"{'in/' if k else ''}{k}.png": encode(k) for k in range(20)})
    assert opening.open_data(str(loose)).labels is None
    assert "lie in none" in capsys.readouterr().err
    assert "lie in none" in told(recognise.look_into([loose]))["told"][0]


@pytest.mark.ui
def test_the_page_asks_whether_folders_are_classes(
    open_page: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = sources.gathered_of

    def slowly(*args: Any) -> dict[str, Any]:
        time.sleep(0.5)  # as on a busy machine: what was chosen meanwhile must hold
        return answer(*args)

    monkeypatch.setattr(sources, "gathered_of", slowly)
    screen = open_page("?tab=train")
    page = screen.page
    files = {f"pets/{name}/{k}.png": encode(k) for name in ("cats", "dogs") for k in range(10)}
    page.locator("#train-files").set_input_files([zipped(tmp_path / "pets.zip", files)])
    page.get_by_text("Each folder is a class, 2 of them: cats, dogs").wait_for()
    box = page.locator("#train-crop .folders input")
    assert box.is_checked()
    box.uncheck()
    screen.ask("() => tgan.setLang('en')")  # drawn anew, as by any answer that comes meanwhile
    page.locator("#train-side").select_option("48")
    screen.ask("() => tgan.setLang('en')")
    page.locator("#train-keep").click()
    page.get_by_text("20 images. No classes.").wait_for()
