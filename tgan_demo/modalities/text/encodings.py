"""Bytes of a text file of unknown encoding as text.

A byte order mark decides, then valid UTF-8; failing both, it is the encoding in which the bytes look
most like writing. Every pass is linear in the length, whatever the bytes hold, and nothing is executed.
"""

import codecs
import re
import stat
from dataclasses import dataclass
from pathlib import Path

from tgan_demo.data import limits
from tgan_demo.data.gather import Unusable
from tgan_demo.data.limits import mib
from tgan_demo.modalities.text import writing

ENCODINGS = "UTF-8, UTF-16, UTF-32, GB18030, Big5, Shift-JIS, EUC-JP, EUC-KR, Latin-1"
LOST = "\ufffd"  # what stands for bytes that could not be read

_SAMPLE_BYTES = 2**16  # enough to tell encodings apart
_MAX_DAMAGE = 0.1  # share of foreign characters that may be unreadable; Latin-1 as UTF-8: all
_MAX_CONTROLS = 0.01  # share of control characters; a table of tabs has none, a program 0.1


@dataclass(frozen=True, slots=True)
class Reading:
    """One file as text."""

    text: str
    encoding: str  # the common name, lower case: "utf-8", "utf-16", "shift_jis", ...
    num_bytes: int  # that were read
    notes: tuple[str, ...] = ()  # for the user: what was cut, lost or guessed


class TextError(Unusable):
    """One file is not plain text; the others may be. `reason` completes "this is ..."."""

    def __init__(self, name: str, reason: str, remedy: str = "") -> None:
        super().__init__(name, reason, remedy)

    def __str__(self) -> str:
        name, reason, _ = self.args
        return f"wanted a plain text file; {name} is {reason}; save it as plain text in UTF-8"


def read(path: Path, limit: int | None = None) -> Reading:
    """A file's text; at most its first `limit` bytes are read (MAX_TEXT_BYTES), and a note says so.

    Raises:
        TextError: a picture, an archive, a program, no file at all, or an unknown encoding.
    """
    limit = limits.MAX_TEXT_BYTES if limit is None else limit
    name = label(path.name)
    try:
        # a pipe would be waited for, a folder has no text
        if not stat.S_ISREG(path.stat().st_mode):
            raise TextError(name, "not a file")
        with path.open("rb") as file:
            data = file.read(limit + 1)
    except OSError as error:
        raise TextError(name, "a file that cannot be opened") from error
    return decode(data, name, limit)


def decode(data: bytes, name: str, limit: int) -> Reading:
    """`read` of a file's bytes; `name` is what a complaint calls them."""
    return _reading(data[:limit], name, is_cut=len(data) > limit)


def label(name: str) -> str:
    """A name fit to be shown."""
    return "".join(c if c.isprintable() else "?" for c in name)[-60:]


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
    rows: frozenset[int]  # first bytes of its punctuation, letters and everyday characters
    common: frozenset[str]  # what texts in it are mostly made of


_GUESSES = (
    _Guess(
        *("gb18030", "gb18030", "gb2312", frozenset((*range(0xA1, 0xA4), *range(0xB0, 0xD8)))),
        writing.SIMPLIFIED | writing.TRADITIONAL,
    ),
    _Guess("big5", "cp950", "big5", frozenset(range(0xA1, 0xC7)), writing.TRADITIONAL),
    _Guess(
        *("shift_jis", "cp932", "shift_jis", frozenset((*range(0x81, 0x84), *range(0x88, 0x99)))),
        writing.JAPANESE,
    ),
    _Guess(
        *("euc-jp", "euc_jis_2004", "euc_jp"),
        frozenset((*range(0xA1, 0xA6), *range(0xB0, 0xD0))),
        writing.JAPANESE,
    ),
    _Guess(
        *("euc-kr", "cp949", "euc_kr"),
        frozenset((*range(0xA1, 0xA5), *range(0xB0, 0xC9))),
        writing.KOREAN,
    ),
)
_SURE = ("utf-8", "utf-8-sig", "utf-16", "utf-32")  # a mark or the bytes themselves tell
_MIN_EVERYDAY = 0.5  # share of everyday characters; a wrong codec gives less
_MIN_COMMON, _FEW = 0.15, 8  # share of common ones in a text of more than a few characters
_WIDE_MARKS = "、。「」『』《》〈〉【】・！？，：；（）～“”‘’…—–€　"
_LATIN = re.compile(r"[À-ÖØ-öø-ÿŠšŽžŒœŸªº“”‘’„‚–—…«»‹›·•°€£§©®™¡¿´×\xa0]")


def _reading(data: bytes, name: str, *, is_cut: bool) -> Reading:
    for offset, magic, kind in _MAGIC:
        if data.startswith(magic, offset):
            raise TextError(name, kind)
    encoding, codec = _encoding(data, name, is_cut=is_cut)
    text = _decode(data, codec, is_whole=not is_cut)
    if "\0" in text:  # UTF-16 and UTF-32 hide it from the look at bytes
        raise TextError(name, "binary: it holds NUL characters")
    notes = []
    if codec not in _SURE:
        notes.append(f"{name}: read as {encoding}, which is our guess; UTF-8 is sure")
    if is_cut:
        text = text[: text.rfind("\n") + 1] or text  # half a line is nobody's line
        notes.append(f"{name}: only its first {mib(len(data))} were read")
    if lost := text.count(LOST):
        notes.append(f"{name}: characters that could not be read as {encoding}: {lost:,}")
    return Reading(text, encoding, len(data), tuple(notes))


def _encoding(data: bytes, name: str, *, is_cut: bool) -> tuple[str, str]:
    """(name for people, Python's codec)."""
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            if _damage(_decode(data[:_SAMPLE_BYTES], encoding)) > _MAX_DAMAGE:
                raise TextError(name, f"damaged: it is marked {encoding} and is not")
            return encoding, encoding
    controls = len(data) - len(data.translate(None, _CONTROL_BYTES))
    has_controls = controls > _MAX_CONTROLS * len(data)
    if (b"\0" in data or has_controls) and (wide := _wide(data[:_SAMPLE_BYTES], is_cut=is_cut)):
        return wide[:6], wide
    if b"\0" in data:
        raise TextError(name, "binary: it holds NUL bytes")
    if has_controls:
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
    best = max(_GUESSES, key=lambda guess: sum(_plausible(sample, guess)))  # the first of equals
    everyday, common = _plausible(sample, best)
    is_short = len(_foreign(_decode(sample, best.codec))) <= _FEW
    if everyday >= _MIN_EVERYDAY and (common >= _MIN_COMMON or is_short):
        return best.name, best.codec
    if _is_latin(data[max(0, first - _SAMPLE_BYTES) : first + _SAMPLE_BYTES]):
        return "latin-1", "cp1252"
    raise TextError(name, f"text in an encoding that we do not know ({ENCODINGS})")


def _wide(sample: bytes, *, is_cut: bool) -> str:
    """The codec of UTF-16 or UTF-32 without a mark; "" where the bytes are neither."""
    best, most = "", _MIN_EVERYDAY
    for codec in ("utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"):
        text = _decode(sample, codec, is_whole=not is_cut and len(sample) < _SAMPLE_BYTES)
        if "\0" in text or text.count(LOST) > 0.01 * len(text):
            continue
        # without a NUL there is neither a space nor a line end: Chinese it may be, or anything
        written = _is_written if b"\0" in sample else writing.ALL.__contains__
        known = sum(map(written, text)) / max(1, len(text))
        if known > most:
            best, most = codec, known
    return best


def _is_written(character: str) -> bool:
    """Whether a character is of those that texts are mostly made of: of an alphabet, or common.

    Bytes of something else, taken by twos, give rare Chinese characters and symbols.
    """
    if character < "\u0180":
        return character.isprintable() or character in "\t\n\r\f"
    if character < "\u2000":  # Greek, Cyrillic, Arabic, Indic, Thai ...
        return character > "\u036f" and character.isalnum()
    return character in writing.ALL or character in _WIDE_MARKS


def _decode(data: bytes, codec: str, *, is_whole: bool = False) -> str:
    """Bytes as text, U+FFFD for what is damaged; half a character at a cut is dropped."""
    return codecs.getincrementaldecoder(codec)("replace").decode(data, is_whole)


def _damage(text: str) -> float:
    """Share of the foreign characters that could not be read."""
    return text.count(LOST) / max(1, len(_foreign(text)))


def _foreign(text: str) -> str:
    return re.sub(r"[\x00-\x7f]+", "", text)


def _plausible(sample: bytes, guess: _Guess) -> tuple[float, float]:
    """How much of the foreign part people of that encoding write, and how much is common, 0..1.

    The tables of GB2312, EUC-JP and EUC-KR have the same form, so that the first alone tells little.
    """
    text = _decode(sample, guess.codec)
    if _damage(text) > _MAX_DAMAGE:
        return 0.0, 0.0
    characters = _foreign(text)
    codes = [character.encode(guess.table, "ignore") for character in characters]
    everyday = sum(len(code) == 2 and code[0] in guess.rows for code in codes)
    return everyday / max(1, len(codes)), writing.share(characters, guess.common)


def _is_latin(sample: bytes) -> bool:
    """Whether accented letters and typographic marks stand among more plain ones."""
    text = _decode(sample, "cp1252")
    foreign, plain = _foreign(text), re.findall(r"[A-Za-z]", text)
    return len(foreign) <= len(plain) and len(_LATIN.findall(foreign)) >= 0.9 * len(foreign)
