"""automask styles lists what can be typed, and draws it."""

from __future__ import annotations

import numpy as np
from PIL import Image

from automask.pipeline.style_spec import style_files


def test_each_style_is_listed_with_what_it_is(program):
    outcome = program("styles")
    assert outcome.code == 0 and outcome.err == ""
    for name in style_files():
        assert name == "file" or f"style={name} " in outcome.out
    assert "in the manner of Georges Seurat" in outcome.out
    assert "style=FILE" in outcome.out


def test_own_styles_are_listed_too_and_broken_ones_named(program, tmp_path, painting):
    folder = tmp_path / "own" / "style"
    folder.mkdir(parents=True)
    file = folder / "mine.yaml"
    file.write_text(f"name: mine\nimage: {painting}\ntitle: Waves of my own\n")
    outcome = program("styles", "--config-dir", str(folder.parent))
    assert "style=mine       Waves of my own" in outcome.out
    file.write_text("image: [")
    outcome = program("styles", "--config-dir", str(folder.parent))
    assert outcome.code == 2 and "mine.yaml is no style's YAML" in outcome.err


def test_the_sheet_shows_every_style(program, tmp_path):
    outcome = program("styles", "sheet.png")
    assert outcome.code == 0, outcome.err
    with Image.open(tmp_path / "sheet.png") as sheet:
        codes = np.asarray(sheet)
    assert len(np.unique(codes.reshape(-1, 3), axis=0)) > 5000


def test_what_it_does_not_take_is_said(program):
    outcome = program("styles", "sheet.doc")
    assert outcome.code == 2 and "cannot write 'sheet.doc'" in outcome.err
    outcome = program("styles", "--all")
    assert outcome.code == 2 and "unknown option '--all'" in outcome.err
    assert program("styles", "--help").out.startswith("automask st")
