"""Files on their way in: room for them, and who waits for which.

Gradio stores an upload under its checksum, so two who bring the same file share a path, and the file goes
when the last of them has it.
"""

import contextlib
import json
import threading
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import anyio
from starlette.datastructures import Headers
from starlette.formparsers import MultiPartException
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tgan_demo.errors import DataError
from tgan_demo.files.disk import MIB, megabytes, size
from tgan_demo.people.arrivals import MAX_FILES

MAX_ARRIVING_BYTES = 4096 * MIB  # of all uploads that nobody has taken yet
MAX_WAITING = 50_000  # paths
MAX_LISTED = 4 * MIB  # of Gradio's answer, a list of paths
MAX_NAME = 500  # characters of what a file is called in its folder

_waits: Counter[str] = Counter()
_lock = threading.Lock()


class Uploads:
    """ASGI: refuses an upload that there is no room for, and counts who was told of which path."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_upload = scope["type"] == "http" and scope["method"] == "POST"
        if not is_upload or not scope["path"].rstrip("/").endswith("/gradio_api/upload"):
            await self.app(scope, receive, send)
            return
        length = Headers(scope=scope).get("content-length", "")
        if not length.isdecimal() or len(length) > 15:
            answer = PlainTextResponse("an upload says its length; send it again", 411)
            await answer(scope, receive, send)
            return
        folder = Path(scope["app"].uploaded_file_dir)
        waiting = await anyio.to_thread.run_sync(size, folder)
        if waiting + int(length) > MAX_ARRIVING_BYTES:
            answer = PlainTextResponse(
                f"{megabytes(waiting)} wait on this server to be looked at; try again later", 413
            )
            await answer(scope, receive, send)
            return
        told = bytearray()

        async def listening(message: Message) -> None:
            if message["type"] == "http.response.body" and len(told) < MAX_LISTED:
                told.extend(message.get("body", b""))
                if not message.get("more_body", False):
                    expect(bytes(told))
            await send(message)

        await self.app(scope, _whole(receive), listening)


def _whole(receive: Receive) -> Receive:
    """`receive` to whom an upload that is cut is a damaged one: of that Gradio takes its half files off the
    disk, and nothing is written into the log.
    """
    is_whole = False

    async def received() -> Message:
        nonlocal is_whole
        message = await receive()
        if message["type"] == "http.disconnect" and not is_whole:
            raise MultiPartException("the upload was given up")
        is_whole |= not message.get("more_body", False)
        return message

    return received


def expect(answer: bytes) -> None:
    """Somebody was told these paths, a JSON list, and will ask for them."""
    with contextlib.suppress(ValueError):
        paths = json.loads(answer)
        with _lock:
            if (
                len(_waits) > MAX_WAITING
            ):  # of uploads that nobody asked for; Gradio sweeps their files
                _waits.clear()
            _waits.update(str(path) for path in paths if isinstance(paths, list))


def brought(sent: Any) -> list[tuple[str, str]]:
    """Path and name of each file that a page says it has uploaded, {"files": [{"at", "name"}]}.

    A path is one that this server told somebody and that was not released since; a name is what the
    file is called in the folder that was dropped, "cats/1.png", and is only ever shown or sorted by.

    Raises:
        DataError: nothing came, too much, or a path that is nobody's upload.
    """
    files = sent.get("files") if isinstance(sent, dict) else None
    if not isinstance(files, list) or not files or not all(isinstance(one, dict) for one in files):
        raise DataError("files were wanted; nothing came: bring them again")
    if len(files) > MAX_FILES:
        raise DataError(f"at most {MAX_FILES:,} files at a time; put them in one zip")
    paths = [str(one.get("at")) for one in files]
    with _lock:
        if not Counter(paths) <= _waits:
            raise DataError("a file has not arrived; bring it again")
    names = [one.get("name") for one in files]
    return [
        (path, name if isinstance(name, str) and 0 < len(name) <= MAX_NAME else Path(path).name)
        for path, name in zip(paths, names, strict=True)
    ]


def release(paths: Iterable[str | Path]) -> None:
    """Take what Gradio received off the disk, unless another visitor still waits for it."""
    for path in paths:
        with _lock:
            _waits[str(path)] -= 1
            if _waits[str(path)] > 0:
                continue
            del _waits[str(path)]
            with contextlib.suppress(OSError):
                Path(path).unlink()
