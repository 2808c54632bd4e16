"""What the warm start alone gave, and what the game made of it: figures of the beta-VAE and the recipe's score
when either ends, kept as JSON in the run's folder.

Each end is measured once, however often the run is stopped and gone on with.
"""

import math
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tgan_demo.contract import Dataset
from tgan_demo.data.recipes import Recipe
from tgan_demo.engine.game.state import TrainState
from tgan_demo.engine.game.vae_figures import figures, share
from tgan_demo.files.tensors import read_json, write_json
from tgan_demo.measure.task import Options
from tgan_demo.modalities import registry
from tgan_demo.models.folder import CONFIG, SHOWN, load_model, names_of

FILE = "vae.json"  # in the run's folder; "vae" in the model's config.json
ENDS = ("warm_start", "game")
COUNT = 500  # samples of each end; about a minute

Save = Callable[[Path], None]


def is_warm(state: TrainState) -> bool:
    """Whether the last step was the warm start's last."""
    train = state.train
    since = state.nimg - state.start_nimg - train.warm_start
    return train.warm_start > 0 and 0 <= since < train.batch_size * train.d_steps


def is_in_game(state: TrainState) -> bool:
    """Whether the game has begun in a run with a VAE, or with a tokenizer in its encoder's place."""
    has_vae = state.encoder is not None or (
        state.tokenizer.encodes and state.train.reconstruction_weight > 0
    )
    return has_vae and not state.is_warm_start and not is_warm(state)


def begin(out: Path, meta: dict | None = None) -> None:
    """A new run in `out`: nothing is known of its ends, or what its first model's config.json says."""
    (out / FILE).unlink(missing_ok=True)
    known = (meta or {}).get("vae")
    if isinstance(known, dict) and known:
        out.mkdir(parents=True, exist_ok=True)
        write_json(out / FILE, {end: known[end] for end in ENDS if end in known})


def keep(
    out: Path,
    end: str,
    state: TrainState,
    recipe: Recipe,
    save: Save,
    parts: tuple[Dataset, Dataset | None],
    before: Path,
) -> None:
    """Measure one of ENDS, unless it was, and keep it in `out`.

    Args:
        save: writes the run's model into a folder.
        parts: what the run learns from; validation data of the same kind, without which there is no score.
        before: a model folder of the same data, whose classifiers the score is taken with.
    """
    kept = read(out)
    if kept.get(end, {}).get("nimg") == state.nimg:
        return
    train, validation = parts
    found: dict[str, Any] = {"nimg": state.nimg}
    found |= figures(state, validation or train, COUNT, batches=0)
    if end == "game":  # the share is of training: of data that D knows
        found["share"] = share(state, train)
    if validation is not None and (row := _score(state, recipe, save, train, validation, before)):
        found |= {"judge": recipe.judge, "score": row}
    out.mkdir(parents=True, exist_ok=True)
    write_json(out / FILE, kept | {end: found})


def read(out: Path) -> dict[str, Any]:
    """What is known of a run's ends; {} where nothing was kept."""
    return read_json(out / FILE) if (out / FILE).is_file() else {}


def carry(out: Path, model: Path) -> None:
    """Say in a model's config.json what is known of its run, for its card."""
    meta, kept = read_json(model / CONFIG), read(out)
    if kept.get("game", {}).get("nimg") != meta["nimg"]:
        kept.pop("game", None)  # of another model of this run
    if kept:
        write_json(model / CONFIG, meta | {"vae": kept})


def _score(
    state: TrainState,
    recipe: Recipe,
    save: Save,
    train: Dataset,
    validation: Dataset,
    before: Path,
) -> dict[str, float] | None:
    """The recipe's judge of the run as it is now; None where it cannot be taken yet."""
    space, _, key = recipe.judge.partition(".")
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        save(folder)
        for name in set(names_of(state.model.modality)) - set(SHOWN):
            if (before / name).is_file():
                shutil.copyfile(before / name, folder / name)
        model = load_model(folder)
        measure = registry.get(state.model.modality).measure
        options = Options(temperature=model.temperature, space=space)
        found = measure.evaluate(model, train, validation, n=COUNT, options=options)["scores"]
    row = found.get(space, {}).get(key)
    if row is None or not math.isfinite(row["value"]):
        return None
    return {name: row[name] for name in ("value", "real", "n")}
