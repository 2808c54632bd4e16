"""What only audio models can do: speak numbers, change a voice, and be played on pads."""

from tgan_demo.config import ModelConfig, factors
from tgan_demo.modalities.audio.files import wavs as wavs
from tgan_demo.modalities.audio.look import ended as ended
from tgan_demo.modalities.audio.spectra import rate_of as rate_of
from tgan_demo.modalities.audio.spectrogram import long_picture as long_picture
from tgan_demo.modalities.audio.spectrogram import pictures as pictures
from tgan_demo.modalities.audio.speech import convert as convert
from tgan_demo.modalities.audio.speech import say as say
from tgan_demo.modalities.audio.tokens import tokenizer_of as tokenizer_of


def skills_of(config: ModelConfig) -> tuple[str, ...]:
    """ "speak" where classes are a digit and a speaker each, else "kit"."""
    return ("speak",) if len(factors(config.classes)) == 2 else ("kit",)
