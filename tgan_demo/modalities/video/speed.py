"""Speed of a video model of the size of the bundled ones."""

import statistics

import numpy as np

from tgan_demo.config import ModelConfig, SampleConfig, TrainConfig
from tgan_demo.contract import Dataset
from tgan_demo.engine.draw import sampler
from tgan_demo.engine.game.state import new_state
from tgan_demo.measure.speed import median_ms, ready, train_gflop, trained
from tgan_demo.modalities.video.tokens import TOKENIZER

MODEL = ModelConfig(
    modality="video", shape=(3, 16, 32, 32), patch=8, overlap=1, motion=16, head_hidden=384
)


def bench() -> dict:
    """Training on clips of 16 frames of 32 x 32 in 64 tubelets, and drawing four."""
    rng = np.random.default_rng(0)
    data = Dataset(
        "noise", rng.integers(0, 256, (400, 16, 32, 32, 3), dtype=np.uint8), modality="video"
    )
    tokenizer, config = TOKENIZER, TrainConfig(batch_size=64, auto_gamma=False)
    model = tokenizer.config_for(data, MODEL)
    state = new_state(model, config, tokenizer)
    spec = tokenizer.tokens(model)
    work = train_gflop(model, spec, config.penalty_share)
    _, speeds, shares = trained(state, data, work, 3)
    model_ready = ready(state)
    return {
        "training_share_of_peak": round(statistics.median(shares), 3),
        "clips_per_s": round(statistics.median(speeds), 1),
        "gflop_per_clip": round(work, 3),
        "ms_4_clips": round(
            median_ms(lambda: sampler.draw(model_ready, SampleConfig(count=4)), 7), 1
        ),
        "tokens": spec.count,
    }
