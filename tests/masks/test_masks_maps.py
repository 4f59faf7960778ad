"""Masks drawn by hand: colour maps of a pair, label maps, folders, single masks."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from PIL import Image

from automask.masks import Drawn
from automask.masks.drawn.color_maps import label_colors, memberships

RED, GREEN, BLUE, BLACK = (255, 0, 0), (0, 255, 0), (0, 0, 255), (0, 0, 0)
CONTENT, STYLE = torch.zeros(1, 3, 60, 90), torch.zeros(1, 3, 80, 80)
RUN = ("style=painting.png", "content=photo.png", "size=64", "stage=masks")


def stripes(*colors: tuple[int, ...], height: int = 60, width: int = 90) -> np.ndarray:
    """(height, width, C) bytes: vertical stripes of these colours, equally wide."""
    parts = np.array_split(np.arange(width), len(colors))
    row = np.concatenate(
        [np.tile(c, (len(p), 1)) for c, p in zip(colors, parts, strict=True)]
    )
    return np.broadcast_to(row, (height, *row.shape)).astype(np.uint8).copy()


def saved(path: Path, pixels: np.ndarray, mode: str | None = None) -> str:
    picture = Image.fromarray(pixels.squeeze())
    (picture if mode is None else picture.convert(mode)).save(path)
    return str(path)


@pytest.fixture
def pair(tmp_path):
    """Save both maps and read them as the masks of content and style."""

    def read(content: np.ndarray, style: np.ndarray, **options):
        maps = [
            saved(tmp_path / f"{name}.png", pixels)
            for name, pixels in (("content", content), ("style", style))
        ]
        first, (other,) = Drawn(*maps, **options)(CONTENT, [STYLE])
        return first, other

    return read


def test_a_colour_is_the_same_mask_in_both_pictures(pair):
    content, style = pair(stripes(RED, GREEN), stripes(GREEN, RED, height=80, width=80))
    assert set(content.names) == {"#ff0000", "#00ff00"}
    assert content.names == style.names
    assert content.probs.shape == (2, 60, 90) and style.probs.shape == (2, 80, 80)
    assert (
        content["#ff0000"][:, :44].min() == 1 and content["#ff0000"][:, 46:].max() == 0
    )
    assert style["#ff0000"][:, 41:].min() == 1 and style["#ff0000"][:, :39].max() == 0


def test_black_is_a_colour_like_any_other(pair):
    content, _ = pair(stripes(BLACK, RED), stripes(BLACK, RED, height=80, width=80))
    assert content["#000000"][:, :44].min() == 1


def test_grey_maps_are_maps_of_few_colours(pair):
    content, style = pair(
        stripes((0,), (128,)), stripes((128,), (0,), height=80, width=80)
    )
    assert set(content.names) == set(style.names) == {"#000000", "#808080"}


def test_a_map_may_be_named_like_a_number(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    saved(tmp_path / "2024.png", stripes(RED, GREEN))
    Path("2024.png").rename("2024")
    first, _ = Drawn(2024, 2024)(CONTENT, [CONTENT])
    assert set(first.names) == {"#ff0000", "#00ff00"}


def test_anti_aliased_borders_become_soft_and_make_no_labels():
    large = stripes(RED, GREEN, BLUE, height=240, width=360)
    large = cv2.warpAffine(
        large,
        cv2.getRotationMatrix2D((180, 120), 20, 1.6),
        (360, 240),
        borderMode=cv2.BORDER_REPLICATE,
    )
    small = cv2.resize(large, (90, 60), interpolation=cv2.INTER_AREA)
    rgba = np.dstack([small / 255, np.ones((60, 90))]).astype(np.float32)
    colors = label_colors([rgba], ["map.png"])
    assert len(colors) == 3
    members = memberships(rgba, colors)
    assert np.allclose(members.sum(0), 1, atol=1e-5)
    # Blue and red mix to purple, never by way of green.
    rebuilt = np.einsum("khw,kc->hwc", members, colors)
    assert np.abs(rebuilt - rgba[..., :3]).max() < 0.02


def test_a_map_may_have_any_resolution(pair):
    content, style = pair(
        stripes(RED, GREEN, height=600, width=900),
        stripes(RED, GREEN, height=20, width=20),
    )
    assert content["#ff0000"].sum() == pytest.approx(60 * 45, rel=0.02)
    assert style["#ff0000"].sum() == pytest.approx(80 * 40, rel=0.05)


def test_transparent_pixels_are_not_drawn(tmp_path):
    drawn = stripes((*RED, 255), (*GREEN, 255), (*BLUE, 0))
    path = saved(tmp_path / "map.png", drawn)
    first, _ = Drawn(path, path)(CONTENT, [CONTENT])
    assert set(first.names) == {"#ff0000", "#00ff00"}
    assert first.cover[0][:, 62:].max() == 0 and first.cover[0][:, :58].min() == 1
    assert first.probs[:, :, 62:].max() == 0


def test_a_colour_of_one_side_counts_as_the_most_similar_of_the_other(pair, caplog):
    dark = (150, 0, 0)
    content, style = pair(
        stripes(RED, GREEN, dark), stripes(RED, GREEN, height=80, width=80)
    )
    assert set(content.names) == set(style.names) == {"#ff0000", "#00ff00"}
    assert content["#ff0000"][:, 62:].min() == 1
    assert caplog.messages == [
        "only the map of the content has #960000: it counts as #ff0000"
    ]


def test_two_similar_colours_of_either_side_alone_become_one(pair):
    almost = (255, 51, 31)
    content, style = pair(
        stripes(RED, GREEN, BLUE), stripes(almost, GREEN, BLUE, height=80, width=80)
    )
    assert len(content.names) == 3
    assert style["#ff0000"][:, :24].min() == 1


def test_several_styles_have_a_map_each(tmp_path):
    maps = [
        saved(tmp_path / f"{i}.png", stripes(*colors, height=80, width=80))
        for i, colors in enumerate([(RED, RED), (GREEN, GREEN)])
    ]
    content = saved(tmp_path / "c.png", stripes(RED, GREEN))
    _, others = Drawn(content, maps)(CONTENT, [STYLE, STYLE])
    assert [float(other["#ff0000"].mean()) for other in others] == [1, 0]
    with pytest.raises(ValueError, match="got 2 maps for 1 styles"):
        Drawn(content, maps)(CONTENT, [STYLE])


def test_names_for_colours(pair):
    names = {"skin": "#ff0000", "sky": ["#00ff00", "blue"]}
    content, _ = pair(
        stripes(RED, GREEN, BLUE), stripes(RED, BLUE, height=80, width=80), names=names
    )
    assert content.names == ("skin", "sky")
    assert content["sky"][:, 32:].min() == 1
    with pytest.raises(ValueError, match="has the colour #0000ff, which has no name"):
        pair(
            stripes(RED, BLUE),
            stripes(RED, RED, height=80, width=80),
            names={"skin": "red"},
        )


@pytest.mark.parametrize("kind", ["grey", "16-bit", "palette"])
def test_label_maps_are_read_by_number_whatever_holds_them(tmp_path, kind):
    last = 300 if kind == "16-bit" else 7
    numbers = stripes((0,), (2,), (7,))[..., 0].astype(np.uint16)
    numbers[numbers == 7] = last
    picture = Image.fromarray(numbers if last > 255 else numbers.astype(np.uint8))
    if kind == "palette":
        picture = Image.frombytes("P", picture.size, picture.tobytes())
        picture.putpalette([9, 9, 9] * 8)  # colours that do not tell labels apart
    path = tmp_path / "map.png"
    picture.save(path)
    names = {"sky": 2, "water": last}
    first, _ = Drawn(str(path), None, names)(CONTENT, [STYLE])
    assert first.names == ("sky", "water")
    assert first["water"][:, 60:].min() == 1 and first["water"].sum() == 1800


def test_names_come_from_text_and_yaml_files_too(tmp_path):
    path = saved(tmp_path / "map.png", stripes((0,), (1,), (2,)))
    texts = {
        "a.txt": "0 background\n1 sky\n2 lake water\n",
        "b.txt": "background\nsky\nlake water",
        "c.yaml": "sky: 1\nlake water: [2]\n",
    }
    for name, text in texts.items():
        (tmp_path / name).write_text(text)
        first, _ = Drawn(path, None, str(tmp_path / name))(CONTENT, [STYLE])
        assert first.names == ("sky", "lake water"), name


def test_a_folder_holds_a_mask_a_file(tmp_path):
    folder = tmp_path / "masks"
    folder.mkdir()
    saved(folder / "skin.png", stripes((0,), (255,)))
    saved(folder / "sky.png", stripes((128,), (0,)))
    saved(folder / "background.png", stripes((255,), (255,)))
    first, (other,) = Drawn(str(folder))(CONTENT, [STYLE])
    assert other is None
    assert first.names == ("skin", "sky")
    assert first["sky"][0, 0] == pytest.approx(128 / 255)
    assert first.cover.min() == 1


def test_single_masks_by_name_with_transparency_for_what_is_not_drawn(tmp_path):
    path = saved(tmp_path / "my.png", stripes((255, 255), (0, 255), (255, 0)))
    first, _ = Drawn({"skin": path})(CONTENT, [STYLE])
    cover, value = first.cover[0, 0], first["skin"][0]
    assert cover[5] == cover[40] == 1 and cover[80] == 0
    assert value[5] == 1 and value[40] == value[80] == 0
    assert first.sources == ("drawn by hand: my.png",)


def test_an_array_holds_any_number_of_channels(tmp_path):
    channels = np.random.default_rng(0).random((30, 45, 5)).astype(np.float32)
    np.save(tmp_path / "map.npy", channels)
    first, _ = Drawn(str(tmp_path / "map.npy"))(CONTENT, [STYLE])
    assert first.names == tuple(f"channel {i}" for i in range(5))
    assert first.probs.shape == (5, 60, 90)


def noise() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 255, (60, 90, 3), dtype=np.uint8)


@pytest.mark.parametrize(
    ("content", "style", "line"),
    [
        (
            stripes(RED, GREEN, height=90, width=60),
            None,
            "is 60x90 px, but its picture",
        ),
        (stripes(RED, GREEN), stripes((1,), (2,)), "'map.png' is colour, .* is grey"),
        (stripes((*RED, 0), (*GREEN, 0)), None, "'map.png' is empty: all of it is"),
        (stripes(RED, RED), None, "'map.png' shows one region only"),
        (
            stripes((0,), (1,), (2,)),
            None,
            r"'map.png' holds the greys 0, 1, 2, which look like labels; name them, as "
            r"in masks.drawn.names=\{sky: 2\}",
        ),
        (noise(), None, "'map.png' has hardly any flat colour"),
        (
            stripes(RED, BLACK),
            stripes(GREEN, (250, 250, 250)),
            "share no colour: #000000, #ff0000 and",
        ),
    ],
)
def test_a_map_that_cannot_be_used_is_one_line(
    tmp_path, monkeypatch, content, style, line
):
    monkeypatch.chdir(tmp_path)
    saved(Path("map.png"), content)
    saved(Path("other.png"), content if style is None else style)
    with pytest.raises(ValueError, match=line):
        Drawn("map.png", "other.png")(CONTENT, [CONTENT])


@pytest.mark.parametrize(
    ("names", "line"),
    [
        ({"sky": 1}, "'map.png' has label 2, which has no name; known: 0, 1"),
        ({"sky": 1.5}, "must give whole numbers .* got \\[1.5\\]"),
        ({"sky": 1, "sea": "blue"}, "all of one kind"),
        ({}, "must map names to labels"),
        ({"sky": "no colour"}, "must give whole numbers"),
    ],
)
def test_names_that_do_not_fit_are_one_line(tmp_path, monkeypatch, names, line):
    monkeypatch.chdir(tmp_path)
    saved(Path("map.png"), stripes((0,), (1,), (2,)))
    with pytest.raises(ValueError, match=line):
        Drawn("map.png", None, names)(CONTENT, [STYLE])


def test_a_label_map_in_colours_is_one_line(tmp_path):
    path = saved(tmp_path / "map.png", stripes(RED, GREEN))
    with pytest.raises(
        ValueError, match="holds colours .RGB., but its names are numbers"
    ):
        Drawn(path, None, {"sky": 1})(CONTENT, [STYLE])


@pytest.mark.parametrize(
    ("array", "line"),
    [
        (np.zeros((2, 3, 4, 5)), "must hold one"),
        (np.full((60, 90, 2), 2.0), "holds 2 to 2, expected"),
        (np.full((60, 90, 2), np.nan), "expected .0, 1"),
        (np.zeros((90, 60, 2)), "is 60x90 px, but its picture"),
    ],
)
def test_an_array_that_cannot_be_used_is_one_line(tmp_path, array, line):
    np.save(tmp_path / "map.npy", array)
    with pytest.raises(ValueError, match=line):
        Drawn(str(tmp_path / "map.npy"))(CONTENT, [STYLE])


def test_maps_are_given_on_the_command_line(automask, photo, painting):
    saved(Path("a.png"), stripes(RED, GREEN, height=64, width=64))
    saved(Path("b.png"), stripes(GREEN, RED, height=64, width=96))
    run = automask(*RUN, "masks=maps", "map=a.png", "style.map=b.png", "out=here")
    assert run.code == 0, run.err
    assert "Masks: #" in run.out
    (folder,) = Path("here").iterdir()
    written = {path.name for path in (folder / "masks" / "content").iterdir()}
    assert written == {"#ff0000.png", "#00ff00.png"}


def test_the_masks_of_a_run_can_be_painted_over_and_given_back(
    automask, photo, painting
):
    saved(Path("dog.png"), stripes((255,), (0,), height=64, width=64))
    saved(Path("style_dog.png"), stripes((0,), (255,), height=64, width=96))
    run = automask(
        *(*RUN, "masks=maps", "out=first"),
        *("map={dog: dog.png}", "style.map={dog: style_dog.png}"),
    )
    assert run.code == 0, run.err
    (first,) = Path("first").iterdir()
    run = automask(
        *(*RUN, "masks=maps", "out=second", "masks/refine=none"),
        *(f"map={first}/masks/content", f"style.map={first}/masks/style"),
    )
    assert run.code == 0, run.err
    (second,) = Path("second").iterdir()
    given, again = (
        np.asarray(Image.open(each / "masks/content/dog.png")).astype(int)
        for each in (first, second)
    )
    assert abs(given - again).max() <= 20  # codes: it was enlarged and shrunk again


def test_a_missing_file_of_a_map_is_one_line_on_the_command_line(
    automask, photo, painting
):
    run = automask(*RUN, "masks=maps", "map=none.png", "style.map=a.png")
    assert (run.code, run.out) == (2, "")
    assert run.err == "automask: no such file: 'none.png' for map; check its name\n"


@pytest.mark.parametrize(
    ("options", "line"),
    [
        ({"content": "a.png"}, "got only 'a.png'; give both map=FILE and style.map"),
        ({"content": "text.png", "style": "a.png"}, "'text.png' is not a picture"),
        ({"content": "empty"}, "the folder 'empty' holds no masks, such as skin.png"),
    ],
)
def test_a_map_without_partner_or_picture_is_refused(
    tmp_path, monkeypatch, options, line
):
    monkeypatch.chdir(tmp_path)
    saved(Path("a.png"), stripes(RED, GREEN))
    Path("text.png").write_text("no picture")
    Path("empty").mkdir()
    with pytest.raises(ValueError, match=line):
        Drawn(**options)(CONTENT, [CONTENT])
