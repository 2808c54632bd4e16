"""Gradio is imported without its type stubs, and is the same Gradio."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
CODE = """
import ast
parsed, plain = [], ast.parse
ast.parse = lambda code, *args, **kwargs: parsed.append(code) or plain(code, *args, **kwargs)
import {first}
import gradio as gr
events = [[str(event) for event in c.EVENTS] for c in (gr.Textbox, gr.Slider, gr.Image, gr.HTML)]
print(sum("class Textbox" in str(code) for code in parsed), events)
"""


def imported(first: str) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-c", CODE.format(first=first)],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    count, events = done.stdout.strip().split(" ", 1)
    return int(count), events


def test_no_source_of_a_component_is_parsed_and_its_events_are_the_same() -> None:
    plain, quick = imported("sys"), imported("app")
    assert plain[0] > 0 and quick[0] == 0
    assert plain[1] == quick[1] != "[]"
