"""Small charts of curves as SVG (for a page that stands alone) and as PNG: lines over a common x.

Knows numbers and colours, not runs. Sizes are in pixels of the SVG; the PNG has SCALE times as many.
"""

import io
import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from PIL import Image, ImageDraw, ImageFont

WIDTH, HEIGHT = 440, 170
LEFT, RIGHT, TOP, BOTTOM = 56, 8, 26, 22
SCALE = 2
COLUMNS = 2
INK, SOFT, GRID = "#29241c", "#6d675c", "#d8d4ca"
COLOURS = ("#1f7f74", "#bf5a1f", "#6b5bb0", "#8a7a1a")
LEAST = 1e-6  # of a logarithmic axis

Values = Sequence[float | None]
Points = list[tuple[float, float]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    name: str
    x: Sequence[float]
    y: Values  # None: not known there
    level: float | None = None  # what real data get, dashed


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    title: str
    unit: str  # of x
    lines: Sequence[Line]
    is_log: bool = False


def svg(chart: Chart) -> str:
    """One chart as an <svg> element; every text in it is escaped."""
    place = _Place(chart)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        f'aria-label="{escape(chart.title)}" font-family="sans-serif" font-size="11">',
        f'<text x="0" y="13" font-weight="bold" fill="{INK}">{escape(chart.title)}</text>',
    ]
    for y, text in place.marks():
        parts.append(
            f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}" stroke="{GRID}"/>'
            f'<text x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end" fill="{SOFT}">{text}</text>'
        )
    ends = (LEFT, "start", short(place.first)), (WIDTH - RIGHT, "end", _end(place, chart))
    for x, anchor, text in ends:
        parts.append(
            f'<text x="{x}" y="{HEIGHT - 6}" text-anchor="{anchor}" fill="{SOFT}">{escape(text)}</text>'
        )
    for i, line in enumerate(chart.lines):
        colour = COLOURS[i % len(COLOURS)]
        for piece in place.pieces(line):
            points = " ".join(f"{x:.1f},{y:.1f}" for x, y in piece)
            parts.append(
                f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="1.6"/>'
            )
        if line.level is not None:
            y = place.y(line.level)
            parts.append(
                f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}" '
                f'stroke="{colour}" stroke-dasharray="5 4"/>'
            )
        at = WIDTH - RIGHT - 96 * (len(chart.lines) - 1 - i)
        parts.append(
            f'<text x="{at}" y="13" text-anchor="end" fill="{colour}">{escape(line.name)}</text>'
        )
    return "".join([*parts, "</svg>"])


def png(charts: Sequence[Chart]) -> bytes:
    """All charts on one sheet, COLUMNS side by side."""
    columns = min(COLUMNS, max(1, len(charts)))
    rows = max(1, -(-len(charts) // columns))
    gap = 16
    size = (columns * (WIDTH + gap) + gap, rows * (HEIGHT + gap) + gap)
    image = Image.new("RGB", (size[0] * SCALE, size[1] * SCALE), "white")
    for i, chart in enumerate(charts):
        left = gap + (i % columns) * (WIDTH + gap)
        top = gap + (i // columns) * (HEIGHT + gap)
        _draw(image, chart, left, top)
    with io.BytesIO() as file:
        image.save(file, "PNG")
        return file.getvalue()


def _draw(image: Image.Image, chart: Chart, left: float, top: float) -> None:
    draw, place = ImageDraw.Draw(image), _Place(chart)
    font = ImageFont.load_default(11 * SCALE)

    def at(x: float, y: float) -> tuple[float, float]:
        return (left + x) * SCALE, (top + y) * SCALE

    draw.text(at(0, 13), chart.title, INK, font, anchor="ls")
    for y, text in place.marks():
        draw.line([at(LEFT, y), at(WIDTH - RIGHT, y)], GRID, SCALE)
        draw.text(at(LEFT - 6, y + 4), text, SOFT, font, anchor="rs")
    draw.text(at(LEFT, HEIGHT - 6), short(place.first), SOFT, font, anchor="ls")
    draw.text(at(WIDTH - RIGHT, HEIGHT - 6), _end(place, chart), SOFT, font, anchor="rs")
    for i, line in enumerate(chart.lines):
        colour = COLOURS[i % len(COLOURS)]
        for piece in place.pieces(line):
            draw.line([at(x, y) for x, y in piece], colour, 3, joint="curve")
        if line.level is not None:
            y = place.y(line.level)
            for x in range(LEFT, WIDTH - RIGHT, 9):
                draw.line([at(x, y), at(min(x + 5, WIDTH - RIGHT), y)], colour, 2)
        x = WIDTH - RIGHT - 96 * (len(chart.lines) - 1 - i)
        draw.text(at(x, 13), line.name, colour, font, anchor="rs")


class _Place:
    """Where values of a chart lie on its paper."""

    def __init__(self, chart: Chart) -> None:
        self.is_log = chart.is_log
        xs = [x for line in chart.lines for x in line.x]
        self.first, self.last = min(xs, default=0), max(xs, default=1)
        levels = [line.level for line in chart.lines]
        values = [v for line in chart.lines for v in line.y] + levels
        known = sorted(self._scaled(v) for v in values if v is not None and math.isfinite(v))
        self.low, self.high = (known[0], known[-1]) if known else (0.0, 1.0)
        if self.high - self.low < 1e-9:
            self.low, self.high = self.low - 0.5, self.high + 0.5

    def _scaled(self, value: float) -> float:
        return math.log10(max(LEAST, value)) if self.is_log else value

    def x(self, value: float) -> float:
        share = (value - self.first) / max(1e-9, self.last - self.first)
        return LEFT + share * (WIDTH - LEFT - RIGHT)

    def y(self, value: float) -> float:
        share = (self._scaled(value) - self.low) / (self.high - self.low)
        return TOP + (1 - share) * (HEIGHT - TOP - BOTTOM)

    def marks(self) -> list[tuple[float, str]]:
        """Height and text of the lowest, the middle and the highest value."""
        marks = [self.low, (self.low + self.high) / 2, self.high]
        values = [10**mark if self.is_log else mark for mark in marks]
        return [(self.y(value), short(value)) for value in values]

    def pieces(self, line: Line) -> list[Points]:
        """The line without the places where nothing is known."""
        pieces: list[Points] = [[]]
        for x, y in zip(line.x, line.y, strict=True):
            if y is None or not math.isfinite(y):
                pieces.append([])
            else:
                pieces[-1].append((self.x(x), self.y(y)))
        return [piece for piece in pieces if len(piece) > 1]


def _end(place: _Place, chart: Chart) -> str:
    return f"{short(place.last)} {chart.unit}"


def short(value: float) -> str:
    """Three digits, whole numbers with commas."""
    if abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.3g}"
