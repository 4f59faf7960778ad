"""scripts/reproduce.py: sheets as data, their layout, and one made for real."""

from __future__ import annotations

import importlib
import json
import sys
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

pytestmark = pytest.mark.usefixtures("scripts")


def module(name: str):
    return importlib.import_module(name)


def flat(color: str, width: int = 40, height: int = 30) -> Image.Image:
    return Image.new("RGB", (width, height), color)


def test_each_picture_stands_in_its_row_and_column():
    contact = module("contact_sheet")
    cells = [[flat("red"), flat("blue")], [flat("lime", 20, 40), flat("black")]]
    sheet = contact.titled_sheet(cells, ["a", "b"], ["x", "y"], side=80, title="t")
    pixels = np.asarray(sheet).reshape(-1, 3)
    places = {}
    for name, color in (
        ("red", (255, 0, 0)),
        ("blue", (0, 0, 255)),
        ("lime", (0, 255, 0)),
    ):
        found = np.argwhere((np.asarray(sheet) == color).all(axis=2))
        places[name] = found.mean(axis=0)
        assert len(found) == (80 * 60 if name != "lime" else 40 * 80)
    assert places["red"][0] == places["blue"][0] < places["lime"][0]
    assert places["red"][1] == places["lime"][1] < places["blue"][1]
    assert (pixels[0] == 255).all()  # white paper


def test_a_text_stands_where_there_is_no_picture():
    contact = module("contact_sheet")
    reason = "there is no such stylizer, and this is why it takes several lines"
    sheet = contact.titled_sheet([[reason]], ["row"], ["column"], side=120)
    blank = (np.asarray(sheet) == contact.BLANK).all(axis=2)
    letters = (np.asarray(sheet) == contact.FAINT).all(axis=2)
    assert blank.sum() > 120 * 60 / 2
    rows = np.flatnonzero(letters.any(axis=1))
    assert np.ptp(rows) > 2 * contact.LINE  # several lines


def test_a_sheet_is_as_small_a_file_as_wanted_or_refused():
    contact = module("contact_sheet")
    rng = np.random.default_rng(0)
    noise = Image.fromarray(rng.integers(0, 256, (200, 200, 3), np.uint8))
    data = contact.small_jpeg(noise, 40_000)
    assert len(data) <= 40_000 and Image.open(BytesIO(data)).size == (200, 200)
    with pytest.raises(ValueError, match="does not fit 900 bytes"):
        contact.small_jpeg(noise, 900)


def test_doodle_and_style_map_are_of_the_same_colours():
    drawn = module("reproducing.drawn")
    maps = [drawn.draw(shapes, (200, 160)) for shapes in (drawn.VANGOGH, drawn.NIGHT)]
    colors = [{color for _, color in each.getcolors()} for each in maps]
    assert colors[0] == colors[1] and len(colors[0]) == 5


def test_every_figure_names_what_it_shows_for_free_pictures_and_for_a_folder(tmp_path):
    reproduce, sheets = module("reproduce"), module("reproducing.sheets")
    free = reproduce.figures(sheets.Places(tmp_path))
    more = reproduce.figures(
        sheets.Places(tmp_path, Path("elsewhere"), Path("net.tflite"))
    )
    assert set(free) < set(more)
    for places, figures in ((None, free), ("elsewhere", more)):
        for sheet in figures.values():
            assert sheet.title and sheet.rows and len(sheet.columns) > 1
            words = [word for row in sheet.rows for word in row.words]
            if "content=coffee" not in words:  # strokes, which are the same for all
                assert any("elsewhere/" in word for word in words) == bool(places)


def test_a_free_figure_uses_nothing_but_what_comes_along(tmp_path):
    reproduce, sheets = module("reproduce"), module("reproducing.sheets")
    cells = module("reproducing.cells")
    module("reproducing.drawn").draw_all(tmp_path, 96)
    wanted = {
        ((*sheet.words, *row.words, *column.words), column.shows)
        for sheet in reproduce.figures(sheets.Places(tmp_path)).values()
        for row in sheet.rows
        for column in sheet.columns
        if column.shows in ("content", "style", "map")
    }
    for words, shows in wanted:
        picture = cells.Studio(tmp_path).shown(words, shows)
        assert isinstance(picture, Image.Image), picture
    assert len(wanted) > 10


@pytest.fixture
def studio(tmp_path):
    quick = ("size=64", "stylizer.iterations=[1]", "style_scale=1", "quiet=true")
    return module("reproducing.cells").Studio(tmp_path, quick)


def test_a_sheet_is_painted_once_and_says_what_could_not_be_made(
    studio, monkeypatch, capsys
):
    reproduce, sheets = module("reproduce"), module("reproducing.sheets")
    sheet = sheets.Sheet(
        "planted",
        (sheets.pair("astronaut", "astronaut", "portrait"),),
        (
            sheets.CONTENT,
            sheets.MASKS,
            sheets.Line("a mask", shows="masks/person"),
            sheets.Line("gamma = 0", ("gamma=0",)),
            sheets.Line("lost", ("stylizer=nowhere",)),
            sheets.Line("no mask", shows="masks/dog"),
        ),
    )
    first = reproduce.make(sheet, studio, 60)
    said = capsys.readouterr().err.splitlines()
    assert [line.split(":")[0] for line in said] == [
        "astronaut, lost",
        "astronaut, no mask",
    ]
    assert "nowhere" in said[0] and "no mask of dog is found" in said[1]
    records = list(studio.folder.glob("*/run.json"))
    assert len(records) == 2  # the masks, the picture
    commands = [json.loads(file.read_text())["command"] for file in records]
    assert any("style=portrait gamma=0" in command for command in commands)
    monkeypatch.setattr(module("reproducing.cells"), "paint", None)
    assert reproduce.make(sheet, studio, 60) == first


def test_a_picture_in_angle_brackets_is_painted_first_and_is_the_style(studio):
    inner = "content=astronaut style=portrait masks=none"
    words = ["content=coffee", f"style=<{inner}>", "masks=none"]
    assert isinstance(studio.shown(words, "result"), Image.Image)
    records = [json.loads(f.read_text()) for f in studio.folder.glob("*/run.json")]
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
