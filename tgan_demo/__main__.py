"""The command line: the same functions as the page. The last line of each command is one JSON object.

Run: python -m tgan_demo models|sample|walk|train|evaluate|attention|export|bench --help
"""

import argparse
import difflib
import json
import logging
import shutil
import sys
import time
from collections.abc import Iterable
from pathlib import Path

import torch

from tgan_demo import config as settings
from tgan_demo.cli import saving
from tgan_demo.config import ModelConfig, SampleConfig, TrainConfig
from tgan_demo.contract import Dataset
from tgan_demo.data import catalogue, local
from tgan_demo.data.limits import OWN_RATE, OWN_SAMPLES
from tgan_demo.engine.draw import sampler
from tgan_demo.engine.draw.model import Model
from tgan_demo.engine.draw.parts import PARTS
from tgan_demo.engine.game import trainer
from tgan_demo.errors import ConfigError, DataError, TganError
from tgan_demo.events import (
    BudgetSettled,
    Event,
    NotSaved,
    RunFailed,
    RunFinished,
    Saved,
    StepDone,
)
from tgan_demo.files.disk import default_dir
from tgan_demo.modalities.audio import bring as sounds
from tgan_demo.modalities.text import bring as texts
from tgan_demo.modalities.video import bring as clips
from tgan_demo.models import inside, upload
from tgan_demo.models.folder import load_model
from tgan_demo.people.store import MODEL_FILES
from tgan_demo.runs import checkpoint, drive, plan, recipes
from tgan_demo.runs.budget import Budget, check_budget
from tgan_demo.runs.request import SCRATCH, RunRequest
from tgan_demo.studio import Studio


def main(arguments: list[str] | None = None) -> int:
    """Run one command; 0, or 2 after an error that the user can mend."""
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    args = _parser().parse_args(arguments)
    if args.threads:
        torch.set_num_threads(args.threads)
    try:
        result = args.run(args)
    except (TganError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    print(json.dumps(result, ensure_ascii=False))
    return 0


def models(args: argparse.Namespace) -> dict:
    """What there is to play with."""
    infos = Studio().models()
    for info in infos:
        size = "x".join(map(str, info.shape))
        print(f"{info.id:18} {size:9} {info.nimg:>9,} pictures seen   {info.data}; {info.licence}")
    return {
        "models": [
            {"id": i.id, "shape": i.shape, "classes": i.classes, "nimg": i.nimg} for i in infos
        ]
    }


def sample(args: argparse.Namespace) -> dict:
    """Samples of seeds seed, seed + 1, ..."""
    model = open_model(args.model)
    config = SampleConfig(
        seed=args.seed,
        count=args.count,
        label=_label(model, args.label),
        psi=args.psi,
        variation=args.variation,
        variation_seed=args.variation_seed,
        temperature=model.temperature if args.temperature is None else args.temperature,
        top_p=args.top_p,
        frames=args.frames,
    )
    if args.frames and model.config.modality != "video":
        raise ConfigError(f"{model.title} makes no clips; leave --frames out")
    items, labels = sampler.draw(model, config)
    saving.save_samples(Path(args.out), items, labels, model, config)
    return {"model": model.id, "count": len(items), "shape": items.shape[1:], "out": args.out}


def walk(args: argparse.Namespace) -> dict:
    """A film through several seeds; a model of clips plays on while it changes."""
    studio = Studio()
    model = studio.load(args.model)
    label = _label(model, args.label)
    items = studio.walk(
        args.model,
        [SampleConfig(seed=seed, label=label) for seed in args.seeds],
        frames=args.frames,
        path=args.path,
        space=args.space,
        loop=not args.once,
        psi=args.psi,
        part=args.part,
    )
    usual = saving.FPS if model.config.modality == "video" else saving.WALK_FPS
    saving.save_walk(Path(args.out), items, args.fps or usual)
    return {"model": model.id, "count": len(items), "shape": items.shape[1:], "out": args.out}


def train(args: argparse.Namespace) -> dict:
    """A recipe, or a short run like the page's."""
    out = Path(args.out)
    if (out / checkpoint.STATE).is_file() and not (args.resume or args.cool_down):
        raise ConfigError(f"{out} holds a run; add --resume or choose another --out")
    if args.recipe:
        device = "cuda" if torch.cuda.is_available() else "cpu"
        recipe = recipes.load_recipe(args.recipe, device=device)
        dataset = recipes.load_data(recipe, args.data)
        pairs = _pairs(args.set)
        changed = settings.with_settings(recipe.train, pairs)
        changes = {key: getattr(changed, key) for key in pairs}
        changes |= {"seed": args.seed} if args.seed else {}
        if args.cool_down:
            events = recipes.cool_down(recipe, dataset, out, device=device)
        else:
            events = recipes.run(
                recipe, dataset, out, seconds=args.seconds, images=args.images,
                resume=args.resume, set_train=changes, device=device,
            )  # fmt: skip
        last = _follow(events, every=100)
        return last | {"recipe": recipe.id, "out": str(out)}
    return _short_run(args, out)


def evaluate(args: argparse.Namespace) -> dict:
    """How good the samples are, each number beside its real-data value."""
    from tgan_demo.measure import report as module

    model = open_model(args.model)
    return module.evaluate(
        model.folder,
        data_root=args.data,
        n=args.count,
        trained_on_generated=args.classifier,
        language_model=args.language_model,
        temperature=model.temperature if args.temperature is None else args.temperature,
    )


def attention(args: argparse.Namespace) -> dict:
    """Where G and D look, for one seed."""
    model = open_model(args.model)
    config = SampleConfig(seed=args.seed, label=_label(model, args.label), psi=args.psi)
    maps = inside.attention(model, config)
    saving.save_maps(Path(args.out), maps, model, config)
    return {"model": model.id, "g": list(maps.g_self.shape), "d": list(maps.d.shape),
            "logit": maps.logit, "out": args.out}  # fmt: skip


def export_(args: argparse.Namespace) -> dict:
    """The model's files, to share or to load elsewhere."""
    model, out = open_model(args.model), Path(args.out)
    out.mkdir(parents=True, exist_ok=True)
    names = MODEL_FILES
    copied = [
        n for n in names if (model.folder / n).is_file() and shutil.copy(model.folder / n, out / n)
    ]
    return {"model": model.id, "files": copied, "out": str(out)}


def bench(args: argparse.Namespace) -> dict:
    """Speed and memory here, against the machine's own peak in the same run."""
    from tgan_demo.cli import bench as module

    result = module.run()
    for name, value in result.items():
        print(f"{name:24} {value}")
    return result


# ---- helpers


def open_model(name: str) -> Model:
    """A bundled id, or a folder that `train --out` wrote."""
    folder = Path(name)
    for place in (folder, folder / "model"):
        if (place / "model.safetensors").is_file():
            return load_model(place)
    return Studio().load(name)


def open_data(name: str) -> Dataset:
    """The name of a set that we know, a text file, or a folder, zip or npz of pictures, sounds or clips."""
    known = catalogue.built_in()
    if name in known:
        return known[name].load(default_dir() / "hub")
    if name.startswith(catalogue.HUB):
        catalogue.find(name)
    if not Path(name).exists():
        made = ", ".join(data_id for data_id, source in known.items() if source.maker)
        raise DataError(f"data is a folder, a zip, an npz, a txt or one of {made}; got {name!r}")
    if Path(name).suffix == ".txt":
        return texts.dataset([Path(name)], name=Path(name).stem)
    path = Path(name)
    files = sorted(p for p in path.rglob("*") if p.is_file()) if path.is_dir() else [path]
    if files and sounds.are_sounds(files):
        heard = [p for p in files if p.suffix.lower() in (*sounds.SUFFIXES, ".zip")]
        return sounds.load(heard, OWN_RATE, OWN_SAMPLES, name=path.stem)[0]
    if files and clips.are_clips(files):
        return clips.load(files, name=path.stem)[0]
    return local.load(path)


def _short_run(args: argparse.Namespace, out: Path) -> dict:
    begun = time.monotonic()
    if args.resume and (out / checkpoint.STATE).is_file():
        state, dataset, budget = _resumed(args, out)
    else:
        state, dataset, budget = _new_run(args)
    last = _follow(drive.drive(state, dataset, budget, folder=out), every=50)
    upload.write_model(out, state, dataset, title=out.name, start=args.model)
    return last | {"seconds": round(time.monotonic() - begun, 1), "out": str(out)}


def _resumed(
    args: argparse.Namespace, out: Path
) -> tuple[trainer.TrainState, Dataset, Budget | None]:
    """The run in `out`, to its end or for a further budget."""
    if not args.data:
        raise ConfigError("--resume wants the --data that the run was started with")
    state = checkpoint.load_state(out)
    dataset = plan.refit(state.model, open_data(args.data), state.tokenizer)
    if not args.images and not args.seconds:
        return state, dataset, None
    unit = "images" if args.images else "seconds"
    amount = check_budget(args.images or args.seconds, unit)
    nimg = state.nimg - state.start_nimg
    return state, dataset, Budget(amount=amount, unit=unit, nimg=nimg, seconds=state.seconds)


def _new_run(args: argparse.Namespace) -> tuple[trainer.TrainState, Dataset, Budget]:
    """Planned as on the page: defaults, preset, what fits the data, --set."""
    pairs, model_keys = _pairs(args.set), settings.names(ModelConfig)
    _check_known(pairs, (*model_keys, *settings.names(TrainConfig)))
    request = RunRequest(
        title=Path(args.out).name,
        start=args.model,
        preset=args.preset or "",
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


def _follow(events: Iterable[Event], *, every: int) -> dict:
    """Print what happens, a line each so many steps; raise where the run failed."""
    nimg = 0
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
    return {"nimg": nimg}


def _print_step(e: StepDone) -> None:
    print(
        f"{e.nimg:>9,} samples  {e.images_per_s:5.0f}/s  loss D {e.loss_d:.3f} G {e.loss_g:.3f}  "
        f"D sure {e.d_confidence:.2f}  R1 {e.r1:.3f} R2 {e.r2:.3f}  gamma {e.gamma:.2f}",
        flush=True,
    )


def _pairs(texts: list[str]) -> dict[str, str]:
    for text in texts:
        if "=" not in text:
            raise ConfigError(f"--set wants key=value; got {text!r}")
    return dict(text.split("=", 1) for text in texts)


def _check_known(pairs: dict[str, str], known: tuple[str, ...]) -> None:
    for key in pairs:
        if key not in known:
            near = difflib.get_close_matches(key, known, n=1, cutoff=0.3)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            raise ConfigError(f"there is no setting {key[:60]!r}{hint}")


def _label(model: Model, text: str | None) -> int | None:
    """A class by name or by number."""
    classes = model.config.classes
    if text is None:
        return None
    if text in classes:
        return classes.index(text)
    if text.isdigit() and int(text) < len(classes):
        return int(text)
    known = ", ".join(classes) or "none"
    raise ConfigError(f"{model.title} has no class {text!r}; its classes: {known}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tgan_demo", description=__doc__.split("\n")[0])
    parser.add_argument(
        "--threads", type=int, default=0, help="torch threads; 0: torch's own choice"
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(name, run):
        add = commands.add_parser(name, help=run.__doc__.split("\n")[0])
        add.set_defaults(run=run)
        return add

    command("models", models)
    add = command("sample", sample)
    add.add_argument("model", help="a bundled id such as image/digits, or a folder of train --out")
    add.add_argument("--count", type=int, default=16)
    add.add_argument("--seed", type=int, default=0)
    add.add_argument("--label", help="class, by name or number; without it each seed has its own")
    add.add_argument("--psi", type=float, default=1.0, help="truncation, 0..2")
    add.add_argument(
        "--temperature", type=float, help="0..2, for texts; the model's own unless given"
    )
    add.add_argument(
        "--top-p", type=float, default=1.0, help="0.05..1, for texts of the latent route"
    )
    add.add_argument(
        "--variation", type=float, default=0.0, help="0..1, towards the variation seed"
    )
    add.add_argument("--variation-seed", type=int, default=0)
    add.add_argument("--frames", type=int, default=0, help="0..256, of clips; 0: as trained")
    add.add_argument(
        "--out",
        required=True,
        help="FILE.npz, FILE.png (a sheet), of clips FILE.webp, .gif or .mp4, or a folder",
    )

    add = command("walk", walk)
    add.add_argument("model", help="a bundled id such as image/digits")
    add.add_argument("--seeds", type=int, nargs="+", required=True, help="2 to 24 of them")
    add.add_argument("--frames", type=int, default=24, help="from each seed to the next")
    add.add_argument("--label", help="class, by name or number")
    add.add_argument("--psi", type=float, default=1.0, help="truncation, 0..2")
    add.add_argument("--path", default="slerp", choices=["slerp", "lerp"])
    add.add_argument("--space", default="z", choices=["z", "w"])
    add.add_argument("--part", default="both", choices=PARTS, help="of clips: what changes")
    add.add_argument("--once", action="store_true", help="end at the last seed, not at the first")
    add.add_argument("--fps", type=float, help="frames a second; 24, of clips 8")
    add.add_argument("--out", required=True, help="FILE.webp, .gif, .mp4, .npz or .png (a sheet)")

    add = command("train", train)
    add.add_argument("--recipe", help="a file or a name in recipes/, such as image-digits")
    add.add_argument(
        "--cool-down", action="store_true", help="fork the recipe's run into what ships"
    )
    add.add_argument(
        "--model", default="scratch", help="start from this model; scratch: from noise"
    )
    add.add_argument(
        "--data", help="painter's name, folder, zip or npz; for a recipe its data root"
    )
    add.add_argument("--preset", choices=list(settings.PRESETS))
    add.add_argument("--set", nargs="*", default=[], metavar="KEY=VALUE", help="any setting")
    add.add_argument("--seconds", type=float)
    add.add_argument("--images", type=int)
    add.add_argument("--seed", type=int, default=0)
    add.add_argument("--resume", action="store_true", help="go on from --out")
    add.add_argument("--out", required=True)

    add = command("evaluate", evaluate)
    add.add_argument("model")
    add.add_argument("--data", help="folder of the reference data; else the variable TGAN_DATA")
    add.add_argument("--count", type=int, default=2000)
    add.add_argument("--classifier", action="store_true", help="also train one on samples: minutes")
    add.add_argument(
        "--language-model",
        action="store_true",
        help="text: also train one to compare with: minutes",
    )
    add.add_argument("--temperature", type=float, help="text: 0 to 2; the model's own unless given")

    add = command("attention", attention)
    add.add_argument("model")
    add.add_argument("--seed", type=int, default=0)
    add.add_argument("--label")
    add.add_argument("--psi", type=float, default=1.0)
    add.add_argument("--out", required=True, help="FILE.npz, or FILE.png: maps on the picture")

    add = command("export", export_)
    add.add_argument("model")
    add.add_argument("--out", required=True, help="a folder")
    command("bench", bench)
    return parser


if __name__ == "__main__":
    sys.exit(main())
