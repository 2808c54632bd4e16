"""`from_pretrained`: from a folder, from a stand-in of the Hub, and as README's lines use it."""

import json
import re
from pathlib import Path

import numpy as np
import pytest
import torch

from tgan_demo.config import SampleConfig
from tgan_demo.engine.draw import sampler
from tgan_demo.errors import DataError, WeightsError
from tgan_demo.hub.pretrained import from_pretrained

README = Path(__file__).parent.parent / "README.md"


def files_of(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def draw(model):
    return sampler.draw(model, SampleConfig(seed=3, count=4))[0]


def test_a_folder_and_the_hub_give_the_same_model(stand_in, toy_weights):
    folder = toy_weights / "image" / "digits"
    stand_in.add("ada/digits", files_of(folder))
    here, there = from_pretrained(folder), from_pretrained("ada/digits")
    np.testing.assert_array_equal(draw(here), draw(there))
    assert isinstance(there.G, torch.nn.Module) and not there.G.training
    assert {value.dtype for value in there.G.state_dict().values()} == {torch.float32}


@pytest.mark.parametrize("name", ["digits", "avatars"])
def test_the_lines_of_the_readme_run(stand_in, toy_weights, name):
    stand_in.add("owner/name", files_of(toy_weights / "image" / name))
    blocks = re.findall(r"```python\n(.*?)```", README.read_text("utf-8"), re.DOTALL)
    [block] = [block for block in blocks if "from_pretrained" in block]
    assert len([line for line in block.splitlines() if line.strip()]) <= 10
    made = {}
    exec(block, made)
    size = made["model"].config.shape
    assert made["signal"].shape == (16, *size) and made["signal"].abs().max() <= 1
    assert made["items"].shape == (16, *size[1:], size[0]) and made["items"].dtype == np.uint8


def test_a_damaged_model_is_refused(stand_in, toy_weights):
    files = files_of(toy_weights / "image" / "digits")
    stand_in.add("ada/digits", files | {"model.safetensors": files["model.safetensors"][:-9]})
    with pytest.raises(WeightsError, match="not a whole safetensors"):
        from_pretrained("ada/digits")


def test_what_is_neither_a_folder_nor_a_name_is_said(stand_in, tmp_path):
    with pytest.raises(DataError, match="owner/name"):
        from_pretrained(tmp_path / "nothing" / "here")
    assert not stand_in.asked


@pytest.mark.parametrize(("said", "kept"), [(0.6, 0.6), (9, 1.0), ("hot", 1.0)])
def test_the_temperature_that_a_model_is_best_read_at_comes_with_it(
    stand_in, toy_weights, said, kept
):
    files = files_of(toy_weights / "text" / "verses")
    config = json.dumps(json.loads(files["config.json"]) | {"temperature": said}).encode()
    stand_in.add("ada/verses", files | {"config.json": config})
    assert from_pretrained("ada/verses").temperature == kept
