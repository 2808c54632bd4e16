"""How good a model's images are."""

from tgan_demo.contract import Measure

MEASURE = Measure()
