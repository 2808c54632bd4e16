"""What a model card says of points."""

from tgan_demo.engine.draw.model import Model
from tgan_demo.modalities.points.tokens import Points
from tgan_demo.parts import Card


class PointsCard(Card):
    kinds = "points"

    def makes(self, model: Model) -> str:
        return "points in the plane"

    def tokens(self, model: Model) -> str:
        return "a token for x and one for y"

    def signal(self, model: Model) -> str:
        assert isinstance(model.tokenizer, Points)
        (x, y), scale = model.tokenizer.centre, model.tokenizer.scale
        return f"x, y; a point is signal * {scale:g} + ({x:g}, {y:g})"


CARD = PointsCard()
