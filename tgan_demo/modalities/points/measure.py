"""How good points are: distances and coverage of their own two numbers."""

from tgan_demo.measure.by_features import ByFeatures

MEASURE = ByFeatures()
