"""Values of canvases that several panels send: sheets with their seeds, states, the cards of models."""

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from tgan_demo.config import SampleConfig
from tgan_demo.contract import Sheet
from tgan_demo.files import sheets

CONTACT = 100  # seeds on the contact sheet
MAX_THUMBNAIL_BYTES = 300_000


def sheet_value(
    sheet: Sheet,
    seeds: Sequence[int],
    labels_N: np.ndarray | None,
    classes: Sequence[str],
    state: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """The value of a sheet canvas; `state` is what a favourite, an undo or a link brings back."""
    names = [classes[int(i)] for i in labels_N] if labels_N is not None and classes else None
    value = {**sheet.value(), "seeds": [int(s) for s in seeds], "names": names}
    return {**value, "state": state} if state else value


def state_of(model: str, config: SampleConfig) -> dict[str, Any]:
    """A state as favourites, undo and links keep it."""
    return {
        "model": model,
        "seed": config.seed,
        "label": config.label,
        "psi": config.psi,
        "variation": config.variation,
        "variation_seed": config.variation_seed,
        "temperature": config.temperature,
        "top_p": config.top_p,
        "count": config.count,
    }


def model_cards(studio: Any, visitor: str | None, selected: str) -> dict[str, Any]:
    """The value of the model cards."""
    items = [
        {
            "id": info.id,
            "title": info.title,
            "data": info.data,
            "licence": info.licence,
            "medium": info.modality,
            "own": info.own,
            "sheet": thumbnail(info.sheet),
        }
        for info in studio.models(visitor)
    ]
    return {"items": items, "selected": selected}


def thumbnail(path: Path | None) -> dict[str, Any] | None:
    """A model's sheet as the page takes it; None where there is none."""
    if path is None or not path.is_file():
        return None
    stat = path.stat()
    return _thumbnail(path, stat.st_mtime_ns) if stat.st_size <= MAX_THUMBNAIL_BYTES else None


@lru_cache(maxsize=64)
def _thumbnail(path: Path, _changed_ns: int) -> dict[str, Any]:
    return sheets.read(path)
