"""Your own: a user's picture, sound, clip or text is sought in the model, and edits begin there."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import gradio as gr
import numpy as np

from tgan_demo.modalities import registry
from tgan_demo.ui import sent
from tgan_demo.ui.canvases import canvas
from tgan_demo.ui.controls import clamp, state_of
from tgan_demo.ui.handlers import ONE_BY_ONE, data_of
from tgan_demo.ui.orders import part
from tgan_demo.ui.page import Page, View

NAME = "own"


def build(page: Page) -> None:
    own = canvas("own", elem_id="edit-own-item")

    def sought(event: gr.EventData, *values: Any) -> Iterator[dict[str, Any]]:
        yield from on_seek(page, page.view(*values), data_of(event))

    seeking = own.seek(
        page.guard(sought), page.state_inputs, own, concurrency_id="own", **ONE_BY_ONE
    )
    own.stop(None, None, None, cancels=[seeking], queue=False, api_visibility="private")


def on_seek(page: Page, view: View, data: Any) -> Iterator[dict[str, Any]]:
    """First what came, as the model reads it; then what is found, ever nearer. To rest, before an error."""
    data = data if isinstance(data, dict) else {}
    try:
        item, note = sent.item(
            page.studio,
            view.model,
            view.visitor,
            text=data.get("text"),
            content=data.get("content"),
            name=data.get("name"),
        )
        look = registry.get(page.studio.info(view.model, view.visitor).modality).look
        yield part("asked", asked=look.sheet(np.array([item]), 1).value(), note=note)
        seconds = clamp(data.get("seconds"), *sent.SEARCH_S)
        found = page.studio.seek(
            view.model, item, view.visitor, seconds=seconds, per_block=bool(data.get("apart"))
        )
        for one in found:
            config = replace(one.config, seed=view.config.seed, psi=view.config.psi)
            yield part(
                "found",
                made=look.sheet(np.array([one.made]), 1).value(),
                share=one.share,
                error=one.error,
                squared=one.is_squared,
                state=state_of(view.model, config),
            )
    except Exception:  # whatever it was, the page must not go on waiting
        yield part("rest")
        raise
