"""What README's Python lines import: sheets, films and sounds as files, settings read back, words to repeat.

A facade over files/ and the modalities, for other people's code; the package itself asks these.
"""

from tgan_demo.config import SampleConfig
from tgan_demo.files import snippet
from tgan_demo.files.film import Cancelled, gif_bytes, mp4_bytes, webp_bytes
from tgan_demo.files.pixels import clip_film, sheet
from tgan_demo.files.pixels import frame_sheet as sprite_sheet
from tgan_demo.files.png import data_url, png_bytes, read_settings, settings_for
from tgan_demo.files.saving import picture_zip as zip_bytes
from tgan_demo.modalities import registry

__all__ = [
    "FPS",
    "Cancelled",
    "as_command",
    "as_python",
    "clip_film",
    "data_url",
    "gif_bytes",
    "mp4_bytes",
    "png_bytes",
    "read_settings",
    "settings_for",
    "sheet",
    "sprite_sheet",
    "wavs",
    "webp_bytes",
    "zip_bytes",
]

FPS: int = registry.get("video").skills.FPS  # that clips are shown at
wavs = registry.get("audio").skills.wavs


def as_python(model_id: str, config: SampleConfig, *, modality: str = "image") -> str:
    """Lines of Python that draw the same samples and save them, or print the texts."""
    return snippet.as_python(model_id, config, registry.get(modality).files.snippet)


def as_command(model_id: str, config: SampleConfig, *, modality: str = "image") -> str:
    """The command line that draws the same samples and saves them as their modality is saved."""
    return snippet.as_command(model_id, config, registry.get(modality).files.snippet)
