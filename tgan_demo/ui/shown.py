"""What a link to show opens: one model's samples with one set of settings, and nothing to change.

The whole page stays hidden behind it, drawn for the guest's own id: only what is here comes from the
model's owner.
"""

import logging
from typing import Any

import gradio as gr

from tgan_demo.errors import TganError
from tgan_demo.modalities import registry
from tgan_demo.studio import Studio
from tgan_demo.ui import widgets
from tgan_demo.ui.canvases import canvas
from tgan_demo.ui.panels.play.panel import seen
from tgan_demo.ui.words.table import LANGS

logger = logging.getLogger(__name__)


def build() -> list[gr.HTML]:
    """Draw it into the open Blocks; its parts take `values`."""
    with gr.Column(elem_id="shown"):
        lead = canvas("shown", elem_id="shown-lead")
        sheet = canvas("sheet", elem_id="shown-canvas", fixed={"kind": "shown"})
        clock = canvas("clockbar", elem_id="shown-clock", fixed={"of": "shown"})
    return [lead, sheet, clock]


def values(studio: Studio, token: str) -> list[Any]:
    """Title and sentence, the samples, and how many frames they play; None where a link shows nothing.

    Args:
        token: of people/links.py; "" where the page was not opened by such a link.
    """
    if not token:
        return [None, None, None]
    try:
        info, config, drawn = studio.shown(token)
    except (TganError, OSError) as error:
        logger.info("a link shows nothing: %s", type(error).__name__)
        return [None, None, None]
    sheet = registry.get(info.modality).look.sheet(drawn.items)
    say = [seen(info, config, lang) for lang in LANGS]
    value = widgets.sheet_value(sheet, drawn.seeds, drawn.labels, info.classes)
    return [{"title": info.title, "say": say}, value, {"frames": value.get("frames", 1)}]
