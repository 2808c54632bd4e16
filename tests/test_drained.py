"""A server that is asked to end: what had begun is answered, the page says so and goes on with the next."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.error import HTTPError

import pytest
from conftest import free_port
from playwright.sync_api import Browser, Page, expect
from test_hosting import ROOT, asked_for, begin, figures, got, until

SERVER = """
import sys, time
from functools import partial
from pathlib import Path

from tgan_demo.data import catalogue
from tgan_demo.engine.draw import sampler
from tgan_demo.studio import Studio
from tgan_demo.ui import serve

catalogue.MAX_MADE = 64
serve.DRAIN_S = 60.0  # on a busy machine a test looks slowly
def trains(*values, **named):
    studio = Studio(*values, **named)
    if Path(sys.argv[2] + ".lab").is_file():
        lab = studio.labs.begin("somebody", "ring")
        lab.seen_at = float("inf")
        lab.run(True)
        studio.labs.wake()
    return studio
serve.Studio = partial(trains, weights_dir=Path(sys.argv[1]))
draw = sampler.draw
held = Path(sys.argv[2])
def hold(*values):
    if held.is_file():
        held.write_text("drawing")
    while held.is_file():
        time.sleep(0.02)
    return draw(*values)
sampler.draw = hold
sys.exit(serve.main(sys.argv[3:]))
"""


@pytest.fixture
def child(tmp_path: Path, toy_weights: Path) -> Iterator[Callable[..., tuple]]:
    """Starts servers of their own process: (process, address, its log, a file that holds draws)."""
    started = []

    def start(*flags: str, port: int = 0) -> tuple[subprocess.Popen, str, Path, Path]:
        port = port or free_port()
        lock, log, hold = (tmp_path / name for name in ("home/server.lock", "log", "hold"))
        command = [sys.executable, "-c", SERVER, str(toy_weights), str(hold), "--port", str(port)]
        command += ["--data-dir", str(tmp_path / "home"), *flags]
        with log.open("w") as to:
            server = subprocess.Popen(
                command, cwd=ROOT, env=os.environ | {"CPU_CORES": "1"}, stdout=to, stderr=to
            )
        started.append(server)
        url = f"http://127.0.0.1:{port}/"

        def serves() -> bool:
            assert server.poll() is None, log.read_text()
            return (
                lock.is_file() and str(server.pid) in lock.read_text() and "url" in lock.read_text()
            )

        until(serves)
        return server, url, log, hold

    yield start
    for server in started:
        server.kill()
        server.wait()


def test_what_had_begun_is_answered_and_the_rest_refused(child: Callable[..., tuple]) -> None:
    server, url, log, hold = child("--log-json")
    hold.touch()
    asking, answer = asked_for(url, begin(url, "generate", model="image/digits", seed=5))
    until(hold.read_text)
    server.send_signal(signal.SIGTERM)
    until(lambda: got(url, "health")[0] == 503)
    with pytest.raises(HTTPError, match="503"):
        begin(url, "generate", model="image/digits", seed=6)
    assert server.poll() is None and not answer
    hold.unlink()
    asking.join(30)
    assert (
        answer[0] == "event: complete"
        and json.loads(answer[1].removeprefix("data: "))[0]["count"] == 16
    )
    begun = time.monotonic()
    assert server.wait(20) == 0 and time.monotonic() - begun < 8
    lines = [json.loads(line) for line in log.read_text().splitlines()]  # all of them
    told = [line["message"] for line in lines]
    assert f"serving at {url}" in told and any(one.startswith("stopping;") for one in told)
    assert {"time", "level", "logger", "message"} <= set(lines[0])


def test_a_lab_that_trains_is_ended_with_its_server(
    child: Callable[..., tuple], tmp_path: Path
) -> None:
    """A thread that is within torch when Python ends takes the process down with an abort, 6 for 0."""
    (tmp_path / "hold.lab").touch()
    server, _, log, _ = child()
    server.send_signal(signal.SIGTERM)
    assert server.wait(60) == 0, log.read_text()


@pytest.mark.ui
def test_a_page_says_that_its_server_stops_and_goes_on_with_the_next(
    child: Callable[..., tuple], browser: Browser
) -> None:
    server, url, _, hold = child("--metrics")
    pages: list[tuple[Page, str, str]] = []
    for lang, stops, lost in (
        ("en", "is stopping", "Reconnecting"),
        ("zh", "即将停止", "正在重新连接"),
    ):
        page = browser.new_context().new_page()
        page.set_default_timeout(60_000)
        page.goto(f"{url}?lang={lang}")
        page.wait_for_function("() => window.tgan?.me")
        pages.append((page, stops, lost))
    until(lambda: figures(url)["tgan_visitors", ""] == 2)
    drawn = [-1.0]

    def rests() -> bool:
        """No page draws any more; a pending draw would keep the next one from being asked for."""
        drawn.append(figures(url)["tgan_draws_total", ""])
        time.sleep(0.2)
        return len(set(drawn[-8:])) == 1

    until(rests)
    assert not any(page.locator("#tg-away").count() for page, _, _ in pages)
    hold.touch()
    asking, _ = asked_for(url, begin(url, "generate", seed=9))
    until(hold.read_text)
    server.send_signal(signal.SIGTERM)
    until(lambda: got(url, "health")[0] == 503)
    for page, stops, _ in pages:
        page.evaluate("tgan.dice()")
        expect(page.locator("#tg-away")).to_contain_text(stops, timeout=20_000)
    hold.unlink()
    asking.join(30)
    assert server.wait(20) == 0
    for page, _, lost in pages:
        expect(page.locator("#tg-away")).to_contain_text(lost, timeout=20_000)
    child(port=int(url.rstrip("/").rsplit(":", 1)[1]))
    for page, _, _ in pages:
        page.wait_for_function("() => !document.getElementById('tg-away') && window.tgan?.me")
    for page, _, _ in pages:
        page.context.close()
