"""Start the studio: `python app.py`, on a laptop as on a Hugging Face Space."""

import argparse
import atexit
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
from tgan_demo.ui.proxies import no_proxy

if TYPE_CHECKING:
    import gradio as gr

logger = logging.getLogger(__name__)

MAX_UPLOAD = limits.MAX_ZIP_BYTES  # of one file; what it may be for is judged when it is here
WARM_UP_AFTER_S = 8.0
GIVE_BACK_S = 60.0
MAX_QUEUE = 64  # people waiting; one more is told so at once


def set_threads() -> None:
    """As many as there are cores; a Space says how many it has in CPU_CORES."""
    cores = os.environ.get("CPU_CORES", "")
    torch.set_num_threads(int(cores) if cores.isdigit() and int(cores) else os.cpu_count() or 2)


def make(
    data_dir: Path | None = None, *, weights_dir: Path = WEIGHTS, present: bool = False
) -> "gr.Blocks":
    """The page over a new studio, not yet launched."""
    return page(Studio(data_dir, weights_dir), present=present)


def page(studio: Studio, *, present: bool = False) -> "gr.Blocks":
    """The page over a studio, not yet launched."""
    os.environ.setdefault("GRADIO_TEMP_DIR", str(uploads(studio)))
    # after each queued event Gradio sums up all since the start: 11 ms after 500, 28 after 20,000
    os.environ.setdefault("GRADIO_ANALYTICS_CACHE_FREQUENCY", str(10**9))
    with no_proxy():
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
    demo: "gr.Blocks",
    *,
    host: str = "127.0.0.1",
    port: int | None = None,
    present: bool = False,
    names: Sequence[str] = (),
    quiet: bool = False,
) -> str:
    """Serve the page from threads of this process; its address. `names` as of blocks.launch_options."""
    from tgan_demo.ui import blocks

    with no_proxy():
        _, url, _ = demo.launch(
            server_name=host,
            server_port=port,
            max_file_size=MAX_UPLOAD,
            share=False,
            inbrowser=False,
            prevent_thread_lock=True,
            quiet=quiet,
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
    flags = parser.parse_args(arguments)
    logging.basicConfig(
        level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s"
    )
    logging.getLogger("httpx").setLevel(logging.WARNING)
    set_threads()
    keep_memory()
    hold = Hold(flags.data_dir or default_dir())
    try:
        hold.take()
    except BusyError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except OSError as error:  # the page says so too, and goes on once it can be written
        logger.warning("the data directory %s cannot be used: %s", hold.path.parent, error)
    with stoppable() as stop:
        studio = Studio(flags.data_dir)
        studio.store.hold = hold
        demo = page(studio, present=flags.present)
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
        )
        hold.tell(url)
        if os.environ.get("TGAN_OPEN_BROWSER") == "1":  # start.py: someone is looking
            webbrowser.open(url)
        stop.wait()
        studio.jobs.close()
    demo.close(verbose=False)
    hold.release()
    return 0


if __name__ == "__main__":
    sys.exit(main())
