"""A page in a real browser, watched: what the tests of the page stand on.

One browser serves a whole session. `open_page` opens its pages in one context, which is told to forget
what they kept but holds on to the scripts it has read: a page is there in half the time. One that asks for
what only a context of its own gives, or that is another person's, gets one.

A console error, a script that fails or a request to another host fails the test, whatever it was about.
"""

from __future__ import annotations  # so that a machine without Playwright runs the other tests

import asyncio
import contextlib
import json
import threading
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

if TYPE_CHECKING:
    from conftest import Served
    from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request

FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--no-first-run",
    "--process-per-site",  # the pages of a context share one process, and what it has compiled
)  # fmt: skip
WAIT_MS = 90_000  # a busy machine; an idle one needs a hundredth
TABS = ("play", "walk", "inside", "train", "lab", "sound", "motion")
# what the Train tab keeps in the browser: a run so small that its steps are quick, and without end
TINY_RUN = {
    "data": "glyphs", "start": "scratch", "preset": "fast", "unit": "steps", "budget": 1_000_000,
    "own": {"width": 32, "depth": 1, "heads": 2, "batch_size": 4, "precision": "float32"},
}  # fmt: skip


class Screen:
    """One open page, and what went wrong on it."""

    def __init__(self, page: Page, url: str) -> None:
        self.page, self.host, self.faults = page, urlsplit(url).netloc, []
        self.asked: list[Request] = []  # and not answered to its end
        page.set_default_timeout(WAIT_MS)
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.faults.append(f"script: {error}"))
        page.on("request", self._request)
        for end in ("requestfinished", "requestfailed"):
            page.on(end, self._answered)
        page.goto(url)

    def _console(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.faults.append(f"console: {message.text} ({message.location.get('url')})")

    def _request(self, request: Request) -> None:
        self.asked.append(request)
        parts = urlsplit(request.url)
        if parts.scheme in ("http", "https", "ws", "wss") and parts.netloc != self.host:
            self.faults.append(f"request to another host: {request.url}")

    def _answered(self, request: Request) -> None:
        if request in self.asked:
            self.asked.remove(request)

    def reload(self) -> None:
        """Once nothing is asked of the server any more: what is cut off is a fault, told in the console."""
        calm = 0
        while calm < 5:  # one question may follow from another's answer
            self.page.wait_for_timeout(60)
            calm = 0 if any("/heartbeat/" not in one.url for one in self.asked) else calm + 1
        self.page.reload()

    def ask(self, script: str, value: object = None) -> object:
        return self.page.evaluate(script, value)

    def until(self, script: str, value: object = None) -> None:
        """Wait for a JavaScript function to return something true."""
        self.page.wait_for_function(script, arg=value)

    def data(self, selector: str, key: str) -> str | None:
        return self.page.locator(selector).get_attribute(f"data-{key}")

    def until_data(self, selector: str, key: str, test: str, value: object = None) -> str:
        """Wait until `test`, a JavaScript expression in x and value, holds for a data attribute."""
        script = (
            "([s, k, value]) => { const x = document.querySelector(s)?.dataset[k];"
            f" return x !== undefined && ({test}) }}"
        )
        self.until(script, [selector, key, value])
        return self.data(selector, key) or ""

    def ready(self) -> None:
        """The page has opened, and what is in its tab is there."""
        self.until(
            "() => window.tgan?.state && !document.querySelector('html.opening, body.waiting')"
        )
        if self.ask("() => tgan.tab === 'play' && !tgan.showing"):
            self.until_data("#play-canvas canvas", "drawn", "x")
            self.until_data("#contact-canvas canvas", "drawn", "x")
        self.until("() => tgan.me !== null")

    def state(self) -> dict:
        state = self.ask("() => tgan.state")
        assert isinstance(state, dict)
        return state

    def until_state(self, key: str, value: object) -> None:
        self.until("([k, v]) => tgan.state?.[k] === v", [key, value])

    def open_tab(self, name: str) -> None:
        self.ask("(name) => tgan.openTab(name)", name)
        self.until("(name) => tgan.tab === name", name)
        self.page.locator(f"#tab-{name}").wait_for()

    @contextlib.contextmanager
    def training(self) -> Iterator[None]:
        """A run of what Train shows, begun by its button and stopped at the end."""
        self.page.locator("#train-start").click()
        try:
            yield
        finally:
            self.page.locator("#train-stop").click()
        self.until_data("#train-canvas", "state", "x === 'stopped'")

    def open_edit(self, section: str = "directions") -> None:
        """Unfold Edit, below Play's picture, at one of its sections."""
        self.page.locator("#edit-part > button").click()
        self.page.locator(f"#edit-{section}-button").click()

    def colours(self, selector: str) -> int:
        """Different colours on a canvas: 1 for an empty one."""
        count = self.ask(
            """(s) => { const c = document.querySelector(s);
            const d = c.getContext('2d').getImageData(0, 0, c.width, c.height).data;
            return new Set(new Uint32Array(d.buffer)).size }""",
            selector,
        )
        assert isinstance(count, int)
        return count

    def pixels(self, selector: str) -> str:
        return str(self.ask("(s) => document.querySelector(s).toDataURL()", selector))


@pytest.fixture(scope="session")
def browser(chromium: str) -> Iterator[Browser]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=list(FLAGS))
        yield browser
        browser.close()


@pytest.fixture(autouse=True)
def loop_of_playwright(request: pytest.FixtureRequest) -> Iterator[None]:
    """While a browser is open its loop runs in this thread; a test that opens no page may run another."""
    loop = asyncio._get_running_loop()
    if "browser" not in request.fixturenames:
        asyncio._set_running_loop(None)
    yield
    asyncio._set_running_loop(loop or asyncio._get_running_loop())


@pytest.fixture(scope="session")
def shared(browser: Browser) -> Page:
    """A page that stays open; its context is the one that keeps scripts."""
    page = browser.new_context().new_page()
    page.set_default_timeout(WAIT_MS)
    return page


Open = Callable[..., Screen]


@pytest.fixture
def open_page(
    browser: Browser, shared: Page, served: Served, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Open]:
    """Opens the page at a query, by default as a browser that was never here."""
    from tgan_demo.engine.game import trainer

    step = trainer.train_step

    def rested(*args: Any, **more: Any) -> Any:
        """A run without end would take all of a core from the page that looks at it."""
        if threading.current_thread().name == "training":
            time.sleep(0.02)
        return step(*args, **more)

    monkeypatch.setattr(trainer, "train_step", rested)
    assert served.is_idle(), "an earlier test left a run that trains"
    with opening(browser, shared, served.url) as open_:
        yield open_


@contextlib.contextmanager
def opening(browser: Browser, shared: Page, url: str) -> Iterator[Open]:
    """open_(query) opens the page of this server; what went wrong on any fails at the end."""
    screens: list[Screen] = []
    contexts: list[BrowserContext] = []
    shared.context.clear_cookies()
    shared.goto(url + "favicon.ico")  # so that its process, and what it compiled, stays
    shared.evaluate("() => localStorage.clear()")

    def new_page(options: dict) -> Page:
        if screens or not set(options) <= {"viewport", "color_scheme", "reduced_motion"}:
            contexts.append(browser.new_context(**options))
            return contexts[-1].new_page()
        page = shared.context.new_page()
        page.set_viewport_size(options.pop("viewport"))
        page.emulate_media(**options)
        return page

    def open_(
        query: str = "",
        *,
        keep: dict | None = None,
        script: str = "",
        wait: bool = True,
        **options: object,
    ) -> Screen:
        page = new_page({"viewport": {"width": 1280, "height": 860}} | options)
        if script:  # runs before the page's own
            page.add_init_script(script)
        for key, value in (keep or {}).items():  # once: what the page keeps itself stays
            name, text = json.dumps("tgan." + key), json.dumps(json.dumps(value))
            page.add_init_script(
                f"if (localStorage.getItem({name}) === null) localStorage.setItem({name}, {text})"
            )
        screen = Screen(page, url + query)
        screens.append(screen)
        if wait:
            screen.ready()
        return screen

    yield open_
    shared.evaluate("() => 0")  # whatever was said before has arrived
    faults = [fault for screen in screens for fault in screen.faults]
    for context in contexts:
        context.close()
    for (
        page
    ) in shared.context.pages:  # their process goes on: it may say that a request was cut off
        if page is not shared:
            page.close()
    assert not faults, faults
