"""What a model card says of pictures."""

from tgan_demo.engine.draw.model import Model
from tgan_demo.parts import Card


class ImageCard(Card):
    kinds = "pictures"
    task = "unconditional-image-generation"

    def makes(self, model: Model) -> str:
        colours, height, width = model.config.shape
        return f"pictures of {height} x {width} pixels, {colours} colour{'s' * (colours > 1)}"

    def tokens(self, model: Model) -> str:
        return f"patches of {model.config.patch} pixels"

    def signal(self, model: Model) -> str:
        return "colours, rows, columns; bytes are round((signal + 1) * 127.5)"


CARD = ImageCard()
