"""Which number format trains faster here: bfloat16 is twice as fast on some CPUs and a loss on others."""

import functools
import time

import torch

DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16}


def matmul_gflops(dtype: torch.dtype, *, size: int = 1024, repeats: int = 5) -> float:
    """Billions of multiply-adds, counted as two operations, that square matrix products do a second."""
    a = torch.randn(size, size).to(dtype)
    _ = a @ a  # the first one prepares
    best = min(_timed(lambda: a @ a) for _ in range(repeats))
    return 2 * size**3 / best / 1e9


@functools.cache
def choose(precision: str) -> str:
    """ "float32" or "bfloat16"; "auto" measures once a process."""
    if precision != "auto":
        return precision
    # a CPU without instructions for bfloat16 takes seconds for a large product: a small one tells
    if _gain(size=256) < 0.5:
        return "float32"
    # the copies and the small operations gain nothing: under 1.5 bfloat16 loses
    return "bfloat16" if _gain(size=1024) > 1.5 else "float32"


def _gain(size: int) -> float:
    """How many times faster than float32 bfloat16 multiplies matrices."""
    return matmul_gflops(torch.bfloat16, size=size) / matmul_gflops(torch.float32, size=size)


def _timed(work) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start
