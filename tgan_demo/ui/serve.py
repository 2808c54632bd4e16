"""The studio as a server: its flags, its threads, what it tidies, and its end; app.py starts it."""

import argparse
import atexit
import contextlib
import importlib.util
import logging
import os
import sys
import tempfile
import threading
import webbrowser
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")
# Before torch: threads that have nothing to do sleep. Else they spin for the next product, on cores that
# somebody else's draw, or another program, wants: a run beside one busy process was five times as slow.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import numpy as np
import torch

from tgan_demo.config import ModelConfig, TrainConfig
from tgan_demo.contract import Dataset
from tgan_demo.data import limits
from tgan_demo.engine.game import trainer
from tgan_demo.engine.game.memory import give_back, keep_memory
from tgan_demo.engine.game.state import new_state
from tgan_demo.errors import BusyError
from tgan_demo.files.disk import default_dir
from tgan_demo.modalities import registry
from tgan_demo.people.hold import Hold
from tgan_demo.runs.stopping import stoppable
from tgan_demo.studio import WEIGHTS, Studio
from tgan_demo.ui import log_lines
from tgan_demo.ui.proxies import no_proxy
from tgan_demo.ui.quick_import import without_stubs, without_tools

if TYPE_CHECKING:
    from tgan_demo.ui.entrance import Blocks

without_stubs()
logger = logging.getLogger(__name__)

MAX_UPLOAD = limits.MAX_ZIP_BYTES  # of one file; what it may be for is judged when it is here
WARM_UP_AFTER_S, WARM_UP_S = 8.0, 10.0
GIVE_BACK_S = 60.0
DRAIN_S = 15.0  # for requests that had begun when the system asked this process to end
NO_MCP = "--mcp needs the package mcp; in the project's folder: pip install .[mcp]"
MAX_QUEUE = 64  # people waiting; one more is told so at once


def set_threads() -> None:
    """As many as there are cores; a Space says how many it has in CPU_CORES."""
    cores = os.environ.get("CPU_CORES", "")
    torch.set_num_threads(int(cores) if cores.isdigit() and int(cores) else os.cpu_count() or 2)


def make(
    data_dir: Path | None = None, *, weights_dir: Path = WEIGHTS, present: bool = False
) -> "Blocks":
    """The page over a new studio, not yet launched."""
    return page(Studio(data_dir, weights_dir), present=present)


def page(studio: Studio, *, present: bool = False) -> "Blocks":
    """The page over a studio, not yet launched."""
    os.environ.setdefault("GRADIO_TEMP_DIR", str(uploads(studio)))
    # after each queued event Gradio sums up all since the start: 11 ms after 500, 28 after 20,000
    os.environ.setdefault("GRADIO_ANALYTICS_CACHE_FREQUENCY", str(10**9))
    with no_proxy(), without_tools():
        from tgan_demo.ui import blocks  # not before: Gradio reads it once when it is imported

    tidy(studio)
    atexit.register(studio.jobs.close)  # for whoever does not do it before
    demo = blocks.build(studio, present=present)
    demo.queue(max_size=MAX_QUEUE, default_concurrency_limit=2)
    return demo


def uploads(studio: Studio) -> Path:
    """Where Gradio keeps what browsers send. Its own place is one for all users of a machine, and belongs
    to whoever came first."""
    folder = studio.store.uploads
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if os.access(folder, os.W_OK):
            return folder
    except OSError as error:
        logger.warning("uploads go to the system's temporary folder: %s", error)
    return Path(tempfile.mkdtemp(prefix="tgan_demo-"))


def launch(
    demo: "Blocks",
    *,
    host: str = "127.0.0.1",
    port: int | None = None,
    present: bool = False,
    names: Sequence[str] = (),
    has_tools: bool = False,
) -> str:
    """Serve the page from threads of this process; its address.

    Args:
        names: as of blocks.launch_options.
        has_tools: for language models too, see mcp_tools.py.
    """
    from tgan_demo.ui import blocks

    with no_proxy(), contextlib.ExitStack() as stack:
        if has_tools:
            from tgan_demo.ui import mcp_tools

            stack.enter_context(mcp_tools.in_place())
        _, url, _ = demo.launch(
            server_name=host,
            server_port=port,
            max_file_size=MAX_UPLOAD,
            share=False,
            inbrowser=False,
            prevent_thread_lock=True,
            quiet=True,  # Gradio would say how to share it
            mcp_server=has_tools,
            _frontend=False,  # it would give up where the page takes three seconds, on a busy machine
            **blocks.launch_options(present=present, host=host, names=names),
        )
    return url


def tidy(studio: Studio) -> None:
    """Once a day: what was left half-written, and on a Space what nobody came back for in a month."""
    try:
        studio.store.clean(30 if "SPACE_ID" in os.environ else 36_500)
    except OSError as error:
        logger.warning("the data directory could not be tidied: %s", error)
    again = threading.Timer(86_400, tidy, (studio,))
    again.daemon = True
    again.start()


def tidy_memory() -> None:
    """Now and then: what drew every model and ended its run holds a third more than it needs."""
    give_back()
    again = threading.Timer(GIVE_BACK_S, tidy_memory)
    again.daemon = True
    again.start()


def warm_up() -> None:
    """One training step of a toy: the first one imports half of torch, which takes seconds."""
    model = ModelConfig(shape=(1, 8, 8), width=32, depth=1, heads=2)
    data = Dataset("nothing", np.zeros((8, 8, 8, 1), np.uint8), modality=model.modality)
    state = new_state(model, TrainConfig(batch_size=2), registry.tokenizer(model.modality))
    list(trainer.train_slice(state, data, steps=1))


def main(arguments: list[str] | None = None) -> int:
    """Serve until the system asks this process to end, then save what trains. Returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    on_space = "SPACE_ID" in os.environ
    parser.add_argument("--host", default="0.0.0.0" if on_space else "127.0.0.1")
    parser.add_argument("--port", type=int, default=None, help="7860 or the next free one")
    parser.add_argument(
        "--allow-host",
        action="append",
        default=[],
        metavar="NAME",
        help="a name under which a proxy on this computer passes the page on; may be repeated",
    )
    parser.add_argument("--data-dir", type=Path, default=None, help="uploads, runs, own models")
    parser.add_argument("--present", action="store_true", help="large type for a projector")
    parser.add_argument(
        "--metrics",
        action="store_true",
        help="figures for Prometheus at /metrics, which all can read",
    )
    parser.add_argument("--log-json", action="store_true", help="log lines as JSON objects")
    parser.add_argument(
        "--mcp", action="store_true", help="the endpoints as tools for language models"
    )
    flags = parser.parse_args(arguments)
    if flags.mcp and importlib.util.find_spec("mcp") is None:
        sys.stderr.write(f"error: {NO_MCP}\n")
        return 1
    log_lines.begin(as_json=flags.log_json)
    set_threads()
    keep_memory()
    hold = Hold(flags.data_dir or default_dir())
    try:
        hold.take()
    except BusyError as error:
        sys.stderr.write(f"error: {error}\n")
        return 1
    except OSError as error:  # the page says so too, and goes on once it can be written
        logger.warning("the data directory %s cannot be used: %s", hold.path.parent, error)
    with stoppable(log_lines.line if flags.log_json else str) as stop:
        studio = Studio(flags.data_dir)
        studio.store.hold = hold
        demo = page(studio, present=flags.present)
        demo.hosting.has_metrics = flags.metrics
        logging.getLogger().addHandler(demo.hosting.errors)
        later = threading.Timer(WARM_UP_AFTER_S, warm_up)  # the first picture comes first
        later.daemon = True
        later.start()
        tidy_memory()
        url = launch(
            demo,
            host=flags.host,
            port=flags.port,
            present=flags.present,
            names=flags.allow_host,
            has_tools=flags.mcp,
        )
        if flags.log_json:
            log_lines.adopt()
            logger.info("serving at %s", url)
        else:
            sys.stdout.write(f"The studio is open at {url} (Ctrl-C ends it).\n")
            sys.stdout.flush()
        hold.tell(url)
        if os.environ.get("TGAN_OPEN_BROWSER") == "1":  # start.py: someone is looking
            webbrowser.open(url)
        stop.wait()
        demo.hosting.is_draining = True
        studio.jobs.close()
        studio.labs.close()
        demo.hosting.drain(DRAIN_S)
        later.cancel()
        later.join(WARM_UP_S)  # a thread within torch when Python ends would abort the process
    demo.close(verbose=False)
    hold.release()
    return 0
