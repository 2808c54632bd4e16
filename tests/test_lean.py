"""The short ways of the page's Blocks answer as Gradio's long ones do."""

import asyncio
import json
from copy import copy, deepcopy
from typing import Any

import gradio as gr
import pytest
from gradio.state_holder import SessionState

from tgan_demo.ui.lean import LeanBlocks


def build(kind: type[gr.Blocks]) -> Any:
    with kind() as demo:
        kept = gr.State("before")
        text, number = gr.Textbox(), gr.Number(precision=0, maximum=9)
        slider, html = gr.Slider(0, 2), gr.HTML()
        timer = gr.Timer(active=False)

        def same(*values: Any) -> tuple[Any, ...]:
            return values

        parts = [kept, text, number, slider, html, timer]
        gr.on(text.change, same, [kept, text, number, slider], parts)
    return demo


def post(demo: Any, *values: Any) -> tuple[list[Any], Any]:
    state = SessionState(demo)
    event = next(iter(demo.fns.values()))
    return asyncio.run(demo.postprocess_data(event, list(values), state)), state[
        event.outputs[0]._id
    ]


CASES = (
    (gr.skip(), gr.skip(), gr.skip(), gr.skip(), gr.skip(), gr.skip()),
    ("after", "text", 3.7, 1.5, {"run": [1, 2]}, gr.Timer(active=True)),
    (gr.skip(), gr.update(visible=False), 3, gr.update(value=1), "<b>x</b>", gr.skip()),
    ({"a": 1}, None, None, None, None, gr.update(active=True)),
)


@pytest.mark.parametrize("values", CASES)
def test_outputs_are_what_gradio_makes_of_them(values: tuple[Any, ...]) -> None:
    # Gradio empties an update that it was given
    long, short = (post(build(kind), *map(copy, values)) for kind in (gr.Blocks, LeanBlocks))
    if values[4] == gr.skip():
        long[0][4].pop("props")  # its own mark, as if it were a property of an HTML
    assert json.dumps(short) == json.dumps(long)


def test_a_skip_makes_no_component_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    demo = build(LeanBlocks)
    monkeypatch.setattr(gr.HTML, "__init__", None)
    assert post(demo, *[gr.skip()] * 6)[0] == [None, *[gr.skip()] * 5]


@pytest.mark.parametrize("values", [[None, "a", 3.2, 1.5], [None, 7, None, 0]])
def test_inputs_are_what_gradio_makes_of_them(values: list[Any]) -> None:
    read = []
    for kind in (gr.Blocks, LeanBlocks):
        demo = build(kind)
        event = next(iter(demo.fns.values()))
        read.append(asyncio.run(demo.preprocess_data(event, list(values), SessionState(demo))))
    assert read[0] == read[1] and read[1][0] == "before"


@pytest.mark.parametrize("number", [10, "x"])
def test_a_number_out_of_its_range_is_refused(number: Any) -> None:
    demo = build(LeanBlocks)
    event = next(iter(demo.fns.values()))
    with pytest.raises((gr.Error, ValueError, TypeError)):
        asyncio.run(demo.preprocess_data(event, [None, "", number, 1], SessionState(demo)))


def test_an_open_page_keeps_no_values_of_its_components() -> None:
    demo = build(LeanBlocks)
    state = SessionState(demo)
    event = next(iter(demo.fns.values()))
    asyncio.run(demo.postprocess_data(event, ["", "long" * 999, 1, 1, "", gr.skip()], state))
    assert not any(state.config_values.values())
    assert demo.get_config_file()["components"][1]["props"]  # the page itself is told them


def test_a_page_is_copied_without_the_components_behind_it(monkeypatch: pytest.MonkeyPatch) -> None:
    with LeanBlocks() as demo:
        html = gr.HTML(js_on_load="trigger('every')")
        html.every(lambda: None)  # an event with the name of a setting
        gr.State(0)
    demo.config = demo.get_config_file()
    monkeypatch.setattr(gr.HTML, "__deepcopy__", None, raising=False)
    monkeypatch.setattr(gr.HTML, "__reduce_ex__", None)
    assert json.loads(json.dumps(deepcopy(demo.config))) == demo.config
