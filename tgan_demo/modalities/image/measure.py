"""How good a model's images are: their features, their pixels, their classes, and what D sees of them."""

import numpy as np

from tgan_demo.measure import manifold
from tgan_demo.measure.bands import power
from tgan_demo.measure.blindness import blindness
from tgan_demo.measure.by_features import ByFeatures, pixels
from tgan_demo.measure.score import Score, measured
from tgan_demo.measure.task import Samples, Task
from tgan_demo.modalities.image import speed


@measured(
    "pixels",
    Score("borders", "mean absolute step across patch borders, over that inside", "near real"),
    applies=lambda task: task.model.config.patch > 1,
)
def borders(task: Task, samples: Samples) -> dict[str, float]:
    return {"borders": manifold.border_ratio(samples.seen, task.model.config.patch)}


class ImageMeasure(ByFeatures):
    def live(self, items: np.ndarray) -> dict[str, float]:
        return {"roughness": manifold.roughness(items)}

    def bench(self) -> dict[str, object]:
        return speed.bench()


MEASURE = ImageMeasure(pixels, borders, power, blindness)
