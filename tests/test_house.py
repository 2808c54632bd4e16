"""The house rules: imports point down, nothing runs foreign code, every model has its papers."""

import ast
import functools
import re
import subprocess
import tempfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "tgan_demo"
FILES = sorted(PACKAGE.rglob("*.py"))
MODELS = sorted(path for path in (ROOT / "weights").glob("*/*") if path.is_dir())
MAX_BYTES = {
    "image": 9_000_000,
    "text": 10_000_000,
    "audio": 10_000_000,
    "video": 10_000_000,
}  # of a model's folder, classifier and sheet included, by medium

# First match wins. A file imports from lower levels, or from its own level in its own folder.
LEVELS = (
    (r"(app|tgan_demo\.__main__)$", 14),
    (r"tgan_demo\.(cli|ui)\b", 13),
    (r"tgan_demo\.mixing$", 12.6),
    (r"tgan_demo\.tables$", 12.5),
    (r"tgan_demo\.(studio|export)$", 12),
    (
        r"tgan_demo\.models\.(card|collection|evaluation|library|planes|release|seek|ship|tables)$",
        11,
    ),
    (r"tgan_demo\.(quiz|runs)\b", 10),
    (r"tgan_demo\.people\b", 9),
    (r"tgan_demo\.hub\.fetch$", 6),
    (r"tgan_demo\.hub(\.(reach|ranges|tables))?$", 4),
    (r"tgan_demo\.hub\b", 11),
    (r"tgan_demo\.modalities\.registry$", 4),  # imports modalities by name, on use
    (r"tgan_demo\.modalities\b", 8),
    (r"tgan_demo\.measure\b", 7),
    (r"tgan_demo\.models\b", 6),
    (r"tgan_demo\.(data|engine|files)\b", 5),
    (r"tgan_demo\.parts$", 3),
    (r"tgan_demo\.contract$", 2),
    (r"tgan_demo\.axes$", 1.5),
    (r"tgan_demo\.config$", 1),
    (r"tgan_demo\.edits$", 0.5),
    (r"tgan_demo(\.(errors|events|legacy|said|shipped))?$", 0),
)
UNSAFE_IMPORTS = {
    "pickle",
    "cPickle",
    "_pickle",
    "cloudpickle",
    "dill",
    "joblib",
    "marshal",
    "shelve",
}
UNSAFE_CALLS = {"eval", "exec", "compile", "__import__"}
UNSAFE_ATTRIBUTES = {
    ("torch", "load"),
    ("torch", "save"),
    ("os", "system"),
    ("os", "popen"),
    ("pd", "read_pickle"),
    ("pandas", "read_pickle"),
    ("yaml", "load"),
}
CONVOLUTION = re.compile(
    r"(Lazy)?Conv(Transpose)?[123]d|conv(_transpose)?[123]d|_?convolution|conv_tbc|(fft)?convolve",
)
TEXT_SUFFIXES = {
    ".py",
    ".md",
    ".toml",
    ".txt",
    ".js",
    ".css",
    ".html",
    ".yaml",
    ".yml",
    ".json",
    "",
}


def module_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def level_of(module: str) -> int:
    for pattern, level in LEVELS:
        if re.match(pattern, module):
            return level
    raise AssertionError(f"{module} has no level: add it to LEVELS here, and to the table in docs")


@functools.cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


@functools.cache
def imports_of(path: Path) -> list[tuple[str, int]]:
    """(module, line) of everything that a file imports, inside functions and type blocks too."""
    package = module_of(path) if path.name == "__init__.py" else module_of(path).rpartition(".")[0]
    found: list[tuple[str, int]] = []
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            found += [(alias.name, node.lineno) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                parents = package.split(".")
                base = ".".join(parents[: len(parents) - node.level + 1] + ([base] if base else []))
            for alias in node.names:  # `from tgan_demo.engine import losses` names a module too
                inner = f"{base}.{alias.name}"
                found.append((inner if is_module(inner) else base, node.lineno))
    return found


def is_module(name: str) -> bool:
    path = ROOT.joinpath(*name.split("."))
    return path.with_suffix(".py").is_file() or (path / "__init__.py").is_file()


def may_import(module: str, target: str) -> bool:
    own, other = level_of(module), level_of(target)
    return other < own or (other == own and room_of(module) == room_of(target))


def room_of(module: str) -> str:
    """The folder right below the package (of a modality, its own)."""
    parts = module.split(".")
    return ".".join(parts[: 3 if parts[1:2] == ["modalities"] else 2])


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def app_files() -> list[Path]:
    return FILES + [path for path in [ROOT / "app.py"] if path.exists()]


@pytest.mark.parametrize("path", app_files(), ids=name_of)
def test_imports_point_down(path: Path) -> None:
    module = module_of(path)
    level_of(module)
    wrong = [
        f"line {line}: {module} (level {level_of(module)}) imports {target} ({level_of(target)})"
        for target, line in imports_of(path)
        if target.split(".")[0] in ("tgan_demo", "app") and not may_import(module, target)
    ]
    assert not wrong, "\n".join(wrong)


def test_no_import_goes_in_a_circle() -> None:
    graph = {
        module_of(path): {name for name, _ in imports_of(path) if name.startswith("tgan_demo.")}
        for path in app_files()
    }
    done: set[str] = set()

    def visit(module: str, trail: tuple[str, ...]) -> None:
        assert module not in trail, " -> ".join((*trail, module))
        if module not in done:
            for target in graph.get(module, ()):
                visit(target, (*trail, module))
            done.add(module)

    for module in graph:
        visit(module, ())


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_only_the_page_knows_gradio(path: Path) -> None:
    if PACKAGE / "ui" in path.parents:
        return
    found = [line for name, line in imports_of(path) if name.split(".")[0].startswith("gradio")]
    assert not found, f"{name_of(path)} imports gradio on line {found}; only tgan_demo/ui may"


@pytest.mark.parametrize("path", sorted((PACKAGE / "engine").rglob("*.py")), ids=name_of)
def test_both_networks_are_transformers(path: Path) -> None:
    found = [
        f"line {node.lineno}: {name}"
        for node in ast.walk(tree_of(path))
        if isinstance(node, (ast.Name, ast.Attribute, ast.alias))
        and CONVOLUTION.fullmatch(name := spelling(node))
    ]
    assert not found, f"a convolution in {name_of(path)}: {found}"


def spelling(node: ast.Name | ast.Attribute | ast.alias) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else node.name.rpartition(".")[2]


@pytest.mark.parametrize("path", app_files(), ids=name_of)
def test_nothing_runs_what_a_person_sends(path: Path) -> None:
    assert not unsafe_parts(tree_of(path)), unsafe_parts(tree_of(path))


def unsafe_parts(tree: ast.Module) -> list[str]:
    """What unpickles, evaluates or goes through a shell, each with its line."""
    found: list[str] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [node.module or ""]
            found += [
                f"line {node.lineno}: from {node.module} import {alias.name}"
                for alias in node.names
                if (node.module, alias.name) in UNSAFE_ATTRIBUTES
            ]
        else:
            names = []
        found += [
            f"line {node.lineno}: import {name}"
            for name in names
            if name.split(".")[0] in UNSAFE_IMPORTS
        ]
        if not isinstance(node, ast.Call):
            continue
        called = node.func
        if isinstance(called, ast.Name) and called.id in UNSAFE_CALLS:
            found.append(f"line {node.lineno}: {called.id}()")
        if isinstance(called, ast.Attribute) and isinstance(called.value, ast.Name):
            pair = (called.value.id, called.attr)
            keywords = {word.arg: word.value for word in node.keywords}
            if pair in UNSAFE_ATTRIBUTES:
                found.append(f"line {node.lineno}: {'.'.join(pair)}()")
            if pair in (("np", "load"), ("numpy", "load")) and not is_constant(
                keywords.get("allow_pickle"), False
            ):
                found.append(f"line {node.lineno}: np.load() without allow_pickle=False")
        for word in node.keywords:
            if word.arg in ("shell", "trust_remote_code") and not is_constant(word.value, False):
                found.append(f"line {node.lineno}: {word.arg}=")
    return found


def is_constant(node: ast.expr | None, value: object) -> bool:
    return isinstance(node, ast.Constant) and node.value is value


@pytest.mark.parametrize(
    "source",
    [
        "import pickle",
        "from pickle import loads",
        "from torch import load",
        "torch.load('x')",
        "eval('1')",
        "subprocess.run('ls', shell=True)",
        "np.load(path)",
        "np.load(path, allow_pickle=True)",
        "os.system('ls')",
    ],
)
def test_the_search_for_unsafe_parts_finds_them(source: str) -> None:
    assert unsafe_parts(ast.parse(source))


def test_the_search_for_unsafe_parts_lets_good_code_be() -> None:
    source = "model.eval(); re.compile('x'); np.load(path, allow_pickle=False); run(a, shell=False)"
    assert unsafe_parts(ast.parse(source)) == []


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_nothing_prints_in_the_package(path: Path) -> None:
    if path.parent.name == "cli":
        return
    found = [
        node.lineno
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "print"
    ]
    assert not found, f"print() on line {found}; log it, or report an event"


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_files_open_with_what_they_are(path: Path) -> None:
    tree = tree_of(path)
    assert ast.get_docstring(tree), f"{name_of(path)} has no docstring"
    if path.name == "__init__.py":
        assert len(tree.body) == 1, f"{name_of(path)} holds a docstring and nothing else"


@pytest.mark.parametrize("folder", MODELS, ids=name_of)
def test_bundled_models_have_their_papers(folder: Path) -> None:
    names = {path.name for path in folder.iterdir()}
    assert {"config.json", "card.md", "model.safetensors"} <= names, f"{folder.name}: {names}"
    size = sum(path.stat().st_size for path in folder.iterdir())
    assert size <= MAX_BYTES[folder.parent.name]


def project_texts() -> list[Path]:
    """The text files that belong to the project: git's list where there is one."""
    try:
        listed = subprocess.run(
            ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
            cwd=ROOT,
            capture_output=True,
            check=True,
        ).stdout
        paths = [ROOT / name for name in listed.decode().split("\0") if name]
    except (OSError, subprocess.CalledProcessError):
        paths = [*FILES, *ROOT.glob("*.*"), *ROOT.glob("docs/*"), *ROOT.glob("recipes/*")]
    return [
        path
        for path in paths
        if path.is_file() and path.suffix in TEXT_SUFFIXES and path.stat().st_size < 2_000_000
    ]


def test_no_text_names_the_machine_it_was_written_on() -> None:
    too_common = {f"/{name}/" for name in ("tmp", "home", "opt", "usr", "root")}
    too_common |= {"/", f"{tempfile.gettempdir()}/"}
    places = {f"{ROOT.parent.as_posix()}/", f"{Path.home().as_posix()}/"} - too_common
    registry = re.compile(r"https?://\S*(/simple\b|/registry\b|\.whl\b|\.deb\b)")
    wrong = []
    for path in project_texts():
        text = path.read_text(encoding="utf-8", errors="replace")
        wrong += [f"{name_of(path)} names {place}" for place in places if place in text]
        if path != Path(__file__).resolve():
            wrong += [f"{name_of(path)}: {hit.group(0)}" for hit in registry.finditer(text)]
    assert not wrong, "\n".join(wrong)


def test_no_path_leaves_the_project() -> None:
    wrong = []
    for path in project_texts():
        if ROOT / "tests" in path.parents:  # these try to leave, to see it refused
            continue
        text = path.read_text(encoding="utf-8", errors="replace")
        for hit in re.finditer(r"(?<![\w./])(?:\.\./)+[A-Za-z][\w.-]*", text):
            if not (path.parent / hit.group(0)).resolve().is_relative_to(ROOT):
                wrong.append(f"{name_of(path)}: {hit.group(0)}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("script", sorted((ROOT / "benchmarks").glob("*.py")), ids=lambda p: p.name)
def test_a_benchmark_finds_the_package_from_anywhere(script: Path) -> None:
    head, uses, _ = script.read_text(encoding="utf-8").partition("\nfrom tgan_demo")
    assert not uses or "sys.path.insert(0, " in head
