"""The painting's own strokes at the end: what averaging took from each band."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from stylize.bands import bands, blur
from stylize.luminance import luma
from stylize.overlap import blocks_of, overlap_add
from stylize.patches import StyleIndex

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
        if self.coherence < 0:
            raise ValueError(f"coherence must be >= 0, got {self.coherence}")
        if self.sweeps < 0:
            raise ValueError(f"sweeps must be >= 0, got {self.sweeps}")
        if self.strongest < 1:
            raise ValueError(f"strongest must be >= 1, got {self.strongest}")

    def __call__(self, image: Tensor, matched: Matched) -> Tensor:
        """The picture with its strokes.

        Args:
            image: (1, 3, H, W) in [0, 1], as optimised.
            matched: The patches, with matches that are as coherent as can be.
        """
        image = without_grid(with_detail(image, matched), matched.stride)
        for _ in range(ROUNDS):
            image = self._with_contrast(image, matched)
        return without_colour_noise(image, matched)

    def _with_contrast(self, image: Tensor, matched: Matched) -> Tensor:
        """Each band of luminance with the contrast of the matched patches."""
        own = bands(luma(image), BANDS)
        theirs = zip(*(bands(luma(s), BANDS) for s in matched.styles), strict=True)
        change = torch.zeros_like(own[0])
        for band, style in zip(own, theirs, strict=True):
            gain = _gain(band, style, matched, ALL).clamp(WEAKER, self.strongest)
            change += (_over_pixels(gain, matched, band) - 1) * band
        return (image + change).clamp(0, 1)


def without_colour_noise(image: Tensor, matched: Matched) -> Tensor:
    """The picture with no more fine contrast of colours than the matched patches have.

    Args:
        image: (1, 3, H, W) in [0, 1].
        matched: The patches.
    """
    own = bands(image - luma(image), NOISY)
    theirs = zip(*(bands(s - luma(s), NOISY) for s in matched.styles), strict=True)
    change = torch.zeros_like(image)
    for band, style in zip(own, theirs, strict=True):
        gain = _gain(band, style, matched, (1.0, 1.0)).clamp(max=1)
        change += (_over_pixels(gain, matched, band) - 1) * band
    return (image + change).clamp(0, 1)


def _gain(
    band: Tensor,
    style: Sequence[Tensor],
    matched: Matched,
    whole: tuple[float, float],
) -> Tensor:
    """(1, 1, h, w) by which patches' contrast differs from that of their matches.

    Args:
        band: (1, C, H, W) of the picture.
        style: Of each style.
        matched: The patches.
        whole: Least and most of a factor that brings all matches to all patches' mean.
    """
    wanted, all_of_it = _wanted(style, matched)
    factor = (all_of_it / wanted.mean().clamp_min(LEAST)).clamp(*whole)
    have = _contrast(band, matched.index.size, matched.stride)
    return _smooth(wanted * factor) / _smooth(have).clamp_min(LEAST)


def with_detail(image: Tensor, matched: Matched) -> Tensor:
    """The picture with its finest detail from the patches, where they agree.

    Args:
        image: (1, 3, H, W) in [0, 1].
        matched: The patches.
    """
    index, stride = matched.index, matched.stride
    fine = [blocks_of(style - blur(style, FINE), stride) for style in matched.styles]
    laid = overlap_add(
        *(matched.nearest, torch.cat(fine), index.width), size=index.size, stride=stride
    )
    half = AROUND // 2
    around = F.pad(laid.agreement, [half] * 4, mode="replicate")
    sure = F.avg_pool2d(around, AROUND, stride=1)
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


def _wanted(style: Sequence[Tensor], matched: Matched) -> tuple[Tensor, Tensor]:
    """(1, 1, h, w) contrast of a band in the matched patches, and in all patches.

    Args:
        style: (1, C, H, W) the band of each style.
        matched: The patches.
    """
    size = matched.index.size
    found = [_contrast(band, size, matched.stride) for band in style]
    cells = torch.cat([F.pad(f, (0, size - 1, 0, size - 1)).flatten() for f in found])
    return cells[matched.nearest][None, None], cells[matched.index.starts].mean()


def _contrast(band: Tensor, size: int, stride: int) -> Tensor:
    """(1, 1, h, w) mean size of a band over each patch, and over the channels."""
    cells = F.avg_pool2d(band.abs().mean(dim=1, keepdim=True), stride)
    return F.avg_pool2d(cells, size, stride=1)


def _smooth(patches: Tensor) -> Tensor:
    half = SPREAD // 2
    padded = F.pad(patches, [half] * 4, mode="replicate")
    return F.avg_pool2d(padded, SPREAD, stride=1)


def _over_pixels(patches: Tensor, matched: Matched, like: Tensor) -> Tensor:
    """What was found patch by patch, over all pixels."""
    half = matched.index.size // 2
    cells = F.pad(patches, [half] * 4, mode="replicate")
    size = [side * matched.stride for side in cells.shape[2:]]
    pixels = F.interpolate(cells, size, mode="bilinear")
    rows, columns = like.shape[2] - size[0], like.shape[3] - size[1]
    return F.pad(pixels, (0, columns, 0, rows), mode="replicate")
