"""Curves, history and attention of a run stay small."""

from pathlib import Path

import numpy as np

from tgan_demo.events import StepDone
from tgan_demo.parts import Sheet
from tgan_demo.runs import packing
from tgan_demo.runs import record as runs
from tgan_demo.runs.curves import MAX_POINTS, Curve
from tgan_demo.runs.request import RunRequest


def event(step: int) -> StepDone:
    names = StepDone.__dataclass_fields__
    return StepDone(
        **{name: 1.0 for name in names}
        | {"step": step, "nimg": step, "loss_d": float(step)}
        | {"is_warm_start": False}
    )


def test_curves_are_thinned_without_losing_their_mean() -> None:
    curve = Curve()
    for step in range(5000):
        curve.add(event(step), step)
        assert len(curve.rows) < MAX_POINTS
    columns = curve.columns()
    assert columns["x"] == sorted(columns["x"]) and columns["x"][-1] > 4900
    assert abs(np.mean(columns["loss_d"]) - 2500) < 40
    again = Curve()
    again.restore(columns, curve.stride)
    assert again.columns() == columns


def test_columns_are_as_few_as_asked_for() -> None:
    curve = Curve()
    for step in range(1, 302):
        curve.add(event(step), step)
    few = curve.columns(100)
    assert len(few["x"]) == 76 and few["x"][0] == 2 and few["x"][-1] == 301
    assert len(curve.columns()["x"]) == 301
    rest = Curve()
    rest.restore({"x": few["x"], "loss_g": few["loss_g"]}, 4)
    assert rest.columns()["loss_g"] == few["loss_g"] and rest.columns()["loss_d"] == [None] * 76


def test_the_history_is_thinned_from_end_to_end(tmp_path: Path) -> None:
    run = runs.Run("run/" + "0" * 16, "v", tmp_path, RunRequest(), "x")
    for index in range(1000):
        run.nimg = index
        run.watched(
            Sheet(kind="raster", data={"png": ""}), np.ones((1, 1, 4, 4), np.float16), (2, 2)
        )
    assert 100 <= len(run.frames) <= runs.MAX_FRAMES
    assert len(list((tmp_path / "frames").iterdir())) == len(run.frames)
    gaps = np.diff([nimg for _, nimg in run.frames])
    assert run.frames[0][1] < 10 and run.frames[-1][1] > 980 and gaps.max() <= 8


def test_attention_is_packed_small() -> None:
    weights = np.random.default_rng(0).dirichlet(np.ones(16), (2, 4, 16)).astype(np.float16)
    packed = packing.pack_attention(weights, (4, 4))
    assert (packed["layers"], packed["heads"], packed["grid"]) == (2, 4, [4, 4])
    wide = packing.pack_attention(np.ones((4, 8, 400, 400), np.float16), (20, 20))
    assert len(wide["a"]) <= 1.4 * packing.MAX_MAP_BYTES and wide["heads"] == 1
