"""The Train tab's knobs: one for each setting, in its range, and what a browser may send."""

# ruff: noqa: F811  fixtures that are imported are arguments too

from typing import Any

import pytest
from train_place import training_is_not_starved  # noqa: F401

from tgan_demo.config import PRESETS, ModelConfig, TrainConfig, from_dict, names
from tgan_demo.engine.game import health
from tgan_demo.errors import ConfigError
from tgan_demo.runs import plan
from tgan_demo.runs.record import STATES
from tgan_demo.runs.request import RunRequest
from tgan_demo.ui.panels.train import knobs as train_knobs
from tgan_demo.ui.words.table import WORDS

NOT_KNOBS = {
    "images",
    "shape",
    "classes",
    "modality",
    "route",
    "moving",
    "horizon",
    "head_hidden",
    "doublings",
    "continuity",
}  # the budget, the data and the tab say these


def test_every_setting_has_a_knob() -> None:
    settings = {*names(TrainConfig), *names(ModelConfig)} - NOT_KNOBS
    assert {knob.key for knob in train_knobs.KNOBS} == settings


@pytest.mark.parametrize("knob", train_knobs.KNOBS, ids=lambda knob: knob.key)
def test_a_knob_has_words_and_stays_in_the_range_of_its_setting(knob: train_knobs.Knob) -> None:
    assert f"knob.{knob.key}" in WORDS and f"knob.{knob.key}.info" in WORDS
    kind = {"train": TrainConfig, "model": ModelConfig}[knob.of]
    ends = (knob.low, knob.high) if knob.kind in ("log", "real", "whole") else ()
    for value in ends:
        if knob.key not in ("width", "heads"):  # they depend on each other
            from_dict(kind, {knob.key: value})
    for choice in knob.choices:
        from_dict(kind, {knob.key: [choice] if knob.kind == "many" else choice})


@pytest.mark.parametrize("preset", PRESETS)
def test_a_preset_fills_the_knobs_with_what_it_trains(preset: str) -> None:
    row = next(row for row in train_knobs.spec()["presets"] if row["name"] == preset)
    model, settings = plan.settle(RunRequest(preset=preset))
    for knob in train_knobs.KNOBS:
        real = getattr({"train": settings, "model": model}[knob.of], knob.key)
        shown = row["values"][knob.key]
        assert shown == real or tuple(shown) == real, knob.key
    assert f"preset.{preset}" in WORDS and f"preset.{preset}.info" in WORDS


def test_one_click_on_start_is_digits_from_scratch_fast() -> None:
    asked = train_knobs.request({})
    assert (asked.data, asked.start, asked.preset) == ("digits", "scratch", "fast")
    assert (asked.budget, asked.unit) == (120, "seconds")


@pytest.mark.parametrize(
    "sent",
    [
        {"budget": "much"}, {"budget": -1}, {"budget": 1e12}, {"unit": "years"}, {"preset": "best"},
        {"train": {"batch_size": 10**9}}, {"train": {"loss": "win"}}, {"model": {"width": -3}},
        {"model": {"injection": 5}}, {"train": {"lr_g": float("nan")}},
    ],
)  # fmt: skip
def test_what_a_browser_may_send_is_refused_with_a_reason(sent: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match=r"\w+"):
        plan.settle(train_knobs.request(sent))


def test_foreign_keys_and_shapes_are_not_passed_on() -> None:
    asked = train_knobs.request({"model": {"shape": [9, 9, 9], "x": 1}, "train": [1], "data": 3})
    assert not asked.model_settings and not asked.train_settings and asked.data == "digits"


def test_there_are_words_for_every_state_and_verdict() -> None:
    for state in STATES:
        assert f"train.state.{state}" in WORDS and f"train.runs.{state}" in WORDS
    for key in health.KEYS:
        assert f"train.health.{key}" in WORDS
