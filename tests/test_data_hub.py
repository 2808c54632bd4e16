"""Tables from the Hub, without the Hub: files of its format are made here."""

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
from tgan_demo.hub.reach import check_repo_id

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


@pytest.fixture(autouse=True)
def no_network(monkeypatch):
    def refuse(*args, **kwargs):
        raise OSError("no network in tests")

    monkeypatch.setattr(huggingface_hub, "hf_hub_download", refuse)
    monkeypatch.setattr(huggingface_hub, "get_hf_file_metadata", refuse)


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
    with pytest.raises(NotFoundError, match="did you mean 'mnist'"):
        hub.fetch("mnst", cache_dir=tmp_path)


@pytest.mark.parametrize("known", hub.KNOWN.values(), ids=hub.KNOWN)
def test_the_table_of_sets_is_sound(known):
    assert check_repo_id(known.repo) == known.repo
    assert known.file("test").endswith("/test-00000-of-00001.parquet")
    assert known.channels in (1, 3) and known.licence and len(known.classes) == 10
