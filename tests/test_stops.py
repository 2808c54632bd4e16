"""A server that is asked to stop, started twice, or loses its data directory: nothing is lost, all is said."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from urllib.request import Request, urlopen

import pytest
import torch
from conftest import free_port

from tgan_demo.cli import main as command_line
from tgan_demo.data import catalogue
from tgan_demo.engine.game import trainer
from tgan_demo.errors import BusyError, NotFoundError
from tgan_demo.files import disk
from tgan_demo.people.hold import Hold
from tgan_demo.people.store import Store
from tgan_demo.runs import checkpoint
from tgan_demo.runs.budget import GUESSED
from tgan_demo.runs.stopping import stoppable
from tgan_demo.studio import Studio
from tgan_demo.ui import blocks, serve, visit

ROOT = Path(__file__).parent.parent
TINY = ["width=32", "depth=1", "heads=2", "z_dim=16", "patch=14", "overlap=0"]
QUICK = ["batch_size=4", "precision=float32"]


def call(url: str, name: str, *data: object) -> dict:
    """One public endpoint, by plain HTTP."""
    body = json.dumps({"data": data}).encode()
    asked = Request(f"{url}gradio_api/call/{name}", body, {"Content-Type": "application/json"})
    event = json.load(urlopen(asked, timeout=60))["event_id"]
    with urlopen(f"{url}gradio_api/call/{name}/{event}", timeout=60) as stream:
        lines = stream.read().decode().splitlines()
    assert lines[0] == "event: complete", lines
    return json.loads(lines[1].removeprefix("data: "))[0]


def until(test: Callable[[], object], limit_s: float = 120) -> None:
    end = time.monotonic() + limit_s
    while not test():
        assert time.monotonic() < end
        time.sleep(0.05)


# --- signals


def test_a_signal_is_a_flag_once_and_then_what_it_was() -> None:
    before = signal.getsignal(signal.SIGTERM)
    with stoppable() as stop:
        assert not stop.is_asked() and stop.name == ""
        os.kill(os.getpid(), signal.SIGTERM)
        stop.wait()
        assert stop.is_asked() and stop.name == "SIGTERM"
        assert signal.getsignal(signal.SIGTERM) is before, "a second one ends the process"
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_a_signal_that_nohup_ignores_stays_ignored() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with stoppable() as stop:
            os.kill(os.getpid(), signal.SIGHUP)
            assert not stop.is_asked()
    finally:
        signal.signal(signal.SIGHUP, before)


@pytest.fixture
def threads() -> Iterator[None]:
    known = torch.get_num_threads()
    yield
    torch.set_num_threads(known)


@pytest.fixture(autouse=True)
def _signals_arrive() -> Iterator[None]:
    """Also where the tests run in the background of a shell, which has SIGINT ignored."""
    known = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, known)


SERVER = """
import sys
from functools import partial
from pathlib import Path

from tgan_demo.data import catalogue
from tgan_demo.studio import Studio
from tgan_demo.ui import serve

catalogue.MAX_MADE = 64
serve.Studio = partial(Studio, weights_dir=Path(sys.argv[1]))
sys.exit(serve.main(sys.argv[2:]))
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_server_that_is_asked_to_stop_saves_the_run_as_it_is(
    number: signal.Signals, tmp_path: Path, toy_weights: Path
) -> None:
    home, port = tmp_path / "home", str(free_port())
    url, lock = f"http://127.0.0.1:{port}/", home / "server.lock"
    command = [sys.executable, "-c", SERVER, str(toy_weights)]
    command += ["--port", port, "--data-dir", str(home)]
    # a signal to this process, too early or too late, would end the tests
    with subprocess.Popen(command, cwd=ROOT, env=os.environ | {"CPU_CORES": "1"}) as server:
        try:
            until(lambda: server.poll() is not None or lock.is_file() and "url" in lock.read_text())
            sizes = {"width": 32, "depth": 1, "heads": 2}
            quick = {"batch_size": 4, "precision": "float32"}
            run = call(
                url, "train_start", "digits", "scratch", "", 1e6, "images", sizes, quick, "", ""
            )
            status = partial(call, url, "train_status", run["run"], run["visitor"])
            until(lambda: status()["step"] > 20)
            seen = status()["step"]
            with pytest.raises(BusyError, match=f"at {url} .process {server.pid}.") as busy:
                Hold(home).take()
        finally:
            server.send_signal(number)
        assert server.wait(60) == 0
    assert "--data-dir" in str(busy.value)
    (folder,) = (home / "visitors").glob("*/runs/*")
    record = json.loads((folder / "run.json").read_text())
    assert record["state"] == "interrupted" and "server was stopped" in record["message"]
    assert record["step"] >= seen
    assert checkpoint.load_state(folder / "state").step == record["step"], "not the newest"
    hold = Hold(home)
    hold.take()  # it is free again
    hold.release()


def test_a_second_server_says_so_and_touches_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], threads: None
) -> None:
    hold = Hold(tmp_path)
    hold.take()
    hold.tell("http://127.0.0.1:1/")
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    assert serve.main(["--data-dir", str(tmp_path)]) == 1
    said = capsys.readouterr().err
    assert said.startswith("error: another studio is running at http://127.0.0.1:1/")
    assert before == {path: path.read_bytes() for path in tmp_path.iterdir()}
    hold.release()


def test_a_lock_goes_with_its_process_however_it_ends(tmp_path: Path) -> None:
    script = (
        "import pathlib, sys, time; from tgan_demo.people.hold import Hold; "
        "hold = Hold(pathlib.Path(sys.argv[1])); hold.take(); print('held', flush=True); time.sleep(60)"
    )
    command = [sys.executable, "-c", script, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT) as other:
        assert other.stdout is not None and other.stdout.readline() == b"held\n"
        with pytest.raises(BusyError, match=str(other.pid)):
            Hold(tmp_path).take()
        other.kill()
    assert (tmp_path / "server.lock").is_file()
    hold = Hold(tmp_path)
    hold.take()
    hold.release()


# --- the command line


def stopped_at(monkeypatch: pytest.MonkeyPatch, step: int, number: signal.Signals) -> None:
    """A signal comes in the middle of a step."""
    whole = trainer.train_step

    def train_step(state, *args, **more):
        if state.step == step:
            os.kill(os.getpid(), number)
        return whole(state, *args, **more)

    monkeypatch.setattr(trainer, "train_step", train_step)


def test_a_signal_ends_training_with_all_of_it_on_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(catalogue, "MAX_MADE", 64)
    words = ["train", "--data", "glyphs", "--images", "80", "--set", *TINY, *QUICK]
    words += ["--out", str(tmp_path / "run")]
    for number, step in ((signal.SIGTERM, 4), (signal.SIGINT, 9)):
        with monkeypatch.context() as patch:
            stopped_at(patch, step, number)
            assert command_line.main(words) == 128 + number
        out, err = capsys.readouterr()
        last = json.loads(out.splitlines()[-1])
        assert last["stopped"] == number.name and last["nimg"] == 4 * (step + 1)
        assert "--resume" in err and "Traceback" not in err
        assert checkpoint.load_state(tmp_path / "run").step == step + 1
        assert (tmp_path / "run" / "model.safetensors").is_file()
        words = ["train", "--resume", "--data", "glyphs", "--out", str(tmp_path / "run")]
    assert command_line.main(words) == 0
    assert checkpoint.load_state(tmp_path / "run").nimg == 80


def test_a_budget_in_seconds_is_not_forgotten_while_it_is_measured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before the speed is known the schedules have no end: a run resumed from there must have one."""
    monkeypatch.setattr(catalogue, "MAX_MADE", 64)
    stopped_at(monkeypatch, 5, signal.SIGTERM)
    words = ["train", "--data", "glyphs", "--seconds", "3600", "--set", *TINY, *QUICK]
    assert command_line.main([*words, "--out", str(tmp_path)]) == 128 + 15
    assert checkpoint.load_state(tmp_path).train.images == 3600 * GUESSED


# --- the data directory


def test_a_directory_that_cannot_be_made_is_told_and_used_once_it_can(
    tmp_path: Path, toy_weights: Path
) -> None:
    wall = tmp_path / "wall"
    wall.write_text("a file where a folder is wanted")
    studio = Studio(wall / "home", weights_dir=toy_weights)
    start = visit.open_page(studio, {"lang": "en"}, blocks.TABS)
    assert not start.is_kept and "nothing is kept" in start.notes[0]
    assert "Not a directory" in start.notes[0] and str(tmp_path) not in start.notes[0]
    assert studio.jobs.runs(start.visitor) == [] and studio.store.models(start.visitor) == []
    assert studio.store.used_bytes(start.visitor) == 0
    with pytest.raises(OSError) as error:
        studio.store.new_run(start.visitor)
    assert disk.is_disk(error.value)
    wall.unlink()
    again = visit.open_page(studio, {"me": start.visitor}, blocks.TABS)
    assert again.is_kept and again.visitor == start.visitor and not again.notes
    studio.store.new_run(start.visitor)


def test_a_deleted_directory_is_made_again_for_those_who_are_here(tmp_path: Path) -> None:
    store = Store(tmp_path / "home")
    visitor = store.new_visitor()
    run_id = store.new_run(visitor)
    shutil.rmtree(tmp_path / "home")
    assert store.runs(visitor) == [] and store.trouble(visitor) == ""
    with pytest.raises(NotFoundError, match="may have been deleted"):
        store.folder(visitor, run_id)
    with pytest.raises(NotFoundError):
        store.check("0" * 32)  # of nobody
    store.folder(visitor, store.new_run(visitor))
    with store.scratch() as folder:
        assert folder.is_dir()


def test_a_deleted_directory_that_another_server_took_is_left_alone(tmp_path: Path) -> None:
    home = tmp_path / "home"
    store = Store(home)
    store.hold = Hold(home)
    visitor = store.new_visitor()
    shutil.rmtree(home)
    other = Hold(home)
    other.take()
    with pytest.raises(BusyError, match="another studio"):
        store.new_run(visitor)
    assert [path.name for path in home.iterdir()] == ["server.lock"]
    other.release()
    store.new_run(visitor)
    with pytest.raises(BusyError):
        other.take()
    store.hold.release()


def test_a_read_only_directory_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = Store(tmp_path)
    visitor = store.new_visitor()
    monkeypatch.setattr(os, "access", lambda *args: False)
    assert store.trouble(visitor) == "Permission denied"


def test_half_an_upload_is_forgotten_after_a_day(tmp_path: Path) -> None:
    store = Store(tmp_path)
    old, new = store.uploads / "half", store.uploads / "new"
    store.uploads.mkdir()
    for path in (old, new):
        path.write_bytes(b"half a file")
    os.utime(old, (0, 0))
    store.clean(30)
    assert new.is_file() and not old.exists()
