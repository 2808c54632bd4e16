"""Speed and memory of the default model here, as shares of this machine's own peak in the same run.

What counts as an operation: a multiply and an add of a matrix product are two; everything else is free.
A backward pass is one product for the weights' gradient and one for the input's.

Axes: N tokens, M latent tokens, D channels.
"""

import argparse
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import asdict

import numpy as np
import torch

from tgan_demo.config import ModelConfig, SampleConfig, TrainConfig
from tgan_demo.contract import Dataset, TokenSpec
from tgan_demo.engine.draw import sampler
from tgan_demo.engine.draw.model import Model, mean_w
from tgan_demo.engine.game import trainer
from tgan_demo.engine.game.precision import DTYPES, choose, matmul_gflops
from tgan_demo.engine.game.state import TrainState, new_state
from tgan_demo.engine.players.space_time import CODE, PAIRS
from tgan_demo.modalities import registry
from tgan_demo.modalities.audio import spectra
from tgan_demo.modalities.audio.tokens import Audio
from tgan_demo.modalities.audio.vocoder import Vocoder, VocoderConfig

MODEL = ModelConfig(shape=(3, 32, 32))  # the default size: 64 tokens, width 128, 4 + 4 blocks
VIDEO = ModelConfig(
    modality="video", shape=(3, 16, 32, 32), patch=8, overlap=1, motion=16, head_hidden=384
)
ROUNDS = 5  # peak and training measured in turn, so that a slow spell meets both
LETTERS = 4700  # of the text bench
STEPS = 6  # training steps a round


def arguments(parser: argparse.ArgumentParser) -> None:
    """It has none."""


def command(args: argparse.Namespace) -> dict:
    """Speed and memory here, against the machine's own peak in the same run."""
    result = run()
    for name, value in result.items():
        print(f"{name:24} {value}")
    return result


def run() -> dict:
    """All numbers, JSON-able. Medians; `spread` is (largest - smallest) / median of the rounds."""
    tokenizer = registry.tokenizer("image")
    rng = np.random.default_rng(0)
    data = Dataset(
        "noise", rng.integers(0, 256, (2000, 32, 32, 3), dtype=np.uint8), modality="image"
    )
    config = TrainConfig(batch_size=64, auto_gamma=False, precision="auto")
    state = new_state(MODEL, config, tokenizer)
    work = train_gflop(MODEL, tokenizer.tokens(MODEL), config.penalty_share)
    peaks, speeds, shares = _trained(state, data, work, ROUNDS)
    model = _ready(state)
    times = {
        n: _median_ms(lambda n=n: sampler.draw(model, SampleConfig(count=n))) for n in (16, 64)
    }
    return {
        "peak_gflops": round(statistics.median(peaks), 1),
        "training_share_of_peak": round(statistics.median(shares), 3),
        "share_spread": round((max(shares) - min(shares)) / statistics.median(shares), 2),
        "images_per_s": round(statistics.median(speeds), 1),
        "gflop_per_image": round(work, 3),
        "ms_16_samples": round(times[16], 1),
        "ms_64_samples": round(times[64], 1),
        "rss_mib": round(_peak_mib()),
        "precision": choose("auto"),
        "float32_peak_gflops": round(matmul_gflops(torch.float32, size=2048, repeats=2), 1),
        "threads": torch.get_num_threads(),
        "torch": torch.__version__,
        "config": {"batch_size": config.batch_size, **asdict(MODEL)},
        "text": text(),
        "sound": sound(),
        "video": video(),
    }


def text() -> dict:
    """Training on texts of 20 tokens from LETTERS different ones, the choice of each included."""
    rng = np.random.default_rng(0)
    letters = rng.integers(0x4E00, 0x4E00 + LETTERS, (4000, 20), dtype=np.uint32)
    data = Dataset("noise", np.ascontiguousarray(letters).view("<U20")[:, 0], modality="text")
    tokenizer = registry.tokenizer("text").fit(data)
    model = tokenizer.config_for(data, ModelConfig())
    config = TrainConfig(batch_size=64, auto_gamma=False)
    state = new_state(model, config, tokenizer)
    spec = tokenizer.tokens(model)
    # answers and followers, the mixture's gain, and its way back
    choice = 4 * 2 * spec.count * len(tokenizer.vocabulary) * model.shape[2] / 1e9
    work = train_gflop(model, spec, config.penalty_share) + choice
    _, speeds, shares = _trained(state, data, work, 3)
    ready = _ready(state)
    return {
        "training_share_of_peak": round(statistics.median(shares), 3),
        "texts_per_s": round(statistics.median(speeds), 1),
        "gflop_per_text": round(work, 3),
        "ms_16_samples": round(_median_ms(lambda: sampler.draw(ready, SampleConfig())), 1),
        "vocabulary": len(tokenizer.vocabulary),
        "tokens": spec.count,
    }


def sound() -> dict:
    """Drawing clips with a vocoder of the default size, and how much faster than heard it is."""
    medium = Audio(spectra.SAMPLES[0], -2.0, Vocoder(VocoderConfig(rate=8_000, hop=64)).eval())
    config = ModelConfig(modality="audio", shape=(1, spectra.BANDS, spectra.FRAMES), patch=8)
    state = new_state(config, TrainConfig(), medium)
    ready = _ready(state)
    signal = medium.to_signal(torch.zeros(16, medium.tokens(config).count, 128), config)
    heard_ms = _median_ms(lambda: medium.to_items(signal), repeats=7)
    return {
        "ms_16_clips": round(_median_ms(lambda: sampler.draw(ready, SampleConfig()), 7), 1),
        "vocoder_times_real_time": round(16 * 1024 / heard_ms),
    }


def video() -> dict:
    """Training on clips of 16 frames of 32 x 32 in 64 tubelets, and drawing four."""
    rng = np.random.default_rng(0)
    data = Dataset(
        "noise", rng.integers(0, 256, (400, 16, 32, 32, 3), dtype=np.uint8), modality="video"
    )
    tokenizer, config = registry.tokenizer("video"), TrainConfig(batch_size=64, auto_gamma=False)
    model = tokenizer.config_for(data, VIDEO)
    state = new_state(model, config, tokenizer)
    spec = tokenizer.tokens(model)
    work = train_gflop(model, spec, config.penalty_share)
    _, speeds, shares = _trained(state, data, work, 3)
    ready = _ready(state)
    return {
        "training_share_of_peak": round(statistics.median(shares), 3),
        "clips_per_s": round(statistics.median(speeds), 1),
        "gflop_per_clip": round(work, 3),
        "ms_4_clips": round(_median_ms(lambda: sampler.draw(ready, SampleConfig(count=4)), 7), 1),
        "tokens": spec.count,
    }


def _trained(
    state: TrainState, data: Dataset, work: float, rounds: int
) -> tuple[list[float], list[float], list[float]]:
    """This machine's peak, samples a second and share of the peak, each round."""
    list(trainer.train_slice(state, data, steps=3))
    peaks, speeds = [], []
    for _ in range(rounds):
        peaks.append(matmul_gflops(DTYPES[state.precision], size=2048, repeats=3))
        events = list(trainer.train_slice(state, data, steps=STEPS))
        speeds.append(statistics.median(e.images_per_s for e in events))
    return peaks, speeds, [s * work / peak for s, peak in zip(speeds, peaks, strict=True)]


def _ready(state: TrainState) -> Model:
    mean = mean_w(state.ema)
    return Model(None, "bench", "bench", state.model, state.tokenizer, state.ema, state.D, mean, {})


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


def _median_ms(work: Callable[[], object], repeats: int = 15) -> float:
    work()
    times = []
    for _ in range(repeats):
        begun = time.perf_counter()
        work()
        times.append(1000 * (time.perf_counter() - begun))
    return statistics.median(times)


def _peak_mib() -> float:
    try:
        import resource
    except ImportError:  # Windows
        return 0.0
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 2**20 if sys.platform == "darwin" else peak / 2**10
