"""A user's own points: files called .ring, one "x y" a line, each -1..1."""

import numpy as np

from tgan_demo.contract import Dataset
from tgan_demo.data import gather as gathering
from tgan_demo.data.item import check_array, told
from tgan_demo.errors import ConfigError
from tgan_demo.parts import Preview

LEAST, MOST, MOST_BYTES = 3, 1000, 2**20


class PointError(gathering.Unusable):
    wanted = "a point"


def recognises(upload, options):
    return upload.share((".ring",)) > 0.5


def preview(upload, options):
    found = gathered(upload)
    return Preview(
        items=np.array(found.items[:20]),
        columns=5,
        count=len(found.items),
        least=LEAST,
        left_out=found.left_out,
        refused=tuple(map(str, found.refused)),
        title=upload.title("my points"),
    )


def load(upload, options, *, name=""):
    items = np.array(gathered(upload).items)
    return Dataset(name or upload.title("my points"), items, modality="ring")


def gathered(upload):
    tally = gathering.Tally("points", "numbers", "bring less", MOST_BYTES, 2 * MOST)

    def read(name, file):
        content = file.read(MOST_BYTES)
        tally.add(num_bytes=len(content))
        for line in content.decode().splitlines():
            yield name, point(line, name), ""

    files = gathering.opened(upload.files((".ring",)), 20)
    return gathering.gather(files, read, room=MOST, full=f"{MOST} points are enough")


def read_file(path):
    return point(path.read_text(), path.name)


def decode(content, name, model):
    return point(content.decode(), name), ""


def fit(model, item):
    if not isinstance(item, np.ndarray) or item.shape != (2,):
        raise ConfigError(f"{model.title} is a model of points; got {told(item)}")
    return item.astype(np.float32).clip(-1, 1)


def check(model, item):
    return check_array(item, np.float32, (2,), "a point")


def blank(item):
    return ""


def point(text, name):
    try:
        x, y = map(float, text.split())
    except ValueError as error:
        raise PointError(name, f"{text[:40]!r} is no point", "write .3 -.2") from error
    return np.array([x, y], np.float32)
