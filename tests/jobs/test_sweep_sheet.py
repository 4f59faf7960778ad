"""The sheet of a sweep."""

import numpy as np
import pytest
from PIL import Image

from automask.jobs.sweep import sweep_sheet
from automask.jobs.sweep.grid import grid_of
from automask.jobs.sweep.layout import blocks
from automask.jobs.sweep.sweep_sheet import RED, Sheet, Tile, draw

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
    grid = grid_of(["k=1,3", "gamma=0,20"])  # k=1 γ=0, k=1 γ=20, k=3 γ=0, k=3 γ=20
    tiles = {n: Tile("", file) for n, file in enumerate(files)}
    at = centres(draw(Sheet(("4 runs", ""), (), {}, blocks(grid), tiles)))
    assert at["red"][1] == pytest.approx(at["lime"][1], abs=1)  # a row of k = 1
    assert at["red"][0] == pytest.approx(at["blue"][0], abs=1)  # a column of γ = 0
    assert at["lime"][0] - at["red"][0] > 100 and at["blue"][1] - at["red"][1] > 100


def test_a_failed_cell_says_why_in_words_on_red(files):
    grid = grid_of(["gamma=0,20"])
    tiles = {
        0: Tile("gamma=0", files[0]),
        1: Tile("gamma=20", None, error="not enough memory", failed=True),
    }
    sheet = np.asarray(draw(Sheet(("2 runs", ""), (), {}, blocks(grid), tiles))).astype(
        int
    )
    ys, xs = np.nonzero((sheet == RED).all(axis=2))
    box = sheet[ys.min() : ys.max(), xs.min() : xs.max()]
    ink = (box.sum(axis=2) < 200).sum()
    assert len(ys) > 5000 and ink > 100


def test_a_huge_sweep_stays_below_the_limit(files, monkeypatch):
    monkeypatch.setattr(sweep_sheet, "LIMIT", 800)
    grid = grid_of(["gamma=range(0,16)", "k=range(0,8)"])
    tiles = {cell.number: Tile("", files[0]) for cell in grid.cells}
    whole = Sheet(("many", ""), [("content", files[1])], {}, blocks(grid), tiles)
    assert 400 < max(draw(whole).size) <= 800


def test_a_swept_style_is_pictured_at_the_head_of_its_column(files):
    grid = grid_of(["style=monet,hokusai", "k=1,3"])
    tiles = {cell.number: Tile("", files[0]) for cell in grid.cells}
    heads = {"style = monet": files[1], "style = hokusai": files[2]}
    sheet = draw(Sheet(("4 runs", ""), (), heads, blocks(grid), tiles))
    pixels = np.asarray(sheet).astype(int)
    rows = {
        color: np.nonzero((abs(pixels - value) < 8).all(axis=2))[0]
        for color, value in {"red": (255, 0, 0), "lime": (0, 255, 0)}.items()
    }
    assert rows["lime"].max() < rows["red"].min()
