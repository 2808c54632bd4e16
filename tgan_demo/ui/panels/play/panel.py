"""Play: a big grid that follows every control, a sheet of 100 seeds, favourites, saving."""

import base64
import secrets
from typing import Any

import gradio as gr

from tgan_demo import export
from tgan_demo.config import SampleConfig
from tgan_demo.contract import Samples
from tgan_demo.errors import DataError
from tgan_demo.modalities import registry
from tgan_demo.ui import widgets
from tgan_demo.ui.canvases import canvas
from tgan_demo.ui.page import MAX_SEED, Page, View
from tgan_demo.ui.side import QUIET, restore
from tgan_demo.ui.words.table import named, t

MAX_PNG_BYTES = 8 * 2**20


def build(page: Page) -> None:
    with gr.Row(elem_id="play-row"):
        with gr.Column(elem_id="play-left"):
            hero = canvas("sheet", elem_id="play-canvas", fixed={"kind": "hero"})
            canvas("clockbar", elem_id="play-clock", fixed={"of": "hero"})
            say = gr.Markdown("", elem_id="play-say", elem_classes="tg-say")
            with gr.Row(elem_classes="tg-actions"):
                save = {}
                first, *_ = registry.names()
                for kind in dict.fromkeys(
                    kind for name in registry.names() for kind in kinds(name)
                ):
                    shown = kind in kinds(first)
                    save[kind] = gr.Button(size="sm", elem_id=f"save-{kind}", visible=shown)
                    page.text(save[kind], "value", f"save.{kind}")
                python = page.text(
                    gr.Button(size="sm", elem_id="copy-python"), "value", "save.python"
                )
                command = page.text(
                    gr.Button(size="sm", elem_id="copy-command"), "value", "save.command"
                )
        with gr.Column(elem_id="play-right"):
            with gr.Row(elem_id="contact-line"):
                page.text(gr.Markdown(elem_classes="tg-title"), "value", "contact.title")
                back = page.text(
                    gr.Button(size="sm", elem_id="contact-back"), "value", "contact.back"
                )
                next_ = page.text(
                    gr.Button(size="sm", elem_id="contact-next"), "value", "contact.next"
                )
            contact = canvas("sheet", elem_id="contact-canvas", fixed={"kind": "contact"})
            canvas("favourites", elem_id="favourites")
            drop = canvas("drop", elem_id="drop-png")
            with gr.Accordion(open=False, elem_id="model-about") as about:
                card = gr.Markdown("", elem_id="model-card", elem_classes="tg-soft")
            page.text(about, "label", "card.title")
    start = gr.State(0)  # first seed of the contact sheet
    page.hero, page.say = hero, say

    def draw(*values: Any) -> tuple[dict[str, Any], str]:
        return on_draw(page, page.view(*values))

    def sheet(first: int, *values: Any) -> dict[str, Any]:
        return on_contact(page, page.view(*values), first)

    def turn(by: int, first: int, *values: Any) -> tuple[int, dict[str, Any]]:
        first = max(0, min(MAX_SEED, int(first) + by))
        return first, on_contact(page, page.view(*values), first)

    def saved(kind: str, *values: Any) -> dict[str, Any]:
        return on_save(page, page.view(*values), kind)

    def copied(kind: str, *values: Any) -> dict[str, Any]:
        view = page.view(*values)
        info = page.studio.info(view.model, view.visitor)
        return on_copy(view, kind, modality=info.modality)

    def dropped(visitor: str, lang: str, model: str, event: gr.EventData) -> list[Any]:
        return on_png(page, visitor, lang, model, event._data)

    def about_model(visitor: str, model: str) -> str:
        return page.studio.info(model, visitor).card if model else ""

    def fits(visitor: str, model: str) -> list[Any]:
        shown = kinds(page.studio.info(model, visitor).modality) if model else ()
        return [gr.update(visible=kind in shown) for kind in save]

    newest = {"trigger_mode": "always_last", **QUIET}
    gr.on(
        [*page.triggers, page.count.change],
        page.guard(draw),
        page.state_inputs,
        [hero, say],
        **newest,
    )
    # The sheet is six times the work of the grid: it follows when a control comes to rest.
    rest = [page.model.change, page.label.change, page.psi.release, page.variation.release]
    rest += [page.temperature.change]  # also set by a model that recommends one
    gr.on(rest, page.guard(sheet), [start, *page.state_inputs], contact, **newest)
    for button, by in ((back, -widgets.CONTACT), (next_, widgets.CONTACT)):
        button.click(
            page.guard(lambda *values, by=by: turn(by, *values)),
            [start, *page.state_inputs],
            [start, contact],
            **QUIET,
        )
    page.on_lang(lambda lang, *values: draw(*values)[1], page.state_inputs, [say])
    page.model.change(page.guard(fits), [page.visitor, page.model], [*save.values()], **QUIET)
    for kind, button in save.items():
        button.click(
            page.guard(lambda *values, kind=kind: saved(kind, *values)),
            page.state_inputs,
            page.bridge,
            **QUIET,
        )
    for button, kind in ((python, "python"), (command, "command")):
        button.click(
            page.guard(lambda *values, kind=kind: copied(kind, *values)),
            page.state_inputs,
            page.bridge,
            **QUIET,
        )
    drop.png(
        page.guard(dropped),
        [page.visitor, page.lang, page.model],
        [*page.restore_outputs, page.bridge],
        **QUIET,
    )
    page.model.change(page.guard(about_model), [page.visitor, page.model], card, **QUIET)
    page.first_picture = (draw, [hero, say])
    page.first_contact = (sheet, [start, *page.state_inputs], contact, about_model, card)


def on_draw(page: Page, view: View) -> tuple[dict[str, Any], str]:
    """The big grid and the sentence under it."""
    if not view.model:
        return {}, t("play.none", view.lang)
    info = page.studio.info(view.model, view.visitor)
    drawn = page.studio.sample(view.model, view.config, view.visitor)
    state = widgets.state_of(view.model, view.config)
    sheet = registry.get(info.modality).look.sheet(drawn.items)
    value = widgets.sheet_value(sheet, drawn.seeds, drawn.labels, info.classes, state)
    return value, sentence(info, view.config, view.lang)


def on_contact(page: Page, view: View, first: int) -> dict[str, Any]:
    """One hundred seeds from `first`, with the class and the sliders of the page."""
    if not view.model:
        return {}
    config = SampleConfig(
        seed=max(0, min(MAX_SEED, int(first))),
        count=widgets.CONTACT,
        label=view.config.label,
        psi=view.config.psi,
        variation=view.config.variation,
        variation_seed=view.config.variation_seed,
        temperature=view.config.temperature,
        top_p=view.config.top_p,
    )
    info = page.studio.info(view.model, view.visitor)
    drawn = page.studio.sample(view.model, config, view.visitor)
    sheet = registry.get(info.modality).look.contact(drawn.items)
    return widgets.sheet_value(sheet, drawn.seeds, drawn.labels, info.classes)


def sentence(info: Any, config: SampleConfig, lang: str) -> str:
    """What you see, and what to try next."""
    first, last = config.seed, config.seed + config.count - 1
    title = named(info.title, lang, variant=info.modality)
    values = {"title": title, "n": config.count, "first": first, "last": last}
    if config.label is not None and config.count > 1:
        label = named(info.classes[config.label], lang, variant=info.modality)
        what = t("play.class", lang, label=label, **values)
    else:
        key = "play.many" if config.count > 1 else "play.one"
        what = t(key, lang, variant=info.modality, **values)
    if config.variation >= 0.5:
        then = t("play.try.variation", lang, seed=config.variation_seed)
    elif config.psi <= 0.5:
        then = t("play.try.low", lang)
    elif config.psi >= 1.4:
        then = t("play.try.high", lang)
    elif config.label is not None:
        then = t("play.try.walk", lang)
    else:
        then = t("play.try.class" if info.classes else "play.try.random", lang)
    return f"{what} *{then}*"


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
    stem = f"{view.model.split('/')[-1]}-{view.config.seed}"
    return download(f"{stem}{chosen.ending}", chosen.mime, chosen.write(samples))


def kinds(modality: str) -> tuple[str, ...]:
    """What the page offers to save samples of a modality as: keys of its formats."""
    return tuple(one.key for one in registry.get(modality).files.formats)


def on_copy(view: View, kind: str, *, modality: str) -> dict[str, Any]:
    """An order for bridge.js: text for the clipboard."""
    write = export.as_python if kind == "python" else export.as_command
    text = write(view.model, view.config, modality=modality)
    said = t(f"copied.{kind}", view.lang, variant=modality)
    return {"do": "copy", "text": text, "say": said, "nonce": secrets.token_hex(4)}


def on_png(page: Page, visitor: str | None, lang: str, model: str, data: Any) -> list[Any]:
    """The settings inside a dropped PNG, as values of the controls, and what to say about it."""
    text = data.get("data") if isinstance(data, dict) else None
    if not isinstance(text, str) or len(text) > MAX_PNG_BYTES * 4 // 3 + 4:
        raise DataError("a PNG of at most 8 MB was wanted; choose one that was saved on this page")
    try:
        content = base64.b64decode(text, validate=True)
    except ValueError as error:
        raise DataError("the file did not arrive whole; drop it again") from error
    settings = export.read_settings(content)
    if settings is None:
        raise DataError("no settings in this file; drop a PNG that was saved on this page")
    values = restore(page, visitor, lang, model, settings)
    said = t("drop.restored", lang, name=str(data.get("name", ""))[:80])
    return [*values, {"do": "say", "text": said, "nonce": secrets.token_hex(4)}]


def download(name: str, mime: str, content: bytes) -> dict[str, Any]:
    """An order for bridge.js: save `content` as a file, without a copy on the server's disk."""
    return {
        "do": "download",
        "name": name,
        "mime": mime,
        "data": base64.b64encode(content).decode(),
        "nonce": secrets.token_hex(4),
    }
