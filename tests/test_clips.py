"""A person's own clips: every kind comes out at the right times, every bound holds, refusals say why.

A frame's colour tells when it was shown: `ramp(t)` rises with its time.
"""

import io
import struct
from fractions import Fraction

import numpy as np
import pytest
from clip_files import (
    ANIMATED,
    FILMS,
    SIDE,
    animation,
    close,
    colours,
    film,
    flat,
    listed,
    ramp,
    ramped,
    read,
    thirds,
)

from tgan_demo.modalities.video import reels
from tgan_demo.modalities.video import uploads as clips


@pytest.mark.parametrize(("kind", "codec", "pix_fmt"), FILMS)
def test_every_kind_of_film_comes_back_frame_by_frame(kind, codec, pix_fmt):
    content = film(ramped(), kind, codec, pix_fmt)
    clip = read(content, frames=20)
    assert clip.dtype == np.uint8 and clip.shape == (20, SIDE, SIDE, 3)
    close(clip, np.arange(20) / 10)
    close(read(content, frames=5), [0.2, 0.6, 1.0, 1.4, 1.8])  # on screen in the middle of 0.4 s


@pytest.mark.parametrize("kind", ANIMATED)
def test_animated_pictures_are_timed_by_their_durations(kind):
    shown_s = np.array([0.0, 0.1, 0.2, 0.3, 1.3, 1.7])
    durations = [100, 100, 100, 1000, 400, 300]
    clip = read(animation([flat(ramp(t)) for t in shown_s], kind, durations), frames=20)
    now = 0.05 + np.arange(20) / 10
    close(clip, shown_s[np.searchsorted(shown_s, now, side="right") - 1], within=12)


def test_frames_that_ask_for_no_time_get_a_tenth_of_a_second():
    content = animation(ramped(20), "PNG", 0)
    gathered = clips.watch(io.BytesIO(content), "a", SIDE, clips.tally())
    assert gathered.end_s == pytest.approx(2) and gathered.starts_s[7] == pytest.approx(0.7)


@pytest.mark.parametrize(
    ("kind", "codec"), [("matroska", "ffv1"), ("mp4", "libx264"), ("webm", "libvpx")]
)
def test_frames_are_chosen_by_their_time_not_by_their_count(kind, codec):
    ticks = [0, 40, 80, 120, 160, 200, 800, 1000, 1500, 1540, 1580, 1900]
    content = film([flat(ramp(t / 1000)) for t in ticks], kind, codec, ticks=ticks, fps=25)
    for frames in (8, 16):
        reel = clips.watch(io.BytesIO(content), "a", SIDE, clips.tally())
        assert np.allclose(reel.starts_s, np.array(ticks) / 1000, atol=2e-3)
        now = (np.arange(frames) + 0.5) * reel.end_s / frames
        chosen = np.searchsorted(reel.starts_s, now, side="right") - 1
        close(read(content, frames=frames), np.array(ticks)[chosen] / 1000)


def test_a_clock_that_starts_late_or_runs_backwards_is_mended():
    late = film(ramped(), "matroska", "ffv1", ticks=[5000 + 100 * k for k in range(20)])
    close(read(late, frames=20), np.arange(20) / 10)
    reel = reels.Reel("a", SIDE, clips.tally())
    for start_s in (0, 0.2, 0.1, *range(1, 18)):
        reel.add(flat([0, 0, 0]), start_s, 0)
    assert reel.finish().starts_s == [0, 0.2, 0.2, *range(1, 18)]
    assert reel.end_s == pytest.approx(17 * 20 / 19)
    still = reels.Reel("a", SIDE, clips.tally())
    for _ in range(5):
        still.add(flat([0, 0, 0]), 0, 0)
    assert still.finish().end_s == pytest.approx(5 / reels.FRAMES_FPS)
    assert still.remarks == ["its times make no sense: taken as evenly spread"]
    assert still.starts_s == pytest.approx([0, 0.04, 0.08, 0.12, 0.16])


def test_the_middle_square_is_kept(tmp_path):
    wide = [thirds()] * 6
    tall = [np.rot90(frame).copy() for frame in wide]
    found = listed(tmp_path, {
        "wide.mov": film(wide, "mov", "qtrle", "rgb24"),
        "tall.gif": animation(tall),
        "tall.mov": film(tall, "mov", "qtrle", "rgb24"),
    })  # fmt: skip
    for clip, note in zip(found.items, found.notes, strict=True):
        assert np.abs(colours(clip) - [0, 255, 0]).max() < 30  # neighbours shine in a little
        assert clip[0, 4, 4].tolist() == [0, 255, 0]
        assert note.startswith("cut to the middle square; ")


def test_a_large_frame_is_averaged():
    stripes = np.zeros((512, 512, 3), np.uint8)
    stripes[:, ::2] = 255
    clip = read(film([stripes] * 4, "mov", "qtrle", "rgb24"))
    assert np.abs(clip.astype(int) - 128).max() <= 4


def test_pixels_that_are_not_square_are_stretched():
    # twice as wide as high: 48 x 32 is shown as 96 x 32
    content = film([thirds()[:, ::2].copy()] * 4, ratio=Fraction(2, 1))
    reel = clips.watch(io.BytesIO(content), "a", SIDE, clips.tally())
    assert reel.size == (96, 32)
    assert np.abs(colours(np.stack(reel.frames)) - [0, 255, 0]).max() < 30


def test_a_phone_held_upright_is_turned():
    quarter = flat([0, 0, 0], (32, 32))
    quarter[:16, :16] = 255  # at the left top
    content = bytearray(film([quarter] * 6, "mp4", "mpeg4"))
    at = content.find(b"tkhd") + 4 + 40
    one = 1 << 16
    content[at : at + 36] = struct.pack(">9i", 0, one, 0, -one, 0, 0, 0, 0, 1 << 30)  # clockwise
    clip = read(bytes(content)).astype(int)
    assert clip[0, 1, 6].min() > 200 and clip[0, 1, 1].max() < 50 and clip[0, 6, 6].max() < 50


@pytest.mark.parametrize(
    ("matrix", "corner"),
    [
        ((1, 0, 0, 1), (0, 0)),
        ((-1, 0, 0, 1), (0, 1)),  # mirrored, as a phone's front camera does
        ((1, 0, 0, -1), (1, 0)),  # upside down in a mirror
        ((-1, 0, 0, -1), (1, 1)),
        ((0, 1, 1, 0), (0, 0)),
        ((0, 1, -1, 0), (0, 1)),
        ((0, -1, 1, 0), (1, 0)),
        ((0, -1, -1, 0), (1, 1)),
        ((0, 0, 0, 0), (0, 0)),  # says nothing
        ((0.02, 1.3, -1.3, 0.01), (0, 1)),  # nearly a quarter, and enlarged
    ],
)
def test_a_mirrored_clip_is_seen_as_it_was_meant(matrix, corner):
    """White at the left top, grey to the right of it: where white comes to lie, and grey."""
    marked = flat([0, 0, 0], (32, 32))
    marked[:16, :16], marked[:16, 16:] = 255, 128
    content = bytearray(film([marked] * 6, "mp4", "mpeg4"))
    at = content.find(b"tkhd") + 4 + 40
    a, b, c, d = (round(value * (1 << 16)) for value in matrix)
    content[at : at + 36] = struct.pack(">9i", a, b, 0, c, d, 0, 0, 0, 1 << 30)
    means = read(bytes(content))[0].astype(int).reshape(2, 4, 2, 4, 3).mean(axis=(1, 3, 4))
    row, column = corner
    is_turned = abs(b) > abs(a)
    assert means[corner] > 220
    assert abs(means[(1 - row, column) if is_turned else (row, 1 - column)] - 128) < 25


def seen_through(count=8):
    frames = [np.dstack([frame, flat([255], (32, 32))]) for frame in ramped(count, size=(32, 32))]
    for frame in frames:
        frame[:, :16, 3] = 0
    return frames


@pytest.mark.parametrize(
    "content",
    [
        film(seen_through(), "mov", "qtrle", "argb"),
        film(seen_through(), "mov", "png", "rgba"),
        film(seen_through(), "webm", "libvpx-vp9", "yuva420p"),
        *[animation(seen_through(), kind, disposal=2) for kind in ("GIF", "PNG")],
        animation(seen_through(), "WEBP"),
    ],
    ids=["qtrle", "png", "vp9", "GIF", "APNG", "WEBP"],
)
def test_what_can_be_seen_through_lies_on_white(content):
    clip = read(content, frames=8)
    assert clip[:, :, :2].min() > 245
    assert np.abs(clip[:, 4, 6] - [ramp(k / 10, 0.8) for k in range(8)]).max() < 15


def test_a_long_film_becomes_several_clips(tmp_path):
    found = listed(
        tmp_path,
        {
            "five.mkv": film(ramped(50), "matroska", "ffv1"),
            "forty.avi": film(ramped(200, fps=5), "avi", fps=5),
            "short.mp4": film(ramped(6)),
        },
        frames=10,
    )
    assert found.names == [
        *["five.mkv (1 of 2)", "five.mkv (2 of 2)"],
        *[f"forty.avi ({k} of 8)" for k in range(1, 9)],
        "short.mp4",
    ]
    for k in range(2):
        close(found.items[k], np.arange(10) / 4 + 2.5 * k + 0.1, 5)  # the frames at .1, .3, .6, ...
    assert found.notes[1] == "cut to the middle square; 2.5 to 5 s of 5 s; 10 of 25 frames kept"
    for k in range(8):  # as far as they go, two seconds each
        close(found.items[2 + k], np.arange(10) / 5 + 38 * k / 7, 40)
    assert found.notes[9].endswith("38 to 40 s of 40 s")
    assert found.notes[10].endswith("; 6 frames shown as 10")
    assert np.array_equal(read(film(ramped(50), "matroska", "ffv1"), frames=10), found.items[0])


def test_a_slide_show_is_cut_into_four_slides_each(tmp_path):
    found = listed(tmp_path, {"slow.mp4": film(ramped(40, fps=1), fps=1)}, frames=4)
    assert len(found.items) == 8
    for k, clip in enumerate(found.items):
        close(clip, np.arange(4) + round(36 * k / 7), 40)
    close(read(film(ramped(40, fps=1), fps=1), frames=4), np.arange(4), 40)


def test_only_the_beginning_of_two_hours_is_read(tmp_path):
    path = tmp_path / "film.avi"
    path.write_bytes(film([flat([k % 256, 0, 0], (16, 16)) for k in range(7200)], "avi", fps=1))
    tally = clips.tally()
    with path.open("rb") as file:
        reel = clips.watch(file, "film.avi", SIDE, tally)
    assert len(reel.frames) == 60 and reel.end_s == 60 and tally.num_values == 61 * 256
    assert reel.remarks == ["only its first 60 s were read"]
