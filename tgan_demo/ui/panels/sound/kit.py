"""The drum page of the Sound tab: sixteen generated sounds on pads, and beats made of them.

Pads and beats are played in the browser (canvas/pads.js, canvas/beat.js); here the sounds are drawn.
A pad is a class and a seed, so that Play draws the very same sound.
"""

import base64
import json
import re
from collections.abc import Sequence
from dataclasses import replace
from types import ModuleType
from typing import Any

import gradio as gr
import numpy as np

from tgan_demo import export
from tgan_demo.errors import DataError
from tgan_demo.files import zips
from tgan_demo.files.sheets import raster
from tgan_demo.files.wav import wav_bytes
from tgan_demo.studio import Studio
from tgan_demo.ui import widgets
from tgan_demo.ui.canvases import canvas
from tgan_demo.ui.controls import MAX_SEED, clamp
from tgan_demo.ui.handlers import QUIET
from tgan_demo.ui.orders import download
from tgan_demo.ui.page import Page, View

PADS = 16
SKILLS = ("kit", "speak")  # of models whose samples can lie on pads
MAX_ROWS = 8  # of the step sequencer: one for each class, as far as they go

Wanted = tuple[int | None, int]  # class and seed of one pad


def build(page: Page) -> gr.HTML:
    with gr.Row(elem_id="sound-kit-row"):
        with gr.Column(min_width=340, scale=5):
            pads = canvas("pads", elem_id="sound-pads")
        with gr.Column(min_width=340, scale=6):
            canvas("beat", elem_id="sound-beat")
    page.on_sent(pads.again, on_again, pads, trigger_mode="multiple", **QUIET)
    page.on_sent(pads.kit, on_save, page.bridge, **QUIET)
    return pads


def on_kit(page: Page, view: View) -> dict[str, Any]:
    """Sixteen pads: every class in turn; one that was asked for gets all pads but the first few."""
    info = page.studio.info(view.model, view.visitor)
    classes = info.classes
    skills = page.skills(view, *SKILLS)
    wanted = kit(view, len(classes))
    items = draw(page.studio, view, wanted)
    rows = _rows(classes)
    return {
        "key": f"{view.model} {info.nimg} {view.config}",
        "model": view.model,
        "seed": view.config.seed,
        "rate": skills.rate_of(items.shape[1]),
        "alone": view.config.label is not None,
        "rows": rows,
        "pads": [
            {"row": _row(i, label, len(rows)), **pad(skills, item, _name(i, label, classes), seed)}
            for i, (item, (label, seed)) in enumerate(zip(items, wanted, strict=True))
        ],
    }


def on_again(page: Page, view: View, data: Any) -> dict[str, Any]:
    """Another sound of the same class for one pad, with the seed that the browser drew."""
    classes = page.classes(view.model, view.visitor)
    data = data if isinstance(data, dict) else {}
    at = clamp(data.get("pad"), 0, PADS - 1, 0, whole=True)
    label, _ = kit(view, len(classes))[at]
    seed = clamp(data.get("seed"), 0, MAX_SEED, 0, whole=True)
    (item,) = draw(page.studio, view, [(label, seed)])
    skills = page.skills(view, *SKILLS)
    row = _row(at, label, len(_rows(classes)))
    return {
        "model": view.model,
        "at": at,
        "pad": {"row": row, **pad(skills, item, _name(at, label, classes), seed)},
    }


def on_save(page: Page, view: View, data: Any) -> dict[str, Any]:
    """An order for bridge.js: the pads as they are in the browser, as WAVs in a zip."""
    classes = page.classes(view.model, view.visitor)
    given = data.get("seeds") if isinstance(data, dict) else None
    if not isinstance(given, list) or len(given) != PADS:
        raise DataError(f"a kit is {PADS} seeds; reload the page and save again")
    seeds = [clamp(seed, 0, MAX_SEED, 0, whole=True) for seed in given]
    wanted = [
        (label, seed) for (label, _), seed in zip(kit(view, len(classes)), seeds, strict=True)
    ]
    names = [_name(i, label, classes) for i, (label, _) in enumerate(wanted)]
    items = draw(page.studio, view, wanted)
    rate = page.skills(view, *SKILLS).rate_of(items.shape[1])
    content = kit_zip(items, rate, names, view, wanted)
    name = widgets.file_stem(page.studio.info(view.model, view.visitor))
    stem = f"{name}-kit-{view.config.seed}"
    return download(f"{stem}.zip", "application/zip", content)


def kit(view: View, classes: int) -> list[Wanted]:
    """Class and seed of every pad; the second pad of a class has the next seed, and so on."""
    chosen = view.config.label
    labels: list[int | None] = [i % min(classes, PADS) for i in range(PADS)] if classes else []
    if not classes:
        labels = [None] * PADS
    elif chosen is not None:
        first = min(classes, MAX_ROWS)
        labels = [*range(first), *[chosen] * (PADS - first)]
    seed = view.config.seed
    return [(label, seed + labels[:i].count(label)) for i, label in enumerate(labels)]


def draw(studio: Studio, view: View, wanted: Sequence[Wanted]) -> np.ndarray:
    """One sound for each pad, int16 (N, S); seeds in a row of one class are drawn in one pass."""
    runs: list[list[Wanted]] = []
    for label, seed in sorted(set(wanted), key=lambda one: (one[0] or 0, one[1])):
        if runs and runs[-1][-1] == (label, seed - 1):
            runs[-1].append((label, seed))
        else:
            runs.append([(label, seed)])
    found: dict[Wanted, np.ndarray] = {}
    for run in runs:
        label, seed = run[0]
        config = replace(view.config, label=label, seed=seed, count=len(run))
        items = studio.sample(view.model, config, view.visitor).items
        found |= dict(zip(run, items, strict=True))
    return np.stack([found[one] for one in wanted])


def pad(skills: ModuleType, sound: np.ndarray, name: str, seed: int) -> dict[str, Any]:
    """What pads.js takes, without the silence at its end: 16-bit samples, and a spectrogram."""
    kept = skills.ended(sound, len(sound) // 16)
    (drawn,) = skills.pictures(sound[None])
    frames = -(-len(kept) * drawn.shape[1] // len(sound))
    shown = {"picture": raster(drawn[None, :, :frames], 1).source()}
    samples = base64.b64encode(kept.astype("<i2").tobytes()).decode()
    return {"name": name, "seed": seed, "sound": samples, **shown}


def kit_zip(
    items: np.ndarray, rate: int, names: Sequence[str], view: View, wanted: Sequence[Wanted]
) -> bytes:
    """One WAV for each pad, and `kit.json` with what draws them again."""
    settings = export.settings_for(view.model, view.config)
    settings["pads"] = [{"label": label, "seed": seed} for label, seed in wanted]
    entries: list[tuple[str, bytes | str]] = []
    for i, (item, name, (_, seed)) in enumerate(zip(items, names, wanted, strict=True)):
        plain = re.sub(r"[^\w.-]+", "-", name)[:40]  # a class may be called anything
        entries.append((f"{i + 1:02d}-{plain}-seed-{seed}.wav", wav_bytes(item, rate)))
    return zips.zip_bytes([*entries, ("kit.json", json.dumps(settings, indent=1))])


def _rows(classes: Sequence[str]) -> list[str]:
    """Names of the sequencer's rows."""
    return list(classes[:MAX_ROWS]) or [str(i + 1) for i in range(MAX_ROWS)]


def _row(at: int, label: int | None, rows: int) -> int | None:
    """Which row a pad can play; None: its class has none."""
    if label is None:
        return at % rows
    return label if label < rows else None


def _name(at: int, label: int | None, classes: Sequence[str]) -> str:
    return str(at % MAX_ROWS + 1) if label is None else classes[label]
