"""How good points are."""

from tgan_demo.contract import Measure

MEASURE = Measure()
