"""One item of a user's own: what came, in words, and whether it is what a model takes."""

import numpy as np

from tgan_demo.errors import ConfigError


def told(item: object) -> str:
    """What somebody brought, as a complaint calls it."""
    if isinstance(item, np.ndarray):
        return f"{item.dtype} {'x'.join(map(str, item.shape))}"
    return "a text" if isinstance(item, str) else f"a {type(item).__name__}"


def check_array(item: object, dtype: type, shape: tuple[int, ...], noun: str) -> np.ndarray:
    """The item itself, an array of that form. Raises ConfigError."""
    if isinstance(item, np.ndarray) and item.dtype == dtype and item.shape == shape:
        return item
    raise ConfigError(
        f"wanted {np.dtype(dtype)}, {noun} of {' x '.join(map(str, shape))}; got {told(item)}; "
        "fit() makes one"
    )
