"""Publishing a model, and what is refused, against a stand-in of the Hub."""

import json
import re
from pathlib import Path

import numpy as np
import pytest
import yaml
from hub_stand_in import READ_TOKEN, TOKEN, serving

from tgan_demo.cli import main as command_line
from tgan_demo.config import SampleConfig
from tgan_demo.engine.draw import sampler
from tgan_demo.errors import ConfigError, DataError
from tgan_demo.hub import licences, publish, send
from tgan_demo.hub.pretrained import from_pretrained
from tgan_demo.models.folder import files_of, load_model

ROOT = Path(__file__).parent.parent
# of huggingface_hub's own upload, by what it calls in its HTTP library
pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=<...>' to upload:DeprecationWarning")
HEAD = re.compile(r"---\n(.*?)\n---\n(.*)", re.DOTALL)


@pytest.fixture
def digits(toy_weights):
    return load_model(toy_weights / "image" / "digits")


def asked(repo_id="ada/digits", **options):
    return publish.Asked(**{"repo_id": repo_id, "licence": "CC-BY-4.0", "token": TOKEN} | options)


def head_and_text(readme: bytes):
    found = HEAD.fullmatch(readme.decode())
    assert found
    return yaml.safe_load(found[1]), found[2]


def draw(model):
    return sampler.draw(model, SampleConfig(seed=3, count=4))[0]


# --- what is sent


def test_a_published_model_is_private_whole_and_the_same(stand_in, digits):
    sent = publish.publish(digits, asked())
    repo = stand_in.repos["models", "ada/digits"]
    assert repo.private and sent.is_new and sent.commit == repo.refs["main"]
    assert sent.url == f"{stand_in.url}/ada/digits"
    for file in files_of(digits.folder):
        assert repo.files[file.name] == file.read_bytes()
    assert stand_in.tokens_seen() == {TOKEN}
    again = from_pretrained("ada/digits", token=TOKEN)
    np.testing.assert_array_equal(draw(again), draw(digits))


def test_the_readme_says_to_the_hub_what_it_is(stand_in, digits, toy_weights):
    publish.publish(digits, asked(is_public=True))
    repo = stand_in.repos["models", "ada/digits"]
    head, text = head_and_text(repo.files["README.md"])
    assert not repo.private
    assert (head["license"], head["library_name"]) == ("cc-by-4.0", "tgan_demo")
    assert head["pipeline_tag"] == "unconditional-image-generation" and "gan" in head["tags"]
    if "sheet.png" in repo.files:
        assert head["widget"][0]["output"]["url"] == "sheet.png" and "](sheet.png)" in text
    assert "from_pretrained('ada/digits')" in text and "CC-BY-4.0" in text
    words = load_model(toy_weights / "text" / "verses")
    assert "pipeline_tag" not in yaml.safe_load(HEAD.match(publish.readme(words, "a/b", "MIT"))[1])


def test_a_bundled_models_card_is_its_readme(toy_weights):
    model = load_model(ROOT / "weights" / "image" / "digits")
    head, text = head_and_text(publish.readme(model, "ada/digits", "CC BY-SA 3.0").encode())
    assert head["license"] == "cc-by-sa-3.0" and head["widget"]
    assert text.lstrip().startswith("# Digits") and text.count("](sheet.png)") == 1
    assert "CC BY-SA 3.0, as usually quoted" in text  # of the data


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ("MIT", {"license": "mit"}),
        ("CC BY 4.0", {"license": "cc-by-4.0"}),
        ("Ann's? No", None),
        ("Ours, for research", {"license": "other", "license_name": "ours-for-research"}),
        ("mit\n---\nx: y", None),
        ("", None),
    ],
)
def test_a_licence_is_one_of_the_hubs_or_named(said, found):
    if found is None:
        with pytest.raises(ConfigError, match="a licence is named"):
            licences.front_matter(said)
    else:
        assert licences.front_matter(said) == found


def test_front_matter_cannot_be_left_by_a_value():
    said = {"title": 'x"\n---\n# <b>: - [', "tags": ["a: b", "是"]}
    assert head_and_text(publish.front_matter(said).encode())[0] == said


# --- a second time, and what is not ours


def test_a_second_time_is_a_new_commit_without_leavings(stand_in, digits):
    publish.publish(digits, asked())
    repo = stand_in.repos["models", "ada/digits"]
    repo.commit(repo.files | {"sheet.json": b"{}", "notes.txt": b"my own"})
    sent = publish.publish(digits, asked(licence="MIT"))
    assert not sent.is_new and len(repo.commits) == 4
    assert "sheet.json" not in repo.files and repo.files["notes.txt"] == b"my own"
    assert head_and_text(repo.files["README.md"])[0]["license"] == "mit"


@pytest.mark.parametrize(
    "files",
    [
        {"README.md": b"# mine"},
        {"config.json": b'{"model_type": "bert"}', "model.safetensors": b"x"},
        {"config.json": b"{"},
        {"train.csv": b"1,2"},
    ],
)
def test_what_is_not_ours_is_not_written_over(stand_in, digits, files):
    repo = stand_in.add("ada/digits", files, private=True)
    with pytest.raises(ConfigError, match="not of this studio.*nothing was written"):
        publish.publish(digits, asked())
    assert len(repo.commits) == 1


def test_what_everybody_would_see_wants_to_be_said(stand_in, digits):
    publish.publish(digits, asked(is_public=True))
    repo = stand_in.repos["models", "ada/digits"]
    with pytest.raises(ConfigError, match="is public.*--public"):
        publish.publish(digits, asked())
    assert len(repo.commits) == 2


def test_an_empty_repository_is_filled(stand_in, digits):
    repo = stand_in.add("ada/digits", {".gitattributes": b""}, private=True)
    assert publish.publish(digits, asked()).is_new and "model.safetensors" in repo.files


def test_a_change_in_between_is_not_lost(stand_in, digits, monkeypatch):
    publish.publish(digits, asked())
    repo = stand_in.repos["models", "ada/digits"]

    def meanwhile(read):
        repo.commit(repo.files | {"x": b"1"}, "somebody else")
        return True

    monkeypatch.setattr(publish, "_is_model", meanwhile)
    with pytest.raises(DataError, match="changed meanwhile"):
        publish.publish(digits, asked(licence="MIT"))
    assert "x" in repo.files


# --- tokens


@pytest.mark.parametrize(
    ("token", "said"),
    [
        ("hf_nobody_knows", "does not know this token"),
        (READ_TOKEN, "may not write to ada/digits"),
    ],
)
def test_a_token_that_is_wrong_is_said_and_not_shown(stand_in, digits, token, said):
    with pytest.raises(DataError, match=said) as caught:
        publish.publish(digits, asked(token=token))
    assert token not in str(caught.value) and not stand_in.repos


def test_another_owners_name_is_refused(stand_in, digits):
    with pytest.raises(DataError, match="may not write to bob/digits"):
        publish.publish(digits, asked("bob/digits"))


@pytest.mark.parametrize(
    "token", ["", "short", "hf_with space in it", "hf_line\nbreak_in", "hf_ü" * 9]
)
def test_what_is_no_token_is_not_sent(stand_in, digits, token):
    with pytest.raises(ConfigError, match="a token of your own") as caught:
        publish.publish(digits, asked(token=token))
    assert not stand_in.asked and (not token or token not in str(caught.value))


def test_the_hosts_login_is_never_used(stand_in, digits, tmp_path, monkeypatch):
    """A stored login and HF_TOKEN belong to whoever runs the studio."""
    from huggingface_hub import constants

    kept = tmp_path / "token"
    kept.write_text(TOKEN)
    monkeypatch.setattr(constants, "HF_TOKEN_PATH", str(kept))
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    with pytest.raises(ConfigError):
        publish.publish(digits, asked(token=""))
    stand_in.add("ada/secret", {"config.json": b"{}", "model.safetensors": b""}, private=True)
    with pytest.raises(DataError, match="no public"):
        from_pretrained("ada/secret")
    assert stand_in.tokens_seen() == {""}


# --- a Hub that fails


def test_no_connection_is_said(digits, monkeypatch):
    with serving() as gone:
        pass
    monkeypatch.setattr(send.reach, "ENDPOINT", gone.url)
    with pytest.raises(DataError, match="no connection"):
        publish.publish(digits, asked())


def test_too_much_is_refused_before_it_is_sent(stand_in, digits, monkeypatch):
    monkeypatch.setattr(send, "MAX_BYTES", 1000)
    with pytest.raises(DataError, match="can be published at once"):
        publish.publish(digits, asked())
    assert not stand_in.asked


# --- the command line


@pytest.fixture
def shell(capsys):
    def run(*words):
        code = command_line.main([str(word) for word in words])
        out, err = capsys.readouterr()
        return code, json.loads(out.splitlines()[-1]) if out.strip() else {}, err

    return run


def test_the_command_publishes_with_the_token_of_a_file(stand_in, digits, shell, tmp_path):
    (tmp_path / "token").write_text(TOKEN + "\n")
    words = ["publish", digits.folder, "ada/digits", "--licence", "mit"]
    code, said, err = shell(*words, "--token-file", tmp_path / "token")
    assert code == 0, err
    assert said["private"] and said["new"] and said["url"].endswith("ada/digits")
    assert stand_in.repos["models", "ada/digits"].private and TOKEN not in err


def test_the_command_takes_the_variables_token(stand_in, digits, shell, monkeypatch):
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    code, said, err = shell("publish", digits.folder, "ada/d", "--licence", "mit", "--public")
    assert code == 0 and not said["private"], err


def test_a_space_that_fails_does_not_hide_the_model_that_went(stand_in, digits, shell, monkeypatch):
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    stand_in.add("ada/play", {"README.md": b"# mine"}, "spaces", private=True)
    words = ["publish", digits.folder, "ada/digits", "--licence", "mit", "--space", "ada/play"]
    code, said, err = shell(*words)
    assert code == 2 and said["failed"] == ["space"] and said["url"].endswith("ada/digits")
    assert "error: ada/play is there already" in err
    del stand_in.repos["spaces", "ada/play"]
    code, said, err = shell(*words)
    assert code == 0 and said["space"]["new"] and not said["new"], err
    head, _ = head_and_text(stand_in.repos["spaces", "ada/play"].files["README.md"])
    assert head["models"] == ["ada/digits"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "OWNER/NAME for the model"),
        (("digits",), "named owner/name"),
        (("ada/digits",), "its card says"),
        (("ada/digits", "--licence", "mit"), "a token of your own"),
        (("ada/digits", "--licence", "mit", "--space", "x"), "named owner/name"),
    ],
)
def test_what_the_command_lacks_is_said(stand_in, digits, shell, words, said):
    code, _, err = shell("publish", digits.folder, *words)
    assert code == 2 and said in err and not stand_in.asked
