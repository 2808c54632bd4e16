"""Links that a person gives out: made, listed and taken back, each with a QR code.

A state of a bundled model is an address that the browser writes itself. An own model is shown through a
token (people/links.py); who its owner is never stands in a link to show.
"""

from functools import lru_cache
from typing import Any

import gradio as gr
import segno

from tgan_demo.errors import TganError
from tgan_demo.files.disk import reason
from tgan_demo.ui.canvases import canvas
from tgan_demo.ui.handlers import QUIET
from tgan_demo.ui.page import Page, View

MAX_CODE = (
    1200  # characters of an address as a QR code; a longer one could not be scanned from afar
)


def build(page: Page) -> gr.HTML:
    """Draw the dialogs into the open Blocks and bind them."""
    links = canvas("links", elem_id="links", server_functions=[qr])
    page.on_sent(links.give, on_give, links, **QUIET)
    page.on_sent(links.list, on_list, links, **QUIET)
    page.on_sent(links.revoke, on_revoke, links, **QUIET)
    return links


def on_give(page: Page, view: View, _data: Any) -> dict[str, Any]:
    """A link to the own model that the page shows, as it shows it."""
    try:
        link = page.studio.store.links.make(view.visitor, view.model, view.config)
    except (TganError, OSError) as error:
        return value(page, view, error=_why(error))
    return value(page, view, token=link.token)


def on_list(page: Page, view: View, _data: Any) -> dict[str, Any]:
    return value(page, view)


def on_revoke(page: Page, view: View, data: Any) -> dict[str, Any]:
    """Take back the link that the list names."""
    token = data.get("token") if isinstance(data, dict) else None
    try:
        page.studio.store.links.revoke(view.visitor, str(token)[:80])
    except (TganError, OSError) as error:
        return value(page, view, error=_why(error))
    return value(page, view)


def _why(error: Exception) -> str:
    return str(error) if isinstance(error, TganError) else f"not saved: {reason(error)}"


def value(page: Page, view: View, **more: Any) -> dict[str, Any]:
    """What links.js shows: the visitor's links, newest first."""
    rows = []
    for link in page.studio.store.links.of(view.visitor):
        try:
            title = page.studio.info(link.model, link.visitor).title
        except (TganError, OSError):
            title = link.model
        row = {"token": link.token, "title": title, "seed": link.config.seed, "made": link.made}
        rows.append(row)
    return {"links": rows, **more}


def qr(text: Any) -> dict[str, Any]:
    """A QR code of an address: modules a side, and the dark ones as the path of an SVG; no path where
    it would be too long.
    """
    if not isinstance(text, str) or not 0 < len(text) <= MAX_CODE:
        return {"size": 0, "path": ""}
    return dict(_code(text))


@lru_cache(maxsize=128)
def _code(text: str) -> dict[str, Any]:
    rows = segno.make_qr(text, error="m").matrix
    path = "".join(
        f"M{x} {y}h{length}v1h-{length}z" for y, row in enumerate(rows) for x, length in _runs(row)
    )
    return {"size": len(rows), "path": path}


def _runs(row: bytearray) -> list[tuple[int, int]]:
    """(begin, length) of the dark modules that lie side by side."""
    runs: list[tuple[int, int]] = []
    for x, dark in enumerate(row):
        if dark and runs and sum(runs[-1]) == x:
            runs[-1] = (runs[-1][0], runs[-1][1] + 1)
        elif dark:
            runs.append((x, 1))
    return runs
