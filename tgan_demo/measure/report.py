"""How good a model's samples are: every number with its N and real data's value beside it.

Two spaces: "pca64", the principal components of real training pictures, which no network learned,
and "encoder", the small bundled encoder's features. Neither is Inception's, so nothing here is
called FID. Without the data, reference.safetensors beside the model still gives the numbers that
need only means, covariances and stored real values; the others are listed under "missing" with
what would give them.

Axes: N samples, T traits, D feature dimensions.
"""

import os
from pathlib import Path

import numpy as np

from tgan_demo.config import SampleConfig
from tgan_demo.contract import Dataset
from tgan_demo.data import recipes
from tgan_demo.engine.draw import sampler
from tgan_demo.engine.draw.model import Model
from tgan_demo.errors import DataError
from tgan_demo.measure import encoder, frechet, manifold, reference
from tgan_demo.measure.encoder import SmallEncoder
from tgan_demo.measure.score import short
from tgan_demo.modalities import registry
from tgan_demo.modalities.audio import measure as evaluate_audio
from tgan_demo.modalities.audio import speech
from tgan_demo.modalities.text import measure as evaluate_text
from tgan_demo.modalities.video import measure as evaluate_video
from tgan_demo.models.folder import load_model

NEEDS_DATA = "the training data: name their folder with --data or TGAN_DATA"
NEEDS_REFERENCE = f"{reference.FILE} in the model's folder, or the training data"
NEEDS_ENCODER = f"{encoder.FILE} in the model's folder"
NEEDS_TIME = "--classifier: it trains two classifiers, which takes minutes"
GENERATED = 8_000  # pictures that the classifier of `trained_on_generated` learns from
CLASSIFIER_IMAGES = 80_000  # its budget

# key -> what it is called, and which way is better; sources and units: the functions in metrics/
NAMES = {
    "frechet": ("Fréchet distance", "lower"),
    "kernel": ("kernel distance x 1000", "lower"),
    "precision": ("precision, k=5", "higher"),
    "recall": ("recall, k=5", "higher"),
    "density": ("density, k=5", "higher"),
    "coverage": ("coverage, k=5", "higher"),
    "diversity": ("mean distance of two samples", "near real"),
    "nearest_training": ("nearest training sample, over held-out real", "near 1"),
    "corner_deviation": ("standard deviation in the corners, 0..255", "near real"),
    "roughness": ("mean absolute Laplacian, 0..255", "near real"),
    "requested_class": ("requested class seen by a classifier of real data", "higher"),
    "requested_digit": ("requested digit heard by a classifier of real data", "higher"),
    "requested_speaker": ("requested speaker heard by a classifier of real data", "higher"),
    "inception_score": ("Inception Score formula, our classifier", "higher"),
    "trained_on_generated": ("real test accuracy of a classifier trained on samples", "higher"),
}
TEXT_SPACES = {
    "text": "samples of the model",
    evaluate_text.GAUSSIAN: "samples of the same pipeline with codes from a Gaussian, fitted to the codes "
    "of the training text, in place of G's: what the game adds",
    evaluate_text.LANGUAGE_MODEL: "samples of a Transformer language model with about as many weights, "
    "trained on the same text, temperature 1",
    **{name: f"samples of a {name} model of the training text" for name in evaluate_text.BASELINES},
}
SPACES = {
    "pca64": "principal components (at most 64) of {count} real training pictures, no network",
    "encoder": "64 numbers of the small encoder bundled with the model",
    "pixels": "pixel values 0..255",
    "classes": "the class probabilities of the small encoder",
}


def evaluate(
    model_folder: Path,
    *,
    data_root: Path | None = None,
    train: Dataset | None = None,
    test: Dataset | None = None,
    n: int = reference.SAMPLES,
    seed: int = 0,
    trained_on_generated: bool = False,
    language_model: bool = False,
    temperature: float = 1.0,
) -> dict:
    """Score a model folder; the result is plain JSON.

    Args:
        data_root: folder of the recipe's data file; else the environment variable TGAN_DATA.
        train: training data, with `test` held-out data of the same kind, instead of the recipe's.
        n: samples; fewer where there are fewer held-out pictures to compare with.
        seed: of the first sample; the others follow.
        trained_on_generated: also train a classifier on samples, and one on as many real pictures;
            costs minutes.
        language_model: also train a language model on the text, to stand beside a text model; minutes.
        temperature: of a text model's samples; pictures have none.

    Returns:
        {"model", "n", "seed", "nimg", "spaces", "scores": {space: {score: {"value", "real",
        "ratio", "n", "better", "name"}}}, "missing": [{"score", "needs"}]}; of text also
        "temperature" and, where one was trained, "language_model" with its numbers of weights.

    Raises:
        DataError: the data named do not fit the model.
    """
    model = load_model(Path(model_folder))
    if train is None or test is None:
        train, test = _data_of(model, data_root)
    if model.tokenizer.name == "text":
        scored = evaluate_text.evaluate(
            model,
            train,
            test,
            n=n,
            seed=seed,
            temperature=temperature,
            language_model=language_model,
        )
        about = {"model": model.id, "n": n, "seed": seed, "nimg": model.meta.get("nimg")}
        about["temperature"] = temperature
        return about | {"spaces": {name: TEXT_SPACES[name] for name in scored["scores"]}} | scored
    if model.tokenizer.name == "video":
        scored = evaluate_video.evaluate(model, train, test, n=n, seed=seed)
        return {"model": model.id, "n": scored.pop("n"), "seed": seed} | {
            "nimg": model.meta.get("nimg"),
            **scored,
        }
    reader = None
    if (model.folder / encoder.FILE).is_file():
        reader = encoder.load_encoder(model.folder)
    if train is not None and test is not None:
        scored = _with_data(
            model,
            reference.seen(train),
            reference.seen(test),
            reader,
            n,
            seed,
            trained_on_generated,
        )
    else:
        scored = _without_data(model, reader, n, seed)
    if model.tokenizer.name == "audio":
        scored["scores"] |= evaluate_audio.rows(model, test, reader, n=n, seed=seed)
        scored["spaces"] |= evaluate_audio.SPACES
    return scored


def _draw(model: Model, config: SampleConfig) -> tuple[np.ndarray, np.ndarray | None]:
    items, labels = sampler.draw(model, config)
    return registry.get(model.config.modality).look.measured(items), labels


def _with_data(
    model: Model,
    train: Dataset,
    test: Dataset,
    reader: SmallEncoder | None,
    n: int,
    seed: int,
    trained_on_generated: bool,
) -> dict:
    for part in (train, test):
        colours, height, width = model.config.shape
        if part.items.shape[1:] != (height, width, colours):
            raise DataError(
                f"{model.id} makes pictures of {height} x {width} x {colours}; the data's are "
                f"{part.items.shape[1:]}; name the data it was trained on"
            )
    asked, n = n, min(n, len(test))
    chosen, held_out = reference.reference_rows(train), reference.held_out_rows(test, n)
    everything, every_label = _draw(model, SampleConfig(seed=seed, count=asked))
    items = everything[:n]
    pca = reference.components_of(chosen)
    scores = {}
    for name, space in reference.spaces(pca, reader, train, chosen, held_out).items():
        values = reference.compare(space, space.read(items), n)
        scores[name] = _rows(values, reference.compare(space, space.test_ND, n), n)
    scores["pixels"] = _rows(reference.pixels(items), reference.pixels(held_out.items), n)
    missing = []
    if reader is None:
        missing += _missing("encoder", ("frechet", "kernel", *reference.PRDC), NEEDS_ENCODER)
        missing += _missing("classes", _class_names(model), NEEDS_ENCODER)
    else:
        real = reference.class_scores(reader, held_out.items, held_out.labels)
        values = reference.class_scores(reader, everything, every_label)
        scores["classes"] = _rows(values, real, asked, n)
    is_labelled = train.labels is not None and test.labels is not None
    if model.config.classes and trained_on_generated and is_labelled:
        made = _classifier_accuracy(model, train, test, seed)
        scores.setdefault("classes", {})["trained_on_generated"] = made
    elif model.config.classes:
        needs = NEEDS_TIME if is_labelled else "training and held-out data with their classes"
        missing += _missing("classes", ("trained_on_generated",), needs)
    return _result(model, n, seed, scores, missing, len(chosen))


def _without_data(model: Model, reader: SmallEncoder | None, n: int, seed: int) -> dict:
    items, labels = _draw(model, SampleConfig(seed=seed, count=n))
    known = reference.load_reference(model.folder)
    missing, scores = [], {}
    real = known.real if known else {}
    real_n = known.n if known else None
    readers = {"pca64": known.pca.apply if known else None}
    readers["encoder"] = reader.features if reader is not None else None
    for name, read in readers.items():
        if known is None or read is None or name not in known.gaussians:
            missing += _missing(name, ("frechet", "diversity"), NEEDS_REFERENCE)
            continue
        made_ND = read(items)
        stored, made = known.gaussians[name], frechet.gaussian(made_ND)
        values = {
            "frechet": frechet.frechet_distance(stored, made),
            "diversity": manifold.diversity(made_ND),
        }
        scores[name] = _rows(values, real.get(name, {}), n, real_n)
    scores["pixels"] = _rows(reference.pixels(items), real.get("pixels", {}), n, real_n)
    if reader is None:
        missing += _missing("classes", _class_names(model), NEEDS_ENCODER)
    else:
        values = reference.class_scores(reader, items, labels)
        scores["classes"] = _rows(values, real.get("classes", {}), n, real_n)
    for name in ("pca64", "encoder"):
        missing += _missing(name, ("kernel", *reference.PRDC), NEEDS_DATA)
    missing += _missing("pca64", ("nearest_training",), NEEDS_DATA)
    if model.config.classes:
        missing += _missing("classes", ("trained_on_generated",), NEEDS_DATA)
    count = known.train_samples if known else 0
    return _result(model, n, seed, scores, missing, count)


def _class_names(model: Model) -> tuple[str, ...]:
    return ("requested_class", "inception_score") if model.config.classes else ("inception_score",)


def _classifier_accuracy(model: Model, train: Dataset, test: Dataset, seed: int) -> dict:
    """Accuracy on real test data after learning from samples; real: from real pictures."""
    count = min(GENERATED, len(train))
    # the seeds after those that were scored
    items, labels = _draw(model, SampleConfig(seed=seed + 1_000_000, count=count))
    real = reference.reference_rows(train)
    names, sizes = model.meta.get("data", {}).get("factors", ["class"]), [len(model.config.classes)]
    if len(names) > 1:  # of pairs, the first is asked about: the digit
        sizes = [len(part) for part in speech.factors(model)]
    targets = dict(zip(names, sizes, strict=True))
    patch = model.config.patch if model.tokenizer.name == "audio" else 4
    accuracy = []
    for known, truth in ((items, labels), (real.items[:count], real.labels[:count])):
        columns = np.stack(np.unravel_index(truth, sizes), axis=1)
        learned = encoder.train_encoder(
            known, columns, targets, images=CLASSIFIER_IMAGES, patch=patch
        )
        right = learned.accuracy(test.items, np.stack(np.unravel_index(test.labels, sizes), axis=1))
        accuracy.append(right[names[0]])
    rows = _rows(
        {"trained_on_generated": accuracy[0]}, {"trained_on_generated": accuracy[1]}, count
    )
    return rows["trained_on_generated"]


def _rows(
    values: dict[str, float], real: dict[str, float], n: int, real_n: int | None = None
) -> dict[str, dict]:
    rows = {}
    for key, value in values.items():
        if key not in NAMES:  # a spread, shown with the score it belongs to
            continue
        name, better = NAMES[key]
        row = {"value": short(value), "real": None, "ratio": None, "n": n, "better": better}
        if key in real:
            row["real"] = short(real[key])
            # a kernel distance of real data is 0 give or take: nothing to divide by
            if key != "kernel" and real[key]:
                row["ratio"] = short(value / real[key])
            if real_n not in (None, n):
                row["real_n"] = real_n
        if f"{key}_sd" in values:
            row["sd"] = short(values[f"{key}_sd"])
        rows[key] = row | {"name": name}
    return rows


def _result(
    model: Model, n: int, seed: int, scores: dict, missing: list[dict], reference_count: int
) -> dict:
    return {
        "model": model.id,
        "n": n,
        "seed": seed,
        "nimg": model.meta.get("nimg"),
        "spaces": {name: SPACES[name].format(count=f"{reference_count:,}") for name in scores},
        "scores": scores,
        "missing": missing,
    }


def _missing(space: str, keys: tuple[str, ...], needs: str) -> list[dict]:
    return [{"score": f"{space}.{key}", "needs": needs} for key in keys]


def _data_of(model: Model, data_root: Path | None) -> tuple[Dataset | None, Dataset | None]:
    """The data of the model's recipe; (None, None) without a recipe or without a data root."""
    # never a path: the id comes from a file that anyone may have written
    known = {path.stem: path.stem for path in recipes.RECIPES.glob("*.toml")}
    name = known.get(model.id.replace("/", "-"))
    if name is None:
        return None, None
    recipe = recipes.load_recipe(name)
    if "made" not in recipe.data and not (data_root or os.environ.get("TGAN_DATA")):
        return None, None
    return tuple(recipes.load_data(recipe, data_root, split=split) for split in ("train", "test"))
