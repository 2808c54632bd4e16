"""What tests/test_ranks.py lets torchrun start: a few steps of several runs, or the command line at toy size.

torchrun --nproc-per-node 2 tests/ranks_worker.py steps FILE NAME…
torchrun --nproc-per-node 2 tests/ranks_worker.py train [--die STEP] WORDS…
"""

import json
import os
import signal
import sys
from dataclasses import astuple, replace
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import numpy as np
import torch
from toys import MOVES

from tgan_demo.cli.main import main
from tgan_demo.config import ModelConfig, TrainConfig
from tgan_demo.contract import Dataset
from tgan_demo.data import catalogue
from tgan_demo.engine.game import trainer
from tgan_demo.engine.game.ranks import ALONE, Ranks
from tgan_demo.engine.game.state import new_state
from tgan_demo.events import StepDone
from tgan_demo.modalities import registry
from tgan_demo.runs import drive, together

PICTURES = ModelConfig(shape=(1, 16, 16), width=32, depth=1, heads=2, classes=("a", "b"))
TRAIN = TrainConfig(batch_size=8, images=8 * 1000, precision="float32", warmup_steps=2)
COLOURED = replace(PICTURES, shape=(3, 16, 16), local_crop=8, spectral_norm=True)
ALL_OF_IT = replace(
    TRAIN, batch_size=4, penalty="exact", augment=("colour", "translation", "cutout"), augment_p=0.5,
    auto_augment=True, warm_start=16, reconstruction_weight=0.5, d_steps=2,
)  # fmt: skip
RUNS = {  # name -> model, settings, steps
    "relativistic": (replace(PICTURES, classes=()), TRAIN, 50),
    "hinge with classes": (PICTURES, replace(TRAIN, loss="hinge", batch_size=6), 50),
    # of a batch of 4 one sample is penalised: rank 1 has none
    "all of it": (COLOURED, ALL_OF_IT, 12),
    "gradient penalty": (PICTURES, replace(TRAIN, loss="wasserstein", gp_weight=10.0), 12),
    "clips": (MOVES, replace(TRAIN, continuity=1.0, augment=("views",), augment_p=0.5), 8),
}


def data(model: ModelConfig) -> Dataset:
    """Noise of the model's shape: 640 samples, so that some are held out."""
    rng = np.random.default_rng(0)
    shape = (640, *model.shape[1:], model.shape[0])
    labels = rng.integers(0, max(1, len(model.classes)), 640)
    items = rng.integers(0, 255, shape).astype(np.uint8)
    return Dataset("noise", items, labels, model.classes, modality=model.modality)


def steps(name: str, ranks: Ranks = ALONE) -> list[list[float]]:
    """The numbers of each step, times left out."""
    model, train, count = RUNS[name]
    state = new_state(model, train, registry.tokenizer(model.modality))
    together.begin(state, data(model), ranks)
    rows = []
    for event in trainer.train_slice(state, data(model), steps=count):
        assert isinstance(event, StepDone), event
        plain = replace(event, seconds=0.0, images_per_s=0.0)
        rows.append([float("nan" if x is None else x) for x in astuple(plain)])
    return rows


def _steps(path: str, *names: str) -> None:
    with together.joined() as ranks:
        found = {name: steps(name, ranks) for name in names}
        if ranks.is_first:
            Path(path).write_text(json.dumps(found))


def _train(*words: str) -> int:
    catalogue.MAX_MADE = 64
    drive.drive = partial(drive.drive, save_s=0.0)
    if words[0] == "--die":
        whole, last, words = trainer.train_step, int(words[1]), words[2:]

        def train_step(state, *args, **more):
            if state.step == last and os.environ["RANK"] == "1":
                os.kill(os.getpid(), signal.SIGKILL)
            return whole(state, *args, **more)

        trainer.train_step = train_step
    return main(["train", *words])


if __name__ == "__main__":
    torch.set_num_threads(1)
    sys.exit({"steps": _steps, "train": _train}[sys.argv[1]](*sys.argv[2:]))
