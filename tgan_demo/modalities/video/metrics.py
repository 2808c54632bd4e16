"""Does the one shape of a clip move as it was asked to, and does it stay one shape?

Plain geometry: the shape is what differs from the ground in colour, its place is the middle of its
weight. Knows no model and no data set. Places and steps are in pixels, x then y, y downwards; the
middle of the first pixel is (0.5, 0.5).

Axes: N clips, T frames, S steps between frames (T - 1), H, W pixels, P border pixels.
"""

from dataclasses import dataclass

import numpy as np

from tgan_demo.errors import DataError

VISIBLE = 30  # grey levels; a colour this near to the ground is ground
SPECK = 8 / 1024  # of a picture; a component this small is no shape
AREAS = (0.5, 1.7)  # of the clip's median area; what one shape may have in a frame
LARGEST = 0.5  # of a picture; what covers more is not on a ground
FIRST = 2  # steps whose sum tells the direction at frame 0
UNEVEN = (0.25, 0.15)  # of the clip's speed, plus pixels: what a step may be off by on either axis

_EDGE = (0.15, 0.85)  # of the shape's contrast: weight 0 and 1; even, so a soft edge stays in place
_PART = 0.25  # of a full weight; a pixel above belongs to a part, so ghosts are parts


@dataclass(frozen=True, slots=True)
class Track:
    """What is seen of the shape, clip by clip."""

    centre_NT2: np.ndarray  # float64 pixels; nan in a frame without a shape
    velocity_N2: np.ndarray  # float64 pixels a frame at frame 0; 0 where nothing is seen to move
    area_NT: np.ndarray  # float64 pixels
    components_NT: np.ndarray  # int64; connected parts, specks left out
    is_one_N: np.ndarray  # bool; one part of about the same area in every frame
    is_even_N: np.ndarray  # bool; no step is longer or shorter than the others, bounces aside


def track(items: np.ndarray) -> Track:
    """Follow the shape of every clip.

    Args:
        items: uint8 (N, T, H, W, 3), each one shape on a plain ground.
    """
    _check(items)
    if items.shape[-1] != 3:
        raise DataError(f"clips of colours (N, T, H, W, 3) are tracked; got {items.shape}")
    count, frames = items.shape[:2]
    centre_NT2 = np.empty((count, frames, 2))
    area_NT = np.empty((count, frames))
    components_NT = np.empty((count, frames), np.int64)
    for index, clip in enumerate(items):  # one by one: a clip fits the cache, a thousand do not
        weight_THW = _weight(clip)
        centre_NT2[index], area_NT[index] = _middle(weight_THW)
        components_NT[index] = _components(weight_THW > _PART)
    step_NS2 = np.diff(centre_NT2, axis=1)
    size_N2 = _median(np.abs(step_NS2))
    usual_N1 = np.median(area_NT, axis=1, keepdims=True)
    low, high = AREAS
    is_same_NT = (low * usual_N1 <= area_NT) & (area_NT <= high * usual_N1)
    is_same_NT &= area_NT <= LARGEST * items[0, 0, ..., 0].size
    return Track(
        centre_NT2=centre_NT2,
        # a bounce turns the direction and shortens one step, which no median minds
        velocity_N2=np.sign(np.nansum(step_NS2[:, :FIRST], axis=1)) * size_N2,
        area_NT=area_NT,
        components_NT=components_NT,
        is_one_N=((components_NT == 1) & is_same_NT).all(axis=1),
        is_even_N=_is_even(step_NS2, size_N2),
    )


def motion_scores(items: np.ndarray, velocity_N2: np.ndarray) -> dict[str, float]:
    """How well clips move as asked; state what real clips get beside it.

    Args:
        items: uint8 (N, T, H, W, 3), each one shape on a plain ground.
        velocity_N2: what was asked for, pixels a frame at frame 0; never 0.

    Returns:
        speed_error: |speed - asked| / asked, median over clips; 0 is best.
        direction_error: length of the chord between the unit vectors, 0..2, median over clips;
            0 is best, 1.41 is a right angle, and a clip that stands still counts 1.
        one_shape: share of clips that show one shape of steady size in every frame; 1 is best.
        even_steps: share of clips without a jump or a halt (a bounce is neither, and a halt in the
            last step may be one); 1 is best.
    """
    seen = track(items)
    if velocity_N2.shape != seen.velocity_N2.shape:
        raise DataError(
            f"{len(items)} clips want velocities ({len(items)}, 2); got {velocity_N2.shape}"
        )
    speed_N, asked_N = (np.hypot(v[:, 0], v[:, 1]) for v in (seen.velocity_N2, velocity_N2))
    if not (asked_N > 0).all():
        raise DataError("a velocity of 0 has no direction to compare with; ask for a motion")
    unit_N2 = seen.velocity_N2 / np.maximum(speed_N, 1e-9)[:, None]
    chord_N2 = unit_N2 - velocity_N2 / asked_N[:, None]
    return {
        "speed_error": float(np.median(np.abs(speed_N - asked_N) / asked_N)),
        "direction_error": float(np.median(np.hypot(chord_N2[:, 0], chord_N2[:, 1]))),
        "one_shape": float(seen.is_one_N.mean()),
        "even_steps": float(seen.is_even_N.mean()),
    }


def energy(items: np.ndarray) -> float:
    """How much a clip changes from frame to frame, mean over clips; see `energies`."""
    return float(energies(items).mean())


def energies(items: np.ndarray) -> np.ndarray:
    """Mean absolute change of a pixel from frame to frame, (N,), of any clips (N, T, ...).

    Unit: pixel values 0..255. Better is near real clips': 0 is a picture that stands still, more
    is flicker.
    """
    _check(items)
    return np.array([np.abs(np.diff(clip.astype(np.int16), axis=0)).mean() for clip in items])


def flicker(items: np.ndarray) -> float:
    """How much of a clip's change is taken back in the next frame: mean of |a - 2b + c| over three frames in
    turn, over that of |c - a|; of any clips (N, T, ...).

    No unit. Better is near real clips': about 1 or less where things move on, more where they tremble.
    """
    _check(items)
    wide = items.astype(np.int16)
    before, now, after = wide[:, :-2], wide[:, 1:-1], wide[:, 2:]
    bends = np.abs(before - 2 * now + after).mean()
    return float(bends / max(np.abs(after - before).mean(), 1e-6))


def _check(items: np.ndarray) -> None:
    if items.dtype != np.uint8 or items.ndim != 5 or not len(items) or items.shape[1] < 2:
        raise DataError(
            "wanted clips, uint8 (N, T, H, W, C), of two frames or more; "
            f"got {items.dtype} {items.shape}"
        )


def _weight(clip: np.ndarray) -> np.ndarray:
    """How much of each pixel is shape, 0..1, float32 (T, H, W)."""
    border_P3 = np.concatenate(
        [part.reshape(-1, 3) for part in (clip[:, 0], clip[:, -1], clip[:, :, 0], clip[:, :, -1])]
    )
    ground_3 = np.median(border_P3, axis=0).astype(np.float32)
    gap_THW = np.sqrt(np.square(clip - ground_3).sum(axis=-1))
    # the shape's own colour: what most of the pixels have that clearly are not ground
    contrast = np.median(gap_THW[gap_THW >= np.quantile(gap_THW, 0.995) / 2])
    if contrast < VISIBLE:
        return np.zeros_like(gap_THW)
    low, high = _EDGE
    return np.clip((gap_THW / contrast - low) / (high - low), 0, 1)


def _middle(weight_THW: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Where the weight lies, (T, 2), nan where there is none, and how much there is, (T,)."""
    _, height, width = weight_THW.shape
    area_T = weight_THW.sum(axis=(1, 2), dtype=np.float64)
    across_T = weight_THW.sum(axis=1) @ (np.arange(width) + 0.5)
    down_T = weight_THW.sum(axis=2) @ (np.arange(height) + 0.5)
    is_seen_T1 = (area_T >= SPECK * height * width)[:, None]
    centre_T2 = np.stack([across_T, down_T], axis=1) / np.maximum(area_T, 1e-9)[:, None]
    return np.where(is_seen_T1, centre_T2, np.nan), area_T


def _components(is_shape_THW: np.ndarray) -> np.ndarray:
    """Connected parts of every frame, corners connect, specks left out; int64 (T,)."""
    frames, height, width = is_shape_THW.shape
    # every pixel takes the largest number around it until a whole part has the same
    number = np.zeros((frames, height + 2, width + 2), np.int32)
    inside = number[:, 1:-1, 1:-1]
    inside[is_shape_THW] = np.arange(1, np.count_nonzero(is_shape_THW) + 1)
    while True:
        column = np.maximum(np.maximum(number[:, :-2], number[:, 1:-1]), number[:, 2:])
        around = np.maximum(np.maximum(column[..., :-2], column[..., 1:-1]), column[..., 2:])
        around *= is_shape_THW
        if np.array_equal(around, inside):
            break
        inside[:] = around
    sizes = np.bincount(inside.ravel())
    parts = np.flatnonzero(sizes >= SPECK * height * width)
    parts = parts[parts > 0]
    # numbers were given out in the order of the frames, and a part keeps one of its own
    frame = np.repeat(np.arange(frames), np.count_nonzero(is_shape_THW, axis=(1, 2)))
    return np.bincount(frame[parts - 1], minlength=frames)


def _is_even(step_NS2: np.ndarray, size_N2: np.ndarray) -> np.ndarray:
    """Whether every step has the clip's length, or is one that a bounce may have cut short, (N,)."""
    share, pixels = UNEVEN
    size_N12 = size_N2[:, None]
    slack_N11 = share * np.hypot(size_N2[:, 0], size_N2[:, 1])[:, None, None] + pixels
    is_long_NS2 = np.abs(np.abs(step_NS2) - size_N12) <= slack_N11
    is_short_NS2 = np.abs(step_NS2) <= size_N12 + slack_N11
    is_bounce_NS2 = np.zeros(step_NS2.shape, bool)
    is_bounce_NS2[:, 1:-1] = step_NS2[:, :-2] * step_NS2[:, 2:] < 0
    is_bounce_NS2[:, -1] = True  # what comes after is not seen
    return np.all(is_long_NS2 | (is_short_NS2 & is_bounce_NS2), axis=(1, 2))


def _median(values_NS2: np.ndarray) -> np.ndarray:
    """Over the steps that were seen, (N, 2); 0 where there is none."""
    is_seen_N = ~np.all(np.isnan(values_NS2).any(axis=2), axis=1)
    middle_N2 = np.zeros((len(values_NS2), 2))
    middle_N2[is_seen_N] = np.nanmedian(values_NS2[is_seen_N], axis=1)
    return middle_N2
