"""Words and pictures of a sheet, each on paper of its own."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from math import ceil
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from automask.images.image_files import thumbnail, upright_size

Font = ImageFont.FreeTypeFont | ImageFont.ImageFont

PAPER, INK = (250, 250, 250), (20, 20, 20)
MOST, LEAST, PER_LETTER = 20, 9, 11  # px of letters; of a tile for each px of them
LARGEST = 320  # px of a tile


@dataclass(frozen=True)
class Sizes:
    """Measures of a sheet, all from the size of its tiles.

    Args:
        tile: Longer side of a picture, px.
        shape: Width and height of the box for pictures, in tiles.
        beside: Blocks in a row.
    """

    tile: int
    shape: tuple[float, float]
    beside: int

    @property
    def box(self) -> tuple[int, int]:
        """Width and height that a picture may take, px."""
        width, height = (max(1, round(side * self.tile)) for side in self.shape)
        return width, height

    @property
    def gap(self) -> int:
        """Between tiles, px."""
        return max(2, self.tile // 30)

    @property
    def letters(self) -> int:
        """Of the labels, px."""
        return min(MOST, max(LEAST, self.tile // PER_LETTER))

    @property
    def small(self) -> int:
        """Of what stands under a picture, px."""
        return max(LEAST, self.letters - 3)

    @property
    def step(self) -> tuple[int, int]:
        """From one tile to the next, right and down, px."""
        width, height = self.box
        return width + self.gap, height + round(1.5 * self.small) + self.gap

    @property
    def reference(self) -> int:
        """Longer side of a picture at the head of a column or row, px."""
        return max(8, self.tile // 2)

    @property
    def shared(self) -> int:
        """Longer side of a picture at the head of the sheet, px."""
        return max(96, 2 * self.tile // 3)

    @property
    def margin(self) -> int:
        """That heads take on the left and above, px, more or less."""
        return self.reference + 8 * self.letters


def line(text: str, letters: int, width: int) -> Image.Image:
    """One line of text, cut to the width in px."""
    font = ImageFont.load_default(letters)
    shown = _cut(_plain(text), font, width)
    size = max(1, ceil(font.getlength(shown))), round(1.4 * letters)
    made = Image.new("RGB", size, PAPER)
    ImageDraw.Draw(made).text((0, 0), shown, INK, font)
    return made


def wrapped(
    text: str, letters: int, size: tuple[int, int], color: tuple[int, int, int]
) -> Image.Image:
    """A box of that width and height in px, filled with as many words as it holds."""
    font, made = ImageFont.load_default(letters), Image.new("RGB", size, color)
    draw, inset, step = ImageDraw.Draw(made), letters // 2, round(1.3 * letters)
    width, top = size[0] - 2 * inset, inset
    rest = _plain(text)
    while rest and top + step <= size[1]:
        last = top + 2 * step > size[1]
        shown = _cut(rest, font, width) if last else _first_line(rest, font, width)
        draw.text((inset, top), shown, INK, font)
        rest, top = rest[len(shown) :].lstrip(), top + step
    return made


def fitted(file: Path, width: int, height: int) -> Image.Image:
    """The picture of a file, as large as the box in px lets it be."""
    wide, high = upright_size(file)
    scale = min(width / wide, height / high)
    return thumbnail(file, max(1, round(wide * scale)), max(1, round(high * scale)))


def _first_line(text: str, font: Font, width: int) -> str:
    """As many words as fit; of a word that never does, as many letters."""
    fits = max(1, _letters_that_fit(text, font, width))
    if fits == len(text) or text[fits] == " ":
        return text[:fits]
    head = text[:fits].rpartition(" ")[0]
    return head or text[:fits]


def _cut(text: str, font: Font, width: int) -> str:
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
