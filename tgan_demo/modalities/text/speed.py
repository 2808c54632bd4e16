"""Speed of a text model of the default size."""

import statistics

import numpy as np

from tgan_demo.config import ModelConfig, SampleConfig, TrainConfig
from tgan_demo.contract import Dataset
from tgan_demo.engine.draw import sampler
from tgan_demo.engine.game.state import new_state
from tgan_demo.measure.speed import median_ms, ready, train_gflop, trained
from tgan_demo.modalities.text.tokens import TOKENIZER

LETTERS = 4700


def bench() -> dict:
    """Training on texts of 20 tokens from LETTERS different ones, the choice of each included."""
    rng = np.random.default_rng(0)
    letters = rng.integers(0x4E00, 0x4E00 + LETTERS, (4000, 20), dtype=np.uint32)
    data = Dataset("noise", np.ascontiguousarray(letters).view("<U20")[:, 0], modality="text")
    tokenizer = TOKENIZER.fit(data)
    model = tokenizer.config_for(data, ModelConfig())
    config = TrainConfig(batch_size=64, auto_gamma=False)
    state = new_state(model, config, tokenizer)
    spec = tokenizer.tokens(model)
    # answers and followers, the mixture's gain, and its way back
    choice = 4 * 2 * spec.count * len(tokenizer.vocabulary) * model.shape[2] / 1e9
    work = train_gflop(model, spec, config.penalty_share) + choice
    _, speeds, shares = trained(state, data, work, 3)
    model_ready = ready(state)
    return {
        "training_share_of_peak": round(statistics.median(shares), 3),
        "texts_per_s": round(statistics.median(speeds), 1),
        "gflop_per_text": round(work, 3),
        "ms_16_samples": round(median_ms(lambda: sampler.draw(model_ready, SampleConfig())), 1),
        "vocabulary": len(tokenizer.vocabulary),
        "tokens": spec.count,
    }
