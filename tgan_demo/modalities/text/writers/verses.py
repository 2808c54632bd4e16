"""Chinese quatrains by a small grammar of our own: four lines of five characters, without end.

A theme holds the words of one season and one mood, a line is a pattern of slots, and a slot takes
one word of its theme. As in the old form, the first line sets the scene, the second goes on, the
third brings a person, the fourth a feeling; the second and the fourth rhyme (by the rhyme groups of
old verse, which ear and dictionary still mostly share), the third does not, and no character comes
twice. The word lists were written for this project.

Poem `i` depends on (seed, i) only, so more poems extend fewer. Labels go round, so every slice is
balanced.
"""

import functools
from dataclasses import dataclass

import numpy as np

from tgan_demo.errors import DataError

LINES, LINE_CHARS = 4, 5
MAX_COUNT = 200_000
LICENCE = "CC0-1.0 (written by this project's own grammar)"


def verses(count: int, seed: int = 0) -> tuple[list[str], np.ndarray]:
    """The first `count` poems of a seed.

    Returns:
        The poems, each 20 traditional characters without punctuation, and their labels, int64
        (count,), indices into THEMES.

    Raises:
        DataError: the count or the seed is not one that we write for.
    """
    if not 1 <= count <= MAX_COUNT:
        raise DataError(f"we write 1 to {MAX_COUNT:,} poems; got {count}")
    if seed < 0:
        raise DataError(f"a seed is 0 or more; got {seed}")
    poems = [_poem(seed, index) for index in range(count)]
    return poems, np.arange(count, dtype=np.int64) % len(THEMES)


def rhyme(character: str) -> str:
    """The name of a character's rhyme group, "" if no line of ours rhymes on it."""
    return _RHYME_OF.get(character, "")


# Every level-tone character that may end a line; what is not here is oblique, and ends the third.
# Neighbouring groups are one, as in old-style verse: 東冬, 庚青, 寒刪, 真文.
RHYMES: dict[str, str] = {
    "東": "東風空紅中鴻桐濃松峰楓蓬",
    "先": "天前煙船邊泉蓮川蟬",
    "尤": "秋流樓舟愁頭洲幽鷗鳩",
    "庚": "明情城生行清晴鳴輕程驚亭庭青鶯",
    "侵": "心深林琴沉禽",
    "真": "人春新津雲",
    "寒": "寒殘還閒山間關欄丹",
    "微": "微飛歸稀扉",
    "陽": "陽光香霜長黃涼鄉塘楊",
    "麻": "花家斜霞沙涯鴉",
    "灰": "來開臺梅苔槐",
    "齊": "啼溪低西堤齊",
    "歌": "荷河",
    "蕭": "橋潮",
    "魚": "疏",
}
_RHYME_OF = {character: name for name, group in RHYMES.items() for character in group}

# What a thing may do to a place, by kind; "act" is what a person does to it.
_DO = {"air": "入過滿籠繞", "plant": "映滿遮臨傍", "bird": "入過穿傍下"}
_ACT = {"air": "看對望", "plant": "看對尋", "bird": "聽看望", "sight": "向望對"}
_FILL = "滿寄在入到"  # what a heart does to a place
_ASK = ("何人", "誰與", "幾時", "何日")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Words:
    """The words of one theme, apart by spaces: two characters each, `_is` lists one."""

    time: str
    place: str
    air: str  # wind, light, weather
    air_is: str
    plant: str
    plant_is: str
    bird: str
    bird_is: str
    sight: str  # what lies there
    person: str  # someone at something
    heart: str
    heart_is: str  # these end the fourth line only, so all are level


_WORDS: dict[str, _Words] = {
    "spring": _Words(
        time="春曉 春晝 花朝 二月 日暖 雨後",
        place="溪邊 陌上 窗前 江南 橋頭 水西",
        air="東風 細雨 輕煙 朝霞 晴光",
        air_is="輕 來 微 長 斜 暖",
        plant="桃花 垂柳 芳草 紅杏 綠楊",
        plant_is="新 香 深 齊 暖",
        bird="黃鳥 雙燕 流鶯 山禽 沙鷗",
        bird_is="飛 啼 來 鳴 語",
        sight="畫樓 芳洲 前川 人家 春城 遠山 曲岸 古渡 小徑 平沙 青溪 小亭",
        person="閒行 倚欄 攜酒 緩步 尋芳 踏青",
        heart="春意 歡情 詩思 閒心",
        heart_is="新 長 生 來",
    ),
    "summer": _Words(
        time="夏日 永晝 夜涼 雨歇 日午 夏夜",
        place="池上 水邊 樹下 亭中 塘西 簾外",
        air="南風 驟雨 涼雲 薄霧 荷風",
        air_is="清 涼 來 輕 過 歇",
        plant="紅蓮 青竹 榴花 高槐 翠荷",
        plant_is="新 香 深 清 靜 密",
        bird="鳴蟬 乳燕 白鷺 水禽 鳴鳩",
        bird_is="稀 閒 輕 靜 來 低",
        sight="小亭 畫船 方塘 深院 竹林 高樓 幽泉 曲岸 長堤 石臺 綠苔 人家",
        person="閒吟 獨坐 停舟 搖扇 納涼 開軒",
        heart="閒心 詩思 涼意 清夢",
        heart_is="清 長 深 新",
    ),
    "autumn": _Words(
        time="秋晚 日暮 重陽 霜重 葉落 歲晚",
        place="江上 階前 城頭 山中 籬邊 村西",
        air="西風 寒煙 冷露 殘照 斜陽",
        air_is="寒 涼 深 冷 微 沉",
        plant="黃葉 丹楓 衰草 疏桐 殘荷",
        plant_is="稀 寒 深 落 老 空",
        bird="歸雁 寒鴉 孤鴻 棲鳥 秋蟬",
        bird_is="飛 鳴 還 遠 過 稀",
        sight="古城 荒臺 遠山 空林 孤舟 野塘 江樓 古渡 平沙 斷岸 小徑 孤峰",
        person="獨立 憑欄 倚杖 掩卷 登臺 臨風",
        heart="客心 鄉思 秋意 離愁",
        heart_is="深 長 寒 生 濃",
    ),
    "snow": _Words(
        time="歲暮 天寒 臘月 雪後 冬曉 風定",
        place="窗外 山下 橋西 林間 門前 溪上",
        air="飛雪 北風 凍雲 曉霜 寒光",
        air_is="寒 深 輕 白 來 冷",
        plant="早梅 孤松 瘦竹 枯荷 寒花",
        plant_is="老 瘦 清 寒 斜 稀",
        bird="寒鴉 凍雀 孤鶴 歸鴻 飢鳥",
        bird_is="飛 稀 歸 還 靜 啼",
        sight="柴扉 小樓 遠山 玉臺 空林 寒川 清溪 石泉 古寺 野徑 漁船 人家",
        person="圍爐 煮茶 策杖 閉戶 呵手 披衣",
        heart="清夢 詩思 寒意 閒心",
        heart_is="清 長 深 來",
    ),
    "moon": _Words(
        time="夜靜 更深 今夜 三更 人定 秋夜",
        place="天邊 海上 樓頭 松間 江心 簾外",
        air="明月 清光 月色 素影 銀河",
        air_is="明 清 涼 寒 白 來",
        plant="桂花 寒松 疏竹 香桂 高桐",
        plant_is="香 疏 深 清 靜 冷",
        bird="驚鵲 宿鳥 孤鶴 歸鴻 棲鴉",
        bird_is="飛 驚 鳴 啼 去 還",
        sight="高樓 瑤臺 玉階 空庭 江天 滄洲 關山 清泉 故鄉 曲檻 水面 石徑",
        person="把酒 撫琴 倚窗 吹笛 捲簾 無眠",
        heart="鄉心 歸夢 清愁 遠思",
        heart_is="長 清 深 寒 生",
    ),
    "farewell": _Words(
        time="日落 酒盡 潮平 此夕 別後 舟發",
        place="渡頭 津邊 亭外 驛前 道旁 江東",
        air="斜陽 暮煙 江風 寒潮 晚霞",
        air_is="斜 沉 寒 遠 微 生",
        plant="垂楊 岸柳 野花 荒草 飛蓬",
        plant_is="稀 低 深 斷 齊 長",
        bird="征雁 沙鷗 啼鳥 去鴻 孤鶴",
        bird_is="飛 還 啼 去 遠 稀",
        sight="孤舟 長亭 古道 渡口 天涯 遠山 高城 前程 滄洲 南浦 江津 客船",
        person="揮手 駐馬 回首 停杯 牽衣 解纜",
        heart="離愁 別恨 客心 歸思",
        heart_is="深 長 生 寒 濃",
    ),
}
THEMES = tuple(_WORDS)

# A pattern is slots from left to right; "thing" stands for air, plant and bird in turn.
_PATTERNS: tuple[tuple[tuple[str, ...], ...], ...] = (  # one row for each line
    (
        ("time", "thing", "thing_is"),
        ("place", "thing", "thing_is"),
        ("thing", "thing_do", "sight"),
    ),
    (
        ("place", "thing", "thing_is"),
        ("thing", "thing_do", "sight"),
        ("place", "thing_act", "thing"),
    ),
    (
        ("person", "thing_act", "thing"),
        ("person", "sight_act", "sight"),
    ),
    (
        ("heart", "fill", "sight"),
        ("place", "heart", "heart_is"),
        ("ask", "thing_act", "thing"),
        ("ask", "sight_act", "sight"),
    ),
)
_MIN_RHYMES = 3  # different ends that a group must offer to both lines


@functools.cache
def _slots(theme: str) -> dict[str, tuple[str, ...]]:
    """Every slot's words."""
    words = _WORDS[theme]
    slots = {name: tuple(getattr(words, name).split()) for name in words.__dataclass_fields__}
    slots |= {f"{kind}_do": tuple(verbs) for kind, verbs in _DO.items()}
    slots |= {f"{kind}_act": tuple(verbs) for kind, verbs in _ACT.items()}
    return slots | {"fill": tuple(_FILL), "ask": _ASK}


@functools.cache
def _patterns(line: int) -> tuple[tuple[str, ...], ...]:
    """The patterns of a line, "thing" made air, plant and bird."""
    found: dict[tuple[str, ...], None] = {}  # a pattern without a thing comes once
    for pattern in _PATTERNS[line]:
        for kind in _DO:
            found[tuple(slot.replace("thing", kind) for slot in pattern)] = None
    return tuple(found)


@functools.cache
def _groups(theme: str) -> tuple[str, ...]:
    """The rhyme groups that the second and the fourth line of a theme can both end in."""
    slots = _slots(theme)

    def ends(line: int, group: str) -> set[str]:
        words = {word for pattern in _patterns(line) for word in slots[pattern[-1]]}
        return {word[-1] for word in words if rhyme(word[-1]) == group}

    return tuple(
        group
        for group in RHYMES
        if ends(1, group) and ends(3, group) and len(ends(1, group) | ends(3, group)) >= _MIN_RHYMES
    )


def _poem(seed: int, index: int) -> str:
    rng = np.random.default_rng((seed, index))
    theme = THEMES[index % len(THEMES)]
    groups = _groups(theme)
    while True:  # a dead end, where every word left repeats a character, is rare
        group = groups[rng.integers(len(groups))]
        poem = ""
        # the rhyming lines first: they have the fewest words to choose from
        lines: dict[int, str] = {}
        for line, wanted in ((3, group), (1, group), (2, ""), (0, None)):
            found = _line(rng, theme, line, wanted, poem)
            if found is None:
                break
            lines[line] = found
            poem += found
        else:
            return "".join(lines[line] for line in range(LINES))


def _line(
    rng: np.random.Generator, theme: str, line: int, wanted: str | None, used: str
) -> str | None:
    """One line that repeats no character of `used`, its end in rhyme group `wanted` (None: any)."""
    slots, patterns = _slots(theme), _patterns(line)
    for choice in rng.permutation(len(patterns)):
        text = ""  # filled from the right, where the rhyme is
        for place, slot in enumerate(reversed(patterns[choice])):
            words = [
                word
                for word in slots[slot]
                if not set(word) & set(used + text)
                and (place or wanted is None or rhyme(word[-1]) == wanted)
            ]
            if not words:
                break
            text = words[rng.integers(len(words))] + text
        else:
            return text
    return None
