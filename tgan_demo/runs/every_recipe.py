"""Every recipe trained in one go, a process each, the weakest model first; and what ships, packed.

Each process is `python -m tgan_demo train --recipe ... --resume` into its own folder of `out`, with a log
beside it: it goes on with the run there, else with the bundled model, else from noise. So a second call goes
on where the first one ended or was stopped.
"""

import math
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tgan_demo.data import recipes
from tgan_demo.data.recipes import Recipe
from tgan_demo.errors import ConfigError, WeightsError
from tgan_demo.files.tensors import read_json
from tgan_demo.models import upload
from tgan_demo.models.folder import CONFIG, NEEDED
from tgan_demo.runs import checkpoint, phases

PACK_BYTES = 15_000_000  # of a file of `pack`, at most
LOOK_S = 0.2  # between two looks at the processes
LEAST_S = 1.0  # of training, also where those before took longer than they should
ROOT = Path(__file__).parents[2]


@dataclass(slots=True)
class Report:
    """What became of the recipes, by id, and what was packed."""

    trained: list[str] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)  # why, in the process's last words
    left_out: dict[str, str] = field(default_factory=dict)  # what is missing
    packed: list[str] = field(default_factory=list)  # names in out/packs
    is_stopped: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """How every recipe is to be trained."""

    out: Path
    seconds: float  # for all of them
    data_root: Path | None = None
    only: Sequence[str] = ()  # ids; (): all
    at_once: int = 1  # processes
    threads: int = 1  # of each
    words: Sequence[str] = ()  # more for the command line of each


def most_at_once(cores: int, *, on_gpu: bool) -> int:
    """Processes: on a CPU one for two cores; where there is a GPU one a core, since the step of a network
    so small keeps the card busy for a small part of the time.
    """
    return max(1, cores if on_gpu else cores // 2)


def all_recipes(only: Sequence[str] = ()) -> list[tuple[Path, Recipe]]:
    """(file, recipe) of every file of recipes/, the weakest model first; `only` some, by id."""
    found = [(path, recipes.load_recipe(str(path))) for path in recipes.RECIPES.glob("*.toml")]
    ids = {recipe.id for _, recipe in found}
    if unknown := sorted(set(only) - ids):
        raise ConfigError(f"no recipe {', '.join(unknown)}; known: {', '.join(sorted(ids))}")
    chosen = [(path, recipe) for path, recipe in found if not only or recipe.id in only]
    return sorted(chosen, key=lambda one: (-weakness(one[1]), one[1].id))


def weakness(recipe: Recipe) -> float:
    """By how many times README's score of the bundled model (`headline`) is worse than what real data get
    in its place: 1 is as good as real. Infinite where there is no such model or it was never measured.
    """
    try:
        scores = read_json(phases.WEIGHTS / recipe.id / CONFIG)["scores"]["scores"]
        space, _, key = recipe.headline[0].partition(".")
        row = scores[space][key]
        ratio = float(row["value"]) / float(row["real"])
    except (WeightsError, KeyError, IndexError, TypeError, ZeroDivisionError):
        return math.inf
    if not ratio > 0:
        return math.inf
    return {"lower": ratio, "higher": 1 / ratio}.get(row["better"], max(ratio, 1 / ratio))


def train(asked: Asked, say: Callable[[str], None], stop: Callable[[], object] = bool) -> Report:
    """Train every recipe whose data are there, each for its share of the seconds, and pack what ships.

    Those that have no run in `out` yet come first: a call that was stopped goes on with whose turn never
    came. Recipes go in rounds of `at_once`; what is left of the seconds is shared evenly by the rounds
    that are left. Loading and measuring come on top of the last one.

    Args:
        say: told what begins and ends, a line each.
        stop: true ends all processes, which save first.
    """
    asked.out.mkdir(parents=True, exist_ok=True)
    report, queue = Report(), []
    for path, recipe in all_recipes(asked.only):
        if lacks := recipes.missing(recipe, asked.data_root):
            report.left_out[recipe.id] = lacks
            say(f"{recipe.id}: left out, {lacks}")
        else:
            queue.append((path, recipe))
    queue.sort(key=lambda one: (_folder(asked, one[1]) / checkpoint.STATE).is_file())
    for ended in _children(asked, queue, say, stop):
        if ended.failure:
            report.failed[ended.id] = ended.failure
            say(f"{ended.id}: failed: {ended.failure}")
        else:
            report.trained.append(ended.id)
            say(f"{ended.id}: {'stopped' if stop() else 'done'}")
    report.is_stopped = bool(stop())
    report.packed = [path.name for path in pack(asked.out)]
    return report


def pack(out: Path, most_bytes: int = PACK_BYTES) -> list[Path]:
    """The model of each run in `out`, its folder's files as a zip in out/packs: one that the page's upload
    takes. One that is larger than `most_bytes` comes in pieces (.zip.001, .zip.002), to be joined by `cat`.
    """
    place, packed = out / "packs", []
    place.mkdir(exist_ok=True)
    for old in place.glob("*.zip*"):
        old.unlink()
    for folder in sorted(out.glob("*/model")):
        if all((folder / name).is_file() for name in NEEDED):
            path = upload.pack(folder, place)
            packed += _pieces(path.rename(place / f"{folder.parent.name}.zip"), most_bytes)
    return packed


def _pieces(path: Path, most_bytes: int) -> list[Path]:
    """The file itself, or where it is too large what it was cut into."""
    if path.stat().st_size <= most_bytes:
        return [path]
    content, pieces = path.read_bytes(), []
    for number, start in enumerate(range(0, len(content), most_bytes), 1):
        piece = path.with_name(f"{path.name}.{number:03}")
        piece.write_bytes(content[start : start + most_bytes])
        pieces.append(piece)
    path.unlink()
    return pieces


@dataclass(slots=True)
class _Child:
    """A process that trains one recipe."""

    id: str
    process: subprocess.Popen
    log: Path
    failure: str = ""

    def has_ended(self, is_stopped: bool) -> bool:
        code = self.process.poll()
        if code is None:
            return False
        # one that is asked to stop says by its code which signal it was; killed by it: it had not begun
        signals = {sign * signal.SIGTERM + base for sign, base in ((1, 128), (-1, 0))}
        if code and not (is_stopped and (code in signals or os.name == "nt")):
            self.failure = f"{_last_line(self.log)} (exit status {code}; {self.log})"
        return True

    def ask_to_stop(self) -> None:
        """The process saves and ends."""
        if os.name == "nt":  # there SIGTERM would end it at once
            self.process.send_signal(signal.CTRL_BREAK_EVENT)
        else:
            self.process.terminate()


def _children(
    asked: Asked,
    queue: list[tuple[Path, Recipe]],
    say: Callable[[str], None],
    stop: Callable[[], object],
) -> Iterator[_Child]:
    """Each process when it has ended."""
    end = time.monotonic() + asked.seconds
    rounds = math.ceil(len(queue) / asked.at_once)
    running: list[_Child] = []
    number, is_asked = 0, False
    while running or (number < len(queue) and not is_asked):
        while number < len(queue) and len(running) < asked.at_once and not is_asked:
            left = max(0.0, end - time.monotonic()) / (rounds - number // asked.at_once)
            path, recipe = queue[number]
            running.append(_begin(asked, path, recipe, max(LEAST_S, left)))
            say(f"{recipe.id}: begun for {max(LEAST_S, left):,.0f} s, {running[-1].log}")
            number += 1
        if stop() and not is_asked:
            is_asked = True
            for child in running:
                child.ask_to_stop()
        ended = [child for child in running if child.has_ended(is_asked)]
        running = [child for child in running if child not in ended]
        yield from ended
        if running and not ended:
            time.sleep(LOOK_S)


def _begin(asked: Asked, path: Path, recipe: Recipe, seconds: float) -> _Child:
    folder = _folder(asked, recipe)
    command = [sys.executable, "-m", "tgan_demo", "--threads", str(asked.threads), "train"]
    command += ["--recipe", str(path.resolve()), "--resume", "--seconds", f"{seconds:.1f}"]
    command += ["--out", str(folder.resolve()), *asked.words]
    if asked.data_root is not None:
        command += ["--data", str(asked.data_root.resolve())]
    log = folder.with_name(f"{folder.name}.log")
    # a group of its own: Ctrl-C in a terminal comes to us alone, and each child is asked to stop once
    own_group: dict[str, Any] = (
        {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP}
        if sys.platform == "win32"
        else {"start_new_session": True}
    )
    with log.open("ab") as file:
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT,
            **own_group,
        )
    return _Child(recipe.id, process, log)


def _folder(asked: Asked, recipe: Recipe) -> Path:
    return asked.out / recipe.id.replace("/", "-")


def _last_line(log: Path) -> str:
    """What a process said last; "" where it said nothing."""
    with log.open("rb") as file:
        file.seek(max(0, log.stat().st_size - 2_000))
        lines = file.read().decode("utf-8", "replace").split("\n")
    return next((line.strip()[:300] for line in reversed(lines) if line.strip()), "")
