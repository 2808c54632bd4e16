"""What the Lab's tiny GAN learns: modes covered by loss and penalty, by seed, and its speed.

    python benchmarks/lab.py table  [--seeds 5]  [--steps 3000]   losses x penalties, ring, as the tab trains
    python benchmarks/lab.py recipe [--seeds 10] [--steps 1800]   the default recipe on ring, grid and spiral
    python benchmarks/lab.py presets [--steps 800]                what each preset of the tab comes to
    python benchmarks/lab.py speed                                steps a second, alone and with a viewer
    python benchmarks/lab.py frames [--chromium PATH]             what a browser draws of a run, a second
    python benchmarks/lab.py write                                docs/lab.md from what --out holds of `table`

`train --data ring --seconds 45` comes to 1,500 to 1,900 steps of the default recipe, warm start included.

Each figure is written to --out as soon as it is known (default lab.json), and not measured again.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tgan_demo.contract import Dataset
from tgan_demo.data import catalogue
from tgan_demo.engine.draw.seeds import noise
from tgan_demo.engine.game import trainer
from tgan_demo.engine.game.losses import LOSSES
from tgan_demo.engine.game.state import TrainState
from tgan_demo.events import RunFailed
from tgan_demo.modalities.points import makers
from tgan_demo.modalities.points.plane import QUICK
from tgan_demo.runs import plan
from tgan_demo.runs.lab import Lab
from tgan_demo.runs.request import RunRequest
from tgan_demo.ui.panels.lab.panel import PRESETS

PENALTIES = {
    "none": {"r1_gamma": 0.0, "r2_gamma": 0.0},
    "R1 + R2, finite": {},
    "R1 + R2, exact": {"penalty": "exact"},
    "WGAN-GP": {"r1_gamma": 0.0, "r2_gamma": 0.0, "gp_weight": 1.0},
}
PAGE = """# Losses and penalties on eight Gaussians

Modes of the ring covered after {steps} steps of the Lab's tiny GAN (one block a player, batches of
{batch}, rates {rate}, falling as in a run; everything else as the tab begins), one number for each of up to
{seeds} seeds. A mode is covered when 60 of 2,000 samples lie within 3 σ of its middle; there are 8.

| loss | {head} |
{lines}
{rows}

R1 and R2 are gradient penalties on real and generated points; *finite* takes the gradient from a small
step, *exact* by a second derivative; their weight is the same for every loss. Made by
`python benchmarks/lab.py table` and then `write`.
"""
# counts what the page draws on the plane, and the steps that it shows
WATCH = """async seconds => {
  const plane = document.querySelector('#lab-plane'), step = document.querySelector('[data-n=step]');
  const clear = plane.getContext('2d'), own = clear.clearRect;
  let frames = 0, looks = 0;
  clear.clearRect = function (...box) { frames++; return own.apply(this, box); };
  new MutationObserver(() => looks++).observe(step, {childList: true, characterData: true, subtree: true});
  const number = () => Number(step.textContent.replace(/\\D/g, ''));
  const from = number();
  await new Promise(done => setTimeout(done, 1000 * seconds));
  return [frames / seconds, looks / seconds, (number() - from) / seconds];
}"""
ARCS = 20  # of the spiral; one is covered when half its share of samples lies on it


def samples(state: TrainState, count: int = 2000) -> np.ndarray:
    """Of G's average, float32 (N, 2)."""
    with torch.no_grad():
        tokens = state.ema(noise(list(range(count)), state.model.z_dim))
        return state.tokenizer.to_items(state.tokenizer.to_signal(tokens, state.model))


def covered(points: np.ndarray, data_id: str) -> list[int]:
    """Modes covered and all; of the spiral, arcs."""
    if (found := makers.covered(points, data_id)) is not None:
        return list(found)
    real = makers.MAKERS[data_id].make(4000, 1)[0]
    nearest = np.array([np.linalg.norm(real - point, axis=1).argmin() for point in points])
    near = np.linalg.norm(real[nearest] - points, axis=1) < 3 * makers.SIGMA
    arc = np.minimum((np.linalg.norm(real, axis=1) - 0.2) / 0.8 * ARCS, ARCS - 1).astype(int)
    wanted = np.bincount(arc.clip(0), minlength=ARCS) / len(real)
    got = np.bincount(arc[nearest[near]].clip(0), minlength=ARCS) / len(points)
    return [int((got >= wanted / 2).sum()), ARCS]


def begin(data_id: str, seed: int, settings: dict) -> tuple[TrainState, Dataset]:
    dataset: Dataset = catalogue.find(data_id).load(Path())
    train = {"seed": seed, **settings}
    request = RunRequest(data=data_id, train_settings=train, budget=1000, unit="images")
    state, planned = plan.begin(request, dataset)
    return state, planned.dataset


def trained(data_id: str, seed: int, settings: dict, steps: int) -> dict:
    """So many steps at falling rates, as a run has them."""
    state, dataset = begin(data_id, seed, settings)
    state.train = replace(state.train, images=steps * state.train.batch_size * state.train.d_steps)
    for event in trainer.train_slice(state, dataset):
        if isinstance(event, RunFailed):
            return {"covered": None, "failed": str(event.cause)}
    return {"covered": covered(samples(state), data_id)}


def speed(viewer: bool, seconds: float = 10.0) -> dict:
    """Steps a second of a lab, by turns as its thread takes them."""
    lab = Lab(catalogue.find("ring").load(Path()), "ring", {}, 1)
    lab.run(True)
    lab.turn(1.0)
    first, begun, looked = lab.state.step, time.monotonic(), 0.0
    costs = []
    while time.monotonic() - begun < seconds:
        lab.turn()
        if viewer and time.monotonic() - looked > 1 / 8:
            looked = time.monotonic()
            lab.look()
            costs.append(time.monotonic() - looked)
    took = time.monotonic() - begun
    told = {"steps_per_s": round((lab.state.step - first) / took, 1)}
    return told | ({"look_ms": round(1000 * statistics.median(costs), 1)} if costs else {})


def frames(chromium: str, seconds: float = 10.0) -> dict:
    """Frames and looks a second of the tab in a browser on the same machine, and the run's steps meanwhile."""
    from page import ROOT, free_port, wait_for
    from playwright.sync_api import sync_playwright

    port = free_port()
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as play:
        command = [sys.executable, "app.py", "--port", str(port), "--data-dir", folder]
        server = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL)
        try:
            wait_for(f"http://127.0.0.1:{port}")
            browser = play.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
            tab = browser.new_page(viewport={"width": 1280, "height": 800})
            tab.goto(f"http://127.0.0.1:{port}?tab=lab")
            tab.wait_for_function("document.querySelector('#lab-data')?.value === 'ring'")
            tab.wait_for_function("document.querySelector('[data-n=step]').textContent === '0'")
            tab.locator("#lab-run").click()
            tab.wait_for_function(
                "parseInt(document.querySelector('[data-n=step]').textContent) > 50"
            )
            time.sleep(10)
            drawn, looks, steps = tab.evaluate(WATCH, seconds)
        finally:
            server.terminate()
            server.wait(20)
    rates = {"frames_per_s": drawn, "looks_per_s": looks, "steps_per_s": steps}
    return {name: round(rate, 1) for name, rate in rates.items()}


def page(known: dict) -> str:
    """The table as Markdown: modes that each seed covered, in their order; ×: its run broke off."""
    cells: dict[tuple[str, str], list[str]] = {}
    steps = seeds = 0
    for key, found in known.items():
        if key.startswith("table/"):
            _, steps, loss, name, seed = key.split("/")
            shown = "×" if found["covered"] is None else str(found["covered"][0])
            cells.setdefault((loss, name), []).append(shown)
            seeds = max(seeds, int(seed) + 1)
    rows = [
        f"| {loss} | "
        + " | ".join(" ".join(cells.get((loss, name), "–")) for name in PENALTIES)
        + " |"
        for loss in LOSSES
    ]
    return PAGE.format(
        steps=f"{int(steps):,}",
        seeds=seeds,
        batch=QUICK["batch_size"],
        rate=QUICK["lr_g"],
        head=" | ".join(PENALTIES),
        lines="|---" * (1 + len(PENALTIES)) + "|",
        rows="\n".join(rows),
    )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("what", choices=["table", "recipe", "presets", "speed", "frames", "write"])
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--steps", type=int, default=3000)
    parser.add_argument("--chromium", default="/usr/bin/chromium")
    parser.add_argument("--out", type=Path, default=Path("lab.json"))
    asked = parser.parse_args()
    torch.set_num_threads(1)  # at this size a second one only waits
    known = json.loads(asked.out.read_text()) if asked.out.is_file() else {}

    def keep(key: str, measure) -> None:
        if key not in known:
            known[key] = measure()
            asked.out.write_text(json.dumps(known, indent=1))
        print(key, known[key], flush=True)

    if asked.what == "table":
        for seed in range(asked.seeds):  # a whole table soon, then better ones
            for loss in LOSSES:
                for name, settings in PENALTIES.items():
                    whole = {"loss": loss, **QUICK, **settings}
                    keep(
                        f"table/{asked.steps}/{loss}/{name}/{seed}",
                        partial(trained, "ring", seed, whole, asked.steps),
                    )
    elif asked.what == "frames":
        keep("frames", partial(frames, asked.chromium))
    elif asked.what == "write":
        where = Path(__file__).resolve().parent.parent / "docs" / "lab.md"
        where.write_text(page(known))
    elif asked.what == "recipe":
        for seed in range(asked.seeds):
            for data_id in ("ring", "spiral", "grid"):
                key = f"recipe/{asked.steps}/{data_id}/{seed}"
                keep(key, partial(trained, data_id, seed, {}, asked.steps))
    elif asked.what == "presets":
        for name, settings in {"healthy": {}, **PRESETS}.items():
            whole = {"lr_end": 1.0, **QUICK, **settings}
            keep(f"presets/{asked.steps}/{name}", partial(trained, "ring", 1, whole, asked.steps))
    else:
        for viewer in (False, True):
            keep(f"speed/{'viewer' if viewer else 'alone'}", partial(speed, viewer))


if __name__ == "__main__":
    main()
