"""The class that a model's bundled encoder sees in an item: what D is asked as where nobody says.

D's logits of two classes for one item say nothing about which fits: it never saw an item under a wrong class.
"""

from functools import lru_cache
from pathlib import Path

import numpy as np

from tgan_demo.config import factors
from tgan_demo.engine.draw.model import Model
from tgan_demo.measure.encoder import FILE, SmallEncoder, load_encoder
from tgan_demo.modalities import registry


def class_of(model: Model, item: np.ndarray | str) -> int | None:
    """The likeliest class of an item of the model's shape; None without classes, or without an encoder
    that knows them."""
    classes = model.config.classes
    if not classes or not (model.folder / FILE).is_file():
        return None
    encoder = _encoder(model.folder)
    sizes = [len(values) for values in factors(classes)] or [len(classes)]
    heads = _heads(encoder.targets, sizes)
    if len(heads) < len(sizes):
        return None
    seen = registry.get(model.config.modality).measure.see(np.asarray(item)[None])
    values = [int(encoder.probabilities(seen, head)[0].argmax()) for head in heads]
    return int(np.ravel_multi_index(values, sizes))


def _heads(targets: dict[str, int], sizes: list[int]) -> list[str]:
    """The encoder's heads for the factors of a class, in their order; it may have others between them."""
    left, found = list(sizes), []
    for name, size in targets.items():
        if left and size == left[0]:
            found.append(name)
            left.pop(0)
    return found


@lru_cache(maxsize=16)
def _encoder(folder: Path) -> SmallEncoder:
    return load_encoder(folder)
