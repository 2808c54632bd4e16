"""How fast the studio answers: first picture, HTTP interface, a slider in the browser, memory, a run's cost.

Run: python benchmarks/page.py [--chromium /usr/bin/chromium]. Starts its own server on bundled weights,
trains once with nobody watching and once watched by a page, prints a table and a last line of JSON.
Times are medians; on a shared machine they wander by half.
"""

import argparse
import json
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

ROOT = Path(__file__).parent.parent
SLIDE = """async from => {
  const canvas = document.querySelector('#play-canvas canvas');
  const slider = document.querySelector('#psi input[type=range]');
  const set = Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value').set;
  const times = [];
  for (let i = 0; i < 16; i++) {
    const before = canvas.dataset.drawn, begun = performance.now();
    set.call(slider, String(from + 0.05 * i));
    slider.dispatchEvent(new Event('input', {bubbles: true}));
    while (canvas.dataset.drawn === before && performance.now() - begun < 5000)
      await new Promise(done => setTimeout(done, 4));
    times.push(performance.now() - begun);
    await new Promise(done => setTimeout(done, 120));
  }
  return times;
}"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--chromium", default="/usr/bin/chromium")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        port = free_port()
        begun = time.monotonic()
        command = [sys.executable, "app.py", "--port", str(port), "--data-dir", folder]
        server = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL)
        try:
            print(json.dumps(measure(f"http://127.0.0.1:{port}", server.pid, begun, args.chromium)))
        finally:
            server.terminate()
            server.wait(20)


def measure(url: str, pid: int, begun: float, chromium: str) -> dict:
    from playwright.sync_api import sync_playwright

    result: dict[str, float] = {}

    def note(name: str, value: float) -> None:
        result[name] = round(value, 1)
        print(f"{name:34} {value:10.1f}", flush=True)

    flags = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync"]
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium, args=flags)
        wait_for(url)
        note("s_until_server_answers", time.monotonic() - begun)
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        page.goto(url)
        page.wait_for_selector("#play-canvas canvas[data-drawn]", state="attached", timeout=60_000)
        note("s_until_first_picture", time.monotonic() - begun)
        time.sleep(12)  # the server's warm-up
        note("ms_http_16_samples", median_ms(url, 16))
        note("ms_http_64_samples", median_ms(url, 64))
        note("ms_slider_to_picture", statistics.median(page.evaluate(SLIDE, 0.5)))
        page.goto("about:blank")
        alone = train(url, seconds=45)
        note("images_per_s_unwatched", alone["rate"])
        page.goto(url + f"?me={alone['visitor']}&tab=train")
        watched = train(url, seconds=45, visitor=alone["visitor"], during=lambda: time.sleep(10))
        note("images_per_s_watched", watched["rate"])
        note("percent_lost_to_watching", 100 * (1 - watched["rate"] / alone["rate"]))
        page.goto(url)
        page.wait_for_selector("#play-canvas canvas[data-drawn]", state="attached", timeout=60_000)

        def while_training() -> None:
            # other seeds and psi than before: those pictures are kept
            note("ms_http_16_samples_while_training", median_ms(url, 16, first=100))
            note("ms_slider_while_training", statistics.median(page.evaluate(SLIDE, 0.52)))
            note("mib_resident_while_training", resident_mib(pid))

        train(url, seconds=30, during=while_training)
        browser.close()
    return result


def train(url: str, *, seconds: float, visitor: str = "", during=lambda: None) -> dict:
    """One run of the default size; its images a second from the curve's ends."""
    settings = {"data": "faces", "preset": "relativistic + R1 + R2", "budget": seconds}
    started = call(url, "train_start", settings | ({"visitor": visitor} if visitor else {}))
    key = {"run": started["run"], "visitor": started["visitor"]}
    while call(url, "train_status", key)["state"] in ("queued", "preparing"):
        time.sleep(0.2)
    time.sleep(12)  # past the measuring of the budget
    first, begun = call(url, "train_status", key)["nimg"], time.monotonic()
    during()
    time.sleep(15)
    last, ended = call(url, "train_status", key)["nimg"], time.monotonic()
    call(url, "train_stop", key)
    while call(url, "train_status", key)["state"] in ("running", "paused"):
        time.sleep(0.2)
    return {"rate": (last - first) / (ended - begun), "visitor": started["visitor"]}


def median_ms(url: str, count: int, *, first: int = 0) -> float:
    times = []
    for seed in range(first, first + 12):
        begun = time.perf_counter()
        call(url, "generate", {"seed": seed, "count": count})
        times.append(1000 * (time.perf_counter() - begun))
    return statistics.median(times)


def call(url: str, name: str, values: dict) -> dict:
    """One endpoint through Gradio's queue: post, then read the event stream."""
    head = {"Content-Type": "application/json"}
    body = json.dumps(values).encode()
    # named values go to the v2 form of the call route
    asked = urllib.request.Request(f"{url}/gradio_api/call/v2/{name}", body, head)
    with urllib.request.urlopen(asked, timeout=60) as answer:
        event = json.load(answer)["event_id"]
    with urllib.request.urlopen(f"{url}/gradio_api/call/{name}/{event}", timeout=60) as stream:
        kind = ""
        for raw in stream:
            line = raw.decode().strip()
            if line.startswith("event:"):
                kind = line[6:].strip()
            elif line.startswith("data:") and kind in ("complete", "error"):
                if kind == "error":
                    raise RuntimeError(f"{name}: {line[5:]}")
                return json.loads(line[5:])[0]
    raise RuntimeError(f"{name} gave no answer")


def wait_for(url: str) -> None:
    for _ in range(1800):
        try:
            urllib.request.urlopen(url, timeout=5).close()
            return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError("the server did not start")


def resident_mib(pid: int) -> float:
    """Linux only; elsewhere 0."""
    status = Path(f"/proc/{pid}/status")
    text = status.read_text() if status.exists() else ""
    return next((int(x.split()[1]) / 1024 for x in text.splitlines() if x.startswith("VmRSS")), 0.0)


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


if __name__ == "__main__":
    main()
