"""The studio over the toy models, for tests that only read from it."""

from pathlib import Path

import numpy as np
import pytest

from tgan_demo.config import SampleConfig
from tgan_demo.studio import Studio

DIGITS, AVATARS, VERSES = "image/digits", "image/avatars", "text/verses"
SPOKEN = "audio/digits"
MOVES = "video/moves"
LINES = "text/lines"  # by the latent route


@pytest.fixture(scope="module")
def studio(toy_weights: Path, tmp_path_factory: pytest.TempPathFactory) -> Studio:
    return Studio(tmp_path_factory.mktemp("studio"), weights_dir=toy_weights)


def keys(*seeds: int, **settings: object) -> list[SampleConfig]:
    return [SampleConfig(seed=seed, count=1, **settings) for seed in seeds]


def near(a: np.ndarray, b: np.ndarray) -> bool:
    """Equal pictures, but for one step of rounding in products of another size."""
    return a.shape == b.shape and int(np.abs(a.astype(int) - b).max()) <= 1
