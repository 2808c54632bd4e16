"""Opening the page: the link's query and what the browser kept, checked, become a state.

Nothing here trusts its input: a bad value falls back to its default and is named in `notes`.
"""

import json
import logging
import secrets
from dataclasses import dataclass, field
from typing import Any

from tgan_demo.config import SampleConfig
from tgan_demo.errors import TganError
from tgan_demo.ui import walks
from tgan_demo.ui.page import DEFAULT_COUNT, DEFAULT_SEED, MAX_COUNT, MAX_SEED, clamp
from tgan_demo.ui.words.table import LANGS, t

logger = logging.getLogger(__name__)

TABS = ("play", "walk", "inside", "train", "sound", "motion")


@dataclass(slots=True)
class Visit:
    """A checked start of the page."""

    visitor: str
    lang: str
    tab: str
    model: str
    config: SampleConfig
    walk: str  # of walks.write, "" when the link has none
    notes: list[str] = field(default_factory=list)


def read_boot(text: Any) -> dict[str, str]:
    """The browser's JSON as plain texts; anything else as nothing."""
    try:
        values = json.loads(text) if isinstance(text, str) and len(text) <= 8000 else {}
    except ValueError:
        values = {}
    if not isinstance(values, dict):
        return {}
    return {str(k)[:40]: v[:2000] for k, v in values.items() if isinstance(v, str)}


def open_page(studio: Any, query: dict[str, str]) -> Visit:
    """A Visit from a query such as {"model": "image/digits", "seed": "7", "psi": "0.5"}."""
    lang = query.get("lang", "")
    lang = lang if lang in LANGS else "en"
    notes: list[str] = []
    visitor = visitor_of(studio, query.get("me"))
    infos = studio.models(visitor)
    ids = [info.id for info in infos]
    default = infos[0] if infos else None
    model = query.get("model") or (ids[0] if ids else "")
    if model not in ids and default is not None:
        notes.append(t("load.model", lang, name=model[:60], other=default.title))
        model = default.id
    chosen = next((info for info in infos if info.id == model), None)
    classes = chosen.classes if chosen else ()
    warmth = getattr(chosen, "temperature", 1.0)  # a link that says none means the model's own

    def number(key: str, low: float, high: float, default: Any, whole: bool = True) -> Any:
        text = query.get(key)
        if not text:
            return default
        value = clamp(text, low, high, None, whole=whole)
        if value is None or not low <= float(text) <= high:
            notes.append(t("load.bad", lang, name=key))
            return default
        return value

    label = number("label", 0, max(0, len(classes) - 1), -1) if classes else -1
    config = SampleConfig(
        seed=number("seed", 0, MAX_SEED, DEFAULT_SEED),
        count=number("count", 1, MAX_COUNT, DEFAULT_COUNT),
        label=label if label >= 0 else None,
        psi=number("psi", 0, 2, 1.0, False),
        temperature=number("temp", 0, 2, warmth, False),
        top_p=number("top", 0.05, 1, 1.0, False),
        variation_seed=number("vseed", 0, MAX_SEED, 0),
        variation=number("variation", 0, 1, 0.0, False),
    )
    tab = query.get("tab", "play")
    walk = walks.write(walks.read(query.get("walk")))
    return Visit(visitor, lang, tab if tab in TABS else "play", model, config, walk, notes)


def visitor_of(studio: Any, known: str | None) -> str:
    """The visitor that the link names, else a new one."""
    if known:
        try:
            studio.store.check(known)
            return known
        except TganError as error:
            logger.info("a visitor came with an id that is not ours: %s", type(error).__name__)
    return studio.store.new_visitor()


def boot_order(visit: Visit) -> dict[str, Any]:
    """What bridge.js does with a visit: keep the visitor, open the tab, show the notes."""
    return {
        "do": "boot",
        "nonce": secrets.token_hex(4),
        "me": visit.visitor,
        "tab": visit.tab,
        "notes": visit.notes,
    }
