"""Health checks of texts: each goes off for its own harm, and a good run hears none."""

import pytest

from tgan_demo.modalities.text import watch
from tgan_demo.modalities.text.writers import verses
from tgan_demo.ui.words.table import WORDS

POEMS = verses.verses(100)[0]
KNOWN = watch.Known.of(POEMS)
FRESH = verses.verses(16, seed=1)[0]


def test_different_new_texts_raise_no_alarm() -> None:
    assert watch.judge(FRESH, KNOWN, nimg=50_000) is None


@pytest.mark.parametrize(
    ("key", "texts"),
    [
        ("copies", [*FRESH[:15], POEMS[3]]),
        ("same_texts", [FRESH[0]] * 12 + FRESH[:4]),
        ("repeats", [text[:10] + text[0] * 10 for text in FRESH]),
        (
            "few_tokens",
            ["".join(sorted(FRESH[0], key=lambda c, i=i: hash((c, i)))) for i in range(16)],
        ),
        ("silent", [""] * 16),
    ],
)
def test_each_harm_has_its_alarm_in_both_languages(key: str, texts: list[str]) -> None:
    alarm = watch.judge(texts, KNOWN, nimg=50_000)
    assert alarm is not None and alarm.key == key and alarm.level in ("watch", "bad")
    assert alarm.detail == "" or alarm.detail in alarm.text
    assert f"train.health.{key}.text" in WORDS
    assert watch.judge(texts, KNOWN, nimg=100) is None  # at the start everything repeats


def test_a_copy_is_quoted() -> None:
    assert watch.judge([*FRESH, POEMS[3]], KNOWN, nimg=50_000).detail == POEMS[3]


def test_the_beginning_of_a_longer_training_text_is_a_copy_and_its_source_is_shown() -> None:
    source = "to be or not to be, that is the question: whether it is nobler to suffer"
    known = watch.Known.of([source, *POEMS])
    assert known.source(source[:45]) == source
    assert known.source(source[:12]) == ""  # too short to tell
    verdict = watch.judge([source[:45], *FRESH[:15]], known, nimg=50_000)
    assert verdict is not None and verdict.key == "copies" and verdict.detail == source[:60]
