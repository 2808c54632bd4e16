"""A report: every score of a modality's list, with its N and real data's value beside it.

Without the data, what is bundled beside a model (reference.py) still gives the scores that need no more;
the others are listed under "missing" with what would give them.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from tgan_demo.measure.score import NEEDS, Measured, Taken, Values, rows
from tgan_demo.measure.task import Samples, Task


def run(
    task: Task,
    measures: Sequence[Measured[Values]],
    spaces: Mapping[str, str],
    has: Mapping[str, bool],
    **fields: object,
) -> dict[str, Any]:
    """{"spaces", "scores": {space: {key: row}}, "missing": [{"score", "needs"}]}, plain JSON.

    Args:
        spaces: name -> what it is; in the order of the report.
        has: which of NEEDS there are.
        fields: fill the names of spaces and scores.
    """
    scores: dict[str, dict[str, Any]] = {}
    reals: dict[str, dict[str, float]] = {} if task.known is None else dict(task.known.real)
    if task.has_data:
        reals = {}
    missing: list[dict[str, str]] = []
    for one in measures:
        if task.options.space not in ("", one.space) or not one.applies(task):
            continue
        real = reals.setdefault(one.space, {})
        lacking = [need for need in one.needs if not has[need]]
        if not lacking:
            found = _rows(task, one, real, fields)
        elif one.of_data and all(key in real for key in _keys(task, one)):
            stored = {key: real[key] for key in _keys(task, one)}
            found = rows(one.scores, stored, real, n=len(task.made), fields=fields)
        else:
            needs = NEEDS[lacking[0]]
            missing += [{"score": f"{one.space}.{key}", "needs": needs} for key in _keys(task, one)]
            continue
        scores.setdefault(one.space, {}).update(found)
    order = [name for name in spaces if scores.get(name)]
    return {
        "spaces": {name: spaces[name].format(**fields) for name in order},
        "scores": {name: scores[name] for name in order},
        "missing": missing,
    }


def real_values(
    task: Task, measures: Sequence[Measured[Values]], has: Mapping[str, bool]
) -> dict[str, dict[str, float]]:
    """What real data get in place of samples, to be bundled: {space: {key: value}}."""
    found: dict[str, dict[str, float]] = {}
    for one in measures:
        if one.applies(task) and all(has[need] for need in one.needs):
            values = one(task, _stand_in(task, one))
            if not isinstance(values, Taken):
                found.setdefault(one.space, {}).update(values)
    return found


def _rows(
    task: Task, one: Measured[Values], real: dict[str, float], fields: Mapping[str, object]
) -> dict[str, Any]:
    """Rows of what has all that it needs; its real values are added to those of its space."""
    samples = task.made
    values = one(task, samples)
    if isinstance(values, Taken):
        return rows(one.scores, values.values, values.real, n=values.n, fields=fields)
    real_n = None if task.known is None else task.known.n
    if task.has_data:
        real_n = len(_stand_in(task, one))
        if not all(score.beside for score in one.scores):
            own = one(task, _stand_in(task, one))
            assert not isinstance(own, Taken)
            real |= own
    return rows(one.scores, values, real, n=len(samples), real_n=real_n, fields=fields)


def _keys(task: Task, one: Measured[Values]) -> list[str]:
    """All that a function may take; of a family, one of each factor of the classes."""
    families = task.factors if len(task.factors) > 1 else ["class"]
    return [
        score.key.replace("*", name)
        for score in one.scores
        for name in (families if "*" in score.key else [""])
    ]


def _stand_in(task: Task, one: Measured[Values]) -> Samples:
    return {"held_out": lambda: task.held_out, "train": lambda: task.some_train}[one.real]()
