"""From a request and its data to what is trained: model settings, training settings, data made to fit.

The order of precedence, lowest first: defaults, preset, the modality's own beginning, what fits the data,
the user's settings. A run that starts from a model keeps that model's shape. Settings are checked against
what one run on a shared server may cost. Knows no threads and no disk.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from tgan_demo import config, legacy
from tgan_demo.config import ModelConfig, TrainConfig
from tgan_demo.contract import Dataset, Tokenizer, coarser
from tgan_demo.engine.draw.model import Model
from tgan_demo.engine.game import losses
from tgan_demo.engine.game.state import TrainState, new_state
from tgan_demo.engine.players.classes import class_parts
from tgan_demo.errors import ConfigError
from tgan_demo.modalities import registry
from tgan_demo.runs.request import RunRequest
from tgan_demo.said import say

MAX_BATCH = 256
MAX_WIDTH = 256
MAX_DEPTH = 8
MAX_TOKENS = 400
MAX_WORK = 8 * 64 * 64 * 128 * 4  # batch x tokens x width x depth: 8 times the default run
DATAS_OWN = ("shape", "modality", "route", "classes")  # of a model, whatever a request says
MIN_SAMPLES = 2  # of a data set; the uploads page wants more


@dataclass(frozen=True, slots=True)
class Plan:
    """What will be trained."""

    model: ModelConfig
    train: TrainConfig  # `images` is a guess while the budget is in seconds
    dataset: Dataset  # made to fit the model
    start: Model | None  # its weights; the settings in force are `model`
    notes: tuple[str, ...]  # what was changed to make it fit, for the user


def settle(request: RunRequest) -> tuple[ModelConfig, TrainConfig]:
    """The request's settings over the defaults, before any data is seen.

    Raises:
        ConfigError: an unknown key, a wrong type, a value out of range or over a server limit.
    """
    model_preset, train_preset = config.PRESETS.get(request.preset, ({}, {}))
    model = config.merge(config.merge(ModelConfig(), model_preset), request.model_settings)
    train = config.merge(config.merge(TrainConfig(), train_preset), request.train_settings)
    losses.check(train.loss)
    check_limits(model, train)
    return model, request.wanted.guessed(train)


def check_fit(request: RunRequest, modality: str, start: Model | None) -> None:
    """That no setting of a request will be changed to meet its data or its start.

    A page offers what fits and tells what `make` changed; a program wants to be refused.

    Raises:
        ConfigError: names the first setting that does not fit.
    """
    for key in (key for key in DATAS_OWN if key in request.model_settings):
        raise ConfigError(f"{key} is what the data have and no setting; leave it out")
    if start is not None:
        shaped = config.merge(start.config, request.model_settings)
        for key in request.model_settings:
            if getattr(shaped, key) != getattr(start.config, key):
                raise ConfigError(
                    f"{start.title} has {key} = {text(getattr(start.config, key))}, which a run that "
                    "starts from it keeps; leave it out, or start from scratch"
                )
    if "augment" in request.train_settings:
        asked, notes = config.merge(TrainConfig(), request.train_settings), list[str]()
        if registry.get(modality).plan.augmentations(asked, notes) != asked:
            raise ConfigError(
                f"augment has {text(asked.augment)}, and data of the kind {modality!r} cannot be changed so"
            )


def make(
    request: RunRequest, dataset: Dataset, tokenizer: Tokenizer, start: Model | None = None
) -> Plan:
    """The whole plan, once the data and the start model are there."""
    if len(dataset) < MIN_SAMPLES:
        raise ConfigError(
            f"training wants at least {MIN_SAMPLES} samples; {dataset.name!r} has {len(dataset)}"
        )
    if dataset.modality != tokenizer.name:
        raise ConfigError(
            f"{dataset.name!r} is {dataset.modality} and the model you start from makes "
            f"{tokenizer.name}; choose {tokenizer.name} data, or start from scratch"
        )
    _, train = settle(request)
    part, notes = registry.get(dataset.modality).plan, list[str]()
    if start is None:
        begin = part.beginning(dataset, request.model_settings)
        model = _fitted(request, begin, dataset, tokenizer)
    else:
        if request.model_settings:
            notes.append(say("shape_kept"))
        begin = part.going_on(start.config, _trained_with(start))
        part.meet(dataset, start.config, tokenizer, start.title, notes)
        model, dataset = _meet_classes(start.config, dataset, notes)
    dataset = part.fit_dataset(dataset, model, tokenizer, notes)
    own = {key: value for key, value in begin.items() if key not in request.train_settings}
    train = part.augmentations(config.merge(train, _only(TrainConfig, own)), notes)
    tokenizer.check(model)
    if start is None and train.adapt != "all":
        train, notes = replace(train, adapt="all"), [*notes, say("adapts_nothing")]
    if start is None:
        coarser(tokenizer, model, train.grow)
    elif train.grow:
        raise ConfigError(f"grow wants a run from scratch; {start.title} has its size already")
    tokens = tokenizer.tokens(model).count
    if tokens > MAX_TOKENS:
        raise ConfigError(
            f"a run here has at most {MAX_TOKENS} tokens; this has {tokens}: raise patch"
        )
    check_limits(model, train, tokens)
    return Plan(model, train, dataset, start, tuple(notes))


def begin(
    request: RunRequest, dataset: Dataset, start: Model | None = None
) -> tuple[TrainState, Plan]:
    """A run at its beginning, and what was planned for it."""
    tokenizer = start.tokenizer if start else registry.tokenizer(dataset.modality).fit(dataset)
    planned = make(request, dataset, tokenizer, start)
    state = new_state(
        planned.model,
        planned.train,
        tokenizer,
        start=None if start is None else (start.G, start.D),
        start_nimg=0 if start is None else int(start.meta.get("nimg", 0)),
    )
    return state, planned


def beginnings() -> dict[str, dict[str, object]]:
    """modality -> what a run from scratch has in place of its preset's values, for the page to show."""
    return {name: dict(registry.get(name).plan.settings) for name in registry.names()}


def refit(model: ModelConfig, dataset: Dataset, tokenizer: Tokenizer) -> Dataset:
    """The data of a run that is resumed, fitted to its model again."""
    _, dataset = _meet_classes(model, dataset, [])
    return registry.get(model.modality).plan.fit_dataset(dataset, model, tokenizer, [])


def _fitted(
    request: RunRequest, begin: Mapping[str, object], dataset: Dataset, tokenizer: Tokenizer
) -> ModelConfig:
    """The shape of a model from scratch."""
    preset, _ = config.PRESETS.get(request.preset, ({}, {}))
    base = config.merge(config.merge(ModelConfig(), preset), _only(ModelConfig, begin))
    fitted = tokenizer.config_for(dataset, base)
    own = {key: value for key, value in request.model_settings.items() if key not in DATAS_OWN}
    return config.merge(fitted, own)


def _only(kind: type, settings: Mapping[str, object]) -> dict[str, object]:
    return {key: settings[key] for key in config.names(kind) if key in settings}


def _trained_with(start: Model) -> dict[str, object]:
    """The settings that a model itself was trained with, as far as its file says them."""
    told = start.meta.get("train")
    if not isinstance(told, dict):
        return {}
    try:
        trained = config.from_dict(TrainConfig, told)
    except ConfigError:  # of another version
        return {}
    return {key: getattr(trained, key) for key in legacy.settings(told)}


def _meet_classes(
    model: ModelConfig, dataset: Dataset, notes: list[str]
) -> tuple[ModelConfig, Dataset]:
    """Model and data with labels that mean the same, whatever each came with."""
    known, given = model.classes, dataset.classes
    if not known:
        if dataset.labels is not None:
            notes.append(say("no_classes"))
        return model, replace(dataset, labels=None, classes=())
    strange = dataset.labels is not None and not set(dataset.classes) <= set(known)
    if strange and class_parts(known) is not None:
        notes.append(say("pairs", example=known[0]))
        dataset = replace(dataset, labels=None, classes=())
    if dataset.labels is None:
        # an unlabelled sample could be of any class: every class learns all of the new ones
        labels = np.random.default_rng(0).integers(len(known), size=len(dataset))
        notes.append(say("no_labels"))
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
            "from a model without classes, or upload the data without labels"
        )
    rest = tuple(name for name in known[len(names) :] if name not in names)
    rest += tuple(f"(old) {name}" for name in known[len(names) :] if name in names)
    classes = names + rest
    notes.append(say("renamed", old=repr(known[0]), new=repr(names[0])))
    return replace(model, classes=classes), replace(dataset, classes=classes)


def check_limits(model: ModelConfig, train: TrainConfig, tokens: int | None = None) -> None:
    """That a run here may cost so much. Raises ConfigError."""
    for name, value, limit in (
        ("width", model.width, MAX_WIDTH),
        ("depth", model.depth, MAX_DEPTH),
        ("batch_size", train.batch_size, MAX_BATCH),
    ):
        if value > limit:
            raise ConfigError(say("at_most", name=name, limit=limit, got=value))
    if tokens is not None:
        work = train.batch_size * tokens * model.width * model.depth
        if work > MAX_WORK:
            factors = f"{train.batch_size} x {tokens} x {model.width} x {model.depth}"
            smaller = max(2, train.batch_size * MAX_WORK // work)
            raise ConfigError(
                say("work", limit=f"{MAX_WORK:,}", got=f"{factors} = {work:,}", smaller=smaller)
            )


def text(value: object) -> str:
    """A setting as `--set` takes it."""
    if isinstance(value, (list, tuple)):
        return ",".join(str(item) for item in value)
    return str(value).lower() if isinstance(value, bool) else str(value)
