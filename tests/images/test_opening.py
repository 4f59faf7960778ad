"""What is opened as a picture, the memory it may take, and which frame is shown."""

import io
import os
import socket
import struct
import subprocess
import sys
import zlib
from contextvars import copy_context
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from planted_images import codes_of, save_deep

from automask.images import decoding_memory
from automask.images.image_files import (
    raw_picture,
    read_cut_out,
    read_image,
    read_image_as,
    upright_size,
)
from automask.images.opening import opened
from automask.images.tiff_files import TiffFile
from automask.io.files import file_sha256
from automask.jobs.engines.process_pool import WORKER_MIB
from automask.jobs.outcome import Share
from automask.jobs.paint_item import compute_with

ROOT = Path(__file__).parents[2]
EPS = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 64 64\nshowpage\n"


def test_an_eps_starts_no_other_program_whatever_it_is_called(tmp_path, monkeypatch):
    (tmp_path / "gs").write_text(f"#!/bin/sh\ntouch {tmp_path}/started\n")
    (tmp_path / "gs").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    for name in ("a.eps", "a.jpg", "a.png"):
        (tmp_path / name).write_bytes(EPS)
        with pytest.raises(ValueError, match=f"{name}' is not a picture in a known"):
            read_image(tmp_path / name, 64)
    assert not (tmp_path / "started").exists()


@pytest.mark.parametrize("kind", ["EPS", "PDF", "PCX", "ICO", "SGI"])
def test_formats_that_are_not_meant_are_refused_by_what_they_hold(tmp_path, kind):
    Image.new("L", (64, 64)).save(tmp_path / "a.png", kind)
    with pytest.raises(ValueError, match=r"is not a picture in a known format"):
        read_image(tmp_path / "a.png", 64)


KEPT = ["PNG", "JPEG", "GIF", "WEBP", "TIFF", "BMP", "PPM", "JPEG2000", "AVIF", "TGA"]


@pytest.mark.parametrize("kind", KEPT)
def test_formats_that_are_meant_are_read_whatever_their_name(tmp_path, kind):
    Image.new("RGB", (64, 48), (200, 100, 50)).save(tmp_path / "a.bin", kind)
    assert abs(codes_of(read_image(tmp_path / "a.bin", 64)) - (200, 100, 50)).max() < 5


@pytest.mark.timeout(20)
def test_a_pipe_a_socket_and_a_device_are_refused_at_once(tmp_path):
    os.mkfifo(tmp_path / "pipe.png")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "socket.png"))
        os.symlink("/dev/zero", tmp_path / "device.png")
        for kind in ("pipe", "socket", "device"):
            for read in (lambda f: read_image(f, 64), raw_picture, file_sha256):
                with pytest.raises(ValueError, match=f"{kind}.png' is a {kind}"):
                    read(tmp_path / f"{kind}.png")


@pytest.mark.timeout(60)
@pytest.mark.parametrize("key", ["style", "content", "init", "map", "style.map"])
def test_no_key_waits_for_a_pipe(tmp_path, automask, photo, painting, key):
    os.mkfifo(tmp_path / "pipe.png")
    keys = {"content": "photo.png", "style": "painting.png", "size": "48"}
    keys |= {key: "pipe.png"}
    if "map" in key:
        keys |= {"masks": "maps", "masks.drawn.names": "{sky: 1}"}
    done = automask(*(f"{name}={value}" for name, value in keys.items()))
    assert done.code == 2 and done.err.count("\n") == 1
    assert "pipe.png' is a pipe; give a file" in done.err


def png(width, height, bits, colour):
    """A PNG of zeros that takes next to no room on disk."""
    header = struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, 0)
    channels = {0: 1, 2: 3, 3: 1, 6: 4}[colour]
    row, packed, squeeze = (
        bytes(1 + width * bits * channels // 8),
        [],
        zlib.compressobj(),
    )
    for _ in range(height):
        packed.append(squeeze.compress(row))
    packed.append(squeeze.flush())
    chunks = [(b"IHDR", header), (b"IDAT", b"".join(packed)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data))
        + tag
        + data
        + struct.pack(">I", zlib.crc32(tag + data))
        for tag, data in chunks
    )


def saved(size, mode="L", **options):
    encoded = io.BytesIO()
    Image.new(mode, size).save(encoded, **options)
    return encoded.getvalue()


BOMBS = {
    "one bit": lambda: png(30_000, 30_000, 1, 0),
    "sixteen bits": lambda: png(12_000, 12_000, 16, 6),
    "progressive": lambda: saved(
        (14_000, 14_000), "RGB", format="JPEG", progressive=True, subsampling=0
    ),
    "webp": lambda: saved((9_000, 9_000), "RGB", format="WEBP", lossless=True),
    "tiff": lambda: saved(
        (20_000, 20_000), "RGB", format="TIFF", compression="tiff_adobe_deflate"
    ),
}


TOLD = "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)"


def lines_of(code):
    """What a process of its own prints: its peak so far, MiB, and what code prints."""
    begin = (
        "import resource; from automask.images.image_files import *; "
        "from automask.images.decoding_memory import *; "
    )
    done = subprocess.run(
        [sys.executable, "-c", "\n".join([begin, TOLD, code])],
        capture_output=True,
        text=True,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


@pytest.mark.slow
@pytest.mark.parametrize("kind", BOMBS)
def test_a_bomb_takes_no_more_memory_than_is_allowed(tmp_path, kind):
    (tmp_path / "bomb").write_bytes(BOMBS[kind]())
    assert (tmp_path / "bomb").stat().st_size < 10_000_000
    code = f"""
from automask.io.memory import resident
for held in (500, resident() + 1024):
  with memory_limit(held):
    try: read_image(r'{tmp_path / "bomb"}', 96)
    except ValueError as e: print(e)
  {TOLD}
"""
    before, *told = lines_of(code)
    peaks = [int(line) - int(before) for line in told if line.isdigit()]
    assert len(peaks) == 2 and peaks[0] < 60 and peaks[1] < 1024
    refusals = [line for line in told if not line.isdigit()]
    assert told[0] in refusals  # within 500 MiB, which the libraries hold already
    assert all("is too large: reading its" in line for line in refusals)


def test_a_worker_of_the_pool_has_the_memory_that_it_is_reckoned_with():
    libraries = 500  # MiB
    assert decoding_memory.WORKER + libraries <= WORKER_MIB


def allow_memory(monkeypatch, mebibytes):
    """Let reading have that much memory."""
    monkeypatch.setattr(
        decoding_memory, "available", lambda: mebibytes / decoding_memory.SHARE
    )


def test_allowed_memory_follows_the_machine_and_is_shared_by_the_workers(monkeypatch):
    allow_memory(monkeypatch, 12_000)

    def of_worker(workers):
        compute_with(Share(workers=workers))
        return decoding_memory.allowed_memory()

    allowed = [copy_context().run(of_worker, workers) for workers in (1, 3, 100)]
    assert allowed == pytest.approx([12_000, 4_000, decoding_memory.WORKER])
    allow_memory(monkeypatch, 200)
    assert copy_context().run(of_worker, 3) == pytest.approx(200)


@pytest.mark.parametrize("name", ["a.webp", "a.avif", "a.jp2"])
def test_what_a_format_takes_is_refused_only_where_there_is_less(
    tmp_path, monkeypatch, name
):
    Image.new("RGB", (1_600, 1_200), "teal").save(tmp_path / name)
    allow_memory(monkeypatch, 60)
    assert read_image(tmp_path / name, 400).shape[3] == 400
    allow_memory(monkeypatch, 4)
    with pytest.raises(ValueError, match="1600x1200 px takes"):
        read_image(tmp_path / name, 400)


def ramps():
    """RGB, 1200 px wide and 900 high, that a smaller version shows as well."""
    across, down = np.meshgrid(np.linspace(0, 255, 1200), np.linspace(0, 255, 900))
    codes = np.stack([across, down, 255 - across], axis=-1).round()
    return Image.fromarray(codes.astype(np.uint8))


@pytest.mark.parametrize("options", [{}, {"tile_size": (256, 256)}, {"mct": 1}])
def test_jpeg_2000_is_decoded_no_larger_than_needed(tmp_path, monkeypatch, options):
    ramps().save(tmp_path / "a.jp2", **options)
    ramps().save(tmp_path / "a.png")
    with opened(tmp_path / "a.jp2") as file:
        assert file.decode((100, 75)).size == (300, 225)
    with opened(tmp_path / "a.jp2") as file:
        assert file.decode().size == (1_200, 900)
    allow_memory(monkeypatch, 10)  # of 20 that all of it takes
    ours, wanted = (read_image(tmp_path / f"a.{kind}", 100) for kind in ("jp2", "png"))
    assert (ours - wanted).abs().max() < 0.02


def test_jpeg_2000_is_halved_only_as_often_as_the_file_has_it(tmp_path):
    for levels, width in ((0, 1_200), (1, 600), (5, 300)):
        ramps().save(tmp_path / "a.jp2", num_resolutions=levels + 1)
        with opened(tmp_path / "a.jp2") as file:
            assert file.decode((100, 75)).size[0] == width


@pytest.mark.slow
def test_tiny_blocks_of_jpeg_2000_are_counted(tmp_path, monkeypatch):
    allow_memory(monkeypatch, 30)
    ramps().save(tmp_path / "a.jp2")
    assert read_image(tmp_path / "a.jp2", 100).shape[3] == 100
    ramps().save(tmp_path / "a.jp2", codeblock_size=(4, 4))
    with pytest.raises(ValueError, match="is too large"):
        read_image(tmp_path / "a.jp2", 100)


def test_one_bit_takes_a_byte_a_pixel(tmp_path, monkeypatch):
    (tmp_path / "scan.png").write_bytes(png(8_000, 8_000, 1, 0))
    allow_memory(monkeypatch, 70)
    assert read_image(tmp_path / "scan.png", 64).shape[3] == 64
    assert upright_size(tmp_path / "scan.png") == (8_000, 8_000)


def test_a_bomb_is_refused_before_anything_is_decoded(tmp_path, monkeypatch):
    (tmp_path / "bomb.png").write_bytes(png(8_000, 8_000, 8, 2))

    def decoded(self):
        raise AssertionError("decoded")

    monkeypatch.setattr(Image.Image, "load", decoded)
    allow_memory(monkeypatch, 200)
    for read in (lambda f: read_image(f, 64), raw_picture):
        with pytest.raises(
            ValueError, match=r"8000x8000 px takes \d+ MiB, and 200 are"
        ):
            read(tmp_path / "bomb.png")


@pytest.mark.slow
def test_hardware_memory_bounds_what_a_picture_may_take(tmp_path, automask, painting):
    (tmp_path / "big.png").write_bytes(png(9_000, 9_000, 8, 2))
    done = automask(
        "style=painting.png", "content=big.png", "size=48", "hardware.memory=600"
    )
    assert done.code == 2 and "hardware.memory=MiB higher" in done.err
    assert automask("style=painting.png", "content=big.png", "size=48").code == 0


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "most"),
    [("jpeg", 150), ("grey", 150), ("rgb", 450), ("deep", 750), ("webp", 1700)],
)
def test_a_hundred_megapixels_are_read_in_bounded_memory(tmp_path, kind, most):
    file = tmp_path / "big"
    if kind in ("jpeg", "webp"):
        file.write_bytes(saved((11_600, 8_700), "RGB", format=kind.upper()))
    else:
        bits, colour = {"grey": (8, 0), "rgb": (8, 2), "deep": (16, 2)}[kind]
        file.write_bytes(png(11_600, 8_704, bits, colour))
    before, width, after = lines_of(
        f"print(read_image(r'{file}', 512).shape[3])\n{TOLD}"
    )
    assert width == "512" and int(after) - int(before) < most


def test_memory_that_a_float_copy_takes_is_counted(tmp_path, monkeypatch):
    (tmp_path / "a.png").write_bytes(png(4_000, 4_000, 8, 0))
    allow_memory(monkeypatch, 100)
    assert read_image(tmp_path / "a.png", 256).shape[3] == 256
    with pytest.raises(ValueError, match="too large"):
        read_image(tmp_path / "a.png", 2_000)


def blank_then_codes(tmp_path, name, **options):
    """An animation or scan whose first two frames are blank."""
    codes = np.random.default_rng(0).integers(0, 256, (40, 64, 3), np.uint8)
    paper = np.random.default_rng(1).integers(250, 256, (40, 64, 3), np.uint8)
    frames = [Image.new("RGB", (64, 40), "white"), Image.fromarray(paper)]
    if name.endswith((".gif", ".tif")):
        frames[1] = Image.new("RGB", (64, 40), (250, 250, 250))
    shown = Image.fromarray(codes)
    frames[0].save(
        tmp_path / name, save_all=True, append_images=[frames[1], shown], **options
    )
    return codes


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("a.png", {}),
        ("a.webp", {"lossless": True}),
        ("a.gif", {}),
        ("a.tif", {}),
        ("lzw.tif", {"compression": "tiff_lzw"}),
    ],
)
def test_the_first_frame_that_is_not_blank_is_shown(tmp_path, caplog, name, options):
    codes = blank_then_codes(tmp_path, name, **options)
    image = codes_of(read_image(tmp_path / name, 64))
    assert abs(image - codes).mean() < (40 if name == "a.gif" else 0.01)
    assert f"the first 2 frames or pages of '{tmp_path / name}' are" in caplog.text
    assert "number 3 is painted" in caplog.text


def test_a_blank_picture_stays_blank_without_a_word(tmp_path, caplog):
    blank = Image.new("RGB", (64, 40), (9, 99, 199))
    blank.save(tmp_path / "one.png")
    blank.save(tmp_path / "all.tif", save_all=True, append_images=[blank] * 3)
    for name in ("one.png", "all.tif"):
        assert (codes_of(read_image(tmp_path / name, 64)) == (9, 99, 199)).all()
    assert not caplog.text


def test_previews_in_a_tiff_are_no_pages(tmp_path):
    import tifffile

    with tifffile.TiffWriter(tmp_path / "a.tif") as file:
        file.write(np.full((40, 64), 9, np.uint8))
        file.write(np.eye(40, 64, dtype=np.uint8) * 255, subfiletype=1)
    assert (codes_of(read_image(tmp_path / "a.tif", 64)) == 9).all()


def test_frames_without_end_are_not_all_looked_at(tmp_path):
    frames = [Image.new("L", (64, 40), 90 + number % 3) for number in range(300)]
    frames[0].save(tmp_path / "a.tif", save_all=True, append_images=frames[1:])
    calls = []
    decode = TiffFile.decode

    def counted(self, target=None):
        calls.append(1)
        return decode(self, target)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TiffFile, "decode", counted)
        read_image(tmp_path / "a.tif", 64)
    assert len(calls) <= 42


@pytest.mark.parametrize("progressive", [False, True])
@pytest.mark.parametrize("missing", [1, 2, 60, 0.1])
def test_a_jpeg_that_lacks_its_end_is_shown_with_a_warning(
    tmp_path, caplog, progressive, missing
):
    y, x = np.mgrid[:120, :160]
    codes = np.stack([x, y * 2, (x * y) % 256], axis=-1).astype(np.uint8)
    encoded = io.BytesIO()
    Image.fromarray(codes).save(encoded, "JPEG", quality=95, progressive=progressive)
    whole, file = encoded.getvalue(), tmp_path / "cut.jpg"
    file.write_bytes(whole)
    expected = codes_of(read_image(file, 160))
    cut = int(missing * len(whole)) if isinstance(missing, float) else missing
    file.write_bytes(whole[:-cut])
    image = codes_of(read_image(file, 160))
    assert abs(image - expected)[:90].max() < (40 if progressive else 1)
    assert f"'{file}' lacks its end" in caplog.text


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_mask_is_turned_as_its_photograph_is(tmp_path, orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    codes = np.random.default_rng(0).integers(0, 256, (40, 64), np.uint8)
    turned = {
        "L": Image.fromarray(codes),
        "P": Image.fromarray(codes % 8).convert("P"),
        "RGBA": Image.fromarray(codes).convert("RGBA"),
        "1": Image.fromarray(codes).convert("1"),
    }
    for mode, picture in turned.items():
        picture.save(tmp_path / "mask.png", exif=exif)
        upright = codes_of(read_image(tmp_path / "mask.png", 64))
        raw = raw_picture(tmp_path / "mask.png")
        assert raw.mode == mode and raw.size == upright.shape[1::-1]
        assert (np.asarray(raw.convert("RGB")) == upright).all()
        assert upright_size(tmp_path / "mask.png") == raw.size


def test_a_deep_mask_is_turned_too(tmp_path):
    numbers = np.arange(40 * 64).reshape(40, 64, 1)
    save_deep(tmp_path / "mask.png", numbers)
    whole = (tmp_path / "mask.png").read_bytes()
    exif = Image.Exif()
    exif[0x0112] = 6
    data = exif.tobytes()[6:]
    chunk = struct.pack(">I", len(data)) + b"eXIf" + data
    chunk += struct.pack(">I", zlib.crc32(b"eXIf" + data))
    (tmp_path / "mask.png").write_bytes(whole[:-12] + chunk + whole[-12:])
    raw = raw_picture(tmp_path / "mask.png")
    assert raw.mode == "I;16"
    assert (np.asarray(raw) == np.rot90(numbers[..., 0], -1)).all()


@pytest.mark.parametrize("colour", ["grey", "rgb"])
def test_a_transparent_colour_of_a_deep_png_is_transparent(tmp_path, colour):
    numbers = np.full((40, 64, 1 if colour == "grey" else 3), 30_000)
    numbers[:, :32] = 513
    save_deep(tmp_path / "a.png", numbers)
    whole = (tmp_path / "a.png").read_bytes()
    data = struct.pack(">H", 513) * numbers.shape[2]
    chunk = struct.pack(">I", len(data)) + b"tRNS" + data
    chunk += struct.pack(">I", zlib.crc32(b"tRNS" + data))
    (tmp_path / "a.png").write_bytes(whole[:33] + chunk + whole[33:])
    image, cover = read_cut_out(tmp_path / "a.png", 64)
    assert cover[:, :30].max() < 0.02 and cover[:, 34:].min() > 0.98
    assert abs(image - 30_000 / 65_535).max() < 0.02  # the nearest colour that is there


def test_a_picture_without_any_opaque_pixel_is_refused_as_a_cut_out(tmp_path):
    Image.new("RGBA", (64, 40)).save(tmp_path / "a.png")
    with pytest.raises(ValueError, match=r"a.png' shows nothing: all of it is transp"):
        read_cut_out(tmp_path / "a.png", 64)
    assert (codes_of(read_image(tmp_path / "a.png", 64)) == 255).all()


def test_an_opaque_alpha_channel_is_none(tmp_path):
    Image.new("RGBA", (64, 40), (1, 2, 3, 255)).save(tmp_path / "a.png")
    assert read_cut_out(tmp_path / "a.png", 64)[1] is None


def test_colour_under_transparency_does_not_bleed(tmp_path):
    picture = Image.new("RGBA", (640, 400), (0, 255, 0, 0))
    picture.paste((200, 50, 50, 255), (320, 0, 640, 400))
    picture.save(tmp_path / "a.png")
    for size in (64, 640):
        image, cover = read_cut_out(tmp_path / "a.png", size)
        assert abs(codes_of(image) - (200, 50, 50)).max() <= 1
        assert cover.shape == image.shape[2:]


def test_a_file_that_says_it_has_no_pixels_is_refused(tmp_path):
    encoded = saved((64, 64), format="TIFF")
    (tmp_path / "a.tif").write_bytes(
        encoded.replace(b"\0\1\4\0\1\0\0\0\x40", b"\0\1\4\0\1\0\0\0\0")
    )
    with pytest.raises(ValueError, match=r"a.tif' is damaged: it says to be 0x64 px"):
        read_image(tmp_path / "a.tif", 64)


def test_a_heic_without_its_reader_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pillow_heif", None)
    file = tmp_path / "photo.jpg"
    file.write_bytes(struct.pack(">I", 24) + b"ftypheic" + bytes(4) + b"mif1heic")
    with pytest.raises(
        ValueError, match=r"HEIC picture: pip install 'automask\[heic\]'"
    ):
        read_image(file, 64)


@pytest.mark.parametrize("orientation", [1, 6])
def test_a_heic_is_read_with_its_reader(tmp_path, orientation):
    heif = pytest.importorskip("pillow_heif", reason="pip install 'automask[heic]'")
    y, x = np.mgrid[:96, :128]
    codes = np.stack([x * 2, y * 2, x + y], axis=-1).astype(np.uint8)
    exif = Image.Exif()
    exif[0x0112] = orientation
    heif.register_heif_opener()
    Image.fromarray(codes).save(tmp_path / "a.heic", quality=95, exif=exif.tobytes())
    image = codes_of(read_image(tmp_path / "a.heic", 128))
    upright = codes if orientation == 1 else np.rot90(codes, -1)
    assert image.shape == upright.shape and abs(image - upright).mean() < 3


def test_a_picture_to_start_from_is_turned_and_stretched(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new("L", (64, 60), 77).save(tmp_path / "a.png", exif=exif)
    assert read_image_as(tmp_path / "a.png", 43, 50).shape == (1, 3, 50, 43)
