"""Edit: what is done to w of the sample in view, and the sections that do it.

A section is a module with NAME and `build(page)`. It draws itself into the open tab. Its script asks when
its tab is seen and the sample is another one, and changes the page's settings (tgan.restore, tgan.edits).
"""

import gradio as gr

from tgan_demo.ui.canvases import canvas
from tgan_demo.ui.page import Page
from tgan_demo.ui.panels.play.edit import directions, mixing, own, plane, table, two

SECTIONS = (directions, own, mixing, table, plane, two)


def build(page: Page) -> None:
    """Draw the part into the open Blocks."""
    with gr.Accordion(open=False, elem_id="edit-part") as part:
        canvas("edits", elem_id="edits")
        with gr.Tabs(elem_id="edit-sections"):
            for section in SECTIONS:
                with gr.Tab(id=section.NAME, elem_id=f"edit-{section.NAME}") as tab:
                    section.build(page)
                page.text(tab, "label", f"edit.{section.NAME}")
    page.text(part, "label", "edit.title")
