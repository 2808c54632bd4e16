"""Motion: who is seen and how it moves, taken apart and put together anew, for models of clips.

Draws the tab and chooses what stands in it; its three parts are in mix.py, borrow.py and long.py.
"""

from typing import Any

import gradio as gr

from tgan_demo.ui import widgets
from tgan_demo.ui.canvases import canvas
from tgan_demo.ui.page import Page, View
from tgan_demo.ui.panel import Panel
from tgan_demo.ui.panels.motion import borrow, long, mix


class Motion(Panel):
    name = "motion"

    def build(self, page: Page) -> None:
        lead = canvas("lead", elem_id="motion-lead", fixed={"words": self.name})
        with gr.Column(elem_id="motion-page", visible=False) as parts:
            mixed = mix.build(page)
            clock = canvas("clockbar", elem_id="motion-clock")
            borrowed = borrow.build(page)
            longer = long.build(page)

        def show(*values: Any) -> list[Any]:
            return on_show(page, page.view(*values))

        outputs = [lead, parts, mixed, clock, borrowed, longer]
        page.on_model_or_seed(show, page.state_inputs, outputs, tab=self.name)


def on_show(page: Page, view: View) -> list[Any]:
    """Values of the lead, of the column below it and of what stands in that."""
    info = page.studio.info(view.model, view.visitor) if view.model else None
    nothing = [gr.update(visible=False), *[gr.skip()] * 4]
    if info is None or "plays" not in info.skills:
        return [widgets.lead_elsewhere(page.studio, view.visitor, info, ["plays"]), *nothing]
    if "motion" not in info.skills:  # one latent says everything: nothing to take apart
        return [{"kind": "one", "title": info.title}, *nothing]
    return [
        {"kind": "parts", "title": info.title},
        gr.update(visible=True),
        mix.on_page(page, view),
        {"frames": info.shape[1]},
        borrow.on_page(page, view),
        long.on_page(view),
    ]
