"""Clip data sets that need no download: moving shapes of our own. A new set is one row of the table."""

from tgan_demo.modalities.video.painters import moving
from tgan_demo.parts import Maker

MAKERS: dict[str, Maker] = {
    "moving_shapes": Maker(
        title="Moving shapes",
        make=moving.make,
        classes=moving.CLASSES,
        licence=moving.LICENCE,
        source="this project's own painter",
        name="shapes",
        count=4_000,  # 197 MB, three seconds
        most=10_000,
        few=len(moving.CLASSES),  # one of each: the first few are all of one shape
    ),
}
