"""Opening the page: the link's query and what the browser kept, checked, become a state.

Nothing here trusts its input: a bad value falls back to its default and is named in `notes`.
"""

import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from tgan_demo.errors import TganError
from tgan_demo.studio import Studio
from tgan_demo.ui import walks
from tgan_demo.ui.controls import CONTROLS, config_of
from tgan_demo.ui.page import View
from tgan_demo.ui.words.table import LANGS, t

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit(View):
    """A checked start of the page."""

    visitor: str
    tab: str
    walk: str  # of walks.write, "" when the link has none
    notes: list[str] = field(default_factory=list)
    is_kept: bool = True  # else nothing can be written, and the browser keeps the id it had


def read_boot(text: Any) -> dict[str, str]:
    """The browser's JSON as plain texts; anything else as nothing."""
    try:
        values = json.loads(text) if isinstance(text, str) and len(text) <= 8000 else {}
    except ValueError:
        values = {}
    if not isinstance(values, dict):
        return {}
    return {str(k)[:40]: v[:2000] for k, v in values.items() if isinstance(v, str)}


def open_page(studio: Studio, query: dict[str, str], tabs: Sequence[str]) -> Visit:
    """A Visit from a query such as {"model": "image/digits", "seed": "7", "psi": "0.5"}.

    Args:
        tabs: names that "tab" may be; the first is opened unless it is one of them.
    """
    lang = query.get("lang", "")
    lang = lang if lang in LANGS else "en"
    notes: list[str] = []
    visitor = visitor_of(studio, query.get("me"))
    infos = {info.id: info for info in studio.models(visitor)}
    model = query.get("model") or next(iter(infos), "")
    if model not in infos and infos:
        first = next(iter(infos.values()))
        notes.append(t("load.model", lang, name=model[:60], other=first.title))
        model = first.id
    info = infos.get(model)
    classes = info.classes if info else ()
    values: dict[str, Any] = {}
    if info:  # a link that says no temperature means the model's own
        values["temperature"] = info.temperature
    for control in CONTROLS:
        text = query.get(control.link)
        if text and control.takes(text, classes):
            values[control.name] = text
        elif text:
            notes.append(t("load.bad", lang, name=control.link))
    tab = query.get("tab", "")
    trouble = studio.store.trouble(visitor)
    if trouble:
        notes.append(t("load.disk", lang, why=trouble))
    return Visit(
        visitor=visitor,
        lang=lang,
        model=model,
        config=config_of(values, classes),
        tab=tab if tab in tabs else tabs[0],
        walk=walks.write(walks.read(query.get("walk"))),
        notes=notes,
        is_kept=not trouble,
    )


def visitor_of(studio: Studio, known: str | None) -> str:
    """The visitor that the link names, else a new one."""
    if known:
        try:
            return studio.store.known(known)
        except TganError as error:
            logger.info("a visitor came with an id that is not ours: %s", type(error).__name__)
    return studio.store.new_visitor()
