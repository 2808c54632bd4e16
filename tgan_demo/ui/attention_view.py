"""What the Inside tab sends to the browser: attention as bytes, D's verdict, the formula as HTML.

Knows numpy and words, not gradio. A weight travels as one byte, `round(255 * w / top)`, with the
`top` (float32) of its row beside it: every weight to 1/255 of the largest in its row.

Axes: L layers, H heads, Q queries, K keys or channels of a head, M keys.
"""

import base64
import math
from collections.abc import Sequence
from html import escape
from typing import Any

import numpy as np

from tgan_demo.engine.draw.rollout import rollout
from tgan_demo.modalities import registry
from tgan_demo.studio import Formula, Maps
from tgan_demo.ui.words.table import t

PACK_BYTES = 1 << 21  # of one network's maps; above it only the selected token's rows are sent
TOP_KEYS = 5  # rows of the formula's table
FIRST_NUMBERS = 6  # of q and of the output that are written out


def pack(
    weights_LHQK: np.ndarray, *, lead: int = 0, row: int | None = None, whole: bool = False
) -> dict[str, Any]:
    """One network's maps as JSON.

    Args:
        lead: keys (and queries) before the first patch: 1 where there is a CLS token.
        row: the query to send when all of them are more than PACK_BYTES; None sends the middle one.
        whole: send all rows, however many.
    """
    layers, heads, rows, keys = weights_LHQK.shape
    only = None
    if weights_LHQK.size > PACK_BYTES and not whole:
        only = rows // 2 if row is None else min(max(row, 0), rows - 1)
        weights_LHQK = weights_LHQK[:, :, only : only + 1]
    weights = np.nan_to_num(weights_LHQK.astype(np.float32))
    top_LHQ1 = weights.max(-1, keepdims=True)
    bytes_LHQK = np.rint(255 * weights / np.maximum(top_LHQ1, 1e-12)).clip(0, 255)
    return {
        "layers": layers,
        "heads": heads,
        "rows": rows,
        "keys": keys,
        "lead": lead,
        "only": only,
        "data": _base64(bytes_LHQK.astype(np.uint8)),
        "top": _base64(top_LHQ1.astype("<f4")),
    }


def block(maps: Maps, modality: str, *, token: int | None = None) -> dict[str, Any]:
    """All that is shown of one picture or clip: its pixels, the maps of every network, D's logit.

    `token` is a patch, -1 the CLS token; it matters only where not all rows fit.
    """
    nets, flows = {}, {}
    row = None if token is None else max(token, 0)
    if maps.g_self is not None:
        nets["g_self"] = pack(maps.g_self, row=row)
        flows["g_self"] = pack(rollout(maps.g_self)[None, None], row=row)
    if maps.g_cross is not None:
        nets["g_cross"] = pack(maps.g_cross, whole=True)  # a latent token's map needs all rows
    row = None if token is None else token + 1
    nets["d"] = pack(maps.d, lead=1, row=row)
    flows["d"] = pack(rollout(maps.d)[None, None], lead=1, row=row)
    return {
        "item": registry.get(modality).look.inside(maps),
        "grid": [int(size) for size in maps.grid],
        "nets": nets,
        "rollout": flows,
        "logit": float(maps.logit),
    }


def view_of(modality: str, route: str, skills: Sequence[str]) -> dict[str, Any]:
    """What the canvas asks of a modality instead of its name.

    Returns:
        words: whose words it uses first, of `key.<name>`; codes: each token writes several words and
        is none itself; typed: an own item is typed, not opened.
    """
    is_typed = "typed" in skills
    codes = is_typed and route == "latent"
    words = ["codes", modality] if codes else [modality]
    return {"modality": modality, "words": words, "codes": codes, "typed": is_typed}


def verdict(logit: float, generated: Sequence[float]) -> dict[str, Any]:
    """D's logit beside its logits of generated pictures; `key` names the sentence that fits."""
    others = sorted(float(value) for value in generated)
    below = sum(value < logit for value in others)
    if not others:
        key = "inside.verdict.alone"
    elif below == len(others):
        key = "inside.verdict.above"
    elif below == 0:
        key = "inside.verdict.below"
    else:
        key = "inside.verdict.within"
    return {"key": key, "logit": float(logit), "below": below, "generated": others}


def token_name(
    index: int,
    grid: tuple[int, ...],
    lang: str,
    *,
    net: str,
    kind: str = "self",
    pieces: Sequence[str] | None = None,
    route: str = "direct",
) -> str:
    """A key or query in words; `index` counts CLS as 0 in D. `pieces` are what a text's tokens show."""
    if kind == "cross":
        return t("inside.latent", lang, m=index + 1)
    if net == "d":
        if index == 0:
            return t("inside.cls", lang)
        index -= 1
    if pieces is not None:
        piece = pieces[index].strip() if index < len(pieces) else ""
        if route == "latent":
            key = "inside.code" if piece else "inside.code.bare"
            return t(key, lang, n=index + 1, piece=piece)
        return t("inside.piece", lang, n=index + 1, piece=piece or "∅")
    _, rows, columns = (1, 1, *grid)[-3:]
    step, index = divmod(index, rows * columns)
    key = "inside.patch.step" if len(grid) > 2 else "inside.patch"
    return t(key, lang, row=index // columns + 1, column=index % columns + 1, step=step + 1)


def formula_html(
    formula: Formula,
    grid: tuple[int, ...],
    lang: str,
    *,
    net: str,
    kind: str,
    layer: int,
    head: int,
    token: int,
    pieces: Sequence[str] | None = None,
    route: str = "direct",
) -> str:
    """softmax(Q K^T / sqrt(d)) V of one token in one head, step by step, with its numbers.

    `layer` and `head` count from 0; `token` is the query's index, CLS first in D. Text is escaped.
    """
    width = len(formula.query)
    root = math.sqrt(width)
    weights = np.asarray(formula.weights, np.float64)
    order = np.argsort(-weights, kind="stable")[:TOP_KEYS]
    rest = len(weights) - len(order)
    rest_share = max(0.0, 1.0 - float(weights[order].sum()))
    scaled = np.asarray(formula.scaled, np.float64)
    shift = float(scaled.max()) if scaled.max() > 60 else 0.0  # softmax does not change, e^x fits
    total = float(np.exp(scaled - shift).sum())

    words = {"pieces": pieces, "route": route}

    def say(key: str, **values: Any) -> str:
        return escape(t(key, lang, **values))

    def name(index: int) -> str:
        return escape(token_name(index, grid, lang, net=net, kind=kind, **words))

    query_name = token_name(token, grid, lang, net=net, **words)
    where = say(
        f"inside.formula.where.{'g' if net == 'g' else 'd'}", layer=layer + 1, head=head + 1
    )
    rows = "".join(
        f"<tr><th scope='row'>{name(int(i))}</th><td>{_number(formula.dots[i])}</td>"
        f"<td>{_number(formula.scaled[i])}</td><td>{_bar(weights[i])}</td></tr>"
        for i in order
    )
    if rest > 0:
        rows += (
            f"<tr class='if-rest'><th scope='row'>{say('inside.formula.rest', n=rest)}</th>"
            f"<td>…</td><td>…</td><td>{_bar(rest_share)}</td></tr>"
        )
    first = int(order[0])
    terms = " + ".join(
        f"{weights[i]:.2f}·v<sub>{name(int(i))}</sub>" for i in order[: min(3, len(order))]
    )
    return (
        "<section class='if' aria-live='polite'>"
        f"<h3><span class='if-tex'>softmax(<b>Q</b><b>K</b><sup>⊤</sup> / √d) <b>V</b></span> "
        f"<small>{where} · {escape(query_name)}</small></h3>"
        "<ol>"
        f"<li><p>{say('inside.formula.q', token=query_name, d=width)}</p>"
        f"<p class='if-math'>q = {_vector(formula.query)}</p></li>"
        f"<li><p>{say('inside.formula.dot', root=f'{root:.2f}', n=len(weights))}</p>"
        f"<div class='if-scroll'><table><thead><tr><th scope='col'>{say('inside.formula.key')}</th>"
        "<th scope='col'>q·k</th><th scope='col'>q·k / √d</th>"
        f"<th scope='col'>softmax</th></tr></thead><tbody>{rows}</tbody></table></div>"
        f"<p class='if-math'>{name(first)}: e<sup>{_number(scaled[first] - shift)}</sup> / Σ "
        f"= {_positive(math.exp(scaled[first] - shift))} / {_positive(total)} "
        f"= {100 * weights[first]:.1f} %</p>"
        "</li>"
        f"<li><p>{say('inside.formula.out', token=query_name)}</p>"
        f"<p class='if-math'>{terms} + … = {_vector(formula.output)}</p></li>"
        "</ol></section>"
    )


def _bar(share: Any) -> str:
    percent = 100 * float(share)
    text = f"{percent:.1f} %" if percent >= 0.05 or percent == 0 else "&lt; 0.1 %"
    filled = min(max(percent, 0.0), 100.0)
    return (
        f"<div class='if-weight'><span class='if-bar' style='--w:{filled:.2f}%'></span>"
        f"<span>{text}</span></div>"
    )


def _number(value: Any) -> str:
    return f"{float(value):.2f}".replace("-", "−")


def _positive(value: float) -> str:
    if value >= 1e6:
        ten = math.floor(math.log10(value))
        return f"{value / 10**ten:.2f}·10<sup>{ten}</sup>"
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def _vector(values: np.ndarray) -> str:
    numbers = ", ".join(_number(value) for value in values[:FIRST_NUMBERS])
    return f"[{numbers}{', …' if len(values) > FIRST_NUMBERS else ''}]"


def _base64(array: np.ndarray) -> str:
    return base64.b64encode(np.ascontiguousarray(array).tobytes()).decode("ascii")
