"""Any data set of the Hub by name, split and column: tables made here, served by the stand-in."""

import contextlib
import io
import json
import subprocess
import sys
import wave
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pyarrow as pa
import pytest
from PIL import Image
from pyarrow import parquet

from tgan_demo.cli import opening
from tgan_demo.data import hub_sets, rows
from tgan_demo.errors import DataError, NotFoundError
from tgan_demo.hub import ranges, tables

ROOT = Path(__file__).parent.parent
TRAIN = "data/train-00000-of-00001.parquet"
SENTENCES = [f"sentence number {k}, said she" for k in range(60)]


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(ranges, "WAIT_S", 0.01)


def png(seed, side=12):
    file = io.BytesIO()
    pixels = np.random.default_rng(seed).integers(0, 256, (side, side, 3), np.uint8)
    Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()


def wav(seed):
    noise = np.random.default_rng(seed).integers(-9000, 9000, 4000, np.int16)
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(8000)
        out.writeframes(noise.tobytes())
    return file.getvalue()


def table(columns, features=None, **options):
    """A parquet file's bytes, with what the `datasets` library writes beside it."""
    made = pa.table(columns)
    if features:
        info = {"info": {"features": features}}
        made = made.replace_schema_metadata({b"huggingface": json.dumps(info).encode()})
    file = io.BytesIO()
    parquet.write_table(made, file, **options)
    return file.getvalue()


def structs(contents):
    return [{"bytes": content, "path": None} for content in contents]


def pictures(count=40, **options):
    columns = {
        "id": list(range(count)),
        "image": structs(map(png, range(count))),
        "label": [k % 2 for k in range(count)],
    }
    names = {"_type": "ClassLabel", "names": ["grey cat", "dog/wolf"]}
    return table(columns, {"image": {"_type": "Image"}, "label": names}, **options)


def card(hub, repo="ada/set", **data):
    hub.repos["datasets", repo].card = data


def load(name, tmp_path, **options):
    return hub_sets.load(name, folder=tmp_path / "hub", **options)


# --- what is read


def test_pictures_with_class_names_and_their_licence(stand_in, tmp_path):
    stand_in.add("ada/set", {TRAIN: pictures(), "README.md": b""}, "datasets")
    card(stand_in, license="cc-by-4.0")
    said = []
    data = load("ada/set", tmp_path, progress=said.append)
    assert (data.modality, data.items.shape) == ("image", (40, 32, 32, 3))
    assert data.classes == ("dog∕wolf", "grey cat") and data.labels[:4].tolist() == [1, 0, 1, 0]
    assert data.licence == "cc-by-4.0" and data.name == "set"
    assert "datasets/ada/set, train, commit" in data.source
    assert any("40 samples" in line for line in said)
    assert not list((tmp_path / "hub").iterdir())  # nothing stays
    assert stand_in.tokens_seen() == {""}  # asked as nobody


def test_texts_by_name_of_the_column(stand_in, tmp_path):
    columns = {"url": ["http://x"] * 60, "said": SENTENCES, "lang": ["en"] * 60}
    stand_in.add("ada/set", {"said/test-0.parquet": table(columns)}, "datasets")
    data = load("ada/set:test:said", tmp_path)
    assert data.modality == "text" and list(data.items) == SENTENCES and data.labels is None
    assert data.licence == tables.NO_LICENCE


def test_the_column_that_is_called_text_is_guessed(stand_in, tmp_path):
    columns = {"id": ["x"] * 60, "label": [0] * 60, "text": SENTENCES}
    stand_in.add("ada/set", {TRAIN: table(columns)}, "datasets")
    assert list(load("ada/set", tmp_path).items) == SENTENCES


def test_sounds_with_words_as_labels(stand_in, tmp_path):
    words = ["yes", "no"] * 12
    columns = {"audio": structs(map(wav, range(24))), "text": words, "category": words}
    made = table(columns, {"audio": {"_type": "Audio", "sampling_rate": 8000}})
    stand_in.add("ada/set", {TRAIN: made}, "datasets")
    data = load("ada/set", tmp_path)
    assert (data.modality, len(data), data.classes) == ("audio", 24, ("no", "yes"))
    assert load("ada/set:train:audio:text", tmp_path).classes == ("no", "yes")


def test_plain_bytes_and_whole_numbers(stand_in, tmp_path):
    columns = {"img": [png(k) for k in range(30)], "fine_label": [k % 3 for k in range(30)]}
    stand_in.add("ada/set", {"train.parquet": table(columns)}, "datasets")
    assert load("ada/set", tmp_path).classes == ("0", "1", "2")


def test_what_the_hub_made_of_other_files(stand_in, tmp_path):
    repo = stand_in.add("ada/set", {"train.csv": b"a,b", "set.py": b"raise SystemExit"}, "datasets")
    main = repo.refs["main"]
    made = {"small/train/0000.parquet": pictures(), "large/partial-test/0000.parquet": pictures(24)}
    repo.refs[tables.CONVERTED] = repo.commit(made, "converted")
    repo.refs["main"] = main
    assert len(load("ada/set/small", tmp_path)) == 40
    assert len(load("https://huggingface.co/datasets/ada/set/large:test", tmp_path)) == 24
    with pytest.raises(DataError, match="several configurations.*ada/set/large, ada/set/small"):
        load("ada/set", tmp_path)
    with pytest.raises(DataError, match="no split 'dev'; it has train"):
        load("ada/set/small:dev", tmp_path)
    assert not any(path.endswith((".py", ".csv")) for _, path, _ in stand_in.asked)


def test_the_card_says_which_files_are_which(stand_in, tmp_path):
    files = {"a/1.parquet": pictures(20), "a/2.parquet": pictures(24), "b/1.parquet": pictures(28)}
    stand_in.add("ada/set", files, "datasets")
    splits = [{"split": "train", "path": "a/1*"}, {"split": "extra", "path": ["a/2.parquet"]}]
    other = {"config_name": "other", "data_files": "b/*"}
    card(stand_in, configs=[{"config_name": "one", "data_files": splits, "default": True}, other])
    for name, count in (("", 20), (":extra", 24), ("/other", 28)):
        assert len(load(f"ada/set{name}", tmp_path)) == count


# --- what is not


def test_only_the_row_groups_that_are_needed_come(stand_in, tmp_path, monkeypatch):
    monkeypatch.setattr(hub_sets, "PART_BYTES", 4096)
    columns = {
        "image": structs(png(k, 64) for k in range(400)),
        "label": [k // 100 for k in range(400)],
    }
    made = table(columns, row_group_size=20, compression="none")
    stand_in.add("ada/set", {TRAIN: made}, "datasets")
    data = load("ada/set:train[:40]", tmp_path)
    assert len(data) == 40 and data.classes == ()  # the first, which are of one class
    came = fetched(stand_in)
    assert came < 0.13 * len(made)  # a tenth, and the listing
    monkeypatch.setattr(hub_sets, "MAX_BYTES", len(made) // 2)
    data = load("ada/set", tmp_path)
    assert len(data.classes) == 4 and set(np.bincount(data.labels)) <= set(range(20, 61))
    assert fetched(stand_in) - came <= len(made) // 2


def fetched(hub):
    spans = [part.removeprefix("bytes=").split("-") for part in hub.parts]
    return sum(int(last) - int(first) + 1 for first, last in spans)


def test_damaged_rows_are_left_out(stand_in, tmp_path):
    contents = [png(k) for k in range(30)]
    contents[3], contents[4], contents[5] = b"no picture", b"", b"PK\x03\x04 a zip"
    columns = {"image": [*structs(contents), None, {"bytes": None, "path": "/etc/passwd"}]}
    stand_in.add("ada/set", {TRAIN: table(columns)}, "datasets")
    said = []
    assert len(load("ada/set", tmp_path, progress=said.append)) == 27
    assert "5 rows left out" in said[-1]


def test_texts_that_are_no_utf_8_are_left_out(stand_in, tmp_path):
    lines = [line.encode() for line in SENTENCES]
    lines[7] = b"\xff\xfe broken"
    buffers = pa.array(lines, pa.binary()).buffers()
    column = pa.Array.from_buffers(pa.string(), len(lines), buffers)
    stand_in.add("ada/set", {TRAIN: table({"text": column})}, "datasets")
    assert len(load("ada/set", tmp_path)) == 59


def test_a_damaged_part_leaves_the_others(stand_in, tmp_path):
    made = bytearray(pictures(60, row_group_size=20, compression="none"))
    of = parquet.ParquetFile(io.BytesIO(made)).metadata.row_group(1).column(1)
    made[of.data_page_offset : of.data_page_offset + 60] = bytes(60)
    stand_in.add("ada/set", {TRAIN: bytes(made)}, "datasets")
    said = []
    assert len(load("ada/set", tmp_path, progress=said.append)) == 40
    assert "1 damaged parts" in said[-1]


@pytest.mark.parametrize(
    ("name", "why"),
    [
        (
            "ada/set:train:picture",
            r"no column 'picture'; there are id \(whole numbers\), image \(files\), ",
        ),
        ("ada/set:train:id", "column 'id' holds neither files, as bytes, nor texts"),
        ("ada/set:train:image:image", "holds no labels, which are whole numbers or words"),
        ("ada/set:validation", "no split 'validation'; it has train"),
        ("ada/set/other", "no configuration 'other'"),
        ("ada/none", "no public data set ada/none"),
        ("ada/bare", "no parquet tables.*scripts are not run"),
        ("ada/junk", "not a parquet table, or is damaged"),
        ("ada/few", "training takes from 20 pictures; got 3"),
        ("ada/numbers", "no column holds files, as bytes, or texts; there are x .double."),
        ("ada", "is named owner/name"),
        ("ada/../set", "is named owner/name"),
        ("ada/set:train[:0]", "no row"),
    ],
)
def test_each_slip_is_named(stand_in, tmp_path, name, why):
    hub = stand_in
    hub.add("ada/set", {TRAIN: pictures()}, "datasets")
    hub.add("ada/bare", {"set.py": b"raise SystemExit", "data.pkl": b"\x80"}, "datasets")
    hub.add("ada/junk", {TRAIN: b"PAR1 junk PAR1"}, "datasets")
    hub.add("ada/few", {TRAIN: pictures(3)}, "datasets")
    hub.add("ada/numbers", {TRAIN: table({"x": [1.0, 2.0]})}, "datasets")
    with pytest.raises(DataError, match=why):
        load(name, tmp_path)
    assert not any(path.endswith((".py", ".pkl")) for _, path, _ in hub.asked)


# --- the Hub


def test_a_part_that_is_cut_off_goes_on(stand_in, tmp_path):
    stand_in.add("ada/set", {TRAIN: pictures()}, "datasets")
    stand_in.cuts[TRAIN] = 2
    assert len(load("ada/set", tmp_path)) == 40
    stand_in.cuts[TRAIN] = 99
    with pytest.raises(DataError, match="broke .* off before its end"):
        load("ada/set", tmp_path)


def test_bounds_of_bytes_time_and_unpacking(stand_in, tmp_path, monkeypatch):
    stand_in.add("ada/set", {TRAIN: pictures(200, row_group_size=50)}, "datasets")
    with monkeypatch.context() as m:
        m.setattr(hub_sets, "MAX_BYTES", 1000)
        with pytest.raises(DataError, match="larger than we take"):
            load("ada/set", tmp_path)
    with monkeypatch.context() as m:
        m.setattr(hub_sets, "MAX_SECONDS", 0)
        with pytest.raises(DataError, match="did not come within"):
            load("ada/set", tmp_path)
    with monkeypatch.context() as m:
        m.setattr(hub_sets, "MAX_GROUP_BYTES", 1000)
        with pytest.raises(DataError, match="may unpack to"):
            load("ada/set", tmp_path)
    stand_in.sizes[TRAIN] = None
    with pytest.raises(DataError, match="does not say how large"):
        load("ada/set", tmp_path)


def test_it_can_be_called_off(stand_in, tmp_path):
    stand_in.add("ada/set", {TRAIN: pictures()}, "datasets")
    with pytest.raises(DataError, match="called off"):
        load("ada/set", tmp_path, stop=lambda: True)
    assert not list((tmp_path / "hub").iterdir())


def test_one_cell_that_is_repeated_does_not_fill_the_disk(stand_in, tmp_path, monkeypatch):
    monkeypatch.setattr(rows, "MAX_TOTAL_BYTES", 30 * len(png(0)))
    stand_in.add("ada/set", {TRAIN: table({"image": structs([png(0)] * 5000)})}, "datasets")
    assert len(load("ada/set", tmp_path)) == 30


# --- by name


def test_the_command_line_takes_any_set_by_name(stand_in, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(opening, "default_dir", lambda: tmp_path)
    stand_in.add("ada/set", {TRAIN: pictures()}, "datasets")
    data = opening.open_data("hub:ada/set:train[:30]:image:label")
    assert len(data) == 30 and len(data.classes) == 2
    assert "30 samples" in capsys.readouterr().err
    with pytest.raises(NotFoundError, match="did you mean 'hub:mnist'"):
        opening.open_data("hub:mnst")


def test_nothing_of_the_hub_is_imported_before_a_set_is_asked_for():
    code = "import sys, tgan_demo.data.hub_sets; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    found = {name.partition(".")[0] for name in done.stdout.split()}
    assert not found & {"pyarrow", "fsspec", "httpx2"}


@pytest.mark.parametrize(
    ("status", "why", "tries"),
    [
        (401, r"does not give set: a.parquet to everybody \(401\)", 1),
        (200, "does not give parts", 1),  # it would send all of it
        (503, "could not be fetched", ranges.TRIES),
    ],
)
def test_an_answer_that_is_no_part_ends_it(monkeypatch, status, why, tries):
    asked = []

    class Session:
        @contextlib.contextmanager
        def stream(self, method, url, **options):
            asked.append(options["headers"])
            yield SimpleNamespace(status_code=status)

    monkeypatch.setattr("huggingface_hub.utils.get_session", Session)
    meter = ranges.Meter("set", 1000, 60)
    file = ranges.Ranged("https://hub/a.parquet", "set: a.parquet", 100, meter)
    file.seek(-10, io.SEEK_END)
    with pytest.raises(DataError, match=why):
        file.read(5)
    assert len(asked) == tries and {one["Range"] for one in asked} == {"bytes=90-94"}
    assert not any("authorization" in map(str.lower, one) for one in asked)
