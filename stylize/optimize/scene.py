"""What is painted: content and styles, at the sizes of all levels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from stylize.picture import Picture, size_at, sized


@dataclass(frozen=True)
class Scene:
    """What all levels have in common.

    Args:
        content: As painting sees it, as large as the last level that looks at it.
        styles: With their copies.
        scales: Of the levels.
        original: The content as it was given.
        energy: That it has under the terms, where something depends on it.
    """

    content: Picture
    styles: Sequence[Picture]
    scales: Sequence[float]
    original: Picture
    energy: float = 0.0

    def size(self, level: int) -> tuple[int, int]:
        """Height and width of a level, px."""
        return size_at(self.original, self.scales[level])

    def styles_at(self, level: int, enlarges: bool = True) -> list[Picture]:
        """The styles as a level shows them."""
        sizes = self.style_sizes(level, enlarges)
        pairs = zip(self.styles, sizes, strict=True)
        return [sized(style, *size) for style, size in pairs]

    def style_sizes(self, level: int, enlarges: bool = True) -> list[tuple[int, int]]:
        """Heights and widths of the styles there, px, perhaps at most their own."""
        scales = [style.scale * self.scales[level] for style in self.styles]
        if not enlarges:
            scales = [min(1.0, scale) for scale in scales]
        return [size_at(s, scale) for s, scale in zip(self.styles, scales, strict=True)]
