"""Tables of two settings: each cell a sample of its own, drawn, as a picture with its axes, as CSV.

The axes are texts of axes.py. Knows the studio and no page; command line, page and endpoint ask here.
"""

import csv
import io
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from tgan_demo import axes
from tgan_demo.axes import Axis
from tgan_demo.config import SampleConfig
from tgan_demo.errors import ConfigError
from tgan_demo.files import pixels, png, stills
from tgan_demo.modalities import registry
from tgan_demo.runs.moments import Moments, is_moment
from tgan_demo.studio import MAX_EACH, Studio

LEAST_SIDE = 64  # pixels of a cell of a picture
GAP, AIR, LINE = 4, 8, 18  # pixels: between cells, round heads, a line of letters

Cell = tuple[str, SampleConfig]  # model id and settings


@dataclass(frozen=True, slots=True)
class Table:
    model: str  # what the cells have in common, as far as the axes leave it
    config: SampleConfig
    texts: tuple[str, str]  # of x and y
    x: Axis  # with a name for each column
    y: Axis
    cells: tuple[Cell | None, ...]  # row by row; None: an empty place

    @property
    def settings(self) -> dict[str, object]:
        """What draws it again, as it goes into a file."""
        x, y = self.texts
        return png.settings_for(self.model, self.config) | {"table": {"x": x, "y": y}}


@dataclass(frozen=True, slots=True)
class Part:
    """The cells of one model."""

    model: str
    modality: str
    at: tuple[int, ...]  # their places in the table
    items: np.ndarray  # (N, ...), in that order


def plan(
    studio: Studio,
    model_id: str,
    config: SampleConfig,
    x: str,
    y: str,
    *,
    visitor: str | None = None,
    most: int = MAX_EACH,
) -> Table:
    """The table of these axes round `config`.

    Raises:
        ConfigError: an axis is none, both say the same, or there are more than `most` cells.
    """
    info = studio.info(model_id, visitor)
    how = {"classes": info.classes, "entries": info.depth + 1, "label": config.label, "most": most}
    across, down = (
        _named(studio, axes.read(_of_runs(studio, text, visitor), **how), info.modality, visitor)
        for text in (x, y)
    )
    for axis in (across, down):
        if axis.what == "temperature" and "temperature" not in info.skills:
            raise ConfigError(f"{info.title} does not choose its tokens: no temperature changes it")
    if across.sets == down.sets:
        raise ConfigError(f"two axes were wanted; both say {across.sets[:40]}")
    if (count := len(across.values) * len(down.values)) > most:
        raise ConfigError(
            f"a table has at most {most} cells here; "
            f"{len(down.values)} x {len(across.values)} are {count:,}"
        )
    rows = [down.put(i, model_id, config) for i in range(len(down.values))]
    cells = tuple(across.put(i, *row) for row in rows for i in range(len(across.values)))
    return Table(model_id, config, (x, y), across, down, cells)


def _of_runs(studio: Studio, text: str, visitor: str | None) -> str:
    """The axis with every kept moment in place of a run's id."""
    what, _, given = text.partition("=")
    if what.strip() != "moment":
        return text
    ids = [part.strip() for part in given.split(",")]
    for i, run in enumerate(ids):
        if run and not is_moment(run):
            moments = Moments(studio.store.folder(visitor, run) / "moments")
            moments.path(0)  # raises where none is kept
            ids[i] = ",".join(f"{run}@{nimg}" for nimg in moments.at)
    return f"moment={','.join(filter(None, ids))}"


def _named(studio: Studio, axis: Axis, modality: str, visitor: str | None) -> Axis:
    """Of models: called by their titles, and looked at whether they are of this modality."""
    if axis.what not in axes.MODELS:
        return axis
    infos = [studio.info(str(model), visitor) for model in axis.values]
    for info in infos:
        if info.modality != modality:
            raise ConfigError(f"one table is of one kind of samples; {info.title} makes others")
    moments = [str(model).partition("@")[2] for model in axis.values]
    said = [f"{int(m):,}" if m.isdigit() else m for m in moments]
    return replace(axis, names=tuple(s or info.title for s, info in zip(said, infos, strict=True)))


def draw(studio: Studio, cells: Sequence[Cell | None], visitor: str | None = None) -> list[Part]:
    """Every cell as it is drawn alone, model by model; empty ones are left out.

    Raises:
        ConfigError: a model does not take its cells' settings.
    """
    parts, there = [], {i: cell for i, cell in enumerate(cells) if cell is not None}
    for model in dict.fromkeys(model for model, _ in there.values()):
        at = tuple(i for i, (own, _) in there.items() if own == model)
        items = studio.each(model, [there[i][1] for i in at], visitor)
        parts.append(Part(model, studio.info(model, visitor).modality, at, items))
    return parts


def save(out: Path, table: Table, parts: Sequence[Part]) -> None:
    """The table as the file that a command line names. Raises ConfigError: there is no such file."""
    if out.suffix == ".png":
        out.write_bytes(picture(table, parts))
    elif out.suffix == ".csv":
        out.write_text(csv_text(table, parts), encoding="utf-8")
    elif out.suffix == ".npz":
        np.savez_compressed(out, **arrays(table, parts))  # pyright: ignore[reportArgumentType]
    else:
        raise ConfigError(f"a table is saved as .png, .npz or .csv; got {out.name!r}")


def picture(table: Table, parts: Sequence[Part]) -> bytes:
    """A PNG with both axes drawn and the table's settings inside. Smaller samples are enlarged by whole
    factors to the size of the largest and stand in the middle of their cells.
    """
    faces = _faces(parts)
    height, width = (max(face.shape[axis] for face in faces.values()) for axis in (0, 1))
    scale = max(1, -(-LEAST_SIDE // max(height, width)))
    height, width = height * scale, width * scale
    columns, rows = table.x.names, table.y.names
    heads = stills.font_for("".join((*columns, *rows, table.x.what, table.y.what)))
    left = round(max(heads.getlength(name) for name in (*rows, short(table.y.what)))) + 2 * AIR
    lines = max(len(_folded(name, width, heads)) for name in columns)
    top = (1 + lines) * LINE + 2 * AIR
    size = (left + len(columns) * (width + GAP), top + len(rows) * (height + GAP))
    pixels.check_pixels(size[0] * size[1], pixels.MAX_PICTURE_PIXELS, f"{len(faces)} cells")
    paper = Image.new("RGB", size, "white")
    pen = ImageDraw.Draw(paper)
    pen.text((left, AIR), short(table.x.what), "black", heads, anchor="lt")
    pen.text((AIR, top - AIR), short(table.y.what), "black", heads, anchor="lb")
    for k, name in enumerate(columns):
        middle, told = left + k * (width + GAP) + width // 2, "\n".join(_folded(name, width, heads))
        pen.multiline_text((middle, LINE + AIR), told, "black", heads, anchor="ma", align="center")
    for k, name in enumerate(rows):
        middle = top + k * (height + GAP) + height // 2
        pen.text((left - AIR, middle), name, "black", heads, anchor="rm")
    for i, face in faces.items():
        h, w = face.shape[:2]
        large = pixels.enlarged(face, max(1, min(height // h, width // w)))
        x = left + i % len(columns) * (width + GAP) + (width - large.shape[1]) // 2
        y = top + i // len(columns) * (height + GAP) + (height - large.shape[0]) // 2
        paper.paste(Image.fromarray(large), (x, y))
    return png.png_bytes(paper, table.settings)


def csv_text(table: Table, parts: Sequence[Part] = ()) -> str:
    """A row for each cell: its place, heads and settings, and what its sample says, where it is a text."""
    said = texts(parts)
    rows = []
    for i, cell in enumerate(table.cells):
        if cell is None:
            continue
        row, column = divmod(i, len(table.x.names))
        heads = {"row": row, "column": column, "y": table.y.names[row], "x": table.x.names[column]}
        own = {**png.settings_for(*cell), "edit": cell[1].edit}
        rows.append(heads | own | ({"text": said[i]} if said else {}))
    file = io.StringIO()
    writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows({key: _plain(value) for key, value in row.items()} for row in rows)
    return file.getvalue()


def texts(parts: Sequence[Part]) -> dict[int, str]:
    """What the samples say, by their places; empty where they are no texts."""
    looks = {part.modality: registry.get(part.modality).look for part in parts}
    sheets = [(part.at, looks[part.modality].sheet(part.items).texts) for part in parts]
    return {i: text for at, said in sheets for i, text in zip(at, said, strict=False)}


def arrays(table: Table, parts: Sequence[Part]) -> dict[str, np.ndarray]:
    """For an npz: "items" (rows, columns, ...), the heads "x" and "y", "settings" as JSON (rows, columns).

    Raises:
        ConfigError: the models' samples differ in size, or a place is empty.
    """
    shape = (len(table.y.names), len(table.x.names))
    if None in table.cells:
        raise ConfigError("an array has no empty places; save this table as .png or .csv")
    if len({(part.items.shape[1:], part.items.dtype.kind) for part in parts}) > 1:
        raise ConfigError(
            "models of different sizes do not fit into one array; save it as .png or .csv"
        )
    order = np.argsort([i for part in parts for i in part.at])
    items = np.concatenate([part.items for part in parts])[order]
    settings = [
        json.dumps(png.settings_for(*cell), ensure_ascii=False) for cell in table.cells if cell
    ]
    return {
        "items": items.reshape(*shape, *items.shape[1:]),
        "x": np.array(table.x.names),
        "y": np.array(table.y.names),
        "settings": np.array(settings).reshape(shape),
    }


def _faces(parts: Sequence[Part]) -> dict[int, np.ndarray]:
    """What each cell looks like, by its place, uint8 (H, W, 3); a frame of what plays."""
    found = {}
    for part in parts:
        sheet = registry.get(part.modality).look.sheet(part.items)
        source = sheet.source()
        image = stills.still(source, int(source.get("frames") or 1) // 3)
        rows = -(-sheet.count // sheet.columns)
        h, w = image.shape[0] // rows, image.shape[1] // sheet.columns
        for k, i in enumerate(part.at):
            top, left = k // sheet.columns * h, k % sheet.columns * w
            found[i] = image[top : top + h, left : left + w]
    return found


def short(what: str) -> str:
    """A direction given as numbers has no name to be written."""
    return what if len(what) <= 24 else "direction"


def _folded(name: str, width: int, font: stills.Font) -> list[str]:
    """A head in lines that fit over its column."""
    lines = [""]
    for letter in name:
        if lines[-1] and font.getlength(lines[-1] + letter) > width:
            lines.append("")
        lines[-1] += letter
    return lines


def _plain(value: object) -> object:
    """A spreadsheet takes a text that begins so as a formula; a number it may."""
    if not isinstance(value, str) or value[:1] not in tuple("=+-@\t\r"):
        return value
    return value if re.fullmatch(r"-[\d.]+", value) else f"'{value}"
