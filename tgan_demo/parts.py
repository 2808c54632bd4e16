"""The parts of a modality besides its tokenizer: what it makes, takes, shows, saves, trains on and measures.

Each is an object that a file of the modality's folder names (`LOOK` in look.py, `PLAN` in plan.py, ...);
modalities.registry finds it. A `Protocol` here has to be met; a class gives what most say.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from torch import Tensor

from tgan_demo.config import ModelConfig, TrainConfig
from tgan_demo.contract import Dataset
from tgan_demo.events import Health


@dataclass(frozen=True, slots=True)
class Converted:
    """A recorded digit as a model has it, and in another voice; sounds int16 (S,)."""

    asked: np.ndarray
    own: np.ndarray  # the nearest that the model makes, by the speaker it takes for the nearest
    other: np.ndarray
    digit: int  # as which it was taken
    speaker: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Maker:
    """A data set that our own code makes: always there, offline."""

    title: str
    # count, seed -> the first so many items of a seed and their labels, int64 (N,). Equal numbers give
    # equal bytes. Where there are no more, fewer come; where there is one order only, no seed is read.
    make: Callable[[int, int], tuple[np.ndarray, np.ndarray | None]]
    classes: tuple[str, ...] = ()
    licence: str
    source: str  # {name}, {count} and {seed} are filled in
    name: str = ""  # of the Dataset; "": its id
    count: int  # samples that a run chosen from the menu learns from
    most: int  # that a recipe learns from unless it says how many
    few: int = 0  # enough to show what it is; 0: how many there are is known when all are made


class Makers(Protocol):
    """What a modality makes itself: its file `makers`."""

    MAKERS: Mapping[str, Maker]  # id in the data menu, unlike any other's -> how it is made


@dataclass(frozen=True, slots=True, eq=False)
class Item:
    """One picture, text, ... of a user's own."""

    modality: str  # a name of modalities.registry
    value: np.ndarray | str  # larger than any model takes, so that it can follow a change of model


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """What a user brought, listed once; see data.recognise.look_into."""

    paths: tuple[Path, ...] = ()  # as it came: files, folders
    loose: tuple[Path, ...] = ()  # files that are no zip
    zips: tuple[Path, ...] = ()
    packed: tuple[str, ...] = ()  # names of the files in the zips
    names: Mapping[Path, str] = field(
        default_factory=dict
    )  # of a folder's files: "birds/cats/1.png"
    pasted: str = ""  # text, where it was no file

    @property
    def count(self) -> int:
        """Of files, those in zips too."""
        return len(self.loose) + len(self.packed)

    def share(self, suffixes: tuple[str, ...]) -> float:
        """Of all files, how many are called so; 0..1."""
        names = [path.name for path in self.loose] + list(self.packed)
        called = sum(name.lower().endswith(suffixes) for name in names)
        return called / len(names) if names else 0.0

    def files(self, suffixes: tuple[str, ...]) -> list[Path]:
        """What to read: all that was named, and of folders the zips and the files called so."""
        named = set(self.paths)
        called = [path for path in self.loose if path.name.lower().endswith(suffixes)]
        inside = sorted(path for path in (*called, *self.zips) if path not in named)
        return [path for path in self.paths if not path.is_dir()] + inside

    def title(self, loose: str) -> str:
        """What a zip is called; `loose` for other files."""
        return self.paths[0].stem[:60] if self.zips and self.paths[0] in self.zips else loose


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What will be learned from and what is left out, before anything is kept."""

    items: np.ndarray  # (N, ...), some of those, to be shown
    columns: int  # side by side
    count: int  # of all
    least: int  # that a run takes
    left_out: int
    refused: tuple[str, ...]  # why
    told: tuple[str, ...] = ()  # what was done to others
    title: str
    choices: Mapping[str, Any] = field(
        default_factory=dict
    )  # for the page: which it offers, and is


class Bring(Protocol):
    """A user's own files and items: the file `bring` of a modality. A model is a draw.model.Model.

    `options` are what a user chose on the page, or sent to it: every value is looked at before use.
    """

    MOST: int  # files of one data set, of texts items

    def recognises(self, upload: Upload, options: Mapping[str, Any]) -> bool:
        """Whether these are this modality's files, by their names and, where that is not enough, their
        first bytes.
        """
        ...

    def preview(self, upload: Upload, options: Mapping[str, Any]) -> Preview:
        """What `load` would learn from. Raises DataError: none of it can be used."""
        ...

    def load(self, upload: Upload, options: Mapping[str, Any], *, name: str = "") -> Dataset:
        """The files as a data set. Raises DataError: too few can be used, or more came than we take."""
        ...

    def load_recipe(self, folder: Path, data: Mapping[str, Any], split: str) -> Dataset:
        """The part "train" or "test" of a recipe's [data], whose files lie in `folder`.

        Raises:
            DataError: there is no such file or part.
        """
        ...

    def read_file(self, path: Path) -> np.ndarray | str:
        """The item of one file, for Item.value. Raises DataError."""
        ...

    def decode(self, content: bytes, name: str, model: Any) -> tuple[np.ndarray | str, str]:
        """The item of a file's bytes as a model takes it, and what was done to it; "" for nothing.

        Args:
            name: what a complaint calls the file.

        Raises:
            DataError: it cannot be used.
        """
        ...

    def fit(self, model: Any, item: Any) -> np.ndarray | str:
        """A user's item (of any size) as a model takes it. Raises ConfigError: it is something else."""
        ...

    def check(self, model: Any, item: Any) -> np.ndarray | str:
        """An item that is said to be as `fit` gives it. Raises ConfigError: it is not."""
        ...

    def blank(self, item: Any) -> str:
        """What an item is that says nothing, as "silence"; "" where it says something."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """Many small items on one picture, as the page draws them: by its `kind` alone, whatever they are.

    raster   data: png, a data URL
    written  texts or cells (with grid), cols, size; tall, pad, numbered: set in the browser's letters
    played   png, and sounds: a WAV for each item, as data URLs
    film     png, which holds the sheet of each frame from the top down, and frames: how many
    """

    kind: str
    data: dict[str, Any]  # JSON-able
    count: int = 1
    columns: int = 1
    width: int = 1  # of one item on the picture, in its pixels
    height: int = 1
    texts: tuple[str, ...] = ()  # what each item says, where it does
    across: int = 0  # items side by side on a contact sheet; 0: as many as the page likes
    fps: float = 0.0  # of a walk: steps a second; 0: as fast as the page likes
    every: int = 0  # of a walk: `sounds` has only each so many
    words: tuple[str, ...] | None = None  # of a run: what the tokens write that are no places here

    def source(self) -> dict[str, Any]:
        """What the page's tgan.picture draws."""
        return {"kind": self.kind, **self.data}

    def to_json(self) -> bytes:
        """For a file; see files.sheets.read."""
        return json.dumps(self.source(), ensure_ascii=False).encode()

    def value(self) -> dict[str, Any]:
        """For a canvas: what to draw and where each item lies on it."""
        geometry = {"cols": self.columns, "n": self.count, "w": self.width, "h": self.height}
        more = {"texts": list(self.texts), "across": self.across, "fps": self.fps}
        more |= {"every": self.every, "frames": self.data.get("frames")}
        return {"src": self.source(), **geometry} | {k: v for k, v in more.items() if v}


class Look(Protocol):
    """How items of a modality are shown: `LOOK` in its look.py. Every `items` is (N, ...) in stored form,
    `frames` what a walk gives: items too, but the frames of one item where these have time.
    """

    card: tuple[int, int]  # columns and rows of the sheet beside a model's card
    strip: tuple[int, int]  # columns of a data set's strip of samples, and how many at most
    # of (G's signals, tokenizer): what `contact` shows, where items are dear to make; else None
    sketch: Callable[[Tensor, Any], Sheet] | None

    def sheet(self, items: np.ndarray, columns: int | None = None) -> Sheet:
        """Items side by side; about as many columns as rows unless told."""
        ...

    def contact(self, items: np.ndarray) -> Sheet:
        """A hundred items that are looked over, small."""
        ...

    def walk(self, frames: np.ndarray, columns: int | None = None) -> Sheet:
        """The steps of a walk, with their pace."""
        ...

    def thumbnail(self, frame: np.ndarray) -> Sheet:
        """One step of a walk."""
        ...

    def live(self, items: np.ndarray, tokenizer: Any, config: ModelConfig) -> Sheet:
        """Samples of a run while it trains, four side by side; no more bytes than a page can take
        every two seconds."""
        ...

    def card_sheet(self, items: np.ndarray, columns: int) -> tuple[str, bytes]:
        """The file beside a card, its name (sheet.png or sheet.json) and content: it stands still."""
        ...

    def picture(self, item: Any) -> np.ndarray | None:
        """One item as one picture, uint8 (H, W, 1 or 3): all of it; None where it is none."""
        ...

    def inside(self, maps: Any) -> dict[str, Any]:
        """The item of attention maps (models.inside.Maps), JSON-able, for the Inside tab."""
        ...

    def answer(self, items: np.ndarray) -> dict[str, Any]:
        """What the public endpoint `generate` says of the samples themselves."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Samples:
    """What was drawn, and what draws it again, for a writer of files."""

    items: np.ndarray
    seeds: Sequence[int]  # of each item
    settings: dict[str, object]  # of the whole draw, see files.png.settings_for
    title: str = ""  # of the model
    labels: np.ndarray | None = None
    classes: tuple[str, ...] = ()
    factors: tuple[str, ...] = ()  # names of what the classes are made of: "digit", "speaker"


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """A file that samples, or a walk, can be saved as. `write` gets Samples, or the frames of a walk."""

    key: str  # of the page's button and its word: save.<key>, walk.<key>
    ending: str  # of the file's name: "-x8.png", ".zip"
    mime: str
    write: Callable[..., bytes]
    # of a walk's film, which takes its time: how many pixels wide; its `write` tells its progress
    width: Callable[[np.ndarray], int] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Snippet:
    """What a modality adds to the words that repeat a draw."""

    names: str  # that are imported from tgan_demo.export; "": none
    use: str  # lines of Python that do something with `drawn.items`
    out: str  # of the command line
    has_frames: bool = False  # whether SampleConfig.frames says anything


class Files(Protocol):
    """What items of a modality are saved as: `FILES` in its files.py."""

    formats: tuple[Format, ...]  # of samples, as Play offers them
    walks: tuple[Format, ...]  # of a walk; `write(frames, loop=, progress=, cancelled=)`
    snippet: Snippet
    name: str  # of the items' array in an .npz

    def save(self, out: Path, samples: Samples) -> None:
        """The file or folder that a command line names; the suffix says what it holds.

        Raises:
            ConfigError: this modality has no such file.
        """
        ...

    def save_walk(self, out: Path, frames: np.ndarray, fps: float | None = None) -> None:
        """Likewise, of a walk."""
        ...

    def save_maps(self, out: Path, maps: Any, settings: dict[str, object]) -> None:
        """Attention maps (models.inside.Maps) as .npz: every weight; as .png: laid over the item."""
        ...


Watch = Callable[[np.ndarray, int], Health | None]  # (samples of fixed seeds, nimg of the run)


class Plan:
    """What training on a modality needs, `PLAN` in its plan.py: where one differs from what stands here.

    `notes` are sentences for the user about what was changed. All methods may raise ConfigError.
    """

    settings: Mapping[
        str, object
    ] = {}  # of a run from scratch, in place of a preset's, for the page

    def beginning(self, dataset: Dataset, asked: Mapping[str, object]) -> Mapping[str, object]:
        """Settings of a run from scratch, made to fit the data and the model settings asked for."""
        return self.settings

    def going_on(self, model: ModelConfig, trained: Mapping[str, object]) -> Mapping[str, object]:
        """Training settings of a run that starts from a model, which `trained` was trained with."""
        return {}

    def augmentations(self, train: TrainConfig, notes: list[str]) -> TrainConfig:
        """`train` with what is not for this modality left out or changed."""
        return train

    def meet(
        self, dataset: Dataset, model: ModelConfig, tokenizer: Any, title: str, notes: list[str]
    ) -> None:
        """Say what a model with this title cannot make of the data; refuse where that is too much."""

    def fit_dataset(
        self, dataset: Dataset, model: ModelConfig, tokenizer: Any, notes: list[str]
    ) -> Dataset:
        """The data in the size that the model has."""
        return dataset

    def watch(self, dataset: Dataset) -> Watch | None:
        """A health check of samples beside training data; None: losses and diversity tell enough."""
        return None


class Measure:
    """How good samples of a modality are: `MEASURE` in its measure.py. Most build on
    measure.by_features.ByFeatures.
    """

    files: tuple[str, ...] = ()  # what it keeps in a model folder besides what all keep

    def see(self, items: np.ndarray) -> np.ndarray:
        """Items as they are measured: themselves."""
        return items

    def live(self, items: np.ndarray) -> dict[str, float]:
        """What only samples of this modality have, quickly, of a few dozen items, without data or networks:
        for the chart of a run, beside what as many real ones get.
        """
        return {}

    def evaluate(
        self,
        model: Any,
        train: Dataset | None,
        test: Dataset | None,
        *,
        n: int,
        seed: int = 0,
        options: Any = None,
    ) -> dict[str, Any]:
        """{"n", "spaces", "scores", "missing"} and what else there is to say, plain JSON.

        Args:
            train: what the model learned from, with `test` held out; None: from what is bundled alone.
            n: samples; `seed`: of the first; `options`: measure.task.Options, or None.
        """
        raise NotImplementedError

    def bundle(
        self,
        model: Any,
        train: Dataset,
        test: Dataset,
        *,
        targets: Any,
        traits: Any,
        seconds: float,
    ) -> None:
        """Write what scores need where the data are not into the model's folder.

        Args:
            targets: measure.encoder.Targets of the data's classes, or None; `traits`: of what else is
                known of its items.
            seconds: to train a classifier for, where the folder has none.
        """

    def bench(self) -> dict[str, object]:
        """This modality's part of `python -m tgan_demo bench`."""
        return {}


class Card:
    """What a modality says of itself on a model's card: `CARD` in its card.py, where it has one."""

    kinds = "samples"  # what its samples are called
    task = (
        ""  # what its models do, as the Hub names tasks ("pipeline_tag"); "": it has no word for it
    )

    def makes(self, model: Any) -> str:
        """What the model makes: "pictures of 28 x 28 pixels, 1 colour"."""
        return f"samples of {' x '.join(map(str, model.config.shape))} numbers"

    def tokens(self, model: Any) -> str:
        """What a token is, to be added to the size of the networks; "" where there is nothing to say."""
        return ""

    def signal(self, model: Any) -> str:
        """What the numbers of a signal are and what makes a sample of them, for another program that runs
        the networks alone (models/onnx_files.py).
        """
        return f"{' x '.join(map(str, model.config.shape))} numbers, about -1 to 1"

    def facts(self, model: Any) -> Sequence[tuple[str, str]]:
        """More of how it was trained, each with its name."""
        return ()

    def written(self, model: Any) -> Sequence[str]:
        """The first seeds' samples, a line each, in place of a sheet; () where the sheet shows them."""
        return ()
