"""The public endpoints of training, for programs: start a run, ask how it goes, stop it."""

from tgan_demo import legacy
from tgan_demo.config import FIRST_PRESET
from tgan_demo.runs.budget import MOST
from tgan_demo.runs.request import RunRequest
from tgan_demo.studio import Studio
from tgan_demo.ui.controls import clamp
from tgan_demo.ui.visit import visitor_of


class Training:
    """The endpoints as methods; `studio` is all they know."""

    def __init__(self, studio: Studio) -> None:
        self.studio = studio

    def train_start(
        self,
        data: str = "digits",
        start: str = "scratch",
        preset: str = FIRST_PRESET,
        budget: float = 120.0,
        unit: str = "seconds",
        model_settings: dict | None = None,
        train_settings: dict | None = None,
        title: str = "",
        visitor: str = "",
    ) -> dict:
        """Start a training run; it waits its turn, and goes on when you leave.

        Args:
            data: "digits", "faces", "shapes", or an id of your own data.
            start: "scratch", or the id of a model to fine-tune.
            preset: a name such as "fast" or "relativistic + R1 + R2"; "" for the defaults.
            budget: in `unit`; at most 3600 seconds, 5 million images or steps.
            unit: "seconds", "images" or "steps".
            model_settings: fields of ModelConfig, such as {"depth": 2}.
            train_settings: fields of TrainConfig, such as {"lr_g": 0.0003}.
            title: of the run and its model; "" names it by its data.
            visitor: your id; left out, you get one, which you need for everything of yours.

        A setting that does not fit the data or the start is refused with a sentence.

        Returns:
            {"run", "visitor"}
        """
        visitor = visitor_of(self.studio, visitor)
        request = RunRequest(
            title=str(title)[:80],
            data=str(data)[:200],
            start=str(start)[:200],
            preset=str(preset)[:80],
            model_settings=dict(model_settings or {}),
            train_settings=dict(train_settings or {}),
            budget=clamp(budget, 1, MOST.get(unit, 1), 1.0),
            unit=unit,
        )
        run = self.studio.jobs.start(visitor, request, is_exact=True)
        return {"run": run, "visitor": visitor}

    def train_status(self, run: str, visitor: str) -> dict:
        """How a run of yours is going: state, place in the queue, step, losses, health, model_id.

        Args:
            run: from train_start.
            visitor: from train_start.
        """
        status = self.studio.jobs.status(visitor, run)
        if status["frame"] is not None:  # one string, as the first version of the interface had it
            status["frame"] = legacy.sheet_text(status["frame"])
        return status

    def train_stop(self, run: str, visitor: str) -> dict:
        """Stop a run of yours after its current step; what it learned so far is saved.

        Args:
            run: from train_start.
            visitor: from train_start.
        """
        self.studio.jobs.stop(visitor, run)
        return self.train_status(run, visitor)
