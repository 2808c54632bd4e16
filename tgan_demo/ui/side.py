"""The left column, the same in every tab: model cards, class, seed row, sliders."""

import math
from typing import Any

import gradio as gr

from tgan_demo.config import factors
from tgan_demo.errors import TganError
from tgan_demo.ui import widgets
from tgan_demo.ui.canvases import canvas
from tgan_demo.ui.page import Page

QUIET = {"show_progress": "hidden", "api_visibility": "private", "queue": False}


def build(page: Page) -> None:
    """Draw the column into the open Blocks; `page.cards` is there for who adds a model."""
    with gr.Column(elem_id="side"):
        page.text(gr.Markdown(elem_classes="tg-heading"), "value", "model")
        page.cards = canvas(
            "models",
            widgets.model_cards(page.studio, None, page.default_model),
            elem_id="models",
        )
        chips = canvas("chips", chips_value(page, None, page.default_model), elem_id="classes")
        with gr.Column(elem_id="side-sliders"):
            page.text(gr.Markdown(elem_classes="tg-heading"), "value", "seed.label")
            with gr.Row(elem_id="seed-line"):
                page.seed.render()
                row = canvas("seedrow", elem_id="seed-tools")
            page.psi.render()
            page.temperature.render()
            page.top_p.render()
            page.count.render()
            page.variation.render()
            page.variation_seed.render()
    page.text(page.seed, "label", "seed.label")
    page.text(page.temperature, "label", "temperature")
    page.text(page.temperature, "info", "temperature.info")
    page.text(page.top_p, "label", "top_p")
    page.text(page.top_p, "info", "top_p.info")
    page.text(page.psi, "label", "psi")
    page.text(page.psi, "info", "psi.info")
    page.text(page.count, "label", "count")
    page.text(page.variation, "label", "variation")
    page.text(page.variation, "info", "variation.info")
    page.text(page.variation_seed, "label", "variation.seed")

    def on_model(model: str, visitor: str | None) -> dict[str, Any]:
        return chips_value(page, visitor, model)

    def on_restore(visitor: str | None, lang: str, model: str, event: gr.EventData) -> list[Any]:
        return restore(page, visitor, lang, model, event._data)

    def warm(model: str, visitor: str | None, heat: float) -> list[Any]:
        info = page.studio.info(model, visitor) if model else None
        is_text = info is not None and info.modality == "text"
        shown = {"visible": is_text}
        # a temperature that a person chose stays; one that some model recommends gives way
        if is_text and heat in {1.0, *(other.temperature for other in page.studio.models(visitor))}:
            shown["value"] = info.temperature
        return [
            gr.update(**shown),
            gr.update(visible=is_text and info.route == "latent"),
        ]

    page.model.change(
        page.guard(warm),
        [page.model, page.visitor, page.temperature],
        [page.temperature, page.top_p],
        **QUIET,
    )
    page.model.change(page.guard(on_model), [page.model, page.visitor], chips, **QUIET)
    row.restore(
        page.guard(on_restore), [page.visitor, page.lang, page.model], page.restore_outputs, **QUIET
    )
    page.chips = chips


def chips_value(page: Page, visitor: str | None, model: str) -> dict[str, Any]:
    # the model's id makes the value differ, so that the chips are drawn again for each model
    classes = page.classes(model, visitor)
    value = {"classes": list(classes), "model": model}
    if (parts := factors(classes)) and math.prod(map(len, parts)) == len(classes):
        value["factors"] = [list(values) for values in parts]
    return value


def restore(page: Page, visitor: str | None, lang: str, model: str, state: Any) -> list[Any]:
    """A state from a favourite, an undo, a key frame: from the browser, so checked like a link."""
    state = state if isinstance(state, dict) else {}
    wanted = state.get("model")
    try:
        model = page.studio.info(wanted, visitor).id if isinstance(wanted, str) else model
    except TganError:
        gr.Warning(f"{str(wanted)[:60]}: gone; the model stays as it is.")
    label = state.get("label")
    values = [
        visitor,
        lang,
        model,
        state.get("seed"),
        "" if label is None else label,
        state.get("psi"),
        state.get("variation"),
        state.get("variation_seed"),
        state.get("temperature", 1.0),
        state.get("top_p", 1.0),
        state.get("count"),
    ]
    return page.restore_values(model, page.read_state(*values))
