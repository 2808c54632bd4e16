"""Saving what Play shows: files with the settings inside, lines to copy, and settings read back."""

import base64
from functools import partial
from typing import Any

import gradio as gr

from tgan_demo import export
from tgan_demo.errors import DataError
from tgan_demo.modalities import registry
from tgan_demo.parts import Samples
from tgan_demo.ui import orders, widgets
from tgan_demo.ui.handlers import QUIET
from tgan_demo.ui.page import Page, View
from tgan_demo.ui.side import restore
from tgan_demo.ui.words.table import t

MAX_PNG_BYTES = 8 * 2**20


def button(page: Page, elem_id: str, word: str, **options: Any) -> gr.Button:
    return page.text(gr.Button(size="sm", elem_id=elem_id, **options), "value", word)


def save_buttons(page: Page) -> dict[str, gr.Button]:
    """One for each way to save there is; those of the first modality are shown."""
    first, *_ = registry.names()
    every = dict.fromkeys(kind for name in registry.names() for kind in kinds(name))
    return {
        kind: button(page, f"save-{kind}", f"save.{kind}", visible=kind in kinds(first))
        for kind in every
    }


def bind_saving(page: Page, save: dict[str, gr.Button], copy: dict[str, gr.Button]) -> None:
    """Files and clipboard texts of what is shown."""

    def saved(kind: str, *values: Any) -> dict[str, Any]:
        return on_save(page, page.view(*values), kind)

    def copied(kind: str, *values: Any) -> dict[str, Any]:
        view = page.view(*values)
        info = page.studio.info(view.model, view.visitor)
        return on_copy(view, kind, modality=info.modality)

    def fits(visitor: str, model: str) -> list[Any]:
        shown = kinds(page.studio.info(model, visitor).modality) if model else ()
        return [gr.update(visible=kind in shown) for kind in save]

    page.on_model(fits, [page.visitor, page.model], [*save.values()])
    for handler, buttons in ((saved, save), (copied, copy)):
        for kind, button in buttons.items():
            button.click(
                page.guard(partial(handler, kind)), page.state_inputs, page.bridge, **QUIET
            )


def on_save(page: Page, view: View, kind: str) -> dict[str, Any]:
    """An order for bridge.js: the grid as one of the files that its modality knows (a PNG with its
    settings, a zip, a film), the first where `kind` is not among them.
    """
    info = page.studio.info(view.model, view.visitor)
    drawn = page.studio.sample(view.model, view.config, view.visitor)
    samples = Samples(
        items=drawn.items,
        seeds=drawn.seeds,
        settings=export.settings_for(view.model, view.config),
        title=info.title,
        labels=drawn.labels,
        classes=info.classes,
    )
    formats = registry.get(info.modality).files.formats
    chosen = next((one for one in formats if one.key == kind), formats[0])
    stem = f"{widgets.file_stem(info)}-{view.config.seed}"
    return orders.download(f"{stem}{chosen.ending}", chosen.mime, chosen.write(samples))


def kinds(modality: str) -> tuple[str, ...]:
    """What the page offers to save samples of a modality as: keys of its formats."""
    return tuple(one.key for one in registry.get(modality).files.formats)


def on_copy(view: View, kind: str, *, modality: str) -> dict[str, Any]:
    """An order for bridge.js: text for the clipboard."""
    write = export.as_python if kind == "python" else export.as_command
    text = write(view.model, view.config, modality=modality)
    said = t(f"copied.{kind}", view.lang, variant=modality)
    return orders.copy(text, said)


def on_png(page: Page, visitor: str | None, lang: str, model: str, data: Any) -> list[Any]:
    """The settings inside a dropped PNG, WebP or WAV, as values of the controls, and what to say about it."""
    text = data.get("data") if isinstance(data, dict) else None
    if not isinstance(text, str) or len(text) > MAX_PNG_BYTES * 4 // 3 + 4:
        raise DataError(
            "a PNG, WebP or WAV of at most 8 MB was wanted; choose one that was saved on this page"
        )
    try:
        content = base64.b64decode(text, validate=True)
    except ValueError as error:
        raise DataError("the file did not arrive whole; drop it again") from error
    settings = export.read_settings(content)
    if settings is None:
        raise DataError(
            "no settings in this file; choose a PNG, WebP or WAV that was saved on this page"
        )
    said = t("drop.restored", lang, name=str(data.get("name", ""))[:80])
    return [*restore(page, visitor, model, settings), orders.say(said)]
