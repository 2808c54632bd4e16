"""Clips of one shape that moves and turns steadily and bounces off the picture's borders.

Painted by our own code, so where the shape is in every frame is known exactly, and a judge can ask
whether a model's clips move as their class says. The circle around the shape is what bounces; the
speed never changes.

A clip depends on (seed, index) only, and its first frames do not depend on how many follow. Labels
go round (index modulo classes). Eleven continuous numbers make a clip beside its class: the place
(2), the angle, the rate of turning, the size and two colours (3 each). Steps of one part in ten
would be 10^11 clips already.

A place is in pixels from the picture's upper left corner, x then y, y downwards: the middle of the
first pixel is (0.5, 0.5).

Axes: N clips, T frames, H, W pixels, P points, E edges, G cells a side of a table of distances.
"""

import functools
import itertools
import math
from dataclasses import dataclass

import numpy as np

from tgan_demo.data import colour
from tgan_demo.errors import DataError

DIRECTIONS = ("right", "down right", "down", "down left", "left", "up left", "up", "up right")
SPEEDS = {"slow": 0.75, "fast": 1.5}  # pixels a frame in a picture of SIDE
FRAMES = 16
SIDE = 32  # pixels
MIN_SIDE, MAX_SIDE = 16, 128
MIN_FRAMES, MAX_FRAMES = 2, 128
MAX_COUNT = 20_000  # 0.92 GiB
LICENCE = "CC0-1.0 (painted by this project's own code)"

_RADIUS = (6.5, 8.5)  # pixels in a picture of SIDE; of the circle around the shape
_RATE = 0.12  # radians a frame; the fastest that a shape turns, either way
_CLEAR = 2  # steps before the first bounce, so that the direction asked for is seen
_CONTRAST = 70  # of 255 in brightness, the least between shape and ground: a dim projector shows it
_BRIGHTNESS = np.array([0.299, 0.587, 0.114])  # of red, green, blue: ITU-R BT.601

_GRID = 161  # cells a side of a table of distances
_REACH = 1.25  # half a table's side, in radii: beyond it a pixel is ground, however small the shape

# an outline; then its holes, the other way round
Loops = tuple[list[tuple[float, float]], ...]


@dataclass(frozen=True, slots=True)
class Truth:
    """What a clip shows, in its own pixels."""

    centre_T2: np.ndarray  # float64; the middle of the shape's area
    velocity: tuple[float, float]  # pixels a frame, x and y, at frame 0
    rotation: float  # radians a frame, clockwise
    radius: float  # of the circle around the shape


def make(count: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """The first `count` clips of a seed.

    Returns:
        The clips, uint8 (N, FRAMES, SIDE, SIDE, 3), and their labels, int64 (N,), indices into
        CLASSES.

    Raises:
        DataError: the count or the seed is not one that we paint clips for.
    """
    if not 1 <= count <= MAX_COUNT:
        raise DataError(
            f"we paint 1 to {MAX_COUNT:,} clips at once; got {count}; ask for a count between"
        )
    items = np.empty((count, FRAMES, SIDE, SIDE, 3), np.uint8)
    labels = np.empty(count, np.int64)
    for index in range(count):
        items[index], labels[index], _ = draw(index, seed=seed)
    return items, labels


def draw(
    index: int, *, seed: int = 0, frames: int = FRAMES, side: int = SIDE
) -> tuple[np.ndarray, int, Truth]:
    """Clip `index` of a seed: (uint8 (T, H, W, 3), label, what it shows).

    Raises:
        DataError: a number is out of its range.
    """
    _check(index, seed, frames, side)
    label = index % len(CLASSES)
    rng = np.random.default_rng((seed, index))
    radius = rng.uniform(*_RADIUS) * side / SIDE
    velocity_2 = velocities(label, side=side)
    start_2 = _start(rng.random(2), velocity_2, radius, side)
    angle = rng.uniform(0, 2 * math.pi)
    rotation = rng.uniform(-_RATE, _RATE)
    ink, ground = _colours(rng)

    steps_T = np.arange(frames)
    centre_T2 = _bounced(start_2 + velocity_2 * steps_T[:, None], radius, side)
    shape = CLASSES[label].split(" / ")[0]
    cover_THW = _cover(shape, centre_T2, angle + rotation * steps_T, radius, side)
    clip = ground + (ink - ground) * cover_THW[..., None]
    vx, vy = velocity_2
    truth = Truth(centre_T2, (float(vx), float(vy)), rotation, radius)
    return np.rint(clip).astype(np.uint8), label, truth


def velocities(labels: int | np.ndarray, *, side: int = SIDE) -> np.ndarray:
    """What classes ask for at frame 0, float64 (..., 2): pixels a frame, x and y."""
    return _VELOCITIES[labels] * (side / SIDE)


def _check(index: int, seed: int, frames: int, side: int) -> None:
    if index < 0 or seed < 0:
        raise DataError(f"index and seed are whole numbers from 0; got {index} and {seed}")
    if not MIN_FRAMES <= frames <= MAX_FRAMES:
        raise DataError(f"a clip has {MIN_FRAMES} to {MAX_FRAMES} frames; got {frames}")
    if not MIN_SIDE <= side <= MAX_SIDE:
        raise DataError(f"a clip is {MIN_SIDE} to {MAX_SIDE} pixels a side; got {side}")


def _start(chance_2: np.ndarray, velocity_2: np.ndarray, radius: float, side: int) -> np.ndarray:
    """Anywhere that the shape fits for the first steps, (2,)."""
    ahead_2 = velocity_2 * _CLEAR
    low_2 = radius + np.maximum(0, -ahead_2)
    high_2 = side - radius - np.maximum(0, ahead_2)
    return low_2 + chance_2 * (high_2 - low_2)


def _bounced(free_T2: np.ndarray, radius: float, side: int) -> np.ndarray:
    """A straight way folded back at the borders, for a circle that stays inside."""
    room = side - 2 * radius
    return radius + room - np.abs((free_T2 - radius) % (2 * room) - room)


def _colours(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Strong ink and a pale ground that can be told apart in grey too, float32 (3,) each."""
    while True:
        ground = colour.hsv(rng.random(), rng.uniform(0.06, 0.35), rng.uniform(0.8, 1.0))
        ink = colour.hsv(rng.random(), rng.uniform(0.6, 1.0), rng.uniform(0.35, 0.95))
        if np.abs(np.subtract(ink, ground) @ _BRIGHTNESS) >= _CONTRAST:
            return np.array(ink, np.float32), np.array(ground, np.float32)


def _cover(
    shape: str, centre_T2: np.ndarray, angle_T: np.ndarray, radius: float, side: int
) -> np.ndarray:
    """How much of each pixel the shape covers, 0..1, float32 (T, H, W).

    By the distance of the pixel's middle to the outline, which makes the edge one pixel wide.
    """
    middle = (np.arange(side) + 0.5)[None]
    across_T1W = ((middle - centre_T2[:, :1]) / radius)[:, None, :]
    down_TH1 = ((middle - centre_T2[:, 1:]) / radius)[:, :, None]
    cos_T11, sin_T11 = np.cos(angle_T)[:, None, None], np.sin(angle_T)[:, None, None]
    # turning the pixels back is turning the shape; sums of a row and a column, so little is computed
    u_THW = cos_T11 * across_T1W + sin_T11 * down_TH1
    v_THW = cos_T11 * down_TH1 - sin_T11 * across_T1W
    return np.clip(0.5 - radius * _looked_up(shape, u_THW, v_THW), 0, 1)


def _looked_up(shape: str, u: np.ndarray, v: np.ndarray) -> np.ndarray:
    """Distance to the outline at points in units of the radius, between four cells; float32."""
    distance = _distances(shape)

    def cell(at: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        at = np.clip((at + _REACH) * ((_GRID - 1) / (2 * _REACH)), 0, _GRID - 1.001)
        whole = at.astype(np.int32)
        return whole, (at - whole).astype(np.float32)

    column, right = cell(u)
    row, low = cell(v)
    first = row * _GRID + column
    upper = distance[first] * (1 - right) + distance[first + 1] * right
    first += _GRID
    lower = distance[first] * (1 - right) + distance[first + 1] * right
    return upper * (1 - low) + lower * low


@functools.cache
def _distances(shape: str) -> np.ndarray:
    """Signed distance to the outline on a grid, negative inside, float32 (G * G,), in radii."""
    loops = _centred(_OUTLINES[shape])
    start_E2 = np.concatenate([np.array(loop) for loop in loops])
    edge_E2 = np.concatenate([np.roll(loop, -1, axis=0) for loop in loops]) - start_E2
    line = np.linspace(-_REACH, _REACH, _GRID)
    point_P2 = np.stack(np.meshgrid(line, line), axis=-1).reshape(-1, 2)

    nearest_P = np.full(len(point_P2), np.inf)
    is_inside_P = np.zeros(len(point_P2), bool)
    for start_2, edge_2 in zip(start_E2, edge_E2, strict=True):
        from_P2 = point_P2 - start_2
        share_P = np.clip(from_P2 @ edge_2 / (edge_2 @ edge_2), 0, 1)
        gap_P2 = from_P2 - share_P[:, None] * edge_2
        nearest_P = np.minimum(nearest_P, np.hypot(gap_P2[:, 0], gap_P2[:, 1]))
        # a ray to the right crosses the edge: an odd number of times from inside
        is_level_P = (from_P2[:, 1] < 0) != (from_P2[:, 1] < edge_2[1])
        turn_P = edge_2[0] * from_P2[:, 1] - edge_2[1] * from_P2[:, 0]
        is_inside_P ^= is_level_P & ((turn_P > 0) == (edge_2[1] > 0))
    return np.where(is_inside_P, -nearest_P, nearest_P).astype(np.float32)


def _centred(loops: Loops) -> list[np.ndarray]:
    """An outline around the middle of its area, its furthest corner at 1."""
    twice_area, moment_2 = 0.0, np.zeros(2)
    for loop in loops:
        at_P2 = np.array(loop)
        next_P2 = np.roll(at_P2, -1, axis=0)
        cross_P = at_P2[:, 0] * next_P2[:, 1] - at_P2[:, 1] * next_P2[:, 0]
        twice_area += cross_P.sum()
        moment_2 += cross_P @ (at_P2 + next_P2)
    moved = [np.array(loop) - moment_2 / (3 * twice_area) for loop in loops]
    furthest = max(np.hypot(loop[:, 0], loop[:, 1]).max() for loop in moved)
    return [loop / furthest for loop in moved]


def _polar(turns: float, radius: float = 1.0) -> tuple[float, float]:
    return radius * math.sin(turns * 2 * math.pi), -radius * math.cos(turns * 2 * math.pi)


def _heart(t: float) -> tuple[float, float]:
    return (
        16 * math.sin(t) ** 3,
        -(13 * math.cos(t) - 5 * math.cos(2 * t) - 2 * math.cos(3 * t) - math.cos(4 * t)),
    )


# In any unit and anywhere: `_centred` moves and scales them. y downwards, as in the picture.
_OUTLINES: dict[str, Loops] = {
    "disc": ([_polar(k / 48) for k in range(48)],),
    "square": ([(0, 0), (1, 0), (1, 1), (0, 1)],),
    "triangle": ([_polar(k / 3) for k in range(3)],),
    "star": ([_polar(k / 10, 1.0 if k % 2 == 0 else 0.47) for k in range(10)],),
    "heart": ([_heart(2 * math.pi * k / 32) for k in range(32)],),
    "cross": (
        [(2, 0), (4, 0), (4, 2), (6, 2), (6, 4), (4, 4), (4, 6), (2, 6), (2, 4), (0, 4), (0, 2), (2, 2)],
    ),
    "letter A": (
        [(4.2, 0), (7.8, 0), (12, 13), (8.6, 13), (7.9, 10.6), (4.1, 10.6), (3.4, 13), (0, 13)],
        [(4.9, 8), (7.1, 8), (6, 3.6)],
    ),
    "digit 2": (
        [(0, 4.6), (0.6, 2), (2.4, 0.4), (5, 0), (7.6, 0.5), (9.4, 2.2), (9.6, 5), (8.4, 7.2),
         (4.6, 11), (9.8, 11), (9.8, 14), (0, 14), (0, 11.4), (5.6, 6), (6.4, 4.4), (6, 3.2),
         (4.8, 2.8), (3.6, 3.3), (3.2, 4.6)],
    ),
}  # fmt: skip
SHAPES = tuple(_OUTLINES)

FACTORS: dict[str, tuple[str, ...]] = {
    "shape": SHAPES,
    "direction": DIRECTIONS,
    "speed": tuple(SPEEDS),
}
CLASSES = tuple(" / ".join(values) for values in itertools.product(*FACTORS.values()))

_VELOCITIES = np.array(
    [
        (speed * math.cos(eighth * math.pi / 4), speed * math.sin(eighth * math.pi / 4))
        for _ in SHAPES
        for eighth in range(len(DIRECTIONS))
        for speed in SPEEDS.values()
    ]
)  # of CLASSES, pixels a frame in a picture of SIDE
