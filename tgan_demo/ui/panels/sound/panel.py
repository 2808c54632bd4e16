"""Sound: a drum kit to play, or numbers said aloud and other voices; the model decides which.

Draws the tab and chooses its page; the two pages are in kit.py and voice.py.
"""

from typing import Any

import gradio as gr

from tgan_demo.config import factors
from tgan_demo.ui import widgets
from tgan_demo.ui.canvases import canvas
from tgan_demo.ui.page import Page, View
from tgan_demo.ui.panel import Panel
from tgan_demo.ui.panels.sound import kit, voice

PAGES = {"pads": "kit", "voice": "speak"}  # page -> the skill of a model that it is for


class Sound(Panel):
    name = "sound"

    def build(self, page: Page) -> None:
        lead = canvas("lead", elem_id="sound-lead", fixed={"words": self.name})
        with gr.Column(elem_id="sound-pads-page", visible=False) as drums:
            pads = kit.build(page)
        with gr.Column(elem_id="sound-voice-page", visible=False) as voices:
            spoken = voice.build(page)

        def show(*values: Any) -> list[Any]:
            return on_show(page, page.view(*values))

        outputs = [lead, drums, voices, pads, spoken]
        page.on_model_or_seed(show, page.state_inputs, outputs, tab=self.name)


def on_show(page: Page, view: View) -> list[Any]:
    """Values of the lead, of both pages' columns and of what stands in them."""
    info = page.studio.info(view.model, view.visitor) if view.model else None
    shown = next((name for name in PAGES if info and PAGES[name] in info.skills), None)
    columns = [gr.update(visible=name == shown) for name in PAGES]
    if info is None or shown is None:
        lead = widgets.lead_elsewhere(page.studio, view.visitor, info, PAGES.values())
        return [lead, *columns, gr.skip(), gr.skip()]
    lead = {"kind": shown, "title": info.title}
    if shown == "pads":
        return [lead, *columns, kit.on_kit(page, view), gr.skip()]
    _, speakers = factors(info.classes)
    return [lead | {"n": len(speakers)}, *columns, gr.skip(), voice.on_page(view, speakers)]
