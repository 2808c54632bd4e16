"""The one door: models, draws, walks, a look inside, the formula in numbers, what is refused."""

import json
import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file, save_file

from tgan_demo.config import SampleConfig
from tgan_demo.engine.draw import inversion, paths, sampler
from tgan_demo.engine.draw.seeds import noise
from tgan_demo.errors import ConfigError, NotFoundError, WeightsError
from tgan_demo.models import library
from tgan_demo.studio import WEIGHTS, Studio

DIGITS, AVATARS, VERSES = "image/digits", "image/avatars", "text/verses"
SPOKEN = "audio/digits"
MOVES = "video/moves"
LINES = "text/lines"  # by the latent route
TOKENS, LAYERS, HEADS, LATENTS = 16, 2, 2, 4  # of both toys


@pytest.fixture(scope="module")
def studio(toy_weights: Path, tmp_path_factory: pytest.TempPathFactory) -> Studio:
    return Studio(tmp_path_factory.mktemp("studio"), weights_dir=toy_weights)


def keys(*seeds: int, **settings: object) -> list[SampleConfig]:
    return [SampleConfig(seed=seed, count=1, **settings) for seed in seeds]


def near(a: np.ndarray, b: np.ndarray) -> bool:
    """Equal pictures, but for one step of rounding in products of another size."""
    return a.shape == b.shape and int(np.abs(a.astype(int) - b).max()) <= 1


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


# --- walk


@pytest.mark.parametrize("space", ["z", "w"])
@pytest.mark.parametrize("path", ["slerp", "lerp"])
@pytest.mark.parametrize(("model", "shape"), [(DIGITS, (28, 28, 1)), (AVATARS, (32, 32, 3))])
def test_a_walk_passes_its_keys_and_closes(
    studio: Studio, model: str, shape: tuple[int, ...], path: str, space: str
) -> None:
    label = 2 if model == DIGITS else None
    ends = [studio.sample(model, key).items[0] for key in keys(1, 5, 9, label=label)]
    how = {"frames": 4, "path": path, "space": space}
    loop = studio.walk(model, keys(1, 5, 9, label=label), loop=True, **how)
    assert loop.shape == (12, *shape) and loop.dtype == np.uint8
    for place, end in zip((0, 4, 8), ends, strict=True):
        assert near(loop[place], end)
    line = studio.walk(model, keys(1, 5, 9, label=label), loop=False, **how)
    assert line.shape == (9, *shape) and near(line[:8], loop[:8]) and near(line[8], ends[2])
    # the frame after the last is the first: the way back, walked the other way round, is the same
    back = studio.walk(model, keys(1, 9, label=label), loop=False, **how)
    assert near(loop[9:], back[3:0:-1])


def test_the_ways_that_are_offered_differ(studio: Studio) -> None:
    ways = {
        (path, space): studio.walk(
            AVATARS, keys(1, 5, 9), frames=5, path=path, space=space, loop=False
        )
        for space, offered in paths.DIFFERENT.items()
        for path in offered
    }
    assert len({frames.tobytes() for frames in ways.values()}) == len(ways) == 5


def test_a_straight_line_in_z_is_the_great_circle_at_another_pace(studio: Studio) -> None:
    a_Z, b_Z = (noise([seed], 64)[0] for seed in (1, 5))
    line, arc = (
        torch.nn.functional.normalize(
            paths.through([a_Z, b_Z], frames=frames, path=path, loop=False), dim=1
        )
        for path, frames in (("lerp", 50), ("slerp", 2000))
    )
    assert (line @ arc.T).max(
        1
    ).values.min() > 1 - 1e-5  # each direction of one is one of the other


@pytest.mark.parametrize("loop", [True, False])
def test_a_smooth_walk_meets_its_keys_without_a_bend(loop: bool) -> None:
    keys_ = list(noise([1, 2, 3, 4], 16))
    way = paths.through(keys_, frames=200, path="smooth", loop=loop)
    for i, key in enumerate(keys_):
        torch.testing.assert_close(way[200 * i], key)
    steps = (way[1:] - way[:-1]) * 200
    turns = (steps[1:] - steps[:-1]).norm(dim=1) / steps.norm(dim=1).mean()
    assert turns.max() < 0.05  # legs of straight lines turn by about 1 at a key


@pytest.mark.parametrize("space", ["z", "w"])
def test_a_walk_from_class_to_class_goes_over(studio: Studio, space: str) -> None:
    ends = [SampleConfig(seed=4, count=1, label=label) for label in (0, 8)]
    frames = studio.walk(DIGITS, ends, frames=6, space=space, loop=True)
    for place, key in zip((0, 6), ends, strict=True):
        assert near(frames[place], studio.sample(DIGITS, key).items[0])
    steps = np.abs(np.diff(frames.astype(int), axis=0)).mean(axis=(1, 2, 3))
    assert steps.max() < 3 * steps.mean() + 1  # no jump


def test_a_walk_at_psi_zero_stands_still(studio: Studio) -> None:
    frames = studio.walk(AVATARS, keys(1, 2), frames=3, psi=0.0)
    assert (frames == frames[0]).all()


@pytest.mark.parametrize(
    ("seeds", "options"),
    [
        ((1,), {}),
        (range(25), {"frames": 1}),
        ((1, 2), {"frames": 0}),
        ((1, 2), {"frames": 241}),
        ((1, 2), {"path": "zigzag"}),
        ((1, 2), {"space": "y"}),
    ],
)
def test_a_walk_that_cannot_be_is_refused(studio: Studio, seeds, options) -> None:
    with pytest.raises(ConfigError, match="got"):
        studio.walk(DIGITS, keys(*seeds), **options)


# --- walk between what a person brings


def test_a_walk_between_texts_starts_and_ends_at_the_nearest(studio: Studio) -> None:
    texts = [str(text) for text in studio.sample(VERSES, SampleConfig(seed=5, count=2)).items]
    ends = studio.ends(VERSES, texts)
    assert ends.asked.tolist() == texts and len(ends.reconstruction_loss) == 2
    line = studio.walk_between(VERSES, ends, frames=6)
    assert line.shape == (7,) and [line[0], line[-1]] == ends.nearest.tolist()
    loop = studio.walk_between(VERSES, ends, frames=6, loop=True)
    assert loop.shape == (12,) and [loop[0], loop[6]] == ends.nearest.tolist()
    again = studio.ends(VERSES, texts)
    assert again.keys.equal(ends.keys) and again.reconstruction_loss == ends.reconstruction_loss
    lucky = [studio.walk_between(VERSES, ends, frames=6, temperature=1.0) for _ in range(2)]
    assert (lucky[0] == lucky[1]).all() and (lucky[0] != line).any()


def test_a_walk_between_pictures_starts_and_ends_at_the_nearest(studio: Studio) -> None:
    ends = studio.ends(AVATARS, [Image.new("RGB", (40, 40), c) for c in ("white", "navy")])
    line = studio.walk_between(AVATARS, ends, frames=3, path="lerp")
    assert near(line[[0, -1]], ends.nearest) and ends.asked[0].min() == 255


def test_a_model_that_encodes_walks_through_signals_and_seeks_nothing(
    studio: Studio, monkeypatch
) -> None:
    def never(*_: object) -> None:
        raise AssertionError("sought what it can encode")

    monkeypatch.setattr(inversion, "invert", never)
    texts = ["a red cat on a mat.", "a blue dog on a tree."]
    ends = studio.ends(LINES, texts)
    assert (
        ends.reconstruction_loss is None and ends.nearest.tolist() == ends.asked.tolist() == texts
    )
    line = studio.walk_between(LINES, ends, frames=8)
    assert len(line) == 9 and [line[0], line[-1]] == texts
    round_ = studio.walk_between(LINES, ends, frames=4, loop=True)
    assert len(round_) == 8 and round_[4] == texts[1]


@pytest.mark.parametrize("wrong", ["", "  ", "0123456789" * 2, Image.new("L", (9, 9))])
def test_what_a_text_model_cannot_read_is_refused(studio: Studio, wrong) -> None:
    text = str(studio.sample(VERSES, SampleConfig(seed=5, count=1)).items[0])
    with pytest.raises(ConfigError, match="text"):
        studio.ends(VERSES, [text, wrong])
    with pytest.raises(ConfigError, match="picture|image"):
        studio.ends(AVATARS, [text, text])


@pytest.mark.parametrize("options", [{"frames": 0}, {"frames": 481}, {"path": "zigzag"}])
def test_a_walk_between_that_cannot_be_is_refused(studio: Studio, options) -> None:
    text = str(studio.sample(VERSES, SampleConfig(seed=5, count=1)).items[0])
    with pytest.raises(ConfigError, match="got"):
        studio.walk_between(VERSES, studio.ends(VERSES, [text, text[::-1]]), **options)


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
