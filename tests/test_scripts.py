"""The page's scripts: formatted, linted, short, and the same for every modality.

oxfmt and oxlint come with requirements-dev.txt; `oxfmt` without arguments formats the scripts anew.
"""

import base64
import io
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser

from tgan_demo.models import onnx_page
from tgan_demo.ui import canvases

ROOT = Path(__file__).resolve().parents[1]
SCRIPTS = sorted((ROOT / "tgan_demo").rglob("*.js"))
MAX_COLUMNS = 120
MAX_LINES = 400

WORD = r"(?:images?|texts?|audio|videos?|sounds?|clips?|pictures?)"
STRING = (
    rf"""(?:"[^"\n]*\b{WORD}\b[^"\n]*"|'[^'\n]*\b{WORD}\b[^'\n]*'|`[^`\n]*\b{WORD}\b[^`\n]*`)"""
)
EQUAL = r"(?:[!=]==?)"
# what knows a modality, whatever is compared; a tab, a file's type and a field of a form too
KNOWS = {
    "a comparison": re.compile(rf"{EQUAL}\s*{STRING}|{STRING}\s*{EQUAL}|\bcase\s+{STRING}|{STRING}\s+in\b"),
    "a test of the beginning, the end or the members": re.compile(
        rf"\.(?:includes|startsWith|endsWith|indexOf|has|match|test|search)\(\s*{STRING}"
        rf"|\[[^\]\n]*{STRING}[^\]\n]*\]\s*\.(?:includes|indexOf|some|find)\b"
        rf"|/[^/\n]*\b{WORD}\b[^/\n]*/[a-z]*\.(?:test|exec)\("
    ),
    "a question by name": re.compile(
        r"\b(?:is|are|has)(?:Image|Text|Audio|Video|Sound|Clip|Picture)s?\b"
    ),
    "a choice of a name": re.compile(rf"\?\??\s*['\"]{WORD}['\"]"),
    "a table by name": re.compile(
        rf"""\{{[^{{}}]*(?<![\w$.-])['"]?{WORD}['"]?\s*:[^{{}}]*\}}\s*(?:\?\.)?\["""
        rf"""|\[\s*{STRING}\s*\](?!\s*[,;)\]])"""
    ),
}  # fmt: skip
TABLE = re.compile(r"(?:const|let)\s+(\w+)\s*=\s*\{(.*?)\n?\};", re.DOTALL)
KEY = re.compile(rf"""(?<![\w$.-])['"]?{WORD}['"]?\s*:""")


def tool(name: str) -> str:
    """The path of a tool beside this Python or on the PATH; skips without it, fails under CI=true."""
    beside = Path(sys.executable).parent
    path = shutil.which(name, path=str(beside)) or shutil.which(name)
    if path is None:
        word = f"no {name} here; install requirements-dev.txt"
        (pytest.fail if os.environ.get("CI", "").lower() == "true" else pytest.skip)(word)
    return path


def run(*command: str) -> None:
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, (done.stdout + done.stderr)[-4000:]


def without_comments(script: str) -> str:
    """The script with its comments as spaces; strings and lines stay where they are."""
    part = re.compile(
        r"""("(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`)|//[^\n]*|/\*.*?\*/""", re.DOTALL
    )  # fmt: skip
    return part.sub(lambda m: m[1] or re.sub(r"[^\n]", " ", m[0]), script)


def knows(script: str) -> list[str]:
    """Lines of a script that know a modality, as "line: what it does: the line"."""
    plain = without_comments(script)
    spots = [
        (match.start(), name) for name, find in KNOWS.items() for match in find.finditer(plain)
    ]
    for table in TABLE.finditer(
        plain
    ):  # a constant whose keys are modalities, looked up by a variable
        if KEY.search(table[2]) and re.search(rf"\b{table[1]}(?:\?\.)?\[(?!\s*['\"\d])", plain):
            spots.append((table.start(), "a table by name"))
    lines = plain.split("\n")
    numbers = sorted({(plain.count("\n", 0, at), name) for at, name in spots})
    return [f"{number + 1}: {name}: {lines[number].strip()}" for number, name in numbers]


def test_the_scripts_are_formatted() -> None:
    run(tool("oxfmt"), "--check", *map(str, SCRIPTS))


def test_the_linter_finds_nothing() -> None:
    run(tool("oxlint"), "--deny-warnings", *map(str, SCRIPTS))


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.stem)
def test_a_script_is_short(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").splitlines()
    assert lines[0].startswith("// "), f"{path.name} does not say what it does"
    wide = [i for i, line in enumerate(lines, 1) if len(line) > MAX_COLUMNS]
    assert not wide, f"{path.name}: lines {wide} are over {MAX_COLUMNS} columns"
    assert len(lines) <= MAX_LINES, f"{path.name} has {len(lines)} lines"


def test_lines_of_styles_and_pages_fit_too() -> None:
    paths = sorted(path for end in ("css", "html") for path in canvases.FOLDER.rglob(f"*.{end}"))
    wide = [
        f"{path.name}:{i}"
        for path in paths
        for i, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if len(line) > MAX_COLUMNS
    ]
    assert paths and not wide


def test_no_script_knows_a_modality() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{line}"
        for path in SCRIPTS
        for line in knows(path.read_text(encoding="utf-8"))
    ]
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    "line",
    [
        "const isText = value?.medium === 'text';",
        "root.classList.toggle('film', value?.medium === 'video');",
        "if ('audio' !== run.modality) return;",
        "const own = {text: 1, video: 2}[medium];",
        "const OWN = {\n  text: 1,\n  video: 2,\n};\nuse(OWN[medium]);",
        "switch (medium) { case 'image': break; }",
        "if (src.startsWith('clips:')) play();",
        "if (src?.startsWith('text:')) write();",
        "if (['audio', 'video'].includes(medium)) hear();",
        "if (/^image/.test(file.type)) show();",
        "if ('sound' in value) hear();",
        "if (colour.isText) smooth();",
        "tgan.kinds(image.frames ? 'video' : '');",
        "const medium = row?.medium ?? 'image';",
        "const isClip = () => grid().length > 2;",
        "if (tgan.tab !== 'sound') return;",
        "if (file.type.startsWith('image/')) show();",
    ],
)
def test_a_script_that_knows_one_is_found(line: str) -> None:
    assert knows(line)


@pytest.mark.parametrize(
    "line",
    [
        "// a clip is like a text: value.medium === 'text'",
        "const image = await tgan.picture(value.src);",
        "if (sheet.sounds) hear(sheet.sounds[i]);",
        "const value = {text: field.value, picture};",
        "tgan.t('inside.where.' + key, values, [value.modality]);",
        "element.querySelector('.clip').hidden = true;",
    ],
)
def test_a_script_that_asks_for_a_property_is_not(line: str) -> None:
    assert not knows(line)


def test_a_part_is_joined_to_what_imports_it(tmp_path: Path) -> None:
    (tmp_path / "a.js").write_text("// A.\nimport {two, f} from './b.js';\nelement.x = f(two);\n")
    (tmp_path / "b.js").write_text(
        "// B.\nimport {one} from './c.js';\n\nexport const two = one + 1;\n\nexport function f(x) {\n"
        "  return x;\n}\n"
    )
    (tmp_path / "c.js").write_text("// C.\nexport const one = 1;\n")
    script = canvases.bundle(tmp_path / "a.js")
    assert script.index("const $c = ") < script.index("const $b = ") < script.index("element.x")
    assert "return {two, f};" in script and "const {one} = $c;" in script
    assert "import" not in script and "export" not in script
    assert canvases.bundle(tmp_path / "none.js") == ""


def test_parts_in_a_circle_and_unknown_exports_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a.js").write_text("import {b} from './b.js';\nexport const a = b;\n")
    (tmp_path / "b.js").write_text("import {a} from './a.js';\nexport const b = a;\n")
    with pytest.raises(ValueError, match="imports itself"):
        canvases.bundle(tmp_path / "a.js")
    (tmp_path / "b.js").write_text("export default 1;\n")
    with pytest.raises(ValueError, match="export default 1;"):
        canvases.bundle(tmp_path / "a.js")


def test_every_part_is_used() -> None:
    """No script lies about that no page loads."""
    loaded = {canvases.FOLDER / "page" / f"{name}.js" for name in canvases.HEAD} | {
        onnx_page.SCRIPT
    }
    for folder in canvases.FOLDER.iterdir():
        order: list[Path] = []
        if (folder / f"{folder.name}.js").is_file():
            canvases._collect(folder / f"{folder.name}.js", order, ())
        loaded.update(order)
    assert loaded == set(SCRIPTS)


def png_url(width: int, height: int) -> str:
    file = io.BytesIO()
    Image.new("RGB", (width, height)).save(file, "PNG")
    return "data:image/png;base64," + base64.b64encode(file.getvalue()).decode()


@pytest.mark.ui
def test_every_kind_of_sheet_says_what_it_has(browser: Browser) -> None:
    """[frames, sounds, smooth, pixels of a frame's sheet]; its still is a PNG."""
    png = png_url(2, 4)
    sheets = {
        "raster": ({"png": png}, [1, None, False, 2, 4]),
        "film": ({"png": png, "frames": 2}, [2, None, False, 2, 2]),
        "played": ({"png": png, "sounds": ["a", "b"]}, [1, ["a", "b"], False, 2, 4]),
        "written": ({"texts": ["a", "b"], "cols": 2, "size": 40}, [1, None, True, 80, 40]),
    }
    script = """async (sheet) => {
        const image = await tgan.picture(sheet), still = await tgan.url(sheet);
        const is = [image.frames, image.sounds, image.smooth, image.width, tgan.tall(image)];
        return [image.kind, is, still.startsWith('data:image/png;base64,')];
    }"""
    page = browser.new_page()
    page.set_content(f"<html><head>{canvases.head()}</head><body></body></html>")
    kinds = page.evaluate("() => Object.keys(tgan.sheets)")
    for kind, (data, wanted) in sheets.items():
        assert page.evaluate(script, {"kind": kind, **data}) == [kind, wanted, True]
    page.close()
    assert set(kinds) == set(sheets)


@pytest.mark.ui
def test_own_models_of_one_title_say_where_they_came_from(browser: Browser) -> None:
    rows = [
        {"id": "mine/1", "title": "cats", "own": True, "origin": "trained"},
        {"id": "mine/2", "title": "cats", "own": True, "origin": "uploaded"},
        {"id": "mine/3", "title": "dogs", "own": True, "origin": "uploaded"},
        {"id": "image/cats", "title": "dogs", "own": False, "origin": ""},
    ]
    page = browser.new_page()
    page.set_content(f"<html><head>{canvases.head()}</head><body></body></html>")
    titles = page.evaluate("(rows) => rows.map((row) => tgan.ownTitle(row, rows))", rows)
    page.close()
    assert titles == ["cats · trained here", "cats · uploaded", "dogs", "dogs"]


@pytest.fixture(scope="module")
def recording(browser: Browser, chromium: str) -> Iterator[Browser]:
    """A browser with a microphone, which it lends without asking."""
    flags = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]
    with browser.browser_type.launch(
        executable_path=chromium, args=["--no-sandbox", *flags]
    ) as found:
        yield found


@pytest.mark.ui
@pytest.mark.parametrize(
    ("missing", "levels"),
    [
        ("", True),
        ("delete window.AudioContext", False),
        ("window.AnalyserNode = class { constructor() { throw new Error('no') } }", False),
        ("AudioContext.prototype.createMediaStreamSource = () => { throw new Error('no') }", False),
        ("window.MediaRecorder = class { constructor() { throw new Error('no') } }", None),
    ],
    ids=["whole", "no context", "no analyser", "no source", "no recorder"],
)
def test_a_browser_without_a_level_records_and_lets_go(
    recording: Browser, missing: str, levels: bool | None
) -> None:
    """[bytes recorded, whether a level was told, states of the tracks], or why nothing was recorded."""
    source = (canvases.FOLDER / "voice" / "microphone.js").read_bytes()
    address = "data:text/javascript;base64," + base64.b64encode(source).decode()
    script = """async (address) => {
        const {tape} = await import(address);
        const stream = await navigator.mediaDevices.getUserMedia({audio: true});
        const levels = [], states = () => stream.getTracks().map((track) => track.readyState);
        try {
            const options = {seconds: 0.5, context: () => new AudioContext(), loud: (v) => levels.push(v)};
            const blob = await tape(stream, options).done;
            return [blob.size > 100, levels.length > 0, states()];
        } catch (error) { return [error.message, false, states()]; }
    }"""
    page = recording.new_page()
    page.route("http://localhost/", lambda route: route.fulfill(body="<html></html>"))
    page.goto("http://localhost/")  # microphones are for safe places only
    page.evaluate(f"() => {{ {missing} }}")
    found = page.evaluate(script, address)
    page.close()
    assert found == (["no", False, ["ended"]] if levels is None else [True, levels, ["ended"]])
