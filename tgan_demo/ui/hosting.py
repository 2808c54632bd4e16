"""What a host asks a server: /health, /metrics (see metrics.py), and that it drains before it ends.

Neither answers anything about anybody, and who asks is no visitor. Draining, the server takes nothing
new: every request that would begin something is refused with a sentence, and who opens the page is asked
to wait, while what had begun goes on.
"""

import contextlib
import logging
import time
from collections.abc import Iterator

import anyio.to_thread
from starlette.datastructures import Headers
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from tgan_demo.studio import Studio
from tgan_demo.ui import metrics
from tgan_demo.ui.version import VERSION
from tgan_demo.ui.words.table import t

logger = logging.getLogger(__name__)

RETRY_S = 5
NO_STORE = {"Cache-Control": "no-store"}
# Requests that are held open without waiting for an answer: a page's, and a program's for messages
HEARTBEAT = "/gradio_api/heartbeat/"
LISTENING = "/gradio_api/mcp"
CLIENT = "gradio_client"  # a program, which holds one too
LOOK_S = 0.05
CALM_S = 0.3  # a program asks for its answer in a second request


class Errors(logging.Handler):
    """Counts what nobody foresaw: log lines of level ERROR, and requests that ended in an exception."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.count = 0

    def emit(self, record: logging.LogRecord) -> None:
        self.count += 1  # under the handler's lock


class Hosting:
    """One server as its host sees it.

    Attributes:
        errors: a handler for the log, which counts where it is added.
        has_metrics: whether /metrics answers. Not unless asked for: whoever reaches a public server
            could follow from minute to minute how many people use it, and when it is busiest.
        is_draining: set once, before the server ends.
    """

    def __init__(self, studio: Studio) -> None:
        self.studio, self.errors = studio, Errors()
        self.has_metrics = False
        self.started = time.monotonic()
        self.models = len(studio.models(None))  # bundled ones; they stay what they are
        # open now; counted by the server's one thread of requests
        self.pages = self.requests = 0
        self.is_draining = False

    @contextlib.contextmanager
    def held(self, scope: Scope, path: str) -> Iterator[None]:
        """While a request is open: of a page that is shown, or of somebody who waits for an answer."""
        is_open = path.startswith(HEARTBEAT)
        is_page = is_open and CLIENT not in Headers(scope=scope).get("user-agent", "")
        is_listening = scope["method"] == "GET" and path.startswith(LISTENING)
        is_waiting = not is_open and not is_listening
        self.pages += is_page
        self.requests += is_waiting
        try:
            yield
        finally:
            self.pages -= is_page
            self.requests -= is_waiting

    def drain(self, timeout_s: float) -> None:
        """Until all who wait have their answer; then whoever still waits is cut off."""
        now = time.monotonic()
        end, busy = now + timeout_s, now
        while now < end and now - busy < CALM_S:
            time.sleep(LOOK_S)
            now = time.monotonic()
            busy = now if self.requests else busy
        if self.requests:
            logger.warning("%d requests are cut off after %.0f s", self.requests, timeout_s)

    def health(self) -> Response:
        """503 while draining, so that nobody new is sent here."""
        told = {
            "status": "draining" if self.is_draining else "ok",
            "version": VERSION,
            "uptime_s": round(time.monotonic() - self.started, 1),
            "models": self.models,
        }
        return JSONResponse(told, 503 if self.is_draining else 200, NO_STORE)

    async def figures(self) -> Response:
        if not self.has_metrics:
            return PlainTextResponse("no figures here; start the server with --metrics\n", 404)
        values = await anyio.to_thread.run_sync(self._families)  # it waits for the lock of the runs
        return Response(metrics.text(values), 200, NO_STORE, metrics.CONTENT_TYPE)

    def _families(self) -> list[metrics.Family]:
        return metrics.families(
            self.studio,
            pages=self.pages,
            errors=self.errors.count,
            uptime_s=time.monotonic() - self.started,
            is_draining=self.is_draining,
        )


class Door:
    """ASGI: answers the host, counts open pages, and is shut while the server drains."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        hosting: Hosting = scope["app"].get_blocks().hosting
        path = scope["path"].removeprefix(scope.get("root_path", ""))
        if (answer := await _ours(hosting, scope["method"], path)) is not None:
            await answer(scope, receive, send)
            return
        try:
            with hosting.held(scope, path):
                await self.app(scope, receive, send)
        except Exception:
            hosting.errors.count += 1
            raise


async def _ours(hosting: Hosting, method: str, path: str) -> Response | None:
    """The answer where Gradio is not asked."""
    if method in ("GET", "HEAD"):
        if path == "/health":
            return hosting.health()
        if path == "/metrics":
            return await hosting.figures()
        if path == "/" and hosting.is_draining:
            return waiting_room()
    elif method == "POST" and hosting.is_draining:
        return refusal()
    return None


def sentence() -> str:
    return f"{t('server.stopping', 'en')} · {t('server.stopping', 'zh')}"


def refusal() -> Response:
    """What a program reads, and what the page's script knows by `stopping`."""
    told = {"error": sentence(), "detail": sentence(), "stopping": True}
    return JSONResponse(told, 503, {"Retry-After": str(RETRY_S)})


def waiting_room() -> Response:
    """A page for who comes now; it looks again by itself."""
    page = (
        f"<!doctype html><meta charset=utf-8><title>Transformer GAN Studio</title>"
        f"<p>{t('server.stopping', 'en')}<p lang=zh-CN>{t('server.stopping', 'zh')}"
    )
    again = {"Retry-After": str(RETRY_S), "Refresh": str(RETRY_S)}
    return HTMLResponse(page, 503, NO_STORE | again)
