"""Directions of w: closed forms on clouds whose axes are known, and what holds for every modality."""

import math
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from tgan_demo import edits
from tgan_demo.config import SampleConfig
from tgan_demo.edits import Step
from tgan_demo.engine.draw import cells, directions, editing
from tgan_demo.engine.draw.model import Model
from tgan_demo.engine.draw.parts import cut_of
from tgan_demo.errors import ConfigError
from tgan_demo.models.folder import load_model

HERE = SampleConfig(seed=3, count=1)
STRETCH = torch.tensor([1.0, 6.0, 3.0])
ALL = ["image/digits", "image/avatars", "text/verses", "audio/digits", "video/moves", "text/lines"]


@pytest.fixture(scope="module", params=ALL)
def model(request: pytest.FixtureRequest, toy_weights: Path) -> Iterator[Model]:
    yield load_model(toy_weights / request.param)


@pytest.fixture(scope="module")
def digits(toy_weights: Path) -> Model:
    return load_model(toy_weights / "image/digits")


def cloud(count: int = 4000) -> torch.Tensor:
    return torch.randn(count, 3, generator=torch.Generator().manual_seed(0)) * STRETCH


def test_round_a_place_the_axes_are_those_of_its_neighbours_alone() -> None:
    there = cloud(300)[:, [2, 0, 1]] * 0.1 + 50
    axes_KW = directions.around(torch.full((3,), 50.0), torch.cat((cloud(), there)), near=300)
    expected = torch.eye(3)[[2, 0, 1]] * torch.tensor([[0.6], [0.3], [0.1]])
    torch.testing.assert_close(axes_KW, expected, atol=0.05, rtol=0)


def test_without_classes_it_is_the_way_between_the_means() -> None:
    a, b = cloud(20) + 1.5, cloud(20).flip(0)
    found = directions.apart(torch.cat((a, b)), torch.arange(40) < 20)
    torch.testing.assert_close(found, torch.full((3,), 1.5))


MEANS = torch.tensor([[0.0, 0, 0], [8, 0, 0], [0, 5, 0], [8, 5, 0]])  # class 1, 3: with; 2, 3: wide


def test_groups_that_are_classes_lead_between_their_means_however_unbalanced() -> None:
    labels = torch.tensor([1] * 8 + [3] * 2 + [0] * 3 + [2] * 7)
    w_BW = MEANS[labels] + cloud(20)
    found = directions.apart(w_BW, torch.arange(20) < 10, labels, MEANS)
    torch.testing.assert_close(found, torch.tensor([8.0, 0, 0]))


def test_groups_across_classes_lead_between_their_own_means() -> None:
    labels = torch.tensor([0] * 6 + [1] * 4 + [0] * 4 + [1] * 6)
    w_BW = MEANS[labels] + torch.tensor([0, 0, 1.0]) * (torch.arange(20) < 10)[:, None]
    found = directions.apart(w_BW, torch.arange(20) < 10, labels, MEANS)
    torch.testing.assert_close(found, torch.tensor([-1.6, 0, 1.0]))


@pytest.mark.parametrize(
    "in_a, in_b, ratio", [((2,), (0,), 0.375), ((1, 0), (0, 1), 1), ((2, 0), (0, 2), 2.25)]
)
def test_the_evidence_is_the_bayes_factor(in_a: tuple, in_b: tuple, ratio: float) -> None:
    a, b = (torch.tensor(counts).double() for counts in (in_a, in_b))
    assert directions.evidence(a, b) == pytest.approx(math.log(ratio))


def test_local_ones_are_few_whole_and_always_the_same(model: Model) -> None:
    axes_KW = directions.local(model, HERE)
    assert axes_KW.shape == (directions.LOCAL, model.config.z_dim)
    assert axes_KW.isfinite().all()
    for part_KW in axes_KW.chunk(2 if model.config.motion else 1):  # what is seen, how it moves
        assert (part_KW.norm(dim=1).diff() <= 1e-6).all()
    torch.testing.assert_close(directions.local(model, HERE), axes_KW)
    elsewhere = directions.local(model, replace(HERE, seed=8))
    assert not torch.allclose(elsewhere, axes_KW)


def test_local_ones_are_round_the_edited_place(model: Model) -> None:
    far = replace(HERE, edit="go:pc1*3;go:pc2*-2@1-1")
    assert not torch.allclose(directions.local(model, far), directions.local(model, HERE))


def test_from_a_group_to_itself_moved_is_the_way_it_was_moved(model: Model) -> None:
    way = edits.vector(directions.local(model, HERE)[0].numpy())
    b = [replace(HERE, seed=seed) for seed in range(4)]
    a = [replace(config, edit=f"go:{way}*2") for config in b]
    found = directions.between(model, a, b)
    torch.testing.assert_close(
        found, 2 * torch.from_numpy(edits.numbers(way)), atol=1e-5, rtol=1e-4
    )


@pytest.mark.parametrize(
    "a, b", [([], [HERE]), ([HERE], []), ([HERE], [HERE]), ([HERE] * 201, [HERE])]
)
def test_groups_that_make_no_direction_are_refused(digits: Model, a: list, b: list) -> None:
    with pytest.raises(ConfigError, match="group"):
        directions.between(digits, a, b)


def test_every_kind_is_drawn_as_rows_with_the_sample_itself_in_them(model: Model) -> None:
    for kind, amounts in directions.AMOUNTS.items():
        if kind == "class" and not model.config.classes:
            with pytest.raises(ConfigError, match="no classes"):
                directions.found(model, HERE, kind)
            continue
        ways = directions.found(model, HERE, kind)[:2]
        rows = directions.table(model, HERE, ways, amounts)
        assert [len(row) for row in rows] == [len(amounts)] * 2
        assert rows[0][amounts.index(0)] == HERE
        assert len(cells.draw_each(model, [row[-1] for row in rows])) == 2


def test_a_kind_that_is_none_is_refused(digits: Model) -> None:
    with pytest.raises(ConfigError, match="local, global, class"):
        directions.found(digits, HERE, "up")


def test_the_nearest_classes_come_first_without_its_own(digits: Model) -> None:
    ways = directions.found(digits, replace(HERE, label=4), "class")
    assert sorted(ways) == [f"class{i}" for i in range(10) if i != 4]
    far = [float((digits.w_mean[int(what[5:])] - digits.w_mean[4]).norm()) for what in ways]
    assert far == sorted(far)


def test_an_edit_that_is_full_goes_on_from_where_it_led(digits: Model) -> None:
    full = replace(HERE, edit=";".join(["go:pc1*0.1", "go:pc2*0.2@1-1"] * 6))
    moved = directions.along(digits, full, Step("go", "pc3", 2.0))
    assert [step.kind for step in edits.read(moved.edit)] == ["at", "go"]
    there = editing.places(digits, full)[0] + 2 * editing.components(digits)[2]
    torch.testing.assert_close(editing.places(digits, moved)[0], there, atol=5e-3, rtol=1e-3)


def test_between_groups_the_later_blocks_are_moved(model: Model) -> None:
    first, last = directions.late(model)
    assert 1 <= first <= last == model.G.entries - 1


def test_directions_round_a_clip_keep_content_and_motion_apart(toy_weights: Path) -> None:
    model = load_model(toy_weights / "video" / "moves")
    axes_KW, cut = directions.local(model, SampleConfig(seed=3)), cut_of(model.config)
    half = len(axes_KW) // 2
    assert axes_KW[:half, cut:].abs().max() == 0 == axes_KW[half:, :cut].abs().max()
    assert (axes_KW.norm(dim=1) > 0).all()
