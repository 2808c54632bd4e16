"""Scores of a model folder on the data of its recipe: how good its samples are, each number with its N and
real data's value beside it.

What is measured is the modality's own affair (its measure.py); here is where data come from.
"""

import os
from pathlib import Path
from typing import Any

from tgan_demo.contract import Dataset
from tgan_demo.data import held_out, recipes
from tgan_demo.errors import DataError
from tgan_demo.measure.task import SAMPLES, Options
from tgan_demo.modalities import registry
from tgan_demo.models.folder import load_model

TELLING = 500  # samples; of fewer a distance is mostly the bias of their number


def evaluate(
    model_folder: Path,
    *,
    data_root: str | Path | None = None,
    train: Dataset | None = None,
    test: Dataset | None = None,
    n: int = SAMPLES,
    seed: int = 0,
    trained_on_generated: bool = False,
    language_model: bool = False,
    temperature: float = 1.0,
    validation: bool = False,
    space: str = "",
) -> dict[str, Any]:
    """Score a model folder; the result is plain JSON.

    Args:
        data_root: folder of the recipe's data file; else the environment variable TGAN_DATA.
        train: training data, with `test` held-out data of the same kind, instead of the recipe's.
        n: samples; fewer where there are fewer held-out ones to compare with.
        seed: of the first sample; the others follow.
        trained_on_generated, language_model, temperature, space: see measure.task.Options.
        validation: beside the validation part of the training data (held_out.for_validation) in place of
            the test part: for all that chooses, a checkpoint, a temperature, a level of code noise.

    Returns:
        {"model", "n", "seed", "nimg", "spaces", "scores": {space: {score: {"value", "real",
        "ratio", "n", "better", "name"}}}, "missing": [{"score", "needs"}]}; of text also
        "temperature" and, where one was trained, "language_model" with its numbers of weights; "few", a
        sentence, where there are so few samples that scores say little.

    Raises:
        DataError: the data named do not fit the model.
    """
    model = load_model(Path(model_folder))
    if train is None or test is None:
        train, test = data_of(model.id, data_root)
    if validation:
        if train is None:
            raise DataError(f"to choose by validation data, name the data of {model.id}")
        train, test = held_out.for_validation(train)
    options = Options(
        temperature=temperature,
        trained_on_generated=trained_on_generated,
        language_model=language_model,
        space=space,
    )
    measure = registry.get(model.config.modality).measure
    found = measure.evaluate(model, train, test, n=n, seed=seed, options=options)
    about = {"model": model.id, "n": found.pop("n"), "seed": seed, "nimg": model.meta.get("nimg")}
    if about["n"] < TELLING:
        about["few"] = f"{about['n']:,} samples say little: distances want {TELLING:,} or more"
    return about | ({"part": "validation"} if validation else {}) | found


def data_of(model_id: str, data_root: str | Path | None) -> tuple[Dataset | None, Dataset | None]:
    """Training data of the model's recipe, and what is held out; (None, None) without a recipe or
    without a place of its data.
    """
    recipe = recipes.of(model_id)
    if recipe is None:
        return None, None
    if "made" not in recipe.data and not (data_root or os.environ.get("TGAN_DATA")):
        return None, None
    train, test = (recipes.load_data(recipe, data_root, split=s) for s in ("train", "test"))
    return train, test
