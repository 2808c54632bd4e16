"""Of which modality a user's files are: each folder is asked, and the first that knows them has them."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tgan_demo.contract import Dataset
from tgan_demo.data import archive
from tgan_demo.modalities import registry
from tgan_demo.parts import Upload


def look_into(paths: Sequence[Path]) -> Upload:
    """The files by name, those in folders and zips too; nothing is unpacked.

    Raises:
        DataError: a zip is damaged, or larger than we open.
    """
    files: list[Path] = []
    for path in map(Path, paths):
        files += sorted(p for p in path.rglob("*") if p.is_file()) if path.is_dir() else [path]
    is_zip = [archive.is_zip(path) for path in files]
    zips = [path for path, zipped in zip(files, is_zip, strict=True) if zipped]
    return Upload(
        paths=tuple(map(Path, paths)),
        loose=tuple(path for path, zipped in zip(files, is_zip, strict=True) if not zipped),
        zips=tuple(zips),
        packed=tuple(name for path in zips for name in archive.names(path)),
    )


def modality_of(upload: Upload, options: Mapping[str, Any] | None = None) -> str:
    """The name of the modality whose files they are.

    Asked from the last to the first, since a later one is the more particular: a clip may look like
    a picture. The first takes what nobody knows, and its `bring` says what is wrong with it.

    Args:
        options: what the user chose on the page, as `bring.preview` reads it.
    """
    names = registry.names()
    chosen = (
        name
        for name in reversed(names)
        if registry.get(name).bring.recognises(upload, options or {})
    )
    return next(chosen, names[0])


def load(upload: Upload, options: Mapping[str, Any] | None = None, *, name: str = "") -> Dataset:
    """A user's files as a data set. Raises DataError."""
    bring = registry.get(modality_of(upload, options)).bring
    return bring.load(upload, options or {}, name=name)
