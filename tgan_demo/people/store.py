"""The data sets and models of all visitors on disk: taken in, listed, loaded, given out.

Who a visitor is stands in visitors.py, where things lie in shelf.py, how many there may be in quota.py,
what others may be shown in links.py.
What is uploaded is not trusted: models/upload.py looks at it first.
"""

import contextlib
import logging
import secrets
import shutil
import threading
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np

from tgan_demo import legacy
from tgan_demo.contract import Dataset
from tgan_demo.data import catalogue, hub_sets
from tgan_demo.errors import DataError, NotFoundError, QuotaError, WeightsError
from tgan_demo.files.disk import (
    MIB,
    clean_title,
    read_json,
    write_json,
)
from tgan_demo.hub import fetch
from tgan_demo.models import upload
from tgan_demo.models.folder import NEEDED, SHOWN, files_of
from tgan_demo.people.links import Links
from tgan_demo.people.quota import QUOTA_BYTES, TOTAL_BYTES, Quota

logger = logging.getLogger(__name__)

MAX_FETCHED = 2  # data sets of the Hub that come at once, for all visitors
MAX_CACHED = 4  # built-in data sets held in memory, the first loaded goes first


@dataclass(frozen=True, slots=True)
class DataInfo:
    """One row of the data menu."""

    id: str
    title: str
    count: int  # 0: not known before it is loaded
    classes: tuple[str, ...]
    own: bool
    modality: str  # a name of modalities.registry


class Store(Quota):
    """What visitors own, and the data sets that all may use. Safe to use from many threads."""

    def __init__(
        self,
        data_dir: Path | None = None,
        quota_bytes: int = QUOTA_BYTES,
        total_bytes: int = TOTAL_BYTES,
    ) -> None:
        super().__init__(data_dir, quota_bytes, total_bytes)
        self.links = Links(self)
        self._making = threading.Lock()
        self._fetching = threading.BoundedSemaphore(MAX_FETCHED)
        self._cache: dict[str, Dataset] = {}

    # --- models

    def add_model_folder(
        self,
        visitor: str,
        folder: Path,
        *,
        instead_of: str | None = None,
        origin: str = "trained",
    ) -> str:
        """Take a copy of a model folder in; its id.

        Args:
            origin: one of models.listing.ORIGINS, where it came from.
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
            told = {"id": f"mine/{item}", "origin": origin}
            write_json(new / "config.json", read_json(new / "config.json") | told)
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
            return self.add_model_folder(visitor, folder, origin="uploaded")

    def import_hub(
        self, visitor: str, repo_id: str, *, progress: Callable[[str], None] | None = None
    ) -> str:
        """Fetch a model by its Hugging Face Hub id, with the same checks. Goes online.

        Args:
            repo_id: owner/name, or owner/name@revision: a branch, tag or commit.
        """
        self.require(visitor, MIB)
        repo_id, _, revision = repo_id.partition("@")
        with self.scratch() as folder:
            source = fetch.fetch_model(
                repo_id,
                folder / "fetched",
                files=SHOWN,
                needed=NEEDED,
                revision=revision or None,
                progress=progress,
            )
            (folder / "model").mkdir()
            upload.adopt(Path(source), folder / "model", repo_id)
            return self.add_model_folder(visitor, folder / "model", origin="hub")

    # --- data

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

    def add_dataset(self, visitor: str | None, dataset: Dataset) -> str:
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

    def import_hub_data(self, visitor: str | None, name: str) -> str:
        """Keep what a name of data.hub_sets gives as this visitor's own; its id. Goes online, as nobody.

        Raises:
            DataError: it cannot be had or used; see hub_sets.load.
            QuotaError: no room, or too many come already.
        """
        asked = hub_sets.parse(name)
        self.require(visitor, MIB)
        if not self._fetching.acquire(blocking=False):
            raise QuotaError(
                f"others fetch {MAX_FETCHED} data sets just now; try {asked.repo} again in a minute"
            )
        try:
            dataset = hub_sets.load(name, folder=self.data_dir / "hub")
        finally:
            self._fetching.release()
        return self.add_dataset(visitor, dataset)

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
