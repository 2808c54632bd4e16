"""A stored sheet (parts.Sheet.source) as one picture, where no browser draws it: for films and files.

Axes: H height, W width.
"""

import base64
import io
import re
import textwrap
from collections import Counter
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from tgan_demo.errors import ConfigError
from tgan_demo.said import say

PAPER, INK, EDGE = (247, 242, 230), (41, 36, 28), (217, 207, 184)  # as written.js has them
SIDE = 150  # pixels of a text's paper
# Pillow's own, which is always there, has those of English; others where they are installed
FONTS = (
    "DejaVuSans.ttf", "NotoSerifCJK-Regular.ttc", "NotoSansCJK-Regular.ttc", "NotoSerifSC-Regular.otf",
    "wqy-zenhei.ttc", "uming.ttc", "PingFang.ttc", "Songti.ttc", "msyh.ttc", "simsun.ttc",
)  # fmt: skip
Font = ImageFont.FreeTypeFont | ImageFont.ImageFont


def still(source: Mapping[str, Any], step: int = 0) -> np.ndarray:
    """The sheet as uint8 (H, W, 3); of one that plays, frame `step`, round and round.

    Raises:
        ConfigError: most of its letters are such as no font of this machine has.
    """
    if "png" not in source:
        return _written(source)
    with Image.open(io.BytesIO(base64.b64decode(source["png"].partition(",")[2]))) as image:
        pixels = np.asarray(image.convert("RGB"))
    frames = int(source.get("frames") or 1)
    height = len(pixels) // frames
    return pixels[(step % frames) * height :][:height]


def texts_of(source: Mapping[str, Any]) -> list[str]:
    """What the items of a written sheet say; of tokens, as they follow each other."""
    return [str(t) for t in source.get("texts") or ["".join(c) for c in source.get("cells", ())]]


def _written(source: Mapping[str, Any]) -> np.ndarray:
    texts, columns = texts_of(source), int(source["cols"])
    font = font_for("".join(texts))
    rows = -(-len(texts) // columns)
    image = Image.new("RGB", (columns * SIDE, rows * SIDE), PAPER)
    draw = ImageDraw.Draw(image)
    for i, text in enumerate(texts):
        x, y = i % columns * SIDE, i // columns * SIDE
        draw.rectangle((x, y, x + SIDE - 1, y + SIDE - 1), outline=EDGE)
        lines = textwrap.wrap(text, 20 if text.isascii() else 10)
        draw.multiline_text((x + 8, y + 8), "\n".join(lines[:8]), INK, font)
    return np.asarray(image)


def font_for(text: str) -> Font:
    """The first that has all letters, else the one that has most; what it has not it draws as a box."""
    letters, lacks = Counter(re.sub(r"\s", "", text)), dict[str, int]()
    for name in ("", *FONTS):
        if _load(name) is not None:
            lacks[name] = sum(n for letter, n in letters.items() if not _has(name, letter))
            if not lacks[name]:
                break
    best = min(lacks, key=lambda name: lacks[name])
    if 2 * lacks[best] > letters.total():
        raise ConfigError(say("no_font"))
    font = _load(best)
    assert font is not None
    return font


@lru_cache(maxsize=16)
def _load(name: str) -> Font | None:
    try:
        return ImageFont.truetype(name, 12) if name else ImageFont.load_default(12)
    except OSError:
        return None


@lru_cache(maxsize=4096)
def _has(name: str, letter: str) -> bool:
    """Whether a font draws a letter otherwise than what it has not."""
    font = _load(name)
    if font is None:
        return False
    return _drawn(font, letter) != _drawn(font, "\U0010ffff")


def _drawn(font: Font, letter: str) -> bytes:
    image = Image.new("L", (24, 24))
    ImageDraw.Draw(image).text((4, 4), letter, 255, font)
    return image.tobytes()
