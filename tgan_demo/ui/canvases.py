"""Loads the small HTML/JS components of `canvas/`: `name/name.html`, `name/name.css`, `name/name.js`.

`name.js` runs once per component with Gradio's `element, props, trigger, watch`, our `fixed` and
`window.tgan` (HEAD, put into the page's head by `head`) at hand. The HTML is static; what changes comes
as `props.value`. Text in it carries `data-t="word.key"` and is filled in by `tgan.words(element)`.

A script may import parts: `import {row} from './maps.js';`, one a line. Each part runs once per
component too, before what imports it; it exports functions and constants where it makes them.
"""

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import gradio as gr

from tgan_demo.ui.controls import CONTROLS
from tgan_demo.ui.words.table import words

FOLDER = Path(__file__).parent / "canvas"
# what all canvases share, in this order
HEAD = (
    "tgan", "words", "terms", "look", "chart", "sheets", "written", "hear", "tools", "upload", "clock",
    "places", "sound", "edits", "changed", "groups", "state", "title", "drops", "connection", "code", "shell",
)  # fmt: skip
IMPORT = re.compile(r"^import \{([^}]*)\} from '\./([\w-]+)\.js';$", re.MULTILINE)
EXPORT = re.compile(r"^export (?=(?:async )?(?:const|function) ([\w$]+))", re.MULTILINE)


def canvas(
    name: str,
    value: Any = None,
    *,
    elem_id: str,
    fixed: dict[str, Any] | None = None,
    **options: Any,
) -> gr.HTML:
    """A gr.HTML made of canvas/<name>/<name>.*; tests and shortcuts look for `elem_id`.

    Args:
        fixed: constants, which the script reads as `fixed`. Not as props: Gradio 6.31 forgets those
            of a component that gets a gr.skip() before its tab was first opened.
    """
    return gr.HTML(
        value,
        html_template=_read(f"{name}/{name}.html"),
        css_template=style(name),
        js_on_load=_when_ready(bundle(FOLDER / name / f"{name}.js"), fixed or {}),
        elem_id=elem_id,
        apply_default_css=False,
        **options,
    )


def style(name: str, part: str = "") -> str:
    """The CSS of a canvas, or of one of its parts."""
    return _read(f"{name}/{part or name}.css")


def head(
    *,
    tabs: Sequence[str] = (),
    present: bool = False,
    base: str = "",
    most: Mapping[str, int] | None = None,
) -> str:
    """For launch(head=...): the words, the settings of a draw and HEAD, inline, so that nothing is
    fetched.

    Args:
        tabs: names of the page's tabs, in their order.
        most: bytes of an uploaded "file" and of "all" that come together.
    """
    values = {"words": words(), "present": present, "base": base, "tabs": tuple(tabs)}
    values["most"] = most
    values["controls"] = [control.told() for control in CONTROLS]
    settings = json.dumps(values, ensure_ascii=False)
    parts = [f"(() => {{\n{_read(f'page/{name}.js')}}})();" for name in HEAD]
    script = "\n".join([f"window.tganSettings = {settings};", *parts])
    return f"<script>{script.replace('</', '<' + chr(92) + '/')}</script>"


def bundle(path: Path) -> str:
    """A script with the parts that it imports, each in a function of its own; "" without a file.

    Raises:
        ValueError: parts import each other in a circle, or a line imports or exports otherwise than
            this file's first sentences say.
    """
    if not path.is_file():
        return ""
    order: list[Path] = []
    _collect(path, order, ())
    *parts, _ = order
    made = [f"const {_variable(part)} = (() => {{\n{_plain(part)}}})();\n" for part in parts]
    return "".join([*made, _plain(path, is_part=False)])


def _collect(path: Path, order: list[Path], within: tuple[Path, ...]) -> None:
    """Appends what `path` stands on, then itself, each once."""
    if path in within:
        raise ValueError(f"{path.name} imports itself by {', '.join(p.name for p in within)}")
    if path in order:
        return
    for match in IMPORT.finditer(path.read_text(encoding="utf-8")):
        _collect(path.with_name(f"{match[2]}.js"), order, (*within, path))
    order.append(path)


def _plain(path: Path, *, is_part: bool = True) -> str:
    """A script without import and export, as the body of a function that returns what it exports."""
    script = path.read_text(encoding="utf-8")
    names = [match[1] for match in EXPORT.finditer(script)]
    body = IMPORT.sub(
        lambda match: f"const {{{match[1]}}} = {_variable(path.with_name(match[2]))};", script
    )
    body = EXPORT.sub("", body)
    if left := re.search(r"^(?:import|export)\b.*", body, re.MULTILINE):
        raise ValueError(f"{path.name} has a line that is not understood here: {left[0]}")
    return f"{body}return {{{', '.join(names)}}};\n" if is_part else body


def _variable(path: Path) -> str:
    return f"${path.stem.replace('-', '_')}"


def _when_ready(script: str, fixed: dict[str, Any]) -> str:
    """The head comes first; if it should not, wait for it."""
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
