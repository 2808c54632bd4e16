"""Models from the Hub, without the Hub: by its functions' names, and from a stand-in of its HTTP API."""

import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import huggingface_hub
import pytest
from hub_stand_in import READ_TOKEN
from huggingface_hub import constants, file_download

from tgan_demo.errors import DataError
from tgan_demo.hub import fetch, reach
from tgan_demo.hub.reach import check_repo_id
from tgan_demo.models.folder import NEEDED, SHOWN
from tgan_demo.people.store import Store

ROOT = Path(__file__).parent.parent


@pytest.fixture(autouse=True)
def no_network(request, monkeypatch):
    if "stand_in" in request.fixturenames:
        return

    def refuse(*args, **kwargs):
        raise OSError("no network in tests")

    monkeypatch.setattr(huggingface_hub, "hf_hub_download", refuse)
    monkeypatch.setattr(huggingface_hub.HfApi, "model_info", refuse)


def fetch_model(repo_id, dest, **options):
    return fetch.fetch_model(repo_id, dest, files=SHOWN, needed=NEEDED, **options)


def test_offline_says_what_to_do(tmp_path):
    with pytest.raises(DataError, match="no connection"):
        fetch_model("someone/model", tmp_path / "m")


@pytest.mark.parametrize(
    "bad", ["", "model", "../x", "a/b/c", "a/..", "-a/b", "a/b c", "a/b\n", "a/b?x=1", "a--b/c"]
)
def test_odd_repository_names_are_refused(bad):
    with pytest.raises(DataError, match="owner/name"):
        check_repo_id(bad) if bad != "a/b\n" else check_repo_id("a/b\nc")


def published(monkeypatch, tmp_path, files):
    """A repository of {name: size}; every file that is asked for comes as its own name."""
    siblings = [SimpleNamespace(rfilename=name, size=size) for name, size in files.items()]
    found = SimpleNamespace(siblings=siblings, sha="abc")
    monkeypatch.setattr(huggingface_hub.HfApi, "model_info", lambda self, repo, **options: found)
    asked = []

    def download(repo, file, **options):
        asked.append((file, options["revision"], options["token"]))
        path = tmp_path / f"came-{file}"
        path.write_text(file)
        return str(path)

    monkeypatch.setattr(huggingface_hub, "hf_hub_download", download)
    return asked


def test_a_model_brings_its_four_files_and_nothing_else(tmp_path, monkeypatch):
    files = {name: 1000 for name in SHOWN} | {"run.py": 10, "pytorch_model.bin": 10}
    asked = published(monkeypatch, tmp_path, files)
    dest = fetch_model("https://huggingface.co/someone/model/", tmp_path / "own" / "m1")
    assert sorted(path.name for path in dest.iterdir()) == sorted(SHOWN)
    assert {revision for _, revision, _ in asked} == {"abc"} and not any(
        token for *_, token in asked
    )
    assert [path.name for path in (tmp_path / "own").iterdir()] == ["m1"]  # no leavings
    with pytest.raises(DataError, match="already"):
        fetch_model("someone/model", dest)


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"config.json": 10, "pytorch_model.bin": 10}, "no model.safetensors"),
        ({"config.json": 10, "model.safetensors": 65 * 2**20}, "may take 64 MiB"),
        ({"config.json": 10, "model.safetensors": None}, "how large"),
    ],
)
def test_a_foreign_or_giant_model_is_refused_before_a_byte(tmp_path, monkeypatch, files, said):
    asked = published(monkeypatch, tmp_path, files)
    with pytest.raises(DataError, match=said):
        fetch_model("someone/model", tmp_path / "m")
    assert not asked and not (tmp_path / "m").exists()


# --- against the stand-in


def hub_model(hub, folder, **options):
    files = {path.name: path.read_bytes() for path in folder.iterdir()}
    return hub.add("ada/digits", files, **options)


def same(dest, folder):
    return all((dest / n).read_bytes() == (folder / n).read_bytes() for n in NEEDED)


def test_a_model_comes_whole_and_nobody_asks(stand_in, tmp_path, toy_weights):
    folder = toy_weights / "image" / "digits"
    hub_model(stand_in, folder)
    assert same(fetch_model("ada/digits", tmp_path / "m"), folder)
    assert stand_in.tokens_seen() == {""}


def test_a_branch_a_tag_or_a_commit_is_fetched(stand_in, tmp_path, toy_weights):
    old, new = (toy_weights / "image" / name for name in ("digits", "avatars"))
    repo = hub_model(stand_in, old)
    repo.refs |= {"v1": repo.refs["main"], "ada/try": repo.refs["main"]}
    repo.commit({path.name: path.read_bytes() for path in new.iterdir()})
    for k, revision in enumerate(("v1", "ada/try", repo.refs["v1"])):
        assert same(fetch_model("ada/digits", tmp_path / f"{k}", revision=revision), old)
    assert same(fetch_model("ada/digits", tmp_path / "now"), new)
    with pytest.raises(DataError, match="no such branch"):
        fetch_model("ada/digits", tmp_path / "m", revision="v2")


@pytest.mark.parametrize("bad", ["", "../x", "a..b", "-x", "a b", "a\nb", "/main", "main/", "a?b"])
def test_odd_revisions_are_refused_unasked(stand_in, tmp_path, bad):
    with pytest.raises(DataError, match="a revision is"):
        fetch_model("ada/digits", tmp_path / "m", revision=bad)
    assert not stand_in.asked


def test_a_repository_with_pickles_only_is_refused_with_the_reason(stand_in, tmp_path):
    stand_in.add("ada/old", {"config.json": b"{}", "pytorch_model.bin": b"x", "g.PKL": b"x"})
    with pytest.raises(DataError, match=r"pickles only \(g.PKL, pytorch_model.bin\).*foreign code"):
        fetch_model("ada/old", tmp_path / "m")
    assert not any("resolve" in path for _, path, _ in stand_in.asked)


def test_five_gigabytes_are_refused_before_the_download(stand_in, tmp_path, toy_weights):
    hub_model(stand_in, toy_weights / "image" / "digits")
    stand_in.sizes["model.safetensors"] = 5 * 2**30
    with pytest.raises(DataError, match="may take 64 MiB; ada/digits takes 5120 MiB"):
        fetch_model("ada/digits", tmp_path / "m")
    assert not any("resolve" in path for _, path, _ in stand_in.asked)


def test_what_is_cut_off_is_gone_on_with(stand_in, tmp_path, toy_weights, monkeypatch):
    monkeypatch.setattr(constants, "DOWNLOAD_CHUNK_SIZE", 1000)  # kept after each
    monkeypatch.setattr(file_download.time, "sleep", lambda seconds: None)
    folder = toy_weights / "image" / "digits"
    hub_model(stand_in, folder)
    stand_in.cuts["model.safetensors"] = 2
    assert same(fetch_model("ada/digits", tmp_path / "m"), folder)
    assert stand_in.cuts["model.safetensors"] == 0 and len(stand_in.parts) == 2


def test_what_is_always_cut_off_is_said(stand_in, tmp_path, toy_weights, monkeypatch):
    monkeypatch.setattr(file_download.time, "sleep", lambda seconds: None)
    hub_model(stand_in, toy_weights / "image" / "digits")
    stand_in.cuts["model.safetensors"] = 1000
    with pytest.raises(DataError, match="broke ada/digits/model.safetensors off"):
        fetch_model("ada/digits", tmp_path / "m")
    assert list(tmp_path.glob("**/m")) == [] and list(tmp_path.glob(".fetch-*")) == []


def test_a_hub_that_hardly_answers_is_said(stand_in, tmp_path, toy_weights, monkeypatch):
    hub_model(stand_in, toy_weights / "image" / "digits")
    monkeypatch.setattr(reach, "TIMEOUT_S", 0.2)
    stand_in.delay_s = 5
    with pytest.raises(DataError, match="took too long to answer for ada/digits"):
        fetch_model("ada/digits", tmp_path / "m")


def test_what_is_private_is_for_its_owners_token(stand_in, tmp_path, toy_weights):
    folder = toy_weights / "image" / "digits"
    hub_model(stand_in, folder, private=True)
    with pytest.raises(DataError, match="no public ada/digits"):
        fetch_model("ada/digits", tmp_path / "m")
    assert same(fetch_model("ada/digits", tmp_path / "m", token=READ_TOKEN), folder)


def test_a_visitor_names_the_revision_with_the_model(stand_in, tmp_path, toy_weights):
    repo = hub_model(stand_in, toy_weights / "image" / "digits")
    repo.refs["v1"] = repo.refs["main"]
    repo.commit({"config.json": b"{}"})
    store = Store(tmp_path / "data")
    visitor = store.new_visitor()
    assert store.import_hub(visitor, "ada/digits@v1").startswith("mine/")
    with pytest.raises(DataError, match=r"no model\.safetensors"):
        store.import_hub(visitor, "ada/digits")


def test_the_hubs_library_is_not_imported_at_the_start():
    code = "import sys, tgan_demo.hub.fetch; print([m for m in sys.modules if 'hugging' in m])"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
