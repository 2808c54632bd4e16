"""What points are saved as: what any picture is, and their numbers as "points"."""

from ring.look import LOOK
from tgan_demo.files.saving import PictureFiles
from tgan_demo.parts import Snippet


class RingFiles(PictureFiles):
    name = "points"
    snippet = Snippet(names="", use="print(drawn.items)\n", out="points.npz")


FILES = RingFiles(LOOK)
