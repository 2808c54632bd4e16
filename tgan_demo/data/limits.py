"""Limits on what a user brings, and how we say what was left out.

Limits on made data stand with their makers, on the Hub's tables and models with the Hub, on uploaded
models with models/upload.py.
"""

from collections.abc import Sequence
from dataclasses import dataclass

REASONS_SHOWN = 3  # of files that were left out

MIN_PICTURES = 20
MAX_PICTURES = 20_000
MIN_SIDE, MAX_SIDE = 8, 128  # pixels that pictures are fitted to
MAX_FILE_BYTES = 24 * 2**20  # one picture
MAX_TOTAL_BYTES = 512 * 2**20  # all pictures, out of their zips
MAX_PIXELS = 50 * 10**6  # one picture; read from its header, before its pixels
MAX_TOTAL_PIXELS = 5 * 10**9  # all of them: about five minutes of decoding
MAX_ITEM_BYTES = 512 * 2**20  # what the fitted pictures take in memory
MAX_ARRAY_BYTES = 2 * 2**30  # one array of an .npz
MAX_NPZ_BYTES = 8 * 2**30  # an .npz itself, which only the command line takes
MAX_ZIP_BYTES = 512 * 2**20  # a zip file itself
MAX_ENTRIES = 25_000  # things listed in a zip
MAX_LISTING_BYTES = 8 * 2**20  # a zip's table of contents
MAX_UNPACKED_BYTES = 2 * 2**30  # what all zips of one upload may unpack to
MAX_RATIO = 200  # of what comes out of a zip to the zip itself; deflate reaches 1,032
UNJUDGED_BYTES = 64 * 2**20  # so much may come out at any ratio: flat pictures and silence do pack
FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF")  # the only decoders that we let Pillow use
KINDS = "PNG, JPEG, WebP, GIF, BMP, TIFF"

MIN_TEXTS = 50
MAX_TEXTS = 100_000
MAX_TEXT_CHARS = 1024  # code points of one text; a user may ask for fewer
MAX_TEXT_BYTES = 8 * 2**20  # read of one file; what lies behind is not opened
MAX_TOTAL_TEXT_BYTES = 32 * 2**20  # read of all files
MAX_TEXT_FILES = 1000
MAX_TEXT = 2000  # characters of one text that is looked at

MIN_SOUNDS = 20
OWN_RATE, OWN_SAMPLES = 16_000, 16_384  # that a user's sounds are kept at
MAX_SOUNDS = 5_000
MAX_SOUND_BYTES = 64 * 2**20  # one file; out of a zip, MAX_FILE_BYTES
MAX_SOUND_SECONDS = 60  # read of one file; what lies behind is not decoded
MAX_SOUND_VALUES = 10**8  # likewise, samples of all its channels: 60 s of 34 channels at 48 kHz
MAX_SOUND_CHANNELS = 64
MIN_RATE, MAX_RATE = 1_000, 384_000  # samples a second
MAX_TOTAL_SOUND_BYTES = 2**30  # all files; 5,000 stereo seconds of a CD are 0.8 GiB
MAX_TOTAL_SOUND_VALUES = 5 * 10**9  # decoded of all files: two to six minutes
SOUND_KINDS = "WAV, FLAC, OGG, MP3, AIFF, M4A, WebM"

MIN_CLIPS = 20
OWN_FRAMES, OWN_CLIP_SIDE = 16, 32  # that a user's clips are kept at
OWN_CLIP_SECONDS = 2.0  # about what one clip shows; a longer file is cut into several
MIN_OWN_FRAMES, MAX_OWN_FRAMES = 2, 64  # that clips are resampled to
MAX_CLIPS = 4_000
MAX_CUTS = 8  # clips out of one file
MIN_CLIP_FRAMES = 4  # a file with fewer is no clip
MAX_CLIP_BYTES = 64 * 2**20  # one file; out of a zip, MAX_FILE_BYTES
MAX_CLIP_SECONDS = 60  # read of one file; what lies behind is not decoded
MAX_CLIP_FRAMES = 3_600  # likewise: 60 s at 60 a second
MAX_CLIP_FILE_PIXELS = 4 * 10**9  # likewise: 60 s of 1920x1080 at 30 a second, 15 s of decoding
MAX_CLIP_SIZE = (4096, 2304)  # one frame, by its pixels; read from the header, before they are
MAX_CLIP_PIXELS = MAX_CLIP_SIZE[0] * MAX_CLIP_SIZE[1]
MAX_TOTAL_CLIP_BYTES = 2 * 2**30  # all files, out of their zips
MAX_TOTAL_CLIP_PIXELS = 40 * 10**9  # decoded of all files: two minutes of H.264, ten of VP9
CLIP_KINDS = "MP4, WebM, MOV, MKV, AVI, animated GIF, WebP or PNG"


@dataclass(frozen=True, slots=True)
class Refusal:
    """A file that was left out."""

    name: str
    reason: str

    def __str__(self) -> str:
        return f"{self.name[-60:]}: {self.reason}"


def left_out(refused: Sequence[Refusal]) -> str:
    """The first reasons, as a sentence behind another; nothing where nothing was left out."""
    if not refused:
        return ""
    said = "; ".join(str(refusal) for refusal in refused[:REASONS_SHOWN])
    more = len(refused) - REASONS_SHOWN
    return f" Left out: {said}{f'; and {more} more' if more > 0 else ''}."


def mib(count: int) -> str:
    """Bytes for people."""
    return f"{count / 2**20:.0f} MiB" if count >= 2**20 else f"{count / 2**10:.0f} KiB"
