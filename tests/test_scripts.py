"""The page's scripts: formatted, linted, short, and the same for every modality.

oxfmt and oxlint come with requirements-dev.txt; `oxfmt` without arguments formats the scripts anew.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SCRIPTS = sorted((ROOT / "tgan_demo").rglob("*.js"))
MAX_COLUMNS = 120


def tool(name: str) -> str:
    """The path of a tool beside this Python or on the PATH; skips without it, fails under CI=true."""
    beside = Path(sys.executable).parent
    path = shutil.which(name, path=str(beside)) or shutil.which(name)
    if path is None:
        word = f"no {name} here; install requirements-dev.txt"
        (pytest.fail if os.environ.get("CI", "").lower() == "true" else pytest.skip)(word)
    return path


def run(*command: str) -> None:
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, (done.stdout + done.stderr)[-4000:]


def test_the_scripts_are_formatted() -> None:
    run(tool("oxfmt"), "--check", *map(str, SCRIPTS))


def test_the_linter_finds_nothing() -> None:
    run(tool("oxlint"), "--deny-warnings", *map(str, SCRIPTS))


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.stem)
def test_lines_fit_the_screen(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").splitlines()
    assert lines[0].startswith("// "), f"{path.name} does not say what it does"
    wide = [i for i, line in enumerate(lines, 1) if len(line) > MAX_COLUMNS]
    assert not wide, f"{path.name}: lines {wide} are over {MAX_COLUMNS} columns"
