"""Values that a script takes notice of even when they are equal: each has a number of its own.

Orders for bridge.js say what the browser does by itself, such as saving a file or filling the clipboard;
a part of an answer goes to a canvas that gets several.
"""

import base64
import secrets
from typing import Any


def download(name: str, mime: str, content: bytes) -> dict[str, Any]:
    """Save `content` as a file, without a copy on the server's disk."""
    return _order("download", name=name, mime=mime, data=base64.b64encode(content).decode())


def copy(text: str, said: str) -> dict[str, Any]:
    """Put `text` into the clipboard and say so."""
    return _order("copy", text=text, say=said)


def say(text: str) -> dict[str, Any]:
    """Show a short note."""
    return _order("say", text=text)


def boot(*, visitor: str, tab: str, notes: list[str], offered: str = "") -> dict[str, Any]:
    """Keep the visitor ("": the one known before), open the tab, show what in the link could not be used;
    ask whether to become the visitor `offered`, if there is one.
    """
    return _order("boot", me=visitor, tab=tab, notes=notes, offered=offered)


def part(name: str, **values: Any) -> dict[str, Any]:
    """One of several answers to a canvas."""
    return {"part": name, "nonce": secrets.token_hex(4), **values}


def _order(do: str, **values: Any) -> dict[str, Any]:
    return {"do": do, "nonce": secrets.token_hex(4), **values}
