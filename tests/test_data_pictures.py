"""A person's own pictures: every kind comes out right, every bound holds, refusals say why."""

import contextlib
import io
import random
import stat
import struct
import zipfile
import zlib

import numpy as np
import pytest
from PIL import Image

from tgan_demo.data import archive, limits, listing, pictures
from tgan_demo.errors import DataError
from tgan_demo.modalities.image import arrays, uploads


def encode(image, kind="PNG", **options):
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def flat(colour=(200, 30, 40), size=(40, 40)):
    return Image.new("RGB", size, colour)


def write(folder, count, start=0):
    paths = []
    for k in range(start, start + count):
        path = folder / f"p{k}.png"
        path.write_bytes(encode(flat((k * 7 % 256, 90, 120), (20 + k, 50))))
        paths.append(path)
    return paths


def header_only_png(width, height):
    """A PNG that states a size and has no pixels worth the name."""

    def chunk(kind, body):
        return (
            struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        )

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(b""))
        + chunk(b"IEND", b"")
    )


def test_twenty_pictures_of_mixed_sizes_are_a_data_set(tmp_path):
    data = uploads.from_files(write(tmp_path, 20), size=(24, 32), channels=3, name="mine")
    assert data.items.shape == (20, 24, 32, 3) and data.items.dtype == np.uint8
    assert data.labels is None and data.classes == () and data.name == "mine"
    grey = uploads.from_files(write(tmp_path, 20), channels=1)
    assert grey.items.shape == (20, 32, 32, 1)


def test_one_picture_is_too_few_and_says_so(tmp_path):
    with pytest.raises(DataError, match="from 20 pictures; got 1.*one is not enough"):
        uploads.from_files(write(tmp_path, 1))


def test_too_few_names_the_first_reasons(tmp_path):
    paths = write(tmp_path, 5)
    (tmp_path / "notes.txt").write_text("hello")
    (tmp_path / "logo.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>")
    (tmp_path / "paper.pdf").write_bytes(b"%PDF-1.7\n")
    (tmp_path / "cut.png").write_bytes(encode(flat())[:60])
    paths += [tmp_path / name for name in ("notes.txt", "logo.svg", "paper.pdf", "cut.png")]
    with pytest.raises(DataError, match="got 5 .*notes.txt: not a picture.*and 1 more"):
        uploads.from_files(paths)
    found = uploads.gather(paths)
    assert len(found.items) == 5
    assert [refusal.name for refusal in found.refused] == [
        "notes.txt",
        "logo.svg",
        "paper.pdf",
        "cut.png",
    ]


def test_other_decoders_stay_shut():
    """Pillow could read these; we do not let it."""
    for kind in ("PPM", "ICO", "TGA", "EPS"):
        with pytest.raises(pictures.PictureError, match="not a picture we read"):
            pictures.open_picture(encode(flat(), kind))


@pytest.mark.parametrize("kind", limits.FORMATS)
def test_every_kind_is_read(kind):
    item = pictures.fit(pictures.open_picture(encode(flat(), kind)), (32, 32), 3)
    assert np.abs(item.astype(int) - (200, 30, 40)).max() <= 12


def test_modes_come_out_right():
    def fitted(image, channels=3, kind="PNG", **options):
        return pictures.fit(
            pictures.open_picture(encode(image, kind, **options)), (16, 16), channels
        )

    clear = Image.new("RGBA", (20, 20), (255, 0, 0, 0))
    assert (fitted(clear) == 255).all()  # clear is white
    assert (fitted(clear, 1) == 255).all()
    palette = Image.new("P", (20, 20), 1)
    palette.putpalette([0, 0, 0, 10, 200, 30])
    assert (fitted(palette) == (10, 200, 30)).all()
    assert (fitted(palette, transparency=1) == 255).all()
    assert (fitted(Image.new("1", (20, 20), 1)) == 255).all()
    assert (fitted(Image.new("L", (20, 20), 77)) == 77).all()
    assert (fitted(Image.new("LA", (20, 20), (0, 0)), 1) == 255).all()
    deep = Image.fromarray(np.full((20, 20), 65535 // 2, np.uint16))
    assert np.abs(fitted(deep, 1).astype(int) - 127).max() <= 1  # 16 bits are scaled, not clipped
    assert np.abs(fitted(deep, 3, "TIFF").astype(int) - 127).max() <= 1
    cmyk = Image.new("CMYK", (20, 20), (0, 0, 0, 255))
    assert fitted(cmyk, 3, "TIFF").max() < 10
    real = Image.fromarray(np.full((20, 20), 0.5, np.float32))
    assert np.abs(fitted(real, 1, "TIFF").astype(int) - 128).max() <= 1


def test_exif_turns_the_picture_and_the_middle_is_kept():
    array = np.zeros((40, 40, 3), np.uint8)
    array[:, :20] = (255, 0, 0)
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned a quarter clockwise: the left becomes the top
    item = pictures.fit(
        pictures.open_picture(encode(Image.fromarray(array), exif=exif.tobytes())), (8, 8), 3
    )
    assert item[0, :, 0].min() > 200 and item[-1, :, 0].max() < 50
    wide = np.zeros((30, 90, 3), np.uint8)
    wide[:, 30:60] = 255
    middle = pictures.fit(Image.fromarray(wide), (10, 10), 3)
    assert middle[:, 2:-2].min() > 240


def test_a_large_photo_is_cropped_in_the_middle_too():
    wide = np.zeros((1000, 3000, 3), np.uint8)
    wide[:, 1000:2000] = (20, 220, 60)
    item = pictures.fit(pictures.open_picture(encode(Image.fromarray(wide), "JPEG")), (32, 32), 3)
    assert np.abs(item[4:-4, 4:-4].astype(int) - (20, 220, 60)).max() < 12


def test_an_animation_gives_its_first_frame():
    frames = [flat((255, 0, 0)), flat((0, 0, 255))]
    for kind in ("GIF", "WEBP", "PNG"):
        content = encode(frames[0], kind, save_all=True, append_images=frames[1:])
        item = pictures.fit(pictures.open_picture(content), (16, 16), 3)
        assert item[8, 8, 0] > 230 and item[8, 8, 2] < 30


def test_a_picture_of_the_right_size_is_untouched():
    array = np.random.default_rng(0).integers(0, 256, (32, 32, 3), np.uint8)
    assert np.array_equal(
        pictures.fit(pictures.open_picture(encode(Image.fromarray(array))), (32, 32), 3), array
    )


@pytest.mark.parametrize("size", [(8000, 8000), (12000, 10000), (15000, 15000)])
@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
def test_giants_are_refused_by_their_header(size):
    with pytest.raises(pictures.PictureError, match="million pixels"):
        pictures.open_picture(header_only_png(*size))


def test_bounds_on_bytes_and_counts(tmp_path, monkeypatch):
    paths = write(tmp_path, 30)
    monkeypatch.setattr(limits, "MAX_TOTAL_BYTES", 2000)
    with pytest.raises(DataError, match="together"):
        uploads.gather(paths)
    monkeypatch.undo()
    monkeypatch.setattr(limits, "MAX_FILE_BYTES", 10)
    assert len(uploads.gather(paths).refused) == 30
    monkeypatch.undo()
    monkeypatch.setattr(limits, "MAX_PICTURES", 25)
    with pytest.raises(DataError, match="at most 25"):
        uploads.from_files(paths)
    monkeypatch.undo()
    monkeypatch.setattr(limits, "MAX_TOTAL_PIXELS", 5000)
    with pytest.raises(DataError, match="pixels"):
        uploads.gather(paths)
    monkeypatch.undo()
    with pytest.raises(DataError, match="8 to 128"):
        uploads.from_files(paths, size=(4000, 4000))
    assert len(uploads.gather(paths, limit=4).items) == 4


def zipped(path, members, **options):
    with zipfile.ZipFile(path, "w", options.pop("compression", zipfile.ZIP_DEFLATED)) as packed:
        for name, content in members:
            packed.writestr(name, content)
    return path


def good(count):
    return [(f"in/p{k}.png", encode(flat((k, 50, 60)))) for k in range(count)]


def test_a_zip_is_read_and_a_zip_among_files_too(tmp_path):
    path = zipped(tmp_path / "mine.zip", good(21))
    assert len(uploads.from_files([path])) == 21
    assert len(uploads.from_files([path, *write(tmp_path, 3)])) == 24
    with pytest.raises(DataError, match="a zip of pictures"):
        arrays.load(write(tmp_path, 1)[0])


def test_what_a_zip_must_not_do(tmp_path):
    link = zipfile.ZipInfo("link.png")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    inner = zipped(tmp_path / "inner.zip", good(1)).read_bytes()
    bad = [
        ("../out.png", encode(flat())),
        ("/etc/out.png", encode(flat())),
        ("a\\..\\out.png", encode(flat())),
        ("C:/out.png", encode(flat())),
        (link, "/etc/passwd"),
        ("inner.zip", inner),
        ("__MACOSX/x.png", b"litter"),
        (".DS_Store", b"litter"),
    ]
    before = sorted(tmp_path.rglob("*"))
    found = uploads.gather([zipped(tmp_path / "bad.zip", good(2) + bad)])
    assert len(found.items) == 2
    reasons = [refusal.reason for refusal in found.refused]
    assert sum("outside" in reason for reason in reasons) == 4
    assert sum("link" in reason for reason in reasons) == 1
    assert (
        sum("archive" in reason for reason in reasons) == 1 and len(reasons) == 6
    )  # litter unnamed
    assert sorted(tmp_path.rglob("*")) == sorted(
        [*before, tmp_path / "bad.zip"]
    )  # nothing unpacked


def test_a_bomb_is_stopped_while_it_unpacks(tmp_path, monkeypatch):
    bomb = zipped(tmp_path / "bomb.zip", [("a.png", bytes(40 * 2**20)), ("b.png", b"x")])
    assert bomb.stat().st_size < 10**5
    first, _ = uploads.gather([bomb]).refused
    assert "unpacks to more than" in first.reason
    many = zipped(tmp_path / "many.zip", [(f"{k}.png", bytes(2**20)) for k in range(8)])
    monkeypatch.setattr(archive, "MAX_TOTAL_BYTES", 4 * 2**20)
    with pytest.raises(DataError, match="unpack to 4 MiB"):
        uploads.gather([many])


def test_a_long_listing_is_refused_before_it_is_parsed(tmp_path, monkeypatch):
    path = zipped(tmp_path / "long.zip", [(f"{k}.png", b"") for k in range(50)])
    monkeypatch.setattr(listing, "MAX_ENTRIES", 40)
    monkeypatch.setattr(zipfile, "ZipFile", None)  # would fail if it came that far
    with pytest.raises(DataError, match="list"):
        uploads.gather([path])


def test_other_packings_and_damage_are_named(tmp_path):
    odd = zipped(tmp_path / "odd.zip", good(1), compression=zipfile.ZIP_LZMA)
    assert "deflate" in uploads.gather([odd]).refused[0].reason
    whole = zipped(tmp_path / "ok.zip", good(3)).read_bytes()
    (tmp_path / "cut.zip").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(DataError, match="damaged"):
        uploads.gather([tmp_path / "cut.zip"])
    broken = bytearray(whole)
    broken[60:90] = bytes(30)
    (tmp_path / "broken.zip").write_bytes(broken)
    found = uploads.gather([tmp_path / "broken.zip"])
    assert len(found.items) == 2 and len(found.refused) == 1


@pytest.mark.filterwarnings("ignore")
def test_damage_anywhere_is_a_refusal(tmp_path):
    """Whatever a decoder or the zip reader raises, a person sees our words."""
    rng, path = random.Random(0), tmp_path / "p.zip"
    whole = [encode(flat(), kind) for kind in limits.FORMATS]
    whole += [zipped(path, good(2)).read_bytes()] * 3
    for k in range(400):
        broken = bytearray(whole[k % len(whole)])
        for _ in range(4):
            broken[rng.randrange(len(broken))] = rng.randrange(256)
        path.write_bytes(broken)
        with contextlib.suppress(DataError):
            uploads.gather([path])
