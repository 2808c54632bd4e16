"""Runs by the latent route: an autoencoder that is kept, penalties of its own, a model that travels."""

import time
from pathlib import Path

import numpy as np
import pytest
import toys
from test_jobs import quick_on_a_busy_machine

from tgan_demo.config import SampleConfig
from tgan_demo.contract import Dataset
from tgan_demo.errors import ConfigError
from tgan_demo.models import upload
from tgan_demo.runs import plan
from tgan_demo.runs.queue import Jobs
from tgan_demo.runs.request import RunRequest
from tgan_demo.studio import Studio

__all__ = ["quick_on_a_busy_machine"]  # a fixture


def lines(count: int = 40) -> Dataset:
    return Dataset(
        "my lines", np.array([str(toys.SAID[i % 8]) for i in range(count)]), modality="text"
    )


def test_a_latent_model_keeps_its_autoencoder_and_its_own_penalties(toy_weights: Path) -> None:
    model = Studio(toy_weights / "none", weights_dir=toy_weights).load("text/lines")
    request = RunRequest(start="text/lines", preset="fine-tune")
    made = plan.make(request, lines(), model.tokenizer, model)
    assert made.model.route == "latent" and made.train.warm_start == 0 and not made.train.augment
    assert (made.train.r1_gamma, made.train.sigma) == (1.0, 0.1)
    assert any("autoencoder stays as it is" in note and "0%" in note for note in made.notes)
    model.meta["train"] = {"r1_gamma": 0.25, "sigma": 0.2}
    try:
        own = plan.make(request, lines(), model.tokenizer, model).train
    finally:
        model.meta["train"] = {}
    assert (own.r1_gamma, own.r2_gamma, own.sigma) == (0.25, 1.0, 0.2)
    asked = RunRequest(start="text/lines", train_settings={"r1_gamma": 7.0})
    assert plan.make(asked, lines(), model.tokenizer, model).train.r1_gamma == 7.0


def test_text_that_an_autoencoder_cannot_say_is_refused(toy_weights: Path) -> None:
    model = Studio(toy_weights / "none", weights_dir=toy_weights).load("text/lines")
    strange = Dataset("zoo", np.array(["zebras zoom by", "quick yaks"] * 30), modality="text")
    with pytest.raises(ConfigError, match="from scratch, which learns your text's own vocabulary"):
        plan.make(RunRequest(start="text/lines"), strange, model.tokenizer, model)


def test_a_latent_run_is_seen_resumed_and_travels_as_a_file(
    toy_weights: Path, tmp_path: Path
) -> None:
    studio = Studio(tmp_path / "home", weights_dir=toy_weights)
    studio.jobs = Jobs(studio.store, studio.load, watch_s=0.1)
    visitor = studio.store.new_visitor()
    data = studio.store.add_dataset(visitor, lines(60))
    train = {"batch_size": 8, "precision": "float32"}
    request = RunRequest(
        data=data, start="text/lines", train_settings=train, budget=320, unit="images"
    )
    try:
        run = studio.jobs.start(visitor, request)

        def until_done(nimg: int) -> dict:
            end = time.monotonic() + 90
            while (now := studio.jobs.status(visitor, run, 0))["state"] != "done" or now[
                "nimg"
            ] < nimg:
                assert now["state"] != "failed" and time.monotonic() < end, now["state"]
                time.sleep(0.05)
            return now

        now = until_done(320)
        assert now["title"] == "my lines" and now["medium"] == "text"
        assert now["frame"]["kind"] == "written" and len(now["attention"]["words"]) == 4
        studio.jobs.resume(visitor, run, 80, "images")
        now = until_done(400)
        path = upload.pack(studio.store.model_folder(visitor, now["model_id"]), tmp_path)
        again = studio.store.import_model(visitor, path)
        config = SampleConfig(seed=3, count=4)
        one, two = (studio.sample(m, config, visitor).items for m in (now["model_id"], again))
        assert one.tolist() == two.tolist()
    finally:
        studio.jobs.close()
