"""The command `directions`: rows as a picture, vectors as arrays, a direction between two groups of seeds."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from test_cli import Shell, shell

__all__ = ["shell"]  # a fixture


@pytest.mark.parametrize("model", ["image/digits", "text/verses", "video/moves"])
def test_rows_of_any_modality_are_a_picture(shell: Shell, tmp_path: Path, model: str) -> None:
    told = shell("directions", model, "--seed", 5, "--out", tmp_path / "rows.png")
    assert told["amounts"] == [-3, -2, -1, 0, 1, 2, 3] and len(told["directions"]) == 8
    with Image.open(tmp_path / "rows.png") as image:
        width, height = image.size
        assert width % 7 == 0 and height % 8 == 0 and width >= 7 * 64


def test_arrays_hold_what_draws_each_cell_again(shell: Shell, tmp_path: Path) -> None:
    kind = ("--kind", "class", "--label", "4", "--blocks", "1-2")
    told = shell("directions", "image/digits", *kind, "--out", tmp_path / "d.npz")
    with np.load(tmp_path / "d.npz") as file:
        assert file["items"].shape[:2] == file["edits"].shape == (9, 7)
        assert file["vectors"].shape == (9, 16)
        edit, cell = str(file["edits"][3, 6]), file["items"][3, 6]
    assert edit == f"go:{told['directions'][3]}*1.25@1-2" and told["blocks"] == [1, 2]
    again = ("sample", "image/digits", "--label", "4", "--count", 1, "--edit", edit)
    shell(*again, "--out", tmp_path / "one.npz")
    with np.load(tmp_path / "one.npz") as file:
        np.testing.assert_array_equal(file["images"][0], cell)


def test_two_groups_of_seeds_make_one_direction(shell: Shell, tmp_path: Path) -> None:
    groups = ("--a", 1, 2, 3, "--b", 4, 5)
    told = shell("directions", "image/avatars", *groups, "--out", tmp_path / "d.npz")
    assert len(told["directions"]) == 1 and told["blocks"] == [1, 2]
    back = ("--a", 4, 5, "--b", 1, 2, 3)
    shell("directions", "image/avatars", *back, "--out", tmp_path / "back.npz")
    with np.load(tmp_path / "d.npz") as there, np.load(tmp_path / "back.npz") as back:
        np.testing.assert_allclose(there["vectors"], -back["vectors"], atol=2e-3)


@pytest.mark.parametrize(
    "words, said",
    [
        (("image/digits", "--a", 1, "--out", "d.png"), "each"),
        (("image/digits", "--out", "d.wav"), ".png or .npz"),
        (("image/digits", "--blocks", "x", "--out", "d.png"), "FIRST-LAST"),
        (("image/digits", "--blocks", "1-9", "--out", "d.png"), "its last block"),
        (("image/avatars", "--kind", "class", "--out", "d.png"), "no classes"),
    ],
)
def test_what_makes_no_direction_is_said(shell: Shell, words: tuple, said: str) -> None:
    assert said in shell.fails("directions", *words)
