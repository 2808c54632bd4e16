"""Quatrains: four lines of five Han characters, and how a person reads them."""

VERSE = (4, 5)  # rows, columns of a quatrain


def is_verse(text: str) -> bool:
    """Twenty Han characters and nothing else."""
    return len(text) == VERSE[0] * VERSE[1] and all("\u3400" <= c <= "\u9fff" for c in text)


def shown(text: str) -> str:
    """A text as a person reads it: a quatrain in four punctuated lines, everything else as it is."""
    rows, columns = VERSE
    if not is_verse(text):
        return str(text)
    lines = [text[i * columns : (i + 1) * columns] for i in range(rows)]
    return "\n".join(line + mark for line, mark in zip(lines, "，。，。", strict=True))
