"""How near each image model comes to pictures that it never saw, and whether its own come back the same.

    python benchmarks/inversion.py --data DATA [--only image/digits] [--per-block] [--steps 120]

near     mean squared error of 100 held-out pictures after --steps, over that of the nearest (by that error) of
         1,000 samples of the model; the bar is .5. `first` is the encoder's one pass, or the best of 128
         samples where there is none.
again    of 100 samples of the model, how many its bundled classifier sees as the same class when they have
         been sought and made again; the bar is .95. A model without a bundled classifier has no figure.
alone    steps that one picture alone gets in 5 s of processor time of one core, all before them included; 5 s
         on two cores are no fewer. While --steps is less, `refine(seconds=5)` does more than is measured here.

Pictures are sought twenty at a time, each for as many steps as it would be alone, which costs a quarter.
All is counted in steps and processor time, so that a busy machine changes little. The search is told no class.
Each figure is written to --out (default inversion.json) as soon as it is known, and not measured again.
"""

import argparse
import json
import sys
import time
from functools import partial
from pathlib import Path

import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tgan_demo.config import SampleConfig
from tgan_demo.data import recipes
from tgan_demo.engine.draw import sampler
from tgan_demo.engine.draw.model import Model
from tgan_demo.engine.draw.refinement import refine
from tgan_demo.measure import seen
from tgan_demo.models.folder import load_model
from tgan_demo.shipped import WEIGHTS

MODELS = ("image/digits", "image/clothes", "image/avatars", "image/faces")
COUNT, SAMPLES, BATCH, SECONDS = 100, 1_000, 20, 5.0


def drawn(model: Model, count: int, seed: int) -> tuple[np.ndarray, np.ndarray | None]:
    parts = [
        sampler.draw(model, SampleConfig(seed=seed + begin, count=min(BATCH, count - begin)))
        for begin in range(0, count, BATCH)
    ]
    labels = [own for _, own in parts if own is not None]
    return np.concatenate([items for items, _ in parts]), np.concatenate(labels) if labels else None


def nearest(items: np.ndarray, samples: np.ndarray) -> np.ndarray:
    """Mean squared error of each item's nearest sample, values 0..1, (N,)."""
    a, b = (torch.from_numpy(one).flatten(1).double() / 255 for one in (items, samples))
    return (torch.cdist(a, b).square().min(dim=1).values / a.shape[1]).numpy()


def sought(
    model: Model, items: np.ndarray, steps: int, per_block: bool
) -> tuple[list, list, torch.Tensor]:
    """Errors of the first answers and of the last, and the last w."""
    first, last, w = [], [], []
    for at in range(0, len(items), BATCH):
        part = items[at : at + BATCH]
        begin, *_, end = refine(model, part, seconds=None, steps=steps, per_block=per_block)
        first += begin.error_B
        last += end.error_B
        w.append(end.w)
        print(f"  {at + len(part)}: {np.mean(last):.5f}", file=sys.stderr, flush=True)
    return first, last, torch.cat(w)


def near(model: Model, data: str, steps: int, per_block: bool) -> dict:
    recipe = recipes.of(model.id)
    assert recipe is not None
    test = recipes.load_data(recipe, data, split="test").items
    items = test[np.random.default_rng(0).permutation(len(test))[:COUNT]]
    base = nearest(items, drawn(model, SAMPLES, 10_000)[0]).mean()
    first, last, _ = sought(model, items, steps, per_block)
    return {
        "nearest": round(float(base), 5),
        "first": round(float(np.mean(first) / base), 3),
        "ratio": round(float(np.mean(last) / base), 3),
    }


def again(model: Model, steps: int, per_block: bool) -> dict:
    items, _ = drawn(model, COUNT, 20_000)
    classes = [seen.class_of(model, item) for item in items]
    if classes[0] is None:
        return {"same_class": None}
    _, last, w = sought(model, items, steps, per_block)
    made = sampler.synthesise(model, w)
    same = [seen.class_of(model, item) == one for item, one in zip(made, classes, strict=True)]
    return {"same_class": round(float(np.mean(same)), 3), "error": round(float(np.mean(last)), 6)}


def alone(model: Model, per_block: bool) -> dict:
    items, _ = drawn(model, 1, 30_000)
    begun = time.process_time()
    steps = 0
    for progress in refine(model, items, seconds=None, steps=10**6, per_block=per_block):
        steps = progress.step
        if time.process_time() - begun > SECONDS:
            break
    return {"steps": steps}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--data", required=True)
    parser.add_argument("--weights", type=Path, default=WEIGHTS)
    parser.add_argument("--only", default=",".join(MODELS))
    parser.add_argument("--per-block", action="store_true")
    parser.add_argument("--steps", type=int, default=120)
    parser.add_argument("--out", type=Path, default=Path(__file__).with_suffix(".json"))
    args = parser.parse_args()
    torch.set_num_threads(1)
    known = json.loads(args.out.read_text()) if args.out.is_file() else {}
    for name in args.only.split(","):
        model = load_model(args.weights / name)
        how = f"{args.steps} steps" + (", per block" if args.per_block else "")
        row = known.setdefault(name, {}).setdefault(how, {})
        parts = {
            "alone": partial(alone, model, args.per_block),
            "near": partial(near, model, args.data, args.steps, args.per_block),
            "again": partial(again, model, args.steps, args.per_block),
        }
        for part, measure in parts.items():
            if part not in row:
                row[part] = measure()
                args.out.write_text(json.dumps(known, indent=1) + "\n")
            print(name, how, part, row[part], flush=True)


if __name__ == "__main__":
    main()
