"""Handlers of the page: when they are called, what a canvas sent, who asks, how their errors are shown."""

import contextlib
import functools
import inspect
import itertools
import logging
from collections.abc import Callable, Coroutine, Iterator, Sequence
from typing import Any

import anyio
import gradio as gr

from tgan_demo.engine.draw.turns import Asker, SupersededError
from tgan_demo.errors import TganError
from tgan_demo.files.disk import is_disk, reason
from tgan_demo.said import words_of
from tgan_demo.ui.words.table import Variant, spoken, t

logger = logging.getLogger(__name__)

# of events that answer at once, beside the queue
QUIET: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private", "queue": False}
# of slow ones whose canvas keeps count itself: Gradio would lose what was asked while an answer is on
# its way
ONE_BY_ONE: dict[str, Any] = {
    "show_progress": "hidden", "api_visibility": "private", "concurrency_limit": 1,
    "trigger_mode": "multiple",
}  # fmt: skip


def together(reactions: Sequence[tuple[Callable, list, list]]) -> tuple[Callable, list, list]:
    """Several handlers as one: it takes their inputs one after another and gives their outputs so."""

    def call(*values: Any) -> list[Any]:
        left, answers = iter(values), list[Any]()
        for handler, inputs, outputs in reactions:
            answer = handler(*[next(left) for _ in inputs])
            answers += answer if len(outputs) > 1 else [answer]
        return answers

    _, inputs, outputs = zip(*reactions, strict=True)
    return call, [*itertools.chain(*inputs)], [*itertools.chain(*outputs)]


def when_changed(
    triggers: Sequence[Callable], handler: Callable, inputs: Any, outputs: Any
) -> None:
    """Call `handler` when something changed; while it is being answered, only the newest change waits.

    It follows a step of the browser alone: Gradio 6.31 calls the handlers of one event in turn, each after the
    answer to the one before, and where one was busy, all of them anew. Two quick choices of a model took turns
    for a minute so.
    """
    changed = gr.on(triggers, None, None, None, js="() => {}", **QUIET)
    changed.then(guard(handler), inputs, outputs, trigger_mode="always_last", **QUIET)


def data_of(event: gr.EventData) -> Any:
    """What a canvas's script sent with its event; from outside, so it may be anything."""
    return event._data  # Gradio has no public name for it


def asker(request: gr.Request | None, what: str) -> Asker | None:
    """Who asks for `what` in an open page: its newest request replaces those that still wait."""
    if request is None or request.request is None or not request.session_hash:
        return None
    gone = request.request.is_disconnected
    return Asker(f"{request.session_hash} {what}", functools.partial(_is_so, gone))


def _is_so(question: Callable[[], Coroutine[Any, Any, bool]]) -> bool:
    """What the server's loop answers, to a handler in its thread."""
    try:
        return anyio.from_thread.run(question)
    except RuntimeError:  # no thread of a server
        return False


@contextlib.contextmanager
def errors_in(lang: str, variant: Variant = ()) -> Iterator[None]:
    """A TganError that was raised with a Said is told in the page's language."""
    try:
        yield
    except TganError as error:
        text = spoken(words_of(error), lang, variant=variant)
        raise gr.Error(text, duration=12, print_exception=False) from error


def guard(handler: Callable) -> Callable:
    """`handler` with its errors made fit to be shown; generators stay generators."""

    def shown(error: Exception) -> Exception:
        if isinstance(error, gr.Error):
            return error
        if isinstance(error, TganError):
            return gr.Error(str(error), duration=12, print_exception=False)
        logger.exception("in %s", getattr(handler, "__qualname__", handler))
        key, words = "error.sorry", {}
        if is_disk(error):
            key, words = "error.disk", {"why": reason(error)}
        return gr.Error(f"{t(key, 'en', **words)} · {t(key, 'zh', **words)}", print_exception=False)

    if inspect.isgeneratorfunction(handler):

        @functools.wraps(handler)
        def stream(*values: Any) -> Any:
            try:
                yield from handler(*values)
            except Exception as error:
                raise shown(error) from error

        return stream

    @functools.wraps(handler)
    def call(*values: Any) -> Any:
        try:
            return handler(*values)
        except SupersededError:
            return gr.skip()
        except Exception as error:
            raise shown(error) from error

    return call
