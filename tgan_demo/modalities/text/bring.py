"""A person's own text, cut into items: files of unknown encoding, or what was pasted.

Everything that comes in is bounded before it is looked at, and every pass over it is linear in its
length, whatever it holds. Nothing is executed or escaped: an HTML tag is five plain characters
here, and how it is shown is the page's business.
"""

import codecs
import io
import re
import stat
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from tgan_demo.contract import Dataset
from tgan_demo.data.item import told
from tgan_demo.data.limits import (
    MAX_TEXT,
    MAX_TEXT_BYTES,
    MAX_TEXT_CHARS,
    MAX_TEXT_FILES,
    MAX_TEXTS,
    MAX_TOTAL_TEXT_BYTES,
    MIN_TEXTS,
    Refusal,
    mib,
)
from tgan_demo.engine.draw.model import Model
from tgan_demo.errors import ConfigError, DataError
from tgan_demo.modalities.text.verse import is_verse

RULES = ("lines", "blank lines", "sentences")
ENCODINGS = "UTF-8, UTF-16, UTF-32, GB18030, Big5, Shift-JIS, Latin-1"

_REASONS_SHOWN = 3
_NOTES_SHOWN = 6
_SAMPLE_BYTES = 2**16  # enough to tell encodings apart
_MAX_DAMAGE = 0.1  # share of foreign characters that may be unreadable; Latin-1 as UTF-8: all
_MAX_CONTROLS = 0.01  # share of control characters; a table of tabs has none, a program 0.1
_MAX_MARKS = 30  # combining marks on one letter: the Stream-Safe Text Format of UAX #15
_LOST = "\ufffd"  # what stands for bytes that could not be read


@dataclass(frozen=True, slots=True)
class Reading:
    """One file as text."""

    text: str
    encoding: str  # the common name, lower case: "utf-8", "utf-16", "shift_jis", ...
    num_bytes: int  # that were read
    notes: tuple[str, ...] = ()  # for a person: what was cut, lost or guessed


@dataclass(slots=True)
class Gathered:
    """What came out of a pile of texts, in the order it came."""

    items: list[str] = field(default_factory=list)  # 1..max_chars code points each
    too_long: int = 0  # items left out because they are longer than max_chars
    damaged: int = 0  # items left out because some of their bytes could not be read
    is_full: bool = False  # MAX_TEXTS were kept, and more came
    refused: list[Refusal] = field(default_factory=list)  # whole files
    notes: list[str] = field(default_factory=list)  # for a person: the above in words, and more


class TextError(DataError):
    """One file is not plain text; the others may be."""

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(name, reason)  # as they came, so that it can be pickled
        self.reason = reason  # completes "this is ..."

    def __str__(self) -> str:
        name, reason = self.args
        return f"wanted a plain text file; {name} is {reason}; save it as plain text in UTF-8"


def gather(
    sources: str | Path | Sequence[str | Path], *, rule: str = "lines", max_chars: int = 256
) -> Gathered:
    """The items of texts (str) and of text files (Path), cut by `rule`; duplicates stay.

    Items that are too long are left out, never cut, and counted. A file that cannot be used is
    left out and named.

    Args:
        rule: one of RULES.
        max_chars: longest item that is kept, in code points, 1 to MAX_TEXT_CHARS.

    Raises:
        DataError: fewer than MIN_TEXTS items could be used, or an argument is out of range.
    """
    _check_rule(rule)
    if not 1 <= max_chars <= MAX_TEXT_CHARS:
        raise DataError(f"a text may be 1 to {MAX_TEXT_CHARS} characters long; got {max_chars}")
    pile = [sources] if isinstance(sources, (str, Path)) else list(sources)
    if len(pile) > MAX_TEXT_FILES:
        raise DataError(
            f"at most {MAX_TEXT_FILES:,} files; got {len(pile):,}; join them into fewer"
        )
    gathered = Gathered()
    for text in _texts(pile, gathered):
        for item in _items(text, rule):
            if len(item) > max_chars:
                gathered.too_long += 1
            elif _LOST in item:
                gathered.damaged += 1
            elif len(gathered.items) < MAX_TEXTS:
                gathered.items.append(item)
            else:
                gathered.is_full = True
                break
        if gathered.is_full:
            break
    _say_what_was_left_out(gathered, max_chars)
    _check_enough(gathered, rule)
    return gathered


def dataset(
    sources: str | Path | Sequence[str | Path], *, rule: str = "lines", name: str = ""
) -> Dataset:
    """What `gather` finds as a data set; poems of 4 x 5 Han characters lose their punctuation."""
    items = gather(sources, rule=rule).items
    bare = ["".join(c for c in item if c.isalnum()) for item in items]
    if all(map(is_verse, bare)):
        items = bare
    return Dataset(
        name or "my texts", np.array(items, dtype=np.str_), licence="not given", modality="text"
    )


def read_text(path: Path) -> Reading:
    """A file's text; at most its first MAX_TEXT_BYTES are read, and a note says so.

    A byte order mark decides the encoding, then valid UTF-8. Failing both, it is the encoding in
    which the bytes look most like writing, and a note says that it was guessed.

    Raises:
        TextError: a picture, an archive, a program, no file at all, or an unknown encoding.
    """
    return _read(Path(path), MAX_TEXT_BYTES)


def split_items(text: str, rule: str) -> list[str]:
    """`text` cut by one of RULES, cleaned: no empty items, no control characters, Unicode NFC.

    White space inside an item becomes one space; under "blank lines" an item keeps its line ends.
    Under "sentences" a line end inside a paragraph is a space, or nothing between Chinese or
    Japanese characters. Direction overrides are removed (right-to-left letters need none, and one
    left open would turn the page around), and marks beyond 30 on one letter. Joining the items
    with an empty line between and splitting again gives the same items.

    Raises:
        DataError: no such rule.
    """
    _check_rule(rule)
    return list(_items(text, rule))


# What files begin with that are often mistaken for text, and what to call them.
_MAGIC: tuple[tuple[int, bytes, str], ...] = (  # (offset, bytes, kind)
    (0, b"\x89PNG", "a PNG picture"),
    (0, b"\xff\xd8\xff", "a JPEG picture"),
    (0, b"GIF87a", "a GIF picture"),
    (0, b"GIF89a", "a GIF picture"),
    (0, b"%PDF-", "a PDF document"),
    (0, b"PK\x03\x04", "a zip, as Word, Excel and EPUB files are"),
    (0, b"\xd0\xcf\x11\xe0", "an old Word or Excel file"),
    (0, b"{\\rtf", "an RTF document"),
    (0, b"\x1f\x8b", "a gzip archive"),
    (0, b"BZh91AY&SY", "a bzip2 archive"),
    (0, b"\xfd7zXZ", "an xz archive"),
    (0, b"7z\xbc\xaf", "a 7z archive"),
    (0, b"Rar!\x1a", "a RAR archive"),
    (0, b"\x7fELF", "a program"),
    (0, b"SQLite format 3\x00", "a database"),
    (0, b"OggS", "a sound file"),
    (0, b"fLaC", "a sound file"),
    (0, b"ID3", "a sound file"),
    (8, b"WAVEfmt", "a sound file"),
    (8, b"WEBPVP8", "a WebP picture"),
    (4, b"ftyp", "a film or a phone's picture"),
)
_MARKS: tuple[tuple[bytes, str], ...] = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before utf-16, whose mark is how it begins
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_CONTROL_BYTES = bytes({*range(0x20), 0x7F} - {*b"\t\n\v\f\r\x1b"})


@dataclass(frozen=True, slots=True)
class _Guess:
    """An East Asian encoding, and the rows of its table that hold what people write."""

    name: str
    codec: str  # that we decode with: a superset where files in the wild need one
    table: str  # the national standard's own codec
    rows: frozenset[int]  # first bytes of its punctuation, kana and everyday characters


_GUESSES = (
    _Guess("gb18030", "gb18030", "gb2312", frozenset((*range(0xA1, 0xA4), *range(0xB0, 0xD8)))),
    _Guess("big5", "cp950", "big5", frozenset(range(0xA1, 0xC7))),
    _Guess("shift_jis", "cp932", "shift_jis", frozenset((*range(0x81, 0x84), *range(0x88, 0x99)))),
)
_MIN_EVERYDAY = 0.5  # share of everyday characters; a wrong codec gives less
_LATIN = re.compile(r"[À-ÖØ-öø-ÿŠšŽžŒœŸªº“”‘’„‚–—…«»‹›·•°€£§©®™¡¿´×\xa0]")


def _read(path: Path, limit: int) -> Reading:
    name = _label(path.name)
    try:
        if not stat.S_ISREG(
            path.stat().st_mode
        ):  # a pipe would be waited for, a folder has no text
            raise TextError(name, "not a file")
        with path.open("rb") as file:
            data = file.read(limit + 1)
    except OSError as error:
        raise TextError(name, "a file that cannot be opened") from error
    return _reading(data[:limit], name, is_cut=len(data) > limit)


def _reading(data: bytes, name: str, *, is_cut: bool) -> Reading:
    for offset, magic, kind in _MAGIC:
        if data.startswith(magic, offset):
            raise TextError(name, kind)
    encoding, codec = _encoding(data, name, is_cut=is_cut)
    text = _decode(data, codec, is_whole=not is_cut)
    if "\0" in text:  # UTF-16 and UTF-32 hide it from the look at bytes
        raise TextError(name, "binary: it holds NUL characters")
    notes = []
    if encoding not in ("utf-8", "utf-8-sig", "utf-16", "utf-32"):
        notes.append(f"{name}: read as {encoding}, which is our guess; UTF-8 is sure")
    if is_cut:
        text = text[: text.rfind("\n") + 1] or text  # half a line is nobody's line
        notes.append(f"{name}: only its first {mib(len(data))} were read")
    if lost := text.count(_LOST):
        notes.append(f"{name}: characters that could not be read as {encoding}: {lost:,}")
    return Reading(text, encoding, len(data), tuple(notes))


def _encoding(data: bytes, name: str, *, is_cut: bool) -> tuple[str, str]:
    """(name for people, Python's codec)."""
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            if _damage(_decode(data[:_SAMPLE_BYTES], encoding)) > _MAX_DAMAGE:
                raise TextError(name, f"damaged: it is marked {encoding} and is not")
            return encoding, encoding
    if b"\0" in data:
        raise TextError(name, "binary: it holds NUL bytes")
    controls = len(data) - len(data.translate(None, _CONTROL_BYTES))
    if controls > _MAX_CONTROLS * len(data):
        raise TextError(name, f"binary: {controls / len(data):.0%} of it are control characters")
    foreign = re.search(rb"[\x80-\xff]", data)
    if foreign is None:
        return "utf-8", "utf-8"
    # before the first high byte all is ASCII, so a character starts here in every encoding we know
    first = foreign.start()
    sample = data[first : first + _SAMPLE_BYTES]
    is_whole = not is_cut and len(sample) < _SAMPLE_BYTES
    if _damage(_decode(sample, "utf-8", is_whole=is_whole)) <= _MAX_DAMAGE:
        return "utf-8", "utf-8"
    shares = {guess: _everyday(sample, guess) for guess in _GUESSES}
    best = max(shares, key=lambda guess: shares[guess])  # the first of equals
    if shares[best] >= _MIN_EVERYDAY:
        return best.name, best.codec
    if _is_latin(data[max(0, first - _SAMPLE_BYTES) : first + _SAMPLE_BYTES]):
        return "latin-1", "cp1252"
    raise TextError(name, f"text in an encoding that we do not know ({ENCODINGS})")


def _decode(data: bytes, codec: str, *, is_whole: bool = False) -> str:
    """Bytes as text, U+FFFD for what is damaged; half a character at a cut is dropped."""
    return codecs.getincrementaldecoder(codec)("replace").decode(data, is_whole)


def _damage(text: str) -> float:
    """Share of the foreign characters that could not be read."""
    return text.count(_LOST) / max(1, len(_foreign(text)))


def _foreign(text: str) -> str:
    return re.sub(r"[\x00-\x7f]+", "", text)


def _everyday(sample: bytes, guess: _Guess) -> float:
    """How much of the foreign part is what people of that encoding write, 0..1."""
    text = _decode(sample, guess.codec)
    if _damage(text) > _MAX_DAMAGE:
        return 0.0
    characters = _foreign(text)
    codes = [character.encode(guess.table, "ignore") for character in characters]
    return sum(len(code) == 2 and code[0] in guess.rows for code in codes) / max(1, len(codes))


def _is_latin(sample: bytes) -> bool:
    """Whether accented letters and typographic marks stand among more plain ones."""
    text = _decode(sample, "cp1252")
    foreign, plain = _foreign(text), re.findall(r"[A-Za-z]", text)
    return len(foreign) <= len(plain) and len(_LATIN.findall(foreign)) >= 0.9 * len(foreign)


_LINE_ENDS = re.compile("\r\n?|[\v\f\x85\u2028\u2029]")
_UNWANTED = re.compile(
    r"[\x00-\x08\x0e-\x1b\x7f-\x9f"  # controls; tab, newline and other white space stay for now
    r"\u202a-\u202e\u2066-\u2069"  # direction embeddings, overrides, isolates
    r"\ud800-\udfff\ufeff\ufffe\uffff]"  # halves of characters, byte order marks
)
# not: Python's own idea of printable, which is older than the newest emoji
_VISIBLE = re.compile(
    r"[^\s\u00ad\u034f\u061c\u115f\u1160\u180b-\u180f\u200b-\u200f\u2060-\u206f\u3164\ufe00-\ufe0f"
    r"\uffa0\U000e0000-\U000e0fff]"
)
_CJK = "\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef\U00020000-\U0003ffff"
_CJK_LINE_END = re.compile(f"(?<=[{_CJK}])\n(?=[{_CJK}])")
_CLOSERS = "\"'”’»›)\\]}」』）】》〉］"
_WIDE_ENDS = "。！？｡"
# A run of marks is entered at its start and never given back, so a million dots cost a million.
_SENTENCE_END = re.compile(
    rf"(?<![.!?…؟۔।॥])[.!?…؟۔।॥]++[{_CLOSERS}]*+(?=\s)"
    rf"|(?<![{_WIDE_ENDS}])[{_WIDE_ENDS}]++[{_CLOSERS}]*+"
)
_NOT_THE_END = re.compile(r"(?:^|[\s(])(?:[A-Z]|Mr|Mrs|Ms|Dr|St|Prof|vs|e\.g|i\.e)\.$")


def _items(text: str, rule: str) -> Iterator[str]:
    """Lazily, since a file of one-character lines would be four million strings."""
    text = _UNWANTED.sub("", _LINE_ENDS.sub("\n", text))
    if rule == "lines":
        pieces = _lines(text)
    elif rule == "blank lines":
        pieces = _paragraphs(text)
    else:
        pieces = (end for block in _paragraphs(text) for end in _sentences(block))
    for piece in pieces:
        item = _nfc(piece)
        if _VISIBLE.search(item):
            yield item


def _lines(text: str) -> Iterator[str]:
    """Every line, empty ones too, with one space for each stretch of white space."""
    for line in io.StringIO(text, newline="\n"):
        yield " ".join(line.split())


def _paragraphs(text: str) -> Iterator[str]:
    """Lines up to the next empty one, line ends kept."""
    block: list[str] = []
    for line in _lines(text):
        if line:
            block.append(line)
        elif block:
            yield "\n".join(block)
            block = []
    yield "\n".join(block)


def _sentences(block: str) -> Iterator[str]:
    """A paragraph cut behind the marks that end a sentence, unless it goes on with a small letter.

    A title or an initial ends none.
    """
    block = _nfc(_CJK_LINE_END.sub("", block).replace("\n", " "))
    start = 0
    for mark in _SENTENCE_END.finditer(block):
        end = mark.end()
        if mark[0][0] not in _WIDE_ENDS and (
            block[end + 1 : end + 2].islower()
            or _NOT_THE_END.search(block[max(start, end - 8) : end])
        ):
            continue
        yield block[start:end].strip()
        start = end
    yield block[start:].strip()


def _nfc(item: str) -> str:
    if item.isascii():
        return item
    if any(map(unicodedata.combining, item)):
        # Python sorts the marks of one letter pairwise: a million of them would take hours
        kept, run = [], 0
        for character in item:
            run = run + 1 if unicodedata.combining(character) else 0
            if run <= _MAX_MARKS:
                kept.append(character)
        item = "".join(kept)
    return unicodedata.normalize("NFC", item)


def _texts(pile: Sequence[str | Path], gathered: Gathered) -> Iterator[str]:
    """The text of every source, until the bound on all of them; notes and refusals are added."""
    room = MAX_TOTAL_TEXT_BYTES
    for source in pile:
        if isinstance(source, str):
            limit = min(room, MAX_TEXT_BYTES)
            text = source[:limit]
            room -= len(text)
            if len(source) > limit:
                gathered.notes.append(f"only the first {limit:,} characters were read")
        else:
            path = Path(source)
            if room == 0:
                reason = f"all files together may hold {mib(MAX_TOTAL_TEXT_BYTES)}"
                gathered.refused.append(Refusal(_label(path.name), reason))
                continue
            try:
                reading = _read(path, min(room, MAX_TEXT_BYTES))
            except TextError as error:
                gathered.refused.append(Refusal(_label(path.name), error.reason))
                continue
            room -= reading.num_bytes
            gathered.notes += reading.notes
            text = reading.text
        yield text


def _say_what_was_left_out(gathered: Gathered, max_chars: int) -> None:
    notes = gathered.notes
    if gathered.too_long:
        notes.append(f"left out: {gathered.too_long:,} longer than {max_chars} characters")
    if gathered.damaged:
        notes.append(f"left out: {gathered.damaged:,} with characters that could not be read")
    if gathered.is_full:
        notes.append(f"the first {MAX_TEXTS:,} texts were kept; what follows was left out")
    notes += [f"left out: {refusal}" for refusal in gathered.refused[:_REASONS_SHOWN]]
    if (more := len(gathered.refused) - _REASONS_SHOWN) > 0:
        notes.append(f"left out: {more} more files")
    different = len(set(gathered.items))
    if different < MIN_TEXTS <= len(gathered.items):
        notes.append(f"only {different} of these texts are different; a model will repeat them")


def read_file(path: Path) -> str:
    """The beginning of one text file, MAX_TEXT characters. Raises TextError."""
    return _read(path, MAX_TEXT_BYTES).text[:MAX_TEXT]


def decode(content: bytes, name: str, model: Model) -> tuple[str, str]:
    """See contract.Bring."""
    reading = _reading(content[:MAX_TEXT_BYTES], _label(name), is_cut=len(content) > MAX_TEXT_BYTES)
    return fit(model, reading.text), "; ".join(reading.notes)


def fit(model: Model, item: str) -> str:
    """A text as the model sees it: without white space round it, cut to its length.

    Raises:
        ConfigError: nothing is left, or the model knows less than half of its letters.
    """
    if not isinstance(item, str):
        raise ConfigError(f"{model.title} is a model of texts; got {told(item)}")
    text = " ".join(item[:MAX_TEXT].split())
    if is_verse(marks := "".join(c for c in text if c.isalnum())):
        text = marks  # a quatrain is stored without its punctuation
    if not text:
        raise ConfigError("wanted a text; nothing came: type or paste one")
    if model.tokenizer.vocabulary.unknown_share([text]) > 0.5:
        raise ConfigError(
            f"{model.title} does not know most of these letters; try a text like those it was "
            f"trained on ({model.meta.get('data', {}).get('name', 'see its card')})"
        )
    return model.tokenizer.readable(text, model.config)


def check(model: Model, item: str) -> str:
    """See contract.Bring: the same, since a text of any length is one."""
    return fit(model, item)


def _check_enough(gathered: Gathered, rule: str) -> None:
    count = len(gathered.items)
    if count >= MIN_TEXTS:
        return
    how = {
        "lines": "one to a line",
        "blank lines": "with an empty line between two, or pick 'lines'",
        "sentences": "or pick 'lines'",
    }[rule]
    said = f" What happened: {'; '.join(gathered.notes[-_NOTES_SHOWN:])}." if gathered.notes else ""
    raise DataError(
        f"training takes from {MIN_TEXTS} texts; got {count} that can be used; "
        f"add {MIN_TEXTS - count} or more, {how}.{said}"
    )


def _check_rule(rule: str) -> None:
    if rule not in RULES:
        raise DataError(f"text is cut by {', '.join(map(repr, RULES))}; got {str(rule)[:60]!r}")


def _label(name: str) -> str:
    """A name fit to be shown."""
    return "".join(c if c.isprintable() else "?" for c in name)[-60:]
