"""Matches held to the content, so that its shapes survive the painting."""

from __future__ import annotations

from dataclasses import dataclass

import torch.nn.functional as F
from torch import Tensor

from stylize.encoders.encoder import Encoded
from stylize.ranges import check_share, check_weight


@dataclass(frozen=True)
class Hold:
    """How far patches are matched by the content instead of the picture as it is.

    The query of a match is now + α (content - now). The papers match the picture as it
    has become (α = 0): what drifts is matched to where it drifted, and in the end a cat
    is a village. Kolkin et al. 2022 match three quarters content, once a scale. Here α
    follows the content's structure: shapes hold, and smooth areas leave strokes free.

    Args:
        share: α where the content has structure, in [0, 1].
        calm: Part of it where the content is smooth, in [0, 1].
        structure: Share of the whole content's variance by which the cells around vary
            where the structure counts fully; 0: everywhere.
    """

    share: float = 0.8
    calm: float = 0.1
    structure: float = 0.6

    def __post_init__(self) -> None:
        check_share("share of hold", self.share)
        check_share("calm of hold", self.calm)
        check_weight("structure of hold", self.structure)

    def __call__(self, content: Encoded, layer: str) -> Tensor:
        """(h, w) α of a layer's cells."""
        shape = structure(content, layer, self.structure)
        return self.share * (self.calm + (1 - self.calm) * shape)


def structure(content: Encoded, layer: str, full: float) -> Tensor:
    """How much structure there is at each cell of a layer, in [0, 1].

    Args:
        content: The content.
        layer: Such as ``relu3_1``.
        full: Share of the whole picture's variance by which the cells around vary where
            structure counts fully; it counts the less the less they do. 0: everywhere
            alike.

    Returns:
        (h, w).
    """
    features = content.features[layer]
    if full == 0:
        return features.new_ones(features.shape[2:])
    spread = _around(features.square()) - _around(features).square()
    variance = max(content.variance(layer), 1e-12)
    share = _around(spread.mean(dim=1, keepdim=True)) / variance
    return (share[0, 0] / full).clamp(0, 1)


def _around(features: Tensor) -> Tensor:
    """Mean over the 3×3 cells about each; fewer at the border."""
    return F.avg_pool2d(features, 3, stride=1, padding=1, count_include_pad=False)
