"""One command from a bare Python to the open studio.

    python start.py [--no-browser] [options of app.py ...]   set up once, then open the studio
    python start.py test [options of pytest ...]             the same set-up, then run the tests

Makes `.venv` beside this file and installs the pinned requirements into it. A stamp in `.venv` says
what is there, so a second start does no set-up at all. Delete `.venv` to begin anew.

Knows pip and venv, not the studio. Standard library only, and written so that an old Python can
still read it far enough to say which one is wanted.
"""

import contextlib
import errno
import hashlib
import importlib.util
import json
import os
import platform
import queue
import re
import shutil
import subprocess
import sys
import threading
import time
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
STAMP = VENV / "tgan-ready.json"  # there only when everything named in it is installed
BUSY = VENV / "tgan-installing"  # there only while pip writes: left behind, files may be half there
OLDEST, NEWEST = (3, 11), (3, 13)
RUN, TEST = "requirements.txt", "requirements-dev.txt"
CPU_INDEX = "https://download.pytorch.org/whl/cpu"  # about 0.2 GB instead of 3 GB with CUDA
PROBE_S = 2.0
OFFLINE = re.compile(
    "name resolution|Name or service not known|getaddrinfo|nodename nor servname|NewConnectionError"
    "|Connection refused|Network is unreachable|ConnectTimeout|Read timed out|ProxyError"
    "|Max retries exceeded|Connection to .* timed out",
    re.IGNORECASE,
)


class SetupError(Exception):
    """The set-up cannot go on; the text says what was wanted, what came and what to do."""


def main(argv):
    """Set up what is missing, then run the studio or the tests. Returns the exit code."""
    if argv and argv[0] in ("-h", "--help"):
        print(__doc__)
        return 0
    testing = bool(argv) and argv[0] == "test"
    try:
        check_python(sys.version_info[:2], platform.system(), platform.machine(), sys.maxsize)
        set_up([RUN, TEST] if testing else [RUN])
    except SetupError as error:
        print("\n" + str(error), file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped. Run the same command again to go on.", file=sys.stderr)
        return 130
    command = test_command(argv[1:]) if testing else app_command(argv)
    environment = dict(os.environ)
    if not testing and wants_browser(argv, environment, platform.system()):
        environment["TGAN_OPEN_BROWSER"] = "1"  # app.py opens the page once the server answers
    return hand_over(command, environment)


def check_python(version, system, machine, maxsize):
    """Raise SetupError when no PyTorch wheel that we pin exists for this Python."""
    wanted = "Python {}.{} to {}.{}".format(*OLDEST + NEWEST)
    if not OLDEST <= tuple(version) <= NEWEST:
        other = other_python(system)
        todo = (
            f"There is one on this machine: {other} start.py"
            if other
            else "Install one from https://www.python.org/downloads/ and run start.py with it."
        )
        raise SetupError(
            f"The studio wants {wanted}; this is Python {version[0]}.{version[1]}.\n{todo}"
        )
    if maxsize <= 2**32:
        raise SetupError(
            f"The studio wants a 64-bit {wanted}; this one is 32-bit, and PyTorch has none such.\n"
            "Install the 64-bit version from https://www.python.org/downloads/"
        )
    if system == "Darwin" and machine == "x86_64":
        raise SetupError(
            "PyTorch is no longer made for Macs with an Intel processor (or for an Intel Python on "
            "Apple silicon).\nOn Apple silicon install the universal Python from "
            "https://www.python.org/downloads/ ; on an Intel Mac use another machine or a Space."
        )


def other_python(system):
    """The command of a fitting Python that is installed besides this one, or None."""
    for minor in range(NEWEST[1], OLDEST[1] - 1, -1):
        name = f"3.{minor}"
        command = ["py", "-" + name] if system == "Windows" else ["python" + name]
        if shutil.which(command[0]) is None:
            continue
        try:  # a launcher or a shim may be there without the Python itself
            check = subprocess.run(
                command + ["-V"],
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                timeout=10,
            )
        except (OSError, subprocess.TimeoutExpired):
            continue
        if check.returncode == 0 and name.encode() in check.stdout:
            return " ".join(command)
    return None


def set_up(names):
    """Bring `.venv` to the requirement files `names`; does nothing when the stamp says so."""
    for name in names:
        if not (ROOT / name).is_file():
            raise SetupError(f"{name} is missing beside start.py; fetch the project again.")
    wanted, ready = fingerprints(names), read_stamp()
    if BUSY.exists() or not venv_python().exists():
        ready = {}
    todo = stale(wanted, ready)
    if not todo:
        return
    started = time.monotonic()
    say("Setting up the studio in .venv. The first time this takes a few minutes.")
    try:
        make_venv()
        if not ready:
            check_disk()
        with contextlib.suppress(FileNotFoundError):
            STAMP.unlink()
        install(todo)
        write_stamp(dict({} if RUN in todo else ready, **wanted))
    except PermissionError as error:
        raise SetupError(
            f"This folder wants to be writable, and {error.filename or VENV} is not.\n"
            "Copy the project to a folder of your own and run start.py there."
        ) from error
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        raise SetupError(disk_text()) from error
    say(f"Ready after {clock(time.monotonic() - started)}.")


def fingerprints(names):
    """What a set-up with these files stands for: {"python": "3.12", name: hash of the file}."""
    prints = {"python": "{}.{}".format(*sys.version_info[:2])}
    for name in names:
        text = (ROOT / name).read_text(encoding="utf-8")  # line ends differ between checkouts
        prints[name] = hashlib.sha256(text.encode("utf-8")).hexdigest()
    return prints


def stale(wanted, ready):
    """The files of `wanted` to install, given what the stamp vouches for, in their order."""
    files = [name for name in wanted if name != "python"]
    if ready.get("python") != wanted["python"] or ready.get(RUN) != wanted[RUN]:
        return files  # the others stand on the first
    return [name for name in files if ready.get(name) != wanted[name]]


def read_stamp():
    try:
        stamp = json.loads(STAMP.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return stamp if isinstance(stamp, dict) else {}


def write_stamp(stamp):
    temporary = STAMP.with_suffix(".tmp")
    temporary.write_text(json.dumps(stamp), encoding="utf-8")
    os.replace(str(temporary), str(STAMP))


def venv_python():
    windows = os.name == "nt"
    return VENV / ("Scripts" if windows else "bin") / ("python.exe" if windows else "python")


def make_venv():
    """Make `.venv` when it is missing, of another Python, or was left in the middle of a set-up."""
    if not BUSY.exists() and venv_python().exists() and pip_version() is not None:
        return
    if Path(sys.prefix).resolve() == VENV.resolve():
        raise SetupError(
            "`.venv` must be made anew, and this Python runs from it.\n"
            "Leave it first: run `deactivate`, then start.py again."
        )
    if importlib.util.find_spec("venv") is None or importlib.util.find_spec("ensurepip") is None:
        raise SetupError(
            "This Python has no venv module (Debian and Ubuntu ship it apart).\n"
            "Install it: sudo apt install python{}.{}-venv".format(*sys.version_info[:2])
        )
    say("making .venv ...")
    made = subprocess.run(
        [sys.executable, "-m", "venv", "--clear", str(VENV)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    if made.returncode or pip_version() is None:
        raise SetupError(failure(made.stdout.splitlines(), "python -m venv", made.returncode))


def pip_version():
    """(major, minor) of the pip in `.venv`; None when it does not run or is of another Python."""
    try:
        check = subprocess.run(
            [str(venv_python()), "-m", "pip", "--version"],
            capture_output=True,
            text=True,
            timeout=120,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    found = re.match(r"pip (\d+)\.(\d+).*\(python (\d+\.\d+)\)", check.stdout)
    if check.returncode or not found or found.group(3) != "{}.{}".format(*sys.version_info[:2]):
        return None
    return int(found.group(1)), int(found.group(2))


def cpu_only():
    """Whether this is a Linux without an NVIDIA card, where the CPU build of torch is enough."""
    return (
        platform.system() == "Linux"
        and not os.path.exists("/proc/driver/nvidia")
        and shutil.which("nvidia-smi") is None
    )


def index_answers(url=CPU_INDEX, opener=urllib.request.urlopen, wait_s=PROBE_S):
    """Whether `url` answers a HEAD request in time. Its name's look-up may hang: hence a thread."""
    answers = []

    def ask():
        request = urllib.request.Request(url + "/torch/", method="HEAD")
        with contextlib.suppress(OSError, ValueError), opener(request, timeout=wait_s) as reply:
            answers.append(reply.status == 200)

    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    thread.join(wait_s)
    return answers == [True]


def check_disk():
    """Raise SetupError when what will be unpacked cannot fit."""
    if shutil.disk_usage(str(ROOT)).free < need_gb() * 1e9:
        raise SetupError(disk_text())


def need_gb():
    """1.9 GB measured on Linux; the CUDA libraries of torch come on top."""
    return 9 if platform.system() == "Linux" and not cpu_only() else 3


def disk_text():
    free = shutil.disk_usage(str(ROOT)).free / 1e9
    return (
        f"The set-up wants about {need_gb()} GB of disk; {free:.1f} GB are free in {ROOT}.\n"
        "Make room (or, where the folder for temporary files is what is full, set TMPDIR to "
        "another), then run the same command again."
    )


def install(names):
    """Install the requirement files; torch first, from the CPU index, where that is better."""
    modern = (pip_version() or (0, 0)) >= (24, 1)
    if RUN in names and cpu_only():
        say("no NVIDIA card: looking for the small CPU build of PyTorch ...")
        pin = torch_pin((ROOT / RUN).read_text(encoding="utf-8"))
        if pin and index_answers():
            try:
                run_pip(pip_command([pin, "--index-url", CPU_INDEX], modern))
            except SetupError:  # the second try says what is wrong, if it still is
                say("that did not work; taking the usual build instead")
        else:
            say("its address does not answer; taking the usual build")
    wanted = [part for name in names for part in ("-r", str(ROOT / name))]
    run_pip(pip_command(wanted, modern))


def torch_pin(requirements):
    """The line of `requirements` that pins torch, or None."""
    found = re.search(r"^torch==[\w.]+", requirements, re.MULTILINE)
    return found.group(0) if found else None


def pip_command(arguments, modern):
    """`pip install` with output that `Progress` can read; `modern`: pip 24.1 or newer."""
    bar = "raw" if modern else "off"
    options = ["--no-input", "--disable-pip-version-check", "--progress-bar", bar]
    return [str(venv_python()), "-m", "pip", "install"] + options + arguments


def run_pip(command):
    """Run pip, show what it does; SetupError with its last words when it fails."""
    environment = dict(os.environ, PYTHONUNBUFFERED="1", PYTHONIOENCODING="utf-8")
    BUSY.touch()
    process = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
        env=environment,
    )
    lines = queue.Queue()

    def read():
        with process.stdout:
            for line in process.stdout:
                lines.put(line.rstrip())
        lines.put(None)

    threading.Thread(target=read, daemon=True).start()
    progress, said = Progress(sys.stdout), []
    try:
        while True:
            try:
                line = lines.get(timeout=0.5)
            except queue.Empty:
                progress.tick()
                continue
            if line is None:
                break
            if not line.startswith("Progress "):
                said = (said + [line])[-60:]
            progress.read(line)
        code = process.wait()
    except BaseException:
        process.terminate()
        process.wait()
        raise
    finally:
        progress.close()
    if code >= 0:  # a pip that fails by itself takes back what it wrote; a killed one does not
        BUSY.unlink()
    if code:
        raise SetupError(failure(said, "pip install", code))


def failure(lines, what, code):
    """The text for a command that failed, from the last lines that it printed."""
    text = "\n".join(lines)
    last = "\n".join("    " + line for line in lines if line.strip())[-2000:]
    if "No space left on device" in text or "Errno 28" in text:
        advice = disk_text()
    elif "CERTIFICATE_VERIFY_FAILED" in text or "SSLError" in text:
        advice = (
            "The connection could not be trusted. Behind a company's proxy, set PIP_CERT to its "
            "certificate; on macOS run 'Install Certificates.command' of your Python."
        )
    elif OFFLINE.search(text):
        advice = (
            "The first set-up wants the internet, and the package index could not be reached.\n"
            "Check the connection (and HTTPS_PROXY, if you need one), then run the same command "
            "again."
        )
    elif "Permission denied" in text or "Access is denied" in text:
        advice = (
            "A file in .venv cannot be written. Close a studio that still runs, check who owns the "
            "folder, then run the same command again."
        )
    else:
        advice = "Run the same command again; if it stays, delete the folder .venv first."
    return f"{what} failed with exit code {code}. Its last lines:\n{last}\n\n{advice}"


class Progress:
    """Turns pip's output into one living line on a terminal, or a few plain lines in a log."""

    def __init__(self, stream, now=time.monotonic):
        self.stream, self.now = stream, now
        self.started = self.drawn = now()
        self.doing, self.share = "asking for packages", ""
        self.living = stream.isatty()

    def read(self, line):
        """Take in one line of pip."""
        raw = re.match(r"Progress (\d+) of (\d+)", line)
        collecting = re.match(r"\s*Collecting ([\w.\-\[\]]+)", line)
        download = re.match(r"\s*(?:Downloading|Using cached) (\S+?)-[\d.]+\S*(?: \((.+)\))?", line)
        if raw:
            total = int(raw.group(2))
            self.share = f" {100 * int(raw.group(1)) // total} %" if total else ""
            self.tick()
            return
        if download and not line.rstrip().endswith(".metadata"):
            size = f" ({download.group(2)})" if download.group(2) else ""
            self.show("fetching " + download.group(1).rsplit("/", 1)[-1] + size)
        elif collecting:
            self.show("finding " + collecting.group(1), quiet=True)
        elif line.startswith("Installing collected packages:"):
            names = line.split(":", 1)[1].split(",")
            self.show(f"unpacking {len(names)} packages")
        elif line.startswith("Successfully installed"):
            self.show("installed")

    def show(self, doing, quiet=False):
        self.doing, self.share = doing, ""
        if self.living or not quiet:
            self.draw()

    def tick(self):
        """Draw again when time has passed: often on a terminal, every 20 s in a log."""
        if self.now() - self.drawn >= (0.2 if self.living else 20):
            self.draw()

    def draw(self):
        self.drawn = self.now()
        text = f"[{clock(self.drawn - self.started)}] {self.doing}{self.share}"
        if self.living:
            width = shutil.get_terminal_size().columns - 1
            self.stream.write("\r" + text[:width].ljust(width))
        else:
            self.stream.write(text + "\n")
        self.stream.flush()

    def close(self):
        if self.living:
            self.stream.write("\n")
            self.stream.flush()


def clock(seconds):
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d}"


def say(text):
    print(text, flush=True)


def app_command(arguments):
    own = ("--no-browser",)
    rest = [argument for argument in arguments if argument not in own]
    return [str(venv_python()), str(ROOT / "app.py")] + rest


def test_command(arguments):
    return [str(venv_python()), "-m", "pytest"] + list(arguments)


def wants_browser(arguments, environment, system):
    """Whether there is someone in front of a screen of this machine."""
    if "--no-browser" in arguments or environment.get("CI") or environment.get("SSH_CONNECTION"):
        return False
    screen = environment.get("DISPLAY") or environment.get("WAYLAND_DISPLAY")
    return system != "Linux" or bool(screen)


def hand_over(command, environment):
    """Run `command` in the project's folder in place of this process; its exit code is ours."""
    os.chdir(str(ROOT))
    if os.name == "posix":  # signals then reach the server itself
        sys.stdout.flush()
        os.execve(command[0], command, environment)
    process = subprocess.Popen(command, env=environment)
    while True:
        try:
            return process.wait()
        except KeyboardInterrupt:  # the child got it too, and ends in its own time
            continue


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
