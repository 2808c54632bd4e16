"""The voice page of the Sound tab: a number said aloud, and a person's clip said by another voice.

A clip comes in the event that sends it and is never written to the disk.
"""

import base64
import re
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import gradio as gr
import numpy as np

from tgan_demo.errors import DataError
from tgan_demo.files import wav
from tgan_demo.files.sheets import raster
from tgan_demo.modalities.audio import speech
from tgan_demo.modalities.audio.spectrogram import pictures
from tgan_demo.ui.canvases import canvas
from tgan_demo.ui.page import Page, View, clamp

MAX_CLIP_BYTES = 8 * 2**20
MAX_NUMBER = 200  # letters that are read
MAX_SPEAKER = 10**4


def build(page: Page) -> gr.HTML:
    voice = canvas("voice", elem_id="sound-voice")

    def said(event: gr.EventData, *values: Any) -> Iterator[dict[str, Any]]:
        yield from on_say(page, page.view(*values), event._data)

    def converted(event: gr.EventData, *values: Any) -> Iterator[dict[str, Any]]:
        yield from on_convert(page, page.view(*values), event._data)

    options = {"show_progress": "hidden", "api_visibility": "private", "concurrency_limit": 1}
    # Gradio would lose what was asked while an answer is on its way; voice.js keeps count itself
    options["trigger_mode"] = "multiple"
    inputs = page.state_inputs
    voice.say(page.guard(said), inputs, voice, concurrency_id="say", **options)
    voice.convert(page.guard(converted), inputs, voice, concurrency_id="convert", **options)
    return voice


def on_page(view: View, factors: Sequence[Sequence[str]]) -> dict[str, Any]:
    """What the page is made for; a change of it has the number said again."""
    config = view.config
    return _part(
        "page",
        model=view.model,
        seed=config.seed,
        psi=config.psi,
        speakers=list(factors[1]),
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
        yield _part("stop", of="say")
        raise
    stem = re.sub(r"\D+", "-", number).strip("-")[:40]
    name = speakers[min(speaker, len(speakers) - 1)]
    yield _part("said", text=number, speaker=name, clip=clip(page, view, sound, stem))


def on_convert(page: Page, view: View, data: Any) -> Iterator[dict[str, Any]]:
    """A clip, or without one a sample of the model, as another speaker says it: first what came."""
    data = data if isinstance(data, dict) else {}
    digit = clamp(data.get("digit"), 0, 9, None, whole=True)
    speaker = clamp(data.get("speaker"), 0, MAX_SPEAKER, 0, whole=True)
    try:
        speakers = _speakers(page, view)
        sound, note = _sound(page, view, data)
        asked = clip(page, view, sound, "asked")
        yield _part("made", clips=[asked], note=note)
        made = page.studio.convert(view.model, sound, speaker, digit=digit, visitor=view.visitor)
    except Exception:  # whatever it was, the page must not go on waiting
        yield _part("stop", of="convert")
        raise
    target = speakers[min(speaker, len(speakers) - 1)]
    own = clip(page, view, made.own, f"{made.digit}-nearest")
    other = clip(page, view, made.other, f"{made.digit}-{target}")
    yield _part(
        "made",
        clips=[asked, own, other],
        digit=made.digit,
        speaker=speakers[made.speaker],
        target=target,
        note=note,
    )


def clip(page: Page, view: View, sound: np.ndarray, name: str) -> dict[str, Any]:
    """What a player of voice.js takes, of int16 (samples,) at the model's rate."""
    tokenizer = page.studio.load(view.model, view.visitor).tokenizer
    return {
        "src": wav.data_url(sound, tokenizer.rate),
        "picture": raster(spectrogram(sound, tokenizer.samples)[None], 1).source(),
        "seconds": len(sound) / tokenizer.rate,
        "name": f"{name}.wav",
    }


def spectrogram(sound: np.ndarray, samples: int) -> np.ndarray:
    """A sound of any length as a picture, uint8 (bands, frames, 3), out of clips of `samples`.

    Clips overlap by half and give their middles, so that no seam shows.
    """
    half = samples // 2
    count = max(1, -(-len(sound) // half))
    padded = np.zeros((count + 1) * half, np.int16)
    padded[half // 2 :][: len(sound)] = sound
    drawn = pictures(np.stack([padded[i * half :][:samples] for i in range(count)]))
    frames = drawn.shape[2]
    strip = np.concatenate(list(drawn[:, :, frames // 4 : frames * 3 // 4]), axis=1)
    return strip[:, : max(1, -(-len(sound) * frames // samples))]


def _part(part: str, **values: Any) -> dict[str, Any]:
    """A value that differs from every other, so that the canvas takes notice."""
    return {"part": part, "nonce": secrets.token_hex(4), **values}


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
    return page.studio.decode(view.model, content, name, view.visitor)


def _speakers(page: Page, view: View) -> Sequence[str]:
    model = page.studio.load(view.model, view.visitor)
    factors = speech.factors(model)
    if not factors:
        raise DataError(f"{model.title} has no digits and speakers; choose Spoken digits")
    return factors[1]
