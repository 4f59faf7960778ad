"""The end of photographic style: the content's detail, the result's colours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import torch
from torch import Tensor

from stylize.color.color import Color
from stylize.picture import Picture


@dataclass(frozen=True)
class RecursiveFilter:
    """Put the content's detail in the place of the result's (Wang & Wang, Eq. 9).

    O' = (I − RF(I)) + RF(O): both are smoothed along the content's edges by the
    domain transform (Gastal & Oliveira 2011), so what lies between edges, strokes and
    noise with it, is the content's own.

    Args:
        space: σ_s, share of the longer side: 60 px at the 480 px of the paper's code.
        range: σ_r, of colours in [0, 1]; the smaller, the more is an edge.
        iterations: Of the filter.
    """

    space: float = 0.125
    range: float = 1.0
    iterations: int = 3

    def __post_init__(self) -> None:
        for name in ("space", "range"):
            value = getattr(self, name)
            if not value > 0:
                raise ValueError(f"{name} of the filter must be above 0, got {value}")
        if self.iterations < 1:
            raise ValueError(f"the filter's iterations must be >= 1: {self.iterations}")

    def __call__(self, result: Tensor, content: Tensor) -> Tensor:
        """The filtered picture.

        Args:
            result: (1, 3, H, W) in [0, 1].
            content: Likewise.

        Returns:
            (1, 3, H, W) in [0, 1].
        """
        guide = _pixels(content)
        # The filter is linear: what is added to the content is the smoothed change.
        change = self._smoothed(_pixels(result) - guide, guide)
        added = torch.from_numpy(change).permute(2, 0, 1)[None].to(content)
        return (content + added).clamp(0, 1)

    def _smoothed(self, image: np.ndarray, guide: np.ndarray) -> np.ndarray:
        """RF of an image, (H, W, 3), along the edges of a guide."""
        import cv2  # here, for it takes a moment and few methods need it

        space = self.space * max(guide.shape)
        mode = cv2.ximgproc.DTF_RF
        smoothed: np.ndarray = cv2.ximgproc.dtFilter(
            guide, image, space, self.range, mode=mode, numIters=self.iterations
        )
        return smoothed


@dataclass(frozen=True)
class Filtered(Color):
    """Another transfer of colours, smoothed along the photograph's edges.

    Colours taken region by region change at the borders of soft masks, a few pixels
    off the things they are of: a halo. Filtered, they change where the content does.

    Args:
        color: The transfer.
        filter: What it is filtered by.
    """

    color: Color
    filter: RecursiveFilter = field(default_factory=RecursiveFilter)

    def before(
        self, content: Picture, styles: Sequence[Picture]
    ) -> tuple[Picture, Sequence[Picture]]:
        """The content's changed colours, filtered, and the styles as they become."""
        changed, styles = self.color.before(content, styles)
        image = self.filter(changed.image, content.image)
        return replace(changed, image=image), styles

    def after(self, result: Tensor, content: Tensor) -> Tensor:
        """What the transfer makes of the result."""
        return self.color.after(result, content)


def _pixels(image: Tensor) -> np.ndarray:
    """(1, 3, H, W) to (H, W, 3)."""
    return np.ascontiguousarray(image[0].permute(1, 2, 0).float().cpu().numpy())
