"""What a fast network is to make small: the energy of guided Gram matrices."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from automask.pipeline.encoder_weights import lite
from stylize import Encoder, Picture, Recolor
from stylize.encoders.encoder import Encoded
from stylize.fast.net import FastNet
from stylize.losses.functional import feature_distance, total_variation
from stylize.picture import sized
from stylize.pyramid import downsample
from training.fast_sample import Sample
from training.region_texture import RegionTexture, region_texture

TEXTURES = (  # size, and weight by layer, of which the coarse ones tell large strokes
    (1.0, {"pixels": 0.07, "stage2": 0.7, "relu3_1": 0.7, "relu4_1": 0.7}),
    (0.5, {"relu3_1": 0.5, "relu4_1": 0.5}),
)
SHAPES = "relu4_1"  # layer of the content term
SMOOTHNESS = 0.2
COLORS = 128  # px of the style's longer side that its colours are taken from
REST = "rest"  # the whole style, for what lies in no region


@dataclass(frozen=True)
class FastObjective:
    """Texture by region, shapes and smoothness, as stylizer=guided_gram has them.

    Args:
        encoder: In bfloat16, as fast as it is.
        textures: At each size.
        colors: The style, small, with its regions and all of it as the last one.
        content: Weight of the shapes.
    """

    encoder: Encoder
    textures: Sequence[tuple[float, RegionTexture]]
    colors: Picture
    content: float

    def __call__(self, net: FastNet, sample: Sample) -> Tensor:
        """The loss of what a network makes of a sample."""
        rest = (1 - sample.masks.sum(dim=0, keepdim=True)).clamp(0, 1)
        masks = torch.cat([sample.masks, rest])
        photo = Picture(sample.image, masks, self.colors.names)
        wanted = Recolor().before(photo, [self.colors])[0].image
        given = wanted if sample.recolored else sample.image
        with torch.autocast("cpu", torch.bfloat16):
            painted, _ = net(given, sample.masks[None])
        texture, found = torch.zeros(()), dict[str, Tensor]()
        for size, compared in self.textures:
            shown = painted if size == 1 else F.avg_pool2d(painted, round(1 / size))
            small = downsample(masks[None], *shown.shape[2:])
            features = self._features(shown, compared.layers)
            picture = Picture(shown, small, self.colors.names)
            texture = texture + compared(Encoded(picture, features))
            found.setdefault(SHAPES, features[SHAPES])  # the first is of full size
        with torch.no_grad():
            target = self._features(wanted, [SHAPES])[SHAPES]
        weight = downsample(sample.emphasis[None, None], *target.shape[2:])[0]
        shapes = feature_distance(found[SHAPES], target, weight)
        return texture + self.content * shapes + SMOOTHNESS * total_variation(painted)

    def _features(self, image: Tensor, layers: Sequence[str]) -> dict[str, Tensor]:
        found = self.encoder(image.bfloat16(), layers)
        return {layer: each.float() for layer, each in found.items()}


def fast_objective(style: Picture, content: float) -> FastObjective:
    """The objective of a style.

    Args:
        style: With the masks of its regions, all of it as the last one.
        content: Weight of the shapes.
    """
    encoder = lite()
    height, width = style.image.shape[2:]

    def at(size: float) -> Picture:
        return sized(style, round(height * size), round(width * size))

    textures = [
        (size, region_texture(encoder, at(size), layers)) for size, layers in TEXTURES
    ]
    small = at(COLORS / max(height, width))
    return FastObjective(encoder.to(torch.bfloat16), textures, small, content)
