"""Matches held to the content, so that its shapes survive the painting."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from stylize.encoders.encoder import Encoded
from stylize.losses.functional import structure
from stylize.losses.terms import check_share, check_weight


@dataclass(frozen=True)
class Hold:
    """How far patches are matched by the content instead of the picture as it is.

    What is matched is now + α (content - now). Papers match the picture as it has
    become (α = 0): what drifts is matched to where it drifted, and in the end a cat is
    a village. Kolkin et al. 2022 match three quarters content, once a scale. Here α
    follows the photograph: its shapes hold, and where it is calm strokes are free.

    Args:
        share: α where the content has shapes, in [0, 1].
        calm: Part of it where there are none, in [0, 1].
        structure: A shape is one in full where the cells around vary by this share of
            the whole content's variance; 0: everywhere.
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
        features, variance = content.features[layer], content.variance(layer)
        shape = structure(features, variance, self.structure)
        return self.share * (self.calm + (1 - self.calm) * shape)
