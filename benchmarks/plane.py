"""How long a point of the plane takes: what the server does for one picture while the pointer moves.

    python benchmarks/plane.py [--points 20] [--only image/digits,image/faces]

Every bundled model, between four corners and on the map of a thousand seeds, through the function that the page
calls. Wall is what a visitor waits without the network; core is this thread's time on a core, which other
programs here do not change much. Also how long the map takes, once. Prints a table and a last line of JSON.
"""

import argparse
import json
import statistics
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tgan_demo.config import SampleConfig
from tgan_demo.studio import Studio
from tgan_demo.ui.controls import state_of
from tgan_demo.ui.page import Page
from tgan_demo.ui.panels.play.edit import plane as section


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--points", type=int, default=20)
    parser.add_argument("--only", default="")
    args = parser.parse_args()
    studio = Studio(Path(tempfile.mkdtemp()))
    page, found = Page(studio), {}
    for info in studio.models():
        if args.only and info.id not in args.only.split(","):
            continue
        state = state_of(info.id, SampleConfig(seed=42, temperature=info.temperature))
        corners = [state | {"seed": seed} for seed in (42, 43, 44, 45)]
        row: dict[str, float] = {}
        for name, plane in {"corners": {"corners": corners}, "map": {"by": "w"}}.items():
            begun = time.perf_counter()
            ask(page, state, plane, 0.5)
            row[f"{name} first"] = 1000 * (time.perf_counter() - begun)
            took = [timed(page, state, plane, i / args.points) for i in range(args.points)]
            for kind, values in zip(("wall", "core"), zip(*took, strict=True), strict=True):
                row[f"{name} {kind}"] = 1000 * statistics.median(values)
        found[info.id] = {key: round(value, 1) for key, value in row.items()}
        print(f"{info.id:16}", *(f"{key} {value:.0f} ms" for key, value in row.items()), sep="  ")
    print(json.dumps(found))


def timed(page: Page, state: dict, plane: dict, x: float) -> tuple[float, float]:
    wall, core = time.perf_counter(), time.thread_time()
    ask(page, state, plane, x)
    return time.perf_counter() - wall, time.thread_time() - core


def ask(page: Page, state: dict, plane: dict, x: float) -> None:
    call = section.answering(page, section.point)
    answer = call({"state": state, "plane": plane, "at": [x, 0.4]})
    assert "error" not in answer, answer


if __name__ == "__main__":
    main()
