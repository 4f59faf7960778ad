"""Texture as the correlations of activations: Gram matrices, whole and by region."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from stylize.encoders.encoder import Encoded
from stylize.losses.terms import Objective
from stylize.losses.texture_features import check_texture, encoder_layers, seeing
from stylize.ranges import check_weight
from stylize.waiting import at_once


@dataclass(frozen=True)
class Gram:
    """Distance between Gram matrices (Gatys et al. 2016, Eqs 3 to 5).

    Each layer's squared difference is taken relative to the style's own Gram matrix,
    not over 4 N² as in the paper: a weight then means the same on every encoder, layer
    and size. Of several styles the target is the weighted mean of their matrices.

    Args:
        weight: Of the sum over the layers.
        texture: Weight by layer, such as ``relu1_1``; ``pixels`` stands for blocks of
            the image itself, which keep noise out that the encoder does not see.
        mix: Weight of each style; empty counts them alike. Besides, a style counts for
            the part of the content's regions that it supplies.
    """

    weight: float
    texture: dict[str, float]
    mix: Sequence[float] = ()

    def __post_init__(self) -> None:
        check_weight("weight", self.weight)
        check_texture(self.texture)
        check_mix(self.mix)

    @property
    def layers(self) -> list[str]:
        """Layers of the encoder that the objective reads."""
        return encoder_layers(self.texture)

    def prepare(self, content: Encoded, styles: Sequence[Encoded]) -> Objective:
        """Compute the styles' matrices."""
        parts = supplied(content, styles, mixed(self.mix, len(styles)))
        see = seeing(styles, parts)
        targets = {
            layer: _mean([gram(see(style, layer)) for style in styles], parts)
            for layer in self.texture
        }

        def loss(current: Encoded, step: int) -> Tensor:
            distances = [
                self.texture[layer] * gram_distance(gram(see(current, layer)), target)
                for layer, target in targets.items()
            ]
            return self.weight * sum(distances, current.image.new_zeros(()))

        return Objective(loss)


def gram(features: Tensor) -> Tensor:
    """Mean products of channels over the cells.

    Args:
        features: (1, C, h, w).

    Returns:
        (C, C).
    """
    products: Tensor = _Products.apply(features[0].flatten(1))
    return products / features[0, 0].numel()


def guided_grams(features: Tensor, cells: Tensor) -> Tensor:
    """Gram matrix of each region (Gatys et al. 2017, guided Gram matrices).

    Args:
        features: (1, C, h, w).
        cells: (R, h, w) what each cell counts: the squared guide over the number of
            cells.

    Returns:
        (R, C, C).
    """
    grams: Tensor = _GuidedGrams.apply(features[0].flatten(1), cells.flatten(1))
    return grams


def gram_distance(current: Tensor, target: Tensor) -> Tensor:
    """Mean squared difference over the target's mean square.

    Args:
        current: (..., C, C).
        target: Likewise.

    Returns:
        (...).
    """
    distance = (current - target).square().mean(dim=(-2, -1))
    return distance / target.square().mean(dim=(-2, -1)).clamp_min(1e-12)


def supplied(
    content: Encoded, styles: Sequence[Encoded], mix: Sequence[float]
) -> list[float]:
    """The part of the content that each style supplies; the parts add up to 1.

    Args:
        content: Whose regions count by their area.
        styles: With their shares of the regions.
        mix: Weight of each style.
    """
    areas = content.picture.masks.mean(dim=(1, 2)).tolist()
    parts = [
        weight * sum(a * s for a, s in zip(areas, style.picture.shares, strict=True))
        if style.picture.shares
        else weight * (sum(areas) or 1.0)
        for weight, style in zip(mix, styles, strict=True)
    ]
    total = sum(parts)
    if not total:
        raise ValueError("no style supplies any part of the content: all shares are 0")
    return [part / total for part in parts]


def mixed(mix: Sequence[float], styles: int) -> list[float]:
    """A weight for each style; turned and resized copies share their style's."""
    if not mix:
        return [1.0] * styles
    if styles % len(mix):
        raise ValueError(f"mix has {len(mix)} weights for {styles} styles")
    return [mix[k * len(mix) // styles] for k in range(styles)]


def check_mix(mix: Sequence[float]) -> None:
    """Raise ValueError unless the styles' weights can be mixed."""
    for weight in mix:
        check_weight("mix", weight)
    if mix and not sum(mix):
        raise ValueError(f"mix needs a weight above 0, got {list(mix)}")


def _mean(matrices: Sequence[Tensor], parts: Sequence[float]) -> Tensor:
    weighted = [part * each for part, each in zip(parts, matrices, strict=True)]
    return torch.stack(weighted).sum(dim=0)


class _Products(torch.autograd.Function):
    """(C, N) to the (C, C) inner products of its rows."""

    @staticmethod
    def forward(ctx: Any, cells: Tensor) -> Tensor:
        ctx.save_for_backward(cells)
        return cells @ cells.T

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> Tensor:
        (cells,) = ctx.saved_tensors
        return _gradient(grad, cells)


class _GuidedGrams(torch.autograd.Function):
    """(C, N) and (R, N) to (R, C, C), keeping nothing but the features.

    Autograd would keep the features once more for each region.
    """

    @staticmethod
    def forward(ctx: Any, features: Tensor, cells: Tensor) -> Tensor:
        ctx.save_for_backward(features, cells)
        grams = features.new_empty(len(cells), len(features), len(features))
        for gram, (weight, at) in zip(grams, _spans(cells), strict=True):
            torch.mm(features[:, at], (features[:, at] * weight[at]).T, out=gram)
        return grams

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None]:
        features, cells = ctx.saved_tensors
        total = torch.zeros_like(features)
        for each, (weight, at) in zip(grad, _spans(cells), strict=True):
            total[:, at] += _gradient(each, features[:, at]).mul_(weight[at])
        return total, None


def _gradient(products: Tensor, cells: Tensor) -> Tensor:
    """Of (C, N) cells, by that of their (C, C) products.

    Turned round, a product of few rows tells the number of threads in its last bits.
    """
    return (cells.T @ (products + products.T)).T


def _spans(cells: Tensor) -> Iterator[tuple[Tensor, slice]]:
    """Each region with the rows of the picture that it lies in, as one slice.

    Where the device would have to be waited for, with all of them.
    """
    for weight in cells:
        if not at_once(cells):
            yield weight, slice(None)
            continue
        found = weight.nonzero()[:, 0]
        ends = (int(found[0]), int(found[-1]) + 1) if len(found) else (0, 0)
        yield weight, slice(*ends)
