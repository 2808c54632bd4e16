"""Where values from outside enter: bodies of requests, inputs of events, arguments of endpoints.

What no browser of ours sends is refused here with a sentence, before anything computes with it: JSON
nested too deep, endless numbers, lists where a name belongs. What is behind may rely on it: values are
plain JSON of bounded depth, whole numbers fit 64 bits, and every text can be written as UTF-8.
"""

import inspect
import json
import logging
import math
import typing
from collections.abc import Callable, Mapping
from types import UnionType
from typing import Any

import gradio as gr
from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tgan_demo.errors import ConfigError, TganError
from tgan_demo.files.disk import MIB
from tgan_demo.ui.hosting import Hosting
from tgan_demo.ui.lean import LeanBlocks

logger = logging.getLogger(__name__)

MAX_BODY = 32 * MIB  # of a request that is not an upload; a pasted text is the largest
MAX_DEPTH = 64  # lists and objects in one another
MAX_DIGITS = 19  # of a whole number
MAX_NAME = 10_000  # characters of a text that an endpoint takes


class Refused(TganError):
    """A request that our page does not send; the text says what was wrong with it."""


class Entrance:
    """ASGI: reads the JSON of a POST before Gradio does, and hands on what may pass."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "POST":
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        if headers.get("content-type", "").startswith("multipart/form-data"):
            await self.app(scope, receive, send)
            return
        try:
            body = await _body(receive)
            values = read(body)
            if values is not None:
                _check_event(scope, values)
                if b"\\ud" in body or b"\\uD" in body:
                    body = json.dumps(values, ensure_ascii=False).encode()
        except Refused as error:
            logger.info("refused: %s", error)
            said = {"error": str(error), "detail": str(error)}
            await JSONResponse(said, 400)(scope, receive, send)
            return
        try:
            await self.app(_sized(scope, len(body)), _again(body, receive), send)
        except (TypeError, ValueError, KeyError) as error:
            if "/call/v2/" not in scope["path"]:
                raise
            # Gradio matches named arguments with an endpoint's before it answers anything
            said = f"the arguments do not fit the endpoint: {error}"[:300]
            await JSONResponse({"error": said, "detail": said}, 400)(scope, receive, send)


class Blocks(LeanBlocks):
    """Blocks that say in a sentence what they cannot take as an event's inputs."""

    hosting: Hosting  # set by blocks.build

    async def preprocess_data(self, block_fn: Any, inputs: Any, *rest: Any, **named: Any) -> Any:
        try:
            return await super().preprocess_data(block_fn, inputs, *rest, **named)
        except Exception as error:
            logger.info("an event's inputs do not fit: %s", type(error).__name__)
            text = str(error) if isinstance(error, gr.Error) else ""
            raise gr.Error(
                text or "this page sent values that do not fit its controls; load it again",
                print_exception=False,
            ) from error


def read(body: bytes) -> Any:
    """The values of a JSON text, cleaned; of no text None.

    Raises:
        Refused: no JSON, or not such as a page of ours sends.
    """
    if not body.strip():
        return None
    try:
        values = json.loads(body, parse_int=_whole, parse_constant=_no_number)
    except RecursionError as error:
        raise Refused(f"a request may nest {MAX_DEPTH} lists in one another; got more") from error
    except Refused:
        raise
    except ValueError as error:
        raise Refused("the request is not JSON; send one object") from error
    return _clean(values, MAX_DEPTH)


def checked(endpoint: Callable) -> Callable:
    """An endpoint whose arguments have the kinds that its annotations say.

    None stands for the default. A text for a number is let through: the endpoint clamps it.
    """
    parameters = inspect.signature(endpoint).parameters
    kinds = typing.get_type_hints(endpoint)

    def call(*values: Any, **named: Any) -> Any:
        given = dict(zip(parameters, values, strict=False)) | named
        taken = {}
        for key, parameter in parameters.items():
            value = _fit(key, given.get(key), kinds[key])
            taken[key] = parameter.default if value is None else value
            if taken[key] is inspect.Parameter.empty:
                raise ConfigError(f"{key} is missing; name it")
        return endpoint(**taken)

    call.__signature__ = inspect.signature(endpoint)  # Gradio reads names, kinds and defaults of it
    call.__annotations__ = dict(endpoint.__annotations__)
    call.__name__, call.__qualname__ = endpoint.__name__, endpoint.__qualname__
    call.__doc__, call.__module__ = endpoint.__doc__, endpoint.__module__
    return call


def _fit(key: str, value: Any, kind: Any) -> Any:
    """An argument as its annotation has it. Raises ConfigError."""
    if value is None:
        return None
    if typing.get_origin(kind) is UnionType:
        kind = next(one for one in typing.get_args(kind) if one is not type(None))
    outer = typing.get_origin(kind) or kind
    if outer is list:
        inner = typing.get_args(kind)[0]
        if not isinstance(value, list):
            raise ConfigError(f"{key} wants a list; got {_shown(value)}")
        return [_fit(f"each of {key}", one, inner) for one in value]
    if outer is dict:
        if not isinstance(value, dict):
            raise ConfigError(f"{key} wants an object; got {_shown(value)}")
        return value
    if outer is str:
        if not isinstance(value, str):
            raise ConfigError(f"{key} wants a text; got {_shown(value)}")
        return value[:MAX_NAME]
    if isinstance(value, (list, dict)):
        raise ConfigError(f"{key} wants {outer.__name__}; got {_shown(value)}")
    return value


def _shown(value: Any) -> str:
    return repr(value)[:40]


def _whole(digits: str) -> int:
    if len(digits) > MAX_DIGITS + 1:
        raise Refused(f"a whole number may have {MAX_DIGITS} digits; got {len(digits):,}")
    return int(digits)


def _no_number(name: str) -> float:
    raise Refused(f"wanted a number; got {name}")


def _clean(value: Any, depth: int) -> Any:
    """With half characters of UTF-16 replaced, which no file and no answer can hold."""
    if isinstance(value, str):
        return value if value.isascii() else value.encode("utf-8", "replace").decode()
    if isinstance(value, float) and not math.isfinite(value):
        raise Refused("wanted a number; got one without end")
    if not isinstance(value, (list, dict)):
        return value
    if not depth:
        raise Refused(f"a request may nest {MAX_DEPTH} lists in one another; got more")
    if isinstance(value, list):
        return [_clean(one, depth - 1) for one in value]
    return {_clean(key, 1): _clean(one, depth - 1) for key, one in value.items()}


def _check_event(scope: Scope, values: Any) -> None:
    """That there is an event of this number or name, and that it gets as many inputs as it takes."""
    place = scope["path"].rstrip("/").split("/gradio_api/")[-1].split("/")
    if place[0] not in ("run", "api", "call", "queue"):
        return
    if not isinstance(values, dict):
        raise Refused("a request is one JSON object")
    if _has_file(values.get("event_data")):
        raise Refused("no event of this page sends a file; load the page again")
    events = scope["app"].get_blocks().fns
    number, name = values.get("fn_index"), place[-1]
    if number is not None and place[0] != "call":
        is_known = type(number) is int and number in events
        if not is_known or events[number].fn is None:  # some run in the browser alone
            raise Refused(f"there is no event {_shown(number)} on this page; load it again")
    elif name not in {event.api_name for event in events.values()}:
        raise Refused(f"there is no endpoint {name[:40]!r}; see /gradio_api/info")


def _has_file(value: Any) -> bool:
    """Whether Gradio would take something in it for a file of the server."""
    if isinstance(value, dict):
        return isinstance(value.get("path"), str) or any(map(_has_file, value.values()))
    return isinstance(value, list) and any(map(_has_file, value))


async def _body(receive: Receive) -> bytes:
    parts, num_bytes, is_more = [], 0, True
    while is_more:
        message = await receive()
        if message["type"] != "http.request":
            raise Refused("the request was cut off")
        parts.append(message.get("body", b""))
        num_bytes += len(parts[-1])
        if num_bytes > MAX_BODY:
            raise Refused(f"a request may have {MAX_BODY // MIB} MiB; bring larger things as files")
        is_more = message.get("more_body", False)
    return b"".join(parts)


def _sized(scope: Mapping[str, Any], num_bytes: int) -> Scope:
    """With the length of the body as it is handed on."""
    headers = [
        (k, v) for k, v in scope["headers"] if k not in (b"content-length", b"transfer-encoding")
    ]
    return {**scope, "headers": [*headers, (b"content-length", str(num_bytes).encode())]}


def _again(body: bytes, receive: Receive) -> Receive:
    """A `receive` that says the body once and then what comes."""
    told = False

    async def again() -> Message:
        nonlocal told
        if told:
            return await receive()
        told = True
        return {"type": "http.request", "body": body, "more_body": False}

    return again
