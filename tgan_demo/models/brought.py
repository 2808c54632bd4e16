"""A user's own items, made to fit a model that is to make them again, and the .npz that they come in.

Axes: N items.
"""

from collections.abc import Iterable
from pathlib import Path

import numpy as np

from tgan_demo.data import npz
from tgan_demo.engine.draw.model import Model
from tgan_demo.errors import ConfigError, DataError
from tgan_demo.modalities import registry


def fitted(model: Model, items: Iterable[np.ndarray | str]) -> np.ndarray:
    """The items as the model takes them, in stored form.

    Raises ConfigError: there is none, one is something else, or says nothing of where to look for it.
    """
    bring = registry.get(model.config.modality).bring
    taken = []
    for i, item in enumerate(items):
        try:
            taken.append(bring.fit(model, item))
            refuse_blank(model, taken[-1])
        except ConfigError as error:
            raise ConfigError(f"item {i}: {error}") from error
    if not taken:
        raise ConfigError("wanted one item or more to look for; none came: bring some")
    return np.array(taken)


def refuse_blank(model: Model, item: np.ndarray | str) -> None:
    """Raises ConfigError: the item is silence, of one colour, or the like."""
    if blank := registry.get(model.config.modality).bring.blank(item):
        raise ConfigError(
            f"wanted something to look for; got {blank}, which is nowhere in particular in {model.title}: "
            "bring another"
        )


def read(model: Model, path: Path) -> tuple[np.ndarray, np.ndarray | None]:
    """What an .npz holds under the name that the model's modality saves items by, and its "labels", if any.

    Raises DataError: there is no such array, it can be no such items, or labels are not of the model's classes.
    """
    key = name_of(model)
    shapes = npz.headers(path)
    if key not in shapes:
        raise DataError(
            f"{model.title} is a model of {model.config.modality}: {path.name} needs an array {key!r}; "
            f"it has {', '.join(map(repr, shapes)) or 'none'}"
        )
    if not shapes[key]:
        raise DataError(f"{path.name}: {key!r} must have one row an item; it is a single value")
    with np.load(path, allow_pickle=False) as arrays:
        items = arrays[key]
        labels = arrays["labels"] if "labels" in shapes else None
    if labels is None or not model.config.classes:
        return items, None
    labels, count = npz.check_labels(labels, len(items), path), len(model.config.classes)
    if labels.max(initial=0) >= count:
        raise DataError(
            f"{path.name}: {model.title} has classes 0 to {count - 1}; labels have {labels.max()}: "
            "leave them out, and the class that begins nearest is taken"
        )
    return items, labels


def name_of(model: Model) -> str:
    """Of the array that a modality's items have in an .npz."""
    return registry.get(model.config.modality).files.name
