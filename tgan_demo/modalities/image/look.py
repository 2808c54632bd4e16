"""How pictures are shown: as they are."""

from tgan_demo.files.sheets import PictureLook

LOOK = PictureLook()
