"""A user's own points: one "x y" a line, each -1..1."""

import numpy as np

from tgan_demo.data.item import check_array, told
from tgan_demo.errors import ConfigError, DataError


def read_file(path):
    return _point(path.read_text())


def decode(content, name, model):
    return _point(content.decode()), ""


def fit(model, item):
    if not isinstance(item, np.ndarray) or item.shape != (2,):
        raise ConfigError(f"{model.title} is a model of points; got {told(item)}")
    return item.astype(np.float32).clip(-1, 1)


def check(model, item):
    return check_array(item, np.float32, (2,), "a point")


def _point(text):
    try:
        x, y = map(float, text.split())
    except ValueError as error:
        raise DataError(f"wanted a point, two numbers; got {text[:40]!r}; write .3 -.2") from error
    return np.array([x, y], np.float32)
