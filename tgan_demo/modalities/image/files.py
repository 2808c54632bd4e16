"""What pictures are saved as: PNG sheets and zips with their settings inside, arrays, films of walks."""

from tgan_demo.files.saving import PictureFiles
from tgan_demo.modalities.image.look import LOOK

FILES = PictureFiles(LOOK)
