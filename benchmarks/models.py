"""How long listing the models takes: in the process, and by the public endpoint.

    python benchmarks/models.py [--no-endpoint]

One last line of JSON: the first call and the median of the others, in milliseconds.
"""

import argparse
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

CALLS = 15


def timed(call: Callable[[], object]) -> dict[str, float]:
    """The first call and the median of CALLS others, ms."""
    times = []
    for _ in range(CALLS + 1):
        begun = time.perf_counter()
        call()
        times.append(1000 * (time.perf_counter() - begun))
    return {"first_ms": round(times[0], 1), "median_ms": round(statistics.median(times[1:]), 1)}


def endpoint(home: Path) -> dict[str, float]:
    """The same by gradio_client, of the app in this process."""
    from gradio_client import Client

    from tgan_demo.ui import serve

    demo = serve.make(home)
    url = serve.launch(demo, host="127.0.0.1", quiet=True)
    try:
        client = Client(url, verbose=False, analytics_enabled=False)
        return timed(lambda: client.predict(api_name="/models"))
    finally:
        demo.close(verbose=False)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--no-endpoint", action="store_true")
    args = parser.parse_args()
    from tgan_demo.studio import Studio

    with tempfile.TemporaryDirectory() as home:
        found = {"models": timed(Studio(Path(home)).models)}
        if not args.no_endpoint:
            found["endpoint"] = endpoint(Path(home))
    for name, values in found.items():
        print(f"{name:10} first {values['first_ms']:8.1f} ms, then {values['median_ms']:8.1f} ms")
    print(json.dumps(found))


if __name__ == "__main__":
    main()
