"""Progressive growing against training at full size from the start: Fréchet distance at equal seconds.

    python benchmarks/growing.py [--data landscapes] [--seconds 240] [--chart docs/growing.png]

Two runs that differ in `grow` alone take turns of TURN seconds of one thread's processor time, so that what
else the machine does hits both alike. Distances are in 64 principal components of real pictures, over the
floor: what as many held-out real pictures get. A coarse stage's pictures are measured upsampled. One last
line of JSON.
"""

import argparse
import json
import math
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image, ImageDraw, ImageFont

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tgan_demo.config import ModelConfig, TrainConfig, merge
from tgan_demo.contract import Dataset
from tgan_demo.engine.draw.seeds import noise
from tgan_demo.engine.game import trainer
from tgan_demo.engine.game.state import TrainState, new_state
from tgan_demo.events import StepDone
from tgan_demo.measure import features
from tgan_demo.measure.frechet import frechet_between
from tgan_demo.modalities import registry
from tgan_demo.modalities.image.makers import paint

SIDE, TURN, LOOKS = 32, 5.0, 10
INK, FAINT, COLOURS = "#222222", "#cccccc", {"full size": "#1b6ca8", "growing": "#c8553d"}
IMAGE = registry.tokenizer("image")


class Run:
    """A run that is trained by turns; its curve is (seconds, pictures, distance over the floor)."""

    def __init__(
        self, model: ModelConfig, train: TrainConfig, data: Dataset, seconds: float
    ) -> None:
        self.state, self.data, self.limit = new_state(model, train, IMAGE), data, seconds
        self.seconds, self.curve = 0.0, list[tuple[float, int, float]]()
        self.speed = 0.0  # pictures a second, of the last turn
        self.grew_at: tuple[float, int] | None = None

    def turn(self) -> None:
        """Some seconds of training; the budget is settled by the speed, as of a run in seconds."""
        state, begun, first = self.state, time.process_time(), self.state.nimg
        if self.speed:
            left = self.speed * (self.limit - self.seconds)
            state.train = replace(state.train, images=int(state.nimg + left) + 1_000)
        stage = state.stage
        for event in trainer.train_slice(state, self.data):
            assert isinstance(event, StepDone), event
            spent = time.process_time() - begun
            if state.stage != stage:
                self.grew_at = (round(self.seconds + spent, 1), state.nimg)
            if spent >= TURN or state.stage != stage:  # of another size, so of another speed
                break
        self.seconds += spent
        self.speed = (state.nimg - first) / spent if state.stage == stage else 0.0
        if not self.speed:  # until it is known nothing shall be due, and nothing faded in
            state.train = replace(state.train, images=10**9)


@torch.no_grad()
def pictures(state: TrainState, count: int) -> np.ndarray:
    """Samples of the averaged G, uint8 (N, SIDE, SIDE, C)."""
    made = []
    for start in range(0, count, 100):
        z = noise(list(range(start, start + 100)), state.model.z_dim)
        made.append(IMAGE.to_signal(state.ema(z), state.model))
    signal = torch.cat(made)
    return IMAGE.to_items(F.interpolate(signal, scale_factor=SIDE / signal.shape[-1]))


def chart(curves: dict[str, list], path: Path, title: str) -> None:
    """Both curves against pictures and against seconds, distances on a logarithmic axis."""
    sheet = Image.new("RGB", (1000, 430), "white")
    draw, font = ImageDraw.Draw(sheet), ImageFont.load_default(15)
    draw.text((60, 8), title, INK, font)
    values = [d for curve in curves.values() for _, _, d in curve]
    low, high = math.log10(min(values)) - 0.05, math.log10(max(values)) + 0.05
    for panel, (axis, name) in enumerate(((1, "pictures seen"), (0, "seconds of one thread"))):
        left, right, top, bottom = 60 + 480 * panel, 500 + 480 * panel, 60, 360
        most = max(point[axis] for curve in curves.values() for point in curve)

        def place(point, axis=axis, left=left, right=right, top=top, bottom=bottom, most=most):
            share = (math.log10(point[2]) - low) / (high - low)
            return left + (right - left) * point[axis] / most, bottom - (bottom - top) * share

        draw.rectangle((left, top, right, bottom), outline=FAINT)
        for tick in (1, 2, 3, 5, 10, 20, 30, 40, 50, 60, 80, 100, 200, 300, 500, 1000):
            if low < math.log10(tick) < high:
                y = place((0, 0, tick))[1]
                draw.line((left, y, right, y), FAINT)
                draw.text((left - 6, y), str(tick), INK, font, anchor="rm")
        draw.text(((left + right) / 2, bottom + 30), name, INK, font, anchor="mm")
        draw.text((right, bottom + 12), f"{most:,.0f}", INK, font, anchor="rm")
        for row, (label, curve) in enumerate(curves.items()):
            draw.line([place(p) for p in curve], COLOURS[label], 3)
            for x, y in map(place, curve):
                draw.ellipse((x - 4, y - 4, x + 4, y + 4), fill=COLOURS[label])
            draw.text((right - 10, top + 14 + 20 * row), label, COLOURS[label], font, anchor="rm")
    draw.text((60, 405), "Frechet distance over the floor, 64 principal components", INK, font)
    sheet.save(path, optimize=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--data", default="landscapes")
    parser.add_argument("--seconds", type=float, default=240.0)
    parser.add_argument("--count", type=int, default=1_000, help="samples that are measured")
    parser.add_argument("--grow", type=int, default=1)
    parser.add_argument("--set", nargs="*", default=[], metavar="KEY=VALUE", help="of training")
    parser.add_argument("--chart", type=Path)
    args = parser.parse_args()
    torch.set_num_threads(1)
    items, _ = paint(args.data, 3_000, size=SIDE)
    real, held = items[: -args.count], items[-args.count :]
    space = features.fit(real[:1_500])
    reference = space.apply(real[: args.count])
    floor = frechet_between(space.apply(held), reference)
    data = Dataset(args.data, real, modality="image")
    model = ModelConfig(
        shape=(3, SIDE, SIDE), patch=4, overlap=2, width=96, depth=3, heads=4, z_dim=32
    )
    pairs = dict(pair.split("=", 1) for pair in args.set)
    train = TrainConfig(images=10**9, lr_end=1.0, gamma_end=1.0, precision="float32")
    train = merge(train, pairs)
    runs = {
        "full size": Run(model, train, data, args.seconds),
        "growing": Run(model, replace(train, grow=args.grow), data, args.seconds),
    }
    for look in range(1, LOOKS + 1):
        due = args.seconds * look / LOOKS
        while any(run.seconds < due for run in runs.values()):
            for run in runs.values():
                if run.seconds < due:
                    run.turn()
        for name, run in runs.items():
            made = space.apply(pictures(run.state, args.count))
            distance = frechet_between(made, reference) / floor
            run.curve.append((round(run.seconds, 1), run.state.nimg, round(distance, 2)))
            print(name, *run.curve[-1], f"fade {run.state.fade:.2f}", flush=True)
        if args.chart:
            title = f"{args.data}, {SIDE} x {SIDE}: growing against full size from the start"
            chart({name: run.curve for name, run in runs.items()}, args.chart, title)
    grew = runs["growing"].grew_at
    curves = {name: run.curve for name, run in runs.items()}
    print(json.dumps({"floor": round(floor), "n": args.count, "grew_at": grew, "curves": curves}))


if __name__ == "__main__":
    main()
