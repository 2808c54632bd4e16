"""Files on their way in: nobody loses a file that another brought too, and all is bounded."""

import http.client
import json
import os
import time
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from conftest import Served

from tgan_demo.errors import DataError, NotFoundError, QuotaError
from tgan_demo.people import arrivals
from tgan_demo.people.store import Store
from tgan_demo.ui import uploads


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "data")


def brought(tmp_path: Path, name: str = "a.png", content: bytes = b"bytes") -> Path:
    path = tmp_path / name
    path.write_bytes(content)
    return path


def test_two_who_bring_the_same_file_both_have_it(store: Store, tmp_path: Path) -> None:
    shared = brought(tmp_path)
    for _ in range(2):
        uploads.expect(json.dumps([str(shared)]).encode())
    one, two = store.new_visitor(), store.new_visitor()
    first = store.take_in(one, [shared])
    uploads.release([shared])
    assert shared.exists()  # the other was told of it and has not come yet
    store.let_go(first)
    second = store.take_in(two, [shared])
    uploads.release([shared])
    assert not shared.exists() and not first[0].exists()
    assert second[0].read_bytes() == b"bytes" and second[0].name == "a.png"


def test_files_of_one_name_stay_apart_and_a_disk_without_links_copies(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_link(*_: object) -> None:
        raise OSError("no links here")

    monkeypatch.setattr(os, "link", no_link)
    for name in ("x", "y"):
        (tmp_path / name).mkdir()
    paths = [brought(tmp_path / name, content=name.encode()) for name in ("x", "y")]
    found = store.take_in(store.new_visitor(), paths)
    assert [path.read_bytes() for path in found] == [b"x", b"y"]


def test_what_waits_is_bounded_for_each_and_for_all(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, visitor = brought(tmp_path, content=bytes(100)), store.new_visitor()
    taken = [store.take_in(visitor, [path]) for _ in range(5)]
    assert [one[0].exists() for one in taken] == [False, False, True, True, True]
    monkeypatch.setattr(arrivals, "MAX_ALL_BYTES", 350)
    with pytest.raises(QuotaError, match="wait on this server"):
        store.take_in(store.new_visitor(), [path])
    monkeypatch.setattr(arrivals, "MAX_ARRIVED_BYTES", 90)
    with pytest.raises(QuotaError, match="together"):
        store.take_in(visitor, [path])
    monkeypatch.setattr(arrivals, "MAX_FILES", 1)
    with pytest.raises(DataError, match="one zip"):
        store.take_in(visitor, [path, path])
    with pytest.raises(DataError, match="not arrived"):
        store.take_in(visitor, [tmp_path / "gone"])
    with pytest.raises(NotFoundError):
        store.take_in(None, [path])


def test_only_what_was_taken_in_is_let_go(store: Store, tmp_path: Path) -> None:
    path = brought(tmp_path)
    store.let_go([path, store.data_dir / "visitors" / "x" / "y"])
    assert path.exists() and (store.data_dir / "visitors").is_dir()


def test_an_upload_without_room_is_refused_before_it_is_read(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "MAX_ARRIVING_BYTES", 10)
    parts = urlsplit(served.url)
    for headers, status in (({"content-length": "999"}, 413), ({}, 411)):
        there = http.client.HTTPConnection(str(parts.hostname), parts.port, timeout=60)
        there.putrequest("POST", "/gradio_api/upload")
        there.putheader("content-type", "multipart/form-data; boundary=x")
        for name, value in headers.items():
            there.putheader(name, value)
        there.endheaders()
        answer = there.getresponse()
        assert answer.status == status and len(answer.read()) > 20
        there.close()


# What a page says it has uploaded


def sent(*files: object) -> dict[str, object]:
    return {"files": list(files)}


def test_a_page_names_only_what_this_server_told(tmp_path: Path) -> None:
    path = str(brought(tmp_path))
    with pytest.raises(DataError, match="not arrived"):
        uploads.brought(sent({"at": path}))  # a file of the server's own
    uploads.expect(json.dumps([path, path]).encode())
    cats = {"at": path, "name": "pets/cats/a.png"}
    assert uploads.brought(sent(cats)) == [(path, "pets/cats/a.png")]
    two = uploads.brought(sent(cats, {"at": path, "name": "pets/dogs/a.png"}))
    assert [name for _, name in two] == ["pets/cats/a.png", "pets/dogs/a.png"]
    with pytest.raises(DataError, match="not arrived"):
        uploads.brought(sent(cats, cats, cats))  # told twice
    for name in (None, 7, "", "x" * 501, ["a"]):
        assert uploads.brought(sent({"at": path, "name": name})) == [(path, "a.png")]
    uploads.release([path, path])
    with pytest.raises(DataError, match="not arrived"):
        uploads.brought(sent(cats))


@pytest.mark.parametrize(
    "came", [None, [], {}, sent(), {"files": "x"}, sent("x"), sent({}), sent({"at": ["x"]})]
)
def test_what_no_page_of_ours_says_is_refused(came: object) -> None:
    with pytest.raises(DataError, match="bring (them|it) again"):
        uploads.brought(came)


def test_too_many_at_once_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "MAX_FILES", 1)
    with pytest.raises(DataError, match="one zip"):
        uploads.brought(sent({}, {}))


def test_an_upload_that_is_cut_leaves_nothing_on_the_disk_or_in_the_log(
    served: Served, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    parts = urlsplit(served.url)
    folder = Path(os.environ["GRADIO_TEMP_DIR"])  # of the first server that this process made
    others = set(folder.glob("tmp*"))  # of the tests before, kept for whoever brought them
    there = http.client.HTTPConnection(str(parts.hostname), parts.port, timeout=60)
    there.putrequest("POST", "/gradio_api/upload")
    there.putheader("content-type", "multipart/form-data; boundary=x")
    there.putheader("content-length", "100000")
    there.endheaders()
    head = b'--x\r\nContent-Disposition: form-data; name="files"; filename="a.bin"\r\n\r\n'
    there.send(head + bytes(1000))
    begun = time.monotonic()
    while not (half := [path for path in folder.glob("tmp*") if path not in others]):
        assert time.monotonic() - begun < 60
        time.sleep(0.02)
    there.close()
    ask = http.client.HTTPConnection(str(parts.hostname), parts.port, timeout=60)
    while any(path.exists() for path in half):  # until the server has seen that it was cut
        assert time.monotonic() - begun < 60
        time.sleep(0.02)
    ask.request("GET", "/gradio_api/info")
    assert ask.getresponse().read()
    ask.close()
    said = caplog.text + "".join(capfd.readouterr())
    assert "ClientDisconnect" not in said and "Traceback" not in said, said[-2000:]
