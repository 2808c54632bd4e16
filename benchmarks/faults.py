"""Faults done to the studio for real, and what is left: kills, a full disk, clocks, cut connections, restarts.

    python benchmarks/faults.py [--kills 40] [--starts 40] [--no-server]

One line for each fault, with how often it was tried and how often something was lost; one last line of
JSON. The full disk wants Linux and the right to mount a small one, and is left out elsewhere.
"""
# ruff: noqa: E402

import argparse
import contextlib
import http.client
import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import numpy as np
import torch

from tgan_demo.config import ModelConfig, TrainConfig
from tgan_demo.contract import Dataset
from tgan_demo.engine.game.state import new_state
from tgan_demo.errors import TganError
from tgan_demo.files.disk import is_disk, size
from tgan_demo.modalities import registry
from tgan_demo.models.folder import load_model
from tgan_demo.people.quota import Quota
from tgan_demo.people.store import Store
from tgan_demo.runs import checkpoint
from tgan_demo.runs.queue import Jobs
from tgan_demo.runs.request import RunRequest

TINY = {"width": 32, "depth": 1, "heads": 2, "z_dim": 8}
QUICK = {"batch_size": 4, "precision": "float32"}
LONG = 1_000_000
Found = dict[str, int]


class Place:
    """A data directory with a visitor, a data set of noise, and toy runs."""

    def __init__(self, home: Path) -> None:
        self.store = Store(home)
        self.visitor = self.store.new_visitor()
        self.data = self.store.add_dataset(self.visitor, noise())
        self.jobs = self.open()

    def open(self) -> Jobs:
        def load(model: str, visitor: str):
            return load_model(self.store.model_folder(visitor, model))

        return Jobs(self.store, load, save_s=0.3, watch_s=0.2)

    def start(self, images: float = LONG) -> str:
        request = RunRequest(
            title="noise", data=self.data, budget=images, unit="images",
            model_settings=dict(TINY), train_settings=dict(QUICK),
        )  # fmt: skip
        return self.jobs.start(self.visitor, request)

    def until(self, run: str, test: Callable[[dict], object], limit_s: float = 120) -> dict:
        end = time.monotonic() + limit_s
        while not test(status := self.jobs.status(self.visitor, run)):
            if time.monotonic() > end:
                raise TimeoutError(f"{status['state']}: {status['message']}")
            time.sleep(0.02)
        return status


def noise(count: int = 64, side: int = 8) -> Dataset:
    items = np.random.default_rng(0).integers(0, 256, (count, side, side, 1), dtype=np.uint8)
    return Dataset("noise", items, modality="image")


def killed_while_saving(home: Path, times: int) -> Found:
    """A process that does nothing but save is killed at any moment; the file must be a whole one."""
    model = ModelConfig(shape=(1, 8, 8), **TINY)
    state = new_state(model, TrainConfig(**QUICK), registry.tokenizer("image"))
    checkpoint.save_state(state, home)
    lost, last = 0, 0
    for _ in range(times):
        child = os.fork()
        if not child:
            while True:
                state.step += 1
                checkpoint.save_state(state, home)
        time.sleep(random.uniform(0.01, 0.15))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        try:
            state = checkpoint.load_state(home)
            lost += state.step < last
            last = state.step
        except TganError:
            lost += 1
    return {"tried": times, "lost": lost, "saves": last}


def clock_set_back(home: Path) -> Found:
    """A day back, then two forward, while a run goes on and things are kept."""
    place, real, lost = Place(home), time.time, 0
    run = place.start()
    seen = place.until(run, lambda s: s["step"] > 5)
    for days in (-1, 1):
        time.time = lambda days=days: real() + 86_400 * days
        try:
            place.store.clean(30)
            kept = place.store.add_dataset(place.visitor, noise())
            lost += kept not in [info.id for info in place.store.datasets(place.visitor)]
            seen = place.until(run, lambda s, n=seen["step"]: s["step"] > n + 5)
            place.jobs.pause(place.visitor, run)
            place.until(run, lambda s: s["state"] == "paused")
            place.jobs.resume(place.visitor, run)
            place.until(run, lambda s: s["state"] == "running")
        finally:
            time.time = real
    place.jobs.stop(place.visitor, run)
    lost += place.until(run, lambda s: s["state"] == "stopped")["model_id"] is None
    place.jobs.close()
    return {"tried": 2, "lost": lost}


def starts_and_stops(home: Path, times: int) -> Found:
    """Opened, gone on with and closed again; threads and open files are counted."""
    place = Place(home)
    run, step, lost = place.start(), 0, 0
    counts = []
    for _ in range(times):
        place.until(run, lambda s, n=step: s["state"] == "running" and s["step"] > n)
        place.jobs.close()
        place.jobs = place.open()
        status = place.jobs.status(place.visitor, run)
        saved = checkpoint.load_state(place.store.folder(place.visitor, run) / "state").step
        lost += status["state"] != "interrupted" or status["step"] < step or saved != status["step"]
        step = status["step"]
        counts.append((threading.active_count(), open_files()))
        place.jobs.resume(place.visitor, run)
    place.jobs.close()
    grown = [last - first for first, last in zip(counts[1], counts[-1], strict=True)]
    return {"tried": times, "lost": lost, "threads_more": grown[0], "files_more": grown[1]}


def open_files() -> int:
    return len(os.listdir("/proc/self/fd")) if os.path.isdir("/proc/self/fd") else 0


def disk_full(home: Path) -> Found | None:
    """Every kind of write on a disk without room; afterwards, with room, the same again."""
    home.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=24m", "none", str(home)]
    if sys.platform != "linux" or subprocess.run(mount, stderr=subprocess.DEVNULL).returncode:
        return None
    require, Quota.require = (
        Quota.require,
        lambda *_: None,
    )  # else it is refused before it is written
    try:
        return _disk_full(home)
    finally:
        Quota.require = require
        subprocess.run(["umount", "-l", str(home)], check=False)


def _disk_full(home: Path) -> Found:
    place = Place(home)
    store, visitor = place.store, place.visitor
    first = place.start(40)
    model = place.until(first, lambda s: s["state"] == "done")["model_id"]
    packed = shutil.copy(store.export_model(visitor, model), home.parent / "model.zip")
    going = place.start()
    place.until(going, lambda s: s["step"] > 5)
    writes = {
        "a data set": lambda: store.add_dataset(visitor, noise(4000, 16)),
        "a model": lambda: store.import_model(visitor, Path(packed)),
        "a download": lambda: store.export_model(visitor, model),
        "a new name": lambda: store.rename(visitor, model, "another"),
        "a run": lambda: place.jobs.delete(visitor, place.start(40)),
        "a visitor": lambda: store.used_bytes(store.new_visitor()),
    }
    lost = 0
    for name, write in writes.items():
        before, known = size(home / "visitors" / visitor / "models"), len(store.models(visitor))
        with filled(home):
            try:
                write()
            except Exception as error:
                if not isinstance(error, TganError) and not is_disk(error):
                    lost += 1
                    print(f"  {name}: {error!r}")
        lost += len(store.models(visitor)) not in (known, known + 1)
        lost += size(home / "visitors" / visitor / "models") < before
        write()
        lost += bool(load_model(store.model_folder(visitor, model)).title == "")
    with filled(home):  # a save of the run; it goes on and says so
        told = place.until(going, lambda s: "Not saved" in s["message"])
        place.until(going, lambda s: s["step"] > told["step"] + 5)
    place.until(going, lambda s: "Not saved" not in s["message"])
    with filled(home):  # its model
        place.jobs.stop(visitor, going)
        place.until(going, lambda s: s["state"] == "paused")
    place.jobs.stop(visitor, going)
    lost += place.until(going, lambda s: s["state"] == "stopped")["model_id"] is None
    place.jobs.close()
    halves = [*home.rglob("*.part"), *home.rglob(".*.json.*")]
    return {"tried": len(writes) + 2, "lost": lost, "halves_left": len(halves)}


@contextlib.contextmanager
def filled(home: Path) -> Iterator[None]:
    """No byte is free until the block ends."""
    filler = home / "filler"
    with open(filler, "wb", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(b"\0" * 4096)
    try:
        yield
    finally:
        filler.unlink()


# --- a server


class Server:
    """`python app.py` over a data directory."""

    def __init__(self, home: Path) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        command = [sys.executable, "app.py", "--port", str(self.port), "--data-dir", str(home)]
        self.home, self.url = home, f"http://127.0.0.1:{self.port}"
        self.log = tempfile.TemporaryFile("w+")  # noqa: SIM115  # a pipe that nobody reads fills up
        self.process = subprocess.Popen(command, cwd=ROOT, stderr=self.log)
        self.ask = urllib.request.build_opener(urllib.request.ProxyHandler({})).open
        end = time.monotonic() + 180
        while time.monotonic() < end and self.process.poll() is None:
            with contextlib.suppress(OSError):
                self.ask(self.url, timeout=30).close()
                return
            time.sleep(0.3)
        raise TimeoutError("the server did not start")

    def event(self, name: str, *data: object) -> str:
        """Ask for one; where its stream can be read."""
        body, head = json.dumps({"data": data}).encode(), {"Content-Type": "application/json"}
        at = f"{self.url}/gradio_api/call/{name}"
        with self.ask(urllib.request.Request(at, body, head), timeout=60) as answer:
            return f"{at}/{json.load(answer)['event_id']}"

    def call(self, name: str, *data: object) -> dict:
        with self.ask(self.event(name, *data), timeout=60) as stream:
            lines = stream.read().decode().splitlines()
        if lines[0] != "event: complete":
            raise RuntimeError(f"{name}: {lines}")
        return json.loads(lines[1].removeprefix("data: "))[0]

    def run(self) -> Callable[[], dict]:
        """Start a toy; a function that says how it is."""
        words = ("digits", "scratch", "", LONG, "images", TINY, QUICK, "", "")
        started = self.call("train_start", *words)
        return lambda: self.call("train_status", started["run"], started["visitor"])

    def stop(self) -> str:
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(timeout=90)
        self.log.seek(0)
        return self.log.read()


def serve(home: Path) -> dict[str, Found]:
    server, found = Server(home), {}
    try:
        found["upload cut in the middle"] = uploads_cut(server, 20)
        found["stream dropped and taken up"] = streams_dropped(server, 20)
        found["data directory deleted"] = directory_deleted(server)
    finally:
        said = server.stop()
    found["stopped by SIGTERM"] = {"tried": 1, "lost": int(server.process.returncode != 0)}
    found["traces in the log"] = {"tried": 1, "lost": said.count("Traceback")}
    return found


def uploads_cut(server: Server, times: int) -> Found:
    """A file of 5 MB of which half arrives."""
    part = b'--x\r\nContent-Disposition: form-data; name="files"; filename="a.zip"\r\n\r\n'
    head = (
        f"POST /gradio_api/upload HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\n"
        "Content-Type: multipart/form-data; boundary=x\r\nContent-Length: 5000000\r\n\r\n"
    ).encode()
    for _ in range(times):
        with socket.create_connection(("127.0.0.1", server.port)) as line:
            line.sendall(head + part + b"\0" * 2_500_000)
    time.sleep(2)
    server.call("models", "")
    left = sum(path.is_file() for path in server.home.glob("tmp/uploads/**/*"))
    return {"tried": times, "lost": 0, "files_left": left}


CUT = OSError, http.client.HTTPException  # also by the server, which has forgotten the event


def streams_dropped(server: Server, times: int) -> Found:
    """The connection of an answer is cut before it comes; it is asked for again, and then anew."""
    lost = taken_up = 0
    for seed in range(times):
        event = server.event("evaluate", "image/digits", 100, "") if not seed else ""
        event = event or server.event("generate", *_draw(seed, 200))
        with contextlib.suppress(TimeoutError), server.ask(event, timeout=0.02) as stream:
            stream.read(1)
        # a stream without an answer is kept open by a sign of life every 15 s
        with contextlib.suppress(*CUT), server.ask(event, timeout=5) as stream:
            taken_up += b"event: complete" in stream.read()
        lost += server.call("generate", *_draw(seed, 4))["count"] != 4
    return {"tried": times, "lost": lost, "same_answer_later": taken_up}


def _draw(seed: int, count: int) -> tuple[object, ...]:
    """What `generate` takes, all of it."""
    return "image/digits", seed, count, -1, 1.0, 0.0, 0, 1.0, 1.0, 0, ""


def directory_deleted(server: Server) -> Found:
    """A run goes on and is saved again into a directory that is made anew."""
    status, last = server.run(), {}
    while not last.get("step"):
        last = status()
        time.sleep(0.2)
    shutil.rmtree(server.home)
    now, end = status(), time.monotonic() + 120
    while not list(server.home.glob("visitors/*/runs/*/state/*.safetensors")):
        if time.monotonic() > end:
            return {"tried": 1, "lost": 1}
        now = status()
        time.sleep(0.5)
    return {"tried": 1, "lost": int(now["step"] < last["step"] or now["state"] != "running")}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=40)
    parser.add_argument("--starts", type=int, default=40)
    parser.add_argument("--no-server", action="store_true")
    args = parser.parse_args()
    torch.set_num_threads(1)  # a process that forks must have no other
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        found: dict[str, Found | None] = {
            "killed while saving": killed_while_saving(home / "killed", args.kills),
            "clock set back and forth": clock_set_back(home / "clock"),
            "started and stopped": starts_and_stops(home / "starts", args.starts),
            "disk full": disk_full(home / "full"),
        }
        if not args.no_server:
            found |= serve(home / "served")
    for name, values in found.items():
        print(f"{name:30} {values if values is not None else 'left out'}")
    print(json.dumps(found))


if __name__ == "__main__":
    main()
