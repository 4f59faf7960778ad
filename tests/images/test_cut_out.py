"""Transparency is kept, grey stays grey, and size=own takes the photograph's."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from automask.images.image_files import read_cut_out, read_image, write_image
from automask.images.transparency import cut_out, in_grey
from automask.masks.combine import without_transparent
from automask.masks.soft import SoftMasks

SMALL = ("masks=none", "size=64", "out=result.png")
QUICK = (*SMALL, "stylizer.iterations=[6]")


def disc(side=128):
    """(side, side) 255 within a disc, softly ending."""
    y, x = np.mgrid[:side, :side] - (side - 1) / 2
    return ((side * 0.35 - np.hypot(x, y)).clip(-1, 1) * 127.5 + 127.5).astype(np.uint8)


@pytest.fixture
def cutout(tmp_path, photo):
    """A photograph cut out as a disc, garish colours under what is transparent."""
    with Image.open(photo) as opened:
        codes = np.asarray(opened.resize((128, 128)))
    garish = np.where(disc()[..., None] > 0, codes, (255, 0, 255)).astype(np.uint8)
    picture = Image.fromarray(np.dstack([garish, disc()]))
    picture.save(tmp_path / "cutout.png")
    return tmp_path / "cutout.png"


def result(name="result.png"):
    with Image.open(name) as picture:
        return np.asarray(picture), picture.mode


@pytest.mark.parametrize("suffix", ["png", "webp", "gif", "tif"])
def test_transparency_is_read_of_each_format_that_has_it(cutout, tmp_path, suffix):
    file = tmp_path / f"cut.{suffix}"
    with Image.open(cutout) as picture:
        options = {"lossless": True, "exact": True} if suffix == "webp" else {}
        picture.save(file, **options)
    image, alpha = read_cut_out(file, 128)
    wanted = disc() / 255
    if suffix == "gif":  # which knows no more than all or nothing
        wanted = np.ceil(wanted)
    assert abs(alpha.numpy() - wanted).max() < 1e-3
    # The colour that the file has where it is transparent is nowhere to be seen.
    magenta = torch.tensor([1.0, 0, 1])[:, None, None]
    assert (image[0] - magenta).abs().sum(dim=0).min() > 0.3


def test_a_cut_out_stays_one(automask, cutout, painting):
    done = automask("style=painting.png", "content=cutout.png", *SMALL)
    assert done.code == 0, done.err
    codes, mode = result()
    assert mode == "RGBA"
    expected = np.asarray(Image.fromarray(disc()).resize((64, 64), 1), int)
    assert abs(codes[..., 3] - expected).max() < 20
    assert (codes[codes[..., 3] == 0] == 0).all()
    # The stand-in paints the content: nothing of the garish colour has come in.
    seen = codes[codes[..., 3] > 20][:, :3].astype(int)
    assert not (abs(seen - (255, 0, 255)).sum(axis=1) < 100).any()


def test_alpha_white_lays_it_over_white(automask, cutout, painting):
    done = automask("style=painting.png", "content=cutout.png", "alpha=white", *SMALL)
    assert done.code == 0 and result()[1] == "RGB"
    assert (result()[0][:3, :3] == 255).all()


def test_a_jpeg_of_a_cut_out_lies_on_white(automask, cutout, painting):
    done = automask(
        "style=painting.png", "content=cutout.png", *SMALL[:-1], "out=result.jpg"
    )
    assert done.code == 0 and result("result.jpg")[1] == "RGB"
    assert result("result.jpg")[0][:3, :3].min() > 250


def test_another_alpha_is_refused(automask, cutout, painting):
    done = automask("style=painting.png", "content=cutout.png", "alpha=black", *SMALL)
    assert done.code == 2 and "alpha must be keep or white, got 'black'" in done.err


@pytest.mark.slow
def test_what_is_transparent_of_a_style_is_not_painted_with(program, tmp_path):
    y, x = np.mgrid[:128, :128]
    wavy = (127 + 100 * np.sin(x / 4 + y / 9)).astype(np.uint8)
    alpha = np.where(x < 64, 255, 0).astype(np.uint8)
    green = np.where(x < 64, 30, 255)
    style = np.dstack(
        [np.where(x < 64, wavy, 0), green, np.where(x < 64, 200 - wavy // 2, 0), alpha]
    )
    Image.fromarray(style.astype(np.uint8)).save(tmp_path / "style.png")
    # A content as green as what the style must not give.
    Image.fromarray(np.dstack([wavy // 8, np.full_like(wavy, 250), wavy // 8])).save(
        tmp_path / "green.png"
    )
    done = program(
        *("style=style.png", "content=green.png", "masks=none", "size=64"),
        *("stylizer.iterations=[30]", "color=none", "out=result.png"),
    )
    assert done.code == 0, done.err
    record = json.loads(Path("result.run/run.json").read_text())
    (region,) = record["unmatched"]
    assert region["name"] == "transparent"
    assert region["style"] == "the picture's transparency"
    codes, mode = result()
    assert mode == "RGB"  # the content is whole
    assert codes[..., 1].mean() < 70  # 96 where the style lies over white


def test_the_transparent_part_of_a_style_is_excluded_from_matching():
    masks = SoftMasks(("person",), torch.rand(1, 8, 8), ("net",))
    cover = torch.ones(16, 16)
    cover[:, 8:] = 0
    clear = without_transparent(masks, cover).unmatched["transparent"]
    assert clear[:, :3].max() < 0.01 and clear[:, 5:].min() > 0.99
    nested = without_transparent(without_transparent(masks, None), cover)
    assert nested.names == ("person",) and without_transparent(masks, None) is masks


def test_a_fourth_channel_is_written_as_transparency(tmp_path):
    image = torch.rand(1, 3, 40, 64)
    cover = torch.zeros(40, 64)
    cover[:, 32:] = 1
    write_image(tmp_path / "a.png", cut_out(image, cover))
    with Image.open(tmp_path / "a.png") as picture:
        assert picture.mode == "RGBA" and picture.getpixel((0, 0)) == (0, 0, 0, 0)
    write_image(tmp_path / "a.jpg", cut_out(image, cover))
    assert read_image(tmp_path / "a.jpg", 64)[..., :28].min() > 0.97


@pytest.fixture
def grey(tmp_path, photo):
    """A grey photograph and a grey painting."""
    y, x = np.mgrid[:96, :96]
    waves = (127 + 120 * np.sin(x / 5 + y / 9) * np.cos(y / 4)).astype(np.uint8)
    Image.fromarray(waves).save(tmp_path / "grey_style.jpg")
    with Image.open(photo) as opened:
        opened.convert("L").resize((96, 96)).save(tmp_path / "grey_photo.jpg")


@pytest.mark.slow
@pytest.mark.parametrize("more", [(), ("init=noise",)])
def test_a_grey_photograph_and_a_grey_painting_give_a_grey_picture(program, grey, more):
    done = program("style=grey_style.jpg", "content=grey_photo.jpg", *QUICK, *more)
    assert done.code == 0, done.err
    codes, _ = result()
    assert np.ptp(codes.astype(int), axis=2).max() == 0
    assert codes.std() > 10


def test_colour_on_either_side_is_kept(program, grey, painting):
    done = program("style=painting.png", "content=grey_photo.jpg", *QUICK)
    assert done.code == 0 and np.ptp(result()[0].astype(int), axis=2).mean() > 10


def test_grey_keeps_how_light_it_is():
    image = torch.rand(1, 3, 8, 8)
    assert (in_grey(image).amax(1) == in_grey(image).amin(1)).all()
    flat = torch.full((1, 3, 4, 4), 0.3)
    assert torch.allclose(in_grey(flat), flat)


def test_size_own_is_the_photographs(automask, tmp_path, painting):
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new("RGB", (91, 60), "teal").save(tmp_path / "turned.jpg", exif=exif)
    for name, size in (("painting.png", (96, 64)), ("turned.jpg", (60, 91))):
        done = automask(
            "style=painting.png", f"content={name}", "size=own", "out=result.png"
        )
        assert done.code == 0, done.err
        with Image.open("result.png") as picture:
            assert picture.size == size
    record = json.loads(Path("result.run-2/run.json").read_text())
    assert record["config"]["size"] == "own" and "size=own" in record["command"]
    assert record["content"]["used_pixels"] == [60, 91]


@pytest.mark.parametrize(
    ("words", "part"),
    [
        (("size=own", "content=small.png"), "'small.png' has 31 px; give another one"),
        (("size=mine", "content=painting.png"), "size must be own or an integer"),
        (("size=51.5", "content=painting.png"), "size must be own or an integer"),
        (("size=20000", "content=painting.png"), "integer from 32 to 16384, got"),
        (("size=own", "stylizer=texture", "aspect=1:1"), "size=own needs a content"),
    ],
)
def test_a_size_that_cannot_be_is_refused(automask, program, painting, words, part):
    Image.new("RGB", (31, 31)).save("small.png")
    call = program if "stylizer=texture" in words else automask
    done = call("style=painting.png", *words)
    assert done.code == 2 and part in done.err and done.err.count("\n") == 1


@pytest.mark.parametrize("orientation", [3, 6])
def test_a_mask_lands_where_it_was_drawn_over_a_turned_photograph(
    automask, tmp_path, painting, orientation
):
    exif = Image.Exif()
    exif[0x0112] = orientation
    Image.new("RGB", (96, 64), "teal").save(tmp_path / "turned.jpg", exif=exif)
    mask = np.zeros((64, 96), np.uint8)
    mask[:20, :30] = 255
    Image.fromarray(mask).save(tmp_path / "mask.png", exif=exif)
    Image.fromarray(mask).save(tmp_path / "style_mask.png")
    done = automask(
        *("style=painting.png", "content=turned.jpg", "size=96", "masks=maps"),
        *("map={hair: mask.png}", "style.map={hair: style_mask.png}"),
        *("stage=masks", "out=o"),
    )
    assert done.code == 0, done.err
    (file,) = Path("o").glob("*/masks/content/hair.png")
    found, _ = result(file)
    upright = {3: np.rot90(mask, 2), 6: np.rot90(mask, -1)}[orientation]
    assert found.shape == upright.shape
    assert abs(found.astype(int) - upright).mean() < 20
    assert found[upright > 0].mean() > 200
