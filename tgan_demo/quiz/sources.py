"""Where a game's real samples may come from: painters of our own, a known set of the Hub, the visitor's own.

A set that is nothing like what the model learned from makes no game, so of the shared ones only that is
offered; a visitor knows about their own.
"""

from dataclasses import dataclass

import numpy as np

from tgan_demo.contract import Dataset
from tgan_demo.data import catalogue, held_out, hub, recipes
from tgan_demo.errors import NotFoundError
from tgan_demo.models.listing import ModelInfo
from tgan_demo.people.store import DataInfo, Store

POOL = 300  # samples that a game's are chosen from
PER_CLASS = 3  # of them, at the least, where our own code makes them
MAX_POOL = 800


@dataclass(frozen=True, slots=True)
class Source:
    """One set of real samples."""

    id: str  # of Store.datasets
    title: str
    kind: str  # "made" by our own code, "hub": to be fetched, "own": the visitor's
    is_learned: bool  # the very data that the model learned from

    @property
    def is_seen(self) -> bool:
        """Whether D may have trained on these samples: those of others are held out, or made anew."""
        return self.kind == "own"


def sources(info: ModelInfo, store: Store, visitor: str | None) -> tuple[Source, ...]:
    """What there is for a model, what it learned from first; () where the visitor has to bring some."""
    recipe = None if info.own else recipes.of(info.id)
    made = recipe.data.get("made", "") if recipe else ""
    rows = [row for row in store.datasets(visitor) if row.modality == info.modality]
    found = [source for row in rows if (source := _source(row, info, made))]
    return tuple(sorted(found, key=lambda source: not source.is_learned))


def find(source_id: str, info: ModelInfo, store: Store, visitor: str | None) -> Source:
    """The source of that id. Raises NotFoundError: it is not among this model's."""
    for source in sources(info, store, visitor):
        if source.id == source_id:
            return source
    raise NotFoundError(
        f"{info.title} has no real samples of the id {str(source_id)[:40]!r}; choose one of the list"
    )


def pool(
    source: Source, info: ModelInfo, store: Store, visitor: str | None, rng: np.random.Generator
) -> Dataset:
    """Some of a source's samples, drawn by chance, as they are stored. One of the Hub goes online.

    Raises:
        DataError: they could not be fetched, or are damaged.
    """
    if source.kind == "hub":
        name = source.id.removeprefix(catalogue.HUB)
        folder = store.data_dir / "hub"
        every = hub.load(name, cache_dir=folder, split="test")
        return every.rows(rng.permutation(len(every))[:POOL])
    recipe = recipes.of(info.id)
    step = recipe.data.get("hold_every", 0) if recipe and not info.own else 0
    if source.kind == "made" and not step:
        known = catalogue.find(source.id)
        count = min(MAX_POOL, max(POOL // 3, PER_CLASS * len(known.classes)))
        items, labels = known.more(count, int(rng.integers(2, 2**31)))
        return Dataset(source.title, items, labels, known.classes, modality=known.modality)
    every = store.dataset(visitor, source.id)
    rows = np.flatnonzero(held_out.every(len(every), step, "test"))
    return every.rows(rng.permutation(rows)[:POOL])


def _source(row: DataInfo, info: ModelInfo, made: str) -> Source | None:
    if row.own:
        return Source(row.id, row.title, "own", info.own and row.title == info.data)
    if row.id.startswith(catalogue.HUB):
        key = row.id.removeprefix(catalogue.HUB)
        title = hub.find(key).title
        return Source(row.id, title, "hub", True) if info.data in (title, key) else None
    known = catalogue.find(row.id)
    name = known.maker.name or known.id if known.maker else ""
    if row.id == made or (info.own and info.data == name):
        return Source(row.id, row.title, "made", True)
    return None
