"""Points in the plane: their sets, their units, a user's own tables, and a run seen whole."""

import base64
import json
import math
from pathlib import Path

import numpy as np
import pytest
import torch

from tgan_demo.cli.main import main
from tgan_demo.config import ModelConfig
from tgan_demo.contract import Dataset
from tgan_demo.data import catalogue, recognise
from tgan_demo.engine.game import trainer
from tgan_demo.engine.game.batch import judge
from tgan_demo.engine.game.losses import LOSSES
from tgan_demo.errors import ConfigError, DataError, WeightsError
from tgan_demo.modalities import registry
from tgan_demo.modalities.points import bring, look, makers, plane
from tgan_demo.modalities.points.tokens import TOKENIZER, Points
from tgan_demo.runs import plan
from tgan_demo.runs.request import RunRequest

CONFIG = ModelConfig(modality="points", shape=(2,), patch=1, overlap=0)
SETS = ("ring", "grid", "spiral", "moons")


# --- sets


@pytest.mark.parametrize("name", SETS)
def test_more_of_a_set_begins_with_the_same(name: str) -> None:
    few, many = (makers.MAKERS[name].make(count, 3)[0] for count in (7, 50))
    assert many.shape == (50, 2) and many.dtype == np.float32
    np.testing.assert_array_equal(few, many[:7])
    assert not np.array_equal(few, makers.MAKERS[name].make(7, 4)[0])


@pytest.mark.parametrize(("name", "count"), [("ring", 8), ("grid", 25)])
def test_a_made_set_covers_its_own_modes(name: str, count: int) -> None:
    items = makers.MAKERS[name].make(2000, 0)[0]
    assert makers.covered(items, name) == (count, count)
    centres = makers.MODES[name].centres
    nearest_N = np.linalg.norm(items[:, None] - centres, axis=2).argmin(1)
    assert (items - centres[nearest_N]).std() == pytest.approx(makers.SIGMA, rel=0.05)


def test_a_mode_is_covered_by_sixty_of_two_thousand() -> None:
    centres = makers.MODES["ring"].centres
    np.testing.assert_allclose(centres[2], (0, 1), atol=1e-12)  # at 2 x 45 degrees
    far = np.full((2000, 2), 9.0)
    for near, wanted in ((59, 0), (60, 1)):
        samples = far.copy()
        samples[:near] = centres[2] + (3 * makers.SIGMA - 1e-6, 0)
        assert makers.covered(samples, "ring") == (wanted, 8)
        samples[:near] = centres[2] + (3 * makers.SIGMA + 1e-6, 0)
        assert makers.covered(samples, "ring") == (0, 8)
    assert makers.covered(far, "spiral") is None


def test_a_spiral_is_as_dense_outside_as_inside() -> None:
    radius = np.linalg.norm(makers.spiral(20_000, 0)[0], axis=1)
    # along an Archimedean spiral the length up to a radius grows with its square
    inner = ((radius > 0.2) & (radius < 0.6)).mean()
    assert inner == pytest.approx((0.6**2 - 0.2**2) / (1 - 0.2**2), abs=0.02)


# --- units


def test_units_are_what_the_data_reach() -> None:
    rng = np.random.default_rng(0)
    items = (rng.uniform(-1, 1, (5000, 2)) * 40 + (300, -7)).astype(np.float32)
    fitted = TOKENIZER.fit(Dataset("x", items, modality="points"))
    assert fitted.scale == 32  # a power of two, next to 40
    assert fitted.centre == pytest.approx((300, -7), abs=2 + 32 / 16)
    signal = fitted.from_items(items, CONFIG)
    assert signal.abs().max() < 1.5 and signal.mean(0).abs().max() < 0.2
    np.testing.assert_allclose(fitted.to_items(signal), items, atol=1e-4)
    again = Points().restore({key: value for key, value in fitted.tensors().items()})
    assert (again.scale, again.centre) == (fitted.scale, fitted.centre)


@pytest.mark.parametrize(
    "items", [np.zeros((0, 2), np.float32), np.full((3, 2), np.nan, np.float32)]
)
def test_what_has_no_units_is_refused(items: np.ndarray) -> None:
    with pytest.raises(DataError, match="finite"):
        TOKENIZER.fit(Dataset("x", items, modality="points"))


def test_one_place_has_units_too() -> None:
    fitted = TOKENIZER.fit(Dataset("x", np.full((30, 2), 5, np.float32), modality="points"))
    assert fitted.scale == 1 and fitted.centre == (5, 5)


@pytest.mark.parametrize(
    "tensors",
    [{}, {"frame": torch.zeros(3)}, {"frame": torch.tensor([999, 0, 0])}, {"frame": torch.ones(2)}],
)
def test_a_frame_that_is_none_is_refused(tensors: dict) -> None:
    with pytest.raises(WeightsError, match="frame"):
        TOKENIZER.restore(tensors)


def test_a_dot_is_where_its_point_is() -> None:
    shown = look.LOOK.stills(np.array([[-1.0, 1.0], [1.0, -1.0], [0, 0]], np.float32))[..., 0]
    for still, corner in ((shown[0], (0, 0)), (shown[1], (-1, -1))):
        assert still[corner] == look.DOT
    assert shown[2][look.SIDE // 2, look.SIDE // 2] == look.DOT
    assert look.reach(np.array([[0.3, 2.1]])) == 4 and look.reach(np.zeros((1, 2))) == 1


# --- a user's own


def table(folder: Path, text: str, name: str = "mine.csv") -> Path:
    path = folder / name
    path.write_text(text, "utf-8")
    return path


@pytest.mark.parametrize("cut", [",", ";", "\t", " ", ", "])
def test_a_table_of_numbers_is_points(tmp_path: Path, cut: str) -> None:
    rows = "\n".join(f"{k}{cut}{-k / 2}{cut}words" for k in range(30))
    path = table(tmp_path, f"x{cut}y{cut}label\n{rows}\n\n3{cut}nan\n4{cut}inf\nonly\n")
    upload = recognise.look_into([path])
    assert recognise.modality_of(upload) == "points"
    shown = bring.preview(upload, {})
    assert shown.count == 30 and shown.told == ("3 lines without two finite numbers were left out",)
    data = recognise.load(upload)
    assert data.items.dtype == np.float32 and data.items[3].tolist() == [3, -1.5]


def test_a_table_of_words_is_none(tmp_path: Path) -> None:
    path = table(tmp_path, "text,who\n" + "a line of a play,somebody\n" * 60)
    assert recognise.modality_of(recognise.look_into([path])) == "text"
    with pytest.raises(DataError, match="no line begins with two numbers"):
        bring.preview(recognise.look_into([path]), {})


def test_one_point_is_too_few_and_a_million_are_thinned(tmp_path: Path) -> None:
    alone = recognise.look_into([table(tmp_path, "1,2\n")])
    assert recognise.modality_of(alone) == "points"
    with pytest.raises(DataError, match="from 20 points; got 1"):
        recognise.load(alone)
    numbers = np.random.default_rng(0).standard_normal((10**6, 2)).round(3)
    path = table(tmp_path, "\n".join(f"{x},{y}" for x, y in numbers.tolist()), "many.csv")
    upload = recognise.look_into([path])
    assert len(recognise.load(upload).items) == bring.MOST
    assert bring.preview(upload, {}).told == ("20,000 of 1,000,000 points were taken, by chance",)


# --- a run seen whole


@pytest.fixture(scope="module")
def run():
    data = catalogue.make("ring", 400)
    request = RunRequest(data="ring", train_settings={"seed": 3}, budget=1000, unit="images")
    state, planned = plan.begin(request, data)
    return state, planned.dataset, plane.scene(state, planned.dataset, "ring")


def numbers(text: str, kind: type) -> np.ndarray:
    return np.frombuffer(base64.b64decode(text), kind)


def test_the_surface_is_d_from_the_upper_left(run) -> None:
    state, _, scene = run
    told = plane.look(state, scene)
    json.dumps(told, allow_nan=False)
    shades = numbers(told["surface"], np.uint8).reshape(plane.SIDE, plane.SIDE)
    for row, column in ((0, 0), (0, plane.SIDE - 1), (5, 9)):
        step = 2 * plane.EDGE / (plane.SIDE - 1)
        place = torch.tensor([[-plane.EDGE + step * column, plane.EDGE - step * row]])
        logit = judge(state, place, None).item()
        share = (logit - told["low"]) / (told["high"] - told["low"])
        assert shades[row, column] == pytest.approx(255 * share, abs=0.6)


@pytest.mark.parametrize("loss", LOSSES)
def test_a_fake_is_pulled_down_the_slope_of_gs_loss(run, loss: str) -> None:
    state, _, scene = run
    state.train = plan.config.merge(state.train, {"loss": loss})
    told = plane.look(state, scene)
    pull = numbers(told["pull"], np.int16).reshape(-1, 2) / 32767 * plane.FARTHEST
    fake = state.tokenizer.to_signal(state.G(scene.z_BZ), state.model).detach()
    real_B = judge(state, scene.real, None)

    def loss_g(points: torch.Tensor) -> torch.Tensor:
        return LOSSES[loss](real_B, judge(state, points, None))[1]

    with torch.no_grad():
        chosen = np.linalg.norm(pull, axis=1).argmax()  # the longest has length 1
        way = torch.tensor(pull[chosen], dtype=torch.float32)
        assert way.norm() == pytest.approx(1, abs=0.01)
        change = (loss_g(fake + 1e-3 * way) - loss_g(fake - 1e-3 * way))[chosen]
        turned = torch.stack((way[1], -way[0]))
        aside = (loss_g(fake + 1e-3 * turned) - loss_g(fake - 1e-3 * turned))[chosen]
    assert change < 0 and abs(aside) < 0.1 * abs(change)


def test_a_look_changes_nothing(run) -> None:
    state, _, scene = run
    before = [p.clone() for p in (*state.G.parameters(), *state.D.parameters())]
    dice = state.rng.get_state()
    first, second = plane.look(state, scene), plane.look(state, scene)
    assert first == second and torch.equal(dice, state.rng.get_state())
    assert all(p.grad is None for p in (*state.G.parameters(), *state.D.parameters()))
    assert all(map(torch.equal, before, (*state.G.parameters(), *state.D.parameters())))


def test_the_ring_is_learned_by_command_line_and_drawn_as_points(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run, out = tmp_path / "run", tmp_path / "p.npz"
    words = ["train", "--model", "scratch", "--data", "ring", "--images", "25600"]
    assert main([*words, "--seed", "1", "--out", str(run)]) == 0
    assert main(["sample", str(run), "--count", "2000", "--out", str(out)]) == 0
    with np.load(out) as arrays:
        points = arrays["points"]
    assert points.shape == (2000, 2) and points.dtype == np.float32
    # 200 steps: every point is on its way, none is far off
    radius = np.linalg.norm(points, axis=1)
    assert 0.6 < np.median(radius) < 1.2 and math.isfinite(radius.max())
    assert main(["sample", str(run), "--count", "3", "--out", str(tmp_path / "p.csv")]) == 0
    assert (tmp_path / "p.csv").read_text().splitlines()[0] == "x,y"


def test_a_points_own_item_is_checked(run) -> None:
    class Named:
        title, config = "Ring", CONFIG

    assert bring.decode(b"x,y\n0.5,-2\n", "a.csv", None)[0].tolist() == [0.5, -2]
    assert bring.fit(Named(), np.array([1.0, 2.0])).dtype == np.float32
    for wrong in ("a text", np.zeros(3), np.array([np.nan, 0])):
        with pytest.raises(ConfigError, match="points"):
            bring.fit(Named(), wrong)


def test_points_are_not_augmented() -> None:
    asked = RunRequest(
        data="ring",
        train_settings={"augment": ["flip"], "augment_p": 0.5},
        budget=64,
        unit="images",
    )
    state, planned = plan.begin(asked, catalogue.make("ring", 100))
    assert planned.train.augment == () and any("augment" in note for note in planned.notes)
    assert next(trainer.train_slice(state, planned.dataset)).step == 1


def test_it_is_one_folder_and_one_line() -> None:
    assert registry.get("points").has("plane") and not registry.get("image").has("plane")
