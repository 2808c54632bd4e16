"""What a run learns from: the data menu, a strip of its samples, a user's own files.

Uploads are shown cut to size before anything is kept; the files a user brought are removed as soon as
they were used or let go.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from tgan_demo.config import factors
from tgan_demo.contract import Dataset
from tgan_demo.data import catalogue, hub_sets, recognise
from tgan_demo.errors import DataError, NotFoundError, TganError
from tgan_demo.modalities import registry
from tgan_demo.parts import Upload
from tgan_demo.runs import plan
from tgan_demo.runs.request import SCRATCH, RunRequest
from tgan_demo.ui import uploads
from tgan_demo.ui.page import Page

FEW = 200  # samples that are tried on a model


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
        {
            "id": info.id,
            "title": info.title,
            "own": info.own,
            "origin": info.origin,
            "medium": info.modality,
        }
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
    return strip(source.make(source.few)) | {"count": source.count, "painted": True}


def on_preview(page: Page, visitor: str | None, data: Any) -> dict[str, Any]:
    """Another row of the data menu was chosen."""
    chosen = data.get("id") if isinstance(data, dict) else None
    return setup_value(page, visitor, preview_of(page, visitor, chosen))


def on_hub(page: Page, visitor: str | None, data: Any) -> dict[str, Any]:
    """Fetch a data set by its name, and by split and column one of anybody's; goes online, because the
    user asked for it.
    """
    name, split, column = (_typed(data, key) for key in ("name", "split", "column"))
    whole = name.removeprefix(catalogue.HUB).rstrip("/")
    if hub_sets.is_name(whole):
        whole += f":{split}:{column}" if column else f":{split}" if split else ""
        data_id = page.studio.store.import_hub_data(visitor, whole)
        return setup_value(page, visitor, preview_of(page, visitor, data_id) | {"take": 1})
    known = [
        info.id for info in page.studio.store.datasets(None) if info.id.startswith(catalogue.HUB)
    ]
    data_id = catalogue.HUB + name.removeprefix(catalogue.HUB).lower().replace("-", "_").replace(
        " ", "_"
    )
    if data_id not in known:
        names = ", ".join(row.removeprefix(catalogue.HUB) for row in known)
        raise NotFoundError(
            f"known by name: {names}, and any other as {hub_sets.FORM}; got {name[:60]!r}"
        )
    return setup_value(page, visitor, preview_of(page, visitor, data_id, fetch=True) | {"take": 1})


def _typed(data: Any, key: str) -> str:
    value = options_of(data).get(key)
    return value.strip()[:300] if isinstance(value, str) else ""


def on_upload(
    page: Page, visitor: str | None, paths: Sequence[str], names: Sequence[str] = ()
) -> tuple[Any, Upload | None]:
    """Files arrived: show how they will be cut, keep nothing yet. Also what they are, for `on_keep`.

    Args:
        names: what each is called in the folder that was dropped, as uploads.brought gives it.
    """
    try:
        own = page.studio.store.take_in(visitor, paths)
    finally:
        uploads.release(paths)
    try:
        called = dict(zip(own, names, strict=True)) if names else None
        upload = recognise.look_into(own, called)
        return setup_value(page, visitor, upload=gathered_of(upload, {})), upload
    except Exception:
        page.studio.store.let_go(own)
        raise


def gathered_of(upload: Upload, options: Mapping[str, Any]) -> dict[str, Any]:
    """What will be learned from, as the page shows it before anything is kept."""
    modality = recognise.modality_of(upload, options)
    of = registry.get(modality)
    preview = of.bring.preview(upload, options)
    folders = "" if preview.choices.get("folders") else recognise.folders_are(upload)
    told = [folders] if folders else []
    return {
        **of.look.sheet(preview.items, preview.columns).value(),
        "modality": modality,
        "count": preview.count,
        "enough": preview.count >= preview.least,
        "least": preview.least,
        "refused": list(preview.refused),
        "told": [*preview.told, *told],
        "left_out": preview.left_out,
        "title": preview.title,
        **preview.choices,
    }


def options_of(data: Any) -> dict[str, Any]:
    """What the user chose on the page; the modality looks at each value before it uses it."""
    return data if isinstance(data, dict) else {}


def on_paste(page: Page, visitor: str | None, data: Any) -> dict[str, Any]:
    """Keep a pasted text as a data set of the visitor and choose it."""
    text = options_of(data).get("text")
    if not isinstance(text, str) or not text.strip():
        raise DataError("wanted a text; nothing came: paste one, one item a line")
    dataset = recognise.load(Upload(pasted=text), options_of(data))
    data_id = page.studio.store.add_dataset(visitor, dataset)
    return setup_value(page, visitor, {"id": data_id, **strip(dataset), "take": 1})


def on_crop(page: Page, visitor: str | None, upload: Upload | None, data: Any) -> Any:
    """The same files at another size, in grey, or cut by another rule."""
    if not upload:
        raise DataError("the files are no longer here; bring them again")
    options = options_of(data)
    ask = options.get("ask")
    number = {"ask": ask} if isinstance(ask, int) else {}  # the page drops an answer that is late
    return setup_value(page, visitor, upload=gathered_of(upload, options) | number)


def on_keep(page: Page, visitor: str | None, upload: Upload | None, data: Any) -> dict[str, Any]:
    """Keep what was brought as a data set of the visitor and choose it."""
    if not upload:
        raise DataError("the files are no longer here; bring them again")
    options = options_of(data)
    given = options.get("title")
    title = given.strip()[:60] if isinstance(given, str) else ""
    dataset = recognise.load(upload, options, name=title)
    data_id = page.studio.store.add_dataset(visitor, dataset)
    page.studio.store.let_go(upload.paths)
    return setup_value(page, visitor, {"id": data_id, **strip(dataset), "take": 1})


def on_near(page: Page, visitor: str | None, data: Any) -> dict[str, Any]:
    """Choose a data set, and as start the bundled model that it fits best."""
    data_id = str(options_of(data).get("id"))
    dataset = page.studio.store.dataset(visitor, data_id)
    chosen = {"id": data_id, **strip(dataset), "take": 1, "start": nearest(page, dataset)}
    return setup_value(page, visitor, chosen)


def nearest(page: Page, dataset: Dataset) -> str:
    """The bundled model that takes the data as they are, or with the fewest changes; SCRATCH: none can."""
    few = dataset.rows(np.arange(min(FEW, len(dataset))))
    found: list[tuple[bool, int, int, str]] = []
    for info in page.studio.models(None):
        if info.modality != dataset.modality:
            continue
        try:
            model = page.studio.load(info.id)
            planned = plan.make(RunRequest(start=info.id), few, model.tokenizer, model)
        except TganError:
            continue
        is_changed = planned.dataset.items is not few.items
        alike = len(
            {*few.items.shape[1:]} & {*info.shape}
        )  # sides and colours that they have in common
        found.append((is_changed, -alike, len(planned.notes), info.id))
    return min(found)[-1] if found else SCRATCH


def on_forget(page: Page, visitor: str | None, data: Any) -> dict[str, Any]:
    """Delete an own data set."""
    data_id = data.get("id") if isinstance(data, dict) else None
    if not str(data_id).startswith("data/"):
        raise DataError("only your own data can be deleted")
    page.studio.store.delete(visitor, str(data_id))
    return setup_value(page, visitor, preview_of(page, visitor, "digits") | {"take": 1})


def on_drop(page: Page, upload: Upload | None) -> None:
    """The user lets the files go."""
    page.studio.store.let_go(upload.paths if upload else ())
