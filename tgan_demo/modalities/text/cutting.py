"""A text cut into items: lines, paragraphs or sentences.

Every pass is linear in the length. Nothing is escaped: an HTML tag is five plain characters here, and
how it is shown is the page's business.
"""

import io
import re
import unicodedata
from collections.abc import Iterator

from tgan_demo.errors import DataError

RULES = ("lines", "blank lines", "sentences")
_MAX_MARKS = 30  # combining marks on one letter: the Stream-Safe Text Format of UAX #15

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


def check_rule(rule: str) -> None:
    """Raises DataError."""
    if rule not in RULES:
        raise DataError(f"text is cut by {', '.join(map(repr, RULES))}; got {str(rule)[:60]!r}")


def items(text: str, rule: str) -> Iterator[str]:
    """`text` cut by one of RULES, cleaned: no empty items, no control characters, Unicode NFC.

    White space inside an item becomes one space; under "blank lines" an item keeps its line ends.
    Under "sentences" a line end inside a paragraph is a space, or nothing between Chinese or
    Japanese characters. Direction overrides are removed (right-to-left letters need none, and one
    left open would turn the page around), and marks beyond 30 on one letter. Joining the items
    with an empty line between and cutting again gives the same items.

    Lazy, since a file of one-character lines would be four million strings.
    """
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
