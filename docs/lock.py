"""The lock files: each package that start.py installs, at one version, with its wheels' hashes.

    python docs/lock.py              write them anew after requirements*.txt changed
    python docs/lock.py --upgrade    the same, with the newest of what requirements*.txt leave open

uv (requirements-dev.txt) resolves from PyPI for every system at once. Of the wheels only those for the
Pythons and platforms below are kept, and each package must have one for each of them. torch is left out:
its build depends on the machine, and start.py installs it by a rule of its own. So are the lines for a Space.
"""

import argparse
import re
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from packaging.markers import Marker
from packaging.tags import Tag, compatible_tags, cpython_tags, mac_platforms
from packaging.utils import parse_wheel_filename

ROOT = Path(__file__).resolve().parents[1]
RUN, TEST, CUDA = "requirements.lock", "requirements-dev.lock", "requirements-cuda.lock"
PYTHONS = ((3, 11), (3, 12), (3, 13))
GLIBC = range(28, 4, -1)  # torch's own wheels want 2.28
ONLY_CUDA = re.compile(r"nvidia-|cuda-|triton$")
SPACE = 'python_full_version == "3.12.12" and sys_platform == "linux"'
NO_SPACE = 'python_full_version != "3.12.12" or sys_platform != "linux"'
OPENING = {
    RUN: "What requirements.txt comes to, torch and what only its CUDA build wants left out.",
    TEST: "What requirements-dev.txt adds to requirements.lock.",
    CUDA: "What only the CUDA build of torch wants, on Linux.",
}
WRITTEN = (
    "# Written by docs/lock.py, not by hand. Wheels for Python 3.11 to 3.13 on Linux (x86_64, aarch64),\n"
    "# macOS (arm64) and Windows (x86_64).\n"
)


@dataclass(frozen=True)
class Machine:
    """A system that the studio runs on, as markers and wheels name it."""

    system: str  # platform_system
    sys_platform: str
    machine: str
    platforms: tuple[str, ...]  # of wheels, the best first

    def environment(self, python: tuple[int, int]) -> dict[str, str]:
        """What a marker is evaluated with."""
        version = f"{python[0]}.{python[1]}"
        return {
            "platform_system": self.system,
            "sys_platform": self.sys_platform,
            "platform_machine": self.machine,
            "os_name": "nt" if self.system == "Windows" else "posix",
            "python_version": version,
            "python_full_version": f"{version}.9",
            "implementation_name": "cpython",
            "platform_python_implementation": "CPython",
        }

    def tags(self, python: tuple[int, int]) -> set[Tag]:
        """Of the wheels that can be installed."""
        nodot = f"cp{python[0]}{python[1]}"
        return {
            *cpython_tags(python, platforms=self.platforms),
            *compatible_tags(python, interpreter=nodot, platforms=self.platforms),
        }


def _linux(machine: str) -> Machine:
    named = [f"manylinux_2_{minor}_{machine}" for minor in GLIBC]
    old = [f"manylinux{year}_{machine}" for year in ("2014", "2010", "1")]
    return Machine("Linux", "linux", machine, (*named, *old, f"linux_{machine}"))


MACHINES = (
    _linux("x86_64"),
    _linux("aarch64"),
    Machine("Darwin", "darwin", "arm64", tuple(mac_platforms((15, 0), "arm64"))),
    Machine("Windows", "win32", "AMD64", ("win_amd64",)),
)


def main() -> None:
    parser = argparse.ArgumentParser(description=str(__doc__).split("\n")[0])
    parser.add_argument("--upgrade", action="store_true", help="take the newest versions")
    known = () if parser.parse_args().upgrade else (RUN, TEST, CUDA)
    prefer = [line for name in known for line in _pins(ROOT / name)]
    run = resolve(["requirements.txt"], prefer)
    dev = resolve(["requirements.txt", "requirements-dev.txt"], _lines(run))
    names = {package["name"] for package in run}
    parts = {
        RUN: [p for p in run if p["name"] != "torch" and not ONLY_CUDA.match(p["name"])],
        TEST: [p for p in dev if p["name"] not in names],
        CUDA: [p for p in run if ONLY_CUDA.match(p["name"])],
    }
    for name, packages in parts.items():
        entries = [text for package in packages if (text := entry(package))]
        text = f"# {OPENING[name]}\n{WRITTEN}" + "".join(entries)
        (ROOT / name).write_text(text, encoding="utf-8", newline="\n")
        print(f"{name}: {len(entries)} packages")


def resolve(files: Iterable[str], prefer: Iterable[str]) -> list[dict]:
    """The packages of a pylock.toml that uv makes of requirement files, by name.

    Args:
        prefer: "numpy==2.4.6"; kept where the files allow it.
    """
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder) / "pylock.toml"
        if known := list(prefer):
            made.write_text(_preferences(known), encoding="utf-8")
        options = ["--universal", "--python-version", "{}.{}".format(*PYTHONS[0]), "--no-config"]
        options += ["--fork-strategy", "fewest", "--format", "pylock.toml", "--quiet"]
        options += ["--output-file", str(made)]
        copies = [Path(folder) / name for name in files]
        for copy in copies:
            copy.write_text(ours((ROOT / copy.name).read_text(encoding="utf-8")), encoding="utf-8")
        command = [sys.executable, "-m", "uv", "pip", "compile", *options, *map(str, copies)]
        subprocess.run(command, cwd=ROOT, check=True)
        return tomllib.loads(made.read_text(encoding="utf-8"))["packages"]


def ours(text: str) -> str:
    """A requirement file without what only a Space takes, and with what it does not take everywhere."""
    lines = [line for line in text.splitlines() if SPACE not in line]
    return "".join(line.partition(" ; " + NO_SPACE)[0] + "\n" for line in lines)


def entry(package: dict) -> str:
    """One package of a lock file; "" where none of our machines wants it.

    Raises SystemExit: it has no wheel for one of those that do.
    """
    marker = package.get("marker")
    wanted = [
        (python, machine)
        for python in PYTHONS
        for machine in MACHINES
        if not marker or Marker(marker).evaluate(machine.environment(python))
    ]
    wheels = {_file(wheel): wheel["hashes"]["sha256"] for wheel in package.get("wheels", ())}
    kept: set[str] = set()
    for python, machine in wanted:
        fits = [n for n in wheels if parse_wheel_filename(n)[3] & machine.tags(python)]
        if not fits:
            where = f"{machine.system} {machine.machine}, Python {python[0]}.{python[1]}"
            raise SystemExit(f"{package['name']} {package['version']} has no wheel for {where}")
        kept.update(fits)
    if not wanted:
        return ""
    line = f"{package['name']}=={package['version']}"
    if len(wanted) < len(PYTHONS) * len(MACHINES):  # else uv's marker speaks of others alone
        line += f" ; {marker}"
    hashes = sorted(wheels[name] for name in kept)
    return " \\\n".join([line, *(f"    --hash=sha256:{digest}" for digest in hashes)]) + "\n"


def _file(wheel: dict) -> str:
    return wheel.get("name") or wheel["url"].rsplit("/", 1)[1]


def _lines(packages: Iterable[dict]) -> list[str]:
    return [f"{package['name']}=={package['version']}" for package in packages]


def _pins(path: Path) -> Iterator[str]:
    """What a lock file holds now, "numpy==2.4.6"; of none nothing."""
    if path.is_file():
        yield from re.findall(
            r"^[\w.-]+==[^\s;\\]+", path.read_text(encoding="utf-8"), re.MULTILINE
        )


def _preferences(pins: Iterable[str]) -> str:
    """A pylock.toml that says no more than versions: uv keeps those of a file it writes over."""
    text = 'lock-version = "1.0"\ncreated-by = "docs/lock.py"\n'
    for name, version in (pin.split("==") for pin in pins):
        text += f'\n[[packages]]\nname = "{name}"\nversion = "{version}"\n'
    return text


if __name__ == "__main__":
    main()
