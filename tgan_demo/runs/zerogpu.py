"""ZeroGPU: a GPU that a Hugging Face Space lends one function at a time, on the quota of who asks for it.

There `spaces.GPU` runs a function in a worker that is forked: arguments and results cross by pickle, what it
changes is lost, the GPU exists nowhere else, and the worker is killed at the limit it was given. Elsewhere,
or without the package `spaces`, a function stays what it is, and nothing is imported.
"""

import importlib
import importlib.util
import os
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

import torch

P = ParamSpec("P")
R = TypeVar("R")

FACTOR = 1.5  # of the quota that a second counts, in the usual size; see docs/spaces.md


def is_here() -> bool:
    """Whether this is a Space on ZeroGPU, as the platform says in SPACES_ZERO_GPU."""
    asked = os.environ.get("SPACES_ZERO_GPU", "").lower() in ("1", "t", "true")
    return asked and importlib.util.find_spec("spaces") is not None


def on_gpu(
    fn: Callable[P, R], duration: float | Callable[P, float] | None = None
) -> Callable[P, R]:
    """`fn` as it runs on a lent GPU; where none is lent, `fn` itself.

    Args:
        fn: a function or a generator; what it takes and gives can be pickled, tensors on the CPU.
        duration: seconds after which it may be killed, or how many from its arguments; None: 60.
    """
    if not is_here():
        return fn
    spaces: Any = importlib.import_module("spaces")
    _captures_nothing()
    return spaces.GPU(fn, duration=duration)


def _captures_nothing() -> None:
    """Answer torch's optimisers, which ask at each step whether the GPU captures a graph.

    `spaces` has torch say in the page's process that there is a GPU, so that they ask there too, where
    the driver has none and the question itself fails. In a worker nothing is captured either.
    """
    torch.cuda.is_current_stream_capturing = lambda: False
