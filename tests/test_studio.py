"""The one door: models, draws, a look inside, the formula in numbers, what is refused."""

# ruff: noqa: F811  fixtures that are imported are arguments too

import json
import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from safetensors.torch import load_file, save_file
from toy_studio import AVATARS, DIGITS, LINES, MOVES, SPOKEN, VERSES, keys, studio  # noqa: F401

from tgan_demo.config import SampleConfig
from tgan_demo.engine.draw import sampler
from tgan_demo.errors import ConfigError, NotFoundError, WeightsError
from tgan_demo.models import library
from tgan_demo.studio import WEIGHTS, Studio

TOKENS, LAYERS, HEADS, LATENTS = 16, 2, 2, 4  # of both toys


# --- models


def test_the_bundled_models_come_in_their_order(studio: Studio) -> None:
    assert [info.id for info in studio.models()] == [
        DIGITS,
        AVATARS,
        "text/lines",
        VERSES,
        SPOKEN,
        MOVES,
    ]
    info = studio.info(DIGITS)
    assert info.classes == tuple("0123456789") and info.shape == (1, 28, 28)
    assert info.grid == (4, 4) and (info.depth, info.heads) == (LAYERS, HEADS)
    assert info.latent_tokens == LATENTS and not info.own and info.sheet is None
    assert "A toy" in info.card and (info.data, info.licence, info.nimg) == ("MNIST", "CC0", 1000)


@pytest.mark.parametrize(
    ("wrong", "right"), [("image/digit", DIGITS), ("avatars", AVATARS), ("Image/Avatar", AVATARS)]
)
def test_an_unknown_model_names_the_nearest(studio: Studio, wrong: str, right: str) -> None:
    with pytest.raises(NotFoundError, match=f"did you mean '{right}'"):
        studio.sample(wrong, SampleConfig())


@pytest.mark.parametrize("wrong", ["", "../weights", "mine/0123456789abcdef", "/etc/passwd", "\0"])
def test_no_id_leads_out_of_the_models(studio: Studio, wrong: str) -> None:
    with pytest.raises(NotFoundError, match=DIGITS):
        studio.info(wrong)
    visitor = studio.store.new_visitor()
    with pytest.raises(NotFoundError):
        studio.info(wrong, visitor)


def test_a_model_is_loaded_once_and_again_when_its_file_changes(
    toy_weights: Path, tmp_path: Path
) -> None:
    shutil.copytree(toy_weights, tmp_path / "weights")
    studio = Studio(tmp_path / "data", weights_dir=tmp_path / "weights")
    first = studio.load(DIGITS)
    assert studio.load(DIGITS) is first
    file = first.folder / "model.safetensors"
    tensors = load_file(file)
    tensors["w_mean"] += 1
    save_file(tensors, file)
    later = file.stat().st_mtime + 5
    os.utime(file, (later, later))
    assert studio.load(DIGITS) is not first


def test_only_so_many_models_stay_in_memory(studio: Studio, monkeypatch) -> None:
    monkeypatch.setattr(library, "MAX_LOADED", 1)
    first = studio.load(DIGITS)
    studio.load(AVATARS)
    assert len(studio._library._loaded) == 1 and studio.load(DIGITS) is not first


@pytest.mark.skipif(
    not list(WEIGHTS.glob("*/*/config.json")), reason="no model is bundled with this copy"
)
def test_every_bundled_model_draws(tmp_path: Path) -> None:
    studio = Studio(tmp_path)
    for info in studio.models():
        drawn = studio.sample(info.id, SampleConfig(seed=1, count=4))
        assert info.data and info.licence
        if info.modality == "text":
            assert len(set(drawn.items)) == 4
            continue
        if info.modality == "audio":
            assert drawn.items.dtype == np.int16 and drawn.items.shape[0] == 4
        else:
            colours, *time, height, width = info.shape
            assert drawn.items.shape == (4, *time, height, width, colours) and drawn.items.std() > 5
        assert len({item.tobytes() for item in drawn.items}) == 4


def test_listing_reads_no_weights_and_sees_changes(
    toy_weights: Path, tmp_path: Path, monkeypatch
) -> None:
    def load(folder: Path) -> None:
        raise AssertionError(f"the weights of {folder.name} were read")

    monkeypatch.setattr(library, "load_model", load)
    shutil.copytree(toy_weights, tmp_path / "weights")
    studio = Studio(tmp_path / "data", weights_dir=tmp_path / "weights")
    first = {info.id: info for info in studio.models()}
    assert first[MOVES].grid == (2, 2, 2) and first[LINES].grid == (2, 2)
    assert studio.info(DIGITS) is first[DIGITS]  # nothing is read twice
    config = tmp_path / "weights" / "image" / "digits" / "config.json"
    config.write_text(json.dumps(json.loads(config.read_text()) | {"title": "Numbers"}))
    (config.parent / "card.md").unlink()
    changed = studio.info(DIGITS)
    assert (changed.title, changed.card) == ("Numbers", "")


# --- weights that are not ours


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-100])


def change(path: Path, edit: Callable[[dict], object]) -> None:
    tensors = load_file(path)
    edit(tensors)
    save_file(tensors, path)


BROKEN = {
    "no weights": lambda f: (f / "model.safetensors").unlink(),
    "empty": lambda f: (f / "model.safetensors").write_bytes(b""),
    "a pickle": lambda f: (f / "model.safetensors").write_bytes(b"\x80\x04K\x01."),
    "cut off": lambda f: cut(f / "model.safetensors"),
    "foreign": lambda f: change(
        f / "model.safetensors",
        lambda t: [t.update({f"resnet.{k}": t.pop(k)}) for k in list(t)],
    ),
    "one missing": lambda f: change(f / "model.safetensors", lambda t: t.pop(sorted(t)[3])),
    "one too many": lambda f: change(
        f / "model.safetensors", lambda t: t.update({"g.extra": t["w_mean"].clone()})
    ),
    "not finite": lambda f: change(
        f / "model.safetensors", lambda t: t[sorted(k for k in t if k[0] == "g")[0]].fill_(np.nan)
    ),
    "of another size": lambda f: (f / "config.json").write_text(
        (f / "config.json").read_text().replace('"width": 32', '"width": 64')
    ),
    "no settings": lambda f: (f / "config.json").write_text("[]"),
    "not JSON": lambda f: (f / "config.json").write_text("{"),
}


@pytest.mark.parametrize("how", BROKEN)
def test_broken_weights_are_refused_in_words(toy_weights: Path, tmp_path: Path, how: str) -> None:
    folder = tmp_path / "image" / "digits"
    shutil.copytree(toy_weights / "image" / "digits", folder)
    BROKEN[how](folder)
    with pytest.raises(WeightsError) as caught:
        Studio(tmp_path / "data", weights_dir=tmp_path).sample(DIGITS, SampleConfig())
    assert len(str(caught.value)) > 20 and str(tmp_path) not in str(caught.value)


def test_unknown_settings_of_a_model_name_the_nearest(toy_weights: Path, tmp_path: Path) -> None:
    folder = tmp_path / "image" / "digits"
    shutil.copytree(toy_weights / "image" / "digits", folder)
    meta = json.loads((folder / "config.json").read_text())
    meta["model"]["widht"] = 32  # codespell:ignore widht
    (folder / "config.json").write_text(json.dumps(meta))
    with pytest.raises(ConfigError, match="did you mean 'width'"):
        Studio(tmp_path / "data", weights_dir=tmp_path).info(DIGITS)


def test_one_broken_model_does_not_hide_the_others(toy_weights: Path, tmp_path: Path) -> None:
    shutil.copytree(toy_weights, tmp_path / "weights")
    cut(tmp_path / "weights" / "image" / "digits" / "model.safetensors")
    studio = Studio(tmp_path / "data", weights_dir=tmp_path / "weights")
    assert [info.id for info in studio.models()] == [AVATARS, "text/lines", VERSES, SPOKEN, MOVES]
    with pytest.raises(WeightsError):
        studio.sample(DIGITS, SampleConfig())


# --- play


def test_a_draw_has_its_seeds_and_classes(studio: Studio) -> None:
    drawn = studio.sample(DIGITS, SampleConfig(seed=7, count=5, label=3))
    assert drawn.items.shape == (5, 28, 28, 1) and drawn.items.dtype == np.uint8
    assert drawn.seeds == (7, 8, 9, 10, 11) and drawn.labels.tolist() == [3] * 5
    plain = studio.sample(AVATARS, SampleConfig(seed=7, count=2))
    assert plain.items.shape == (2, 32, 32, 3) and plain.labels is None
    again = studio.sample(DIGITS, SampleConfig(seed=7, count=5, label=3))
    assert again.items.tobytes() == drawn.items.tobytes()
    other = studio.sample(DIGITS, SampleConfig(seed=7, count=5, label=4))
    assert (other.items != drawn.items).any()


@pytest.mark.parametrize(("model", "label"), [(DIGITS, 10), (DIGITS, -1), (AVATARS, 0)])
def test_a_class_that_is_not_there_is_refused(studio: Studio, model: str, label: int) -> None:
    with pytest.raises(ConfigError, match="class"):
        studio.sample(model, SampleConfig(label=label))


# --- inside


def test_maps_are_shares_that_sum_to_one(studio: Studio) -> None:
    maps = studio.attention(DIGITS, SampleConfig(seed=3, count=9, label=6))
    assert maps.grid == (4, 4) and maps.label == 6
    assert maps.g_self.shape == (LAYERS, HEADS, TOKENS, TOKENS)
    assert maps.g_cross.shape == (LAYERS, HEADS, TOKENS, LATENTS)
    assert maps.d.shape == (LAYERS, HEADS, TOKENS + 1, TOKENS + 1)
    for weights in (maps.g_self, maps.g_cross, maps.d):
        assert weights.dtype == np.float32 and weights.min() >= 0
        np.testing.assert_allclose(weights.sum(-1), 1, atol=1e-5)
    drawn = studio.sample(DIGITS, SampleConfig(seed=3, count=1, label=6))
    np.testing.assert_array_equal(maps.item, drawn.items[0])  # looking changes nothing


def test_d_judges_what_g_painted_as_it_judges_the_same_picture_brought(studio: Studio) -> None:
    maps = studio.attention(DIGITS, SampleConfig(seed=3, count=1, label=6))
    judged = studio.judge(DIGITS, maps.item, 6)
    assert judged.g_self is None and judged.g_cross is None and judged.label == 6
    assert judged.logit == pytest.approx(maps.logit, abs=1e-5)
    np.testing.assert_allclose(judged.d, maps.d, atol=1e-6)


@pytest.mark.parametrize(
    "item",
    [
        np.zeros((32, 32, 3), np.uint8),
        np.zeros((28, 28), np.uint8),
        np.zeros((28, 28, 1), np.float32),
    ],
)
def test_a_picture_of_another_shape_is_not_judged(studio: Studio, item: np.ndarray) -> None:
    with pytest.raises(ConfigError, match=r"28 x 28 x 1.*fit"):
        studio.judge(DIGITS, item)


@pytest.mark.parametrize("mode", ["RGB", "L", "RGBA", "CMYK", "P", "1", "I;16", "LA"])
@pytest.mark.parametrize(("model", "shape"), [(DIGITS, (28, 28, 1)), (AVATARS, (32, 32, 3))])
def test_any_picture_is_made_to_fit(studio: Studio, model: str, shape, mode: str) -> None:
    fitted = studio.fit(model, Image.new(mode, (90, 41)))
    assert fitted.shape == shape and fitted.dtype == np.uint8
    assert np.isfinite(studio.judge(model, fitted).logit)


# --- the formula


CASES = [("g", "self"), ("g", "cross"), ("d", "self")]


@pytest.mark.parametrize(("net", "kind"), CASES)
def test_the_formula_works_out(studio: Studio, net: str, kind: str) -> None:
    config = SampleConfig(seed=11, count=1, label=1)
    maps = studio.attention(DIGITS, config)
    rows = {"gself": maps.g_self, "gcross": maps.g_cross, "dself": maps.d}[net + kind]
    for layer, head, token in ((0, 0, 0), (1, 1, 7), (0, 1, TOKENS - 1)):
        f = studio.formula(DIGITS, config, net=net, kind=kind, layer=layer, head=head, token=token)
        assert f.scale == pytest.approx(1 / np.sqrt(len(f.query)))
        np.testing.assert_allclose(f.dots, f.keys @ f.query, atol=1e-5)
        np.testing.assert_allclose(f.scaled, f.dots * f.scale, atol=1e-6)
        softmax = np.exp(f.scaled - f.scaled.max())
        np.testing.assert_allclose(f.weights, softmax / softmax.sum(), atol=1e-6)
        assert f.weights.sum() == pytest.approx(1, abs=1e-5)
        np.testing.assert_allclose(f.output, f.weights @ f.values, atol=1e-5)
        np.testing.assert_allclose(f.weights, rows[layer, head, token], atol=1e-6)


def test_the_formula_of_a_picture_that_was_brought(studio: Studio) -> None:
    item = studio.fit(DIGITS, Image.new("L", (40, 40), 200))
    f = studio.formula(DIGITS, item, net="d", layer=1, head=0, token=0)
    np.testing.assert_allclose(f.weights, studio.judge(DIGITS, item).d[1, 0, 0], atol=1e-6)
    with pytest.raises(ConfigError, match="net='d'"):
        studio.formula(DIGITS, item, net="g")


def test_truncation_reaches_the_maps(studio: Studio) -> None:
    config = SampleConfig(seed=3, count=1, psi=0.0)
    model = studio.load(AVATARS)
    mean = sampler.synthesise(model, model.w_mean[:1])[0]
    np.testing.assert_array_equal(studio.attention(AVATARS, config).item, mean)


@pytest.mark.parametrize(
    ("told", "taken"),
    [
        ({"temperature": 0.7}, 0.7),
        ({}, 1.0),
        ({"temperature": 9}, 1.0),
        ({"temperature": "x"}, 1.0),
    ],
)
def test_a_model_recommends_its_temperature(studio: Studio, told: dict, taken: float) -> None:
    model = replace(studio.load(DIGITS), meta=told)
    assert model.temperature == taken and studio.info(DIGITS).temperature == 1.0
