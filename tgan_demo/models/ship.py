"""Ship a model: evaluate it, write card, sheet and what its scores are measured with, and put its folder in
place of the one that was there, if it is better.

Better is one score, which the recipe names (`judge = "space.score"`), taken on validation data: see
held_out.for_validation.
"""

import os
import shutil
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from tgan_demo.contract import Dataset
from tgan_demo.data import held_out, recipes
from tgan_demo.data.recipes import Recipe, load_data
from tgan_demo.errors import ConfigError, DataError
from tgan_demo.files.tensors import read_json, write_json
from tgan_demo.measure.encoder import Targets
from tgan_demo.measure.task import SAMPLES
from tgan_demo.modalities import registry
from tgan_demo.models import card, collection, evaluation
from tgan_demo.models.collection import WEIGHTS
from tgan_demo.models.folder import (
    CONFIG,
    CURVES,
    NEEDED,
    SHOWN,
    load_model,
    names_of,
    read_curves,
    write_curves,
)

CLASSIFIER_SECONDS = 280.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """How a model is to be shipped."""

    data_root: str | Path | None = None
    note: str | None = None  # None: the one that its card has
    replace: bool = False  # whatever the judge says
    to: Path = WEIGHTS
    count: int = SAMPLES
    trained_on_generated: bool = False
    language_model: bool = False
    temperature: float | None = None  # None: the model's own
    seconds: float = CLASSIFIER_SECONDS  # to train a classifier for, where there is none


def ship(source: Path, asked: Asked) -> dict[str, Any]:
    """Ship a model folder; {"model", "shipped", "judge", "new", "old", "out"}.

    Raises:
        ConfigError: it has no recipe, or the recipe names no judge.
        DataError: its data are not there.
    """
    meta = read_json(source / CONFIG)
    recipe = recipes.of(str(meta.get("id", "")))
    if recipe is None:
        raise ConfigError(
            f"{source.name} has no recipe, so nobody knows its data; ship what "
            "`train --recipe` wrote, or write a recipe for it"
        )
    train, test = (load_data(recipe, asked.data_root, split=split) for split in ("train", "test"))
    place = asked.to / recipe.id
    with tempfile.TemporaryDirectory(prefix=".ship-", dir=_made(asked.to)) as scratch:
        folder = Path(scratch) / "model"
        _copy(source, place if place.is_dir() else WEIGHTS / recipe.id, folder)
        bundle(recipe, folder, asked.data_root, seconds=asked.seconds, data=(train, test))
        new, old = None, None
        if place.is_dir():
            new, old = (judged(recipe, one, train, asked.count) for one in (folder, place))
        found = {"model": recipe.id, "judge": recipe.judge, "new": new, "old": old}
        if new and old and not asked.replace and not is_better(new, old):
            return found | {"shipped": False, "out": str(place)}
        began = time.monotonic()
        scores = _scores(load_model(folder).temperature, folder, train, test, asked)
        scores["measured"] = collection.measured(time.monotonic() - began)
        _record(folder, recipe, chosen(recipe, new, old))
        note = str(meta.get("note", "")) if asked.note is None else asked.note
        card.sheet(folder)
        card.write_card(folder, scores, note=note)
        _put(folder, place)
        if asked.to == WEIGHTS:
            collection.write_pages()
    return found | {"shipped": True, "out": str(place)}


def bundle(
    recipe: Recipe,
    folder: Path,
    data_root: str | Path | None = None,
    *,
    seconds: float = CLASSIFIER_SECONDS,
    data: tuple[Dataset, Dataset] | None = None,
) -> None:
    """Write what scores need where the data are not into a model folder: a classifier, unless it has one,
    and what real data get.
    """
    train, test = data or tuple(
        load_data(recipe, data_root, split=split) for split in ("train", "test")
    )
    model = load_model(folder)
    traits = traits_of(recipe, data_root)
    registry.get(model.config.modality).measure.bundle(
        model,
        train,
        test,
        targets=targets_of(recipe, train, test) or traits,
        traits=traits,
        seconds=seconds,
    )


def targets_of(recipe: Recipe, train: Dataset, test: Dataset) -> Targets | None:
    """What a classifier of this data can learn of its classes: their factors, or the classes."""
    if factors := recipe.data.get("factors"):
        sizes = {name: len(values) for name, values in factors.items()}
        return Targets(sizes, *(_columns(part.labels, sizes) for part in (train, test)))
    if recipe.data.get("traits") or not recipe.data.get("classes"):
        return None  # traits say more than classes
    sizes = {"class": len(recipe.data["classes"])}
    return Targets(sizes, *(_columns(part.labels, sizes) for part in (train, test)))


def traits_of(recipe: Recipe, data_root: str | Path | None = None) -> Targets | None:
    """What else is known of the data's items; None where the recipe names no traits."""
    names = recipe.data.get("traits", ())
    if not names:
        return None
    path = Path(data_root or os.environ.get("TGAN_DATA", "")) / recipe.data["file"]
    with np.load(path, allow_pickle=False) as arrays:
        key = next((key for key in ("traits", "attributes") if key in arrays), None)
        if key is None or arrays[key].shape[1:] != (len(names),):
            raise DataError(f"{path.name} wants an array 'traits' of {len(names)} columns")
        all_NT = arrays[key].astype(np.int64)
        is_test = arrays.get("is_test", None)
    sizes = {name: int(all_NT[:, i].max()) + 1 for i, name in enumerate(names)}
    if is_test is not None:
        return Targets(sizes, all_NT[~is_test], all_NT[is_test])
    last = recipe.data.get("held_out", 0)
    rows = (held_out.rows(len(all_NT), last, split) for split in ("train", "test"))
    return Targets(sizes, *(all_NT[part] for part in rows))


def judged(recipe: Recipe, folder: Path, train: Dataset, count: int) -> dict[str, Any]:
    """The row of the recipe's judge for a model folder, on validation data."""
    space, _, key = recipe.judge.partition(".")
    if not key:
        raise ConfigError(f'recipe {recipe.id} names no judge; add judge = "space.score"')
    rest, validation = held_out.for_validation(train)
    model = load_model(folder)
    scores = evaluation.evaluate(
        folder,
        train=rest,
        test=validation,
        n=count,
        temperature=model.temperature,
        space=space,
    )["scores"]
    if key not in scores.get(space, {}):
        known = ", ".join(f"{s}.{k}" for s, rows in scores.items() for k in rows) or "no others"
        raise ConfigError(f"judge {recipe.judge!r} of {recipe.id} was not taken; there are {known}")
    return scores[space][key]


def chosen(recipe: Recipe, new: dict[str, Any] | None, old: dict[str, Any] | None) -> str:
    """What the card says of how this model was chosen."""
    if new is None or old is None:
        return "the first of its recipe; there was none to compare with"
    values = [f"{row['value']:.4g}" for row in (new, old)]
    better, rest = (
        ("better", "") if is_better(new, old) else ("not better", "; shipped all the same")
    )
    return (
        f"{better} than the model before by {recipe.judge} on {new['n']:,} validation samples, which are "
        f"neither trained on nor scored below: {values[0]} against {values[1]}{rest}"
    )


def is_better(new: dict[str, Any], old: dict[str, Any]) -> bool:
    """Whether one row of a report beats another of the same score."""
    way = new["better"]
    if way in ("higher", "lower"):
        gain = new["value"] - old["value"]
        return gain > 0 if way == "higher" else gain < 0
    goals = [1.0 if way == "near 1" else row["real"] for row in (new, old)]
    misses = [abs(row["value"] - goal) for row, goal in zip((new, old), goals, strict=True)]
    return misses[0] < misses[1]


def _scores(
    temperature: float, folder: Path, train: Dataset, test: Dataset, asked: Asked
) -> dict[str, Any]:
    return evaluation.evaluate(
        folder,
        train=train,
        test=test,
        n=asked.count,
        trained_on_generated=asked.trained_on_generated,
        language_model=asked.language_model,
        temperature=temperature if asked.temperature is None else asked.temperature,
    )


def _record(folder: Path, recipe: Recipe, how: str) -> None:
    """Write into config.json how the model was chosen, and the warm start of a fork's run."""
    meta = read_json(folder / CONFIG)
    is_fork = not meta.get("train", {}).get("warm_start") and recipe.train.warm_start
    warm = {"warm_start": recipe.train.warm_start} if is_fork else {}
    write_json(folder / CONFIG, warm | meta | {"chosen": how})


def _columns(labels: np.ndarray | None, sizes: dict[str, int]) -> np.ndarray:
    assert labels is not None
    return np.stack(np.unravel_index(labels, tuple(sizes.values())), axis=1)


def _copy(source: Path, before: Path, folder: Path) -> None:
    """The model, the curves of its training, and the classifiers of its data: its own, or those of the
    model that was there before, so that both are measured alike.
    """
    folder.mkdir()
    for name in NEEDED:
        shutil.copyfile(source / name, folder / name)
    if curves := read_curves(source):
        write_curves(folder, curves)
    modality = read_json(source / CONFIG)["model"]["modality"]
    for name in names_of(modality):
        found = next((p / name for p in (source, before) if (p / name).is_file()), None)
        if found is not None and name not in (*SHOWN, CURVES):
            shutil.copyfile(found, folder / name)


def _put(folder: Path, place: Path) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    if place.is_dir():
        place.rename(folder.with_name("before"))  # removed with the scratch folder
    folder.rename(place)


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder
