"""Hand-written and printed digits, white ink on black like MNIST.

A digit is a skeleton of pen strokes whose points are moved, slanted, turned and wobbled before the
pen goes over them. A printed one is Pillow's own bundled typeface, bent. Nothing is downloaded.

Axes: H, W pixels; P points along the pen's way.
"""

import functools
import math
import random

import numpy as np
from PIL import Image, ImageDraw, ImageFont

DIGITS = tuple("0123456789")

Stroke = tuple[tuple[float, float], ...]

# One row per way of writing a digit: strokes through points in a unit box, y down. A sharp corner
# is where one stroke ends and the next begins at the same point; such points move together.
_O = ((0.55, 0.02), (0.18, 0.15), (0.05, 0.5), (0.2, 0.88), (0.5, 1.0), (0.82, 0.85), (0.95, 0.5))
_BELLY_5: Stroke = ((0.2, 0.42), (0.55, 0.35), (0.9, 0.6), (0.76, 0.92), (0.4, 1.0), (0.06, 0.9))
_LOOP_9: Stroke = ((0.86, 0.2), (0.5, 0.0), (0.14, 0.2), (0.25, 0.47), (0.6, 0.48), (0.86, 0.2))
SKELETONS: tuple[tuple[tuple[Stroke, ...], ...], ...] = (
    (  # 0
        ((*_O, (0.8, 0.13), (0.52, 0.02)),),
        ((*_O, (0.85, 0.2), (0.6, 0.0), (0.35, 0.06)),),
    ),
    (  # 1
        (((0.5, 0.0), (0.5, 0.5), (0.5, 1.0)),),
        (((0.3, 0.24), (0.55, 0.0)), ((0.55, 0.0), (0.52, 0.5), (0.5, 1.0))),
        (
            ((0.3, 0.22), (0.52, 0.0)),
            ((0.52, 0.0), (0.52, 0.5), (0.5, 1.0)),
            ((0.22, 1.0), (0.5, 1.0), (0.78, 0.99)),
        ),
    ),
    (  # 2
        (
            (
                (0.1, 0.26), (0.3, 0.03), (0.66, 0.02), (0.86, 0.26), (0.7, 0.53), (0.36, 0.8),
                (0.06, 1.0),
            ),
            ((0.06, 1.0), (0.5, 0.97), (0.97, 0.98)),
        ),
        (
            (
                (0.12, 0.2), (0.42, 0.0), (0.78, 0.12), (0.76, 0.42), (0.45, 0.76), (0.16, 0.98),
                (0.06, 0.86), (0.26, 0.78), (0.6, 0.96), (0.98, 0.9),
            ),
        ),
    ),
    (  # 3
        (
            ((0.12, 0.15), (0.45, 0.0), (0.82, 0.15), (0.74, 0.38), (0.4, 0.47)),
            ((0.4, 0.47), (0.8, 0.56), (0.9, 0.8), (0.5, 1.0), (0.06, 0.87)),
        ),
        (
            ((0.1, 0.02), (0.86, 0.0)),
            ((0.86, 0.0), (0.45, 0.4)),
            ((0.45, 0.4), (0.86, 0.54), (0.86, 0.85), (0.45, 1.0), (0.06, 0.88)),
        ),
    ),
    (  # 4
        (
            ((0.2, 0.0), (0.1, 0.3), (0.08, 0.56)),
            ((0.08, 0.56), (0.5, 0.58), (0.95, 0.53)),
            ((0.78, 0.02), (0.74, 0.5), (0.7, 1.0)),
        ),
        (
            ((0.66, 0.0), (0.34, 0.36), (0.04, 0.66)),
            ((0.04, 0.66), (0.5, 0.67), (0.97, 0.65)),
            ((0.66, 0.0), (0.66, 0.5), (0.65, 1.0)),
        ),
    ),
    (  # 5
        (((0.86, 0.0), (0.25, 0.02)), ((0.25, 0.02), (0.2, 0.42)), _BELLY_5),
        (((0.25, 0.04), (0.2, 0.42)), _BELLY_5, ((0.25, 0.03), (0.6, 0.04), (0.95, 0.0))),
    ),
    (  # 6
        (
            (
                (0.76, 0.02), (0.36, 0.25), (0.1, 0.64), (0.25, 0.95), (0.6, 1.0), (0.86, 0.78),
                (0.68, 0.55), (0.38, 0.57), (0.14, 0.76),
            ),
        ),
        (
            (
                (0.6, 0.0), (0.22, 0.3), (0.1, 0.7), (0.3, 0.97), (0.66, 0.97), (0.85, 0.75),
                (0.6, 0.54), (0.3, 0.64), (0.18, 0.84),
            ),
        ),
    ),
    (  # 7
        (((0.06, 0.05), (0.5, 0.05), (0.92, 0.03)), ((0.92, 0.03), (0.62, 0.48), (0.42, 1.0))),
        (
            ((0.06, 0.05), (0.5, 0.05), (0.92, 0.03)),
            ((0.92, 0.03), (0.62, 0.48), (0.42, 1.0)),
            ((0.32, 0.5), (0.82, 0.47)),
        ),
        (
            ((0.08, 0.2), (0.12, 0.03)),
            ((0.12, 0.03), (0.9, 0.04)),
            ((0.9, 0.04), (0.66, 0.5), (0.56, 1.0)),
        ),
    ),
    (  # 8
        (
            (
                (0.8, 0.14), (0.5, 0.0), (0.2, 0.15), (0.3, 0.38), (0.56, 0.5), (0.86, 0.74),
                (0.68, 0.97), (0.3, 0.98), (0.12, 0.75), (0.44, 0.5), (0.76, 0.33), (0.8, 0.14),
            ),
        ),
        (
            ((0.5, 0.46), (0.18, 0.26), (0.48, 0.0), (0.82, 0.24), (0.5, 0.46)),
            ((0.5, 0.46), (0.08, 0.74), (0.48, 1.0), (0.92, 0.74), (0.5, 0.46)),
        ),
    ),
    (  # 9
        (_LOOP_9, ((0.86, 0.2), (0.82, 0.6), (0.72, 1.0))),
        (_LOOP_9, ((0.86, 0.2), (0.86, 0.66), (0.62, 0.98), (0.2, 0.92))),
    ),
)  # fmt: skip

_POINTS_PER_SPAN = 9
_GLYPH_PX = 96  # side of the prepared masks
_GLYPH_WEIGHTS = (1, 2, 3, 5)  # stroke_width of the masks, in their pixels


def paint_digit(rng: random.Random, label: int, size: int) -> np.ndarray:
    """One hand-written digit, uint8 (size, size, 1)."""
    template = rng.randrange(len(SKELETONS[label]))
    basis_PK, controls_K2 = _template(label, template)
    gauss = rng.gauss
    moved_K2 = controls_K2 + [(gauss(0, 0.03), gauss(0, 0.03)) for _ in controls_K2]
    points_P2 = basis_PK @ moved_K2 - 0.5

    height = rng.uniform(0.6, 0.74) * size
    width = height * (rng.uniform(0.5, 0.66) if label == 1 else rng.uniform(0.54, 0.88))
    slant, turn = min(0.5, max(-0.3, gauss(0.12, 0.2))), gauss(0, 0.1)
    x_P, y_P = points_P2[:, 0] * width, points_P2[:, 1] * height
    x_P = x_P - slant * y_P
    wave = 0.035 * height
    x_P = x_P + wave * rng.random() * np.sin(y_P * (5 / height) + rng.uniform(0, 6.3))
    y_P = y_P + wave * rng.random() * np.sin(x_P * (5 / height) + rng.uniform(0, 6.3))
    cos, sin = math.cos(turn), math.sin(turn)
    x_P, y_P = x_P * cos - y_P * sin, x_P * sin + y_P * cos
    # centred by its box, as MNIST is by its mass, then pushed a little
    x_P += (size - x_P.max() - x_P.min() + gauss(0, 0.03) * size) / 2 - 0.5
    y_P += (size - y_P.max() - y_P.min() + gauss(0, 0.03) * size) / 2 - 0.5

    pen = size / 28 * min(2.3, max(0.95, gauss(1.4, 0.34)))
    along_P = np.linspace(rng.uniform(0, 6.3), rng.uniform(7, 12), len(x_P))
    radius_P = (pen * (1 + 0.22 * np.sin(along_P))).astype(np.float32)
    grid = np.arange(size, dtype=np.float32)[:, None]
    dx_WP = np.square(grid - x_P.astype(np.float32))
    dy_HP = np.square(grid - y_P.astype(np.float32))
    depth_HW = (radius_P - np.sqrt(dy_HP[:, None] + dx_WP)).max(-1)  # > 0 under the pen
    soft = size / 28 * rng.uniform(0.9, 1.3)
    ink_HW = np.clip(depth_HW / soft + 0.5, 0, 1) * rng.uniform(230, 255)
    return (ink_HW + 0.5).astype(np.uint8)[..., None]


def paint_glyph(rng: random.Random, label: int, size: int) -> np.ndarray:
    """One printed digit, bent and turned, uint8 (size, size, 1)."""
    mask = _glyph_mask(label, rng.choice(_GLYPH_WEIGHTS))
    work = size * 2
    zoom = _GLYPH_PX / work / rng.uniform(0.85, 1.15)
    zoom_x, zoom_y = zoom / rng.uniform(0.8, 1.15), zoom
    slant, turn = rng.gauss(0.05, 0.16), rng.gauss(0, 0.12)
    cos, sin = math.cos(turn), math.sin(turn)
    shift_x, shift_y = rng.gauss(0, 0.04), rng.gauss(0, 0.04)

    def corner(u: float, v: float) -> tuple[float, float]:
        """Where the output's (u, v), -1..1, comes from in the mask."""
        x, y = (u + shift_x) * work / 2, (v + shift_y) * work / 2
        x, y = x * cos - y * sin, x * sin + y * cos
        x = (x + slant * y) * zoom_x + _GLYPH_PX / 2 + rng.gauss(0, 0.03) * _GLYPH_PX
        return x, y * zoom_y + _GLYPH_PX / 2 + rng.gauss(0, 0.03) * _GLYPH_PX

    # a 3 x 3 net of corners, each moved on its own, bends the four quarters smoothly enough
    net = [[corner(u, v) for u in (-1, 0, 1)] for v in (-1, 0, 1)]
    half, mesh = work // 2, []
    for row, column in ((0, 0), (0, 1), (1, 0), (1, 1)):
        box = (column * half, row * half, (column + 1) * half, (row + 1) * half)
        quad = (
            net[row][column]
            + net[row + 1][column]
            + net[row + 1][column + 1]
            + net[row][column + 1]
        )
        mesh.append((box, quad))
    bent = mask.transform((work, work), Image.Transform.MESH, mesh, Image.Resampling.BILINEAR)
    ink_HW = np.asarray(bent.reduce(2), dtype=np.float32) * rng.uniform(0.9, 1.0)
    return (ink_HW + 0.5).astype(np.uint8)[..., None]


@functools.cache
def _template(label: int, template: int) -> tuple[np.ndarray, np.ndarray]:
    """(points along the pen's way) = basis (P, K) @ control points (K, 2)."""
    strokes = SKELETONS[label][template]
    controls = list(dict.fromkeys(point for stroke in strokes for point in stroke))
    rows: list[np.ndarray] = []
    for stroke in strokes:
        at = [controls.index(point) for point in stroke]
        for span in range(len(at) - 1):
            around = [at[max(0, min(len(at) - 1, span + step))] for step in (-1, 0, 1, 2)]
            for t in np.linspace(0, 1, _POINTS_PER_SPAN):
                row = np.zeros(len(controls))
                for index, weight in zip(around, _catmull_rom(float(t)), strict=True):
                    row[index] += weight
                rows.append(row)
    return np.stack(rows), np.array(controls)


def _catmull_rom(t: float) -> tuple[float, float, float, float]:
    return (
        (-t + 2 * t**2 - t**3) / 2,
        (2 - 5 * t**2 + 3 * t**3) / 2,
        (t + 4 * t**2 - 3 * t**3) / 2,
        (t**3 - t**2) / 2,
    )


@functools.cache
def _glyph_mask(label: int, weight: int) -> Image.Image:
    mask = Image.new("L", (_GLYPH_PX, _GLYPH_PX))
    font = ImageFont.load_default(_GLYPH_PX * 0.8)
    middle = _GLYPH_PX / 2
    ImageDraw.Draw(mask).text(
        (middle, middle), DIGITS[label], 255, font, anchor="mm", stroke_width=weight
    )
    return mask
