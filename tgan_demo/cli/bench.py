"""The command `bench`: speed and memory here, beside the machine's own peak in the same run."""

import argparse
import sys

import torch

from tgan_demo.engine.game.precision import choose, matmul_gflops
from tgan_demo.modalities import registry


def arguments(parser: argparse.ArgumentParser) -> None:
    """It has none."""


def command(args: argparse.Namespace) -> dict:
    """Speed and memory here, against the machine's own peak in the same run."""
    result = run()
    for name, value in result.items():
        print(f"{name:24} {value}")
    return result


def run() -> dict[str, object]:
    """The machine's numbers and every modality's, JSON-able."""
    found: dict[str, object] = {}
    for name in registry.names():
        found |= registry.get(name).measure.bench()
    return found | {
        "rss_mib": round(_peak_mib()),
        "precision": choose("auto"),
        "float32_peak_gflops": round(matmul_gflops(torch.float32, size=2048, repeats=2), 1),
        "threads": torch.get_num_threads(),
        "torch": torch.__version__,
    }


def _peak_mib() -> float:
    try:
        import resource
    except ImportError:  # Windows
        return 0.0
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 2**20 if sys.platform == "darwin" else peak / 2**10
