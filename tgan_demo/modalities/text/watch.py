"""Is a run on text well? What only the texts themselves tell: copies, sameness, repetition, a small vocabulary.

Knows strings, not networks; engine/health.py has what losses and gradients tell.
"""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass

from tgan_demo.events import Health
from tgan_demo.modalities.text import copies

GRACE_NIMG = 4_000  # at the start everything repeats
SHORT = 8  # letters; shorter texts are copied by chance
MOST_REPEATED = 3.0  # times real texts' repetition, and at least a tenth of all tokens
FEWEST_TOKENS = 0.35  # of the different tokens that as many real texts have
BEGINNING = 40  # letters; the beginning of a training text is a copy of it from that length on
SHOWN = 60  # letters of a copy that are quoted


@dataclass(frozen=True, slots=True)
class Known:
    """The training texts, for comparing."""

    texts: tuple[str, ...]  # in order
    repetition: float
    vocabulary: int  # different tokens in as many texts as are watched

    @classmethod
    def of(cls, texts: Sequence[str], *, watched: int = 16) -> "Known":
        some = [words_of(text) for text in texts[:watched]]
        full = [words for words in some if words] or [("",)]
        known = tuple(sorted({str(text) for text in texts}))
        return cls(known, copies.repetition(full), copies.vocabulary(full))

    def source(self, text: str) -> str:
        """The training text that this is word for word, or, being long, the beginning of; else "".

        A medium that writes up to a length can only ever copy beginnings of longer texts.
        """
        place = bisect_left(self.texts, text)
        found = self.texts[place] if place < len(self.texts) else ""
        if found == text and len(text) >= SHORT:
            return found
        return found if len(text) >= BEGINNING and found.startswith(text) else ""


def judge(texts: Sequence[str], known: Known, *, nimg: int) -> Health | None:
    """The worst thing about the watched texts, or None."""
    if nimg < GRACE_NIMG:
        return None
    copied = [source for text in texts if (source := known.source(text))]
    if copied:
        quoted = copied[0][:SHOWN]
        said = f"{len(copied)} of {len(texts)} texts are word for word in the training data: “{quoted}”"
        return Health("watch", "copies", said, quoted)
    words = [words for words in map(words_of, texts) if words]
    if not words:
        return Health("bad", "silent", "G writes nothing: every text ends before it begins.")
    if len(set(texts)) < 0.6 * len(texts):
        same = max(texts, key=list(texts).count)[:SHOWN]
        said = f"Collapse: {len(set(texts))} different texts among {len(texts)}: “{same}”"
        return Health("bad", "same_texts", said, same)
    repetition = copies.repetition(words)
    if repetition > max(0.1, MOST_REPEATED * known.repetition):
        share = f"{repetition:.0%}"
        return Health("watch", "repeats", f"G repeats itself: {share} of its tokens.", share)
    count = copies.vocabulary(words)
    if count < FEWEST_TOKENS * known.vocabulary:
        few = f"{count} : {known.vocabulary}"
        said = f"G uses few different tokens ({few} of as many real texts)."
        return Health("watch", "few_tokens", said, few)
    return None


def words_of(text: str) -> tuple[str, ...]:
    """Words where there are spaces, else characters."""
    return tuple(text.split()) if " " in str(text).strip() else tuple(str(text).strip())
