"""What only text models can do: choose each token with luck, and read what a user types."""

from tgan_demo.config import ModelConfig


def skills_of(config: ModelConfig) -> tuple[str, ...]:
    """ "typed": its items can be typed; "temperature" and, with a decoder, "top_p": it samples by them."""
    decodes = ("top_p",) if config.route == "latent" else ()
    return ("typed", "temperature", *decodes)
