"""One bounded loop reads the files of every modality: what is left out is named, too much ends it."""

import pickle
import zipfile
from pathlib import Path

import pytest

from tgan_demo.data import gather as gathering
from tgan_demo.data import recognise
from tgan_demo.data.gather import Tally, Unusable, gather
from tgan_demo.data.limits import Refusal
from tgan_demo.errors import DataError
from tgan_demo.modalities import registry
from tgan_demo.parts import Upload


def words(name: str, text: str):
    """Every word of a text, up to the first that is bad."""
    for word in text.split():
        if word == "bad":
            raise Unusable(name, "a bad word", "leave it out")
        yield f"{name}:{word}", word, word[1:]


def test_items_keep_their_order_names_and_notes_and_refusals_their_reasons() -> None:
    contents = [("a", "one two"), ("b", Refusal("b", "empty")), ("c", "three bad four")]
    found = gather(contents, words, room=9, full="")
    assert found.items == ["one", "two", "three"]
    assert found.names == ["a:one", "a:two", "c:three"]
    assert [str(refusal) for refusal in found.refused] == ["b: empty", "c: a bad word"]
    assert found.told() == ["a:one: ne", "a:two: wo", "c:three: hree"] and found.left_out == 2


def test_more_than_there_is_room_for_is_a_complaint_and_a_limit_is_none() -> None:
    assert gather([("a", "1 2 3")], words, room=3, full="").items == ["1", "2", "3"]
    with pytest.raises(DataError, match="so large, 2 fit; bring fewer"):
        gather([("a", "1 2 3")], words, room=2, full="so large, 2 fit")
    read: list[str] = []

    def noted(name: str, text: str):
        read.append(name)
        yield name, text, ""

    assert gather([("a", "1"), ("b", "2")], noted, room=1, full="", limit=1).items == ["1"]
    assert read == ["a"]  # what lies behind the limit is not looked at


def test_a_tally_ends_at_its_bounds_not_before() -> None:
    tally = Tally("clips", "pixels", "cut them shorter", 10, 2_000_000)
    tally.add(num_bytes=10, num_values=2_000_000)
    with pytest.raises(DataError, match="all clips together may have 2 million pixels; .*shorter"):
        tally.add(num_values=1)
    with pytest.raises(DataError, match="all clips together may hold 0 KiB; .*or bring fewer"):
        tally.add(num_bytes=1)


def test_files_and_zips_are_opened_one_after_the_other(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("a")
    with zipfile.ZipFile(tmp_path / "b.zip", "w") as packed:
        packed.writestr("in/b.txt", "b")
        packed.writestr("in/empty.txt", "")
    paths = [tmp_path / "a.txt", tmp_path / "b.zip", tmp_path / "gone"]
    seen = [
        (name, found if isinstance(found, Refusal) else found.read())
        for name, found in gathering.opened(paths, 3)
    ]
    assert seen[:2] == [("a.txt", b"a"), ("in/b.txt", b"b")]
    assert [str(found) for _, found in seen[2:]] == ["in/empty.txt: empty", "gone: cannot be read"]
    with pytest.raises(DataError, match="at most 2 files; got 3"):
        list(gathering.opened(paths, 2))


def test_a_refusal_of_any_modality_can_be_pickled() -> None:
    """Runs in another process send their errors back."""
    error = Unusable("x" * 99, "empty", "export it anew")
    assert str(pickle.loads(pickle.dumps(error))) == str(error)
    assert str(error) == f"wanted a file; got {'x' * 60}: empty; export it anew"


def test_files_are_known_by_what_they_are_called_and_strangers_go_to_the_first(
    tmp_path: Path,
) -> None:
    names = {
        "text": ["a.txt", "b.md"],
        "audio": ["a.wav", "b.mp3", "c.txt"],
        "video": ["a.mp4", "b.webm", "c.png"],
        "image": ["a.png", "b.jpg", "c.wav"],
        registry.names()[0]: ["a.bin"],
    }
    for modality, files in names.items():
        assert recognise.modality_of(recognise.look_into([Path(f) for f in files])) == modality
    assert recognise.modality_of(Upload(pasted="a line")) == "text"


def test_a_folder_gives_its_files_and_what_was_named_is_always_read(tmp_path: Path) -> None:
    for name in ("in/b.wav", "in/notes.txt", "in/deep/a.WAV", "c.dat"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("-")
    upload = recognise.look_into([tmp_path / "c.dat", tmp_path / "in"])
    assert len(upload.loose) == 4 and upload.share((".wav",)) == 0.5
    assert [path.name for path in upload.files((".wav",))] == ["c.dat", "b.wav", "a.WAV"]
    assert upload.title("my sounds") == "my sounds"
