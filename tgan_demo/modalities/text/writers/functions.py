"""Short Python functions out of the standard library that came with this Python.

The source is read as text and parsed; nothing is imported or run. Which functions there are depends
on the Python version, so a model names the version that it was trained with.
"""

import ast
import logging
import os
import re
import sys
import sysconfig
import warnings
from collections.abc import Iterator
from pathlib import Path

from tgan_demo.errors import DataError

MAX_FUNCTIONS = 50_000
LICENCE = "PSF-2.0 (the Python standard library)"
SOURCE = f"standard library of Python {sys.version_info.major}.{sys.version_info.minor}"

_MAX_FILE_BYTES = 2**20  # the library's longest file has 0.4 MiB
_MAX_FILES = 5000  # it has about 700 outside of what is skipped
_SKIPPED = {  # tests repeat themselves, the rest is not the library
    "__pycache__",
    "dist-packages",
    "ensurepip",
    "idlelib",
    "lib-dynload",
    "lib2to3",
    "site-packages",
    "test",
    "tests",
    "turtledemo",
}
# A statement's source takes a line and, unparsed, at least this many characters: "\n    x".
_MIN_STATEMENT_CHARS = 6

_Function = ast.FunctionDef | ast.AsyncFunctionDef

logger = logging.getLogger(__name__)


def functions(
    max_chars: int = 256, limit: int = MAX_FUNCTIONS, *, root: Path | None = None
) -> list[str]:
    """Different functions and methods, by file and line, the first `limit` of them.

    Each is laid out anew (`ast.unparse`), without comments, docstring and decorators. One that
    does nothing (`pass`, `...`) is left out.

    Args:
        max_chars: longest that is taken, in characters, new lines counted.
        root: folder to read in place of the standard library's.

    Raises:
        DataError: the folder holds no Python source, as with some packed Pythons.
    """
    if max_chars < 1 or not 1 <= limit <= MAX_FUNCTIONS:
        raise DataError(
            f"1 to {MAX_FUNCTIONS:,} functions of 1 or more characters; "
            f"got {limit} of {max_chars}; choose numbers in that range"
        )
    folder = Path(sysconfig.get_path("stdlib")) if root is None else root
    found: dict[str, None] = {}  # keeps the order, forgets copies
    for path in _files(folder):
        for text in _texts(path, max_chars):
            found[text] = None
            if len(found) == limit:
                return list(found)
    if not found:
        raise DataError(
            f"wanted the source of Python's standard library; {folder} has none; "
            "use a Python that was installed with its .py files"
        )
    return list(found)


def rename(source: str) -> str:
    """Python source with every identifier as v0, v1, ... in order of first occurrence.

    Names, arguments, attributes, keywords and imports alike, so two functions that differ in their
    names only become one. Laid out anew, so comments are lost. Doing it twice changes nothing.

    Raises:
        SyntaxError: not Python.
    """
    tree = ast.parse(source)
    # A bracket around each name, written out and found again, so that numbers follow the text and
    # not the tree. It must be a letter (others are escaped inside f-strings) and new to the source.
    mark = next(letter for letter in map(chr, range(0xA000, 0xA48D)) if letter not in source)
    for node in ast.walk(tree):
        for field in _IDENTIFIERS.get(type(node).__name__, ()):
            value = getattr(node, field)
            if isinstance(value, list):
                setattr(node, field, [f"{mark}{name}{mark}" for name in value])
            elif value not in (None, "*"):
                marked = [f"{mark}{part}{mark}" for part in value.split(".")]  # import a.b
                setattr(node, field, ".".join(marked))
    numbers: dict[str, str] = {}
    return re.sub(
        f"{mark}(.*?){mark}",
        lambda name: numbers.setdefault(name[1], f"v{len(numbers)}"),
        ast.unparse(tree),
    )


_IDENTIFIERS: dict[str, tuple[str, ...]] = {  # the fields of the grammar that hold them
    "FunctionDef": ("name",),
    "AsyncFunctionDef": ("name",),
    "ClassDef": ("name",),
    "Name": ("id",),
    "Attribute": ("attr",),
    "arg": ("arg",),
    "keyword": ("arg",),
    "alias": ("name", "asname"),
    "ImportFrom": ("module",),
    "ExceptHandler": ("name",),
    "Global": ("names",),
    "Nonlocal": ("names",),
    "MatchAs": ("name",),
    "MatchStar": ("name",),
    "MatchMapping": ("rest",),
    "MatchClass": ("kwd_attrs",),
    "TypeVar": ("name",),
    "TypeVarTuple": ("name",),
    "ParamSpec": ("name",),
}


def _files(folder: Path) -> Iterator[Path]:
    """Python files below a folder in the order of their names; links are not followed."""
    count = 0
    for place, folders, names in os.walk(folder):
        folders[:] = sorted(set(folders) - _SKIPPED)
        for name in sorted(names):
            path = Path(place, name)
            if name.endswith(".py") and path.is_file() and not path.is_symlink():
                yield path
                count += 1
                if count == _MAX_FILES:
                    logger.warning("only the first %s files of %s are read", count, folder)
                    return


def _texts(path: Path, max_chars: int) -> Iterator[str]:
    try:
        with path.open("rb") as file:
            source = file.read(_MAX_FILE_BYTES + 1)
        if len(source) > _MAX_FILE_BYTES:
            return
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # an invalid escape is the library's own affair
            tree = ast.parse(source)
    except (OSError, SyntaxError, ValueError, RecursionError, MemoryError) as error:
        logger.debug("%s is skipped: %s", path, error)
        return
    _drop_docstrings(tree)
    for node in ast.walk(tree):
        if isinstance(node, _Function) and (text := _text(node, max_chars)):
            yield text


def _drop_docstrings(tree: ast.Module) -> None:
    for node in ast.walk(tree):
        if not isinstance(node, _Function | ast.ClassDef):
            continue
        if ast.get_docstring(node, clean=False) is not None:
            node.body = node.body[1:] or [ast.Pass()]


def _text(node: _Function, max_chars: int) -> str | None:
    """A function laid out anew, None if it is empty or too long."""
    if all(isinstance(part, ast.Pass) or _is_dots(part) for part in node.body):
        return None
    if _is_longer(node, max_chars // _MIN_STATEMENT_CHARS):
        return None
    node.decorator_list = []  # they speak of the class around it, which is not here
    try:
        text = ast.unparse(node)
    except (ValueError, RecursionError):  # quotes nested in an f-string; a very deep expression
        return None
    return text if len(text) <= max_chars else None


def _is_dots(part: ast.stmt) -> bool:
    return (
        isinstance(part, ast.Expr)
        and isinstance(part.value, ast.Constant)
        and part.value.value is ...
    )


def _is_longer(node: _Function, statements: int) -> bool:
    """Whether a body holds more than that many, found without laying it out, which is slow."""
    count = 0
    for part in ast.walk(node):
        count += isinstance(part, ast.stmt)
        if count > statements:
            return True
    return False
