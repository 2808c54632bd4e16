"""Walk between two texts that a person types: a part of the Walk tab, for models of text.

What is typed goes out escaped; nothing of it is kept, in a link or on the disk.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from html import escape
from typing import Any

import gradio as gr
import numpy as np

from tgan_demo.config import SampleConfig
from tgan_demo.data.limits import MAX_TEXT
from tgan_demo.errors import TganError
from tgan_demo.modalities import registry
from tgan_demo.studio import Ends
from tgan_demo.ui.page import Page, View
from tgan_demo.ui.walks import Walk
from tgan_demo.ui.words.table import t

ENDS = ("from", "to")


@dataclass(frozen=True, slots=True)
class Held:
    """What the player shows instead of the seeds' walk, and the view that it was made in."""

    ends: Ends
    model: str
    config: SampleConfig

    def fits(self, view: View) -> bool:
        return (self.model, self.config) == (view.model, view.config)


@dataclass(frozen=True, slots=True)
class Between:
    """The components, for the tab to bind."""

    whole: gr.Column
    texts: list[gr.Textbox]
    go: gr.Button
    back: gr.Button
    said: gr.HTML
    held: gr.State  # of Held, or None while the seeds' walk is on


def build(page: Page) -> Between:
    with gr.Column(elem_id="walk-between", visible=False) as whole:
        title = gr.Markdown(elem_classes="tg-title")
        page.text(title, "value", "walk.between")
        texts = []
        for end in ENDS:
            box = gr.Textbox(lines=2, max_lines=6, max_length=MAX_TEXT, elem_id=f"walk-{end}")
            page.text(box, "label", f"walk.{end}")
            texts.append(page.text(box, "placeholder", "walk.between.hint"))
        with gr.Row(elem_classes="tg-actions"):
            go = page.text(gr.Button(size="sm", elem_id="walk-go"), "value", "walk.between.go")
            back = gr.Button(size="sm", elem_id="walk-back", visible=False)
            page.text(back, "value", "walk.between.back")
        said = gr.HTML("", elem_id="walk-said", elem_classes="tg-soft")
    held = gr.State(None)
    page.on_lang(lambda lang, now: told(now.ends, lang) if now else gr.skip(), [held], [said])
    return Between(whole, texts, go, back, said, held)


def closed() -> tuple[None, str, Any]:
    """held, said and back of a tab that shows the seeds' walk."""
    return None, "", gr.update(visible=False)


def on_go(page: Page, texts: list[Any], walk: Walk, view: View) -> Iterator[tuple[Any, ...]]:
    """Seek both texts, then walk; yields held, said, back, the key frames and the player's value."""
    rest = (gr.skip(), gr.skip())
    skills = page.skills(view, "typed")
    if not all(str(text or "").strip() for text in texts):
        raise gr.Error(t("walk.between.empty", view.lang), print_exception=False)
    yield gr.skip(), _say(t("walk.between.busy", view.lang)), gr.skip(), *rest
    try:
        ends = page.studio.ends(view.model, [str(text) for text in texts], view.visitor)
        held = Held(ends, view.model, view.config)
        keys, player = on_show(page, held, walk, view)
    except TganError:
        yield gr.skip(), "", gr.skip(), *rest
        raise
    yield (
        held,
        told(ends, view.lang, skills.one_line),
        gr.update(visible=True),
        keys,
        player | {"afresh": True},
    )


def on_show(page: Page, held: Held, walk: Walk, view: View) -> tuple[dict, dict]:
    """The two ends as key frames that stay where they are, and the frames for the player."""
    frames = draw(page, held, walk, view)
    look = registry.get(page.studio.info(view.model, view.visitor).modality).look
    keys = [
        {
            "state": {},
            "name": t(f"walk.{end}", view.lang),
            "picture": look.thumbnail(text).source(),
        }
        for end, text in zip(ENDS, held.ends.nearest, strict=True)
    ]
    player = look.walk(frames).value() | {"loop": walk.loop, "legs": 2 if walk.loop else 1}
    return {"keys": keys, "fixed": True}, player


def draw(page: Page, held: Held, walk: Walk, view: View) -> np.ndarray:
    return page.studio.walk_between(
        view.model,
        held.ends,
        frames=walk.frames,
        path=walk.path,
        loop=walk.loop,
        visitor=view.visitor,
    )


def told(ends: Ends, lang: str, one_line: Callable[[str], str] = str) -> str:
    """How near the model comes to what was typed, as HTML; the texts are escaped."""
    lines = []
    for i, end in enumerate(ENDS):
        values = {"end": t(f"walk.{end}", lang), "text": one_line(ends.nearest[i])}
        values["asked"] = one_line(ends.asked[i])
        if ends.reconstruction_loss is None:
            key = "same" if ends.nearest[i] == ends.asked[i] else "written"
        else:
            key = "found" if ends.nearest[i] == ends.asked[i] else "near"
            values["nats"] = f"{ends.reconstruction_loss[i]:.2f}"
        lines.append(t(f"walk.between.{key}", lang, **values))
    return _say(*lines)


def _say(*lines: str) -> str:
    said = "".join(f"<p>{escape(line)}</p>" for line in lines)
    return f"<div role='status' dir='auto'>{said}</div>"
