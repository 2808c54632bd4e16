"""The public endpoint `edit`: what the part Edit of Play does, for programs.

Each way to edit is a function of WAYS: (studio, asked, options) -> answer. Its options come from outside: read
them with `clamp` and plain checks.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from tgan_demo import axes, edits, mixing, tables
from tgan_demo.config import SampleConfig
from tgan_demo.engine.draw import directions
from tgan_demo.errors import ConfigError
from tgan_demo.files import png
from tgan_demo.modalities import registry
from tgan_demo.models.blends import MAX_COUNT
from tgan_demo.models.planes import Corners, Plane, Seeds
from tgan_demo.studio import Studio
from tgan_demo.ui import sent
from tgan_demo.ui.controls import MAX_SEED, clamp


@dataclass(frozen=True, slots=True)
class Asked:
    """The sample that is edited."""

    model: str
    config: SampleConfig
    visitor: str | None


def invert(studio: Studio, asked: Asked, options: dict[str, Any]) -> dict[str, Any]:
    """Options: "file" (base64) or "text", "seconds" (1 to 30), "per_block" (a w for each block)."""
    text, content = options.get("text"), options.get("file")
    item, _ = sent.item(studio, asked.model, asked.visitor, text=text, content=content)
    seconds = clamp(options.get("seconds"), *sent.SEARCH_S)
    found = studio.seek(
        asked.model,
        item,
        asked.visitor,
        seconds=seconds,
        per_block=options.get("per_block") is True,
    )
    *_, last = found
    answer = {
        "edit": last.config.edit,
        "label": -1 if last.config.label is None else last.config.label,
        "error": last.error,
        "is_mean_squared": last.is_squared,
    }
    return answer | pictures(studio, asked, np.array([last.made]))


def direction_rows(studio: Studio, asked: Asked, options: dict[str, Any]) -> dict[str, Any]:
    """Options: "kind" ("local", "global", "class"), or "a" and "b" (lists of seeds, for one direction from b to
    a), "blocks" ([first, last] place where w enters).
    """
    model, kind = studio.load(asked.model, asked.visitor), options.get("kind", "local")
    groups = [_seeds(asked, name, options.get(name)) for name in "ab"]
    blocks: tuple[int, int | None] = (0, None)
    if isinstance(given := options.get("blocks"), list) and len(given) == 2:
        last = model.G.entries - 1
        blocks = (
            clamp(given[0], 0, last, 0, whole=True),
            clamp(given[1], 0, last, last, whole=True),
        )
    with studio.turns.take():
        if any(groups):
            ways, kind = [directions.made(model, *groups)], "local"
            blocks = blocks if given else directions.late(model)
        else:
            ways = directions.found(model, asked.config, str(kind)[:40])
        amounts = directions.AMOUNTS[kind]
        rows = directions.table(model, asked.config, ways, amounts, blocks)
    flat = [config for row in rows for config in row]
    answer = {
        "directions": ways,
        "amounts": list(amounts),
        "edits": [[config.edit for config in row] for row in rows],
    }
    return answer | pictures(studio, asked, studio.each(asked.model, flat, asked.visitor))


def grid(studio: Studio, asked: Asked, options: dict[str, Any]) -> dict[str, Any]:
    """Options: "x" and "y", the axes as texts of axes.py: "seed=1-10", "psi=0..1/5". At most 256 cells."""
    x, y = (str(options.get(name, ""))[: axes.MAX_TEXT + 1] for name in ("x", "y"))
    table = tables.plan(studio, asked.model, asked.config, x, y, visitor=asked.visitor)
    return _table(studio, asked, table)


def mix(studio: Studio, asked: Asked, options: dict[str, Any]) -> dict[str, Any]:
    """Options: "a" and "b" (seeds: "1-3,7"), "blocks" ("2-4", "coarse", "middle", "fine", "all")."""
    names = ("a", "b", "blocks")
    a, b, blocks = (str(options.get(name, ""))[: axes.MAX_TEXT] for name in names)
    config, visitor = asked.config, asked.visitor
    table = mixing.plan(studio, asked.model, config, a, b, blocks or "coarse", visitor=visitor)
    return _table(studio, asked, table)


def plane(studio: Studio, asked: Asked, options: dict[str, Any]) -> dict[str, Any]:
    """Options: "seeds" (of the four corners) and "at" ([x, y], 0..1 from the left and from the top); without
    seeds the map of a thousand of them, "by" "w" or "encoder".
    """
    spot = given if isinstance(given := options.get("at"), list) else []
    x, y = (clamp(one, 0, 1, 0.5) for one in [*spot, None, None][:2])
    corners = _seeds(asked, "seeds", options.get("seeds"))
    if corners and len(corners) != 4:
        raise ConfigError(f"a plane has 4 corners; got {len(corners)} seeds")
    where: Plane = Seeds(asked.config, str(options.get("by", "w"))[:20])
    if corners:
        a, b, c, d = corners
        where = Corners((a, b, c, d))
    config, visitor = replace(asked.config, count=1), asked.visitor
    items, w = studio.planes.item(asked.model, where, (x, y), config, visitor)
    return {"edit": f"at:{edits.vector(w.ravel())}"} | pictures(studio, asked, items)


def blend(studio: Studio, asked: Asked, options: dict[str, Any]) -> dict[str, Any]:
    """Options: "other" (a model's id) and "share" (0..1, of the way to its weights), "count" (1 to 16)."""
    share, other = clamp(options.get("share"), 0, 1, 0.5), str(options.get("other"))[:200]
    config = replace(asked.config, count=clamp(options.get("count"), 1, MAX_COUNT, 1, whole=True))
    items = studio.blends.draw(asked.model, other, share, config, asked.visitor)
    return {"share": share} | pictures(studio, asked, items)


WAYS: dict[str, Callable[[Studio, Asked, dict[str, Any]], dict[str, Any]]] = {
    "invert": invert,
    "directions": direction_rows,
    "grid": grid,
    "mix": mix,
    "plane": plane,
    "blend": blend,
}


def edit(studio: Studio, asked: Asked, way: str, options: dict[str, Any]) -> dict[str, Any]:
    """One of WAYS. Raises ConfigError: there is no such way."""
    if way not in WAYS:
        raise ConfigError(f"way is one of {', '.join(WAYS)}; got {way[:40]!r}")
    return WAYS[way](studio, asked, options)


def pictures(studio: Studio, asked: Asked, items: np.ndarray) -> dict[str, Any]:
    """Items as `generate` answers them."""
    modality = studio.info(asked.model, asked.visitor).modality
    return registry.get(modality).look.answer(items)


def _seeds(asked: Asked, name: str, seeds: Any) -> list[SampleConfig]:
    """A group of samples that differ from the one asked for by their seeds alone."""
    if seeds is None:
        return []
    if not isinstance(seeds, list):
        raise ConfigError(f"{name} wants a list of seeds; got {str(seeds)[:40]!r}")
    seeds = [clamp(seed, 0, MAX_SEED, 0, whole=True) for seed in seeds[: directions.MAX_GROUP + 1]]
    return [replace(asked.config, seed=seed, edit="") for seed in seeds]


def _table(studio: Studio, asked: Asked, table: tables.Table) -> dict[str, Any]:
    """A table as one PNG with its axes and settings, and each cell's settings (None: empty), row by row."""
    parts = tables.draw(studio, table.cells, asked.visitor)
    said = tables.texts(parts)
    cells = [cell and png.settings_for(*cell) for cell in table.cells]
    return {
        "images": png.url(tables.picture(table, parts)),
        "texts": [said.get(i) for i in range(len(cells))] if said else None,
        "columns": len(table.x.names),
        "count": len(cells),
        "x": list(table.x.names),
        "y": list(table.y.names),
        "edits": [cell[1].edit if cell else None for cell in table.cells],
        "cells": cells,
    }
