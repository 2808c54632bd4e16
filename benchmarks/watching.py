"""What watching costs a run, on the server: samples every 2 s, curves every second, no browser.

Run: python benchmarks/watching.py [--seconds 20] [--rounds 3]. Trains the default model in this
process, by turns with nobody looking and with a viewer, and compares the processor time an image costs:
unlike images a second it does not depend on what else this machine is doing. The browser's own work,
which page.py has on the same cores, is not in it.
"""

import argparse
import json
import statistics
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tgan_demo.people.store import Store
from tgan_demo.runs.queue import Jobs
from tgan_demo.runs.request import RunRequest

NEVER = 1e9  # seconds between two looks


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--rounds", type=int, default=3)
    args = parser.parse_args()
    costs: dict[bool, list[float]] = {False: [], True: []}
    for _ in range(args.rounds):
        for watched in (False, True):
            costs[watched].append(cost(args.seconds, watched=watched))
            print(
                f"{'watched' if watched else 'alone':8} {costs[watched][-1]:7.2f} ms of processor an image"
            )
    alone, watched_ms = (statistics.median(costs[key]) for key in (False, True))
    result = {
        "ms_alone": round(alone, 3),
        "ms_watched": round(watched_ms, 3),
        "percent_lost_to_watching": round(100 * (1 - alone / watched_ms), 1),
        "rounds": args.rounds,
    }
    print(json.dumps(result))


def cost(seconds: float, *, watched: bool) -> float:
    """Milliseconds of processor time an image takes, over `seconds` in the middle of a run."""
    with tempfile.TemporaryDirectory() as folder:
        store = Store(Path(folder))
        visitor = store.new_visitor()
        jobs = Jobs(store, lambda *_: None, save_s=NEVER, **({} if watched else {"watch_s": NEVER}))
        try:
            request = RunRequest(data="faces", budget=1_000_000, unit="images")
            run = jobs.start(visitor, request)
            while jobs.status(visitor, run)["step"] < 30:  # past the slow first ones
                time.sleep(0.2)
            begun, first = time.process_time(), jobs.status(visitor, run)["nimg"]
            until, frame = time.monotonic() + seconds, 0
            while time.monotonic() < until:
                time.sleep(1.0)
                if watched:
                    shown = jobs.status(visitor, run, frame)
                    frame = shown["frame_id"]
                    json.dumps(shown)
            last = jobs.status(visitor, run)["nimg"]
            return 1000 * (time.process_time() - begun) / (last - first)
        finally:
            jobs.close()


if __name__ == "__main__":
    main()
