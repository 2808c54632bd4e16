"""How good points are: their features alone."""

from tgan_demo.measure.by_features import ByFeatures

MEASURE = ByFeatures()
