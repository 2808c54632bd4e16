"""What points are saved as: their numbers, as "points" in an .npz or as CSV; pictures of dots besides."""

from typing import Any

from tgan_demo.files.saving import PictureFiles
from tgan_demo.modalities.points.look import LOOK
from tgan_demo.parts import Format, Samples, Snippet


def csv(samples: Samples) -> bytes:
    """A line a point, under a line of names."""
    lines = [f"{x:.9g},{y:.9g}" for x, y in samples.items.tolist()]
    return "\n".join(["x,y", *lines, ""]).encode()


class PointsFiles(PictureFiles):
    name = "points"
    snippet = Snippet(names="", use="print(drawn.items)  # float32 [N, 2]\n", out="points.npz")

    @property
    def formats(self) -> tuple[Format, ...]:
        table = Format(key="csv", ending=".csv", mime="text/csv", write=csv)
        return (table, *super().formats)

    @property
    def suffixes(self) -> dict[str, Any]:
        return {**super().suffixes, ".csv": csv}


FILES = PointsFiles(LOOK)
