"""What the engine reports, as frozen records. The engine yields them; it never calls up.

Axes: B batch, H heads, N tokens.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np


@dataclass(frozen=True, slots=True, kw_only=True)
class StepDone:
    """One training step (or a mean over `steps` of them), as plain numbers."""

    step: int  # steps done since the run began
    nimg: int  # real samples D has seen
    steps: int  # how many steps the means below cover
    seconds: float  # training time so far, pauses left out
    loss_d: float  # before penalties
    loss_g: float
    r1: float  # mean squared gradient norm (or its finite-difference estimate) on real; 0 when off
    r2: float  # the same on fake
    gamma: float  # weight of R1 and R2 in force
    d_real: float  # mean logit of real samples, before D's step, as all of D's numbers
    d_fake: float  # mean logit of samples just generated
    d_accuracy: float  # share of (real, fake) pairs that D orders rightly, 0..1
    # the same on real samples that are held out of training, as last measured; None: too few to hold out
    d_unseen: float | None = None
    # of the local discriminator, on the crops of its step; None where the model has none
    d_local: float | None = None
    d_confidence: float = 0.5  # mean sigmoid(D(real) - D(fake)), 0..1
    grad_g: float  # gradient norm of G before clipping
    grad_d: float  # gradient norm of D before clipping
    augment_p: float  # strength of augmentation in force, 0..1
    lr_g: float
    lr_d: float
    images_per_s: float  # real samples per second over these steps
    is_warm_start: bool = False  # nobody judged: the numbers of D say nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class SamplesReady:
    """Samples of the fixed seeds, from the averaged weights: what trainer.watch returns."""

    nimg: int
    signal_B: np.ndarray  # float32 (B, ...) in the modality's signal range
    labels_B: np.ndarray | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AttentionReady:
    """Attention of G on the first fixed seed: what trainer.watch returns."""

    nimg: int
    weights_LHNN: np.ndarray  # float16, self-attention, rows sum to 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved:
    """The state is on disk and can be resumed."""

    nimg: int
    path: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class NotSaved:
    """The state could not be written; the one on disk, if there is one, is the last that was whole."""

    nimg: int
    cause: str  # for the user


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetSettled:
    """The budget is known in samples. Of a run with a warm start this comes twice."""

    images: int  # of the run in all, over which its schedules run
    cut_to: int = 0  # samples that are left of what was asked for, where time would not suffice
    warm_start: int = 0  # samples that the warm start was shortened to; 0: it was not


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFinished:
    """The budget is used up, or the drive was asked to stop before."""

    nimg: int
    seconds: float
    is_stopped: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFailed:
    """The run ended by itself; the last good state is kept."""

    step: int
    nimg: int
    cause: str  # for the user: what happened and what to try


@dataclass(frozen=True, slots=True)
class Health:
    """A verdict on a run, for the user."""

    level: str  # "good", "watch" or "bad"
    key: str  # stable, for translations: one of health.KEYS, or of a modality's own checks
    text: str  # English
    detail: str = ""  # what a translation quotes
    values: Mapping[str, str] = field(default_factory=dict)  # figures that the text quotes, by name
    since_step: int = 0  # when a watcher first saw it
    since_nimg: int = 0  # the same in samples of this run
    # setting -> (now, then): what a running run can change against it; empty: nothing
    remedy: Mapping[str, tuple[object, object]] = field(default_factory=dict)


Event = StepDone | BudgetSettled | Saved | NotSaved | RunFinished | RunFailed  # what a drive yields
