"""A person's own text: every encoding comes out right, every bound holds, refusals say why."""

import copy
import random
import unicodedata
import zipfile

import pytest

from tgan_demo.data import limits
from tgan_demo.errors import DataError
from tgan_demo.modalities.text import bring as texts
from tgan_demo.modalities.text import cutting, encodings

TRADITIONAL = "今天天氣很好，我們去公園散步。\n她說：「明天見！」\n國家圖書館\n"
SIMPLIFIED = "今天天气很好，我们去公园散步。\n她说：“明天见！”\n国家图书馆\n王小明\n"
JAPANESE = "今日は良い天気です。\n東京タワーに行きました。\nカタカナ\n"
FRENCH = "Où est l'été ? Déjà là.\nUn café, s’il vous plaît.\nnaïve\n"
FAMILY = "👨‍👩‍👧‍👦"  # four people held together by invisible joiners
ENOUGH = "\n".join(f"line number {k}" for k in range(limits.MIN_TEXTS))


def write(folder, content, name="mine.txt"):
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


@pytest.mark.parametrize(
    ("text", "codec", "name"),
    [
        *[(text, "utf-8", "utf-8") for text in (TRADITIONAL, SIMPLIFIED, JAPANESE, FRENCH)],
        (TRADITIONAL, "utf-8-sig", "utf-8-sig"),
        (SIMPLIFIED, "utf-16", "utf-16"),
        (SIMPLIFIED, "utf-32", "utf-32"),
        (SIMPLIFIED, "gb18030", "gb18030"),
        (TRADITIONAL, "gb18030", "gb18030"),
        (TRADITIONAL, "big5", "big5"),
        (JAPANESE, "cp932", "shift_jis"),
        (FRENCH, "cp1252", "latin-1"),
        ("Grüße aus Köln\n", "latin-1", "latin-1"),
        ("café", "latin-1", "latin-1"),  # the only foreign byte is the last one
        ("plain\n", "ascii", "utf-8"),
        ("", "ascii", "utf-8"),
    ],
)
def test_encodings_are_told_apart(tmp_path, text, codec, name):
    content = text.encode(codec)
    reading = encodings.read(write(tmp_path, content))
    assert (reading.text, reading.encoding) == (text, name)
    assert reading.num_bytes == len(content)
    is_guess = name in ("gb18030", "big5", "shift_jis", "latin-1")
    assert [note for note in reading.notes if "guess" in note] == list(reading.notes)
    assert bool(reading.notes) == is_guess


@pytest.mark.parametrize("mark", [b"\xff\xfe", b"\xfe\xff"])
def test_both_ends_of_utf_16(tmp_path, mark):
    codec = "utf-16-le" if mark == b"\xff\xfe" else "utf-16-be"
    reading = encodings.read(write(tmp_path, mark + JAPANESE.encode(codec)))
    assert (reading.text, reading.encoding) == (JAPANESE, "utf-16")


def cut(text, rule):
    cutting.check_rule(rule)
    return list(cutting.items(text, rule))


def test_foreign_letters_far_behind_plain_ones_count_too(tmp_path):
    content = b"plain text\n" * 20_000 + SIMPLIFIED.encode("gb18030")
    assert encodings.read(write(tmp_path, content)).text.endswith(SIMPLIFIED)


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"\x89PNG\r\n\x1a\n" + bytes(20), "a PNG picture"),
        (b"%PDF-1.7\nstream of words", "a PDF document"),
        (b"\xff\xd8\xff\xe0JFIF", "a JPEG picture"),
        (b"{\\rtf1 hello}", "an RTF document"),
        (b"RIFF\x24\x00\x00\x00WAVEfmt ", "a sound file"),
        (b"hello\x00world", "NUL"),
        ("no mark".encode("utf-16-le") + b"\0", "NUL"),
        (b"\xff\xfea\x00\x00\x00b\x00", "NUL"),
        (bytes(range(1, 32)) * 9, "control characters"),
        (random.Random(0).randbytes(5000).replace(b"\0", b"\1"), "control characters"),
        (b"\xff\xfe" + b"\x00\xd8" * 50, "damaged"),
        ("Привет, мир, как дела".encode("cp1251"), "an encoding that we do not know"),
    ],
)
def test_what_is_not_text_is_named(tmp_path, content, kind):
    with pytest.raises(
        encodings.TextError, match=r"wanted a plain text file; mine\.txt is .*UTF-8"
    ):
        encodings.read(write(tmp_path, content))
    with pytest.raises(encodings.TextError, match=kind):
        encodings.read(tmp_path / "mine.txt")


def test_a_refusal_can_travel_between_processes():
    error = encodings.TextError("a.bin", "a program")
    again = copy.copy(error)  # the way that pickle goes
    assert str(again) == str(error) and again.reason == "a program"


def test_a_zip_a_folder_and_nothing_at_all_are_named(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.docx", "w") as packed:
        packed.writestr("a.txt", "hello")
    with pytest.raises(encodings.TextError, match="a zip, as Word"):
        encodings.read(tmp_path / "a.docx")
    with pytest.raises(encodings.TextError, match="not a file"):
        encodings.read(tmp_path)
    with pytest.raises(encodings.TextError, match="cannot be opened"):
        encodings.read(tmp_path / "missing.txt")


def test_of_200_mb_only_the_first_8_are_read(tmp_path):
    path = write(tmp_path, b"0123456789abcde\n" * 2**16 * 9)
    with path.open("r+b") as file:
        file.truncate(200 * 10**6)  # NUL bytes from here on would be refused, were they read
    reading = encodings.read(path)
    assert len(reading.text) == reading.num_bytes == limits.MAX_TEXT_BYTES
    assert "only its first 8 MiB" in reading.notes[0]


def test_a_cut_keeps_whole_characters_and_whole_lines(tmp_path, monkeypatch):
    monkeypatch.setattr(limits, "MAX_TEXT_BYTES", 100)
    for text in ("€" * 99, "🙂" * 99):
        cut = encodings.read(write(tmp_path, text)).text
        assert text.startswith(cut) and 24 <= len(cut) <= 33
    assert encodings.read(write(tmp_path, "some line\n" * 11 + "x")).text == "some line\n" * 10
    assert encodings.read(write(tmp_path, "one more line\n" * 99)).text == "one more line\n" * 7
    assert encodings.read(write(tmp_path, "x" * 99 + "é")).text == "x" * 99  # cut inside é


def test_a_little_damage_is_reported_and_its_lines_left_out(tmp_path):
    path = write(
        tmp_path, ENOUGH.encode() + "\n".join(["日本語"] * 9).encode() + b"\nbad \xff byte"
    )
    reading = encodings.read(path)
    assert reading.encoding == "utf-8" and "could not be read as utf-8: 1" in reading.notes[0]
    found = texts.gather(path)
    assert found.left_out == 1 and not any("bad" in item for item in found.items)


def test_lines_paragraphs_and_sentences():
    text = " One  line.\r\nand\tmore \r\n \r\n\r\nTwo. Three? \u3000 Four\x00\x07!\u2028Five"
    assert cut(text, "lines") == [
        "One line.",
        "and more",
        "Two. Three? Four!",
        "Five",
    ]
    assert cut(text, "blank lines") == [
        "One line.\nand more",
        "Two. Three? Four!\nFive",
    ]
    assert cut(text, "sentences") == [
        "One line. and more",  # a small letter goes on
        "Two.",
        "Three?",
        "Four!",
        "Five",
    ]
    with pytest.raises(DataError, match="'lines', 'blank lines', 'sentences'; got 'words'"):
        cut(text, "words")


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ('He said "No!" Then he left.', ['He said "No!"', "Then he left."]),
        ("Dr. A. Smith paid 3.50, i.e. a lot... He left.", None),
        ("她說：「走吧。」我們走了！真的？", ["她說：「走吧。」", "我們走了！", "真的？"]),
        ("一行未完\n接着寫。two\nlines", ["一行未完接着寫。", "two lines"]),
        ("ما هذا؟ هذا كتاب.", ["ما هذا؟", "هذا كتاب."]),
        ("no end", ["no end"]),
    ],
)
def test_where_a_sentence_ends(text, sentences):
    wanted = sentences or ["Dr. A. Smith paid 3.50, i.e. a lot...", "He left."]
    assert cut(text, "sentences") == wanted


def test_duplicates_stay_and_order_too():
    assert cut("b\na\n\nb\n", "lines") == ["b", "a", "b"]


@pytest.mark.parametrize(
    "line",
    [
        "<script>alert('x')</script> & <b>bold</b>",
        "{{ config }} ${x} %s ../../etc/passwd'; DROP TABLE runs; --",
        "😀🎉🚀",
        FAMILY,
        "\U0001fae9\U0001fadf",  # emoji younger than this Python's tables
        "שלום עולם",
        "مرحبا بالعالم",
        "\u200fעברית (and English)",  # a direction mark is part of the text
        "a\u200bb",
        "नमस्ते",
    ],
)
def test_any_writing_is_kept_as_it_is(line):
    for rule in cutting.RULES:
        assert "".join(cut(f"  {line}\n", rule)) == line


def test_what_is_removed():
    assert cut("a\u202eb\u2066c\ufeffd\x1b[31me\ud800\x85f", "lines") == [
        "abcd[31me",
        "f",
    ]
    assert cut("\u200b\n\ufeff\n \u00ad \n\u2060\n\u3000\n", "lines") == []
    assert cut("e\u0301", "lines") == ["é"]


def test_a_tower_of_marks_is_trimmed_not_waited_for():
    """Python sorts the marks of one letter pairwise; this many would take minutes."""
    (item,) = cut("z" + "\u0301\u0323" * 200_000, "lines")
    assert len(item) <= 31 and item[0] in "zẓź"


@pytest.mark.parametrize(
    "unit", [".", ".)", ")", " ", "\n", "\n ", "。", "。」", "A. ", "\r", "…x"]
)
def test_long_runs_take_linear_time(unit):
    for rule in cutting.RULES:
        cut(unit * 100_000, rule)


def noise(rng):
    """Text of every kind that gave somebody trouble."""
    pieces = [
        " ", "\n", "\n\n", "\r\n", "\t", "a", "Z", ".", "! ", "。", "」", "é", "e\u0301", "漢", "ア",
        "\u3000", "\x00", "\x1b", "\u202e", "\u200d", "\ufeff", "\u2029", "😀", FAMILY, "ש", "<b>",
        "\u0323", "\ufffd", "\ud800", "한", "\u1112\u1161", "\u212b", "ﬁ", "\x1d", "\x85", "Mr. ",
    ]  # fmt: skip
    return "".join(rng.choice(pieces) for _ in range(rng.randrange(120)))


@pytest.mark.parametrize("rule", cutting.RULES)
def test_what_holds_for_any_text(rule):
    rng = random.Random(rule)
    for _ in range(400):
        items = cut(noise(rng), rule)
        for item in items:
            assert item and item == item.strip() and "  " not in item
            assert unicodedata.is_normalized("NFC", item)
            kinds = {unicodedata.category(c) for c in item if c != "\n"}
            assert not kinds & {"Cc", "Cs"}
            assert rule == "blank lines" or "\n" not in item
            item.encode()  # no halves of characters
        assert cut("\n\n".join(items), rule) == items


def test_damage_anywhere_is_a_refusal_or_a_text(tmp_path):
    """Whatever a decoder meets, a person sees our words."""
    rng, path = random.Random(0), tmp_path / "any.txt"
    whole = [
        text.encode(codec)
        for text, codec in [
            (JAPANESE, "utf-8"), (JAPANESE, "utf-16"), (JAPANESE, "utf-32"), (JAPANESE, "cp932"),
            (SIMPLIFIED, "gb18030"), (TRADITIONAL, "big5"), (FRENCH, "cp1252"),
        ]
    ]  # fmt: skip
    for k in range(200):
        broken = bytearray(whole[k % len(whole)])
        for _ in range(1 + k // 40):
            broken[rng.randrange(len(broken))] = rng.randrange(256)
        path.write_bytes(broken[: rng.randrange(1, len(broken) + 1)])
        try:
            reading = encodings.read(path)
        except encodings.TextError as error:
            assert "any.txt is" in str(error)
        else:
            cut(reading.text, rng.choice(cutting.RULES))


def test_texts_and_files_are_gathered_in_order(tmp_path):
    more = write(tmp_path, "first\nlast\nfirst\n")
    found = texts.gather([ENOUGH, more])
    assert found.items == [*ENOUGH.splitlines(), "first", "last", "first"]
    assert found.remarks == [] and found.refused == []
    assert texts.gather(ENOUGH).items == texts.gather([ENOUGH]).items == ENOUGH.splitlines()
    path = write(tmp_path, ENOUGH, "enough.txt")
    assert texts.gather(path).items == ENOUGH.splitlines()


def test_lines_of_ten_thousand_characters_are_left_out_not_cut():
    long = "\n".join(["x" * 10_000] * 3 + ["y" * 256, "z" * 257])
    found = texts.gather([ENOUGH, long])
    assert found.left_out == 4 and found.items[-1] == "y" * 256
    assert found.remarks == ["left out: 4 longer than 256 characters"]
    assert texts.gather([ENOUGH, long], max_chars=1024).left_out == 3


def test_more_than_we_keep_is_said(monkeypatch):
    assert limits.MAX_TEXTS == 100_000
    monkeypatch.setattr(limits, "MAX_TEXTS", 60)
    exact = texts.gather("\n".join(map(str, range(60))))
    assert len(exact.items) == 60 and not exact.remarks
    found = texts.gather(["\n".join(map(str, range(61))), "never reached"])
    assert found.items == [str(k) for k in range(60)]
    assert "first 60 texts were kept" in found.remarks[0]


def test_too_few_says_how_many_and_why(tmp_path):
    picture = write(tmp_path, b"\x89PNG\r\n\x1a\n", "cat.png")
    with pytest.raises(DataError, match="from 50 texts; got 0.*cat.png: a PNG picture"):
        texts.gather([picture])
    with pytest.raises(DataError, match="got 49.*add 1 or more, one to a line"):
        texts.gather(ENOUGH[: ENOUGH.rindex("\n")])
    with pytest.raises(DataError, match="got 1 .*pick 'lines'"):
        texts.gather(ENOUGH, rule="blank lines", max_chars=1024)
    with pytest.raises(DataError, match="got 0 .*1 longer than 256"):
        texts.gather(ENOUGH * 10, rule="sentences")
    with pytest.raises(DataError, match="got 0"):
        texts.gather([])


def test_bad_files_among_good_ones_are_named(tmp_path):
    bad = [write(tmp_path, b"%PDF-1.4", f"p{k}.pdf") for k in range(5)]
    found = texts.gather([*bad, write(tmp_path, ENOUGH)])
    assert len(found.items) == 50
    assert [str(refusal) for refusal in found.refused[:1]] == ["p0.pdf: a PDF document"]
    assert found.remarks[-1] == "left out: 2 more files"


def test_one_line_again_and_again_is_remarked_on():
    assert "only 1 of these texts" in texts.gather("same\n" * 60).remarks[-1]


def test_bounds_on_the_whole(tmp_path, monkeypatch):
    with pytest.raises(DataError, match="1 to 1024 characters long; got 0"):
        texts.gather(ENOUGH, max_chars=0)
    with pytest.raises(DataError, match="got 5000"):
        texts.gather(ENOUGH, max_chars=5000)
    with pytest.raises(DataError, match="at most 1,000 files"):
        texts.gather([tmp_path] * 1001)
    monkeypatch.setattr(limits, "MAX_TOTAL_TEXT_BYTES", 1000)
    path = write(tmp_path, ENOUGH)
    assert 500 < path.stat().st_size < 1000
    found = texts.gather([path, path, path])
    assert 50 < len(found.items) < 100 and "only its first" in found.remarks[0]
    assert "all files together" in found.refused[0].reason
    assert len(texts.gather("1234567\n" * 300).items) == 125  # pasted text has the same bounds
