"""Toy models and visitors for the tests of the game Real or generated?"""

import contextlib
from dataclasses import replace
from pathlib import Path

import pytest
import toys

from tgan_demo.quiz.games import Asked, Games
from tgan_demo.studio import ModelInfo, Studio

MOODS = ("happy", "calm", "sad", "surprised")
FACES = replace(toys.AVATARS, classes=tuple(m + g for m in MOODS for g in ("", ", glasses")))
MODEL = "image/faces"  # whose recipe says that our own code paints its data
QUICK = Asked(source="faces64", count=10)


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("weights")
    toys.make_model(root / "image" / "faces", FACES, "Cartoon faces")
    toys.make_model(root / "image" / "digits", toys.DIGITS, "MNIST")
    toys.make_model(root / "image" / "avatars", toys.AVATARS, "Nouns")
    return root


@pytest.fixture
def studio(weights: Path, tmp_path: Path) -> Studio:
    return Studio(tmp_path / "home", weights)


@pytest.fixture
def info(studio: Studio) -> ModelInfo:
    return studio.info(MODEL)


class People(dict[str, str]):
    """Visitors by a name that a test calls them."""

    def __init__(self, studio: Studio) -> None:
        self._new = studio.store.new_visitor

    def __missing__(self, name: str) -> str:
        self[name] = self._new()
        return self[name]


@pytest.fixture
def who(studio: Studio) -> People:
    return People(studio)


def games_of(studio: Studio, **options: object) -> Games:
    return Games(studio.store, studio.load, contextlib.nullcontext, **options)  # type: ignore[arg-type]
