"""Walks through the one door: their ways, their ends, between what a person brings, what is refused."""

# ruff: noqa: F811  fixtures that are imported are arguments too

import numpy as np
import pytest
import torch
from PIL import Image
from toy_studio import AVATARS, DIGITS, LINES, VERSES, keys, near, studio  # noqa: F401

from tgan_demo.config import SampleConfig
from tgan_demo.engine.draw import inversion, paths
from tgan_demo.engine.draw.seeds import noise
from tgan_demo.errors import ConfigError
from tgan_demo.studio import Studio

# --- walk


@pytest.mark.parametrize("space", ["z", "w"])
@pytest.mark.parametrize("path", ["slerp", "lerp"])
@pytest.mark.parametrize(("model", "shape"), [(DIGITS, (28, 28, 1)), (AVATARS, (32, 32, 3))])
def test_a_walk_passes_its_keys_and_closes(
    studio: Studio, model: str, shape: tuple[int, ...], path: str, space: str
) -> None:
    label = 2 if model == DIGITS else None
    ends = [studio.sample(model, key).items[0] for key in keys(1, 5, 9, label=label)]
    how = {"frames": 4, "path": path, "space": space}
    loop = studio.walk(model, keys(1, 5, 9, label=label), loop=True, **how)
    assert loop.shape == (12, *shape) and loop.dtype == np.uint8
    for place, end in zip((0, 4, 8), ends, strict=True):
        assert near(loop[place], end)
    line = studio.walk(model, keys(1, 5, 9, label=label), loop=False, **how)
    assert line.shape == (9, *shape) and near(line[:8], loop[:8]) and near(line[8], ends[2])
    # the frame after the last is the first: the way back, walked the other way round, is the same
    back = studio.walk(model, keys(1, 9, label=label), loop=False, **how)
    assert near(loop[9:], back[3:0:-1])


def test_the_ways_that_are_offered_differ(studio: Studio) -> None:
    ways = {
        (path, space): studio.walk(
            AVATARS, keys(1, 5, 9), frames=5, path=path, space=space, loop=False
        )
        for space, offered in paths.DIFFERENT.items()
        for path in offered
    }
    assert len({frames.tobytes() for frames in ways.values()}) == len(ways) == 5


def test_a_straight_line_in_z_is_the_great_circle_at_another_pace(studio: Studio) -> None:
    a_Z, b_Z = (noise([seed], 64)[0] for seed in (1, 5))
    line, arc = (
        torch.nn.functional.normalize(
            paths.through([a_Z, b_Z], frames=frames, path=path, loop=False), dim=1
        )
        for path, frames in (("lerp", 50), ("slerp", 2000))
    )
    assert (line @ arc.T).max(
        1
    ).values.min() > 1 - 1e-5  # each direction of one is one of the other


@pytest.mark.parametrize("loop", [True, False])
def test_a_smooth_walk_meets_its_keys_without_a_bend(loop: bool) -> None:
    keys_ = list(noise([1, 2, 3, 4], 16))
    way = paths.through(keys_, frames=200, path="smooth", loop=loop)
    for i, key in enumerate(keys_):
        torch.testing.assert_close(way[200 * i], key)
    steps = (way[1:] - way[:-1]) * 200
    turns = (steps[1:] - steps[:-1]).norm(dim=1) / steps.norm(dim=1).mean()
    assert turns.max() < 0.05  # legs of straight lines turn by about 1 at a key


@pytest.mark.parametrize("space", ["z", "w"])
def test_a_walk_from_class_to_class_goes_over(studio: Studio, space: str) -> None:
    ends = [SampleConfig(seed=4, count=1, label=label) for label in (0, 8)]
    frames = studio.walk(DIGITS, ends, frames=6, space=space, loop=True)
    for place, key in zip((0, 6), ends, strict=True):
        assert near(frames[place], studio.sample(DIGITS, key).items[0])
    steps = np.abs(np.diff(frames.astype(int), axis=0)).mean(axis=(1, 2, 3))
    assert steps.max() < 3 * steps.mean() + 1  # no jump


def test_a_walk_at_psi_zero_stands_still(studio: Studio) -> None:
    frames = studio.walk(AVATARS, keys(1, 2), frames=3, psi=0.0)
    assert (frames == frames[0]).all()


@pytest.mark.parametrize(
    ("seeds", "options"),
    [
        ((1,), {}),
        (range(25), {"frames": 1}),
        ((1, 2), {"frames": 0}),
        ((1, 2), {"frames": 241}),
        ((1, 2), {"path": "zigzag"}),
        ((1, 2), {"space": "y"}),
    ],
)
def test_a_walk_that_cannot_be_is_refused(studio: Studio, seeds, options) -> None:
    with pytest.raises(ConfigError, match="got"):
        studio.walk(DIGITS, keys(*seeds), **options)


# --- walk between what a person brings


def test_a_walk_between_texts_starts_and_ends_at_the_nearest(studio: Studio) -> None:
    texts = [str(text) for text in studio.sample(VERSES, SampleConfig(seed=5, count=2)).items]
    ends = studio.ends(VERSES, texts)
    assert ends.asked.tolist() == texts and len(ends.reconstruction_loss) == 2
    line = studio.walk_between(VERSES, ends, frames=6)
    assert line.shape == (7,) and [line[0], line[-1]] == ends.nearest.tolist()
    loop = studio.walk_between(VERSES, ends, frames=6, loop=True)
    assert loop.shape == (12,) and [loop[0], loop[6]] == ends.nearest.tolist()
    again = studio.ends(VERSES, texts)
    assert again.keys.equal(ends.keys) and again.reconstruction_loss == ends.reconstruction_loss
    lucky = [studio.walk_between(VERSES, ends, frames=6, temperature=1.0) for _ in range(2)]
    assert (lucky[0] == lucky[1]).all() and (lucky[0] != line).any()


def test_a_walk_between_pictures_starts_and_ends_at_the_nearest(studio: Studio) -> None:
    ends = studio.ends(AVATARS, [Image.new("RGB", (40, 40), c) for c in ("white", "navy")])
    line = studio.walk_between(AVATARS, ends, frames=3, path="lerp")
    assert near(line[[0, -1]], ends.nearest) and ends.asked[0].min() == 255


def test_a_model_that_encodes_walks_through_signals_and_seeks_nothing(
    studio: Studio, monkeypatch
) -> None:
    def never(*_: object) -> None:
        raise AssertionError("sought what it can encode")

    monkeypatch.setattr(inversion, "invert", never)
    texts = ["a red cat on a mat.", "a blue dog on a tree."]
    ends = studio.ends(LINES, texts)
    assert (
        ends.reconstruction_loss is None and ends.nearest.tolist() == ends.asked.tolist() == texts
    )
    line = studio.walk_between(LINES, ends, frames=8)
    assert len(line) == 9 and [line[0], line[-1]] == texts
    round_ = studio.walk_between(LINES, ends, frames=4, loop=True)
    assert len(round_) == 8 and round_[4] == texts[1]


@pytest.mark.parametrize("wrong", ["", "  ", "0123456789" * 2, Image.new("L", (9, 9))])
def test_what_a_text_model_cannot_read_is_refused(studio: Studio, wrong) -> None:
    text = str(studio.sample(VERSES, SampleConfig(seed=5, count=1)).items[0])
    with pytest.raises(ConfigError, match="text"):
        studio.ends(VERSES, [text, wrong])
    with pytest.raises(ConfigError, match="picture|image"):
        studio.ends(AVATARS, [text, text])


@pytest.mark.parametrize("options", [{"frames": 0}, {"frames": 481}, {"path": "zigzag"}])
def test_a_walk_between_that_cannot_be_is_refused(studio: Studio, options) -> None:
    text = str(studio.sample(VERSES, SampleConfig(seed=5, count=1)).items[0])
    with pytest.raises(ConfigError, match="got"):
        studio.walk_between(VERSES, studio.ends(VERSES, [text, text[::-1]]), **options)
