"""The models of a visitor: bundled ones, their own, and moments of their runs; found by id, and loaded.

Knows whose they are, not what is drawn with them.
"""

import difflib
import logging
import threading
from collections import OrderedDict
from collections.abc import Hashable
from pathlib import Path

from tgan_demo.config import SampleConfig
from tgan_demo.engine.draw.model import Model
from tgan_demo.errors import NotFoundError, TganError
from tgan_demo.modalities import registry
from tgan_demo.models import inside
from tgan_demo.models.folder import NEEDED, load_model
from tgan_demo.models.listing import Listing, ModelInfo
from tgan_demo.people.store import Store
from tgan_demo.runs import moments

logger = logging.getLogger(__name__)

MAX_LOADED = 8  # models kept in memory, about 10 MB each
FIRST = ("image/digits", "image/avatars", "image/clothes")  # of the bundled ones


class Library:
    """Safe to use from many threads."""

    def __init__(self, store: Store, weights_dir: Path) -> None:
        self._store, self._weights_dir = store, weights_dir
        self._listing = Listing()
        self._loaded: OrderedDict[Path, tuple[float, Model]] = OrderedDict()
        self._lock = threading.RLock()

    def models(self, visitor: str | None = None) -> list[ModelInfo]:
        """Bundled models, then the visitor's own, newest first. A damaged one is left out and logged."""
        folders = [(folder, False) for folder in self._bundled().values()]
        folders += [(folder, True) for folder in self._store.models(visitor)] if visitor else []
        infos = []
        for folder, own in folders:
            try:
                infos.append(self._describe(folder, own=own))
            except (TganError, OSError) as error:
                logger.warning("model %s is left out: %s", folder.name, error)
        return infos

    def info(self, model_id: str, visitor: str | None = None) -> ModelInfo:
        folder = self.folder(model_id, visitor)
        if moments.is_moment(model_id):
            return self._listing.describe(folder, model_id, own=True)
        return self._describe(folder, own=model_id.startswith("mine/"))

    def load(self, model_id: str, visitor: str | None = None) -> Model:
        """The model, from memory when its files have not changed. NotFoundError names near ids."""
        return self._load(self.folder(model_id, visitor))

    def asked(
        self, model_id: str, config: SampleConfig, visitor: str | None
    ) -> tuple[Model, Hashable]:
        """The model of a draw, and what the draw is known by while the model's files stay as they are."""
        folder = self.folder(model_id, visitor)
        model = self._load(folder)
        inside.check_label(model, config.label)
        return model, (folder, _changed(folder), config)

    def folder(self, model_id: str, visitor: str | None) -> Path:
        """Raises NotFoundError."""
        bundled = self._bundled()
        if model_id in bundled:
            return bundled[model_id]
        if visitor and str(model_id).startswith("mine/"):
            return self._store.model_folder(visitor, model_id)
        if visitor and moments.is_moment(model_id):
            return moments.folder_of(self._store, visitor, model_id)
        near = difflib.get_close_matches(str(model_id), bundled, n=1, cutoff=0.3)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        raise NotFoundError(
            f"there is no model {str(model_id)[:60]!r}; known: {', '.join(bundled)}{hint}"
        )

    def _bundled(self) -> dict[str, Path]:
        folders = sorted(p.parent for p in self._weights_dir.glob("*/*/config.json"))
        order = registry.names()
        folders.sort(key=lambda f: order.index(f.parent.name) if f.parent.name in order else 99)
        found = {f"{f.parent.name}/{f.name}": f for f in folders}
        first = [name for name in FIRST if name in found]
        return {name: found[name] for name in dict.fromkeys((*first, *found))}

    def _load(self, folder: Path) -> Model:
        changed = _changed(folder)
        with self._lock:
            known = self._loaded.get(folder)
            if known is None or known[0] != changed:
                known = (changed, load_model(folder))
            self._loaded[folder] = known
            self._loaded.move_to_end(folder)
            while len(self._loaded) > MAX_LOADED:
                self._loaded.popitem(last=False)
            return known[1]

    def _describe(self, folder: Path, *, own: bool) -> ModelInfo:
        parent = "mine" if own else folder.parent.name
        return self._listing.describe(folder, f"{parent}/{folder.name}", own=own)


def _changed(folder: Path) -> float:
    """Changes with the files of a model."""
    files = [folder / name for name in NEEDED]
    return sum(path.stat().st_mtime for path in files if path.is_file())
