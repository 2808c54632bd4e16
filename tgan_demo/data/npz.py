"""Arrays of samples from an untrusted .npz: read without pickle, every header judged before its bytes
are unpacked.

Axes: N samples.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from tgan_demo.contract import Dataset
from tgan_demo.data import archive, held_out
from tgan_demo.data.limits import MAX_ARRAY_BYTES, MAX_NPZ_BYTES, mib
from tgan_demo.errors import DataError

MAX_CLASSES = 1000


def read_factored(
    path: Path,
    key: str,
    dtype: type,
    axes: int,
    *,
    modality: str,
    split: str = "train",
    factors: Mapping[str, Sequence[str]] | None = None,
    name: str = "",
    licence: str = "",
    source: str = "",
) -> Dataset:
    """Samples of an .npz under `key`, with classes made of factors.

    Args:
        split: "train" or "test", by a boolean array "is_test".
        factors: name of an array of whole numbers -> what its values are called. With several, a class
            is one of each ("seven / theo"), see engine.networks.class_parts.

    Raises:
        DataError: there is no such file, or it cannot be used as it is.
    """
    held_out.check(split)
    shapes = headers(path)
    wanted = (key, "is_test", *(factors or {}))
    if missing := [one for one in wanted if one not in shapes]:
        raise DataError(f"{path.name} needs arrays {', '.join(wanted)}; it lacks {missing[0]!r}")
    with np.load(path, allow_pickle=False) as arrays:
        items, is_test = arrays[key], arrays["is_test"]
        parts = {one: arrays[one] for one in factors or {}}
    if items.dtype != dtype or items.ndim != axes:
        raise DataError(
            f"{path.name}: {key} must be {np.dtype(dtype)} with {axes} axes; they are {items.dtype} "
            f"with {items.ndim}"
        )
    check_rows(is_test, "is_test", len(items), path)
    keep = is_test if split == "test" else ~is_test
    labels, classes = None, ()
    for one, names in (factors or {}).items():
        part = check_labels(parts[one], len(items), path)[keep]
        if part.max(initial=0) >= len(names):
            raise DataError(f"{path.name}: {one} has {part.max()} but {len(names)} names are given")
        labels = part if labels is None else labels * len(names) + part
        classes = tuple(f"{c} / {new}" for c in classes for new in names) or tuple(names)
    return Dataset(
        name=name or path.stem,
        items=items[keep],
        labels=labels,
        classes=classes,
        licence=licence,
        source=source or f"{path.name}, {split}",
        modality=modality,
    )


def headers(path: Path) -> dict[str, tuple[int, ...]]:
    """Shape of every array, read without unpacking one; refuses pickles and giants."""
    shapes: dict[str, tuple[int, ...]] = {}
    try:
        with archive.opened(path, most_bytes=MAX_NPZ_BYTES) as packed:
            for entry in packed.infolist():
                name = entry.filename.removesuffix(".npy")
                if reason := archive.complaint(entry):
                    raise DataError(f"{path.name}: array {name!r}: {reason}")
                with packed.open(entry) as file:
                    version = np.lib.format.read_magic(file)
                    if version != (1, 0):  # later ones allow headers of 4 GiB; none needs one
                        raise DataError(f"{path.name}: array {name!r} has an unusual header")
                    shape, _, dtype = np.lib.format.read_array_header_1_0(file)
                if dtype.hasobject:
                    raise DataError(
                        f"{path.name}: array {name!r} holds Python objects, which could run code; "
                        "save plain numbers or text"
                    )
                bytes_claimed = int(np.prod(shape, dtype=object)) * dtype.itemsize
                if bytes_claimed > MAX_ARRAY_BYTES:
                    raise DataError(
                        f"{path.name}: array {name!r} would take {mib(bytes_claimed)}; "
                        f"at most {mib(MAX_ARRAY_BYTES)}"
                    )
                shapes[name] = shape
    except DataError:
        raise
    except Exception as error:  # a damaged header makes numpy's parser raise anything
        raise DataError(f"{path.name} is not an .npz of arrays, or is damaged") from error
    return shapes


def check_rows(rows: np.ndarray, key: str, count: int, path: Path) -> None:
    if rows.dtype != bool or rows.shape != (count,):
        found = f"{rows.dtype} {rows.shape}"
        raise DataError(f"{path.name}: {key!r} must be bool of shape ({count},); it is {found}")


def check_labels(labels: np.ndarray, count: int, path: Path) -> np.ndarray:
    if labels.dtype.kind not in "iu" or labels.shape != (count,):
        raise DataError(
            f"{path.name}: labels must be whole numbers of shape ({count},); "
            f"they are {labels.dtype} {labels.shape}"
        )
    labels = labels.astype(np.int64)
    if labels.min(initial=0) < 0 or labels.max(initial=0) >= MAX_CLASSES:
        raise DataError(f"{path.name}: labels must be 0 to {MAX_CLASSES - 1}")
    return labels
