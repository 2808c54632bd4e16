"""Cartoon faces: four moods, with and without glasses; everything else varies freely.

Drawn four times too large with Pillow and reduced. Nobody's likeness: a face is a list of numbers.
Places are fractions of the side, y down.
"""

import math
import random
from dataclasses import dataclass

import numpy as np
from PIL import ImageDraw

from tgan_demo.data import colour
from tgan_demo.data.colour import RGB

MOODS = ("happy", "calm", "sad", "surprised")
CLASSES = tuple(f"{mood}{extra}" for mood in MOODS for extra in ("", ", glasses"))
SCALE = 4

SKINS: tuple[RGB, ...] = (
    (255, 224, 196), (246, 205, 170), (232, 183, 142), (208, 152, 108), (172, 116, 76),
    (126, 82, 54), (94, 60, 42),
)  # fmt: skip
HAIRS: tuple[RGB, ...] = (
    (38, 30, 30), (74, 48, 34), (122, 78, 44), (178, 122, 60), (228, 188, 104), (196, 84, 44),
    (186, 186, 192), (236, 236, 232), (92, 110, 200), (214, 92, 150), (70, 160, 140),
)  # fmt: skip
IRISES: tuple[RGB, ...] = ((60, 40, 30), (40, 90, 60), (50, 100, 170), (110, 110, 120))
STYLES = (
    "bald",
    "short",
    "side",
    "fringe",
    "spiky",
    "curly",
    "bob",
    "long",
    "bun",
    "mohawk",
    "cap",
)
WHITE: RGB = (255, 255, 255)


@dataclass(slots=True)
class _Head:
    """What the parts of one face share."""

    pen: ImageDraw.ImageDraw
    side: int
    x: float  # centre
    y: float
    rx: float  # half width and height
    ry: float
    skin: RGB
    hair: RGB

    def oval(self, x: float, y: float, rx: float, ry: float, fill: RGB) -> None:
        s = self.side
        self.pen.ellipse(((x - rx) * s, (y - ry) * s, (x + rx) * s, (y + ry) * s), fill=fill)

    def block(
        self, x0: float, y0: float, x1: float, y1: float, fill: RGB, *, round: float = 0
    ) -> None:
        s = self.side
        if round:
            self.pen.rounded_rectangle((x0 * s, y0 * s, x1 * s, y1 * s), round * s, fill=fill)
        else:
            self.pen.rectangle((x0 * s, y0 * s, x1 * s, y1 * s), fill=fill)

    def bow(
        self,
        x: float,
        y: float,
        rx: float,
        ry: float,
        start: float,
        end: float,
        fill: RGB,
        *,
        thick: float,
    ) -> None:
        """Part of an oval's rim, degrees clockwise from the right."""
        s = self.side
        box = ((x - rx) * s, (y - ry) * s, (x + rx) * s, (y + ry) * s)
        self.pen.arc(box, start, end, fill=fill, width=max(1, int(thick * s)))

    def slice(
        self, x: float, y: float, rx: float, ry: float, start: float, end: float, fill: RGB
    ) -> None:
        s = self.side
        box = ((x - rx) * s, (y - ry) * s, (x + rx) * s, (y + ry) * s)
        self.pen.chord(box, start, end, fill=fill)

    def line(self, points: list[tuple[float, float]], fill: RGB, *, thick: float) -> None:
        s = self.side
        self.pen.line([(x * s, y * s) for x, y in points], fill=fill, width=max(1, int(thick * s)))

    def shape(self, points: list[tuple[float, float]], fill: RGB) -> None:
        s = self.side
        self.pen.polygon([(x * s, y * s) for x, y in points], fill=fill)


def paint(rng: random.Random, label: int, size: int) -> np.ndarray:
    """One face, uint8 (size, size, 3)."""
    mood, has_glasses = MOODS[label // 2], label % 2 == 1
    side = size * SCALE
    hue = rng.random()
    ground = colour.hsv(hue, rng.uniform(0.15, 0.55), rng.uniform(0.75, 1.0))
    image = colour.gradient((side, side), ground, colour.shade(ground, rng.uniform(0.72, 1.0)))
    head = _Head(
        pen=ImageDraw.Draw(image),
        side=side,
        x=0.5 + rng.uniform(-0.035, 0.035),
        y=0.52 + rng.uniform(-0.03, 0.03),
        rx=rng.uniform(0.235, 0.3),
        ry=rng.uniform(0.28, 0.335),
        skin=colour.near(rng, rng.choice(SKINS), 8),
        hair=colour.near(rng, rng.choice(HAIRS), 14),
    )
    style = rng.choice(STYLES)
    _hair_behind(rng, head, style)
    _body(rng, head, hue)
    _skull(rng, head)
    _beard(rng, head, mood)
    _hair_before(rng, head, style)
    _eyes(rng, head, mood)
    if has_glasses:
        _glasses(rng, head)
    _nose(rng, head)
    _mouth(rng, head, mood)
    return np.asarray(image.reduce(SCALE))


def _body(rng: random.Random, h: _Head, hue: float) -> None:
    shirt = colour.hsv(
        hue + rng.uniform(0.25, 0.75), rng.uniform(0.3, 0.85), rng.uniform(0.4, 0.95)
    )
    h.oval(h.x, 1.1, rng.uniform(0.34, 0.46), rng.uniform(0.24, 0.32), shirt)
    neck = h.rx * rng.uniform(0.38, 0.5)
    shaded = colour.shade(h.skin, 0.82)
    h.block(h.x - neck, h.y + h.ry * 0.6, h.x + neck, 0.9, shaded)
    h.oval(h.x, 0.9, neck, 0.05, shaded)
    if rng.random() < 0.4:
        stripe = colour.mix(shirt, WHITE, 0.6)
        h.block(h.x - 0.3, 0.945, h.x + 0.3, 0.97, stripe)


def _skull(rng: random.Random, h: _Head) -> None:
    ear = colour.shade(h.skin, 0.9)
    ear_y, ear_r = h.y + rng.uniform(-0.01, 0.04), rng.uniform(0.045, 0.065)
    h.oval(h.x - h.rx, ear_y, ear_r, ear_r * 1.2, ear)
    h.oval(h.x + h.rx, ear_y, ear_r, ear_r * 1.2, ear)
    if rng.random() < 0.3:  # a squarer jaw
        h.block(h.x - h.rx, h.y - h.ry, h.x + h.rx, h.y + h.ry * 0.97, h.skin, round=h.rx * 0.72)
    else:
        h.oval(h.x, h.y, h.rx, h.ry, h.skin)


def _hair_behind(rng: random.Random, h: _Head, style: str) -> None:
    dark = colour.shade(h.hair, 0.82)
    top = h.y - h.ry
    match style:
        case "long":
            wide = h.rx + rng.uniform(0.06, 0.1)
            h.block(
                h.x - wide, top - 0.05, h.x + wide, h.y + rng.uniform(0.34, 0.46), dark, round=0.2
            )
        case "bob":
            wide = h.rx + rng.uniform(0.06, 0.1)
            h.block(
                h.x - wide,
                top - 0.05,
                h.x + wide,
                h.y + h.ry * rng.uniform(0.4, 0.7),
                dark,
                round=0.2,
            )
        case "bun":
            h.oval(h.x + rng.uniform(-0.06, 0.06), top - 0.03, 0.12, 0.11, dark)
        case "curly":
            count, ring = rng.randint(9, 13), rng.uniform(0.98, 1.12)
            for k in range(count):
                angle = math.pi * (0.92 + 1.16 * k / (count - 1))
                x, y = (
                    h.x + h.rx * ring * math.cos(angle),
                    h.y - 0.05 + h.ry * ring * math.sin(angle),
                )
                h.oval(x, y, 0.09, 0.09, h.hair)
        case "spiky":
            count = rng.randint(5, 8)
            points = [(h.x + h.rx * 1.05, h.y - 0.02)]
            for k in range(2 * count + 1):
                angle = -math.pi * k / (2 * count)
                reach = rng.uniform(1.3, 1.45) if k % 2 else 1.0
                points.append(
                    (
                        h.x + h.rx * reach * math.cos(angle),
                        h.y - 0.05 + h.ry * reach * math.sin(angle),
                    )
                )
            h.shape(points, h.hair)
        case "mohawk":
            h.block(h.x - 0.075, top - 0.13, h.x + 0.075, h.y, h.hair, round=0.07)


def _hair_before(rng: random.Random, h: _Head, style: str) -> None:
    brow = h.y - h.ry * rng.uniform(0.34, 0.5)  # how far down the hair comes
    rx, ry, top = h.rx * 1.06, h.ry * 1.06, h.y - h.ry
    match style:
        case "short" | "bun" | "spiky" | "curly":
            _cap(h, rx, ry, brow, h.hair)
        case "side" | "long":
            way = rng.choice((-1, 1))
            part = h.x + way * h.rx * rng.uniform(0.25, 0.6)
            _cap(h, rx, ry, brow - 0.06, h.hair)
            low = h.y - h.ry * rng.uniform(0.05, 0.3)
            h.shape(
                [
                    (part, top + 0.03),
                    (h.x - way * h.rx * 1.05, low),
                    (h.x - way * h.rx * 0.95, top + 0.1),
                ],
                h.hair,
            )
            h.shape(
                [(part, top + 0.03), (h.x + way * h.rx * 1.05, low), (h.x + way * h.rx, top + 0.1)],
                h.hair,
            )
        case "fringe" | "bob":
            _cap(h, rx, ry, brow + 0.05, h.hair)
        case "mohawk":
            h.block(h.x - 0.06, top - 0.06, h.x + 0.06, top + h.ry * 0.36, h.hair, round=0.05)
        case "cap":
            ink = colour.hsv(rng.random(), rng.uniform(0.4, 0.9), rng.uniform(0.5, 0.95))
            _cap(h, rx * 1.04, ry * 1.05, brow, ink)
            way = rng.choice((-1, 0, 1))
            reach = h.rx * 0.55
            x = h.x + way * reach
            h.block(
                x - h.rx * 1.02,
                brow - 0.035,
                x + h.rx * 1.02,
                brow + 0.015,
                colour.shade(ink, 0.72),
                round=0.025,
            )
        case "bald":
            h.oval(h.x - h.rx * 0.4, top + h.ry * 0.3, 0.05, 0.035, colour.mix(h.skin, WHITE, 0.4))


def _cap(h: _Head, rx: float, ry: float, low: float, ink: RGB) -> None:
    """The part of the head's oval above `low`."""
    half = math.degrees(math.asin(max(-1.0, min(1.0, (h.y - low) / ry))))
    h.slice(h.x, h.y, rx, ry, 180 + half, 360 - half, ink)


def _beard(rng: random.Random, h: _Head, mood: str) -> None:
    kind = rng.random()
    if kind > 0.22:
        return
    ink = colour.mix(h.hair, h.skin, rng.uniform(0.0, 0.3))
    if kind < 0.1:
        h.slice(h.x, h.y, h.rx, h.ry * 1.04, 18, 162, ink)
        if mood != "surprised":
            h.oval(h.x, h.y + h.ry * 0.46, h.rx * 0.55, 0.075, h.skin)
    elif kind < 0.16:
        h.oval(h.x, h.y + h.ry * 0.85, 0.075, 0.075, ink)
    else:
        h.block(h.x - 0.1, h.y + h.ry * 0.3, h.x + 0.1, h.y + h.ry * 0.4, ink, round=0.03)


def _eyes(rng: random.Random, h: _Head, mood: str) -> None:
    apart = h.rx * rng.uniform(0.4, 0.5)
    y = h.y - h.ry * rng.uniform(0.02, 0.12)
    r = rng.uniform(0.05, 0.066) * (1.22 if mood == "surprised" else 1.0)
    iris = rng.choice(IRISES)
    look_x, look_y = rng.uniform(-0.35, 0.35) * r, rng.uniform(-0.25, 0.35) * r
    brow = colour.shade(colour.mix(h.hair, h.skin, 0.2), 0.75)
    lift = {"surprised": 0.115, "happy": 0.09, "calm": 0.075, "sad": 0.08}[mood] + rng.uniform(
        0, 0.015
    )
    tilt = {"sad": 0.035, "happy": -0.006, "calm": 0.0, "surprised": 0.008}[mood]
    is_shut = mood == "happy" and rng.random() < 0.25
    for way in (-1, 1):
        x = h.x + way * apart
        if is_shut:  # laughing: a bow in place of the eye
            h.bow(x, y + 0.02, r, r, 190, 350, (40, 30, 34), thick=0.028)
        else:
            h.oval(x, y, r, r * 1.12, WHITE)
            pupil = r * (0.5 if mood == "surprised" else 0.62)
            h.oval(x + look_x, y + look_y, pupil, pupil, iris)
            h.oval(
                x + look_x + pupil * 0.3, y + look_y - pupil * 0.3, pupil * 0.3, pupil * 0.3, WHITE
            )
            if mood == "sad":  # a heavy lid
                h.slice(x, y, r * 1.1, r * 1.2, 190, 350, colour.shade(h.skin, 0.86))
        inner, outer = y - lift - tilt, y - lift + tilt
        h.line([(x - way * r, inner), (x + way * r * 1.05, outer)], brow, thick=0.028)


def _glasses(rng: random.Random, h: _Head) -> None:
    frame = rng.choice(
        ((30, 30, 36), (120, 40, 40), (40, 60, 120), (150, 110, 30), (240, 240, 240))
    )
    apart, y, r = h.rx * 0.47, h.y - h.ry * 0.07, h.rx * 0.4
    s, thick = h.side, max(2, int(0.026 * h.side))
    is_round, is_dark = rng.random() < 0.6, rng.random() < 0.18
    for way in (-1, 1):
        x = h.x + way * apart
        box = ((x - r) * s, (y - r * 0.95) * s, (x + r) * s, (y + r * 0.95) * s)
        lens = (36, 36, 48) if is_dark else None
        if is_round:
            h.pen.ellipse(box, fill=lens, outline=frame, width=thick)
        else:
            h.pen.rounded_rectangle(box, 0.03 * s, fill=lens, outline=frame, width=thick)
        h.line([(x + way * r, y), (h.x + way * h.rx * 1.02, y - 0.01)], frame, thick=0.026)
    h.line([(h.x - apart + r, y), (h.x + apart - r, y)], frame, thick=0.026)


def _nose(rng: random.Random, h: _Head) -> None:
    ink = colour.shade(h.skin, rng.uniform(0.74, 0.85))
    y, kind = h.y + h.ry * rng.uniform(0.14, 0.22), rng.random()
    if kind < 0.5:
        h.oval(h.x, y, rng.uniform(0.025, 0.042), 0.026, ink)
    else:
        h.bow(h.x, y - 0.02, 0.035, 0.04, 20, 160, ink, thick=0.022)


def _mouth(rng: random.Random, h: _Head, mood: str) -> None:
    wide, y = h.rx * rng.uniform(0.34, 0.52), h.y + h.ry * rng.uniform(0.46, 0.54)
    lip = rng.choice(((150, 50, 52), (190, 70, 80), (120, 44, 40), (206, 84, 96)))
    match mood:
        case "happy":
            if rng.random() < 0.6:  # an open laugh with teeth
                h.slice(h.x, y - 0.035, wide, 0.115, 8, 172, (120, 30, 40))
                h.block(h.x - wide * 0.72, y - 0.02, h.x + wide * 0.72, y + 0.006, WHITE)
            else:
                h.bow(h.x, y - 0.07, wide, 0.12, 20, 160, lip, thick=0.034)
            if rng.random() < 0.6:
                cheek = colour.mix(h.skin, (240, 90, 90), 0.4)
                for way in (-1, 1):
                    h.oval(h.x + way * h.rx * 0.66, y - 0.06, 0.04, 0.032, cheek)
        case "calm":
            bend = rng.uniform(-0.006, 0.012)
            h.line(
                [(h.x - wide * 0.8, y), (h.x, y + bend), (h.x + wide * 0.8, y)], lip, thick=0.034
            )
        case "sad":
            h.bow(h.x, y + 0.075, wide * 0.9, 0.09, 205, 335, lip, thick=0.034)
            if rng.random() < 0.3:
                h.oval(h.x + h.rx * 0.5, y - 0.05, 0.022, 0.036, (130, 200, 250))
        case "surprised":
            r = rng.uniform(0.045, 0.07)
            h.oval(h.x, y + 0.03, r, r * rng.uniform(1.1, 1.4), (112, 30, 40))
