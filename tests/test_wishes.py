"""What is asked of a run: refused before it waits, bounded, made to meet the data, said as a command line."""

import pytest
from test_jobs import Place, pictures, place, quick_on_a_busy_machine

from tgan_demo.config import PRESETS, ModelConfig, TrainConfig
from tgan_demo.errors import ConfigError, NotFoundError
from tgan_demo.modalities import registry
from tgan_demo.runs import command, plan
from tgan_demo.runs.request import RunRequest

__all__ = ["place", "quick_on_a_busy_machine"]  # fixtures


@pytest.mark.parametrize(
    "changes",
    [
        {"budget": -1}, {"budget": 1e9}, {"budget": float("nan")}, {"budget": "many"}, {"unit": "days"},
        {"preset": "fats"}, {"train_settings": {"batch_size": 10**6}}, {"train_settings": {"lr_h": 1}},
        {"train_settings": {"loss": "hing"}}, {"model_settings": {"width": 512}},
        {"model_settings": {"depth": -3}}, {"data": "data/" + "0" * 16}, {"data": "nothing"},
        {"start": "mine/" + "0" * 16},
    ],
)  # fmt: skip
def test_a_wrong_wish_is_refused_before_it_waits(place: Place, changes: dict) -> None:
    with pytest.raises((ConfigError, NotFoundError)):
        place.jobs.start(
            place.visitor,
            place.ask(**changes) if "budget" not in changes else RunRequest(**changes),
        )
    assert place.jobs.runs(place.visitor) == [] and place.store.runs(place.visitor) == []


@pytest.mark.parametrize("preset", ["", *PRESETS])
def test_presets_lie_between_defaults_and_the_person(preset: str) -> None:
    request = RunRequest(
        preset=preset, model_settings={"depth": 2}, train_settings={"lr_g": "0.003"}
    )
    made = plan.make(request, pictures(side=28), registry.tokenizer("image"))
    model, train = PRESETS.get(preset, ({}, {}))
    assert made.model.depth == 2 and made.train.lr_g == 0.003
    assert made.model.shape == (1, 28, 28) and made.model.classes == ("a", "b")
    assert made.model.patch == model.get("patch", ModelConfig().patch)
    assert made.train.r1_gamma == train.get("r1_gamma", TrainConfig().r1_gamma)


def test_a_preset_patch_that_does_not_divide_is_fitted_and_a_persons_is_refused() -> None:
    tokenizer = registry.tokenizer("image")
    assert plan.make(RunRequest(preset="fast"), pictures(side=32), tokenizer).model.patch in (4, 8)
    with pytest.raises(ConfigError, match="does not divide"):
        plan.make(RunRequest(model_settings={"patch": 7}), pictures(side=32), tokenizer)


def test_what_a_run_may_cost_is_bounded() -> None:
    big = RunRequest(
        train_settings={"batch_size": 256}, model_settings={"width": 256, "depth": 8, "patch": 2}
    )
    with pytest.raises(ConfigError, match="try batch_size"):
        plan.make(big, pictures(side=32), registry.tokenizer("image"))
    tokens = RunRequest(model_settings={"patch": 2})
    with pytest.raises(ConfigError, match="raise patch"):
        plan.make(tokens, pictures(side=64), registry.tokenizer("image"))


@pytest.mark.parametrize(
    ("classes", "then"),
    [
        ((), ("a", "b")),  # no labels: every class learns all
        (("b", "a"), ("a", "b")),  # the same names in another order
        (("a",), ("a", "b")),
        (("x", "y"), ("x", "y")),  # other names: renamed
        (("x",), ("x", "b")),
    ],
)
def test_labels_of_model_and_data_are_made_to_meet(
    classes: tuple[str, ...], then: tuple[str, ...]
) -> None:
    model = ModelConfig(shape=(1, 8, 8), classes=("a", "b"))
    notes: list[str] = []
    config, data = plan._meet_classes(model, pictures(classes=classes), notes)
    assert config.classes == then and data.classes == then
    assert data.labels is not None and data.labels.max() < 2
    if classes == ("b", "a"):
        assert data.labels[0] == 1


def test_more_classes_than_the_model_knows_is_said() -> None:
    model = ModelConfig(shape=(1, 8, 8), classes=("a", "b"))
    with pytest.raises(ConfigError, match="start from scratch"):
        plan._meet_classes(model, pictures(classes=("x", "y", "z")), [])


@pytest.mark.parametrize("classes", [(), ("x", "y")])
def test_a_model_is_tuned_on_pictures_of_another_kind(
    place: Place, classes: tuple[str, ...]
) -> None:
    first = place.until(place.start(40), "done")
    other = place.store.add_dataset(place.visitor, pictures(12, 3, classes))
    second = place.start(40, data=other, start=first["model_id"], title="tuned", model_settings={})
    status = place.until(second, "done")
    assert status["nimg"] == 40 and any("made to fit" in note for note in status["notes"])
    model = place.load(status["model_id"], place.visitor)
    assert model.config.shape == (1, 8, 8) and model.meta["nimg"] == 80
    assert model.config.classes == (classes or ("a", "b"))


def test_a_run_can_be_had_again_on_the_command_line(place: Place) -> None:
    request = RunRequest(
        data="digits",
        preset="fast",
        train_settings={"lr_g": 0.001, "augment": ("flip", "colour"), "seed": 3},
    )
    line = command.line(request, title="my cats!", seed=3)
    assert line == (
        "python -m tgan_demo train --model scratch --data digits --preset fast --set lr_g=0.001 "
        "augment=flip,colour --seconds 120 --seed 3 --out my-cats"
    )
    images = 100 * TrainConfig().batch_size
    by_steps = RunRequest(budget=100, unit="steps")
    line = command.line(by_steps, title="x", seed=0)
    assert f"--images {images} " in line
    # the defaults are not what `train` begins with
    assert "--preset 'relativistic + R1 + R2'" in line
    assert place.visitor not in command.line(place.ask(), title="x", seed=0)
    assert place.data not in command.line(place.ask(), title="x", seed=0)
