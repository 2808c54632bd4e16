"""Walk: key frames, the pictures between them, a player in the browser, export."""

import secrets
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import Any

import gradio as gr
import numpy as np

from tgan_demo import edits
from tgan_demo.config import SampleConfig
from tgan_demo.engine.draw import paths
from tgan_demo.modalities import registry
from tgan_demo.ui import walks, widgets
from tgan_demo.ui.canvases import canvas
from tgan_demo.ui.handlers import QUIET, data_of, when_changed
from tgan_demo.ui.orders import download
from tgan_demo.ui.page import Page, View
from tgan_demo.ui.panel import Opening, Panel
from tgan_demo.ui.panels.walk import between
from tgan_demo.ui.visit import Visit
from tgan_demo.ui.words.table import t
from tgan_demo.ui.writing import Writing


class Walk(Panel):
    name = "walk"

    def build(self, page: Page) -> None:
        with gr.Row(elem_id="walk-row"):
            with gr.Column(elem_id="walk-left"):
                player = canvas("player", elem_id="walk-player")
            with gr.Column(elem_id="walk-right"):
                page.text(gr.Markdown(elem_classes="tg-say"), "value", "walk.lead")
                keys = canvas("keys", elem_id="walk-keys")
                with gr.Row(elem_classes="tg-actions"):
                    add = page.text(gr.Button(size="sm", elem_id="walk-add"), "value", "walk.add")
                    random = gr.Button(size="sm", elem_id="walk-random")
                    page.text(random, "value", "walk.random")
                frames = gr.Slider(*walks.FRAMES, step=1, elem_id="walk-frames", buttons=["reset"])
                part = gr.Radio(parts("en"), value="both", elem_id="walk-part", visible=False)
                with gr.Row(elem_id="walk-settings"):
                    space = gr.Radio(list(walks.SPACES), value="z", elem_id="walk-space")
                    path = gr.Radio(ways("en"), value="slerp", elem_id="walk-path")
                loop = gr.Checkbox(True, elem_id="walk-loop")
                typed = between.build(page)
                with gr.Row(elem_classes="tg-actions"):
                    page.text(gr.Markdown(elem_classes="tg-title"), "value", "walk.export")
                    save = _save_buttons(page)
                    cancel = gr.Button(size="sm", elem_id="walk-cancel", visible=False)
                    page.text(cancel, "value", "walk.cancel")
                progress = gr.Markdown("", elem_id="walk-progress", elem_classes="tg-soft")
        for component, key in (
            (path, "path"),
            (space, "space"),
            (frames, "frames"),
            (part, "part"),
        ):
            page.text(component, "label", f"walk.{key}")
            page.text(component, "info", f"walk.{key}.info")
        page.text(loop, "label", "walk.loop")
        page.term(path, "slerp")
        page.term(space, "w")
        page.on_lang(lambda lang: gr.update(choices=parts(lang)), [], [part])
        page.on_lang(lambda lang: gr.update(choices=ways(lang)), [], [path])
        # style.css hides the way that is none of its own there
        when_changed(
            [space.change],
            lambda space, path: walks.make((), path, space, 24, True).path,
            [space, path],
            path,
        )

        settings = [path, space, frames, loop, part]
        everything = [page.recent, page.walk, *settings, *page.state_inputs]
        shown = [page.walk, keys, player, typed.held, typed.said, typed.back]

        def show(held: between.Held | None, *values: Any) -> tuple[Any, ...]:
            walk, view = read_walk(page, *values)
            if held is not None and held.fits(view):
                pictures = between.on_show(page, held, walk, view)
                return gr.skip(), *pictures, gr.skip(), gr.skip(), gr.skip()
            return *on_show(page, walk, view), *between.closed()

        def back(*values: Any) -> tuple[Any, ...]:
            return show(None, *values)

        def added(*values: Any) -> tuple[Any, ...]:
            return *on_add(page, *read_walk(page, *values), random=False), *between.closed()

        def added_random(*values: Any) -> tuple[Any, ...]:
            return *on_add(page, *read_walk(page, *values), random=True), *between.closed()

        def ordered(event: gr.EventData, *values: Any) -> tuple[Any, ...]:
            walk, view = read_walk(page, *values)
            data = data_of(event)
            order = data.get("order") if isinstance(data, dict) else None
            changed = walks.make(walks.reorder(walk.keys, order), *_settings(walk))
            return *on_show(page, changed, view), *between.closed()

        def went(first: str, last: str, *values: Any) -> Iterator[Any]:
            yield from between.on_go(page, [first, last], *read_walk(page, *values))

        held = [typed.held, *everything]
        page.on_model_or_seed(show, held, shown, tab=self.name)
        when_changed([c.change for c in settings], show, held, shown)
        add.click(page.guard(added), everything, shown, **QUIET)
        random.click(page.guard(added_random), everything, shown, **QUIET)
        keys.order(page.guard(ordered), everything, shown, trigger_mode="always_last", **QUIET)
        typed.back.click(page.guard(back), everything, shown, **QUIET)
        typed.go.click(
            page.guard(went),
            [*typed.texts, *everything],
            [typed.held, typed.said, typed.back, keys, player],
            concurrency_id="between",
            concurrency_limit=1,  # seconds of work each
            show_progress="hidden",
            api_visibility="private",
        )
        runs = []
        for kind, button in save.items():

            def export_as(
                held: between.Held | None, *values: Any, kind: str = kind
            ) -> Iterator[Any]:
                yield from on_export(page, *read_walk(page, *values), kind, held)

            runs.append(
                button.click(
                    page.guard(export_as),
                    held,
                    [progress, cancel, page.bridge],
                    concurrency_id="export",
                    concurrency_limit=1,
                    show_progress="hidden",
                    api_visibility="private",
                )
            )
        cancel.click(
            lambda lang: (t("walk.cancelled", lang), gr.update(visible=False)),
            page.lang,
            [progress, cancel],
            cancels=runs,
            **QUIET,
        )

        def fits(visitor: str, model: str) -> list[Any]:
            info = page.studio.info(model, visitor) if model else None
            shown_kinds = kinds(info.modality if info else next(iter(registry.names())))
            skills = info.skills if info else ()
            return [
                *[gr.update(visible=kind in shown_kinds) for kind in save],
                gr.update(visible="typed" in skills),
                gr.update(visible="motion" in skills),
            ]

        fitted = [*save.values(), typed.whole, part]
        page.on_model(fits, [page.visitor, page.model], fitted)
        self.settings = settings

    def opening(self, page: Page) -> Opening:
        """The walk of the link, ready before the tab is opened."""

        def values(start: Visit) -> list[Any]:
            walk = walks.read(start.walk)
            return [start.walk, *_settings(walk)]

        return Opening([page.walk, *self.settings], values)


def _save_buttons(page: Page) -> dict[str, gr.Button]:
    """One for each way to save a walk there is; those of the first modality are shown."""
    first, *_ = registry.names()
    save = {}
    for kind in dict.fromkeys(kind for name in registry.names() for kind in kinds(name)):
        button = gr.Button(size="sm", elem_id=f"walk-{kind}", visible=kind in kinds(first))
        save[kind] = page.text(button, "value", f"walk.{kind}")
    return save


def read_walk(page: Page, recent: str, text: str, *values: Any) -> tuple[walks.Walk, View]:
    """The walk and the view; a walk without keys starts from the seeds last looked at."""
    path, space, frames, loop, part = values[:5]
    view = page.view(*values[5:])
    keys = walks.read(text).keys
    if len(keys) < 2:
        keys = first_keys(walks.read_keys(recent), view.config)
    return walks.make(keys, path, space, frames, loop, part), view


def ways(lang: str) -> list[tuple[str, str]]:
    """From key frame to key frame, as choices."""
    return [(t(f"walk.path.{path}", lang), path) for path in paths.PATHS]


def parts(lang: str) -> list[tuple[str, str]]:
    """What of a clip can walk, as choices."""
    return [(t(f"walk.part.{part}", lang), part) for part in walks.PARTS]


def first_keys(recent: tuple[SampleConfig, ...], now: SampleConfig) -> tuple[SampleConfig, ...]:
    """Two or more seeds that the person went through and this sample, else it and its neighbours."""
    here = walks.key_of(now)
    seeds = [key.seed for key in recent if key.seed != here.seed]
    others = [replace(here, seed=seed, edit=edits.seeded(here.edit)) for seed in seeds]
    if others:
        return *others, here
    next_ = (replace(here, seed=here.seed + i, edit=edits.seeded(here.edit)) for i in range(1, 4))
    return here, *next_


def on_show(page: Page, walk: walks.Walk, view: View) -> tuple[str, dict[str, Any], dict[str, Any]]:
    """The walk's text, its key frames and its frames for the player."""
    items = draw(page, walk, view)
    look = registry.get(page.studio.info(view.model, view.visitor).modality).look
    classes = page.classes(view.model, view.visitor)
    step = walk.frames_that_fit
    faces = []
    for i, key in enumerate(fitting_keys(page, view, walk.keys)):
        item = items[min(i * step, len(items) - 1)]
        name = str(key.seed) if key.label is None else f"{key.seed} · {classes[key.label]}"
        state = {"seed": key.seed, "label": key.label}
        state |= {"variation": key.variation, "variation_seed": key.variation_seed}
        state |= {"edit": key.edit}
        faces.append({"state": state, "name": name, "picture": look.thumbnail(item).source()})
    text = walks.write(walk)
    player = {**look.walk(items).value(), "loop": walk.loop, "legs": walk.legs}
    return text, {"keys": faces, "link": text}, player


def draw(page: Page, walk: walks.Walk, view: View) -> np.ndarray:
    keys = fitting_keys(page, view, walk.keys)
    skills = page.studio.info(view.model, view.visitor).skills
    part = {"part": walk.part} if "motion" in skills else {}
    luck = {"temperature": view.config.temperature, "top_p": view.config.top_p}
    return page.studio.walk(
        view.model,
        [replace(key, **luck) for key in keys],  # as in Play
        frames=walk.frames_that_fit,
        path=walk.path,
        space=walk.space,
        loop=walk.loop,
        psi=view.config.psi,
        visitor=view.visitor,
        **part,
    )


def fitting_keys(page: Page, view: View, keys: tuple[SampleConfig, ...]) -> list[SampleConfig]:
    """`keys` with the classes and edits that this model does not have taken off."""
    classes = page.classes(view.model, view.visitor)

    def fitting(key: SampleConfig) -> SampleConfig:
        if key.label is not None and key.label >= len(classes):
            key = replace(key, label=None)
        if key.edit and not page.studio.takes(view.model, key, view.visitor):
            key = replace(key, edit="")
        return key

    return [fitting(key) for key in keys]


def on_add(
    page: Page, walk: walks.Walk, view: View, *, random: bool
) -> tuple[str, dict[str, Any], dict[str, Any]]:
    """One more key frame at the end: the seed row's, or a random one."""
    if len(walk.keys) >= walks.MAX_KEYS:
        raise gr.Error(t("walk.full", view.lang, n=walks.MAX_KEYS), print_exception=False)
    key = walks.key_of(view.config)
    if random:
        key = SampleConfig(seed=secrets.randbelow(10**6), count=1, label=key.label)
    return on_show(page, walks.make((*walk.keys, key), *_settings(walk)), view)


def on_export(
    page: Page, walk: walks.Walk, view: View, kind: str, held: between.Held | None = None
) -> Iterator[tuple[Any, Any, Any]]:
    """Draw and write the walk that is on; yields (progress text, cancel button, order for bridge.js).

    Between two yields Gradio can close this generator, which is how cancelling works.
    """
    count = walk.legs * walk.frames_that_fit
    yield t("walk.drawing", view.lang, n=count), gr.update(visible=True), gr.skip()
    if held is not None and held.fits(view):
        items = between.draw(page, held, walk, view)
    else:
        items = draw(page, walk, view)
    info = page.studio.info(view.model, view.visitor)
    files = registry.get(info.modality).files
    chosen = next((one for one in files.walks if one.key == kind), files.walks[0])
    write = partial(chosen.write, items, loop=walk.loop)
    if chosen.width is None:
        content = write()
    else:
        values = {"kind": kind.upper(), "n": len(items), "size": chosen.width(items)}
        writing = Writing(write)
        for share in writing:
            doing = t("walk.encoding", view.lang, percent=f"{share:.0%}", **values)
            yield doing, gr.skip(), gr.skip()
        content = writing.content
    name = f"{widgets.file_stem(info)}-walk{chosen.ending}"
    done = t("walk.done", view.lang, name=name, kib=f"{len(content) / 1024:,.0f}")
    yield done, gr.update(visible=False), download(name, chosen.mime, content)


def kinds(modality: str) -> tuple[str, ...]:
    """What a walk of a modality is saved as: keys of its formats."""
    return tuple(one.key for one in registry.get(modality).files.walks)


def _settings(walk: walks.Walk) -> tuple[str, str, int, bool, str]:
    return walk.path, walk.space, walk.frames, walk.loop, walk.part
