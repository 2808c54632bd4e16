"""Whether this tree draws and trains what another commit does, byte for byte, on this machine.

Run: python benchmarks/same_as.py COMMIT [--models [ID ...]] [--train [NAME ...]] [--threads 1]

COMMIT is checked out into a temporary worktree, which is removed afterwards. Then the same command
lines run there and here, each in a process of its own, with this Python and the same threads:

- for each bundled model `sample MODEL --count 8 --seed 7`: the arrays it writes, or its JSON lines;
- for each row of RUNS `train`, seed 0, float32, 20 steps: the weights that it ends with, averaged and
  not, D's, and the moments of both optimisers. Losses are printed too coarsely and too seldom; the
  weights come out the same only if each step's gradients did. Numbers are compared under their names,
  or with whatever holds the same bytes where a name is gone; what is new here is not looked at.

A modality whose G begins with a warm start is in it for all 20 steps of a run from scratch, so it has
a second row that starts from a model, where there is none. Without --models and --train, both are done.
Prints a table and a last line of JSON; exits 1 when something differs.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from safetensors.numpy import load_file

ROOT = Path(__file__).parent.parent
SMALL = ("width=32", "depth=1", "heads=2", "z_dim=16")
STEPS, BATCH = 20, 8
# a warm start that is not asked for is cut to a third of a budget since; by its name in every version
WARM = "rehearsal=6000"
RUNS = {  # name -> what `train` is told besides
    "image": ("--data", "shapes", "--set", *SMALL, "patch=8"),
    "text": ("--data", "verses", "--set", *SMALL, WARM),
    "text from a model": ("--model", "text/poems", "--data", "verses", "--set"),
    "text, latent": ("--model", "text/code", "--data", "python", "--set"),
    "audio": ("--data", "drums", "--set", *SMALL, WARM),
    "audio from a model": ("--model", "audio/drums", "--data", "drums", "--set"),
    "video": ("--data", "moving_shapes", "--set", *SMALL, WARM),
    "video from a model": ("--model", "video/shapes", "--data", "moving_shapes", "--set"),
}
EVERY = f"batch_size={BATCH}", "precision=float32"


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("commit", help="what to compare with, such as b5e0623")
    parser.add_argument("--models", nargs="*", metavar="ID", help="only models; these, or all")
    parser.add_argument(
        "--train", nargs="*", metavar="NAME", help=f"only runs; of {', '.join(RUNS)}; or all"
    )
    parser.add_argument("--threads", type=int, default=1)
    args = parser.parse_args()
    both = args.models is None and args.train is None
    known = sorted(
        p.parent.relative_to(ROOT / "weights") for p in ROOT.glob("weights/*/*/config.json")
    )
    models = chosen(args.models, [path.as_posix() for path in known], both, parser)
    runs = chosen(args.train, list(RUNS), both, parser)
    differing = {}
    with tempfile.TemporaryDirectory(prefix="same-as-") as name, worktree(args.commit) as there:
        folder = Path(name)
        print(f"{'what':28} compared with {args.commit}, {args.threads} thread(s)", flush=True)
        for kind, names, compare in (("sample", models, sampled), ("train", runs, trained)):
            for one in names:
                said = compare(one, there, folder, args.threads)
                print(f"{kind + ' ' + one:28} {said or 'same'}", flush=True)
                if said:
                    differing[f"{kind} {one}"] = said
    print(json.dumps({"compared": len(models) + len(runs), "differing": differing}))
    return 1 if differing else 0


def chosen(
    asked: list[str] | None, known: list[str], both: bool, parser: argparse.ArgumentParser
) -> list[str]:
    """The names asked for; all of them where none is named; none where only the others were wanted."""
    if asked is None:
        return known if both else []
    for name in asked:
        if name not in known:
            parser.error(f"there is no {name!r}; known: {', '.join(known)}")
    return asked or known


@contextmanager
def worktree(commit: str) -> Iterator[Path]:
    """The commit's files in a folder of their own, for as long as they are needed."""
    with tempfile.TemporaryDirectory(prefix="same-as-") as folder:
        place = Path(folder) / "there"
        git("worktree", "add", "--detach", str(place), commit)
        try:
            yield place
        finally:
            git("worktree", "remove", "--force", str(place))


def git(*words: str) -> None:
    done = subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"git {words[0]} {words[1]}: {done.stderr.strip()}")


def run(tree: Path, threads: int, home: Path, words: list[str]) -> str:
    """One command of a tree in a process of its own; what went wrong, "" where nothing did."""
    paths = {"TGAN_HOME": str(home), "PYTHONPATH": str(tree)}
    counts = dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS"), str(threads))
    command = [sys.executable, "-m", "tgan_demo", "--threads", str(threads), *words]
    done = subprocess.run(
        command, cwd=tree, env=os.environ | paths | counts, capture_output=True, text=True
    )
    return (done.stderr.strip() or done.stdout.strip())[-300:] if done.returncode else ""


def both_trees(there: Path, folder: Path, threads: int, words: list[str], out: str) -> str:
    """`words` with `--out` there and here; what failed, "" where nothing did."""
    for side, tree in (("there", there), ("here", ROOT)):
        place = folder / side / out
        place.parent.mkdir(parents=True, exist_ok=True)
        if failed := run(tree, threads, folder / "home", [*words, "--out", str(place)]):
            return f"failed {side}: {failed}"
    return ""


def sampled(model: str, there: Path, folder: Path, threads: int) -> str:
    """How the samples of one model differ; "" where they do not."""
    out = f"{model.replace('/', '-')}.npz"  # of texts these are JSON lines, whatever it is called
    words = ["sample", model, "--count", "8", "--seed", "7"]
    if failed := both_trees(there, folder, threads, words, out):
        return failed
    was, now = (folder / side / out for side in ("there", "here"))
    if was.read_bytes()[:2] == now.read_bytes()[:2] == b"PK":
        with np.load(was) as before, np.load(now) as after:
            return arrays_differ(dict(before), dict(after))
    lines = (path.read_bytes().splitlines() for path in (was, now))
    return "" if was.read_bytes() == now.read_bytes() else f"{unlike(*lines)} lines differ"


def trained(name: str, there: Path, folder: Path, threads: int) -> str:
    """How the weights of one run differ; "" where they do not."""
    out = "".join(letter if letter.isalnum() else "-" for letter in name)
    words = ["train", *RUNS[name], *EVERY, "--images", str(STEPS * BATCH), "--seed", "0"]
    if failed := both_trees(there, folder, threads, words, out):
        return failed
    said = []
    for file in ("state.safetensors", "model.safetensors"):
        was, now = (load_file(folder / side / out / file) for side in ("there", "here"))
        # records are JSON in bytes, and may name things anew
        was = {key: value for key, value in was.items() if value.dtype != np.uint8 or key == "rng"}
        if found := arrays_differ(was, now):
            said.append(f"{file}: {found}")
    return "; ".join(said)


def arrays_differ(was: dict[str, np.ndarray], now: dict[str, np.ndarray]) -> str:
    """The largest difference of arrays of the same name, and what is missing; "" where all are there."""
    held = {contents(array) for array in now.values()}
    largest, where, unlike_ones, gone = 0.0, "", 0, []
    for name, array in was.items():
        if name not in now or now[name].shape != array.shape or now[name].dtype != array.dtype:
            if contents(array) not in held:
                gone.append(name)
        elif contents(array) != contents(now[name]):
            unlike_ones += 1
            if array.dtype.kind in "biuf":
                apart = np.abs(array.astype(np.float64) - now[name].astype(np.float64))
                if not where or apart.max() > largest:
                    largest, where = float(apart.max()), name
    said = (
        [f"max difference {largest:.3g} ({where}; {unlike_ones} of {len(was)})"]
        if unlike_ones
        else []
    )
    said += [f"gone: {', '.join(gone[:3])}{', ...' if len(gone) > 3 else ''}"] if gone else []
    return "; ".join(said)


def contents(array: np.ndarray) -> tuple[str, tuple[int, ...], bytes]:
    return str(array.dtype), array.shape, np.ascontiguousarray(array).tobytes()


def unlike(was: list[bytes], now: list[bytes]) -> int:
    pairs = zip(was, now, strict=False)
    return sum(a != b for a, b in pairs) + abs(len(was) - len(now))


if __name__ == "__main__":
    sys.exit(main())
