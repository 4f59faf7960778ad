"""Paint light and dark alone and keep the photograph's colours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from stylize.color.color import Color
from stylize.picture import Picture

LUMA = (0.299, 0.587, 0.114)  # of R, G, B: the Y of YIQ
FLAT = 1e-3  # spread of luminance that is not stretched further


@dataclass(frozen=True)
class Luminance(Color):
    """Luminance-only transfer (Gatys et al. 2016, Preserving Color, Sec. 4).

    Content and styles are painted in grey, the styles' luminance having the mean and
    spread of the content's (their Eq. 10). The result takes its luminance from the
    painting, its chroma (I and Q of YIQ) from the content.

    Where that lies outside [0, 1] the paper cuts it off, which changes hues; here the
    chroma gives way as much as it must, so that strokes stay to be seen.

    Args:
        match: Whether the styles' luminance is matched to the content's.
    """

    match: bool = True

    def before(
        self, content: Picture, styles: Sequence[Picture]
    ) -> tuple[Picture, list[Picture]]:
        """Both in grey."""
        wanted = luma(content.image)
        grey = [luma(style.image) for style in styles]
        if self.match:
            grey = [_matched(own, wanted) for own in grey]
        return replace(content, image=_grey(wanted)), [
            replace(style, image=_grey(own))
            for style, own in zip(styles, grey, strict=True)
        ]

    def after(self, result: Tensor, content: Tensor) -> Tensor:
        """The result's luminance with the content's chroma."""
        light = luma(result)
        chroma = content - luma(content)
        room = torch.where(chroma > 0, 1 - light, light) / chroma.abs().clamp_min(1e-6)
        fits = room.amin(dim=1, keepdim=True).clamp(0, 1)
        return (light + fits * chroma).clamp(0, 1)


def luma(image: Tensor) -> Tensor:
    """(1, 3, H, W) sRGB to the (1, 1, H, W) Y of YIQ, in [0, 1] as the image is."""
    weights = image.new_tensor(LUMA).view(1, 3, 1, 1)
    return (image * weights).sum(dim=1, keepdim=True)


def _matched(own: Tensor, wanted: Tensor) -> Tensor:
    stretch = wanted.std() / own.std().clamp_min(FLAT)
    return (stretch * (own - own.mean()) + wanted.mean()).clamp(0, 1)


def _grey(light: Tensor) -> Tensor:
    return light.expand(-1, 3, -1, -1).contiguous()
