"""What a model card says of sounds."""

from collections.abc import Sequence

from tgan_demo.engine.draw.model import Model
from tgan_demo.modalities.audio.spectra import ROUNDS
from tgan_demo.modalities.audio.tokens import TOKEN, tokenizer_of
from tgan_demo.parts import Card


class AudioCard(Card):
    kinds = "sounds"

    def makes(self, model: Model) -> str:
        return f"sounds of 1.024 s at {tokenizer_of(model).rate:,} samples a second"

    def tokens(self, model: Model) -> str:
        return f"tokens of {model.config.patch} frames and {TOKEN // model.config.patch} bands"

    def facts(self, model: Model) -> Sequence[tuple[str, str]]:
        return [("Phases", f"{ROUNDS} rounds of Griffin-Lim, which knows nothing of the sounds")]

    def signal(self, model: Model) -> str:
        sound = tokenizer_of(model)
        low, top = sound.range
        return (
            f"1, mel bands from high to low, frames of {sound.hop} samples at {sound.rate:,} a second; "
            f"the log magnitude of a band is (signal + 1) / 2 * {top - low:.4f} - {-low:.4f}. Left out: "
            f"its phases, which the studio finds by {ROUNDS} rounds of Griffin-Lim"
        )


CARD = AudioCard()
