"""Which number format "auto" takes, and that a slow one is found out before it has cost anything."""

import pytest
import torch

from tgan_demo.engine.game import precision


@pytest.mark.parametrize(
    ("speeds", "format", "sizes"),
    [
        ({256: 0.02, 1024: 0.01}, "float32", {256}),  # a large product would take seconds
        ({256: 0.8, 1024: 1.2}, "float32", {256, 1024}),
        ({256: 0.8, 1024: 2.0}, "bfloat16", {256, 1024}),
    ],
)
def test_auto_takes_what_is_faster(monkeypatch, speeds, format, sizes):
    asked = set()

    def gflops(dtype, *, size):
        asked.add(size)
        return 70.0 * (speeds[size] if dtype == torch.bfloat16 else 1.0)

    monkeypatch.setattr(precision, "matmul_gflops", gflops)
    assert precision.choose.__wrapped__("auto") == format
    assert asked == sizes


@pytest.mark.parametrize("format", ["float32", "bfloat16"])
def test_a_format_that_is_named_is_taken(format):
    assert precision.choose(format) == format


@pytest.mark.parametrize(("has_it", "format"), [(True, "bfloat16"), (False, "float32")])
def test_a_gpu_is_asked_and_the_cpu_is_not_measured(monkeypatch, has_it, format):
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda: has_it)
    monkeypatch.setattr(precision, "matmul_gflops", None)
    assert precision.choose.__wrapped__("auto", "cuda") == format
