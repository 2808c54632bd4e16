"""Classes from folders: cats/1.png and dogs/1.png are of two classes, whatever lies above the folders."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

MAX_CLASSES = 1000
MIN_MEAN = 5  # files of a class, on average; folders with fewer are no classes
_PARTS = frozenset(("train", "training", "test", "testing", "val", "valid", "validation", "dev"))


@dataclass(frozen=True, slots=True)
class ByFolder:
    """What the folders of a pile of files say."""

    classes: tuple[str, ...] = ()
    labels: np.ndarray | None = None  # int64 (N,), of each file
    said: str = ""  # why folders are no classes; "": they are, or there are none

    def choices(self, options: Mapping[str, Any]) -> dict[str, Any]:
        """For the page, which asks whether folders are classes: their names, and what was chosen."""
        if not self.classes:
            return {}
        return {"folders": list(self.classes), "by_folder": is_wanted(options)}


def is_wanted(options: Mapping[str, Any]) -> bool:
    """Folders are classes unless the user says that they are not."""
    return options.get("by_folder") is not False


def by_folder(names: Sequence[str]) -> ByFolder:
    """Classes of files by their names below what was brought, "birds/cats/1.png".

    Folders that hold everything say nothing, nor do "train" and "test"; of those below them the first
    is the class.
    """
    folders = [name.replace("\\", "/").split("/")[:-1] for name in names]
    while (
        folders
        and all(folders)
        and (
            len({parts[0] for parts in folders}) == 1
            or all(parts[0].lower() in _PARTS for parts in folders)
        )
    ):
        folders = [parts[1:] for parts in folders]
    if not any(folders):
        return ByFolder()
    if not all(folders):
        return ByFolder(said="folders are no classes here: some files lie in none of them")
    named = [_clean(parts[0]) for parts in folders]
    classes = tuple(sorted(set(named), key=natural))
    if len(named) < MIN_MEAN * len(classes):
        return ByFolder(
            said=f"folders are no classes here: {len(classes):,} hold {len(named):,} files; "
            f"{MIN_MEAN} each are the least"
        )
    if len(classes) > MAX_CLASSES:
        return ByFolder(
            said=f"folders are no classes here: {len(classes):,} are more than {MAX_CLASSES:,}"
        )
    place = {name: k for k, name in enumerate(classes)}
    return ByFolder(classes, np.array([place[name] for name in named], np.int64))


def natural(name: str) -> tuple[list[object], str]:
    """A key to sort by: frame2 before frame10. Digits are compared by their count, then as text."""
    parts: list[Any] = re.split(r"([0-9]+)", name.lower())
    for k in range(1, len(parts), 2):
        digits = str(parts[k]).lstrip("0")
        parts[k] = (len(digits), digits)
    return parts, name


def _clean(folder: str) -> str:
    """A class's name, fit to be shown; a Mac takes accents off their letters."""
    printable = "".join(c if c.isprintable() else " " for c in folder)
    return unicodedata.normalize("NFC", " ".join(printable.split()))[:60] or "?"
