"""The one command: which index torch comes from. Installs nothing."""

# ruff: noqa: F811  fixtures that are imported are arguments too

import io
import threading
import time
import urllib.error
from types import SimpleNamespace

import pytest
from starting import CUDA_LOCK, HASHED, LOCK, ROOT, RUN, TEST, TEST_LOCK, renew, start  # noqa: F401

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
