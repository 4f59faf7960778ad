"""What a transfer of colours may do, before and while a picture is painted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from torch import Tensor

from stylize.picture import Picture


class Color(Protocol):
    """Whose colours the picture has; each of the three steps may do nothing."""

    def before(
        self, content: Picture, styles: Sequence[Picture]
    ) -> tuple[Picture, Sequence[Picture]]:
        """Content and styles as painting shall see them."""
        return content, styles

    def corrected(
        self, painted: Tensor, content: Picture, styles: Sequence[Picture]
    ) -> Tensor:
        """(1, 3, H, W) that becomes of the image that a level has painted.

        Args:
            painted: (1, 3, H, W).
            content: As painting sees it, at the level's size.
            styles: Likewise.
        """
        return painted

    def after(self, result: Tensor, content: Tensor) -> Tensor:
        """The picture of a painted image, (1, 3, H, W), and the content as it was."""
        return result
