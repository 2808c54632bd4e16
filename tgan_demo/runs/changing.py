"""Changing a run that trains: what is asked of its record, and how its thread takes that up between two steps.

Knows one run and its watcher, not the queue. What may be changed, changes.py says.
"""

import math
from collections.abc import Mapping

from tgan_demo.engine.game.state import TrainState
from tgan_demo.errors import ConfigError
from tgan_demo.runs import changes
from tgan_demo.runs.budget import check_budget
from tgan_demo.runs.changes import Asked, Pairs
from tgan_demo.runs.record import LIVE, Run
from tgan_demo.runs.watching import Watcher
from tgan_demo.said import say


def ask(
    run: Run,
    settings: Mapping[str, object] | None,
    seen: int | None,
    budget: float | None,
    unit: str,
) -> Asked:
    """What Jobs.change was asked for, checked against the run as it is now."""
    if budget is not None:
        budget = check_budget(budget, unit)
    if run.train is None or run.kept is None or run.state not in LIVE:
        raise ConfigError(say("change_when"))
    if seen is not None and seen != len(run.changes):
        raise ConfigError(say("change_unseen"))
    if run.asked:
        raise ConfigError(say("change_another"))
    if len(run.changes) >= changes.MOST:
        raise ConfigError(say("change_most", n=changes.MOST))
    if settings is not None:
        return Asked(changes.BY_HAND, changes.check(run.train, settings, run.kept))
    if budget is not None:
        return Asked(changes.MORE, {changes.MORE: (budget, unit)})
    number, before = changes.last(run.changes, run.nimg)
    return Asked(changes.UNDO, before, number)


def take_up(watcher: Watcher) -> set[str]:
    """Change the watched run as was asked for; what a remedy answers may be over by now. Names of its settings
    that are others now.
    """
    run, state, names = watcher.run, watcher.state, set[str]()
    while run.asked:
        with watcher.lock:
            asked = run.asked.popleft()
            is_budget = changes.MORE in asked.settings
            pairs = _budget(run, asked) if is_budget else _settings(run, state, watcher, asked)
            if not pairs:
                continue
            run.changed(asked.key, pairs, asked.undoes)
            if not is_budget:
                names |= set(pairs)
                watcher.changed()
            if run.want != "delete":
                run.save()  # before the weights are: a server that dies now comes back with both
    return names


def _settings(run: Run, state: TrainState, watcher: Watcher, asked: Asked) -> Pairs:
    before, settings = state.train, asked.settings
    is_remedy = asked.key not in (changes.BY_HAND, changes.UNDO)
    if is_remedy:
        settings = {name: now for name, (_, now) in watcher.remedy(asked.key).items()}
    pairs = changes.put(state, settings, is_remedy=is_remedy)
    run.train = now = state.train
    size, new_size = (train.batch_size * train.d_steps for train in (before, now))
    if run.granted.unit == "steps" and size != new_size and run.images_total:
        run.further = (max(1, math.ceil((run.images_total - run.nimg) / size)), "steps")
    return pairs


def _budget(run: Run, asked: Asked) -> Pairs:
    """A further budget from here, or the one before it again."""
    wanted = asked.settings[changes.MORE]
    before = run.images_total or ""  # "": it is still being measured
    if isinstance(wanted, tuple):
        run.further = amount, unit = wanted
        return {changes.MORE: (before, f"+ {amount:,.0f} {unit}")}
    assert isinstance(wanted, int)
    if wanted <= run.nimg:  # used up meanwhile
        return {}
    run.further = (wanted - run.nimg, "images")
    return {changes.MORE: (before, wanted)}
