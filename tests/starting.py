"""start.py as a module, for its tests."""

import contextlib
import importlib.util
from pathlib import Path

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
