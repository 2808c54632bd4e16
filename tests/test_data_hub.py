"""Tables and models from the Hub, without the Hub: files of its format are made here."""

import io
import json
from types import SimpleNamespace

import huggingface_hub
import numpy as np
import pyarrow as pa
import pytest
from PIL import Image
from pyarrow import parquet

from tgan_demo.data import hub
from tgan_demo.errors import DataError, NotFoundError
from tgan_demo.models.folder import NEEDED, SHOWN

RNG = np.random.default_rng(0)


def png(array):
    file = io.BytesIO()
    Image.fromarray(array).save(file, "PNG")
    return file.getvalue()


def table(path, arrays, labels=None, names=None, image_key="image"):
    """As the `datasets` library writes it."""
    columns = {image_key: [{"bytes": png(a), "path": None} for a in arrays]}
    if labels is not None:
        columns["label"] = labels
    made = pa.table(columns)
    if names:
        info = {"info": {"features": {"label": {"names": names, "_type": "ClassLabel"}}}}
        made = made.replace_schema_metadata({b"huggingface": json.dumps(info).encode()})
    parquet.write_table(made, path)
    return path


def fetch_model(repo_id, dest):
    return hub.fetch_model(repo_id, dest, files=SHOWN, needed=NEEDED)


@pytest.fixture(autouse=True)
def no_network(monkeypatch):
    def refuse(*args, **kwargs):
        raise OSError("no network in tests")

    monkeypatch.setattr(huggingface_hub, "hf_hub_download", refuse)
    monkeypatch.setattr(huggingface_hub, "get_hf_file_metadata", refuse)
    monkeypatch.setattr(huggingface_hub.HfApi, "model_info", refuse)


def test_a_table_is_read_exactly(tmp_path):
    x = RNG.integers(0, 256, (300, 28, 28), np.uint8)
    labels = [k % 3 for k in range(300)]
    path = table(tmp_path / "t.parquet", x, labels, ["zero", "one", "two"])
    data = hub.read_parquet(path, size=(28, 28), channels=1, classes=("a", "b", "c"))
    assert np.array_equal(data.items[..., 0], x) and data.labels.tolist() == labels
    assert data.classes == ("zero", "one", "two")
    assert len(hub.read_parquet(path, size=(28, 28), channels=1, limit=270)) == 270


def test_other_columns_sizes_and_no_labels(tmp_path):
    x = RNG.integers(0, 256, (4, 40, 60, 3), np.uint8)
    data = hub.read_parquet(table(tmp_path / "t.parquet", x, image_key="img"))
    assert data.items.shape == (4, 32, 32, 3) and data.labels is None and data.classes == ()
    labelled = hub.read_parquet(table(tmp_path / "u.parquet", x, [0, 1, 2, 3]))
    assert labelled.classes == ("0", "1", "2", "3")


def test_wrong_tables_are_named(tmp_path):
    (tmp_path / "junk.parquet").write_bytes(b"junk")
    with pytest.raises(DataError, match="not a parquet"):
        hub.read_parquet(tmp_path / "junk.parquet")
    parquet.write_table(pa.table({"text": ["a"]}), tmp_path / "text.parquet")
    with pytest.raises(DataError, match="it has text"):
        hub.read_parquet(tmp_path / "text.parquet")
    parquet.write_table(pa.table({"image": [{"bytes": b"no"}]}), tmp_path / "bad.parquet")
    with pytest.raises(DataError, match="row 0"):
        hub.read_parquet(tmp_path / "bad.parquet")
    x = RNG.integers(0, 256, (2, 8, 8), np.uint8)
    with pytest.raises(DataError, match="whole numbers"):
        hub.read_parquet(table(tmp_path / "l.parquet", x, [0, -1]))


def test_a_known_set_is_fetched_once_and_read(tmp_path, monkeypatch):
    x = RNG.integers(0, 256, (5, 28, 28), np.uint8)
    made = table(tmp_path / "t.parquet", x, [0, 1, 2, 3, 9])
    asked, said = [], []

    def download(repo, file, **options):
        asked.append((repo, file, options["repo_type"], options["token"]))
        return str(made)

    monkeypatch.setattr(
        huggingface_hub, "get_hf_file_metadata", lambda url, token: SimpleNamespace(size=99)
    )
    monkeypatch.setattr(huggingface_hub, "hf_hub_download", download)
    data = hub.load("mnist", cache_dir=tmp_path, progress=said.append)
    assert asked == [("ylecun/mnist", "mnist/train-00000-of-00001.parquet", "dataset", False)]
    assert said and len(data) == 5 and len(data.classes) == 10 and "ylecun/mnist" in data.source
    huge = SimpleNamespace(size=10**10)
    monkeypatch.setattr(huggingface_hub, "get_hf_file_metadata", lambda url, token: huge)
    with pytest.raises(DataError, match="may take"):
        hub.fetch("cifar10", cache_dir=tmp_path)


def test_offline_says_what_to_do(tmp_path):
    with pytest.raises(DataError, match="no connection.*your own pictures"):
        hub.fetch("mnist", cache_dir=tmp_path)
    with pytest.raises(DataError, match="no connection"):
        fetch_model("someone/model", tmp_path / "m")
    with pytest.raises(NotFoundError, match="did you mean 'mnist'"):
        hub.fetch("mnst", cache_dir=tmp_path)


@pytest.mark.parametrize("known", hub.KNOWN.values(), ids=hub.KNOWN)
def test_the_table_of_sets_is_sound(known):
    assert hub.check_repo_id(known.repo) == known.repo
    assert known.file("test").endswith("/test-00000-of-00001.parquet")
    assert known.channels in (1, 3) and known.licence and len(known.classes) == 10


@pytest.mark.parametrize(
    "bad", ["", "model", "../x", "a/b/c", "a/..", "-a/b", "a/b c", "a/b\n", "a/b?x=1", "a--b/c"]
)
def test_odd_repository_names_are_refused(bad):
    with pytest.raises(DataError, match="owner/name"):
        hub.check_repo_id(bad) if bad != "a/b\n" else hub.check_repo_id("a/b\nc")


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
