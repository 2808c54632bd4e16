"""Edits of w: the text that carries them, and what they do to a model's w."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from tgan_demo import edits
from tgan_demo.config import SampleConfig
from tgan_demo.edits import Step
from tgan_demo.engine.draw import editing, latents, sampler, walking
from tgan_demo.engine.draw.model import Model
from tgan_demo.errors import ConfigError
from tgan_demo.models.folder import load_model
from tgan_demo.ui import walks

HERE = SampleConfig(seed=3, count=2)


@pytest.fixture(
    scope="module",
    params=["image/digits", "text/verses", "audio/digits", "video/moves", "text/lines"],
)
def model(request: pytest.FixtureRequest, toy_weights: Path) -> Iterator[Model]:
    yield load_model(toy_weights / request.param)


def vector(model: Model, fill: float = 0.5, places: int = 1) -> str:
    return edits.vector(np.full(places * model.config.z_dim, fill))


def w_of(model: Model, edit: str = "", **more: object) -> torch.Tensor:
    return editing.places(model, replace(HERE, edit=edit, **more))[0]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "go:pc1*2@1-3",
        "go:class7*-0.5",
        "mix:42@2-4;mix:7~3*0.25",
        f"at:{edits.vector(np.linspace(-1, 1, 16))};go:pc2@0-0",
    ],
)
def test_a_text_is_read_and_written_the_same(text: str) -> None:
    assert edits.write(edits.read(text)) == text


def test_a_range_of_one_block_may_be_one_number() -> None:
    assert edits.read("go:pc1@2") == (Step("go", "pc1", 1.0, 2, 2),)


@pytest.mark.parametrize(
    "text",
    [
        "x", "go:", "go:7", "at:pc1", "at:7", "mix:pc1", "go:pc1*11", "mix:3*1.5", "go:pc1@3-1", "go:pc1*nan",
        "at:AAAA@1-2", "go:AAAAA", "mix:99999999999999999", "go:pc1;" * 13, "go:pc1" + " " * 7000,
        "go:" + edits.vector(np.array([np.inf])), "go:pc1\n", "go:pc1@0-1000",
    ],
)  # fmt: skip
def test_what_is_no_edit_is_refused(text: str) -> None:
    with pytest.raises(ConfigError):
        SampleConfig(edit=text)


def test_a_vector_comes_back_as_float16() -> None:
    numbers = np.random.default_rng(0).normal(size=96).astype(np.float32)
    back = edits.numbers(edits.vector(numbers))
    np.testing.assert_array_equal(back, numbers.astype(np.float16).astype(np.float32))


def test_along_a_vector_and_back_is_where_it_was(model: Model) -> None:
    there = w_of(model, f"go:{vector(model)}*2")
    torch.testing.assert_close(there, w_of(model) + 1.0)
    back = w_of(model, f"go:{vector(model)}*2;go:{vector(model)}*-2")
    torch.testing.assert_close(back, w_of(model))


def test_a_range_leaves_the_other_blocks(model: Model) -> None:
    w_BLW = w_of(model, f"go:{vector(model)}@1-1")
    assert w_BLW.shape == (2, model.G.entries, model.config.z_dim)
    own = w_of(model)
    for place in range(model.G.entries):
        torch.testing.assert_close(w_BLW[:, place], own + 0.5 * (place == 1))


def test_mixing_in_every_block_is_the_other_sample(model: Model) -> None:
    label = 1 if model.config.classes else None
    name = "mix:9" if label is None else "mix:9~1"
    other = editing.places(model, SampleConfig(seed=9, count=1, label=label))[0]
    torch.testing.assert_close(w_of(model, name), other.expand(2, -1))
    middle = w_of(model, f"{name}*0.5")
    torch.testing.assert_close(middle, 0.5 * (w_of(model) + other))


def test_a_place_of_its_own_stands_instead_of_the_seeds(model: Model) -> None:
    torch.testing.assert_close(
        w_of(model, f"at:{vector(model)}"), torch.full_like(w_of(model), 0.5)
    )
    each = w_of(model, f"at:{vector(model, places=model.G.entries)}")
    assert each.shape[1] == model.G.entries
    items, _ = sampler.draw(model, replace(HERE, edit=f"at:{vector(model)}", seed=5))
    assert len(items) == 2


def test_the_same_edit_in_all_blocks_or_named_one_by_one_paints_the_same(model: Model) -> None:
    whole, _ = sampler.draw(model, replace(HERE, edit="go:pc1*2"))
    each, _ = sampler.draw(model, replace(HERE, edit=f"go:pc1*2@0-{model.G.entries - 1}"))
    none, _ = sampler.draw(model, HERE)
    np.testing.assert_array_equal(whole, each)
    assert none.shape == whole.shape


def test_components_are_the_axes_of_w(model: Model) -> None:
    axes_KW = editing.components(model)
    lengths_K = axes_KW.norm(dim=1)
    assert (lengths_K.diff() <= 1e-6).all()
    cosines = axes_KW @ axes_KW.T / lengths_K.clamp_min(1e-9).outer(lengths_K.clamp_min(1e-9))
    torch.testing.assert_close(cosines[:8, :8], torch.eye(8), atol=1e-3, rtol=0)


def test_components_of_a_stretched_cloud_are_its_axes() -> None:
    cloud = torch.randn(4000, 3, generator=torch.Generator().manual_seed(0))
    axes = editing.widest(cloud * torch.tensor([1.0, 5.0, 2.0]))
    torch.testing.assert_close(
        axes.abs(), torch.eye(3)[[1, 2, 0]] * torch.tensor([[5.0], [2.0], [1.0]]), atol=0.3, rtol=0
    )


def test_what_is_of_another_model_is_refused_with_what_there_is(model: Model) -> None:
    wrong = edits.vector(np.ones(model.config.z_dim + 1))
    for edit in (
        f"go:{wrong}",
        f"at:{wrong}",
        f"mix:{wrong}",
        "go:pc999",
        "go:pc1@0-99",
        "mix:3~999",
    ):
        with pytest.raises(ConfigError, match=model.title):
            w_of(model, edit)


def test_the_way_to_a_class_ends_at_its_mean_for_the_mean(model: Model) -> None:
    if not model.config.classes:
        with pytest.raises(ConfigError, match="has no classes"):
            w_of(model, "go:class0")
        return
    w_BW = w_of(model, "go:class1", psi=0.0, label=0)
    torch.testing.assert_close(w_BW, model.w_mean[1].expand(2, -1))


def test_a_walk_of_edited_keys_begins_and_ends_there(model: Model) -> None:
    keys = [SampleConfig(seed=1, edit="go:pc1*2@1-2"), SampleConfig(seed=2)]
    how = {"frames": 4, "path": "lerp", "space": "z", "loop": False, "psi": 0.8}
    w_FLW = walking.steps(model, keys, **how)
    first = editing.places(model, replace(keys[0], count=1, psi=0.8))[0]
    last = editing.places(model, replace(keys[1], count=1, psi=0.8))[0]
    torch.testing.assert_close(w_FLW[:1], first)
    torch.testing.assert_close(w_FLW[-1:], last[:, None].expand_as(first))


def test_a_key_frame_keeps_its_edit_in_the_link() -> None:
    key = SampleConfig(seed=5, count=1, label=2, edit="mix:7~3*0.5@1-2;go:pc1*-2")
    walk = walks.make((key, SampleConfig(seed=6, count=1)), "slerp", "z", 12, True)
    assert walks.read(walks.write(walk)) == walk
    assert walks.read("5~2~~~nonsense_6!slerp!z!12!1").keys[0].edit == ""


def test_no_edit_costs_nothing(model: Model) -> None:
    z_BZ, labels_B = latents.draw_z(model, HERE)
    assert torch.equal(w_of(model), latents.map_to_w(model, z_BZ, labels_B, 1.0))
