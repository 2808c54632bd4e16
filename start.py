"""One command from a bare Python to the open studio.

    python start.py [--no-browser] [options of app.py ...]   set up once, then open the studio
    python start.py test [options of pytest ...]             the same set-up, then run the tests

Makes `.venv` beside this file and has pip install PyTorch and what the lock files name into it: that
wants the internet once, some GB of disk and a few minutes. A lock file (docs/lock.py writes them) holds
every package's version and the hashes of its wheels, and pip takes no other. A stamp in `.venv` says
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
LOCKS = {RUN: "requirements.lock", TEST: "requirements-dev.lock"}
CUDA_LOCK = "requirements-cuda.lock"  # what torch's CUDA build wants besides
CPU_INDEX = "https://download.pytorch.org/whl/cpu"  # about 0.2 GB instead of 3 GB with CUDA
PROBE_S = 2.0
STARTED = time.monotonic()
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
    for name in [file for of in names for file in files_of(of)]:
        if not (ROOT / name).is_file():
            raise SetupError(f"{name} is missing beside start.py; fetch the project again.")
    for name in names:
        check_lock(name)
    wanted, ready = fingerprints(names), read_stamp()
    if BUSY.exists() or not venv_python().exists():
        ready = {}
    todo = stale(wanted, ready)
    if not todo:
        return
    say(f"Setting up in .venv. Wanted, this once: {needs(todo)}.")
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
    step("ready")


def files_of(name):
    """A requirement file and the lock files that stand for it."""
    return [name, LOCKS[name]] + ([CUDA_LOCK] if name == RUN else [])


def read(name):
    return (ROOT / name).read_text(encoding="utf-8")  # line ends differ between checkouts


def pins(text):
    """The versions that a requirement file or a lock file names: {"numpy": {"2.4.6"}}."""
    found = {}
    for name, version in re.findall(r"^([\w.-]+)==([^\s;\\]+)", text, re.MULTILINE):
        found.setdefault(re.sub(r"[-_.]+", "-", name).lower(), set()).add(version)
    return found


def check_lock(name):
    """Raise SetupError when a requirement file was edited and its lock file was not written anew."""
    locked = pins(read(LOCKS[name]))
    for package, versions in pins(read(name)).items():
        if package != "torch" and versions != locked.get(package):
            had = ", ".join(sorted(locked.get(package, ()))) or "nothing"
            raise SetupError(
                f"{name} wants {package} {', '.join(sorted(versions))}; {LOCKS[name]} has {had}.\n"
                "Write the lock files anew: python docs/lock.py"
            )


def fingerprints(names):
    """What a set-up with these files stands for: {"python": "3.12", name: hash of its files}."""
    prints = {"python": "{}.{}".format(*sys.version_info[:2])}
    for name in names:
        text = "\n".join(read(file) for file in files_of(name))
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
    if not BUSY.exists() and venv_python().exists() and pip_works():
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
    step("making .venv")
    made = subprocess.run(
        [sys.executable, "-m", "venv", "--clear", str(VENV)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    if made.returncode or not pip_works():
        say(made.stdout)
        raise SetupError(failure(made.stdout, "python -m venv", made.returncode))


def pip_works():
    """Whether the pip in `.venv` runs, and for this version of Python."""
    try:
        check = subprocess.run(
            [str(venv_python()), "-m", "pip", "--version"],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            timeout=120,
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    ours = "(python {}.{})".format(*sys.version_info[:2])
    return check.returncode == 0 and check.stdout.rstrip().endswith(ours)


def cpu_only():
    """Whether this is a Linux without an NVIDIA card, where the CPU build of torch is enough.

    TGAN_CUDA=1 says that the card comes later, as where a container is built.
    """
    return (
        platform.system() == "Linux"
        and os.environ.get("TGAN_CUDA") != "1"
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


def needs(names):
    """What installing the requirement files `names` takes, in words."""
    if RUN in names:
        return f"the internet, about {need_gb()} GB of disk and a few minutes"
    return "the internet, about 0.5 GB of disk and a minute or two"


def install(names):
    """Install what the requirement files stand for: torch, then what is locked, as the hashes say."""
    locks = [LOCKS[name] for name in names]
    if RUN in names:
        install_torch()
        if wants_cuda():
            locks.insert(1, CUDA_LOCK)
    step("installing " + " and ".join(locks))
    files = [part for lock in locks for part in ("-r", str(ROOT / lock))]
    run_pip(["--no-deps", "--require-hashes"] + files)


def install_torch():
    """Install torch alone, in the build for this machine: from the CPU index, where that is better.

    No hash is asked for: the same version has another wheel in each index.
    """
    pin = torch_pin(read(RUN))
    if pin is None:
        raise SetupError(f"{RUN} names no version of torch; fetch the project again.")
    if cpu_only():
        if index_answers():
            step("no NVIDIA card: installing the small CPU build of PyTorch")
            try:
                return run_pip(["--no-deps", pin, "--index-url", CPU_INDEX])
            except SetupError:  # the second try says what is wrong, if it still is
                say("That did not work; taking the usual build instead.")
        else:
            say("The index of PyTorch's CPU builds does not answer; taking the usual build.")
    step("installing PyTorch")
    return run_pip(["--no-deps", pin])


def torch_pin(requirements):
    """The line of `requirements` that pins torch, or None."""
    found = re.search(r"^torch==[\w.]+", requirements, re.MULTILINE)
    return found.group(0) if found else None


def wants_cuda():
    """Whether the torch that is installed asks for a package of the CUDA lock."""
    if platform.system() != "Linux":
        return False
    code = "import importlib.metadata as m; print(*(m.requires('torch') or ()), sep='\\n')"
    asked = subprocess.run(
        [str(venv_python()), "-c", code], stdout=subprocess.PIPE, text=True, check=False
    )
    wanted = {name.lower() for name in re.findall(r"^[\w-]+", asked.stdout, re.MULTILINE)}
    return not wanted.isdisjoint(pins(read(CUDA_LOCK)))


def pip_command(arguments, terminal):
    """`pip install`; with its progress bar on a terminal, and plain lines in a log."""
    bar = "on" if terminal else "off"
    options = ["--no-input", "--disable-pip-version-check", "--progress-bar", bar]
    return [str(venv_python()), "-m", "pip", "install"] + options + list(arguments)


def run_pip(arguments):
    """Run `pip install` in full view; SetupError, with advice by its last words, when it fails."""
    BUSY.touch()
    process = subprocess.Popen(
        pip_command(arguments, sys.stdout.isatty()),
        stdin=subprocess.DEVNULL,
        stderr=subprocess.PIPE,  # warnings and errors: passed on, and read for the advice
        encoding="utf-8",
        errors="replace",
        env=dict(os.environ, PYTHONUNBUFFERED="1", PYTHONIOENCODING="utf-8"),
    )
    said = []
    try:
        with process.stderr:
            for line in process.stderr:
                sys.stderr.write(line)
                sys.stderr.flush()
                said = (said + [line])[-60:]
        code = process.wait()
    except BaseException:
        process.terminate()
        process.wait()
        raise
    if code >= 0:  # a pip that fails by itself takes back what it wrote; a killed one does not
        BUSY.unlink()
    if code:
        raise SetupError(failure("".join(said), "pip install", code))


def failure(text, what, code):
    """The text for a command that failed, by the last lines that it printed."""
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
    elif "DO NOT MATCH THE HASHES" in text:
        advice = (
            "A package is not the one that the lock file names, and was not installed: it was damaged or "
            "changed on its way, or has no wheel for this machine.\nRun the same command again; if "
            "it stays, ask who runs your package index or proxy."
        )
    elif "Permission denied" in text or "Access is denied" in text:
        advice = (
            "A file in .venv cannot be written. Close a studio that still runs, check who owns the "
            "folder, then run the same command again."
        )
    else:
        advice = "Run the same command again; if it stays, delete the folder .venv first."
    return f"{what} failed with exit code {code}; what it said stands above.\n{advice}"


def say(text):
    print(text, flush=True)


def step(text):
    """Say what begins now, with the minutes and seconds since the start."""
    minutes, seconds = divmod(int(time.monotonic() - STARTED), 60)
    say(f"[{minutes}:{seconds:02d}] {text}")


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
