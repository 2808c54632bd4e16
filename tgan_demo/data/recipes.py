"""Recipes of the bundled models: one TOML file each, read with the data that it names.

A recipe says its data, the shape of both networks, how the constant phase goes, and what differs while
cooling down. Rows [cpu] and [gpu] say what differs there. runs/phases.py trains by it.
"""

import itertools
import os
import tomllib
from dataclasses import dataclass, field, replace
from pathlib import Path

from tgan_demo.config import ModelConfig, TrainConfig, from_dict
from tgan_demo.contract import Dataset
from tgan_demo.data import catalogue, held_out
from tgan_demo.errors import ConfigError, DataError
from tgan_demo.modalities import registry
from tgan_demo.shipped import RECIPES

# unless a recipe says otherwise: the penalty holds the weight it came with, for a slow D is never sure
# and the rule would let go; the average holds its length, for the fork is short
FORK = {"lr_end": 0.0, "auto_gamma": False, "ema_ramp": 0.0}


@dataclass(frozen=True, slots=True)
class Recipe:
    """One file of recipes/."""

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
    judge: str = ""  # "space.score" of a report: which of two models is better
    headline: tuple[
        str, ...
    ] = ()  # README's score, its name there and, where it is a ratio, of what


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
        table.get("judge", ""),
        tuple(table.get("headline", ())),
    )


def of(model_id: str) -> Recipe | None:
    """The recipe that a model was trained by, if there is one."""
    # never a path: the id comes from a file that anyone may have written
    known = {path.stem: path.stem for path in RECIPES.glob("*.toml")}
    name = known.get(model_id.replace("/", "-"))
    return None if name is None else load_recipe(name)


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


def missing(recipe: Recipe, root: str | Path | None = None) -> str:
    """What of the recipe's data is not there, in a few words; "" where all of it is. Nothing is read."""
    if recipe.data.get("made"):
        return ""
    names, folder = recipe.data["file"].split(" + "), root or os.environ.get("TGAN_DATA")
    if not folder:
        return f"it wants {', '.join(names)} in the folder that --data or TGAN_DATA names"
    lacks = [name for name in names if not (Path(folder) / name).is_file()]
    return f"there is no {', '.join(lacks)} in {Path(folder).name}" if lacks else ""


def _made(recipe: Recipe, data_id: str, split: str) -> Dataset:
    """What our own code makes: of a set that ends, every `hold_every`th sample is the test part; of one
    without end, what another seed gives. With `endless`, training never sees a sample twice.
    """
    if every := recipe.data.get("hold_every", 0):
        items = catalogue.make(data_id).items
        about = {key: recipe.data[key] for key in ("name", "licence", "source")}
        chosen = held_out.every(len(items), every, split)
        return Dataset(items=items[chosen], modality=recipe.model.modality, **about)
    source = catalogue.find(data_id)
    count = recipe.data.get("count", source.most)
    if split == "test":
        return source.make(count // 5, seed=1)
    made = source.make(count)
    return replace(made, more=source.more) if recipe.data.get("endless") else made
