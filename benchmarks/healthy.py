"""Ten healthy toy runs over all modalities, as the page trains and watches them: none may be told ill.

Run: python benchmarks/healthy.py [--only NAME ...]. About a quarter of an hour on one core. What
engine/game/health.py says is wrong with any of them is printed with its figures and counted in the last line,
which is JSON.
"""

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tgan_demo.people.store import Store
from tgan_demo.runs.queue import Jobs
from tgan_demo.runs.request import RunRequest

SMALL = {"width": 32, "depth": 1, "heads": 2}
QUICK = {"batch_size": 16, "precision": "float32"}
WARM = {"warm_start": 3_000}  # samples; where a run begins so anyway, that much suffices for a toy
RUNS: dict[str, tuple[str, str, dict[str, Any], dict[str, Any], int]] = {
    # data, preset, settings of the model and of training, samples
    "glyphs": ("glyphs", "", {"patch": 7}, {}, 24_000),
    "digits, fast": ("digits", "fast", {}, {}, 20_000),
    "digits, another seed": ("digits", "", {"patch": 7}, {"seed": 5}, 20_000),
    "glyphs, safe": ("glyphs", "safe", {"patch": 7}, {}, 24_000),
    "faces": ("faces", "", {"patch": 8}, {}, 18_000),
    "shapes": ("shapes", "", {"patch": 8}, {}, 18_000),
    "landscapes": ("landscapes", "", {"patch": 8}, {}, 18_000),
    "verses": ("verses", "", {}, WARM, 18_000),
    "drums": ("drums", "", {"patch": 8}, WARM, 18_000),
    "moving shapes": ("moving_shapes", "", {"patch": 16}, WARM, 17_000),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", choices=RUNS, nargs="+", default=list(RUNS))
    args = parser.parse_args()
    ill = {}
    for name in args.only:
        found, status = trained(*RUNS[name])
        last = status["health"]
        print(
            f"{name}: {status['step']} steps, {status['nimg']} samples, {last['key']}; {found or 'none'}"
        )
        if found:
            ill[name] = found
    print(json.dumps({"runs": len(args.only), "ill": ill}))


def trained(
    data: str, preset: str, model: dict[str, Any], train: dict[str, Any], images: int
) -> tuple[dict[str, dict[str, str]], dict[str, Any]]:
    """Findings of a run from its first step to its last, key -> figures; and its last status."""
    with tempfile.TemporaryDirectory() as folder:
        store = Store(Path(folder))
        visitor = store.new_visitor()
        jobs = Jobs(store, lambda *_: None, save_s=1e9, watch_s=0.5)
        try:
            run = jobs.start(
                visitor,
                RunRequest(
                    data=data,
                    preset=preset,
                    model_settings=SMALL | model,
                    train_settings=QUICK | train,
                    budget=images,
                    unit="images",
                ),
            )
            found: dict[str, dict[str, str]] = {}
            while True:
                status = jobs.status(visitor, run, since=2**60)
                found |= {one["key"]: one["values"] for one in status["findings"]}
                if status["state"] in ("done", "failed"):
                    return found, status
                time.sleep(0.2)
        finally:
            jobs.close()


if __name__ == "__main__":
    main()
