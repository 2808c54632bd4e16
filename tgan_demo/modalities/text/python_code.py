"""Is what is written Python? Samples are parsed, never run."""

import ast
import re
import warnings
from collections.abc import Iterable

from tgan_demo.measure.score import Score
from tgan_demo.modalities.text.vocabulary import Texts
from tgan_demo.modalities.text.writers import functions

SCORES = (
    Score("parses", "samples that ast.parse accepts and that are not blank", "higher"),
    Score("function", "samples that are one def or async def and nothing else", "higher"),
    Score(
        "renamed_copies",
        "samples that are a library function, training or held-out, once all identifiers are renamed "
        "(real: held-out functions that are a training one)",
        "near real",
    ),
)
LOOKED_AT = 200  # training texts that tell whether they are Python
# no character is lost, so that a row of tokens can be parsed; a blank goes with what follows it
TOKEN = re.compile(r"\n *| ?\w+| ?[^\w\s]|\s")


def is_code(texts: Texts) -> bool:
    """Whether more than half of the texts, looked at here and there, are functions."""
    some = texts[:: max(1, len(texts) // LOOKED_AT)]
    return sum(_is_function(_parsed(str(text))) for text in some) > len(some) / 2


def cut(text: str) -> tuple[str, ...]:
    """Words, marks and line starts with their indentation; joined they are the text."""
    return tuple(TOKEN.findall(str(text)))


def renamed(texts: Iterable[str]) -> set[str]:
    """The texts with all identifiers renamed, for `scores`; what is no Python is left out."""
    return {new for text in texts if (new := _renamed(str(text))) is not None}


def scores(texts: Texts, known: set[str]) -> dict[str, float]:
    """Shares of the texts, 0..1. `known`: what `renamed` gave for the library's functions."""
    trees = [_parsed(str(text)) for text in texts]
    ones = [text for text, tree in zip(texts, trees, strict=True) if _is_function(tree)]
    return {
        "parses": sum(tree is not None for tree in trees) / len(trees),
        "function": len(ones) / len(trees),
        "renamed_copies": sum(_renamed(str(text)) in known for text in ones) / len(trees),
    }


def _parsed(text: str) -> ast.Module | None:
    """None for what is blank or no Python."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # an invalid escape is a matter of style here
            tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    return tree if text.strip() else None


def _is_function(tree: ast.Module | None) -> bool:
    return (
        tree is not None
        and len(tree.body) == 1
        and isinstance(tree.body[0], ast.FunctionDef | ast.AsyncFunctionDef)
    )


def _renamed(text: str) -> str | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return functions.rename(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
