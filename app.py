"""Start the studio: `python app.py`, on a laptop as on a Hugging Face Space."""

import argparse
import atexit
import logging
import os
import threading
from pathlib import Path

os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")
# Before torch: threads that have nothing to do sleep. Else they spin for the next product, on cores that
# somebody else's draw, or another program, wants: a run beside one busy process was five times as slow.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import gradio as gr
import numpy as np
import torch

from tgan_demo.config import ModelConfig, TrainConfig
from tgan_demo.contract import Dataset
from tgan_demo.engine.game import trainer
from tgan_demo.engine.game.memory import keep_memory
from tgan_demo.engine.game.state import new_state
from tgan_demo.modalities import registry
from tgan_demo.studio import WEIGHTS, Studio
from tgan_demo.ui import blocks

MAX_UPLOAD = "100mb"  # a zip of pictures or a model
WARM_UP_AFTER_S = 8.0
MAX_QUEUE = 64  # people waiting; one more is told so at once


def set_threads() -> None:
    """As many as there are cores; a Space says how many it has in CPU_CORES."""
    cores = os.environ.get("CPU_CORES", "")
    torch.set_num_threads(int(cores) if cores.isdigit() and int(cores) else os.cpu_count() or 2)


def make(
    data_dir: Path | None = None, *, weights_dir: Path = WEIGHTS, present: bool = False
) -> gr.Blocks:
    """The page over a studio, not yet launched."""
    studio = Studio(data_dir, weights_dir)
    tidy(studio)
    atexit.register(studio.jobs.close)  # a run that is going on is saved
    demo = blocks.build(studio, present=present)
    demo.queue(max_size=MAX_QUEUE, default_concurrency_limit=2)
    return demo


def tidy(studio: Studio) -> None:
    """Once a day: what was left half-written, and on a Space what nobody came back for in a month."""
    studio.store.clean(30 if "SPACE_ID" in os.environ else 36_500)
    again = threading.Timer(86_400, tidy, (studio,))
    again.daemon = True
    again.start()


def warm_up() -> None:
    """One training step of a toy: the first one imports half of torch, which takes seconds."""
    model = ModelConfig(shape=(1, 8, 8), width=32, depth=1, heads=2)
    data = Dataset("nothing", np.zeros((8, 8, 8, 1), np.uint8), modality=model.modality)
    state = new_state(model, TrainConfig(batch_size=2), registry.tokenizer(model.modality))
    list(trainer.train_slice(state, data, steps=1))


def main(arguments: list[str] | None = None) -> None:
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
    demo = make(flags.data_dir, present=flags.present)
    later = threading.Timer(WARM_UP_AFTER_S, warm_up)  # the first picture comes first
    later.daemon = True
    later.start()
    demo.launch(
        server_name=flags.host,
        server_port=flags.port,
        max_file_size=MAX_UPLOAD,
        share=False,
        inbrowser=os.environ.get("TGAN_OPEN_BROWSER") == "1",  # start.py: someone is looking
        **blocks.launch_options(present=flags.present, host=flags.host, names=flags.allow_host),
    )


if __name__ == "__main__":
    main()
