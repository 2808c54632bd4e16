"""The place of a user's own item, sought step by step: the contract over every toy model."""

from pathlib import Path

import numpy as np
import pytest

from tgan_demo import edits
from tgan_demo.config import SampleConfig
from tgan_demo.engine.draw import cells
from tgan_demo.models.folder import load_model
from tgan_demo.models.seek import seek

FOLDERS = (
    "image/digits",
    "image/avatars",
    "text/verses",
    "text/lines",
    "audio/digits",
    "video/moves",
)


@pytest.mark.parametrize("folder", FOLDERS)
def test_a_sample_is_sought_and_what_is_told_is_what_is_loaded(
    folder: str, toy_weights: Path
) -> None:
    model = load_model(toy_weights / folder)
    item = cells.draw_each(model, [SampleConfig(seed=5, temperature=0.0)])[0]
    found = list(seek(model, item, seconds=0.5))
    assert found[-1].share == 1 and found[-1].error <= found[0].error
    again = cells.draw_each(model, [found[-1].config])[0]
    np.testing.assert_array_equal(again, found[-1].made)
    assert found[-1].config.edit.startswith("at:") and found[-1].config.count == 1


def test_a_w_for_each_block_is_told_too(toy_weights: Path) -> None:
    model = load_model(toy_weights / "image/digits")
    item = cells.draw_each(model, [SampleConfig(seed=5)])[0]
    last = list(seek(model, item, seconds=0.5, per_block=True))[-1]
    np.testing.assert_array_equal(cells.draw_each(model, [last.config])[0], last.made)
    places = edits.numbers(edits.read(last.config.edit)[0].what)
    assert len(places) == model.G.entries * model.config.z_dim
