"""Sound data sets that need no download: drums of our own synthesiser. A new set is one row of the table."""

from tgan_demo.modalities.audio.synths import drums
from tgan_demo.parts import Maker

MAKERS: dict[str, Maker] = {
    "drums": Maker(
        title="Drums (our synthesiser)",
        make=drums.make,
        classes=drums.KINDS,
        licence=drums.LICENCE,
        source="this project's own synthesiser",
        count=4_000,
        most=10_000,
    ),
}
