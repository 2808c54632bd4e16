"""What the tests of the Train tab share: a studio with a visitor, and small runs of theirs."""

import os
import time
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pytest

from tgan_demo.contract import Dataset
from tgan_demo.runs import queue as jobs
from tgan_demo.runs.queue import Jobs
from tgan_demo.studio import Studio
from tgan_demo.ui.panels.train import acts as train_acts
from tgan_demo.ui.panels.train import panel as train

TINY = {"width": 32, "depth": 1, "heads": 2, "z_dim": 8, "patch": 4, "overlap": 1}
QUICK = {"batch_size": 4, "precision": "float32"}


def read(updates: list[Any]) -> list[Any]:
    """With the run as an object: it goes out as text that is written once for all."""
    dash = updates[2]
    if isinstance(dash, dict) and isinstance(dash.get("run"), orjson.Fragment):
        updates[2] = orjson.loads(orjson.dumps(dash))
    return updates


class Place:
    """A studio without bundled models, one visitor, one small data set."""

    def __init__(self, home: Path) -> None:
        self.studio = Studio(home, weights_dir=home / "none")
        self.studio.jobs = Jobs(self.studio.store, self.studio.load, watch_s=0.2)
        self.page = types.SimpleNamespace(studio=self.studio)
        self.visitor = self.studio.store.new_visitor()
        items = np.random.default_rng(0).integers(0, 256, (30, 8, 8, 1), dtype=np.uint8)
        self.data = self.studio.store.add_dataset(
            self.visitor, Dataset("cats", items, modality="image")
        )
        self.seen: dict[str, Any] = {}

    def ask(self, images: int = 40) -> dict[str, Any]:
        return {
            "data": self.data, "preset": "fast", "title": "cats", "model": TINY, "train": QUICK,
            "budget": images, "unit": "images",
        }  # fmt: skip

    def act(self, name: str, **data: Any) -> list[Any]:
        act = train_acts.ACTS[name]
        return read(train.on_act(self.page, act, self.visitor, "train", "", self.seen, data))

    def look(self, **options: Any) -> list[Any]:
        return read(train.look(self.page, self.visitor, "train", "", self.seen, **options))

    def state(self) -> str:
        return self.studio.jobs.status(self.visitor, self.seen["run"])["state"]

    def until_step(self, step: int) -> None:
        end = time.monotonic() + 60
        while (now := self.look(fresh=True)[2]["run"]["step"]) != step:
            assert time.monotonic() < end, f"still at step {now}, wanted {step}"
            time.sleep(0.05)

    def until(self, *states: str) -> None:
        end = time.monotonic() + 60
        while self.state() not in states:
            assert time.monotonic() < end, f"still {self.state()}, wanted {states}"
            time.sleep(0.05)


@pytest.fixture(autouse=True)
def training_is_not_starved(monkeypatch: pytest.MonkeyPatch) -> None:
    """The training thread gives way to everybody; beside other programs a test would wait long."""
    if hasattr(os, "getpriority"):
        monkeypatch.setattr(jobs, "NICE", os.getpriority(os.PRIO_PROCESS, 0))


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    made = Place(tmp_path / "home")
    yield made
    made.studio.jobs.close()


def is_skip(update: Any) -> bool:
    return isinstance(update, dict) and update.get("__type__") == "update" and len(update) == 1
