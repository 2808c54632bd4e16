"""The tools that read the project's own text: format, lint, types, spelling; each is one test.

Their settings stand in pyproject.toml, their versions in requirements-dev.txt. A tool that is not
installed is a skipped test, and under CI=true a failed one.
"""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest
from test_house import project_texts

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture
def check():
    """check(module, *arguments): run a tool of this Python in the project; fails with its words."""

    def run(module: str, *arguments: str) -> None:
        if importlib.util.find_spec(module) is None:
            say = pytest.fail if os.environ.get("CI", "").lower() == "true" else pytest.skip
            say(f"{module} is not installed; pip install -r requirements-dev.txt brings it")
        done = subprocess.run(
            [sys.executable, "-m", module, *arguments],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
        )
        assert done.returncode == 0, f"{module} {arguments[0]}:\n{done.stdout}"

    return run


def test_the_code_is_formatted(check) -> None:
    check("ruff", "format", "--check", "--no-cache", ".")


def test_the_code_is_clean(check) -> None:
    check("ruff", "check", "--no-cache", ".")


@pytest.mark.slow
def test_the_types_hold(check) -> None:
    check("basedpyright", "--pythonpath", sys.executable)


def test_the_words_are_spelled_right(check) -> None:
    check("codespell_lib", *(str(path.relative_to(ROOT)) for path in project_texts()))


def test_a_tool_that_is_missing_skips_and_fails_in_ci(check, monkeypatch) -> None:
    monkeypatch.setenv("CI", "false")
    with pytest.raises(pytest.skip.Exception, match="no_such_tool is not installed"):
        check("no_such_tool", ".")
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match="no_such_tool is not installed"):
        check("no_such_tool", ".")


def test_a_tool_that_complains_fails_with_its_words(check, tmp_path: Path) -> None:
    (tmp_path / "wrong.py").write_text("import os\n")
    with pytest.raises(AssertionError, match="F401"):
        check("ruff", "check", "--no-cache", str(tmp_path))
