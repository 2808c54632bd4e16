"""Texts that people really bring: old encodings, tables, folders and zips, a stray file among many."""

import json
import random
import zipfile

import numpy as np
import pytest

from tgan_demo.cli import opening
from tgan_demo.data import recognise
from tgan_demo.errors import DataError
from tgan_demo.modalities.text import bring, encodings, tables, writing
from tgan_demo.modalities.text.files import FILES
from tgan_demo.parts import Samples

KOREAN = "안녕하세요. 오늘은 날씨가 정말 좋네요.\n그녀는 내일 서울에 간다고 말했습니다.\n김치찌개\n"
JAPANESE = "吾輩は猫である。名前はまだ無い。\n鈴木一郎\n東京タワーに行きました。\nカタカナ\n"
SIMPLIFIED = "今天天气很好，我们去公园散步。\n她说：“明天见！”\n王小明\n床前明月光\n"
TRADITIONAL = "今天天氣很好，我們去公園散步。\n國家圖書館\n謝謝大家\n"
RUSSIAN = "Привет, мир! Как дела?\nСегодня хорошая погода, мы пошли гулять.\n"
THAI = "สวัสดีชาวโลก วันนี้อากาศดีมาก\nฉันรักประเทศไทย กินข้าวหรือยัง\n"
FRENCH = "Où est l'été ? Déjà là.\nUn café, s’il vous plaît.\n"
LINES = [f"line number {k}, said somebody" for k in range(50)]


def read(content):
    return encodings.decode(content, "mine.txt", 2**20)


@pytest.mark.parametrize(
    ("codec", "name", "texts"),
    [
        (
            "cp949",
            "euc-kr",
            (KOREAN, "한국어", "이순신", "ㅋㅋㅋ 진짜?", "대한민국 서울", "나는 뷁 햏자"),
        ),
        ("euc_kr", "euc-kr", (KOREAN, "봄 여름 가을 겨울", "사랑해요")),
        ("euc_jp", "euc-jp", (JAPANESE, "日本語", "田中さん", "東京都", "ありがとう", "カタカナ")),
        ("cp932", "shift_jis", (JAPANESE, "日本語", "ありがとう")),
        ("gb18030", "gb18030", (SIMPLIFIED, TRADITIONAL, "王小明", "大海", "你好", "李白\n杜甫\n")),
        ("big5", "big5", (TRADITIONAL, "你好", "台北市")),
        ("cp1252", "latin-1", (FRENCH, "café")),
    ],
)
def test_old_encodings_are_told_apart_by_what_they_say(codec, name, texts):
    for text in texts:
        found = read(text.encode(codec))
        assert (found.text, found.encoding) == (text, name)
        assert "our guess" in found.notes[0]


@pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
def test_wide_characters_need_no_mark(codec):
    for text in (
        KOREAN,
        JAPANESE,
        SIMPLIFIED,
        TRADITIONAL,
        RUSSIAN,
        THAI,
        FRENCH,
        "a\nb\n",
        "王维\n",
    ):
        found = read(text.encode(codec))
        assert (found.text, found.encoding) == (text, codec[:6])
        assert "our guess" in found.notes[0]


def test_nothing_is_read_as_a_writing_that_nobody_wrote():
    for text, codec in ((RUSSIAN, "koi8-r"), (RUSSIAN, "cp1251"), (THAI, "cp874")):
        with pytest.raises(encodings.TextError, match="an encoding that we do not know"):
            read(text.encode(codec))
    rng = random.Random(0)
    for size in (16, 100, 5000):
        with pytest.raises(encodings.TextError, match="binary|not know"):
            read(rng.randbytes(size) + b"\0")
    assert writing.share("", writing.KOREAN) == 0


def lay(folder, files):
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    return folder


def items(path, **options):
    return recognise.load(recognise.look_into([path]), options).items.tolist()


def test_what_we_export_comes_back(tmp_path):
    texts = np.array([f'"{k}", she said;\n对吗？ {k}' for k in range(60)])
    FILES.save(tmp_path / "mine.jsonl", Samples(items=texts, seeds=range(60), settings={}))
    assert items(tmp_path / "mine.jsonl") == [text.replace("\n", " ") for text in texts]
    assert items(tmp_path / "mine.jsonl", rule="blank lines") == texts.tolist()
    assert opening.open_data(str(tmp_path / "mine.jsonl")).modality == "text"


def test_json_lines_of_others_are_read_by_their_field(tmp_path):
    rows = [{"id": f"n{k}", "label": "x", "note": f"a longer note, {k}"} for k in range(50)]
    lines = [json.dumps(row) for row in rows]
    lines += ["no json", "", "[" * 20_000, '"a text alone"', "9" * 5_000, '{"note": 3}', "null"]
    (tmp_path / "a.NDJSON").write_text("\n".join(lines))
    found = bring.gather(tmp_path / "a.NDJSON")
    assert found.items == [*(row["note"] for row in rows), "a text alone"]
    assert found.remarks == ["a.NDJSON: 'note' was read of each line; lines without a text: 5"]
    (tmp_path / "b.jsonl").write_text("\n".join(LINES))  # no JSON at all: plain lines
    assert items(tmp_path / "b.jsonl") == LINES


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_a_table_with_a_header_and_quoted_cells(tmp_path, delimiter):
    rows = [f'{k}{delimiter}"say ""{k}""{delimiter} then\nrest"{delimiter}x' for k in range(50)]
    for name, header in (("a.csv", "id,Text,by"), ("b.TSV", "n,what was said,who")):
        content = "\ufeff" + "\r\n".join([header.replace(",", delimiter), *rows])
        (tmp_path / name).write_bytes(content.encode())
        assert items(tmp_path / name) == [f'say "{k}"{delimiter} then rest'.replace("\t", " ")
                                          .replace("  ", " ") for k in range(50)]  # fmt: skip
    assert items(tmp_path / "a.csv", rule="blank lines")[0].endswith("then\nrest")
    found = bring.gather(tmp_path / "a.csv")
    assert found.remarks == ["a.csv: its column 'Text' was read"]


def test_tables_without_a_header_and_lines_that_are_no_table(tmp_path):
    lay(tmp_path, {
        "none.csv": "\n".join(f"{k},{line.replace(',', '')}" for k, line in enumerate(LINES)),
        "one.csv": "\n".join(["text", *(f'"{line}"' for line in LINES)]),
        "plain.csv": "\n".join(["a, b, and c: one", *LINES, "no comma at all"]),
    })  # fmt: skip
    assert items(tmp_path / "none.csv") == [line.replace(",", "") for line in LINES]
    assert items(tmp_path / "one.csv") == LINES
    assert items(tmp_path / "plain.csv") == ["a, b, and c: one", *LINES, "no comma at all"]
    assert tables.cells("", "a.csv") is None and tables.cells("x", "a.txt") is None
    assert tables.cells('"' + "x" * 200_000, "a.csv") is None


def test_folders_zips_and_upper_case_are_read_and_a_stray_is_named(tmp_path):
    files = {f"poems/{k}.{suffix}": "\n".join(LINES[10 * k : 10 * k + 10])
             for k, suffix in enumerate(("txt", "TXT", "md", "Md", "Markdown"))}  # fmt: skip
    folder = lay(tmp_path / "in", files)
    assert sorted(opening.open_data(str(folder)).items.tolist()) == sorted(LINES)
    stray = {"paper.pdf": b"%PDF-1.7", ".ipynb_checkpoints/0.txt": b"litter", "empty.txt": b""}
    lay(folder / "poems", stray)
    packed = tmp_path / "POEMS.ZIP"
    with zipfile.ZipFile(packed, "w") as archive:
        for file in sorted(p for p in folder.rglob("*") if p.is_file()):
            archive.write(file, file.relative_to(folder))
    named = sorted(p for p in (folder / "poems").iterdir() if p.is_file())
    for brought in ([folder], [packed], named):
        upload = recognise.look_into(brought)
        assert recognise.modality_of(upload) == "text"
        shown = bring.preview(upload, {})
        assert shown.count == 50
        assert any("paper.pdf: " in line for line in shown.refused) == (brought != [folder])
        assert sorted(recognise.load(upload).items.tolist()) == sorted(LINES)


def test_a_word_document_is_still_none(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.docx", "w") as archive:
        archive.writestr("word/document.xml", "<w>hello</w>")
    with pytest.raises(DataError, match="a zip, as Word, Excel and EPUB files are"):
        bring.gather(tmp_path / "a.docx")
