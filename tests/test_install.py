"""The package as it is installed: every file of it, with weights and recipes, and nothing else."""

import subprocess
import sys
import tomllib
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from tgan_demo import shipped

ROOT = Path(__file__).resolve().parent.parent


def files_under(folder: Path) -> set[str]:
    found = (path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
    return {path.as_posix() for path in found if "__pycache__" not in path.parts}


def test_a_wheel_holds_all_that_runs(tmp_path: Path) -> None:
    steps = ["egg_info", "--egg-base", str(tmp_path), "build_py", "--build-lib"]
    done = subprocess.run(
        [sys.executable, "setup.py", "-q", *steps, str(tmp_path / "lib")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    wanted = {f"tgan_demo/{name}" for name in files_under(ROOT / "tgan_demo")}
    for beside in ("weights", "recipes"):
        wanted |= {f"tgan_demo/{beside}/{name}" for name in files_under(ROOT / beside)}
    assert files_under(tmp_path / "lib") == wanted


def test_weights_are_beside_the_package_or_in_it(tmp_path: Path, monkeypatch) -> None:
    assert shipped.WEIGHTS == ROOT / "weights" and shipped.RECIPES == ROOT / "recipes"
    monkeypatch.setattr(shipped, "_PACKAGE", tmp_path / "tgan_demo")
    assert shipped._place("weights") == tmp_path / "weights"
    (tmp_path / "tgan_demo" / "weights").mkdir(parents=True)
    assert shipped._place("weights") == tmp_path / "tgan_demo" / "weights"


def test_one_command_opens_the_studio_or_does_what_it_is_told(monkeypatch, capsys) -> None:
    with (ROOT / "pyproject.toml").open("rb") as file:
        place = tomllib.load(file)["project"]["scripts"]["tgan-demo"]
    entry = EntryPoint("tgan-demo", place, "console_scripts").load()
    monkeypatch.setattr(sys, "argv", ["tgan-demo", "models"])
    assert entry() == 0
    assert "image/digits" in capsys.readouterr().out
    monkeypatch.setattr(sys, "argv", ["tgan-demo", "--help"])
    with pytest.raises(SystemExit):
        entry()
    assert "--data-dir" in capsys.readouterr().out
