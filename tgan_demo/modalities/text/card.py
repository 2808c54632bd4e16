"""What a model card says of texts, and the texts that it shows."""

from collections.abc import Sequence

from tgan_demo.config import SampleConfig
from tgan_demo.engine.draw import sampler
from tgan_demo.engine.draw.model import Model
from tgan_demo.modalities.text.latent import LatentText
from tgan_demo.modalities.text.tokens import LOUDNESS
from tgan_demo.modalities.text.verse import shown
from tgan_demo.modalities.text.vocabulary import WIDTH
from tgan_demo.parts import Card

TEXTS = 20


class TextCard(Card):
    kinds = "texts"

    def makes(self, model: Model) -> str:
        if isinstance(model.tokenizer, LatentText):
            plan = model.tokenizer.coder.config
            return (
                f"texts of up to {plan.length - 1} tokens; it writes through an autoencoder of "
                f"{plan.latents} codes"
            )
        rows, columns, _ = model.config.shape
        return f"texts of up to {rows * columns} tokens"

    def signal(self, model: Model) -> str:
        if isinstance(model.tokenizer, LatentText):
            return (
                "rows, columns, numbers: a text's codes. Left out: the autoencoder, which writes the text "
                "out token by token, with luck at a temperature, and reads texts into codes"
            )
        return (
            "rows, columns, numbers: the vector of the token at each place, a row of tokenizer.table in "
            f"model.safetensors times {LOUDNESS * WIDTH**0.5:g}. The likeliest token is taken everywhere; "
            "left out: luck, which the studio adds to the choice at a temperature"
        )

    def facts(self, model: Model) -> Sequence[tuple[str, str]]:
        if not isinstance(model.tokenizer, LatentText):
            return ()
        plan = model.tokenizer.coder.config
        said = (
            f"{plan.latents} codes of {plan.numbers} numbers; {plan.depth} blocks read and "
            f"{plan.depth + 1} write, width {plan.width}; trained on {plan.texts:,} texts (each counts "
            "every time) before the game, and not changed by it"
        )
        return [("Autoencoder", said)]

    def written(self, model: Model) -> Sequence[str]:
        asked = SampleConfig(seed=0, count=TEXTS, temperature=model.temperature)
        items, _ = sampler.draw(model, asked)
        return [shown(str(text)).replace("\n", " ") for text in items]


CARD = TextCard()
