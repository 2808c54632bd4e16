"""Speed of training and sampling, as a share of this machine's own peak in the same run.

What counts as an operation: a multiply and an add of a matrix product are two; everything else is free.
A backward pass is one product for the weights' gradient and one for the input's.

Axes: N tokens, M latent tokens, D channels.
"""

import statistics
import time
from collections.abc import Callable
from pathlib import Path

from torch.profiler import ProfilerActivity, profile

from tgan_demo.config import ModelConfig
from tgan_demo.contract import Dataset, TokenSpec
from tgan_demo.engine.draw.model import Model, mean_w
from tgan_demo.engine.game import trainer
from tgan_demo.engine.game.precision import DTYPES, matmul_gflops
from tgan_demo.engine.game.state import TrainState
from tgan_demo.engine.players.space_time import CODE, PAIRS
from tgan_demo.events import StepDone

STEPS = 6  # training steps a round
WARM_READS = (
    6  # of a run on a GPU, until every kind of its steps has been captured (engine.game.graph)
)
READS = 12


def trained(
    state: TrainState, data: Dataset, work: float, rounds: int
) -> tuple[list[float], list[float], list[float]]:
    """This machine's peak, samples a second and share of the peak, each round."""
    list(trainer.train_slice(state, data, steps=3))
    peaks, speeds = [], []
    for _ in range(rounds):
        peaks.append(matmul_gflops(DTYPES[state.precision], size=2048, repeats=3))
        events = trainer.train_slice(state, data, steps=STEPS)
        steps = [event for event in events if isinstance(event, StepDone)]
        speeds.append(statistics.median(step.images_per_s for step in steps))
    return peaks, speeds, [s * work / peak for s, peak in zip(speeds, peaks, strict=True)]


def trained_on_gpu(state: TrainState, data: Dataset, work: float) -> dict[str, float]:
    """Samples a second, share of the GPU's peak and launches a step, of a run in one process.

    A launch is what the host tells the GPU: a kernel, or a graph of them. Medians over reads of some steps.
    """
    peak = matmul_gflops(DTYPES[state.precision], size=8192, device=state.device)
    events = trainer.train_slice(state, data)
    for _ in range(WARM_READS):
        next(events)
    seen = [next(events) for _ in range(READS)]
    speed = statistics.median(e.images_per_s for e in seen if isinstance(e, StepDone))
    with profile(activities=[ProfilerActivity.CPU, ProfilerActivity.CUDA]) as told:
        event = next(events)
    names = (e.key for e in told.key_averages() for _ in range(e.count))
    launches = sum("LaunchKernel" in name or "GraphLaunch" in name for name in names)
    steps = event.steps if isinstance(event, StepDone) else 1
    return {
        "images_per_s": round(speed),
        "share_of_peak": round(speed * work / peak, 4),
        "launches_per_step": round(launches / steps, 1),
        "peak_gflops": round(peak),
    }


def ready(state: TrainState) -> Model:
    """What the run has come to, to be drawn from."""
    mean = mean_w(state.ema)
    return Model(
        Path(), "bench", "bench", state.model, state.tokenizer, state.ema, state.D, mean, {}
    )


def forward_gflop(model: ModelConfig, spec: TokenSpec) -> tuple[float, float, float]:
    """Billions of operations of one sample through G, through D, and in D's embedding alone."""
    n, d, m, w = spec.count, model.width, model.latent_tokens, model.z_dim
    steps, style, places = 1, w, n  # of a video: styles for each step in time, made of its codes
    if model.motion:
        steps, style, w = spec.grid[0], w - model.motion + CODE, w - model.motion
        places = n // steps
    block = n * 12 * d * d + 2 * n * n * d
    g_block = block
    if "cross" in model.injection:
        g_block += n * 2 * d * d + m * 2 * d * d + 2 * n * m * d
    if "modulation" in model.injection:
        g_block += steps * style * 6 * d
    head = n * d * spec.g_width
    if model.head_hidden:
        head = n * model.head_hidden * (d + spec.g_width)
    g = model.depth * g_block + head
    if "cross" in model.injection:
        g += w * m * d
    if "offset" in model.injection:
        g += steps * (style * model.offset_rank * d + places * model.offset_rank * d)
    if model.motion:
        turning = model.motion + 2 * PAIRS
        g += 2 * model.motion * PAIRS + steps * (turning * 2 * CODE + 2 * CODE * CODE)
    n += 1  # CLS
    embed = spec.count * spec.d_width * d
    discriminator = model.depth * (n * 12 * d * d + 2 * n * n * d) + embed
    return 2 * g / 1e9, 2 * discriminator / 1e9, 2 * embed / 1e9


def train_gflop(model: ModelConfig, spec: TokenSpec, penalty_share: float) -> float:
    """Billions of operations of one training step per real sample (relativistic, finite differences).

    G: forward and backward. D's step: forward and backward on real, fake and `penalty_share` of both
    again, without the gradient of its input. G's step: D forward on real and fake, backward to the input.
    """
    g, d, embed = forward_gflop(model, spec)
    judged = 2 + 2 * penalty_share
    return 3 * g + judged * (3 * d - embed) + 3 * d


def median_ms(work: Callable[[], object], repeats: int = 15) -> float:
    """Of a call, after one that warms up."""
    work()
    times = []
    for _ in range(repeats):
        begun = time.perf_counter()
        work()
        times.append(1000 * (time.perf_counter() - begun))
    return statistics.median(times)
