"""The one command: what pip says and how it fails, and what is run. Installs nothing."""

# ruff: noqa: F811  fixtures that are imported are arguments too

import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import pytest
from starting import GB, ROOT, RUN, TEST, installed, start  # noqa: F401

# pip


@pytest.fixture
def pip_that(start, monkeypatch: pytest.MonkeyPatch):
    """pip_that(code): run_pip with a pip that is this Python code."""

    def run(code: str) -> None:
        start.VENV.mkdir(exist_ok=True)
        command = [sys.executable, "-c", code]
        monkeypatch.setattr(start, "pip_command", lambda arguments, terminal: command)
        start.run_pip([])

    return run


@pytest.mark.parametrize(("terminal", "bar"), [(True, "on"), (False, "off")])
def test_pip_draws_its_bar_on_a_terminal_only(start, terminal: bool, bar: str) -> None:
    command = start.pip_command(["torch"], terminal)
    assert command[:4] == [str(start.venv_python()), "-m", "pip", "install"]
    assert command[-1] == "torch" and command[command.index("--progress-bar") + 1] == bar


def test_pip_is_in_full_view_and_its_mark_goes_away(start, pip_that, capfd) -> None:
    pip_that("import sys; print('Collecting torch'); print('WARNING: Retrying', file=sys.stderr)")
    shown = capfd.readouterr()
    assert shown.out == "Collecting torch\n" and shown.err == "WARNING: Retrying\n"
    assert not start.BUSY.exists()


def test_the_mark_stands_while_pip_runs(start, pip_that) -> None:
    pip_that(f"import os, sys; sys.exit(not os.path.exists({str(start.BUSY)!r}))")


def test_what_it_needs_is_said_once(start, installed, monkeypatch, capsys) -> None:
    monkeypatch.setattr(start, "need_gb", lambda: 3)
    start.set_up([RUN])
    said = capsys.readouterr().out
    assert said.count("the internet, about 3 GB of disk and a few minutes") == 1
    start.set_up([RUN])
    assert capsys.readouterr().out == ""
    start.set_up([RUN, TEST])
    assert "a minute or two" in capsys.readouterr().out


def test_steps_tell_the_time(start, monkeypatch, capsys) -> None:
    monkeypatch.setattr(start, "STARTED", time.monotonic() - 75.5)
    start.step("installing")
    assert capsys.readouterr().out == "[1:15] installing\n"


@pytest.mark.parametrize(
    ("last_words", "advice"),
    [
        ("OSError: [Errno 28] No space left on device", "GB of disk"),
        ("NewConnectionError: Failed: Temporary failure in name resolution", "internet"),
        ("Max retries exceeded with url: /torch/", "internet"),
        ("SSLError(SSLCertVerificationError(CERTIFICATE_VERIFY_FAILED))", "PIP_CERT"),
        ("PermissionError: [Errno 13] Permission denied: 'x'", "who owns"),
        ("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.", "lock file"),
        ("ERROR: something new", "delete the folder .venv"),
    ],
)
def test_a_failing_pip_is_shown_with_advice(
    start, pip_that, capfd, last_words: str, advice: str
) -> None:
    with pytest.raises(start.SetupError) as caught:
        pip_that(f"import sys; print({last_words!r}, file=sys.stderr); sys.exit(2)")
    assert capfd.readouterr().err == last_words + "\n"
    assert advice in str(caught.value) and "exit code 2" in str(caught.value)
    assert not start.BUSY.exists()  # pip ended by itself: `.venv` may be kept


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_a_killed_pip_leaves_its_mark(start, pip_that) -> None:
    with pytest.raises(start.SetupError):
        pip_that("import os, signal; os.kill(os.getpid(), signal.SIGKILL)")
    assert start.BUSY.exists()


def test_too_little_disk_is_said_before(start, monkeypatch) -> None:
    monkeypatch.setattr(start.shutil, "disk_usage", lambda path: SimpleNamespace(free=GB))
    with pytest.raises(start.SetupError, match=r"wants about \d GB of disk; 1\.0 GB are free"):
        start.check_disk()


@pytest.mark.parametrize(
    ("error", "advice"),
    [(PermissionError(13, "denied", "x"), "writable"), (OSError(28, "full"), "GB of disk")],
)
def test_the_disk_refuses_in_the_middle(start, installed, monkeypatch, error, advice) -> None:
    def fail(names: list[str]) -> None:
        raise error

    monkeypatch.setattr(start, "install", fail)
    with pytest.raises(start.SetupError, match=advice):
        start.set_up([RUN])


# What is run


@pytest.fixture
def ran(start, monkeypatch) -> list[tuple[list[str], dict[str, str]]]:
    calls: list[tuple[list[str], dict[str, str]]] = []
    monkeypatch.setattr(start, "hand_over", lambda command, env: calls.append((command, env)) or 7)
    return calls


def test_the_studio_gets_its_options(start, installed, ran, monkeypatch) -> None:
    monkeypatch.setattr(start, "wants_browser", lambda *a: True)
    assert start.main(["--port", "9000", "--no-browser"]) == 7
    command, environment = ran[0]
    assert command == [str(start.venv_python()), str(start.ROOT / "app.py"), "--port", "9000"]
    assert environment["TGAN_OPEN_BROWSER"] == "1" and installed == [(RUN,)]


def test_the_tests_get_theirs(start, installed, ran) -> None:
    assert start.main(["test", "-k", "one"]) == 7
    command, environment = ran[0]
    assert command == [str(start.venv_python()), "-m", "pytest", "-k", "one"]
    assert "TGAN_OPEN_BROWSER" not in environment and installed == [(RUN, TEST)]


def test_an_error_is_told_without_a_trace(start, ran, monkeypatch, capsys) -> None:
    def fail(names: list[str]) -> None:
        raise start.SetupError("wanted this, got that, do so")

    monkeypatch.setattr(start, "set_up", fail)
    assert start.main([]) == 1 and ran == []
    assert "do so" in capsys.readouterr().err


def test_help_sets_nothing_up(start, installed, ran, capsys) -> None:
    assert start.main(["--help"]) == 0 and installed == [] and ran == []
    assert "start.py test" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "environment", "system", "expected"),
    [
        ([], {"DISPLAY": ":0"}, "Linux", True),
        ([], {"WAYLAND_DISPLAY": "wayland-0"}, "Linux", True),
        ([], {}, "Linux", False),
        ([], {}, "Windows", True),
        ([], {}, "Darwin", True),
        ([], {"CI": "true"}, "Darwin", False),
        ([], {"SSH_CONNECTION": "1", "DISPLAY": ":0"}, "Linux", False),
        (["--no-browser"], {}, "Darwin", False),
    ],
)
def test_the_browser_opens_where_someone_looks(
    start, arguments, environment, system, expected
) -> None:
    assert start.wants_browser(arguments, environment, system) is expected


@pytest.mark.skipif(sys.platform == "win32", reason="execve")
def test_the_exit_code_is_passed_on(tmp_path: Path) -> None:
    code = (
        "import os, sys; sys.path.insert(0, sys.argv[1]); import start; "
        "start.hand_over([sys.executable, '-c', 'raise SystemExit(5)'], dict(os.environ))"
    )
    assert subprocess.run([sys.executable, "-c", code, str(ROOT)], cwd=tmp_path).returncode == 5
