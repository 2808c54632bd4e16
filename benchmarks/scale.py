"""What training costs: against tokens, width and batch; in several processes; on paper for large pictures.

    python benchmarks/scale.py curves             # one thread; seconds of its processor, not of the clock
    python benchmarks/scale.py processes [--rounds 3] [--batch 32]
    python benchmarks/scale.py paper

`processes` trains the default image model (`bench`'s) by turns in one process with two threads and in two
processes with one each. The clock tells something only where nothing else runs: the load is printed beside it.
One last line of JSON.
"""

import argparse
import json
import math
import os
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tgan_demo.config import ModelConfig, TrainConfig
from tgan_demo.contract import Dataset
from tgan_demo.engine.game import trainer
from tgan_demo.engine.game.ranks import ALONE, Ranks
from tgan_demo.engine.game.state import new_state
from tgan_demo.engine.players.discriminator import Discriminator
from tgan_demo.engine.players.generator import Generator
from tgan_demo.events import StepDone
from tgan_demo.measure.speed import train_gflop
from tgan_demo.modalities import registry
from tgan_demo.runs import together

IMAGE = registry.tokenizer("image")
MODEL = ModelConfig(shape=(3, 32, 32))  # bench's: 64 tokens, width 128, 4 + 4 blocks
TRAIN = TrainConfig(batch_size=32, images=10**8, precision="float32", auto_gamma=False)
WARM, STEPS = 2, 4  # of a round
CURVES = {  # what is changed: side of the picture in patches of 4, width, batch
    "tokens": [(16, 128, 32), (32, 128, 32), (48, 128, 32), (64, 128, 32)],
    "width": [(32, 64, 32), (32, 128, 32), (32, 256, 32)],
    "batch": [(32, 128, 4), (32, 128, 16), (32, 128, 64)],
}
PAPER = (  # pictures of 64, 128 and 256 pixels
    ModelConfig(shape=(3, 64, 64), patch=4, width=256, depth=8, heads=8),
    ModelConfig(shape=(3, 128, 128), patch=8, width=384, depth=12, heads=8),
    ModelConfig(shape=(3, 256, 256), patch=8, width=512, depth=12, heads=8),
)
GPUS = {
    1: math.inf,
    8: 450.0,
    64: 50.0,
}  # how many: GB/s out of one, by NVLink or a 400 Gb/s card each
BATCH, MOST = 64, 512  # on one GPU, and in all: config's limit
SEEN = 25e6  # real samples of a run
PEAK, SHARE = (
    989e3,
    0.2,
)  # gflop/s of an H100 in bfloat16 without sparsity; guess of what of it is reached


def data(model: ModelConfig) -> Dataset:
    side = model.shape[1]
    items = np.random.default_rng(0).integers(0, 256, (600, side, side, 3), dtype=np.uint8)
    return Dataset("noise", items, modality="image")


def work(model: ModelConfig) -> float:
    """Gflop a sample, by counting."""
    return train_gflop(model, IMAGE.tokens(model), TRAIN.penalty_share)


def curves() -> dict[str, object]:
    """Samples a second of one thread's processor time, and what that is in gflop/s; all in turn, twice."""
    torch.set_num_threads(1)
    asked = sorted({point for points in CURVES.values() for point in points})
    runs = {}
    for side, width, batch in asked:
        model = replace(MODEL, shape=(3, side, side), width=width)
        state = new_state(model, replace(TRAIN, batch_size=batch), IMAGE)
        runs[side, width, batch] = state, data(model), []
    for _ in range(2):
        for state, known, speeds in runs.values():
            batch = state.train.batch_size
            list(trainer.train_slice(state, known, steps=WARM))
            begun = time.process_time()
            list(trainer.train_slice(state, known, steps=max(2, 64 // batch)))
            speeds.append(max(2, 64 // batch) * batch / (time.process_time() - begun))
    found = {}
    for name, points in CURVES.items():
        rows = []
        for point in points:
            state, _, speeds = runs[point]
            gflop, tokens = work(state.model), IMAGE.tokens(state.model).count
            row = {"tokens": tokens, "width": point[1], "batch": point[2], "gflop": round(gflop, 3)}
            row |= {"images_per_s": round(max(speeds), 1), "gflops": round(max(speeds) * gflop, 1)}
            row["spread"] = round(abs(speeds[0] - speeds[1]) / max(speeds), 2)
            rows.append(row)
            print(name, row, flush=True)
        found[name] = rows
    return found


def trained(batch: int, ranks: Ranks = ALONE) -> dict[str, float]:
    """Speed by the clock, and processor seconds of this process a sample of the whole batch."""
    state = new_state(MODEL, replace(TRAIN, batch_size=batch), IMAGE)
    known = data(MODEL)
    together.begin(state, known, ranks)
    list(trainer.train_slice(state, known, steps=WARM))
    begun = time.process_time()
    events = [e for e in trainer.train_slice(state, known, steps=STEPS) if isinstance(e, StepDone)]
    spent = (time.process_time() - begun) / (STEPS * batch)
    return {"images_per_s": statistics.median(e.images_per_s for e in events), "spent_s": spent}


def processes(rounds: int, batch: int) -> dict[str, object]:
    """One process with two threads and two with one, in turn."""
    found: dict[str, list[float]] = {"one": [], "two": []}
    one = [sys.executable, __file__, "round", "--threads", "2"]
    run = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
    two = [*run, __file__, "round", "--threads", "1"]
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "round.json"
        for _ in range(rounds):
            for name, words in (("one", one), ("two", two)):
                words = [*words, "--batch", str(batch), "--file", str(file)]
                subprocess.run(words, check=True, capture_output=True)
                told = json.loads(file.read_text())
                found[name].append(told["images_per_s"])
                print(name, told, "load", os.getloadavg()[0], flush=True)
    medians = {name: statistics.median(speeds) for name, speeds in found.items()}
    return {
        "rounds": found,
        "two_over_one": round(medians["two"] / medians["one"], 2),
        "load": os.getloadavg()[0],
    }


def one_round(threads: int, batch: int, file: Path) -> None:
    torch.set_num_threads(threads)
    with together.joined() as ranks:
        told = trained(batch, ranks)
        if ranks.is_first:
            file.write_text(json.dumps(told))


def paper() -> list[dict[str, float]]:
    """Memory, step and days of a run on 1, 8 and 64 GPUs; what of a step goes into all-reduce."""
    rows = []
    for model in PAPER:
        spec = IMAGE.tokens(model)
        g, d = (
            sum(p.numel() for p in n(model, spec).parameters()) for n in (Generator, Discriminator)
        )
        gflop = work(model)
        for count, link in GPUS.items():
            batch = min(BATCH, MOST // count)
            step = batch * gflop / (SHARE * PEAK)
            sent = 2 * (count - 1) / count * 4 * (g + d) / 1e9 / link  # float32, in a ring
            row = {
                "side": model.shape[1], "tokens": spec.count, "width": model.width,
                "depth": model.depth, "parameters_g": g, "parameters_d": d, "gflop": gflop,
                # weights, two moments, average and gradient of G; of D no average; the flat gradient
                "state_gb": 4 * (6 * g + 5 * d) / 1e9,
                # 34 bytes a token, channel and block (Korthikanti et al. 2022, arXiv:2205.05198, without the
                # attention maps): G's graph, and D's of real, fake and a quarter of both
                "activations_gb": 34 * spec.count * model.width * model.depth * 3.5 * batch / 1e9,
                "gpus": count, "batch_each": batch, "step_ms": 1000 * step,
                "all_reduce_ms": 1000 * sent, "days": SEEN / (batch * count) * (step + sent) / 86400,
            }  # fmt: skip
            rows.append({key: float(f"{value:.3g}") for key, value in row.items()})
            print(rows[-1], flush=True)
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=("curves", "processes", "paper", "round"))
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--file", type=Path)
    args = parser.parse_args()
    if args.what == "round":
        one_round(args.threads, args.batch, args.file)
        return
    found = {
        "curves": curves,
        "processes": lambda: processes(args.rounds, args.batch),
        "paper": paper,
    }[args.what]()
    print(json.dumps(found))


if __name__ == "__main__":
    main()
