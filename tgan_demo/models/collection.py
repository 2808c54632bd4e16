"""The collection of scores: docs/scores.json has every figure of the bundled models, with date, machine and
commit. Their cards, docs/scores.md and README's table are written from the same numbers.

A model's numbers lie in its config.json, so that its folder is whole wherever it goes; scores.json is all
of them. tests/test_scores_page.py holds the places together.
"""

import json
import os
import platform
import re
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tgan_demo.data.recipes import load_recipe
from tgan_demo.errors import ConfigError
from tgan_demo.files.tensors import read_json
from tgan_demo.models import tables
from tgan_demo.models.folder import CONFIG
from tgan_demo.shipped import WEIGHTS

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
OPEN, CLOSE = "<!-- scores -->", "<!-- /scores -->"
UNKNOWN = "an unknown commit"


def collect(weights: Path = WEIGHTS) -> dict[str, Any]:
    """{id: what evaluation.evaluate returned, and "measured"}."""
    found = {}
    # a model that is being shipped is in a hidden folder
    for path in sorted(weights.glob(f"[!.]*/*/{CONFIG}")):
        meta = read_json(path)
        if meta.get("scores"):
            found[str(meta["id"])] = meta["scores"]
    return found


def write_pages(
    weights: Path = WEIGHTS, docs: Path = DOCS, readme: Path = ROOT / "README.md"
) -> None:
    """scores.json, scores.md and the numbers in README."""
    found = collect(weights)
    text = json.dumps(found, ensure_ascii=False, indent=1)
    (docs / "scores.json").write_text(text + "\n", "utf-8")
    (docs / "scores.md").write_text(page(found), "utf-8")
    readme.write_text(with_numbers(readme.read_text("utf-8"), found), "utf-8")


def page(found: dict[str, Any]) -> str:
    """docs/scores.md."""
    parts = [
        "# Scores of the bundled models",
        "Written by `python -m tgan_demo evaluate --all --data DATA`, from the same numbers as the models' "
        "cards (and in [scores.json](scores.json)); how each was trained and chosen stands on its card.",
    ]
    for name, scores in found.items():
        parts += [f"## `{name}`", *tables.tables(scores)]
    return "\n\n".join(parts) + "\n"


def with_numbers(text: str, found: dict[str, Any]) -> str:
    """README with the last two cells of its table of models filled in: one number, and its N."""
    before, start, rest = text.partition(OPEN)
    inside, end, after = rest.partition(CLOSE)
    if not start or not end:
        raise ConfigError(f"README has no {OPEN} ... {CLOSE}")
    lines = []
    for line in inside.splitlines():
        name = re.match(r"\| `([^`]+)`", line)
        if name and name[1] in found:
            cells = line.split(" | ")[:3]
            scores, shown = found[name[1]], load_recipe(name[1]).headline
            line = " | ".join([*cells, tables.headline(scores, *shown), f"{scores['n']:,} |"])
        lines.append(line)
    return before + start + "\n".join(lines) + "\n" * inside.endswith("\n") + end + after


def measured(seconds: float) -> dict[str, Any]:
    """When, where and of what code numbers were taken."""
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "machine": machine(),
        "commit": commit(),
        "seconds": round(seconds),
    }


def machine() -> str:
    """The processor and how many cores it has."""
    names = []
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.is_file():
        names = re.findall(r"^model name\s*:\s*(.+)$", cpuinfo.read_text("utf-8"), re.MULTILINE)
    name = names[0] if names else platform.processor() or platform.machine()
    return f"{name}, {os.cpu_count()} cores"


def commit() -> str:
    """The short hash of the code, where it lies in a repository."""
    git = shutil.which("git")
    if git is None:
        return UNKNOWN
    said = subprocess.run(
        [git, "rev-parse", "--short=10", "HEAD"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    return said.stdout.strip() or UNKNOWN
