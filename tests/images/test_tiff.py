"""Every layout of a TIFF is read as its 8-bit version is, or refused in one line."""

import itertools

import cv2
import numpy as np
import pytest
import tifffile
from PIL import Image

from automask.images.image_files import raw_picture, read_image, upright_size

HEIGHT, WIDTH = 40, 64
KINDS = {
    "grey": {"photometric": "minisblack"},
    "white is 0": {"photometric": "miniswhite"},
    "rgb": {"photometric": "rgb"},
    "rgb and alpha": {"photometric": "rgb", "extrasamples": ["unassalpha"]},
    "rgb times alpha": {"photometric": "rgb", "extrasamples": ["assocalpha"]},
    "rgb and a selection": {"photometric": "rgb", "extrasamples": ["unspecified"]},
    "rgb and two more": {"photometric": "rgb", "extrasamples": ["unassalpha", 0]},
    "grey and alpha": {"photometric": "minisblack", "extrasamples": ["unassalpha"]},
    "grey and selection": {"photometric": "minisblack", "extrasamples": [0]},
    "cmyk": {"photometric": "separated"},
    "palette": {"photometric": "palette"},
}
TYPES = ("u1", "u2", "u4", "f2", "f4", "f8")
LAYOUTS = {
    "strips": {"rowsperstrip": 13},
    "big-endian": {"rowsperstrip": 13, "byteorder": ">"},
    "tiles": {"tile": (16, 16)},
    "planar": {"planarconfig": "separate", "rowsperstrip": 13},
    "planar tiles": {"planarconfig": "separate", "tile": (32, 16), "byteorder": ">"},
    "deflated": {"compression": "zlib", "rowsperstrip": 13},
    "deflated differences": {"compression": "zlib", "predictor": True},
    "planar, deflated": {"planarconfig": "separate", "compression": "zlib"},
    "BigTIFF": {"bigtiff": True},
}


def samples(kind):
    """(H, W, C) 16-bit numbers of a smooth picture, half of it half transparent."""
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    rgb = np.stack([x * 700 + y * 300, x * 900 + 1_003, y * 1_300 + 5_005], axis=-1)
    alpha = np.where(x < WIDTH // 2, 65_535, 30_000)
    grey, extra = rgb[..., :1], alpha[..., None]
    if kind == "palette":
        return (x + 3 * y)[..., None] % 256
    if kind == "cmyk":
        return np.dstack([65_535 - rgb, grey // 4])
    if "times" in kind:
        rgb = rgb * extra // 65_535
    base = rgb if "rgb" in kind else grey
    more = {"a": 1, "t": 2, "s": 1}.get(kind.partition(" and ")[2][:1], 0)
    return np.dstack([base, *[extra] * (more or "times" in kind)])


def stored(kind, dtype):
    """The same numbers in another type, its whole range used."""
    numbers = samples(kind)
    if kind == "palette":
        return numbers.astype(dtype)
    if dtype[0] == "f":
        return (numbers / 65_535).astype(dtype)
    full = np.iinfo(dtype).max
    return (numbers * (full / 65_535)).round().astype(dtype)


def write(file, kind, dtype, layout):
    """Write that kind of TIFF, and say what it holds according to a second reader."""
    numbers, options = stored(kind, dtype), dict(KINDS[kind], **LAYOUTS[layout])
    if kind == "palette":
        codes = np.arange(2 ** (8 * np.dtype(dtype).itemsize)) % 256
        options["colormap"] = np.stack(
            [codes * 257, codes * 3 % 256 * 257, (255 - codes) * 257]
        ).astype(np.uint16)
    if numbers.shape[2] == 1:
        options.pop("planarconfig", None)
        numbers = numbers[..., 0]
    elif "planarconfig" in options:
        numbers = np.moveaxis(numbers, 2, 0)
    else:
        options["planarconfig"] = "contig"
    tifffile.imwrite(file, numbers, **options)
    assert (tifffile.imread(file) == numbers).all()


def allowed(kind, dtype, layout):
    """Whether tifffile can write that."""
    if kind == "palette" and dtype not in ("u1", "u2"):
        return False
    if kind == "palette" and "differences" in layout:
        return False
    return not (dtype[0] == "f" and "differences" in layout)


def expected(kind):
    """(3, H, W) of the kind, worked out by hand, transparency laid over white."""
    numbers = samples(kind) / 65_535
    if kind == "palette":
        code = samples(kind)[..., 0]
        rgb = np.stack([code, code * 3 % 256, 255 - code]) / 255
        return rgb
    if kind == "cmyk":
        return np.moveaxis((1 - numbers[..., :3]) * (1 - numbers[..., 3:]), 2, 0)
    count = 3 if "rgb" in kind else 1
    rgb = np.broadcast_to(numbers[..., :count], (HEIGHT, WIDTH, 3))
    if kind == "white is 0":
        rgb = 1 - rgb
    if "alpha" in kind or "two" in kind:
        alpha = numbers[..., count : count + 1]
        rgb = (rgb if "times" in kind else rgb * alpha) + 1 - alpha
    return np.moveaxis(rgb, 2, 0)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("dtype", TYPES)
def test_each_layout_of_a_tiff_is_read_as_it_is_meant(tmp_path, kind, dtype):
    layouts = [layout for layout in LAYOUTS if allowed(kind, dtype, layout)]
    for layout in layouts:
        file = tmp_path / f"{layout}.tif"
        write(file, kind, dtype, layout)
        image = read_image(file, WIDTH)[0].numpy()
        # Pillow's CMYK rounds twice, and drops the lower bits.
        tolerance = 2.5 if kind == "cmyk" else 0.6 if dtype != "u1" else 1.1
        worst = abs(image - expected(kind)).max() * 255
        assert worst < tolerance, (layout, worst)


@pytest.mark.parametrize("dtype", ["u2", "u4", "f4", "f8"])
@pytest.mark.parametrize("kind", ["grey", "rgb", "rgb and alpha"])
def test_more_than_eight_bits_are_kept(tmp_path, kind, dtype):
    write(tmp_path / "a.tif", kind, dtype, "planar, deflated")
    image = read_image(tmp_path / "a.tif", WIDTH)[0].numpy()
    assert abs(image - expected(kind)).max() * 65_535 < 1.1


@pytest.mark.parametrize("compression", [1, 5, 8, 32773])
@pytest.mark.parametrize("channels", [1, 3, 4])
def test_sixteen_bits_in_the_usual_compressions_are_kept(
    tmp_path, compression, channels
):
    numbers = samples("rgb and alpha").astype(np.uint16)
    kind = {1: "grey", 3: "rgb", 4: "rgb and alpha"}[channels]
    order = {1: [0], 3: [2, 1, 0], 4: [2, 1, 0, 3]}[channels]
    options = [cv2.IMWRITE_TIFF_COMPRESSION, compression]
    cv2.imwrite(str(tmp_path / "a.tif"), numbers[..., order], options)
    image = read_image(tmp_path / "a.tif", WIDTH)[0].numpy()
    assert abs(image - expected(kind)).max() * 65_535 < 1.1


LOSSLESS = [None, "tiff_lzw", "packbits", "tiff_adobe_deflate"]
WRITTEN = [
    *itertools.product(["1", "L", "P", "RGB", "RGBA", "CMYK"], LOSSLESS),
    *[("1", "group4"), ("L", "jpeg"), ("RGB", "jpeg"), ("YCbCr", None)],
]


@pytest.mark.parametrize(("mode", "compression"), WRITTEN)
def test_what_pillow_writes_is_read_as_its_png_is(tmp_path, mode, compression):
    codes = (samples("rgb") >> 8).astype(np.uint8)
    picture = Image.fromarray(codes).convert(mode)
    picture.save(tmp_path / "a.tif", compression=compression)
    picture.convert("RGB").save(tmp_path / "a.png")
    tif, png = (read_image(tmp_path / f"a.{end}", WIDTH) for end in ("tif", "png"))
    worst = float((tif - png).abs().max()) * 255
    assert worst < (12 if compression == "jpeg" else 3 if mode == "YCbCr" else 0.6)


@pytest.mark.slow
@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("dtype", ["u1", "u2", "f4", "lzw"])
def test_a_turned_tiff_is_upright(tmp_path, orientation, dtype):
    if dtype == "lzw":
        picture = Image.fromarray((samples("rgb") >> 8).astype(np.uint8))
        tags = {274: orientation}
        picture.save(tmp_path / "a.tif", compression="tiff_lzw", tiffinfo=tags)
    else:
        extra, numbers = [(274, "H", 1, orientation, True)], stored("rgb", dtype)
        tifffile.imwrite(
            tmp_path / "a.tif", numbers, photometric="rgb", extratags=extra
        )
    turned = {
        1: lambda a: a,
        2: lambda a: a[:, :, ::-1],
        3: lambda a: a[:, ::-1, ::-1],
        4: lambda a: a[:, ::-1],
        5: lambda a: a.swapaxes(1, 2),
        6: lambda a: a[:, ::-1].swapaxes(1, 2),
        7: lambda a: a[:, ::-1, ::-1].swapaxes(1, 2),
        8: lambda a: a[:, :, ::-1].swapaxes(1, 2),
    }[orientation](expected("rgb"))
    image = read_image(tmp_path / "a.tif", WIDTH)[0].numpy()
    assert image.shape == turned.shape and abs(image - turned).max() * 255 < 1.1
    assert upright_size(tmp_path / "a.tif") == turned.shape[:0:-1]


@pytest.mark.parametrize(
    ("dtype", "options", "part"),
    [
        ("i1", {"photometric": "minisblack"}, "8 signed bits"),
        ("u8", {"photometric": "minisblack"}, "64 bits"),
        ("c8", {"photometric": "minisblack"}, "odd bits"),
        ("u2", {"photometric": "cielab"}, "photometric 8, 3 channels of 16 bits"),
        ("f4", {"photometric": "cielab"}, "32 float bits"),
    ],
)
def test_what_is_not_read_is_refused_with_what_it_is(tmp_path, dtype, options, part):
    shape = (HEIGHT, WIDTH, 3)[: 3 if options["photometric"] == "cielab" else 2]
    tifffile.imwrite(tmp_path / "a.tif", np.zeros(shape, dtype), **options)
    with pytest.raises(ValueError, match="TIFF of a kind that is not read") as refused:
        read_image(tmp_path / "a.tif", WIDTH)
    assert part in str(refused.value) and "a.tif" in str(refused.value)


@pytest.mark.parametrize("dtype", ["i2", "i4"])
def test_a_photograph_of_signed_numbers_is_refused(tmp_path, dtype):
    tifffile.imwrite(tmp_path / "a.tif", np.zeros((HEIGHT, WIDTH), dtype))
    with pytest.raises(ValueError, match=r"a.tif' has signed whole numbers"):
        read_image(tmp_path / "a.tif", WIDTH)


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("share", [0.2, 0.6, 0.95])
def test_a_cut_tiff_is_refused(tmp_path, layout, share):
    write(tmp_path / "a.tif", "rgb", "u2", layout)
    whole = (tmp_path / "a.tif").read_bytes()
    (tmp_path / "a.tif").write_bytes(whole[: int(share * len(whole))])
    with pytest.raises(ValueError, match=r"a.tif' is damaged"):
        read_image(tmp_path / "a.tif", WIDTH)


@pytest.mark.parametrize("blank", [False, True])
def test_a_damaged_later_page_does_not_keep_the_first_from_being_read(tmp_path, blank):
    first = np.full((HEIGHT, WIDTH), 9, np.uint8)
    first[:20] = 9 if blank else 200
    with tifffile.TiffWriter(tmp_path / "a.tif") as file:
        for page in (first, first.T.reshape(HEIGHT, WIDTH)):
            file.write(page, photometric="minisblack", contiguous=False)
    with tifffile.TiffFile(tmp_path / "a.tif") as file:
        second = file.pages[1].offset
    whole = bytearray((tmp_path / "a.tif").read_bytes())
    whole[second : second + 2] = b"\xff\xff"  # the number of its tags
    (tmp_path / "a.tif").write_bytes(whole)
    image = read_image(tmp_path / "a.tif", WIDTH)[0, 0].numpy()
    assert abs(image * 255 - first).max() < 0.01


def test_reading_writes_nothing_to_the_terminal(tmp_path, capfd):
    for kind, dtype in itertools.product(KINDS, ("u1", "u2", "f2", "f8")):
        if not allowed(kind, dtype, "strips"):
            continue
        write(tmp_path / "a.tif", kind, dtype, "strips")
        whole = (tmp_path / "a.tif").read_bytes()
        read_image(tmp_path / "a.tif", WIDTH)
        (tmp_path / "a.tif").write_bytes(whole[: len(whole) // 2])
        with pytest.raises(ValueError):
            read_image(tmp_path / "a.tif", WIDTH)
    assert capfd.readouterr() == ("", "")


def test_a_label_map_keeps_its_numbers_at_any_depth(tmp_path):
    for dtype in ("u1", "u2", "u4", "i4"):
        labels = np.arange(HEIGHT * WIDTH, dtype=dtype).reshape(HEIGHT, WIDTH) % 7
        tifffile.imwrite(tmp_path / "a.tif", labels, photometric="minisblack")
        assert (np.asarray(raw_picture(tmp_path / "a.tif")) == labels).all()


def test_a_float_mask_is_read_in_full(tmp_path):
    mask = np.linspace(0, 1, HEIGHT * WIDTH, dtype=np.float32).reshape(HEIGHT, WIDTH)
    tifffile.imwrite(tmp_path / "a.tif", mask, photometric="minisblack")
    picture = raw_picture(tmp_path / "a.tif")
    assert picture.mode == "I;16"
    assert abs(np.asarray(picture) / 65_535 - mask).max() < 1e-5


def test_a_cameras_raw_file_is_not_taken_for_its_preview(tmp_path):
    preview = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    version = [(50706, "B", 4, bytes([1, 4, 0, 0]), True)]
    tifffile.imwrite(
        tmp_path / "a.dng", preview, photometric="rgb", subfiletype=1, extratags=version
    )
    with pytest.raises(ValueError, match=r"a.dng' is a camera's raw file; develop it"):
        read_image(tmp_path / "a.dng", WIDTH)
