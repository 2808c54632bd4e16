"""Directions: the sample in view along those round it, those of all samples, and those to classes; sliders with
a range of blocks; and a direction of one's own, from two groups of samples.
"""

from dataclasses import replace
from typing import Any

import gradio as gr

from tgan_demo.config import SampleConfig
from tgan_demo.engine.draw import directions
from tgan_demo.engine.draw.directions import AMOUNTS, MAX_GROUP
from tgan_demo.errors import ConfigError
from tgan_demo.ui.canvases import canvas
from tgan_demo.ui.controls import config_of
from tgan_demo.ui.handlers import ONE_BY_ONE
from tgan_demo.ui.page import Page, View
from tgan_demo.ui.panels.play.edit.shown import cells

NAME = "directions"
SEEDS, ACROSS = 40, 8  # samples to choose two groups from
FAVOURITES = 16  # of them at most


def build(page: Page) -> None:
    choices = ["edit.directions", list(AMOUNTS)]
    rows = canvas("cells", elem_id="directions-cells", fixed={"asks": True, "choices": choices})
    page.on_sent(rows.ask, on_rows, rows, concurrency_id="edit", **ONE_BY_ONE)
    with gr.Accordion(open=False, elem_id="directions-sliders") as part:
        sliders = canvas("sliders", elem_id="sliders")
    page.text(part, "label", "edit.sliders")
    page.on_sent(sliders.ask, on_sliders, sliders, **ONE_BY_ONE)
    with gr.Accordion(open=False, elem_id="directions-groups") as part:
        groups = canvas("groups", elem_id="groups")
        samples = canvas("cells", elem_id="groups-cells", fixed={"asks": True, "marks": True})
    page.text(part, "label", "edit.groups")
    page.on_sent(groups.make, on_make, groups, **ONE_BY_ONE)
    page.on_sent(samples.ask, on_samples, samples, concurrency_id="edit", **ONE_BY_ONE)


def on_rows(page: Page, view: View, data: Any) -> dict[str, Any]:
    """A row for each direction of the chosen kind."""
    kind = data.get("choice") if isinstance(data, dict) else None
    kind = kind if kind in AMOUNTS else next(iter(AMOUNTS))
    model = page.studio.load(view.model, view.visitor)
    classes = model.config.classes
    if kind == "class" and not classes:
        return {"lead": "edit.directions.no_class"}
    with page.studio.turns.take():
        ways = directions.found(model, view.config, kind)
        rows = directions.table(model, view.config, ways, AMOUNTS[kind])
    names: list[Any] = [[f"edit.directions.{kind}.row", {"n": i}] for i in range(1, len(ways) + 1)]
    if kind == "local" and model.config.motion:
        half = len(ways) // 2
        rows_of = [("content", i) for i in range(1, half + 1)]
        rows_of += [("motion", i) for i in range(1, len(ways) - half + 1)]
        names = [[f"edit.directions.{part}.row", {"n": i}] for part, i in rows_of]
    if kind == "class":
        names = [classes[int(what.removeprefix("class"))] for what in ways]
    heads = [f"{amount:+g}" if amount else "0" for amount in AMOUNTS[kind]]
    lead = f"edit.directions.{kind}.lead"
    return cells(page, view, rows, row_names=names, column_names=heads, lead=lead)


def on_sliders(page: Page, view: View, _data: Any) -> dict[str, Any]:
    """What the sliders of a model are: its widest components, and where w enters."""
    model = page.studio.load(view.model, view.visitor)
    with page.studio.turns.take():
        ways = directions.found(model, view.config, "global")
    return {"model": view.model, "last": model.G.entries - 1, "ways": ways}


def on_samples(page: Page, view: View, data: Any) -> dict[str, Any]:
    """Favourites of this model, then the samples of seeds from the one in view on, without its edits."""
    kept = data.get("favourites") if isinstance(data, dict) else None
    own = [_config(page, view, state) for state in (kept if isinstance(kept, list) else [])]
    own = [config for config in own if page.studio.takes(view.model, config, view.visitor)]
    own = own[:FAVOURITES]
    seeds = range(view.config.seed, view.config.seed + SEEDS - len(own))
    flat = own + [replace(view.config, seed=seed, edit="") for seed in seeds]
    rows = [flat[i : i + ACROSS] for i in range(0, SEEDS, ACROSS)]
    return cells(page, view, rows, lead="edit.groups.lead")


def on_make(page: Page, view: View, data: Any) -> dict[str, Any]:
    """The direction from the samples of group B to those of group A, as states from the browser.

    Raises:
        ConfigError: a group is empty, or holds a sample of another model.
    """
    sent = data if isinstance(data, dict) else {}
    groups = [_group(page, view, sent.get(name)) for name in "ab"]
    model = page.studio.load(view.model, view.visitor)
    with page.studio.turns.take():
        what = directions.made(model, *groups)
        first, last = directions.late(model)
    a, b = map(len, groups)
    return {"model": view.model, "what": what, "range": [first, last], "a": a, "b": b}


def _group(page: Page, view: View, states: Any) -> list[SampleConfig]:
    states = states[: MAX_GROUP + 1] if isinstance(states, list) else []
    foreign = {
        str(state.get("model"))[:60]
        for state in states
        if isinstance(state, dict) and state.get("model") != view.model
    }
    if foreign:
        raise ConfigError(
            f"a direction of {view.model} wants samples of this model; "
            f"some are of {', '.join(sorted(foreign))}"
        )
    return [_config(page, view, state) for state in states]


def _config(page: Page, view: View, state: Any) -> SampleConfig:
    state = state if isinstance(state, dict) else {}
    return config_of(state, page.classes(view.model, view.visitor))
