"""How well a picture has a style's texture in each region, its targets found once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from torch import Tensor

from stylize.encoders.encoder import Encoded, Encoder, encode
from stylize.losses.gram import gram_distance, guided_grams
from stylize.losses.guides import Guides
from stylize.losses.texture_features import See, encoder_layers, seeing
from stylize.picture import Picture
from stylize.pyramid import downsample

GUIDES = Guides()  # a region's statistics are means over it


@dataclass(frozen=True)
class RegionTexture:
    """The Gram matrices of a style's regions at one size.

    Args:
        see: An encoded picture's layers, in units of the style's.
        texture: Weight by layer.
        targets: (R, C, C) by layer.
        shown: (R,) by layer: whether the style shows enough of a region.
    """

    see: See
    texture: Mapping[str, float]
    targets: Mapping[str, Tensor]
    shown: Mapping[str, Tensor]

    @property
    def layers(self) -> list[str]:
        """Of the encoder."""
        return encoder_layers(dict(self.texture))

    def __call__(self, current: Encoded) -> Tensor:
        """() the distance, regions counting by their area in (R, H, W) masks."""
        masks = current.picture.masks
        total = current.image.new_zeros(())
        for layer, weight in self.texture.items():
            features = self.see(current, layer)
            cells = region_cells(masks, features)
            counted = masks.mean(dim=(1, 2)) * self.shown[layer]
            counted = counted * (cells.sum(dim=(1, 2)) > 0)
            kept = counted.nonzero()[:, 0]
            if len(kept):
                found = guided_grams(features, cells[kept])
                distances = gram_distance(found, self.targets[layer][kept])
                total = total + weight * distances @ (counted[kept] / counted.sum())
        return total


def region_cells(masks: Tensor, features: Tensor) -> Tensor:
    """(R, h, w) what each cell of (1, C, h, w) features counts in each region."""
    return GUIDES.cells(downsample(masks[None], *features.shape[2:]), power=2)


def region_texture(
    encoder: Encoder, style: Picture, texture: Mapping[str, float]
) -> RegionTexture:
    """A style's texture.

    Args:
        encoder: What sees it.
        style: With the masks of its regions, which may overlap.
        texture: Weight by layer.
    """
    encoded = encode(encoder, style, encoder_layers(dict(texture)))
    see = seeing([encoded], [1.0])
    targets, shown = {}, {}
    for layer in texture:
        features = see(encoded, layer)
        cells = region_cells(style.masks, features)
        targets[layer] = guided_grams(features, cells)
        shown[layer] = (cells.sum(dim=(1, 2)) > 0).float()
    return RegionTexture(see, texture, targets, shown)
