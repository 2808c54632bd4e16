"""The media there are, and by which routes they come to be. A line each; its file holds MODALITY."""

import importlib

import numpy as np

from tgan_demo.contract import Tokenizer
from tgan_demo.errors import NotFoundError

ROUTES = {  # (medium, ModelConfig.route) -> module
    ("image", "direct"): "modalities.image.tokens",
    ("text", "direct"): "modalities.text.tokens",
    ("text", "latent"): "modalities.text.latent",
    ("audio", "direct"): "modalities.audio.tokens",
    ("video", "direct"): "modalities.video.tokens",
}
NAMES = tuple(name for name, route in ROUTES if route == "direct")


def load(name: str, route: str = "direct") -> Tokenizer:
    """The medium of that name, imported on first use."""
    if name not in NAMES:
        raise NotFoundError(f"there is no modality {name[:40]!r}; known: {', '.join(NAMES)}")
    if (name, route) not in ROUTES:
        known = ", ".join(r for n, r in ROUTES if n == name)
        raise NotFoundError(f"{name} has no route {route[:40]!r}; known: {known}")
    return importlib.import_module(f"tgan_demo.{ROUTES[name, route]}").MODALITY


def of(items: np.ndarray) -> Tokenizer:
    """The medium that stored items belong to: strings are text, bytes pictures or (five axes) clips,
    int16 sounds.
    """
    if items.ndim == 5:
        return load("video")
    return load({"U": "text", "i": "audio"}.get(items.dtype.kind, "image"))
