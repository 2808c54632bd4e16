"""Zips made to do harm: every one is refused with a sentence, and memory stays flat."""

import ast
import io
import random
import struct
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest

from tgan_demo.data import archive, gather, limits, listing, npz
from tgan_demo.data.limits import Refusal
from tgan_demo.errors import DataError, TganError
from tgan_demo.models import upload

ROOT = Path(__file__).parent.parent
METHODS = {"bzip2": zipfile.ZIP_BZIP2, "lzma": zipfile.ZIP_LZMA}


def zipped(
    path: Path, files: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED, **options
) -> Path:
    with zipfile.ZipFile(path, "w", method, **options) as packed:
        for name, content in files.items():
            packed.writestr(name, content)
    return path


def reasons(path: Path, **options) -> list[str]:
    return [c.reason for _, c in archive.members(path, **options) if isinstance(c, Refusal)]


@pytest.mark.parametrize("method", METHODS.values(), ids=METHODS)
def test_other_methods_stay_packed_whoever_reads(tmp_path: Path, method: int) -> None:
    path = zipped(tmp_path / "a.zip", {"a.txt": b"one" * 999}, method)
    (reason,) = reasons(path)
    assert "deflate" in reason
    (given,) = [found for _, found in gather.opened([path], 9)]
    assert isinstance(given, Refusal) and "deflate" in given.reason
    (tmp_path / "model").mkdir()
    model = zipped(tmp_path / "m.zip", {"model.safetensors": bytes(999)}, method)
    with pytest.raises(TganError, match="deflate"):
        upload.unpack(model, tmp_path / "model")
    held = io.BytesIO()
    np.save(held, np.zeros((4, 8, 8), np.uint8))
    array = zipped(tmp_path / "a.npz", {"images.npy": held.getvalue()}, method)
    with pytest.raises(DataError, match="deflate"):
        npz.headers(array)


def test_a_locked_and_a_nested_zip_stay_closed(tmp_path: Path) -> None:
    path = zipped(tmp_path / "a.zip", {"a.txt": b"one", "b.ZIP": b"PK"}, zipfile.ZIP_STORED)
    whole = bytearray(path.read_bytes())
    for mark, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):  # the flag of the first member
        whole[whole.find(mark) + place] |= 1
    path.write_bytes(whole)
    assert reasons(path) == ["locked with a password", "an archive inside the zip is not opened"]


def test_overlapping_members_are_not_unpacked(tmp_path: Path) -> None:
    path = zipped(tmp_path / "a.zip", {f"{k}.txt": bytes([k]) * 99 for k in range(3)})
    whole, lines = bytearray(path.read_bytes()), []
    place = whole.find(b"PK\x01\x02")
    while place >= 0:
        lines.append(place)
        place = whole.find(b"PK\x01\x02", place + 1)
    for line in lines:  # all mean the first
        struct.pack_into("<I", whole, line + 42, 0)
    path.write_bytes(whole)
    with pytest.raises(DataError, match="same bytes twice"):
        list(archive.members(path))


def with_end64(path: Path, *, length: int | None = None, where: int | None = None) -> Path:
    """The zip again with a 64-bit end; `length` and `where` lie about it."""
    whole = path.read_bytes()
    end = whole.rfind(b"PK\x05\x06")
    count, size, start = struct.unpack_from("<HII", whole, end + 10)
    record = struct.pack(
        "<4sQHHIIQQQQ", b"PK\x06\x06", 44, 45, 45, 0, 0, count, count, length or size, start
    )
    locator = struct.pack("<4sIQI", b"PK\x06\x07", 0, end if where is None else where, 1)
    path.write_bytes(whole[:end] + record + locator + whole[end:])
    return path


def test_a_64_bit_end_is_read_and_its_lies_are_not(tmp_path: Path) -> None:
    def fresh() -> Path:
        return zipped(tmp_path / "a.zip", {"a.txt": b"one", "b.txt": b"two"})

    assert [content for _, content in archive.members(with_end64(fresh()))] == [b"one", b"two"]
    for lie in ({"length": 2**60}, {"length": 7}, {"length": 10_000}, {"where": 3}):
        with pytest.raises(DataError, match=r"damaged|lists more"):
            list(archive.members(with_end64(fresh(), **lie)))


def test_stated_sizes_are_not_believed(tmp_path: Path) -> None:
    path = zipped(tmp_path / "a.zip", {"a.txt": b"x" * 5000})
    whole = bytearray(path.read_bytes())
    for mark, place in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        struct.pack_into("<I", whole, whole.find(mark) + place, 2**31)
    path.write_bytes(whole)
    ((_, content),) = archive.members(path, most_bytes=1000)
    assert isinstance(content, Refusal)


def test_what_comes_out_is_counted_even_of_what_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archive, "UNJUDGED_BYTES", 2**20)
    path = zipped(tmp_path / "a.zip", {f"{k}.txt": bytes(2**19) for k in range(9)})
    with pytest.raises(DataError, match="200 times"):
        list(archive.members(path))
    with pytest.raises(DataError, match="200 times"):  # each is too large, and was unpacked to see
        list(archive.members(path, most_bytes=2**18))
    few = [zipped(tmp_path / f"{k}.zip", {"a.txt": bytes(2**19)}) for k in range(4)]
    monkeypatch.setattr(archive, "MAX_UNPACKED_BYTES", 2**20)
    with pytest.raises(DataError, match="all zips together"):
        list(gather.opened(few, 9))


def test_a_listing_is_counted_and_not_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = zipped(tmp_path / "a.zip", {f"{k}.txt": b"" for k in range(50)})
    whole = bytearray(path.read_bytes())
    struct.pack_into("<HH", whole, whole.rfind(b"PK\x05\x06") + 8, 1, 1)  # "one file"
    path.write_bytes(whole)
    monkeypatch.setattr(listing, "MAX_ENTRIES", 40)
    with pytest.raises(DataError, match="lists more"):
        archive.names(path)


def test_any_damage_is_a_sentence(tmp_path: Path) -> None:
    rng, path = random.Random(1), tmp_path / "a.zip"
    files = {"a.txt": b"one" * 50, "b/c.txt": bytes(5000), "d.txt": rng.randbytes(300)}
    kinds = [
        zipped(path, files, method).read_bytes() for method in (zipfile.ZIP_STORED, *range(8, 9))
    ]
    kinds += [zipped(path, files, method).read_bytes() for method in METHODS.values()]
    kinds += [with_end64(zipped(path, files)).read_bytes()]
    for k in range(1000):
        broken = bytearray(kinds[k % len(kinds)])
        end = broken.find(b"PK\x01\x02")
        for _ in range(3):  # two of three in the listing, where the parser reads
            low = rng.choice((0, end, end))
            broken[rng.randrange(low, len(broken))] = rng.choice((0, 1, 255, rng.randrange(256)))
        path.write_bytes(broken[: rng.choice((None, None, None, len(broken) - 5))])
        try:
            for _, content in archive.members(path):
                assert isinstance(content, Refusal) or len(content) <= 5000
        except DataError as error:
            assert "zip" in str(error)


READ = """
import resource, sys
from pathlib import Path
from tgan_demo.data import archive, npz
from tgan_demo.errors import DataError
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
for path in Path(sys.argv[1]).iterdir():
    for read in (lambda: list(archive.members(path)), lambda: npz.headers(path)):
        try:
            read()
        except DataError as error:
            print(error, file=sys.stderr)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="no getrusage")
def test_memory_stays_flat_under_bombs(tmp_path: Path) -> None:
    zeros = bytes(96 * 2**20)
    zipped(tmp_path / "a.zip", {f"{k}.npy": zeros for k in range(3)}, compresslevel=1)
    for name, method in METHODS.items():
        zipped(tmp_path / f"{name}.zip", {"0.npy": zeros}, method)
    done = subprocess.run(
        [sys.executable, "-c", READ, str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    grown = int(done.stdout) / (2**20 if sys.platform == "darwin" else 2**10)  # MiB
    assert grown < 3 * limits.MAX_FILE_BYTES / 2**20, done.stderr


def test_there_is_one_reader_of_zips() -> None:
    """Whoever reads a zip goes through data/archive.py; others only write."""
    found = []
    for path in (ROOT / "tgan_demo").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
                continue
            writes = len(node.args) > 1 and ast.unparse(node.args[1]) == "'w'"
            if node.func.attr in ("ZipFile", "is_zipfile") and not writes:
                found.append(path.relative_to(ROOT).as_posix())
    assert found == ["tgan_demo/data/archive.py"]
