"""Mixing: w of A in some blocks of B; and one sample as each block leaves it."""

from dataclasses import replace
from pathlib import Path

import gradio as gr
import numpy as np
import pytest
import torch
from PIL import Image
from test_cli import Shell, shell

from tgan_demo import mixing, tables
from tgan_demo.config import SampleConfig
from tgan_demo.engine.draw import cells, editing, sampler
from tgan_demo.errors import ConfigError
from tgan_demo.studio import Studio
from tgan_demo.ui import api_edit
from tgan_demo.ui.page import Page, View
from tgan_demo.ui.panels.play.edit import mixing as section

__all__ = ["shell"]  # a fixture
BASE = SampleConfig(count=1, edit="go:pc1", variation=0.5)
TOYS = ["image/digits", "image/avatars", "text/verses", "audio/digits", "video/moves"]


@pytest.fixture(scope="module")
def studio(toy_weights: Path, tmp_path_factory: pytest.TempPathFactory) -> Studio:
    return Studio(tmp_path_factory.mktemp("mixing"), weights_dir=toy_weights)


@pytest.mark.parametrize("model", TOYS)
def test_a_and_b_stand_at_the_edge_and_all_of_a_is_a(studio: Studio, model: str) -> None:
    table = mixing.plan(studio, model, BASE, "1,2", "3-5", "all")
    assert table.x.names == ("A", "3", "4", "5") and table.y.names == ("B", "1", "2")
    assert table.cells[0] is None and len(table.cells) == 12
    (part,) = tables.draw(studio, table.cells)
    drawn = dict(zip(part.at, part.items, strict=True))
    for seed, place in ((3, 1), (5, 3), (1, 4), (2, 8)):
        alone = studio.sample(model, SampleConfig(seed=seed, count=1)).items[0]
        np.testing.assert_array_equal(drawn[place], alone)
    if part.items.dtype.kind == "u":  # elsewhere the last step is a choice by B's seed
        np.testing.assert_array_equal(drawn[5], drawn[4])


def test_a_mixed_cell_has_w_of_a_at_these_places_and_of_b_elsewhere(studio: Studio) -> None:
    table = mixing.plan(studio, "image/digits", replace(BASE, label=4), "1~7", "3", "1-2")
    cell = table.cells[3]
    assert cell and (cell[1].edit, cell[1].label) == ("mix:1~7@1-2", 4)
    model = studio.load("image/digits")
    own, other = (
        editing.places(model, SampleConfig(seed=seed, label=label, count=1))[0]
        for seed, label in ((3, 4), (1, 7))
    )
    (w_LW,), _ = editing.places(model, replace(cell[1], count=1))
    torch.testing.assert_close(w_LW, torch.cat((own, other, other)))
    assert table.cells[2] and table.cells[2][1].label == 7


@pytest.mark.parametrize(
    ("a", "b", "places", "wanted"),
    [
        ("", "1", "all", "such as"), ("1", "x", "all", "1-10"), ("1", "2", "top", "coarse"),
        ("1", "2", "each", "one range"), ("1", "2", "5-9", "its last block"),
        ("1", "2", "2-1", "first to the last"), ("1~99", "2", "1", "classes"),
        ("1-1000000", "1", "all", "at most 64"), ("1-10", "1-10", "all", "10 x 10 are 100"),
    ],
)  # fmt: skip
def test_what_cannot_be_mixed_is_refused(
    studio: Studio, a: str, b: str, places: str, wanted: str
) -> None:
    with pytest.raises(ConfigError, match=wanted):
        tables.draw(studio, mixing.plan(studio, "image/digits", BASE, a, b, places).cells)


@pytest.mark.parametrize("model", TOYS)
def test_the_last_block_leaves_the_sample_itself(studio: Studio, model: str) -> None:
    loaded, config = studio.load(model), SampleConfig(seed=9, count=1, edit="mix:4@1-1")
    items, changes = cells.by_block(loaded, config)
    assert len(items) == loaded.config.depth and len(changes) == len(items) - 1
    drawn = studio.sample(model, config).items[0]
    if items.dtype.kind == "U":
        assert items[-1] == drawn
    else:  # drawn in passes of another shape, whose sums are rounded otherwise
        np.testing.assert_allclose(items[-1].astype(int), drawn.astype(int), atol=1)


def test_how_much_a_block_changes_is_in_percent_of_the_spread(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    model, config = studio.load("image/avatars"), SampleConfig(seed=9, count=1)
    spread = sampler.signals(model, replace(config, count=cells.SPREAD))[0].std()
    tokens = model.tokenizer.to_tokens(torch.zeros(1, 3, 32, 32), model.config)
    logits = torch.zeros(2, 1, *model.G.by_block(torch.zeros(1, 16)).shape[2:])
    assert tokens.shape[1] == logits.shape[2]
    monkeypatch.setattr(type(model.G), "by_block", lambda self, w: logits)
    assert cells.by_block(model, config)[1] == [0.0]
    logits[1] += 100.0  # tanh: from 0 to 1 everywhere
    assert cells.by_block(model, config)[1] == pytest.approx([100 / float(spread)], rel=1e-4)


def test_what_a_decoder_writes_shows_no_unfinished_work(studio: Studio) -> None:
    config = SampleConfig(count=1)
    with pytest.raises(ConfigError, match="decoder"):
        cells.by_block(studio.load("text/lines"), config)
    with gr.Blocks():
        page = Page(studio)
    told = section.on_blocks(page, View(None, "en", "text/lines", config), None)
    assert told == {"lead": "edit.mixing.blocks.decoder"}


def test_the_command_line_mixes(shell: Shell, tmp_path: Path) -> None:
    ask = ("mix", "image/avatars", "--a", "1,2", "--b", "3-5", "--blocks", "1-2", "--out")
    told = shell(*ask, tmp_path / "m.png")
    assert told["count"] == 6 and told["edits"][3] == "mix:2@1-2"
    with Image.open(tmp_path / "m.png") as image:
        corner = np.asarray(image)[-3 * 64 : -2 * 64 - 12, :20]
        assert image.width > 4 * 64 and (corner >= 0).all()
    shell(*ask, tmp_path / "m.csv")
    assert (tmp_path / "m.csv").read_text().count("\n") == 12
    assert "empty places" in shell.fails(*ask, tmp_path / "m.npz")


def test_programs_get_tables_as_one_picture_with_each_cells_settings(studio: Studio) -> None:
    asked = api_edit.Asked("image/avatars", SampleConfig(seed=1, count=1), None)
    grid = api_edit.edit(studio, asked, "grid", {"x": "seed=1-3", "y": "pc1=-1,1"})
    assert grid["columns"] == 3 and grid["edits"] == ["go:pc1*-1"] * 3 + ["go:pc1"] * 3
    assert grid["cells"][4]["seed"] == 2 and grid["texts"] is None
    assert grid["images"].startswith("data:image/png;base64,")
    verses = api_edit.Asked("text/verses", SampleConfig(count=1), None)
    mixed = api_edit.edit(studio, verses, "mix", {"a": "1", "b": "2,3"})
    assert mixed["edits"] == [None, "", "", "", "mix:1@0-0", "mix:1@0-0"]
    assert mixed["texts"][0] is None and all(mixed["texts"][1:])
    for way, options in (
        ("grid", {}),
        ("mix", {"a": 1}),
        ("grid", {"x": "seed=1-300", "y": "psi=1"}),
    ):
        with pytest.raises(ConfigError):
            api_edit.edit(studio, asked, way, options)
