"""gr.Blocks without what our requests do not need of it, and which under load was most of their time.

Gradio 6.31 makes a component anew for each output that is skipped, takes a thread for each value that goes
in or out, walks through every list of it in search of files, keeps the settings of all components once more
for each open page, and copies half of the app for each that opens. Our canvases, texts and numbers hold no
files, and nothing reads those settings.
"""

import copy
from typing import Any

import gradio as gr
from gradio.blocks import BlocksConfig
from gradio.components.api_component import Api

# their values hold no files; an Api is what gr.api takes and gives
PLAIN = (gr.HTML, gr.Textbox, gr.Number, gr.Slider, gr.Markdown, Api)
SKIPPED = gr.skip()


class LeanBlocks(gr.Blocks):
    """As gr.Blocks; what it does not know to do in short, it leaves to it."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.default_config = _Config(self)

    def get_config_file(self) -> Any:
        """What the browser is told of the page, without the functions that Gradio leaves among it.

        Each page that opens gets a deep copy, which took the whole page along with one bound function.
        """
        return _plain(super().get_config_file())

    async def process_api(self, block_fn: Any, *args: Any, **options: Any) -> dict[str, Any]:
        event = self.fns[block_fn] if isinstance(block_fn, int) else block_fn
        if all(_is_plain(block) or block.stateful for block in event.outputs):
            options["root_path"] = None  # there is no address of a file to complete
        return await super().process_api(block_fn, *args, **options)

    async def preprocess_data(
        self, block_fn: Any, inputs: list[Any], state: Any, explicit_call: bool = False
    ) -> list[Any]:
        blocks = block_fn.inputs
        if not block_fn.preprocess or block_fn.component_prop_inputs or state is None:
            return await super().preprocess_data(block_fn, inputs, state, explicit_call)
        if len(inputs) < len(blocks) or not all(_is_plain(b) or b.stateful for b in blocks):
            return await super().preprocess_data(block_fn, inputs, state, explicit_call)
        return [
            state[block._id] if block.stateful else _now(block, state).preprocess(value)
            for block, value in zip(blocks, inputs, strict=False)
        ]

    async def postprocess_data(self, block_fn: Any, predictions: Any, state: Any) -> list[Any]:
        blocks = block_fn.outputs
        if block_fn.batch or state is None:
            return await super().postprocess_data(block_fn, predictions, state)
        if predictions == SKIPPED:
            values = [SKIPPED] * len(blocks)
        else:
            values = [predictions] if len(blocks) == 1 else predictions
        if not isinstance(values, list | tuple) or len(values) != len(blocks):
            return await super().postprocess_data(block_fn, predictions, state)
        answers: list[Any] = [None] * len(blocks)
        others = []
        for index, (block, value) in enumerate(zip(blocks, values, strict=True)):
            is_update = isinstance(value, dict) and "__type__" in value
            if is_update and value == SKIPPED:
                answers[index] = None if block.stateful else dict(SKIPPED)
            elif block.stateful and not is_update:
                state[block._id] = value
            elif _is_plain(block) and not is_update and _is_value(value):
                shown = _now(block, state)
                answers[index] = shown.postprocess(value) if block_fn.postprocess else value
            else:
                others.append(index)
        if others:
            fewer = copy.copy(block_fn)
            fewer.outputs = [blocks[index] for index in others]
            left = [values[index] for index in others]
            done = await super().postprocess_data(fewer, left[0] if len(left) == 1 else left, state)
            for index, answer in zip(others, done, strict=True):
                answers[index] = answer
        return answers


class _Config(BlocksConfig):
    """The components of the app; a page that is opened gets a copy."""

    def __copy__(self) -> "BlocksConfig":
        mine = _SessionConfig(self.root_block)
        mine.blocks, mine.fns = copy.copy(self.blocks), copy.copy(self.fns)
        mine.fn_id, mine.renderables = self.fn_id, copy.copy(self.renderables)
        return mine


class _SessionConfig(BlocksConfig):
    """Of one open page: without the settings and values of each component, for deep links that we have not."""

    @staticmethod
    def config_for_block(*_args: Any, **_options: Any) -> dict[str, Any]:
        return {}


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return None if callable(value) else value


def _is_plain(block: Any) -> bool:
    return type(block) in PLAIN


def _is_value(value: Any) -> bool:
    """Not one of Gradio's own marks."""
    return value is None or isinstance(value, str | int | float | dict | list | tuple)


def _now(block: Any, state: Any) -> Any:
    """The component as this page has it: its range may have been changed."""
    return state.get(block._id, block)
