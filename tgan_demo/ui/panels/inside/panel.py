"""The Inside tab: where every layer and head of G and D looks, D's verdict, the formula in numbers.

One answer holds all maps of a picture; choosing patches, layers and heads happens in the browser
(canvas/attention/). Only the formula, an upload and maps too big to send at once come back here.
"""

import math
import time
from collections import OrderedDict
from pathlib import Path
from threading import Lock
from typing import Any

import gradio as gr
import numpy as np

from tgan_demo.config import SampleConfig
from tgan_demo.errors import TganError
from tgan_demo.modalities import registry
from tgan_demo.parts import Item
from tgan_demo.studio import ModelInfo, Studio
from tgan_demo.ui import attention_view, uploads
from tgan_demo.ui.canvases import canvas, style
from tgan_demo.ui.controls import clamp
from tgan_demo.ui.handlers import QUIET, data_of
from tgan_demo.ui.page import Page, View
from tgan_demo.ui.panel import Panel

GENERATED = 16  # of G's pictures that a verdict is compared with
REFERENCE_S = 1.5  # a big model is compared with fewer, so that the page does not wait
MAX_REFERENCES = 512  # models and classes whose logits are remembered

_references: OrderedDict[tuple, list[float]] = OrderedDict()
_lock = Lock()


class Inside(Panel):
    name = "inside"

    def build(self, page: Page) -> None:
        """`shown` and `upload` live per visitor, on the server."""
        studio = page.studio
        shown = gr.State(None)  # what the maps on the screen belong to
        upload = gr.State(None)  # the visitor's own item, as it was read
        view = canvas("attention", elem_id="inside-view")
        formula = gr.HTML(
            "",
            elem_id="inside-formula",
            css_template=style("attention", "formula"),
            apply_default_css=False,
        )

        def show(item: Any, *values: Any) -> tuple[dict, dict | None]:
            return on_show(studio, page.view(*values), item)

        def came(event: gr.EventData, before: Any, *values: Any) -> tuple[dict, dict | None, Any]:
            path, _ = uploads.brought(data_of(event))[0]
            return on_upload(studio, page.view(*values), path, before)

        def typed(event: gr.EventData, before: Any, *values: Any) -> tuple[dict, dict | None, Any]:
            return on_typed(studio, page.view(*values), data_of(event), before)

        def numbers(event: gr.EventData, what: Any, visitor: Any) -> str:
            return on_formula(studio, data_of(event), what, visitor)

        def fetch(
            event: gr.EventData, what: Any, item: Any, *values: Any
        ) -> tuple[dict, dict | None]:
            token = _field(data_of(event), "token", -1, 10**6)
            return on_show(studio, page.view(*values), item, token=token)

        inputs = [upload, *page.state_inputs]
        outputs = [view, shown]
        page.on_model_or_seed(show, inputs, outputs, tab=self.name)
        view.typed(page.guard(typed), inputs, [*outputs, upload], **QUIET)
        view.bring(page.guard(came), inputs, [*outputs, upload], **QUIET)
        every = {"trigger_mode": "multiple", **QUIET}
        view.formula(page.guard(numbers), [shown, page.visitor], formula, **every)
        view.fetch(page.guard(fetch), [shown, *inputs], outputs, **every)


def on_show(
    studio: Studio, view: View, upload: Item | None, *, token: int | None = None
) -> tuple[dict[str, Any], dict[str, Any] | None]:
    """Maps of the page's seed, and of the visitor's picture if there is one.

    Returns:
        The canvas's value, and what `on_formula` needs to find the same numbers again.
    """
    try:
        info = studio.info(view.model, view.visitor)
        maps = studio.attention(view.model, view.config, view.visitor)
        value = {
            "state": "ready",
            "stamp": time.time_ns() // 1000,
            "model": info.id,
            "data": info.data or info.title,
            # a text's tokens are cut without a border that could be drawn
            "overlap": 0 if maps.pieces else studio.load(view.model, view.visitor).config.overlap,
            "medium": info.modality,
            "route": info.route,
            **attention_view.view_of(info.modality, info.route, info.skills),
            "generated": {
                **attention_view.block(maps, info.modality, token=token),
                "verdict": _verdict(studio, info, maps, view.visitor, "asked"),
            },
            "uploaded": None,
        }
        shown = {"model": info.id, "config": view.config, "item": None, "label": None}
        shown["pieces"] = {"generated": maps.pieces}
        if upload is not None and upload.modality == info.modality:
            judged, by = _judge(studio, info, view, upload)
            value["uploaded"] = {
                **attention_view.block(judged, info.modality, token=token),
                "id": id_of(upload),
                "verdict": _verdict(studio, info, judged, view.visitor, by),
            }
            shown |= {"item": judged.item, "label": judged.label}
            shown["pieces"]["uploaded"] = judged.pieces
    except TganError as error:
        return {"state": "error", "message": str(error)}, None
    return value, shown


def on_upload(
    studio: Studio, view: View, path: str, before: Item | None
) -> tuple[dict[str, Any], dict[str, Any] | None, Item | None]:
    """D judges a visitor's picture, sound or clip. One that cannot be used is named, and the last one stays."""
    notice = ""
    upload = before
    try:
        modality = studio.info(view.model, view.visitor).modality
        value = registry.get(modality).bring.read_file(Path(path or "nothing"))
        upload = Item(modality, value)
    except TganError as error:
        notice = str(error)
    finally:  # nothing of a user's own stays on the disk
        uploads.release([path] if path else [])
    value, shown = on_show(studio, view, upload)
    return {**value, "notice": notice, "answers": "upload"}, shown, upload


def on_typed(
    studio: Studio, view: View, asked: Any, before: Any
) -> tuple[dict[str, Any], dict[str, Any] | None, Any]:
    """D judges a visitor's text. One that cannot be read is named, and the last one stays."""
    text = asked.get("text") if isinstance(asked, dict) else None
    notice, upload = "", before
    try:
        modality = studio.info(view.model, view.visitor).modality
        upload = Item(modality, studio.fit(view.model, str(text or ""), view.visitor))
    except TganError as error:
        notice = str(error)
    value, shown = on_show(studio, view, upload)
    return {**value, "notice": notice, "answers": "upload"}, shown, upload


def on_formula(studio: Studio, asked: Any, shown: Any, visitor: str | None) -> str:
    """HTML of the formula for what the browser asked; nothing when it is closed or out of date.

    `asked` comes from outside: every number is clamped, every name is looked up.
    """
    if not isinstance(asked, dict) or not asked.get("open") or not isinstance(shown, dict):
        return ""
    is_upload = asked.get("source") == "uploaded"
    if is_upload and shown["item"] is None:
        return ""
    net = "d" if asked.get("net") == "d" or is_upload else "g"
    kind = "cross" if net == "g" and asked.get("net") == "g_cross" else "self"
    info = studio.info(shown["model"], visitor)
    if kind == "cross" and not info.latent_tokens:
        return ""
    patches = math.prod(info.grid)
    token = _field(asked, "token", -1, patches - 1) + (net == "d")
    place = {
        "layer": _field(asked, "layer", 0, info.depth - 1),
        "head": _field(asked, "head", 0, info.heads - 1),
        "token": max(0, token),
    }
    source: SampleConfig | np.ndarray = shown["item"] if is_upload else shown["config"]
    numbers = studio.formula(info.id, source, net=net, kind=kind, visitor=visitor, **place)
    lang = "zh" if asked.get("lang") == "zh" else "en"
    names = shown["pieces"]["uploaded" if is_upload else "generated"]
    html = attention_view.formula_html(
        numbers, info.grid, lang, net=net, kind=kind, pieces=names, route=info.route, **place
    )
    return f"<div data-ask='{_field(asked, 'n', 0, 10**9)}'>{html}</div>"


def id_of(upload: Item) -> str:
    """Tells one upload from the next."""
    content = upload.value if isinstance(upload.value, str) else upload.value.tobytes()
    return f"{hash(content) & 0xFFFFFFFFFFFF:x}"


def _judge(studio: Studio, info: ModelInfo, view: View, upload: Item) -> tuple[Any, str]:
    """D on an upload, and who said the class: "asked" on the page, "seen" by the encoder, or "nobody"."""
    item = studio.fit(info.id, upload.value, view.visitor)
    label, by = view.config.label, "asked"
    if label is None:
        label = studio.class_of(info.id, item, view.visitor)
        by = "nobody" if label is None else "seen"
    return studio.judge(info.id, item, label, view.visitor), by


def _reference(
    studio: Studio, info: ModelInfo, label: int | None, visitor: str | None
) -> list[float]:
    """D's logits of a few of G's samples of one class, since those of two classes cannot be compared;
    remembered until the model has learned more.
    """
    key = (visitor if info.own else None, info.id, info.nimg, label)
    with _lock:
        if key in _references:
            _references.move_to_end(key)
            return _references[key]
    logits: list[float] = []
    until = time.monotonic() + REFERENCE_S
    for seed in range(GENERATED):
        asked = SampleConfig(seed=seed, count=1, label=label)
        logits.append(studio.logit(info.id, asked, visitor, has_class=label is not None))
        if time.monotonic() > until and len(logits) >= 4:
            break
    with _lock:
        _references[key] = logits
        while len(_references) > MAX_REFERENCES:
            _references.popitem(last=False)
    return logits


def _verdict(
    studio: Studio, info: ModelInfo, maps: Any, visitor: str | None, by: str
) -> dict[str, Any]:
    generated = _reference(studio, info, maps.label, visitor)
    name = info.classes[maps.label] if maps.label is not None else None
    by = by if info.classes else ""
    return {**attention_view.verdict(maps.logit, generated), "class": name, "by": by}


def _field(asked: Any, name: str, low: int, high: int) -> int:
    return clamp(asked.get(name) if isinstance(asked, dict) else None, low, high, low, whole=True)
