"""The catalogue of data sets: what our own code makes, and what is known by name on the Hub.

One look-up for the page, the command line and recipes. Nothing is made or fetched before it is loaded,
and no painter is imported before the catalogue is first opened.
"""

import difflib
import functools
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tgan_demo.contract import Dataset
from tgan_demo.data import hub
from tgan_demo.errors import NotFoundError
from tgan_demo.modalities import registry
from tgan_demo.parts import Maker

HUB = "hub:"  # how the id of a set begins that is fetched
MAX_MADE = 8_000  # samples of a made set that are held in memory for a run


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One data set by name, before anything of it is here."""

    id: str
    title: str
    modality: str
    classes: tuple[str, ...]
    maker: Maker | None = None  # None: it is on the Hub

    @property
    def count(self) -> int:
        """Samples that a run chosen from the menu learns from; 0: not known before it is loaded."""
        return min(self.maker.count, MAX_MADE) if self.maker and self.few else 0

    @property
    def few(self) -> int:
        """Samples that show what it is; 0: how many there are is known when all are here."""
        return self.maker.few if self.maker else 0

    @property
    def most(self) -> int:
        """Samples that a recipe learns from unless it says how many; 0: it is on the Hub."""
        return self.maker.most if self.maker else 0

    def load(self, cache_dir: Path) -> Dataset:
        """The data set as a run learns from it. What comes from the Hub is kept in `cache_dir`.

        Raises:
            DataError: it could not be fetched.
        """
        if self.maker is None:
            return hub.load(self.id.removeprefix(HUB), cache_dir=cache_dir)
        return self.make(min(self.maker.count, MAX_MADE))

    def make(self, count: int | None = None, *, seed: int = 0) -> Dataset:
        """The first `count` samples of a seed, as many as a recipe wants if left out."""
        maker = self.maker
        assert maker is not None, "what is on the Hub is loaded, not made"
        name, count = maker.name or self.id, maker.most if count is None else count
        items, labels = maker.make(count, seed)
        return Dataset(
            name=name,
            items=items,
            labels=labels,
            classes=maker.classes,
            licence=maker.licence,
            source=maker.source.format(name=name, count=count, seed=seed),
            modality=self.modality,
        )

    def more(self, count: int, seed: int) -> tuple[np.ndarray, np.ndarray | None]:
        """So many new samples; other seeds than 0 and 1, of which recipes make their parts, give others.

        Classes go round in a made set: which one is first is the seed's too.
        """
        maker = self.maker
        assert maker is not None, "what is on the Hub ends"
        first = seed % max(1, len(maker.classes))
        items, labels = maker.make(first + count, seed)
        return items[first:], None if labels is None else labels[first:]


def built_in() -> dict[str, Source]:
    """Every set that is known by name, in the order of the menu: id -> source."""
    return _built_in(registry.names())


def find(data_id: str) -> Source:
    """The set of that name. Raises NotFoundError, which names the nearest."""
    known = built_in()
    if data_id not in known:
        near = difflib.get_close_matches(str(data_id), known, n=1, cutoff=0.3)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        raise NotFoundError(
            f"there is no data set {str(data_id)[:60]!r}; known: {', '.join(known)}{hint}"
        )
    return known[data_id]


def make(data_id: str, count: int | None = None, *, seed: int = 0) -> Dataset:
    """The first samples of a set that we make; see Source.make."""
    source = find(data_id)
    if source.maker is None:
        raise NotFoundError(f"{data_id} is not made here; load it")
    return source.make(count, seed=seed)


@functools.cache
def _built_in(modalities: tuple[str, ...]) -> dict[str, Source]:
    found = {
        key: Source(id=key, title=maker.title, modality=name, classes=maker.classes, maker=maker)
        for name in modalities
        for key, maker in registry.get(name).makers.MAKERS.items()
    }
    return found | {
        HUB + key: Source(
            id=HUB + key,
            title=f"{known.title} (download)",
            modality=known.modality,
            classes=known.classes,
        )
        for key, known in hub.KNOWN.items()
    }
