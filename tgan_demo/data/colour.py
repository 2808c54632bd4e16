"""Colours and grounds that the painters share: plain (r, g, b) integers, 0..255."""

import colorsys
import random

from PIL import Image

RGB = tuple[int, int, int]


def hsv(hue: float, saturation: float, value: float) -> RGB:
    """From hue (turns, any number), saturation and value (0..1)."""
    r, g, b = colorsys.hsv_to_rgb(hue % 1.0, saturation, value)
    return round(r * 255), round(g * 255), round(b * 255)


def mix(a: RGB, b: RGB, share: float) -> RGB:
    """`a` with `share` (0..1) of `b` in it."""
    keep = 1 - share
    return (
        round(a[0] * keep + b[0] * share),
        round(a[1] * keep + b[1] * share),
        round(a[2] * keep + b[2] * share),
    )


def shade(a: RGB, light: float) -> RGB:
    """`a` darker (light < 1) or brighter (> 1)."""
    return (
        min(255, round(a[0] * light)),
        min(255, round(a[1] * light)),
        min(255, round(a[2] * light)),
    )


def near(rng: random.Random, a: RGB, spread: int) -> RGB:
    """A colour within `spread` steps of `a` in every channel."""
    r, g, b = (min(255, max(0, value + rng.randint(-spread, spread))) for value in a)
    return r, g, b


def gradient(size: tuple[int, int], top: RGB, bottom: RGB) -> Image.Image:
    """An RGB picture of (width, height) that goes from `top` to `bottom`."""
    steps = 16
    column = Image.new("RGB", (1, steps))
    column.putdata([mix(top, bottom, step / (steps - 1)) for step in range(steps)])
    return column.resize(size, Image.Resampling.BILINEAR)
