"""Data sets from disk: a folder or zip of pictures, or an .npz of pictures or sounds. For recipes and servers.

An npz is read without pickle, and every array's header is judged before its bytes are unpacked.

Axes: N samples, H, W pixels, C channels.
"""

import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from tgan_demo.contract import Dataset
from tgan_demo.data import archive
from tgan_demo.data.limits import KINDS, MAX_PICTURES, mib
from tgan_demo.errors import DataError
from tgan_demo.modalities.image import bring as pictures

SPLITS = ("train", "test")
MAX_ARRAY_BYTES = 2 * 2**30
MAX_CLASSES = 1000
PEAK = 0.9 * 32_767  # of every sound: recordings differ in level by 40 dB
_SUFFIXES = (".png", ".jpg", ".jpeg", ".webp", ".gif", ".bmp", ".tif", ".tiff")


def load(
    path: Path,
    *,
    split: str = "train",
    drop: str = "",
    classes: tuple[str, ...] = (),
    name: str = "",
    size: tuple[int, int] = (32, 32),
    channels: int = 3,
    licence: str = "",
    source: str = "",
) -> Dataset:
    """A data set from a folder of pictures, a zip of pictures, or an .npz.

    Args:
        split: "train" or "test", for an npz that has both.
        drop: name of a boolean array of the npz; its True rows are left out.
        classes: names of the classes, where the npz has labels but no `class_names`.
        size: height and width that pictures are fitted to; arrays keep their own.

    Raises:
        DataError: there is no such thing, or it cannot be used as it is.
    """
    path = Path(path)
    if split not in SPLITS:
        raise DataError(f"split is one of {', '.join(SPLITS)}; got {split!r}")
    name = name or path.stem
    if path.is_dir():
        files = sorted(p for p in path.rglob("*") if p.suffix.lower() in _SUFFIXES and p.is_file())
        if not files:
            raise DataError(f"{path.name} holds no pictures ({KINDS}); pick another folder")
        if len(files) > MAX_PICTURES:
            raise DataError(
                f"a folder may hold {MAX_PICTURES:,} pictures; {path.name} has {len(files):,}"
            )
        found = pictures.from_files(files, size=size, channels=channels, name=name)
        items, labels = found.items, None
    elif path.suffix.lower() == ".npz" and path.is_file():
        items, labels, classes = _read_npz(path, split, drop, classes)
    elif archive.is_zip(path):
        items, labels = pictures.from_zip(path, size=size, channels=channels).items, None
    else:
        raise DataError(
            f"wanted a folder or a zip of pictures, or an .npz; there is none at {path.name}"
        )
    return Dataset(
        name=name,
        items=items,
        labels=labels,
        classes=classes if labels is not None else (),
        licence=licence,
        source=source or f"{path.name}, {split}",
        modality="image",
    )


def load_sounds(path: Path, **about: object) -> Dataset:
    """Sounds of an .npz that has "audio" int16 (N, S), 1.024 s each, made as loud as the others; see
    _load_factored.
    """
    data = _load_factored(path, "audio", np.int16, 2, modality="audio", **about)
    peak_N1 = np.abs(data.items.astype(np.float32)).max(axis=1, keepdims=True).clip(1)
    return replace(data, items=(data.items * (PEAK / peak_N1)).astype(np.int16))


def load_clips(path: Path, **about: object) -> Dataset:
    """Clips of an .npz that has "videos" uint8 (N, T, H, W, C); see _load_factored."""
    return _load_factored(path, "videos", np.uint8, 5, modality="video", **about)


def _load_factored(
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
    shapes = _headers(path)
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
    _check_rows(is_test, "is_test", len(items), path)
    keep = is_test if split == "test" else ~is_test
    labels, classes = None, ()
    for one, names in (factors or {}).items():
        part = _check_labels(parts[one], len(items), path)[keep]
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


def _read_npz(
    path: Path, split: str, drop: str, classes: tuple[str, ...]
) -> tuple[np.ndarray, np.ndarray | None, tuple[str, ...]]:
    """Images, labels and class names of one split."""
    shapes = _headers(path)
    image_key, label_key = (
        ("images", "labels") if "images" in shapes else (f"x_{split}", f"y_{split}")
    )
    if image_key not in shapes:
        there = ", ".join(shapes) or "none"
        raise DataError(f"{path.name} needs an array 'images' or {image_key!r}; it has {there}")
    try:
        with np.load(path, allow_pickle=False) as arrays:
            images = _check_images(arrays[image_key], path)
            labels = arrays[label_key] if label_key in shapes else None
            is_test = arrays["is_test"] if image_key == "images" and "is_test" in shapes else None
            dropped = arrays[drop] if drop in shapes else None
            if "class_names" in shapes:
                classes = tuple(str(text)[:60] for text in arrays["class_names"].ravel())
    except DataError:
        raise
    except Exception as error:  # a damaged stream makes the unpacker raise anything
        raise DataError(f"{path.name} is damaged; save it anew with numpy.savez") from error
    keep = np.ones(len(images), bool)
    if is_test is not None:
        _check_rows(is_test, "is_test", len(images), path)
        keep &= is_test if split == "test" else ~is_test
    elif split == "test" and image_key == "images":
        raise DataError(f"{path.name} has no test part ('x_test' or 'is_test'); use 'train'")
    if dropped is not None:
        _check_rows(dropped, drop, len(images), path)
        keep &= ~dropped
    elif drop:
        raise DataError(f"{path.name} has no {drop!r} to drop by; it has {', '.join(shapes)}")
    if not keep.any():
        raise DataError(f"{path.name} has no samples left in {split!r}; check 'drop' and 'split'")
    if labels is not None:
        labels = _check_labels(labels, len(images), path)
        classes = classes or tuple(map(str, range(int(labels.max()) + 1)))
        if len(classes) <= labels.max():
            raise DataError(f"{path.name} has label {labels.max()} but {len(classes)} class names")
        labels = labels[keep]
    return np.ascontiguousarray(images[keep]), labels, classes


def _headers(path: Path) -> dict[str, tuple[int, ...]]:
    """Shape of every array, read without unpacking one; refuses pickles and giants."""
    shapes: dict[str, tuple[int, ...]] = {}
    try:
        with zipfile.ZipFile(path) as packed:
            for entry in packed.infolist():
                name = entry.filename.removesuffix(".npy")
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


def _check_rows(rows: np.ndarray, key: str, count: int, path: Path) -> None:
    if rows.dtype != bool or rows.shape != (count,):
        found = f"{rows.dtype} {rows.shape}"
        raise DataError(f"{path.name}: {key!r} must be bool of shape ({count},); it is {found}")


def _check_images(images: np.ndarray, path: Path) -> np.ndarray:
    """uint8 (N, H, W, C)."""
    if images.dtype != np.uint8:
        raise DataError(f"{path.name}: images must be uint8, 0..255; they are {images.dtype}")
    if images.ndim == 3:
        images = images[..., None]
    if images.ndim != 4 or images.shape[-1] not in (1, 3) or 0 in images.shape:
        raise DataError(
            f"{path.name}: images must be (N, H, W) or (N, H, W, 1 or 3); they are {images.shape}"
        )
    return images


def _check_labels(labels: np.ndarray, count: int, path: Path) -> np.ndarray:
    if labels.dtype.kind not in "iu" or labels.shape != (count,):
        raise DataError(
            f"{path.name}: labels must be whole numbers of shape ({count},); "
            f"they are {labels.dtype} {labels.shape}"
        )
    labels = labels.astype(np.int64)
    if labels.min(initial=0) < 0 or labels.max(initial=0) >= MAX_CLASSES:
        raise DataError(f"{path.name}: labels must be 0 to {MAX_CLASSES - 1}")
    return labels
