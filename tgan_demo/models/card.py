"""The card of a bundled model: card.md for people, and its sheet of samples that nobody picked.

Writes down what evaluation.py measured; measures nothing itself.
"""

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from tgan_demo.config import FINITE_FIRST, SampleConfig
from tgan_demo.data import recipes
from tgan_demo.engine.draw import sampler
from tgan_demo.engine.draw.model import Model
from tgan_demo.engine.game import schedules
from tgan_demo.files import tensors as tensor_file
from tgan_demo.modalities import registry
from tgan_demo.models import tables, vae_rows
from tgan_demo.models.folder import CARD, CONFIG, load_model
from tgan_demo.parts import Card

NAMED = 12  # classes that the card names
SAID = {  # of a way to take R1 and R2 (engine.game.penalties.WAYS), what the card says
    "finite": "by finite difference",
    "exact": "by exact gradient",
    FINITE_FIRST: "by finite difference, then by exact gradient",
}


def write_card(folder: Path, scores: dict, *, note: str = "") -> None:
    """Write card.md, and keep scores and note in config.json, so that the two cannot disagree.

    Args:
        scores: what evaluation.evaluate returned for this folder.
        note: a paragraph of what is weak or worth knowing, from someone who looked at the sheet.
    """
    meta = tensor_file.read_json(folder / CONFIG) | {"scores": scores, "note": note.strip()}
    tensor_file.write_json(folder / CONFIG, meta)
    (folder / CARD).write_text(_card(load_model(folder), scores, note.strip()), "utf-8")


def sheet(folder: Path) -> None:
    """Write the sheet beside the card: the first seeds in order; with few classes, a column is a class."""
    model = load_model(folder)
    look = registry.get(model.config.modality).look
    wide, rows = look.card
    classes, count = len(model.config.classes), wide * rows
    asked = SampleConfig(seed=0, count=count, temperature=model.temperature)
    items, _ = sampler.draw(model, asked)
    if 0 < classes <= wide:
        columns = [
            sampler.draw(model, SampleConfig(seed=0, count=count, label=c % classes))[0]
            for c in range(wide)
        ]
        # place i of the sheet is seed i still: only its class is that of the column
        items = np.stack([columns[i % wide][i] for i in range(count)])
    name, content = look.card_sheet(items, wide)
    (folder / name).write_bytes(content)


def filled(note: str, scores: dict) -> str:
    """A note with its `{space.key}` and `{space.key.real}` filled in, so that it says what the tables say."""

    def value(found: re.Match[str]) -> str:
        space, key, field = found[1], found[2], found[3] or "value"
        row = scores["scores"].get(space, {}).get(key)
        return found[0] if row is None else tables.number(row[field])

    return re.sub(r"\{([^{}.]+)\.(\w+)(?:\.(real|ratio))?\}", value, note)


def _card(model: Model, scores: dict, note: str) -> str:
    meta, config = model.meta, model.config
    data, train = meta.get("data", {}), meta.get("train", {})
    about = registry.get(config.modality).card
    note = filled(note, scores)
    minutes = meta.get("seconds", 0) / 60
    parts = [
        f"# {model.title}",
        f"`{model.id}` makes {about.makes(model)}, {_classes(config.classes)}. Generator and "
        "discriminator are both Transformers; neither has a convolution.",
        *_samples(model, about),
        *([note] if note else []),
        "## Made from",
        _list(
            ("Data", data.get("name", "unknown")),
            ("Licence of the data", data.get("licence", "unknown")),
            ("Source", data.get("source", "unknown")),
        ),
        "## How it was trained",
        _list(
            (f"Real {about.kinds} seen", _seen(meta, train)),
            *vae_rows.rows(model),
            ("Training time", f"{minutes:,.0f} minutes, {_machine(meta)}"),
            ("Seed", train.get("seed", "?")),
            ("Size", _size(model, about)),
            *_views(model),
            *about.facts(model),
            ("Loss", _loss(meta, train)),
            ("Chosen", meta.get("chosen", "not compared with any other")),
        ),
        _weights(model),
        "## Scores",
        *tables.tables(scores),
        "## How to rebuild it",
        *_by_hand(meta),
        *_commands(model, scores),
        "With `--resume` the recipe goes on from these weights. Equal weights need an equal machine; "
        "equal quality does not.",
    ]
    return "\n\n".join(parts) + "\n"


def _classes(classes: Sequence[str]) -> str:
    if not classes:
        return "without classes"
    between = "; " if any("," in name for name in classes) else ", "
    named = between.join([*classes[:NAMED], *(["…"] if len(classes) > NAMED else [])])
    return f"of {len(classes)} classes ({named})"


def _samples(model: Model, about: Card) -> list[str]:
    """The samples, and which ones they are."""
    lines = about.written(model)
    if lines:
        text = "\n".join(lines)
        return [f"```\n{text}\n```", f"Samples of seeds 0 to {len(lines) - 1}, none left out."]
    look = registry.get(model.config.modality).look
    wide, rows = look.card
    is_sorted = 0 < len(model.config.classes) <= wide
    which = f"Samples of seeds 0 to {wide * rows - 1}, none left out"
    return ["![samples](sheet.png)", which + ("; a column is a class." if is_sorted else ".")]


def _size(model: Model, about: Card) -> str:
    config, tokens = model.config, about.tokens(model)
    blocks = f"{config.depth} + {config.depth} blocks of width {config.width}, {config.heads} heads"
    return f"{blocks}, {tokens}" if tokens else blocks


def _views(model: Model) -> list[tuple[str, str]]:
    """What G's patches and D have beside the usual."""
    config, found = model.config, []
    if config.blend:
        pixels = f"{config.blend} pixel{'s' * (config.blend > 1)}"
        reach = f"reach {pixels} over their border and fade into their neighbours"
        found.append(("G's patches", reach))
    if config.local_crop:
        crops = f"crops of {config.local_crop} x {config.local_crop} pixels"
        windows = (
            f"windows of {2 * config.local_patch} x {2 * config.local_patch}, whitened by half"
        )
        found.append(("Local discriminator", f"{crops}, in {windows}"))
        train = model.meta.get("train", {})
        if noise := train.get("local_noise", 0):
            found.append(("Noise on its crops", f"{noise:g}, of values from -1 to 1"))
        if focus := train.get("local_focus", 0):
            found.append(
                ("Its crops of a fake", f"the least real ones count most (focus {focus:g})")
            )
    return found


def _machine(meta: dict) -> str:
    return str(meta.get("machine") or f"{meta.get('threads', '?')} CPU thread(s)")


def _seen(meta: dict, train: dict) -> str:
    batch = train.get("batch_size")
    batches = f", in batches of {batch}" if batch else ""
    return f"{meta.get('nimg', 0):,}{batches} (each counts every time)"


def _loss(meta: dict, train: dict) -> str:
    """The loss, and the penalties' weights as they were when training ended."""
    end = _gamma(meta, train)
    weights = [train.get(key) for key in ("r1_gamma", "r2_gamma")]
    said = [
        f"{w:g}" if end == 1 else f"{w * end:.2g} (from {w:g})" for w in weights if w is not None
    ]
    names = " and ".join(f"{name} {value}" for name, value in zip(("R1", "R2"), said, strict=False))
    if not names:
        return str(train.get("loss", "?"))
    when = "at the end"
    if train.get("auto_gamma") and not meta.get("game"):
        when = "at the start, then steered (what was left at the end was not kept)"
    penalty = str(train.get("penalty", "?"))
    return f"{train.get('loss', '?')}; {names} {when}, {SAID.get(penalty, penalty)}"


def _gamma(meta: dict, train: dict) -> float:
    """What was left of the penalties' weights: the rule's factor, and where the schedule had come to."""
    budget = train.get("images", 0)
    done = (
        1.0 if 0 < budget <= meta.get("nimg", 0) else 0.0
    )  # a run without an end begins no schedule
    schedule = schedules.cosine(done, train.get("gamma_end", 1.0))
    return schedule * meta.get("game", {}).get("gamma_factor", 1.0)


def _by_hand(meta: dict) -> list[str]:
    """Why the commands do not give these weights, where they do not."""
    why = meta.get("by_hand")
    return (
        [f"This model cannot be rebuilt by one command: {why} What comes nearest:"] if why else []
    )


def _weights(model: Model) -> str:
    kept = "The weights are the running average of G (what samples come from) and D, as float16"
    if model.encoder is None:
        return f"{kept}."
    if not (later := model.meta.get("encoder")):
        return f"{kept}, and the encoder of the warm start."
    count = later.get("samples", 0) if isinstance(later, dict) else 0
    return f"{kept}, and an encoder that learned afterwards from {count:,} samples of G."


def _commands(model: Model, scores: dict) -> list[str]:
    """What trains and scores such a model, and which files that wants."""
    recipe = recipes.of(model.id)
    is_made = recipe is not None and "made" in recipe.data
    data = "" if is_made else " --data FOLDER_OF_THE_DATA"
    train = f"python -m tgan_demo train --recipe {model.id}{data}"
    lines = [f"{train} --images {model.meta.get('nimg', 0)} --out FOLDER"]
    if model.meta.get("train", {}).get("lr_end", 1) < 1:
        lines.append(f"{train} --cool-down --out FOLDER")
    lines.append(f"python -m tgan_demo evaluate FOLDER{data}{_options(scores)}")
    parts = ["```\n" + "\n".join(lines) + "\n```"]
    if recipe is None:
        return parts
    where = f"`recipes/{recipe.id.replace('/', '-')}.toml`"
    if is_made:
        return [*parts, f"The project makes or gathers the data itself, as {where} says."]
    files = [recipe.data[key] for key in ("file", "test_file") if key in recipe.data]
    named = " and ".join(f"`{name.replace(' + ', '`, `')}`" for name in files)
    return [*parts, f"The folder holds {named}, read as {where} says."]


def _options(scores: dict) -> str:
    """What a text model's scores were asked for with."""
    if "temperature" not in scores:
        return ""
    options = f" --count {scores['n']} --temperature {scores['temperature']:g}"
    return options + (" --language-model" if "language_model" in scores else "")


def _list(*rows: tuple[str, object]) -> str:
    return "\n".join(f"- {name}: {value}" for name, value in rows)
