"""Regions that keep the photograph's own colours, whatever the transfer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from stylize.color.color import Color
from stylize.color.local_light import averaged
from stylize.color.region_transfer import Recolor, colors, transported
from stylize.picture import Picture


@dataclass(frozen=True)
class Keep(Color):
    """Another transfer of colours, but for some regions.

    There the content stays as it is and the styles take its colours instead, region by
    region, so that strokes come in the sitter's own tone. After each level what is
    painted follows the content's colours from place to place, finer strokes apart.

    Args:
        color: The transfer.
        regions: By the names of masks, with or without a counterpart in the styles;
            those that the content does not have are passed over.
    """

    color: Color
    regions: Sequence[str]

    def before(
        self, content: Picture, styles: Sequence[Picture]
    ) -> tuple[Picture, Sequence[Picture]]:
        """Content and styles as painting shall see them."""
        changed, styles = self.color.before(content, styles)
        image = torch.lerp(changed.image, content.image, self._kept(content))
        styles = [self._in_tone(style, content) for style in styles]
        return replace(changed, image=image), styles

    def corrected(
        self, painted: Tensor, content: Picture, styles: Sequence[Picture]
    ) -> Tensor:
        """The picture, with the content's colours in the regions."""
        painted = self.color.corrected(painted, content, styles)
        kept = self._kept(content)
        change = averaged(content.image - painted, kept)
        return (painted + kept * change).clamp(0, 1)

    def after(self, result: Tensor, content: Tensor) -> Tensor:
        """What the transfer makes of the result."""
        return self.color.after(result, content)

    def _kept(self, content: Picture) -> Tensor:
        """(H, W) the regions together."""
        masks = content.regions
        none = content.image.new_zeros(content.image.shape[2:])
        kept = [masks[name] for name in self.regions if name in masks]
        return torch.stack([none, *kept]).amax(dim=0)

    def _in_tone(self, style: Picture, content: Picture) -> Picture:
        """A style with the content's colours in the regions that both have."""
        image = style.image
        for name, own, mask in zip(
            content.names, content.masks, style.masks, strict=True
        ):
            if name in self.regions:
                toned = transported(
                    colors(style.image),
                    mask.flatten().double(),
                    colors(content.image),
                    own.flatten().double(),
                )
                toned = toned.to(image.dtype).T.reshape(image.shape).clamp(0, 1)
                image = torch.lerp(image, toned, mask)
        return replace(style, image=image)


def transfer(color: Color | None, regions: Sequence[str]) -> Color | None:
    """A transfer of colours, or none, but for regions that keep their own."""
    if not regions:
        return color
    return Keep(color or Recolor(strength=0.0), regions)
