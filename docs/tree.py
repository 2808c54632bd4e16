"""The tree of the project: README's folders and docs/tree.md's files, from their own first sentences.

    python docs/tree.py            write both
    python docs/tree.py --check    write nothing; say what is stale, and end with 1

A Python file speaks by its docstring, a script or a recipe by the comment it opens with, a model by
the title of its card, a folder by its `__init__.py` or by FOLDERS here.
"""

import argparse
import ast
import re
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "tree.md"
COMMAND = "python docs/tree.py"
FOLDERS = {  # in the order of the tree; a package among them says itself what it is
    "tgan_demo": "",
    "tgan_demo/ui/canvas": "The page's small components, a folder each: scripts with their HTML and CSS",
    "weights": "The bundled models, a folder each: weights, config.json, card.md, samples, references",
    "recipes": "How each bundled model is trained",
    "benchmarks": "Measurements on a running studio",
    "tests": "One file for each part, and the house rules",
    "docs": "flow.md (ways through the code), LOG.md (tried, measured, kept or dropped), tree.md",
}
COMMENT = {".js": "//", ".toml": "#"}
LISTED = {".py", ".js", ".toml", ".md", ".css", ".html"}
OPEN, CLOSE = "<!-- tree -->", "<!-- /tree -->"


def sentence(text: str) -> str:
    """The first sentence of a docstring's or a comment's text, without its full stop."""
    paragraph = " ".join(text.strip().split("\n\n")[0].split())
    return re.split(r"\.\s+(?=[^a-z]|value\b|fixed\b)", paragraph)[0].removesuffix(".")


def words(path: Path) -> str:
    """What a file says it is; "" where it says nothing."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".py":
        return sentence(ast.get_docstring(ast.parse(text)) or "")
    if path.suffix in (".css", ".html"):
        found = re.match(r"\s*(?:/\*|<!--)(.*?)(?:\*/|-->)", text, re.DOTALL)
        return sentence(found.group(1)) if found else ""
    if path.suffix == ".md":
        title = re.search(r"^# (.+)", text, re.MULTILINE)
        return title.group(1) if title else ""
    mark, lines = COMMENT[path.suffix], []
    for line in text.splitlines():
        if not line.startswith(mark):
            break
        lines.append(line.removeprefix(mark).strip())
    return sentence("\n".join(lines))


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def folders() -> list[Path]:
    """The folders of the tree, parents before what they hold: the packages and those of FOLDERS."""
    found = []
    for name in FOLDERS:
        if "/" in name:
            continue
        inside = sorted(path for path in (ROOT / name).rglob("*") if path.is_dir())
        found += [path for path in [ROOT / name, *inside] if is_listed(path)]
    return found


def is_listed(folder: Path) -> bool:
    return name_of(folder) in FOLDERS or (folder / "__init__.py").is_file()


def folder_words(folder: Path) -> str:
    own = folder / "__init__.py"
    return words(own) if own.is_file() else FOLDERS[name_of(folder)]


def files_of(folder: Path) -> Iterator[Path]:
    """The files below `folder` that no listed folder in it holds, in the order of their paths."""
    for path in sorted(folder.iterdir()):
        if path.is_dir() and not is_listed(path) and path.name[0] not in "._":
            yield from files_of(path)
        elif path.suffix in LISTED and path.name != "__init__.py" and path != PAGE:
            yield path


def lines_of(folder: Path) -> list[str]:
    """A line for each file, or for each family of files: one stem, such as sheet.js .html .css."""
    families: dict[Path, list[Path]] = defaultdict(list)
    for path in files_of(folder):
        families[path.parent if path.name == "card.md" else path.with_suffix("")].append(path)
    lines = []
    for family in families.values():
        family.sort(key=lambda path: (path.suffix not in COMMENT, path.suffix == ".css"))
        said = next(filter(None, map(words, family)), "")
        if not said:
            raise SystemExit(
                f"{name_of(family[0])} does not say what it is; begin it with a comment"
            )
        first = family[0].parent if family[0].name == "card.md" else family[0]
        more = "".join(f" {path.suffix}" for path in family[1:])
        link = f"[{first.relative_to(folder).as_posix()}](../{name_of(first)})"
        lines.append(f"- {link}{more}: {said}")
    return lines


def readme_tree() -> str:
    """README's tree: the folders alone, in a block of code."""
    rows = []
    for folder in folders():
        depth = name_of(folder).count("/")
        rows.append(("  " * depth + folder.name + "/", folder_words(folder)))
    width = max(len(name) for name, _ in rows) + 2
    return "\n".join(["```", *(name.ljust(width) + said for name, said in rows), "```"])


def files_page() -> str:
    """docs/tree.md: every file with its first sentence, a section for each folder."""
    parts = [
        "# All files",
        f"Written by `{COMMAND}` from the first sentence of each file: change it there.",
        "\n".join(f"- [{p.name}](../{p.name}): {words(p)}" for p in sorted(ROOT.glob("*.py"))),
    ]
    for folder in folders():
        parts += [f"## {name_of(folder)}/", folder_words(folder) + ".", "\n".join(lines_of(folder))]
    return "\n\n".join(part for part in parts if part) + "\n"


def wanted() -> dict[Path, str]:
    """What README.md and docs/tree.md should hold."""
    readme = ROOT / "README.md"
    text = readme.read_text(encoding="utf-8")
    if OPEN not in text or CLOSE not in text:
        raise SystemExit(f"README.md has no place for the tree; put {OPEN} and {CLOSE} in it")
    before, after = text.split(OPEN)[0], text.split(CLOSE)[1]
    return {
        readme: f"{before}{OPEN}\n{readme_tree()}\n{CLOSE}{after}",
        PAGE: files_page(),
    }


def stale(texts: dict[Path, str]) -> list[str]:
    """The names of the files that hold something else than `texts`."""
    return [
        name_of(path)
        for path, text in texts.items()
        if not path.is_file() or path.read_text(encoding="utf-8") != text
    ]


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="write nothing, say what is stale")
    options = parser.parse_args(arguments)
    texts = wanted()
    names = stale(texts)
    if options.check:
        if names:
            print(f"stale: {', '.join(names)}; run: {COMMAND}")
        return int(bool(names))
    for name in names:
        (ROOT / name).write_text(texts[ROOT / name], encoding="utf-8", newline="\n")
        print(f"wrote {name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
