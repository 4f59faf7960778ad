"""What contact sheets are made of: lettering, and pictures in rows."""

import numpy as np
from PIL import Image, ImageFont

from automask.images.sheet_tiles import GAP, captioned, grid, line, wrapped


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


def test_cells_stand_in_rows_as_high_as_their_highest():
    sizes = [(40, 20), (40, 50), (40, 30)]
    sheet = grid([Image.new("RGB", size) for size in sizes], columns=2)[0]
    assert sheet.shape == (3, 3 * GAP + 50 + 30, 3 * GAP + 80)
    black = (sheet.amax(0) == 0).sum()
    assert black == 40 * (20 + 50 + 30)


def test_a_cell_has_its_tiles_above_its_caption_and_the_patch_its_colour():
    tile = Image.new("RGB", (30, 20), "blue")
    cell = np.asarray(captioned([tile, tile], 40, "a", "b", (1, 0, 0))).astype(int)
    blue = (cell == (0, 0, 255)).all(axis=2)
    assert blue[:20, :30].all() and blue[:20, 40:70].all() and blue.sum() == 1200
    red = np.nonzero((cell == (255, 0, 0)).all(axis=2))
    assert len(red[0]) > 80 and red[0].min() > 20
