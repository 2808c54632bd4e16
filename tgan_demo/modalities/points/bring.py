"""A user's own points: a table of numbers, with commas, tabs or spaces between them.

Axes: N points.
"""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from tgan_demo.contract import Dataset
from tgan_demo.data import gather as gathering
from tgan_demo.data.gather import Gathered
from tgan_demo.data.item import check_array, told
from tgan_demo.data.limits import left_out
from tgan_demo.engine.draw.model import Model
from tgan_demo.errors import ConfigError, DataError
from tgan_demo.parts import Preview, Upload
from tgan_demo.said import sayer

SUFFIXES = (".csv", ".tsv", ".xy")
LEAST, MOST = 20, 20_000  # points that a run learns from; of more, some are taken by chance
MOST_READ = 2_000_000  # lines
MOST_BYTES = 64 * 2**20
MOST_FILES = 100
FARTHEST = 1e30  # beyond, float32 ends soon
SHOWN, COLUMNS = 60, 10  # of a preview
LINES = 5  # of reasons
say = sayer(Path(__file__).with_name("words.toml"))
CUT = re.compile(r"[,;\t ]+")
HEAD_BYTES = 4096  # by which a table is known


class PointError(gathering.Unusable):
    wanted = "a table with two columns of numbers"


def recognises(upload: Upload, options: Mapping[str, Any]) -> bool:
    """Tables whose first lines are pairs of numbers; one of words is text."""
    if upload.pasted or upload.share(SUFFIXES) <= 0.5:
        return False
    files = [path for path in upload.loose if path.suffix.lower() in SUFFIXES]
    if not files:
        return False
    with files[0].open("rb") as file:
        lines = file.read(HEAD_BYTES).decode("utf-8-sig", "replace").splitlines()[:20]
    lines = [line for line in lines if line.strip()]
    return sum(_point(line) is not None for line in lines) > len(lines) / 2


def preview(upload: Upload, options: Mapping[str, Any]) -> Preview:
    """See parts.Bring."""
    gathered = _gather(upload)
    items = _thinned(gathered)
    if not len(items):
        told = (say("of_file", name=one.name[-60:], why=one.reason) for one in gathered.refused)
        raise DataError(say("no_points", why=next(told, "–")))
    return Preview(
        items=items[:SHOWN],
        columns=COLUMNS,
        count=len(items),
        least=LEAST,
        left_out=gathered.left_out,
        refused=tuple(str(refusal)[:160] for refusal in gathered.refused[:LINES]),
        told=tuple(gathered.remarks),
        title=upload.title("my points"),
    )


def load(upload: Upload, options: Mapping[str, Any], *, name: str = "") -> Dataset:
    """See parts.Bring."""
    gathered = _gather(upload)
    items = _thinned(gathered)
    if len(items) < LEAST:
        rest = left_out(gathered.refused)
        raise DataError(say("few_points", least=LEAST, n=len(items), rest=rest))
    return of(items, name=name or upload.title("my points"), source=f"{len(items)} uploaded points")


def of(items: np.ndarray, *, name: str, source: str) -> Dataset:
    """A user's own points, float32 (N, 2), as a data set."""
    return Dataset(name, items, licence="the uploader's own", source=source, modality="points")


def read_file(path: Path) -> np.ndarray:
    """The first point of a file, float32 (2,). Raises DataError."""
    with path.open("rb") as file:
        return decode(file.read(HEAD_BYTES), path.name, None)[0]


def decode(content: bytes, name: str, model: Model | None) -> tuple[np.ndarray, str]:
    """See parts.Bring: the first line of two numbers."""
    for line in content[:HEAD_BYTES].decode("utf-8-sig", "replace").splitlines():
        point = _point(line)
        if point is not None:
            return np.array(point, np.float32), ""
    raise PointError(name, "holds none", "write one as: 0.3 -0.2")


def fit(model: Model, item: np.ndarray | str) -> np.ndarray:
    """See parts.Bring: the point itself."""
    if not isinstance(item, np.ndarray) or item.shape != (2,) or not np.isfinite(item).all():
        raise ConfigError(f"{model.title} is a model of points; got {told(item)}")
    return item.astype(np.float32)


def check(model: Model, item: np.ndarray | str) -> np.ndarray:
    """See parts.Bring."""
    return check_array(item, np.float32, (2,), "a point")


def blank(item: np.ndarray) -> str:
    """See parts.Bring."""
    return ""


def _gather(upload: Upload) -> Gathered[tuple[float, float]]:
    tally = gathering.Tally("points", "numbers", "thin them out", MOST_BYTES, 2 * MOST_READ)
    skipped = 0

    def read(name: str, file: BinaryIO) -> Iterator[tuple[str, tuple[float, float], str]]:
        nonlocal skipped
        content = file.read(MOST_BYTES + 1)
        tally.add(num_bytes=len(content))
        found = 0
        for number, line in enumerate(content.decode("utf-8-sig", "replace").splitlines()):
            point = _point(line)
            if point is not None:
                found += 1
                yield name, point, ""
            elif line.strip() and number:  # the first may name the columns
                skipped += 1
        if not found:
            raise PointError(name, say("no_numbers"), "write lines such as 0.3,-0.2")

    files = gathering.opened(upload.files(SUFFIXES), MOST_FILES)
    full = f"{MOST_READ:,} points are enough"
    gathered = gathering.gather(files, read, room=MOST_READ, full=full)
    if skipped:
        gathered.remarks.append(say("lines_left_out", n=f"{skipped:,}"))
    return gathered


def _thinned(gathered: Gathered[tuple[float, float]]) -> np.ndarray:
    """At most MOST of them, always the same, float32 (N, 2); says so in the remarks."""
    items = np.array(gathered.items, np.float32).reshape(-1, 2)
    if len(items) > MOST:
        gathered.remarks.append(say("thinned", n=f"{MOST:,}", of=f"{len(items):,}"))
        items = items[np.sort(np.random.default_rng(0).permutation(len(items))[:MOST])]
    return items


def _point(line: str) -> tuple[float, float] | None:
    """The first two cells of a line, where they are finite numbers."""
    cells = CUT.split(line.strip())[:2]
    try:
        x, y = (float(cell.strip("\"'")) for cell in cells)
    except ValueError:
        return None
    return (x, y) if abs(x) <= FARTHEST and abs(y) <= FARTHEST else None  # nor is NaN
