"""Speed of an image model of the default size: 64 tokens, width 128, 4 + 4 blocks."""

import statistics
from dataclasses import asdict, replace

import numpy as np
import torch

from tgan_demo.config import ModelConfig, SampleConfig, TrainConfig
from tgan_demo.contract import Dataset
from tgan_demo.engine.draw import sampler
from tgan_demo.engine.game.state import new_state
from tgan_demo.measure.speed import median_ms, ready, train_gflop, trained, trained_on_gpu
from tgan_demo.modalities.image.tokens import TOKENIZER

MODEL = ModelConfig(shape=(3, 32, 32))
GPU_BATCHES = (64, 256)
ROUNDS = 5  # peak and training measured in turn, so that a slow spell meets both


def bench() -> dict:
    """Training and drawing. Medians; `spread` is (largest - smallest) / median of the rounds."""
    rng = np.random.default_rng(0)
    items = rng.integers(0, 256, (2000, 32, 32, 3), dtype=np.uint8)
    data = Dataset("noise", items, modality="image")
    config = TrainConfig(batch_size=64, auto_gamma=False, precision="auto")
    state = new_state(MODEL, config, TOKENIZER)
    work = train_gflop(MODEL, TOKENIZER.tokens(MODEL), config.penalty_share)
    peaks, speeds, shares = trained(state, data, work, ROUNDS)
    model = ready(state)
    times = {n: median_ms(lambda n=n: sampler.draw(model, SampleConfig(count=n))) for n in (16, 64)}
    found = {}
    if torch.cuda.is_available():
        for size in GPU_BATCHES:
            asked = replace(config, batch_size=size, images=10**8)
            run = new_state(MODEL, asked, TOKENIZER, device="cuda")
            found[f"gpu_batch_{size}"] = trained_on_gpu(run, data, work)
    return found | {
        "peak_gflops": round(statistics.median(peaks), 1),
        "training_share_of_peak": round(statistics.median(shares), 3),
        "share_spread": round((max(shares) - min(shares)) / statistics.median(shares), 2),
        "images_per_s": round(statistics.median(speeds), 1),
        "gflop_per_image": round(work, 3),
        "ms_16_samples": round(times[16], 1),
        "ms_64_samples": round(times[64], 1),
        "config": {"batch_size": config.batch_size, **asdict(MODEL)},
    }
