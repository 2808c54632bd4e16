"""Settings of a model, of a training run and of a draw of samples: frozen, checked once, JSON in and out.

Knows numbers and names, not networks. Presets are rows of a table at the end.
"""

import difflib
import json
import math
import typing
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from types import UnionType

from tgan_demo import edits, legacy
from tgan_demo.errors import ConfigError
from tgan_demo.said import say

if typing.TYPE_CHECKING:
    from _typeshed import DataclassInstance

POSITIONS = ("learned", "sinusoidal", "rotary")
INJECTIONS = ("offset", "modulation", "cross")
PRECISIONS = ("auto", "float32", "bfloat16")
FINITE_FIRST = (
    "finite then exact"  # a difference for EXACT_FROM samples of the game, then the gradient
)
PENALTIES = ("finite", "exact", FINITE_FIRST)
EXACT_FROM = 4_000
ROUTES = ("direct", "latent")
ATTENTIONS = ("joint", "factorised")
# of TrainConfig, what a run keeps to its end: its networks, phases, precision and random stream begin with it.
# The budget (images) has a way of its own.
FIXED = ("images", "warm_start", "grow", "grow_images", "adapt", "precision", "seed")
ADAPTS = ("all", "mapping", "last blocks", "low rank")


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelConfig:
    """The shape of one generator and one discriminator."""

    modality: str = "image"  # a name of modalities.registry
    route: str = "direct"  # one of ROUTES; latent: G and D play with an autoencoder's codes
    # of one signal, as its tokenizer has it
    shape: tuple[int, ...] = (1, 28, 28)
    patch: int = 4  # a side of one token; must divide height and width
    overlap: int = 2  # how far D's patches reach over their border on every side
    blend: int = 0  # how far G's do, faded into their neighbours; at most half a patch
    local_crop: int = 0  # side of the crops that a local discriminator judges beside D; 0: none
    local_patch: int = 2  # half a side of its windows, which are so far apart
    classes: tuple[str, ...] = ()  # names of the classes; none: unconditional
    z_dim: int = 64  # 8..512; numbers in z
    width: int = 128  # 32..512; channels of every token, in G and in D
    depth: int = 4  # 1..12; blocks of G and of D
    heads: int = 4  # must divide width
    positions: str = "learned"  # one of POSITIONS, for G and D
    injection: tuple[str, ...] = INJECTIONS  # how z enters G: any of INJECTIONS
    latent_tokens: int = 8  # 1..64; tokens made from z that G's cross-attention reads
    offset_rank: int = 16  # 1..64; rank of z's offset to the positions, see players.generator
    doublings: int = (
        0  # 0..3; so often has its grid doubled while it was trained (engine.game.growing)
    )
    head_hidden: int = 0  # 0..2048; channels between G's blocks and its tokens; 0: one linear map
    spectral_norm: bool = False  # divide D's matrices by their largest singular value
    tubelet: int = 4  # with time: frames of one token
    # with time: whether a token looks everywhere, or by turns within its frames and along its place
    attention: str = "joint"  # one of ATTENTIONS
    motion: int = 0  # with time: the last so many numbers of z say how it moves; 0: z is one
    moving: int = 1  # with time: the last so many factors of the classes say how it moves
    horizon: int = 16  # with time: frames until the motion codes come round

    def __post_init__(self) -> None:
        _check_range(self, "patch", 1, 32)
        _check_range(self, "overlap", 0, 16)
        _check_range(self, "blend", 0, self.patch // 2)
        _check_range(self, "local_crop", 0, 64)
        _check_range(self, "local_patch", 1, 8)
        if self.local_crop and not 2 <= self.local_crop // self.local_patch - 1 <= 32:
            raise ConfigError(
                f"local_crop must hold 3 to 33 patches of {self.local_patch}; got {self.local_crop}"
            )
        _check_range(self, "z_dim", 8, 512)
        _check_range(self, "width", 32, 512)
        _check_range(self, "depth", 1, 12)
        _check_range(self, "heads", 1, 16)
        _check_range(self, "latent_tokens", 1, 64)
        _check_range(self, "offset_rank", 1, 64)
        _check_range(self, "doublings", 0, 3)
        _check_range(self, "head_hidden", 0, 2048)
        _check_range(self, "tubelet", 1, 16)
        _check_range(self, "motion", 0, self.z_dim - 1)
        _check_range(self, "moving", 0, 8)
        _check_range(self, "horizon", 2 * self.tubelet, 1024)
        _check_choice(self, "positions", POSITIONS)
        _check_choice(self, "attention", ATTENTIONS)
        _check_choice(self, "route", ROUTES)
        if self.width % self.heads or (self.width // self.heads) % 4:
            raise ConfigError(
                f"width must be a multiple of 4 x heads; got width {self.width} and heads "
                f"{self.heads}; try width {4 * self.heads * max(1, self.width // (4 * self.heads))}"
            )
        if not self.injection or any(name not in INJECTIONS for name in self.injection):
            raise ConfigError(
                f"injection takes one or more of {', '.join(INJECTIONS)}; got {self.injection!r}"
            )
        if not self.shape or any(size < 1 or size > 4096 for size in self.shape):
            raise ConfigError(f"shape wants sizes of 1 to 4096; got {self.shape}")
        if len(self.classes) > 1000:
            raise ConfigError(f"at most 1000 classes; got {len(self.classes)}")


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainConfig:
    """How one training run is done. Schedules run over the fraction of `images`."""

    images: int = 50_000  # budget: real samples that D sees in the whole run
    batch_size: int = 32  # 2..512; real samples per D step
    d_steps: int = 1  # 1..8; D steps per G step
    lr_g: float = 8e-4  # Adam(0, .99)
    lr_d: float = 8e-4
    lr_end: float = 0.2  # fraction of lr left at the end (cosine); 1 keeps it constant
    warmup_steps: int = 50  # linear rise of lr
    loss: str = "relativistic"  # a key of engine.game.losses.LOSSES
    r1_gamma: float = 1.0  # weight of R1 (real); 0 turns it off
    r2_gamma: float = 1.0  # weight of R2 (fake)
    penalty: str = (
        "finite"  # how R1 and R2 are taken: "finite" difference, "exact" gradient, or FINITE_FIRST
    )
    sigma: float = 0.1  # largest step of the finite difference, in signal units
    sigma_min: float = 0.03  # smallest; each sample draws its own between the two, log-uniform
    penalty_share: float = 0.25  # 0..1; part of the batch that R1 and R2 are taken on
    gp_weight: float = 0.0  # WGAN-GP penalty, on lines between real and fake
    centring: float = 0.01  # keeps the mean logit near 0
    local_weight: float = 1.0  # 0..100; of the local discriminator's loss, where the model has one
    local_gamma: float = 1.0  # weight of its R1 and R2
    local_focus: float = 0.0  # 0..20; how much more the least real crops count for G; 0: all alike
    local_noise: float = 0.0  # 0..1; noise added to what it sees of real and fake, in signal units
    gamma_end: float = 0.1  # fraction of gamma left at the end (cosine); 1 keeps it constant
    auto_gamma: bool = True  # steer gamma so that D is neither too sure nor silent
    augment: tuple[str, ...] = ()  # keys of engine.game.augment.AUGMENTS
    augment_p: float = 0.0  # 0..1; chance of each augmentation
    auto_augment: bool = False  # raise augment_p when D tells training from held-out data
    ema_halflife: float = 10_000.0  # samples until an old weight counts half
    ema_ramp: float = 0.05  # the half-life is at most this part of the samples seen
    warm_start: int = 0  # samples; G as the decoder of a beta-VAE before the game
    warm_start_kl: float = 0.3  # 0..1000; its beta, the KL divergence's weight a token
    reconstruction_weight: float = 0.0  # 0..1000; of the same loss during the game: VAE/GAN
    # 0..1000; with time: weight of agreeing about frames that two windows share
    continuity: float = 0.0
    grow: int = 0  # 0..3; so often does the size double on the way, see engine.game.growing
    grow_images: int = 0  # samples before each doubling; 0: by shares of the budget
    adapt: str = (
        "all"  # one of ADAPTS: what moves of a G that was trained before, see players.adapting
    )
    clip: float = 1.0  # largest gradient norm of G and of D; 0 turns clipping off
    precision: str = "auto"  # one of PRECISIONS; sampling is float32 whatever this says
    seed: int = 0

    def __post_init__(self) -> None:
        _check_range(self, "images", 1, 10**9)
        _check_range(self, "batch_size", 2, 512)
        _check_range(self, "d_steps", 1, 8)
        _check_range(self, "warmup_steps", 0, 100_000)
        for name in ("lr_g", "lr_d"):
            _check_range(self, name, 0, 0.1)
        for name in ("lr_end", "gamma_end", "penalty_share", "augment_p", "ema_ramp"):
            _check_range(self, name, 0, 1)
        _check_range(self, "local_weight", 0, 100)
        _check_range(self, "local_focus", 0, 20)
        _check_range(self, "local_noise", 0, 1)
        for name in ("r1_gamma", "r2_gamma", "gp_weight", "local_gamma"):
            _check_range(self, name, 0, 10_000)
        for name in ("sigma", "sigma_min"):
            _check_range(self, name, 1e-4, 1)
        _check_range(self, "centring", 0, 10)
        _check_range(self, "warm_start", 0, 10**9)
        _check_range(self, "grow", 0, 3)
        _check_range(self, "grow_images", 0, 10**9)
        for name in ("warm_start_kl", "reconstruction_weight", "continuity"):
            _check_range(self, name, 0, 1000)
        _check_range(self, "ema_halflife", 0, 10**9)
        _check_range(self, "clip", 0, 1000)
        _check_range(self, "seed", 0, 2**63 - 1)
        _check_choice(self, "precision", PRECISIONS)
        _check_choice(self, "penalty", PENALTIES)
        _check_choice(self, "adapt", ADAPTS)


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleConfig:
    """Which samples to draw. Sample i is seed + i: a sheet of seeds is one draw."""

    seed: int = 0
    count: int = 16  # 1..100_000
    label: int | None = None  # class; None: each seed has its own, uniform
    psi: float = 1.0  # 0..2; truncation: 0 is G of the mean w, 1 changes nothing, above is bolder
    temperature: float = 1.0  # 0..2; where tokens are chosen: 0 takes the likeliest
    top_p: float = 1.0  # 0.05..1; where a decoder writes: only the likeliest of so much probability
    variation_seed: int = 0
    variation: float = 0.0  # 0..1; way from each seed's z to the variation seed's, on the sphere
    frames: int = 0  # 0..256; of a clip; 0: as many as the model was trained on
    edit: str = ""  # of w, as edits.py writes it

    def __post_init__(self) -> None:
        _check_range(self, "seed", 0, 2**53)  # the largest run of integers a browser keeps exact
        _check_range(self, "variation_seed", 0, 2**53)
        _check_range(self, "count", 1, 100_000)
        _check_range(self, "psi", 0, 2)
        _check_range(self, "temperature", 0, 2)
        _check_range(self, "top_p", 0.05, 1)
        _check_range(self, "variation", 0, 1)
        _check_range(self, "frames", 0, 256)
        edits.read(self.edit)


Config = typing.TypeVar("Config", bound="DataclassInstance")  # any frozen dataclass of settings


def factors(classes: Sequence[str]) -> tuple[tuple[str, ...], ...]:
    """Values of each factor of classes that are named as pairs ("seven / theo") or more; else ()."""
    split = [name.split(" / ") for name in classes]
    if not split or len(split[0]) < 2 or any(len(parts) != len(split[0]) for parts in split):
        return ()
    return tuple(tuple(dict.fromkeys(values)) for values in zip(*split, strict=True))


def to_json(config: ModelConfig | TrainConfig | SampleConfig) -> str:
    return json.dumps(asdict(config), indent=1, ensure_ascii=False)


def from_json(kind: type[Config], text: str) -> Config:
    try:
        values = json.loads(text)
    except json.JSONDecodeError as error:
        raise ConfigError(f"{kind.__name__} wants JSON; line {error.lineno} is not") from error
    return from_dict(kind, values)


def from_dict(kind: type[Config], values: Mapping[str, object]) -> Config:
    """Build a config from plain values, as they come from JSON, a TOML file or a form.

    Raises:
        ConfigError: a key is unknown (the nearest known one is named), or a value has the wrong type.
    """
    if not isinstance(values, dict):
        raise ConfigError(
            f"{kind.__name__} wants an object of settings; got {type(values).__name__}"
        )
    types = typing.get_type_hints(kind)
    values = legacy.settings(values)
    for key in values:
        if key not in types:
            name = repr(str(key)[:60])
            raise ConfigError(
                say("no_setting", kind=kind.__name__, name=name, near=_near(key, types))
            )
    build: Callable[..., Config] = kind
    return build(**{key: _coerce(key, value, types[key]) for key, value in values.items()})


def merge(base: Config, settings: Mapping[str, object]) -> Config:
    """`base` with settings put in and all checked together; lists may come as "a,b"."""
    values: dict[str, object] = dict(asdict(base))
    for key, value in legacy.settings(settings).items():
        if isinstance(value, str) and isinstance(values.get(key), tuple):
            value = tuple(part.strip() for part in value.split(",") if part.strip())
        values[key] = value
    return from_dict(type(base), values)


def _coerce(key: str, value: object, wanted: typing.Any) -> object:
    """`value` as `wanted`, for the few types that configs use; a number may come as text."""
    try:
        if typing.get_origin(wanted) is UnionType:
            if value is None or value in ("", "any"):
                return None
            wanted = next(t for t in typing.get_args(wanted) if t is not type(None))
        if typing.get_origin(wanted) is tuple:
            if isinstance(value, str) or not isinstance(value, typing.Iterable):
                raise ValueError
            inner = typing.get_args(wanted)[0]
            return tuple(_coerce(key, item, inner) for item in value)
        if wanted is bool:
            if isinstance(value, bool):
                return value
            return {"true": True, "false": False, "1": True, "0": False}[str(value).lower()]
        if wanted is int:
            if isinstance(value, bool) or (number := float(typing.cast(str, value))) % 1:
                raise ValueError
            return value if isinstance(value, int) else int(number)
        if wanted is float:
            if isinstance(value, bool) or not math.isfinite(
                number := float(typing.cast(str, value))
            ):
                raise ValueError
            return number
        if wanted is str and isinstance(value, str):
            return value
        raise ValueError
    except (ValueError, TypeError, KeyError, OverflowError) as error:
        name = getattr(wanted, "__name__", str(wanted))
        raise ConfigError(say("wants", name=key, kind=name, got=repr(str(value)[:60]))) from error


def _check_range(config: object, name: str, low: float, high: float) -> None:
    value = getattr(config, name)
    if not (isinstance(value, (int, float)) and low <= value <= high):
        bounds = {"low": f"{low:g}", "high": f"{high:g}"}
        raise ConfigError(say("between", name=name, got=str(value)[:40], **bounds))


def _check_choice(config: object, name: str, choices: tuple[str, ...]) -> None:
    value = getattr(config, name)
    if value not in choices:
        known, got = ", ".join(choices), repr(str(value)[:40])
        raise ConfigError(
            say("one_of", name=name, known=known, got=got, near=_near(value, choices))
        )


def _near(value: object, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(str(value), [*known], n=1, cutoff=0.3)
    return say("near", near=repr(near[0])) if near else ""


def names(kind: type) -> tuple[str, ...]:
    return tuple(field.name for field in fields(kind))


# What a run begins with where nobody says which: from scratch, and from a trained model.
FIRST_PRESET, TUNE_PRESET = "fast", "fine-tune"
DEFAULTS = "relativistic + R1 + R2"  # the preset that changes nothing
# What a user picks first. (model settings, training settings) laid over the defaults.
PRESETS: dict[str, tuple[dict[str, object], dict[str, object]]] = {
    DEFAULTS: ({}, {}),
    "fast": (
        {"patch": 7, "overlap": 3, "width": 96, "depth": 3},
        # by finite differences alone a third of the modes of StackedMNIST is lost: see LOG
        {"lr_g": 1e-3, "lr_d": 1e-3, "penalty": FINITE_FIRST},
    ),
    "fine-tune": (  # from a trained model, on few pictures
        {},
        {
            "lr_g": 4e-4,
            "lr_d": 4e-4,
            "augment": ("translation", "cutout"),  # not flip: many data have a left and a right
            "augment_p": 0.4,
        },
    ),
    "safe": (
        {},
        {"lr_g": 3e-4, "lr_d": 3e-4, "batch_size": 64, "r1_gamma": 5.0, "r2_gamma": 5.0},
    ),
    "minimax 2014": ({}, {"loss": "minimax", "r1_gamma": 0.0, "r2_gamma": 0.0, "centring": 0.0}),
    "WGAN-GP 2017": (
        {},
        {
            "loss": "wasserstein",
            "gp_weight": 10.0,
            "d_steps": 3,
            "r1_gamma": 0.0,
            "r2_gamma": 0.0,
            "lr_g": 1e-4,
            "lr_d": 1e-4,
            "precision": "float32",
        },
    ),
    "show me a collapse": (
        {"injection": ("modulation",)},
        {
            "loss": "minimax",
            "r1_gamma": 0.0,
            "r2_gamma": 0.0,
            "centring": 0.0,
            "lr_d": 2e-3,
            "d_steps": 2,
        },
    ),
}
