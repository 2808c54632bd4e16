"""What only text models can do: choose each token with luck, and read what a user types."""

from tgan_demo.config import ModelConfig
from tgan_demo.modalities.text.verse import is_verse, shown


def skills_of(config: ModelConfig) -> tuple[str, ...]:
    """ "typed": its items can be typed; "temperature" and, with a decoder, "top_p": it samples by them."""
    decodes = ("top_p",) if config.route == "latent" else ()
    return ("typed", "temperature", *decodes)


def one_line(text: str) -> str:
    """A text as the page quotes it: a quatrain's four lines run on, other lines stand apart."""
    return shown(str(text)).replace("\n", "" if is_verse(text) else " ")
