"""A small studio without models, a page over it, and what its handlers take."""

from pathlib import Path

import numpy as np
import pytest

from tgan_demo.errors import NotFoundError
from tgan_demo.modalities import registry
from tgan_demo.people.store import Store
from tgan_demo.studio import Drawn, Maps, ModelInfo
from tgan_demo.ui.page import Page

SPOKEN = "audio/digits"
# 1 x 1, grey
PIXEL = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNoAAAAggCBd81ytgAAAABJRU5ErkJggg=="
)


class SmallStudio:
    """Two models whose pictures are their seed; counts what is asked of it."""

    def __init__(self, folder: Path) -> None:
        self.store = Store(folder)
        self.asked: list = []
        rest = {"modality": "image", "grid": (2, 2), "depth": 1, "heads": 1, "latent_tokens": 2}
        rest |= {"z_dim": 8, "nimg": 1, "scores": {}, "own": False, "sheet": None, "card": "# c"}
        self.infos = [
            ModelInfo(
                id="image/digits",
                title="Digits",
                classes=("zero", "one"),
                shape=(1, 4, 4),
                data="MNIST",
                licence="CC",
                **rest,
            ),
            ModelInfo(
                id="image/avatars",
                title="Avatars",
                classes=(),
                shape=(3, 4, 4),
                data="Nouns",
                licence="CC0",
                **rest,
            ),
        ]

    def models(self, visitor=None):
        return self.infos

    def info(self, model, visitor=None):
        for info in self.infos:
            if info.id == model:
                return info
        raise NotFoundError(f"no model {model}")

    def sample(self, model, config, visitor=None, asker=None):
        info = self.info(model)
        self.asked.append(config)
        seeds = tuple(range(config.seed, config.seed + config.count))
        shape = (config.count, 4, 4, info.shape[0])
        items = np.broadcast_to(np.array([s % 256 for s in seeds])[:, None, None, None], shape)
        labels = np.array([config.label or 0] * config.count) if info.classes else None
        return Drawn(items.astype(np.uint8), labels, seeds, "image")

    def contact(self, model, config, visitor=None, asker=None):
        drawn = self.sample(model, config, visitor)
        return registry.get("image").look.contact(drawn.items), drawn.labels

    def walk(self, model, keys, *, frames, path, space, loop, psi, part="both", visitor=None):
        self.asked.append((tuple(keys), frames, path, space, loop, psi))
        legs = len(keys) if loop else len(keys) - 1
        total = legs * frames + (0 if loop else 1)
        return np.zeros((total, 4, 4, self.info(model).shape[0]), np.uint8)

    def attention(self, model, config, visitor=None):
        even = np.full((1, 1, 4, 4), 0.25, np.float32)
        item = self.sample(model, config).items[0]
        d = np.full((1, 1, 5, 5), 0.2, np.float32)
        return Maps(item, (2, 2), even, None, d, 0.5, config.label)


@pytest.fixture
def studio(tmp_path: Path) -> SmallStudio:
    return SmallStudio(tmp_path)


@pytest.fixture
def page(studio: SmallStudio) -> Page:
    return Page(studio)


def values(
    model="image/digits", seed=42, label="", psi=1.0, variation=0.0, vseed=0, temp=1.0, top=1.0,
    count=4, edit="",
):  # fmt: skip
    return [None, "en", model, seed, label, psi, temp, top, count, variation, vseed, edit]


@pytest.fixture
def text_page(toy_weights: Path, tmp_path: Path) -> Page:
    """A page over the toys, one of which writes."""
    from tgan_demo.studio import Studio

    return Page(Studio(tmp_path, weights_dir=toy_weights))
