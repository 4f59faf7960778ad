"""What the painting of one frame leaves to the next one, carried along the motion."""

from __future__ import annotations

from dataclasses import dataclass, field

import torch
from torch import Tensor

from stylize.matching.carrying import LayerMatches
from stylize.pyramid import resize

Matches = dict[str, dict[str, LayerMatches]]
"""Of the finest level, by term and layer."""


@dataclass(frozen=True)
class Carried:
    """The last frame's painting as it would be seen now.

    Args:
        image: (1, 3, H, W).
        known: (H, W) in [0, 1] where that is to be trusted; painting starts from the
            content elsewhere.
        free: (H, W) in [0, 1]: how far each pixel may leave where it starts; 0 holds.
        vectors: (1, 2, H, W) px from where a pixel is to where it was.
        matches: Of the last frame.
    """

    image: Tensor
    known: Tensor
    free: Tensor
    vectors: Tensor
    matches: Matches = field(default_factory=dict)

    def at(self, height: int, width: int) -> Carried:
        """The same at a level's size, without matches."""
        if self.image.shape[2:] == (height, width):
            return self
        planes = torch.stack([self.known, self.free])[None]
        known, free = resize(planes, height, width)[0]
        return Carried(resize(self.image, height, width), known, free, self.vectors)
