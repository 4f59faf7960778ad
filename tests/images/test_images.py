"""Reading every kind of picture, and writing whole files or none."""

import io
import math
import os
import struct

import cv2
import numpy as np
import pytest
import torch
from PIL import Image, ImageCms, ImageOps
from planted_images import codes_of, save_deep

from automask.images.image_files import (
    read_image,
    read_image_as,
    stored_size,
    write_image,
)

CODES = np.random.default_rng(0).integers(0, 256, (40, 64, 3), np.uint8)


def ramp(height=40, width=64):
    """(H, W, 3) smooth 16-bit numbers that 8 bits cannot hold."""
    y, x = np.mgrid[:height, :width]
    planes = [x * 7 + y * 3 + 20_001, x * 11 + 1_003, y * 13 + 50_005]
    return np.stack(planes, axis=-1).astype(np.uint16)


@pytest.mark.parametrize("suffix", [".png", ".bmp", ".tiff", ".ppm"])
def test_a_lossless_picture_of_that_size_is_read_as_it_is(tmp_path, suffix):
    file = tmp_path / f"picture{suffix}"
    Image.fromarray(CODES).save(file)
    image = read_image(file, 64)
    assert image.shape == (1, 3, 40, 64) and image.dtype == torch.float32
    assert (codes_of(image) == CODES).all()


@pytest.mark.parametrize("size", [32, 64, 100, 333])
def test_the_longer_side_gets_the_size_asked_for(tmp_path, size):
    Image.fromarray(CODES).save(tmp_path / "wide.png")
    Image.fromarray(CODES.transpose(1, 0, 2)[:60]).save(tmp_path / "tall.png")
    if size > 50:
        assert read_image(tmp_path / "wide.png", size).shape[3] == size
        assert read_image(tmp_path / "tall.png", size).shape[2] == size
    else:
        with pytest.raises(ValueError, match=r"wide.png' is too narrow.*32x20 px"):
            read_image(tmp_path / "wide.png", size)


def test_enlarging_a_gradient_makes_no_bands(tmp_path):
    steps = np.repeat(np.arange(100, 140, dtype=np.uint8)[None], 40, axis=0)
    Image.fromarray(steps).save(tmp_path / "ramp.png")
    row = read_image(tmp_path / "ramp.png", 400)[0, 0, 200]
    assert len(row[20:-20].unique()) > 300  # 8 bits would hold 40


def test_shrinking_a_big_picture_averages_it(tmp_path):
    chess = (np.indices((1200, 1600)).sum(0) % 2 * 255).astype(np.uint8)
    Image.fromarray(chess).save(tmp_path / "chess.png")
    image = read_image(tmp_path / "chess.png", 64)
    assert torch.allclose(image, torch.full_like(image, 0.5), atol=0.01)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_orientation_is_applied(tmp_path, orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    file = tmp_path / "turned.png"
    Image.fromarray(CODES).save(file, exif=exif)
    with Image.open(file) as picture:
        upright = np.asarray(ImageOps.exif_transpose(picture))
    assert (codes_of(read_image(file, 64)) == upright).all()
    assert stored_size(file) == (64, 40)


def test_grey_and_one_bit_become_three_equal_channels(tmp_path):
    grey = Image.fromarray(CODES[..., 0])
    for mode in ("L", "1"):
        grey.convert(mode).save(tmp_path / "grey.png")
        image = codes_of(read_image(tmp_path / "grey.png", 64))
        assert (image == np.asarray(grey.convert(mode).convert("RGB"))).all()


@pytest.mark.parametrize("mode", ["RGBA", "LA", "PA"])
def test_transparency_is_laid_over_white(tmp_path, mode):
    picture = Image.new("RGBA", (64, 40), (200, 200, 200, 255))
    picture.paste((200, 200, 200, 0), (0, 0, 32, 40))
    suffix = "tiff" if mode == "PA" else "png"
    picture.convert("RGBA" if mode == "PA" else mode).save(tmp_path / f"a.{suffix}")
    image = codes_of(read_image(tmp_path / f"a.{suffix}", 64))
    assert (image[:, :30] == 255).all() and (image[:, 34:] == 200).all()


def test_a_palette_is_looked_up_with_its_transparent_colour(tmp_path):
    picture = Image.new("P", (64, 40), 1)
    picture.putpalette([0, 0, 0, 10, 120, 240, 250, 0, 0])
    picture.paste(2, (0, 0, 32, 40))
    picture.save(tmp_path / "opaque.png")
    picture.save(tmp_path / "clear.gif", transparency=2)
    opaque = codes_of(read_image(tmp_path / "opaque.png", 64))
    clear = codes_of(read_image(tmp_path / "clear.gif", 64))
    assert opaque[0, 0].tolist() == [250, 0, 0]
    assert clear[0, 0].tolist() == [255, 255, 255]
    assert opaque[0, -1].tolist() == clear[0, -1].tolist() == [10, 120, 240]


@pytest.mark.parametrize("suffix", [".jpg", ".tiff"])
def test_cmyk_without_a_profile_becomes_rgb(tmp_path, suffix):
    Image.new("CMYK", (64, 40), (255, 0, 0, 0)).save(tmp_path / f"cyan{suffix}")
    red, green, blue = codes_of(read_image(tmp_path / f"cyan{suffix}", 64))[20, 30]
    assert red < 10 and green > 240 and blue > 240


@pytest.mark.parametrize("suffix", [".png", ".tiff"])
@pytest.mark.parametrize("channels", ["grey", "rgb", "rgba"])
def test_sixteen_bits_are_read_in_full(tmp_path, suffix, channels):
    rgb = ramp()
    opaque = np.full(rgb.shape[:2], 65535, np.uint16)
    stored = {"grey": rgb[..., 0], "rgb": rgb[..., ::-1]}
    stored["rgba"] = np.dstack([rgb[..., ::-1], opaque])
    cv2.imwrite(str(tmp_path / f"deep{suffix}"), stored[channels])
    image = read_image(tmp_path / f"deep{suffix}", 64)[0].permute(1, 2, 0).numpy()
    expected = rgb[..., :1] if channels == "grey" else rgb
    assert np.allclose(image * 65535, expected, atol=0.5)


def test_sixteen_bit_grey_with_transparency_is_laid_over_white(tmp_path):
    numbers = np.full((40, 64, 2), 30_000)
    numbers[:, :, 1] = np.where(np.arange(64) < 32, 0, 65535)
    save_deep(tmp_path / "deep.png", numbers)
    image = read_image(tmp_path / "deep.png", 64)[0, :, 20]
    assert torch.allclose(image[:, 2], torch.ones(3), atol=1e-3)
    assert torch.allclose(image[:, -2], torch.full((3,), 30_000 / 65535), atol=1e-5)


def test_sixteen_bits_tagged_as_srgb_lose_nothing(tmp_path):
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    save_deep(tmp_path / "deep.png", ramp(), profile)
    image = read_image(tmp_path / "deep.png", 64)[0].permute(1, 2, 0).numpy()
    assert np.allclose(image * 65535, ramp(), atol=0.5)


def test_float_pixels_are_taken_as_they_are(tmp_path):
    grey = np.linspace(0, 1, 40 * 64, dtype=np.float32).reshape(40, 64)
    Image.fromarray(grey).save(tmp_path / "float.tiff")
    assert np.allclose(read_image(tmp_path / "float.tiff", 64)[0, 1], grey, atol=1e-6)
    Image.fromarray(grey * 300).save(tmp_path / "float.tiff")
    with pytest.raises(ValueError, match=r"float pixels from 0 to 300"):
        read_image(tmp_path / "float.tiff", 64)


def linear_profile():
    """An RGB profile with sRGB's primaries and no gamma."""
    profile = bytearray(
        ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    )
    count = struct.unpack(">I", profile[128:132])[0]
    for entry in range(count):
        tag, offset, _ = struct.unpack_from(">4sII", profile, 132 + 12 * entry)
        if tag in (b"rTRC", b"gTRC", b"bTRC"):
            profile[offset : offset + 12] = b"curv" + bytes(8)  # no entries: identity
    return bytes(profile)


@pytest.mark.parametrize("deep", [False, True])
def test_a_colour_profile_is_converted_to_srgb(tmp_path, deep):
    file = tmp_path / "linear.png"
    Image.new("RGB", (64, 40), (55, 55, 55)).save(file, icc_profile=linear_profile())
    if deep:
        save_deep(file, np.full((40, 64, 3), 55 * 257), linear_profile())
    linear = 55 / 255
    expected = 1.055 * linear ** (1 / 2.4) - 0.055
    image = read_image(file, 64)
    assert torch.allclose(image, torch.full_like(image, expected), atol=0.006)


@pytest.mark.parametrize("profile", [b"broken", ImageCms.createProfile("LAB")])
def test_a_broken_or_unfit_profile_is_ignored_with_a_warning(tmp_path, caplog, profile):
    if not isinstance(profile, bytes):
        profile = ImageCms.ImageCmsProfile(profile).tobytes()
    Image.fromarray(CODES).save(tmp_path / "a.png", icc_profile=profile)
    assert (codes_of(read_image(tmp_path / "a.png", 64)) == CODES).all()
    assert "profile" in caplog.text


@pytest.mark.parametrize("suffix", [".gif", ".webp"])
def test_of_an_animation_the_first_frame_is_read(tmp_path, suffix):
    frames = [Image.new("RGB", (64, 40), colour) for colour in ("red", "blue")]
    frames[0].save(tmp_path / f"a{suffix}", save_all=True, append_images=frames[1:])
    red, _, blue = codes_of(read_image(tmp_path / f"a{suffix}", 64))[20, 30]
    assert red > 240 and blue < 15


def test_a_jpeg_of_a_hundred_megapixels_is_read_small(tmp_path):
    Image.new("L", (11_600, 8_700), 90).save(tmp_path / "big.jpg")
    image = read_image(tmp_path / "big.jpg", 128)
    assert image.shape == (1, 3, 96, 128)
    assert torch.allclose(image, torch.full_like(image, 90 / 255), atol=0.01)


def test_more_than_a_gigapixel_is_refused(tmp_path):
    file = tmp_path / "huge.bmp"
    header = struct.pack("<IiiHHIIiiII", 40, 40_000, 40_000, 1, 24, 0, 0, 0, 0, 0, 0)
    file.write_bytes(b"BM" + struct.pack("<IHHI", 54, 0, 0, 54) + header)
    with pytest.raises(ValueError, match=r"40000x40000 px is over 1000 megapixels"):
        read_image(file, 64)


def damaged(kind):
    encoded = io.BytesIO()
    Image.fromarray(CODES).save(encoded, "PNG" if kind == "png" else "JPEG")
    content = encoded.getvalue()
    return {"empty": b"", "text": b"not a picture\n" * 9}.get(
        kind, content[: len(content) // 2]
    )


@pytest.mark.parametrize(
    ("kind", "part"),
    [
        ("empty", "is empty"),
        ("text", "is not a picture in a known format"),
        ("jpg", "is damaged or incomplete"),
        ("png", "is damaged or incomplete"),
    ],
)
def test_a_broken_file_is_named_with_its_fault(tmp_path, kind, part):
    file = tmp_path / "bad.jpg"
    file.write_bytes(damaged(kind))
    with pytest.raises(ValueError, match=f"bad.jpg' {part}"):
        read_image(file, 64)


def test_a_missing_file_and_a_folder_are_refused(tmp_path):
    with pytest.raises(FileNotFoundError):
        read_image(tmp_path / "none.png", 64)
    with pytest.raises(ValueError, match="is a folder"):
        read_image(tmp_path, 64)


@pytest.mark.parametrize(
    ("size", "part"),
    [((1, 1), "too small: 1x1 px"), ((8, 4000), "too narrow: 8x4000 px")],
)
def test_a_picture_too_small_or_too_narrow_is_refused_with_numbers(
    tmp_path, size, part
):
    Image.new("RGB", size).save(tmp_path / "thin.png")
    with pytest.raises(ValueError, match=part):
        read_image(tmp_path / "thin.png", 512)


def test_a_picture_can_be_stretched_to_another_ones_size(tmp_path):
    Image.fromarray(CODES).save(tmp_path / "a.png")
    assert read_image_as(tmp_path / "a.png", width=50, height=70).shape == (
        1,
        3,
        70,
        50,
    )


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".JPEG"])
def test_what_is_written_is_read_again(tmp_path, suffix):
    y, x = torch.meshgrid(torch.arange(40), torch.arange(64), indexing="ij")
    image = torch.stack([x / 63, y / 39, (x + y) / 102])[None]
    write_image(tmp_path / f"a{suffix}", image)
    tolerance = 0.5 / 255 + 1e-6 if suffix == ".png" else 0.02
    assert torch.allclose(
        read_image(tmp_path / f"a{suffix}", 64), image, atol=tolerance
    )


def test_a_mask_is_written_as_a_grey_picture(tmp_path):
    write_image(tmp_path / "mask.png", torch.full((1, 1, 40, 64), 0.2))
    with Image.open(tmp_path / "mask.png") as picture:
        assert picture.mode == "L" and picture.getpixel((3, 3)) == 51


def test_jpeg_keeps_colour_at_full_resolution(tmp_path):
    stripes = torch.zeros(1, 3, 32, 32)
    stripes[:, 0, :, ::2] = 1
    write_image(tmp_path / "a.jpg", stripes)
    assert (read_image(tmp_path / "a.jpg", 32) - stripes).abs().mean() < 0.1


def test_other_suffixes_are_refused(tmp_path):
    with pytest.raises(ValueError, match=r"a.gif': a picture's name must end in .png"):
        write_image(tmp_path / "a.gif", torch.zeros(1, 3, 32, 32))


def test_a_failed_write_leaves_the_earlier_file_and_nothing_else(tmp_path, monkeypatch):
    file = tmp_path / "a.png"
    write_image(file, torch.zeros(1, 3, 32, 32))
    before = file.read_bytes()

    def full(descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        write_image(file, torch.ones(1, 3, 32, 32))
    assert file.read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["a.png"]


def test_size_rounds_the_shorter_side(tmp_path):
    Image.new("RGB", (1000, 667)).save(tmp_path / "a.png")
    assert read_image(tmp_path / "a.png", 512).shape[2] == math.floor(341.5) + 1
