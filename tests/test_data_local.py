"""Data sets from disk: both npz layouts, folders and zips, and what is wrong with the others."""

import contextlib
import random
import zipfile

import numpy as np
import pytest
from PIL import Image

from tgan_demo.errors import DataError
from tgan_demo.modalities.image import arrays as local

RNG = np.random.default_rng(0)


def images(*shape):
    return RNG.integers(0, 256, shape, np.uint8)


def test_images_with_test_rows_and_drop(tmp_path):
    path = tmp_path / "set.npz"
    x, is_test, dull = images(10, 8, 8, 3), np.arange(10) >= 7, np.arange(10) % 2 == 1
    labels = np.arange(10, dtype=np.uint8) % 3
    np.savez_compressed(
        path, images=x, is_test=is_test, dull=dull, labels=labels, class_names=["a", "b", "c"]
    )
    train, test = local.load(path), local.load(path, split="test")
    assert np.array_equal(train.items, x[:7]) and np.array_equal(test.items, x[7:])
    assert train.classes == ("a", "b", "c") and train.labels.dtype == np.int64
    kept = local.load(path, drop="dull")
    assert np.array_equal(kept.items, x[:7:2]) and np.array_equal(kept.labels, labels[:7:2])
    with pytest.raises(DataError, match="no 'dul' to drop by"):
        local.load(path, drop="dul")


def test_x_and_y_layout(tmp_path):
    path = tmp_path / "set.npz"
    x, y = images(6, 8, 8), np.array([0, 1, 2, 0, 1, 2])
    np.savez(path, x_train=x, y_train=y, x_test=x[:2], y_test=y[:2])
    train = local.load(path, name="sixes", licence="MIT")
    assert train.items.shape == (6, 8, 8, 1) and train.classes == ("0", "1", "2")
    assert train.name == "sixes" and train.licence == "MIT"
    assert len(local.load(path, split="test")) == 2
    assert local.load(path, classes=("x", "y", "z")).classes == ("x", "y", "z")
    with pytest.raises(DataError, match="label 2 but 1 class"):
        local.load(path, classes=("x",))


@pytest.mark.parametrize(
    ("arrays", "said"),
    [
        ({"images": np.zeros((4, 8, 8, 3), np.float32)}, "uint8"),
        ({"images": np.zeros((4, 8), np.uint8)}, r"\(4, 8\)"),
        ({"images": np.uint8(3)}, r"\(\)"),
        ({"images": np.zeros((4, 8, 8, 2), np.uint8)}, "1 or 3"),
        ({"images": np.zeros((0, 8, 8, 3), np.uint8)}, r"\(0, 8"),
        ({"pictures": np.zeros((4, 8, 8), np.uint8)}, "it has pictures"),
        ({"images": np.zeros((4, 8, 8), np.uint8), "labels": np.zeros(3, int)}, r"shape \(4,\)"),
        ({"images": np.zeros((4, 8, 8), np.uint8), "labels": np.full(4, -1)}, "0 to 999"),
        ({"images": np.zeros((4, 8, 8), np.uint8), "is_test": np.ones(4, bool)}, "no samples left"),
        ({"images": np.zeros((4, 8, 8), np.uint8), "is_test": np.ones(4)}, "must be bool"),
        ({"images": np.zeros((4, 8, 8), np.uint8), "x": np.array([{}])}, "could run code"),
    ],
)
def test_wrong_arrays_are_named(tmp_path, arrays, said):
    path = tmp_path / "set.npz"
    np.savez(path, **arrays)
    with pytest.raises(DataError, match=said):
        local.load(path)


def test_a_giant_header_is_refused_before_it_is_believed(tmp_path):
    path = tmp_path / "set.npz"
    text = (
        "{'descr': '|u1', 'fortran_order': False, 'shape': (9999999, 999, 999, 3), }".ljust(117)
        + "\n"
    )
    with zipfile.ZipFile(path, "w") as packed:
        packed.writestr(
            "images.npy", b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text.encode()
        )
    with pytest.raises(DataError, match="would take"):
        local.load(path)


def test_not_an_npz(tmp_path):
    for name, content in (("a.npz", b"junk"), ("b.npz", b"PK\x03\x04junk"), ("c.txt", b"hello")):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(DataError, match=name):
            local.load(tmp_path / name)
    with pytest.raises(DataError, match="none"):
        local.load(tmp_path / "absent")
    with pytest.raises(DataError, match="split"):
        local.load(tmp_path, split="validation")


def test_damage_anywhere_is_a_data_error(tmp_path):
    path, rng = tmp_path / "set.npz", random.Random(0)
    np.savez_compressed(path, images=images(4, 8, 8, 3), labels=np.arange(4))
    whole = path.read_bytes()
    for _ in range(150):
        broken = bytearray(whole)
        for _ in range(4):
            broken[rng.randrange(len(whole))] = rng.randrange(256)
        path.write_bytes(broken)
        with contextlib.suppress(DataError):
            local.load(path)


def test_a_folder_and_a_zip(tmp_path):
    folder = tmp_path / "birds"
    (folder / "deep").mkdir(parents=True)
    for k in range(22):
        Image.new("RGB", (30, 20), (k * 9, 0, 0)).save(
            folder / ("deep" if k % 2 else ".") / f"{k}.png"
        )
    (folder / "notes.txt").write_text("no")
    data = local.load(folder, size=(16, 16))
    assert data.items.shape == (22, 16, 16, 3) and data.name == "birds" and data.labels is None
    with zipfile.ZipFile(tmp_path / "birds.zip", "w") as packed:
        for file in sorted(folder.rglob("*.png")):
            packed.write(file, file.name)
    assert local.load(tmp_path / "birds.zip", channels=1).items.shape == (22, 32, 32, 1)
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match="no pictures"):
        local.load(tmp_path / "empty")
