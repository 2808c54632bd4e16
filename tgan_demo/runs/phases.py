"""The two phases of a recipe: a constant one that can go on for ever, and the cool-down that ships.

The cool-down is a fork: from a copy of the run, 15 % of the samples so far at falling rates. What scores
better of the two ships.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from tgan_demo.config import ModelConfig, TrainConfig
from tgan_demo.contract import Dataset
from tgan_demo.data.recipes import Recipe
from tgan_demo.engine.draw.model import Model
from tgan_demo.engine.game.ranks import ALONE, Ranks
from tgan_demo.engine.game.state import TrainState, new_state
from tgan_demo.events import Event, RunFailed, RunFinished, Saved, StepDone
from tgan_demo.modalities import registry
from tgan_demo.models.folder import GAME, MAX_CURVE, load_model, save_trained, write_curves
from tgan_demo.runs import checkpoint, drive, together, vae_report
from tgan_demo.runs.budget import Budget
from tgan_demo.runs.curves import Curve, of_model
from tgan_demo.shipped import WEIGHTS

COOLDOWN = 0.15  # of the samples so far


def run(
    recipe: Recipe,
    dataset: Dataset,
    out: Path,
    *,
    device: str = "cpu",
    seconds: float | None = None,
    images: int | None = None,
    resume: bool = False,
    set_train: dict | None = None,
    stop: Callable[[], object] = bool,
    validation: Dataset | None = None,
    ranks: Ranks = ALONE,
) -> Iterator[Event]:
    """The constant phase, saved into `out` all along, until the budget is used up.

    Args:
        validation: what the warm start's and the game's end are scored beside (vae_report.py); None: no score.
        resume: go on with the run in `out`, or where there is none with the bundled model.
        stop: as of drive.drive.
        ranks: this process among those that train together; the first one writes.
    """
    train = replace(recipe.train, **(set_train or {}))
    if resume and (out / checkpoint.STATE).is_file():
        state = checkpoint.load_state(out / checkpoint.STATE, device=device)
        # settings may be tuned between slices; the run keeps its weights, moments and random stream
        state.train = replace(train, seed=state.train.seed)
    elif resume and (WEIGHTS / recipe.id / "model.safetensors").is_file():
        model = load_model(WEIGHTS / recipe.id)
        state = from_model(model, train, recipe.model, device=device)
        if ranks.is_first:
            vae_report.begin(out, model.meta)
    else:
        if ranks.is_first:
            vae_report.begin(out)
        tokenizer = registry.tokenizer(recipe.model.modality, recipe.model.route)
        tokenizer = tokenizer.fit(dataset, **recipe.tokenizer)
        state = new_state(recipe.model, train, tokenizer, device=device)
    together.begin(state, dataset, ranks)
    budget = _slice(state, seconds, images)
    folder = out if ranks.is_first else None
    events = drive.drive(state, dataset, budget, folder=folder, stop=stop)
    before = out / "model" if (out / checkpoint.STATE).is_file() else WEIGHTS / recipe.id
    curve = of_model(before, state) if resume else Curve()
    yield from _driven(recipe, state, events, out, curve, (dataset, validation))


def cool_down(
    recipe: Recipe,
    dataset: Dataset,
    out: Path,
    *,
    share: float = COOLDOWN,
    device: str = "cpu",
    stop: Callable[[], object] = bool,
    validation: Dataset | None = None,
    ranks: Ranks = ALONE,
) -> Iterator[Event]:
    """Fork the run in `out`, train it on `share` of its images at falling rates, write out/model.

    A fork that is stopped half-way is no model: nothing is written, and the run stays as it was.
    """
    state = checkpoint.load_state(out / checkpoint.STATE, device=device)
    budget = max(state.train.batch_size, int(state.nimg * share))
    state.train = replace(recipe.cooldown, images=budget, warm_start=0)
    state.start_nimg = state.nimg
    together.begin(state, dataset, ranks)
    curve = of_model(out / "model", state)
    events, parts = drive.drive(state, dataset, stop=stop), (dataset, validation)
    for event in _driven(recipe, state, events, out, curve, parts):
        yield event
        if isinstance(event, RunFinished) and event.is_stopped:
            return


def _slice(state: TrainState, seconds: float | None, images: int | None) -> Budget | None:
    """So many images or seconds more, of a run that has no end."""
    if not images and not seconds:
        return None
    nimg = state.nimg - state.start_nimg
    amount, unit = (images, "images") if images else (seconds, "seconds")
    return Budget(amount=amount or 0, unit=unit, nimg=nimg, is_slice=True)


def _driven(
    recipe: Recipe,
    state: TrainState,
    events: Iterator[Event],
    out: Path,
    curve: Curve,
    parts: tuple[Dataset, Dataset | None],
) -> Iterator[Event]:
    """The events, and out/model after the last unless the run failed; both ends of the game are measured."""

    def measure(end: str) -> None:
        before = out / "model" if (out / "model").is_dir() else WEIGHTS / recipe.id
        vae_report.keep(out, end, state, recipe, lambda to: save(recipe, state, to), parts, before)

    if not state.ranks.is_first:
        yield from events
        return
    is_stopped = False
    if vae_report.is_warm(state):  # killed before it was measured
        measure("warm_start")
    for event in curve.follow(events):
        yield event
        if isinstance(event, RunFailed):
            return
        if isinstance(event, StepDone) and vae_report.is_warm(state):
            measure("warm_start")
        is_stopped = isinstance(event, RunFinished) and event.is_stopped
    save(recipe, state, out / "model")
    write_curves(out / "model", curve.columns(MAX_CURVE))
    if not is_stopped and vae_report.is_in_game(state):  # who stops does not want to wait
        measure("game")
    vae_report.carry(out, out / "model")
    yield Saved(nimg=state.nimg, path=out / "model")


def from_model(
    model: Model, train: TrainConfig, wanted: ModelConfig, *, device: str = "cpu"
) -> TrainState:
    """The run that a model folder came from, gone on with: the optimisers' moments are warmed up again.

    Args:
        wanted: the recipe's; a local discriminator that the model has not yet is begun.
    """
    local = {name: getattr(wanted, name) for name in ("local_crop", "local_patch")}
    config = replace(model.config, **local) if model.D.local is None else model.config
    state = new_state(config, train, model.tokenizer, start=(model.G, model.D), device=device)
    if state.encoder is not None and model.encoder is not None:
        state.encoder.load_state_dict(model.encoder.state_dict())
    state.nimg = int(model.meta.get("nimg", 0))
    state.seconds = float(model.meta.get("seconds", 0))
    for name, value in model.meta.get("game", {}).items():
        if name in GAME:
            setattr(state, name, float(value))
    return state


def save(recipe: Recipe, state: TrainState, folder: Path) -> None:
    data = {key: recipe.data[key] for key in ("name", "licence", "source")}
    if "factors" in recipe.data:
        data["factors"] = list(recipe.data["factors"])
    save_trained(
        folder, state, id=recipe.id, title=recipe.title, data=data, temperature=recipe.temperature
    )
