"""The page: header, left column, one tab per panel, the run bar, and what opening it does."""

import os
from collections.abc import Collection
from pathlib import Path
from typing import Any

import gradio as gr
from starlette.middleware import Middleware

from tgan_demo.data import limits
from tgan_demo.people import arrivals
from tgan_demo.studio import Studio
from tgan_demo.ui import (
    api,
    entrance,
    headers,
    hosting,
    links,
    orders,
    publishing,
    quiz,
    shown,
    side,
    theme,
    tours,
    uploads,
    visit,
    widgets,
)
from tgan_demo.ui.canvases import canvas, head
from tgan_demo.ui.handlers import QUIET
from tgan_demo.ui.page import Page
from tgan_demo.ui.panel import Panel
from tgan_demo.ui.panels.inside.panel import Inside
from tgan_demo.ui.panels.lab.panel import LabPanel
from tgan_demo.ui.panels.motion.panel import Motion
from tgan_demo.ui.panels.play.panel import Play
from tgan_demo.ui.panels.sound.panel import Sound
from tgan_demo.ui.panels.train.panel import Train
from tgan_demo.ui.panels.walk.panel import Walk

PANELS: tuple[type[Panel], ...] = (
    Play,
    Walk,
    Inside,
    Train,
    LabPanel,
    Sound,
    Motion,
)  # in this order
TABS = tuple(panel.name for panel in PANELS)
ICON = Path(__file__).with_name("icon.png")  # 512 pixels; smaller ones are made of it
MAX_THREADS = 120  # of requests, most of which wait for their turn at drawing
MAX_SESSIONS = 1000  # whose state is kept; then the page that was silent for longest is forgotten


def build(studio: Studio, *, present: bool = False) -> entrance.Blocks:
    """The whole page over `studio`. Launch it with `launch_options`."""
    with entrance.Blocks(
        title="Transformer GAN Studio",
        fill_width=True,
        analytics_enabled=False,
        delete_cache=(600, 3600),  # uploads that nobody came back for
    ) as demo:
        page = Page(studio, present=present)
        panels = [panel() for panel in PANELS]
        for component in page.hidden:
            component.render()
        boot = gr.Textbox("", elem_id="boot-id", visible="hidden", container=False)
        page.bridge.render()
        canvas("header", elem_id="header")
        links.build(page)
        publishing.build(page)
        quiz.build(page)
        shown_parts = shown.build()
        with gr.Row(elem_id="page"):
            side.build(page)
            with gr.Column(elem_id="main"), gr.Tabs(elem_id="tabs"):
                for panel in panels:
                    mount(page, panel)
        canvas("drawer", elem_id="drawer")
        tours.page_tour()
        for panel in panels:
            panel.build_bar(page)
        page.finish()
        bind_load(demo, page, panels, boot, shown_parts)
        api.register(studio)
    demo.hosting = hosting.Hosting(studio)
    return demo


def mount(page: Page, panel: Panel) -> None:
    """A panel as a tab."""
    with gr.Tab(id=panel.name, elem_id=f"tab-{panel.name}") as tab:
        panel.build(page)
    page.text(tab, "label", f"tab.{panel.name}")
    tab.select(
        None,
        None,
        page.tab,
        js=f"() => tgan.tabOpened('{panel.name}')",
        api_visibility="private",
    )


def bind_load(
    demo: gr.Blocks, page: Page, panels: list[Panel], boot: gr.Textbox, shown_parts: list[gr.HTML]
) -> None:
    """Opening the page: read the link, set every control, draw the first picture."""
    openings = [panel.opening(page) for panel in panels]
    filled = [component for opening in openings for component in opening.outputs]

    def opened(text: str, request: gr.Request) -> list[Any]:
        asked = {k: v for k, v in request.query_params.items() if k not in visit.OWNERS}
        query = {**asked, **visit.read_boot(text)}
        start = visit.open_page(page.studio, query, TABS)
        return [
            start.visitor,
            start.lang,
            *page.restore_values(start.model, start.config),
            widgets.model_cards(page.studio, start.visitor, start.model),
            widgets.class_chips(start.model, page.classes(start.model, start.visitor)),
            *(value for opening in openings for value in opening.values(start)),
            *shown.values(page.studio, start.show),
            orders.boot(
                visitor=start.visitor if start.is_kept else "",
                tab=start.tab,
                notes=start.notes,
                offered=start.offered,
            ),
        ]

    chosen = [page.visitor, page.lang, *page.restore_outputs, page.cards, page.chips]
    demo.load(
        page.guard(opened),
        boot,
        [*chosen, *filled, *shown_parts, page.bridge],
        js="() => [tgan.boot()]",
        **QUIET,
    )


def launch_options(
    *,
    present: bool = False,
    host: str = "127.0.0.1",
    names: Collection[str] = (),
) -> dict[str, Any]:
    """What launch() needs for this page, whoever calls it.

    Args:
        host: the address that it will listen on.
        names: see headers.middleware.
    """
    most = {"file": limits.MAX_ZIP_BYTES, "all": arrivals.MAX_ARRIVED_BYTES}
    script = head(tabs=TABS, present=present, base=_space_base(), most=most)
    return {
        "theme": theme.theme(),
        # the style goes into the head: css= would put .gradio-container before body and .dark
        "head": f"<style>{theme.css()}</style>{script}",
        "footer_links": ["api"],
        "favicon_path": str(ICON),
        "pwa": True,  # a browser offers to install the page, with its icon and a window of its own
        "run_history": False,
        "max_threads": MAX_THREADS,
        "state_session_capacity": MAX_SESSIONS,
        "app_kwargs": {
            "middleware": [
                *headers.middleware(host, names),
                Middleware(hosting.Door),
                Middleware(entrance.Entrance),
                Middleware(uploads.Uploads),
            ]
        },
    }


def _space_base() -> str:
    """Where a copied link points when the page sits in a Space's frame; "" elsewhere."""
    space = os.environ.get("SPACE_ID", "")
    return f"https://huggingface.co/spaces/{space}" if space else ""
