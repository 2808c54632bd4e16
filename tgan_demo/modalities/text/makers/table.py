"""Text data sets that need no download: quatrains of our own grammar, functions of the installed Python.

A new set is one row of the table.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from tgan_demo.contract import Dataset
from tgan_demo.modalities.text.makers import functions, verses

# The grammar writes the old script; the bundled poems, and the page's Chinese, the simplified one.
SIMPLER = str.maketrans(
    "來凍別圍夢尋對幾後徑憑戶捲揮搖撫攜斷時晝曉東棲楊楓樓樹橋檻欄歡歲歸殘涼滄滿漁濃無"
    "煙爐牽獨瑤畫發盡簾籠籬紅納細綠緩繞纜聽臘臨臺與葉蓮蟬詩語誰軒輕過遠還邊鄉銀長門閉"
    "開閒間關陽階雙離雲霧靜頭風飛飢馬駐驚驛驟鳥鳩鳴鴉鴻鵲鶯鶴鷗鷺黃齊",
    "来冻别围梦寻对几后径凭户卷挥摇抚携断时昼晓东栖杨枫楼树桥槛栏欢岁归残凉沧满渔浓无"
    "烟炉牵独瑶画发尽帘笼篱红纳细绿缓绕缆听腊临台与叶莲蝉诗语谁轩轻过远还边乡银长门闭"
    "开闲间关阳阶双离云雾静头风飞饥马驻惊驿骤鸟鸠鸣鸦鸿鹊莺鹤鸥鹭黄齐",
)

Texts = tuple[list[str], np.ndarray | None]


@dataclass(frozen=True, slots=True)
class Writing:
    """One set: how so many texts of it are made, and what its classes are called."""

    title: str
    make: Callable[[int], Texts]  # count -> texts, classes (N,)
    classes: tuple[str, ...]
    licence: str
    source: str


def _verses(count: int) -> Texts:
    poems, themes = verses.verses(count)
    return [poem.translate(SIMPLER) for poem in poems], themes


def _functions(count: int) -> Texts:
    return functions.functions(limit=count), None


TABLE: dict[str, Writing] = {
    "verses": Writing(
        "Quatrains (our grammar)",
        _verses,
        verses.THEMES,
        verses.LICENCE,
        "this project's own grammar",
    ),
    "python": Writing("Python functions", _functions, (), functions.LICENCE, functions.SOURCE),
}


def make(name: str, *, count: int = 8000) -> Dataset:
    """The first `count` texts of a set; fewer where there are no more."""
    writing = TABLE[name]
    texts, labels = writing.make(count)
    return Dataset(
        name=name,
        items=np.array(texts, dtype=np.str_),
        labels=labels,
        classes=writing.classes,
        licence=writing.licence,
        source=writing.source,
        modality="text",
    )
