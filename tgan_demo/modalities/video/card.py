"""What a model card says of clips."""

from tgan_demo.engine.draw.model import Model
from tgan_demo.parts import Card


class VideoCard(Card):
    kinds = "clips"

    def makes(self, model: Model) -> str:
        colours, frames, height, width = model.config.shape
        size = f"{height} x {width} pixels, {colours} colour{'s' * (colours > 1)}"
        return f"clips of {frames} frames of {size}"

    def tokens(self, model: Model) -> str:
        patch = model.config.patch
        return f"tokens of {model.config.tubelet} frames of {patch} x {patch} pixels"

    def signal(self, model: Model) -> str:
        return (
            "colours, frames, rows, columns; bytes are round((signal + 1) * 127.5). Left out: longer "
            f"clips; these are always the first {model.config.shape[1]} frames"
        )


CARD = VideoCard()
