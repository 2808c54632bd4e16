"""Data sets by name from the Hugging Face Hub. Goes online only when a user asks.

Asks as nobody (no token), so a visitor reaches what is public and nothing that belongs to whoever
runs the studio. Sizes are asked before a byte is fetched. Only tables are read.

Axes: N samples, H, W pixels, C channels.
"""

import difflib
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import huggingface_hub
import numpy as np

from tgan_demo.contract import Dataset
from tgan_demo.data import pictures
from tgan_demo.data.limits import MAX_ITEM_BYTES, mib
from tgan_demo.errors import DataError, NotFoundError
from tgan_demo.hub.reach import bring, unreachable

MAX_TABLE_BYTES = 256 * 2**20
MAX_ROWS = 200_000
_IMAGE_COLUMNS = ("image", "img", "picture")
_LABEL_COLUMNS = ("label", "labels", "fine_label")


@dataclass(frozen=True, slots=True)
class HubSet:
    """One known data set: tables of {image: {bytes, path}, label}."""

    title: str
    repo: str
    folder: str  # holds train-00000-of-00001.parquet and test-…
    size: tuple[int, int]
    channels: int
    licence: str
    classes: tuple[str, ...]
    modality: str = "image"

    def file(self, split: str) -> str:
        return f"{self.folder}/{split}-00000-of-00001.parquet"


_DIGITS = tuple("0123456789")
_CLOTHES = (
    "T-shirt", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag",
    "ankle boot",
)  # fmt: skip
_THINGS = (
    "airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck",
)  # fmt: skip
_NO_LICENCE = "none stated; for research"
KNOWN: dict[str, HubSet] = {
    "mnist": HubSet(
        "MNIST", "ylecun/mnist", "mnist", (28, 28), 1, "CC BY-SA 3.0 as usually quoted", _DIGITS
    ),
    "fashion_mnist": HubSet(
        "Fashion-MNIST",
        "zalando-datasets/fashion_mnist",
        "fashion_mnist",
        (28, 28),
        1,
        "MIT",
        _CLOTHES,
    ),
    "cifar10": HubSet(
        "CIFAR-10", "uoft-cs/cifar10", "plain_text", (32, 32), 3, _NO_LICENCE, _THINGS
    ),
    "svhn": HubSet(
        "Street View House Numbers",
        "ufldl-stanford/svhn",
        "cropped_digits",
        (32, 32),
        3,
        "non-commercial use",
        _DIGITS,
    ),
}


def fetch(
    name: str,
    *,
    cache_dir: Path,
    split: str = "train",
    progress: Callable[[str], None] | None = None,
) -> Path:
    """Where the table of a known data set lies on this disk, downloaded if it did not.

    Raises:
        NotFoundError: no data set of that name is known here.
        DataError: it could not be reached, or is larger than we take.
    """
    known = find(name)
    if split not in ("train", "test"):
        raise DataError(f"split is train or test; got {split!r}")
    return _download(known.repo, known.file(split), cache_dir, known.title, progress)


def load(
    name: str,
    *,
    cache_dir: Path,
    split: str = "train",
    limit: int | None = None,
    progress: Callable[[str], None] | None = None,
) -> Dataset:
    """`fetch`, then `read_parquet` with what is known of the set."""
    known = find(name)
    path = fetch(name, cache_dir=cache_dir, split=split, progress=progress)
    return read_parquet(
        path,
        name=name,
        size=known.size,
        channels=known.channels,
        classes=known.classes,
        limit=limit,
        licence=known.licence,
        source=f"https://huggingface.co/datasets/{known.repo}, {split}",
    )


def find(name: str) -> HubSet:
    if name not in KNOWN:
        near = difflib.get_close_matches(str(name), KNOWN, n=1, cutoff=0.3)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        raise NotFoundError(f"known on the Hub: {', '.join(KNOWN)}; got {str(name)[:60]!r}{hint}")
    return KNOWN[name]


def read_parquet(
    path: Path,
    *,
    name: str = "",
    size: tuple[int, int] = (32, 32),
    channels: int = 3,
    classes: tuple[str, ...] = (),
    limit: int | None = None,
    licence: str = "",
    source: str = "",
) -> Dataset:
    """A table of encoded pictures, fitted to `size`; labels where there is a label column.

    Class names: the table's own, else `classes`, else the numbers.

    Raises:
        DataError: not such a table, a picture in it is damaged, or it is larger than we take.
    """
    try:
        from pyarrow import ArrowException, parquet
    except ImportError as error:
        raise DataError("reading tables from the Hub needs pyarrow; pip install pyarrow") from error
    path = Path(path)
    images: list[np.ndarray] = []
    labels: list[int | None] = []
    try:
        with parquet.ParquetFile(path) as table:
            columns = table.schema_arrow.names
            image_key = next((key for key in _IMAGE_COLUMNS if key in columns), None)
            label_key = next((key for key in _LABEL_COLUMNS if key in columns), None)
            if image_key is None:
                raise DataError(
                    f"{path.name} needs a column {' or '.join(_IMAGE_COLUMNS)}; "
                    f"it has {', '.join(columns)[:200]}"
                )
            rows = min(table.metadata.num_rows, limit or MAX_ROWS)
            if rows > MAX_ROWS or rows * size[0] * size[1] * channels > MAX_ITEM_BYTES:
                raise DataError(
                    f"{path.name} has {rows:,} pictures, more than we take; set a limit"
                )
            names = _class_names(table.schema_arrow.metadata, label_key)
            wanted = [key for key in (image_key, label_key) if key]
            for batch in table.iter_batches(batch_size=256, columns=wanted):
                rows_left = rows - len(images)
                for cell in batch.column(image_key).to_pylist()[:rows_left]:
                    images.append(_picture(cell, size, channels, len(images)))
                if label_key:
                    labels.extend(batch.column(label_key).to_pylist()[:rows_left])
                if len(images) >= rows:
                    break
    except (ArrowException, OSError) as error:
        raise DataError(
            f"{path.name} is not a parquet table, or is damaged; fetch it again"
        ) from error
    if not images:
        raise DataError(f"{path.name} has no pictures")
    labels_N = None
    if label_key:
        if not all(isinstance(label, int) and 0 <= label < 1000 for label in labels):
            raise DataError(f"{path.name}: labels must be whole numbers, 0 to 999")
        labels_N = np.array(labels, np.int64)
        highest = int(labels_N.max())
        classes = next(
            (found for found in (names, classes) if len(found) > highest),
            tuple(map(str, range(highest + 1))),
        )
    return Dataset(
        name=name or path.stem,
        items=np.stack(images),
        labels=labels_N,
        classes=classes if labels_N is not None else (),
        licence=licence,
        source=source or path.name,
        modality="image",
    )


def _download(
    repo: str, file: str, cache_dir: Path, title: str, progress: Callable[[str], None] | None
) -> Path:
    cached = huggingface_hub.try_to_load_from_cache(
        repo, file, cache_dir=cache_dir, repo_type="dataset"
    )
    if isinstance(cached, str):
        return Path(cached)
    try:
        url = huggingface_hub.hf_hub_url(repo, file, repo_type="dataset")
        size = huggingface_hub.get_hf_file_metadata(url, token=False).size
    except Exception as error:  # the library's transport and its errors change with its version
        raise unreachable(title, error) from error
    if size is None or size > MAX_TABLE_BYTES:
        found = "unknown" if size is None else mib(size)
        raise DataError(f"a table may take {mib(MAX_TABLE_BYTES)}; {title} takes {found}")
    if progress:
        progress(f"{title}: {mib(size)}")
    return bring(repo, file, repo_type="dataset", cache_dir=cache_dir)


def _picture(cell: object, size: tuple[int, int], channels: int, row: int) -> np.ndarray:
    content = cell.get("bytes") if isinstance(cell, dict) else cell
    if not isinstance(content, bytes):
        raise DataError(f"row {row} holds no picture bytes")
    try:
        return pictures.fit(pictures.open_picture(content), size, channels)
    except pictures.PictureError as error:
        raise DataError(f"row {row}: {error}") from error


def _class_names(metadata: dict[bytes, bytes] | None, label_key: str | None) -> tuple[str, ...]:
    """Names that the `datasets` library left in the table, if it did."""
    try:
        features = json.loads((metadata or {})[b"huggingface"])["info"]["features"]
        names = features[label_key]["names"]
    except (KeyError, TypeError, ValueError):
        return ()
    return tuple(str(name)[:60] for name in names) if isinstance(names, list) else ()
