"""From what a person asks for to what is trained: one request -> data, model and train settings.

The order of precedence, lowest first: defaults, preset, fitted to the data, the person's own
settings. A run that starts from a model keeps that model's shape. Every number from outside is
checked here against what one run on a shared server may cost. Knows no threads and no disk.
"""

import difflib
import math
import shlex
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace

import numpy as np
from PIL import Image

from tgan_demo import config, legacy
from tgan_demo.config import ModelConfig, TrainConfig, factors
from tgan_demo.contract import Dataset, Tokenizer
from tgan_demo.data import pictures
from tgan_demo.engine.draw.model import Model
from tgan_demo.engine.game.losses import LOSSES
from tgan_demo.engine.players.classes import class_parts
from tgan_demo.errors import ConfigError
from tgan_demo.files.disk import file_name
from tgan_demo.modalities.audio.bring import resampled
from tgan_demo.modalities.video import bring as clips

SCRATCH = "scratch"
UNITS = ("seconds", "images", "steps")
MAX_SECONDS = 3600.0  # of one run, whatever its unit
MAX_IMAGES = 5_000_000
MAX_BATCH = 256
MAX_WIDTH = 256
MAX_DEPTH = 8
MAX_TOKENS = 400
MAX_WORK = 8 * 64 * 64 * 128 * 4  # batch x tokens x width x depth: 8 times the default run
MAX_UNKNOWN = 0.2  # of a text's letters, for a model to learn from it
MAX_UNFAMILIAR = 0.5  # of a text's tokens that an autoencoder cannot say again
ASKED = 200  # texts that it is tried on
# What a run on text has unless the person says otherwise: tokens lie far apart, so steps are longer;
# from scratch, G has a warm start, or D would win before G has a language.
TEXT_TRAIN = {"r1_gamma": 3.0, "r2_gamma": 3.0, "sigma": 0.4, "sigma_min": 0.1}
TEXT_BEGINNING = {"warm_start": 6000, "warm_start_kl": 0.3, "reconstruction_weight": 0.3}
# Codes lie on a sphere of size 1 and are as near to each other as pixels; so a model's own settings fit.
LATENT_TRAIN = {"r1_gamma": 1.0, "r2_gamma": 1.0, "sigma": 0.1, "sigma_min": 0.05}
# Of sounds, most is silence: without a warm start D wins at once (kind heard 65 % after 100 s, with it 94 %).
SOUND_BEGINNING = {"warm_start": 6000, "warm_start_kl": 1e-3, "reconstruction_weight": 2.0}
SOUND_AUGMENTS = ("delay", "loudness", "gap")
# Of clips most is ground that stands still, and it is the same there. Patches of 8 with a border of 1 leave
# 64 tokens to 16 frames of 32 x 32, which two cores can train.
CLIP_BEGINNING = {"warm_start": 6000, "warm_start_kl": 2e-2, "reconstruction_weight": 2.0}
CLIP_SHAPE = {"patch": 8, "overlap": 1}
CLIP_MOTION = 16  # numbers of z that say how it moves
CLIP_TUNED = ("continuity",)  # what keeps clips going on for longer than those of the data
CLIP_AUGMENTS = ("flip", "colour", "translation", "cutout", "views")
BEGINNINGS = {"audio": SOUND_BEGINNING, "video": CLIP_BEGINNING}
MIN_SAMPLES = 2  # of a data set; the uploads page wants more


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRequest:
    """What a person asks for with Start."""

    title: str = ""
    data: str = "digits"  # an id of Store.datasets
    start: str = SCRATCH  # or a model id
    preset: str = ""  # a row of config.PRESETS; "": the defaults
    model_settings: Mapping[str, object] = field(default_factory=dict)  # keys of ModelConfig
    train_settings: Mapping[str, object] = field(default_factory=dict)  # keys of TrainConfig
    budget: float = 120.0
    unit: str = "seconds"  # one of UNITS

    def __post_init__(self) -> None:
        check_budget(self.budget, self.unit)
        if self.preset and self.preset not in config.PRESETS:
            near = difflib.get_close_matches(str(self.preset), config.PRESETS, n=1, cutoff=0.3)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            known = ", ".join(config.PRESETS)
            raise ConfigError(f"a preset is one of {known}; got {str(self.preset)[:40]!r}{hint}")
        for settings in (self.model_settings, self.train_settings):
            if not isinstance(settings, Mapping) or len(settings) > 100:
                raise ConfigError("settings want an object of names and values")
        for name in ("model_settings", "train_settings"):  # fit for JSON, whoever asked
            plain = {str(key): _plain(value) for key, value in getattr(self, name).items()}
            object.__setattr__(self, name, legacy.settings(plain))


@dataclass(frozen=True, slots=True)
class Plan:
    """What will be trained."""

    model: ModelConfig
    train: TrainConfig  # `images` is provisional while the budget is in seconds
    dataset: Dataset  # made to fit the model
    start: Model | None  # its weights; the settings in force are `model`
    notes: tuple[str, ...]  # what was changed to make it fit, for the person


def check_budget(budget: object, unit: str) -> float:
    if unit not in UNITS:
        raise ConfigError(f"a budget is in {', '.join(UNITS)}; got {str(unit)[:40]!r}")
    most = {"seconds": MAX_SECONDS, "images": MAX_IMAGES, "steps": MAX_IMAGES}[unit]
    number = (
        budget if isinstance(budget, (int, float)) and not isinstance(budget, bool) else math.nan
    )
    if not 1 <= number <= most:
        raise ConfigError(f"a budget is 1 to {most:,.0f} {unit}; got {str(budget)[:40]}")
    return float(number)


def settle(request: RunRequest) -> tuple[ModelConfig, TrainConfig]:
    """The request's settings over the defaults, before any data is seen.

    Raises:
        ConfigError: an unknown key, a wrong type, a value out of range or over a server limit.
    """
    model_preset, train_preset = config.PRESETS.get(request.preset, ({}, {}))
    model = merge(merge(ModelConfig(), model_preset), request.model_settings)
    train = merge(merge(TrainConfig(), train_preset), request.train_settings)
    if train.loss not in LOSSES:
        raise ConfigError(f"loss is one of {', '.join(LOSSES)}; got {train.loss[:40]!r}")
    _check_limits(model, train)
    # the speed is not known yet: a first guess, put right before the schedules have moved
    return model, replace(train, images=images_for(request.budget, request.unit, train, 100.0))


def make(
    request: RunRequest, dataset: Dataset, tokenizer: Tokenizer, start: Model | None = None
) -> Plan:
    """The whole plan, once the data and the start model are there."""
    if len(dataset) < MIN_SAMPLES:
        raise ConfigError(
            f"training wants at least {MIN_SAMPLES} samples; {dataset.name!r} has {len(dataset)}"
        )
    _, train = settle(request)
    medium = dataset.modality
    if medium != tokenizer.name:
        raise ConfigError(
            f"{dataset.name!r} is {medium} and the model you start from makes {tokenizer.name}; "
            f"choose {tokenizer.name} data, or start from scratch"
        )
    if start is not None:
        notes: list[str] = []
        if request.model_settings:
            notes.append("the shape of the model you start from was kept")
        if medium == "text":
            _meet_words(start, dataset, notes)
        model, dataset = _meet_classes(start.config, dataset, notes)
        samples = tokenizer.samples if medium == "audio" else 0
        dataset = fit_dataset(dataset, model.shape, notes, samples=samples)
    else:
        notes = []
        preset = merge(ModelConfig(), config.PRESETS.get(request.preset, ({}, {}))[0])
        if medium == "video":
            preset = merge(preset, _clip_shape(request, dataset))
        fitted = tokenizer.config_for(dataset, preset)
        own = {
            k: v
            for k, v in request.model_settings.items()
            if k not in ("shape", "modality", "route")
        }
        model = merge(fitted, own)
        if model.classes != fitted.classes:
            model = replace(model, classes=fitted.classes)
        dataset = fit_dataset(dataset, model.shape, notes)
    if medium == "text":
        if model.route == "latent":
            own = LATENT_TRAIN | ({} if start is None else _trained_with(start, LATENT_TRAIN))
        else:
            own = TEXT_TRAIN | ({} if start is not None else TEXT_BEGINNING)
        train = merge(train, {k: v for k, v in own.items() if k not in request.train_settings})
    if medium in BEGINNINGS and start is None:
        own = {k: v for k, v in BEGINNINGS[medium].items() if k not in request.train_settings}
        train = merge(train, own)
    if medium == "video" and start is not None:
        own = _trained_with(start, CLIP_TUNED)
        train = merge(train, {k: v for k, v in own.items() if k not in request.train_settings})
    if medium == "text" and (train.augment or train.auto_augment):
        notes.append("augmentations are for pictures and were left out")
        train = replace(train, augment=(), augment_p=0.0, auto_augment=False)
    if medium == "audio" and set(train.augment) - set(SOUND_AUGMENTS):
        notes.append(f"augmentations for pictures were changed for {', '.join(SOUND_AUGMENTS)}")
        train = replace(train, augment=SOUND_AUGMENTS)
    if medium == "video" and set(train.augment) - set(CLIP_AUGMENTS):
        notes.append("augmentations for sounds were left out")
        train = replace(train, augment=tuple(n for n in train.augment if n in CLIP_AUGMENTS))
    tokenizer.check(model)
    tokens = tokenizer.tokens(model).count
    if tokens > MAX_TOKENS:
        raise ConfigError(
            f"a run here has at most {MAX_TOKENS} tokens; this has {tokens}: raise patch"
        )
    _check_limits(model, train, tokens)
    return Plan(model, train, dataset, start, tuple(notes))


def beginnings() -> dict[str, dict[str, object]]:
    """medium -> what a run from scratch has in place of its preset's values, for the page to show."""
    return {
        "text": TEXT_TRAIN | TEXT_BEGINNING,
        "audio": SOUND_BEGINNING,
        "video": CLIP_BEGINNING | CLIP_SHAPE | {"motion": CLIP_MOTION},
    }


def refit(model: ModelConfig, dataset: Dataset, samples: int = 0) -> Dataset:
    """The data of a run that is resumed, fitted to its model again."""
    _, dataset = _meet_classes(model, dataset, [])
    return fit_dataset(dataset, model.shape, [], samples=samples)


def merge(base: config.Config, settings: Mapping[str, object]) -> config.Config:
    """`base` with settings put in and all checked together; lists may come as "a,b"."""
    values: dict[str, object] = dict(asdict(base))
    for key, value in legacy.settings(settings).items():
        if isinstance(value, str) and isinstance(values.get(key), tuple):
            value = tuple(part.strip() for part in value.split(",") if part.strip())
        values[key] = value
    return config.from_dict(type(base), values)


def images_for(budget: float, unit: str, train: TrainConfig, images_per_s: float) -> int:
    """A budget in real samples, at a measured speed; never more than MAX_SECONDS of work."""
    per_unit = {"seconds": images_per_s, "images": 1.0, "steps": train.batch_size * train.d_steps}
    images = min(budget * per_unit[unit], MAX_SECONDS * images_per_s, MAX_IMAGES)
    return max(train.batch_size, int(images))


def fit_dataset(
    dataset: Dataset, shape: tuple[int, ...], notes: list[str], *, samples: int = 0
) -> Dataset:
    """The pictures with the size and colours of (C, H, W): centre crop, resize, change of mode. Clips
    likewise, with the number of frames of (C, T, H, W).

    Texts stay as they are: the vocabulary cuts them. Sounds come to the rate of `samples`.
    """
    if dataset.items.dtype.kind == "U":
        return dataset
    if dataset.items.dtype == np.int16:
        if samples in (0, dataset.items.shape[1]):
            return dataset
        notes.append(f"the sounds were made to fit the model ({samples:,} samples each)")
        return replace(dataset, items=np.stack([resampled(s, samples) for s in dataset.items]))
    if dataset.items.ndim == 5:
        return _fit_clips(dataset, shape, notes)
    colours, height, width = shape
    count, old_height, old_width, old_colours = dataset.items.shape
    if (old_height, old_width, old_colours) == (height, width, colours):
        return dataset
    notes.append(
        f"the pictures ({old_width} x {old_height}, {_mode_name(old_colours)}) were made to fit the model "
        f"({width} x {height}, {_mode_name(colours)})"
    )
    items = np.empty((count, height, width, colours), np.uint8)
    for index, item in enumerate(dataset.items):
        picture = Image.fromarray(item[..., 0] if old_colours == 1 else item)
        items[index] = pictures.fit(picture, (height, width), colours)
    return replace(dataset, items=items)


def _fit_clips(dataset: Dataset, shape: tuple[int, ...], notes: list[str]) -> Dataset:
    colours, frames, height, width = shape
    _, old_frames, old_height, old_width, old_colours = dataset.items.shape
    if dataset.items.shape[1:] == (frames, height, width, colours):
        return dataset
    notes.append(
        f"the clips ({old_frames} frames of {old_width} x {old_height}, {_mode_name(old_colours)}) were "
        f"made to fit the model ({frames} frames of {width} x {height}, {_mode_name(colours)})"
    )
    items = np.empty((len(dataset), frames, height, width, colours), np.uint8)
    for index, item in enumerate(dataset.items):
        clip = clips.resampled(item, frames, max(height, width))
        if colours == 1:
            clip = clip.mean(-1, keepdims=True).round().astype(np.uint8)
        top, left = (max(height, width) - height) // 2, (max(height, width) - width) // 2
        items[index] = clip[:, top : top + height, left : left + width]
    return replace(dataset, items=items)


def command(request: RunRequest, *, title: str, seed: int) -> str:
    """The same run as a command line."""
    model, data = _outside(request.start), _outside(request.data)
    words = ["python", "-m", "tgan_demo", "train", "--model", model, "--data", data]
    if request.preset:
        words += ["--preset", request.preset]
    settings = {**request.model_settings, **request.train_settings}
    settings = {k: v for k, v in settings.items() if k not in ("seed", "images")}
    if settings:
        words += ["--set", *(f"{key}={_text(value)}" for key, value in settings.items())]
    _, train = settle(request)
    if request.unit == "seconds":
        words += ["--seconds", f"{request.budget:g}"]
    else:
        words += ["--images", str(images_for(request.budget, request.unit, train, 1e9))]
    words += ["--seed", str(seed), "--out", file_name(title)]
    return shlex.join(words)


def _meet_words(start: Model, dataset: Dataset, notes: list[str]) -> None:
    """A vocabulary cannot grow: say what a model cannot write, and stop where that is too much."""
    if start.config.route == "latent":
        picks = np.linspace(0, len(dataset) - 1, min(ASKED, len(dataset))).astype(int)
        share = start.tokenizer.unfamiliar([str(text) for text in dataset.items[picks]])
        if share > MAX_UNFAMILIAR:
            raise ConfigError(
                f"the autoencoder of {start.title} cannot say {share:.0%} of {dataset.name!r} again; "
                "start from scratch, which learns your text's own vocabulary"
            )
        notes.append(
            f"the autoencoder stays as it is: it gets {share:.0%} of your text's tokens wrong, and "
            "what it cannot say the model cannot learn"
        )
        return
    share = start.tokenizer.vocabulary.unknown_share(dataset.items[:1000])
    if share > MAX_UNKNOWN:
        raise ConfigError(
            f"{start.title} does not know {share:.0%} of the letters of {dataset.name!r}; start from "
            "scratch, which learns the letters of your text"
        )
    if share > 0:
        notes.append(f"{share:.1%} of the letters are unknown to the model and shown as a square")


def _clip_shape(request: RunRequest, dataset: Dataset) -> dict[str, object]:
    """Of a model of clips from scratch: the last of several parts of a class's name, or all but the
    first, say how it moves, and a motion is as long as the data's clips.
    """
    sizes = {k: v for k, v in request.model_settings.items() if k in ("z_dim", "tubelet")}
    asked = merge(ModelConfig(horizon=64), sizes)
    return CLIP_SHAPE | {
        "motion": min(CLIP_MOTION, asked.z_dim // 2),
        "moving": max(1, len(factors(dataset.classes)) - 1),
        "horizon": max(dataset.items.shape[1], 2 * asked.tubelet),
    }


def _trained_with(start: Model, keys: Iterable[str]) -> dict[str, object]:
    """The settings of these names that a model itself was trained with, where it says so."""
    told = start.meta.get("train")
    if not isinstance(told, dict):
        return {}
    try:
        trained = config.from_dict(TrainConfig, told)
    except ConfigError:  # of an older version
        return {}
    return {key: getattr(trained, key) for key in keys if key in told}


def _meet_classes(
    model: ModelConfig, dataset: Dataset, notes: list[str]
) -> tuple[ModelConfig, Dataset]:
    """Model and data with labels that mean the same, whatever each came with."""
    known, given = model.classes, dataset.classes
    if not known:
        if dataset.labels is not None:
            notes.append("the model has no classes, so the labels of the data are not used")
        return model, replace(dataset, labels=None, classes=())
    strange = dataset.labels is not None and not set(dataset.classes) <= set(known)
    if strange and class_parts(known) is not None:
        notes.append(
            f"the model's classes are pairs ({known[0]}), the data's are not: its labels are not used"
        )
        dataset = replace(dataset, labels=None, classes=())
    if dataset.labels is None:
        # an unlabelled picture could be any class: every class learns all of the new pictures
        labels = np.random.default_rng(0).integers(len(known), size=len(dataset))
        notes.append(
            "the data has no labels: every class of the model will learn all of the pictures"
        )
        return model, replace(dataset, labels=labels, classes=known)
    count = int(dataset.labels.max(initial=0)) + 1
    names = tuple(given) or tuple(str(i) for i in range(count))
    if names == known:
        return model, dataset
    if set(names) <= set(known):
        table = np.array([known.index(name) for name in names])
        return model, replace(dataset, labels=table[dataset.labels], classes=known)
    if len(names) > len(known):
        raise ConfigError(
            f"the model knows {len(known)} classes and the data has {len(names)}; start from scratch, "
            "from a model without classes, or upload the pictures without labels"
        )
    rest = tuple(name for name in known[len(names) :] if name not in names)
    rest += tuple(f"(old) {name}" for name in known[len(names) :] if name in names)
    classes = names + rest
    notes.append(f"classes were renamed: {known[0]!r} is now {names[0]!r}, and so on")
    return replace(model, classes=classes), replace(dataset, classes=classes)


def _check_limits(model: ModelConfig, train: TrainConfig, tokens: int | None = None) -> None:
    for name, value, limit in (
        ("width", model.width, MAX_WIDTH),
        ("depth", model.depth, MAX_DEPTH),
        ("batch_size", train.batch_size, MAX_BATCH),
    ):
        if value > limit:
            raise ConfigError(f"{name} is at most {limit} for a run here; got {value}")
    if tokens is not None:
        work = train.batch_size * tokens * model.width * model.depth
        if work > MAX_WORK:
            raise ConfigError(
                "batch_size x tokens x width x depth is at most "
                f"{MAX_WORK:,} for a run here; got {train.batch_size} x {tokens} x {model.width} x "
                f"{model.depth} = {work:,}; try batch_size {max(2, train.batch_size * MAX_WORK // work)}"
            )


def _outside(item_id: str) -> str:
    """What stands for an own thing on another machine: its download."""
    own = {"mine": "MY-DOWNLOADED-MODEL", "data": "MY-PICTURES"}
    return own.get(item_id.partition("/")[0], item_id) if "/" in item_id else item_id


def _plain(value: object) -> object:
    if isinstance(value, (list, tuple)):
        return [str(item) for item in value[:100]]
    return value if value is None or isinstance(value, (bool, int, float)) else str(value)[:1000]


def _text(value: object) -> str:
    if isinstance(value, (list, tuple)):
        return ",".join(str(item) for item in value)
    return str(value).lower() if isinstance(value, bool) else str(value)


def _mode_name(colours: int) -> str:
    return "grey" if colours == 1 else "colour"
