"""The folded loss against its definition by unfold, in float64."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F
from planted import generator

from stylize.matching.folding import fold, patch_distance


def planted(size: int) -> tuple[torch.Tensor, ...]:
    """Image features, two styles of different width, and random matches."""
    rng = generator(size)
    features = torch.randn(1, 5, 8, 11, generator=rng, dtype=torch.float64)
    styles = [
        torch.randn(5, h, w, generator=rng, dtype=torch.float64)
        for h, w in [(9, 7), (6, 12)]
    ]
    first_cells, offset = [], 0
    for style in styles:
        _, h, w = style.shape
        grid = torch.arange(h * w).view(h, w)[: h - size + 1, : w - size + 1]
        first_cells.append(offset + grid.flatten())
        offset += h * w
    shape = (8 - size + 1, 11 - size + 1)
    chosen = torch.randint(len(torch.cat(first_cells)), shape, generator=rng)
    keys = torch.cat([F.unfold(style[None], size)[0].T for style in styles])
    cells = torch.cat([style.flatten(1).T for style in styles])
    cells = F.pad(cells, (0, 0, 0, 1))  # the row of zeros
    width = torch.cat([torch.full((s[0].numel(),), s.shape[2]) for s in styles])
    return (
        features,
        keys[chosen.flatten()],
        torch.cat(first_cells)[chosen],
        cells,
        width,
    )


@pytest.mark.parametrize("size", [1, 3, 5])
def test_value_and_gradient_equal_the_definition(size):
    features, matched, nearest, cells, width = planted(size)
    features.requires_grad_(True)
    folded = fold(nearest, cells, width, size=size)
    value = patch_distance(features, folded)
    (gradient,) = torch.autograd.grad(value, features)
    defined = (F.unfold(features, size)[0].T - matched).square().sum()
    (expected,) = torch.autograd.grad(defined, features)
    torch.testing.assert_close(value, defined, rtol=1e-12, atol=0)
    torch.testing.assert_close(gradient, expected, rtol=1e-12, atol=1e-12)
    assert folded.patches == nearest.numel()


def test_division_by_count_weighs_border_and_middle_alike():
    features, _, nearest, cells, width = planted(3)
    folded = fold(nearest, cells, width)
    moved = (folded.target + 1).requires_grad_(True)
    (by_count,) = torch.autograd.grad(patch_distance(moved, folded), moved)
    (divided,) = torch.autograd.grad(
        patch_distance(moved, folded, by_count=False), moved
    )
    assert folded.count[0, 0, 0, 0] == 1 and folded.count.max() == 9
    torch.testing.assert_close(divided, torch.full_like(divided, 2.0))
    torch.testing.assert_close(by_count, 2 * folded.count.expand_as(by_count))


def test_matches_that_agree_leave_no_spread():
    style = torch.randn(36, 4, generator=generator(), dtype=torch.float64)
    own = torch.arange(36).view(6, 6)[:4, :4]
    folded = fold(own, F.pad(style, (0, 0, 0, 1)), torch.full((36,), 6))
    assert folded.spread.abs() < 1e-9
    torch.testing.assert_close(folded.target[0].flatten(1).T, style)
