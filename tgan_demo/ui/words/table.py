"""Every visible string: key -> (English, 中文). Panels add their own in words_<panel>.py.

`t` is for Python; the same table goes to the browser, where `tgan.t(key, values)` reads it.
Values stand in braces: "seed {seed}".
"""

import importlib
import importlib.util
from typing import Any

from tgan_demo.ui.words import play as words_play
from tgan_demo.ui.words import shell as words_shell
from tgan_demo.ui.words import sound as words_sound
from tgan_demo.ui.words import video as words_video

LANGS = ("en", "zh")
OPTIONAL = ("inside", "train")

WORDS: dict[str, tuple[str, str]] = {
    **words_shell.WORDS,
    **words_play.WORDS,
    **words_sound.WORDS,
    **words_video.WORDS,
}
for _name in OPTIONAL:
    if importlib.util.find_spec(f"tgan_demo.ui.words.{_name}"):
        WORDS.update(importlib.import_module(f"tgan_demo.ui.words.{_name}").WORDS)
WORDS |= words_sound.of_sounds(WORDS) | words_video.of_clips(WORDS)


def t(key: str, lang: str = "en", **values: Any) -> str:
    """The words of `key` in `lang`. An unknown key is a bug and raises KeyError."""
    text = WORDS[key][1 if lang == "zh" else 0]
    return text.format(**values) if values else text
