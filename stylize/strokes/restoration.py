"""The painting's own strokes at the end: what averaging took from each band."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from stylize.color.luminance import luma
from stylize.deterministic import mean
from stylize.matching.nearest import StyleIndex
from stylize.ranges import check_weight
from stylize.strokes.bands import bands, blur
from stylize.strokes.overlap import Overlapped, blocks_of, overlap_add

FINE = 1.5  # px, σ: what is finer comes from the patches themselves
SURE, UNSURE = 1.0, 0.4  # agreement of patches whose strokes are taken, or left
AROUND = 13  # px over which agreement is averaged
WEAVE = 5  # cells, each way, that a pattern must fill to be a grid
BANDS, ROUNDS = 4, 2
NOISY = 2  # bands in which colours are noise rather than strokes
SPREAD = 3  # patches over which the contrast of a band is averaged, each way
LEAST = 3e-4  # contrast, of [0, 1], below which there is nothing to make stronger
WEAKER = 0.7  # how far a band of too much contrast is taken back
ALL = (0.8, 1.5)  # of the whole picture's contrast, towards the painting's


Planes = Callable[[Tensor], Tensor]
"""From an image to those of its planes whose contrast is looked at."""


@dataclass(frozen=True)
class Matched:
    """Which patches a picture is matched to.

    Args:
        nearest: (h, w) their first cells.
        index: Of the styles.
        styles: (1, 3, h, w) the styles' images, in the order of the index.
        stride: Pixels a cell.
    """

    nearest: Tensor
    index: StyleIndex
    styles: Sequence[Tensor]
    stride: int

    def overlapped(self, planes: Sequence[Tensor]) -> Overlapped:
        """The matched patches of (1, C, h, w) planes, one of each style's size."""
        return overlap_add(
            self.nearest,
            torch.cat([blocks_of(each, self.stride) for each in planes]),
            self.index.width,
            size=self.index.size,
            stride=self.stride,
        )


@dataclass(frozen=True)
class Strokes:
    """Give a picture the fine detail of the patches that it is matched to.

    The best compromise between nine overlapping patches is softer than any of them.
    Matches are chosen to continue one another, for then they agree. At the end the
    finest detail is taken from the patches themselves, where they do; then each band of
    luminance gets the contrast that it has in them, place by place, and on the whole
    that of the painting, since calm patches match more often.

    Args:
        coherence: Cosine of activations that is given up for a match which continues
            those of all four neighbours.
        sweeps: Of making matches coherent at the end; one follows each search.
        strongest: Most that a band's contrast is multiplied by, twice.
    """

    coherence: float = 0.5
    sweeps: int = 4
    strongest: float = 3.0

    def __post_init__(self) -> None:
        check_weight("coherence", self.coherence)
        check_weight("sweeps", self.sweeps)
        if not self.strongest >= 1:
            raise ValueError(f"strongest must be >= 1, got {self.strongest}")

    def __call__(self, image: Tensor, matched: Matched) -> Tensor:
        """The picture with its strokes.

        Args:
            image: (1, 3, H, W) in [0, 1], as optimised.
            matched: The patches, with matches that are as coherent as can be.
        """
        image = without_grid(with_detail(image, matched), matched.stride)
        light = _wanted(luma, BANDS, matched, ALL)
        for _ in range(ROUNDS):
            image = _with_contrast(image, luma, light, matched, WEAKER, self.strongest)
        return without_colour_noise(image, matched)


def without_colour_noise(image: Tensor, matched: Matched) -> Tensor:
    """The picture with no more fine contrast of colours than the matched patches have.

    Args:
        image: (1, 3, H, W) in [0, 1].
        matched: The patches.
    """
    wanted = _wanted(_chroma, NOISY, matched, (1.0, 1.0))
    return _with_contrast(image, _chroma, wanted, matched, 0.0, 1.0)


def _with_contrast(
    image: Tensor,
    planes: Planes,
    wanted: Sequence[Tensor],
    matched: Matched,
    weakest: float,
    strongest: float,
) -> Tensor:
    """The picture with that contrast in each band of some planes of its own.

    Args:
        image: (1, 3, H, W) in [0, 1].
        planes: Of the image.
        wanted: (1, 1, h, w) by patch, of each band.
        matched: The patches.
        weakest: Least that a band is multiplied by.
        strongest: Most.
    """
    seen = planes(image)
    change = torch.zeros_like(seen)
    for band, contrast in zip(bands(seen, len(wanted)), wanted, strict=True):
        have = _contrast(band, matched.index.size, matched.stride)
        gain = _mean(contrast, SPREAD) / _mean(have, SPREAD).clamp_min(LEAST)
        gain = gain.clamp(weakest, strongest)
        change += (_over_pixels(gain, matched, band) - 1) * band
    return (image + change).clamp(0, 1)


def _chroma(image: Tensor) -> Tensor:
    """(1, 3, H, W) without its luminance."""
    return image - luma(image)


def with_detail(image: Tensor, matched: Matched) -> Tensor:
    """The picture with its finest detail from the patches, where they agree.

    Args:
        image: (1, 3, H, W) in [0, 1].
        matched: The patches.
    """
    laid = matched.overlapped([style - blur(style, FINE) for style in matched.styles])
    sure = _mean(laid.agreement, AROUND)
    sure = ((sure - UNSURE) / (SURE - UNSURE)).clamp(0, 1)
    rows, columns = laid.pixels.shape[2:]
    detail = (image - blur(image, FINE))[..., :rows, :columns]
    result = image.clone()
    result[..., :rows, :columns] += sure * (laid.pixels - detail)
    return result.clamp(0, 1)


def without_grid(image: Tensor, stride: int) -> Tensor:
    """The picture without what its luminance repeats at each cell.

    The same patch at neighbouring cells is a weave, not a stroke. It is the median of
    the cells around; a line through them or an edge has none.

    Args:
        image: (1, 3, H, W) in [0, 1].
        stride: Pixels a cell.
    """
    light = luma(image)
    fine = light - blur(light, stride / 2)
    height, width = (side // stride * stride for side in fine.shape[2:])
    cells = F.pixel_unshuffle(fine[..., :height, :width], stride).transpose(0, 1)
    half = WEAVE // 2
    around = F.unfold(F.pad(cells, [half] * 4, mode="replicate"), WEAVE)
    repeated = around.median(dim=1).values.view_as(cells).transpose(0, 1)
    result = image.clone()
    result[..., :height, :width] -= F.pixel_shuffle(repeated, stride)
    return result.clamp(0, 1)


def _wanted(
    planes: Planes, count: int, matched: Matched, whole: tuple[float, float]
) -> list[Tensor]:
    """(1, 1, h, w) contrast in the matched patches, of each band.

    Args:
        planes: Of the styles.
        count: Of bands.
        matched: The patches.
        whole: Least and most of a factor that brings it to the mean of all patches.
    """
    size, wanted = matched.index.size, []
    by_style = [bands(planes(style), count) for style in matched.styles]
    for band in zip(*by_style, strict=True):
        found = [_contrast(each, size, matched.stride) for each in band]
        padded = [F.pad(each, (0, size - 1, 0, size - 1)).flatten() for each in found]
        cells = torch.cat(padded)
        own = cells[matched.nearest][None, None]
        all_of_it = mean(cells[matched.index.starts])
        wanted.append(own * (all_of_it / mean(own).clamp_min(LEAST)).clamp(*whole))
    return wanted


def _contrast(band: Tensor, size: int, stride: int) -> Tensor:
    """(1, 1, h, w) mean size of a band over each patch, and over the channels."""
    cells = F.avg_pool2d(band.abs().mean(dim=1, keepdim=True), stride)
    return F.avg_pool2d(cells, size, stride=1)


def _mean(planes: Tensor, width: int) -> Tensor:
    """Over a square about each place; the border is repeated."""
    padded = F.pad(planes, [width // 2] * 4, mode="replicate")
    return F.avg_pool2d(padded, width, stride=1)


def _over_pixels(patches: Tensor, matched: Matched, like: Tensor) -> Tensor:
    """What was found patch by patch, over all pixels."""
    half = matched.index.size // 2
    cells = F.pad(patches, [half] * 4, mode="replicate")
    size = [side * matched.stride for side in cells.shape[2:]]
    pixels = F.interpolate(cells, size, mode="bilinear")
    rows, columns = like.shape[2] - size[0], like.shape[3] - size[1]
    return F.pad(pixels, (0, columns, 0, rows), mode="replicate")
