"""How a page of a TIFF keeps its pixels, who reads it right, and what they mean."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

PLAIN = (1, 8, 32946)  # compressions: none, and deflate under its two numbers
NO_PREDICTOR, DIFFERENCES = 1, 2
WHITE_IS_ZERO, BLACK_IS_ZERO, RGB, PALETTE, CMYK = 0, 1, 2, 3, 5
CHANNELS = {WHITE_IS_ZERO: 1, BLACK_IS_ZERO: 1, RGB: 3, PALETTE: 1, CMYK: 4}
COLOURS = {
    WHITE_IS_ZERO: "grey, white being 0",
    BLACK_IS_ZERO: "grey",
    RGB: "RGB",
    PALETTE: "palette",
    CMYK: "CMYK",
}
UNSPECIFIED, MULTIPLIED = 0, 1  # extra samples
UNSIGNED, SIGNED, FLOAT = 1, 2, 3  # sample formats
FORMATS = {UNSIGNED: "", SIGNED: "signed ", FLOAT: "float "}


class Layout:
    """How a page keeps its pixels, and so who reads them."""

    def __init__(self, page: Any) -> None:
        self.bits, self.format = page.bitspersample, page.sampleformat
        self.samples, self.planar = page.samplesperpixel, page.planarconfig == 2
        self.photometric = int(page.photometric) if page.photometric is not None else 0
        self.compression, self.predictor = int(page.compression), int(page.predictor)
        extras = self.samples - CHANNELS.get(self.photometric, 99)
        self.known = extras >= 0 and page.imagedepth == 1 and isinstance(self.bits, int)
        if self.photometric in (WHITE_IS_ZERO, PALETTE):
            self.known &= extras == 0
        elif self.photometric == CMYK:
            self.known &= not any(int(each) for each in page.extrasamples)

    @property
    def bytes(self) -> float:
        """Memory that reading one pixel takes."""
        if not self.tifffile:
            return 8  # what Pillow or OpenCV make of it, and a strip that may be all
        return self.samples * self.bits / 8 * (2 if self.planar else 1)

    @property
    def tifffile(self) -> bool:
        """Whether tifffile reads it, and the numbers mean what they say."""
        whole = self.format == UNSIGNED and self.bits in (8, 16, 32)
        if self.photometric == PALETTE:
            whole &= self.bits == 16
        # Signed ones are labels; who wants a picture refuses them.
        labels = self.format == SIGNED and self.bits in (16, 32)
        whole |= labels and self.photometric == BLACK_IS_ZERO and self.samples == 1
        numbers = whole or (self.format == FLOAT and self.bits in (16, 32, 64))
        undone = self.predictor == NO_PREDICTOR or (
            self.predictor == DIFFERENCES and self.format != FLOAT
        )
        return self.known and numbers and undone and self.compression in PLAIN

    @property
    def opencv(self) -> bool:
        """Whether OpenCV reads it in full."""
        deep = self.format == UNSIGNED and self.bits == 16 and not self.planar
        channels = {RGB: (3, 4), BLACK_IS_ZERO: (1,), WHITE_IS_ZERO: (1,)}
        right = self.samples in channels.get(self.photometric, ())
        return self.known and deep and right and self.compression not in PLAIN

    @property
    def pillow(self) -> bool:
        """Whether Pillow reads it right, if only in 8 bits."""
        if self.format != UNSIGNED or not isinstance(self.bits, int):
            return False
        if self.compression in PLAIN and self.planar:
            return False
        if self.bits > 8:
            return self.bits == 16 and self.photometric in (RGB, CMYK)
        return not (self.planar and self.samples == 2)

    def __str__(self) -> str:
        colour = COLOURS.get(self.photometric, f"photometric {self.photometric}")
        return (
            f"{colour}, {self.samples} channel{'s' * (self.samples > 1)} of {self.bits}"
            f" {FORMATS.get(self.format, 'odd ')}bits, compression {self.compression}"
        )


def as_picture(page: Any, photometric: int, stored: NDArray) -> Image.Image | NDArray:
    """Samples as tifffile or OpenCV have them, as a picture.

    Args:
        page: tifffile's, for what they mean.
        photometric: Likewise.
        stored: As the page has them, channel by channel or pixel by pixel.

    Returns:
        Pillow's picture for 8 bits and CMYK, else numbers as in ``Decoded``.
    """
    separate, _, height, width, _ = page.shaped
    if stored.shape[:2] != (height, width) or stored.ndim != 3:
        stored = stored.reshape(page.shaped)[:, 0]
        stored = np.moveaxis(stored[..., 0], 0, 2) if separate > 1 else stored[0]
    if photometric == PALETTE:
        return np.ascontiguousarray(page.colormap.T[stored[..., 0]])
    if photometric == CMYK:
        codes = np.ascontiguousarray(_codes(stored[..., :4]))
        return Image.frombuffer("CMYK", (width, height), codes)
    channels = CHANNELS[photometric]
    extras = [int(each) for each in page.extrasamples] or [2]
    has_alpha = stored.shape[2] > channels and extras[0] != UNSPECIFIED
    numbers = stored[..., : channels + has_alpha]
    if photometric == WHITE_IS_ZERO:
        numbers = _white(numbers) - numbers
    if has_alpha and extras[0] == MULTIPLIED:
        numbers = _divided(numbers)
    if numbers.dtype != np.uint8:
        return numbers
    whole = numbers[..., 0] if numbers.shape[2] == 1 else numbers
    return Image.fromarray(np.ascontiguousarray(whole))


def _white(numbers: NDArray) -> float:
    return np.iinfo(numbers.dtype).max if numbers.dtype.kind == "u" else 1


def _codes(numbers: NDArray) -> NDArray[np.uint8]:
    """8-bit codes of whole numbers or of floats in [0, 1]."""
    if numbers.dtype.kind == "u":
        spare = 8 * (numbers.dtype.itemsize - 1)
        return (numbers >> spare).astype(np.uint8)
    return (numbers.clip(0, 1) * 255).round().astype(np.uint8)


def _divided(numbers: NDArray) -> NDArray:
    """Colours that the alpha behind them was multiplied into, as they were before."""
    precise = np.float64 if numbers.dtype == np.uint32 else np.float32
    alpha, white = numbers[..., -1:].astype(precise), _white(numbers)
    colours = numbers[..., :-1] * (white / np.maximum(alpha, white * 1e-6))
    whole = np.concatenate([colours.clip(0, white), alpha], axis=-1)
    if numbers.dtype.kind == "u":
        whole = whole.round()
    return whole.astype(numbers.dtype)
