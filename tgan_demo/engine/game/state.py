"""One training run as a value: both players, their averages, optimisers, random stream and counters.

Knows how a run begins, not how it goes on (trainer.py) nor how it is kept (checkpoint.py).
"""

import copy
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn

from tgan_demo.config import EXACT_FROM, FINITE_FIRST, ModelConfig, TrainConfig
from tgan_demo.contract import Tokenizer, coarser
from tgan_demo.engine.draw.seeds import seeded
from tgan_demo.engine.game import augment, losses, schedules
from tgan_demo.engine.game.losses import ODDS
from tgan_demo.engine.game.precision import choose
from tgan_demo.engine.game.ranks import ALONE, Ranks
from tgan_demo.engine.players import adapting
from tgan_demo.engine.players.discriminator import Discriminator
from tgan_demo.engine.players.generator import Generator
from tgan_demo.engine.players.vae_encoder import VaeEncoder
from tgan_demo.errors import ConfigError

MAPPING_RATE = 0.1  # of the learning rate, for the mapping's two layers


@dataclass(slots=True)
class TrainState:
    """All that a run is. trainer.py changes it step by step; between two steps whoever drives it may give it
    other settings (`give`). Saved and loaded by checkpoint.py.
    """

    model: ModelConfig  # as it is now; a run that grows begins with a smaller one
    train: TrainConfig
    tokenizer: Tokenizer
    G: Generator
    D: Discriminator
    ema: Generator  # what we sample from
    opt_g: torch.optim.Optimizer
    opt_d: torch.optim.Optimizer
    rng: torch.Generator
    precision: str  # float32 or bfloat16, fixed at the start of the run
    device: str = "cpu"  # of the random stream too: one run on one device is the same run again
    step: int = 0
    nimg: int = 0  # real samples D has seen, in this and in earlier runs of the model
    start_nimg: int = 0  # nimg when this run's schedules began
    warm_step: int = 0  # step from which the learning rate rises
    seconds: float = 0.0
    gamma_factor: float = 1.0  # the automatic rule's part of gamma
    confidence: float = 0.65  # running mean of penalties.confidence, on unseen samples if there are
    stage: int = 0  # how often the size will double still (growing.py)
    stage_nimg: int = 0  # nimg when it was last doubled, or when the run began
    fade: float = 1.0  # 0..1; how far the detail of this size has been faded in
    unseen: float | None = None  # D's accuracy on held-out samples, as last measured
    augment_p: float = 0.0
    encoder: VaeEncoder | None = None  # of the warm start; None where there is none
    bad: Tensor = field(default_factory=lambda: torch.zeros(()))  # 1: a step was not finite
    # what a checkpoint says for train.images while a budget in seconds is being measured; 0: the same
    planned_images: int = 0
    ranks: Ranks = ALONE  # of this process; a checkpoint knows nothing of it

    @property
    def fraction(self) -> float:
        """Part of the budget that is used, 0..1."""
        return min(1.0, (self.nimg - self.start_nimg) / max(1, self.train.images))

    @property
    def is_warm_start(self) -> bool:
        return self.nimg - self.start_nimg < self.train.warm_start

    @property
    def penalty(self) -> str:
        """How R1 and R2 are taken now: a key of penalties.WAYS.

        "finite then exact": steps of the finite difference reach from one side to the other of a D that has
        become a cliff between data and G's first samples, with no gradient at either. Later their length
        makes D flat between the modes of varied data, where the gradient itself does not.
        """
        if self.train.penalty != FINITE_FIRST:
            return self.train.penalty
        learned = self.nimg - self.start_nimg - self.train.warm_start
        return "finite" if learned < EXACT_FROM else "exact"

    @property
    def gamma(self) -> float:
        """Factor on the weights of R1 and R2 now."""
        return schedules.cosine(self.fraction, self.train.gamma_end) * self.gamma_factor


def new_state(
    model: ModelConfig,
    train: TrainConfig,
    tokenizer: Tokenizer,
    *,
    start: tuple[Generator, Discriminator] | None = None,
    start_nimg: int = 0,
    device: str = "cpu",
) -> TrainState:
    """A run at its beginning, from scratch or from the weights of `start` (same ModelConfig, but that a start
    without a local discriminator gets a new one). From scratch it begins at the first size where `train.grow`
    says so.
    """
    losses.check(train.loss)
    unknown = [name for name in train.augment if name not in augment.AUGMENTS]
    if unknown:
        raise ConfigError(f"no augmentation {unknown[0]!r}; known: {', '.join(augment.AUGMENTS)}")
    tokenizer.check(model)
    stage = train.grow if start is None else 0  # weights have their size
    model = coarser(tokenizer, model, stage)
    spec = tokenizer.tokens(model)
    is_warm = train.warm_start or train.reconstruction_weight
    with seeded(train.seed):  # everything after draws from the run's own generator
        G, D = Generator(model, spec), Discriminator(model, spec)
        encoder = VaeEncoder(model, spec) if is_warm and not tokenizer.encodes else None
    if start is not None:
        G.load_state_dict(start[0].state_dict())
        new = {k: v for k, v in D.state_dict().items() if k.startswith("local.")}
        D.load_state_dict(new | start[1].state_dict())
    adapting.choose(G, train.adapt, seed=train.seed)
    G, D = G.to(device), D.to(device)
    ema = copy.deepcopy(G).requires_grad_(False)
    encoder = None if encoder is None else encoder.to(device)
    return TrainState(
        model=model,
        train=train,
        tokenizer=tokenizer,
        G=G,
        D=D,
        ema=ema,
        opt_g=optimizer(G, encoder),
        opt_d=optimizer(D),
        rng=stream(train.seed, device),
        precision=choose(train.precision, device),
        device=device,
        nimg=start_nimg,
        start_nimg=start_nimg,
        stage=stage,
        stage_nimg=start_nimg,
        augment_p=train.augment_p,
        encoder=encoder,
        bad=torch.zeros((), device=device),
    )


def give(state: TrainState, train: TrainConfig) -> None:
    """Other settings, between two steps. What a rule has made of them ends with the rule: without it they are
    as in a run that began so.
    """
    before, state.train = state.train, train
    if not (train.auto_gamma and train.loss in ODDS):
        state.gamma_factor = 1.0
    if train.augment_p != before.augment_p or not train.auto_augment:
        state.augment_p = train.augment_p


def stream(seed: int, device: str = "cpu") -> torch.Generator:
    """A run's random numbers are made where it is: another kind of device, other numbers."""
    return torch.Generator(device).manual_seed(seed)


def optimizer(net: nn.Module, encoder: VaeEncoder | None = None) -> torch.optim.Optimizer:
    slow = tuple(
        f"mapping.{part}{layer}"
        for part in ("", "content.", "motion.")
        for layer in ("first", "second")
    )
    named = [(name, p) for name, p in net.named_parameters() if p.requires_grad]
    groups = [
        {"params": [p for name, p in named if not name.startswith(slow)], "rate": 1.0},
        {"params": [p for name, p in named if name.startswith(slow)], "rate": MAPPING_RATE},
    ]
    if encoder is not None:
        groups.append({"params": list(encoder.parameters()), "rate": 1.0})
    groups = [group for group in groups if group["params"]]
    is_gpu = named[0][1].is_cuda
    if is_gpu:  # a step that is captured reads its rates where they are
        for group in groups:
            group["lr"] = torch.zeros((), device=named[0][1].device)
    return torch.optim.Adam(groups, lr=0.0, betas=(0.0, 0.99), fused=True, capturable=is_gpu)
