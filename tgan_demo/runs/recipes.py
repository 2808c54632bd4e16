"""How the bundled models are trained: one TOML file each, one resumable command.

A recipe has a constant phase that can go on for ever and a cool-down fork: from a copy of the run, 15 %
of the images so far at falling rates. What scores better of the two ships. Rows [cpu] and [gpu] say what
differs there.
"""

import itertools
import logging
import os
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from tgan_demo.config import ModelConfig, TrainConfig, from_dict
from tgan_demo.contract import Dataset
from tgan_demo.data import catalogue, held_out
from tgan_demo.engine.draw.model import Model
from tgan_demo.engine.game.state import TrainState, new_state
from tgan_demo.errors import ConfigError, DataError
from tgan_demo.events import Event, RunFailed, Saved
from tgan_demo.modalities import registry
from tgan_demo.models.folder import GAME, load_model, save_trained
from tgan_demo.runs import checkpoint, drive
from tgan_demo.runs.budget import Budget

logger = logging.getLogger(__name__)

RECIPES = Path(__file__).parent.parent.parent / "recipes"
WEIGHTS = RECIPES.parent / "weights"
COOLDOWN = 0.15  # of the images so far
# unless a recipe says otherwise: the penalty holds the weight it came with, for a slow D is never sure
# and the rule would let go; the average holds its length, for the fork is short
FORK = {"lr_end": 0.0, "auto_gamma": False, "ema_ramp": 0.0}


@dataclass(frozen=True, slots=True)
class Recipe:
    id: str
    title: str
    data: dict
    model: ModelConfig
    train: TrainConfig  # the constant phase
    cooldown: TrainConfig  # what differs while cooling down; `images` is set at the fork
    tokenizer: dict = field(
        default_factory=dict
    )  # how the tokenizer learns of the data before the game
    temperature: float = 1.0  # at which the model is to be read


def load_recipe(name: str, *, device: str = "cpu") -> Recipe:
    """A recipe by file path or by its name in recipes/, with the row of the device."""
    path = Path(name) if name.endswith(".toml") else RECIPES / f"{name.replace('/', '-')}.toml"
    if not path.is_file():
        known = ", ".join(sorted(p.stem for p in RECIPES.glob("*.toml")))
        raise ConfigError(f"there is no recipe {name!r}; known: {known}")
    try:
        table = tomllib.loads(path.read_text("utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path.name} is not TOML: {error}") from error
    row = table.get("cpu" if device == "cpu" else "gpu", {})
    train = from_dict(TrainConfig, {"images": 10**9, **table.get("train", {}), **row})
    cooldown = {**table.get("train", {}), **row, **FORK, **table.get("cooldown", {})}
    return Recipe(
        table["id"],
        table["title"],
        table["data"],
        from_dict(ModelConfig, table["model"] | {"classes": classes_of(table["data"])}),
        train,
        from_dict(TrainConfig, cooldown),
        table.get("tokenizer", {}),
        table.get("temperature", 1.0),
    )


def classes_of(data: dict) -> list[str]:
    """Names of a recipe's classes; with factors, one of each: "seven / theo"."""
    if "factors" in data:
        return [" / ".join(one) for one in itertools.product(*data["factors"].values())]
    return data.get("classes", [])


def load_data(recipe: Recipe, root: str | Path | None = None, *, split: str = "train") -> Dataset:
    """The recipe's data, from `root` or the folder named by the environment variable TGAN_DATA.

    A recipe that says `made` instead of `file` trains on what our own code makes, and needs no folder.
    """
    held_out.check(split)
    if made := recipe.data.get("made"):
        return _made(recipe, made, split)
    folder = root or os.environ.get("TGAN_DATA")
    if not folder:
        raise DataError(
            f"recipe {recipe.id} wants {recipe.data['file']}; name its folder with --data or TGAN_DATA"
        )
    bring = registry.get(recipe.model.modality).bring
    return bring.load_recipe(Path(folder), recipe.data, split)


def traits_of(
    recipe: Recipe, root: str | Path | None = None, *, split: str = "train"
) -> np.ndarray:
    """What the characters of clips are made of, int64 (N, P): the file's "attributes"."""
    path = Path(root or os.environ.get("TGAN_DATA", "")) / recipe.data["file"]
    with np.load(path, allow_pickle=False) as arrays:
        is_test = arrays["is_test"]
        return arrays["attributes"][is_test if split == "test" else ~is_test].astype(np.int64)


def _made(recipe: Recipe, data_id: str, split: str) -> Dataset:
    """What our own code makes: of a set that ends, every `hold_every`th sample is the test part; of one
    without end, what another seed gives.
    """
    if every := recipe.data.get("hold_every", 0):
        items = catalogue.make(data_id).items
        about = {key: recipe.data[key] for key in ("name", "licence", "source")}
        chosen = held_out.every(len(items), every, split)
        return Dataset(items=items[chosen], modality=recipe.model.modality, **about)
    count = recipe.data.get("count", catalogue.find(data_id).maker.most)
    return catalogue.make(
        data_id, count if split == "train" else count // 5, seed=int(split == "test")
    )


def run(
    recipe: Recipe,
    dataset: Dataset,
    out: Path,
    *,
    device: str = "cpu",
    seconds: float | None = None,
    images: int | None = None,
    resume: bool = False,
    set_train: dict | None = None,
) -> Iterator[Event]:
    """The constant phase, saved into `out` all along, until the budget is used up.

    Args:
        resume: go on with the run in `out`, or where there is none with the bundled model.
    """
    train = replace(recipe.train, **(set_train or {}))
    if resume and (out / checkpoint.STATE).is_file():
        state = checkpoint.load_state(out / checkpoint.STATE, device=device)
        # settings may be tuned between slices; the run keeps its weights, moments and random stream
        state.train = replace(train, seed=state.train.seed)
    elif resume and (WEIGHTS / recipe.id / "model.safetensors").is_file():
        state = from_model(load_model(WEIGHTS / recipe.id), train, device=device)
    else:
        tokenizer = registry.tokenizer(recipe.model.modality, recipe.model.route)
        tokenizer = tokenizer.fit(dataset, **recipe.tokenizer)
        state = new_state(recipe.model, train, tokenizer, device=device)
    events = drive.drive(state, dataset, _slice(state, seconds, images), folder=out)
    yield from _driven(recipe, state, events, out)


def cool_down(
    recipe: Recipe, dataset: Dataset, out: Path, *, share: float = COOLDOWN, device: str = "cpu"
) -> Iterator[Event]:
    """Fork the run in `out`, train it on `share` of its images at falling rates, write out/model."""
    state = checkpoint.load_state(out / checkpoint.STATE, device=device)
    budget = max(state.train.batch_size, int(state.nimg * share))
    state.train = replace(recipe.cooldown, images=budget, warm_start=0)
    state.start_nimg = state.nimg
    yield from _driven(recipe, state, drive.drive(state, dataset), out)


def _slice(state: TrainState, seconds: float | None, images: int | None) -> Budget | None:
    """So many images or seconds more, of a run that has no end."""
    if not images and not seconds:
        return None
    nimg = state.nimg - state.start_nimg
    amount, unit = (images, "images") if images else (seconds, "seconds")
    return Budget(amount=amount or 0, unit=unit, nimg=nimg, is_slice=True)


def _driven(
    recipe: Recipe, state: TrainState, events: Iterator[Event], out: Path
) -> Iterator[Event]:
    """The events, and out/model after the last unless the run failed."""
    for event in events:
        yield event
        if isinstance(event, RunFailed):
            return
    save(recipe, state, out / "model")
    yield Saved(nimg=state.nimg, path=out / "model")


def from_model(model: Model, train: TrainConfig, *, device: str = "cpu") -> TrainState:
    """The run that a model folder came from, gone on with: the optimisers' moments are warmed up again."""
    state = new_state(model.config, train, model.tokenizer, start=(model.G, model.D), device=device)
    if state.encoder is not None and model.encoder is not None:
        state.encoder.load_state_dict(model.encoder.state_dict())
    state.nimg = int(model.meta.get("nimg", 0))
    state.seconds = float(model.meta.get("seconds", 0))
    for name, value in model.meta.get("game", {}).items():
        if name in GAME:
            setattr(state, name, float(value))
    return state


def save(recipe: Recipe, state: TrainState, folder: Path) -> None:
    data = {key: recipe.data[key] for key in ("name", "licence", "source")}
    if "factors" in recipe.data:
        data["factors"] = list(recipe.data["factors"])
    save_trained(
        folder, state, id=recipe.id, title=recipe.title, data=data, temperature=recipe.temperature
    )
