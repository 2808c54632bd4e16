"""The command `train`: a run like the page's, or a recipe, from the start or from where it stopped."""

import argparse
import difflib
import functools
import os
import sys
import time
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path

import torch

from tgan_demo import config, legacy
from tgan_demo.cli.opening import open_data, open_model
from tgan_demo.config import ModelConfig, TrainConfig
from tgan_demo.contract import Dataset
from tgan_demo.data import held_out, hub_sets, recipes
from tgan_demo.engine.game.ranks import Ranks
from tgan_demo.engine.game.state import TrainState
from tgan_demo.errors import ConfigError, LostError
from tgan_demo.events import (
    BudgetSettled,
    Event,
    NotSaved,
    RunFailed,
    RunFinished,
    Saved,
    StepDone,
)
from tgan_demo.models import upload
from tgan_demo.models.folder import MAX_CURVE, write_curves
from tgan_demo.runs import checkpoint, drive, every_recipe, phases, plan, together
from tgan_demo.runs.budget import Budget, check_budget
from tgan_demo.runs.curves import of_model
from tgan_demo.runs.request import SCRATCH, RunRequest
from tgan_demo.runs.stopping import Stop, stoppable
from tgan_demo.runs.tracking import TRACKERS, Tracker, tracked


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--recipe", help="a file or a name in recipes/, such as image-digits")
    parser.add_argument(
        "--all",
        action="store_true",
        help="every recipe, the weakest model first, in --seconds together; packs what ships",
    )
    parser.add_argument("--only", help="with --all: some of them, a,b,c")
    parser.add_argument("--at-once", type=int, help="with --all: so many processes")
    parser.add_argument(
        "--cool-down", action="store_true", help="fork the recipe's run into what ships"
    )
    parser.add_argument(
        "--model", default="scratch", help="start from this model; scratch: from noise"
    )
    parser.add_argument(
        "--data",
        help="name of a set that we make, folder, zip, npz or txt, or one of the Hub as "
        f"hub:{hub_sets.FORM}; for a recipe its data root",
    )
    parser.add_argument(
        "--preset",
        choices=list(config.PRESETS),
        help=f'without a recipe, "{config.FIRST_PRESET}" from scratch and "{config.TUNE_PRESET}" from a model '
        "unless said",
    )
    parser.add_argument("--set", nargs="*", default=[], metavar="KEY=VALUE", help="any setting")
    parser.add_argument("--seconds", type=float)
    parser.add_argument("--images", type=int)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--resume", action="store_true", help="go on from --out")
    parser.add_argument(
        "--track",
        choices=list(TRACKERS),
        help="tell curves, alerts and sheets to this tracker, whose package must be installed (of a "
        "recipe, or in several processes, the curves alone)",
    )
    parser.add_argument("--out", required=True)


def command(args: argparse.Namespace) -> dict | None:
    """A recipe, or a short run like the page's; Ctrl-C or SIGTERM saves it first.

    Started by torchrun, several processes train it together; the first one writes and answers.
    """
    out = Path(args.out)
    with together.joined() as ranks:
        try:
            result = _trained(args, out, ranks)
        except LostError as error:
            raise LostError(f"{error}, and training with it; {_left(out)}") from error
    return result if ranks.is_first else None  # the others have nothing to say


def _left(out: Path) -> str:
    """What there is of a run that was cut off."""
    nimg = checkpoint.saved_nimg(out)
    if nimg is None:
        return "nothing was saved yet"
    return (
        f"{out} has the run as it was saved at {nimg:,} samples: --resume goes on, in as many processes as "
        "you like"
    )


def _trained(args: argparse.Namespace, out: Path, ranks: Ranks) -> dict:
    if args.all and args.track:
        raise ConfigError(
            "--track tells of one run, and --all trains many at once, each in a process of its own; "
            "leave --track out, or train one of them: --recipe NAME --track"
        )
    if args.all:
        if ranks.count > 1:
            raise ConfigError(
                "--all starts a process for each recipe itself: call it without torchrun"
            )
        return _every_recipe(args, out)
    if (out / checkpoint.STATE).is_file() and not (args.resume or args.cool_down):
        raise ConfigError(f"{out} holds a run; add --resume or choose another --out")
    tracker = TRACKERS[args.track](out) if args.track and ranks.is_first else None
    if args.recipe:
        device = "cuda" if torch.cuda.is_available() else "cpu"
        recipe = recipes.load_recipe(args.recipe, device=device)
        dataset, validation = held_out.for_validation(recipes.load_data(recipe, args.data))
        pairs = _pairs(args.set)
        changed = config.merge(recipe.train, pairs)
        changes = {key: getattr(changed, key) for key in pairs}
        changes |= {"seed": args.seed} if args.seed else {}
        with stoppable() as stop:
            asked = functools.partial(stop.is_asked_of, ranks)
            if args.cool_down:
                events = phases.cool_down(
                    recipe, dataset, out, device=device, stop=asked, validation=validation,
                    ranks=ranks,
                )  # fmt: skip
            else:
                events = phases.run(
                    recipe, dataset, out, seconds=args.seconds, images=args.images,
                    resume=args.resume, set_train=changes, device=device, stop=asked,
                    validation=validation, ranks=ranks,
                )  # fmt: skip
            if tracker is not None:
                told = asdict(recipe.model) | asdict(recipe.train) | changes
                about = {"title": out.name, "settings": told, "is_resumed": args.resume}
                events = tracked(events, tracker, **about)
            last = _follow(events, every=100, stop=stop)
        return last | {"recipe": recipe.id, "out": str(out)}
    return _short_run(args, out, ranks, tracker)


def _every_recipe(args: argparse.Namespace, out: Path) -> dict:
    """Every recipe in a process of its own; those that fail or lack their data are told at the end."""
    if args.recipe or args.model != SCRATCH or args.preset or args.images or args.cool_down:
        raise ConfigError(
            "--all trains every recipe as it is: only --seconds, --data, --set and --seed"
        )
    if not args.seconds:
        raise ConfigError("--all wants --seconds, which all recipes share")
    _pairs(args.set)  # a slip is told before anything begins
    on_gpu = torch.cuda.is_available()
    cores = args.threads or os.cpu_count() or 1
    at_once = args.at_once or every_recipe.most_at_once(cores, on_gpu=on_gpu)
    asked = every_recipe.Asked(
        out=out,
        seconds=args.seconds,
        data_root=Path(args.data) if args.data else None,
        only=args.only.split(",") if args.only else (),
        at_once=at_once,
        threads=max(1, cores // at_once),
        words=(*(("--set", *args.set) if args.set else ()), "--seed", str(args.seed)),
    )
    with stoppable() as stop:
        report = every_recipe.train(asked, lambda line: print(line, flush=True), stop.is_asked)
    stopped = {"stopped": stop.name} if report.is_stopped else {}
    found = {key: getattr(report, key) for key in ("trained", "failed", "left_out", "packed")}
    return found | stopped | {"out": str(out)}


def _short_run(
    args: argparse.Namespace, out: Path, ranks: Ranks, tracker: Tracker | None = None
) -> dict:
    begun = time.monotonic()
    if args.resume and (out / checkpoint.STATE).is_file():
        state, dataset, budget = _resumed(args, out)
    else:
        state, dataset, budget = _new_run(args)
    together.begin(state, dataset, ranks)
    with stoppable() as stop:
        curve = of_model(out, state, start_nimg=state.start_nimg)
        asked = functools.partial(stop.is_asked_of, ranks)
        folder = out if ranks.is_first else None
        events = drive.drive(state, dataset, budget, folder=folder, stop=asked)
        if tracker is not None:
            about = {"title": out.name, "state": state, "is_resumed": args.resume}
            seen = dataset if ranks.count == 1 else None
            events = tracked(events, tracker, dataset=seen, **about)
        last = _follow(curve.follow(events, state.start_nimg), every=50, stop=stop)
        if not ranks.is_first:
            return {}
        upload.write_model(out, state, dataset, title=out.name, start=args.model)
        write_curves(out, curve.columns(MAX_CURVE))
    return last | {"seconds": round(time.monotonic() - begun, 1), "out": str(out)}


def _resumed(args: argparse.Namespace, out: Path) -> tuple[TrainState, Dataset, Budget | None]:
    """The run in `out`, to its end or for a further budget."""
    if not args.data:
        raise ConfigError("--resume wants the --data that the run was started with")
    state, dataset = drive.take_up(out, open_data(args.data))
    if not args.images and not args.seconds:
        return state, dataset, None
    unit = "images" if args.images else "seconds"
    amount = check_budget(args.images or args.seconds, unit)
    nimg = state.nimg - state.start_nimg
    return state, dataset, Budget(amount=amount, unit=unit, nimg=nimg, seconds=state.seconds)


def _new_run(args: argparse.Namespace) -> tuple[TrainState, Dataset, Budget]:
    """Planned as on the page: defaults, preset, what fits the data, --set."""
    pairs, model_keys = _pairs(args.set), config.names(ModelConfig)
    _check_known(pairs, (*model_keys, *config.names(TrainConfig)))
    request = RunRequest(
        title=Path(args.out).name,
        start=args.model,
        preset=args.preset
        or (config.FIRST_PRESET if args.model == SCRATCH else config.TUNE_PRESET),
        model_settings={k: v for k, v in pairs.items() if k in model_keys},
        train_settings={
            "seed": args.seed,
            **{k: v for k, v in pairs.items() if k not in model_keys},
        },
        budget=args.images or args.seconds or TrainConfig().images,
        unit="seconds" if args.seconds and not args.images else "images",
    )
    plan.settle(request)  # a wrong setting is told before the data is read or painted
    start = None if args.model == SCRATCH else open_model(args.model)
    state, planned = plan.begin(request, open_data(args.data or "digits"), start)
    for note in planned.notes:
        print(note)
    return state, planned.dataset, request.wanted


def _follow(events: Iterable[Event], *, every: int, stop: Stop) -> dict:
    """Print what happens, a line each so many steps; raise where the run failed."""
    nimg, stopped = 0, {}
    for event in events:
        if isinstance(event, StepDone):
            nimg = event.nimg
            if event.step % every == 0:
                _print_step(event)
        elif isinstance(event, Saved):
            print(f"saved at {event.nimg:,} samples: {event.path}", flush=True)
        elif isinstance(event, NotSaved):
            print(event.cause, file=sys.stderr, flush=True)
        elif isinstance(event, BudgetSettled):
            print(f"{event.images:,} samples in all", flush=True)
        elif isinstance(event, RunFailed):
            raise ConfigError(f"training stopped at step {event.step}: {event.cause}")
        elif isinstance(event, RunFinished):
            nimg = event.nimg
            if event.is_stopped:
                stopped = {"stopped": stop.name}
                print(f"stopped by {stop.name}; --resume goes on", file=sys.stderr, flush=True)
    return {"nimg": nimg, **stopped}


def _print_step(e: StepDone) -> None:
    unseen = "" if e.d_unseen is None else f" (unseen {e.d_unseen:.0%})"
    print(
        f"{e.nimg:>9,} samples  {e.images_per_s:5.0f}/s  loss D {e.loss_d:.3f} G {e.loss_g:.3f}  "
        f"D right {e.d_accuracy:.0%}{unseen}  R1 {e.r1:.3f} R2 {e.r2:.3f}  gamma {e.gamma:.2f}",
        flush=True,
    )


def _pairs(texts: list[str]) -> dict[str, str]:
    for text in texts:
        if "=" not in text:
            raise ConfigError(f"--set wants key=value; got {text!r}")
    return legacy.settings(dict(text.split("=", 1) for text in texts))


def _check_known(pairs: dict[str, str], known: tuple[str, ...]) -> None:
    for key in pairs:
        if key not in known:
            near = difflib.get_close_matches(key, known, n=1, cutoff=0.3)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            raise ConfigError(f"there is no setting {key[:60]!r}{hint}")
