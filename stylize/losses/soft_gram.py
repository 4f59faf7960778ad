"""The style term of photographs: statistics by soft masks, or of the whole picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from stylize.encoders.encoder import Encoded
from stylize.losses.gram import Gram
from stylize.losses.guided_gram import GuidedGram
from stylize.losses.guides import Guides
from stylize.losses.terms import Objective


@dataclass(frozen=True)
class SoftGram:
    """Gram matrices of activations times soft masks (Wang & Wang, Eqs 6 and 7).

    A departure from Eq. 7: each matrix is a mean over its mask, so that a wide sky can
    take the style of a narrow one. Without masks the whole picture is one region.

    Args:
        weight: Of the sum over layers and masks, the masks' own weights adding up to 1.
        texture: Weight by layer, as for :class:`stylize.Gram`.
        cutoff: θ_s: masks whose mean over the style is less are left to the others.
    """

    weight: float
    texture: dict[str, float]
    cutoff: float = 0.0

    def __post_init__(self) -> None:
        self._of_regions()

    @property
    def layers(self) -> list[str]:
        """Layers of the encoder that the objective reads."""
        return self._of_regions().layers

    def prepare(self, content: Encoded, styles: Sequence[Encoded]) -> Objective:
        """Compute the styles' matrices."""
        if content.picture.names:
            return self._of_regions().prepare(content, styles)
        return Gram(self.weight, self.texture).prepare(content, styles)

    def _of_regions(self) -> GuidedGram:
        return GuidedGram(self.weight, self.texture, Guides(cutoff=self.cutoff))
