"""How good a model's images are: their features, their pixels, their classes."""

from tgan_demo.measure.by_features import ByFeatures, pixels
from tgan_demo.modalities.image import speed


class ImageMeasure(ByFeatures):
    def bench(self) -> dict[str, object]:
        return speed.bench()


MEASURE = ImageMeasure(pixels)
