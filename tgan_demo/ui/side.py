"""The left column, the same in every tab: model cards, class, seed row, sliders."""

from functools import partial
from typing import Any

import gradio as gr

from tgan_demo.errors import TganError
from tgan_demo.ui import widgets
from tgan_demo.ui.canvases import canvas
from tgan_demo.ui.controls import CONTROLS, config_of
from tgan_demo.ui.handlers import QUIET, data_of
from tgan_demo.ui.page import Page

SKILLED = [control for control in CONTROLS if control.skill]


def build(page: Page) -> None:
    """Draw the column into the open Blocks and bind it."""
    with gr.Column(elem_id="side"):
        page.cards.render()
        page.chips.render()
        with gr.Column(elem_id="side-sliders"):
            page.text(gr.Markdown(elem_classes="tg-heading"), "value", "seed.label")
            with gr.Row(elem_id="seed-line"):
                page.controls["seed"].render()
                row = canvas("seedrow", elem_id="seed-tools")
            for control in CONTROLS:
                component = page.controls[control.name]
                if control.word and not component.is_rendered:
                    component.render()
    for control in CONTROLS:
        component = page.controls[control.name]
        if control.word:
            page.text(component, "label", control.word)
        if control.info:
            page.text(component, "info", control.info)
        if control.term:
            page.term(component, control.term)

    def chips(model: str, visitor: str | None) -> dict[str, Any]:
        return widgets.class_chips(model, page.classes(model, visitor))

    def restored(visitor: str | None, model: str, event: gr.EventData) -> list[Any]:
        return restore(page, visitor, model, data_of(event))

    skilled = [page.controls[control.name] for control in SKILLED]
    inputs = [page.model, page.visitor]
    heat = page.controls["temperature"]
    page.on_model(partial(fit, page), [*inputs, heat], skilled)
    page.on_model(chips, inputs, [page.chips])
    row.restore(page.guard(restored), [page.visitor, page.model], page.restore_outputs, **QUIET)


def fit(page: Page, model: str, visitor: str | None, temperature: float) -> list[Any]:
    """Updates of SKILLED for another model: which there are, and the temperature it recommends."""
    info = page.studio.info(model, visitor) if model else None
    updates: dict[str, dict[str, Any]] = {
        control.name: {"visible": info is not None and control.skill in info.skills}
        for control in SKILLED
    }
    # a temperature that a person chose stays; one that some model recommends gives way
    if info and updates["temperature"]["visible"]:
        recommended = {other.temperature for other in page.studio.models(visitor)}
        if temperature in {1.0, *recommended}:
            updates["temperature"]["value"] = info.temperature
    return [gr.update(**changes) for changes in updates.values()]


def restore(page: Page, visitor: str | None, model: str, state: Any) -> list[Any]:
    """A state from a favourite, an undo, a key frame: from the browser, so checked like a link.

    Returns:
        Values of `page.restore_outputs`.
    """
    state = state if isinstance(state, dict) else {}
    wanted = state.get("model")
    try:
        model = page.studio.info(wanted, visitor).id if isinstance(wanted, str) else model
    except TganError:
        gr.Warning(f"{str(wanted)[:60]}: gone; the model stays as it is.")
    model = model or page.default_model
    return page.restore_values(model, config_of(state, page.classes(model, visitor)))
