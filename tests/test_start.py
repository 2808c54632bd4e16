"""The one command: when it installs, into which environment, by which Python. Installs nothing."""

# ruff: noqa: F811  fixtures that are imported are arguments too

import ast
import sys
from types import SimpleNamespace

import pytest
from starting import CUDA_LOCK, LOCK, ROOT, RUN, TEST, installed, renew, start  # noqa: F401

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
