"""What every test stands on: fixed seeds, no telemetry, toy models, one server, a browser if there is one."""

import contextlib
import os
import random
import shutil
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

# before anything imports gradio or huggingface_hub
os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"
# for the tests' own clients; tests/test_starts.py takes it away, for the studio must not need it
os.environ.setdefault("NO_PROXY", "127.0.0.1,localhost")
# networks this small: a second thread waits more than it works, in what a test starts too
os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import pytest
import torch
import toys
from hub_stand_in import stand_in  # noqa: F401  a fixture
from screen import browser, loop_of_playwright, open_page, shared  # noqa: F401  fixtures

from tgan_demo.runs.queue import Jobs

HERE = Path(__file__).parent
IN_CI = os.environ.get("CI", "").lower() == "true"
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")

torch.set_num_threads(1)

# What takes longest, longest first: what is left for the end is short, and no process waits for another.
FIRST = (
    "test_page.py", "test_page_axe.py", "test_page_changes.py", "test_onnx.py", "test_trainer.py",
    "test_page_history.py", "test_lab.py", "test_page_video_train.py", "test_ranks.py", "test_page_sound.py",
    "test_checks.py", "test_page_links.py", "test_stops.py", "test_page_video.py", "test_page_text.py",
    "test_page_edit_plane.py", "test_page_lab.py", "test_train_panel.py", "test_drained.py", "test_api.py",
    "test_page_edit_directions.py", "test_page_findings.py", "test_every_recipe.py", "test_live_scores.py",
    "test_queue.py", "test_jobs.py", "test_baselines.py", "test_audio.py", "test_drive.py",
    "test_video_jobs.py", "test_studio.py", "test_cli.py", "test_evaluate.py",
)  # fmt: skip


@pytest.hookimpl(tryfirst=True)
def pytest_cmdline_main(config: pytest.Config) -> None:
    """The whole suite runs in as many processes as there are cores, up to 4; `-n` says how many."""
    if hasattr(config, "workerinput"):  # this is one of them
        return
    options = config.option
    is_whole = config.args_source is config.ArgsSource.TESTPATHS and not options.keyword
    if is_whole and not options.usepdb and getattr(options, "numprocesses", 0) is None:
        options.numprocesses = min(4, cores()) if cores() > 1 else 0
    if getattr(options, "numprocesses", 0) and options.dist == "no":
        options.dist, options.loadscopereorder = "loadfile", False  # keeps the order below
        options.maxworkerrestart = (
            "0"  # a process that dies ends the suite, which else may wait for ever
        )


def cores() -> int:
    """The cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    order = {name: place for place, name in enumerate(FIRST)}
    items.sort(key=lambda item: order.get(item.path.name, len(order)))
    if not torch.cuda.is_available():
        for item in items:
            if "gpu" in item.keywords:
                item.add_marker(pytest.mark.skip(reason="needs a CUDA device"))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Iterator[pytest.TestReport]:
    """Under CI=true a page test that skips has failed: there the browser must be installed."""
    report = yield
    if IN_CI and report.skipped and "ui" in item.keywords and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"skipped under CI=true, where page tests must run: {report.longrepr}"
    return report


@pytest.fixture(autouse=True)
def fixed_seeds() -> None:
    random.seed(0)
    np.random.seed(0)
    torch.manual_seed(0)


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """A test that leaves more threads behind changes the last bits of what every later one computes."""
    yield
    left = torch.get_num_threads()
    torch.set_num_threads(1)
    assert left == 1, f"the test left torch with {left} threads"


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of a Chromium or Chrome; skips without one, fails without one under CI=true."""
    wanted = os.environ.get("TGAN_CHROMIUM")
    for name in (wanted,) if wanted else BROWSERS:
        if path := shutil.which(name):
            return path
    text = f"no browser: wanted {wanted or ' or '.join(BROWSERS[:3])} on PATH; see .ci/run"
    if IN_CI:
        pytest.fail(text)
    pytest.skip(text)


@pytest.fixture
def ring_weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A weights folder with one toy model of the toy modality "ring", registered by one line."""
    from tgan_demo.modalities import registry

    monkeypatch.setitem(registry.MODALITIES, "ring", "ring")
    toys.make_model(tmp_path / "weights" / "ring" / "circle", toys.CIRCLE, "eight Gaussians")
    return tmp_path / "weights"


@pytest.fixture(scope="session")
def toy_weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A weights folder with image/digits (grey, classes) and image/avatars (colour), never trained."""
    return toys.make_weights(tmp_path_factory.mktemp("toys"))


@dataclass(frozen=True)
class Served:
    url: str  # ends with /
    data_dir: Path
    jobs: Jobs

    def is_idle(self) -> bool:
        """Whether no run trains, soon; one that a test left would make every later one wait."""
        for _ in range(200):
            if not self.jobs.is_training:
                return True
            time.sleep(0.05)
        return False


@pytest.fixture(scope="session")
def served(toy_weights: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The real app over the toy models, on a free port of this machine, for the whole session."""
    from tgan_demo.data import catalogue
    from tgan_demo.runs import queue as jobs

    data_dir = tmp_path_factory.mktemp("served")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(jobs, "NICE", 0)  # a busy machine would starve the run that a test waits for
        patch.setattr(catalogue, "MAX_MADE", 200)  # painting 8,000 takes ten seconds
        toys.quick_phases(patch)
        with serving(data_dir, toy_weights) as found:
            yield found


@contextlib.contextmanager
def serving(data_dir: Path, weights_dir: Path) -> Iterator[Served]:
    """The real app, until the block ends."""
    from tgan_demo.ui import serve

    demo = serve.make(data_dir, weights_dir=weights_dir)
    with launched(demo) as url:
        yield Served(url, data_dir, demo.hosting.studio.jobs)


@contextlib.contextmanager
def launched(demo: Any) -> Iterator[str]:
    """The address of a page that is served until the block ends."""
    from tgan_demo.ui import serve

    url = serve.launch(demo, port=free_port())
    try:
        yield url
    finally:
        demo.close(verbose=False)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
