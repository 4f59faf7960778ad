"""Global colour transfer: the content gets the distribution of the styles' colours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
import torch.nn.functional as F
from torch import Tensor

from stylize.color.color import Color
from stylize.picture import Picture
from stylize.ranges import check_count, check_share

BINS = 1024  # that describe a marginal


@dataclass(frozen=True)
class PdfTransfer(Color):
    """N-dimensional pdf transfer (Pitié, Kokaram & Dahyot 2005), blind to masks.

    Colours are turned at random, each axis gets the styles' marginal, and they are
    turned back, over and over: in the end all marginals agree, so the distributions
    do. Whatever stretches colours stretches noise as well;
    :class:`stylize.RecursiveFilter` as a stylizer's finish gives the content's own
    grain back, as the regraining of Pitié et al. 2007 does.

    Args:
        iterations: Rotations.
        strength: From 0, the content's own colours, to 1.
        seed: Of the rotations.
    """

    iterations: int = 20
    strength: float = 1.0
    seed: int = 0

    def __post_init__(self) -> None:
        check_count("iterations", self.iterations)
        check_share("strength", self.strength)

    def before(
        self, content: Picture, styles: Sequence[Picture]
    ) -> tuple[Picture, Sequence[Picture]]:
        """The content in the styles' colours, and the styles as they are."""
        own = _colours(content.image)
        theirs = torch.cat([_colours(style.image) for style in styles])
        generator = torch.Generator().manual_seed(self.seed)
        moved = pdf_transfer(own, theirs, self.iterations, generator)
        moved = torch.lerp(own, moved, self.strength).T.reshape(content.image.shape)
        return replace(content, image=moved.clamp(0, 1)), styles


def pdf_transfer(
    source: Tensor, target: Tensor, iterations: int, generator: torch.Generator
) -> Tensor:
    """Samples moved so that their distribution becomes the target's.

    Args:
        source: (N, D).
        target: (M, D).
        iterations: Random rotations, the first of which turns nothing.
        generator: Of the rotations, on the CPU.

    Returns:
        (N, D), row by row.
    """
    turn = torch.eye(source.shape[1]).to(source)
    for _ in range(iterations):
        turned, wanted = source @ turn, target @ turn
        matched = [
            match_marginal(turned[:, axis], wanted[:, axis])
            for axis in range(source.shape[1])
        ]
        source = torch.stack(matched, dim=1) @ turn.T
        random = torch.randn(turn.shape, generator=generator, dtype=torch.float64)
        turn = torch.linalg.qr(random).Q.to(source)
    return source


def match_marginal(source: Tensor, target: Tensor) -> Tensor:
    """Numbers moved, in their order, so that their quantiles become the target's.

    Args:
        source: (N,); equal numbers stay equal.
        target: (M,).
    """
    place, shares, _, _ = _histogram(source)
    within = place.floor().long()
    rank = torch.lerp(shares[within], shares[within + 1], place - within)
    quantiles = _quantiles(target)
    place = rank * BINS
    below = place.floor().long().clamp(max=BINS - 1)
    return torch.lerp(quantiles[below], quantiles[below + 1], place - below)


def _quantiles(numbers: Tensor) -> Tensor:
    """(BINS + 1,) from the least to the largest."""
    _, shares, low, step = _histogram(numbers)
    ranks = torch.linspace(0, 1, BINS + 1).to(shares)
    above = torch.searchsorted(shares, ranks).clamp(1, BINS)
    inside = shares[above] - shares[above - 1]
    part = ((ranks - shares[above - 1]) / inside.clamp_min(1e-12)).clamp(0, 1)
    return low + step * (above - 1.5 + part).clamp(0, BINS - 1)


def _histogram(numbers: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """How many numbers lie below each border of equal bins.

    Returns:
        (N,) where each number lies, in bins; (BINS + 1,) share of the numbers below
        each border; the least number, which is the middle of the first bin; the width
        of a bin.
    """
    low, high = numbers.min(), numbers.max()
    step = ((high - low) / (BINS - 1)).clamp_min(1e-12)
    place = ((numbers - low) / step + 0.5).clamp(0, BINS - 0.5)
    counts = torch.bincount(place.long(), minlength=BINS).double()
    shares = F.pad(counts.cumsum(0) / counts.sum(), (1, 0)).to(numbers)
    return place, shares, low, step


def _colours(image: Tensor) -> Tensor:
    """(1, 3, H, W) to (H · W, 3)."""
    return image[0].flatten(1).T.contiguous()
