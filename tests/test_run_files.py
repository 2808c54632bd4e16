"""What a run leaves: a sorted table that mends itself, curves as CSV and PNG, one HTML file, differences."""

import csv
import io
import re
import sqlite3
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from test_reel import grey, run_of

from tgan_demo.events import Health, StepDone
from tgan_demo.files import charts
from tgan_demo.files.charts import Chart, Line
from tgan_demo.runs import export, report, table
from tgan_demo.runs.record import Run
from tgan_demo.runs.request import RunRequest
from tgan_demo.said import say
from tgan_demo.ui.panels.train.files import tongue

EVIL = "<script>alert(1)</script>"


def made(folder: Path, number: int = 1, **changes: object) -> Run:
    """A run of twenty steps with scores, made without training."""
    run = run_of(folder, [grey(20), grey(90), grey(160)])
    run.id, run.created = f"run/{number:016x}", 100.0 + number
    run.request = RunRequest(title="cats", **changes)  # type: ignore[arg-type]
    run.title, run.modality, run.state = f"cats {number}", "image", "done"
    run.scores.begin("components", 64, {"mind": 0.1, "coverage": 0.9})
    for k in range(20):
        step = StepDone(
            step=k + 1, nimg=4 * (k + 1), seconds=0.5 * (k + 1), loss_d=1 / (k + 1), loss_g=0.7,
            d_real=1.0, d_fake=-1.0, d_accuracy=0.8, grad_g=0.1, grad_d=0.2, r1=0.0, r2=0.0,
            gamma=1.0, images_per_s=8.0, steps=1, augment_p=0.0, lr_g=1e-3, lr_d=1e-3,
        )  # fmt: skip
        run.stepped(step, 0)
        run.scores.add(run.nimg, {"mind": 1 / number + 0.01 * k, "coverage": 0.5})
    run.seconds = 2.0 * number
    return run


# --- the table


def test_runs_are_sorted_by_any_column_and_what_is_unknown_is_last(tmp_path: Path) -> None:
    runs = [made(tmp_path / str(k), k) for k in (1, 2, 3)]
    runs[1].scores.rows = []
    path = tmp_path / table.FILE

    def order(by: str, down: bool = True) -> list[str]:
        return [row["title"][-1] for row in table.rows(path, runs, by, down=down)]

    assert order("created") == ["3", "2", "1"] == order("nonsense; DROP TABLE runs")
    assert order("seconds", down=False) == ["1", "2", "3"]
    assert order("score.mind", down=False) == ["3", "1", "2"] and order("score.mind") == [
        "1",
        "3",
        "2",
    ]
    assert order("score.x' OR 1=1 --") == ["3", "2", "1"]
    row = table.rows(path, runs, "title", down=False)[0]
    assert row["scores"] == pytest.approx({"mind": 1.19, "coverage": 0.5}) and row["nimg"] == 80
    assert list(row["scores"]) == ["mind", "coverage"]  # as the run has them
    del runs[0]
    runs[0].title = "renamed"
    assert [row["title"] for row in table.rows(path, runs)] == ["cats 3", "renamed"]
    with sqlite3.connect(path) as base:
        assert base.execute("SELECT count(*) FROM scores").fetchone()[0] == 2


@pytest.mark.parametrize("harm", ["damaged", "missing", "other version", "a folder"])
def test_the_table_is_made_anew_from_the_runs(tmp_path: Path, harm: str) -> None:
    runs, path = [made(tmp_path / str(k), k) for k in (1, 2)], tmp_path / table.FILE
    before = table.rows(path, runs)
    if harm == "damaged":
        path.write_bytes(b"SQLite format 3\0" + bytes(range(256)) * 20)
    elif harm == "other version":
        with sqlite3.connect(path) as base:
            base.execute("PRAGMA user_version = 99")
            base.execute("DROP TABLE scores")
            base.execute("CREATE TABLE scores (x)")
        base.close()
    else:
        path.unlink()
        if harm == "a folder":
            path.mkdir()
    assert table.rows(path, runs) == before
    if harm != "a folder":
        assert table.rows(path, runs) == before and path.read_bytes()[:6] == b"SQLite"


# --- curves


def test_curves_are_a_row_a_point(tmp_path: Path) -> None:
    rows = list(csv.DictReader(io.StringIO(export.curves_csv(made(tmp_path)).decode())))
    assert [int(row["samples"]) for row in rows] == list(range(4, 84, 4))
    assert float(rows[3]["loss_d"]) == 0.25 and float(rows[3]["x_seconds"]) == 2.0
    assert float(rows[3]["score_mind"]) == pytest.approx(1.03) and rows[3]["unseen"] == ""


def test_a_chart_lies_where_its_values_say() -> None:
    line = Line(name=EVIL, x=[0, 50, 100, 150], y=[0.0, 1.0, None, 0.5], level=0.25)
    place = charts._Place(Chart(title="t", unit="u", lines=[line]))
    assert place.y(0.0) == charts.HEIGHT - charts.BOTTOM and place.y(1.0) == charts.TOP
    assert place.x(0) == charts.LEFT and place.x(150) == charts.WIDTH - charts.RIGHT
    assert place.pieces(line) == [[(place.x(0), place.y(0.0)), (place.x(50), place.y(1.0))]]
    log = Chart(
        title="t", unit="u", lines=[Line(name="", x=[0, 1, 2], y=[1, 10, 100])], is_log=True
    )
    top, middle, low = (charts._Place(log).y(v) for v in (100, 10, 1))
    assert middle == pytest.approx((top + low) / 2)
    drawn = charts.svg(Chart(title=EVIL, unit=EVIL, lines=[line]))
    assert "<script" not in drawn and drawn.count("<polyline") == 1
    with Image.open(io.BytesIO(charts.png([log] * 3))) as image:
        assert image.width > charts.WIDTH * 2 * charts.SCALE
        colours = {colour for _, colour in image.getcolors(2**20) or ()}
    assert (0x1F, 0x7F, 0x74) in colours
    assert charts.png([Chart(title="", unit="", lines=[])])


# --- the file to hand in


class Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.addresses: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.addresses += [
            v or "" for k, v in attrs if k in ("src", "href", "srcset", "data", "style")
        ]


def test_the_file_has_all_asks_for_nothing_and_trusts_no_text(tmp_path: Path) -> None:
    run = made(tmp_path)
    run.title, run.message = f"{EVIL}&", f'"{EVIL}'
    run.request = RunRequest(title=EVIL, data=f"data/{EVIL}")
    run.parent = {"run": "run/x", "title": EVIL, "nimg": 7}
    run.findings = [Health("bad", "d_wins", f"D has won {EVIL}", since_nimg=40)]
    run.changes = [
        {"key": "d_wins", "step": 3, "nimg": 48, "settings": {"loss": ["minimax", EVIL]}}
    ]
    text = report.html(run).decode()
    reader = Reader()
    reader.feed(text)
    assert "script" not in reader.tags and "link" not in reader.tags and text.isprintable() is False
    assert all(address.startswith("data:image/png") for address in reader.addresses)
    assert not re.findall(
        r"(?:https?:)?//(?!www\.w3\.org/2000/svg)", re.sub(r'src="[^"]*"', "", text)
    )
    assert reader.tags.count("img") == 3 and reader.tags.count("svg") == 6
    for said in ("10 samples seen", "30 samples seen", "tgan_demo train", "real data", "0.9",
                 "D has won", "since 40 samples", "At 48 samples changed: loss: minimax"):  # fmt: skip
        assert said in text, said


def test_the_file_is_in_the_language_of_the_page(tmp_path: Path) -> None:
    run = made(tmp_path, train_settings={"lr_g": 1e-3})
    run.findings = [Health("bad", "d_wins", "D has won", since_nimg=40)]
    run.changes = [{"key": "by hand", "step": 3, "nimg": 48, "settings": {"lr_g": [1e-3, 2e-3]}}]
    run.message, run.notes = say("kept"), (say("cut", n="5"),)
    text = report.html(run, tongue("zh", run)).decode()
    words = re.sub(r"(?s)<style>.*?</style>|<pre>.*?</pre>|<[^>]*>", " ", text)
    for said in (
        "已完成：80 个样本", "相同种子的样本", "损失", "虚线：真实数据", "越低越好", "D 赢了",
        "自第 40 个样本起", "第 48 个样本时更改：G 的学习率: 0.001 → 0.002", "上次保存的状态仍在。",
    ):  # fmt: skip
        assert said in words, said
    assert 'lang="zh-CN"' in text and not re.search(r"[a-z]{2,} [a-z]{2,} [a-z]{2,}", words)
    assert tongue("en", run) == export.ENGLISH


def test_texts_are_in_the_file_as_texts(tmp_path: Path) -> None:
    from tgan_demo.parts import Sheet

    data = {"texts": [EVIL, "a cat"], "cols": 2, "size": 200}
    run = run_of(tmp_path, [Sheet(kind="written", data=data)])
    text = report.html(run).decode()
    assert "<pre>&lt;script&gt;alert(1)&lt;/script&gt;\na cat</pre>" in text
    empty = Run("run/0", "v", tmp_path / "none", RunRequest(), "nothing yet")
    assert b"nothing yet" in report.html(empty) and np.isfinite(len(export.curves_csv(empty)))


# --- two runs


def test_only_what_differs_is_told(tmp_path: Path) -> None:
    a, b = made(tmp_path / "a", 1), made(tmp_path / "b", 2, train_settings={"lr_g": 0.002})
    found = {name: pair for name, *pair in export.differences(a, b)}
    assert set(found) == {"lr_g"} and found["lr_g"][1] == 0.002
    assert export.differences(a, a) == []
    b.changes = [
        {"key": "x", "nimg": 1, "step": 1, "settings": {"lr_g": [0.002, found["lr_g"][0]]}}
    ]
    assert export.differences(a, b) == []


def test_two_moments_of_a_run_differ_by_what_was_changed_between_them(tmp_path: Path) -> None:
    run = made(tmp_path, train_settings={"lr_g": 1e-3})
    run.changes = [
        {"key": "by hand", "nimg": 20, "settings": {"lr_g": [1e-3, 2e-3], "loss": ["hinge", "minimax"]}},
        {"key": "budget", "nimg": 30, "settings": {"budget": [80, "+ 9 seconds"]}},
        {"key": "undo", "nimg": 40, "undoes": 0, "settings": {"lr_g": [2e-3, 1e-3]}},
    ]  # fmt: skip
    loss = ("loss", "hinge", "minimax")
    assert export.differences(run, run, (20, 40)) == [("lr_g", 1e-3, 2e-3), loss]
    assert (
        export.differences(run, run, (0, 41)) == [loss] == export.differences(run, run, (0, None))
    )
    assert export.differences(run, run, (24, 36)) == []
