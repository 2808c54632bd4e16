"""Values of canvases that several panels send: sheets with their seeds, states, the cards of models."""

import contextlib
import math
import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeGuard

import numpy as np

from tgan_demo.config import factors
from tgan_demo.errors import TganError
from tgan_demo.files import sheets
from tgan_demo.models.folder import read_curves
from tgan_demo.parts import Sheet
from tgan_demo.runs.moments import is_moment
from tgan_demo.studio import ModelInfo, Studio

CONTACT = 100  # seeds on the contact sheet
MAX_THUMBNAIL_BYTES = 300_000
IMAGE = re.compile(r"!\[[^\]]*\]\(([^)]*)\)|<img\b[^>]*>", re.IGNORECASE)  # in Markdown


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


def model_cards(studio: Studio, visitor: str | None, selected: str) -> dict[str, Any]:
    """The value of the model cards; a moment of a run has one while it is selected."""
    infos = studio.models(visitor)
    if is_moment(selected):
        with contextlib.suppress(TganError):
            infos.append(studio.info(selected, visitor))
    items = [
        {
            "id": info.id,
            "title": info.title,
            "data": info.data,
            "licence": info.licence,
            "medium": info.modality,
            "own": info.own,
            "origin": info.origin,
            "sheet": thumbnail(info.sheet),
        }
        for info in infos
    ]
    return {"items": items, "selected": selected}


def in_markdown(text: str) -> str:
    """A name as Markdown that shows just that: no emphasis, link, HTML or list comes of it."""
    return re.sub(r"([!-/:-@\[-`{-~])", r"\\\1", " ".join(text.split()))


def file_stem(info: ModelInfo) -> str:
    """How files of a model's samples are called: bundled ones by their id, own ones by their title."""
    if not info.own:
        return info.id.split("/")[-1]
    return re.sub(r"\W+", "-", info.title).strip("-_")[:40] or "model"


def class_chips(model: str, classes: Sequence[str]) -> dict[str, Any]:
    """The value of the class chips; with the model's id, so that each model's are drawn anew."""
    value: dict[str, Any] = {"classes": list(classes), "model": model}
    if (parts := factors(classes)) and math.prod(map(len, parts)) == len(classes):
        value["factors"] = [list(values) for values in parts]
    return value


def lead_elsewhere(
    studio: Studio, visitor: str | None, info: ModelInfo | None, skills: Iterable[str]
) -> dict[str, Any]:
    """The value of the lead of a tab that this model is not for: the models that have one of `skills`."""
    wanted = set(skills)
    models = [
        {"id": other.id, "title": other.title, "data": other.data}
        for other in studio.models(visitor)
        if wanted & set(other.skills)
    ]
    return {"kind": "none", "title": info.title if info else "", "models": models}


def thumbnail(path: Path | None) -> dict[str, Any] | None:
    """The corner of a model's sheet that its card shows; None where there is none."""
    if not _is_small(path):
        return None
    return _thumbnail(path, path.stat().st_mtime_ns)


def _is_small(path: Path | None) -> TypeGuard[Path]:
    return path is not None and path.is_file() and path.stat().st_size <= MAX_THUMBNAIL_BYTES


def card(info: ModelInfo) -> str:
    """A model's card as Markdown, its picture within it. No other picture: it could lie anywhere."""
    shown = sheets.read(info.sheet) if _is_small(info.sheet) else {}
    picture = f"![samples]({shown['png']})" if "png" in shown else ""
    return IMAGE.sub(lambda match: picture if match[1] == "sheet.png" else "", info.card)


def curves(info: ModelInfo) -> dict[str, Any]:
    """The curves of a model's training as the page draws them; {} where none were kept."""
    return (read_curves(info.curves.parent) if info.curves else None) or {}


@lru_cache(maxsize=64)
def _thumbnail(path: Path, _changed_ns: int) -> dict[str, Any]:
    return sheets.corner(sheets.read(path))
