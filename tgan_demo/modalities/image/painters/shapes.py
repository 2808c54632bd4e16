"""One coloured shape on a soft ground: the quickest colour set to learn, and to see a class in.

Drawn four times too large with Pillow and reduced, which makes the edges smooth.
"""

import math
import random

import numpy as np
from PIL import ImageDraw

from tgan_demo.data import colour

CLASSES = ("circle", "square", "triangle", "star", "heart", "ring", "moon", "cross")
SCALE = 4


def paint(rng: random.Random, label: int, size: int) -> np.ndarray:
    """One shape, uint8 (size, size, 3)."""
    side = size * SCALE
    hue = rng.random()
    ground = colour.hsv(hue + rng.uniform(0.2, 0.8), rng.uniform(0.1, 0.45), rng.uniform(0.75, 1.0))
    floor = colour.shade(ground, rng.uniform(0.55, 0.95))
    image = colour.gradient((side, side), ground, floor)
    pen = ImageDraw.Draw(image)
    ink = colour.hsv(hue, rng.uniform(0.6, 0.95), rng.uniform(0.6, 0.95))
    radius = rng.uniform(0.24, 0.4) * side
    room = side / 2 - radius
    x, y = side / 2 + rng.uniform(-0.8, 0.8) * room, side / 2 + rng.uniform(-0.8, 0.8) * room
    turn = rng.uniform(-0.4, 0.4)
    drop = side * rng.uniform(0.02, 0.05)  # the shadow's distance
    _place(pen, label, x + drop, y + drop, radius, turn, colour.shade(floor, 0.72))
    _place(pen, label, x, y, radius, turn, ink)
    if rng.random() < 0.5:  # a smaller one inside, in another shade
        inner = colour.mix(ink, (255, 255, 255), rng.uniform(0.25, 0.6))
        if CLASSES[label] not in ("ring", "moon"):
            _place(pen, label, x, y, radius * rng.uniform(0.4, 0.65), turn, inner)
    return np.asarray(image.reduce(SCALE))


def _place(
    pen: ImageDraw.ImageDraw, label: int, x: float, y: float, r: float, turn: float, ink: colour.RGB
) -> None:
    match CLASSES[label]:
        case "circle":
            pen.ellipse((x - r, y - r, x + r, y + r), fill=ink)
        case "ring":
            pen.ellipse((x - r, y - r, x + r, y + r), outline=ink, width=round(r * 0.38))
        case name:
            pen.polygon(_turned(_OUTLINES[name], x, y, r, turn), fill=ink)


def _turned(
    outline: list[tuple[float, float]], x: float, y: float, r: float, turn: float
) -> list[tuple[float, float]]:
    cos, sin = math.cos(turn) * r, math.sin(turn) * r
    return [(x + u * cos - v * sin, y + u * sin + v * cos) for u, v in outline]


def _polar(angle: float, radius: float = 1.0) -> tuple[float, float]:
    return radius * math.sin(angle), -radius * math.cos(angle)


def _moon() -> list[tuple[float, float]]:
    """A disc less a smaller one beside it; the two rims meet at 52 and 82 degrees."""
    outer = [(math.cos(math.radians(a)), math.sin(math.radians(a))) for a in range(52, 309, 8)]
    inner = [(math.cos(math.radians(a)), math.sin(math.radians(a))) for a in range(278, 81, -8)]
    return outer + [(0.5 + 0.8 * u, 0.8 * v) for u, v in inner]


_TURN = 2 * math.pi
_OUTLINES: dict[str, list[tuple[float, float]]] = {
    "square": [(-0.85, -0.85), (0.85, -0.85), (0.85, 0.85), (-0.85, 0.85)],
    "triangle": [_polar(_TURN * k / 3) for k in range(3)],
    "star": [_polar(_TURN * k / 10, 1.05 if k % 2 == 0 else 0.45) for k in range(10)],
    "heart": [
        (
            math.sin(t) ** 3,
            -(13 * math.cos(t) - 5 * math.cos(2 * t) - 2 * math.cos(3 * t) - math.cos(4 * t)) / 16,
        )
        for t in (_TURN * k / 32 for k in range(32))
    ],
    "moon": [(u + 0.25, v) for u, v in _moon()],
    "cross": [
        (-0.3, -0.95), (0.3, -0.95), (0.3, -0.3), (0.95, -0.3), (0.95, 0.3), (0.3, 0.3),
        (0.3, 0.95), (-0.3, 0.95), (-0.3, 0.3), (-0.95, 0.3), (-0.95, -0.3), (-0.3, -0.3),
    ],
}  # fmt: skip
