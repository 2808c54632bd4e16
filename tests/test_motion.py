"""Motion of clips: exact on blocks that move by whole pixels, small on real clips, loud on bad ones."""

import numpy as np
import pytest

from tgan_demo.errors import DataError
from tgan_demo.modalities.video import metrics as motion
from tgan_demo.modalities.video.painters import moving

SIDE = 32


def blocks(corners, size=8, ink=(200, 40, 40), ground=(230, 230, 210)):
    """A clip of one square block with its upper left corner at (x, y), uint8 (T, H, W, 3)."""
    clip = np.full((len(corners), SIDE, SIDE, 3), ground, np.uint8)
    for frame, (x, y) in zip(clip, corners, strict=True):
        frame[y : y + size, x : x + size] = ink
    return clip


@pytest.fixture(scope="module")
def real():
    """One clip of each class and what each asks for."""
    items, labels = moving.make(len(moving.CLASSES), seed=11)
    return items, moving.velocities(labels)


def test_a_block_is_followed_exactly():
    corners = [(2 + 2 * t, 20 - t) for t in range(8)]
    seen = motion.track(blocks(corners)[None])
    assert np.allclose(seen.centre_NT2[0], np.array(corners) + 4)
    assert np.allclose(seen.velocity_N2, [(2, -1)])
    assert np.allclose(seen.area_NT, 64)
    assert (seen.components_NT == 1).all() and seen.is_one_N.all() and seen.is_even_N.all()


def test_a_bounce_changes_neither_speed_nor_direction_nor_evenness():
    across = [16, 19, 22, 23, 20, 17, 14, 11, 8, 5, 2, 1, 4]  # borders at 0 and 24, 3 a frame
    seen = motion.track(blocks([(x, 12) for x in across])[None])
    assert np.allclose(seen.velocity_N2, [(3, 0)]) and seen.is_even_N.all()
    across[5:] = across[4:-1]  # a halt
    assert not motion.track(blocks([(x, 12) for x in across])[None]).is_even_N.any()


def test_scores_have_their_closed_forms():
    clip = blocks([(4 + t, 12) for t in range(6)])[None]
    one = {"one_shape": 1.0, "even_steps": 1.0}
    for asked, speed, chord in (
        ((1, 0), 0, 0),
        ((2, 0), 0.5, 0),
        ((-1, 0), 0, 2),
        ((0, 0.5), 1, np.sqrt(2)),
    ):
        scores = motion.motion_scores(clip, np.array([asked]))
        assert scores == pytest.approx({"speed_error": speed, "direction_error": chord, **one})


def test_real_clips_move_as_asked(real):
    scores = motion.motion_scores(*real)
    assert scores["speed_error"] < 0.01 and scores["direction_error"] < 0.015
    assert scores["one_shape"] == 1 and scores["even_steps"] == 1
    seen, (_, asked) = motion.track(real[0]), real
    assert np.abs(seen.velocity_N2 - asked).max() < 0.2  # every clip: no sign is wrong
    truth = [moving.draw(index, seed=11)[2].centre_T2 for index in range(len(asked))]
    assert np.abs(seen.centre_NT2 - truth).max() < 0.3


def test_noise_and_blur_are_forgiven(real):
    items, asked = real[0][::3], real[1][::3]
    noisy = items + np.random.default_rng(0).normal(0, 6, items.shape)
    blurred = (items + np.roll(items.astype(float), 1, 2) + np.roll(items.astype(float), -1, 2)) / 3
    for changed in (noisy, blurred):
        scores = motion.motion_scores(np.clip(changed, 0, 255).astype(np.uint8), asked)
        assert scores["speed_error"] < 0.02 and scores["direction_error"] < 0.03
        assert scores["one_shape"] > 0.95 and scores["even_steps"] > 0.95


def test_a_frozen_frame_is_a_halt(real):
    items = real[0].copy()
    items[::2, 7] = items[::2, 6]
    is_even = motion.track(items).is_even_N
    assert is_even[1::2].all() and is_even[::2].mean() < 0.1  # a bounce in that step may hide it


def test_a_vanished_shape_is_told(real):
    items, asked = real[0].copy(), real[1]
    items[::2, 9] = items[::2, 9, :1, :1]
    seen = motion.track(items)
    assert not seen.is_one_N[::2].any() and seen.is_one_N[1::2].all()
    assert np.isnan(seen.centre_NT2[::2, 9]).all() and (seen.components_NT[::2, 9] == 0).all()
    assert motion.motion_scores(items, asked)["one_shape"] == 0.5
    assert np.abs(seen.velocity_N2 - asked).max() < 0.2  # the other frames still tell


def test_a_second_shape_is_told_and_a_speck_is_not():
    clip = blocks([(2 + t, 2) for t in range(8)])
    for size, parts, ink in ((4, 2, (200, 40, 40)), (5, 2, (220, 160, 150)), (2, 1, (200, 40, 40))):
        more = clip.copy()
        more[3, 20 : 20 + size, 20 : 20 + size] = ink  # the second is a ghost
        seen = motion.track(more[None])
        assert seen.components_NT[0].tolist() == [1, 1, 1, parts, 1, 1, 1, 1]
        assert seen.is_one_N.tolist() == [parts == 1]


def test_a_shape_that_doubles_its_area_is_told():
    clip = blocks([(2 + t, 2) for t in range(8)])
    clip[4, 2:10, 2:18] = (200, 40, 40)
    seen = motion.track(clip[None])
    assert (seen.components_NT == 1).all() and not seen.is_one_N.any()


def test_clips_without_motion_or_shape_are_as_wrong_as_can_be():
    still = blocks([(5, 5)] * 4)[None]
    blank = np.full((1, 4, SIDE, SIDE, 3), 77, np.uint8)
    noise = np.random.default_rng(0).integers(0, 256, (1, 4, SIDE, SIDE, 3), dtype=np.uint8)
    asked = np.array([(1.0, 0.0)])
    for clip, one_shape in ((still, 1), (blank, 0)):
        scores = motion.motion_scores(clip, asked)
        assert scores["speed_error"] == scores["direction_error"] == 1
        assert scores["one_shape"] == one_shape
    assert np.isnan(motion.track(blank).centre_NT2).all()
    assert not motion.track(noise).is_one_N.any()  # all of it hangs together, on no ground


def test_parts_are_counted_as_a_walk_counts_them():
    """Against a walk from pixel to pixel, on noise of several densities and a long winding path."""
    frames = np.stack([np.random.default_rng(k).random((24, 24)) < k / 12 for k in range(1, 9)])
    winding = np.zeros((24, 24), bool)
    winding[::2] = True
    winding[1::4, -1] = winding[3::4, 0] = True
    frames = np.concatenate([frames, winding[None], np.zeros((1, 24, 24), bool)])

    def walked(frame):
        left = set(zip(*np.nonzero(frame), strict=True))
        parts = 0
        while left:
            todo, size = [left.pop()], 0
            while todo:
                y, x = todo.pop()
                size += 1
                near = {(y + j, x + i) for j in (-1, 0, 1) for i in (-1, 0, 1)} & left
                left -= near
                todo += near
            parts += size >= motion.SPECK * frame.size
        return parts

    expected = [walked(frame) for frame in frames]
    assert motion._components(frames).tolist() == expected
    assert max(expected) > 3 and expected[-2:] == [1, 0]


def test_energy_is_the_mean_change():
    steps = np.array([255, 10, 10, 0], np.uint8)[None, :, None, None, None]
    clip = np.broadcast_to(steps, (1, 4, 6, 5, 1))
    still = np.zeros_like(clip)
    assert motion.energies(np.concatenate([clip, still])).tolist() == [85, 0]
    assert motion.energy(np.concatenate([clip, still])) == 42.5


def test_flicker_is_change_that_is_taken_back() -> None:
    ramp = np.arange(0, 80, 10, dtype=np.uint8)[None, :, None, None, None] * np.ones(
        (1, 1, 4, 4, 3), np.uint8
    )
    there_and_back = np.where(np.arange(8) % 2, 40, 0).astype(np.uint8)[None, :, None, None, None]
    trembling = there_and_back * np.ones((1, 1, 4, 4, 3), np.uint8) + ramp // 10
    assert motion.flicker(ramp) == 0
    assert motion.flicker(np.zeros_like(ramp)) == 0
    assert motion.flicker(trembling) == pytest.approx(80 / 2)  # bends of 2 x 40, and 2 steps of 1


def test_what_cannot_be_measured_is_named(real):
    items, asked = real
    for wrong in (items[0], items[:, :1], items[:0], items.astype(float)):
        with pytest.raises(DataError, match="wanted clips"):
            motion.energy(wrong)
    with pytest.raises(DataError, match="colours"):
        motion.track(items[..., :1])
    with pytest.raises(DataError, match="velocities"):
        motion.motion_scores(items, asked[:5])
    with pytest.raises(DataError, match="no direction"):
        motion.motion_scores(items, asked * 0)
