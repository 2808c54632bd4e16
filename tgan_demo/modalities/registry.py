"""The media there are. One name a line; a file of that name beside this one holds MODALITY."""

import importlib

import numpy as np

from tgan_demo.errors import NotFoundError
from tgan_demo.modalities.base import Modality

NAMES = ("image", "text")


def load(name: str) -> Modality:
    """The medium of that name, imported on first use."""
    if name not in NAMES:
        raise NotFoundError(f"there is no modality {name[:40]!r}; known: {', '.join(NAMES)}")
    return importlib.import_module(f"tgan_demo.modalities.{name}").MODALITY


def of(items: np.ndarray) -> Modality:
    """The medium that stored items belong to: strings are text, arrays of bytes are pictures."""
    return load("text" if items.dtype.kind == "U" else "image")
