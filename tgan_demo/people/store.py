"""What a visitor owns on disk: data sets, models, runs. One folder a visitor, with a quota.

Knows folders and ids, not training and not pages. An id is a capability: 128 random bits that we
made; whoever has it is that visitor. No path is ever built from what a person typed: an id must
match its pattern and exist, and a guess gets the same answer as a typing error.

    DATA_DIR/visitors/<visitor>/{data,models,runs}/<hex>/     DATA_DIR/tmp/  (half-written, trash)
"""

import contextlib
import logging
import os
import re
import secrets
import shutil
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np

from tgan_demo import legacy
from tgan_demo.contract import Dataset
from tgan_demo.data import catalogue, hub
from tgan_demo.errors import DataError, NotFoundError, QuotaError, WeightsError
from tgan_demo.files.disk import (
    MIB,
    clean_title,
    default_dir,
    megabytes,
    read_json,
    size,
    write_json,
)
from tgan_demo.models import upload
from tgan_demo.models.folder import NEEDED, SHOWN, files_of

logger = logging.getLogger(__name__)

QUOTA_BYTES = 200 * MIB  # of one visitor
TOTAL_BYTES = 20_000 * MIB  # of all visitors
SPARE_BYTES = 64 * MIB  # of the disk, never touched
MAX_VISITORS = 10_000  # beyond it the oldest who own nothing are forgotten
MAX_CACHED = 4  # built-in data sets held in memory, the first loaded goes first

_VISITOR = re.compile(r"[0-9a-f]{32}")
_ITEM = re.compile(r"[0-9a-f]{16}")
_KINDS = {"data": "data", "mine": "models", "run": "runs"}  # of an id -> folder


@dataclass(frozen=True, slots=True)
class DataInfo:
    """One row of the data menu."""

    id: str
    title: str
    count: int  # 0: not known before it is loaded
    classes: tuple[str, ...]
    own: bool
    modality: str  # a name of modalities.registry


class Store:
    """The disk of all visitors. Safe to use from many threads."""

    def __init__(
        self,
        data_dir: Path | None = None,
        quota_bytes: int = QUOTA_BYTES,
        total_bytes: int = TOTAL_BYTES,
    ) -> None:
        self.data_dir = Path(data_dir) if data_dir is not None else default_dir()
        self.quota_bytes, self.total_bytes = quota_bytes, total_bytes
        self._visitors = self.data_dir / "visitors"
        self._tmp = self.data_dir / "tmp"
        self._lock, self._making = threading.RLock(), threading.Lock()
        self._cache: dict[str, Dataset] = {}
        self._total = (0.0, 0)  # when measured, bytes
        for folder in (self._visitors, self._tmp):
            folder.mkdir(parents=True, exist_ok=True)

    # --- visitors ---------------------------------------------------------------------------------

    def new_visitor(self) -> str:
        visitor = secrets.token_hex(16)
        with self._lock:
            self._forget_empty()
            (self._visitors / visitor).mkdir()
        return visitor

    def check(self, visitor: str | None) -> Path:
        """The visitor's folder.

        Raises:
            NotFoundError: nobody of that id is known here.
        """
        if isinstance(visitor, str) and _VISITOR.fullmatch(visitor):
            folder = self._visitors / visitor
            if folder.is_dir():
                if time.time() - folder.stat().st_mtime > 3600:
                    os.utime(folder)  # "seen", for clean()
                return folder
        raise NotFoundError(
            "this page's visitor id is not known here; open the page again to get one"
        )

    def visitors(self) -> list[str]:
        return [
            entry.name for entry in os.scandir(self._visitors) if _VISITOR.fullmatch(entry.name)
        ]

    def clean(self, older_than_days: float) -> int:
        """Forget visitors not seen for so long, with all they own; returns how many."""
        limit = time.time() - 86_400 * older_than_days
        gone = 0
        with self._lock:
            for visitor in self.visitors():
                if (self._visitors / visitor).stat().st_mtime < limit:
                    self._remove(self._visitors / visitor)
                    gone += 1
            for entry in os.scandir(self._tmp):
                if entry.stat().st_mtime < time.time() - 86_400:
                    shutil.rmtree(entry.path, ignore_errors=True)
        return gone

    def _forget_empty(self) -> None:
        known = self.visitors()
        if len(known) < MAX_VISITORS:
            return
        folders = sorted((self._visitors / v for v in known), key=lambda f: f.stat().st_mtime)
        for folder in folders[: MAX_VISITORS // 10]:
            if not any(folder.iterdir()):
                self._remove(folder)

    # --- disk ---------------------------------------------------------------------------------------

    def used_bytes(self, visitor: str) -> int:
        return size(self.check(visitor))

    def require(self, visitor: str, nbytes: int) -> None:
        """Make sure that `nbytes` more may be written for this visitor.

        Raises:
            QuotaError: the visitor's share, the server's or the disk itself would be full.
        """
        used = self.used_bytes(visitor)
        if used + nbytes > self.quota_bytes:
            raise QuotaError(
                f"your share of the disk is {megabytes(self.quota_bytes)}; {megabytes(used)} are used "
                f"and this needs {megabytes(nbytes)} more. {self._advice(visitor)}"
            )
        if self._total_used() + nbytes > self.total_bytes:
            raise QuotaError(
                f"this server keeps {megabytes(self.total_bytes)} for all visitors and that is used up; "
                f"try later. {self._advice(visitor)}"
            )
        if shutil.disk_usage(self.data_dir).free < nbytes + SPARE_BYTES:
            raise QuotaError(
                f"the server's disk is full; {megabytes(nbytes)} wanted. {self._advice(visitor)}"
            )

    def _advice(self, visitor: str) -> str:
        sizes = []
        for kind, name in (("data", "data set"), ("mine", "model"), ("run", "run")):
            for item, folder in self._items(visitor, kind):
                sizes.append((size(folder), f"{name} {_title(folder) or item!r}"))
        if not sizes:
            return "You own nothing that could be deleted"
        largest = [
            f"{name} ({megabytes(nbytes)})" for nbytes, name in sorted(sizes, reverse=True)[:3]
        ]
        return "Delete something first, the largest are: " + ", ".join(largest)

    def _total_used(self) -> int:
        with self._lock:
            if time.time() - self._total[0] > 60:
                self._total = (time.time(), size(self._visitors))
            return self._total[1]

    @contextlib.contextmanager
    def scratch(self) -> Iterator[Path]:
        """An empty folder on the same disk, gone afterwards unless it was moved away."""
        folder = self._tmp / secrets.token_hex(8)
        folder.mkdir(parents=True)
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def _download_dir(self) -> Path:
        """An empty folder that lives for a day, for a file on its way to a person."""
        folder = self._tmp / secrets.token_hex(16)
        folder.mkdir(parents=True)
        return folder

    # --- what a visitor owns -------------------------------------------------------------------------

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

    def delete(self, visitor: str, item_id: str) -> None:
        with self._lock:
            self._remove(self.folder(visitor, item_id))

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

    def add_model_folder(self, visitor: str, folder: Path, *, instead_of: str | None = None) -> str:
        """Take a copy of a model folder in; its id.

        Args:
            instead_of: an own model's id that the copy takes the place of, if it still exists.
        """
        owner = self.check(visitor)
        if not all((folder / name).is_file() for name in NEEDED):
            raise WeightsError(f"a model is a folder with {' and '.join(NEEDED)}")
        files = files_of(folder)
        self.require(visitor, sum(file.stat().st_size for file in files))
        item = secrets.token_hex(8)
        if instead_of is not None:
            with contextlib.suppress(NotFoundError):
                item = self.folder(visitor, instead_of).name
        with self.scratch() as scratch:
            new = scratch / "model"
            new.mkdir()
            for file in files:
                shutil.copyfile(file, new / file.name)
            write_json(new / "config.json", read_json(new / "config.json") | {"id": f"mine/{item}"})
            self._put(new, owner / "models" / item)
        return f"mine/{item}"

    def export_model(self, visitor: str, model_id: str) -> Path:
        """A zip of an own model, for download; it lives for a day."""
        folder = self.model_folder(visitor, model_id)
        return upload.pack(folder, self._download_dir())

    def import_model(self, visitor: str, path: Path, *, title: str = "") -> str:
        """Take in an uploaded model: the zip of a model folder, or a safetensors file that has its
        config.json beside it or its settings in the metadata. Returns the new id.

        Raises:
            WeightsError: too large, foreign, damaged, made for another size; says what was wanted.
            QuotaError: no room.
        """
        self.require(visitor, upload.check_size(Path(path)))
        with self.scratch() as folder:
            upload.unpack(Path(path), folder, title)
            return self.add_model_folder(visitor, folder)

    def import_hub(
        self, visitor: str, repo_id: str, *, progress: Callable[[str], None] | None = None
    ) -> str:
        """Fetch a model by its Hugging Face Hub id, with the same checks. Goes online."""
        self.require(visitor, MIB)
        with self.scratch() as folder:
            source = hub.fetch_model(
                repo_id, folder / "fetched", files=SHOWN, needed=NEEDED, progress=progress
            )
            (folder / "model").mkdir()
            upload.adopt(Path(source), folder / "model", repo_id)
            return self.add_model_folder(visitor, folder / "model")

    # --- data -----------------------------------------------------------------------------------------

    def datasets(self, visitor: str | None) -> list[DataInfo]:
        rows = []
        for data_id, source in catalogue.built_in().items():
            count = len(self._cache.get(data_id, ()))
            rows.append(
                DataInfo(data_id, source.title, count, source.classes, False, source.modality)
            )
        if visitor is None:
            return rows
        for item, folder in self._items(visitor, "data"):
            try:
                info = read_json(folder / "info.json")
                classes = tuple(str(name) for name in info["classes"])
                title, modality = str(info["title"]), legacy.modality(info)
                rows.append(DataInfo(f"data/{item}", title, info["count"], classes, True, modality))
            except (OSError, ValueError, KeyError, TypeError):
                logger.warning("unreadable data set %s", folder)
        return rows

    def add_dataset(self, visitor: str, dataset: Dataset) -> str:
        """Keep a data set for this visitor; its id, "data/<hex>"."""
        owner = self.check(visitor)
        self.require(visitor, dataset.items.nbytes)
        item = secrets.token_hex(8)
        arrays: dict[str, Any] = {"items": dataset.items}
        if dataset.labels is not None:
            arrays["labels"] = dataset.labels
        info = {
            "title": clean_title(dataset.name),
            "modality": dataset.modality,
            "count": len(dataset),
            "classes": list(dataset.classes),
            "licence": dataset.licence,
            "source": dataset.source,
        }
        with self.scratch() as scratch:
            new = scratch / "data"
            new.mkdir()
            np.savez_compressed(new / "data.npz", **arrays)
            write_json(new / "info.json", info)
            self._put(new, owner / "data" / item)
        return f"data/{item}"

    def dataset(self, visitor: str | None, data_id: str) -> Dataset:
        """A data set of the menu, in memory.

        Raises:
            NotFoundError: neither built in nor this visitor's own.
            DataError: it is damaged, or could not be fetched.
        """
        known = catalogue.built_in()
        if data_id in known:
            with self._making:  # once, even when two ask for it
                if data_id not in self._cache:
                    self._cache[data_id] = known[data_id].load(self.data_dir / "hub")
                    while len(self._cache) > MAX_CACHED:
                        del self._cache[next(iter(self._cache))]
                return self._cache[data_id]
        if not str(data_id).startswith("data/"):
            raise NotFoundError(
                f"there is no data set {str(data_id)[:40]!r}; known: {', '.join(known)}, or your own"
            )
        folder = self.folder(visitor, data_id)
        try:
            info = read_json(folder / "info.json")
            with open(folder / "data.npz", "rb") as file:
                arrays = dict(np.load(file, allow_pickle=False))
            return Dataset(
                str(info["title"]),
                arrays["items"],
                arrays.get("labels"),
                tuple(info["classes"]),
                str(info["licence"]),
                str(info["source"]),
                modality=legacy.modality(info),
            )
        except (OSError, ValueError, KeyError, TypeError, BadZipFile, zlib.error) as error:
            raise DataError("this data set is damaged on the server; upload it again") from error

    # --- helpers ------------------------------------------------------------------------------------

    def _items(self, visitor: str, kind: str) -> list[tuple[str, Path]]:
        folder = self.check(visitor) / _KINDS[kind]
        if not folder.is_dir():
            return []
        found = [Path(e.path) for e in os.scandir(folder) if _ITEM.fullmatch(e.name)]
        return [(path.name, path) for path in sorted(found, key=_age)]

    def _put(self, new: Path, place: Path) -> None:
        """Move a finished folder to its place; readers see the old one or the new one."""
        with self._lock:
            place.parent.mkdir(parents=True, exist_ok=True)
            if place.exists():
                os.utime(new, (time.time(), place.stat().st_mtime))  # keeps its place in lists
                self._remove(place)
            os.rename(new, place)

    def _remove(self, folder: Path) -> None:
        """Out of sight at once, then off the disk: a kill in between leaves no half a thing."""
        trash = self._tmp / f"trash-{secrets.token_hex(8)}"
        os.rename(folder, trash)
        shutil.rmtree(trash, ignore_errors=True)


def _title(folder: Path) -> str | None:
    for name in ("config.json", "info.json", "run.json"):
        with contextlib.suppress(OSError, ValueError, KeyError):
            return str(read_json(folder / name)["title"])
    return None


def _age(path: Path) -> tuple[float, str]:
    try:
        return path.stat().st_mtime, path.name
    except OSError:  # deleted meanwhile
        return 0.0, path.name
