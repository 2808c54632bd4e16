"""Functions of the standard library: read, never run; copies are found whatever their names are."""

import ast
import sys
import sysconfig

import pytest

from tgan_demo.errors import DataError
from tgan_demo.modalities.text.writers import functions

LIBRARY = '''
"""A module."""
import os
raise SystemExit("this must not run")

@decorated(1)
def area(width, height=2):
    """Docstring
    of two lines."""
    # a comment
    return width*height

async def wait(): await other()

class Box:
    def same(self): return self.x
    def same(self):
        "Again."
        return self.x
    def nothing(self): pass
    def less(self): ...
    def only(self):
        """Says it."""

def outer():
    """Docs."""
    @keep
    def inner(x):
        """More docs."""
        return x
    class Empty:
        """Docs."""
    return inner
'''


def library(folder, **files):
    for name, text in files.items():
        path = folder / name.replace("__", "/").replace("_py", ".py")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return folder


def test_functions_are_laid_out_anew_without_docstrings_and_copies(tmp_path):
    found = functions.functions(root=library(tmp_path, a_py=LIBRARY))
    assert found == [
        "def area(width, height=2):\n    return width * height",
        "async def wait():\n    await other()",
        "def outer():\n\n    @keep\n    def inner(x):\n        return x\n\n"
        "    class Empty:\n        pass\n    return inner",
        "def same(self):\n    return self.x",
        "def inner(x):\n    return x",
    ]
    assert found[:2] == functions.functions(root=tmp_path, limit=2)
    assert found[4:] == functions.functions(26, root=tmp_path)


def test_what_cannot_be_read_is_passed_over(tmp_path, monkeypatch):
    good = "def f(x):\n    return '\\d'"  # warns of its escape
    library(
        tmp_path,
        b_py=good,
        broken_py="def f(:",
        old_py="print 'hello'",
        null_py=b"def n(x): return x\0",
        latin_py=b"def g(x): return '\xe9'",
        deep_py="x = " + "(" * 5000 + ")" * 5000,
        test__a_py="def t(x): return x",
        pkg__idlelib__a_py="def t(x): return x",
        pkg__a_py="def p(x): return x",
        notes_txt="def t(x): return x",
    )
    (tmp_path / "link.py").symlink_to(tmp_path / "b.py")
    (tmp_path / "loop").symlink_to(tmp_path)
    (tmp_path / "folder.py").mkdir()
    found = functions.functions(root=tmp_path)
    assert found == ["def f(x):\n    return '\\\\d'", "def p(x):\n    return x"]
    monkeypatch.setattr(functions, "_MAX_FILES", 1)
    assert len(functions.functions(root=tmp_path)) == 1
    monkeypatch.setattr(functions, "_MAX_FILE_BYTES", 5)
    with pytest.raises(DataError, match="has none"):
        functions.functions(root=tmp_path)


def test_the_librarys_own_are_short_different_and_parse():
    sysconfig.get_path("stdlib")  # loads a table of its own
    before = set(sys.modules)
    found = functions.functions(limit=400)
    assert set(sys.modules) == before  # nothing was imported
    assert len(found) == len(set(found)) == 400
    for text in found:
        assert len(text) <= 256 and text.startswith(("def ", "async def "))
        (node,) = ast.parse(text).body
        assert ast.get_docstring(node) is None
        assert ast.unparse(node) == text
    assert functions.functions(limit=100) == found[:100]  # deterministic, and fewer are the first
    assert all(len(text) <= 80 for text in functions.functions(80, limit=100))


def test_renaming_follows_the_text():
    assert functions.rename("def add(left, right=zero):\n    return left + right.x") == (
        "def v0(v1, v2=v3):\n    return v1 + v2.v4"
    )
    source = "@mark\ndef f(a, *b, c=1, **d) -> int:\n    return g(a, key=c) if b else d.a"
    assert functions.rename(source) == (
        "@v0\ndef v1(v2, *v3, v4=1, **v5) -> v6:\n    return v7(v2, v8=v4) if v3 else v5.v2"
    )


def test_copies_are_found_whatever_their_names_are():
    one = "def get(self, key):\n    # find it\n    return self.table[key]"
    two = "def v1(v0, x): return v0.rows[x]"
    other = "def get(self, key):\n    return self.table[self]"
    assert functions.rename(one) == functions.rename(two) != functions.rename(other)


@pytest.mark.parametrize(
    "source",
    [
        "import os.path as p, sys\nfrom a.b import c as d\nfrom . import e\nfrom x import *",
        "try:\n    f()\nexcept (A, B) as error:\n    raise C from error",
        "def f():\n    global a, b\n\n    def g():\n        nonlocal c",
        "match p:\n    case P(x, y=z) | [w, *v] | {'k': u, **t} as s:\n        pass\n"
        "    case _:\n        pass",
        "f'{a!r:>{width}} {b.c}' + 'ꀀ {a}'",
        "[x async for x in y if (z := x)]",
        "class K(Base, metaclass=M):\n    k: int = lambda *a: a",
        "v2 = v1 = v0",
    ],
)
def test_no_name_is_left_and_twice_is_once(source):
    renamed = functions.rename(source)
    names = {
        name
        for node in ast.walk(ast.parse(renamed))
        for field in functions._IDENTIFIERS.get(type(node).__name__, ())
        for value in [getattr(node, field)]
        for part in (value if isinstance(value, list) else [value] if value else [])
        for name in part.split(".")
        if name != "*"
    }
    assert names == {f"v{k}" for k in range(len(names))}
    assert functions.rename(renamed) == renamed


def test_the_librarys_own_can_be_renamed():
    found = functions.functions(limit=300)
    renamed = [functions.rename(text) for text in found]
    assert [functions.rename(text) for text in renamed] == renamed
    assert 200 < len(set(renamed)) < 300  # some are one another under other names
    with pytest.raises(SyntaxError):
        functions.rename("def f(:")


def test_wrong_numbers_are_named(tmp_path):
    for arguments in ((0, 10), (256, 0), (256, functions.MAX_FUNCTIONS + 1)):
        with pytest.raises(DataError, match="1 to 50,000 functions"):
            functions.functions(*arguments)
    with pytest.raises(DataError, match=r"has none; use a Python .* \.py files"):
        functions.functions(root=tmp_path)
