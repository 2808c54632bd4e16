"""What a visitor owns, by id: data sets, models and runs, a folder each.

Knows folders and ids, not what is in them. No path is ever built from what a person typed: an id must
match its pattern and exist.

    DATA_DIR/visitors/<visitor>/{data,models,runs}/<hex>/
"""

import contextlib
import os
import re
import secrets
from pathlib import Path

from tgan_demo.errors import NotFoundError
from tgan_demo.files.disk import clean_title, read_json, write_json
from tgan_demo.people.arrivals import Arrivals

_ITEM = re.compile(r"[0-9a-f]{16}")
_KINDS = {"data": "data", "mine": "models", "run": "runs"}  # of an id -> folder


class Shelf(Arrivals):
    """The things of all visitors."""

    def folder(self, visitor: str | None, item_id: str) -> Path:
        """Where an own thing lies: "data/<hex>", "mine/<hex>" or "run/<hex>".

        Raises:
            NotFoundError: this visitor has no such thing (whether another has it is not said).
        """
        owner = self.check(visitor)
        kind, _, item = str(item_id).partition("/")
        if kind in _KINDS and _ITEM.fullmatch(item):
            folder = owner / _KINDS[kind] / item
            if folder.is_dir():
                return folder
        raise NotFoundError(
            f"you have nothing of the id {str(item_id)[:40]!r}; it may have been deleted"
        )

    def delete(self, visitor: str | None, item_id: str) -> None:
        with self._lock:
            self._remove(self.folder(visitor, item_id))

    def drop(self, visitor: str | None, item_id: str, part: str) -> None:
        """Remove one folder inside an own thing; `part` is named by us."""
        with self._lock:
            self._remove(self.folder(visitor, item_id) / part)

    def rename(self, visitor: str, item_id: str, title: str) -> None:
        folder = self.folder(visitor, item_id)
        path = folder / ("config.json" if item_id.startswith("mine/") else "info.json")
        with self._lock:
            values = read_json(path)
            values["title"] = clean_title(title)
            write_json(path, values)

    def new_run(self, visitor: str) -> str:
        """An empty folder for a run; "run/<hex>"."""
        item = secrets.token_hex(8)
        (self.check(visitor) / "runs" / item).mkdir(parents=True)
        return f"run/{item}"

    def runs(self, visitor: str) -> list[str]:
        return [f"run/{item}" for item, _ in self._items(visitor, "run")]

    def models(self, visitor: str | None) -> list[Path]:
        """The folders of the visitor's models, newest first; the id of one is "mine/<its name>"."""
        if visitor is None:
            return []
        return [folder for _, folder in self._items(visitor, "mine")][::-1]

    def model_folder(self, visitor: str | None, model_id: str) -> Path:
        if not str(model_id).startswith("mine/"):
            raise NotFoundError(f"your models are called mine/...; got {str(model_id)[:40]!r}")
        return self.folder(visitor, model_id)

    def _items(self, visitor: str | None, kind: str) -> list[tuple[str, Path]]:
        folder = self.check(visitor) / _KINDS[kind]
        if not folder.is_dir():
            return []
        found = [Path(e.path) for e in os.scandir(folder) if _ITEM.fullmatch(e.name)]
        return [(path.name, path) for path in sorted(found, key=_age)]


def title_of(folder: Path) -> str | None:
    """Of a data set, a model or a run; None where it has none."""
    for name in ("config.json", "info.json", "run.json"):
        with contextlib.suppress(OSError, ValueError, KeyError):
            return str(read_json(folder / name)["title"])
    return None


def _age(path: Path) -> tuple[float, str]:
    try:
        return path.stat().st_mtime, path.name
    except OSError:  # deleted meanwhile
        return 0.0, path.name
