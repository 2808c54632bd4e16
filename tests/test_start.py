"""The one command: what it installs and when, what it runs, what it says. Installs nothing."""

import ast
import contextlib
import importlib.util
import io
import subprocess
import sys
import threading
import time
import urllib.error
from pathlib import Path
from types import SimpleNamespace

import pytest

ROOT = Path(__file__).resolve().parent.parent
GB = 10**9


@pytest.fixture
def start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """start.py as a module whose project is an empty folder with requirement files and locks."""
    spec = importlib.util.spec_from_file_location("start_under_test", ROOT / "start.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module, "ROOT", tmp_path)
    monkeypatch.setattr(module, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(module, "STAMP", tmp_path / ".venv" / "tgan-ready.json")
    monkeypatch.setattr(module, "BUSY", tmp_path / ".venv" / "tgan-installing")
    (tmp_path / "requirements.txt").write_text("torch==2.13.0\nnumpy==2.4.6\n")
    (tmp_path / "requirements.lock").write_text("numpy==2.4.6 \\\n    --hash=sha256:00\n")
    (tmp_path / "requirements-cuda.lock").write_text(
        "nvidia-nccl-cu13==2.29 ; sys_platform == 'linux' \\\n    --hash=sha256:02\n"
    )
    (tmp_path / "requirements-dev.txt").write_text("pytest==9.2.0\n")
    (tmp_path / "requirements-dev.lock").write_text("pytest==9.2.0 \\\n    --hash=sha256:01\n")
    return module


@pytest.fixture
def installed(start, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, ...]]:
    """What `install` was asked for, once for each set-up; making `.venv` is a stub."""
    calls: list[tuple[str, ...]] = []

    def make_venv() -> None:
        start.venv_python().parent.mkdir(parents=True, exist_ok=True)
        start.venv_python().touch()
        with contextlib.suppress(FileNotFoundError):
            start.BUSY.unlink()  # venv --clear empties the folder

    monkeypatch.setattr(start, "make_venv", make_venv)
    monkeypatch.setattr(start, "check_disk", lambda: None)
    monkeypatch.setattr(start, "install", lambda names: calls.append(tuple(names)))
    return calls


RUN, TEST = "requirements.txt", "requirements-dev.txt"
LOCK, CUDA_LOCK, TEST_LOCK = (
    "requirements.lock",
    "requirements-cuda.lock",
    "requirements-dev.lock",
)
HASHED = ["--no-deps", "--require-hashes"]


def renew(start, name: str, text: str) -> None:
    """Another requirement file, with a lock file that fits."""
    (start.ROOT / name).write_text(text)
    (start.ROOT / start.LOCKS[name]).write_text(text)


# The stamp


def test_a_second_start_installs_nothing(start, installed) -> None:
    start.set_up([RUN])
    start.set_up([RUN])
    assert installed == [(RUN,)]


def test_tests_add_what_they_need_and_a_later_start_keeps_it(start, installed) -> None:
    start.set_up([RUN])
    start.set_up([RUN, TEST])
    start.set_up([RUN])
    start.set_up([RUN, TEST])
    assert installed == [(RUN,), (TEST,)]


def test_changed_requirements_are_installed(start, installed) -> None:
    start.set_up([RUN, TEST])
    renew(start, TEST, "pytest==9.2.1\n")
    start.set_up([RUN, TEST])
    renew(start, RUN, "torch==2.13.1\n")
    start.set_up([RUN, TEST])
    assert installed == [(RUN, TEST), (TEST,), (RUN, TEST)]


@pytest.mark.parametrize("lock", [LOCK, CUDA_LOCK])
def test_another_package_beneath_is_installed(start, installed, lock: str) -> None:
    start.set_up([RUN])
    path = start.ROOT / lock
    path.write_text(path.read_text() + "idna==3.20 \\\n    --hash=sha256:03\n")
    start.set_up([RUN])
    assert installed == [(RUN,), (RUN,)]


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        (RUN, "torch==2.13.0\nnumpy==2.4.7\n", r"numpy 2\.4\.7; requirements\.lock has 2\.4\.6"),
        (RUN, "numpy==2.4.6\nSoxr==1.1\n", r"soxr 1\.1; requirements\.lock has nothing"),
        (TEST, "pytest==9.3\n", r"pytest 9\.3; requirements-dev\.lock has 9\.2\.0"),
    ],
)
def test_a_stale_lock_is_told(start, installed, name: str, text: str, said: str) -> None:
    (start.ROOT / name).write_text(text)
    with pytest.raises(start.SetupError, match=said + r"\.\n.*python docs/lock\.py"):
        start.set_up([RUN, TEST])
    assert installed == []


def test_another_python_sets_up_anew(start, installed, monkeypatch) -> None:
    start.set_up([RUN])
    monkeypatch.setattr(start.sys, "version_info", (3, 99, 0))
    start.set_up([RUN])
    assert installed == [(RUN,), (RUN,)]


@pytest.mark.parametrize("damage", ["stamp", "python", "busy", "folder"])
def test_a_broken_set_up_is_repaired(start, installed, damage: str) -> None:
    start.set_up([RUN])
    if damage == "stamp":
        start.STAMP.write_text("{")
    elif damage == "python":
        start.venv_python().unlink()
    elif damage == "busy":
        start.BUSY.touch()
    else:
        start.VENV.rename(start.ROOT / "elsewhere")
    start.set_up([RUN])
    start.set_up([RUN])
    assert installed == [(RUN,), (RUN,)]


def test_a_failed_set_up_leaves_no_stamp(start, installed, monkeypatch) -> None:
    start.set_up([RUN])
    (start.ROOT / RUN).write_text("torch==9\n")

    def fail(names: list[str]) -> None:
        raise start.SetupError("pip failed")

    monkeypatch.setattr(start, "install", fail)
    with pytest.raises(start.SetupError):
        start.set_up([RUN])
    assert not start.STAMP.exists()


def test_line_ends_do_not_matter(start) -> None:
    before = start.fingerprints([RUN])
    (start.ROOT / RUN).write_bytes((start.ROOT / RUN).read_bytes().replace(b"\n", b"\r\n"))
    assert start.fingerprints([RUN]) == before


@pytest.mark.parametrize("name", [RUN, LOCK, CUDA_LOCK])
def test_missing_requirements_are_named(start, name: str) -> None:
    (start.ROOT / name).unlink()
    with pytest.raises(start.SetupError, match=f"{name} is missing"):
        start.set_up([RUN])


# The virtual environment


def test_a_set_up_cut_off_in_pip_makes_venv_anew(start, monkeypatch) -> None:
    start.venv_python().parent.mkdir(parents=True)
    start.venv_python().touch()
    commands: list[list[str]] = []

    def run(command, **_):
        commands.append(command)
        return SimpleNamespace(returncode=0, stdout="")

    monkeypatch.setattr(start.subprocess, "run", run)
    monkeypatch.setattr(start, "pip_works", lambda: True)
    start.make_venv()
    assert commands == []
    start.BUSY.touch()
    start.make_venv()
    assert commands == [[sys.executable, "-m", "venv", "--clear", str(start.VENV)]]


def test_without_the_venv_module_it_says_what_to_install(start, monkeypatch) -> None:
    monkeypatch.setattr(start.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(start.SetupError, match=r"apt install python3\.\d+-venv"):
        start.make_venv()


@pytest.mark.parametrize(
    ("said", "code", "works"),
    [
        ("pip 24.3.1 from /x (python {0}.{1})\n", 0, True),
        ("pip 9.0 from /x (python {0}.{1})", 0, True),
        ("pip 24.3.1 from /x (python {0}.{1})", 1, False),
        ("pip 24.3.1 from /x (python 3.2)", 0, False),
        ("Traceback", 0, False),
    ],
)
def test_pip_of_another_python_does_not_count(start, monkeypatch, said, code, works) -> None:
    reply = SimpleNamespace(returncode=code, stdout=said.format(*sys.version_info))
    monkeypatch.setattr(start.subprocess, "run", lambda *a, **k: reply)
    assert start.pip_works() is works


def test_a_pip_that_cannot_run_does_not_count(start) -> None:
    assert not start.pip_works()  # there is no .venv at all


# Which Python


@pytest.mark.parametrize("version", [(3, 11), (3, 12), (3, 13)])
def test_good_pythons_pass(start, version) -> None:
    start.check_python(version, "Linux", "x86_64", 2**63 - 1)
    start.check_python(version, "Darwin", "arm64", 2**63 - 1)


@pytest.mark.parametrize("version", [(3, 6), (3, 10), (3, 14), (4, 0)])
def test_wrong_pythons_are_told_what_to_do(start, monkeypatch, version) -> None:
    monkeypatch.setattr(start, "other_python", lambda system: None)
    with pytest.raises(start.SetupError, match=r"3\.11 to 3\.13.*\n.*python\.org"):
        start.check_python(version, "Linux", "x86_64", 2**63 - 1)
    monkeypatch.setattr(start, "other_python", lambda system: "python3.12")
    with pytest.raises(start.SetupError, match=r"python3\.12 start\.py"):
        start.check_python(version, "Linux", "x86_64", 2**63 - 1)


def test_machines_without_pytorch_are_told(start) -> None:
    with pytest.raises(start.SetupError, match="64-bit"):
        start.check_python((3, 12), "Windows", "x86", 2**31 - 1)
    with pytest.raises(start.SetupError, match="Intel"):
        start.check_python((3, 12), "Darwin", "x86_64", 2**63 - 1)


def test_an_old_python_can_read_the_file() -> None:
    source = (ROOT / "start.py").read_text(encoding="utf-8")
    tree = ast.parse(source, feature_version=(3, 7))
    names = {
        alias.name.split(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.Import)
        for alias in node.names
    }
    assert names <= set(sys.stdlib_module_names)


# Which index


class Reply(io.BytesIO):
    status = 200


def test_the_cpu_index_is_used_when_it_answers(start) -> None:
    asked = []

    def opener(request, timeout):
        asked.append((request.get_method(), request.full_url, timeout))
        return Reply()

    assert start.index_answers(opener=opener)
    assert asked == [("HEAD", start.CPU_INDEX + "/torch/", 2.0)]


def test_an_index_that_refuses_or_hangs_does_not_answer(start) -> None:
    def refuse(request, timeout):
        raise urllib.error.URLError("no route")

    release = threading.Event()

    def hang(request, timeout):
        release.wait(5)
        raise TimeoutError

    assert not start.index_answers(opener=refuse)
    began = time.monotonic()
    assert not start.index_answers(opener=hang, wait_s=0.05)
    assert time.monotonic() - began < 2
    release.set()


@pytest.fixture
def pip_calls(start, monkeypatch) -> list[list[str]]:
    """What comes after `pip install` and its options, for each run of pip; the torch is a CPU build."""
    calls: list[list[str]] = []
    monkeypatch.setattr(start, "run_pip", calls.append)
    monkeypatch.setattr(start, "wants_cuda", lambda: False)
    return calls


def test_torch_alone_comes_from_the_cpu_index(start, pip_calls, monkeypatch) -> None:
    monkeypatch.setattr(start, "cpu_only", lambda: True)
    monkeypatch.setattr(start, "index_answers", lambda: True)
    start.install([RUN, TEST])
    rest = ["-r", str(start.ROOT / LOCK), "-r", str(start.ROOT / TEST_LOCK)]
    torch = ["--no-deps", "torch==2.13.0", "--index-url", start.CPU_INDEX]
    assert pip_calls == [torch, HASHED + rest]


@pytest.mark.parametrize(("cpu_only", "answers"), [(False, True), (True, False)])
def test_else_plain_pip(start, pip_calls, monkeypatch, cpu_only, answers) -> None:
    monkeypatch.setattr(start, "cpu_only", lambda: cpu_only)
    monkeypatch.setattr(start, "index_answers", lambda: answers)
    start.install([RUN])
    rest = ["-r", str(start.ROOT / LOCK)]
    assert pip_calls == [["--no-deps", "torch==2.13.0"], HASHED + rest]


def test_a_failing_cpu_index_is_not_the_end(start, pip_calls, monkeypatch) -> None:
    def run_pip(arguments: list[str]) -> None:
        pip_calls.append(arguments)
        if start.CPU_INDEX in arguments:
            raise start.SetupError("broken off")

    monkeypatch.setattr(start, "cpu_only", lambda: True)
    monkeypatch.setattr(start, "index_answers", lambda: True)
    monkeypatch.setattr(start, "run_pip", run_pip)
    start.install([RUN])
    assert len(pip_calls) == 3 and pip_calls[1] == ["--no-deps", "torch==2.13.0"]


def test_what_the_tests_add_leaves_torch_alone(start, pip_calls) -> None:
    start.install([TEST])
    assert pip_calls == [[*HASHED, "-r", str(start.ROOT / TEST_LOCK)]]


def test_a_torch_with_cuda_gets_its_libraries(start, pip_calls, monkeypatch) -> None:
    monkeypatch.setattr(start, "cpu_only", lambda: False)
    monkeypatch.setattr(start, "wants_cuda", lambda: True)
    start.install([RUN, TEST])
    names = (LOCK, CUDA_LOCK, TEST_LOCK)
    assert pip_calls[1] == HASHED + [p for n in names for p in ("-r", str(start.ROOT / n))]


@pytest.mark.parametrize(
    ("system", "asks", "expected"),
    [
        ("Linux", 'filelock\nnvidia-nccl-cu13==2.29; platform_system == "Linux"', True),
        ("Linux", 'filelock\nsympy>=1.13.3\nopt-einsum>=3.3; extra == "x"', False),
        ("Linux", "", False),
        ("Windows", 'nvidia-nccl-cu13==2.29; platform_system == "Linux"', False),
    ],
)
def test_cuda_is_what_the_installed_torch_asks_for(
    start, monkeypatch, system: str, asks: str, expected: bool
) -> None:
    reply = SimpleNamespace(returncode=0, stdout=asks)
    monkeypatch.setattr(start.subprocess, "run", lambda *a, **k: reply)
    monkeypatch.setattr(start.platform, "system", lambda: system)
    assert start.wants_cuda() is expected


def test_a_torch_without_a_version_is_told(start, pip_calls) -> None:
    renew(start, RUN, "numpy==2.4.6\n")
    with pytest.raises(start.SetupError, match="no version of torch"):
        start.install([RUN])


@pytest.mark.parametrize(
    ("system", "driver", "tool", "expected"),
    [
        ("Linux", False, None, True),
        ("Linux", True, None, False),
        ("Linux", False, "/usr/bin/nvidia-smi", False),
        ("Windows", False, None, False),
        ("Darwin", False, None, False),
    ],
)
def test_who_needs_the_cpu_build(start, monkeypatch, system, driver, tool, expected) -> None:
    monkeypatch.setattr(start.platform, "system", lambda: system)
    monkeypatch.setattr(start.os.path, "exists", lambda path: driver)
    monkeypatch.setattr(start.shutil, "which", lambda name: tool)
    assert start.cpu_only() is expected
    monkeypatch.setenv("TGAN_CUDA", "1")  # no card here yet, as where a container is built
    assert not start.cpu_only()


def test_the_pin_of_torch_is_found(start) -> None:
    text = (ROOT / "requirements.txt").read_text(encoding="utf-8")
    assert start.torch_pin(text) == "torch==2.13.0"
    assert start.torch_pin("torchvision==1\n") is None


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
