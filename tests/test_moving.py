"""The moving shapes: what is shown is what is stated, to a tenth of a pixel; more than a million."""

import math

import numpy as np
import pytest

from tgan_demo import config
from tgan_demo.data import catalogue
from tgan_demo.errors import DataError
from tgan_demo.modalities.video.painters import moving

STRIDE = len(moving.CLASSES)


def label_of(shape="star", direction="down right", speed="fast"):
    return moving.CLASSES.index(f"{shape} / {direction} / {speed}")


def cover(clip):
    """How much of each pixel is shape, 0..1, (T, H, W), of a clip whose first pixel is ground."""
    gap = np.linalg.norm(clip.astype(float) - np.median(clip[:, [0, -1]], axis=(0, 1, 2)), axis=-1)
    return gap / np.quantile(gap, 0.99)


def middle(weight):
    """Where the weight lies, (T, 2)."""
    at = np.arange(weight.shape[1]) + 0.5
    return np.stack([weight.sum(1) @ at, weight.sum(2) @ at], 1) / weight.sum((1, 2))[:, None]


def test_a_clip_depends_on_seed_and_index_only():
    items, labels = moving.make(12, seed=5)
    clip, label, _ = moving.draw(9, seed=5)
    assert np.array_equal(items[9], clip) and labels[9] == label
    assert not np.array_equal(moving.make(12, seed=6)[0], items)


def test_shapes_labels_and_names_fit_the_contract():
    data = catalogue.make("moving_shapes", count=STRIDE + 1)
    assert data.items.shape == (STRIDE + 1, 16, 32, 32, 3) and data.items.dtype == np.uint8
    assert data.labels.dtype == np.int64 and data.labels.tolist() == [*range(STRIDE), 0]
    assert data.classes == moving.CLASSES and len(set(moving.CLASSES)) == 128
    assert config.factors(data.classes) == tuple(moving.FACTORS.values())
    assert data.licence and data.source
    assert data.name == "shapes" and data.modality == "video"


def test_a_class_says_its_velocity():
    assert np.allclose(moving.velocities(label_of()), 1.5 / math.sqrt(2))
    assert np.allclose(moving.velocities(label_of("disc", "up", "slow")), (0, -0.75))
    assert np.allclose(moving.velocities(label_of("heart", "left"), side=64), (-3, 0))
    for label in range(STRIDE):
        _, drawn, truth = moving.draw(label, side=48)
        assert drawn == label
        assert truth.velocity == tuple(moving.velocities(label, side=48))


@pytest.mark.parametrize("index", range(0, 2 * STRIDE, 17))
def test_the_way_is_straight_and_turns_at_the_borders(index):
    """Against small steps with a mirror at each border."""
    _, _, truth = moving.draw(index, frames=128, side=40)
    at, velocity = truth.centre_T2[0].copy(), np.array(truth.velocity)
    low, high, fine = truth.radius, 40 - truth.radius, 64
    for expected in truth.centre_T2:
        assert np.allclose(at, expected, atol=1e-9)
        for _ in range(fine):
            at += velocity / fine
            beyond = np.maximum(low - at, 0) - np.maximum(at - high, 0)
            at += 2 * beyond
            velocity = np.where(beyond != 0, -velocity, velocity)


def test_the_first_steps_show_the_direction_asked_for():
    for index in range(STRIDE):
        _, _, truth = moving.draw(index, seed=2)
        step = truth.centre_T2[2] - truth.centre_T2[0]
        assert np.allclose(step, 2 * np.array(truth.velocity))


@pytest.mark.parametrize("side", [20, 32, 64])
def test_the_picture_follows_the_truth(side):
    """Its place to a tenth of a pixel, its area to 2 % and one, wherever it is and however turned."""
    for index in range(0, 4 * STRIDE, 13):
        clip, _, truth = moving.draw(index, seed=1, side=side)
        weight = cover(clip)
        assert np.abs(middle(weight) - truth.centre_T2).max() < 0.1, moving.CLASSES[index % STRIDE]
        area = weight.sum((1, 2))
        assert np.ptp(area) < 0.02 * area.mean() + 1  # none of it is cut off


def test_the_shape_turns_at_its_rate():
    """The long axis of a letter goes around as fast as stated."""
    label = moving.CLASSES.index("digit 2 / right / slow")
    for turn in range(6):
        clip, _, truth = moving.draw(label + turn * STRIDE, side=64)
        weight = cover(clip)
        v, u = np.mgrid[:64, :64] + 0.5
        u, v = (grid - truth.centre_T2[:, k, None, None] for k, grid in ((0, u), (1, v)))
        xx, yy, xy = ((weight * a * b).sum((1, 2)) for a, b in ((u, u), (v, v), (u, v)))
        angle = np.unwrap(np.arctan2(2 * xy, xx - yy)) / 2
        assert np.allclose(np.diff(angle), truth.rotation, atol=0.03)


def test_a_longer_clip_begins_with_the_shorter():
    long, label, truth = moving.draw(77, seed=3, frames=40)
    short, same, start = moving.draw(77, seed=3, frames=5)
    assert np.array_equal(long[:5], short) and label == same
    assert np.array_equal(truth.centre_T2[:5], start.centre_T2)


def test_a_larger_clip_shows_the_same():
    small, _, truth = moving.draw(200)
    large, _, twice = moving.draw(200, side=64)
    assert np.allclose(twice.centre_T2, 2 * truth.centre_T2) and twice.radius == 2 * truth.radius
    assert twice.rotation == truth.rotation
    reduced = large.reshape(16, 32, 2, 32, 2, 3).mean((2, 4))
    assert np.abs(reduced - small).mean() < 1


def test_shape_and_ground_can_be_told_apart_in_grey():
    items, _ = moving.make(300, seed=4)
    grey = items @ np.array([0.299, 0.587, 0.114])
    ground = np.median(grey, axis=(1, 2, 3))
    away = np.abs(grey - ground[:, None, None, None])
    assert (away.max((1, 2, 3)) >= 69).all()
    assert ((away < 0.5).mean((1, 2, 3)) > 0.6).all()  # and the ground is plain


def test_shapes_can_be_told_apart_at_any_angle():
    """What lies how far from the middle is enough to find the shape in the nearest other clip."""
    rows, shapes = [], []
    for index in range(0, 2 * STRIDE, 2):
        clip, label, truth = moving.draw(index, frames=2)
        v, u = np.mgrid[:32, :32] + 0.5
        away = np.hypot(u - truth.centre_T2[0, 0], v - truth.centre_T2[0, 1]) / truth.radius
        rows.append(
            [cover(clip)[0][(away >= r) & (away < r + 0.2)].mean() for r in np.arange(5) / 5]
        )
        shapes.append(label // 16)
    apart = np.square(np.array(rows)[:, None] - np.array(rows)).sum(2)
    np.fill_diagonal(apart, np.inf)
    assert (np.array(shapes)[apart.argmin(1)] == shapes).mean() > 0.9


def test_there_are_more_than_a_million_clips():
    """In one class alone: eleven free numbers, and none of the visible ones comes twice."""
    clips, seen = set(), []
    for turn in range(150):
        clip, _, truth = moving.draw(turn * STRIDE, frames=2)
        clips.add(clip.tobytes())
        seen.append((*truth.centre_T2[0], truth.rotation, truth.radius))
    assert len(clips) == 150
    for values in np.array(seen).T:
        assert len(set(values)) == 150 and values.std() > 0.2 * np.ptp(values)


def test_wrong_numbers_are_named():
    with pytest.raises(DataError, match="got 0"):
        moving.make(0)
    with pytest.raises(DataError, match="16 to 128"):
        moving.draw(0, side=8)
    with pytest.raises(DataError, match="2 to 128"):
        moving.draw(0, frames=1)
    with pytest.raises(DataError, match="from 0"):
        moving.draw(0, seed=-1)
