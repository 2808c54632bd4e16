"""The voice page of the Sound tab: a number said aloud, and a person's clip said by another voice.

A clip comes in the event that sends it and is never written to the disk.
"""

import base64
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import gradio as gr
import numpy as np

from tgan_demo.config import factors
from tgan_demo.errors import DataError
from tgan_demo.files import wav
from tgan_demo.files.sheets import raster
from tgan_demo.modalities import registry
from tgan_demo.ui.canvases import canvas
from tgan_demo.ui.controls import clamp
from tgan_demo.ui.handlers import ONE_BY_ONE
from tgan_demo.ui.orders import part
from tgan_demo.ui.page import Page, View

MAX_CLIP_BYTES = 8 * 2**20
MAX_NUMBER = 200  # letters that are read
MAX_SPEAKER = 10**4


def build(page: Page) -> gr.HTML:
    voice = canvas("voice", elem_id="sound-voice")
    page.on_sent(voice.say, on_say, voice, concurrency_id="say", **ONE_BY_ONE)
    page.on_sent(voice.convert, on_convert, voice, concurrency_id="convert", **ONE_BY_ONE)
    return voice


def on_page(view: View, speakers: Sequence[str]) -> dict[str, Any]:
    """What the page is made for; a change of it has the number said again."""
    config = view.config
    return part(
        "page",
        model=view.model,
        seed=config.seed,
        psi=config.psi,
        speakers=list(speakers),
    )


def on_say(page: Page, view: View, data: Any) -> Iterator[dict[str, Any]]:
    """The typed number by a speaker, with the page's seed and psi; to rest, before an error."""
    data = data if isinstance(data, dict) else {}
    number = str(data.get("number", "")).strip()[:MAX_NUMBER]
    speaker = clamp(data.get("speaker"), 0, MAX_SPEAKER, 0, whole=True)
    try:
        speakers = _speakers(page, view)
        sound = page.studio.say(
            view.model,
            number,
            speaker=speaker,
            seed=view.config.seed,
            psi=view.config.psi,
            visitor=view.visitor,
        )
    except Exception:  # whatever it was, the page must not go on waiting
        yield part("stop", of="say")
        raise
    stem = re.sub(r"\D+", "-", number).strip("-")[:40]
    name = speakers[min(speaker, len(speakers) - 1)]
    yield part("said", text=number, speaker=name, clip=clip(page, view, sound, stem))


def on_convert(page: Page, view: View, data: Any) -> Iterator[dict[str, Any]]:
    """A clip, or without one a sample of the model, as another speaker says it: first what came."""
    data = data if isinstance(data, dict) else {}
    digit = clamp(data.get("digit"), 0, 9, None, whole=True)
    speaker = clamp(data.get("speaker"), 0, MAX_SPEAKER, 0, whole=True)
    try:
        speakers = _speakers(page, view)
        sound, note = _sound(page, view, data)
        asked = clip(page, view, sound, "asked")
        yield part("made", clips=[asked], note=note)
        made = page.studio.convert(view.model, sound, speaker, digit=digit, visitor=view.visitor)
    except Exception:  # whatever it was, the page must not go on waiting
        yield part("stop", of="convert")
        raise
    target = speakers[min(speaker, len(speakers) - 1)]
    own = clip(page, view, made.own, f"{made.digit}-nearest")
    other = clip(page, view, made.other, f"{made.digit}-{target}")
    yield part(
        "made",
        clips=[asked, own, other],
        digit=made.digit,
        speaker=speakers[made.speaker],
        target=target,
        note=note,
    )


def clip(page: Page, view: View, sound: np.ndarray, name: str) -> dict[str, Any]:
    """What a player of voice.js takes, of int16 (samples,) at the model's rate."""
    model = page.studio.load(view.model, view.visitor)
    skills = registry.get(model.config.modality).skills
    tokenizer = skills.tokenizer_of(model)
    drawn = skills.long_picture(sound, tokenizer.samples)
    return {
        "src": wav.data_url(sound, tokenizer.rate),
        "picture": raster(drawn[None], 1).source(),
        "seconds": len(sound) / tokenizer.rate,
        "name": f"{name}.wav",
    }


def _sound(page: Page, view: View, data: dict[str, Any]) -> tuple[np.ndarray, str]:
    """int16 (S,) of the model's length, and what was done to it."""
    text = data.get("clip")
    if text is None:
        config = replace(view.config, count=1)
        return page.studio.sample(view.model, config, view.visitor).items[0], ""
    if not isinstance(text, str) or len(text) > MAX_CLIP_BYTES * 4 // 3 + 4:
        raise DataError("a sound of at most 8 MB was wanted; cut it shorter")
    try:
        content = base64.b64decode(text, validate=True)
    except ValueError as error:
        raise DataError("the sound did not arrive whole; send it again") from error
    # the name comes back in a complaint, which the page may read as HTML
    name = re.sub(r"[^\w .()-]+", "_", str(data.get("name") or "the recording"))[:60]
    sound, note = page.studio.decode(view.model, content, name, view.visitor)
    assert isinstance(sound, np.ndarray)  # _speakers let no other model pass
    return sound, note


def _speakers(page: Page, view: View) -> Sequence[str]:
    info = page.studio.info(view.model, view.visitor)
    if "speak" not in info.skills:
        raise DataError(f"{info.title} has no digits and speakers; choose Spoken digits")
    return factors(info.classes)[1]
