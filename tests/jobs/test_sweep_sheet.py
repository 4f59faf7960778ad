"""The sheet of a sweep."""

import numpy as np
import pytest
from PIL import Image, ImageFont

from automask.jobs.sheet.contact_sheet import LIMIT, RED, Sheet, Tile, draw
from automask.jobs.sheet.layout import Label, blocks
from automask.jobs.sheet.lettering import line, wrapped
from automask.jobs.sweep_grid import grid_of

COLORS = ("red", "lime", "blue", "yellow")


@pytest.fixture
def files(tmp_path):
    made = []
    for color in COLORS:
        made.append(tmp_path / f"{color}.png")
        Image.new("RGB", (64, 48), color).save(made[-1])
    return made


def centres(sheet):
    """Middle of each colour's area, as (x, y)."""
    pixels = np.asarray(sheet).astype(int)
    found = {}
    for color in COLORS:
        wanted = np.asarray(Image.new("RGB", (1, 1), color))[0, 0]
        ys, xs = np.nonzero((abs(pixels - wanted) < 8).all(axis=2))
        found[color] = (xs.mean(), ys.mean())
    return found


def test_every_picture_stands_where_its_parameters_say(files):
    grid, _ = grid_of(["k=1,3", "gamma=0,20"])  # k=1 γ=0, k=1 γ=20, k=3 γ=0, k=3 γ=20
    tiles = {n: Tile("", file) for n, file in enumerate(files)}
    at = centres(draw(Sheet(["4 runs"], (), {}, blocks(grid), tiles)))
    assert at["red"][1] == pytest.approx(at["lime"][1], abs=1)  # a row of k = 1
    assert at["red"][0] == pytest.approx(at["blue"][0], abs=1)  # a column of γ = 0
    assert at["lime"][0] - at["red"][0] > 100 and at["blue"][1] - at["red"][1] > 100


def test_a_failed_cell_says_why_in_words_on_red(files):
    grid, _ = grid_of(["gamma=0,20"])
    tiles = {
        0: Tile("gamma=0", files[0]),
        1: Tile("gamma=20", None, error="not enough memory", failed=True),
    }
    sheet = np.asarray(draw(Sheet(["2 runs"], (), {}, blocks(grid), tiles))).astype(int)
    ys, xs = np.nonzero((sheet == RED).all(axis=2))
    box = sheet[ys.min() : ys.max(), xs.min() : xs.max()]
    ink = (box.sum(axis=2) < 200).sum()
    assert len(ys) > 5000 and ink > 100


def test_a_huge_sweep_stays_below_the_limit(files):
    grid, _ = grid_of(["gamma=range(0,90)", "k=range(0,70)"])
    tiles = {cell.number: Tile("", files[0]) for cell in grid.cells}
    sheet = draw(Sheet(["many"], [("content", files[1])], {}, blocks(grid), tiles))
    assert LIMIT / 2 < max(sheet.size) <= LIMIT


def test_a_swept_style_is_pictured_at_the_head_of_its_column(files):
    grid, _ = grid_of(["style=monet,hokusai", "k=1,3"])
    tiles = {cell.number: Tile("", files[0]) for cell in grid.cells}
    heads = {Label("style", "monet"): files[1], Label("style", "hokusai"): files[2]}
    sheet = draw(Sheet(["4 runs"], (), heads, blocks(grid), tiles))
    pixels = np.asarray(sheet).astype(int)
    rows = {
        color: np.nonzero((abs(pixels - value) < 8).all(axis=2))[0]
        for color, value in {"red": (255, 0, 0), "lime": (0, 255, 0)}.items()
    }
    assert rows["lime"].max() < rows["red"].min()


def test_words_too_long_for_a_line_are_cut_and_of_a_box_wrapped():
    font = ImageFont.load_default(14)
    assert line("a word " * 50, 14, 200).width <= 200
    assert line("short", 14, 200).width == np.ceil(font.getlength("short"))
    path = "/a/very/long/path/without/any/space" * 3
    box = np.asarray(wrapped(f"no file {path}", 14, (150, 200), (255, 255, 255)))
    ink = np.nonzero(box.sum(axis=2) < 300)
    assert ink[1].max() < 150 and ink[0].max() > 60  # it takes several lines


def test_what_the_font_has_not_becomes_a_question_mark():
    same = line("猫", 14, 100), line("?", 14, 100)
    assert same[0].tobytes() == same[1].tobytes()
