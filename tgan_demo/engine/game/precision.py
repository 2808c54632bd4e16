"""Which number format trains faster here: bfloat16 is twice as fast on some CPUs and a loss on others."""

import functools
import time

import torch

DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16}


def matmul_gflops(
    dtype: torch.dtype, *, size: int = 1024, repeats: int = 5, device: str = "cpu"
) -> float:
    """Billions of multiply-adds, counted as two operations, that square matrix products do a second."""
    a = torch.randn(size, size, device=device).to(dtype)
    done = torch.cuda.synchronize if a.is_cuda else bool

    def product() -> None:
        _ = a @ a
        done()

    product()  # the first one prepares
    best = min(_timed(product) for _ in range(repeats))
    return 2 * size**3 / best / 1e9


@functools.cache
def choose(precision: str, device: str = "cpu") -> str:
    """ "float32" or "bfloat16"; "auto" measures once a process, and takes bfloat16 on a GPU that has it."""
    if precision != "auto":
        return precision
    if device != "cpu":
        return "bfloat16" if torch.cuda.is_bf16_supported() else "float32"
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
