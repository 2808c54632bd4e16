"""Nobody outside tgan_demo/modalities knows a modality: a rule read from the syntax trees."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "tgan_demo"
WORDS = {"image", "text", "audio", "video", "sound", "clip", "picture"}
FILES = [
    *(p for p in sorted(PACKAGE.rglob("*.py")) if PACKAGE / "modalities" not in p.parents),
    PACKAGE / "modalities" / "registry.py",
    ROOT / "app.py",
]
NAMES_ALLOWED = {"tgan_demo/modalities/registry.py": 1}  # its one table: the list of the folders
PREDICATE = re.compile(rf"(is|are|has)_?({'|'.join(sorted(WORDS))})s?", re.IGNORECASE)


def is_word(node: ast.AST) -> bool:
    if not (isinstance(node, ast.Constant) and isinstance(node.value, str)):
        return False
    return node.value.lower() in WORDS


def has_word(node: ast.AST) -> bool:
    """A word, or a tuple, list or set that holds one."""
    parts = node.elts if isinstance(node, ast.Tuple | ast.List | ast.Set) else [node]
    return any(map(is_word, parts))


def known_in(tree: ast.AST) -> list[tuple[int, str]]:
    """Line and reason of everything that knows which modality it holds."""
    found: list[tuple[int, str]] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare) and any(map(has_word, (node.left, *node.comparators))):
            found.append((node.lineno, "compares with a modality"))
        elif isinstance(node, ast.MatchValue) and is_word(node.value):
            found.append((node.value.lineno, "matches a modality"))
        elif is_keyed(node):
            found.append((node.lineno, "a table keyed by modality"))
        elif isinstance(node, ast.ImportFrom | ast.Import):
            names = [node.module] if isinstance(node, ast.ImportFrom) else []
            names += [f"{names[0]}.{a.name}" if names else a.name for a in node.names]
            if any(re.match(r"tgan_demo\.modalities\.(?!registry)\w", n or "") for n in names):
                found.append((node.lineno, "imports a modality's folder"))
        elif isinstance(node, ast.Name | ast.Attribute | ast.FunctionDef | ast.arg):
            name = {ast.Name: "id", ast.Attribute: "attr", ast.FunctionDef: "name", ast.arg: "arg"}
            if PREDICATE.fullmatch(getattr(node, name[type(node)])):
                found.append((node.lineno, "asks for a modality"))
    return found


def is_keyed(node: ast.AST) -> bool:
    if isinstance(node, ast.Dict):
        return sum(is_word(key) for key in node.keys if key) >= 2
    return isinstance(node, ast.Subscript) and is_word(node.slice) and is_table(node.value)


def is_table(node: ast.AST) -> bool:
    """A module's constant; a plain dictionary may have a key "text"."""
    name = node.id if isinstance(node, ast.Name) else getattr(node, "attr", "")
    return name.isupper()


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_file_outside_knows_a_modality(path: Path) -> None:
    found = sorted(set(known_in(ast.parse(path.read_text("utf-8")))))
    allowed = NAMES_ALLOWED.get(str(path.relative_to(ROOT)), 0)
    assert len(found) <= allowed, "\n".join(f"line {line}: {why}" for line, why in found)


@pytest.mark.parametrize(
    "source",
    [
        'info.modality == "video"',
        '"text" != kind',
        'medium in ("audio", "sound")',
        'match kind:\n    case "clip": pass',
        'TABLE = {"image": 1, "text": 2}',
        'SAVES["video"]',
        "sheets.is_sound(items)",
        "def are_clips(paths): pass",
        "from tgan_demo.modalities.audio import speech",
        "from tgan_demo.modalities import video",
    ],
)
def test_the_search_finds_what_knows_a_modality(source: str) -> None:
    assert known_in(ast.parse(source))


@pytest.mark.parametrize(
    "source",
    [
        'order = {"do": "copy", "text": text}',
        "registry.get(info.modality).look.sheet(items, 4)",
        "from tgan_demo.modalities import registry",
        'values["text"]',
    ],
)
def test_the_search_lets_good_code_be(source: str) -> None:
    assert not known_in(ast.parse(source))
