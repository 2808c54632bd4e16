"""Sound: a drum kit to play, or numbers said aloud and other voices; the model decides which.

Draws the tab and chooses its page; the two pages are in kit.py and voice.py.
"""

from typing import Any

import gradio as gr

from tgan_demo.modalities.audio import speech
from tgan_demo.ui.canvases import canvas
from tgan_demo.ui.page import Page, View
from tgan_demo.ui.panels.sound import kit as sound_kit
from tgan_demo.ui.panels.sound import voice as sound_voice

PAGES = ("pads", "voice")


def build(page: Page) -> None:
    lead = canvas("lead", elem_id="sound-lead", fixed={"words": "sound"})
    with gr.Column(elem_id="sound-pads-page", visible=False) as drums:
        pads = sound_kit.build(page)
    with gr.Column(elem_id="sound-voice-page", visible=False) as voices:
        voice = sound_voice.build(page)

    def show(*values: Any) -> list[Any]:
        return on_show(page, page.view(*values))

    page.on_model_or_seed(show, page.state_inputs, [lead, drums, voices, pads, voice], tab="sound")


def on_show(page: Page, view: View) -> list[Any]:
    """Values of the lead, of both pages' columns and of what stands in them."""
    info = page.studio.info(view.model, view.visitor) if view.model else None
    if info is None or info.modality != "audio":
        known = page.studio.models(view.visitor)
        models = [
            {"id": m.id, "title": m.title, "data": m.data} for m in known if m.modality == "audio"
        ]
        lead = {"kind": "none", "title": info.title if info else "", "models": models}
        return [lead, *_only(None), gr.skip(), gr.skip()]
    model = page.studio.load(view.model, view.visitor)
    if factors := speech.factors(model):
        lead = {"kind": "voice", "title": info.title, "n": len(factors[1])}
        return [lead, *_only("voice"), gr.skip(), sound_voice.on_page(view, factors)]
    lead = {"kind": "pads", "title": info.title}
    return [lead, *_only("pads"), sound_kit.on_kit(page, view), gr.skip()]


def _only(shown: str | None) -> list[Any]:
    return [gr.update(visible=name == shown) for name in PAGES]
