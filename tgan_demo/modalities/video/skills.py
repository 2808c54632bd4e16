"""What only video models can do: play, and have content and motion taken apart."""

from tgan_demo.config import ModelConfig
from tgan_demo.modalities.video.look import FPS as FPS


def skills_of(config: ModelConfig) -> tuple[str, ...]:
    """ "plays" always; "motion" where a part of the latent is the motion's alone."""
    return ("plays", "motion") if config.motion else ("plays",)
