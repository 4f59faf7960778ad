"""What contact sheets are made of: lettering, and pictures in rows and columns."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from math import ceil
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageDraw, ImageFont
from torch import Tensor

from automask.images.image_files import small, upright_size

Font = ImageFont.FreeTypeFont | ImageFont.ImageFont
Color = tuple[int, int, int]

PAPER, INK, FAINT = (250, 250, 250), (20, 20, 20), (120, 120, 120)
GAP, TEXT = 10, 13  # px between tiles of a grid; of the letters under them


def write(
    picture: Image.Image,
    corner: tuple[int, int],
    text: str,
    letters: int,
    width: float,
    ink: Color = INK,
) -> int:
    """Write a line of text, cut to a width.

    Args:
        picture: To write on.
        corner: Left and upper end, px.
        text: What the font has not becomes a question mark.
        letters: Their size, px.
        width: That the line may take, px.
        ink: Colour in 8-bit codes.

    Returns:
        The line's width, px.
    """
    font = ImageFont.load_default(letters)
    shown = _cut(_plain(text), font, width)
    ImageDraw.Draw(picture).text(corner, shown, ink, font)
    return ceil(font.getlength(shown))


def line(text: str, letters: int, width: int) -> Image.Image:
    """One line of text on paper of its own, cut to the width in px."""
    made = Image.new("RGB", (max(1, width), round(1.4 * letters)), PAPER)
    taken = write(made, (0, 0), text, letters, width)
    return made.crop((0, 0, max(1, taken), made.height))


def wrapped(
    text: str, letters: int, size: tuple[int, int], color: Color
) -> Image.Image:
    """A box of that width and height in px, filled with as many words as it holds."""
    font, made = ImageFont.load_default(letters), Image.new("RGB", size, color)
    inset, step = letters // 2, round(1.3 * letters)
    width, top = size[0] - 2 * inset, inset
    rest = _plain(text)
    while rest and top + step <= size[1]:
        last = top + 2 * step > size[1]
        shown = rest if last else _first_line(rest, font, width)
        write(made, (inset, top), shown, letters, width)
        rest, top = rest[len(shown) :].lstrip(), top + step
    return made


def fitted(file: Path, width: int, height: int) -> Image.Image:
    """The picture of a file, as large as the box in px lets it be."""
    wide, high = upright_size(file)
    scale = min(width / wide, height / high)
    return small(file, max(1, round(wide * scale)), max(1, round(high * scale)))


def side_by_side(pictures: Sequence[Image.Image], gap: int = 0) -> Image.Image:
    """Pictures in a row, each with a gap in px on its right."""
    width = sum(p.width + gap for p in pictures)
    made = Image.new("RGB", (width, max(p.height for p in pictures)), PAPER)
    left = 0
    for picture in pictures:
        made.paste(picture, (left, 0))
        left += picture.width + gap
    return made


def stacked(pictures: Sequence[Image.Image], gap: int = 0) -> Image.Image:
    """Pictures in a column, with a gap in px above each and below the last."""
    height = sum(p.height + gap for p in pictures) + gap
    made = Image.new("RGB", (max(p.width for p in pictures), height), PAPER)
    top = gap
    for picture in pictures:
        made.paste(picture, (0, top))
        top += picture.height + gap
    return made


def grid(cells: Sequence[Image.Image], columns: int) -> Tensor:
    """Cells of one width in rows, each row as high as its highest cell.

    Returns:
        (1, 3, h, w) in [0, 1].
    """
    rows = [cells[i : i + columns] for i in range(0, len(cells), columns)]
    made = stacked([side_by_side(row, GAP) for row in rows], GAP)
    width = columns * (cells[0].width + GAP) + GAP
    framed = Image.new("RGB", (width, made.height), PAPER)
    framed.paste(made, (GAP, 0))
    codes = torch.from_numpy(np.asarray(framed, np.float32))
    return (codes / 255).permute(2, 0, 1)[None]


def captioned(
    tiles: Sequence[Image.Image],
    pitch: int,
    title: str,
    note: str = "",
    color: Sequence[float] | None = None,
) -> Image.Image:
    """A cell of a grid: tiles in a row above a title and a note.

    Args:
        tiles: Pictures, narrower than the pitch.
        pitch: From one to the next, px.
        title: The first line.
        note: The second one, in grey.
        color: (R, G, B) in [0, 1] of a patch before the title.
    """
    width, height = len(tiles) * pitch, max(each.height for each in tiles)
    made = Image.new("RGB", (width, height + 3 * TEXT + GAP), PAPER)
    for index, each in enumerate(tiles):
        made.paste(each, (index * pitch, 0))
    top, left = height + 4, 0
    if color is not None:
        red, green, blue = (round(255 * value) for value in color)
        patch = (0, top + 1, TEXT - 2, top + TEXT - 1)
        ImageDraw.Draw(made).rectangle(patch, (red, green, blue), FAINT)
        left = TEXT + 4
    write(made, (left, top), title, TEXT, width - left)
    write(made, (left, top + TEXT + 2), note, TEXT, width - left, FAINT)
    return made


def _first_line(text: str, font: Font, width: int) -> str:
    """As many words as fit; of a word that never does, as many letters."""
    fits = max(1, _letters_that_fit(text, font, width))
    if fits == len(text) or text[fits] == " ":
        return text[:fits]
    head = text[:fits].rpartition(" ")[0]
    return head or text[:fits]


def _cut(text: str, font: Font, width: float) -> str:
    if font.getlength(text) <= width:
        return text
    room = width - font.getlength("...")
    return f"{text[: _letters_that_fit(text, font, room)]}..."


def _letters_that_fit(text: str, font: Font, width: float) -> int:
    lengths = range(1, len(text) + 1)
    return bisect_right(lengths, width, key=lambda n: font.getlength(text[:n]))


def _plain(text: str) -> str:
    """What the font has not becomes a question mark."""
    return text.encode("latin-1", "replace").decode("latin-1")
