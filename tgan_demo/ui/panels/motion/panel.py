"""Motion: who is seen and how it moves, taken apart and put together anew, for models of clips.

Draws the tab and chooses what stands in it; its three parts are in mix.py, borrow.py and long.py.
"""

from typing import Any

import gradio as gr

from tgan_demo.ui.canvases import canvas
from tgan_demo.ui.page import Page, View
from tgan_demo.ui.panels.motion import borrow as motion_borrow
from tgan_demo.ui.panels.motion import long as motion_long
from tgan_demo.ui.panels.motion import mix as motion_mix


def build(page: Page) -> None:
    lead = canvas("lead", elem_id="motion-lead", fixed={"words": "motion"})
    with gr.Column(elem_id="motion-page", visible=False) as parts:
        mix = motion_mix.build(page)
        clock = canvas("clockbar", elem_id="motion-clock")
        borrow = motion_borrow.build(page)
        long = motion_long.build(page)

    def show(*values: Any) -> list[Any]:
        return on_show(page, page.view(*values))

    outputs = [lead, parts, mix, clock, borrow, long]
    page.on_model_or_seed(show, page.state_inputs, outputs, tab="motion")


def on_show(page: Page, view: View) -> list[Any]:
    """Values of the lead, of the column below it and of what stands in that."""
    info = page.studio.info(view.model, view.visitor) if view.model else None
    if info is None or info.modality != "video":
        known = page.studio.models(view.visitor)
        models = [
            {"id": m.id, "title": m.title, "data": m.data} for m in known if m.modality == "video"
        ]
        lead = {"kind": "none", "title": info.title if info else "", "models": models}
        return [lead, gr.update(visible=False), *[gr.skip()] * 4]
    if not info.motion:  # one latent says everything: nothing to take apart
        return [{"kind": "one", "title": info.title}, gr.update(visible=False), *[gr.skip()] * 4]
    shown = motion_mix.on_page(page, view)
    return [
        {"kind": "parts", "title": info.title},
        gr.update(visible=True),
        shown,
        {"frames": info.shape[1]},
        motion_borrow.on_page(page, view),
        motion_long.on_page(view),
    ]
