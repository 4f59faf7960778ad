"""Give the content the style's colours, region by region, before painting."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import torch
from torch import Tensor

from stylize.color.color import Color
from stylize.color.local_light import lit, shaded
from stylize.deterministic import mean, total
from stylize.picture import Picture, as_trusted
from stylize.ranges import check_share

# Variance added to each colour statistic (σ = 0.04 of the range): without it the
# noise of a flat sky would be stretched to the contrast of brush strokes.
NOISE = 2e-3
# Pixels of the whole image, as a share, that join each region's statistics: a mouth
# of a hundred pixels says little about colour.
PRIOR = 0.005


@dataclass(frozen=True)
class Recolor(Color):
    """Linear colour transfer from the styles to the content, per soft mask.

    Each region gets the affine map between the two Gaussians of its colours that moves
    colours least (Monge-Kantorovich; Pitié & Kokaram 2007); a pixel mixes the maps of
    its masks, the smaller region's more. An orange rock then meets a blue painting
    halfway, and the content loss pulls at shapes and no longer at colours.

    Args:
        strength: From 0, the content's own colours, to 1.
        correction: How far the picture's colours are mapped again at the end of each
            level, since the mean of many patches is greyer than any; from 0 to 1.
        shading: By the names of regions, how far these keep their own light and shade
            about the mean that they get; from 0 to 1. See
            :func:`stylize.color.local_light.shaded`.
    """

    strength: float = 1.0
    correction: float = 0.0
    shading: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        check_share("strength of recolor", self.strength)
        check_share("correction of recolor", self.correction)
        for name, share in self.shading.items():
            check_share(f"shading of {name}", share)

    def before(
        self, content: Picture, styles: Sequence[Picture]
    ) -> tuple[Picture, Sequence[Picture]]:
        """The content, recoloured, and the styles as they are."""
        image = self._mapped(content, styles, self.strength)
        return replace(content, image=shaded(image, content, self.shading)), styles

    def corrected(
        self, painted: Tensor, content: Picture, styles: Sequence[Picture]
    ) -> Tensor:
        """The picture, corrected."""
        part = self.strength * self.correction
        image = self._mapped(replace(content, image=painted), styles, part)
        return lit(image, content, self.shading) if part else image

    def _mapped(
        self, picture: Picture, styles: Sequence[Picture], part: float
    ) -> Tensor:
        """The image with its colours moved that part of the way to the styles'."""
        if not part:
            return picture.image
        content, content_masks = picture.image, picture.masks
        trusts = [picture.trust * style.trust for style in styles]
        seen = as_trusted(content_masks, torch.stack(trusts).mean(dim=0))
        style_masks = [
            as_trusted(_supplied(style), trust)
            for style, trust in zip(styles, trusts, strict=True)
        ]
        if not len(content_masks):
            content_masks = seen = content.new_ones(1, *content.shape[2:])
            style_masks = [s.image.new_ones(1, *s.image.shape[2:]) for s in styles]
        pixels = colors(content)
        paint = torch.cat([colors(style.image) for style in styles])
        regions, known = (  # (K, H · W)
            masks.flatten(1).double() for masks in (content_masks, seen)
        )
        painted = torch.cat([m.flatten(1) for m in style_masks], dim=1).double()
        mixed = torch.zeros_like(pixels)
        total = pixels.new_zeros(len(pixels), 1)
        for own, of, other in zip(regions, known, painted, strict=True):
            share = (own / mean(own).clamp_min(PRIOR))[:, None]
            mixed += share * transported(pixels, of, paint, other)
            total += share
        mixed = torch.where(total > 0, mixed / total.clamp_min(1e-9), pixels)
        result = torch.lerp(pixels, mixed, part).to(content.dtype)
        return result.T.reshape(content.shape).clamp(0, 1)


def _supplied(style: Picture) -> Tensor:
    """(K, h, w) the style's masks, as far as it supplies their regions."""
    if not style.shares:
        return style.masks
    return style.masks * style.masks.new_tensor(style.shares)[:, None, None]


def colors(image: Tensor) -> Tensor:
    """(1, 3, H, W) to (H · W, 3) in float64."""
    return image[0].flatten(1).T.double()


def transported(pixels: Tensor, own: Tensor, paint: Tensor, other: Tensor) -> Tensor:
    """Colours moved so that one region's get the mean and covariance of another's.

    Args:
        pixels: (N, 3) all colours of an image.
        own: (N,) the region's mask.
        paint: (M, 3) colours of others.
        other: (M,) the mask of their region.

    Returns:
        (N, 3).
    """
    mean, covariance = _gaussian(pixels, own)
    new_mean, new_covariance = _gaussian(paint, other)
    root, inverse = power(covariance, 0.5), power(covariance, -0.5)
    transport = inverse @ power(root @ new_covariance @ root, 0.5) @ inverse
    return (pixels - mean) @ transport + new_mean


def _gaussian(pixels: Tensor, weight: Tensor) -> tuple[Tensor, Tensor]:
    """Weighted mean and covariance of colours, with a little of the whole image's."""
    weight = weight + PRIOR
    weight = (weight / total(weight))[:, None]
    mean = (weight * pixels).sum(dim=0)
    centred = pixels - mean
    noise = NOISE * torch.eye(3, dtype=pixels.dtype, device=pixels.device)
    return mean, centred.T @ (weight * centred) + noise


def power(matrix: Tensor, exponent: float) -> Tensor:
    """Power of a symmetric positive matrix."""
    values, vectors = torch.linalg.eigh(matrix)
    return vectors @ torch.diag(values.clamp_min(1e-12) ** exponent) @ vectors.T
