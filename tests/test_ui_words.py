"""Every visible string exists in both languages, and every one is used."""

import re
from pathlib import Path

import pytest

from tgan_demo.ui.words import play as words_play
from tgan_demo.ui.words import shell as words_shell
from tgan_demo.ui.words import table as words

UI = Path(words.__file__).parents[1]
TEXT = "\n".join(
    path.read_text(encoding="utf-8")
    for path in sorted(UI.rglob("*"))
    if path.suffix in (".py", ".js", ".html") and path.parent.name != "words"
)
OURS = {**words_shell.WORDS, **words_play.WORDS}
# keys that are put together from a part and a name: help.<name>, tab.<panel>, walk.<setting>, …
BUILT = re.compile(r"^(help|tab|save|walk|medium)\.")


def test_both_languages_say_something() -> None:
    assert not [key for key, pair in words.WORDS.items() if not all(text.strip() for text in pair)]


def test_both_languages_take_the_same_values() -> None:
    for key, pair in words.WORDS.items():
        english, chinese = (set(re.findall(r"\{(\w+)", text)) for text in pair)
        assert english == chinese, key


def test_no_key_is_unused() -> None:
    asked = set(re.findall(r"""["'`]([\w.]+)["'`]""", TEXT))
    unused = {key for key in OURS if key not in asked and not BUILT.match(key)}
    assert not unused


def test_every_key_that_a_page_asks_for_exists() -> None:
    pages = "\n".join(path.read_text(encoding="utf-8") for path in UI.glob("canvas/*/*.html"))
    assert pages
    asked = set(re.findall(r"""data-t(?:-\w+)?=["']([\w.]+)["']""", pages))
    asked |= set(re.findall(r"""tgan\.t\('([\w.]+)'[,)]""", TEXT))
    asked |= set(re.findall(r"""(?<![\w.])t\("([\w.]+)",""", TEXT))
    assert asked <= set(words.WORDS), asked - set(words.WORDS)


def test_t_fills_in_values_and_refuses_unknown_keys() -> None:
    assert words.t("downloaded", "en", name="a.png") == "Saved a.png"
    assert words.t("downloaded", "zh", name="a.png").endswith("a.png")
    with pytest.raises(KeyError):
        words.t("no.such.key")
