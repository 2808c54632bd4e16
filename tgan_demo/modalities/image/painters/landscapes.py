"""Small landscapes: six kinds of scene, at any hour, near things over far things.

Drawn four times too large with Pillow and reduced. Places are fractions of the side, y down.
"""

import math
import random
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from PIL import ImageDraw

from tgan_demo.data import colour
from tgan_demo.data.colour import RGB

SCALE = 4


@dataclass(frozen=True, slots=True)
class Hour:
    """The light of one time of day."""

    top: RGB  # sky above
    low: RGB  # sky at the horizon
    lamp: RGB  # sun or moon
    cloud: RGB
    light: float  # how bright things on the ground are
    cast: RGB  # what tints them
    tint: float  # how much


HOURS: tuple[Hour, ...] = (
    Hour(
        (70, 150, 230),
        (190, 225, 250),
        (255, 244, 190),
        (255, 255, 255),
        1.0,
        (255, 250, 220),
        0.05,
    ),
    Hour(
        (96, 176, 226), (236, 240, 224), (255, 240, 170), (255, 252, 244), 1.0, (255, 240, 200), 0.1
    ),
    Hour(
        (84, 78, 150), (255, 160, 96), (255, 210, 120), (255, 170, 150), 0.78, (250, 120, 70), 0.2
    ),
    Hour(
        (150, 130, 200),
        (255, 208, 190),
        (255, 236, 210),
        (255, 224, 224),
        0.88,
        (250, 190, 200),
        0.2,
    ),
    Hour((14, 18, 52), (50, 62, 116), (240, 240, 214), (66, 74, 120), 0.55, (34, 46, 120), 0.3),
    Hour(
        (120, 134, 150),
        (190, 198, 204),
        (230, 232, 230),
        (224, 228, 232),
        0.8,
        (150, 165, 180),
        0.25,
    ),
)
NIGHT, GREY = HOURS[4], HOURS[5]


@dataclass(slots=True)
class _Scene:
    rng: random.Random
    pen: ImageDraw.ImageDraw
    side: int
    hour: Hour
    sun_x: float
    sun_y: float

    def lit(self, ink: RGB, *, far: float = 0.0) -> RGB:
        """`ink` in this hour's light, `far` (0..1) faded into the sky."""
        near = colour.mix(colour.shade(ink, self.hour.light), self.hour.cast, self.hour.tint)
        return colour.mix(near, self.hour.low, far)

    def oval(self, x: float, y: float, rx: float, ry: float, fill: RGB) -> None:
        s = self.side
        self.pen.ellipse(((x - rx) * s, (y - ry) * s, (x + rx) * s, (y + ry) * s), fill=fill)

    def block(self, x0: float, y0: float, x1: float, y1: float, fill: RGB) -> None:
        s = self.side
        self.pen.rectangle(
            (x0 * s, y0 * s, max(x0 * s, x1 * s - 1), max(y0 * s, y1 * s - 1)), fill=fill
        )

    def shape(self, points: list[tuple[float, float]], fill: RGB) -> None:
        s = self.side
        self.pen.polygon([(x * s, y * s) for x, y in points], fill=fill)

    def ridge(self, y: float, swing: float, fill: RGB) -> Callable[[float], float]:
        """Rolling ground from `y` down; returns its height at any x."""
        a, b = self.rng.uniform(2, 5), self.rng.uniform(6, 11)
        p, q = self.rng.uniform(0, 6.3), self.rng.uniform(0, 6.3)

        def height(x: float) -> float:
            return y + swing * (math.sin(a * x + p) + 0.35 * math.sin(b * x + q))

        outline = [(k / 16, height(k / 16)) for k in range(17)]
        self.shape([(0.0, 1.01), *outline, (1.0, 1.01)], fill)
        return height


def paint(rng: random.Random, label: int, size: int) -> np.ndarray:
    """One scene, uint8 (size, size, 3)."""
    side = size * SCALE
    hour = rng.choices(HOURS, weights=(4, 3, 2, 2, 2, 1))[0]
    top, low = colour.near(rng, hour.top, 14), colour.near(rng, hour.low, 12)
    image = colour.gradient((side, side), top, colour.mix(low, top, rng.uniform(0, 0.15)))
    scene = _Scene(
        rng, ImageDraw.Draw(image), side, hour, rng.uniform(0.1, 0.9), rng.uniform(0.1, 0.36)
    )
    _sky(scene)
    _SCENES[label][1](scene)
    return np.asarray(image.reduce(SCALE))


def _sky(s: _Scene) -> None:
    rng = s.rng
    if s.hour is NIGHT:
        for _ in range(rng.randint(6, 18)):
            x, y, r = rng.random(), rng.uniform(0, 0.5), rng.uniform(0.008, 0.016)
            s.oval(x, y, r, r, colour.mix((255, 255, 255), s.hour.top, rng.uniform(0, 0.5)))
    if s.hour is not GREY:
        _lamp(s)
    for _ in range(rng.choice((0, 0, 1, 2, 3))):
        x, y, w = rng.random(), rng.uniform(0.06, 0.36), rng.uniform(0.06, 0.12)
        for dx, dy, grow in ((-0.9, 0.02, 0.7), (0.9, 0.02, 0.7), (0.0, 0.0, 1.0)):
            s.oval(x + dx * w, y + dy, w * grow, w * grow * 0.5, s.hour.cloud)


def _lamp(s: _Scene) -> None:
    rng = s.rng
    r = rng.uniform(0.05, 0.1)
    halo = colour.mix(s.hour.lamp, colour.mix(s.hour.top, s.hour.low, s.sun_y), 0.7)
    s.oval(s.sun_x, s.sun_y, r * 1.6, r * 1.6, halo)
    s.oval(s.sun_x, s.sun_y, r, r, s.hour.lamp)
    if s.hour is NIGHT and rng.random() < 0.5:  # a crescent
        s.oval(s.sun_x + r * 0.5, s.sun_y - r * 0.2, r * 0.85, r * 0.85, halo)


def _mountains(s: _Scene) -> None:
    rng = s.rng
    rock = colour.near(rng, rng.choice(((110, 116, 136), (134, 116, 108), (92, 110, 126))), 12)
    base = rng.uniform(0.66, 0.8)
    for far in (0.55, 0.1):
        for _ in range(rng.randint(2, 3)):
            x, wide = rng.uniform(0.0, 1.0), rng.uniform(0.24, 0.42)
            top = rng.uniform(0.2, 0.42) + 0.1 * (far < 0.5)
            lean = rng.uniform(-0.05, 0.05)
            s.shape([(x - wide, base), (x + lean, top), (x + wide, base)], s.lit(rock, far=far))
            shadow = s.lit(colour.shade(rock, 0.72), far=far)
            s.shape([(x + lean, top), (x + wide, base), (x + lean * 2, base)], shadow)
            snow = rng.uniform(0.22, 0.4)
            left, right = x + lean - (wide + lean) * snow, x + lean + (wide - lean) * snow
            line = top + (base - top) * snow
            cap = [
                (x + lean, top),
                (right, line),
                (x + lean + 0.03, line - 0.05),
                (x + lean - 0.02, line + 0.03),
            ]
            s.shape([*cap, (left, line)], s.lit((246, 250, 255), far=far * 0.7))
    if rng.random() < 0.45:
        _water(s, base, s.lit((70, 130, 180)))
    else:
        grass = rng.choice(((96, 140, 70), (130, 150, 80), (225, 232, 240)))
        at = s.ridge(base + 0.02, 0.025, s.lit(grass))
        for _ in range(rng.randint(0, 5)):
            x = rng.random()
            _pine(s, x, at(x) + rng.uniform(0.03, 0.2), rng.uniform(0.08, 0.16), (40, 84, 60))


def _sea(s: _Scene) -> None:
    rng = s.rng
    horizon = rng.uniform(0.48, 0.66)
    blue = colour.near(rng, rng.choice(((30, 110, 170), (24, 140, 160), (40, 90, 150))), 12)
    if rng.random() < 0.5:
        x, wide, high = rng.random(), rng.uniform(0.12, 0.35), rng.uniform(0.05, 0.14)
        s.oval(x, horizon, wide, high, s.lit((86, 120, 90), far=0.35))
    _water(s, horizon, s.lit(blue))
    for k in range(5):  # the sun's way on the water
        y = horizon + 0.02 + k * 0.05
        w = rng.uniform(0.02, 0.05) + 0.012 * k
        glow = colour.mix(s.hour.lamp, s.lit(blue), 0.35 + 0.08 * k)
        s.block(s.sun_x - w, y, s.sun_x + w, y + 0.018, glow)
    if rng.random() < 0.7:
        _boat(s, rng.uniform(0.12, 0.88), horizon + rng.uniform(0.03, 0.18), rng.uniform(0.1, 0.2))
    if rng.random() < 0.5:
        sand = s.lit((236, 212, 158))
        at = s.ridge(rng.uniform(0.86, 0.93), 0.03, sand)
        if rng.random() < 0.5:
            x = rng.uniform(0.1, 0.9)
            _palm(s, x, at(x) + 0.03, rng.uniform(0.26, 0.38))


def _forest(s: _Scene) -> None:
    rng = s.rng
    green = colour.near(
        rng, rng.choice(((54, 110, 62), (84, 130, 60), (46, 96, 84), (168, 104, 46))), 14
    )
    is_pine = rng.random() < 0.55
    y = rng.uniform(0.46, 0.56)
    for layer in range(3):
        far = (0.55, 0.28, 0.0)[layer]
        at = s.ridge(y, 0.03, s.lit(colour.shade(green, 0.9), far=far))
        count = rng.randint(5, 7) - layer
        for k in range(count):
            x = (k + rng.uniform(0.1, 0.9)) / count
            high = rng.uniform(0.14, 0.2) * (1 + 0.45 * layer)
            ink = colour.near(rng, green, 16)
            if is_pine:
                _pine(s, x, at(x) + 0.03, high, ink, far=far)
            else:
                _tree(s, x, at(x) + 0.03, high, ink, far=far)
        y += rng.uniform(0.14, 0.2)


def _desert(s: _Scene) -> None:
    rng = s.rng
    sand = colour.near(rng, rng.choice(((232, 188, 120), (222, 164, 98), (240, 208, 150))), 10)
    y = rng.uniform(0.54, 0.66)
    if rng.random() < 0.4:
        for _ in range(rng.randint(1, 2)):
            x, wide = rng.random(), rng.uniform(0.14, 0.28)
            top = y - wide * rng.uniform(0.75, 0.95)
            s.shape([(x - wide, y + 0.04), (x, top), (x + wide, y + 0.04)], s.lit(sand, far=0.1))
            dark = s.lit(colour.shade(sand, 0.7), far=0.1)
            s.shape([(x, top), (x + wide, y + 0.04), (x + wide * 0.3, y + 0.04)], dark)
    for layer in range(3):
        at = s.ridge(
            y, 0.045, s.lit(colour.shade(sand, 1.0 - 0.11 * layer), far=0.25 - 0.12 * layer)
        )
        if layer and rng.random() < 0.6:
            x = rng.uniform(0.08, 0.92)
            _cactus(s, x, at(x) + 0.05, rng.uniform(0.14, 0.22) * (1 + 0.3 * layer))
        y += rng.uniform(0.12, 0.17)


def _village(s: _Scene) -> None:
    rng = s.rng
    green = colour.near(rng, rng.choice(((110, 164, 76), (144, 172, 84), (228, 234, 240))), 10)
    y = rng.uniform(0.5, 0.58)
    s.ridge(y, 0.06, s.lit(colour.shade(green, 0.84), far=0.35))
    at = s.ridge(y + 0.14, 0.03, s.lit(green))
    if rng.random() < 0.5:
        x = rng.uniform(0.3, 0.7)
        way = [(x - 0.02, y + 0.16), (x + 0.02, y + 0.16), (x + 0.22, 1.01), (x - 0.1, 1.01)]
        s.shape(way, s.lit((214, 190, 150)))
    count = rng.randint(2, 3)
    for k in range(count):
        x = (k + rng.uniform(0.3, 0.7)) / count
        if rng.random() < 0.4:
            _tree(s, x + rng.uniform(0.1, 0.18), at(x) + 0.06, rng.uniform(0.2, 0.3), (70, 128, 62))
        _house(s, x, at(x) + rng.uniform(0.08, 0.2), rng.uniform(0.11, 0.16))


def _city(s: _Scene) -> None:
    rng = s.rng
    ground = rng.uniform(0.82, 0.92)
    for far in (0.6, 0.05):
        x = -rng.uniform(0, 0.1)
        while x < 1:
            wide = rng.uniform(0.12, 0.22)
            top = rng.uniform(0.26, 0.55) + (0.12 if far < 0.5 else 0.0)
            wall = colour.hsv(
                rng.uniform(0.5, 1.12), rng.uniform(0.05, 0.35), rng.uniform(0.35, 0.75)
            )
            s.block(x, top, x + wide, 1.0, s.lit(wall, far=far))
            if far < 0.5:
                _windows(s, x, top, wide, ground)
                if rng.random() < 0.25:
                    s.block(x + wide / 2 - 0.008, top - 0.1, x + wide / 2 + 0.008, top, s.lit(wall))
            x += wide + rng.uniform(0.0, 0.05)
    if rng.random() < 0.5:
        _water(s, ground, s.lit((50, 90, 130)))
    else:
        s.block(0, ground, 1.01, 1.01, s.lit((80, 84, 92)))
        for k in range(4):
            x = k * 0.28 + rng.uniform(0, 0.05)
            s.block(
                x,
                (ground + 1) / 2 - 0.01,
                x + 0.12,
                (ground + 1) / 2 + 0.015,
                s.lit((240, 220, 140)),
            )


def _windows(s: _Scene, x: float, top: float, wide: float, ground: float) -> None:
    glow: RGB = (255, 214, 110) if s.hour.light < 0.8 else s.lit((214, 232, 246))
    dark = s.lit((60, 66, 84))
    columns = 2 if wide < 0.17 else 3
    step = wide / (columns + 0.5)
    y = top + 0.045
    while y < ground - 0.06:
        for k in range(columns):
            ink = glow if s.rng.random() < 0.62 else dark
            left = x + step * (k + 0.4)
            s.block(left, y, left + step * 0.58, y + 0.045, ink)
        y += 0.085


def _water(s: _Scene, y: float, ink: RGB) -> None:
    bright = colour.mix(ink, s.hour.low, 0.45)
    rows = 6
    for k in range(rows):
        top = y + (1.0 - y) * k / rows
        s.block(0, top, 1.01, 1.01, colour.mix(bright, ink, k / (rows - 1)))
    for _ in range(s.rng.randint(2, 6)):
        x, at, w = s.rng.random(), s.rng.uniform(y + 0.03, 0.97), s.rng.uniform(0.04, 0.12)
        s.block(x, at, x + w, at + 0.014, colour.mix(bright, (255, 255, 255), 0.25))


def _boat(s: _Scene, x: float, y: float, w: float) -> None:
    rng = s.rng
    hull = s.lit(rng.choice(((150, 60, 50), (90, 60, 44), (240, 240, 240), (40, 60, 100))))
    sail = s.lit(rng.choice(((255, 255, 250), (250, 226, 190), (236, 110, 90))))
    s.shape(
        [
            (x - w * 0.6, y),
            (x + w * 0.6, y),
            (x + w * 0.4, y + w * 0.28),
            (x - w * 0.4, y + w * 0.28),
        ],
        hull,
    )
    s.shape([(x - w * 0.05, y - 0.02), (x - w * 0.05, y - w * 1.15), (x + w * 0.5, y - 0.02)], sail)
    s.shape(
        [(x - w * 0.12, y - 0.02), (x - w * 0.12, y - w * 0.85), (x - w * 0.45, y - 0.02)], sail
    )


def _pine(s: _Scene, x: float, y: float, high: float, ink: RGB, *, far: float = 0.0) -> None:
    s.block(x - high * 0.06, y - high * 0.2, x + high * 0.06, y, s.lit((92, 64, 44), far=far))
    for k in range(3):
        foot, w = y - high * (0.14 + 0.25 * k), high * (0.34 - 0.07 * k)
        shade = s.lit(colour.shade(ink, 0.85 + 0.15 * k), far=far)
        s.shape([(x - w, foot), (x, foot - high * 0.4), (x + w, foot)], shade)


def _tree(s: _Scene, x: float, y: float, high: float, ink: RGB, *, far: float = 0.0) -> None:
    s.block(x - high * 0.06, y - high * 0.5, x + high * 0.06, y, s.lit((100, 70, 48), far=far))
    s.oval(x, y - high * 0.66, high * 0.32, high * 0.34, s.lit(colour.shade(ink, 0.86), far=far))
    s.oval(
        x - high * 0.07,
        y - high * 0.74,
        high * 0.22,
        high * 0.22,
        s.lit(colour.shade(ink, 1.12), far=far),
    )


def _palm(s: _Scene, x: float, y: float, high: float) -> None:
    lean = s.rng.uniform(-0.12, 0.12)
    trunk = s.lit((128, 92, 60))
    s.shape(
        [
            (x - 0.022, y),
            (x + 0.022, y),
            (x + lean + 0.012, y - high),
            (x + lean - 0.012, y - high),
        ],
        trunk,
    )
    leaf = s.lit((60, 140, 70))
    for k in range(5):
        angle = math.pi * (1.0 + k / 4)
        tip = (x + lean + 0.15 * math.cos(angle), y - high + 0.06 + 0.1 * math.sin(angle))
        s.shape([(x + lean, y - high - 0.03), tip, (x + lean, y - high + 0.03)], leaf)


def _cactus(s: _Scene, x: float, y: float, high: float) -> None:
    ink, w = s.lit((62, 128, 76)), high * 0.13
    s.block(x - w, y - high, x + w, y, ink)
    s.oval(x, y - high, w, w, ink)
    for way in (-1, 1):
        if s.rng.random() < 0.75:
            arm, bend = x + way * high * 0.36, y - high * s.rng.uniform(0.35, 0.5)
            s.block(
                min(x, arm - w * 0.8), bend - w * 0.8, max(x, arm + w * 0.8), bend + w * 0.8, ink
            )
            s.block(arm - w * 0.8, bend - high * 0.3, arm + w * 0.8, bend, ink)


def _house(s: _Scene, x: float, y: float, w: float) -> None:
    rng = s.rng
    wall = s.lit(
        colour.near(
            rng, rng.choice(((240, 226, 200), (224, 150, 120), (190, 210, 224), (250, 250, 246))), 8
        )
    )
    roof = s.lit(
        colour.near(
            rng, rng.choice(((176, 66, 52), (110, 70, 56), (70, 84, 116), (196, 110, 60))), 10
        )
    )
    high = w * rng.uniform(0.95, 1.35)
    if rng.random() < 0.5:
        s.block(x + w * 0.35, y - high - w * 0.75, x + w * 0.6, y - high, roof)
    s.block(x - w, y - high, x + w, y, wall)
    s.shape(
        [
            (x - w * 1.2, y - high),
            (x, y - high - w * rng.uniform(0.7, 1.0)),
            (x + w * 1.2, y - high),
        ],
        roof,
    )
    s.block(x - w * 0.2, y - high * 0.55, x + w * 0.25, y, s.lit((112, 74, 50)))
    glass: RGB = (255, 220, 120) if s.hour.light < 0.8 else s.lit((120, 170, 210))
    for left in (-0.78, 0.42):
        s.block(x + w * left, y - high * 0.78, x + w * (left + 0.36), y - high * 0.42, glass)


_SCENES: tuple[tuple[str, Callable[[_Scene], None]], ...] = (
    ("mountains", _mountains),
    ("sea", _sea),
    ("forest", _forest),
    ("desert", _desert),
    ("village", _village),
    ("city", _city),
)
CLASSES = tuple(name for name, _ in _SCENES)
