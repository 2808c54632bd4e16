"""Runs that were made to fail: each is told what is wrong, with figures, and healed while it goes on."""

from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest
from test_health import steps
from test_jobs import Place, place, quick_on_a_busy_machine

from tgan_demo.config import INJECTIONS, ModelConfig, TrainConfig
from tgan_demo.contract import Dataset
from tgan_demo.engine.game import health, remedies, trainer
from tgan_demo.engine.game.health import Samples
from tgan_demo.engine.game.state import TrainState, new_state
from tgan_demo.errors import ConfigError, DataError, NotFoundError
from tgan_demo.events import Health, RunFailed, StepDone
from tgan_demo.modalities import registry
from tgan_demo.runs.figures import MADE, Reference
from tgan_demo.runs.watching import Lasting
from tgan_demo.ui.words.table import WORDS

__all__ = ["place", "quick_on_a_busy_machine"]  # fixtures of test_jobs

FREE = {"r1_gamma": 0.0, "r2_gamma": 0.0, "centring": 0.0, "auto_gamma": False}
HEAVY = {"r1_gamma": 3000.0, "r2_gamma": 3000.0, "auto_gamma": False, "gamma_end": 1.0}
WON = {"loss": "minimax", "lr_d": 2e-3, "d_steps": 2, **FREE}
GOOD = Samples(count=64, distance=0.8, coverage=0.8, precision=0.9, noise=0.02, real_noise=0.01)
LATE = {"nimg": 20_000, "step": 1_000}


def blobs(count: int) -> Dataset:
    """Discs and rings of 8 x 8 pixels at places of their own."""
    rng = np.random.default_rng(0)
    down, right = np.mgrid[:8, :8]
    places = rng.uniform(1.5, 5.5, (2, count, 1, 1))
    apart = np.hypot(down - places[0], right - places[1])
    labels = np.arange(count) % 2
    ring = (labels == 1)[:, None, None]
    grey = np.where(ring, np.clip(1 - abs(apart - 2), 0, 1), np.clip(2.5 - apart, 0, 1))
    items = (255 * grey[..., None]).astype(np.uint8)
    return Dataset("blobs", items, labels, ("disc", "ring"), modality="image")


def small(
    data: Dataset, injection: tuple[str, ...] = ("offset", "modulation"), **train: Any
) -> TrainState:
    shape = {"width": 32, "depth": 1, "heads": 2, "z_dim": 8}
    model = ModelConfig(
        shape=(1, 8, 8), patch=4, overlap=1, classes=data.classes, injection=injection, **shape
    )
    values = {"images": 10**6, "precision": "float32", "batch_size": 16} | train
    return new_state(model, TrainConfig(**values), registry.tokenizer("image").fit(data))


CIRCLES = (
    0.81, 0.68, 0.76, 0.74, 0.81, 0.94, 0.8, 0.7, 0.76, 0.42, 0.28, 0.84, 0.78, 0.65, 0.77, 0.82,
    0.6, 0.76, 0.71, 0.64, 0.68, 0.77, 0.66, 0.59, 0.72, 0.57, 0.56, 0.73, 0.22, 0.82, 0.42, 0.31,
    0.34, 0.57, 0.74, 0.72, 0.91, 0.7, 0.29, 0.56,
)  # fmt: skip

Trained = tuple[list[StepDone], list[Samples]]


@cache
def trained(name: str) -> Trained:
    """Steps of a run made to fail, and figures of its samples half way and at its end."""
    train, items, count = {
        "d wins": (WON | {"batch_size": 24}, 600, 260),
        "penalty too strong": (HEAVY | {"batch_size": 64}, 600, 200),
        "not clipped": (HEAVY | {"r1_gamma": 1e4, "r2_gamma": 1e4, "clip": 0.0}, 600, 120),
        "four pictures": ({"warm_start": 10**6, "warm_start_kl": 0.0, "lr_g": 3e-3}, 4, 300),
    }[name]
    data = blobs(items)
    state = small(data, ("modulation",) if name == "d wins" else INJECTIONS, **train)
    reference, events, figures = Reference(state, data), [], []
    for _ in range(2):
        events += trainer.train_slice(state, data, steps=count // 2)
        samples, _ = trainer.watch(state, seeds=range(MADE))
        figures.append(reference.figures(samples.signal_B))
    return events, figures


def keys(found: list[Health]) -> set[str]:
    return {one.key for one in found}


def of_players(name: str, first: int, last: int, loss: str = "relativistic") -> dict[str, Health]:
    events = trained(name)[0][first:last]
    return {one.key: one for one in health.of_players(events, loss=loss)}


def of_samples(name: str) -> dict[str, Health]:
    events, (before, after) = trained(name)
    found = health.of_samples(after, before, nimg=events[-1].nimg, step=events[-1].step)
    return {one.key: one for one in found}


# -- one run for each -------------------------------------------------------------------------------


def test_a_d_without_penalty_that_wins_is_told_with_its_accuracy() -> None:
    found = of_players("d wins", 0, 150, "minimax")["d_wins"]
    assert found.level == "bad" and found.values["accuracy"] in found.text
    assert found.values["accuracy"] in ("99 %", "100 %") and float(found.values["gap"]) > 4


def test_a_gradient_that_vanished_is_told_with_its_norm() -> None:
    found = of_players("d wins", 0, 260, "minimax")["vanishing"]
    assert float(found.values["norm"]) < health.VANISHING
    assert "vanishing" not in of_players("d wins", 0, 100, "minimax")


def test_a_collapse_is_told_with_distance_and_coverage() -> None:
    found = of_samples("d wins")["collapse"]
    after = trained("d wins")[1][1]
    assert (
        found.values["distance"] == health.percent(after.distance) and after.distance < health.SAME
    )
    assert (
        found.values["coverage"] == health.percent(after.coverage) and after.coverage < health.FEW
    )


def test_gradients_that_explode_are_told_with_their_norm() -> None:
    found = of_players("not clipped", 0, 120)["exploding"]
    assert float(found.values["norm"]) > health.EXPLODING
    assert "exploding" not in of_players("not clipped", 0, 60)  # any run may begin so


def test_a_penalty_that_is_too_strong_leaves_d_dead() -> None:
    assert "d_dead" not in of_players("penalty too strong", 0, 90)
    found = of_players("penalty too strong", 0, 200)["d_dead"]
    assert float(found.values["loss"]) == pytest.approx(np.log(2), abs=0.005)


def test_noise_that_stays_is_told_beside_what_real_samples_have() -> None:
    """A dead D leaves G with the noise that it began with."""
    found = of_samples("penalty too strong")["speckle"]
    assert int(found.values["share"].split()[0]) > 30 > int(found.values["real"].split()[0])


def test_copies_of_few_training_samples_are_counted() -> None:
    events, (_, after) = trained("four pictures")
    assert after.copies is not None and after.copies >= health.COPIES
    found = health.of_samples(after, **LATE)
    assert keys(found) == {"copies_data"} and found[0].values["share"] == health.percent(
        after.copies
    )


def test_players_that_run_in_circles_are_told_how_often() -> None:
    """D's accuracy of a run on glyphs by "wasserstein" without a penalty or clipping, both rates .002: means of
    ten steps each, from step 300 to 700 (the size of benchmarks/healthy.py, 2026-11-29).
    """
    events = [event for a in CIRCLES for event in steps(10, start=300, d_accuracy=a)]
    (found,) = health.of_players(events, loss="wasserstein")
    assert found.key == "oscillates" and int(found.values["swings"]) >= health.SWINGS
    level = [
        event for a in np.clip(CIRCLES, 0.45, 1) for event in steps(10, start=300, d_accuracy=a)
    ]
    assert health.of_players(level, loss="wasserstein") == []


# -- figures ------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def known() -> tuple[TrainState, Dataset, Reference]:
    data = blobs(600)
    state = small(data)
    return state, data, Reference(state, data)


def signal(known: tuple[TrainState, Dataset, Reference], data: Dataset) -> np.ndarray:
    return known[0].tokenizer.from_items(data.items, known[0].model).numpy()


def test_new_real_samples_have_nothing_wrong(known: tuple[TrainState, Dataset, Reference]) -> None:
    data = blobs(1_000)
    figures = known[2].figures(signal(known, data.rows(slice(600, 664))))
    assert figures.distance == pytest.approx(1, abs=0.1) and figures.classes == (2, 2)
    assert figures.coverage > 0.8 and figures.copies == pytest.approx(figures.real_copies, abs=0.1)
    assert figures.noise == pytest.approx(figures.real_noise, rel=0.3)
    assert health.of_samples(figures, figures, **LATE) == []


def test_one_sample_for_all_seeds_covers_next_to_nothing(
    known: tuple[TrainState, Dataset, Reference],
) -> None:
    one = np.repeat(signal(known, known[1].rows(slice(3, 4))), MADE, axis=0)
    figures = known[2].figures(one)
    assert figures.distance == pytest.approx(0, abs=1e-6) and figures.coverage < 0.1
    assert figures.classes == (1, 2)
    found = health.of_samples(figures, figures, **LATE)
    assert {"collapse"} <= keys(found)


def test_training_samples_are_copies_and_their_mean_is_none(
    known: tuple[TrainState, Dataset, Reference],
) -> None:
    some = signal(known, known[1])[:MADE]
    assert known[2].figures(some).copies == pytest.approx(0.9, abs=0.1)  # a tenth is held out
    blurred = np.repeat(some.mean(0, keepdims=True), MADE, axis=0)
    assert known[2].figures(blurred).copies == 0


def test_noise_is_a_share_of_the_power_of_real_samples(
    known: tuple[TrainState, Dataset, Reference],
) -> None:
    some = signal(known, known[1])[:MADE]
    power = np.var(some - some.mean((2, 3), keepdims=True))
    noise = np.random.default_rng(0).normal(0, np.sqrt(power), some.shape).astype(np.float32)
    made = known[2].figures(noise)
    down, right = np.meshgrid(np.fft.fftfreq(8), np.fft.fftfreq(8))
    share = np.mean(np.hypot(down, right) >= 0.45)
    assert made.noise == pytest.approx(share, rel=0.2)  # white noise has as much everywhere


def test_data_of_one_sample_or_of_few_values_are_no_fault_of_ours() -> None:
    data = blobs(8)
    same = replace(data, items=np.zeros_like(data.items))
    with pytest.raises(DataError, match="differ"):
        Reference(small(same), same)
    flat = replace(data, items=data.items[:, :1, :1] + np.zeros_like(data.items))
    state = small(flat)
    samples, _ = trainer.watch(state, seeds=range(MADE))
    assert np.isfinite(Reference(state, flat).figures(samples.signal_B).distance)


def test_what_gets_better_is_not_ill() -> None:
    slow = replace(
        GOOD, distance=0.28, coverage=0.12
    )  # a run by the preset "safe" on glyphs at 12,800
    assert health.of_samples(slow, replace(slow, distance=0.2, coverage=0.05), **LATE) == []
    assert keys(health.of_samples(slow, slow, **LATE)) == {"collapse"}
    assert health.of_samples(slow, None, **LATE) == []
    assert health.of_samples(slow, slow, nimg=5_000, step=1_000) == []


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({"distance": 0.1}, "collapse"),
        ({"coverage": 0.05}, "collapse"),
        ({"distance": 0.3, "coverage": 0.6}, "samey"),
        ({"classes": (3, 9)}, "few_classes"),
        ({"copies": 0.4}, "copies_data"),
        ({"copies": 0.4, "real_copies": 0.25}, ""),  # as in data of two dimensions
        ({"noise": 0.5}, "speckle"),
        ({"noise": 0.1, "least_noise": 0.03}, "speckle"),
        ({"coverage": 0.05, "precision": 0.2}, ""),  # far from the data is no collapse
        ({"noise": 0.1, "least_noise": 0.09}, ""),
    ],
)
def test_each_figure_has_its_threshold(changes: dict[str, Any], key: str) -> None:
    ill = replace(GOOD, **changes)
    assert keys(health.of_samples(ill, ill, **LATE)) == ({key} if key else set())


# -- since when -------------------------------------------------------------------------------------


def test_what_is_seen_once_is_not_told_and_what_lasts_says_since_when() -> None:
    lasting = Lasting()
    (ill,) = health.of_players(steps(grad_d=1e6))
    assert lasting.seen([ill], 10, 100) == []
    (told,) = lasting.seen([ill], 20, 200)
    assert (told.key, told.since_step, told.since_nimg) == ("exploding", 10, 100)
    assert lasting.seen([], 30, 300) == [] == lasting.seen([ill], 40, 400)
    (told,) = lasting.seen([ill], 50, 500)
    assert told.since_step == 40
    (nan,) = health.of_players(steps(loss_d=float("nan")))
    assert Lasting().seen([nan], 1, 1)  # there is no second look


# -- remedies ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", [key for key in health.KEYS if key in remedies.KEYS])
@pytest.mark.parametrize("train", [TrainConfig(), TrainConfig(**WON), TrainConfig(**HEAVY)])
def test_a_remedy_changes_something_and_stays_in_range(key: str, train: TrainConfig) -> None:
    for _ in range(40):  # however often it is pressed
        change = remedies.remedy(key, train)
        assert all(before != after for before, after in change.values())
        train = replace(train, **{name: after for name, (_, after) in change.items()})
    assert remedies.remedy(key, TrainConfig())
    assert all(f"knob.{name}" in WORDS for name in change)


def test_every_harm_has_a_remedy_and_every_remedy_a_harm() -> None:
    harms = {key for key in health.KEYS if health._TEXTS[key][0] != "good"}
    assert harms == set(remedies.KEYS)
    assert remedies.remedy("healthy", TrainConfig()) == {}


def test_a_remedy_leaves_out_what_the_modality_cannot_do() -> None:
    plan = registry.get("text").plan
    change = remedies.remedy(
        "copies_data", TrainConfig(), lambda train: plan.augmentations(train, [])
    )
    assert change and not {"augment", "augment_p"} & set(change)


def test_a_click_changes_the_running_run_and_heals_it(place: Place) -> None:
    settings = {"loss": "minimax", "lr_d": 2e-3, "batch_size": 8, "precision": "float32", **FREE}
    run = place.start(1_000_000, train_settings=settings)
    ill = place.until(run, lambda s: "d_wins" in [one["key"] for one in s["findings"]])
    (finding,) = [one for one in ill["findings"] if one["key"] == "d_wins"]
    assert (
        0 < finding["since_step"] <= ill["step"]
        and finding["since_nimg"] == 8 * finding["since_step"]
    )
    assert finding["remedy"]["loss"] == ("minimax", "relativistic")
    with pytest.raises(ConfigError, match="nothing to change"):
        place.jobs.remedy(place.visitor, run, "d_dead")
    with pytest.raises(NotFoundError):
        place.jobs.remedy(place.store.new_visitor(), run, "d_wins")
    place.jobs.remedy(place.visitor, run, "d_wins")
    changed = place.until(run, lambda s: bool(s["changes"]))
    assert changed["state"] == "running"
    assert changed["changes"][0]["settings"]["lr_d"] == [2e-3, 1e-3]
    place.until(run, lambda s: s["health"]["level"] == "good" and s["health"]["key"] != "changed")
    place.jobs.pause(place.visitor, run)
    place.until(run, "paused")
    place.jobs.close()
    place.jobs = place.open()
    back = place.status(run)
    assert back["changes"] == changed["changes"]  # kept with the run
    place.jobs.resume(place.visitor, run)
    place.until(run, lambda s: s["step"] > back["step"] + 3)
    place.jobs.stop(place.visitor, run)
    done = place.until(run, "stopped")
    assert place.load(done["model_id"], place.visitor).meta["train"]["loss"] == "relativistic"


def test_a_paused_run_is_changed_at_once(place: Place) -> None:
    settings = {"loss": "minimax", "lr_d": 2e-3, "batch_size": 8, "precision": "float32", **FREE}
    run = place.start(1_000_000, train_settings=settings)
    place.until(run, lambda s: "d_wins" in [one["key"] for one in s["findings"]])
    place.jobs.pause(place.visitor, run)
    place.until(run, "paused")
    place.jobs.remedy(place.visitor, run, "d_wins")
    assert place.until(run, lambda s: bool(s["changes"]))["state"] == "paused"


def test_a_run_that_failed_goes_on_with_a_lower_rate(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    step = trainer.train_step
    broken = [True]

    def breaks(state: TrainState, *args: Any, **options: Any) -> Any:
        if state.step >= 5 and broken:
            broken.clear()
            return RunFailed(step=state.step, nimg=state.nimg, cause="not a number")
        return step(state, *args, **options)

    monkeypatch.setattr(trainer, "train_step", breaks)
    run = place.start(1_000_000)
    failed = place.until(run, "failed")
    assert failed["findings"][0]["key"] == "nan" and failed["findings"][0]["remedy"]
    place.jobs.remedy(place.visitor, run, "nan")
    on = place.until(run, lambda s: s["state"] == "running" and s["step"] > 8)
    (change,) = on["changes"]
    before, after = change["settings"]["lr_g"]
    assert change["key"] == "nan" and after == before / 2
