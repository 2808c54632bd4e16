"""What a run would come to before it is started: how many samples, how long, and whether it reaches the game;
and how it would be asked for on the command line.

The speed is this machine's, as `runs.speeds` has measured it. Nothing is downloaded for an answer.
"""

from collections.abc import Callable
from dataclasses import asdict
from functools import lru_cache
from typing import Any

import numpy as np

from tgan_demo.contract import Dataset, Tokenizer
from tgan_demo.data import catalogue
from tgan_demo.errors import TganError
from tgan_demo.modalities import registry
from tgan_demo.people.store import Store
from tgan_demo.runs import command, plan, speeds
from tgan_demo.runs.request import SCRATCH
from tgan_demo.runs.runner import USABLE
from tgan_demo.ui.page import Page
from tgan_demo.ui.panels.train import knobs

FEW = 2000  # samples that a plan is made with


def server(page: Page) -> Callable:
    """A function that setup.js calls with its request and the visitor's id: a Forecast and the command line, or
    {} for none.
    """

    def forecast(ask: Any) -> dict[str, Any]:
        ask = ask if isinstance(ask, dict) else {}
        try:
            return of(page, ask.get("me"), ask.get("request"))
        except TganError:  # Start will say what is wrong
            return {}

    return forecast


def of(page: Page, visitor: Any, values: Any) -> dict[str, Any]:
    """Raises TganError: the request is not one that could be started."""
    request = knobs.request(values)
    store = page.studio.store
    owner = store.known(visitor) if request.data.startswith("data/") else None
    if not is_here(page, request.data):
        return {}
    dataset, tokenizer = prepared(store, owner, request.data)
    start = None
    if request.start != SCRATCH:
        start = page.studio.load(request.start, store.known(visitor))
        tokenizer = start.tokenizer
    planned = plan.make(request, dataset, tokenizer, start)
    tokens = tokenizer.tokens(planned.model).count
    told = speeds.forecast(request.wanted, planned.model, planned.train, tokens, usable=USABLE)
    title = request.title or f"{'' if owner else request.data} {request.preset}".strip()
    return asdict(told) | {"command": command.line(request, title=title, seed=planned.train.seed)}


def is_here(page: Page, data_id: str) -> bool:
    """Whether a data set can be read without going online."""
    if not data_id.startswith(catalogue.HUB):
        return True
    counts = {info.id: info.count for info in page.studio.store.datasets(None)}
    return bool(counts.get(data_id))


@lru_cache(maxsize=16)
def prepared(store: Store, owner: str | None, data_id: str) -> tuple[Dataset, Tokenizer]:
    """Some samples, enough to plan with, and a tokenizer fitted to them."""
    source = catalogue.built_in().get(data_id)
    if source is not None and source.few:
        dataset = source.make(source.few)
    else:
        whole = store.dataset(owner, data_id)
        dataset = whole.rows(np.linspace(0, len(whole) - 1, min(FEW, len(whole))).astype(int))
    return dataset, registry.tokenizer(dataset.modality).fit(dataset)
