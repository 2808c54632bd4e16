"""Text data sets that need no download: quatrains of our own grammar, functions of the installed Python.

A new set is one row of the table.
"""

import numpy as np

from tgan_demo.modalities.text.writers import functions, verses
from tgan_demo.parts import Maker

# The grammar writes the old script; the bundled poems, and the page's Chinese, the simplified one.
SIMPLER = str.maketrans(
    "來凍別圍夢尋對幾後徑憑戶捲揮搖撫攜斷時晝曉東棲楊楓樓樹橋檻欄歡歲歸殘涼滄滿漁濃無"
    "煙爐牽獨瑤畫發盡簾籠籬紅納細綠緩繞纜聽臘臨臺與葉蓮蟬詩語誰軒輕過遠還邊鄉銀長門閉"
    "開閒間關陽階雙離雲霧靜頭風飛飢馬駐驚驛驟鳥鳩鳴鴉鴻鵲鶯鶴鷗鷺黃齊",
    "来冻别围梦寻对几后径凭户卷挥摇抚携断时昼晓东栖杨枫楼树桥槛栏欢岁归残凉沧满渔浓无"
    "烟炉牵独瑶画发尽帘笼篱红纳细绿缓绕缆听腊临台与叶莲蝉诗语谁轩轻过远还边乡银长门闭"
    "开闲间关阳阶双离云雾静头风飞饥马驻惊驿骤鸟鸠鸣鸦鸿鹊莺鹤鸥鹭黄齐",
)


def _verses(count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    poems, themes = verses.verses(count, seed)
    return np.array([poem.translate(SIMPLER) for poem in poems], dtype=np.str_), themes


def _functions(count: int, seed: int) -> tuple[np.ndarray, None]:
    return np.array(functions.functions(limit=count), dtype=np.str_), None


MAKERS: dict[str, Maker] = {
    "verses": Maker(
        title="Quatrains (our grammar)",
        make=_verses,
        classes=verses.THEMES,
        licence=verses.LICENCE,
        source="this project's own grammar",
        count=8_000,
        most=50_000,
    ),
    "python": Maker(
        title="Python functions",
        make=_functions,
        licence=functions.LICENCE,
        source=functions.SOURCE,
        count=8_000,
        most=50_000,
    ),
}
