"""Thirty people in a room: how fast the studio draws while all follow one run, and what that costs the run.

    python benchmarks/crowd.py [--viewers 30] [--seconds 40] [--chromium /usr/bin/chromium | --no-browser]

Starts its own server on two cores, trains the default model and measures its speed alone. Then viewers
open the page, each a session that speaks the page's own HTTP: all look at the run once a second, each
draws 16 digits of an own seed every 3 s, and a third of them drag psi at 10 Hz for 2 s in the middle.
A viewer does as the page does and sends the newest value once the last answer is there; a draw's time
begins with the sending. Last, a Chromium that is running already opens the page, alone and among them.

Prints a table and a last line of JSON. The clients and the browser share the machine with the server.
"""

import argparse
import asyncio
import json
import os
import secrets
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import httpx
from page import ROOT, call, free_port, resident_mib, wait_for

MODEL = "image/digits"
DRAW_S, TICK_S = 3.0, 1.0  # between two draws of a viewer, two looks at the run
DRAG_S, DRAG_HZ = 2.0, 10
PATIENCE_S = 10.0  # an answer that takes longer counts as a time-out
ALONE_S = 20.0  # for which the run's speed is measured without viewers, before and after
OPENED = 3  # page loads in Chromium, of which the median counts


class Page:
    """Which of the page's events draws, ticks and opens, and what they take; read from its config."""

    def __init__(self, config: dict) -> None:
        self.parts = {part["id"]: part for part in config["components"]}
        self.names = {part["props"].get("elem_id"): key for key, part in self.parts.items()}
        timers = [key for key, part in self.parts.items() if part["type"] == "timer"]
        self.draw = self.find(self.names["seed"], "change", self.names["play-canvas"], config)
        self.tick = self.find(timers[0], "tick", self.names["train-live"], config)
        self.load = self.find(None, "load", self.names["bridge"], config)

    @staticmethod
    def find(source: int | None, name: str, output: int, config: dict) -> dict:
        """The event of that name, of `source` where it is given, that sets `output`."""
        for event in config["dependencies"]:
            targets = [id for id, kind in event["targets"] if kind == name]
            if output in event["outputs"] and targets and (source is None or source in targets):
                return event
        raise RuntimeError(f"the page has no {name} that sets {output}")

    def values(self, event: dict, **shown: object) -> list[object]:
        """What the event takes: of each input what `shown` says by its elem_id, else its default."""
        named = {key.replace("_", "-"): value for key, value in shown.items()}
        props = [self.parts[key]["props"] for key in event["inputs"]]
        return [named.get(prop.get("elem_id"), prop.get("value")) for prop in props]


class Viewer:
    """One browser: a session that is opened, draws, drags and looks."""

    def __init__(self, client: httpx.AsyncClient, page: Page, seed: int, figures: dict) -> None:
        self.client, self.page, self.seed, self.figures = client, page, seed, figures
        self.session = secrets.token_hex(6)
        self.busy = asyncio.Lock()  # a browser has one draw on its way

    async def ask(self, event: dict, values: list[object], kind: str) -> None:
        body = {"data": values, "fn_index": event["id"], "session_hash": self.session}
        begun = time.perf_counter()
        try:
            answer = await self.client.post("/gradio_api/run/predict", json=body)
        except httpx.TimeoutException:
            self.figures["time_outs"].append(kind)
            return
        except httpx.TransportError as error:
            self.figures["errors"].append(f"{kind}: {error!r}")
            return
        self.figures[kind].append(1000 * (time.perf_counter() - begun))
        self.figures["bytes"].append(len(answer.content))
        if answer.status_code != 200:
            self.figures["errors"].append(f"{kind}: {answer.text[:200]}")

    async def draw(self, psi: float = 1.0) -> None:
        async with self.busy:
            values = self.page.values(self.page.draw, seed=self.seed, psi=psi, model_id=MODEL)
            await self.ask(self.page.draw, values, "draw")

    async def drag(self) -> None:
        """psi at 10 Hz; of the values that come while an answer is on its way the newest is sent."""
        waiting: asyncio.Task | None = None
        for i in range(int(DRAG_S * DRAG_HZ)):
            if waiting is None or waiting.done():
                waiting = asyncio.create_task(self.draw(0.5 + 0.013 * i))
            await asyncio.sleep(1 / DRAG_HZ)
        if waiting is not None:
            await waiting

    async def look(self, until: float) -> None:
        while time.monotonic() < until:
            due = time.monotonic() + TICK_S
            values = self.page.values(self.page.tick, tab_id="train", model_id=MODEL)
            await self.ask(self.page.tick, values, "look")
            await asyncio.sleep(max(0.0, due - time.monotonic()))

    async def stay(self, visitor: str, seconds: float, wait: float, *, drags: bool) -> None:
        await asyncio.sleep(wait * DRAW_S)  # they do not all press at once
        boot = json.dumps({"me": visitor, "model": MODEL, "seed": str(self.seed)})
        await self.ask(self.page.load, [boot], "open")
        begun = time.monotonic()
        looking = asyncio.create_task(self.look(begun + seconds))
        middle = begun + seconds / 2 - wait * DRAW_S  # all drag at the same time
        while time.monotonic() < begun + seconds:
            due = time.monotonic() + DRAW_S
            self.seed += 1000
            await self.draw()
            if drags and time.monotonic() >= middle:
                drags = False
                await self.drag()
            await asyncio.sleep(max(0.0, due - time.monotonic()))
        await looking


async def crowd(url: str, visitor: str, viewers: int, seconds: float) -> dict[str, list]:
    figures = {key: [] for key in ("open", "draw", "look", "bytes", "errors", "time_outs")}
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=None)
    async with httpx.AsyncClient(base_url=url, timeout=PATIENCE_S, limits=limits) as client:
        page = Page((await client.get("/config")).json())
        stays = [
            Viewer(client, page, 10_000 * i, figures).stay(
                visitor, seconds, i / viewers, drags=i % 3 == 0
            )
            for i in range(viewers)
        ]
        await asyncio.gather(*stays)
    return figures


class Run:
    """The run that all follow."""

    def __init__(self, url: str) -> None:
        settings = {"data": "faces", "preset": "relativistic + R1 + R2"}
        settings |= {"budget": 1_000_000, "unit": "images"}  # longer than this takes
        started = call(url, "train_start", settings)
        self.url, self.key = url, {"run": started["run"], "visitor": started["visitor"]}
        while self.seen() < 640:  # past the slow first steps and the measuring of the speed
            time.sleep(0.5)

    def seen(self) -> int:
        return call(self.url, "train_status", self.key)["nimg"]

    def rate(self, during: Callable[[], object]) -> float:
        """Images a second while `during()` goes on."""
        first, begun = self.seen(), time.monotonic()
        during()
        return (self.seen() - first) / (time.monotonic() - begun)


def opening(url: str, chromium: str) -> float:
    """Seconds from navigation to the first sheet, median, in a browser that runs already."""
    command = [sys.executable, __file__, "--opening", url, "--chromium", chromium]
    return float(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def open_pages(url: str, chromium: str) -> float:
    from playwright.sync_api import sync_playwright

    flags = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync"]
    times = []
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium, args=flags)
        browser.new_page().goto("about:blank")
        for _ in range(OPENED):
            page = browser.new_context(viewport={"width": 1280, "height": 800}).new_page()
            begun = time.perf_counter()
            page.goto(url, wait_until="commit")
            page.wait_for_selector("#play-canvas canvas[data-drawn]", state="attached")
            times.append(time.perf_counter() - begun)
            page.context.close()
            time.sleep(2)
        browser.close()
    return statistics.median(times)


def processor_s(pid: int) -> float:
    """Processor time of a process so far; Linux only."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def quantile(times: list[float], share: float) -> float:
    return sorted(times)[min(len(times) - 1, int(share * len(times)))] if times else 0.0


def measure(url: str, pid: int, args: argparse.Namespace) -> dict[str, object]:
    result: dict[str, object] = {}

    def note(**values: float) -> None:
        for name, value in values.items():
            result[name] = round(value, 2)
            print(f"{name:28} {value:10.2f}", flush=True)

    with_browser = not args.no_browser
    if with_browser:
        note(s_open_alone=opening(url, args.chromium))
    run = Run(url)
    alone = [run.rate(lambda: time.sleep(ALONE_S))]
    figures: dict[str, list] = {}
    begun, spent = time.monotonic(), processor_s(pid)
    among = run.rate(
        lambda: figures.update(
            asyncio.run(crowd(url, run.key["visitor"], args.viewers, args.seconds))
        )
    )
    cores = (processor_s(pid) - spent) / (time.monotonic() - begun)
    for kind in ("draw", "look", "open"):
        shares = {"p50": 0.5, "p95": 0.95, "p99": 0.99}
        note(**{f"ms_{kind}_{name}": quantile(figures[kind], s) for name, s in shares.items()})
    note(draws=len(figures["draw"]), looks=len(figures["look"]))
    note(errors=len(figures["errors"]), time_outs=len(figures["time_outs"]))
    note(mib_sent=sum(figures["bytes"]) / 2**20, cores_of_server=cores)
    if with_browser:
        command = [sys.executable, __file__, "--crowd", url, run.key["visitor"]]
        room = subprocess.Popen([*command, "--seconds", "25", "--viewers", str(args.viewers)])
        time.sleep(2 * DRAW_S)
        note(s_open_among=opening(url, args.chromium))
        room.wait()
    time.sleep(3)
    alone.append(run.rate(lambda: time.sleep(ALONE_S)))
    note(images_per_s_alone=statistics.mean(alone), images_per_s_among=among)
    note(percent_kept=100 * among / statistics.mean(alone), mib_resident=resident_mib(pid))
    for error in figures["errors"][:5]:
        print(error)
    return result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--viewers", type=int, default=30)
    parser.add_argument("--seconds", type=float, default=40.0)
    parser.add_argument("--chromium", default="/usr/bin/chromium")
    parser.add_argument("--no-browser", action="store_true")
    parser.add_argument("--opening", help=argparse.SUPPRESS)
    parser.add_argument("--crowd", nargs=2, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.opening:
        print(open_pages(args.opening, args.chromium))
        return
    if args.crowd:
        url, visitor = args.crowd
        asyncio.run(crowd(url, visitor, args.viewers, args.seconds))
        return
    with tempfile.TemporaryDirectory() as folder:
        port = free_port()
        url = f"http://127.0.0.1:{port}"
        command = [sys.executable, "app.py", "--port", str(port), "--data-dir", folder]
        cores = sorted(os.sched_getaffinity(0))[:2]  # whatever the machine has
        with open(Path(folder) / "log", "w") as log:
            server = subprocess.Popen(
                command,
                cwd=ROOT,
                env={**os.environ, "CPU_CORES": "2"},
                preexec_fn=lambda: os.sched_setaffinity(0, cores),
                stdout=subprocess.DEVNULL,
                stderr=log,
            )
        try:
            wait_for(url)
            time.sleep(12)  # its warm-up
            print(json.dumps(measure(url, server.pid, args)))
        finally:
            server.terminate()
            server.wait(30)


if __name__ == "__main__":
    main()
