"""What a visitor owns is theirs alone, bounded, and survives a kill; uploads are not trusted."""

import json
import os
import struct
import time
import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from tgan_demo.config import ModelConfig, TrainConfig
from tgan_demo.contract import Dataset
from tgan_demo.data import catalogue
from tgan_demo.engine.game.state import new_state
from tgan_demo.engine.players.vae_encoder import VaeEncoder
from tgan_demo.errors import DataError, NotFoundError, QuotaError, WeightsError
from tgan_demo.files import disk
from tgan_demo.modalities import registry
from tgan_demo.models import upload
from tgan_demo.models.folder import load_model
from tgan_demo.people.store import Store

TINY = ModelConfig(shape=(1, 8, 8), width=32, depth=1, heads=2, z_dim=8, classes=("a", "b"))


def pictures(count: int = 24, *, colours: int = 1, labels: bool = True) -> Dataset:
    rng = np.random.default_rng(0)
    items = rng.integers(0, 256, (count, 8, 8, colours), dtype=np.uint8)
    return Dataset(
        "cats",
        items,
        np.arange(count) % 2 if labels else None,
        ("a", "b") if labels else (),
        "CC0",
        "me",
        modality="image",
    )


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "home")


@pytest.fixture(scope="module")
def model_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("model")
    state = new_state(TINY, TrainConfig(precision="float32"), registry.tokenizer("image"))
    state.nimg, state.seconds = 640, 1.5
    upload.write_model(folder, state, pictures(), title="My cats", start="scratch")
    return folder


def test_a_model_folder_is_whole(model_folder: Path) -> None:
    assert {p.name for p in model_folder.iterdir()} == {
        "model.safetensors", "config.json", "card.md", "sheet.png",
    }  # fmt: skip
    assert load_model(model_folder).config == TINY
    assert "640" in (model_folder / "card.md").read_text()


# --- visitors


def test_visitor_ids_are_long_and_guesses_are_refused(store: Store) -> None:
    one, two = store.new_visitor(), store.new_visitor()
    assert one != two and len(one) == 32
    for guess in (None, "", "0" * 32, one[:-1], "../" + one, one.upper() + "x", one + "/..", 7):
        with pytest.raises(NotFoundError):
            store.check(guess)  # type: ignore[arg-type]


def test_a_visitor_sees_only_own_things(store: Store, model_folder: Path) -> None:
    mine, other = store.new_visitor(), store.new_visitor()
    data_id = store.add_dataset(mine, pictures())
    model_id = store.add_model_folder(mine, model_folder)
    assert [i.id for i in store.datasets(mine) if i.own] == [data_id]
    assert [f"mine/{f.name}" for f in store.models(mine)] == [model_id]
    assert not any(i.own for i in store.datasets(other)) and store.models(other) == []
    assert store.models(None) == [] and {i.id for i in store.datasets(None)} == set(
        catalogue.built_in()
    )
    for visitor in (other, None):
        for call in (store.folder, store.delete, store.dataset):
            with pytest.raises(NotFoundError):
                call(visitor, data_id)
        with pytest.raises(NotFoundError):
            store.export_model(visitor, model_id)
    with pytest.raises(NotFoundError):
        store.rename(other, model_id, "stolen")


@pytest.mark.parametrize(
    "item", ["data/../../x", "mine/", "data", "", "run/" + "0" * 16, "mine/..", "x/" + "0" * 16]
)
def test_no_path_comes_from_an_id(store: Store, item: str) -> None:
    with pytest.raises(NotFoundError):
        store.folder(store.new_visitor(), item)


def test_clean_forgets_who_was_away_long(store: Store) -> None:
    old, new = store.new_visitor(), store.new_visitor()
    store.add_dataset(old, pictures())
    long_ago = time.time() - 40 * 86_400
    os.utime(store.check(old), (long_ago, long_ago))
    assert store.clean(older_than_days=30) == 1
    assert store.visitors() == [new]


def test_looking_in_keeps_a_visitor_from_being_cleaned(store: Store) -> None:
    visitor = store.new_visitor()
    long_ago = time.time() - 40 * 86_400
    os.utime(store.check(visitor), (long_ago, long_ago))
    store.check(visitor)
    assert store.clean(older_than_days=30) == 0


# --- data


@pytest.mark.parametrize("labels", [True, False])
def test_a_data_set_comes_back_as_it_was(store: Store, labels: bool) -> None:
    visitor, given = store.new_visitor(), pictures(colours=3, labels=labels)
    back = store.dataset(visitor, store.add_dataset(visitor, given))
    assert (back.name, back.classes, back.licence) == (given.name, given.classes, "CC0")
    assert np.array_equal(back.items, given.items)
    assert (back.labels is None) if not labels else np.array_equal(back.labels, given.labels)


def test_painted_data_is_in_the_menu(store: Store) -> None:
    assert {"digits", "faces", "shapes", "hub:mnist", "hub:fashion_mnist"} <= set(
        catalogue.built_in()
    )
    with pytest.raises(NotFoundError, match="digits"):
        store.dataset(store.new_visitor(), "digitz")


def test_a_damaged_data_set_says_so(store: Store) -> None:
    visitor = store.new_visitor()
    data_id = store.add_dataset(visitor, pictures())
    (store.folder(visitor, data_id) / "data.npz").write_bytes(b"PK\x03\x04 no more")
    with pytest.raises(DataError, match="upload it again"):
        store.dataset(visitor, data_id)


def test_rename_and_delete(store: Store, model_folder: Path) -> None:
    visitor = store.new_visitor()
    data_id = store.add_dataset(visitor, pictures())
    model_id = store.add_model_folder(visitor, model_folder)
    store.rename(visitor, data_id, "dogs\x00\n  and   more " + "x" * 100)
    store.rename(visitor, model_id, "猫")
    assert [i.title for i in store.datasets(visitor) if i.own][0].startswith("dogs and more x")
    assert len([i.title for i in store.datasets(visitor) if i.own][0]) == 60
    assert load_model(store.model_folder(visitor, model_id)).title == "猫"
    store.delete(visitor, data_id)
    store.delete(visitor, model_id)
    assert store.models(visitor) == [] and store.used_bytes(visitor) == 0
    with pytest.raises(NotFoundError):
        store.delete(visitor, data_id)


# --- quota


def test_a_full_share_says_what_to_delete(tmp_path: Path) -> None:
    store = Store(tmp_path, quota_bytes=20_000)
    visitor, noise = store.new_visitor(), pictures(200)
    store.add_dataset(visitor, noise)
    with pytest.raises(QuotaError, match="data set 'cats'"):
        store.add_dataset(visitor, noise)
    assert len([i for i in store.datasets(visitor) if i.own]) == 1
    store.add_dataset(store.new_visitor(), noise)  # others are not touched by it


def test_all_visitors_together_have_a_share_too(tmp_path: Path) -> None:
    store = Store(tmp_path, total_bytes=20_000)
    store.add_dataset(store.new_visitor(), pictures(200))
    store._total = (0.0, 0)  # measured anew every minute
    with pytest.raises(QuotaError, match="all visitors"):
        store.add_dataset(store.new_visitor(), pictures(200))


# --- a kill or a full disk in the middle of a save


def test_an_old_file_survives_a_kill_in_the_middle(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "run.json"
    disk.write_json(path, {"step": 1})

    def die(*_: object) -> None:
        raise OSError(28, "No space left on device")

    for name in ("fsync", "replace"):
        with monkeypatch.context() as patch:
            patch.setattr(os, name, die)
            with pytest.raises(OSError):
                disk.write_json(path, {"step": 2})
        assert disk.read_json(path) == {"step": 1}
        assert [p.name for p in tmp_path.iterdir()] == ["run.json"]


def test_half_a_data_set_is_never_seen(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    visitor = store.new_visitor()

    def die(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "rename", die)
    with pytest.raises(OSError):
        store.add_dataset(visitor, pictures())
    assert not any(i.own for i in store.datasets(visitor)) and store.used_bytes(visitor) == 0


# --- models out and in


def test_a_download_can_be_uploaded_again(store: Store, model_folder: Path) -> None:
    one, two = store.new_visitor(), store.new_visitor()
    zipped = store.export_model(one, store.add_model_folder(one, model_folder))
    assert zipped.name == "my-cats.zip" and zipfile.ZipFile(zipped).testzip() is None
    model = load_model(store.model_folder(two, store.import_model(two, zipped)))
    assert model.title == "My cats" and model.meta["nimg"] == 640
    before = load_file(model_folder / "model.safetensors")
    assert all(
        torch.equal(v, model.G.state_dict()[k[2:]].half()) for k, v in before.items() if k[0] == "g"
    )


def test_a_model_keeps_its_id_when_it_is_replaced(store: Store, model_folder: Path) -> None:
    visitor = store.new_visitor()
    first = store.add_model_folder(visitor, model_folder)
    assert store.add_model_folder(visitor, model_folder, instead_of=first) == first
    assert len(store.models(visitor)) == 1
    store.delete(visitor, first)
    assert store.add_model_folder(visitor, model_folder, instead_of=first) != first


def test_an_encoder_travels_with_its_model_and_must_fit(
    store: Store, model_folder: Path, tmp_path: Path
) -> None:
    model = load_model(model_folder)
    encoder = VaeEncoder(model.config, model.tokenizer.tokens(model.config))
    tensors = load_file(model_folder / "model.safetensors")
    tensors |= {f"encoder.{k}": v.half() for k, v in encoder.state_dict().items()}
    config = (model_folder / "config.json").read_bytes()

    def upload_of(name: str, tensors: dict[str, torch.Tensor]) -> Path:
        save_file(tensors, tmp_path / name)
        weights = (tmp_path / name).read_bytes()
        files = {"model.safetensors": weights, "config.json": config}
        return zip_of(tmp_path / f"{name}.zip", files)

    visitor = store.new_visitor()
    taken = store.import_model(visitor, upload_of("whole", tensors))
    came = load_model(store.model_folder(visitor, taken)).encoder
    assert came is not None
    for a, b in zip(came.parameters(), encoder.parameters(), strict=True):
        assert torch.equal(a, b.half().float())
    bad = tensors | {"encoder.head.weight": torch.zeros(3, 3).half()}
    with pytest.raises(WeightsError, match="encoder.head.weight"):
        store.import_model(visitor, upload_of("bad", bad))


def zip_of(path: Path, files: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as zipped:
        for name, content in files.items():
            zipped.writestr(name, content)
    return path


def bad_uploads(folder: Path, model: Path) -> dict[str, Path]:
    weights = (model / "model.safetensors").read_bytes()
    config = json.loads((model / "config.json").read_text())

    def with_model(**changes: object) -> bytes:
        return json.dumps(config | {"model": config["model"] | changes}).encode()

    def pair(name: str, weights: bytes, settings: bytes) -> Path:
        return zip_of(folder / name, {"model.safetensors": weights, "config.json": settings})

    def raw(name: str, content: bytes) -> Path:
        (folder / name).mkdir()
        path = folder / name / "model.safetensors"
        path.write_bytes(content)
        return path

    tensors = load_file(model / "model.safetensors")
    save_file(tensors | {"g.head.weight": torch.zeros(3, 3).half()}, folder / "shape")
    save_file({k: v.clone().fill_(float("nan")) for k, v in tensors.items()}, folder / "nan")
    huge = json.dumps(
        {"g.x": {"dtype": "F16", "shape": [10**9, 10**9], "data_offsets": [0, 8]}}
    ).encode()
    good = with_model()
    return {
        "text": raw("a", b"hello, I am no model at all"),
        "pickle": raw("b", b"\x80\x04\x95" + b"x" * 99),
        "huge header": raw("c", struct.pack("<Q", 2**60) + b"{}" * 40),
        "huge shape": raw("d", struct.pack("<Q", len(huge)) + huge + b"\0" * 8),
        "cut off": pair("cut.zip", weights[:-100], good),
        "alone": raw("e", weights),
        "no config": zip_of(folder / "f.zip", {"model.safetensors": weights}),
        "climbing": zip_of(folder / "g.zip", {"../../x.txt": b"x", "/etc/y": b"y"}),
        "many": zip_of(folder / "h.zip", {f"{i}.txt": b"" for i in range(99)}),
        "unknown key": pair("i.zip", weights, with_model(colour="red")),
        "too wide": pair("j.zip", weights, with_model(width=99_999)),
        "other size": pair("k.zip", weights, with_model(width=64)),
        "deep lie": pair("l.zip", weights, with_model(width=512, depth=12)),
        "not json": pair("m.zip", weights, b"{" * 9),
        "list": pair("n.zip", weights, b"[]"),
        "other shape": pair("o.zip", (folder / "shape").read_bytes(), good),
        "not numbers": pair("p.zip", (folder / "nan").read_bytes(), good),
        "broken zip": raw("q", (folder / "i.zip").read_bytes()[:200] + b"PK\x05\x06" + b"\0" * 18),
        "missing": folder / "not-there.zip",
    }


def test_foreign_and_damaged_uploads_are_refused(
    store: Store, model_folder: Path, tmp_path: Path
) -> None:
    visitor = store.new_visitor()
    for name, path in bad_uploads(tmp_path, model_folder).items():
        with pytest.raises(WeightsError) as caught:
            store.import_model(visitor, path)
        assert len(str(caught.value)) > 20, name
    assert store.models(visitor) == [] and store.used_bytes(visitor) == 0
    assert list((store.data_dir / "tmp").iterdir()) == []


def test_a_zip_bomb_stays_packed(
    store: Store, model_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upload, "MAX_BYTES", 2**20)
    bomb = zip_of(tmp_path / "bomb.zip", {"model.safetensors": b"\0" * 2**23, "config.json": b"{}"})
    with pytest.raises(WeightsError, match="more than 1"):
        store.import_model(store.new_visitor(), bomb)


def test_scores_and_titles_of_an_upload_are_not_believed(
    store: Store, model_folder: Path, tmp_path: Path
) -> None:
    config = json.loads((model_folder / "config.json").read_text())
    config |= {"scores": {"best": 1}, "title": "<b>\n" + "x" * 500, "nimg": "many", "extra": [1]}
    weights = (model_folder / "model.safetensors").read_bytes()
    path = zip_of(
        tmp_path / "a.zip",
        {"cats/model.safetensors": weights, "cats/config.json": json.dumps(config).encode()},
    )
    visitor = store.new_visitor()
    meta = load_model(store.model_folder(visitor, store.import_model(visitor, path))).meta
    assert meta["scores"] == {} and len(meta["title"]) == 60 and meta["nimg"] == 0
    assert "extra" not in meta


def test_class_names_of_an_upload_are_cleaned_and_bounded(
    store: Store, model_folder: Path, tmp_path: Path
) -> None:
    config = json.loads((model_folder / "config.json").read_text())
    count = len(config["model"]["classes"])
    names = ["a\n\u202eb", "a b", "x" * 5000, "", *(f"c{k}" for k in range(count))][:count]
    config["model"]["classes"] = names
    weights = (model_folder / "model.safetensors").read_bytes()
    files = {"model.safetensors": weights, "config.json": json.dumps(config).encode()}
    visitor = store.new_visitor()
    model_id = store.import_model(visitor, zip_of(tmp_path / "a.zip", files))
    found = load_model(store.model_folder(visitor, model_id)).config.classes
    assert len(set(found)) == count
    assert all(name.isprintable() and 0 < len(name) <= 120 for name in found)
    assert found[:3] == ("a b", "a b (1)", "x" * 60)[:count]


def test_the_home_can_be_chosen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TGAN_HOME", str(tmp_path / "here"))
    assert Store().data_dir == tmp_path / "here"
