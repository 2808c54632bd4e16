"""All bundled models measured anew, one after the other: what `evaluate --all` does before a release.

The only place besides `ship` where the test part is looked at; what chooses looks at validation data.
"""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tgan_demo.data import recipes
from tgan_demo.errors import ConfigError
from tgan_demo.files.tensors import read_json
from tgan_demo.measure.task import SAMPLES
from tgan_demo.models import card, collection, evaluation, ship
from tgan_demo.models.folder import CONFIG, load_model


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Which models to measure anew, and how. None: as its card's scores were taken."""

    data_root: str | Path | None = None
    only: Sequence[str] = ()  # ids; none: all
    again: bool = False  # those too that were measured at this commit
    count: int | None = None
    trained_on_generated: bool | None = None
    language_model: bool | None = None


def evaluate_all(asked: Asked, weights: Path = collection.WEIGHTS) -> Iterator[dict[str, Any]]:
    """Measure bundled models one after the other; each one's card and the pages are written when it is done,
    so that an evaluation that was cut short goes on where it was.

    Yields {"model", "n", "seconds"}, or {"model", "skipped"} of one that was measured at this commit.

    Raises:
        ConfigError: there is no such model.
        DataError: its data are not there.
    """
    known = [
        str(path.parent.relative_to(weights)) for path in sorted(weights.glob(f"*/*/{CONFIG}"))
    ]
    for name in asked.only:
        if name not in known:
            raise ConfigError(
                f"there is no model {name!r} among the bundled ones: {', '.join(known)}"
            )
    for name in asked.only or known:
        found = _evaluate_one(weights / name, name, asked)
        if weights == collection.WEIGHTS:
            collection.write_pages()
        yield found


def _evaluate_one(folder: Path, name: str, asked: Asked) -> dict[str, Any]:
    meta = read_json(folder / CONFIG)
    before = meta.get("scores") or {}
    here = collection.commit()
    is_done = before.get("measured", {}).get("commit") == here != collection.UNKNOWN
    if is_done and not asked.again and asked.count in (None, before["n"]):
        return {"model": name, "skipped": f"measured at {here}"}
    began = time.monotonic()
    scores = evaluation.evaluate(
        folder,
        data_root=asked.data_root,
        n=asked.count or before.get("n", SAMPLES),
        trained_on_generated=_or(asked.trained_on_generated, _has_classifier(before)),
        language_model=_or(asked.language_model, "language_model" in before),
        temperature=load_model(folder).temperature,
    )
    recipe = recipes.of(name)
    if recipe is not None:
        ship.bundle(recipe, folder, asked.data_root)
    scores["measured"] = collection.measured(time.monotonic() - began)
    card.write_card(folder, scores, note=str(meta.get("note", "")))
    return {"model": name, "n": scores["n"], "seconds": scores["measured"]["seconds"]}


def _has_classifier(scores: dict[str, Any]) -> bool:
    return "trained_on_generated" in scores.get("scores", {}).get("classes", {})


def _or(asked: bool | None, else_: bool) -> bool:
    return else_ if asked is None else asked
