"""Every visible string exists in both languages, is true of its modality, and is asked for somewhere."""

import re
from collections import Counter
from itertools import chain
from pathlib import Path

import pytest

from tgan_demo import said
from tgan_demo.config import PRESETS
from tgan_demo.modalities import registry
from tgan_demo.studio import Studio
from tgan_demo.ui.controls import CONTROLS
from tgan_demo.ui.panels.train.knobs import KNOBS
from tgan_demo.ui.words import table
from tgan_demo.ui.words.table import WORDS, named, t

UI = table.FOLDER.parent
ASKING = [path for path in sorted(UI.rglob("*")) if path.suffix in (".py", ".js", ".html")]
TEXT = "\n".join(path.read_text(encoding="utf-8") for path in ASKING)
STRINGS = set(re.findall(r"""["'`]([\w.-]+)["'`]""", TEXT))
# "knob." + key, f"help.{name}", `mix.${kind}.seed`: keys that are put together
BUILT = set(re.findall(r"""["'`]([a-z]\w*\.[\w.-]*)(?:["'] \+|\$?\{)""", TEXT))
BUILT |= {"sound.", "motion.", "tour.", "train.tour."}  # fixed.words + '.nowhere'
OWN = {  # modality or variant -> its own words
    path: dict(table.read(path))
    for name in registry.names()
    for path in sorted(registry.get(name).folder.glob("words*.toml"))
}
SHARED = dict(
    chain.from_iterable(table.read(path) for path in (*table.FOLDER.glob("*.toml"), said.FILE))
)
OLD = (
    r"\b(rehears\w*|luck\w*|surprise|alarms?|parcels?|doubt\w*|blots?|readers?|codecs?|medium|media"
    r"|paint\w*|reconstruction_loss)\b|\ba person's?\b|[预排]练|预演|运气|惊讶|读者|作画|媒介"
)


def nouns(text: str) -> set[str]:
    return {name for name in table.VALUE.findall(text) if f"noun.{name}" in SHARED}


def values(text: str) -> set[str]:
    return set(table.VALUE.findall(text)) - nouns(text)


def test_both_languages_say_something() -> None:
    silent = [key for key, word in WORDS.items() if not all(text.strip() for text in word)]
    assert all(key.startswith("noun.measure") for key in silent), silent


def test_both_languages_take_the_same_values() -> None:
    for key, (english, chinese) in WORDS.items():
        assert values(english) == values(chinese), key


def test_no_key_stands_twice() -> None:
    keys = Counter(key for path in table.FOLDER.glob("*.toml") for key, _ in table.read(path))
    assert not [key for key, count in keys.items() if count > 1]


def is_asked(key: str) -> bool:
    stem, _, suffix = key.rpartition(".")
    return (
        key in STRINGS
        or any(key.startswith(start) for start in BUILT)
        or (suffix == "film" and stem in STRINGS)  # a sheet's kind: sheet.js
    )


def test_no_key_is_unused() -> None:
    assert not [key for key in SHARED if not is_asked(key) and not key.startswith("noun.")]


def test_settings_and_presets_that_are_gone_leave_no_words() -> None:
    knobs = {knob.key for knob in KNOBS}
    choices = {choice for knob in KNOBS for choice in knob.choices}
    for key in SHARED:
        room, _, name = key.partition(".")
        name = name.removesuffix(".info")
        assert name in {"knob": knobs, "preset": PRESETS, "choice": choices}.get(room, [name]), key


@pytest.mark.parametrize("path", OWN, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_a_modality_says_only_what_is_asked_and_differs(path: Path) -> None:
    name = path.parent.name
    for key, word in OWN[path].items():
        if key.startswith(("noun.", "name.")):
            continue
        assert key in SHARED or is_asked(key), key
        if key in SHARED:
            plain = tuple(without(key, name, lang) for lang in table.LANGS)
            said = tuple(t(key, lang, variant=own_variant(path)) for lang in table.LANGS)
            assert plain != said, f"{key} says what the shared sentence says"
            known = set().union(*map(values, (*SHARED[key], *MORE.get(key, ()))))
            assert set().union(*map(values, word)) - known <= TIME | CODES, key


TIME = {"step", "step2", "steps", "frames"}  # what the scripts send of tokens that lie in time
CODES = {"code", "code2", "token"}  # and of tokens that have names
MORE: dict[str, tuple[str, ...]] = {}


def own_variant(path: Path) -> list[str]:
    suffix = path.stem.removeprefix("words").removeprefix(".")
    return [suffix, path.parent.name] if suffix else [path.parent.name]


def without(key: str, name: str, lang: str) -> str:
    """The shared sentence with the modality's noun."""
    text = SHARED[key][table.LANGS.index(lang)]
    return table.VALUE.sub(
        lambda match: t(f"noun.{match[1]}", lang, variant=name) if nouns(match[0]) else match[0],
        text,
    )


def test_every_key_that_a_page_asks_for_exists() -> None:
    pages = "\n".join(path.read_text(encoding="utf-8") for path in UI.rglob("canvas/**/*.html"))
    asked = set(re.findall(r"""data-t(?:-\w+)?=["']([\w.]+)["']""", pages))
    asked |= set(re.findall(r"""tgan\.t\('([\w.]+)'[,)]""", TEXT))
    asked |= set(re.findall(r"""(?<![\w.])t\("([\w.]+)",""", TEXT))
    assert asked <= set(WORDS), asked - set(WORDS)


def test_t_fills_in_values_and_refuses_unknown_keys() -> None:
    assert t("downloaded", "en", name="a.png") == "Saved a.png"
    assert t("downloaded", "zh", name="a.png").endswith("a.png")
    with pytest.raises(KeyError):
        t("no.such.key")


# -- nouns and variants ---------------------------------------------------------------------------


def test_a_modality_with_only_a_noun_reads_right(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(registry.MODALITIES, "ring", "ring")
    said = {"title": "Circle", "n": 16, "first": 0, "last": 15}
    assert (
        t("play.many", variant="ring", **said)
        == "Circle generated these 16 points from seeds 0 to 15."
    )
    assert (
        t("play.many", "zh", variant="ring", **said) == "“Circle”由种子 0 到 15 生成了这 16 个点。"
    )
    assert t("train.n.nimg", variant="ring") == "Points seen"
    assert t("train.bar.speed", "zh", variant="ring", speed=40) == "40 个/秒"
    assert t("preset.show me a collapse.info", "zh", variant="ring").endswith("都生成同样的点。")
    for key, word in SHARED.items():
        if any(map(nouns, word)):
            for lang in table.LANGS:
                text = t(key, lang, variant="ring")
                assert not nouns(text), key


def test_without_a_modality_samples_are_meant() -> None:
    assert t("train.seen", nimg=5) == "5 samples seen"
    assert t("train.seen", "zh", nimg=5) == "已看 5 个样本"


def test_the_first_variant_that_has_words_wins() -> None:
    codes = t("inside.wall.cross", variant=("codes", "text"))
    assert codes == "z tokens" != t("inside.wall.cross", variant="text") == "Latent tokens"
    assert t("inside.where.left", variant=("codes", "text"), share=9).startswith(
        "mostly at the code"
    )
    assert t("inside.where.left", variant="text", share=9).startswith("mostly at the token")


@pytest.mark.parametrize("path", OWN, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_a_modality_speaks_of_no_other(path: Path) -> None:
    others = {
        t(f"noun.{part}", lang, variant=name)
        for name in registry.names()
        for lang in table.LANGS
        for part in ("item", "items")
        if name != path.parent.name
    } - {"image", "point", "points", "点"}  # a clip is made of images; points are of many a thing
    mine = [t("noun.item", "zh", variant=path.parent.name)]
    for key, (english, chinese) in OWN[path].items():
        if not key.startswith("name."):
            assert not others & set(re.findall(r"[a-z]+", english.lower())), key
            assert not [noun for noun in others - set(mine) if noun in chinese], key


def test_what_is_said_of_augmentation_is_what_the_modality_does() -> None:
    said = {name: t("preset.fine-tune.info", variant=name) for name in registry.names()}
    assert "flip" in said["image"] and "flip" in said["video"]
    assert "flip" not in said["audio"] and "louder" in said["audio"]
    assert "small steps" in said["text"] and "cut" not in said["text"]


def test_no_old_term_is_left() -> None:
    for key, (english, chinese) in WORDS.items():
        if not key.startswith("name."):
            assert not re.search(OLD, f"{english} {chinese}", re.IGNORECASE), key


# -- names of models, data and classes ------------------------------------------------------------

PROPER = {
    "Nouns",
    "MNIST",
    "Fashion-MNIST",
    "CC0",
    "CC0-1.0",
    "PSF-2.0",
    "MIT, (c) 2017 Zalando SE",
}
SPEAKERS = {"george", "jackson", "lucas", "nicolas", "theo", "yweweler"}


def test_models_data_and_classes_have_chinese_names() -> None:
    studio = Studio()
    for one in [*studio.models(None), *studio.store.datasets(None)]:
        texts = [one.title, getattr(one, "data", ""), getattr(one, "licence", "")]
        classes = {part for name in one.classes for part in name.split(" / ")} - SPEAKERS
        for name in {*texts, *classes} - PROPER - {""}:
            assert name.isdigit() or f"name.{name}" in WORDS, name
    assert named("disc / up left / slow", "zh", variant="video") == "圆 / 左上 / 慢"
    assert named("disc / up left", "en", variant="video") == "disc / up left"
    assert named("moon", "zh", variant="image") != named("moon", "zh", variant="text")
    assert named("my own model", "zh") == "my own model"


# -- plain words and terms ------------------------------------------------------------------------

ODD = re.compile(
    r"\bnot these\b|nobody (drew|recorded|filmed)|nothing trains|by anyone\b|no person\b|\bto hold\b"
    r"|ended by itself|on their way|seed free|let this seed go|并非人手|出自人手|不用$",
    re.IGNORECASE,
)
FULL_WIDTH = re.compile("[\u3000-\u3003\uff01-\uff5e]")


def test_english_is_plain_and_has_no_chinese_punctuation() -> None:
    for key, (english, chinese) in WORDS.items():
        assert not ODD.search(english) and not ODD.search(chinese), key
        assert not FULL_WIDTH.search(english), key
        assert not re.search(r"[一-鿿][,:;!?]", chinese), key


def test_a_term_is_explained_in_two_sentences() -> None:
    terms = [key for key in SHARED if re.fullmatch(r"term\.\w+", key)]
    wanted = "z w psi slerp r1 ema logit rollout warm_start frechet collapse vae token attention"
    assert {f"term.{name}" for name in wanted.split()} <= set(terms) and len(terms) >= 25
    for key in terms:
        english, chinese = SHARED[f"{key}.what"]
        assert len(re.findall(r"\.(?: |$)", english)) == 2 and english.endswith("."), key
        assert chinese.count("。") == 2 and chinese.endswith("。"), key


def test_every_term_that_the_page_asks_for_is_there() -> None:
    asked = set(
        re.findall(r"""(?:tgan\.term\(|data-term=|\bterm: |page\.term\(\w+, )['"](\w+)['"]""", TEXT)
    )
    asked |= {knob.term for knob in KNOBS if knob.term}
    asked |= {control.term for control in CONTROLS if control.term}
    assert len(asked) > 15 and not [name for name in asked if f"term.{name}.what" not in SHARED]
