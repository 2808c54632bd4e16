"""What only video models can do: who is seen and how it moves, taken apart."""

from tgan_demo.config import ModelConfig


def skills_of(config: ModelConfig) -> tuple[str, ...]:
    """ "motion" where a part of the latent is the motion's alone; "clips" always: they play."""
    return ("clips", "motion") if config.motion else ("clips",)
