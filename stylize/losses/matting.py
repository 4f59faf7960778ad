"""The photorealism term: colours may change, edges may not come or go."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from stylize.deterministic import dot
from stylize.encoders.encoder import Encoded
from stylize.losses.terms import Objective
from stylize.ranges import check_weight

WINDOW = list(product(range(3), repeat=2))  # rows and columns of 3×3 pixels


@dataclass(frozen=True)
class PhotoRegularity:
    """Matting Laplacian of the content (Luan et al. 2017; Wang & Wang, Eq. 4).

    Vᵀ M V is, over all windows of 3×3 pixels, what remains of the image's colours V
    after the best affine function of the content's colours in that window (Levin et
    al. 2008, Eq. 12).

    Args:
        weight: Of the mean over pixels and channels of the quadratic form.
        epsilon: Levin's ε, for colours in [0, 1]: what an affine function's slopes
            cost, which matters where the content is flat.
    """

    weight: float
    epsilon: float = 1e-7
    layers: Sequence[str] = ()

    def __post_init__(self) -> None:
        check_weight("weight", self.weight)
        if not self.epsilon > 0:
            raise ValueError(f"epsilon must be above 0, got {self.epsilon}")

    def prepare(self, content: Encoded, styles: Sequence[Encoded]) -> Objective:
        """Compute the content's Laplacian."""
        laplacian = matting_laplacian(content.image, self.epsilon)

        def loss(current: Encoded, step: int) -> Tensor:
            energy = quadratic_form(current.image, laplacian)
            return self.weight / current.image.numel() * energy

        return Objective(loss)


def matting_laplacian(image: Tensor, epsilon: float = 1e-7) -> Tensor:
    """Levin et al. 2008, Eq. 12, as a stencil.

    A pixel shares windows with its 5×5 neighbours alone, so the matrix is 25 numbers
    a pixel, and applying it is a sum of shifted images on any device.

    Args:
        image: (1, 3, H, W) in [0, 1].
        epsilon: Of slopes.

    Returns:
        (5, 5, H, W) what the neighbour 2 rows and columns less counts for a pixel.

    Raises:
        ValueError: If the image holds no window.
    """
    height, width = image.shape[2:]
    if min(height, width) < 3:
        raise ValueError(f"the matting Laplacian needs 3x3 px, got {height}x{width}")
    rows, columns = height - 2, width - 2
    affine = _affine_directions(image.double(), epsilon).to(image.dtype)
    stencil = image.new_zeros(5, 5, height, width)
    for i, (y, x) in enumerate(WINDOW):
        for j, (v, u) in enumerate(WINDOW):
            part = (i == j) - 1 / 9 - (affine[i] * affine[j]).sum(dim=0)
            stencil[v - y + 2, u - x + 2, y : y + rows, x : x + columns] += part
    return stencil


def quadratic_form(image: Tensor, laplacian: Tensor) -> Tensor:
    """Vᵀ M V, summed over the channels.

    Args:
        image: (1, C, H, W).
        laplacian: (5, 5, H, W) symmetric stencil.
    """
    energy: Tensor = _QuadraticForm.apply(image, laplacian)
    return energy


def _affine_directions(image: Tensor, epsilon: float) -> Tensor:
    """(9, 3, H - 2, W - 2) ways in which windows may change with their colours.

    With X a window's colours less their mean and Xᵀ X + ε 1 = L Lᵀ, they are the
    columns of X L⁻ᵀ.
    """
    height, width = image.shape[2:]
    windows = F.unfold(image, 3).view(3, 9, -1).permute(2, 1, 0)  # (N, 9, 3)
    colours = windows - windows.mean(dim=1, keepdim=True)
    noise = epsilon * torch.eye(3, dtype=image.dtype, device=image.device)
    root = torch.linalg.cholesky(colours.mT @ colours + noise)
    found = torch.linalg.solve_triangular(root, colours.mT, upper=False)  # (N, 3, 9)
    return found.permute(2, 1, 0).reshape(9, 3, height - 2, width - 2)


def _applied(image: Tensor, laplacian: Tensor) -> Tensor:
    """M V."""
    height, width = image.shape[2:]
    padded = F.pad(image, (2, 2, 2, 2))
    total = torch.zeros_like(image)
    for v, u in product(range(5), repeat=2):
        total.addcmul_(laplacian[v, u], padded[..., v : v + height, u : u + width])
    return total


class _QuadraticForm(torch.autograd.Function):
    """Vᵀ M V, whose gradient 2 M V (Wang & Wang, Eq. 5) comes with it."""

    @staticmethod
    def forward(ctx: Any, image: Tensor, laplacian: Tensor) -> Tensor:
        applied = _applied(image, laplacian)
        ctx.save_for_backward(applied)
        return dot(image, applied)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None]:
        (applied,) = ctx.saved_tensors
        return 2 * grad * applied, None
