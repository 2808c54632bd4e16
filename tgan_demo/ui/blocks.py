"""The page: header, left column, one tab per panel, the run bar, and what opening it does."""

import importlib
import importlib.util
import os
from typing import Any

import gradio as gr

from tgan_demo.ui import side, theme, visit, walks, widgets
from tgan_demo.ui.canvases import canvas, head
from tgan_demo.ui.page import Page
from tgan_demo.ui.side import QUIET

PANELS = visit.TABS  # one file each in panels/; adding a panel is one name there and one word


def build(studio: Any, *, present: bool = False) -> gr.Blocks:
    """The whole page over `studio`. Launch it with `launch_options`."""
    with gr.Blocks(
        title="Transformer GAN Studio",
        fill_width=True,
        analytics_enabled=False,
        delete_cache=(3600, 86_400),  # uploads that nobody came back for
    ) as demo:
        page = Page(studio, present=present)
        for component in page.hidden:
            component.render()
        boot = gr.Textbox("", elem_id="boot-id", visible="hidden", container=False)
        page.bridge = canvas("bridge", elem_id="bridge")
        canvas("header", elem_id="header")
        with gr.Row(elem_id="page"):
            side.build(page)
            with gr.Column(elem_id="main"), gr.Tabs(elem_id="tabs"):
                for name in PANELS:
                    with gr.Tab(id=name, elem_id=f"tab-{name}") as tab:
                        mount(page, name)
                    page.text(tab, "label", f"tab.{name}")
                    tab.select(
                        None,
                        None,
                        page.tab,
                        js=f"() => {{ tgan.tabOpened('{name}'); return '{name}'; }}",
                        api_visibility="private",
                    )
        canvas("drawer", elem_id="drawer")
        mount_bar(page)
        page.finish()
        bind_load(demo, page, boot)
    from tgan_demo.ui import api

    with demo:
        api.register(studio)
    return demo


def mount(page: Page, name: str) -> None:
    """The panel of that name, or a sentence where this copy has none."""
    if importlib.util.find_spec(f"tgan_demo.ui.panels.{name}.panel") is None:
        page.text(gr.Markdown(elem_classes="tg-empty"), "value", "tab.soon")
        return
    importlib.import_module(f"tgan_demo.ui.panels.{name}.panel").build(page)


def mount_bar(page: Page) -> None:
    """The bar of the running training, at the bottom of every tab."""
    if importlib.util.find_spec("tgan_demo.ui.panels.train.panel"):
        train = importlib.import_module("tgan_demo.ui.panels.train.panel")
        if hasattr(train, "build_bar"):
            train.build_bar(page)


def bind_load(demo: gr.Blocks, page: Page, boot: gr.Textbox) -> None:
    """Opening the page: read the link, set every control, draw the first picture; then the rest."""
    draw, drawn = page.first_picture
    sheet, sheet_inputs, contact, about, card = page.first_contact
    chosen = [page.visitor, page.lang, *page.restore_outputs, page.walk, *page.walk_settings]

    def opened(text: str, request: gr.Request) -> list[Any]:
        query = {**dict(request.query_params), **visit.read_boot(text)}
        start = visit.open_page(page.studio, query)
        values = page.restore_values(start.model, start.config)
        walk = walks.read(start.walk)
        return [
            start.visitor,
            start.lang,
            *values,
            start.walk,
            *(walk.path, walk.space, walk.frames, walk.loop, walk.part),
            widgets.model_cards(page.studio, start.visitor, start.model),
            side.chips_value(page, start.visitor, start.model),
            *draw(start.visitor, start.lang, *values),
            visit.boot_order(start),
        ]

    loaded = demo.load(
        page.guard(opened),
        boot,
        [*chosen, page.cards, page.chips, *drawn, page.bridge],
        js="() => [tgan.boot()]",
        **QUIET,
    )
    loaded.then(page.guard(sheet), sheet_inputs, contact, **QUIET)
    loaded.then(page.guard(about), [page.visitor, page.model], card, **QUIET)


def launch_options(*, present: bool = False) -> dict[str, Any]:
    """What launch() needs for this page, whoever calls it."""
    return {
        "theme": theme.theme(),
        # the style goes into the head: css= would put .gradio-container before body and .dark
        "head": f"<style>{theme.css()}</style>{head(tabs=PANELS, present=present, base=_space_base())}",
        "footer_links": ["api"],
        "run_history": False,
    }


def _space_base() -> str:
    """Where a copied link points when the page sits in a Space's frame; "" elsewhere."""
    space = os.environ.get("SPACE_ID", "")
    return f"https://huggingface.co/spaces/{space}" if space else ""
