"""Tables of two settings: the text of an axis, and what is drawn, saved and refused."""

import csv
import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from test_cli import Shell, shell

from tgan_demo import axes, edits, tables
from tgan_demo.config import SampleConfig
from tgan_demo.errors import ConfigError, NotFoundError, TganError
from tgan_demo.export import read_settings
from tgan_demo.modalities import registry
from tgan_demo.studio import Studio

__all__ = ["shell"]  # a fixture
BASE = SampleConfig(seed=3, count=1)
HOW: dict[str, Any] = {"classes": ("zero", "one", "two", "3"), "entries": 5}
TOYS = ["image/digits", "image/avatars", "text/verses", "text/lines", "audio/digits", "video/moves"]


@pytest.fixture(scope="module")
def studio(toy_weights: Path, tmp_path_factory: pytest.TempPathFactory) -> Studio:
    return Studio(tmp_path_factory.mktemp("tables"), weights_dir=toy_weights)


def values(text: str, **more: Any) -> list:
    return list(axes.read(text, **HOW | more).values)


# --- the text of an axis


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("seed=1-4", [1, 2, 3, 4]),
        ("seed = 4-2, 9", [4, 3, 2, 9]),
        ("psi=0..1/5", [0, 0.25, 0.5, 0.75, 1]),
        ("psi=1..0/3", [1, 0.5, 0]),
        ("psi=.3..2/1", [0.3]),
        ("variation=0-1,.5", [0, 1, 0.5]),
        ("class=two,0-1", [2, 0, 1]),
        ("class=3", [3]),
        ("pc1=-1-1", ["go:pc1*-1", "", "go:pc1"]),
        ("class2@1-3=.5", ["go:class2*0.5@1-3"]),
        ("mix:7~1=each", [f"mix:7~1@{k}-{k}" for k in range(5)]),
        ("mix:7=coarse,all,1-2", ["mix:7@0-1", "mix:7@0-4", "mix:7@1-2"]),
        ("mix@2-4=5-6,7~1", ["mix:5@2-4", "mix:6@2-4", "mix:7~1@2-4"]),
        ("model=image/a,mine/b", ["image/a", "mine/b"]),
    ],
)
def test_an_axis_means_what_its_text_says(text: str, wanted: list) -> None:
    assert values(text) == wanted


@pytest.mark.parametrize("first", [-3, 0, 7])
@pytest.mark.parametrize("count", [1, 2, 9, 256])
def test_ranges_have_both_ends_and_equal_steps(first: int, count: int) -> None:
    spaced = [
        step.number for text in values(f"pc1={first}..9/{count}") for step in edits.read(text)
    ]
    assert len(values(f"pc1={first}..9/{count}")) == count
    if first and count > 1:  # 0 is no edit
        assert (spaced[0], spaced[-1]) == (first, 9)
        assert np.ptp(np.diff(spaced)) <= 2e-4 or 0 in np.diff(spaced) or first < 0
    last = max(first, 0) + count - 1
    assert values(f"seed={max(first, 0)}-{last}") == list(range(max(first, 0), last + 1))
    assert values(f"seed={last}-{max(first, 0)}") == values(f"seed={max(first, 0)}-{last}")[::-1]


def test_mixed_in_samples_have_the_class_in_view() -> None:
    assert values("mix@1=5,6~0", label=2) == ["mix:5~2@1-1", "mix:6~0@1-1"]


@pytest.mark.parametrize("entries", range(1, 12))
def test_coarse_middle_and_fine_are_all_places_once(entries: int) -> None:
    named = axes.parts_of(entries)
    assert named.pop("all") == (0, entries - 1)
    assert [k for a, b in named.values() for k in range(a, b + 1)] == list(range(entries))


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("", "such as seed=1-10"), ("seed", "such as"), ("seed=", "such as"), ("=1", "an axis is seed"),
        ("seed=x", "1-10 or 1,4,7"), ("seed=0..1/5", "1-10"), ("seed=1.5", "1-10"), ("psi=0..1", "0..1/5"),
        ("psi=3", "0 to 2"), ("psi=-1-1", "0 to 2"), ("seed=99999999999999999", "1-10"), ("psi=nan", "0..1/5"),
        ("class=four", "1-10"), ("class=0-9", "0 to 3 or a name"), ("colour=1-3", "an axis is seed"),
        ("sead=1", "did you mean seed"),
        ("pc1=11", "-10 to 10"), ("pc1@3-1=1", "first to the last"), ("mix:7=top", "coarse, middle, fine"),
        ("mix=1~x", "an axis is"), ("mix:=each", "an axis is"), ("seed=" + "1," * 5000, "such as"),
        ("psi=0..1/0", "0..1/5"), ("seed=9999999999999999", "0 to"),
    ],
)  # fmt: skip
def test_what_is_no_axis_is_refused_with_what_was_wanted(text: str, wanted: str) -> None:
    with pytest.raises(ConfigError) as refused:
        axes.read(text, **HOW)
    assert wanted in str(refused.value)


def test_a_million_cells_are_refused_with_the_largest_that_is_allowed(studio: Studio) -> None:
    for x, y in (
        ("seed=1-1000000", "psi=1"),
        ("psi=0..1/1000000", "seed=1"),
        ("seed=1-256", "psi=0..1/256"),
    ):
        with pytest.raises(ConfigError, match="at most 256 cells"):
            tables.plan(studio, "image/digits", BASE, x, y)
    with pytest.raises(ConfigError, match=r"at most 100 cells.*11 x 10 are 110"):
        tables.plan(studio, "image/digits", BASE, "seed=1-10", "psi=0..1/11", most=100)


@pytest.mark.parametrize(
    ("x", "y", "wanted"),
    [
        ("seed=1", "seed=2-3", "both say seed"),
        ("model=image/digits", "moment=run/0123456789abcdef@5", "."),
        ("model=image/digits,text/verses", "seed=1", "one kind of samples"),
        ("model=image/nothing", "seed=1", "there is no model"),
        ("temperature=0,1", "seed=1", "no temperature"),
        ("pc99=1", "seed=1", "pc1 to pc"),
        ("pc1@9=1", "seed=1", "its last block"),
        ("moment=run/0123456789abcdef", "seed=1", "."),
    ],
)
def test_a_table_that_this_model_cannot_make_is_refused(
    studio: Studio, x: str, y: str, wanted: str
) -> None:
    with pytest.raises(TganError, match=wanted):
        tables.draw(studio, tables.plan(studio, "image/digits", BASE, x, y).cells)


# --- cells


@pytest.mark.parametrize("model", TOYS)
def test_a_cell_is_the_sample_that_its_settings_draw_alone(studio: Studio, model: str) -> None:
    table = tables.plan(studio, model, BASE, "mix:8=each", "pc1@1-2=-2..2/2")
    (part,) = tables.draw(studio, table.cells)
    assert len(part.items) == 6 and part.modality == model.split("/")[0]
    for i in (0, 4):
        alone = studio.sample(*table.cells[i]).items
        np.testing.assert_array_equal(part.items[i], alone[0])
    image = Image.open(io.BytesIO(tables.picture(table, [part])))
    assert image.width > 3 * tables.LEAST_SIDE and image.height > 2 * tables.LEAST_SIDE
    rows = list(csv.DictReader(io.StringIO(tables.csv_text(table, [part]))))
    assert len(rows) == 6 and rows[4]["edit"] == table.cells[4][1].edit
    texts = registry.get(part.modality).look.sheet(part.items).texts
    assert [row.get("text", "") for row in rows] == list(texts or [""] * 6)


def test_models_of_different_sizes_stand_in_one_table(studio: Studio) -> None:
    table = tables.plan(
        studio, "image/digits", BASE, "model=image/digits,image/avatars", "seed=1,2"
    )
    digits, avatars = parts = tables.draw(studio, table.cells)
    assert (digits.at, avatars.at) == ((0, 2), (1, 3)) and table.x.names == ("Digits", "Avatars")
    alone = studio.sample("image/avatars", SampleConfig(seed=2, count=1)).items
    np.testing.assert_array_equal(avatars.items[1], alone[0])
    content = tables.picture(table, parts)
    assert read_settings(content) == {
        **tables.png.settings_for("image/digits", BASE),
        "table": {"x": "model=image/digits,image/avatars", "y": "seed=1,2"},
    }
    pixels = np.asarray(Image.open(io.BytesIO(content)))
    # 28 pixels twice, 32 twice: the larger fills its cell to the corner
    large = alone[0].repeat(2, axis=0).repeat(2, axis=1)
    np.testing.assert_array_equal(
        pixels[-tables.GAP - 64 : -tables.GAP, -tables.GAP - 64 : -tables.GAP], large
    )
    with pytest.raises(ConfigError, match="different sizes"):
        tables.arrays(table, parts)


def test_moments_of_a_run_are_its_models(studio: Studio, toy_weights: Path) -> None:
    visitor = studio.store.new_visitor()
    run = studio.store.new_run(visitor)
    folder = studio.store.folder(visitor, run) / "moments"
    for nimg in (500, 2000):
        (folder / f"{nimg:09d}").mkdir(parents=True)
        for file in (toy_weights / "image" / "digits").iterdir():
            (folder / f"{nimg:09d}" / file.name).write_bytes(file.read_bytes())
    ask = ("image/digits", BASE, f"moment={run}", "seed=1-2")
    table = tables.plan(studio, *ask, visitor=visitor)
    assert table.x.names == ("500", "2,000") and len(tables.draw(studio, table.cells, visitor)) == 2
    with pytest.raises(NotFoundError):
        tables.plan(studio, *ask)


def test_a_head_that_a_spreadsheet_would_run_is_a_text_and_numbers_stay(studio: Studio) -> None:
    table = tables.plan(studio, "image/digits", BASE, "pc1=-1,1", "seed=1")
    text = tables.csv_text(table)
    assert "\n0,0,1,-1," in text and "'go:" not in text
    assert [tables._plain(v) for v in ("=1+1", "-1.5", "@x", 3)] == ["'=1+1", "-1.5", "'@x", 3]


def test_the_command_line_draws_a_table(shell: Shell, tmp_path: Path) -> None:
    ask = ("grid", "image/digits", "--x", "seed=1-3", "--y", "psi=0..1/2", "--label", "7", "--out")
    told = shell(*ask, tmp_path / "a.png")
    assert told["x"] == ["1", "2", "3"] and told["y"] == ["0", "1"]
    settings = read_settings(tmp_path / "a.png")
    assert settings and settings["label"] == 7
    assert settings["table"] == {"x": "seed=1-3", "y": "psi=0..1/2"}
    shell(*ask, tmp_path / "a.npz")
    with np.load(tmp_path / "a.npz") as file:
        assert file["items"].shape == (2, 3, 28, 28, 1) and file["settings"].shape == (2, 3)
    shell(*ask, tmp_path / "a.csv")
    assert (tmp_path / "a.csv").read_text().count("\n") == 7
    assert "png, .npz or .csv" in shell.fails(*ask, tmp_path / "a.jpg")
    assert "at most 256" in shell.fails(*ask[:3], "seed=1-1000000", *ask[4:], tmp_path / "a.png")
