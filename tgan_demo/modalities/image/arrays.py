"""Image data sets of this disk: an .npz of arrays, a folder or a zip of pictures.

Axes: N samples, H, W pixels, C channels.
"""

from pathlib import Path

import numpy as np

from tgan_demo.contract import Dataset
from tgan_demo.data import archive, held_out, npz, recognise
from tgan_demo.data.limits import KINDS, MAX_PICTURES
from tgan_demo.errors import DataError
from tgan_demo.modalities.image.uploads import from_files

SUFFIXES = (".png", ".jpg", ".jpeg", ".webp", ".gif", ".bmp", ".tif", ".tiff")


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
    held_out.check(split)
    name = name or path.stem
    if path.is_dir():
        upload = recognise.look_into([path])
        files = upload.files(SUFFIXES)
        if not files:
            raise DataError(f"{path.name} holds no pictures ({KINDS}); pick another folder")
        if len(files) > MAX_PICTURES:
            raise DataError(
                f"a folder may hold {MAX_PICTURES:,} pictures; {path.name} has {len(files):,}"
            )
        found = from_files(files, size=size, channels=channels, names=upload.names)
        items, labels, classes = found.items, found.labels, found.classes
    elif path.suffix.lower() == ".npz" and path.is_file():
        items, labels, classes = _read_npz(path, split, drop, classes)
    elif archive.is_zip(path):
        found = from_files([path], size=size, channels=channels)
        items, labels, classes = found.items, found.labels, found.classes
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


def _read_npz(
    path: Path, split: str, drop: str, classes: tuple[str, ...]
) -> tuple[np.ndarray, np.ndarray | None, tuple[str, ...]]:
    """Images, labels and class names of one split."""
    shapes = npz.headers(path)
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
        npz.check_rows(is_test, "is_test", len(images), path)
        keep &= is_test if split == "test" else ~is_test
    elif split == "test" and image_key == "images":
        raise DataError(f"{path.name} has no test part ('x_test' or 'is_test'); use 'train'")
    if dropped is not None:
        npz.check_rows(dropped, drop, len(images), path)
        keep &= ~dropped
    elif drop:
        raise DataError(f"{path.name} has no {drop!r} to drop by; it has {', '.join(shapes)}")
    if not keep.any():
        raise DataError(f"{path.name} has no samples left in {split!r}; check 'drop' and 'split'")
    if labels is not None:
        labels = npz.check_labels(labels, len(images), path)
        classes = classes or tuple(map(str, range(int(labels.max()) + 1)))
        if len(classes) <= labels.max():
            raise DataError(f"{path.name} has label {labels.max()} but {len(classes)} class names")
        labels = labels[keep]
    return np.ascontiguousarray(images[keep]), labels, classes


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
