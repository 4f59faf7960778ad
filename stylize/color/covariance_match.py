"""Give the styles the photograph's colours before painting."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from stylize.color.color import Color
from stylize.color.region_transfer import colors, power
from stylize.picture import Picture

NOISE = 1e-5  # variance added to each colour, as the code of Gatys et al. has it


@dataclass(frozen=True)
class Match(Color):
    """Linear colour matching (Gatys et al. 2016, Preserving Color, Sec. 3).

    Each style's colours p become A (p - mean) + the content's mean, so that they have
    the content's mean and covariance; the painting then keeps the content's colours.
    Many matrices A do so, and differ in which colour goes where.

    Args:
        mode: ``cholesky``; ``pca`` scales along the principal directions of both, as in
            Image Analogies; ``symmetric`` moves colours least (Monge-Kantorovich).
    """

    mode: str = "pca"

    def __post_init__(self) -> None:
        if self.mode not in MATRICES:
            raise ValueError(
                f"mode of match must be {', '.join(MATRICES)}, got '{self.mode}'"
            )

    def before(
        self, content: Picture, styles: Sequence[Picture]
    ) -> tuple[Picture, list[Picture]]:
        """The content as it is, and the styles in its colours."""
        return content, [
            replace(style, image=self._matched(style.image, content.image))
            for style in styles
        ]

    def _matched(self, style: Tensor, content: Tensor) -> Tensor:
        own, wanted = colors(style), colors(content)
        matrix = MATRICES[self.mode](_covariance(own), _covariance(wanted))
        matched = (own - own.mean(dim=0)) @ matrix.T + wanted.mean(dim=0)
        return matched.to(style.dtype).T.reshape(style.shape).clamp(0, 1)


def _covariance(pixels: Tensor) -> Tensor:
    noise = NOISE * torch.eye(3, dtype=pixels.dtype, device=pixels.device)
    return torch.cov(pixels.T, correction=0) + noise


def _cholesky(own: Tensor, wanted: Tensor) -> Tensor:
    factor = torch.linalg.cholesky
    return factor(wanted) @ torch.linalg.inv(factor(own))


def _pca(own: Tensor, wanted: Tensor) -> Tensor:
    return power(wanted, 0.5) @ power(own, -0.5)


def _symmetric(own: Tensor, wanted: Tensor) -> Tensor:
    root, inverse = power(own, 0.5), power(own, -0.5)
    return inverse @ power(root @ wanted @ root, 0.5) @ inverse


MATRICES: dict[str, Callable[[Tensor, Tensor], Tensor]] = {
    "cholesky": _cholesky,
    "pca": _pca,
    "symmetric": _symmetric,
}
