"""Health says the right plain word for the runs that people meet."""

import math
from collections import deque

import pytest

from tgan_demo.engine.game import health
from tgan_demo.events import StepDone


def steps(count: int = 100, start: int = 200, **values: float) -> list[StepDone]:
    base = dict(
        steps=1, seconds=1.0, loss_d=0.6, loss_g=0.9, r1=0.1, r2=0.1, gamma=10.0, d_real=0.4,
        d_fake=-0.4, d_accuracy=0.75, grad_g=0.5, grad_d=0.5, augment_p=0.0, lr_g=1e-3, lr_d=1e-3,
        images_per_s=100.0,
    )  # fmt: skip
    return [
        StepDone(step=start + i, nimg=64 * (start + i), **(base | values)) for i in range(count)
    ]


LN2 = math.log(2)


@pytest.mark.parametrize(
    ("key", "values"),
    [
        ("healthy", {}),
        ("d_wins", dict(loss_d=0.0, loss_g=9.0, d_accuracy=1.0, d_real=5.0, d_fake=-4.0)),
        ("d_ahead", dict(loss_d=0.3, loss_g=2.0, d_accuracy=0.95, d_real=1.0, d_fake=-1.0)),
        ("d_dead", dict(loss_d=LN2, loss_g=LN2, d_accuracy=0.51, d_real=0.001, d_fake=0.0)),
        ("g_ahead", dict(d_accuracy=0.3, d_real=-0.4, d_fake=0.4)),
        ("nan", dict(loss_d=math.nan)),
        ("exploding", dict(grad_d=1e6)),
    ],
)
def test_each_illness_has_its_word(key: str, values: dict[str, float]) -> None:
    verdict = health.judge(steps(**values))
    assert verdict.key == key
    assert verdict.text and verdict.level in ("good", "watch", "bad")


def test_nothing_is_said_too_early() -> None:
    winning = dict(loss_d=0.0, d_accuracy=1.0, d_real=9.0)
    assert health.judge([]).key == "starting"
    assert health.judge(steps(10, start=1, **winning)).key == "starting"


def test_a_d_that_is_right_in_whispers_is_not_ahead() -> None:
    """Every pair in the right order, by half a logit: what R1 and R2 are for."""
    held = dict(d_accuracy=1.0, d_real=0.25, d_fake=-0.25, loss_d=0.53)
    verdict = health.judge(steps(**held))
    assert (verdict.key, verdict.level) == ("narrow", "good")  # and not "well matched"
    assert health.judge(steps(**held | dict(d_accuracy=0.8))).key == "healthy"
    assert health.judge(steps(**held | dict(d_real=0.9, d_fake=-0.9))).key == "d_ahead"
    sure = dict(d_accuracy=1.0, d_real=0.9, d_fake=-0.9, loss_d=0.18)
    assert health.judge(steps(**sure)).key == "d_ahead"


def test_a_burst_of_d_that_is_over_is_not_ahead() -> None:
    """A run by the preset "fast" on digits: D's gap is 2.3 at step 20, .8 at step 90, .4 at step 240."""
    burst = steps(50, start=30, d_accuracy=1.0, d_real=1.1, d_fake=-1.1, loss_d=0.2)
    after = steps(50, start=80, d_accuracy=1.0, d_real=0.45, d_fake=-0.45, loss_d=0.4)
    assert health.judge(burst).key == "d_ahead"
    assert health.judge(deque(burst + after, 100)).key == "narrow"  # as a run keeps them


def test_a_wasserstein_critic_that_is_always_right_is_well() -> None:
    sure = steps(d_accuracy=1.0, d_real=8.0, d_fake=-8.0)
    assert health.judge(sure, loss="wasserstein").key == "healthy"
    assert health.judge(sure, loss="hinge").key == "d_wins"


def test_keys_are_all_reachable_words() -> None:
    assert len(set(health.KEYS)) == len(health.KEYS)
