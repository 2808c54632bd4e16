"""Of which modality a user's files are: each folder is asked, and the first that knows them has them."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tgan_demo.contract import Dataset
from tgan_demo.data import archive
from tgan_demo.data.folders import by_folder
from tgan_demo.data.litter import is_litter
from tgan_demo.modalities import registry
from tgan_demo.parts import Upload


def look_into(paths: Sequence[Path], called: Mapping[Path, str] | None = None) -> Upload:
    """The files by name, those in folders and zips too; nothing is unpacked, litter is left out.

    Args:
        called: what a file is called in the folder that it comes from, "birds/cats/1.png".

    Raises:
        DataError: a zip is damaged, or larger than we open.
    """
    paths = list(map(Path, paths))
    names: dict[Path, str] = dict(called or {})
    paths = [p for p in paths if p.is_dir() or not is_litter(names.get(p, p.name))] or paths
    files: list[Path] = []
    for path in paths:
        if not path.is_dir():
            files.append(path)
            continue
        inside = {file: file.relative_to(path).as_posix() for file in sorted(path.rglob("*"))}
        kept = {p: name for p, name in inside.items() if p.is_file() and not is_litter(name)}
        files += kept
        names |= {file: f"{path.resolve().name}/{name}" for file, name in kept.items()}
    is_zip = [archive.is_zip(path) for path in files]
    zips = [path for path, zipped in zip(files, is_zip, strict=True) if zipped]
    return Upload(
        paths=tuple(paths),
        loose=tuple(path for path, zipped in zip(files, is_zip, strict=True) if not zipped),
        zips=tuple(zips),
        packed=tuple(name for path in zips for name in archive.names(path)),
        names=names,
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


def folders_are(upload: Upload, dataset: Dataset | None = None) -> str:
    """Why folders did not become classes; "" where they did, or where there are none."""
    if dataset is not None and dataset.labels is not None:
        return ""
    found = by_folder([*(upload.names.get(p, p.name) for p in upload.loose), *upload.packed])
    return found.said or ("the folders are not used as classes" if found.classes else "")
