"""Speed of drawing sounds with a model of the default size."""

import torch

from tgan_demo.config import ModelConfig, SampleConfig, TrainConfig
from tgan_demo.engine.draw import sampler
from tgan_demo.engine.game.state import new_state
from tgan_demo.measure.speed import median_ms, ready
from tgan_demo.modalities.audio import spectra
from tgan_demo.modalities.audio.tokens import Audio


def bench() -> dict:
    """Drawing clips, and how much faster than heard their phases are found."""
    medium = Audio(spectra.SAMPLES[0], -2.0)
    config = ModelConfig(modality="audio", shape=(1, spectra.BANDS, spectra.FRAMES), patch=8)
    state = new_state(config, TrainConfig(), medium)
    model_ready = ready(state)
    signal = medium.to_signal(torch.zeros(16, medium.tokens(config).count, 128), config)
    heard_ms = median_ms(lambda: medium.to_items(signal), repeats=7)
    return {
        "ms_16_clips": round(median_ms(lambda: sampler.draw(model_ready, SampleConfig()), 7), 1),
        "phases_times_real_time": round(16 * 1024 / heard_ms),
    }
