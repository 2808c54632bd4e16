"""Lab: a tiny GAN on points in the plane, whose whole distribution can be watched while it learns.

The page asks for one look after the other by a function of its canvas, beside Gradio's queue; the run is
the server's (runs/lab.py), one for each visitor, so that two pages of one person show the same.
"""

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import gradio as gr
import numpy as np

from tgan_demo import said
from tgan_demo.config import PENALTIES
from tgan_demo.contract import Dataset
from tgan_demo.data import recognise
from tgan_demo.engine.game.losses import LOSSES
from tgan_demo.errors import ConfigError, TganError
from tgan_demo.modalities import registry
from tgan_demo.runs.lab import KNOBS, Lab
from tgan_demo.ui import uploads
from tgan_demo.ui.canvases import canvas
from tgan_demo.ui.controls import clamp
from tgan_demo.ui.handlers import QUIET, data_of, errors_in
from tgan_demo.ui.page import Page
from tgan_demo.ui.panel import Opening, Panel
from tgan_demo.ui.visit import Visit
from tgan_demo.ui.words.table import spoken, t

FIRST = "ring"  # data that an opened lab has
LEAST_DRAWN, MOST_DRAWN = 20, 5_000  # points of a drawing
FARTHEST = 1e6  # of a drawn point
# what each changes in a new run; found by benchmarks/lab.py, which says what becomes of it
PRESETS: dict[str, dict[str, object]] = {
    "collapse": {
        "loss": "non-saturating",
        "r1_gamma": 0.0,
        "r2_gamma": 0.0,
        "lr_g": 1e-2,
        "lr_d": 1e-3,
    },
    "oscillate": {"loss": "wasserstein", "r1_gamma": 0.0, "r2_gamma": 0.0},
    "d_wins": {"loss": "minimax", "r1_gamma": 0.0, "r2_gamma": 0.0, "d_steps": 5, "lr_g": 2e-4},
}


class LabPanel(Panel):
    name = "lab"

    def build(self, page: Page) -> None:
        self.lab = canvas(
            "lab",
            menu(page, None),
            elem_id="lab",
            fixed={"spec": spec()},
            server_functions=[server(page)],
        )

        def came(visitor: str | None, lang: str, event: gr.EventData) -> Any:
            (path, _), *_ = uploads.brought(data_of(event))
            with errors_in(lang, shown_whole()):
                return on_table(page, visitor, path, lang)

        self.lab.bring(
            page.guard(came), [page.visitor, page.lang], self.lab, **{**QUIET, "queue": True}
        )

    def opening(self, page: Page) -> Opening:
        def values(start: Visit) -> list[Any]:
            return [menu(page, start.visitor)]

        return Opening([self.lab], values)


def spec() -> dict[str, Any]:
    """What the canvas is made of: its knobs with their choices or ranges, presets, bounds of a drawing."""
    choices = {"loss": list(LOSSES), "penalty": list(PENALTIES)}
    ranges = {
        "r1_gamma": {"min": 0, "max": 10_000},
        "r2_gamma": {"min": 0, "max": 10_000},
        "gp_weight": {"min": 0, "max": 10_000},
        "lr_g": {"min": 0, "max": 0.1},
        "lr_d": {"min": 0, "max": 0.1},
        "d_steps": {"min": 1, "max": 8},
        "batch_size": {"min": 2, "max": 256},
    }
    knobs = {name: choices.get(name) or ranges[name] for name in KNOBS}
    return {"knobs": knobs, "presets": PRESETS, "most": MOST_DRAWN}


def menu(page: Page, visitor: str | None) -> dict[str, Any]:
    """The sets that a lab can have: those of the modalities that can be shown whole."""
    rows = page.studio.store.datasets(visitor)
    mine = [row for row in rows if registry.get(row.modality).has("plane")]
    return {"sets": [{"id": row.id, "title": row.title, "own": row.own} for row in mine]}


def shown_whole() -> str:
    """The modality whose runs can be seen whole."""
    return next(name for name in registry.names() if registry.get(name).has("plane"))


def server(page: Page) -> Callable:
    """A function that lab.js calls. The visitor's id is its key."""

    def lab(ask: Any) -> dict[str, Any]:
        ask = ask if isinstance(ask, dict) else {}
        try:
            return on_ask(page, ask)
        except TganError as error:
            return refused(error)

    return lab


def on_ask(page: Page, ask: dict[str, Any]) -> dict[str, Any]:
    """Carry out one wish and answer with a look.

    Args:
        ask: me, the visitor; known, the number of the lab whose frame the page has; do: look, begin, run,
            pause, step, set, remedy or draw; data, seed, settings, players and points go with some.
    """
    labs, visitor = page.studio.labs, page.studio.store.known(str(ask.get("me")))
    do, lab = ask.get("do"), labs.of(visitor)
    if do == "begin" or do == "draw" or lab is None:
        data = str(ask.get("data") or FIRST)[:200]
        if do == "draw":
            data = keep_drawing(page, visitor, ask.get("points"))
        seed = clamp(ask.get("seed"), 0, 2**31, 0, whole=True)
        lab = labs.begin(visitor, data, settings_of(ask), int(seed))
    if do in ("run", "pause"):
        lab.run(do == "run")
    elif do == "step":
        lab.step(str(ask.get("players")))
    elif do == "set":
        problem = tried(lab, settings_of(ask))
        return told(lab, ask) | problem
    elif do == "remedy":
        lab.set({name: lab.usual[name] for name in KNOBS})
        lab.run(True)
    answer = told(lab, ask)
    labs.wake()
    return answer | menu(page, visitor) if do == "draw" else answer


def told(lab: Lab, ask: dict[str, Any]) -> dict[str, Any]:
    """A look; with the frame where the page has another lab's."""
    number = id(lab) % 2**40
    return lab.look(whole=ask.get("known") != number) | {"lab": number}


def tried(lab: Lab, settings: dict[str, object]) -> dict[str, Any]:
    """Why the settings were refused; {} where they were not. A refused one changes nothing."""
    try:
        lab.set(settings)
    except TganError as error:
        return refused(error)
    return {}


def refused(error: TganError) -> dict[str, Any]:
    """In English, and for the page to say in its language."""
    return {"error": str(error), "said": said.told(said.words_of(error))}


def settings_of(ask: dict[str, Any]) -> dict[str, object]:
    found = ask.get("settings")
    return {str(key): value for key, value in found.items()} if isinstance(found, dict) else {}


def keep_drawing(page: Page, visitor: str, points: Any) -> str:
    """A drawing becomes one of the visitor's data sets, so that nothing drawn is lost; its id."""
    rows = points if isinstance(points, list) else []
    good = [row for row in rows[:MOST_DRAWN] if is_point(row)]
    if len(good) < LEAST_DRAWN:
        raise ConfigError(
            f"a drawing wants {LEAST_DRAWN} points or more, two finite numbers each; got {len(good)}"
        )
    items = np.array(good, np.float32)
    drawing = Dataset(
        "drawing", items, licence="the drawer's own", source=f"{len(items)} drawn points",
        modality=shown_whole(),
    )  # fmt: skip
    return page.studio.store.add_dataset(visitor, drawing)


def is_point(row: Any) -> bool:
    return (
        isinstance(row, list)
        and len(row) == 2
        and all(isinstance(v, int | float) and math.isfinite(v) and abs(v) <= FARTHEST for v in row)
    )


def on_table(page: Page, visitor: str | None, path: str, lang: str = "en") -> dict[str, Any]:
    """A table of points becomes one of the visitor's data sets, which the lab begins anew with."""
    store = page.studio.store
    owner = store.known(visitor)
    try:
        upload = recognise.look_into([Path(path)])
        bring = registry.get(shown_whole()).bring
        preview, dataset = (
            bring.preview(upload, {}),
            bring.load(upload, {}, name=Path(path).stem[:60]),
        )
        chosen = store.add_dataset(owner, dataset)
    finally:
        uploads.release([path])
    words = {"lang": lang, "variant": shown_whole()}
    count = t("lab.came", n=f"{len(dataset):,}", **words)
    lines = [count, *(spoken(line, **words) for line in preview.told), *preview.refused]
    return menu(page, visitor) | {
        "chosen": chosen,
        "told": ("；" if lang == "zh" else "; ").join(lines),
    }
