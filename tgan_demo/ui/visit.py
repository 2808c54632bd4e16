"""Opening the page: the link's query and what the browser kept, checked, become a state.

Nothing here trusts its input: a bad value falls back to its default and is named in `notes`.
"""

import contextlib
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from tgan_demo.errors import TganError
from tgan_demo.runs.moments import is_moment
from tgan_demo.studio import Studio
from tgan_demo.ui import entrance, walks
from tgan_demo.ui.controls import CONTROLS, config_of
from tgan_demo.ui.page import View
from tgan_demo.ui.words.table import LANGS, t

logger = logging.getLogger(__name__)

MOST_BOOT, MOST_VALUE = 24_000, 12_000  # characters of what the browser hands over; shell.js
OWNERS = ("me", "offered")  # ids that only the page's own script may tell, never an address


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit(View):
    """A checked start of the page."""

    visitor: str
    tab: str
    walk: str  # of walks.write, "" when the link has none
    show: str = ""  # the token of a link to show: no tab is open then
    offered: str = ""  # the id of another visitor, whose link was followed
    notes: list[str] = field(default_factory=list)
    is_kept: bool = True  # else nothing can be written, and the browser keeps the id it had


def read_boot(text: Any) -> dict[str, str]:
    """The browser's JSON as plain texts; anything else as nothing."""
    try:
        values = entrance.read(text.encode("utf-8", "replace")) if _is_short(text) else {}
    except TganError:
        values = {}
    if not isinstance(values, dict):
        return {}
    return {str(k)[:40]: v[:MOST_VALUE] for k, v in values.items() if isinstance(v, str)}


def _is_short(text: Any) -> bool:
    return isinstance(text, str) and len(text) <= MOST_BOOT


def open_page(studio: Studio, query: dict[str, str], tabs: Sequence[str]) -> Visit:
    """A Visit from a query such as {"model": "image/digits", "seed": "7", "psi": "0.5"}.

    Args:
        tabs: names that "tab" may be; the first is opened unless it is one of them.

    "me" is the id that the browser has, "offered" the one in the link that it followed: that one counts
    at once only where there is no other.
    """
    lang = query.get("lang", "")
    lang = lang if lang in LANGS else "en"
    notes: list[str] = []
    me, offered = (known_of(studio, query.get(key)) for key in OWNERS)
    visitor = me or offered or studio.store.new_visitor()
    if query.get("offered") and not offered:
        notes.append(t("load.owner", lang))
    infos = {info.id: info for info in studio.models(visitor)}
    model = query.get("model") or next(iter(infos), "")
    if is_moment(model):
        with contextlib.suppress(TganError):
            infos[model] = studio.info(model, visitor)
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
    config = config_of(values, classes)
    if config.edit and not studio.takes(model, config, visitor):
        config = replace(config, edit="")
        notes.append(t("load.bad", lang, name="edit"))
    tab, show = query.get("tab", ""), query.get("show", "")[:80]
    tab = tab if tab in tabs else tabs[0]
    trouble = studio.store.trouble(visitor)
    if trouble:
        notes.append(t("load.disk", lang, why=trouble))
    return Visit(
        visitor=visitor,
        lang=lang,
        model=model,
        config=config,
        tab="" if show else tab,
        show=show,
        walk=walks.write(walks.read(query.get("walk"))),
        offered=offered if offered and offered != visitor else "",
        notes=notes,
        is_kept=not trouble,
    )


def visitor_of(studio: Studio, known: str | None) -> str:
    """The visitor of that id, else a new one."""
    return known_of(studio, known) or studio.store.new_visitor()


def known_of(studio: Studio, visitor: str | None) -> str | None:
    """The id itself, if it is one of ours."""
    if visitor:
        try:
            return studio.store.known(visitor)
        except TganError as error:
            logger.info("a visitor came with an id that is not ours: %s", type(error).__name__)
    return None
