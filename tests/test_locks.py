"""The lock files: all that the requirement files pin, with hashes of wheels and nothing of one machine."""

import importlib.util
import re
import sys
from pathlib import Path
from types import ModuleType

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parent.parent
LOCKS = {
    "requirements.lock": "requirements.txt",
    "requirements-dev.lock": "requirements-dev.txt",
    "requirements-cuda.lock": None,
}
ENTRY = re.compile(
    r"^([a-z0-9][a-z0-9-]*)==([\w.]+)(?: ; ([^\n\\]+))?((?: \\\n    --hash=sha256:[0-9a-f]{64})+)\n",
    re.MULTILINE,
)


def load(name: str, path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def lock() -> ModuleType:
    return load("lock_under_test", ROOT / "docs" / "lock.py")


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def entries(name: str) -> dict[str, tuple[str, str, int]]:
    """Version, marker and number of hashes of each package of a lock file."""
    found = ENTRY.findall(read(name))
    assert len(found) == len({package for package, *_ in found}), "a package stands twice"
    return {p: (version, marker, hashes.count("--hash")) for p, version, marker, hashes in found}


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_file_is_entries_with_hashes_and_no_more(name: str) -> None:
    text = read(name)
    body = "".join(line for line in text.splitlines(keepends=True) if not line.startswith("#"))
    assert ENTRY.sub("", body) == "" and entries(name)
    assert "://" not in text and "/tmp" not in text and "find-links" not in text
    assert len(text) < 100_000


@pytest.mark.parametrize("name", [name for name, of in LOCKS.items() if of])
def test_every_pin_is_locked_at_its_version(lock: ModuleType, name: str) -> None:
    locked, source = entries(name), LOCKS[name]
    assert source
    for line in lock.ours(read(source)).splitlines():
        if line and not line.startswith(("#", "torch==")):
            package, version = line.split("==")
            assert locked[package.lower().replace("_", "-")][0] == version


def test_torch_and_its_cuda_stand_apart() -> None:
    first, dev, cuda = map(entries, LOCKS)
    assert not {*first} & {*dev} and not {*cuda} & ({*first} | {*dev})
    assert "torch" not in {*first, *dev, *cuda}
    assert not [name for name in (*first, *dev) if name.startswith(("nvidia-", "cuda-"))]
    assert all("linux" in marker for _, marker, _ in cuda.values())


def test_what_is_installed_is_what_is_locked() -> None:
    """The tests run on the versions that users get."""
    from importlib.metadata import PackageNotFoundError, version

    wrong = {}
    for name in ("requirements.lock", "requirements-dev.lock"):
        for package, (wanted, marker, _) in entries(name).items():
            try:
                if (has := version(package)) != wanted:
                    wrong[package] = (has, wanted)
            except PackageNotFoundError:
                if not marker:
                    wrong[package] = (None, wanted)
    assert wrong == {}


# Writing them


def package(*files: str, **more: str) -> dict:
    wheels = [
        {"url": f"https://x/{f}", "hashes": {"sha256": f"{k:064x}"}} for k, f in enumerate(files)
    ]
    return {"name": "soxr", "version": "1.1.0", "wheels": wheels, **more}


ABI3 = [
    "soxr-1.1.0-cp311-abi3-manylinux2014_x86_64.manylinux_2_17_x86_64.whl",
    "soxr-1.1.0-cp311-abi3-manylinux_2_27_aarch64.manylinux_2_28_aarch64.whl",
    "soxr-1.1.0-cp311-abi3-macosx_11_0_arm64.whl",
    "soxr-1.1.0-cp311-abi3-win_amd64.whl",
]
NOT_OURS = [
    "soxr-1.1.0-cp311-abi3-musllinux_1_2_x86_64.whl",
    "soxr-1.1.0-cp314-cp314t-win_amd64.whl",
]


def test_hashes_of_our_machines_alone_are_kept(lock: ModuleType) -> None:
    text = lock.entry(package(*ABI3, *NOT_OURS))
    assert text.startswith("soxr==1.1.0 \\\n") and text.count("--hash=") == len(ABI3)
    assert ENTRY.fullmatch(text)
    pure = lock.entry(package("soxr-1.1.0-py3-none-any.whl", marker="sys_platform == 'win32'"))
    assert pure.startswith("soxr==1.1.0 ; sys_platform == 'win32' \\\n") and "//" not in pure


@pytest.mark.parametrize("lost", range(len(ABI3)))
def test_a_machine_without_a_wheel_is_told(lock: ModuleType, lost: int) -> None:
    left = [name for name in ABI3 if name != ABI3[lost]]
    with pytest.raises(SystemExit, match=r"soxr 1\.1\.0 has no wheel for .*, Python 3\.11"):
        lock.entry(package(*left))


def test_a_machine_that_does_not_want_it_needs_no_wheel(lock: ModuleType) -> None:
    on_windows = "sys_platform == 'win32' and python_full_version < '3.13'"
    text = lock.entry(package(*ABI3, marker=on_windows))
    assert text.startswith(f"soxr==1.1.0 ; {on_windows} \\\n") and text.count("--hash=") == 1
    assert lock.entry(package(*ABI3[:3], marker="sys_platform != 'win32'")).count("--hash=") == 3
    assert lock.entry(package(marker="sys_platform == 'emscripten'")) == ""
    everywhere = "python_full_version >= '3.11' or sys_platform == 'emscripten'"
    assert " ; " not in lock.entry(package(*ABI3, marker=everywhere))


def test_a_python_without_a_wheel_is_told(lock: ModuleType) -> None:
    one = [name.replace("cp311-abi3", "cp311-cp311") for name in ABI3]
    with pytest.raises(SystemExit, match=r"Linux x86_64, Python 3\.12"):
        lock.entry(package(*one))


def test_a_space_takes_the_torch_that_zerogpu_lists_and_nobody_else_does(lock: ModuleType) -> None:
    """requirements.txt as pip reads it: here, and in a Space, which README's front matter gives its Python."""
    lines = [line for line in read("requirements.txt").splitlines() if line and line[0] != "#"]
    wanted = [Requirement(line) for line in lines]
    machine = lock.MACHINES[0].environment((3, 12))
    space = machine | {"python_full_version": python_of_a_space()}
    there = {r.name: str(r.specifier) for r in wanted if not r.marker or r.marker.evaluate(space)}
    here = {r.name: str(r.specifier) for r in wanted if not r.marker or r.marker.evaluate(machine)}
    assert (2, 8) <= tuple(map(int, there["torch"].removeprefix("==").split(".")))[:2] <= (2, 11)
    assert {*there} - {*here} == {"spaces"} and there["gradio"] == here["gradio"]
    for of in lock.MACHINES:
        for python in lock.PYTHONS:
            at = of.environment(python)
            assert [r.name for r in wanted if not r.marker or r.marker.evaluate(at)].count(
                "torch"
            ) == 1
    start = load("start_of_torch", ROOT / "start.py")
    assert start.torch_pin(read("requirements.txt")) == "torch" + here["torch"]
    kept = lock.ours(read("requirements.txt")).splitlines()
    assert "torch" + here["torch"] in kept and not any(
        ";" in line or "spaces" in line for line in kept
    )


def python_of_a_space() -> str:
    found = re.search(r'^python_version: "([\d.]+)"$', read("README.md"), re.MULTILINE)
    assert found
    return found[1]


def test_it_locks_for_the_pythons_that_start_takes(lock: ModuleType) -> None:
    start = load("start_of_locks", ROOT / "start.py")
    assert (lock.PYTHONS[0], lock.PYTHONS[-1]) == (start.OLDEST, start.NEWEST)
    assert {start.CUDA_LOCK, *start.LOCKS.values()} == {*LOCKS}
