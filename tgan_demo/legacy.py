"""Old names of settings and tensors, translated: what was saved by version 0.1 stays readable.

The only place where they stand. Files written now carry FORMAT and the new names.
"""

import base64
import json
from collections.abc import Mapping
from typing import Any, TypeVar

FORMAT = 2  # of config.json and of a run's state; files of 0.1 have none

SETTINGS = {
    "rehearsal": "warm_start",
    "rehearsal_kl": "warm_start_kl",
    "anchor": "reconstruction_weight",
    "doubt": "code_noise",
    "holes": "decoder_dropout",
    "blots": "encoder_dropout",
}
TENSORS = (  # beginning of a tensor's name, or a part of it between dots
    ("codec.", "tokenizer."),
    ("reader.", "encoder."),
)
SHEETS = {"written": "text:", "played": "sound:", "film": "clips:"}
PARTS = {"told": "noise_embed", "heard": "class_style"}

Value = TypeVar("Value")


def settings(values: Mapping[str, Value]) -> dict[str, Value]:
    """The settings with old names replaced; a new name that is there too wins."""
    renamed = {SETTINGS.get(key, key): value for key, value in values.items()}
    return renamed | {key: value for key, value in values.items() if key not in SETTINGS}


def modality(record: Mapping[str, object]) -> str:
    """The modality of a stored data set or run; the first records had none: they are of images."""
    return str(record.get("modality") or record.get("medium") or "image")


def tensor_name(name: str) -> str:
    """The name that a tensor has now."""
    for old, new in TENSORS:
        if name.startswith(old):
            name = new + name[len(old) :]
    return ".".join(PARTS.get(part, part) for part in name.split("."))


def sheet(content: bytes) -> dict[str, Any]:
    """A stored sheet as parts.Sheet.source gives it; version 0.1 kept PNGs, and JSON without a kind."""
    if content.startswith(b"\x89PNG"):
        png = "data:image/png;base64," + base64.b64encode(content).decode()
        return {"kind": "raster", "png": png}
    source = json.loads(content)
    kind = "film" if "frames" in source else "played" if "sounds" in source else "written"
    return {"kind": kind, **source}


def sheet_text(source: Mapping[str, Any]) -> str:
    """A sheet as version 0.1 sent it, one string; the endpoint of a run's status still does."""
    kind, rest = source["kind"], {key: value for key, value in source.items() if key != "kind"}
    if kind == "raster":
        return source["png"]
    return SHEETS[kind] + json.dumps(rest, ensure_ascii=False)
