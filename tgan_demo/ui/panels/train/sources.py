"""What a run learns from: the data menu, a strip of its samples, a person's own files.

Uploads are shown cut to size before anything is kept; the files a person brought are removed from
the server's temporary folder as soon as they were used or let go.
"""

import contextlib
from functools import lru_cache
from pathlib import Path
from typing import Any

import gradio as gr
import numpy as np

from tgan_demo.config import factors
from tgan_demo.contract import Dataset
from tgan_demo.data import archive, catalogue
from tgan_demo.data.limits import (
    MIN_CLIPS,
    MIN_PICTURES,
    MIN_SOUNDS,
    MIN_TEXTS,
    OWN_CLIP_SIDE,
    OWN_RATE,
    OWN_SAMPLES,
)
from tgan_demo.errors import DataError, NotFoundError
from tgan_demo.modalities import registry
from tgan_demo.modalities.audio import bring as sounds
from tgan_demo.modalities.image import bring as pictures
from tgan_demo.modalities.text import bring as texts
from tgan_demo.modalities.video import bring as clips
from tgan_demo.runs.request import SCRATCH
from tgan_demo.ui.page import Page

TEXT_SUFFIXES = (".txt", ".md", ".csv")
STRIP = 20  # pictures of the preview strip
CROPS = 60  # pictures of the crop preview
SIDES = (28, 32, 48, 64)  # pixels that own pictures may be cut to
MAX_FILES = 2000


def setup_value(
    page: Page, visitor: str | None, preview: Any = None, upload: Any = None
) -> dict[str, Any]:
    """What setup.js shows: the menus of this visitor and, where given, a strip or a crop preview."""
    store = page.studio.store
    rows = [
        {
            "id": d.id,
            "title": d.title,
            "count": d.count,
            "classes": len(d.classes),
            "own": d.own,
            "medium": d.modality,
        }
        for d in store.datasets(visitor)
    ]
    starts = [
        {"id": info.id, "title": info.title, "own": info.own, "medium": info.modality}
        for info in page.studio.models(visitor)
    ]
    return {
        "data": rows,
        "starts": [{"id": SCRATCH, "title": "", "own": False, "medium": ""}, *starts],
        "preview": preview,
        "upload": upload,
        "known": [
            row["id"].removeprefix(catalogue.HUB)
            for row in rows
            if row["id"].startswith(catalogue.HUB)
        ],
    }


def preview_of(page: Page, visitor: str | None, data_id: Any, *, fetch: bool = False) -> Any:
    """A strip of a data set's pictures. Of the Hub's, only once they are here or `fetch` is asked."""
    data_id = data_id if isinstance(data_id, str) else "digits"
    source = catalogue.built_in().get(data_id)
    if source is not None and source.count:
        return {"id": data_id, **_painted(source)}
    if data_id.startswith(catalogue.HUB) and not fetch:
        known = {info.id: info.count for info in page.studio.store.datasets(None)}
        if not known.get(data_id):
            return {"id": data_id, "n": 0}
    return {"id": data_id, **strip(page.studio.store.dataset(visitor, data_id))}


def strip(dataset: Dataset) -> dict[str, Any]:
    """Pictures from all over the set, with its class names and whose it is."""
    look = registry.get(dataset.modality).look
    columns, most = look.strip
    picks = np.linspace(0, len(dataset) - 1, min(most, len(dataset))).astype(int)
    return {
        **look.sheet(dataset.items[picks], columns).value(),
        "classes": list(dataset.classes[:40]),
        "num_classes": len(dataset.classes),
        "factors": [list(values[:40]) for values in factors(dataset.classes)],
        "count": len(dataset),
        "licence": dataset.licence,
    }


@lru_cache(maxsize=16)
def _painted(source: catalogue.Source) -> dict[str, Any]:
    """Of what we make without end, a few are enough to show."""
    return strip(source.make(source.maker.few)) | {"count": source.count, "painted": True}


def on_preview(page: Page, visitor: str | None, data: Any) -> dict[str, Any]:
    """Another row of the data menu was chosen."""
    chosen = data.get("id") if isinstance(data, dict) else None
    return setup_value(page, visitor, preview_of(page, visitor, chosen))


def on_hub(page: Page, visitor: str | None, data: Any) -> dict[str, Any]:
    """Fetch a data set by its name; goes online, because the person asked for it."""
    name = data.get("name") if isinstance(data, dict) else None
    name = name.strip() if isinstance(name, str) else ""
    known = [
        info.id for info in page.studio.store.datasets(None) if info.id.startswith(catalogue.HUB)
    ]
    data_id = catalogue.HUB + name.removeprefix(catalogue.HUB).lower().replace("-", "_").replace(
        " ", "_"
    )
    if data_id not in known:
        names = ", ".join(row.removeprefix(catalogue.HUB) for row in known)
        raise NotFoundError(f"known by name: {names}; got {name[:60]!r}")
    return setup_value(page, visitor, preview_of(page, visitor, data_id, fetch=True) | {"take": 1})


def on_upload(page: Page, visitor: str | None, paths: list[str] | None) -> tuple[Any, list[str]]:
    """Files arrived: show how they will be cut, keep nothing yet. Also the paths, for `on_keep`."""
    page.studio.store.check(visitor)
    paths = [str(path) for path in paths or []][: MAX_FILES + 1]
    if not paths:
        return gr.skip(), []
    try:
        return setup_value(page, visitor, upload=gathered_of(paths)), paths
    except Exception:
        forget(paths)
        raise


def kind_of(paths: list[str], data: Any = None) -> str:
    """The medium of the files. Pictures in a zip may be frames of clips: only the person knows, and says
    so with `data["frames"]`.
    """
    if are_texts(paths):
        return "text"
    if sounds.are_sounds(paths):
        return "audio"
    frames = data.get("frames") if isinstance(data, dict) else None
    return "video" if frames is True and are_zips(paths) or clips.are_clips(paths) else "image"


def are_zips(paths: list[str]) -> bool:
    return all(archive.is_zip(Path(path)) for path in paths)


def gathered_of(paths: list[str], data: Any = None) -> dict[str, Any]:
    """What will be learned from, as the page shows it before anything is kept."""
    kind = kind_of(paths, data)
    # which choices the page offers: how a text is split, how large pictures become
    asked = {"modality": kind, "splits": kind == "text", "sizes": kind == "image"}
    if kind == "text":
        return lines(paths, rule_of(data)) | asked
    if kind == "audio":
        return heard(paths) | asked
    shown = films(paths) if kind == "video" else crops(paths, *shape_of(data))
    # of a zip of pictures the page asks whether they are frames
    return shown | asked | {"stills": are_zips(paths) and not clips.are_clips(paths)}


def crops(paths: list[str], side: int = 32, channels: int = 3) -> dict[str, Any]:
    """The crop preview: what will be learned from, what is left out and why."""
    if len(paths) > MAX_FILES:
        raise DataError(f"at most {MAX_FILES:,} files at a time; put them in one zip")
    gathered = pictures.preview([Path(p) for p in paths], size=(side, side), channels=channels)
    count = len(gathered.thumbs)
    if not count:
        said = "; ".join(str(refusal) for refusal in gathered.refused[:3])
        raise DataError(f"no picture among these files can be used: {said or 'nothing came'}")
    shown = np.stack(gathered.thumbs[:CROPS])
    return {
        **registry.get("image").look.sheet(shown, 10).value(),
        "count": count,
        "enough": count >= MIN_PICTURES,
        "least": MIN_PICTURES,
        "refused": [str(refusal)[:160] for refusal in gathered.refused[:5]],
        "left_out": len(gathered.refused),
        "side": side,
        "channels": channels,
        "title": title_of(paths),
    }


def heard(paths: list[str]) -> dict[str, Any]:
    """The same for sounds: what will be learned from, cut to 1.024 s, what is left out and why."""
    if len(paths) > MAX_FILES:
        raise DataError(f"at most {MAX_FILES:,} files at a time; put them in one zip")
    gathered = sounds.preview([Path(p) for p in paths], OWN_RATE, OWN_SAMPLES)
    count = len(gathered.sounds)
    if not count:
        said = "; ".join(str(refusal) for refusal in gathered.refused[:3])
        raise DataError(f"no sound among these files can be used: {said or 'nothing came'}")
    told = [
        f"{n[-60:]}: {note}" for n, note in zip(gathered.names, gathered.notes, strict=True) if note
    ]
    return {
        **registry.get("audio").look.sheet(np.stack(gathered.sounds[:CROPS]), 6).value(),
        "count": count,
        "enough": count >= MIN_SOUNDS,
        "least": MIN_SOUNDS,
        "refused": [line[:160] for line in (*map(str, gathered.refused), *told)][:5],
        "left_out": len(gathered.refused),
        "side": 32,
        "channels": 3,
        "title": title_of(paths) if archive.is_zip(Path(paths[0])) else "my sounds",
    }


def films(paths: list[str]) -> dict[str, Any]:
    """The same for clips: each its middle square and as many frames as all others, to be played."""
    if len(paths) > MAX_FILES:
        raise DataError(f"at most {MAX_FILES:,} files at a time; put them in one zip")
    gathered = clips.preview([Path(p) for p in paths])
    count = len(gathered.clips)
    if not count:
        said = "; ".join(str(refusal) for refusal in gathered.refused[:3])
        raise DataError(f"no clip among these files can be used: {said or 'nothing came'}")
    told = [
        f"{n[-60:]}: {note}" for n, note in zip(gathered.names, gathered.notes, strict=True) if note
    ]
    shown = np.linspace(0, count - 1, min(CROPS // 2, count)).astype(int)
    return {
        **registry.get("video").look.sheet(np.stack([gathered.clips[i] for i in shown]), 6).value(),
        "count": count,
        "enough": count >= MIN_CLIPS,
        "least": MIN_CLIPS,
        "refused": [str(refusal)[:160] for refusal in gathered.refused[:5]],
        "told": [line[:200] for line in told[:2]] + ["…"] * (len(told) > 2),
        "left_out": len(gathered.refused),
        "side": OWN_CLIP_SIDE,
        "channels": 3,
        "title": title_of(paths) if archive.is_zip(Path(paths[0])) else "my clips",
    }


def are_texts(paths: list[str]) -> bool:
    return all(Path(path).suffix.lower() in TEXT_SUFFIXES for path in paths)


def lines(paths: list[str], rule: str = "lines") -> dict[str, Any]:
    """The same for texts: what will be learned from, what is left out and why."""
    gathered = texts.gather([Path(p) for p in paths], rule=rule)
    refused = [*(str(refusal) for refusal in gathered.refused), *gathered.notes]
    return {
        **registry.get("text")
        .look.sheet(np.array(gathered.items[:STRIP], dtype=np.str_), 4)
        .value(),
        "count": len(gathered.items),
        "enough": len(gathered.items) >= MIN_TEXTS,
        "least": MIN_TEXTS,
        "refused": [line[:160] for line in refused[:5]],
        "left_out": len(gathered.refused) + gathered.too_long + gathered.damaged,
        "side": 32,
        "channels": 3,
        "title": Path(paths[0]).stem[:60],
    }


def rule_of(data: Any) -> str:
    rule = data.get("rule") if isinstance(data, dict) else None
    return rule if rule in texts.RULES else texts.RULES[0]


def on_paste(page: Page, visitor: str | None, data: Any) -> dict[str, Any]:
    """Keep a pasted text as a data set of the visitor and choose it."""
    text = data.get("text") if isinstance(data, dict) else None
    if not isinstance(text, str) or not text.strip():
        raise DataError("wanted a text; nothing came: paste one, one item a line")
    dataset = texts.dataset(text, rule=rule_of(data), name="my texts")
    data_id = page.studio.store.add_dataset(visitor, dataset)
    return setup_value(page, visitor, {"id": data_id, **strip(dataset), "take": 1})


def title_of(paths: list[str]) -> str:
    """A zip's own name; for loose files there is none."""
    first = Path(paths[0])
    return first.stem[:60] if first.suffix.lower() == ".zip" else "my pictures"


def shape_of(data: Any) -> tuple[int, int]:
    """Pixels a side and colours that the person chose, held to what we offer."""
    data = data if isinstance(data, dict) else {}
    side, channels = data.get("side"), data.get("channels")
    return (side if side in SIDES else 32), (channels if channels in (1, 3) else 3)


def on_crop(page: Page, visitor: str | None, paths: list[str], data: Any) -> Any:
    """The same files at another size or in grey."""
    if not paths:
        raise DataError("the files are no longer here; bring them again")
    return setup_value(page, visitor, upload=gathered_of(paths, data))


def on_keep(page: Page, visitor: str | None, paths: list[str], data: Any) -> dict[str, Any]:
    """Keep the pictures as a data set of the visitor and choose it."""
    if not paths:
        raise DataError("the files are no longer here; bring them again")
    side, channels = shape_of(data)
    given = data.get("title") if isinstance(data, dict) else None
    title = given.strip()[:60] if isinstance(given, str) and given.strip() else title_of(paths)
    files = [Path(p) for p in paths]
    kind = kind_of(paths, data)
    if kind == "text":
        dataset = texts.dataset(files, rule=rule_of(data), name=title)
    elif kind == "audio":
        dataset, _ = sounds.load(files, OWN_RATE, OWN_SAMPLES, name=title)
    elif kind == "video":
        dataset, _ = clips.load(files, name=title)
    else:
        dataset = pictures.from_files(files, size=(side, side), channels=channels, name=title)
    data_id = page.studio.store.add_dataset(visitor, dataset)
    forget(paths)
    return setup_value(page, visitor, {"id": data_id, **strip(dataset), "take": 1})


def on_forget(page: Page, visitor: str | None, data: Any) -> dict[str, Any]:
    """Delete an own data set."""
    data_id = data.get("id") if isinstance(data, dict) else None
    if not str(data_id).startswith("data/"):
        raise DataError("only your own pictures can be deleted")
    page.studio.store.delete(visitor, str(data_id))
    return setup_value(page, visitor, preview_of(page, visitor, "digits") | {"take": 1})


def forget(paths: list[str]) -> None:
    """Take the files that Gradio received for us off the disk."""
    for path in paths:
        with contextlib.suppress(OSError):
            Path(path).unlink()
