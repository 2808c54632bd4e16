"""How texts are shown: written out by the page in its own letters, as a whole or token by token.

Axes: N texts.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from tgan_demo.config import ModelConfig
from tgan_demo.files.sheets import LIVE_COLUMNS, columns_of
from tgan_demo.modalities.text.verse import VERSE, is_verse
from tgan_demo.parts import Sheet

ACROSS = 4  # texts side by side on the contact sheet: they want room to be read
FEW = 120  # texts that are written large
LARGE, SMALL = 240, 160  # pixels a side of a text's paper
CARD, LIVE, ALONE = 200, 320, 640
TALL = 0.6  # height of a sheet of codes, of its width
TEXTS_A_SECOND = 8  # steps of a walk: a text wants to be read


class TextLook:
    card = (2, 2)
    strip = (4, 20)
    sketch = None

    def sheet(self, items: np.ndarray, columns: int | None = None) -> Sheet:
        size = LARGE if len(items) <= FEW else SMALL
        return whole(items, columns_of(len(items), columns), size)

    def contact(self, items: np.ndarray) -> Sheet:
        return whole(items, columns_of(len(items), None), LARGE, across=ACROSS)

    def walk(self, frames: np.ndarray, columns: int | None = None) -> Sheet:
        size = LARGE if len(frames) <= FEW else SMALL
        return whole(frames, columns_of(len(frames), columns), size, fps=TEXTS_A_SECOND)

    def thumbnail(self, frame: np.ndarray) -> Sheet:
        return whole(np.asarray(frame)[None], 1, SMALL)

    def live(self, items: np.ndarray, tokenizer: Any, config: ModelConfig) -> Sheet:
        if config.route == "latent":  # its tokens are no words: they are shown apart
            words = tokenizer.pieces(str(items[0]), config)
            return whole(items, LIVE_COLUMNS, CARD, words=tuple(words))
        pieces = [tokenizer.pieces(text, config) for text in items]
        return cells(pieces, tokenizer.tokens(config).grid, LIVE_COLUMNS)

    def card_sheet(self, items: np.ndarray, columns: int) -> tuple[str, bytes]:
        return "sheet.json", whole(items, columns, CARD).to_json()

    def picture(self, item: str) -> None:
        return None

    def inside(self, maps: Any) -> dict[str, Any]:
        """A text's tokens on their grid, and how much each gives it away."""
        blame_N = [round(float(blame), 4) for blame in maps.blame_N]
        item = {"w": 1, "h": 1, "text": maps.item, "pieces": maps.pieces, "blame": blame_N}
        if maps.spans is None:
            return {**item, "src": cells([maps.pieces], maps.grid, 1).source()}
        src = codes(maps.pieces, maps.grid).source()
        return {**item, "h": TALL, "src": src, "spans": maps.spans, "said": maps.said}

    def answer(self, items: np.ndarray) -> dict[str, Any]:
        sheet = self.sheet(items)
        return {
            "images": None,
            "texts": list(sheet.texts),
            "columns": sheet.columns,
            "count": sheet.count,
            "width": sheet.width,
            "height": sheet.height,
        }


def whole(items: np.ndarray, columns: int, size: int, **more: Any) -> Sheet:
    """Texts (N,), each on a square paper of `size` pixels."""
    texts = [str(text) for text in items]
    data: dict[str, Any] = {"cols": columns, "size": size, "pad": 0.07}
    if all(map(is_verse, texts)):
        data |= {"cells": [list(verse) for verse in texts], "grid": VERSE}
    else:
        data["texts"] = texts
    return _written(data, len(texts), size, size, texts=tuple(texts), **more)


def cells(pieces: Sequence[Sequence[str]], grid: Sequence[int], columns: int) -> Sheet:
    """Texts as their tokens, each in its cell of the token grid, for maps laid over them.

    Of several texts that are no verses only the first is laid out so; the others read better whole.
    """
    texts = ["".join(row) for row in pieces]
    is_grid = len(texts) == 1 or all(map(is_verse, texts))
    laid = [list(row) if is_grid or i == 0 else None for i, row in enumerate(pieces)]
    data = {"cols": columns, "size": LIVE, "cells": laid, "texts": texts, "grid": list(grid)}
    return _written(data, len(texts), LIVE, LIVE, texts=tuple(texts))


def codes(words: Sequence[str], grid: Sequence[int]) -> Sheet:
    """A text's latent tokens, each in its cell: its number, and the words that it mostly writes."""
    data: dict[str, Any] = {"cols": 1, "size": ALONE, "tall": TALL, "numbered": True}
    data |= {"cells": [list(words)], "grid": list(grid)}
    return _written(data, 1, ALONE, round(TALL * ALONE))


def _written(data: dict[str, Any], count: int, width: int, height: int, **more: Any) -> Sheet:
    columns = data["cols"]
    return Sheet(
        kind="written", data=data, count=count, columns=columns, width=width, height=height, **more
    )


LOOK = TextLook()
