"""Mixing: w of one sample in some blocks of another, as a table of all A and all B.

Source: style mixing, Karras et al. 2019, arXiv:1812.04948, fig. 3.
"""

from dataclasses import replace

from tgan_demo import axes, tables
from tgan_demo.config import SampleConfig
from tgan_demo.errors import ConfigError
from tgan_demo.studio import Studio
from tgan_demo.tables import Cell, Table

MOST = 64  # mixed samples


def plan(
    studio: Studio,
    model_id: str,
    config: SampleConfig,
    a: str,
    b: str,
    places: str,
    *,
    visitor: str | None = None,
    most: int = MOST,
) -> Table:
    """A row for each A, a column for each B: B with w of A at `places`. The samples themselves stand in the
    first column (A) and the first row (B).

    Args:
        config: class, psi and temperature of all of them. A class in view is that of A and B; else each
            seed has its own.
        a, b: seeds, as axes.py reads them: "1-3,7".
        places: "2-4", "1", "coarse", "middle", "fine" or "all"; 0 is the position tokens, then the blocks.

    Raises:
        ConfigError: no seeds, no such places, or more than `most` mixed samples.
    """
    base = replace(config, edit="", variation=0.0, count=1)
    entries = studio.info(model_id, visitor).depth + 1
    where, *others = axes.places(places, entries)
    if others:
        raise ConfigError("one range of places was wanted, such as 2-4; each is one of a table")
    table = tables.plan(
        studio, model_id, base, f"seed={b}", f"mix@{where}={a}", visitor=visitor, most=most
    )
    own_a = [_own(base, name) for name in table.y.names]
    own_b = [replace(base, seed=int(seed)) for seed in table.x.values]
    columns = len(own_b)
    cells: list[Cell | None] = [None, *((model_id, one) for one in own_b)]
    for i, one in enumerate(own_a):
        cells += [(model_id, one), *table.cells[i * columns : (i + 1) * columns]]
    x = replace(table.x, what="B", names=("A", *table.x.names))
    y = replace(table.y, what=f"A @{where}", names=("B", *table.y.names))
    return replace(table, x=x, y=y, cells=tuple(cells))


def _own(base: SampleConfig, text: str) -> SampleConfig:
    """The sample of "7", or of "7~3", a seed with a class."""
    seed, _, label = text.partition("~")
    return replace(base, seed=int(seed), label=int(label) if label else base.label)
