"""The figures of a server in Prometheus' text format: totals over everybody, never a name or an id.

https://prometheus.io/docs/instrumenting/exposition_formats/
"""

import os
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from tgan_demo.engine.draw.durations import Histogram
from tgan_demo.runs.record import STATES
from tgan_demo.studio import Studio
from tgan_demo.ui.version import VERSION

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

Labels = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Family:
    """One metric: its samples are (what follows the name, labels, value)."""

    name: str
    kind: str  # "gauge", "counter" or "histogram"
    help: str
    samples: tuple[tuple[str, Labels, float], ...]


def text(families: Iterable[Family]) -> str:
    """The families as a scraper reads them."""
    lines = []
    for family in families:
        lines += [
            f"# HELP {family.name} {_escaped(family.help)}",
            f"# TYPE {family.name} {family.kind}",
        ]
        lines += [
            f"{family.name}{suffix}{_labels(labels)} {value:.12g}"
            for suffix, labels, value in family.samples
        ]
    return "\n".join(lines) + "\n"


def families(
    studio: Studio, *, pages: int, errors: int, uptime_s: float, is_draining: bool
) -> list[Family]:
    """All that is told. Speeds are means of the last minute; of totals, rate() gives any other."""
    runs, took = studio.jobs.figures(), studio.turns.took
    return [
        one("tgan_info", "gauge", "The version that runs.", 1, version=VERSION),
        one("tgan_uptime_seconds", "gauge", "Since the server was started.", uptime_s),
        one("tgan_draining", "gauge", "1 while the server ends what it began.", float(is_draining)),
        one("tgan_visitors", "gauge", "Pages that are open now.", pages),
        by_state(runs.states),
        one("tgan_queue_length", "gauge", "Runs that wait for their turn to train.", runs.waiting),
        one(
            "tgan_training_samples_per_second",
            "gauge",
            "Training pictures, texts, sounds or clips a second of the run that trains.",
            runs.samples_per_s,
        ),
        one("tgan_draws_waiting", "gauge", "Draws that wait for a core.", studio.turns.waiting),
        one("tgan_draws_total", "counter", "Draws that were done.", took.histogram().count),
        one("tgan_draws_per_second", "gauge", "Mean over the last minute.", took.per_second()),
        histogram(
            "tgan_draw_seconds",
            "From asking for a draw to its end, waiting included; what is kept is not drawn again.",
            took.histogram(),
        ),
        one("tgan_resident_memory_bytes", "gauge", "Memory of the process.", resident_bytes()),
        one("tgan_errors_total", "counter", "What nobody foresaw, by the log.", errors),
    ]


def one(name: str, kind: str, help: str, value: float, **labels: str) -> Family:
    return Family(name, kind, help, (("", tuple(labels.items()), value),))


def by_state(states: Mapping[str, int]) -> Family:
    samples = tuple(("", (("state", state),), float(states.get(state, 0))) for state in STATES)
    return Family("tgan_runs", "gauge", "Training runs that are kept here, by state.", samples)


def histogram(name: str, help: str, told: Histogram) -> Family:
    buckets = [
        ("_bucket", (("le", f"{bound:g}"),), float(count))
        for bound, count in zip(told.bounds, told.at_most, strict=True)
    ]
    buckets.append(("_bucket", (("le", "+Inf"),), float(told.count)))
    ends = (("_sum", (), told.sum_s), ("_count", (), float(told.count)))
    return Family(name, "histogram", help, (*buckets, *ends))


def resident_bytes() -> int:
    """Of this process; on macOS the most that it ever had, on Windows 0."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, IndexError):
        if sys.platform == "win32":
            return 0
        import resource  # Windows has none

        most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return most if sys.platform == "darwin" else most * 1024


def _labels(labels: Labels) -> str:
    if not labels:
        return ""
    return "{" + ",".join(f'{name}="{_value(value)}"' for name, value in labels) + "}"


def _escaped(text: str) -> str:
    return text.replace("\\", r"\\").replace("\n", r"\n")


def _value(text: str) -> str:
    return _escaped(text).replace('"', r"\"")
