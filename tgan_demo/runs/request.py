"""What a user asks of a training run: data, start, settings and budget, checked and fit for JSON."""

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, field

from tgan_demo import config, legacy
from tgan_demo.errors import ConfigError
from tgan_demo.runs.budget import WARM_SHARE, Budget, check_budget
from tgan_demo.runs.scores import CHOSEN

SCRATCH = "scratch"


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRequest:
    """What a user asks for with Start."""

    title: str = ""
    data: str = "digits"  # an id of Store.datasets
    start: str = SCRATCH  # or a model id
    preset: str = ""  # a row of config.PRESETS; "": the defaults
    model_settings: Mapping[str, object] = field(default_factory=dict)  # keys of ModelConfig
    train_settings: Mapping[str, object] = field(default_factory=dict)  # keys of TrainConfig
    budget: float = 120.0
    unit: str = "seconds"  # one of budget.UNITS
    until: str = (
        ""  # a score: the run ends when it has not become better for `patience`; "": it does not
    )
    patience: float = 0.3  # of the budget

    def __post_init__(self) -> None:
        check_budget(self.budget, self.unit)
        if self.until and self.until not in CHOSEN:
            raise ConfigError(
                f"a run ends by one of the scores {', '.join(CHOSEN)}; got {str(self.until)[:40]!r}"
            )
        if not isinstance(self.patience, int | float) or not 0.05 <= self.patience <= 1:
            raise ConfigError(
                f"patience is a share of the budget, .05 to 1; got {self.patience!r:.40}"
            )
        if self.preset and self.preset not in config.PRESETS:
            near = difflib.get_close_matches(str(self.preset), config.PRESETS, n=1, cutoff=0.3)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            known = ", ".join(config.PRESETS)
            raise ConfigError(f"a preset is one of {known}; got {str(self.preset)[:40]!r}{hint}")
        for settings in (self.model_settings, self.train_settings):
            if not isinstance(settings, Mapping) or len(settings) > 100:
                raise ConfigError("settings want an object of names and values")
        for name in ("model_settings", "train_settings"):
            plain = {str(key): _plain(value) for key, value in getattr(self, name).items()}
            object.__setattr__(self, name, legacy.settings(plain))

    @property
    def wanted(self) -> Budget:
        """The budget. A warm start that was not asked for leaves most of it to the game."""
        share = 1.0 if "warm_start" in self.train_settings else WARM_SHARE
        return Budget(amount=self.budget, unit=self.unit, warm_share=share)


def _plain(value: object) -> object:
    """Fit for JSON, whoever asked."""
    if isinstance(value, (list, tuple)):
        return [str(item) for item in value[:100]]
    return value if value is None or isinstance(value, (bool, int, float)) else str(value)[:1000]
