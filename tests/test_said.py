"""Sentences that are born below the page: English for everybody, and words in both languages for the page."""

import ast
import json
import pickle
import tomllib
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tgan_demo import said
from tgan_demo.errors import ConfigError
from tgan_demo.modalities import registry
from tgan_demo.modalities.image import plan
from tgan_demo.runs.record import Run
from tgan_demo.runs.request import RunRequest
from tgan_demo.said import heard, say, together, told, words_of
from tgan_demo.ui import canvases
from tgan_demo.ui.words.table import spoken, t

PACKAGE = said.FILE.parent
FILES = [said.FILE]
FILES += [registry.get(name).folder / "words.toml" for name in registry.names()]


def keys(file: Path) -> set[str]:
    return set(tomllib.loads(file.read_text(encoding="utf-8")).get("said", {}))


def asked(path: Path) -> set[str]:
    """The keys that a file says: of `say("a")` and of `say("a" if ... else "b")`."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and ast.unparse(node.func) in ("say", "said.say"):
            choice = node.args[0]
            ends = [choice.body, choice.orelse] if isinstance(choice, ast.IfExp) else [choice]
            found |= {end.value for end in ends if isinstance(end, ast.Constant)}
    return found


def test_a_sentence_is_english_and_knows_its_words() -> None:
    one = say("cut", n="1,200")
    assert one == "cut to 1,200 samples, what an hour allows" and isinstance(one, str)
    assert told(one) == [["cut", {"n": "1,200"}]]
    both = together("Because.", "", say("kept"))
    assert both == "Because. The last saved state is kept."
    assert told(both) == [["", {"text": "Because."}], ["kept", {}]]
    assert told("") == [] and told("plain") == [["", {"text": "plain"}]]
    inner = told(say("step", step=say("grey")))
    assert inner == [["step", {"step": [["grey", {}]]}]]
    with pytest.raises(KeyError):
        say("no such sentence")


def test_a_sentence_goes_to_another_process_and_through_an_error() -> None:
    one = say("step", step=say("grey"))
    again = pickle.loads(pickle.dumps(one))
    assert again == one and told(again) == told(one)
    assert told(words_of(ConfigError(one))) == told(one) and str(ConfigError(one)) == one
    assert words_of(OSError(2, "gone")) == "[Errno 2] gone" and words_of(ValueError()) == ""


def test_python_says_it_in_the_language_of_the_page_too() -> None:
    inner = say("one_of", name="loss", known="a, b", got="'c'", near=say("near", near="'a'"))
    both = together(inner, "Why.")
    assert spoken(both) == both == spoken(both, "en")
    assert spoken(both, "zh") == "loss 可选 a, b，收到的是 'c'；是否想写 'a'？Why."
    assert spoken("plain", "zh") == "plain" and spoken("", "zh") == ""


def test_a_sentence_comes_back_from_the_disk() -> None:
    both = together(say("step", step=say("grey")), "Why.")
    again = heard(str(both), json.loads(json.dumps(told(both))))
    assert again == both and told(again) == told(both)
    for nonsense in (None, 3, [1], [["a"]], [["a", 5]], "ab"):
        assert told(heard("text", nonsense)) == [["", {"text": "text"}]]


def test_everything_that_is_said_has_words_and_the_other_way_round() -> None:
    own = {file.parent for file in FILES[1:]}
    below = [path for path in PACKAGE.rglob("*.py") if PACKAGE / "ui" not in path.parents]
    common = set().union(
        *(asked(path) for path in below if path.parent not in own),
        {"grey", "colour"},  # of the modalities, by said.say
    )
    assert common == keys(said.FILE)
    for file in FILES[1:]:
        own_says = set().union(*map(asked, file.parent.glob("*.py")))
        assert own_says - keys(said.FILE) == keys(file), file
        for key in keys(file):
            assert all(t(f"said.{key}", lang, variant=file.parent.name) for lang in ("en", "zh"))


def test_a_run_keeps_what_was_said_of_it(tmp_path: Path) -> None:
    run = Run("run/1", "me", tmp_path, RunRequest(), "cats", modality="image")
    run.state, run.message, run.notes = "stopped", say("final"), (say("cut", n="5"), "a clause")
    run.save()
    again = Run.load("me", "run/1", tmp_path).snapshot(0, 0, 0.0)
    assert again["message"] == run.message and again["said"] == [["final", {}]]
    assert again["noted"] == [[["cut", {"n": "5"}]], [["", {"text": "a clause"}]]]
    record = json.loads((tmp_path / "run.json").read_text())
    del record["said"]  # as an earlier version wrote it
    (tmp_path / "run.json").write_text(json.dumps(record))
    old = Run.load("me", "run/1", tmp_path).snapshot(0, 0, 0.0)
    assert old["said"] == [["", {"text": run.message}]] and len(old["noted"]) == 2


@pytest.mark.ui
def test_the_page_says_it_in_its_language(browser: Browser) -> None:
    fit = plan.say("fit", was="9 x 9", was_mode=say("colour"), now="8 x 8", now_mode=say("grey"))
    parts = told(together(fit, "Foreign words.", say("kept")))
    page = browser.new_page()
    page.set_content(f"<html><head>{canvases.head()}</head><body></body></html>")
    script = "([lang, parts]) => { tgan.lang = lang; return tgan.spoken(parts, ['image']) }"
    english, chinese = (page.evaluate(script, [lang, parts]) for lang in ("en", "zh"))
    page.close()
    assert english == f"{fit} Foreign words. The last saved state is kept."
    assert "（9 x 9，彩色）" in chinese and "（8 x 8，灰度）" in chinese
    assert chinese.endswith("Foreign words.上次保存的状态仍在。")
