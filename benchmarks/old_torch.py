"""Whether the studio runs with another version of torch: in a virtual environment of its own.

    python benchmarks/old_torch.py [--torch 2.8.0] [--folder DIR] [--keep]

Makes the environment in DIR (or a temporary folder; 3 to 9 GB) with that torch, and else what requirements.txt
pins. There it draws one sample of every bundled model and says whether its bytes are those of this torch,
trains each for ten steps on data that it can take, and runs some of the tests. ZeroGPU takes 2.8.0 to 2.11.0.
"""

import argparse
import hashlib
import json
import subprocess
import sys
import tempfile
import venv
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tgan_demo.models.listing import ModelInfo
    from tgan_demo.studio import Studio

ROOT = Path(__file__).resolve().parents[1]
TESTS = [
    "test_losses",
    "test_penalties",
    "test_warm_start",
    "test_graph",
    "test_zerogpu",
    "test_zerogpu_loans",
]


def main() -> None:
    parser = argparse.ArgumentParser(description=str(__doc__).split("\n")[0])
    parser.add_argument("--torch", default="2.8.0")
    parser.add_argument("--folder", type=Path, default=None)
    parser.add_argument("--keep", action="store_true", help="take the environment that is there")
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.inside:
        tried()
        return
    with tempfile.TemporaryDirectory(prefix="old_torch-") as temporary:
        folder = args.folder or Path(temporary)
        python = folder / "bin" / "python"
        if not (args.keep and python.exists()):
            install(folder, python, args.torch)
        runs = [[str(p), str(Path(__file__)), "--inside"] for p in (sys.executable, python)]
        here, there = (json.loads(subprocess.check_output(run, cwd=ROOT)) for run in runs)
        print(f"torch {here['torch']} here, {there['torch']} there")
        for name, (drawn, loss) in there["models"].items():
            same = "the same bytes" if drawn == here["models"][name][0] else "OTHER BYTES"
            print(
                f"{name}: {same}; loss of D after ten steps {loss}, here {here['models'][name][1]}"
            )
        files = [f"tests/{name}.py" for name in TESTS]
        options = ["-q", "-p", "no:cacheprovider", "-m", "not ui and not slow"]
        sys.exit(subprocess.call([str(python), "-m", "pytest", *options, *files], cwd=ROOT))


def install(folder: Path, python: Path, version: str) -> None:
    """An environment with that torch, the rest as it is pinned, and what the tests want."""
    venv.create(folder, with_pip=True, clear=True)
    lines = (ROOT / "requirements.txt").read_text("utf-8").splitlines()
    rest = [line for line in lines if line and line[0] != "#" and not line.startswith("torch")]
    wanted = [f"torch=={version}", *(line for line in rest if ";" not in line)]
    wanted += ["pytest", "playwright", "pytest-timeout"]
    subprocess.run([str(python), "-m", "pip", "install", "-q", *wanted], check=True)


def loss_of_ten_steps(studio: "Studio", info: "ModelInfo") -> float:
    """D's loss after ten steps from the model, or from scratch where it cannot take the data we make."""
    from tgan_demo.data import catalogue
    from tgan_demo.engine.game import trainer
    from tgan_demo.errors import ConfigError
    from tgan_demo.runs import plan
    from tgan_demo.runs.request import SCRATCH, RunRequest

    names = [
        n for n, of in catalogue.built_in().items() if of.maker and of.modality == info.modality
    ]
    for start, name in [(info.id, name) for name in names] + [(SCRATCH, names[0])]:
        request = RunRequest(
            data=name, start=start, preset="", budget=100, unit="steps",
            train_settings={"batch_size": 4, "precision": "float32"},
        )  # fmt: skip
        dataset = replace(catalogue.make(name, count=200), labels=None, classes=())
        model = None if start == SCRATCH else studio.load(start)
        try:
            state, planned = plan.begin(request, dataset, model)
        except ConfigError:  # other words, another length
            continue
        *_, last = trainer.train_slice(state, planned.dataset, steps=10)
        return round(last.loss_d, 4)
    raise SystemExit(f"no data here for {info.id}")


def tried() -> None:
    """One draw and ten steps of every bundled model, as JSON on stdout."""
    sys.path.insert(0, str(ROOT))
    import torch

    from tgan_demo.config import SampleConfig
    from tgan_demo.studio import Studio

    torch.set_num_threads(1)
    told: dict[str, list[object]] = {}
    with tempfile.TemporaryDirectory() as home:
        studio = Studio(Path(home))
        for info in studio.models():
            drawn = studio.sample(info.id, SampleConfig(seed=0, count=1)).items
            told[info.id] = [hashlib.sha256(drawn.tobytes()).hexdigest(), None]
            told[info.id][1] = loss_of_ten_steps(studio, info)
    print(json.dumps({"torch": torch.__version__, "models": told}))


if __name__ == "__main__":
    main()
