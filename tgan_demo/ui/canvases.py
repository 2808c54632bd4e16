"""Loads the small HTML/JS components of `canvas/`: `name.html`, `name.css`, `name.js`.

`name.js` runs once per component with Gradio's `element, props, trigger, watch`, our `fixed` and
`window.tgan` (HEAD, put into the page's head by `head`) at hand. The HTML is static; what changes comes
as `props.value`. Text in it carries `data-t="word.key"` and is filled in by `tgan.words(element)`.
"""

import json
from pathlib import Path
from typing import Any

import gradio as gr

from tgan_demo.ui.words import table as words

FOLDER = Path(__file__).parent / "canvas"
HEAD = ("lib.js", "clock.js", "places.js", "sound.js", "shell.js")  # what all canvases share


def canvas(
    name: str,
    value: Any = None,
    *,
    elem_id: str,
    fixed: dict[str, Any] | None = None,
    **options: Any,
) -> gr.HTML:
    """A gr.HTML made of canvas/<name>.*; tests and shortcuts look for `elem_id`.

    Args:
        fixed: constants, which the script reads as `fixed`. Not as props: Gradio 6.31 forgets those
            of a component that gets a gr.skip() before its tab was first opened.
    """
    return gr.HTML(
        value,
        html_template=_read(f"{name}.html"),
        css_template=_read(f"{name}.css"),
        js_on_load=_when_ready(_read(f"{name}.js"), fixed or {}),
        elem_id=elem_id,
        apply_default_css=False,
        **options,
    )


def head(*, present: bool = False, base: str = "") -> str:
    """For launch(head=...): the words and HEAD, inline, so that nothing is fetched."""
    values = {"words": words.WORDS, "present": present, "base": base}
    settings = json.dumps(values, ensure_ascii=False)
    script = "\n".join([f"window.tganSettings = {settings};", *map(_read, HEAD)])
    return f"<script>{script.replace('</', '<' + chr(92) + '/')}</script>"


def _when_ready(script: str, fixed: dict[str, Any]) -> str:
    """lib.js sits in the head and comes first; if it should not, wait for it."""
    if not script:
        return ""
    return (
        f"const fixed = {json.dumps(fixed, ensure_ascii=False)};\n"
        "const start = () => {\n" + script + "\n};\n"
        "if (window.tgan) start();\n"
        "else document.addEventListener('tgan:ready', start, {once: true});"
    )


def _read(name: str) -> str:
    path = FOLDER / name
    return path.read_text(encoding="utf-8") if path.is_file() else ""
