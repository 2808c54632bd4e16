"""The quatrains: same seed, same poems; the form holds; more than a million."""

from collections import Counter

import numpy as np
import pytest

from tgan_demo.data import catalogue
from tgan_demo.errors import DataError
from tgan_demo.modalities.text.writers import verses


@pytest.fixture(scope="module")
def poems():
    return verses.verses(4000, seed=0)[0]


def lines(poem):
    return [poem[k : k + 5] for k in range(0, 20, 5)]


def test_a_poem_depends_on_seed_and_index_only(poems):
    fewer, labels = verses.verses(50, seed=0)
    assert fewer == poems[:50]
    assert labels.dtype == np.int64 and labels.tolist() == [k % 6 for k in range(50)]
    other = verses.verses(50, seed=1)[0]
    assert not set(other) & set(fewer)
    assert verses.verses(50, seed=1)[0] == other


def test_these_are_the_poems():
    """A trained model's data must not change under it; a change here is a new data set."""
    assert verses.verses(6)[0] == FIRST


def test_the_form_holds(poems):
    for poem in poems:
        assert len(poem) == 20 and all("\u4e00" <= character <= "\u9fff" for character in poem)
        assert len(set(poem)) == 20  # no character comes twice
        ends = [verses.rhyme(line[-1]) for line in lines(poem)]
        assert ends[1] == ends[3] != ""
        assert ends[2] == ""


def test_there_are_more_than_a_million_poems(poems):
    """4,000 draws without a repeat would have odds below e^-8 if there were a million or fewer;
    and so for each theme alone, at 1,000 draws of 60,000."""
    assert len(set(poems)) == 4000
    first = [lines(poem)[0] for poem in poems]
    assert len(set(first)) > 3000 and max(Counter(first).values()) <= 10


def test_a_few_hundred_characters_all_met_often(poems):
    counts = Counter("".join(poems))
    assert 250 <= len(counts) <= 350
    assert min(counts.values()) >= 5  # a model can learn each


def test_a_theme_keeps_to_its_season(poems):
    """Words that would be out of season never come; each theme has marks of its own."""
    of = [set("".join(poems[k :: len(verses.THEMES)])) for k in range(len(verses.THEMES))]
    by = dict(zip(verses.THEMES, of, strict=True))
    assert not by["spring"] & set("雪霜秋夏寒蟬雁愁")
    assert not by["summer"] & set("雪霜秋春寒梅雁愁")
    assert not by["autumn"] & set("雪春夏桃蓮梅歡")
    assert not by["snow"] & set("秋春夏桃蟬暖愁")
    assert not by["farewell"] & set("雪春夏秋歡閒曉朝")
    assert not (by["autumn"] | by["farewell"]) & set("曉朝夜月")  # their hour is the evening
    for theme, marks in [("spring", "春桃"), ("summer", "夏蟬"), ("autumn", "秋楓"),
                         ("snow", "雪凍"), ("moon", "月桂"), ("farewell", "離客")]:  # fmt: skip
        assert set(marks) <= by[theme]


def test_every_word_of_a_theme_has_its_length_and_is_used(poems):
    seen = ["\n".join(poems[k :: len(verses.THEMES)]) for k in range(len(verses.THEMES))]
    for theme, text in zip(verses.THEMES, seen, strict=True):
        for slot, words in verses._slots(theme).items():
            length = 1 if slot.endswith(("_is", "_do", "_act")) or slot == "fill" else 2
            assert {len(word) for word in words} == {length}, (theme, slot)
            assert len(set(words)) == len(words), (theme, slot)
            assert not [word for word in words if word not in text], (theme, slot)


def test_no_character_rhymes_twice():
    characters = "".join(verses.RHYMES.values())
    assert len(set(characters)) == len(characters)


def test_wrong_counts_and_seeds_are_named():
    for count in (0, -1, verses.MAX_COUNT + 1):
        with pytest.raises(DataError, match=f"1 to 200,000 poems; got {count}"):
            verses.verses(count)
    with pytest.raises(DataError, match="0 or more; got -1"):
        verses.verses(1, seed=-1)


FIRST = [
    "春晝山禽鳴水西雙燕啼閒行望細雨何人向青溪",
    "夜涼乳燕來翠荷臨竹林獨坐對曲岸簾外閒心深",
    "籬邊寒鴉遠城頭冷露涼臨風看殘照何人對野塘",
    "冬曉孤松老門前歸鴻飛煮茶尋瘦竹寒意寄柴扉",
    "孤鶴傍石徑松間銀河清把酒對曲檻何人望空庭",
    "江東暮煙微亭外望斜陽回首對南浦誰與看垂楊",
]


def test_the_menu_offers_them_in_the_simplified_script(poems):
    simple = catalogue.make("verses", count=len(poems)).items
    assert len(set(simple)) == len(set(poems)) and all(len(poem) == 20 for poem in simple)
    assert not set("".join(simple)) & set("風雲來時門")
