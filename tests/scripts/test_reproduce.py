"""scripts/reproduce.py: sheets as data, their layout, and one made for real."""

from __future__ import annotations

import importlib
import json
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

pytestmark = pytest.mark.usefixtures("scripts")


def module(name: str):
    return importlib.import_module(name)


@pytest.fixture
def flat(tmp_path):
    def saved(color: str, width: int = 40, height: int = 30) -> Path:
        file = tmp_path / f"{color}.png"
        Image.new("RGB", (width, height), color).save(file)
        return file

    return saved


def test_each_picture_stands_in_its_row_and_column(flat):
    grid = module("evaluating.picture_grid")
    cells = [[flat("red"), flat("blue")], [flat("lime", 20, 40), flat("black")]]
    sheet = grid.picture_grid(cells, ["a", "b"], ["x", "y"], side=80, title="t")
    pixels = np.asarray(sheet)
    places = {}
    for name, color, size in (
        ("red", (255, 0, 0), 80 * 60),
        ("blue", (0, 0, 255), 80 * 60),
        ("lime", (0, 255, 0), 40 * 80),
    ):
        found = np.argwhere((pixels == color).all(axis=2))
        places[name] = found.mean(axis=0)
        assert len(found) == size
    assert places["red"][0] == places["blue"][0] < places["lime"][0]
    assert places["red"][1] == places["lime"][1] < places["blue"][1]
    assert (pixels[0, 0] == grid.PAPER).all()


def test_a_text_stands_where_there_is_no_picture():
    grid = module("evaluating.picture_grid")
    reason = "there is no such stylizer, and this is why it takes several lines"
    sheet = np.asarray(grid.picture_grid([[reason]], ["row"], ["column"], side=120))
    box = sheet[grid.HEAD : grid.HEAD + 60, grid.LEFT : grid.LEFT + 120]
    assert (box == grid.GREY).all(axis=2).mean() > 0.5
    rows = np.flatnonzero((box < 100).all(axis=2).any(axis=1))
    assert np.ptp(rows) > 2 * grid.LETTERS  # several lines


def test_doodle_and_style_map_are_of_the_same_colours():
    draw = module("reproducing.doodles").draw
    maps = [draw(name, (200, 160)) for name in ("vangogh_map", "night_map")]
    colors = [{color for _, color in each.getcolors()} for each in maps]
    assert colors[0] == colors[1] and len(colors[0]) == 5


def test_every_figure_names_what_it_shows_for_free_pictures_and_for_a_folder(tmp_path):
    figures = module("reproducing.figure_sheets").figures
    free = figures(tmp_path)
    more = figures(tmp_path, Path("elsewhere"), Path("net.tflite"))
    assert set(free) < set(more)
    for places, known in ((None, free), ("elsewhere", more)):
        for sheet in known.values():
            assert sheet.title and sheet.rows and len(sheet.columns) > 1
            words = [word for row in sheet.rows for word in row.words]
            if "content=coffee" not in words:  # strokes, which are the same for all
                assert any("elsewhere/" in word for word in words) == bool(places)


@pytest.mark.slow
def test_a_free_figure_uses_nothing_but_what_comes_along(tmp_path):
    figures = module("reproducing.figure_sheets").figures
    cells = module("reproducing.cell_painter")
    module("reproducing.doodles").draw_all(tmp_path, 96)
    wanted = {
        ((*sheet.words, *row.words, *column.words), column.shows)
        for sheet in figures(tmp_path).values()
        for row in sheet.rows
        for column in sheet.columns
        if column.shows in ("content", "style", "map")
    }
    for words, shows in wanted:
        picture = cells.CellPainter(tmp_path).shown(words, shows)
        assert isinstance(picture, Path) and picture.is_file(), picture
    assert len(wanted) > 10


@pytest.fixture
def painter(tmp_path):
    quick = ("size=64", "stylizer.iterations=[1]", "style_scale=1", "quiet=true")
    return module("reproducing.cell_painter").CellPainter(tmp_path, quick)


@pytest.mark.slow
def test_a_sheet_is_painted_once_and_says_what_could_not_be_made(
    painter, monkeypatch, capsys
):
    reproduce, sheets = module("reproduce"), module("reproducing.figure_sheets")
    sheet = sheets.Sheet(
        "planted",
        (sheets.Line("astronaut", ("content=astronaut", "style=portrait")),),
        (
            sheets.Line("content", shows="content"),
            sheets.Line("its masks", shows="masks"),
            sheets.Line("a mask", shows="masks/person"),
            sheets.Line("gamma = 0", ("gamma=0",)),
            sheets.Line("lost", ("stylizer=nowhere",)),
            sheets.Line("no mask", shows="masks/dog"),
        ),
    )
    first = reproduce.make(sheet, painter, 60)
    said = capsys.readouterr().err.splitlines()
    assert [line.split(":")[0] for line in said] == [
        "astronaut, lost",
        "astronaut, no mask",
    ]
    assert "nowhere" in said[0] and "no mask of dog is found" in said[1]
    records = list(painter.folder.glob("*/run.json"))
    assert len(records) == 2  # the masks, the picture
    commands = [json.loads(file.read_text())["command"] for file in records]
    assert any("style=portrait gamma=0" in command for command in commands)
    monkeypatch.setattr(module("reproducing.cell_painter"), "paint_to_folder", None)
    assert reproduce.make(sheet, painter, 60) == first


def test_a_picture_in_angle_brackets_is_painted_first_and_is_the_style(painter):
    inner = "content=astronaut style=portrait masks=none"
    words = ["content=coffee", f"style=<{inner}>", "masks=none"]
    assert painter.shown(words, "result").is_file()
    records = [json.loads(f.read_text()) for f in painter.folder.glob("*/run.json")]
    styles = {Path(r["content"]["path"]).stem: r["styles"][0]["path"] for r in records}
    assert Path(styles["astronaut"]).stem == "portrait"
    assert Path(styles["coffee"]).name == "picture.png"


def test_the_list_names_all_figures_and_an_unknown_one_is_refused(monkeypatch, capsys):
    reproduce = module("reproduce")
    monkeypatch.setattr(sys, "argv", ["reproduce.py", "--list"])
    reproduce.main()
    listed = [line.split()[0] for line in capsys.readouterr().out.splitlines()]
    assert {"gamma", "count", "binary", "styles", "objects", "photo"} < set(listed)
    monkeypatch.setattr(sys, "argv", ["reproduce.py", "fig99"])
    with pytest.raises(SystemExit) as stop:
        reproduce.main()
    assert stop.value.code == 2
    assert "no figure 'fig99'" in capsys.readouterr().err
