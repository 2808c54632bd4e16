"""HTTP headers of every answer, and which Host a studio that is bound to this computer answers to.

A page on the internet may give its own name the address 127.0.0.1 (DNS rebinding) and would then read a
studio on this computer as if it were its own. The browser still says that name as Host: it is refused.
"""

import ipaddress
from collections.abc import Collection
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",  # what stands in a link is nobody else's business
    # Spaces show the page in a frame; nobody else may lay theirs over it
    "Content-Security-Policy": "frame-ancestors 'self' https://huggingface.co"
    " https://*.huggingface.co https://*.hf.space",
}


def is_loopback(host: str) -> bool:
    """Whether only this computer reaches a server that is bound to `host`; a name without a port."""
    name = host.strip("[]").rstrip(".").lower()
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def middleware(bound_to: str, names: Collection[str] = ()) -> list[Middleware]:
    """For launch(app_kwargs={"middleware": ...}).

    Args:
        bound_to: the address that the server listens on. Any Host is right unless it is a loopback one.
        names: further Hosts that are right then, as a proxy on this computer passes them on.
    """
    allowed = frozenset(name.lower() for name in names) if is_loopback(bound_to) else None
    return [Middleware(Doorkeeper, allowed=allowed)]


class Doorkeeper:
    """Puts HEADERS on every answer, and refuses a Host that is neither loopback nor in `allowed`.

    Args:
        allowed: None lets every Host in.
    """

    def __init__(self, app: ASGIApp, allowed: frozenset[str] | None) -> None:
        self.app, self.allowed = app, allowed

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers[name] = value
            await send(message)

        if self.lets_in(Headers(scope=scope).getlist("host")):
            await self.app(scope, receive, with_headers)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
        else:
            text = "This studio answers only on this computer (localhost); see --allow-host.\n"
            await PlainTextResponse(text, 400)(scope, receive, with_headers)

    def lets_in(self, hosts: list[str]) -> bool:
        if self.allowed is None:
            return True
        names = [host_name(host) for host in hosts]
        return len(names) == 1 and (is_loopback(names[0]) or names[0] in self.allowed)


def host_name(host: str) -> str:
    """The name in a Host header, without its port; "" where it is none."""
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""
