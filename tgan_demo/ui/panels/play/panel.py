"""Play: a big grid that follows every control, a sheet of 100 seeds, favourites, saving."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import gradio as gr

from tgan_demo import edits
from tgan_demo.config import SampleConfig
from tgan_demo.engine.draw.turns import Asker
from tgan_demo.modalities import registry
from tgan_demo.studio import ModelInfo, Studio
from tgan_demo.ui import quiz, widgets
from tgan_demo.ui.canvases import canvas
from tgan_demo.ui.controls import MAX_SEED, state_of
from tgan_demo.ui.handlers import QUIET, asker, data_of, when_changed
from tgan_demo.ui.page import Page, View
from tgan_demo.ui.panel import Opening, Panel
from tgan_demo.ui.panels.play import saving
from tgan_demo.ui.panels.play.edit import part as edit
from tgan_demo.ui.visit import Visit
from tgan_demo.ui.words.table import named, t

LANDING_SEED, LANDING_COUNT = 42, 8


class Play(Panel):
    name = "play"

    def build(self, page: Page) -> None:
        with gr.Row(elem_id="play-row"):
            with gr.Column(elem_id="play-left"):
                self.hero = canvas("sheet", elem_id="play-canvas", fixed={"kind": "hero"})
                canvas("clockbar", elem_id="play-clock", fixed={"of": "hero"})
                self.said = gr.Markdown(
                    "", elem_id="play-say", elem_classes="tg-say", latex_delimiters=[]
                )
                with gr.Row(elem_classes="tg-actions"):
                    play = saving.button(page, "open-quiz", "quiz.open")
                    save = saving.save_buttons(page)
                    python = saving.button(page, "copy-python", "save.python")
                    command = saving.button(page, "copy-command", "save.command")
                edit.build(page)
            with gr.Column(elem_id="play-right"):
                canvas("landing", landing(page.studio), elem_id="landing")
                with gr.Row(elem_id="contact-line"):
                    page.text(gr.Markdown(elem_classes="tg-title"), "value", "contact.title")
                    back = saving.button(page, "contact-back", "contact.back")
                    next_ = saving.button(page, "contact-next", "contact.next")
                self.contact = canvas("sheet", elem_id="contact-canvas", fixed={"kind": "contact"})
                canvas("favourites", elem_id="favourites")
                drop = canvas("drop", elem_id="drop-png")
        with gr.Accordion(open=False, elem_id="model-about") as self.about:
            self.card = gr.Markdown("", elem_id="model-card")
            self.curves = canvas("learned", elem_id="model-curves")
        page.text(self.about, "label", "card.title")
        self.first = gr.State(0)  # first seed of the contact sheet
        self.drawn = gr.State(None)  # the state that the grid shows
        self.hundred = gr.State(None)  # the state that the contact sheet shows
        self.bind(page)
        play.click(None, None, None, js="() => tgan.quiz()", **QUIET)
        saving.bind_saving(page, save, {"python": python, "command": command})
        for button, by in ((back, -widgets.CONTACT), (next_, widgets.CONTACT)):
            button.click(
                page.guard(partial(on_turn, page, by)),
                [self.first, *page.state_inputs],
                [self.first, self.contact, self.hundred],
                **QUIET,
            )

        def dropped(visitor: str, lang: str, model: str, event: gr.EventData) -> list[Any]:
            return saving.on_png(page, visitor, lang, model, data_of(event))

        drop.png(
            page.guard(dropped),
            [page.visitor, page.lang, page.model],
            [*page.restore_outputs, page.bridge],
            **QUIET,
        )

    def bind(self, page: Page) -> None:
        """What follows the controls: the grid; once that is drawn the sheet of seeds; the model's card."""

        def draw(request: gr.Request, tab: str, before: Any, *values: Any) -> list[Any]:
            who = asker(request, "grid")
            return on_change(page, page.view(*values), tab == self.name, before, who)

        def say(lang: str, *values: Any) -> str:
            view = page.view(*values)
            return sentence(page.studio.info(view.model, view.visitor), view.config, lang)

        def sheet(request: gr.Request, first: int, before: Any, *values: Any) -> list[Any]:
            return on_rest(page, page.view(*values), first, before, who=asker(request, "hundred"))

        def about(lang: str, visitor: str, model: str) -> tuple[str, Any]:
            if not model:
                return "", None
            info = page.studio.info(model, visitor)
            people = quiz.on_card(page.studio, info, visitor, lang)
            return widgets.card(info) + people, widgets.curves(info)

        when_changed(
            [*page.triggers, page.controls["count"].change, page.tab.change],
            draw,
            [page.tab, self.drawn, *page.state_inputs],
            [self.hero, self.said, self.drawn],
        )
        page.on_lang(say, page.state_inputs, [self.said])
        # A hundred are six times the work of the grid: they follow it when a control has come to rest.
        self.hero.rest(
            page.guard(sheet),
            [self.first, self.hundred, *page.state_inputs],
            [self.first, self.contact, self.hundred],
            trigger_mode="always_last",
            **QUIET,
        )
        opened, told = [page.lang, page.visitor, page.model], [self.card, self.curves]
        self.about.expand(page.guard(about), opened, told, **QUIET)
        page.on_model(about, opened, told)

    def opening(self, page: Page) -> Opening:
        """The grid, where this tab is the one that opens."""

        def values(start: Visit) -> list[Any]:
            return on_change(page, start, start.tab == self.name, None)

        return Opening([self.hero, self.said, self.drawn], values)


def landing(studio: Studio) -> dict[str, Any] | None:
    """What moves beside the grid on a first visit: a few clips of the last model that plays."""
    playing = [info for info in studio.models(None) if "plays" in info.skills]
    if not playing:
        return None
    info = playing[-1]
    drawn = studio.sample(info.id, SampleConfig(seed=LANDING_SEED, count=LANDING_COUNT))
    sheet = registry.get(info.modality).look.sheet(drawn.items)
    return widgets.sheet_value(sheet, drawn.seeds, None, ())


def on_change(
    page: Page, view: View, is_open: bool, before: Any, who: Asker | None = None
) -> list[Any]:
    """The big grid, the sentence under it, and the state that the grid shows.

    Args:
        is_open: whether this tab is. A closed one costs no draw: the page is told the state alone.
        before: the state that the grid shows so far, which is not drawn again.
    """
    if not view.model:
        return [{}, t("play.none", view.lang), None]
    state = state_of(view.model, view.config)
    if not is_open:
        return [{"state": state}, gr.skip(), None]
    if state == before:
        return [gr.skip()] * 3
    return [*on_draw(page, view, who), state]


def on_draw(page: Page, view: View, who: Asker | None = None) -> tuple[dict[str, Any], str]:
    """The big grid and the sentence under it."""
    info = page.studio.info(view.model, view.visitor)
    drawn = page.studio.sample(view.model, view.config, view.visitor, asker=who)
    state = state_of(view.model, view.config)
    sheet = registry.get(info.modality).look.sheet(drawn.items)
    value = widgets.sheet_value(sheet, drawn.seeds, drawn.labels, info.classes, state)
    return value, sentence(info, view.config, view.lang)


def on_rest(
    page: Page,
    view: View,
    first: int,
    before: Any,
    *,
    turned: bool = False,
    who: Asker | None = None,
) -> list[Any]:
    """The first seed of the sheet, the sheet, and what it shows; where that is nothing new, no sheet.

    Args:
        before: what it shows so far. Another seed than then turns the sheet to where that seed is.
        turned: whether `first` is what somebody asked for.
    """
    seed = view.config.seed
    moved = before is None or before["seed"] != seed
    if moved and not turned and not first <= seed < first + widgets.CONTACT:
        first = seed - seed % widgets.CONTACT
    config = replace(
        view.config, seed=first, count=widgets.CONTACT, edit=edits.seeded(view.config.edit)
    )
    state = state_of(view.model, config)
    shown = {"seed": seed, "state": state}
    if before is not None and before["state"] == state:
        return [first, gr.skip(), shown]
    return [first, on_contact(page, view, first, who), shown]


def on_contact(page: Page, view: View, first: int, who: Asker | None = None) -> dict[str, Any]:
    """One hundred seeds from `first`, with the class and the sliders of the page."""
    if not view.model:
        return {}
    config = replace(
        view.config,
        seed=max(0, min(MAX_SEED, int(first))),
        count=widgets.CONTACT,
        edit=edits.seeded(view.config.edit),
    )
    info = page.studio.info(view.model, view.visitor)
    sheet, labels = page.studio.contact(view.model, config, view.visitor, asker=who)
    seeds = range(config.seed, config.seed + config.count)
    return widgets.sheet_value(sheet, seeds, labels, info.classes)


def on_turn(page: Page, by: int, first: int, *values: Any) -> list[Any]:
    """The sheet of seeds `by` further on, as `on_rest` gives it."""
    first = max(0, min(MAX_SEED, int(first) + by))
    return on_rest(page, page.view(*values), first, None, turned=True)


def seen(
    info: ModelInfo, config: SampleConfig, lang: str, quote: Callable[[str], str] = str
) -> str:
    """What you see. `quote` makes names, which a visitor may have chosen, fit for where it is shown."""
    first, last = config.seed, config.seed + config.count - 1
    title = quote(named(info.title, lang, variant=info.modality))
    values = {"title": title, "n": config.count, "first": first, "last": last}
    if config.label is not None and config.count > 1:
        label = quote(named(info.classes[config.label], lang, variant=info.modality))
        return t("play.class", lang, label=label, **values)
    if any(step.kind == "at" for step in edits.read(config.edit)):
        return t("play.place", lang, variant=info.modality, **values)
    key = "play.many" if config.count > 1 else "play.one"
    return t(key, lang, variant=info.modality, **values)


def sentence(info: ModelInfo, config: SampleConfig, lang: str) -> str:
    """What you see, and what to try next; in Markdown."""
    if config.edit:
        then = t("play.try.edit", lang)
    elif config.variation >= 0.5:
        then = t("play.try.variation", lang, seed=config.variation_seed)
    elif config.psi <= 0.5:
        then = t("play.try.low", lang)
    elif config.psi >= 1.4:
        then = t("play.try.high", lang)
    elif config.label is not None:
        then = t("play.try.walk", lang)
    else:
        then = t("play.try.class" if info.classes else "play.try.random", lang)
    return f"{seen(info, config, lang, widgets.in_markdown)} *{then}*"
