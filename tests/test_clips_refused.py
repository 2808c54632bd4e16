"""Files of clips: what is refused, bounded or only used in part; zips, data sets and arrays."""

import contextlib
import io
import pickle
import random
import re
import struct
import zipfile
import zlib

import av
import numpy as np
import pytest
from clip_files import (
    ANIMATED,
    FILMS,
    SIDE,
    STREAMED,
    animation,
    close,
    colours,
    film,
    flat,
    listed,
    ramp,
    ramped,
    read,
    refusal,
    thirds,
)
from PIL import Image

from tgan_demo.data import containers, limits, recognise
from tgan_demo.errors import DataError
from tgan_demo.modalities.video import bring, films, reels
from tgan_demo.modalities.video import uploads as clips
from tgan_demo.modalities.video.frames import natural
from tgan_demo.modalities.video.refusals import ClipError


def test_frames_and_pixels_of_a_file_are_bounded(monkeypatch):
    for bound, value in (("MAX_CLIP_FRAMES", 7), ("MAX_CLIP_FILE_PIXELS", 7 * 32 * 24)):
        with monkeypatch.context() as patch:
            patch.setattr(limits, bound, value)
            reel = clips.watch(io.BytesIO(film(ramped())), "a", SIDE, clips.tally())
            assert len(reel.frames) == 7 and reel.end_s == pytest.approx(0.7)
            assert reel.remarks[0] == "only its first 0.7 s were read"


def test_a_frame_beyond_our_size_is_refused_by_its_header(monkeypatch):
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="mp4") as container:
        stream = container.add_stream("mpeg4", rate=10)
        stream.width, stream.height, stream.pix_fmt = 7680, 4320, "yuv420p"
        container.mux(stream.encode(av.VideoFrame(7680, 4320, "yuv420p")))
        container.mux(stream.encode())
    monkeypatch.setattr(films, "_decoder", None)  # no frame is asked for
    assert "7680x4320 a frame is more than 4096x2304; make it sm" in refusal(buffer.getvalue())
    wide = bytearray(animation(ramped(), "PNG"))
    wide[16:24] = struct.pack(">II", 7680, 4320)
    wide[29:33] = struct.pack(">I", zlib.crc32(wide[12:29]))
    assert "7680x4320 a frame is more" in refusal(bytes(wide))
    huge = bytearray(animation(ramped()))
    huge[6:10] = struct.pack("<HH", 65_535, 65_535)
    assert "more pixels than 4096x2304" in refusal(bytes(huge))


def test_a_picture_and_two_frames_are_no_clip():
    for kind in (*ANIMATED, "JPEG", "BMP", "TIFF"):
        buffer = io.BytesIO()
        Image.fromarray(flat([9, 9, 9])).save(buffer, kind)
        assert "a still picture; a clip wants 4 frames or more; bring" in refusal(buffer.getvalue())
    assert "a still picture" in refusal(b"\0\0\0\x1cftypheic" + bytes(99))
    for content in (film(ramped(2)), *[animation(ramped(2), kind) for kind in ANIMATED]):
        assert "2 frames; a clip wants 4 frames or more; bring a longer" in refusal(content)
    assert "1 frame; a clip" in refusal(film(ramped(1)))
    assert "2 frames in its first 60 s" in refusal(
        film(ramped(3), "matroska", "ffv1", ticks=[0, 100, 99_000])
    )


def test_sound_alone_is_no_clip():
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="matroska") as container:
        stream = container.add_stream("pcm_s16le", rate=8000, layout="mono")
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 800), np.int16), layout="mono")
        frame.rate = 8000
        container.mux(stream.encode(frame))
        container.mux(stream.encode())
    for content in (buffer.getvalue(), b"ID3\3" + bytes(99), b"RIFF\0\0\0\0WAVEfmt "):
        assert "sound only; there are no pictures in it; bring a film" in refusal(content)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty; export it anew"),
        ("Grüße, this is no clip".encode(), "text, not a clip; bring MP4"),
        (("ä" * 600).encode(), "text, not a clip"),
        (b"#EXTM3U\n#EXTINF:9,\nfile:///etc/passwd\n", "a playlist, which points to other files"),
        (b"ffconcat version 1.0\nfile /etc/passwd\n", "a playlist"),
        (b"file 'http://localhost/a.mp4'\n", "a playlist"),
        (b"\xef\xbb\xbf#EXTM3U\n", "a playlist"),
        (b"v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\n", "a playlist"),
        (b"\0\0\0\x18ftypisom\0\0\2\0isommp41" + bytes(200), "damaged"),
        (b"\x1a\x45\xdf\xa3" + bytes(200), "damaged"),
        (b"RIFF\xff\0\0\0AVI LIST" + bytes(200), "damaged"),
        (b"GIF89a" + bytes(99), "damaged"),
        (b"RIFF\xff\0\0\0WEBP", "damaged"),
        (
            bytes(99),
            "not a clip that we read (MP4, WebM, MOV, MKV, AVI, animated GIF, WebP or PNG)",
        ),
        (random.Random(0).randbytes(999), "not a clip that we read"),
        ("hello".encode("utf-16") * 99, "not a clip that we read"),
    ],
)
def test_other_files_are_refused(content, words, tmp_path):
    assert words in refusal(content)
    (tmp_path / "a.mp4").write_bytes(content)
    with pytest.raises(DataError, match="wanted a clip; got a.mp4: "):
        clips.read(tmp_path / "a.mp4", side=SIDE)


def test_a_clip_opens_no_other_file(tmp_path):
    """libav would follow these; it is told by us what it reads, and opens nothing by itself."""
    (tmp_path / "real.mp4").write_bytes(film(ramped()))
    for start in (b"ffconcat version 1.0\n", b"#EXTM3U\n#EXTINF:2,\n"):
        listing = start + f"file {tmp_path / 'real.mp4'}\n".encode()
        (tmp_path / "list.mp4").write_bytes(listing)
        with pytest.raises(DataError, match="got list.mp4: a playlist"):
            clips.read(tmp_path / "list.mp4")
    assert "damaged" in refusal(b"\0\0\0\x08ftyp\n#EXTM3U\n" + listing)
    with pytest.raises(PermissionError):
        containers.open_nothing("http://localhost/", 1, {})


def test_a_wrong_suffix_does_not_matter(tmp_path):
    found = listed(
        tmp_path, {"a.gif": film(ramped()), "b.mp4": animation(ramped()), "c": film(ramped())}
    )
    assert found.names == ["a.gif", "b.mp4", "c"] and not found.refused


def test_missing_and_large_files_say_so(tmp_path, monkeypatch):
    for name in ("none.mp4", "."):
        with pytest.raises(DataError, match="cannot be read; pick the file again"):
            clips.read(tmp_path / name)
    monkeypatch.setattr(limits, "MAX_CLIP_BYTES", 2**10)
    assert "1 KiB; cut it shorter, or save it smaller" in refusal(film(ramped()))


def test_tables_that_ask_for_gigabytes_are_refused():
    content = bytearray(film(ramped()))
    at = content.find(b"stsz") + 4
    content[at : at + 12] = struct.pack(">III", 0, 1, 0x7FFFFFFF)  # each of one byte
    assert "its tables list 2,147,483,647 samples; 10,000,000 are read" in refusal(bytes(content))
    pieces = bytearray(film(ramped(), movflags="frag_keyframe+empty_moov"))
    close(read(bytes(pieces), frames=20), np.arange(20) / 10)
    at = pieces.find(b"trun") + 4
    pieces[at : at + 8] = struct.pack(">II", 0, 99_000_000)  # nothing of its own about any of them
    assert "its tables list 99,0" in refusal(bytes(pieces))


@pytest.mark.parametrize(
    "content",
    [
        film(ramped(), movflags="frag_every_frame+empty_moov+default_base_moof"),
        *[film(ramped(), *kind) for kind in STREAMED],
        *[animation(ramped(), kind) for kind in ANIMATED],
    ],
    ids=["mp4", *[kind[1] for kind in STREAMED], *ANIMATED],
)
def test_half_a_file_is_taken_and_a_sliver_refused(content, tmp_path):
    found = listed(tmp_path, {"a": content[: len(content) * 2 // 3]}, seconds=2)
    reel = clips.watch(io.BytesIO((tmp_path / "a").read_bytes()), "a", SIDE, clips.tally())
    assert 6 <= len(reel.frames) < 20 and not found.refused
    wanted = np.stack([ramp(k / 10) for k in range(len(reel.frames))])
    assert np.abs(colours(np.stack(reel.frames)) - wanted).max() < 12
    refusal(content[: len(content) // 12])
    refusal(content[:16])


def test_half_a_film_is_said_to_be(tmp_path):
    content = film(ramped(), "matroska", "ffv1")
    found = listed(tmp_path, {"a": content[: len(content) // 2]})
    assert found.notes[0].startswith("damaged or cut short: ")
    content = film(ramped())  # its table lies at the end
    assert "damaged" in refusal(content[: len(content) // 2])
    pieces = film(ramped(), movflags="frag_every_frame+empty_moov+default_base_moof")
    fourth = [found.start() for found in re.finditer(b"moof", pieces)][3]
    assert "damaged or cut short: 3 frames of it could be read; a clip" in refusal(
        pieces[: fourth + 20]
    )


def test_damage_anywhere_is_a_refusal():
    """Whatever a decoder raises, a person sees our words."""
    rng = random.Random(0)
    whole = [film(ramped(6), *kind) for kind in FILMS] + [animation(ramped(6), k) for k in ANIMATED]
    for k in range(220):
        broken = bytearray(whole[k % len(whole)])
        for _ in range(4):
            broken[rng.randrange(len(broken) if k % 2 else 100)] = rng.randrange(256)
        with contextlib.suppress(ClipError):
            assert read(bytes(broken), frames=4).shape == (4, SIDE, SIDE, 3)


def test_what_does_not_move_is_used_and_said(tmp_path):
    found = listed(
        tmp_path, {"a.mp4": film([flat([90, 90, 90], (32, 32))] * 20), "b.mp4": film(ramped())}
    )
    assert found.notes[0].endswith("nothing moves in it") and "nothing" not in found.notes[1]
    assert len(found.items) == 2


def png(colour, kind="PNG"):
    buffer = io.BytesIO()
    Image.fromarray(flat(colour, (16, 16))).save(buffer, kind)
    return buffer.getvalue()


def test_a_zip_holds_clips_and_folders_of_frames(tmp_path):
    path, deep = tmp_path / "all.zip", "very/" * 20 + "deep"
    with zipfile.ZipFile(path, "w") as packed:
        packed.writestr("cover.jpg", png([1, 2, 3], "JPEG"))
        packed.writestr("films/a.mp4", film(ramped()))
        packed.writestr("notes.txt", "hello")
        for k in reversed(
            range(20)
        ):  # frame9 and frame10 differ in length, and names are shortened
            packed.writestr(f"{deep}/frame{k}.png", png(ramp(k / 10)))
            packed.writestr(f"walk\\Frame{k:03}.gif", png(ramp(k / 10), "GIF"))
        for k in range(3):
            packed.writestr(f"few/{k}.bmp", png([k, 0, 0], "BMP"))
        packed.writestr("films/wave.gif", animation(ramped(), "GIF"))
        packed.writestr("walk/broken.png", png([1, 2, 3])[:60])
        packed.writestr("films/empty.mp4", b"")
    found = clips.gather([path], frames=20, side=SIDE)
    assert found.names[:2] == ["films/a.mp4", "films/wave.gif"]
    assert found.names[2].endswith("very/deep") and found.names[3:] == ["walk"]
    for clip in found.items:
        close(clip, np.arange(20) / 10, within=12)
    assert {one.name: one.reason.split(";")[0] for one in found.refused} == {
        "cover.jpg": "a still picture",
        "notes.txt": "text, not a clip",
        "few": "3 frames",
        "walk/broken.png": "damaged: its pixels cannot be read",
        "films/empty.mp4": "empty",
    }
    assert len(clips.gather([path], side=SIDE, limit=2).items) == 2
    close(clips.read(path, side=SIDE, frames=20), np.arange(20) / 10)


def test_frames_at_the_top_of_a_zip_are_one_clip(tmp_path):
    path = tmp_path / "walk.zip"
    with zipfile.ZipFile(path, "w") as packed:
        for k in range(20):
            packed.writestr(f"{k}.png", png(ramp(k / 10)))
    found = clips.gather([path], frames=10, side=SIDE)
    assert found.names == ["walk.zip"] and found.notes == ["10 of 20 frames kept"]
    close(found.items[0], np.arange(10) / 5 + 0.1)


def test_a_locked_member_is_named(tmp_path):
    path = tmp_path / "locked.zip"
    with zipfile.ZipFile(path, "w") as packed:
        packed.writestr("a.mp4", film(ramped()))
        packed.writestr("b.mp4", film(ramped()))
    content = bytearray(path.read_bytes())
    for start, flags in ((b"PK\1\2", 8), (b"PK\3\4", 6)):
        content[content.find(start) + flags] |= 1
    path.write_bytes(content)
    found = clips.gather([path], side=SIDE)
    assert found.names == ["b.mp4"]
    assert [str(one) for one in found.refused] == ["a.mp4: locked with a password"]


def test_a_zip_without_clips_says_so(tmp_path):
    path = tmp_path / "none.zip"
    with zipfile.ZipFile(path, "w") as packed:
        packed.writestr("notes.txt", "hello")
    with pytest.raises(ClipError, match="got none.zip: no clip in it .*notes.txt: text"):
        clips.read(path)


def test_twenty_clips_out_of_few_files_are_a_data_set(tmp_path):
    paths = []
    for k in range(3):
        paths.append(tmp_path / f"{k}.avi")
        paths[-1].write_bytes(film(ramped(160), "avi"))  # 16 s each
    (tmp_path / "notes.txt").write_text("hello")
    paths += [tmp_path / "notes.txt", tmp_path / "gone.mp4"]
    data = recognise.load(recognise.look_into(paths), name="mine")
    assert data.items.shape == (24, 16, 32, 32, 3) and data.items.dtype == np.uint8
    assert data.modality == "video"
    assert data.labels is None and data.classes == () and data.name == "mine"
    assert data.licence and data.source == "24 uploaded clips"
    refused = clips.gather(paths, frames=8, side=SIDE).refused
    assert [str(one) for one in refused] == [
        "notes.txt: text, not a clip",
        "gone.mp4: cannot be read",
    ]


def test_too_few_names_the_first_reasons(tmp_path):
    files = {"a": b"x", "b": b"", "c": png([1, 2, 3]), "d": b"y", "e.mp4": film(ramped())}
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    match = "from 20 clips; got 1 that.*add 19 or more.*a: text.*; b: empty; c: a still.*and 1 more"
    with pytest.raises(DataError, match=match):
        bring.load(recognise.look_into([tmp_path / name for name in files]), {})


def test_totals_are_bounded(tmp_path, monkeypatch):
    paths = []
    for k in range(4):
        paths.append(tmp_path / f"{k}.mp4")
        paths[-1].write_bytes(film(ramped(8)))
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as packed:
        for k in range(5):
            packed.writestr(f"{k}.png", png([k, k, k]))
    for bound, value, words in (
        ("MAX_CLIPS", 3, "at most 3 files; got 4"),
        ("MAX_ITEM_BYTES", 3 * 16 * SIDE**2 * 3, "take up to 3 clips"),
        ("MAX_TOTAL_CLIP_BYTES", 3 * len(paths[0].read_bytes()), "together may hold"),
        ("MAX_TOTAL_CLIP_PIXELS", 3 * 8 * 32 * 24, "together may have 0 million"),
    ):
        with monkeypatch.context() as patch, pytest.raises(DataError, match=words):
            patch.setattr(limits, bound, value)
            clips.gather(paths, side=SIDE)
    for bound, words in (
        ("MAX_ITEM_BYTES", "frames of a.zip take more"),
        ("MAX_TOTAL_CLIP_PIXELS", "together may have"),
        ("MAX_TOTAL_CLIP_BYTES", "together may hold"),
    ):
        with monkeypatch.context() as patch, pytest.raises(DataError, match=words):
            patch.setattr(limits, bound, 200)
            clips.gather([tmp_path / "a.zip"], side=SIDE)
    assert len(clips.gather(paths, side=SIDE).items) == 4


def test_wrong_sizes_are_named():
    for wrong in ({"frames": 1}, {"frames": 65}, {"side": 7}, {"side": 129}, {"seconds": 0}):
        for call in (clips.read, clips.gather):
            with pytest.raises(DataError, match="got .*; ask for"):
                call(b"", **wrong)


def test_a_refusal_can_be_pickled():
    """Runs in another process send their errors back."""
    error = ClipError("a.mp4", "empty", "export it anew")
    assert str(pickle.loads(pickle.dumps(error))) == str(error)


def test_an_array_is_resampled_as_a_file_is():
    mine = np.stack(ramped())  # (20, 24, 32, 3)
    assert np.array_equal(reels.resampled(mine, 20, SIDE)[:, 0, 0], mine[:, 0, 0])
    close(reels.resampled(mine, 5, SIDE), [0.2, 0.6, 1.0, 1.4, 1.8], within=1)
    assert colours(reels.resampled(mine, 40, SIDE))[:3, 0].tolist() == [20, 20, mine[1, 0, 0, 0]]
    grey = np.arange(4, dtype=np.uint8)[:, None, None, None] * np.ones((1, 9, 9, 1), np.uint8)
    assert reels.resampled(grey, 4, SIDE).shape == (4, SIDE, SIDE, 3)
    assert reels.resampled(grey, 4, 9)[2].tolist() == np.full((9, 9, 3), 2).tolist()
    middle = reels.resampled(thirds()[None], 2, SIDE)
    assert middle.shape == (2, SIDE, SIDE, 3) and middle[1, 4, 4].tolist() == [0, 255, 0]


def test_clips_are_told_from_other_files(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as packed:
        for name in ("x/1.mp4", "x/2.MKV", "x/3.gif", "x/cover.png", "x/notes.txt"):
            packed.writestr(name, b"-")

    def are_clips(*paths):
        return bring.recognises(recognise.look_into(paths), {})

    assert are_clips(tmp_path / "a.zip") and are_clips("1.webm", "2.mov", "a.txt")
    assert not are_clips("1.png", "2.mp4") and not are_clips()
    for kind in ANIMATED:
        moving, still = tmp_path / f"m.{kind.lower()}", tmp_path / f"s.{kind.lower()}"
        moving.write_bytes(animation(ramped(4), kind))
        still.write_bytes(png([1, 2, 3], kind))
        assert are_clips(moving) and not are_clips(still)


def test_numbers_in_names_count_as_numbers():
    names = ["f10", "f2", "F1", "f002b", "a/9", "a/10", "x" + "9" * 5000, "10", "9"]
    assert sorted(names, key=natural) == [
        *["9", "10", "a/9", "a/10", "F1", "f2", "f002b", "f10"],
        "x" + "9" * 5000,
    ]


def test_the_page_can_name_every_kind():
    assert limits.MAX_CLIP_PIXELS == 4096 * 2304 and "animated GIF" in limits.CLIP_KINDS
