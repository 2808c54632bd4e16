"""The tree in README and docs/tree.md: as the files say themselves, and written by one command."""

import importlib.util
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


def load():
    spec = importlib.util.spec_from_file_location("tree_under_test", ROOT / "docs" / "tree.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """docs/tree.py over a small project of its own."""
    module = load()
    monkeypatch.setattr(module, "ROOT", tmp_path)
    monkeypatch.setattr(module, "PAGE", tmp_path / "docs" / "tree.md")
    monkeypatch.setattr(
        module, "FOLDERS", {"tgan_demo": "", "tgan_demo/canvas": "Scripts", "docs": "Papers"}
    )
    files = {
        "README.md": "# Studio\n<!-- tree -->\nold\n<!-- /tree -->\nend\n",
        "app.py": '"""Start the studio. And more."""\n',
        "tgan_demo/__init__.py": '"""A studio."""\n',
        "tgan_demo/engine/__init__.py": '"""Networks\nand losses. Tokens only."""\n',
        "tgan_demo/engine/losses.py": '"""Adversarial losses (e.g. hinge)."""\n',
        "tgan_demo/canvas/sheet/sheet.js": "// A sheet\n// of items. value = {src}\n",
        "tgan_demo/canvas/sheet/sheet.css": ".sheet { margin: 0; }\n",
        "docs/flow.md": "# Flow\n",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    return module


def test_the_trees_are_fresh() -> None:
    tree = load()
    names = tree.stale(tree.wanted())
    assert not names, f"{' and '.join(names)}: stale; run `{tree.COMMAND}`"


def test_readme_gets_the_folders(tree, capsys) -> None:
    assert tree.main([]) == 0
    assert (tree.ROOT / "README.md").read_text(encoding="utf-8") == (
        "# Studio\n<!-- tree -->\n```\n"
        "tgan_demo/  A studio\n"
        "  canvas/   Scripts\n"
        "  engine/   Networks and losses\n"
        "docs/       Papers\n"
        "```\n<!-- /tree -->\nend\n"
    )
    assert capsys.readouterr().out == "wrote README.md\nwrote docs/tree.md\n"


def test_the_page_names_every_file(tree) -> None:
    tree.main([])
    page = tree.PAGE.read_text(encoding="utf-8")
    for line in (
        "- [app.py](../app.py): Start the studio",
        "## tgan_demo/engine/\n\nNetworks and losses.",
        "- [losses.py](../tgan_demo/engine/losses.py): Adversarial losses (e.g. hinge)",
        "- [sheet/sheet.js](../tgan_demo/canvas/sheet/sheet.js) .css: A sheet of items",
        "- [flow.md](../docs/flow.md): Flow",
    ):
        assert line + "\n" in page


def test_a_check_writes_nothing_and_names_the_command(tree, capsys) -> None:
    assert tree.main(["--check"]) == 1
    assert capsys.readouterr().out == "stale: README.md, docs/tree.md; run: python docs/tree.py\n"
    assert not tree.PAGE.exists()
    tree.main([])
    assert tree.main(["--check"]) == 0
    (tree.ROOT / "tgan_demo" / "engine" / "game.py").write_text('"""The game."""\n')
    assert tree.main(["--check"]) == 1


def test_a_file_that_says_nothing_is_named(tree) -> None:
    (tree.ROOT / "tgan_demo" / "style.css").write_text("a { margin: 0; }\n")
    with pytest.raises(SystemExit, match=r"tgan_demo/style\.css does not say what it is"):
        tree.main([])


def test_a_readme_without_the_marks_is_told(tree) -> None:
    (tree.ROOT / "README.md").write_text("# Studio\n")
    with pytest.raises(SystemExit, match="has no place for the tree"):
        tree.main([])
