"""What the server holds: after every model was seen, after many pages were opened, after a run.

    python benchmarks/memory.py [--pages 300]

Prints resident memory, threads, open files and temporary files after each, and a last line of JSON. Pages
are sessions that open by the page's own HTTP and draw; see crowd.py.
"""

import argparse
import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import httpx
from crowd import Page, Viewer
from page import ROOT, call, free_port, resident_mib, wait_for

SETTLED_S = 65  # the server gives memory back once a minute


def held(pid: int, folder: Path) -> dict[str, float]:
    time.sleep(SETTLED_S)
    return {
        "mib": round(resident_mib(pid)),
        "threads": len(os.listdir(f"/proc/{pid}/task")),
        "open_files": len(os.listdir(f"/proc/{pid}/fd")),
        "temporary_files": sum(path.is_file() for path in folder.glob("**/*")),
    }


async def visit(url: str, pages: int, models: list[str]) -> None:
    figures = {key: [] for key in ("open", "draw", "look", "bytes", "errors", "time_outs")}
    async with httpx.AsyncClient(base_url=url, timeout=120) as client:
        page = Page((await client.get("/config")).json())
        for number in range(pages):
            await client.get("/")
            viewer = Viewer(client, page, number, figures)
            boot = {"model": models[number % len(models)], "seed": str(number)}
            await viewer.ask(page.load, [json.dumps(boot)], "open")
    if figures["errors"] or figures["time_outs"]:
        raise RuntimeError(f"{figures['errors'][:3]} {len(figures['time_outs'])} time-outs")


def train(url: str, seconds: float) -> None:
    asked = {"data": "faces", "preset": "relativistic + R1 + R2", "budget": seconds}
    run = call(url, "train_start", asked)
    while call(url, "train_status", run)["state"] not in ("done", "stopped", "failed"):
        time.sleep(1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=int, default=300)
    args = parser.parse_args()
    result: dict[str, dict[str, float]] = {}
    with tempfile.TemporaryDirectory() as folder:
        port, home = free_port(), Path(folder)
        (home / "tmp").mkdir()
        url = f"http://127.0.0.1:{port}"
        command = [sys.executable, "app.py", "--port", str(port), "--data-dir", str(home / "data")]
        env = {**os.environ, "TMPDIR": str(home / "tmp")}
        server = subprocess.Popen(
            command, cwd=ROOT, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )

        def note(name: str) -> None:
            result[name] = held(server.pid, home / "tmp")
            print(f"{name:24} {result[name]}", flush=True)

        try:
            wait_for(url)
            note("started")
            models = [model["id"] for model in call(url, "models", {})]
            asyncio.run(visit(url, 2 * len(models), models))
            note("all models seen")
            for name in ("once", "twice"):
                asyncio.run(visit(url, args.pages, models[:1]))
                note(f"{args.pages} pages {name}")
            train(url, 60)
            note("a run ended")
            print(json.dumps(result))
        finally:
            server.terminate()
            server.wait(30)


if __name__ == "__main__":
    main()
